//! SIP phones: each is a station of the switch, each of its calls a leg of its own.
//!
//! A phone acts first and tells afterwards: its requests become [`Act`](hookflash_core::Act)s of the switch, and what
//! its legs should be is derived from [`Switch::station_view`](hookflash_core::Switch::station_view), as for SCCP phones. This
//! module owns registrations, dialogs and what was offered and answered in them; it decides nothing about calls.
//!
//! ```text
//!   REGISTER ──► register ──► contacts ──► Register, Unregister ─┐
//!   INVITE, BYE, REFER, responses ──► calls ──► Act ────────┼──► Switch
//!   requests, responses ◄── render ◄── StationChanged ◄──────────┘
//! ```
//!
//! # The states of a leg
//!
//! | state | what it is | how it goes on |
//! | --- | --- | --- |
//! | `Offered` | the phone's INVITE waits for its final response | 2xx when the view says connected; a refusal when it says failed, or the call is gone; CANCEL |
//! | `Ringing` | our INVITE to one contact has no final response | 2xx: `Answering` or `Up`; a refusal: over; CANCEL when the call is gone or was answered elsewhere |
//! | `Answering` | the phone has accepted, with an offer of its own; the ACK waits for the answer | `Up` when the other party's address is known, or after [`MEDIA_TIME`] |
//! | `Up` | the dialog is confirmed | BYE |
//!
//! All contacts of a phone ring, or those with the highest `q` first; the first that answers has the call, the others are cancelled.
//!
//! # Offers and answers (RFC 3264, RFC 6337)
//!
//! Phones send media to each other: the descriptions that a leg is given name the other party's address and payload types.
//!
//! | we are | an offer comes | a request without offer comes | the media is to change |
//! | --- | --- | --- | --- |
//! | idle | answered, when the other party's address is known | 2xx with an offer, the answer comes with ACK | re-INVITE |
//! | our offer outstanding | 491 | 491 | afterwards |
//! | their offer not answered | 500 with Retry-After | 500 with Retry-After | afterwards |
//! | our 2xx has an offer, no ACK yet | 491 | 491 | afterwards |
//!
//! An answer has one codec and telephone events. 491 is tried again after the time of RFC 3261, 14.1; after any other refusal
//! the session is as it was.
//!
//! # Holding
//!
//! A phone holds with `a=sendonly`, `a=inactive`, an address of zeros, or port 0; it resumes with anything else. What becomes of its other
//! calls when it takes one more is its own matter: it may be several telephones, or mix. The switch holds for an application, with a
//! re-INVITE that says inactive: not in the first [`HOLD_DELAY`], in which most phones do so by themselves.
//!
//! # Invariants
//!
//! * No header of one leg is copied to another one: own Call-ID, tags, CSeq, `o=` line and payload types for each.
//! * A leg with a reference ends when the station no longer shows that connection as its own.
//! * A leg belongs to one dialog at most; what was forgotten is acknowledged and ended by the SIP layer.
//! * Only who has proved a password, or speaks from where a phone is registered, may call. A datagram shows that of a phone without
//!   password only after an answer from there, where the phone can give one.
//!
//! # Limits
//!
//! [`MAX_CONTACTS`] contacts of an address; [`MAX_LEGS`] legs; nonces and requests by the sizes of `challenge` and the SIP
//! layer.
//!
//! | file | content |
//! | --- | --- |
//! | `settings` | from the configuration to pools |
//! | `names` | where trunks and the registrar are, also by name |
//! | `challenge` | digest authentication: nonces, and who has proved what |
//! | `guesses` | passwords that were wrong |
//! | `contacts`, `register` | where phones can be reached; REGISTER |
//! | `leg`, `legs` | one call of one phone; all of them |
//! | `directory` | pools by name, and phones by address |
//! | `media` | descriptions: what a leg is to hear, in SDP |
//! | `admission` | who may call |
//! | `shown` | phones without password show that it is they who call |
//! | `calls` | what phones do in dialogs |
//! | `render` | from views to requests and responses |
//! | `ring` | INVITEs to phones and trunks |
//! | `wishes` | phones that are asked to answer |
//! | `early` | what callers hear before anybody answers |
//! | `reliable` | reliable provisional responses |
//! | `digits` | digits that go with the signalling |
//! | `kpml` | keys as XML, by SUBSCRIBE and NOTIFY |
//! | `diverted` | how calls came to where they are |
//! | `take_over` | calls that are picked up or taken over with Replaces |
//! | `refer` | transfers |
//! | `inbound` | which dial peer a call comes in by |
//! | `provable` | requests in calls for which a trunk may want a password |
//! | `retries` | how long requests wait for an answer |
//! | `trunks` | calls to and from other networks |
//! | `connections` | TCP connections to other networks |
//! | `subscribe` | message waiting, and which lines are busy |
//! | `mailboxes` | messages that wait at a voicemail server |
//! | `features` | do not disturb and forwarding on the phone's own keys |
//! | `cisco`, `soft_keys`, `remote_state` | Cisco phones with enterprise firmware |
//! | `headers`, `causes` | identities and other headers; statuses and causes |

