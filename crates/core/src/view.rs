//! What a station should show now.
//!
//! A view is derived from the calls and lines each time it is asked for; nothing of it is stored here. A phone
//! protocol remembers what its phone shows and sends the difference. A phone that registers again shows nothing, so
//! it gets everything.

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{
    Button, CallId, Connection, ConnectionKey, ConnectionState, ConsultPurpose, Description, DiversionReason,
    EventCause, Forwarding, Holder, LineId, Media, MediaPlan, Party, Redirection, Refusal, Ring, Station,
    StationId, Stream, Verb, VerbSet,
    calls::{Dialling, Entry},
    control::{
        barge, conference_keys,
        consultation_call::counterpart,
        generate_digits,
        media::{common_codec, is_offer_expected, offer_of, plan},
        set_do_not_disturb::{is_silent, is_silent_everywhere},
        single_number_reach::is_elsewhere,
    },
    state::State,
    station::LampButton,
};

/// The picture of one station.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StationView {
    /// The calls on its lines, oldest first on each line, by line instance.
    pub appearances: SmallVec<[Appearance; 2]>,
    /// The lamps of the buttons that watch others, in the order of the line instances.
    pub lamps: Vec<WatchedLamp>,
    /// What the lines do that the speed dials with a lamp name, in the order of their instances; `None` if it is not
    /// known.
    pub blf: Vec<Option<Watched>>,
    /// The lines whose calls are forwarded, in the order of the line instances.
    pub forwards: Vec<LineForwarding>,
    /// Why the last key was refused; until the next key.
    pub refused: Option<Refusal>,
    /// Whether the feature was carried out for which a code was dialled; until the next key.
    pub confirmed: bool,
    /// The number of a line that rings elsewhere at night, for a phone with a night service bell.
    pub night_bell: Option<SmolStr>,
    /// Whether the phone takes no calls of hunt groups.
    pub hunt_logged_out: bool,
    /// Whether the user is not to be disturbed.
    pub do_not_disturb: bool,
    /// Whether the phone keeps its calls on shared lines to itself, if it has a button for that.
    pub privacy: Option<bool>,
    /// The slot where the user has parked a call; until the next key.
    pub parked_at: Option<SmolStr>,
    /// How often the user was reminded of that call, since the last key.
    pub park_reminders: u32,
    /// What an application shows at the phone.
    pub display_text: Option<SmolStr>,
    /// The line instances for whose number a message waits.
    pub message_waiting: SmallVec<[u32; 2]>,
}

/// The lamp of a button that watches a line or a phone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WatchedLamp {
    /// Line instance, from 1.
    pub line: u32,
    /// What it shows.
    pub shows: Watched,
}

/// A lamp of a phone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Lamp {
    /// Beside a line button, by the line instance.
    Line(u32),
    /// Beside a speed dial that watches its number, by its instance.
    BlfSpeedDial(u32),
    /// For messages that wait.
    MessageWaiting,
    /// For a phone that takes no calls of hunt groups.
    HuntGroupLog,
    /// Of the Privacy button.
    Privacy,
}

/// What a line or phone does that is watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord)]
pub enum Watched {
    /// Nothing.
    #[default]
    Idle,
    /// It has put a call aside, or a call is parked there.
    Held,
    /// It is in a call, or its user is not to be disturbed.
    InUse,
    /// It rings.
    Ringing,
}

/// How the calls of one line of a station are forwarded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineForwarding {
    /// Line instance, from 1.
    pub line: u32,
    /// How they are forwarded.
    pub forwarding: Forwarding,
}

