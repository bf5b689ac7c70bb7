//! State, parties, soft keys and digits of one call.

use hookflash_core::{
    ConsultPurpose, Diversion, DiversionReason, EventCause, ForwardingType, Redirection, Verb,
    view::{Appearance, CallDisplay, StationView},
};
use hookflash_wire::sccp::{
    CallId, CallInfo, CallSelectStat, CallState, CallStateMessage, CallType, CallVisibility, DialedNumber,
    Party, Phrase, RedirectReason, SelectSoftKeys, ServerMessage, SoftKey, SoftKeyState, Text,
};

use super::{
    Renderer, failures, name,
    rendered::{CallName, RenderedCall},
    texts,
};
use crate::sccp::templates::SoftKeys;

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

/// The CallState of a display.
pub(super) fn state(display: CallDisplay) -> CallState {
    match display {
        CallDisplay::Dialling => CallState::OFF_HOOK,
        CallDisplay::Prompted | CallDisplay::RingingIn { .. } => CallState::RING_IN,
        CallDisplay::Proceeding => CallState::PROCEED,
        CallDisplay::RingingOut => CallState::RING_OUT,
        CallDisplay::Connected => CallState::CONNECTED,
        CallDisplay::OnHold | CallDisplay::RemoteHold => CallState::HOLD,
        CallDisplay::Failed(cause) => failures::of(cause).state,
        CallDisplay::RemoteInUse => CallState::CALL_REMOTE_MULTILINE,
    }
}

/// The soft key set of a call, and which of its keys can be pressed.
fn keys(keys: &SoftKeys, appearance: &Appearance) -> (SoftKeyState, u32) {
    let set = key_set(appearance);
    (set, keys.available_except(set, |key| !is_permitted(appearance, key)))
}

fn key_set(appearance: &Appearance) -> SoftKeyState {
    match appearance.display {
        CallDisplay::Dialling if !appearance.digits.is_empty() => SoftKeyState::DIGITS_FOLLOW,
        CallDisplay::Dialling if appearance.consultation.is_some() => SoftKeyState::OFF_HOOK_FEATURE,
        CallDisplay::Dialling => SoftKeyState::OFF_HOOK,
        CallDisplay::Prompted | CallDisplay::RingingIn { .. } => SoftKeyState::RING_IN,
        CallDisplay::Proceeding | CallDisplay::RingingOut => SoftKeyState::RING_OUT,
        CallDisplay::Connected => connected_keys(appearance),
        CallDisplay::OnHold | CallDisplay::RemoteHold => SoftKeyState::ON_HOLD,
        CallDisplay::Failed(_) => SoftKeyState::OFF_HOOK_FEATURE,
        CallDisplay::RemoteInUse => SoftKeyState::IN_USE_HINT,
    }
}

/// The key that completes what the user has begun comes first.
fn connected_keys(appearance: &Appearance) -> SoftKeyState {
    match appearance.consultation {
        Some(ConsultPurpose::Transfer | ConsultPurpose::BlindTransfer) => SoftKeyState::CONNECTED_TRANSFER,
        Some(ConsultPurpose::Conference) => SoftKeyState::CONNECTED_CONFERENCE,
        _ if !appearance.members.is_empty() => SoftKeyState::CONNECTED_CONFERENCE,
        _ => SoftKeyState::CONNECTED,
    }
}

/// Whether the state of the call allows what the key does.
fn is_permitted(appearance: &Appearance, key: SoftKey) -> bool {
    let any = |verbs: &[Verb]| verbs.iter().any(|verb| appearance.permitted.contains(*verb));
    match key {
        SoftKey::TRANSFER => any(&[Verb::ConsultationCall, Verb::TransferActive]),
        SoftKey::CONFERENCE => any(&[Verb::ConsultationCall, Verb::ConferenceActive]),
        SoftKey::PARK => any(&[Verb::ParkCall]),
        SoftKey::JOIN | SoftKey::SELECT => appearance.joinable,
        SoftKey::BARGE => appearance.may_enter,
        SoftKey::CONFERENCE_LIST => !appearance.members.is_empty(),
        SoftKey::HOLD => any(&[Verb::HoldCall]),
        SoftKey::CALL_BACK => can_be_called_back(appearance),
        SoftKey::I_DIVERT => any(&[Verb::DeflectCall, Verb::ConsultationCall]),
        // A phone that did not hold the call can retrieve it, but not end it.
        SoftKey::END_CALL if appearance.display == CallDisplay::RemoteHold => false,
        _ => true,
    }
}

/// The called party rings, or is busy.
fn can_be_called_back(appearance: &Appearance) -> bool {
    let failed = matches!(
        appearance.display,
        CallDisplay::Failed(EventCause::Busy | EventCause::DoNotDisturb | EventCause::CallNotAnswered)
    );
    !appearance.incoming && (failed || appearance.display == CallDisplay::RingingOut)
}

