//! What watchers of presence are told of a device (RFC 3856, RFC 3863), with the activities that Cisco's phones show.

use hookflash_core::{ConnectionState, DeviceId, Switch};

use super::subscribe::escape;

/// The type of the documents.
pub(super) const KIND: &str = "application/pidf+xml";

/// Whether the device may be watched: one of its lines has `allow watch`.
pub(super) fn may_be_watched(device: DeviceId, switch: &Switch) -> bool {
    switch.lines().of_device(device).any(|(_, line)| line.settings().allow_watch)
}

/// The document about a device.
pub(super) fn document(device: DeviceId, entity: &str, switch: &Switch) -> String {
    let stations = switch.lines().of_device(device).flat_map(|(_, line)| line.stations());
    let stations = stations.filter_map(|id| switch.stations().get(*id));
    let mut there = stations.filter(|station| station.is_registered()).peekable();
    let basic = if there.peek().is_some() { "open" } else { "closed" };
    let disturbs_nobody = there.peek().is_some() && there.all(|station| station.do_not_disturb());
    let activity = match activity(device, switch) {
        Some(activity) => activity,
        None if disturbs_nobody => "<ce:dnd/>",
        None if basic == "open" => "<ce:available/>",
        None => "",
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
         xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" xmlns:e=\"urn:ietf:params:xml:ns:pidf:status:rpid\" \
         xmlns:ce=\"urn:cisco:params:xml:ns:pidf:rpid\" entity=\"{}\"><dm:person id=\"person\"><e:activities>{activity}\
         </e:activities></dm:person><tuple id=\"device\"><status><basic>{basic}</basic></status></tuple></presence>\n",
        escape(entity)
    )
}

/// What the calls of a device mean.
fn activity(device: DeviceId, switch: &Switch) -> Option<&'static str> {
    let calls = switch.calls();
    let keys = switch.lines().of_device(device).flat_map(|(line, _)| calls.at_line(line));
    let states: Vec<_> = keys.filter_map(|key| Some(calls.connection(*key)?.state())).collect();
    let rings = states.contains(&ConnectionState::Alerting);
    let talks =
        states.iter().any(|state| !matches!(state, ConnectionState::Alerting | ConnectionState::Null));
    match (talks, rings) {
        (true, _) => Some("<e:on-the-phone/>"),
        (false, true) => Some("<ce:alerting/>"),
        (false, false) => None,
    }
}
