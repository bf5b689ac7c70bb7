//! What SystemStatus says beyond the standard when events were lost: which ones, and how the devices are now.

use smol_str::{SmolStr, format_smolstr};

use super::arguments::{Argument, Fault};
use super::element::{Element, Namespace};
use super::session_login::HOOKFLASH_NAMESPACE;
use super::writer::Writer;
use super::{ConnectionId, DeviceId, LocalConnectionState};

/// `extensions` of SystemStatus. Everything else in it is skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MessagesLost {
    /// The numbers of the events that are lost (`hf:Gap`).
    pub gap: Option<Gap>,
    /// The devices that the session monitors, as they are now (`hf:Snapshot`, one for each).
    pub snapshots: Vec<DeviceSnapshot>,
}

/// Events that are lost, by their numbers in the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gap {
    /// The first one.
    pub from: u64,
    /// The last one.
    pub to: u64,
}

/// A device with its connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeviceSnapshot {
    /// The device.
    pub device: DeviceId,
    /// Its connections; none if it is in no call.
    pub connections: Vec<ConnectionSnapshot>,
}

/// A connection in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionSnapshot {
    /// The connection.
    pub connection: ConnectionId,
    /// Its state.
    pub state: LocalConnectionState,
    /// The party at the other end, if its number is known.
    pub endpoint: Option<SmolStr>,
}

impl MessagesLost {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.gap.is_none() && self.snapshots.is_empty()
    }
}

/// The children that this project has defined, by their names.
fn ours<'d>(element: Element<'d>, name: &'static str) -> impl Iterator<Item = Element<'d>> {
    element.children().filter(move |child| {
        child.namespace() == Namespace::Other(HOOKFLASH_NAMESPACE) && child.name() == name
    })
}

impl Argument for MessagesLost {
    fn absent() -> Option<Self> {
        Some(MessagesLost::default())
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let private = element.member("privateData").and_then(|data| data.member("private"));
        let Some(private) = private else { return Ok(MessagesLost::default()) };
        let gap = ours(private, "Gap").next().map(decode_gap).transpose()?;
        let snapshots = ours(private, "Snapshot").map(decode_snapshot).collect::<Result<_, _>>()?;
        Ok(MessagesLost { gap, snapshots })
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        if self.is_empty() {
            return;
        }
        writer.element(name, |writer| {
            writer.element("privateData", |writer| {
                writer.element_in(&[("xmlns:hf", HOOKFLASH_NAMESPACE)], "private", |writer| {
                    if let Some(Gap { from, to }) = self.gap {
                        writer.raw(&format_smolstr!("<hf:Gap from=\"{from}\" to=\"{to}\"/>"));
                    }
                    self.snapshots.iter().for_each(|snapshot| snapshot.encode(writer));
                });
            });
        });
    }
}

impl DeviceSnapshot {
    fn encode(&self, writer: &mut Writer<'_>) {
        writer.raw("<hf:Snapshot device=\"");
        writer.escaped(self.device.as_str());
        writer.raw("\">");
        self.connections.iter().for_each(|connection| connection.encode(writer));
        writer.raw("</hf:Snapshot>");
    }
}

impl ConnectionSnapshot {
    fn encode(&self, writer: &mut Writer<'_>) {
        writer.raw("<hf:connection localConnectionInfo=\"");
        writer.raw(self.state.as_str());
        if let Some(endpoint) = &self.endpoint {
            writer.raw("\" endpointDevice=\"");
            writer.escaped(endpoint);
        }
        writer.raw("\">");
        if let Some((call, device)) = self.connection.complete() {
            writer.text("hf:callID", call);
            writer.text("hf:deviceID", device.as_str());
        }
        writer.raw("</hf:connection>");
    }
}

fn decode_gap(element: Element<'_>) -> Result<Gap, Fault> {
    let number = |name: &str| {
        let value = element.attribute(name).ok_or_else(Fault::missing)?;
        value.trim().parse().map_err(|_| Fault::invalid(&value))
    };
    Ok(Gap { from: number("from")?, to: number("to")? })
}

fn decode_snapshot(element: Element<'_>) -> Result<DeviceSnapshot, Fault> {
    let device = element.attribute("device").ok_or_else(Fault::missing)?;
    let connections = ours(element, "connection").map(decode_connection).collect::<Result<_, _>>()?;
    Ok(DeviceSnapshot { device: device.into_owned().into(), connections })
}

fn decode_connection(element: Element<'_>) -> Result<ConnectionSnapshot, Fault> {
    let state = element.attribute("localConnectionInfo").ok_or_else(Fault::missing)?;
    let state = LocalConnectionState::from_word(&state).ok_or_else(|| Fault::invalid(&state))?;
    let text = |name: &'static str| ours(element, name).next().map(|child| SmolStr::from(child.text()));
    Ok(ConnectionSnapshot {
        connection: ConnectionId { call_id: text("callID"), device_id: text("deviceID").map(DeviceId::from) },
        state,
        endpoint: element.attribute("endpointDevice").map(SmolStr::from),
    })
}
