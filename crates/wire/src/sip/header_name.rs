//! Header field names (RFC 3261, 7.3.1 and 7.3.3).

use std::fmt;

/// The name of a header field: compared without regard to case, compact forms equal to their long forms.
///
/// Well-known names are constants; any other name comes from [`HeaderName::new`].
///
/// ```
/// use hookflash_wire::sip::HeaderName;
/// assert_eq!(HeaderName::new("i"), HeaderName::CALL_ID);
/// assert_eq!(HeaderName::new("x-trace"), HeaderName::new("X-Trace"));
/// ```
#[derive(Clone, Copy)]
pub struct HeaderName<'a> {
    known: Option<Known>,
    text: &'a str,
}

macro_rules! known_headers {
    ($($constant:ident $text:literal $compact:literal)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Known { $($constant),* }

        const KNOWN: &[(Known, &str, u8)] = &[$((Known::$constant, $text, $compact)),*];

        impl HeaderName<'static> {
            $(
                #[doc = concat!("`", $text, "`")]
                pub const $constant: Self = Self { known: Some(Known::$constant), text: $text };
            )*
        }
    };
}

// Shortest names first: the lookup relies on it. The last column is the compact form, 0 where none exists.
known_headers! {
    TO "To" b't'
    VIA "Via" b'v'
    CSEQ "CSeq" 0
    DATE "Date" 0
    FROM "From" b'f'
    RACK "RAck" 0
    RSEQ "RSeq" 0
    ALLOW "Allow" 0
    EVENT "Event" b'o'
    ROUTE "Route" 0
    ACCEPT "Accept" 0
    MIN_SE "Min-SE" 0
    REASON "Reason" 0
    SERVER "Server" 0
    CALL_ID "Call-ID" b'i'
    CONTACT "Contact" b'm'
    EXPIRES "Expires" 0
    PRIVACY "Privacy" 0
    REQUIRE "Require" 0
    SUBJECT "Subject" b's'
    WARNING "Warning" 0
    REFER_TO "Refer-To" b'r'
    REPLACES "Replaces" 0
    DIVERSION "Diversion" 0
    SUPPORTED "Supported" b'k'
    TIMESTAMP "Timestamp" 0
    USER_AGENT "User-Agent" 0
    MIN_EXPIRES "Min-Expires" 0
    REFERRED_BY "Referred-By" b'b'
    RETRY_AFTER "Retry-After" 0
    UNSUPPORTED "Unsupported" 0
    ALLOW_EVENTS "Allow-Events" b'u'
    CONTENT_TYPE "Content-Type" b'c'
    MAX_FORWARDS "Max-Forwards" 0
    RECORD_ROUTE "Record-Route" 0
    AUTHORIZATION "Authorization" 0
    PROXY_REQUIRE "Proxy-Require" 0
    CONTENT_LENGTH "Content-Length" b'l'
    SESSION_EXPIRES "Session-Expires" b'x'
    CONTENT_ENCODING "Content-Encoding" b'e'
    WWW_AUTHENTICATE "WWW-Authenticate" 0
    PROXY_AUTHENTICATE "Proxy-Authenticate" 0
    SUBSCRIPTION_STATE "Subscription-State" 0
    AUTHENTICATION_INFO "Authentication-Info" 0
    CONTENT_DISPOSITION "Content-Disposition" 0
    P_ASSERTED_IDENTITY "P-Asserted-Identity" 0
    PROXY_AUTHORIZATION "Proxy-Authorization" 0
    P_PREFERRED_IDENTITY "P-Preferred-Identity" 0
}

impl<'a> HeaderName<'a> {
    /// The name written as `text`, in any case, long or compact.
    pub fn new(text: &'a str) -> Self {
        Self { known: Known::find(text), text }
    }

    /// The name as it was written, or the usual spelling of a constant.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    pub(super) fn known(self) -> Option<Known> {
        self.known
    }

    pub(super) fn from_parts(known: Option<Known>, text: &'a str) -> Self {
        Self { known, text }
    }
}

impl Known {
    pub(super) fn find(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [compact] => {
                let wanted = compact.to_ascii_lowercase();
                KNOWN.iter().find(|(_, _, letter)| *letter == wanted && wanted != 0).map(|entry| entry.0)
            }
            bytes => {
                let letter = bytes.first()?.to_ascii_lowercase();
                let first = *FIRST_OF_LENGTH.get(bytes.len())?;
                KNOWN
                    .get(usize::from(first)..)?
                    .iter()
                    .take_while(|(_, name, _)| name.len() == bytes.len())
                    .filter(|(_, name, _)| {
                        name.as_bytes().first().map(u8::to_ascii_lowercase) == Some(letter)
                    })
                    .find(|(_, name, _)| name.as_bytes().eq_ignore_ascii_case(bytes))
                    .map(|entry| entry.0)
            }
        }
    }
}

/// For each length, where the names of that length begin in [`KNOWN`].
const FIRST_OF_LENGTH: [u8; 24] = {
    let mut first = [u8::MAX; 24];
    let mut index = KNOWN.len();
    while index > 0 {
        index -= 1;
        first[KNOWN[index].1.len()] = index as u8;
    }
    first
};

impl PartialEq for HeaderName<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.known, other.known) {
            (None, None) => self.text.eq_ignore_ascii_case(other.text),
            (one, two) => one == two,
        }
    }
}

impl Eq for HeaderName<'_> {}

impl fmt::Display for HeaderName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for HeaderName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found_in_any_case_and_compact() {
        for (known, text, compact) in KNOWN {
            assert!(Known::find(&text.to_uppercase()) == Some(*known), "{text}");
            if *compact != 0 {
                assert!(Known::find(std::str::from_utf8(&[*compact]).unwrap()) == Some(*known), "{text}");
            }
        }
    }

    #[test]
    fn names_of_no_header_are_unknown() {
        for text in ["", "q", "Vib", "X-Very-Long-Header-Name-Nobody-Knows", "é"] {
            assert!(Known::find(text).is_none(), "{text}");
        }
    }
}