/// One call on one line of a station.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Appearance {
    /// Line instance, from 1.
    pub line: u32,
    /// The connection's reference.
    pub reference: u32,
    /// The call.
    pub call: CallId,
    /// What the user should see and hear of it.
    pub display: CallDisplay,
    /// Whether the call came in to this line.
    pub incoming: bool,
    /// What may be done to it: the keys to offer.
    pub permitted: VerbSet,
    /// Why the user began the call while another one is on hold, if so.
    pub consultation: Option<ConsultPurpose>,
    /// The other members of a conference; empty for a call of two.
    pub members: Vec<Party>,
    /// How it sounds while it rings.
    pub ring: Ring,
    /// Whether a call that waits is not announced by a beep.
    pub waits_silently: bool,
    /// Whether a call that waits rings once instead of beeping.
    pub waits_with_ring: bool,
    /// The number from which a transferred call has come back to who transferred it, while it rings there.
    pub recalled_from: Option<SmolStr>,
    /// Whether the phone answered by itself, as one end of an intercom, and says so with a tone.
    pub announced: bool,
    /// Whether the user has entered the call of another phone with the key cBarge.
    pub entered: bool,
    /// How often somebody has done that to the call: its parties hear a beep.
    pub barges: u8,
    /// Whether the microphone is off: the phone answered by itself, or an application wants it so.
    pub muted: bool,
    /// Whether the user has selected the call to be joined with others.
    pub selected: bool,
    /// Whether the station has another call with which it can be joined.
    pub joinable: bool,
    /// Whether the user may enter the call, which another station of the line has.
    pub may_enter: bool,
    /// Whether the other party rings without a sound, because it is not to be disturbed.
    pub rings_out_silently: bool,
    /// The user himself if he placed the call, else the other party; empty in a conference.
    pub calling: Party,
    /// The other party if the user placed the call (who was called or whom the call was diverted to, or who will be
    /// called while the user is prompted; empty until the number is complete, and in a conference), else the user.
    pub called: Party,
    /// The diversions on the way to this user, or to whom he called.
    pub redirection: Option<Box<Redirection>>,
    /// Whether the digits are those of a number to forward to.
    pub enters_forward: bool,
    /// The digits dialled so far, for the caller.
    pub digits: SmolStr,
    /// The media the station should handle for it; `None` while it hears nobody.
    pub media: Option<Media>,
    /// What an autonomous phone called the call when it dialled.
    pub token: Option<u32>,
    /// What the other party of a call of two receives, if that is an autonomous phone that has said so.
    pub peer: Option<Description>,
    /// Where and what the only other party receives, as it is to be offered to an autonomous phone that rings.
    pub offer: Option<Description>,
    /// Whether that is about to be known.
    pub offer_expected: bool,
    /// What an autonomous phone is asked to do.
    pub asked: Option<Verb>,
    /// Whether an autonomous phone shall answer by itself.
    pub auto_answer: bool,
    /// Whether an autonomous phone has put the call aside by itself.
    pub held_by_phone: bool,
    /// The digit that somebody sends into the call, while its tone sounds.
    pub signal: Option<char>,
    /// The digit that another party sends into the call, while its tone sounds.
    pub heard: Option<char>,
}

/// What the phone shows of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallDisplay {
    /// Off-hook, dialling.
    Dialling,
    /// The user is asked to go off-hook for a call that an application wants to make.
    Prompted,
    /// Dialled, nothing rings yet.
    Proceeding,
    /// The called party rings.
    RingingOut,
    /// It rings here; `waiting` when the user is busy with another call.
    RingingIn {
        /// Whether the user is busy with another call.
        waiting: bool,
    },
    /// The parties talk, or the other one has put the call aside.
    Connected,
    /// Held here.
    OnHold,
    /// It did not get through.
    Failed(EventCause),
    /// Another station of a shared line talks on it.
    RemoteInUse,
    /// Another station of a shared line has put it aside; it can be retrieved here.
    RemoteHold,
}

impl CallDisplay {
    /// Whether the user's ear and mouth are at this call.
    pub fn is_active(self) -> bool {
        matches!(
            self,
            CallDisplay::Dialling
                | CallDisplay::Proceeding
                | CallDisplay::RingingOut
                | CallDisplay::Connected
                | CallDisplay::Failed(_)
        )
    }

