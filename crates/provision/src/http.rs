//! Requests and responses of HTTP, as far as pages and the XML interface need them.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::xml::Element;

/// A request: the method, the target, and the header fields that matter.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST`, ...
    pub method: &'a str,
    /// Path and query, as sent.
    pub target: &'a str,
    /// The `Authorization` field.
    pub authorization: Option<&'a str>,
    /// The `Accept-Charset` field.
    pub accept_charset: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// Whether it came over TLS.
    pub over_tls: bool,
    /// What the certificate of the client says, if it has shown one: its names, one a line; or, behind `!`, why it is not
    /// trusted.
    pub certificate: Option<&'a str>,
}

impl Request<'_> {
    /// The path, without its query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target, |(path, _)| path)
    }

    /// The value of a parameter of the query, its percent signs resolved; the first one if there are several. The name
    /// may be in any case.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        form_urlencoded::parse(query.as_bytes())
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    }

    /// Name and password of basic authentication (RFC 7617).
    pub fn basic(&self) -> Option<(String, String)> {
        let (scheme, value) = self.authorization?.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
        decoded.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
    }

    /// Whether the phone wants ISO 8859-1 rather than UTF-8: old ones name it without a weight.
    fn prefers_latin1(&self) -> bool {
        let fields = self.accept_charset.unwrap_or_default().split(',').map(str::trim);
        fields.clone().any(|field| field.eq_ignore_ascii_case("iso-8859-1"))
            && !fields.into_iter().any(|field| field.eq_ignore_ascii_case("utf-8"))
    }
}

/// A response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields, without those of the connection and of the length.
    pub fields: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Text.
    pub fn text(status: u16, text: impl Into<String>) -> Response {
        let fields = vec![("Content-Type", "text/plain; charset=utf-8".to_owned())];
        Response { status, fields, body: text.into().into_bytes() }
    }

    /// There is nothing at this path.
    pub fn not_found() -> Response {
        Response::text(404, "Not found\n")
    }

    /// The path is there, but not for this method.
    pub fn method_not_allowed(allowed: &str) -> Response {
        Response::text(405, "Method not allowed\n").field("Allow", allowed)
    }

    /// Name and password are missing or wrong.
    pub fn unauthorized(realm: &str) -> Response {
        Response::text(401, "Unauthorized\n").field("WWW-Authenticate", &format!("Basic realm=\"{realm}\""))
    }

    /// An XML document, in the character set that the phone prefers. It says which one twice, since phones take the code
    /// page of their locale otherwise.
    pub fn page(request: &Request<'_>, element: &Element) -> Response {
        if request.prefers_latin1()
            && let Some(body) = latin1(&element.document("ISO-8859-1"))
        {
            let fields = vec![("Content-Type", "text/xml; charset=ISO-8859-1".to_owned())];
            return Response { status: 200, fields, body };
        }
        Response::xml(200, element)
    }

    /// An XML document in UTF-8.
    pub fn xml(status: u16, element: &Element) -> Response {
        let fields = vec![("Content-Type", "text/xml; charset=utf-8".to_owned())];
        Response { status, fields, body: element.document("utf-8").into_bytes() }
    }

    /// With a header field.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: &str) -> Response {
        self.fields.push((name, value.to_owned()));
        self
    }
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// Compares a secret in a time that does not depend on where it differs.
pub fn same_secret(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let different =
        one.iter().zip(other).fold(one.len() ^ other.len(), |sum, (a, b)| sum | usize::from(a ^ b));
    different == 0
}

/// The `Authorization` field of basic authentication.
pub fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// A value in a query, with percent signs.
pub fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(target: &str) -> Request<'_> {
        Request {
            method: "GET",
            target,
            authorization: None,
            accept_charset: None,
            body: b"",
            over_tls: false,
            certificate: None,
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let request = get("/localdirectory/query?l=M%C3%BCller&F=An+na&n=");
        assert_eq!(request.path(), "/localdirectory/query");
        assert_eq!(request.parameter("l").as_deref(), Some("Müller"));
        assert_eq!(request.parameter("f").as_deref(), Some("An na"));
        assert_eq!(request.parameter("n").as_deref(), Some(""));
        assert_eq!(request.parameter("x"), None);
    }

    #[test]
    fn basic_authentication_is_read() {
        let with = |authorization| Request { authorization: Some(authorization), ..get("/") };
        assert_eq!(with("Basic YXhsOnNlOmNyZXQ=").basic(), Some(("axl".to_owned(), "se:cret".to_owned())));
        for wrong in ["Basic", "Basic !", "Digest a=b", "Basic YXhs"] {
            assert_eq!(with(wrong).basic(), None, "{wrong}");
        }
    }

    #[test]
    fn the_phone_gets_the_character_set_it_prefers() {
        let page = Element::new("CiscoIPPhoneText").leaf("Text", "Müller");
        let with = |charset| Request { accept_charset: charset, ..get("/") };
        let old = Response::page(&with(Some("iso-8859-1, utf-8;q=0.8")), &page);
        assert!(old.body.windows(2).any(|pair| pair == [b'M', 0xfc]), "{old:?}");
        assert_eq!(old.fields[0].1, "text/xml; charset=ISO-8859-1");
        for other in [None, Some("utf-8,iso-8859-1;q=0.8")] {
            let new = Response::page(&with(other), &page);
            assert!(String::from_utf8(new.body).unwrap().contains("encoding=\"utf-8\""));
        }
    }

    #[test]
    fn secrets_are_compared_as_a_whole() {
        assert!(same_secret("1234", "1234"));
        for other in ["1235", "123", "12345", ""] {
            assert!(!same_secret("1234", other));
        }
    }
}