mod admission;
mod calls;
mod carried;
mod causes;
pub(crate) mod challenge;
mod cisco;
mod connections;
mod contacts;
mod digits;
mod directory;
mod diverted;
mod early;
mod features;
pub(crate) mod guesses;
mod headers;
mod inbound;
mod kpml;
mod leg;
mod legs;
mod mailboxes;
mod media;
mod names;
mod presence;
mod provable;
mod refer;
mod register;
mod reliable;
mod remote_state;
mod render;
mod retries;
mod ring;
mod security;
mod settings;
mod shown;
mod soft_keys;
mod subscribe;
mod take_over;
mod trunks;
mod wishes;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::{CodecSet, Instant, StationId, StationInput, Switch, Timers};
use hookflash_sip::InviteId;
use hookflash_wire::sip::StatusCode;

pub use contacts::{Contact, MAX_CONTACTS};
pub use inbound::Inbound;
pub use names::Place;
pub use retries::Retries;
pub use security::{Handshake, MediaKeys};
pub use settings::{
    Account, Keepalive, MwiSettings, PoolSettings, SipPhoneSettings, Translations, TrunkSettings,
};
pub(crate) use settings::{
    TAG_BASE, TRUNK_BASE, add_lines, add_stations, add_trunks, line_translations, realm, restricted,
    sip_phones, translation_notes,
};

use crate::{
    Context, LinkId, NodeSettings, Sizes,
    config::Reliable,
    sip::{DialogId, Endpoint, Flow, RequestId},
    throttle::Throttle,
};
use challenge::Challenges;
use connections::Connections;
use contacts::Contacts;
use directory::Directory;
use guesses::Guesses;
use leg::LegId;
use legs::Legs;
use mailboxes::Mailboxes;
use names::Names;
use provable::Provable;
use security::{Security, Srtp};
use subscribe::Subscriptions;
use trunks::Registration;

/// How long a leg waits for the address of the other party before it is told that there is none yet.
pub const MEDIA_TIME: Duration = Duration::from_secs(2);

/// How long the switch waits before it tells a phone that its call is held, because phones hold by themselves.
pub const HOLD_DELAY: Duration = Duration::from_millis(500);

/// How long a caller may take to say where it receives, before a phone is called without an offer.
const OFFER_TIME: Duration = Duration::from_millis(400);

/// How long a phone may take for its first response to an INVITE.
const INVITE_PATIENCE: Duration = Duration::from_secs(6);

/// How long a phone whose connection has closed may take to register again.
const FLOW_GRACE: Duration = Duration::from_secs(5);

/// How long until a registration at a registrar that failed is tried again.
const REGISTER_AGAIN: Duration = Duration::from_secs(30);

/// Legs at once.
pub const MAX_LEGS: usize = 20_000;

/// Lines in the log about requests refused, for each address and minute.
const REFUSALS: u32 = 10;

