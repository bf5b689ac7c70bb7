//! Taking secrets out of requests of HTTP, in the same length, so that right ones still fit the masked configuration, and
//! wrong ones still do not.

use std::{borrow::Cow, collections::BTreeMap};

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
    pub(super) fn of(request: &Request<'a>, secrets: &mut Secrets) -> MaskedRequest<'a> {
        MaskedRequest {
            method: request.method,
            target: mask_target(request.target, secrets),
            authorization: request.authorization.map(|_| mask_authorization(request, secrets)),
            accept_charset: request.accept_charset,
            body: mask_body(request.body, secrets),
        }
    }
}

/// Most secrets that are known.
const MAX_SECRETS: usize = 100_000;

/// The secrets of the configuration, and what stands for each where it is masked.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    words: BTreeMap<String, String>,
    /// How many secrets of each length are not of the configuration, and how many there are in all.
    by_length: BTreeMap<usize, usize>,
    strangers: usize,
}

/// Secrets that are not of the configuration and are told apart, and the longest of them, in bytes.
const MAX_STRANGERS: usize = 4_096;
const LONGEST_STRANGER: usize = 128;

impl Secrets {
    /// Learns the words that a mask has changed.
    pub(super) fn learn(&mut self, text: &str, masked: &str) {
        let pairs = text.split_whitespace().zip(masked.split_whitespace());
        pairs.filter(|(word, masked)| word != masked).for_each(|(word, masked)| self.add(word, masked));
    }

    fn add(&mut self, secret: &str, masked: &str) {
        if self.words.len() < MAX_SECRETS {
            self.words.insert(secret.to_owned(), masked.to_owned());
        }
    }

    /// What stands for a secret: of the same length, and as in a masked configuration if it is one of it. Others are told apart,
    /// as long as there are few of them, so that a replay remembers of a password what was remembered of it.
    fn masked(&mut self, secret: &str) -> String {
        if let Some(masked) = self.words.get(secret) {
            return masked.clone();
        }
        if secret.len() > LONGEST_STRANGER || self.strangers >= MAX_STRANGERS {
            return "-".repeat(secret.len());
        }
        self.strangers += 1;
        let last = self.by_length.entry(secret.len()).or_default();
        let number = if *last == 0 { String::new() } else { last.to_string() };
        *last += 1;
        let start = number.len().saturating_sub(secret.len());
        let masked = format!("{:->width$}", number.get(start..).unwrap_or_default(), width = secret.len());
        self.add(secret, &masked);
        masked
    }
}

fn mask_target(target: &str, secrets: &mut Secrets) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    format!("{path}?{}", mask_parameters(query, secrets))
}

/// Parameters of a query, or of a form.
fn mask_parameters(parameters: &str, secrets: &mut Secrets) -> String {
    let parameters = parameters.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, value)) if SECRET_PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) => {
            let end = value.trim_ascii_end();
            format!("{name}={}{}", secrets.masked(end), value.get(end.len()..).unwrap_or_default())
        }
        _ => parameter.to_owned(),
    });
    parameters.collect::<Vec<_>>().join("&")
}

/// Whether a body is a form: neither XML nor JSON nor lines.
fn is_form(body: &str) -> bool {
    !body.trim_ascii().contains(['<', '{', '\n']) && body.contains('=')
}

fn mask_authorization(request: &Request<'_>, secrets: &mut Secrets) -> String {
    match request.basic() {
        Some((name, password)) => http::basic(&name, &secrets.masked(&password)),
        // A token follows from the header of the recording.
        None => request.authorization.filter(|own| own.starts_with("Bearer ")).unwrap_or("*").to_owned(),
    }
}

/// Masks the member `secret` of an object, so that what stands for it can be read as a secret too; `None` if there is none.
fn mask_secret_member(text: &str) -> Option<String> {
    let text = Some(text).filter(|text| text.trim_start().starts_with('{'))?;
    let secret = mask_member(text, "\"secret\"", mask_base64);
    let url = mask_member(secret.as_deref().unwrap_or(text), "\"url\"", mask_url);
    url.or(secret)
}

/// The text with another value of a member that is a string, if it has it.
fn mask_member(text: &str, name: &str, mask: fn(&str) -> String) -> Option<String> {
    let (before, after) = text.split_once(name)?;
    let (colon, rest) = after.split_once('"')?;
    let (value, rest) = rest.split_once('"')?;
    Some(format!("{before}{name}{colon}\"{}\"{rest}", mask(value)))
}

