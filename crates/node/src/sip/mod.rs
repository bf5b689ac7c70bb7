//! The SIP layer of a node, and the closed list of its users.
//!
//! `hookflash-sip` has the transactions, dialogs and session timers; it knows none of the protocols that SIP carries. This
//! module has the list of its users and the capabilities of the server. To add a user, add a variant of [`User`], and arms where
//! the node decides whom a request outside a dialog is for, and passes events on.

use std::net::SocketAddr;

use hookflash_core::Switch;
use hookflash_sip::{Capabilities, Layer, Limits, SessionTimerSettings, Settings, Transmit};

#[cfg(test)]
mod tests;
mod web_socket;

pub use hookflash_sip::{
    DialogId, EndReason, Flow, Incoming, LINK_IDLE, Reply, RequestId, RequestInDialog, Stream,
};

use crate::{LinkId, NodeSettings, Outbox, Sizes, sip_phone::MAX_LEGS, uacsta};

/// The methods that are served where there are SIP phones.
const ALLOW_PHONES: &str =
    "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, REGISTER, REFER, NOTIFY, SUBSCRIBE, PRACK, PUBLISH";
/// What is served where there are none, but a registrar.
const ALLOW_REGISTER: &str = "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, REGISTER";

/// The media types that are taken where there are SIP phones.
const ACCEPT_PHONES: &str = "application/csta+xml, application/sdp";

/// The path, and the subprotocol, of SIP over WebSocket (RFC 7118).
pub(crate) const WEB_SOCKET: &str = "/sip";
pub(crate) const SUBPROTOCOL: &str = "sip";
/// The event packages that are served where there are SIP phones.
pub(crate) const EVENTS: &str = "message-summary, dialog, presence, refer, as-feature-event, kpml";

/// Who uses the SIP layer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum User {
    /// Sessions of applications.
    Uacsta,
    /// Registrations.
    Registrar,
    /// Calls and registrations of SIP phones.
    Phones,
}

/// The SIP layer of a node.
pub type Endpoint = Layer<User>;

/// What the SIP layer of a node has for its users.
pub type Event = hookflash_sip::Event<User>;

/// The SIP layer with the settings of a node.
pub(crate) fn endpoint(settings: &NodeSettings, switch: &Switch) -> Endpoint {
    Layer::new(layer_settings(settings, switch))
}

/// Other settings of the node hold from now on, for dialogs that begin.
pub(crate) fn configure(sip: &mut Endpoint, settings: &NodeSettings, switch: &Switch) {
    sip.configure(layer_settings(settings, switch));
}

fn layer_settings(settings: &NodeSettings, switch: &Switch) -> Settings {
    let (seed, secret) = (switch.settings().seed, settings.start.secret);
    let budget = settings.limits.budget();
    // `min-se` holds for everybody who calls.
    let (interval, least) = settings.sip_phones.session.unwrap_or_default();
    let phones = &settings.sip_phones;
    let has_phones = !phones.pools.is_empty() || !phones.trunks.is_empty() || phones.mwi.is_some();
    Settings {
        seed: [seed ^ secret[0], !seed.rotate_left(32) ^ secret[1]],
        capabilities: Capabilities {
            allow: match (has_phones, settings.registrar.enabled) {
                (true, _) => ALLOW_PHONES,
                (false, true) => ALLOW_REGISTER,
                (false, false) => uacsta::ALLOW,
            },
            accept: if has_phones { ACCEPT_PHONES } else { uacsta::CSTA_XML },
            supported: if has_phones { "replaces, timer, norefersub, 100rel" } else { "timer" },
            events: if has_phones { EVENTS } else { "" },
        },
        session_timer: SessionTimerSettings {
            interval: settings.uacsta.session_expires.max(interval),
            least: settings.uacsta.min_session_expires.max(least),
            by_user: false,
        },
        trusted: settings.sip_phones.trusted_hosts().collect(),
        invite_timers: settings.sip_phones.retries.timers(),
        limits: Limits {
            links: settings.uacsta.max_links,
            links_per_source: settings.limits.connections_per_source,
            unused_per_source: settings.limits.waiting_per_source,
            gathered_bytes: budget.half_sip,
            transactions_per_source: settings.limits.transactions_per_source,
            response_bytes: budget.responses,
            dialogs: switch.settings().cti.max_sessions + if has_phones { 2 * MAX_LEGS } else { 0 },
            waiting_bytes: settings.uacsta.max_waiting_bytes,
            ..Limits::default()
        },
    }
}

/// Counts what the layer keeps.
pub(crate) fn count(sip: &Endpoint, sizes: &mut Sizes) {
    let kept = sip.sizes();
    sizes.sip_links = kept.links;
    sizes.dialogs = kept.dialogs;
    sizes.sip_timers = kept.timers;
    sizes.waiting = kept.waiting;
    sizes.repeated = kept.repeated;
    sizes.answered = kept.answered;
    sizes.under_way += kept.events;
}

impl Transmit for Outbox {
    fn link(&mut self, link: LinkId) -> &mut Vec<u8> {
        Outbox::link(self, link)
    }

    fn datagram(&mut self, local: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        Outbox::datagram(self, local, to, bytes);
    }

    fn close(&mut self, link: LinkId) {
        Outbox::close(self, link);
    }
}