/// Everything about SIP phones that happens because time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Timer {
    /// A contact may have expired, or its connection was lost long enough ago.
    Expiry(StationId),
    /// Who calls a phone has not said in time where it receives.
    Ring(StationId),
    /// A leg has waited for the other party's address.
    Media(LegId),
    /// A leg may be offered other media now.
    Offer(LegId),
    /// The phone of a leg that was transferred has not ended it.
    Transferred(LegId),
    /// A caller is to be told again that its call is under way.
    Progress(LegId),
    /// A reliable provisional response is to be repeated.
    Reliable(LegId),
    /// A subscription has expired, or its dialog is over.
    Subscription(DialogId),
    /// A trunk is to be asked again whether it is up.
    Keepalive(StationId),
    /// A phone is to be asked once more whether it knows of a call.
    Caller(LegId),
    /// The registration of an account of this server has to be renewed.
    Registration(usize),
    /// A subscription at the voicemail server is to begin, or to be renewed.
    Mailbox(u32),
    /// The name at this place is to be looked up again.
    Name(u32),
}

/// What a request of ours is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Purpose {
    /// An INVITE of a leg.
    Invite(LegId),
    /// The phone of a leg is asked to answer or to resume.
    Talk(LegId),
    /// A phone is asked to make the call with this reference.
    Initiate(StationId, u32),
    /// The progress of a transfer that the phone asked for.
    Report(LegId),
    /// The state of a subscription.
    Notify(DialogId),
    /// Whether a trunk is up.
    Keepalive(StationId),
    /// The registration of an account of this server.
    Registration(usize),
    /// A subscription at the voicemail server.
    Mailbox(u32),
    /// The BYE to a trunk that may want a password for it.
    Goodbye(StationId, DialogId),
    /// Whether a phone is alive whose place another one wants.
    Probe,
    /// Whether somebody is where a phone has registered without a password.
    Prove(StationId, Flow),
    /// Whether a phone knows of the call that it seems to have begun.
    Caller(LegId),
    /// Something whose outcome matters to nobody.
    Other,
}

/// What is known of one phone.
#[derive(Debug)]
struct Phone {
    pool: PoolSettings,
    /// Its dial peer, if it is a trunk.
    trunk: Option<TrunkSettings>,
    contacts: Contacts,
    /// Calls that were offered to it, so that a phone that has declined is not called again.
    rung: Vec<u32>,
    /// The preference of the contacts that were called last for a call.
    called: BTreeMap<u32, u16>,
    /// The best refusal of the contacts that do not take a call, while others still ring.
    refused: BTreeMap<u32, StatusCode>,
    /// Until when a call waits to be offered for its caller to say where it receives.
    offers: BTreeMap<u32, Instant>,
    /// Until when a trunk that has no capacity is not called.
    rests: Option<Instant>,
    /// OPTIONS that a trunk has not answered, one after the other.
    unanswered: u32,
    /// The address of a trunk that was sent OPTIONS.
    asked: Option<SocketAddr>,
    /// How many calls have left by a trunk.
    turns: usize,
}

impl Phone {
    fn new(pool: PoolSettings, trunk: Option<TrunkSettings>) -> Phone {
        Phone {
            pool,
            trunk,
            contacts: Contacts::default(),
            rung: Vec::new(),
            called: BTreeMap::new(),
            refused: BTreeMap::new(),
            offers: BTreeMap::new(),
            rests: None,
            unanswered: 0,
            asked: None,
            turns: 0,
        }
    }
}

/// The SIP phones; see the [module page](self).
#[derive(Debug)]
pub struct SipPhones {
    settings: SipPhoneSettings,
    phones: BTreeMap<StationId, Phone>,
    legs: Legs,
    directory: Directory,
    trunk_ids: Vec<StationId>,
    /// Legs whose phone has asked for a transfer, and some that are over.
    transfers: Vec<LegId>,
    last_leg: u32,
    dialogs: BTreeMap<DialogId, LegId>,
    invites: BTreeMap<InviteId, LegId>,
    requests: BTreeMap<RequestId, Purpose>,
    /// Those of them that are sent once more with a password if that is asked for.
    provable: BTreeMap<RequestId, Provable>,
    /// REGISTERs that wait for the answer to a request of ours.
    probes: BTreeMap<RequestId, register::Probe>,
    /// Where something short has to be asked before anything else is sent, with the contact and the name of this server.
    unproven: Vec<(StationId, Flow, String, String)>,
    /// Legs whose phone waits for an answer that does not depend on the other party.
    unanswered: Vec<LegId>,
    /// Legs whose phone has dialled something that the switch has not seen yet.
    dialled: Vec<LegId>,
    /// Legs whose phone has asked for a transfer that the switch has not carried out yet.
    referred: Vec<LegId>,
    /// What the called side of a call has said last when it did not take it, and whether it is a trunk.
    outcomes: BTreeMap<hookflash_core::CallId, (StatusCode, bool)>,
    subscriptions: Subscriptions,
    /// What Cisco phones were told of their lines.
    told_states: BTreeMap<StationId, String>,
    challenges: Challenges,
    timers: Timers<Timer>,
    refusals: Throttle,
    guesses: Guesses,
    session_ids: u64,
    /// What nobody else knows: keys come from it.
    server: security::Own,
    /// The address of the listener, from which trunks are reached.
    local: Option<SocketAddr>,
    registrations: Vec<Registration>,
    mailboxes: Mailboxes,
    names: Names,
    connections: Connections,
    /// Whether trunks have to be brought into service.
    trunks_changed: bool,
}

