//! Users of SIP phones: the neutral verbs, as such a phone does them, and what is seen of it.

use hookflash_core::{Instant, LegRole, MediaSource};

use hookflash_wire::sccp::LampMode;

use super::{Action, Expectation, Lamp, Name, Stage};
use crate::{
    sip_phone::{Call, CallState, CannotDo, Registration, SipPhone},
    world::PartyId,
};

/// Does what the user of a SIP phone can do.
///
/// # Errors
/// The phone cannot do it, now or ever.
pub(super) fn act(phone: &mut SipPhone, now: Instant, action: &Action) -> Result<(), String> {
    let done: Result<(), CannotDo> = match action {
        Action::Dial { number, .. } | Action::DialAtOnce { number, .. } => phone.dial(now, &number.0),
        Action::Answer { .. } => phone.answer(now),
        Action::HangUp { .. } => phone.hang_up(now),
        Action::Reject { .. } => phone.reject(now),
        Action::Hold { .. } => phone.hold(now),
        Action::Resume { .. } => phone.resume(now),
        Action::TransferTo { number, .. } => phone.consult(now, &number.0),
        Action::TransferBlindlyTo { number, .. } => phone.transfer_to(now, &number.0),
        Action::CompleteTransfer { .. } => phone.transfer(now),
        Action::Restart { .. } => {
            phone.restart(now);
            Ok(())
        }
        other => return Err(format!("a SIP phone has no way to do this: {other}")),
    };
    done.map_err(|error| format!("{error}; {}", describe(phone)))
}

/// What a SIP phone shows, in one line.
pub(super) fn describe(phone: &SipPhone) -> String {
    let mut text = match phone.registration() {
        Registration::Registered => "registered".to_owned(),
        Registration::Unregistered => "unregistered".to_owned(),
        Registration::Refused(reason) => format!("not registered: {reason}"),
    };
    for call in phone.calls() {
        let way = if call.incoming { "from" } else { "to" };
        text.push_str(&format!("; call {} is {} {way} {}", call.id, call.state, call.party));
        match call.sends_to() {
            Some(remote) => text.push_str(&format!(", sends to {remote}")),
            None if call.hears() => text.push_str(", only hears"),
            None => {}
        }
    }
    if phone.calls().is_empty() {
        text.push_str("; no calls");
    }
    text
}

impl Stage {
    /// Whether this is seen of a SIP phone.
    pub(super) fn look_at_sip_phone(&self, id: PartyId, expectation: &Expectation) -> Result<(), String> {
        let Some(phone) = self.world().sip_phone(id) else { return Err("it is no SIP phone".to_owned()) };
        let any = |fits: &dyn Fn(&Call) -> bool| phone.calls().iter().any(fits);
        let is = |state: CallState| move |call: &Call| call.state == state;
        let holds = match expectation {
            Expectation::Registered { .. } => phone.is_registered(),
            Expectation::NotRegistered { .. } => !phone.is_registered(),
            Expectation::Refused { text, .. } => {
                matches!(phone.registration(), Registration::Refused(reason) if reason.contains(text.0.as_str()))
            }
            Expectation::Rings { .. } => any(&is(CallState::Ringing)),
            Expectation::RingsFrom { number, .. } => {
                any(&|call| call.state == CallState::Ringing && call.party == *number.0)
            }
            Expectation::Silent { .. } => !any(&is(CallState::Ringing)),
            Expectation::Waiting { number, .. } => {
                any(&is(CallState::Connected))
                    && any(&|call| call.state == CallState::Ringing && call.party == *number.0)
            }
            Expectation::RingsOut { .. } => any(&is(CallState::Ringback)) || self.hears_ring_back(phone),
            Expectation::ConnectedTo { number, .. } => return self.talks(id, phone, number),
            Expectation::Holding { number, .. } => any(&|call| {
                let aside = call.state == CallState::Held || call.is_put_aside();
                aside && call.party == *number.0
            }),
            Expectation::Idle { .. } => phone.calls().is_empty(),
            Expectation::Music { .. } | Expectation::Mixed { .. } => {
                let wanted = matches!(expectation, Expectation::Mixed { .. });
                let engine = self.world().engine();
                phone.receiving().filter_map(|at| engine.leg_to(at)).next().is_some_and(|leg| {
                    leg.is_mixed() == wanted && phone.sending().any(|sent| sent == leg.address()) == wanted
                })
            }
            Expectation::NoMedia { .. } => phone.receiving().next().is_none(),
            Expectation::MessageLamp { lamp, .. } => {
                phone.has_messages() == matches!(lamp, Lamp(mode) if *mode != LampMode::OFF)
            }
            other => return Err(format!("this is not seen of a SIP phone: {other}")),
        };
        if holds { Ok(()) } else { Err(self.picture(id)) }
    }

    /// Whether the media engine plays the tone: the phone is in the call already.
    fn hears_ring_back(&self, phone: &SipPhone) -> bool {
        let engine = self.world().engine();
        let role = LegRole::Source(MediaSource::RingBack);
        phone.receiving().filter_map(|at| engine.leg_to(at)).any(|leg| leg.state.role == role)
    }

    /// Both talk with each other: each sends where the other receives.
    fn talks(&self, id: PartyId, phone: &SipPhone, number: &super::Number) -> Result<(), String> {
        let talks = |call: &&Call| call.state == CallState::Connected && call.party == *number.0;
        if !phone.calls().iter().any(|call| talks(&call)) {
            return Err(self.picture(id));
        }
        self.exchanges_media(id, number)
    }

    /// The SIP phone of this name, if it is one.
    pub(super) fn sip_phone_named(&self, name: &Name) -> Option<PartyId> {
        self.find(name).filter(|id| self.world().sip_phone(*id).is_some())
    }
}
