//! How long the parts of a head may be that a server keeps after it has answered.
//!
//! A head of [`MAX_HEAD`](super::MAX_HEAD) bytes is read, but one whose branch, tag or Call-ID fills all of it is no message
//! of a real client. The limits leave room for the longest values of RFC 4475, 3.1.1.7.

use super::headers::Field;
use super::{HeaderName, Headers};

/// Most bytes of a branch, of a tag and of a Call-ID.
pub const MAX_IDENTIFIER: usize = 512;

/// Most bytes of From, of To, and of each Contact, Route and Record-Route.
pub const MAX_ADDRESS: usize = 2048;

/// Most Via elements; Max-Forwards begins at 70 (RFC 3261, 8.1.1.6).
pub const MAX_VIAS: usize = 128;

/// Most bytes of one Via.
pub const MAX_VIA: usize = 1024;

impl Headers {
    /// The first header that is longer than a server keeps, if there is one. A request with it deserves a 513.
    pub fn oversized(&self) -> Option<&'static str> {
        // Nearly always no value is longer than the shortest limit, and none has to be taken apart.
        let long = |field: &Field| field.value.of(&self.text).len() > MAX_IDENTIFIER;
        if self.fields.len() <= MAX_VIAS && !self.fields.iter().any(long) {
            return None;
        }
        let identifiers = [
            ("Call-ID", self.get(HeaderName::CALL_ID)),
            ("From", self.from().ok().and_then(|from| from.tag())),
            ("To", self.to().ok().and_then(|to| to.tag())),
            ("Via", self.via().ok().and_then(|via| via.branch())),
        ];
        let longer = |limit: usize| move |text: &str| text.len() > limit;
        let identifier = identifiers.into_iter().find(|(_, text)| text.is_some_and(longer(MAX_IDENTIFIER)));
        let addresses = [
            ("From", HeaderName::FROM),
            ("To", HeaderName::TO),
            ("Contact", HeaderName::CONTACT),
            ("Route", HeaderName::ROUTE),
            ("Record-Route", HeaderName::RECORD_ROUTE),
        ];
        let address =
            || addresses.into_iter().find(|(_, name)| self.elements(*name).any(longer(MAX_ADDRESS)));
        let mut vias = self.elements(HeaderName::VIA);
        let mut via = || vias.by_ref().take(MAX_VIAS).any(longer(MAX_VIA)) || vias.next().is_some();
        identifier
            .map(|(name, _)| name)
            .or_else(|| address().map(|(name, _)| name))
            .or_else(|| via().then_some("Via"))
    }
}
