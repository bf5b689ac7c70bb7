//! What `hookflash csta` prints of its session.
//!
//! | output | one line for |
//! | --- | --- |
//! | readable | each event, response and refusal; what a snapshot and the like list follows indented |
//! | JSON | each event, response and refusal: an object |
//! | trace | each message is printed as a whole, XML indented, with an empty line after it |

use std::{collections::BTreeMap, time::Duration};

use hookflash_driver::say;
use hookflash_sim::{
    application::{Failure, Notice},
    transcript::{EventSummary, short_name},
};
use hookflash_wire::{
    csta::{self, ConnectionId, DeviceId, Edition, Event, Message, Response},
    printable::printable,
    sip::{Framed, StreamFramer},
};
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use super::{document, explain};

/// What is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    /// Lines for people; with `quiet`, only those of events and responses.
    Readable {
        /// Nothing about the session itself.
        quiet: bool,
    },
    /// Lines for programs.
    Json,
    /// Every message.
    Trace,
}

/// Prints a session.
pub struct Console {
    output: Output,
    edition: Edition,
    /// Whether the server is spoken to without SIP.
    frames: bool,
    /// The line that responses are about.
    line: String,
    from_server: csta::Framer,
    sip_from_server: StreamFramer,
}

impl Console {
    /// A console that has printed nothing yet.
    pub fn new(output: Output, edition: Edition, frames: bool, line: &str) -> Console {
        let (from_server, sip_from_server) = (csta::Framer::default(), StreamFramer::new());
        Console { output, edition, frames, line: line.to_owned(), from_server, sip_from_server }
    }

    /// What follows is about this line.
    pub fn about(&mut self, line: &str) {
        line.clone_into(&mut self.line);
    }

    /// Says something about the session, to people.
    pub fn remark(&self, at: Duration, text: &str) {
        if self.output == (Output::Readable { quiet: false }) {
            self.line(at, "", text);
        }
    }

    /// Prints bytes that were sent.
    pub fn sent(&mut self, at: Duration, bytes: &[u8]) {
        if self.output == Output::Trace {
            let (mut framer, mut sip) = (csta::Framer::default(), StreamFramer::new());
            trace(at, "sent", self.frames, &mut framer, &mut sip, bytes);
        }
    }

    /// Prints bytes that were received.
    pub fn received(&mut self, at: Duration, bytes: &[u8]) {
        if self.output == Output::Trace {
            let Console { from_server, sip_from_server, frames, .. } = self;
            trace(at, "received", *frames, from_server, sip_from_server, bytes);
        }
    }

    /// Prints what was learned. `monitors` are the devices by cross reference identifier.
    pub fn notice(&self, at: Duration, notice: &Notice, monitors: &BTreeMap<SmolStr, DeviceId>) {
        match (self.output, notice) {
            (Output::Trace, _) => {}
            (Output::Json, notice) => self.json(at, notice, monitors),
            (Output::Readable { .. }, notice) => self.readable(at, notice, monitors),
        }
    }

    /// Prints a message that is JSON alone: the result of a service, or what the server told.
    pub fn told(&self, at: Duration, device: &str, name: &str, members: &Map<String, Value>) {
        match self.output {
            Output::Trace => {}
            Output::Json => {
                let seconds = (at.as_secs_f64() * 1000.0).round() / 1000.0;
                say!("{}", json!({"time": seconds, "device": device, "message": name, "arguments": members}));
            }
            Output::Readable { .. } => {
                let untold = ["monitorCrossRefID", "seq"];
                let told = members.iter().filter(|(name, _)| !untold.contains(&name.as_str()));
                let told: Vec<String> = told.map(|(name, value)| format!("{name} {value}")).collect();
                let device = short_name(&DeviceId::from(device));
                self.line(at, &device, format!("{name:<17} {}", told.join(", ")).trim_end());
            }
        }
    }