    /// Whether it rings or prompts here.
    pub fn is_ringing(self) -> bool {
        matches!(self, CallDisplay::RingingIn { .. } | CallDisplay::Prompted)
    }
}

/// What the lamps of a phone show, in no particular order; lamps that are off may be missing.
pub fn lamps(view: &StationView) -> Vec<(Lamp, Watched)> {
    let mut lamps: Vec<(Lamp, Watched)> = Vec::new();
    for appearance in &view.appearances {
        let shows = match appearance.display {
            CallDisplay::RingingIn { .. } | CallDisplay::Prompted => Watched::Ringing,
            CallDisplay::OnHold | CallDisplay::RemoteHold => Watched::Held,
            _ => Watched::InUse,
        };
        match lamps.iter_mut().find(|(lamp, _)| *lamp == Lamp::Line(appearance.line)) {
            Some((_, most)) => *most = shows.max(*most),
            None => lamps.push((Lamp::Line(appearance.line), shows)),
        }
    }
    lamps.extend(view.lamps.iter().map(|watched| (Lamp::Line(watched.line), watched.shows)));
    let instances = (1..).map(Lamp::BlfSpeedDial);
    lamps.extend(instances.zip(view.blf.iter().map(|shows| shows.unwrap_or_default())));
    let on = |lit: bool| if lit { Watched::InUse } else { Watched::Idle };
    lamps.push((Lamp::MessageWaiting, on(!view.message_waiting.is_empty())));
    lamps.push((Lamp::HuntGroupLog, on(view.hunt_logged_out)));
    lamps.extend(view.privacy.map(|private| (Lamp::Privacy, on(private))));
    lamps
}

impl StationView {
    /// The call at which the user's ear and mouth are.
    pub fn active(&self) -> Option<&Appearance> {
        self.appearances.iter().find(|appearance| appearance.display.is_active())
    }
}

/// What the station should show now.
pub(crate) fn of(st: &State, id: StationId) -> StationView {
    let Some(station) = st.stations.get(id) else { return StationView::default() };
    let active = st.active_at(id).map(Connection::key);
    let mut appearances: SmallVec<[Appearance; 2]> = SmallVec::new();
    for (instance, button, own) in st.placed_at(id) {
        let busy_elsewhere = active.is_some_and(|active| active != own.key());
        let Some(mut display) = display(st, own, id, busy_elsewhere) else { continue };
        // A call is at one of the buttons of a line that has two; while it rings, both do.
        let is_here = display.is_active() || display == CallDisplay::OnHold;
        if is_here && appearances.iter().any(|other| other.reference == own.reference()) {
            display = CallDisplay::RemoteInUse;
        }
        appearances.push(appearance(st, own, instance, display, button.ring, id));
    }
    appearances.extend(station.page.and_then(|key| page(st, key, id)));
    StationView {
        appearances,
        lamps: station.lamps().iter().map(|lamp| watched_lamp(st, *lamp)).collect(),
        blf: station
            .settings()
            .blf_speed_dials
            .iter()
            .map(|(number, _)| watched_number(st, number))
            .collect(),
        forwards: forwards(st, station),
        refused: station.refused,
        confirmed: station.confirmed,
        night_bell: night_bell(st, station),
        hunt_logged_out: station.hunt_logged_out,
        do_not_disturb: station.do_not_disturb,
        privacy: station.settings().privacy_button.then(|| station.keeps_private()),
        parked_at: station.parked_at.clone(),
        park_reminders: station.park_reminders,
        display_text: station.display_text.clone(),
        message_waiting: message_waiting(st, station),
    }
}

/// The page that the loudspeaker plays, on the first line.
fn page(st: &State, key: ConnectionKey, id: StationId) -> Option<Appearance> {
    let own = st.calls.connection(key)?;
    let party = own.party().clone();
    Some(Appearance {
        members: Vec::new(),
        permitted: [Verb::ClearConnection].into_iter().collect(),
        calling: party.clone(),
        called: party,
        ..appearance(st, own, 1, CallDisplay::Connected, Ring::Silent, id)
    })
}

