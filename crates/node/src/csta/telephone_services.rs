//! The services of telephones: their buttons, hookswitches and microphones, and calls back.
//!
//! A button is named by what it does, followed by its place where there are several: `line1`, `speedDial2`, `hold`, `key5`.
//! The names that `feature-button` has in IOS are understood too, and a character of the keypad by itself.

use hookflash_core::{self as core, Key};
use hookflash_wire::csta::{
    CstaError, DeviceId, GetHookswitchStatusResponse, GetMicrophoneMuteResponse, HookswitchStatusItem,
    MicrophoneMuteItem, OperationError, Request, Response,
};
use smol_str::{SmolStr, ToSmolStr};

use super::{
    Session, not_supported,
    services::{Asked, known_device},
};

/// The keys with a fixed function, by their names; the first name of a key is the one that is told.
pub(super) const KEYS: [(&[&str], Key); 27] = [
    (&["newCall"], Key::NewCall { line: 0 }),
    (&["redial"], Key::Redial { line: 0 }),
    (&["answer"], Key::Answer { line: 0, reference: 0 }),
    (&["endCall"], Key::EndCall { line: 0, reference: 0 }),
    (&["hold"], Key::Hold { line: 0, reference: 0 }),
    (&["resume"], Key::Resume { line: 0, reference: 0 }),
    (&["transfer", "trnsfer"], Key::Transfer { line: 0, reference: 0 }),
    (&["conference", "confrn"], Key::Conference { line: 0, reference: 0 }),
    (&["removeLastConferenceParty", "rmLstC"], Key::RemoveLastParticipant),
    (&["conferenceList", "confList"], Key::ConferenceList),
    (&["join"], Key::Join { line: 0, reference: 0 }),
    (&["select"], Key::Select { line: 0, reference: 0 }),
    (&["park"], Key::Park { line: 0, reference: 0 }),
    (&["pickup"], Key::Pickup { line: 0 }),
    (&["groupPickup", "gpickup"], Key::GroupPickup { line: 0 }),
    (&["forwardAll", "cfwdall"], Key::ForwardAll { line: 0 }),
    (&["doNotDisturb", "dnd"], Key::DoNotDisturb { line: 0, reference: 0 }),
    (&["huntGroupLog", "hlog"], Key::HuntGroupLog),
    (&["messages"], Key::Voicemail),
    (&["iDivert"], Key::DivertToVoicemail { line: 0, reference: 0 }),
    (&["callBack"], Key::CallBack),
    (&["login"], Key::Login),
    (&["meetMe"], Key::MeetMe { line: 0 }),
    (&["mobility"], Key::Mobility),
    (&["cBarge", "barge"], Key::Barge { line: 0, reference: 0 }),
    (&["privacy"], Key::Privacy),
    (&["dial"], Key::Dial),
];

/// The characters of the keypad.
pub(super) const KEYPAD: &str = "0123456789*#";

/// The hookswitch, and the place of the microphone, of the first phone of a device.
pub(super) const FIRST: usize = 1;

/// A request to the switch, with what its response needs.
pub(super) fn translate(
    request: &Request,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    let mut device = |name: &DeviceId| known_device(name, session, switch);
    Ok(match request {
        Request::CallBackNonCallRelated(request) => {
            let originating = device(&request.originating_device)?;
            let unknown = CstaError::Operation(OperationError::InvalidDestinationDeviceId);
            let target = device(&request.target_device).map_err(|_| unknown)?;
            (core::Request::CallBackNonCallRelated { originating, target }, Asked::CallBackNonCallRelated)
        }
        Request::CancelCallBack(request) => {
            let originating = device(&request.originating_device)?;
            let target = request.target_device.as_ref().map(&mut device).transpose()?;
            (core::Request::CancelCallBack { originating, target }, Asked::CancelCallBack)
        }
        Request::GetCallBack(request) => {
            (core::Request::GetCallBack { device: device(&request.device)? }, Asked::GetCallBack)
        }
        Request::ButtonPress(request) => {
            let unknown = CstaError::Operation(OperationError::InvalidButtonIdentifier);
            let (device, key) = (device(&request.device)?, key(&request.button).ok_or(unknown)?);
            (core::Request::Press { device, key }, Asked::ButtonPress)
        }
        Request::GetHookswitchStatus(request) => {
            let device = device(&request.device)?;
            (core::Request::GetHookswitchStatus { device }, Asked::GetHookswitchStatus)
        }
        Request::SetHookswitchStatus(request) => {
            let key = match request.hookswitch_on_hook {
                true => Key::OnHook { line: 0, reference: 0 },
                false => Key::OffHook { line: 0, reference: 0 },
            };
            (core::Request::Press { device: device(&request.device)?, key }, Asked::SetHookswitchStatus)
        }
        Request::GetMicrophoneMute(request) => {
            (core::Request::GetMicrophoneMute { device: device(&request.device)? }, Asked::GetMicrophoneMute)
        }
        Request::GetRouteingMode(request) => {
            (core::Request::GetRouteingMode { device: device(&request.device)? }, Asked::GetRouteingMode)
        }
        Request::SetRouteingMode(request) => {
            let (device, on) = (device(&request.device)?, request.routeing_mode);
            (core::Request::SetRouteingMode { device, on }, Asked::SetRouteingMode)
        }
        Request::SetMicrophoneMute(request) => {
            let (device, off) = (device(&request.device)?, request.microphone_mute_on);
            (core::Request::SetMicrophoneMute { device, off }, Asked::SetMicrophoneMute)
        }
        _ => return Err(not_supported()),
    })
}

/// The key that a button is named after.
fn key(button: &str) -> Option<Key> {
    let is = |name: &&str| name.eq_ignore_ascii_case(button);
    if let Some((_, key)) = KEYS.iter().find(|(names, _)| names.iter().any(is)) {
        return Some(key.clone());
    }
    let mut characters = button.strip_prefix("key").unwrap_or(button).chars();
    if let (Some(digit), None) = (characters.next(), characters.next())
        && KEYPAD.contains(digit)
    {
        return Some(Key::Digit(digit));
    }
    let place = |kind: &str| button.strip_prefix(kind)?.parse().ok().filter(|place: &u32| *place > 0);
    let line = place("line").map(|line| Key::Line { line });
    let speed_dial = || place("speedDial").map(|instance| Key::SpeedDial { instance });
    let blf = || place("blfSpeedDial").map(|instance| Key::BlfSpeedDial { instance });
    line.or_else(speed_dial).or_else(blf)
}

/// Whether each phone of a device is on-hook.
pub(super) fn hookswitches(phones: &[bool]) -> Response {
    let items = each(phones)
        .map(|(hookswitch, hookswitch_on_hook)| HookswitchStatusItem { hookswitch, hookswitch_on_hook });
    GetHookswitchStatusResponse { hookswitch_status_list: Some(items.collect()) }.into()
}

/// Whether the microphone of each phone of a device is off.
pub(super) fn microphones(phones: &[bool]) -> Response {
    let items = each(phones).map(|(auditory_apparatus, microphone_mute_on)| MicrophoneMuteItem {
        auditory_apparatus,
        microphone_mute_on,
    });
    GetMicrophoneMuteResponse { microphone_mute_list: Some(items.collect()) }.into()
}

fn each(phones: &[bool]) -> impl Iterator<Item = (SmolStr, bool)> {
    (FIRST..).zip(phones).map(|(place, value)| (place.to_smolstr(), *value))
}
