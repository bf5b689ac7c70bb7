//! The strings by which an application knows devices.
//!
//! Applications compare device identifiers character for character, so a device is always called what the
//! application called it. The string of a monitor counts for events; a response repeats the string of its request.
//! Devices the application never named, and parties that are no devices, are named in its style: as `tel:` URIs if
//! it writes such, else as bare numbers.

use std::collections::BTreeMap;

use hookflash_core::{DeviceId, Party, Switch};
use hookflash_wire::csta::{self, SubjectDeviceId};
use smol_str::{SmolStr, format_smolstr};

/// Longest string that is kept for a device.
const MAX_NAME: usize = 256;

/// What one application calls the devices.
#[derive(Debug, Default)]
pub(super) struct DeviceNames {
    /// At most one for each device of the switch.
    names: BTreeMap<DeviceId, csta::DeviceId>,
    style: Option<Style>,
}

/// How an application writes numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Style {
    /// `tel:201`
    Tel,
    /// `201`
    Bare,
}

impl DeviceNames {
    /// From now on the device is called this, and so are other lines with its number.
    pub(super) fn learn_number(&mut self, device: DeviceId, name: &csta::DeviceId, switch: &Switch) {
        for line in switch.lines_of_number(device) {
            self.learn(line, name);
        }
    }

    /// From now on the device is called this; how it is written tells the style.
    fn learn(&mut self, device: DeviceId, name: &csta::DeviceId) {
        self.learn_style(name);
        if name.as_str().len() <= MAX_NAME {
            self.names.insert(device, name.clone());
        }
    }

    /// The device is called this unless it was called something before.
    pub(super) fn learn_first(&mut self, device: DeviceId, name: &csta::DeviceId) {
        if !self.names.contains_key(&device) {
            self.learn(device, name);
        }
    }

    fn learn_style(&mut self, name: &csta::DeviceId) {
        let tel = name.as_str().get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:"));
        self.style.get_or_insert(if tel { Style::Tel } else { Style::Bare });
    }

    /// What the device is called.
    pub(super) fn name(&self, device: DeviceId, switch: &Switch) -> csta::DeviceId {
        match self.names.get(&device) {
            Some(name) => name.clone(),
            None => self.number(switch.line(device).map(|line| line.number().clone()).unwrap_or_default()),
        }
    }

    /// What a party is called.
    pub(super) fn party(&self, party: &Party) -> SubjectDeviceId {
        match party.device.and_then(|device| self.names.get(&device)) {
            Some(name) => SubjectDeviceId::Device(name.clone()),
            None if party.number.is_empty() => SubjectDeviceId::NotKnown,
            None => SubjectDeviceId::Device(self.number(party.number.clone())),
        }
    }

    /// What a number is called that somebody could dial.
    pub(super) fn dialled(&self, number: &SmolStr, switch: &Switch) -> csta::DeviceId {
        let learned = switch.device_by_number(number).and_then(|device| self.names.get(&device));
        learned.cloned().unwrap_or_else(|| self.number(number.clone()))
    }

    fn number(&self, number: SmolStr) -> csta::DeviceId {
        match self.style {
            Some(Style::Tel) => format_smolstr!("tel:{number}").into(),
            Some(Style::Bare) | None => number.into(),
        }
    }
}

/// The device whose number this is.
pub(super) fn device_by_number(name: &csta::DeviceId, switch: &Switch) -> Option<DeviceId> {
    let number = name.number().filter(|number| !number.incomplete)?;
    switch.device_named(&number.digits)
}