/// The line instances for whose number a message waits.
fn message_waiting(st: &State, station: &Station) -> SmallVec<[u32; 2]> {
    let waits = |button: &Button| {
        st.lines.device(st.lines[button.line].device()).is_some_and(|device| device.message_waiting())
    };
    station.buttons().iter().filter(|button| waits(button)).map(|button| button.instance).collect()
}

fn forwards(st: &State, station: &Station) -> Vec<LineForwarding> {
    let mut seen = 0;
    let first = |button: &&Button| std::mem::replace(&mut seen, button.instance) != button.instance;
    let buttons = station.buttons().iter().filter(first);
    let lines = buttons.map(|button| (button.instance, st.lines[button.line].forwarding()));
    let forwarding = lines.filter(|(_, forwarding)| forwarding.is_active());
    forwarding.map(|(line, forwarding)| LineForwarding { line, forwarding: forwarding.clone() }).collect()
}

fn watched_lamp(st: &State, lamp: LampButton) -> WatchedLamp {
    let shows = if lamp.phone { watched_phones(st, lamp.line) } else { watched_line(st, lamp.line) };
    WatchedLamp { line: lamp.instance, shows }
}

/// The line that rings at night for phones with a bell, and that the station does not have itself.
fn night_bell(st: &State, station: &Station) -> Option<SmolStr> {
    if !st.is_night() || !station.settings().night_bell {
        return None;
    }
    let rings = |line: LineId| {
        let mut keys = st.calls.at_line(line).iter().filter_map(|key| st.calls.connection(*key));
        keys.any(|own| own.alerting().is_some())
    };
    let mut lines = st.lines.iter().filter(|(_, line)| line.settings().night_bell);
    let ringing = lines.find(|(id, _)| rings(*id) && !station.lines().any(|own| own == *id));
    ringing.map(|(_, line)| line.number().clone())
}

/// What the lines with a number do that others may see; `None` if there is none.
fn watched_number(st: &State, number: &str) -> Option<Watched> {
    let lines = st.lines.dial_plan().lines(number).filter(|line| st.lines[*line].settings().allow_watch);
    lines.map(|line| watched_line(st, line)).max()
}

/// What a line does.
fn watched_line(st: &State, line: LineId) -> Watched {
    let keys = st.calls.at_line(line).iter();
    keys.filter_map(|key| st.calls.connection(*key)).map(watched).max().unwrap_or_default()
}

fn watched(connection: &Connection) -> Watched {
    match connection.state() {
        ConnectionState::Null => Watched::Idle,
        ConnectionState::Hold | ConnectionState::Queued => Watched::Held,
        ConnectionState::Alerting => Watched::Ringing,
        ConnectionState::Initiated | ConnectionState::Connected | ConnectionState::Fail => Watched::InUse,
    }
}

/// What the phones do that have a line on their first button.
fn watched_phones(st: &State, line: LineId) -> Watched {
    let stations = st.lines[line].stations().iter().copied();
    let first = stations.filter(|id| st.stations[*id].line(1) == Some(line));
    let does = |id: StationId| {
        let disturbed = !st.stations[id].do_not_disturb();
        let calls = st.connections_at(id).map(watched).max().unwrap_or_default();
        if disturbed { calls } else { calls.max(Watched::InUse) }
    };
    first.map(does).max().unwrap_or_default()
}

