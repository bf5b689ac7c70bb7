//! Where a REGISTER or an INVITE was sent, as far as can be known.

use hookflash_wire::sip::{Contact, Uri};
use smol_str::SmolStr;

use crate::sip::{Flow, Incoming};

/// Where a request was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Origin {
    pub(super) flow: Flow,
    /// Whether no proxy was on its way, so that the flow leads to its sender.
    direct: bool,
    /// Host, in lower case, and port of its Contact.
    contact: Option<(SmolStr, Option<u16>)>,
}

/// How near to a registration a session was opened, going by where REGISTER and INVITE came from, unless a proxy was
/// between, and by their Contacts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub(super) enum Nearness {
    Elsewhere,
    /// The same address.
    Host,
    /// The same address and port, or the same connection.
    Socket,
    /// The user of its From is the one that registered.
    Named,
}

impl Origin {
    /// Where a request was sent, going by its first Contact.
    pub(super) fn of(incoming: &Incoming) -> Origin {
        let first = incoming.request().headers().contacts().next().and_then(Result::ok);
        let uri = match first {
            Some(Contact::Address(address)) => address.uri_text,
            _ => "",
        };
        Origin::with_contact(incoming, uri)
    }

    /// Where a request was sent, going by this one of its Contacts.
    pub(super) fn with_contact(incoming: &Incoming, uri: &str) -> Origin {
        let uri = Uri::parse(uri).ok().filter(|uri| !uri.host.is_empty());
        Origin {
            flow: *incoming.flow(),
            direct: incoming.request().headers().vias().count() == 1,
            contact: uri.map(|uri| (uri.host.to_ascii_lowercase().into(), uri.port)),
        }
    }

    /// Contacts are what their sender writes: they only tell apart what comes from one address.
    pub(super) fn nearness(&self, other: &Origin) -> Nearness {
        if self.flow.peer().ip() != other.flow.peer().ip() {
            return Nearness::Elsewhere;
        }
        let both_direct = self.direct && other.direct;
        let same_flow = both_direct && self.flow == other.flow;
        let same_address = both_direct && self.flow.peer().ip() == other.flow.peer().ip();
        let contacts = self.contact.as_ref().zip(other.contact.as_ref());
        let same_host = contacts.is_some_and(|(own, other)| own.0 == other.0);
        if same_flow || same_host && self.contact == other.contact {
            Nearness::Socket
        } else if same_address || same_host {
            Nearness::Host
        } else {
            Nearness::Elsewhere
        }
    }
}
