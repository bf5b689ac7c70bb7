//! Who may push a page to a phone: the phone asks with the name and password that it was given.

use hookflash_config::{Credentials, Settings, UrlKind};
use smol_str::SmolStr;

use crate::http::{Request, Response, same_secret};

/// Whether somebody may push a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The name and the password are right.
    Authorized,
    /// They are not.
    Refused,
    /// There are none.
    Unreadable,
}

impl Answer {
    /// The response, with exactly the words that phones know.
    pub fn response(self) -> Response {
        let word = match self {
            Answer::Authorized => "AUTHORIZED",
            Answer::Refused => "UN-AUTHORIZED",
            Answer::Unreadable => "ERROR",
        };
        Response::text(200, word)
    }
}

/// Answers `authenticate.asp?UserID=..&Password=..&devicename=..`.
pub fn authenticate(settings: &Settings, request: &Request<'_>) -> Answer {
    let parameter = |name| request.parameter(name);
    let Some((user, password)) = parameter("UserID").zip(parameter("Password")) else {
        return Answer::Unreadable;
    };
    let device = parameter("devicename").unwrap_or_default();
    if may_push(settings, &user, &password, &device) { Answer::Authorized } else { Answer::Refused }
}

fn may_push(settings: &Settings, user: &str, password: &str, device: &str) -> bool {
    let service = settings.telephony_service.as_ref();
    let configured = service.iter().flat_map(|service| &service.phones.push_users);
    let pair = |user: &Credentials| Some((user.name.clone(), user.password.reveal()?));
    let mut known: Vec<(SmolStr, SmolStr)> = configured.filter_map(pair).collect();
    known.extend(service.and_then(|service| {
        let words = service.urls.get(&UrlKind::Authentication)?.label.as_deref()?;
        let (name, secret) = credentials(words)?;
        Some((name.into(), secret.into()))
    }));
    let owner = settings
        .ephones
        .values()
        .find(|ephone| ephone.mac_address.is_some_and(|mac| mac.device_name().eq_ignore_ascii_case(device)));
    known.extend(owner.and_then(|ephone| pair(ephone.user.as_deref()?)));
    let fits = |(name, secret): &(SmolStr, SmolStr)| {
        !secret.is_empty() & same_secret(name, user) & same_secret(secret, password)
    };
    known.iter().filter(|pair| fits(pair)).count() > 0
}

/// `NAME [0|6] PASSWORD` behind `url authentication URL`.
fn credentials(words: &str) -> Option<(&str, &str)> {
    let words: Vec<&str> = words.split_whitespace().collect();
    match words.as_slice() {
        [name, secret] => Some((name, secret)),
        [name, "0" | "6", secret] => Some((name, secret)),
        _ => None,
    }
}