/// Supported where no provisional response is acknowledged.
const WITHOUT_RELIABLE: &str = "replaces, timer, norefersub";

/// The codecs that SIP phones may use.
const CODECS: [hookflash_core::Codec; 5] = [
    hookflash_core::Codec::G711Ulaw,
    hookflash_core::Codec::G711Alaw,
    hookflash_core::Codec::G722,
    hookflash_core::Codec::Opus,
    hookflash_core::Codec::G729,
];

impl SipPhones {
    /// The phones of a switch, none of them registered.
    pub fn new(settings: &NodeSettings, switch: &Switch) -> SipPhones {
        let seed = switch.settings().seed;
        let mut phones = SipPhones {
            settings: SipPhoneSettings::default(),
            phones: BTreeMap::new(),
            legs: Legs::default(),
            directory: Directory::default(),
            trunk_ids: Vec::new(),
            transfers: Vec::new(),
            last_leg: 0,
            dialogs: BTreeMap::new(),
            invites: BTreeMap::new(),
            requests: BTreeMap::new(),
            provable: BTreeMap::new(),
            probes: BTreeMap::new(),
            unproven: Vec::new(),
            unanswered: Vec::new(),
            dialled: Vec::new(),
            referred: Vec::new(),
            outcomes: BTreeMap::new(),
            subscriptions: Subscriptions::default(),
            told_states: BTreeMap::new(),
            challenges: Challenges::new(seed),
            timers: Timers::default(),
            refusals: Throttle::new(REFUSALS),
            guesses: Guesses::default(),
            session_ids: seed >> 33,
            local: settings.sip_address,
            server: security::Own { secret: settings.start.secret, fingerprint: settings.start.fingerprint },
            registrations: Vec::new(),
            mailboxes: Mailboxes::default(),
            names: Names::default(),
            connections: Connections::default(),
            trunks_changed: false,
        };
        phones.take(&settings.sip_phones, switch);
        phones
    }

    /// Puts other settings into effect: phones that are not configured any more are forgotten.
    pub(crate) fn configure(
        &mut self,
        settings: &SipPhoneSettings,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        self.take(settings, context.switch);
        let gone = |id: &StationId| context.switch.stations().get(*id).is_none();
        let gone: Vec<StationId> = self.phones.keys().filter(|id| gone(id)).copied().collect();
        for station in gone {
            self.forget(station, sip);
        }
    }

    fn take(&mut self, settings: &SipPhoneSettings, switch: &Switch) {
        self.settings.clone_from(settings);
        self.directory.note(&self.settings.pools);
        for pool in &settings.pools {
            let Some(station) = switch.stations().by_tag(pool.station) else { continue };
            match self.phones.get_mut(&station) {
                Some(phone) => phone.pool.clone_from(pool),
                None => {
                    self.phones.insert(station, Phone::new(pool.clone(), None));
                }
            }
        }
        let asks_others =
            !settings.trunks.is_empty() || !settings.accounts.is_empty() || settings.mwi.is_some();
        self.trunks_changed = asks_others || self.mailboxes.len() > 0;
        for trunk in &settings.trunks {
            let Some(station) = switch.stations().by_tag(trunk.station) else { continue };
            match self.phones.get_mut(&station) {
                Some(phone) => {
                    phone.pool = PoolSettings::of_trunk(trunk);
                    phone.trunk = Some(trunk.clone());
                }
                None => {
                    let phone = Phone::new(PoolSettings::of_trunk(trunk), Some(trunk.clone()));
                    self.phones.insert(station, phone);
                }
            }
        }
        self.note_trunks();
    }

