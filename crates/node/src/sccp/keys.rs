//! From what a phone reports to what its user did.

use hookflash_core::Key;
use hookflash_wire::sccp::{ClientMessage, HookEvent, SoftKey, SoftKeyEvent, Stimulus, StimulusPress};
use smol_str::SmolStr;

/// What a message means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// The user did this.
    Key(Key),
    /// The user pressed a key that does nothing in this switch.
    Inactive {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Nothing that concerns calls.
    Nothing,
}

/// What the message means.
pub(super) fn key(message: &ClientMessage) -> Meaning {
    Meaning::Key(match message {
        ClientMessage::OffHook(event) => {
            let (line, reference) = named(event);
            Key::OffHook { line, reference }
        }
        ClientMessage::OnHook(event) => {
            let (line, reference) = named(event);
            Key::OnHook { line, reference }
        }
        ClientMessage::HookFlash(_) => Key::HookFlash,
        ClientMessage::KeypadButton(press) => match press.button.to_char() {
            Some(digit) => Key::Digit(digit),
            None => return Meaning::Nothing,
        },
        ClientMessage::EnblocCall(call) => {
            Key::Enbloc { line: call.line, number: SmolStr::new(call.number.as_str()) }
        }
        ClientMessage::SoftKeyEvent(event) => return soft_key(event),
        ClientMessage::Stimulus(press) => return stimulus(press),
        _ => return Meaning::Nothing,
    })
}

fn named(event: &HookEvent) -> (u32, u32) {
    (event.line.unwrap_or(0), event.call_reference.unwrap_or(0))
}

fn soft_key(event: &SoftKeyEvent) -> Meaning {
    let (line, reference) = (event.line, event.call_reference);
    Meaning::Key(match event.event {
        SoftKey::REDIAL => Key::Redial { line },
        SoftKey::NEW_CALL => Key::NewCall { line },
        SoftKey::HOLD => Key::Hold { line, reference },
        SoftKey::BACKSPACE => Key::Backspace,
        SoftKey::END_CALL => Key::EndCall { line, reference },
        SoftKey::RESUME => Key::Resume { line, reference },
        SoftKey::ANSWER => Key::Answer { line, reference },
        SoftKey::DIAL => Key::Dial,
        SoftKey::FORWARD_ALL => Key::ForwardAll { line },
        SoftKey::TRANSFER => Key::Transfer { line, reference },
        SoftKey::CONFERENCE => Key::Conference { line, reference },
        SoftKey::PARK => Key::Park { line, reference },
        SoftKey::DO_NOT_DISTURB => Key::DoNotDisturb { line, reference },
        SoftKey::HUNT_GROUP_LOG => Key::HuntGroupLog,
        SoftKey::CALL_BACK => Key::CallBack,
        SoftKey::LOGIN => Key::Login,
        SoftKey::MEET_ME => Key::MeetMe { line },
        SoftKey::MOBILITY => Key::Mobility,
        SoftKey::I_DIVERT => Key::DivertToVoicemail { line, reference },
        SoftKey::REMOVE_LAST_PARTICIPANT => Key::RemoveLastParticipant,
        SoftKey::CONFERENCE_LIST => Key::ConferenceList,
        SoftKey::JOIN => Key::Join { line, reference },
        SoftKey::SELECT => Key::Select { line, reference },
        SoftKey::BARGE | SoftKey::C_BARGE => Key::Barge { line, reference },
        SoftKey::PICKUP => Key::Pickup { line },
        SoftKey::GROUP_PICKUP => Key::GroupPickup { line },
        _ => return Meaning::Inactive { line, reference },
    })
}

/// Buttons name no line but themselves, and mostly no call.
fn stimulus(press: &StimulusPress) -> Meaning {
    let reference = press.call_reference.unwrap_or(0);
    Meaning::Key(match press.stimulus {
        Stimulus::LINE => Key::Line { line: press.instance },
        Stimulus::SPEED_DIAL => Key::SpeedDial { instance: press.instance },
        Stimulus::BLF_SPEED_DIAL => Key::BlfSpeedDial { instance: press.instance },
        Stimulus::VOICEMAIL | Stimulus::MESSAGES => Key::Voicemail,
        Stimulus::CALL_BACK => Key::CallBack,
        Stimulus::MOBILITY => Key::Mobility,
        Stimulus::FEATURE => Key::Privacy,
        Stimulus::MEET_ME_CONFERENCE => Key::MeetMe { line: 0 },
        Stimulus::CONFERENCE_LIST => Key::ConferenceList,
        Stimulus::REMOVE_LAST_PARTICIPANT => Key::RemoveLastParticipant,
        Stimulus::LAST_NUMBER_REDIAL => Key::Redial { line: 0 },
        Stimulus::HOLD => Key::HoldOrResume,
        Stimulus::NEW_CALL => Key::NewCall { line: 0 },
        Stimulus::FORWARD_ALL => Key::ForwardAll { line: 0 },
        Stimulus::TRANSFER => Key::Transfer { line: 0, reference },
        Stimulus::CONFERENCE => Key::Conference { line: 0, reference },
        Stimulus::CALL_PARK => Key::Park { line: 0, reference },
        Stimulus::DO_NOT_DISTURB => Key::DoNotDisturb { line: 0, reference },
        Stimulus::HUNT_GROUP_LOG => Key::HuntGroupLog,
        Stimulus::CALL_PICKUP => Key::Pickup { line: 0 },
        Stimulus::GROUP_CALL_PICKUP => Key::GroupPickup { line: 0 },
        Stimulus::END_CALL => Key::EndCall { line: 0, reference },
        Stimulus::ANSWER_RELEASE => Key::AnswerOrEnd { reference },
        Stimulus::UNUSED | Stimulus::UNDEFINED | Stimulus::HEADSET | Stimulus::DISPLAY => {
            return Meaning::Nothing;
        }
        _ => return Meaning::Inactive { line: 0, reference },
    })
}

