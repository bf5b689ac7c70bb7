//! What telephones show and what their users do: lamps, displays, hookswitches and keys, asked for and told.

use hookflash_core::{
    self as core, Key, StationId, Switch, display,
    view::{self, Lamp, Watched},
};
use hookflash_wire::csta::{
    ButtonPressed, CharacterSet, CstaError, DisplayListItem, DisplayUpdated, EventBody, GetDisplay,
    GetDisplayResponse, GetLampInformation, GetLampInformationResponse, GetLampMode, GetLampModeResponse,
    Hookswitch, LampItem, LampModeChanged, LampModeItem, OperationError, SubjectDeviceId,
};
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::{
    Session,
    device_names::Spelling,
    errors::csta_error,
    telephone_information::{all_buttons, device, telephone},
    telephone_services::{FIRST, KEYS},
};

/// The only display of a telephone.
const DISPLAY: SmolStr = SmolStr::new_static("1");

/// Fewest characters in a row of a display.
const MIN_COLUMNS: usize = 20;

/// Lamp modes of ECMA-269.
mod mode {
    pub(super) const FLUTTER: i64 = 1;
    pub(super) const OFF: i64 = 2;
    pub(super) const STEADY: i64 = 3;
    pub(super) const WINK: i64 = 4;
}

fn mode_of(shows: Watched) -> i64 {
    match shows {
        Watched::Idle => mode::OFF,
        Watched::Held => mode::WINK,
        Watched::InUse => mode::STEADY,
        Watched::Ringing => mode::FLUTTER,
    }
}

/// The name of a lamp; that of its button is the same.
fn lamp_name(lamp: Lamp) -> SmolStr {
    match lamp {
        Lamp::Line(instance) => format_smolstr!("line{instance}"),
        Lamp::BlfSpeedDial(instance) => format_smolstr!("blfSpeedDial{instance}"),
        Lamp::MessageWaiting => "messageWaiting".into(),
        Lamp::HuntGroupLog => "huntGroupLog".into(),
        Lamp::Privacy => "privacy".into(),
    }
}

/// The lamp of a button, if it has one.
pub(super) fn has_lamp(button: &str) -> bool {
    button.starts_with("line")
        || button.starts_with("blfSpeedDial")
        || matches!(button, "huntGroupLog" | "privacy")
}

/// The lamps of a telephone, in the order of its buttons, the one for messages last.
pub(super) fn lamps_of(station: StationId, switch: &Switch) -> Vec<Lamp> {
    let Some(station) = switch.stations().get(station) else { return Vec::new() };
    let buttons = station.buttons().iter().map(|button| button.instance);
    let mut lines: Vec<u32> = buttons.chain(station.lamps().iter().map(|lamp| lamp.instance)).collect();
    lines.sort_unstable();
    lines.dedup();
    let blf = (1..).take(station.settings().blf_speed_dials.len()).map(Lamp::BlfSpeedDial);
    let lamps = lines.into_iter().map(Lamp::Line).chain(blf);
    let privacy = station.settings().privacy_button.then_some(Lamp::Privacy);
    lamps.chain(privacy).chain([Lamp::HuntGroupLog, Lamp::MessageWaiting]).collect()
}

/// The telephone of a device whose lamps and display the switch decides about.
///
/// # Errors
/// A SIP phone, or a port of an application, shows what it likes.
fn commanded(device: core::DeviceId, switch: &Switch) -> Result<StationId, CstaError> {
    let station = telephone(device, switch)?;
    let shows = switch.stations().get(station).is_some_and(core::Station::is_commanded_phone);
    match (shows, switch.stations().get(station).is_some_and(core::Station::is_registered)) {
        (false, _) => Err(csta_error(core::Refusal::RequestIncompatibleWithSubject)),
        (true, false) => Err(csta_error(core::Refusal::DeviceOutOfService)),
        (true, true) => Ok(station),
    }
}

/// The lamps with this name, or all.
fn wanted(station: StationId, name: Option<&SmolStr>, switch: &Switch) -> Result<Vec<Lamp>, CstaError> {
    let mut lamps = lamps_of(station, switch);
    lamps.retain(|lamp| name.is_none_or(|name| lamp_name(*lamp) == *name));
    match lamps.is_empty() {
        true => Err(CstaError::Operation(OperationError::InvalidLampId)),
        false => Ok(lamps),
    }
}

pub(super) fn lamp_information(
    request: &GetLampInformation,
    session: &mut Session,
    switch: &Switch,
) -> Result<GetLampInformationResponse, CstaError> {
    let station = telephone(device(&request.device, session, switch)?, switch)?;
    let lamps = wanted(station, request.lamp.as_ref(), switch)?;
    let buttons = all_buttons(station, session.names().in_response(), switch);
    let item = |lamp: Lamp| {
        let name = lamp_name(lamp);
        let button = buttons.iter().find(|item| item.button.as_ref() == Some(&name));
        LampItem {
            lamp_label: button.and_then(|item| item.button_label.clone()),
            button: button.and_then(|item| item.button.clone()),
            lamp: Some(name),
        }
    };
    Ok(GetLampInformationResponse { lamp_list: Some(lamps.into_iter().map(item).collect()) })
}

