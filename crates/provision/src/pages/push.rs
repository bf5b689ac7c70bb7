//! Who may push a page to a phone: the phone asks with the name and password that it was given.

use hookflash_config::{Credentials, Settings, UrlKind};
use smol_str::SmolStr;

use crate::http::{Request, Response, same_secret};

/// Answers `authenticate.asp?UserID=..&Password=..&devicename=..` with exactly the words that phones know.
pub fn authenticate(settings: &Settings, request: &Request<'_>) -> Response {
    let parameter = |name| request.parameter(name);
    let Some((user, password)) = parameter("UserID").zip(parameter("Password")) else {
        return plain("ERROR");
    };
    let device = parameter("devicename").unwrap_or_default();
    plain(if may_push(settings, &user, &password, &device) { "AUTHORIZED" } else { "UN-AUTHORIZED" })
}

fn plain(word: &str) -> Response {
    Response::text(200, word)
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
