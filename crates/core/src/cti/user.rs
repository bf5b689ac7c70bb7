//! Users of CTI: which devices a session that has logged in may monitor and control.
//!
//! A user has rights by groups and a list of devices. Both may change while sessions are open; the next request is judged by
//! what holds then.

use smol_str::SmolStr;

use crate::{Device, DeviceCategory, DeviceId, state::State};

/// What a user may do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserSettings {
    /// Whether he may control every device (Standard CTI Allow Control of All Devices).
    pub controls_all: bool,
    /// Whether he may be told of parked calls (Standard CTI Allow Call Park Monitoring).
    pub monitors_parks: bool,
    /// Whether he may choose the calling number of calls that he routes (Standard CTI Allow Calling Number Modification).
    pub modifies_calling_numbers: bool,
    /// The devices that he controls.
    pub controlled: Vec<Controlled>,
}

/// An entry of the list of a user's devices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Controlled {
    /// All numbers of the station with this name.
    Station(SmolStr),
    /// Numbers of the same length from the first to the last, both included.
    Range(SmolStr, SmolStr),
    /// A number, or a pattern in which `.` stands for any digit.
    Number(SmolStr),
}

impl UserSettings {
    /// Whether the user may monitor and control a device that exists.
    pub(crate) fn may_use(&self, st: &State, id: DeviceId) -> bool {
        let Some(device) = st.lines.device(id) else { return false };
        if st.lines.category(id) == DeviceCategory::Park {
            return self.monitors_parks;
        }
        self.controls_all
            || !st.lines.is_restricted(id) && self.controlled.iter().any(|entry| entry.names(st, id, device))
    }
}

impl Controlled {
    fn names(&self, st: &State, id: DeviceId, device: &Device) -> bool {
        let number = device.number();
        match self {
            Controlled::Range(first, last) => number.len() == first.len() && (first..=last).contains(&number),
            Controlled::Number(pattern) => {
                let fits = |(wanted, is): (u8, u8)| wanted == b'.' || wanted == is;
                pattern.len() == number.len() && pattern.bytes().zip(number.bytes()).all(fits)
            }
            Controlled::Station(name) => st.lines.of_device(id).any(|(line, _)| {
                let stations = st.lines[line].stations.iter();
                stations.into_iter().any(|station| st.stations[*station].settings().name == *name)
            }),
        }
    }
}