fn appearance(
    st: &State,
    own: &Connection,
    line: u32,
    display: CallDisplay,
    ring: Ring,
    station: StationId,
) -> Appearance {
    let others = others(st, own);
    let other = other_party(st, own, &others);
    let (calling, called) = match own.is_incoming() {
        true => (caller_shown(st, own, &others, other), called_shown(st, own)),
        false => (own.party().clone(), other),
    };
    let is_own = own.station() == Some(station);
    // Who sees that the line is in use need not see by whom.
    let hidden = !is_own && own.alerting().is_none() && barge::is_private(st, own);
    let (calling, called) = if hidden { Default::default() } else { (calling, called) };
    let here = is_own && display != CallDisplay::RemoteInUse;
    let phone = own.phone.as_deref().filter(|_| here || own.alerting().is_some());
    let ring = if is_silent(st, station, own) { Ring::Silent } else { ring };
    let rings_out_silently = display == CallDisplay::RingingOut
        && !others.is_empty()
        && others.iter().all(|other| is_silent_everywhere(st, other));
    Appearance {
        line,
        reference: own.reference(),
        call: own.call(),
        display,
        incoming: own.is_incoming(),
        permitted: permitted(st, own, here, display),
        recalled_from: recalled_from(st, own),
        announced: here && own.announced,
        entered: here && own.entered,
        barges: if here { st.calls.get(own.call()).map_or(0, |call| call.barges) } else { 0 },
        consultation: own.consult_purpose(),
        members: if hidden { Vec::new() } else { members(&others) },
        ring,
        waits_silently: waits_silently(st, own, station),
        waits_with_ring: st.lines[own.line()].settings().waiting_ring,
        muted: here && (own.answered_muted || (display.is_active() && st.stations[station].microphone_off)),
        selected: here && own.selected,
        joinable: here && conference_keys::has_other(st, station, own),
        may_enter: !here && barge::may_enter(st, station, own),
        rings_out_silently,
        calling,
        called,
        redirection: redirection(st, own, &others).filter(|_| !hidden),
        enters_forward: own.entry == Some(Entry::Forward),
        digits: if own.is_incoming() || hidden { SmolStr::default() } else { own.dialled.clone() },
        media: here.then(|| media(st, own)).flatten(),
        token: phone.and_then(|phone| phone.token),
        peer: peer(&others),
        offer: match others.as_slice() {
            [only] => offer_of(st, only),
            _ => None,
        },
        offer_expected: own.alerting().is_some() && is_offer_expected(st, own.call()),
        asked: phone.and_then(|phone| phone.asked),
        auto_answer: phone.is_some_and(|phone| phone.auto_answer),
        held_by_phone: own.is_held_by_phone(),
        signal: generate_digits::sounding(st, own).filter(|_| here && display == CallDisplay::Connected),
        heard: generate_digits::heard(st, own).filter(|_| here && display == CallDisplay::Connected),
    }
}

/// Who calls, as the line of the caller shows itself and the line of `own` shows callers.
fn caller_shown(st: &State, own: &Connection, others: &[&Connection], caller: Party) -> Party {
    let from = match others {
        [only] if !only.is_incoming() => Some(&st.lines[only.line()].settings().from_phone.calling),
        _ => None,
    };
    let number = from.map_or_else(|| caller.number.clone(), |rules| rules.shown(&caller.number));
    Party { number: st.lines[own.line()].settings().to_phone.calling.shown(&number), ..caller }
}

/// Whom a call is for, as its line shows it.
fn called_shown(st: &State, own: &Connection) -> Party {
    let number = st.lines[own.line()].settings().to_phone.called.shown(&own.party().number);
    Party { number, ..own.party().clone() }
}

/// Whether a call that waits is not to be heard: calls to its line beep nowhere, or nothing beeps during the active call.
fn waits_silently(st: &State, own: &Connection, station: StationId) -> bool {
    let active = st.active_at(station).map(|active| st.lines[active.line()].settings());
    st.lines[own.line()].settings().gives_no_waiting_beep
        || active.is_some_and(|line| line.refuses_waiting_beep)
}

/// The other connections of the call.
type Others<'a> = SmallVec<[&'a Connection; 4]>;

fn others<'a>(st: &'a State, own: &Connection) -> Others<'a> {
    // Who hears a page is nobody for its caller.
    let is_shown = |other: &&Connection| other.key() != own.key() && !other.is_page();
    let others: Others<'a> = st.calls.connections(own.call()).filter(is_shown).collect();
    // Of several members of a group who ring at once, none is the other party yet.
    let hunted = |other: &&Connection| other.alerting().is_some_and(|alerting| alerting.hunt.is_some());
    match others.iter().copied().filter(hunted).count() {
        0 | 1 if own.alerting().is_none() => others,
        0 => others,
        _ => others.into_iter().filter(|other| !hunted(other)).collect(),
    }
}