    fn readable(&self, at: Duration, notice: &Notice, monitors: &BTreeMap<SmolStr, DeviceId>) {
        match notice {
            Notice::Event(event) => {
                let device = monitors.get(&event.monitor_cross_ref_id).map(short_name).unwrap_or_default();
                let name = event.body.root().trim_end_matches("Event");
                self.line(at, &device, &format!("{name:<17} {}", EventSummary::of(&event.body)));
            }
            Notice::Answer(_, Ok(response)) => {
                let name = response.root().trim_end_matches("Response");
                let (result, list) = described(response);
                self.line(at, &self.device(), format!("{name:<17} {result}").trim_end());
                list.iter().for_each(|line| say!("          {}", printable(line)));
            }
            Notice::Opened(status) => self.remark(at, &format!("session open, the server is {status}")),
            Notice::Ended(_) => self.remark(at, "session closed"),
            Notice::Request(request) => self.remark(at, &format!("the server asks: {}", request.root())),
            Notice::Complaint(complaint) => eprintln!("wrong: {}", printable(&complaint.to_string())),
            // The command fails with the explanation.
            Notice::Answer(_, Err(_)) | Notice::Refused(_) | Notice::Refreshed => {}
        }
    }

    fn device(&self) -> String {
        short_name(&DeviceId::from(self.line.as_str())).to_string()
    }

    fn line(&self, at: Duration, device: &str, text: &str) {
        say!("{:>8.3}  {}", at.as_secs_f64(), printable(&format!("{device:<5} {text}")));
    }

    fn json(&self, at: Duration, notice: &Notice, monitors: &BTreeMap<SmolStr, DeviceId>) {
        let mut object = Map::new();
        object.insert("time".to_owned(), json!((at.as_secs_f64() * 1000.0).round() / 1000.0));
        let (kind, name, arguments) = match notice {
            Notice::Event(event) => {
                if let Some(device) = monitors.get(&event.monitor_cross_ref_id) {
                    object.insert("monitored".to_owned(), json!(device.as_str()));
                }
                ("event", event.body.root().to_owned(), self.arguments_of(event))
            }
            Notice::Answer(_, Ok(response)) => {
                let arguments = document::arguments(self.edition, Message::Response(response.clone()));
                ("response", response.root().to_owned(), arguments)
            }
            Notice::Answer(_, Err(failure)) => {
                ("error", explain::failure(failure, &self.line), refusal(failure))
            }
            Notice::Refused(status) => {
                let members = Map::from_iter([("status".to_owned(), json!(status.code()))]);
                ("error", explain::refused_session(*status, &self.line), members)
            }
            _ => return,
        };
        object.insert(kind.to_owned(), Value::String(name));
        object.extend(arguments);
        say!("{}", Value::Object(object));
    }

    fn arguments_of(&self, event: &Event) -> Map<String, Value> {
        document::arguments(self.edition, Message::Event(event.clone()))
    }
}

/// A CSTA error as members of an object.
fn refusal(failure: &Failure) -> Map<String, Value> {
    match failure {
        Failure::Csta(error) => Map::from_iter([
            ("category".to_owned(), json!(error.category())),
            ("value".to_owned(), json!(error.value())),
        ]),
        Failure::Sip(status) => Map::from_iter([("status".to_owned(), json!(status.code()))]),
        _ => Map::new(),
    }
}

/// What a response says: in one line, and what it lists.
fn described(response: &Response) -> (String, Vec<String>) {
    let call =
        |connection: &ConnectionId| format!("call {}", connection.call_id.as_deref().unwrap_or("unknown"));
    let line = match response {
        Response::MonitorStart(started) => format!("monitor {}", started.monitor_cross_ref_id),
        Response::MakeCall(made) => call(&made.calling_device),
        Response::ConsultationCall(made) => call(&made.initiated_call),
        Response::TransferCall(made) => call(&made.transferred_call),
        Response::ConferenceCall(made) => call(&made.conference_call),
        Response::SingleStepTransferCall(made) => call(&made.transferred_call),
        Response::SingleStepConferenceCall(made) => call(&made.conferenced_call),
        Response::JoinCall(made) => call(&made.conferenced_call),
        Response::DirectedPickupCall(made) => call(&made.picked_call),
        Response::GroupPickupCall(made) => call(&made.picked_call),
        Response::ParkCall(parked) => {
            let slot = parked.parked_to.device_id.as_ref().map(short_name).unwrap_or_default();
            format!("at {slot}, {}", call(&parked.parked_to))
        }
        Response::GetDoNotDisturb(state) => on_or_off(state.do_not_disturb_on),
        Response::GetMessageWaitingIndicator(state) => on_or_off(state.message_waiting_on),
        Response::CallBack(waits) => {
            format!("waits for {}", waits.target_device.as_ref().map(short_name).unwrap_or_default())
        }
        Response::RequestSystemStatus(status) => status.system_status.to_string(),
        _ => return listed(response),
    };
    (line, Vec::new())
}