#[cfg(test)]
mod tests {
    use hookflash_wire::sccp::{EnblocCall, KeypadButton, KeypadPress};

    use super::*;

    fn event(event: SoftKey) -> ClientMessage {
        ClientMessage::SoftKeyEvent(SoftKeyEvent { event, line: 2, call_reference: 7 })
    }

    fn button(stimulus: Stimulus, instance: u32) -> ClientMessage {
        ClientMessage::Stimulus(StimulusPress { stimulus, instance, call_reference: Some(7), status: None })
    }

    #[test]
    fn every_message_of_a_user_means_something() {
        let hook = HookEvent { line: None, call_reference: None };
        let press = KeypadPress { button: KeypadButton::POUND, line: Some(1), call_reference: None };
        let enbloc = EnblocCall { number: "1002".into(), line: 1 };
        let expected = [
            (ClientMessage::OffHook(hook.clone()), Key::OffHook { line: 0, reference: 0 }),
            (ClientMessage::HookFlash(hook), Key::HookFlash),
            (ClientMessage::KeypadButton(press), Key::Digit('#')),
            (ClientMessage::EnblocCall(enbloc), Key::Enbloc { line: 1, number: "1002".into() }),
            (event(SoftKey::REDIAL), Key::Redial { line: 2 }),
            (event(SoftKey::NEW_CALL), Key::NewCall { line: 2 }),
            (event(SoftKey::HOLD), Key::Hold { line: 2, reference: 7 }),
            (event(SoftKey::BACKSPACE), Key::Backspace),
            (event(SoftKey::END_CALL), Key::EndCall { line: 2, reference: 7 }),
            (event(SoftKey::RESUME), Key::Resume { line: 2, reference: 7 }),
            (event(SoftKey::ANSWER), Key::Answer { line: 2, reference: 7 }),
            (event(SoftKey::DIAL), Key::Dial),
            (event(SoftKey::FORWARD_ALL), Key::ForwardAll { line: 2 }),
            (event(SoftKey::TRANSFER), Key::Transfer { line: 2, reference: 7 }),
            (event(SoftKey::CONFERENCE), Key::Conference { line: 2, reference: 7 }),
            (event(SoftKey::PARK), Key::Park { line: 2, reference: 7 }),
            (button(Stimulus::CALL_PARK, 0), Key::Park { line: 0, reference: 7 }),
            (button(Stimulus::TRANSFER, 0), Key::Transfer { line: 0, reference: 7 }),
            (button(Stimulus::FORWARD_ALL, 1), Key::ForwardAll { line: 0 }),
            (button(Stimulus::LINE, 3), Key::Line { line: 3 }),
            (button(Stimulus::SPEED_DIAL, 2), Key::SpeedDial { instance: 2 }),
            (button(Stimulus::LAST_NUMBER_REDIAL, 0), Key::Redial { line: 0 }),
            (button(Stimulus::HOLD, 0), Key::HoldOrResume),
            (button(Stimulus::NEW_CALL, 0), Key::NewCall { line: 0 }),
            (button(Stimulus::END_CALL, 0), Key::EndCall { line: 0, reference: 7 }),
            (button(Stimulus::ANSWER_RELEASE, 0), Key::AnswerOrEnd { reference: 7 }),
        ];
        for (message, meaning) in expected {
            assert_eq!(key(&message), Meaning::Key(meaning), "{message:?}");
        }
    }

    #[test]
    fn keys_without_a_function_are_named_as_such() {
        assert_eq!(key(&event(SoftKey::VIDEO_MODE)), Meaning::Inactive { line: 2, reference: 7 });
        assert_eq!(key(&button(Stimulus::MALICIOUS_CALL, 0)), Meaning::Inactive { line: 0, reference: 7 });
        assert_eq!(key(&button(Stimulus::HEADSET, 0)), Meaning::Nothing);
        assert_eq!(key(&ClientMessage::TimeDateReq), Meaning::Nothing);
    }
}