/// A station may do to a call what the call's state allows; what another station of the line does with it, only as far
/// as that is shown.
fn permitted(st: &State, own: &Connection, here: bool, display: CallDisplay) -> VerbSet {
    let mut all = st.calls.permitted(own);
    if all.contains(Verb::TransferActive) || all.contains(Verb::ConferenceActive) {
        // A user joins the calls between which he consults, as he meant to; an application any two of a device.
        let purpose = counterpart(st, own.key()).map(|consultation| consultation.purpose);
        if !purpose.is_some_and(ConsultPurpose::allows_transfer) {
            all = all.without(Verb::TransferActive);
        }
        if !purpose.is_some_and(ConsultPurpose::allows_conference) {
            all = all.without(Verb::ConferenceActive);
        }
    }
    match (here, display) {
        (true, _) | (false, CallDisplay::RingingIn { .. }) => all,
        (false, CallDisplay::RemoteHold) => [Verb::RetrieveCall].into_iter().collect(),
        (false, _) => VerbSet::default(),
    }
}

/// The number from which a transferred call has come back here. A call that was parked comes back from a slot.
fn recalled_from(st: &State, own: &Connection) -> Option<SmolStr> {
    own.alerting()?;
    let last = own.redirection.as_deref()?.last();
    let slot = |device| st.lines.of_device(device).any(|(_, line)| line.settings().park_slot.is_some());
    let parked = last.device.is_some_and(slot);
    (last.reason == DiversionReason::Recalled && !parked).then(|| last.by.number.clone())
}

/// Who is at the other end; while the user is prompted, who will be.
fn other_party(st: &State, own: &Connection, others: &[&Connection]) -> Party {
    if let Some(Dialling::Prompting(number)) = own.dialling() {
        let number = number.strip_suffix(';').unwrap_or(number);
        return Party { number: SmolStr::new(number), ..Party::default() };
    }
    match others {
        [] => st.calls.get(own.call()).map(|call| call.destination().clone()).unwrap_or_default(),
        [only] => sent_here(st, own, only).unwrap_or_else(|| only.party().clone()),
        _ => Party::default(),
    }
}

/// Who will be at the other end of a call that rings: the party that its caller only sends here.
fn sent_here(st: &State, own: &Connection, caller: &Connection) -> Option<Party> {
    let consultation = caller.consultation.filter(|_| own.alerting().is_some())?;
    let blind = consultation.purpose == ConsultPurpose::BlindTransfer;
    let mut parties = st.calls.others(consultation.held).filter(|_| blind);
    parties.next().map(|party| st.told_party(party))
}

fn peer(others: &[&Connection]) -> Option<Description> {
    match others {
        [only] => only.description(),
        _ => None,
    }
}

fn members(others: &[&Connection]) -> Vec<Party> {
    match others {
        [] | [_] => Vec::new(),
        members => {
            // The number of a meet-me conference is where they meet, and none of them.
            let users = members.iter().filter(|other| other.holder() != Some(Holder::Switch));
            users.map(|other| other.party().clone()).collect()
        }
    }
}

/// The diversions on the way to the user, or, if he placed the call, to whom he called.
fn redirection(st: &State, own: &Connection, others: &[&Connection]) -> Option<Box<Redirection>> {
    if own.is_incoming() {
        return own.redirection.clone();
    }
    match others {
        [other] => other.redirection.clone(),
        _ => st.calls.get(own.call())?.redirection.clone(),
    }
}