fn redirect_reason(diversion: &Diversion) -> RedirectReason {
    match diversion.reason {
        DiversionReason::Forwarded(ForwardingType::Immediate) => RedirectReason::UNCONDITIONAL,
        DiversionReason::Forwarded(ForwardingType::Busy) => RedirectReason::BUSY,
        DiversionReason::Forwarded(ForwardingType::NoAnswer)
        | DiversionReason::Unregistered
        | DiversionReason::NotAccepted => RedirectReason::NO_ANSWER,
        DiversionReason::ApplicationFailed => RedirectReason::UNCONDITIONAL,
        DiversionReason::Deflected => RedirectReason::DEFLECTION,
        DiversionReason::Distributed | DiversionReason::PickedUp | DiversionReason::Recalled => {
            RedirectReason::UNKNOWN
        }
    }
}

impl Renderer<'_> {
    pub(super) fn draw_part(
        &mut self,
        part: CallPart,
        call: &mut RenderedCall,
        appearance: &Appearance,
        view: &StationView,
    ) {
        match part {
            CallPart::State => self.draw_state(call, state(appearance.display)),
            CallPart::Info => self.draw_info(call, appearance),
            CallPart::Keys => {
                self.draw_selected(call, appearance);
                self.draw_keys(call, appearance);
            }
            CallPart::Prompt => self.draw_prompt(call, appearance),
            CallPart::Notice => self.draw_notice(call, appearance),
            CallPart::Lamp => self.draw_lamp(appearance.line, view),
            CallPart::Speaker => self.deactivate_call(view),
        }
    }

    pub(super) fn draw_state(&mut self, call: &mut RenderedCall, state: CallState) {
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

    /// The parties of the call; none while the user dials. They are sent again when the call is connected:
    /// some begin a new picture then.
    fn draw_info(&mut self, call: &mut RenderedCall, appearance: &Appearance) {
        let Appearance { calling, called, display, .. } = appearance;
        let connects = *display == CallDisplay::Connected && call.display != Some(CallDisplay::Connected);
        let way = appearance.redirection.as_deref();
        let diversions = way.map_or(0, Redirection::count);
        let shown =
            call.parties.as_ref().is_some_and(|(a, b, n)| (a, b, *n) == (calling, called, diversions));
        if *display == CallDisplay::Dialling || (shown && !connects) {
            return;
        }
        call.parties = Some((calling.clone(), called.clone(), diversions));
        let conference = !appearance.members.is_empty();
        let party = |party: &hookflash_core::Party| match conference && party.device.is_none() {
            true => Party { number: Text::empty(), name: Text::from(Phrase::CONFERENCE) },
            false => Party { number: Text::from(&party.number), name: Text::from(&party.name) },
        };
        let inbound = appearance.incoming || appearance.display == CallDisplay::Prompted;
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

    /// The mark of a call that is selected to be joined with others.
    fn draw_selected(&mut self, call: &mut RenderedCall, appearance: &Appearance) {
        if std::mem::replace(&mut call.selected, appearance.selected) != appearance.selected {
            let CallName { line, reference } = call.name;
            let selected = appearance.selected;
            self.send(&ServerMessage::CallSelectStat(CallSelectStat {
                selected,
                call_reference: reference,
                line,
            }));
        }
    }

    fn draw_keys(&mut self, call: &mut RenderedCall, appearance: &Appearance) {
        let keys = keys(&self.phone.soft_keys, appearance);
        if call.keys.replace(keys) != Some(keys) {
            self.select_keys(call.name, keys);
        }
    }

    /// The keys of the call that the user will display at, if they are not selected since an ended one left the idle ones.
    pub(super) fn select_keys_again(&mut self, view: &StationView) {
        let ringing = || view.appearances.iter().find(|appearance| appearance.display.is_ringing());
        let seen = view.active().or_else(ringing).or(view.appearances.first());
        if let Some(appearance) = seen.filter(|seen| self.phone.shown.keys_of != Some(name(seen))) {
            let keys = keys(&self.phone.soft_keys, appearance);
            self.select_keys(name(appearance), keys);
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
    pub(super) fn draw_dialled_number(&mut self, call: &RenderedCall, appearance: &Appearance) {
        let completed = match (call.display, appearance.display) {
            (_, CallDisplay::Dialling) => false,
            (Some(CallDisplay::Dialling | CallDisplay::Prompted), _) => true,
            (None, display) => display != CallDisplay::Connected,
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

    /// Phones show dialled digits by themselves, but need a message when one is taken back.
    pub(super) fn draw_backspaces(&mut self, call: &mut RenderedCall, appearance: &Appearance) {
        if appearance.display != CallDisplay::Dialling {
            return;
        }
        let before = std::mem::replace(&mut call.digits, appearance.digits.len());
        let CallName { line, reference } = call.name;
        for _ in call.digits..before {
            self.send(&ServerMessage::BackSpace(CallId { line, call_reference: reference }));
        }
    }

    fn draw_prompt(&mut self, call: &mut RenderedCall, appearance: &Appearance) {
        let Some(text) = texts::prompt(appearance) else { return };
        if call.prompt != text {
            call.prompt = text.clone();
            self.show(text, 0, call.name);
        }
    }
}