pub(super) fn lamp_mode(
    request: &GetLampMode,
    session: &mut Session,
    switch: &Switch,
) -> Result<GetLampModeResponse, CstaError> {
    let station = commanded(device(&request.device, session, switch)?, switch)?;
    let lamps = wanted(station, request.lamp.as_ref(), switch)?;
    let shown = view::lamps(&switch.station_view(station));
    let item = |lamp: Lamp| {
        let name = lamp_name(lamp);
        let shows = shown.iter().find(|(own, _)| *own == lamp).map(|(_, shows)| *shows).unwrap_or_default();
        let button = (lamp != Lamp::MessageWaiting).then(|| name.clone());
        LampModeItem { lamp: Some(name), lamp_mode: mode_of(shows), button }
    };
    let lamp_mode_list = Some(lamps.into_iter().map(item).collect());
    Ok(GetLampModeResponse { lamp_mode_list, lamp: request.lamp.clone() })
}

pub(super) fn display(
    request: &GetDisplay,
    session: &mut Session,
    switch: &Switch,
) -> Result<GetDisplayResponse, CstaError> {
    let station = commanded(device(&request.device, session, switch)?, switch)?;
    if request.display.as_ref().is_some_and(|display| *display != DISPLAY) {
        return Err(CstaError::Operation(OperationError::InvalidParameterValue));
    }
    let text = DisplayText::of(&display::rows(&switch.station_view(station)));
    let item = DisplayListItem {
        display_id: Some(DISPLAY),
        logical_rows: text.rows,
        logical_columns: text.columns,
        character_set: Some(CharacterSet::Unicode),
        contents_of_display: text.contents,
    };
    Ok(GetDisplayResponse { display_list: Some([item].into_iter().collect()) })
}

/// Rows of text in the form of the standard: each filled with blanks, one after the other.
struct DisplayText {
    rows: i64,
    columns: i64,
    contents: Option<SmolStr>,
}

impl DisplayText {
    fn of(rows: &[SmolStr]) -> DisplayText {
        let longest = rows.iter().map(|row| row.chars().count()).max().unwrap_or_default();
        let columns = longest.max(MIN_COLUMNS);
        let contents: String = rows.iter().map(|row| format!("{row:<columns$}")).collect();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        DisplayText {
            rows: number(rows.len().max(1)),
            columns: number(columns),
            contents: Some(contents.trim_end()).filter(|text| !text.is_empty()).map(SmolStr::new),
        }
    }
}

pub(super) fn display_updated(device: SubjectDeviceId, rows: &[SmolStr]) -> EventBody {
    let text = DisplayText::of(rows);
    DisplayUpdated {
        device,
        display_id: Some(DISPLAY),
        logical_rows: text.rows,
        logical_columns: text.columns,
        character_set: Some(CharacterSet::Unicode),
        contents_of_display: text.contents,
    }
    .into()
}

pub(super) fn lamp_changed(
    device: SubjectDeviceId,
    station: StationId,
    (lamp, shows): (Lamp, Watched),
    names: Spelling<'_>,
    switch: &Switch,
) -> EventBody {
    let name = lamp_name(lamp);
    let buttons = all_buttons(station, names, switch);
    let button = buttons.into_iter().find(|item| item.button.as_ref() == Some(&name));
    LampModeChanged {
        device,
        lamp: Some(name),
        lamp_label: button.and_then(|item| item.button_label),
        lamp_mode: mode_of(shows),
    }
    .into()
}

pub(super) fn button_pressed(
    device: SubjectDeviceId,
    station: StationId,
    key: &Key,
    names: Spelling<'_>,
    switch: &Switch,
) -> EventBody {
    let name = button_name(key);
    let buttons = all_buttons(station, names, switch);
    let button = buttons.into_iter().find(|item| item.button == name);
    ButtonPressed {
        device,
        button: name,
        button_label: button.as_ref().and_then(|item| item.button_label.clone()),
        button_associated_number: button.and_then(|item| item.button_associated_number),
    }
    .into()
}

/// The name of the button that a key is on; `None` if it has none of its own.
fn button_name(key: &Key) -> Option<SmolStr> {
    match key {
        Key::Line { line: 0 } | Key::Enbloc { .. } => None,
        Key::Line { line } => Some(format_smolstr!("line{line}")),
        Key::SpeedDial { instance } => Some(format_smolstr!("speedDial{instance}")),
        Key::BlfSpeedDial { instance } => Some(format_smolstr!("blfSpeedDial{instance}")),
        Key::Digit(digit) => Some(format_smolstr!("key{digit}")),
        Key::HoldOrResume => Some("hold".into()),
        Key::AnswerOrEnd { .. } => Some("headset".into()),
        Key::Backspace => Some("backspace".into()),
        key => {
            let same = |own: &Key| std::mem::discriminant(own) == std::mem::discriminant(key);
            let (names, _) = KEYS.iter().find(|(_, own)| same(own))?;
            names.first().map(SmolStr::new)
        }
    }
}

/// A phone of a device went off-hook or on-hook: its place among those that are there.
pub(super) fn hookswitch(
    (device, subject): (core::DeviceId, SubjectDeviceId),
    station: StationId,
    on_hook: bool,
    switch: &Switch,
) -> EventBody {
    let mut phones: Vec<StationId> = Vec::new();
    for id in switch.lines().of_device(device).flat_map(|(_, line)| line.stations().iter().copied()) {
        let there = id == station || switch.stations().get(id).is_some_and(core::Station::is_registered);
        if there && !phones.contains(&id) {
            phones.push(id);
        }
    }
    let place = phones.iter().position(|id| *id == station).map(|place| (FIRST + place).to_smolstr());
    Hookswitch { device: subject, hookswitch: place, hookswitch_on_hook: on_hook }.into()
}