/// What the device exchanges for the connection.
pub(crate) fn media(st: &State, own: &Connection) -> Option<Media> {
    let key = own.key();
    match plan(st, own.call()) {
        MediaPlan::Expected(caller, _) if caller == key => {
            let codec = own.audio.filter(|audio| audio.role.is_none())?.codec;
            Some(Media::Stream(Stream { codec, transmit_to: None, telephone_event: None }))
        }
        MediaPlan::Direct(one, other) if one == key || other == key => {
            let peer = st.calls.connection(if one == key { other } else { one })?;
            let codec = common_codec(st, one, other)?;
            let telephone_event = peer.description().and_then(|description| description.telephone_event);
            Some(Media::Stream(Stream { codec, transmit_to: peer.receives_at(), telephone_event }))
        }
        MediaPlan::Mixed(parties) if parties.contains(&key) => {
            if let Some(heard) = multicast(own) {
                return Some(heard);
            }
            Some(Media::Mixed { parties: parties.len(), stream: leg_stream(own) })
        }
        MediaPlan::Source(heard_by, source) if heard_by == key => {
            multicast(own).or(Some(Media::Source { source, stream: leg_stream(own) }))
        }
        _ => None,
    }
}

/// What a device hears that takes it from a group.
fn multicast(own: &Connection) -> Option<Media> {
    let audio = own.audio?;
    Some(Media::Multicast { codec: audio.codec, group: audio.group? })
}

fn leg_stream(own: &Connection) -> Option<Stream> {
    let leg = own.leg.as_deref()?;
    Some(Stream { codec: leg.state.codec, transmit_to: leg.receives_at, telephone_event: None })
}

/// What one connection looks like at one station of its line, which may or may not be in this call; `None` when that
/// station does not show it.
fn display(st: &State, own: &Connection, station: StationId, busy_elsewhere: bool) -> Option<CallDisplay> {
    let here = own.station() == Some(station);
    let may_use = st.may_use(station, own.line(), Some(own.key()));
    Some(match own.state() {
        ConnectionState::Null | ConnectionState::Queued => return None,
        ConnectionState::Alerting if !may_use || !own.is_offered_to(station) => return None,
        ConnectionState::Alerting if st.is_hidden(station, own) => return None,
        ConnectionState::Alerting => CallDisplay::RingingIn { waiting: busy_elsewhere },
        ConnectionState::Initiated if own.is_prompting() => return here.then_some(CallDisplay::Prompted),
        ConnectionState::Hold if here && own.rings_back => CallDisplay::RingingIn { waiting: busy_elsewhere },
        ConnectionState::Hold if here => CallDisplay::OnHold,
        _ if is_elsewhere(own) && may_use && answered_by_other(st, own) => CallDisplay::RemoteHold,
        _ if !here && st.is_private(station, own.line()) => return None,
        _ if barge::is_in_it(st, station, own) => return None,
        ConnectionState::Hold if may_use && !barge::is_held_privately(st, own) => CallDisplay::RemoteHold,
        ConnectionState::Hold => CallDisplay::RemoteInUse,
        _ if !here => CallDisplay::RemoteInUse,
        ConnectionState::Initiated => CallDisplay::Dialling,
        ConnectionState::Fail => CallDisplay::Failed(own.failure().unwrap_or(EventCause::ReorderTone)),
        ConnectionState::Connected => connected_display(st, own),
    })
}

/// Whether another party of the call has answered.
fn answered_by_other(st: &State, own: &Connection) -> bool {
    st.calls.others(own.key()).any(|other| other.state().is_answered())
}

fn connected_display(st: &State, own: &Connection) -> CallDisplay {
    if let Some(cause) = own.failure() {
        return CallDisplay::Failed(cause);
    }
    let mut others = st.calls.others(own.key()).peekable();
    if others.peek().is_none() {
        CallDisplay::Proceeding
    } else if others.any(|other| other.state().is_answered() || other.state() == ConnectionState::Queued) {
        CallDisplay::Connected
    } else if st.calls.others(own.key()).all(Connection::is_silent) {
        CallDisplay::Proceeding
    } else {
        CallDisplay::RingingOut
    }
}