fn on_or_off(on: bool) -> String {
    if on { "on".to_owned() } else { "off".to_owned() }
}

fn listed(response: &Response) -> (String, Vec<String>) {
    match response {
        Response::GetForwarding(forwarding) => {
            let lines: Vec<String> = forwarding.forwarding_list.0.iter().map(forwarded).collect();
            (if lines.is_empty() { "nothing is forwarded".to_owned() } else { String::new() }, lines)
        }
        Response::SnapshotDevice(snapshot) => {
            let csta::SnapshotDeviceData::Calls(calls) = &snapshot.snapshot else {
                return (String::new(), Vec::new());
            };
            let lines: Vec<String> = calls.iter().map(call_of_device).collect();
            (counted(lines.len(), "call"), lines)
        }
        Response::SnapshotCall(snapshot) => {
            let csta::SnapshotCallData::Devices(devices) = &snapshot.snapshot else {
                return (String::new(), Vec::new());
            };
            let lines: Vec<String> = devices.iter().map(device_of_call).collect();
            (counted(lines.len(), "device"), lines)
        }
        Response::GetCstaFeatures(features) => {
            let services = features.services().iter().map(|service| service.root().to_owned()).collect();
            let events = features.events().iter().map(|event| event.root().to_owned()).collect();
            let list = |title: &str, names: Vec<String>| {
                std::iter::once(title.to_owned())
                    .chain(wrapped(&names, 66).into_iter().map(|line| format!("  {line}")))
                    .collect::<Vec<String>>()
            };
            let summary =
                format!("{} services, {} events", features.services().len(), features.events().len());
            (summary, [list("services", services), list("events", events)].concat())
        }
        response => of_a_telephone(response).unwrap_or_else(|| ("done".to_owned(), Vec::new())),
    }
}

/// What a response says of a telephone or of calls back.
fn of_a_telephone(response: &Response) -> Option<(String, Vec<String>)> {
    let each = |items: Vec<(&str, bool)>, yes: &str, no: &str| {
        let word = |value: bool| if value { yes } else { no }.to_owned();
        match items.as_slice() {
            [(_, only)] => (word(*only), Vec::new()),
            items => {
                let lines = items.iter().map(|(name, value)| format!("{name}: {}", word(*value)));
                (counted(items.len(), "phone"), lines.collect())
            }
        }
    };
    Some(match response {
        Response::GetHookswitchStatus(status) => {
            let items = status.hookswitch_status_list.iter().flat_map(|list| &list.0);
            let items = items.map(|item| (item.hookswitch.as_str(), item.hookswitch_on_hook)).collect();
            each(items, "on-hook", "off-hook")
        }
        Response::GetMicrophoneMute(status) => {
            let items = status.microphone_mute_list.iter().flat_map(|list| &list.0);
            let items =
                items.map(|item| (item.auditory_apparatus.as_str(), item.microphone_mute_on)).collect();
            each(items, "off", "on")
        }
        Response::GetCallBack(waiting) => {
            let name = |device: &Option<csta::DeviceId>| device.as_ref().map(short_name).unwrap_or_default();
            let items = waiting.call_back_list.iter().flat_map(|list| &list.0);
            let lines: Vec<String> = items
                .map(|item| format!("{} for {}", name(&item.originating_device), name(&item.target_device)))
                .collect();
            (counted(lines.len(), "call back"), lines)
        }
        Response::GetButtonInformation(buttons) => {
            let items = buttons.button_list.iter().flat_map(|list| &list.0);
            let lines: Vec<String> = items.map(described_button).collect();
            (counted(lines.len(), "button"), lines)
        }
        Response::GetPhysicalDeviceInformation(phone) => {
            let model = phone.device_model_name.as_deref().unwrap_or("unknown");
            let count =
                |number: Option<i64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            let (buttons, lamps) = (count(phone.max_buttons), count(phone.max_lamps));
            (format!("{model}, {buttons} buttons, {lamps} lamps"), Vec::new())
        }
        Response::GetLogicalDeviceInformation(line) => {
            let calls = line.max_active_calls.map_or_else(|| "?".to_owned(), |number| number.to_string());
            (format!("{}, {calls} calls at a time", line.appearance_type), Vec::new())
        }
        _ => return None,
    })
}

