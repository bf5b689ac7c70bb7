//! The line that SIP addresses name.

use hookflash_wire::{
    csta::DeviceId,
    sip::{Scheme, Uri},
};

use crate::sip::Incoming;

/// The line that an INVITE is sent to: a number in To, else in the Request-URI.
pub(super) fn line(incoming: &Incoming) -> Option<DeviceId> {
    let to = incoming.to().and_then(|to| number_in(to.uri_text));
    to.or_else(|| number_in(incoming.request().uri_text()))
}

/// The number in a URI of SIP: a tel URI as a whole, with its `ext`, or the user of another one.
fn number_in(uri: &str) -> Option<DeviceId> {
    let parsed = Uri::parse(uri).ok()?;
    let named = match parsed.scheme {
        Scheme::Tel => DeviceId::from(uri),
        _ => DeviceId::from(parsed.user_decoded()?.as_ref()),
    };
    named.number().filter(|number| !number.digits.is_empty()).map(|_| named)
}
