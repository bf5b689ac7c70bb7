//! What there is: devices, calls, and the state of the server.

use std::fmt::Write;

use hookflash_core::{CallId, Connection, DeviceCategory, DeviceId, Party, cti::SessionId};
use hookflash_provision::http::Response;
use serde_json::{Value, json};

use super::{
    description,
    problems::{Problem, json_response},
    routes::Public,
};
use crate::{
    Node,
    csta::{connection_state, csta_error},
};

/// The description of JSON over WebSocket; generated.
const ASYNC_API: &str = include_str!("asyncapi.json");

/// A document of JSON as it stands.
fn described(document: &str) -> Response {
    let fields = vec![("Content-Type", "application/json".to_owned())];
    Response { status: 200, fields, body: document.as_bytes().to_vec() }
}

impl Node {
    /// A page that needs no login.
    pub(super) fn public_page(&self, page: Public) -> Response {
        match page {
            Public::OpenApi => json_response(200, &description::document()),
            Public::AsyncApi => described(ASYNC_API),
            Public::Health => json_response(200, &json!({"status": "ok"})),
            Public::Ready if self.csta_tcp.is_serving() => json_response(200, &json!({"status": "ready"})),
            Public::Ready => Problem::unavailable("CTI is shut down").response(),
            Public::Metrics => {
                let fields = vec![("Content-Type", "text/plain; version=0.0.4; charset=utf-8".to_owned())];
                Response { status: 200, fields, body: self.metrics().into_bytes() }
            }
        }
    }