    fn note_trunks(&mut self) {
        let trunks = self.phones.iter().filter(|(_, phone)| phone.trunk.is_some());
        self.trunk_ids = trunks.map(|(station, _)| *station).collect();
    }

    /// A station was removed from the configuration.
    pub(crate) fn removed(&mut self, station: StationId, sip: &mut Endpoint) {
        self.forget(station, sip);
    }

    fn forget(&mut self, station: StationId, sip: &mut Endpoint) {
        if let Some(mut phone) = self.phones.remove(&station) {
            phone.contacts.clear(sip, &mut self.timers);
        }
        self.note_trunks();
    }

    /// The passwords that were wrong.
    pub(crate) fn guesses(&self) -> &Guesses {
        &self.guesses
    }

    /// Forgets the passwords that were wrong.
    pub(crate) fn forget_guesses(&mut self) {
        self.guesses.clear();
    }

    /// Whether there are SIP phones.
    pub fn is_empty(&self) -> bool {
        self.phones.is_empty()
    }

    /// Whether the station is a SIP phone.
    pub fn has(&self, station: StationId) -> bool {
        self.phones.contains_key(&station)
    }

    /// The stations of SIP phones.
    pub fn stations(&self) -> impl Iterator<Item = StationId> {
        self.phones.keys().copied()
    }

    /// Where a phone can be reached.
    pub fn contacts(&self, station: StationId) -> impl Iterator<Item = &Contact> {
        self.phones.get(&station).into_iter().flat_map(|phone| phone.contacts.iter())
    }

    /// From where a phone has registered itself, and can be reached.
    pub(crate) fn addresses(&self, station: StationId) -> impl Iterator<Item = IpAddr> {
        let direct =
            self.contacts(station).filter(|contact| contact.is_reachable() && contact.path().is_empty());
        direct.map(|contact| contact.flow().peer().ip())
    }

    /// The address of this server that a phone reaches, or the other network behind a trunk.
    pub fn local_address(&self, station: StationId) -> Option<IpAddr> {
        let phone = self.phones.get(&station)?;
        let flows = phone.contacts.iter().map(|contact| (contact.flow().local().ip(), contact.server()));
        let legs = self.legs.at(station).map(|(_, leg)| (leg.flow.local().ip(), leg.server.as_str()));
        let trunk = self.local.filter(|_| phone.trunk.is_some()).map(|local| (local.ip(), ""));
        // A listener at all addresses does not know which one; the phone has named it.
        let known = |(ip, server): (IpAddr, &str)| {
            let named = || server.parse().ok();
            if ip.is_unspecified() { named() } else { Some(ip) }
        };
        legs.chain(flows).chain(trunk).find_map(known)
    }

    /// How many legs a phone has.
    pub fn leg_count(&self, station: StationId) -> usize {
        self.legs.at(station).count()
    }

    /// Counts what is kept.
    pub(crate) fn count(&self, sizes: &mut Sizes) {
        sizes.registrations += self.phones.values().map(|phone| phone.contacts.len()).sum::<usize>();
        sizes.under_way +=
            self.legs.len() + self.requests.len() + self.subscriptions.len() + self.mailboxes.len();
    }

