//! TransferedEvent and ConferencedEvent: two calls have become one.

use hookflash_wire::csta::{
    ConnectionId, ConnectionList, EventBody, EventCause, LocalConnectionState, SubjectDeviceId,
};
use smol_str::SmolStr;

/// What both events have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Merge<'a> {
    /// The held connection of the device that joined the calls.
    pub(crate) primary: &'a ConnectionId,
    /// Its active connection.
    pub(crate) secondary: Option<&'a ConnectionId>,
    /// That device.
    pub(crate) by: &'a SubjectDeviceId,
    /// Whether it is in the joined call.
    pub(crate) stays: bool,
    pub(crate) local_state: Option<LocalConnectionState>,
    pub(crate) cause: &'a EventCause,
    connections: &'a ConnectionList,
}

/// A connection of the joined call: its call before, its call now, and its device.
pub(crate) type Moved<'a> = (&'a SmolStr, &'a SmolStr, &'a str);

impl<'a> Merge<'a> {
    pub(crate) fn of(body: &'a EventBody) -> Option<Merge<'a>> {
        match body {
            EventBody::Transferred(event) => Some(Merge {
                primary: &event.primary_old_call,
                secondary: event.secondary_old_call.as_ref(),
                by: &event.transferring_device,
                stays: false,
                local_state: event.local_connection_info,
                cause: &event.cause,
                connections: &event.transferred_connections,
            }),
            EventBody::Conferenced(event) => Some(Merge {
                primary: &event.primary_old_call,
                secondary: event.secondary_old_call.as_ref(),
                by: &event.conferencing_device,
                stays: true,
                local_state: event.local_connection_info,
                cause: &event.cause,
                connections: &event.conference_connections,
            }),
            _ => None,
        }
    }

    /// The connections of the joined call, as far as they are named in full.
    pub(crate) fn connections(&self) -> impl Iterator<Item = Moved<'a>> {
        self.connections.0.iter().filter_map(|item| {
            let (old, new) = (item.old_connection.as_ref()?, item.new_connection.as_ref()?);
            Some((old.call_id.as_ref()?, new.call_id.as_ref()?, new.device_id.as_ref()?.as_str()))
        })
    }

    /// How many connections are listed.
    pub(crate) fn count(&self) -> usize {
        self.connections.0.len()
    }
}