fn described_button(item: &csta::ButtonItem) -> String {
    let number = item.button_associated_number.as_ref().map(short_name);
    let words = [item.button.clone(), item.button_function.clone(), number];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn forwarded(item: &csta::ForwardListItem) -> String {
    let kind = item.forwarding_type.map_or("forwarding", csta::ForwardingType::as_str);
    let after = item.ring_duration.map(|seconds| format!(" after {seconds} s")).unwrap_or_default();
    match &item.forward_dn {
        Some(to) if item.forward_status => format!("{kind:<16} to {}{after}", short_name(to)),
        Some(to) => format!("{kind:<16} off, would be to {}{after}", short_name(to)),
        None => format!("{kind:<16} {}", on_or_off(item.forward_status)),
    }
}

fn call_of_device(call: &csta::SnapshotDeviceCall) -> String {
    let id = call.connection_identifier.call_id.as_deref().unwrap_or("unknown");
    let with = call.endpoint_device.as_ref().and_then(csta::SubjectDeviceId::device).map(short_name);
    let with = with.unwrap_or_default();
    let with = |state: &str| {
        if with.is_empty() { String::new() } else { format!("  with {with} {state}").trim_end().to_owned() }
    };
    let state = match &call.local_call_state {
        csta::CallState::Compound(states) => {
            let mut states = states.iter().map(|state| state.as_str());
            let own = states.next().unwrap_or("unknown");
            let others = states.collect::<Vec<_>>().join(", ");
            format!("{own}{}", with(&format!("({others})")))
        }
        csta::CallState::Simple(state) => format!("{state}{}", with("")),
        csta::CallState::Unknown => format!("unknown{}", with("")),
    };
    format!("call {id}  {state}")
}

fn device_of_call(device: &csta::SnapshotCallDevice) -> String {
    let name = device.device_on_call.device().map(short_name).unwrap_or_else(|| "(unknown)".into());
    let state = device.local_connection_info.map(|state| format!("  {state}")).unwrap_or_default();
    format!("{name}{state}")
}

/// Names in lines of at most so many characters.
fn wrapped(names: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + name.len() <= width => {
                line.push(' ');
                line.push_str(name);
            }
            _ => lines.push(name.clone()),
        }
    }
    lines
}

/// Prints each message in some bytes: a line about it, the message, an empty line.
fn trace(
    at: Duration,
    direction: &str,
    frames: bool,
    framer: &mut csta::Framer,
    sip: &mut StreamFramer,
    mut bytes: &[u8],
) {
    let title = |what: &str| say!("── {:.3} {direction}{what} ──", at.as_secs_f64());
    let document = |text: &str| {
        document::indented(text).lines().for_each(|line| say!("{}", printable(line)));
        say!();
    };
    if frames {
        while let Ok(Some(frame)) = framer.next(&mut bytes) {
            title(&format!(" frame {}", frame.invoke_id));
            document(&String::from_utf8_lossy(frame.body));
        }
        return;
    }
    while let Ok(Some(framed)) = sip.next(&mut bytes) {
        let Framed::Message(message) = framed else { continue };
        title("");
        let text = String::from_utf8_lossy(message);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        head.lines().for_each(|line| say!("{}", printable(line)));
        say!();
        if !body.is_empty() {
            document(body);
        }
    }
}
