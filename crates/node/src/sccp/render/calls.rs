//! State, parties, soft keys and digits of one call.

use hookflash_core::{
    Diversion, EventCause, ForwardingType, Redirection,
    view::{Appearance, Look, StationView},
};
use hookflash_wire::sccp::{
    CallId, CallInfo, CallState, CallStateMessage, CallType, CallVisibility, DialedNumber, Party,
    RedirectReason, SelectSoftKeys, ServerMessage, SoftKey, SoftKeyState, Text,
};

use super::{
    Pass, name,
    shown::{CallName, ShownCall},
    texts,
};
use crate::sccp::templates;

/// The routine precedence of a call.
const ROUTINE: u32 = 4;

/// One aspect of a call, drawn if it changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CallPart {
    /// CallState.
    State,
    /// CallInfo.
    Info,
    /// SelectSoftKeys.
    Keys,
    /// The text about the call.
    Prompt,
    /// The text about an incoming call that every screen of the phone shows.
    Notice,
    /// The lamp of its line.
    Lamp,
    /// The loudspeaker, if it can go off.
    Speaker,
}

/// The CallState of a look.
pub(super) fn state(look: Look) -> CallState {
    match look {
        Look::Dialling => CallState::OFF_HOOK,
        Look::Prompted | Look::RingingIn { .. } => CallState::RING_IN,
        Look::Proceeding => CallState::PROCEED,
        Look::RingingOut => CallState::RING_OUT,
        Look::Connected => CallState::CONNECTED,
        Look::OnHold | Look::RemoteHold => CallState::HOLD,
        Look::Failed(EventCause::Busy) => CallState::BUSY,
        Look::Failed(EventCause::DestNotObtainable) => CallState::INVALID_NUMBER,
        Look::Failed(_) => CallState::CONGESTION,
        Look::RemoteInUse => CallState::CALL_REMOTE_MULTILINE,
    }
}

/// The soft key set of a call, and which of its keys can be pressed.
fn keys(appearance: &Appearance) -> (SoftKeyState, u32) {
    let set = match appearance.look {
        Look::Dialling if appearance.digits.is_empty() => SoftKeyState::OFF_HOOK,
        Look::Dialling => SoftKeyState::DIGITS_FOLLOW,
        Look::Prompted | Look::RingingIn { .. } => SoftKeyState::RING_IN,
        Look::Proceeding | Look::RingingOut => SoftKeyState::RING_OUT,
        Look::Connected => SoftKeyState::CONNECTED,
        Look::OnHold | Look::RemoteHold => SoftKeyState::ON_HOLD,
        Look::Failed(_) => SoftKeyState::OFF_HOOK_FEATURE,
        Look::RemoteInUse => SoftKeyState::IN_USE_HINT,
    };
    let mask = match appearance.look {
        // Who did not hold the call can take it, but not end it.
        Look::RemoteHold => templates::available_keys_except(set, SoftKey::END_CALL),
        _ => templates::available_keys(set),
    };
    (set, mask)
}

fn redirect_reason(diversion: &Diversion) -> RedirectReason {
    match diversion.reason {
        ForwardingType::Immediate => RedirectReason::UNCONDITIONAL,
        ForwardingType::Busy => RedirectReason::BUSY,
        ForwardingType::NoAnswer => RedirectReason::NO_ANSWER,
    }
}