/// A URL without what may be a secret of its receiver: a user with a password, and the values of its query.
fn mask_url(url: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let (scheme, rest) = base.split_once("://").unwrap_or(("", base));
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => format!("{}@{host}", "-".repeat(user.len())),
        None => authority.to_owned(),
    };
    let mut masked =
        if scheme.is_empty() { authority + path } else { format!("{scheme}://{authority}{path}") };
    if let Some(query) = query {
        let parameter = |parameter: &str| match parameter.split_once('=') {
            Some((name, value)) => format!("{name}={}", "-".repeat(value.len())),
            None => "-".repeat(parameter.len()),
        };
        let parameters: Vec<String> = query.split('&').map(parameter).collect();
        masked.push('?');
        masked.push_str(&parameters.join("&"));
    }
    masked
}

/// Something of the same form and length.
fn mask_base64(secret: &str) -> String {
    let (prefix, secret) = match secret.strip_prefix("whsec_") {
        Some(rest) => ("whsec_", rest),
        None => ("", secret),
    };
    let masked = secret.chars().map(|c| if c == '=' { '=' } else { 'A' });
    std::iter::once(prefix.to_owned()).chain(masked.map(String::from)).collect()
}

/// A value that is kept over a restart; that of a webhook without its secret.
pub(super) fn mask_webhook(value: &str) -> String {
    let words: Vec<&str> = value.split(' ').collect();
    match words.as_slice() {
        ["webhook", id, owner, secret, url] => {
            format!("webhook {id} {owner} {} {}", mask_base64(secret), mask_url(url))
        }
        _ => value.to_owned(),
    }
}

/// Masks the text between tags as configuration lines, and the whole text of elements whose name means a secret.
/// They are set by the request.
fn mask_body<'a>(body: &'a [u8], secrets: &mut Secrets) -> Cow<'a, [u8]> {
    let Ok(text) = std::str::from_utf8(body) else { return Cow::Borrowed(b"") };
    if let Some(masked) = mask_secret_member(text) {
        return Cow::Owned(masked.into_bytes());
    }
    if is_form(text) {
        return Cow::Owned(mask_parameters(text, secrets).into_bytes());
    }
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
        if secret {
            let masked = "*".repeat(content.len());
            secrets.add(content, &masked);
            out.push_str(&masked);
        } else {
            let masked = content.split('\n').map(mask_words).collect::<Vec<_>>().join("\n");
            secrets.learn(content, &masked);
            out.push_str(&masked);
        }
    }
    Cow::Owned(out.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_a_webhook_is_kept() {
        let body = br#"{"url":"http://x/", "secret": "whsec_c2VjcmV0c2VjcmV0"}"#;
        let masked = mask_body(body, &mut Secrets::default());
        assert_eq!(&*masked, br#"{"url":"http://x/", "secret": "whsec_AAAAAAAAAAAAAAAA"}"#);
        assert_eq!(mask_webhook("webhook 1 crm c2Vj== http://x/"), "webhook 1 crm AAAA== http://x/");
        let body = br#"{"url":"https://u:pw@x/hook?token=abc&k"}"#;
        let masked = mask_body(body, &mut Secrets::default());
        assert_eq!(&*masked, br#"{"url":"https://----@x/hook?token=---&-"}"#);
        assert_eq!(
            mask_webhook("webhook 1 crm c2Vj== http://x/?token=abc"),
            "webhook 1 crm AAAA== http://x/?token=---"
        );
        assert_eq!(mask_webhook("mwi 201 on"), "mwi 201 on");
    }

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
            over_tls: false,
            certificate: None,
        };
        let mut secrets = Secrets::default();
        secrets.learn("pin 7531 password geheim", "pin 0000 password ******");
        let masked = MaskedRequest::of(&request, &mut secrets);
        assert_eq!(masked.target, "/CMEserverForPhone/em/login?name=SEP1&userid=u1&pin=0000&Password=******");
        let wrong = Request { target: "/em/login?pin=7530&Password=geheiM", ..request };
        let masked_wrong = MaskedRequest::of(&wrong, &mut secrets);
        assert_eq!(masked_wrong.target, "/em/login?pin=----&Password=------");
        let other = Request { target: "/em/login?pin=7530&Password=Geheim", ..request };
        assert_eq!(MaskedRequest::of(&other, &mut secrets).target, "/em/login?pin=----&Password=-----1");
        let kept = Request { authorization: masked.authorization.as_deref(), ..request };
        assert_eq!(kept.basic(), Some(("axl".to_owned(), "******".to_owned())));
        let form = Request { body: b"userid=u1&pin=7531&x=1\r\n", ..request };
        let masked_form = MaskedRequest::of(&form, &mut secrets);
        assert_eq!(&*masked_form.body, b"userid=u1&pin=0000&x=1\r\n");
        let last = Request { body: b"userid=u1&pin=7531\r\n", ..request };
        assert_eq!(&*MaskedRequest::of(&last, &mut secrets).body, b"userid=u1&pin=0000\r\n");
        let body = String::from_utf8(masked.body.into_owned()).unwrap();
        assert_eq!(body, "<axl><CLI>user u1 password ******</CLI><ISpassword>******</ISpassword></axl>");
    }
}
