//! Lines of `debug cti` and `debug callmonitor`.

use hookflash_core::{
    self as core, CallEvent, CallId, EventCause, GlobalCallId, LineId, Switch, cti::SessionId,
};
use hookflash_wire::csta::{self, CstaError, DeviceId, Edition, Message, Request, Service};

use super::{Debugging, Part};
use crate::{
    alarms::Alarm,
    csta::{Delivery, DeliveryKind, find_device},
};

/// What a call without an earlier one has for it.
const NO_GCID: &str = "00000000-00000000-00000000-00000000";

impl Debugging {
    /// An application asks for something.
    pub(crate) fn asked(
        &mut self,
        session: SessionId,
        request: &Result<Request, CstaError>,
        switch: &Switch,
    ) {
        match request {
            Ok(request) if self.looks_at_cti() => self.asked_for(session, request, switch),
            Ok(_) => {}
            Err(error) => {
                self.tell(Part::CtiProtocol, || format!("//CTI/PI:session {session} unreadable: {error}"));
            }
        }
    }

    fn asked_for(&mut self, session: SessionId, request: &Request, switch: &Switch) {
        self.tell(Part::CtiProtocol, || format!("//CTI/PI:session {session} {}", request.root()));
        self.tell(Part::CtiXml, || {
            let mut body = Vec::new();
            csta::encode(Edition::default(), &Message::Request(request.clone()), &mut body);
            format!("//CTI/PI:session {session} received {}", String::from_utf8_lossy(&body))
        });
        match request {
            Request::MakeCall(asked) => {
                let (calling, called) =
                    (number(&asked.calling_device), number(&asked.called_directory_number));
                self.tell(Part::CtiCallControl, || {
                    format!("//CTI/CC:Fsm_Idle_MakeCall calling {calling}, called {called}")
                });
                self.tell(Part::CtiDeviceManager, || {
                    let mac = mac_of(&asked.calling_device, switch);
                    format!(
                        "//CTI/DMGR:MakeCall event sent to skinny server.Mac:{mac}, CallingNum:{calling}, CalledNum:{called}"
                    )
                });
            }
            Request::MonitorStart(_) | Request::MonitorStop(_) | Request::ChangeMonitorFilter(_) => {
                self.tell(Part::CtiLineMonitor, || format!("//CTI/LM:session {session} {}", request.root()));
            }
            request
                if Service::from_root(request.root())
                    .is_some_and(|service| service.list() == "callControlServList") =>
            {
                self.tell(Part::CtiCallControl, || format!("//CTI/CC:session {session} {}", request.root()));
            }
            _ => {}
        }
    }

    /// An application is told something.
    pub(crate) fn delivered(&mut self, delivery: &Delivery<'_>) {
        let Delivery { session, kind, body } = delivery;
        self.tell(Part::CtiProtocol, || {
            let what = match kind {
                DeliveryKind::Response(_) | DeliveryKind::OneWay(_) => "response",
                DeliveryKind::Event(_) => "event",
                DeliveryKind::Request(_) => "request",
            };
            format!("//CTI/PI:session {session} {what} {}", root_of(body))
        });
        self.tell(Part::CtiXml, || {
            let text = String::from_utf8_lossy(body);
            // Keys of media are for nobody else.
            let shown = if text.contains("<transmitKey>") { root_of(body).into() } else { text };
            format!("//CTI/PI:session {session} sent {shown}")
        });
        if let DeliveryKind::Event(_) = kind {
            self.tell(Part::MonitorXml, || {
                format!("//CMM/XML:session {session} {}", String::from_utf8_lossy(body))
            });
            if self.is_on(Part::MonitorHardware) && root_of(body) == "ConferencedEvent" {
                let document = String::from_utf8_lossy(body);
                let parties = document.matches("<connectionListItem>").count();
                let line = format!("//CMM/HWCONF:session {session} is told of a conference of {parties}");
                self.tell(Part::MonitorHardware, || line);
            }
        }
        if self.is_on(Part::MonitorErrors) && root_of(body) == "CSTAErrorCode" {
            self.tell(Part::MonitorErrors, || {
                format!("//CMM/ERROR:session {session} refused {}", String::from_utf8_lossy(body))
            });
        }
        if self.is_on(Part::CtiCallControl) && root_of(body) == "CSTAErrorCode" {
            self.tell(Part::CtiCallControl, || {
                format!("//CTI/CC:session {session} refused {}", String::from_utf8_lossy(body))
            });
        }
    }