    /// When `SipPhones::handle_timeout` has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Runs what is due.
    pub(crate) fn handle_timeout(&mut self, sip: &mut Endpoint, context: &mut Context<'_>) {
        while let Some(timer) = self.timers.pop_due(context.now) {
            match timer {
                Timer::Expiry(station) => self.expire(station, sip, context),
                Timer::Ring(station) => self.render(station, sip, context),
                Timer::Media(id) => self.media_time_over(id, sip, context),
                Timer::Offer(id) => {
                    if let Some(leg) = self.legs.get_mut(&id) {
                        leg.offer_timer = None;
                        let station = leg.station;
                        self.render(station, sip, context);
                    }
                }
                Timer::Progress(id) => self.progress_again(id, sip, context),
                Timer::Reliable(id) => self.repeat_reliable(id, sip, context),
                Timer::Subscription(dialog) => self.subscription_due(dialog, sip, context),
                Timer::Keepalive(station) => self.ask_whether_up(station, sip, context),
                Timer::Caller(id) => self.ask_caller(id, sip, context),
                Timer::Name(place) => self.ask_name_again(place, context),
                Timer::Mailbox(id) => self.mailbox_due(id, sip, context),
                Timer::Registration(account) => self.register_again(account, sip, context),
                Timer::Transferred(id) => self.transferred_too_long(id, sip, context),
            }
        }
    }

    /// A connection was closed: phones that registered by it can be reached no more, and may come back.
    pub(crate) fn link_closed(&mut self, link: LinkId, sip: &Endpoint, context: &mut Context<'_>) {
        let now = context.now;
        self.connection_lost(link, sip, context);
        let there: Vec<StationId> = self.directory.at_link(link).collect();
        for station in there {
            if let Some(phone) = self.phones.get_mut(&station) {
                phone.contacts.link_lost(link, now + FLOW_GRACE, station, &mut self.timers);
            }
        }
    }

    /// Ends all calls, because the server is about to end.
    pub(crate) fn shut_down(&mut self, sip: &mut Endpoint, context: &mut Context<'_>) {
        let ids: Vec<LegId> = self.legs.keys().copied().collect();
        for id in ids {
            self.end_leg(id, leg::Ending::Gone, sip, context);
        }
    }

    fn legs_at(&self, station: StationId) -> Vec<LegId> {
        self.legs.at(station).map(|(id, _)| id).collect()
    }

    /// A phone that has no contact and no leg any more is gone.
    fn unregister_if_gone(&mut self, station: StationId, context: &mut Context<'_>) {
        let reachable =
            self.phones.get(&station).is_some_and(|phone| phone.trunk.is_some() || phone.contacts.len() > 0);
        let registered = context.switch.stations().get(station).is_some_and(|s| s.is_registered());
        if registered && !reachable && self.leg_count(station) == 0 {
            context.station(station, StationInput::Unregister);
        }
    }

    /// Whether the phone or dial peer is to get digits by INFO.
    fn wants_info(&self, station: StationId) -> bool {
        self.phones.get(&station).is_some_and(|phone| phone.pool.digits_by_info)
    }

    /// How the audio of a phone is encrypted.
    fn srtp_of(&self, station: StationId) -> Srtp {
        self.phones.get(&station).map_or(Srtp::Off, |phone| phone.pool.srtp)
    }

    /// Which provisional responses of and to a phone are acknowledged.
    fn reliable_of(&self, station: StationId) -> Reliable {
        self.phones.get(&station).map_or(Reliable::Supported, |phone| phone.pool.reliable)
    }

    /// Supported of calls to a phone, where it is not the usual one.
    fn supported_of(&self, station: StationId) -> Option<&'static str> {
        (self.reliable_of(station) == Reliable::Off).then_some(WITHOUT_RELIABLE)
    }

    fn security(&self, station: StationId, dialog: u64) -> Security {
        Security::new(self.srtp_of(station), self.server, dialog)
    }

    /// The keys of the leg of a connection.
    pub(crate) fn keys_of(&self, station: StationId, reference: u32) -> Option<MediaKeys> {
        let mut legs = self.legs.at(station).filter(|(_, leg)| leg.reference == Some(reference));
        legs.find_map(|(_, leg)| leg.media.security.agreed())
    }

    fn codecs_of(&self, station: StationId) -> CodecSet {
        self.phones.get(&station).map_or(CodecSet::EMPTY, |phone| phone.pool.codecs)
    }

    /// The order in which a phone is offered codecs.
    fn order_of(&self, station: StationId) -> Vec<hookflash_core::Codec> {
        self.phones.get(&station).map_or(CODECS.to_vec(), |phone| phone.pool.order.clone())
    }

    /// An identifier for `o=`, never used before.
    fn next_session_id(&mut self) -> u64 {
        self.session_ids += 1;
        self.session_ids
    }
}
