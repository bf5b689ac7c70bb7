//! What the server tells.

use hookflash_wire::csta::EventBody;
use serde_json::Value;

use crate::{Params, typed};

/// Something that the server tells.
#[derive(Clone, PartialEq, Debug)]
pub enum Message {
    /// Something happened at a monitored device.
    Event(Box<Event>),
    /// Events that the server does not have any more, and how the devices are now.
    Lost {
        /// The number of the first of them.
        first: u64,
        /// The number of the last.
        last: u64,
        /// Each monitored device with its connections.
        snapshots: Vec<Value>,
    },
    /// The session could not go on: another one has begun, with the same monitors. What happened in between is not known.
    Restarted,
    /// The server asks or tells something that is no event: RouteRequest, SystemStatus, MonitorStop, ...
    Notice {
        /// The name of the element.
        name: String,
        /// Its members.
        params: Params,
    },
}

/// Something that happened at a monitored device.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// The name in ECMA-323: DeliveredEvent, EstablishedEvent, ...; or MediaRequested, MediaStarted, MediaStopped.
    pub name: String,
    /// Its number in the session: from 1, without gaps.
    pub seq: u64,
    /// Whether it happened while there was no connection.
    pub replayed: bool,
    /// The monitor that tells it.
    pub monitor: String,
    /// Its members, as the server sent them.
    pub params: Params,
    /// What happened; `None` for events of this project, and for those that this version does not know.
    pub body: Option<EventBody>,
}

/// What a notification is, and the number that the application has seen then.
pub(crate) fn read(name: &str, params: Params, last: u64) -> Option<(Message, u64)> {
    if name == "SystemStatus" && params.get("systemStatus").and_then(Value::as_str) == Some("messagesLost") {
        let gap = params.get("gap");
        let end = |name: &str, or: u64| gap.and_then(|gap| gap[name].as_u64()).unwrap_or(or);
        let (first, to) = (end("from", last + 1), end("to", last));
        let snapshots = params.get("snapshots").and_then(Value::as_array).cloned().unwrap_or_default();
        return Some((Message::Lost { first, last: to, snapshots }, last.max(to)));
    }
    let Some(seq) = params.get("seq").and_then(Value::as_u64) else {
        return Some((Message::Notice { name: name.to_owned(), params }, last));
    };
    // Nothing is told twice.
    (seq > last).then(|| (Message::Event(Box::new(event(name, seq, params))), seq))
}

fn event(name: &str, seq: u64, params: Params) -> Event {
    let replayed = params.get("replayed").and_then(Value::as_bool).unwrap_or_default();
    let monitor = params.get("monitorCrossRefID").and_then(Value::as_str).unwrap_or_default().to_owned();
    let body = typed::event(name, &params);
    Event { name: name.to_owned(), seq, replayed, monitor, params, body }
}

#[cfg(test)]
mod tests {
    use hookflash_wire::csta::EventBody;
    use serde_json::json;

    use super::*;

    fn params(value: Value) -> Params {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn an_event_is_told_once_and_with_its_type() {
        let delivered = params(json!({
            "monitorCrossRefID": "4", "seq": 7, "connection": {"callID": "1", "deviceID": "202"}, "alertingDevice": "202",
            "callingDevice": "201", "calledDevice": "202", "lastRedirectionDevice": "203",
            "localConnectionInfo": "alerting", "cause": "newCall",
        }));
        let Some((Message::Event(event), 7)) = read("DeliveredEvent", delivered.clone(), 6) else {
            panic!("no event");
        };
        let Some(EventBody::Delivered(body)) = event.body else { panic!("{:?}", event.body) };
        assert_eq!(body.connection.device_id, Some("202".into()));
        assert_eq!(format!("{:?}", body.last_redirection_device), "NumberDialed(DeviceId(\"203\"))");
        assert_eq!((event.monitor.as_str(), event.replayed), ("4", false));
        assert_eq!(read("DeliveredEvent", delivered, 7), None);
    }

    #[test]
    fn a_gap_says_what_is_lost_and_how_devices_are() {
        let lost = params(json!({
            "systemStatus": "messagesLost", "gap": {"from": 3, "to": 9}, "snapshots": [{"device": "201", "connections": []}],
        }));
        let (message, last) = read("SystemStatus", lost, 2).unwrap();
        let snapshots = vec![json!({"device": "201", "connections": []})];
        assert_eq!((message, last), (Message::Lost { first: 3, last: 9, snapshots }, 9));
    }

    #[test]
    fn what_has_no_number_is_no_event() {
        let asked = params(json!({"crossRefIdentifier": "1", "replyTimeout": 4000}));
        let (message, last) = read("RouteRequest", asked.clone(), 2).unwrap();
        assert_eq!((message, last), (Message::Notice { name: "RouteRequest".to_owned(), params: asked }, 2));
    }
}
