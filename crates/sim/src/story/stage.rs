//! A stage: the world of a story, its cast, and what each application has learned.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use hookflash_node::{config, provision};
use hookflash_wire::csta::{
    self, ConnectionId, EventBody, EventKind, LocalConnectionState, Response, SnapshotDeviceData,
};
use smol_str::SmolStr;

use super::{
    Declaration, Deed, Name, Number, Sentence, Setting, Step,
    terms::{Key, Span},
};
use crate::{
    application::{
        Application, ApplicationSettings, Failure as RequestFailure, Habits, Notice, Refresh, RequestNumber,
        Transport, connection_of,
    },
    phone::{CannotPress, Phone, PhoneSettings},
    world::{Fault, PartyId, Pieces, World},
};

/// How long a sight may take to come true if the line does not say.
const USUAL_TIME: Duration = Duration::from_secs(1);

/// A story that did not go as it should.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {step}\n  {message}")]
pub struct Failure {
    /// The line of the story's text; 0 outside any.
    pub line: usize,
    /// The step that failed.
    pub step: String,
    /// What was seen instead.
    pub message: String,
    /// What happened until then, as a ladder.
    pub ladder: String,
}

/// The world of a story; see [`Story::run`](super::Story::run).
#[derive(Debug)]
pub struct Stage {
    world: World,
    cast: Vec<Name>,
    consoles: BTreeMap<PartyId, Console>,
    /// Where the transcript of the first step begins.
    curtain: usize,
}

/// What an application of a story has learned.
#[derive(Debug, Default)]
pub(super) struct Console {
    /// The numbers its monitors watch, and watched.
    watched: BTreeMap<SmolStr, SmolStr>,
    asked: BTreeMap<RequestNumber, SmolStr>,
    /// Events not looked at yet.
    pub(super) events: VecDeque<csta::Event>,
    /// Connections it knows of, with their states.
    calls: Vec<(ConnectionId, LocalConnectionState)>,
    pub(super) last_request: Option<RequestNumber>,
    pub(super) last_answer: Option<(RequestNumber, Result<Response, RequestFailure>)>,
    pub(super) refreshes: usize,
    complaints: Vec<String>,
}

type Outcome = Result<(), Box<Failure>>;

impl Stage {
    /// Builds the world of a setting, with everybody registered and logged in.
    ///
    /// # Errors
    /// The configuration cannot run, or somebody cannot register or log in.
    pub fn new(setting: &Setting, seed: u64) -> Result<Stage, Box<Failure>> {
        let text = setting.configuration.clone().unwrap_or_else(|| configuration(&setting.declarations));
        let loaded = config::load(&text);
        if !loaded.can_run() {
            let message = config::render_diagnostics("configuration", &text, &loaded.diagnostics);
            return Err(failed_setting(message));
        }
        let settings = provision(&loaded.settings, None).settings;
        let world = World::new(settings, seed).map_err(|error| failed_setting(error.to_string()))?;
        let mut stage = Stage { world, cast: Vec::new(), consoles: BTreeMap::new(), curtain: 0 };
        stage.introduce(&setting.declarations)?;
        stage.curtain = stage.world.transcript().map_or(0, |transcript| transcript.len());
        Ok(stage)
    }

    /// The world.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world, to look closer or to meddle with.
    pub fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// The party of this name.
    pub fn find(&self, name: &Name) -> Option<PartyId> {
        let index = self.cast.iter().position(|known| known == name)?;
        self.world.party_ids().nth(index)
    }

    /// What happened since the first step, as a ladder.
    pub fn ladder(&self) -> String {
        self.ladder_from(self.curtain)
    }

    /// What happened since the very beginning, registrations included, as a ladder.
    pub fn whole_ladder(&self) -> String {
        self.ladder_from(0)
    }

    fn ladder_from(&self, start: usize) -> String {
        let Some(transcript) = self.world.transcript() else { return String::new() };
        transcript.ladder(start..transcript.len(), &self.world.names()).to_string()
    }