    /// A session began, ended, or something else became of it.
    pub(crate) fn alarm(&mut self, alarm: &Alarm) {
        self.tell(Part::CtiSession, || format!("//CTI/SM:{}", alarm.summary()));
    }

    /// A call of a monitored line has changed.
    pub(crate) fn call_event(&mut self, event: &CallEvent) {
        self.tell(Part::CtiCore, || {
            let number = |party: &core::Party| party.number.clone();
            let name = screaming(&format!("{:?}", event.kind));
            let (calling, called) = (number(&event.calling), number(&event.called));
            format!("//CTI/CM:=== EVENT EV_{name}\n {calling} --> {called}. cause {}", cause(event.cause))
        });
    }

    /// A call has begun or was answered.
    pub(crate) fn call_changed(&mut self, what: &str, call: CallId, line: Option<LineId>, switch: &Switch) {
        if !self.monitors_calls() {
            return;
        }
        let Some(found) = switch.calls().get(call) else { return };
        let at = line.map(|line| switch.lines()[line].number().clone()).unwrap_or_default();
        let calling =
            Some(&found.calling().number).filter(|number| !number.is_empty()).unwrap_or(&at).clone();
        let (gcid, called) = (found.global_id(), found.called().number.clone());
        self.write_block(
            what,
            &[
                format!("Gcid {gcid}"),
                format!("Calling {calling}"),
                format!("Called {called}"),
                format!("ConnAddr {}", if at.is_empty() { &calling } else { &at }),
                "Type 0".to_owned(),
                format!("parentGcid {NO_GCID}"),
            ],
        );
    }

    /// A call is over.
    pub(crate) fn call_ended(&mut self, gcid: GlobalCallId, cause: EventCause) {
        if self.monitors_calls() {
            let why = format!("Cause {}", self::cause(cause));
            self.write_block("CMM_EV_CALL_CONN_DISCONNECTED", &[format!("Gcid {gcid}"), why]);
        }
    }

    fn monitors_calls(&self) -> bool {
        [Part::MonitorInfo, Part::MonitorEvents, Part::MonitorDetail, Part::MonitorCore]
            .into_iter()
            .any(|part| self.is_on(part))
    }

    fn write_block(&mut self, name: &str, facts: &[String]) {
        let mut text = format!("//CMM/INFO:<== DIALOG MGR ==>\n:: {name}");
        facts.iter().for_each(|fact| text.push_str(&format!("\n - {fact}")));
        self.write(text);
    }
}

/// The digits of a device.
fn number(device: &DeviceId) -> String {
    device.number().map_or_else(|| device.as_str().to_owned(), |number| number.digits.to_string())
}

/// The MAC address of the first phone of a device.
fn mac_of(device: &DeviceId, switch: &Switch) -> String {
    let found = find_device(device, switch);
    let lines = found.into_iter().flat_map(|device| switch.lines().of_device(device));
    let station = lines.flat_map(|(_, line)| line.stations().iter().copied()).next();
    let name = station.and_then(|id| switch.stations().get(id)).map(|own| own.settings().name.clone());
    name.map(|name| name.trim_start_matches("SEP").to_owned()).unwrap_or_default()
}

/// The name of the root element of a document.
fn root_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut tags = text.split('<').skip(1).filter(|tag| !tag.starts_with(['?', '!']));
    let name = |tag: &str| {
        tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().map(str::to_owned)
    };
    tags.next().and_then(name).unwrap_or_default()
}

/// `ConnectionCleared` as `CONNECTION_CLEARED`.
fn screaming(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(character.to_uppercase());
    }
    text
}

/// The cause, as it is written in events.
fn cause(cause: EventCause) -> String {
    let name = format!("{cause:?}");
    let mut characters = name.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_form_of_ios_and_of_the_standard() {
        assert_eq!(screaming("ConnectionCleared"), "CONNECTION_CLEARED");
        assert_eq!(cause(EventCause::NormalClearing), "normalClearing");
        assert_eq!(root_of(b"<?xml version=\"1.0\"?><MakeCallResponse xmlns=\"x\">"), "MakeCallResponse");
        assert_eq!(root_of(b""), "");
    }
}