    /// Counters in the text format of Prometheus.
    fn metrics(&self) -> String {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let cti = self.switch.cti();
        let stations = self.switch.stations().iter();
        let registered = stations.filter(|(_, station)| station.is_registered()).count();
        let values = [
            ("hookflash_calls", "gauge", "Calls that are there now.", count(self.switch.calls().len())),
            (
                "hookflash_calls_total",
                "counter",
                "New calls that were served.",
                self.switch.admission().taken(),
            ),
            (
                "hookflash_calls_refused_total",
                "counter",
                "New calls that were refused because of overload.",
                self.switch.admission().refused(),
            ),
            ("hookflash_phones_registered", "gauge", "Phones that are registered.", count(registered)),
            ("hookflash_cti_sessions", "gauge", "CTI sessions.", count(cti.sessions().count())),
            ("hookflash_cti_monitors", "gauge", "CSTA monitors.", count(cti.monitor_count())),
            (
                "hookflash_cti_devices_open",
                "gauge",
                "Devices that applications have open.",
                count(self.applications.devices_open()),
            ),
            (
                "hookflash_cti_journal_bytes",
                "gauge",
                "Bytes of events that are kept for applications.",
                count(self.applications.journal_bytes()),
            ),
            (
                "hookflash_cti_events_total",
                "counter",
                "Events sent to applications.",
                self.applications.events_sent(),
            ),
            (
                "hookflash_webhooks_delivered_total",
                "counter",
                "Events that webhooks have taken.",
                self.rest.hooks.delivered,
            ),
            (
                "hookflash_webhooks_dead_total",
                "counter",
                "Events that could not be delivered to webhooks.",
                self.rest.hooks.dead,
            ),
            (
                "hookflash_rest_requests_total",
                "counter",
                "Requests of the REST interface.",
                self.rest.requests,
            ),
        ];
        let mut text = String::new();
        for (name, kind, help, value) in values {
            // Writing into a string does not fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        }
        text.push_str("# HELP hookflash_cti_alarms_total Alarms, by the name of the catalogue.\n");
        text.push_str("# TYPE hookflash_cti_alarms_total counter\n");
        for (name, count) in self.out.alarms.counts() {
            let _ = writeln!(text, "hookflash_cti_alarms_total{{name=\"{}\"}} {count}", name.as_str());
        }
        text
    }

    /// The devices that the user of a session may control.
    pub(super) fn open_devices(&self, session: SessionId) -> Value {
        let all = self.switch.lines().devices().map(|(id, _)| id);
        let own = all.filter(|id| self.switch.may_use(session, *id).is_ok());
        own.map(|id| self.shown_device(id)).collect()
    }

    /// One device, with its connections.
    pub(super) fn open_device(&self, session: SessionId, number: &str) -> Result<Value, Problem> {
        let refused = |refusal| Problem::of_error(&csta_error(refusal));
        let unknown = hookflash_core::Refusal::InvalidDevice;
        let first = |station: &hookflash_core::Station| {
            station.lines().next().map(|line| self.switch.lines()[line].device())
        };
        let by_name = || {
            let named = self.switch.stations().by_name(number)?;
            self.switch.stations().get(named).and_then(first)
        };
        let id = self.switch.lines().device_by_number(number).or_else(by_name);
        let id = id.ok_or_else(|| refused(unknown))?;
        self.switch.may_use(session, id).map_err(refused)?;
        let mut device = self.shown_device(id);
        let lines = self.switch.lines().of_device(id).map(|(line, _)| line);
        let keys = lines.flat_map(|line| self.switch.calls().at_line(line).iter());
        let connections = keys.filter_map(|key| self.switch.calls().connection(*key));
        device["connections"] = connections.map(|connection| self.shown_connection(connection)).collect();
        Ok(device)
    }

    fn shown_device(&self, id: DeviceId) -> Value {
        let lines = self.switch.lines();
        let name =
            lines.of_device(id).next().map(|(_, line)| line.settings().name.as_str()).unwrap_or_default();
        let category = match lines.category(id) {
            DeviceCategory::Station => "station",
            DeviceCategory::Park => "park",
            DeviceCategory::HuntGroup => "group",
            DeviceCategory::RouteingDevice => "routeingDevice",
        };
        json!({
            "deviceID": self.number(id),
            "deviceCategory": category,
            "name": name,
            "inService": self.switch.is_in_service(id),
        })
    }

    fn number(&self, id: DeviceId) -> &str {
        self.switch.lines().device(id).map(|device| device.number().as_str()).unwrap_or_default()
    }

    /// The calls in which a device takes part that the user of a session may control.
    pub(super) fn open_calls(&self, session: SessionId) -> Value {
        let calls = self.switch.calls();
        let mine = |connection: &Connection| self.switch.may_use(session, connection.device()).is_ok();
        let shown = calls.iter().filter(|call| calls.connections(call.id()).any(mine));
        shown.map(|call| self.shown_call(call.id())).collect()
    }

    /// One call, if the user of a session may control a device in it.
    pub(super) fn open_call(&self, session: SessionId, call: &str) -> Result<Value, Problem> {
        let calls = self.switch.calls();
        let refused = |refusal| Problem::of_error(&csta_error(refusal));
        let known = calls.iter().map(|own| own.id()).find(|id| id.number().to_string() == call);
        let id = known.ok_or_else(|| refused(hookflash_core::Refusal::InvalidCall))?;
        let mut devices = calls.connections(id).map(Connection::device);
        match devices.any(|device| self.switch.may_use(session, device).is_ok()) {
            true => Ok(self.shown_call(id)),
            false => Err(refused(hookflash_core::Refusal::PrivilegeViolation)),
        }
    }

    fn shown_call(&self, id: CallId) -> Value {
        let calls = self.switch.calls();
        let Some(call) = calls.get(id) else { return Value::Null };
        let connections = calls.connections(id).map(|connection| self.shown_connection(connection));
        json!({
            "callID": id.number().to_string(),
            "callingDevice": shown_party(call.calling()),
            "calledDevice": shown_party(call.called()),
            "connections": connections.collect::<Value>(),
        })
    }

    /// The number of the device of a connection: that of a trunk has the number of who is reached by it.
    fn connected_number<'a>(&'a self, connection: &'a Connection) -> &'a str {
        let (party, own) = (connection.party(), self.number(connection.device()));
        let outside = party.device.is_none() && !party.number.is_empty() && own.starts_with("trunk:");
        if outside { &party.number } else { own }
    }

    fn shown_connection(&self, connection: &Connection) -> Value {
        json!({
            "callID": connection.id().call.number().to_string(),
            "deviceID": self.connected_number(connection),
            "localConnectionInfo": connection_state(connection.state()).as_str(),
        })
    }
}

fn shown_party(party: &Party) -> Value {
    match party.number.as_str() {
        "" => json!({"notKnown": true}),
        number => number.into(),
    }
}