    /// Does one step.
    ///
    /// # Errors
    /// It cannot be done, or is not seen in time.
    pub fn perform(&mut self, step: &Step) -> Outcome {
        if self.world.transcript().is_some() {
            self.world.note(&step.to_string());
        }
        let result = match &step.sentence {
            Sentence::Deed(deed) => self.act(deed),
            Sentence::Sight(sight) => {
                let limit = step.within.map_or(USUAL_TIME, |span| span.0);
                self.wait_for(limit, |stage| stage.look(sight))
            }
        };
        result.map_err(|message| self.failure(step, message))
    }

    /// Checks at the end of a story that nobody complained.
    ///
    /// # Errors
    /// The complaints.
    pub fn end(&mut self) -> Outcome {
        self.world.settle();
        self.listen();
        let complaints = self.complaints();
        if complaints.is_empty() {
            return Ok(());
        }
        let end = "the end, where nobody may have complained".to_owned();
        let message = complaints.join("\n  ");
        Err(Box::new(Failure { line: 0, step: end, message, ladder: self.ladder() }))
    }

    /// What phones and applications found wrong, with their names.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for (name, id) in self.cast.iter().zip(self.world.party_ids()) {
            let phone = self.world.phone(id).map(Phone::complaints).unwrap_or_default();
            complaints.extend(phone.iter().map(|complaint| format!("{name}: {complaint}")));
            let console = self.consoles.get(&id).map(|console| console.complaints.as_slice());
            complaints.extend(console.unwrap_or_default().iter().map(|text| format!("{name}: {text}")));
        }
        complaints
    }

    fn failure(&self, step: &Step, message: String) -> Box<Failure> {
        Box::new(Failure { line: step.line, step: step.to_string(), message, ladder: self.ladder() })
    }

    /// Lets time pass until `look` is content, but no longer than `limit`.
    fn wait_for(
        &mut self,
        limit: Duration,
        mut look: impl FnMut(&mut Stage) -> Result<(), String>,
    ) -> Result<(), String> {
        let deadline = self.world.now() + limit;
        loop {
            self.listen();
            let seen = look(self);
            if seen.is_ok() {
                return seen;
            }
            if self.world.next().is_none_or(|next| next > deadline) {
                self.world.run_until(deadline);
                return seen;
            }
            self.world.step();
        }
    }

    fn introduce(&mut self, declarations: &[Declaration]) -> Outcome {
        let mut numbers = Vec::new();
        for declaration in declarations {
            self.introduce_one(declaration, declarations, &mut numbers);
        }
        for id in self.world.party_ids() {
            self.world.with_phone(id, |phone, _| phone.plug_in());
        }
        self.world.settle();
        for (id, watched) in numbers {
            let console = self.consoles.entry(id).or_default();
            console.last_answer = None;
            self.world.with_application(id, |application, now| application.log_in(now));
            self.world.settle();
            for number in watched {
                self.watch(id, &number, &[]);
                self.world.settle();
                self.listen();
                self.check_watching(id, &number)?;
            }
        }
        self.world.settle();
        self.listen();
        Ok(())
    }

    fn check_watching(&self, id: PartyId, number: &str) -> Outcome {
        let answer = self.consoles.get(&id).and_then(|console| console.last_answer.as_ref());
        let (name, ladder) = (self.cast.get(id.index()), self.whole_ladder());
        let step = format!("{} watches {number}", name.map_or("", |name| &name.0));
        let message = match answer {
            Some((_, Ok(_))) => return Ok(()),
            Some((_, Err(error))) => format!("refused: {error}"),
            None => "no answer".to_owned(),
        };
        Err(Box::new(Failure { line: 0, step, message, ladder }))
    }

    fn introduce_one(
        &mut self,
        declaration: &Declaration,
        all: &[Declaration],
        numbers: &mut Vec<(PartyId, Vec<SmolStr>)>,
    ) {
        let index = self.cast.len();
        match declaration {
            Declaration::Phone { who, model, .. } | Declaration::DualLinePhone { who, model, .. } => {
                let settings = PhoneSettings::new(device_name(&mac(index)), model.0.device_type);
                self.world.add_phone(&who.0, settings);
                self.cast.push(who.clone());
            }
            Declaration::KnownPhone { who, model, mac } => {
                let settings = PhoneSettings::new(device_name(&mac.0), model.0.device_type);
                self.world.add_phone(&who.0, settings);
                self.cast.push(who.clone());
            }
            Declaration::Watcher { who, numbers: watched }
            | Declaration::DatagramWatcher { who, numbers: watched } => {
                let first = watched.0.first().cloned().unwrap_or_default();
                let mut settings = application_settings(who, &first, all);
                if matches!(declaration, Declaration::DatagramWatcher { .. }) {
                    settings.transport = Transport::Udp;
                }
                let id = self.world.add_application(&who.0, settings);
                self.consoles.insert(id, Console::default());
                self.cast.push(who.clone());
                numbers.push((id, watched.0.clone()));
            }
            Declaration::Application { who, number } => {
                let settings = application_settings(who, &number.0, all);
                let id = self.world.add_application(&who.0, settings);
                self.consoles.insert(id, Console::default());
                self.cast.push(who.clone());
            }
            _ => {}
        }
    }

    fn act(&mut self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Wait { span: Span(span) } => {
                self.world.run_for(*span);
                self.listen();
                return Ok(());
            }
            Deed::RestartNode => self.world.restart_node(false).map_err(|error| error.to_string())?,
            Deed::ShutDownNode => self.world.restart_node(true).map_err(|error| error.to_string())?,
            Deed::StepClock { span } => {
                self.world.step_clock(i64::try_from(span.0.as_millis()).unwrap_or(i64::MAX));
            }
            deed => match self.disturb(deed)? {
                true => {}
                false => self.act_as(deed)?,
            },
        }
        self.world.settle();
        self.listen();
        Ok(())
    }

    /// Deeds to the network of a party; false if it is none of them.
    fn disturb(&mut self, deed: &Deed) -> Result<bool, String> {
        let (who, fault) = match deed {
            Deed::SplitBytes { who } => (who, Fault::Pieces(Pieces::Bytes)),
            Deed::Split { who } => (who, Fault::Pieces(Pieces::Random)),
            Deed::Unsplit { who } => (who, Fault::Pieces(Pieces::Whole)),
            Deed::Delay { who, span } => (who, Fault::Delay(span.0)),
            Deed::Cut { who } => (who, Fault::Cut(true)),
            Deed::Join { who } => (who, Fault::Cut(false)),
            Deed::StopReading { who } => (who, Fault::StopsReading(true)),
            Deed::Read { who } => (who, Fault::StopsReading(false)),
            Deed::Reset { who } => (who, Fault::Reset),
            _ => return Ok(false),
        };
        let id = self.who(who)?;
        self.world.fault(id, fault);
        Ok(true)
    }

    fn act_as(&mut self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Dial { who, number } => self.press(who, |phone| phone.dial(&number.0)),
            Deed::DialAtOnce { who, number } => self.press(who, |phone| phone.dial_at_once(&number.0)),
            Deed::Type { who, digits } => {
                self.press(who, |phone| digits.0.chars().try_for_each(|digit| phone.press_digit(digit)))
            }
            Deed::BeginCall { who } => self.press(who, Phone::begin_call),
            Deed::Answer { who } => self.press(who, Phone::answer),
            Deed::HangUp { who } => self.press(who, Phone::hang_up),
            Deed::Reject { who } => self.press(who, Phone::reject),
            Deed::Hold { who } => self.press(who, Phone::hold),
            Deed::Resume { who } => self.press(who, Phone::resume),
            Deed::LiftHandset { who } => self.press(who, Phone::lift_handset),
            Deed::ReplaceHandset { who } => self.press(who, Phone::replace_handset),
            Deed::PressSpeaker { who } => self.press(who, Phone::press_speaker),
            Deed::PressLine { who, line } => self.press(who, |phone| phone.press_line(line.0)),
            Deed::PressSpeedDial { who, button } => self.press(who, |phone| phone.press_speed_dial(button.0)),
            Deed::PressKey { who, key: Key(key) } => self.press(who, |phone| {
                let screen = phone.screen();
                let call = screen.active().or(screen.ringing()).or(screen.held());
                let call = call.map(|call| (call.line, call.reference));
                phone.press_soft_key(*key, call)
            }),
            Deed::Unplug { who } => self.unplug(who),
            Deed::PlugIn { who } => {
                let id = self.who(who)?;
                self.world.fault(id, Fault::Cut(false));
                self.press(who, |phone| {
                    phone.plug_in();
                    Ok(())
                })
            }
            Deed::Restart { who } => self.press(who, |phone| {
                phone.unregister();
                Ok(())
            }),
            deed => self.ask(deed),
        }
    }

    fn ask(&mut self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::LogIn { who } => self.tell(who, Application::log_in),
            Deed::LogOut { who } => self.tell(who, Application::log_out),
            Deed::Refresh { who } => self.tell(who, Application::refresh),
            Deed::Watch { who, number } => {
                let id = self.console(who)?;
                self.watch(id, &number.0, &[]);
                Ok(())
            }
            Deed::WatchWithout { who, number, events } => {
                let unwanted: Vec<EventKind> = events.0.iter().map(|event| event.0).collect();
                let id = self.console(who)?;
                self.watch(id, &number.0, &unwanted);
                Ok(())
            }
            Deed::StopWatching { who, number } => {
                let monitor = self.monitor(who, number)?;
                self.request(who, |application, now| application.monitor_stop(now, monitor))
            }
            Deed::Snapshot { who, number } => {
                self.request(who, |application, now| application.snapshot_device(now, &*number.0))
            }
            Deed::Features { who } => self.request(who, Application::get_features),
            Deed::MakeCall { who, calling, called } => self
                .request(who, |application, now| application.make_call(now, &*calling.0, &*called.0, false)),
            Deed::PromptCall { who, calling, called } => self
                .request(who, |application, now| application.make_call(now, &*calling.0, &*called.0, true)),
            Deed::AnswerAt { who, number } => {
                let call = self.call(who, number, LocalConnectionState::Alerting)?;
                self.request(who, |application, now| application.answer_call(now, call))
            }
            Deed::HoldAt { who, number } => {
                let call = self.call(who, number, LocalConnectionState::Connected)?;
                self.request(who, |application, now| application.hold_call(now, call))
            }
            Deed::RetrieveAt { who, number } => {
                let call = self.call(who, number, LocalConnectionState::Hold)?;
                self.request(who, |application, now| application.retrieve_call(now, call))
            }
            Deed::ClearAt { who, number } => {
                let call = self.call(who, number, LocalConnectionState::Connected)?;
                self.request(who, |application, now| application.clear_connection(now, call))
            }
            other => Err(format!("nobody knows how to do this: {other}")),
        }
    }

    pub(super) fn who(&self, name: &Name) -> Result<PartyId, String> {
        self.find(name).ok_or_else(|| {
            let known: Vec<&str> = self.cast.iter().map(|name| name.0.as_str()).collect();
            format!("nobody is called {name}; there are {}", known.join(", "))
        })
    }

    fn press(
        &mut self,
        who: &Name,
        act: impl FnOnce(&mut Phone) -> Result<(), CannotPress>,
    ) -> Result<(), String> {
        let id = self.who(who)?;
        match self.world.with_phone(id, |phone, _| act(phone)) {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(format!("{error}; {}", self.picture(id))),
            None => Err(format!("{who} is no phone")),
        }
    }

    fn unplug(&mut self, who: &Name) -> Result<(), String> {
        let id = self.who(who)?;
        self.world.fault(id, Fault::Cut(true));
        self.press(who, |phone| {
            phone.unplug();
            Ok(())
        })
    }

    pub(super) fn console(&self, who: &Name) -> Result<PartyId, String> {
        let id = self.who(who)?;
        self.world.application(id).map(|_| id).ok_or_else(|| format!("{who} is no application"))
    }

    pub(super) fn console_of(&mut self, id: PartyId) -> &mut Console {
        self.consoles.entry(id).or_default()
    }

    fn tell(
        &mut self,
        who: &Name,
        act: impl FnOnce(&mut Application, hookflash_core::Instant),
    ) -> Result<(), String> {
        let id = self.console(who)?;
        self.world.with_application(id, act);
        Ok(())
    }

    fn request(
        &mut self,
        who: &Name,
        act: impl FnOnce(&mut Application, hookflash_core::Instant) -> RequestNumber,
    ) -> Result<(), String> {
        let id = self.console(who)?;
        let number = self.world.with_application(id, act);
        let console = self.console_of(id);
        console.last_request = number;
        console.last_answer = None;
        Ok(())
    }

    fn watch(&mut self, id: PartyId, number: &str, unwanted: &[EventKind]) {
        let request = self
            .world
            .with_application(id, |application, now| application.monitor_start(now, number, unwanted));
        let console = self.console_of(id);
        console.last_request = request;
        console.last_answer = None;
        if let Some(request) = request {
            console.asked.insert(request, number.into());
        }
    }

    fn monitor(&mut self, who: &Name, number: &Number) -> Result<SmolStr, String> {
        let id = self.console(who)?;
        let active = self.world.application(id).map(Application::monitors);
        let found = active.into_iter().flatten().find(|(_, device)| device.as_str() == number.0);
        found.map(|(monitor, _)| monitor.clone()).ok_or_else(|| format!("{who} does not watch {number}"))
    }

    /// The connection of a number in this state; with none known, the number alone, so that the node decides.
    fn call(
        &mut self,
        who: &Name,
        number: &Number,
        state: LocalConnectionState,
    ) -> Result<ConnectionId, String> {
        let id = self.console(who)?;
        let console = self.console_of(id);
        let at = |(id, _): &&(ConnectionId, LocalConnectionState)| is_at(id, &number.0);
        let exact = console.calls.iter().filter(at).find(|(_, known)| *known == state);
        let any = || console.calls.iter().rfind(at);
        let found = exact.or_else(any).map(|(id, _)| id.clone());
        Ok(found.unwrap_or(ConnectionId { call_id: None, device_id: Some(number.0.clone().into()) }))
    }

    /// Takes note of what the applications have learned.
    pub(super) fn listen(&mut self) {
        for (id, console) in &mut self.consoles {
            let take = |application: &mut Application, _| application.poll_notice();
            while let Some(Some(notice)) = self.world.with_application(*id, take) {
                console.learn(notice);
            }
        }
    }
}

