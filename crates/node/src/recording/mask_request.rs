//! Taking secrets out of requests of HTTP, in the same length, so that they still fit the masked configuration.

use std::borrow::Cow;

use hookflash_provision::http::{self, Request};

use super::mask::mask_words;

/// Parameters whose value is a secret.
const SECRET_PARAMETERS: [&str; 3] = ["pin", "password", "secret"];

/// A request without secrets.
pub(super) struct MaskedRequest<'a> {
    pub(super) method: &'a str,
    pub(super) target: String,
    pub(super) authorization: Option<String>,
    pub(super) accept_charset: Option<&'a str>,
    pub(super) body: Cow<'a, [u8]>,
}

impl<'a> MaskedRequest<'a> {
    pub(super) fn of(request: &Request<'a>) -> MaskedRequest<'a> {
        MaskedRequest {
            method: request.method,
            target: mask_target(request.target),
            authorization: request.authorization.map(|_| mask_authorization(request)),
            accept_charset: request.accept_charset,
            body: mask_body(request.body),
        }
    }
}

/// A secret of the same length. Those of digits only are masked as pins are, any others as passwords are.
fn masked(secret: &str) -> String {
    let is_pin = (4..=8).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_digit());
    (if is_pin { "0" } else { "*" }).repeat(secret.len())
}

fn mask_target(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, value)) if SECRET_PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) => {
            format!("{name}={}", masked(value))
        }
        _ => parameter.to_owned(),
    });
    format!("{path}?{}", parameters.collect::<Vec<_>>().join("&"))
}

fn mask_authorization(request: &Request<'_>) -> String {
    match request.basic() {
        Some((name, password)) => http::basic(&name, &"*".repeat(password.len())),
        None => "*".to_owned(),
    }
}

/// Masks the text between tags as configuration lines, and the whole text of elements whose name means a secret.
fn mask_body(body: &[u8]) -> Cow<'_, [u8]> {
    let Ok(text) = std::str::from_utf8(body) else { return Cow::Borrowed(b"") };
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.split('<').enumerate() {
        if index > 0 {
            out.push('<');
        }
        let (tag, content) = part.split_once('>').map_or(("", part), |(tag, content)| (tag, content));
        if part.contains('>') {
            out.push_str(tag);
            out.push('>');
        }
        let name = tag.to_ascii_lowercase();
        let secret = !name.starts_with('/') && (name.contains("password") || name.ends_with("pin"));
        match secret {
            true => out.push_str(&masked(content)),
            false => out.push_str(&content.split('\n').map(mask_words).collect::<Vec<_>>().join("\n")),
        }
    }
    Cow::Owned(out.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_a_request_is_kept() {
        let authorization = http::basic("axl", "geheim");
        let body = b"<axl><CLI>user u1 password geheim</CLI><ISpassword>geheim</ISpassword></axl>";
        let request = Request {
            method: "POST",
            target: "/CMEserverForPhone/em/login?name=SEP1&userid=u1&pin=7531&Password=geheim",
            authorization: Some(&authorization),
            accept_charset: None,
            body,
        };
        let masked = MaskedRequest::of(&request);
        assert_eq!(masked.target, "/CMEserverForPhone/em/login?name=SEP1&userid=u1&pin=0000&Password=******");
        let kept = Request { authorization: masked.authorization.as_deref(), ..request };
        assert_eq!(kept.basic(), Some(("axl".to_owned(), "******".to_owned())));
        let body = String::from_utf8(masked.body.into_owned()).unwrap();
        assert_eq!(body, "<axl><CLI>user u1 password ******</CLI><ISpassword>******</ISpassword></axl>");
    }
}