impl Pass<'_> {
    pub(super) fn draw_part(
        &mut self,
        part: CallPart,
        call: &mut ShownCall,
        appearance: &Appearance,
        view: &StationView,
    ) {
        match part {
            CallPart::State => self.draw_state(call, state(appearance.look)),
            CallPart::Info => self.draw_info(call, appearance),
            CallPart::Keys => self.draw_keys(call, appearance),
            CallPart::Prompt => self.draw_prompt(call, appearance),
            CallPart::Notice => self.draw_notice(call, appearance),
            CallPart::Lamp => self.draw_lamp(appearance.line, view),
            CallPart::Speaker => self.release_ear(view),
        }
    }

    pub(super) fn draw_state(&mut self, call: &mut ShownCall, state: CallState) {
        if call.state.replace(state) == Some(state) {
            return;
        }
        let CallName { line, reference } = call.name;
        self.send(&ServerMessage::CallState(CallStateMessage {
            state,
            line,
            call_reference: reference,
            visibility: CallVisibility::DEFAULT,
            precedence_level: ROUTINE,
            precedence_domain: 0,
        }));
    }

    /// Who is in the call; nobody yet while the user dials. Phones are told again when they are connected:
    /// some begin a new picture then.
    fn draw_info(&mut self, call: &mut ShownCall, appearance: &Appearance) {
        let Appearance { calling, called, look, .. } = appearance;
        let connects = *look == Look::Connected && call.look != Some(Look::Connected);
        let way = appearance.redirection.as_deref();
        let diversions = way.map_or(0, Redirection::count);
        let shown =
            call.parties.as_ref().is_some_and(|(a, b, n)| (a, b, *n) == (calling, called, diversions));
        if *look == Look::Dialling || (shown && !connects) {
            return;
        }
        call.parties = Some((calling.clone(), called.clone(), diversions));
        let party = |party: &hookflash_core::Party| Party {
            number: Text::from(&party.number),
            name: Text::from(&party.name),
        };
        let inbound = appearance.incoming || appearance.look == Look::Prompted;
        self.send(&ServerMessage::CallInfo(CallInfo {
            line: appearance.line,
            call_reference: appearance.reference,
            call_type: if inbound { CallType::INBOUND } else { CallType::OUTBOUND },
            calling: party(calling),
            called: party(called),
            original_called: party(way.map_or(called, |way| &way.first().by)),
            last_redirecting: way.map(|way| party(&way.last().by)).unwrap_or_default(),
            original_called_redirect_reason: way.map(|way| redirect_reason(way.first())).unwrap_or_default(),
            last_redirecting_reason: way.map(|way| redirect_reason(way.last())).unwrap_or_default(),
            call_instance: 1,
            ..CallInfo::default()
        }));
    }

    fn draw_keys(&mut self, call: &mut ShownCall, appearance: &Appearance) {
        let keys = keys(appearance);
        if call.keys.replace(keys) != Some(keys) {
            self.select_keys(call.name, keys);
        }
    }

    /// The keys of the call that the user will look at, if they are not selected since an ended one left the idle ones.
    pub(super) fn select_keys_again(&mut self, view: &StationView) {
        let ringing = || view.appearances.iter().find(|appearance| appearance.look.is_ringing());
        let seen = view.active().or_else(ringing).or(view.appearances.first());
        if let Some(appearance) = seen.filter(|seen| self.phone.shown.keys_of != Some(name(seen))) {
            self.select_keys(name(appearance), keys(appearance));
        }
    }

    fn select_keys(&mut self, call: CallName, (set, valid_keys): (SoftKeyState, u32)) {
        if self.phone.has_soft_keys() {
            self.phone.shown.keys_of = Some(call);
            let CallName { line, reference } = call;
            self.send(&ServerMessage::SelectSoftKeys(SelectSoftKeys {
                line,
                call_reference: reference,
                set,
                valid_keys,
            }));
        }
    }

    /// The number goes to the list of placed calls once, when it is complete. A phone that comes back during
    /// a conversation has it there already.
    pub(super) fn draw_dialled_number(&mut self, call: &ShownCall, appearance: &Appearance) {
        let completed = match (call.look, appearance.look) {
            (_, Look::Dialling) => false,
            (Some(Look::Dialling | Look::Prompted), _) => true,
            (None, look) => look != Look::Connected,
            _ => false,
        };
        let dialled = !appearance.incoming && !appearance.enters_forward;
        if completed && dialled && !appearance.digits.is_empty() {
            self.send(&ServerMessage::DialedNumber(DialedNumber {
                number: Text::from(&appearance.digits),
                line: appearance.line,
                call_reference: appearance.reference,
            }));
        }
    }

    /// Phones show the digits that are dialled by themselves, but have to be told which are taken back.
    pub(super) fn draw_backspaces(&mut self, call: &mut ShownCall, appearance: &Appearance) {
        if appearance.look != Look::Dialling {
            return;
        }
        let before = std::mem::replace(&mut call.digits, appearance.digits.len());
        let CallName { line, reference } = call.name;
        for _ in call.digits..before {
            self.send(&ServerMessage::BackSpace(CallId { line, call_reference: reference }));
        }
    }

    fn draw_prompt(&mut self, call: &mut ShownCall, appearance: &Appearance) {
        let Some(text) = texts::prompt(appearance) else { return };
        if call.prompt != text {
            call.prompt = text.clone();
            self.show(text, 0, call.name);
        }
    }
}
