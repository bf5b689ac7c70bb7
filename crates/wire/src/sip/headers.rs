//! The header table of one message and typed access to it.

use super::header_name::Known;
use super::list::trim;
use super::values::parse_seconds;
use super::{
    CSeq, Contact, ContentType, Elements, HeaderError, HeaderName, MinSe, NameAddr, SessionExpires, Via,
};

/// The header fields of a message, in the order they were received.
///
/// Names and values live in one text; this is an index into it. Values are unfolded and have no blanks around.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    pub(super) text: String,
    pub(super) fields: Vec<Field>,
}

/// One header field's place in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) known: Option<Known>,
    /// The line was not UTF-8: written back byte for byte as ISO 8859-1.
    pub(super) latin1: bool,
    pub(super) name: Span,
    pub(super) value: Span,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl Headers {
    /// All fields: name as written and whole value.
    pub fn iter(&self) -> impl Iterator<Item = (HeaderName<'_>, &str)> {
        self.fields.iter().map(|field| (self.name_of(field), field.value.of(&self.text)))
    }

    /// The whole value of the first field called `name`.
    pub fn get(&self, name: HeaderName<'_>) -> Option<&str> {
        self.get_all(name).next()
    }

    /// The whole values of all fields called `name`.
    pub fn get_all<'a, 'n>(&'a self, name: HeaderName<'n>) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.matching(name).map(|field| field.value.of(&self.text))
    }

    /// The comma-separated elements of all fields called `name`, in order.
    ///
    /// Not for headers whose values hold plain commas: Date, Subject, and the authentication headers.
    pub fn elements<'a, 'n>(&'a self, name: HeaderName<'n>) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.get_all(name).flat_map(Elements::new)
    }

    /// Whether a field called `name` is there.
    pub fn contains(&self, name: HeaderName<'_>) -> bool {
        self.get(name).is_some()
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The topmost Via.
    ///
    /// # Errors
    /// Missing or malformed.
    pub fn via(&self) -> Result<Via<'_>, HeaderError> {
        let value = self.elements(HeaderName::VIA).next().ok_or(HeaderError::Missing("Via"))?;
        Via::parse(value).ok_or(HeaderError::Malformed { header: "Via", expected: "SIP/2.0/TRANSPORT host" })
    }

    /// From.
    ///
    /// # Errors
    /// Missing, repeated or malformed.
    pub fn from(&self) -> Result<NameAddr<'_>, HeaderError> {
        address("From", self.once(HeaderName::FROM)?)
    }

    /// To.
    ///
    /// # Errors
    /// Missing, repeated or malformed.
    pub fn to(&self) -> Result<NameAddr<'_>, HeaderError> {
        address("To", self.once(HeaderName::TO)?)
    }

    /// Call-ID; compared byte for byte.
    ///
    /// # Errors
    /// Missing, repeated or empty.
    pub fn call_id(&self) -> Result<&str, HeaderError> {
        let value = self.once(HeaderName::CALL_ID)?;
        let malformed = HeaderError::Malformed { header: "Call-ID", expected: "an identifier" };
        if value.is_empty() { Err(malformed) } else { Ok(value) }
    }

    /// CSeq.
    ///
    /// # Errors
    /// Missing, repeated or malformed.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        CSeq::parse(self.once(HeaderName::CSEQ)?)
            .ok_or(HeaderError::Malformed { header: "CSeq", expected: "a 32-bit number and a method" })
    }

    /// Max-Forwards; beyond 255 counts as 255.
    ///
    /// # Errors
    /// Malformed.
    pub fn max_forwards(&self) -> Result<Option<u8>, HeaderError> {
        let hops = self.seconds(HeaderName::MAX_FORWARDS, "Max-Forwards")?;
        Ok(hops.map(|hops| u8::try_from(hops).unwrap_or(u8::MAX)))
    }

    /// Expires in seconds; beyond 32 bits counts as the greatest value.
    ///
    /// # Errors
    /// Malformed.
    pub fn expires(&self) -> Result<Option<u32>, HeaderError> {
        self.seconds(HeaderName::EXPIRES, "Expires")
    }

    /// Session-Expires (RFC 4028).
    ///
    /// # Errors
    /// Malformed.
    pub fn session_expires(&self) -> Result<Option<SessionExpires>, HeaderError> {
        self.optional(HeaderName::SESSION_EXPIRES, SessionExpires::parse, "Session-Expires", "seconds")
    }

    /// Min-SE (RFC 4028).
    ///
    /// # Errors
    /// Malformed.
    pub fn min_se(&self) -> Result<Option<MinSe>, HeaderError> {
        self.optional(HeaderName::MIN_SE, MinSe::parse, "Min-SE", "seconds")
    }

    /// Content-Type.
    ///
    /// # Errors
    /// Malformed.
    pub fn content_type(&self) -> Result<Option<ContentType<'_>>, HeaderError> {
        self.optional(HeaderName::CONTENT_TYPE, ContentType::parse, "Content-Type", "type/subtype")
    }

    /// All Via elements, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, HeaderError>> {
        let malformed = HeaderError::Malformed { header: "Via", expected: "SIP/2.0/TRANSPORT host" };
        self.elements(HeaderName::VIA).map(move |value| Via::parse(value).ok_or(malformed))
    }

    /// All Contact elements.
    pub fn contacts(&self) -> impl Iterator<Item = Result<Contact<'_>, HeaderError>> {
        let malformed = HeaderError::Malformed { header: "Contact", expected: "an address or *" };
        self.elements(HeaderName::CONTACT).map(move |value| Contact::parse(value).ok_or(malformed))
    }

    /// All Route elements, nearest first.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.elements(HeaderName::ROUTE).map(|value| address("Route", value))
    }

    /// All Record-Route elements, in the order written.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.elements(HeaderName::RECORD_ROUTE).map(|value| address("Record-Route", value))
    }

    /// Option tags of Supported.
    pub fn supported(&self) -> Tokens<'_> {
        self.tokens(HeaderName::SUPPORTED)
    }

    /// Option tags of Require.
    pub fn require(&self) -> Tokens<'_> {
        self.tokens(HeaderName::REQUIRE)
    }

    /// Methods of Allow.
    pub fn allow(&self) -> Tokens<'_> {
        self.tokens(HeaderName::ALLOW)
    }

    /// The tokens of any comma-separated header, for example Accept or Allow-Events.
    pub fn tokens<'a>(&'a self, name: HeaderName<'a>) -> Tokens<'a> {
        Tokens { headers: self, name }
    }

    pub(super) fn matching<'a, 'n>(
        &'a self,
        name: HeaderName<'n>,
    ) -> impl Iterator<Item = &'a Field> + use<'a, 'n> {
        self.fields.iter().filter(move |field| match name.known() {
            None => field.known.is_none() && field.name.of(&self.text).eq_ignore_ascii_case(name.as_str()),
            known => field.known == known,
        })
    }

    pub(super) fn name_of(&self, field: &Field) -> HeaderName<'_> {
        HeaderName::from_parts(field.known, field.name.of(&self.text))
    }

    fn once(&self, name: HeaderName<'static>) -> Result<&str, HeaderError> {
        let mut values = self.get_all(name);
        let value = values.next().ok_or(HeaderError::Missing(name.as_str()))?;
        match values.next() {
            None => Ok(value),
            Some(_) => Err(HeaderError::Repeated(name.as_str())),
        }
    }

    fn optional<'a, T>(
        &'a self,
        name: HeaderName<'static>,
        parse: impl Fn(&'a str) -> Option<T>,
        header: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, HeaderError> {
        match self.get_all(name).next() {
            None => Ok(None),
            Some(value) => parse(value).map(Some).ok_or(HeaderError::Malformed { header, expected }),
        }
    }

    fn seconds(&self, name: HeaderName<'static>, header: &'static str) -> Result<Option<u32>, HeaderError> {
        self.optional(name, parse_seconds, header, "a number")
    }
}

/// The tokens of a comma-separated header.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    headers: &'a Headers,
    name: HeaderName<'a>,
}

impl<'a> Tokens<'a> {
    /// Every token, parameters cut off.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let elements = self.headers.elements(self.name);
        elements.map(|element| trim(element.split(';').next().unwrap_or_default()))
    }

    /// Whether `token` is among them, without regard to case.
    pub fn contains(&self, token: &str) -> bool {
        self.iter().any(|found| found.eq_ignore_ascii_case(token))
    }
}

fn address<'a>(header: &'static str, value: &'a str) -> Result<NameAddr<'a>, HeaderError> {
    NameAddr::parse(value).ok_or(HeaderError::Malformed { header, expected: "an address" })
}
