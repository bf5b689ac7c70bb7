//! DeflectCall: sends an alerting call to another device.

use smol_str::SmolStr;

use super::super::arguments::{Argument, Fault, arguments};
use super::super::element::Element;
use super::super::writer::Writer;
use super::super::{CallData, ConnectionId, DeviceId, EventCause};

arguments! {
    /// Request: sends an alerting call to another device.
    pub struct DeflectCall in "DeflectCall" {
        /// The alerting connection.
        call_to_be_diverted: ConnectionId = "callToBeDiverted",
        /// Where the call goes.
        new_destination: NewDestination = "newDestination",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
        /// What the call is about.
        subject_of_call: Option<SmolStr> = "subjectOfCall",
        /// Languages the user prefers.
        language_preferences: Option<SmolStr> = "languagePreferences",
        /// Why.
        reason: Option<EventCause> = "reason",
    }
}

arguments! {
    /// Done.
    pub struct DeflectCallResponse in "DeflectCallResponse";
}

impl DeflectCall {
    /// A request with the mandatory arguments only.
    pub fn new(call_to_be_diverted: ConnectionId, new_destination: impl Into<DeviceId>) -> Self {
        DeflectCall {
            call_to_be_diverted,
            new_destination: NewDestination::from(new_destination.into()),
            correlator_data: None,
            user_data: None,
            subject_of_call: None,
            language_preferences: None,
            reason: None,
        }
    }
}

/// Where a deflected call goes. Never empty.
///
/// Only the sixth edition can name more than one device, any of which may take the call; earlier ones are told the
/// first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewDestination {
    first: DeviceId,
    others: Vec<DeviceId>,
}

impl NewDestination {
    /// These devices; `first` is the only one that earlier editions are told.
    pub fn new(first: DeviceId, others: impl IntoIterator<Item = DeviceId>) -> Self {
        NewDestination { first, others: others.into_iter().collect() }
    }

    /// The first device.
    pub fn first(&self) -> &DeviceId {
        &self.first
    }

    /// All devices, in the order of the request.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceId> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl From<DeviceId> for NewDestination {
    fn from(device: DeviceId) -> Self {
        NewDestination::new(device, [])
    }
}

impl Argument for NewDestination {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let mut devices = element.list::<DeviceId>("device")?.into_iter();
        match devices.next() {
            Some(first) => Ok(NewDestination::new(first, devices)),
            None => DeviceId::decode(element).map(NewDestination::from),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        if writer.edition().is_sixth() {
            writer.element(name, |writer| self.devices().for_each(|device| device.encode("device", writer)));
        } else {
            self.first.encode(name, writer);
        }
    }
}
