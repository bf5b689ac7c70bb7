//! The session over WebSocket (`--web`): the commands of the other doors, and those for CTI ports and route points.

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hookflash_client::{Client, Error, Event, Message, Params, Refusal, Settings, csta};
use hookflash_driver::{say, terminal::print_error};
use hookflash_sim::application::{Failure, Notice, RequestNumber};
use hookflash_wire::{csta::DeviceId, printable::printable};
use serde_json::{Value, json};
use smol_str::SmolStr;
use tokio::runtime;

use super::{
    action::{Action, Opening},
    console::Console,
    explain,
};

/// How often the command looks whether the user wants it to end.
const LOOK: Duration = Duration::from_millis(250);

/// The application, and what it does by itself.
struct Terminal {
    client: Client,
    console: Console,
    began: Instant,
    monitors: BTreeMap<SmolStr, DeviceId>,
    interrupted: Arc<AtomicBool>,
}

/// Opens a session, does what was asked, and ends the session.
pub(super) fn run(settings: Settings, console: Console, action: &Action) -> ExitCode {
    let interrupted = Arc::new(AtomicBool::new(false));
    watch_for_interrupt(interrupted.clone());
    let line = action.line().to_owned();
    let done = Client::connect(settings).and_then(|client| {
        let (began, monitors) = (Instant::now(), BTreeMap::new());
        let mut terminal = Terminal { client, console, began, monitors, interrupted };
        let done = terminal.perform(action);
        terminal.client.close();
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&format!("hookflash: {}\n", printable(&words(&error, &line))));
            ExitCode::FAILURE
        }
    }
}

fn watch_for_interrupt(interrupted: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            interrupted.store(true, Ordering::Relaxed);
        }
    });
}

/// Prints a message as it is sent or received.
pub(super) fn trace(sent: bool, message: &str) {
    let title = if sent { "sent" } else { "received" };
    say!("── {title} ──\n{}\n", printable(message));
}

fn words(error: &Error, line: &str) -> String {
    let known = match error {
        Error::Refused(refusal) => refusal.csta(),
        _ => None,
    };
    match known {
        Some(known) => explain::failure(&Failure::Csta(known), line),
        None => error.to_string(),
    }
}

impl Terminal {
    fn perform(&mut self, action: &Action) -> Result<(), Error> {
        match action {
            Action::Open(opening) => self.open(opening),
            Action::Register { device } => self.route(device, &[]),
            Action::Route { device, to } => self.route(device, to),
            action => self.services(action),
        }
    }

    fn services(&mut self, action: &Action) -> Result<(), Error> {
        if let Action::Monitor { devices } = action {
            devices.iter().try_for_each(|device| self.monitor(device))?;
            return self.watch(|_, _, _| Ok(()));
        }
        for (line, request) in action.requests() {
            self.console.about(line);
            let answer = self.client.request(request);
            self.show_answer(&answer);
            answer?;
        }
        Ok(())
    }

    fn show_answer(&self, answer: &Result<csta::Response, Error>) {
        let number = RequestNumber(0);
        match answer {
            Ok(response) => {
                let notice = Notice::Answer(number, Ok(response.clone()));
                self.console.notice(self.elapsed(), &notice, &self.monitors);
            }
            Err(Error::Refused(refusal)) => {
                if let Some(error) = refusal.csta() {
                    let notice = Notice::Answer(number, Err(Failure::Csta(error)));
                    self.console.notice(self.elapsed(), &notice, &self.monitors);
                }
            }
            Err(_) => {}
        }
    }

    /// A service by name, whose result is printed.
    fn service(&mut self, device: &str, method: &str, params: Value) -> Result<Params, Error> {
        let result = self.client.call(method, params.as_object().cloned().unwrap_or_default())?;
        self.console.told(self.elapsed(), device, method, &result);
        Ok(result)
    }

    /// Opens a port or point, and keeps it open until the user interrupts.
    fn open(&mut self, opening: &Opening) -> Result<(), Error> {
        let device = opening.device.as_str();
        self.monitor(device)?;
        let codecs: Vec<Value> =
            opening.codecs.iter().map(|name| json!({"name": name, "packetMs": opening.packet})).collect();
        let mut params = json!({"device": device, "media": opening.media, "codecs": codecs});
        if opening.media == "static" {
            params["rtp"] = json!(opening.rtp);
        }
        self.service(device, "DeviceOpen", params)?;
        self.watch(|terminal, name, params| terminal.attend(opening, name, params))
    }

