//! What a station should show now.
//!
//! A view is derived from the calls and lines each time it is asked for; nothing of it is stored here. A phone
//! protocol keeps what its phone shows already and sends the difference. A phone that registers again has
//! shown nothing yet, and so gets everything.

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{
    Call, Codec, Connection, ConnectionState, DeviceId, EventCause, Forwarding, MediaAddress, Party,
    Redirection, Refusal, Ring, Station, StationId, Switch, call::Dialling,
};

/// The picture of one station.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StationView {
    /// The calls on its lines, oldest first on each line, by line instance.
    pub appearances: SmallVec<[Appearance; 2]>,
    /// The lines whose calls are forwarded, in the order of the line instances.
    pub forwards: Vec<LineForwarding>,
    /// Why the last key did not do what its user wanted; until the next key.
    pub refused: Option<Refusal>,
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
    /// What the user should see and hear of it.
    pub look: Look,
    /// Whether the call came in to this line.
    pub incoming: bool,
    /// How it sounds while it rings.
    pub ring: Ring,
    /// Who placed the call.
    pub calling: Party,
    /// Who was called or whom the call was diverted to, or who will be called while the user is prompted; empty until
    /// the number is complete.
    pub called: Party,
    /// The way of the call, if it was diverted.
    pub redirection: Option<Box<Redirection>>,
    /// Whether the digits are those of a number to forward to.
    pub enters_forward: bool,
    /// The digits dialled so far, for the caller.
    pub digits: SmolStr,
    /// The media the station should handle for it; `None` while it hears nobody.
    pub media: Option<Media>,
}

/// What a call looks like to the user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
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

/// The media of a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Media {
    /// The codec that both ends have; `None` if they have none in common.
    pub codec: Option<Codec>,
    /// Where to send; known once the other end receives.
    pub transmit_to: Option<MediaAddress>,
}

impl Look {
    /// Whether the user's ear and mouth are at this call.
    pub fn is_active(self) -> bool {
        matches!(
            self,
            Look::Dialling | Look::Proceeding | Look::RingingOut | Look::Connected | Look::Failed(_)
        )
    }

    /// Whether it rings or prompts here.
    pub fn is_ringing(self) -> bool {
        matches!(self, Look::RingingIn { .. } | Look::Prompted)
    }
}

impl StationView {
    /// The call at which the user's ear and mouth are.
    pub fn active(&self) -> Option<&Appearance> {
        self.appearances.iter().find(|appearance| appearance.look.is_active())
    }
}

impl Switch {
    /// What the station should show now.
    pub fn station_view(&self, id: StationId) -> StationView {
        let Some(station) = self.station(id) else { return StationView::default() };
        let active = self.active_connection(id);
        let mut appearances = SmallVec::new();
        for (instance, button) in (1..).zip(&station.settings.buttons) {
            for call in &self.lines[button.line].calls {
                let Some(call) = self.calls.get(call) else { continue };
                let Some(own) = call.connections.iter().find(|c| c.device.index() == button.line) else {
                    continue;
                };
                let busy_elsewhere = active.is_some_and(|active| active != call.id_of(own.device));
                let may_use = self.may_use(id, own.device, Some(call.id));
                let Some(look) = look(call, own, id, busy_elsewhere, may_use) else { continue };
                appearances.push(self.appearance(call, own, instance, look, button.ring, id));
            }
        }
        StationView { appearances, forwards: self.forwards(station), refused: station.refused }
    }

    fn forwards(&self, station: &Station) -> Vec<LineForwarding> {
        let lines =
            (1..).zip(&station.settings.buttons).map(|(line, button)| (line, &self.lines[button.line]));
        lines
            .filter(|(_, shown)| shown.forwarding.is_active())
            .map(|(line, shown)| LineForwarding { line, forwarding: shown.forwarding.clone() })
            .collect()
    }

    fn appearance(
        &self,
        call: &Call,
        own: &Connection,
        line: u32,
        look: Look,
        ring: Ring,
        station: StationId,
    ) -> Appearance {
        let caller = call.calling.device == Some(own.device);
        let media = (own.station == Some(station)).then(|| self.media(call, own)).flatten();
        Appearance {
            line,
            reference: own.reference,
            look,
            incoming: !caller,
            ring,
            calling: call.calling.clone(),
            called: called(call),
            redirection: call.redirection.clone(),
            enters_forward: call.dialling == Dialling::Forwarding,
            digits: if caller { call.dialled.clone() } else { SmolStr::default() },
            media,
        }
    }

    fn media(&self, call: &Call, own: &Connection) -> Option<Media> {
        if !call.is_talking(own.device) {
            return None;
        }
        let peer = call.peer_of(own.device)?;
        Some(Media { codec: self.common_codec(own, peer), transmit_to: peer.receiving_at })
    }

    fn common_codec(&self, own: &Connection, peer: &Connection) -> Option<Codec> {
        let codecs = |connection: &Connection| {
            connection.station.and_then(|id| self.station(id)).map(|s| s.codecs).unwrap_or_default()
        };
        codecs(own).common(codecs(peer))
    }

    /// Whether any call is on the line: for lamps of buttons that watch it.
    pub fn is_line_in_use(&self, device: DeviceId) -> bool {
        self.line(device).is_some_and(|line| !line.calls.is_empty())
    }
}

/// Who is called; while the user is prompted, who will be.
fn called(call: &Call) -> Party {
    match &call.dialling {
        Dialling::Prompting(number) => {
            let number = number.strip_suffix(';').unwrap_or(number);
            Party { number: SmolStr::new(number), ..Party::default() }
        }
        _ => call.destination().clone(),
    }
}

/// What one connection looks like at one station of its line, which may or may not be in this call; `None` when that
/// station does not show it.
fn look(
    call: &Call,
    own: &Connection,
    station: StationId,
    busy_elsewhere: bool,
    may_use: bool,
) -> Option<Look> {
    let here = own.station == Some(station);
    Some(match own.state {
        ConnectionState::Null | ConnectionState::Queued => return None,
        ConnectionState::Alerting if !may_use || !own.is_offered_to(station) => return None,
        ConnectionState::Alerting => Look::RingingIn { waiting: busy_elsewhere },
        ConnectionState::Initiated if call.is_prompting() => return here.then_some(Look::Prompted),
        ConnectionState::Hold if here => Look::OnHold,
        ConnectionState::Hold if may_use => Look::RemoteHold,
        ConnectionState::Hold => Look::RemoteInUse,
        _ if !here => Look::RemoteInUse,
        ConnectionState::Initiated => Look::Dialling,
        ConnectionState::Fail => Look::Failed(call.failure.map_or(EventCause::ReorderTone, |f| f.cause)),
        ConnectionState::Connected => connected_look(call, own),
    })
}

fn connected_look(call: &Call, own: &Connection) -> Look {
    if let Some(failure) = call.failure {
        return Look::Failed(failure.cause);
    }
    match call.peer_of(own.device).map(|peer| peer.state) {
        None => Look::Proceeding,
        Some(ConnectionState::Alerting | ConnectionState::Queued) => Look::RingingOut,
        Some(_) => Look::Connected,
    }
}