impl Console {
    /// The number a monitor watches or watched.
    pub(super) fn watched(&self, monitor: &str) -> Option<&SmolStr> {
        self.watched.get(monitor)
    }

    pub(super) fn is_watching(&self, number: &str) -> bool {
        self.watched.values().any(|watched| watched == number)
    }

    fn learn(&mut self, notice: Notice) {
        match notice {
            Notice::Answer(number, answer) => {
                if let Ok(answer) = &answer {
                    self.learn_answer(number, answer);
                }
                self.last_answer = Some((number, answer));
            }
            Notice::Event(event) => {
                self.learn_event(&event.body);
                self.events.push_back(event);
            }
            Notice::Refreshed => self.refreshes += 1,
            Notice::Ended(_) => self.calls.clear(),
            Notice::Complaint(complaint) => self.complaints.push(complaint.to_string()),
            Notice::Opened(_) | Notice::Refused(_) | Notice::Request(_) => {}
        }
    }

    fn learn_answer(&mut self, number: RequestNumber, answer: &Response) {
        match answer {
            Response::MonitorStart(started) => {
                if let Some(watched) = self.asked.remove(&number) {
                    self.watched.insert(started.monitor_cross_ref_id.clone(), watched);
                }
            }
            Response::MakeCall(made) => {
                self.set_state(&made.calling_device, LocalConnectionState::Initiated);
            }
            Response::SnapshotDevice(snapshot) => {
                if let SnapshotDeviceData::Calls(calls) = &snapshot.snapshot {
                    for call in calls {
                        let known = self.calls.iter().any(|(id, _)| *id == call.connection_identifier);
                        if !known {
                            let state = LocalConnectionState::Connected;
                            self.set_state(&call.connection_identifier, state);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn learn_event(&mut self, event: &EventBody) {
        use LocalConnectionState as State;
        let Some(id) = connection_of(event) else { return };
        let state = match event {
            EventBody::ServiceInitiated(_) => State::Initiated,
            EventBody::Originated(_) | EventBody::Established(_) | EventBody::Retrieved(_) => {
                State::Connected
            }
            EventBody::Delivered(_) => State::Alerting,
            EventBody::Held(_) => State::Hold,
            EventBody::Failed(_) => State::Fail,
            EventBody::ConnectionCleared(_) => State::Null,
            _ => return,
        };
        self.set_state(id, state);
    }

    fn set_state(&mut self, id: &ConnectionId, state: LocalConnectionState) {
        self.calls.retain(|(known, _)| known != id);
        if state != LocalConnectionState::Null {
            self.calls.push((id.clone(), state));
        }
    }
}

fn is_at(id: &ConnectionId, number: &str) -> bool {
    let digits = id.device_id.as_ref().and_then(|device| device.number());
    digits.is_some_and(|device| device.digits == number)
}

fn failed_setting(message: String) -> Box<Failure> {
    Box::new(Failure { line: 0, step: "the setting".to_owned(), message, ladder: String::new() })
}

fn application_settings(who: &Name, number: &str, all: &[Declaration]) -> ApplicationSettings {
    let local = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
    let user = format!("{who}@example.com");
    let mut settings = ApplicationSettings::new(user, format!("{number}@10.0.0.1"), local);
    for declaration in all {
        match declaration {
            Declaration::Pidgin { who: name } if name == who => settings.habits = Habits::PIDGIN,
            Declaration::NoRefresh { who: name } if name == who => settings.refresh = Refresh::Never,
            Declaration::RefreshByUpdate { who: name } if name == who => settings.refresh = Refresh::Update,
            Declaration::SessionOf { who: name, span } if name == who => {
                settings.session_expires = Some(span.0);
            }
            _ => {}
        }
    }
    settings
}

/// The MAC address of the n-th party.
fn mac(index: usize) -> String {
    format!("0200.0000.{:04}", index + 1)
}

fn device_name(mac: &str) -> String {
    format!("SEP{}", mac.replace('.', "").to_ascii_uppercase())
}

/// The configuration that the declarations describe.
fn configuration(declarations: &[Declaration]) -> String {
    let mut voice = String::from("voice service voip\n no cti shutdown\n");
    let mut service = String::from("telephony-service\n max-ephones 100\n max-dn 200\n");
    service.push_str(" ip source-address 10.0.0.1 port 2000\n");
    let closed: BTreeSet<&SmolStr> = declarations
        .iter()
        .filter_map(|declaration| match declaration {
            Declaration::Closed { number } => Some(&number.0),
            _ => None,
        })
        .collect();
    let mut numbers: Vec<SmolStr> = Vec::new();
    let (mut lines, mut phones) = (String::new(), String::new());
    let mut index = 0;
    for declaration in declarations {
        let dual = matches!(declaration, Declaration::DualLinePhone { .. });
        match declaration {
            Declaration::TelephonyService { line } => service.push_str(&format!(" {line}\n")),
            Declaration::VoiceService { line } => voice.push_str(&format!(" {line}\n")),
            Declaration::Phone { who, model, lines: own }
            | Declaration::DualLinePhone { who, model, lines: own } => {
                let mut buttons = String::new();
                for (button, number) in (1..).zip(&own.0) {
                    let tag = tag_of(number, &mut numbers, &mut lines, who, dual, !closed.contains(number));
                    buttons.push_str(&format!(" {button}:{tag}"));
                }
                let (tag, mac) = (index + 1, mac(index));
                let phone = format!("ephone {tag}\n mac-address {mac}\n type {model}\n button{buttons}\n");
                phones.push_str(&phone);
            }
            _ => {}
        }
        index += usize::from(is_party(declaration));
    }
    format!("hostname story\n{voice}{service}{lines}{phones}")
}

/// The tag of a number, which becomes a new line unless another phone has it already.
fn tag_of(
    number: &SmolStr,
    numbers: &mut Vec<SmolStr>,
    lines: &mut String,
    who: &Name,
    dual: bool,
    open: bool,
) -> usize {
    if let Some(index) = numbers.iter().position(|known| known == number) {
        return index + 1;
    }
    numbers.push(number.clone());
    let (tag, mode) = (numbers.len(), if dual { " dual-line" } else { "" });
    let watch = if open { " cti watch\n" } else { "" };
    lines.push_str(&format!("ephone-dn {tag}{mode}\n number {number}\n name {who}\n{watch}"));
    tag
}

fn is_party(declaration: &Declaration) -> bool {
    matches!(
        declaration,
        Declaration::Phone { .. }
            | Declaration::DualLinePhone { .. }
            | Declaration::KnownPhone { .. }
            | Declaration::Watcher { .. }
            | Declaration::DatagramWatcher { .. }
            | Declaration::Application { .. }
    )
}