    /// Does what the application has been told to do with calls.
    fn attend(&mut self, opening: &Opening, name: &str, params: &Params) -> Result<(), Error> {
        let member = |name: &str| params.get(name).cloned().unwrap_or_default();
        let asked = match name {
            "OfferedEvent" if opening.answer => {
                ("AnswerCall", json!({"callToBeAnswered": member("offeredConnection")}))
            }
            "MediaRequested" if opening.media == "dynamic" && opening.rtp.is_some() => {
                let (connection, id) = (member("connection"), member("mediaRequestID"));
                (
                    "SetMediaAddress",
                    json!({"connection": connection, "mediaRequestID": id, "rtp": opening.rtp}),
                )
            }
            _ => return Ok(()),
        };
        self.attempt(&opening.device, asked.0, asked.1)
    }

    /// A service that may come too late: the call may be gone, or another application may have been faster.
    fn attempt(&mut self, device: &str, method: &str, params: Value) -> Result<(), Error> {
        match self.service(device, method, params) {
            Err(Error::Refused(refusal)) => {
                self.console.remark(self.elapsed(), &format!("{method}: {refusal}"));
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// Registers for the calls of a point, and sends each to the first of some numbers that takes it.
    fn route(&mut self, device: &str, to: &[String]) -> Result<(), Error> {
        self.monitor(device)?;
        self.service(device, "RouteRegister", json!({"routeingDevice": device}))?;
        self.watch(|terminal, name, params| {
            let ([first, others @ ..], "RouteRequest") = (to, name) else { return Ok(()) };
            let dialogue = params.get("crossRefIdentifier").cloned().unwrap_or_default();
            let mut select = json!({"crossRefIdentifier": dialogue, "routeSelected": first});
            if !others.is_empty() {
                select["alternateRoutes"] = json!(others);
            }
            terminal.attempt(device, "RouteSelect", select)
        })
    }

    fn monitor(&mut self, device: &str) -> Result<(), Error> {
        let reference = self.client.monitor(device)?;
        self.monitors.insert(reference.into(), DeviceId::from(device));
        Ok(())
    }

    /// Prints what happens until the user interrupts, and acts on it.
    fn watch(
        &mut self,
        mut act: impl FnMut(&mut Terminal, &str, &Params) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.console.remark(self.elapsed(), "watching; Ctrl-C ends");
        while !self.interrupted.load(Ordering::Relaxed) {
            let Some(message) = self.client.next(Some(LOOK))? else { continue };
            match message {
                Message::Event(event) => {
                    self.show(&event);
                    act(self, &event.name, &event.params)?;
                }
                Message::Notice { name, params } => {
                    self.console.told(self.elapsed(), "", &name, &params);
                    act(self, &name, &params)?;
                    if name == "ApplicationSessionTerminated" {
                        return Err(terminated(&params));
                    }
                }
                Message::Lost { first, last, .. } => {
                    self.console.remark(self.elapsed(), &format!("events {first} to {last} are lost"));
                }
                Message::Restarted => self.console.remark(self.elapsed(), "another session has begun"),
            }
        }
        Ok(())
    }

    fn show(&self, event: &Event) {
        let at = self.elapsed();
        match &event.body {
            Some(body) => {
                let monitor_cross_ref_id = SmolStr::from(&event.monitor);
                let extensions = csta::EventExtensions::default();
                let event = csta::Event { monitor_cross_ref_id, body: body.clone(), extensions };
                self.console.notice(at, &Notice::Event(event), &self.monitors);
            }
            None => {
                let device =
                    self.monitors.get(event.monitor.as_str()).map(DeviceId::as_str).unwrap_or_default();
                self.console.told(at, device, &event.name, &event.params);
            }
        }
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

fn terminated(params: &Params) -> Error {
    let reason = params.get("sessionTermReason").and_then(Value::as_object);
    let reason = reason.and_then(|reason| reason.values().next()).and_then(Value::as_str);
    Error::Refused(Refusal {
        code: 0,
        message: "the server has ended the session".to_owned(),
        category: "session".to_owned(),
        value: reason.unwrap_or("terminated").to_owned(),
        reason: None,
    })
}
