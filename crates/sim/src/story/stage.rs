//! A stage: the world of a story, its cast, and what each application has learned.

use std::{collections::BTreeMap, time::Duration};

use hookflash_core::Instant;
use hookflash_node::{InvalidSettings, config, provision};
use hookflash_wire::csta::{self, ConnectionId, EventKind, ForwardingType, LocalConnectionState, Response};
use smol_str::SmolStr;

use super::{
    Action, Declaration, Name, Number, Sentence, Setting, Step,
    console::Console,
    sip_users,
    terms::{Key, OnOff, Span, Switched},
};
use crate::{
    application::{Application, Failure as AnswerFailure, Notice, RequestNumber},
    phone::{CannotPress, Phone},
    sip_phone::SipPhone,
    world::{Fault, PartyId, Pieces, World},
};

/// Events kept for expectations while somebody takes every one anyway.
const MOST_EVENTS: usize = 1000;

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
    pub(super) world: World,
    /// Names by [`PartyId`].
    pub(super) cast: Vec<Name>,
    pub(super) consoles: BTreeMap<PartyId, Console>,
    /// Where the transcript of the first step begins.
    curtain: usize,
    /// Events since they were taken last, if somebody takes them.
    heard: Option<Vec<(PartyId, csta::Event)>>,
    /// Notices of the recording that were looked at.
    pub(super) notices_seen: usize,
}

pub(super) type Outcome = Result<(), Box<Failure>>;

impl Stage {
    /// Builds the world of a setting, with everybody registered and logged in.
    ///
    /// # Errors
    /// The configuration cannot run, or somebody cannot register or log in.
    pub fn new(setting: &Setting, seed: u64) -> Result<Stage, Box<Failure>> {
        let text = setting.configuration_text();
        let loaded = config::load(&text);
        if !loaded.can_run() {
            let message = config::render_diagnostics("configuration", &text, &loaded.diagnostics);
            return Err(failed_setting(message));
        }
        let recorded = setting.declarations.contains(&Declaration::Recorded);
        let world = world(loaded.settings, recorded, seed);
        let mut stage = Stage {
            world: world.map_err(|error| failed_setting(error.to_string()))?,
            cast: Vec::new(),
            consoles: BTreeMap::new(),
            curtain: 0,
            heard: None,
            notices_seen: 0,
        };
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

    /// The name of a party.
    pub fn name(&self, id: PartyId) -> Option<&Name> {
        self.cast.get(id.index())
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
            Sentence::Action(action) => self.act(action),
            Sentence::Expectation(expectation) => {
                self.wait_for(step.limit(), |stage| stage.look(expectation))
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
        let mut complaints = self.complaints();
        if !self.world.stray_media().is_empty() {
            // SIP phones are told a little later than others.
            self.world.run_for(Duration::from_secs(2));
        }
        complaints.extend(self.world.stray_media().into_iter().filter_map(|(id, to)| {
            Some(format!("{}: sends media to {to}, where nobody listens", self.name(id)?))
        }));
        if complaints.is_empty() {
            return Ok(());
        }
        let end = "the end, where nobody may have complained".to_owned();
        let message = complaints.join("\n  ");
        Err(Box::new(Failure { line: 0, step: end, message, ladder: self.ladder() }))
    }

    /// What phones and applications found wrong, with their names.
    pub fn complaints(&self) -> Vec<String> {
        let named = |(name, id)| self.complaints_of(id).map(move |text| format!("{name}: {text}"));
        self.cast.iter().zip(self.world.party_ids()).flat_map(named).collect()
    }

    /// What a party found wrong.
    pub(crate) fn complaints_of(&self, id: PartyId) -> impl Iterator<Item = String> + use<'_> {
        let phone = self.world.phone(id).map(Phone::complaints).unwrap_or_default();
        let console = self.consoles.get(&id).map(|console| console.complaints.as_slice());
        let sip_phone = self.world.sip_phone(id).map(SipPhone::complaints).unwrap_or_default();
        let phones = phone.iter().map(ToString::to_string).chain(sip_phone.iter().map(ToString::to_string));
        phones.chain(console.unwrap_or_default().iter().cloned())
    }

    pub(crate) fn failure(&self, step: &Step, message: String) -> Box<Failure> {
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

    fn act(&mut self, action: &Action) -> Result<(), String> {
        if let Action::Wait { span: Span(span) } = action {
            self.world.run_for(*span);
        } else {
            self.begin(action)?;
            self.world.settle();
        }
        self.listen();
        Ok(())
    }

    /// Does what does not take time: what follows from it is still under way afterwards.
    pub(crate) fn begin(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Wait { .. } => {}
            Action::RestartNode => self.world.restart_node(false).map_err(|error| error.to_string())?,
            Action::ShutDownNode => self.world.restart_node(true).map_err(|error| error.to_string())?,
            Action::StepClock { span } => self.world.step_clock(millis(*span)),
            Action::StepClockBack { span } => self.world.step_clock(-millis(*span)),
            Action::FillDisk => self.leave_room(Some(0))?,
            Action::FillDiskSoon { count } => self.leave_room(usize::try_from(count.0).ok())?,
            Action::EmptyDisk => self.leave_room(None)?,
            action => match self.disturb(action)? {
                true => {}
                false => self.act_as(action)?,
            },
        }
        Ok(())
    }

    fn leave_room(&mut self, room: Option<usize>) -> Result<(), String> {
        if !self.world.is_recorded() {
            return Err("the node does not record: say so before the first step".to_owned());
        }
        self.world.set_disk_room(room);
        Ok(())
    }

    /// Actions to the network of a party; false if it is none of them.
    fn disturb(&mut self, action: &Action) -> Result<bool, String> {
        let (who, fault) = match action {
            Action::SplitBytes { who } => (who, Fault::Pieces(Pieces::Bytes)),
            Action::Split { who } => (who, Fault::Pieces(Pieces::Random)),
            Action::Unsplit { who } => (who, Fault::Pieces(Pieces::Whole)),
            Action::Delay { who, span } => (who, Fault::Delay(span.0)),
            Action::Cut { who } => (who, Fault::Cut(true)),
            Action::Join { who } => (who, Fault::Cut(false)),
            Action::LoseNext { who } => (who, Fault::LosesNext),
            Action::StopReading { who } => (who, Fault::StopsReading(true)),
            Action::Read { who } => (who, Fault::StopsReading(false)),
            Action::Reset { who } => (who, Fault::Reset),
            _ => return Ok(false),
        };
        let id = self.who(who)?;
        self.world.fault(id, fault);
        Ok(true)
    }

    fn act_as(&mut self, action: &Action) -> Result<(), String> {
        if let Some(id) = action.phone().and_then(|who| self.sip_phone_named(who)) {
            let done = self.world.with_sip_phone(id, |phone, now| sip_users::act(phone, now, action));
            return done.unwrap_or(Ok(()));
        }
        match action {
            Action::Dial { who, number } => self.press(who, |phone| phone.dial(&number.0)),
            Action::DialAtOnce { who, number } => self.press(who, |phone| phone.dial_at_once(&number.0)),
            Action::Type { who, digits } => {
                self.press(who, |phone| digits.0.chars().try_for_each(|digit| phone.press_digit(digit)))
            }
            Action::BeginCall { who } => self.press(who, Phone::begin_call),
            Action::Answer { who } => self.press(who, Phone::answer),
            Action::HangUp { who } => self.press(who, Phone::hang_up),
            Action::Reject { who } => self.press(who, Phone::reject),
            Action::Hold { who } => self.press(who, Phone::hold),
            Action::Resume { who } => self.press(who, Phone::resume),
            Action::LiftHandset { who } => self.press(who, Phone::lift_handset),
            Action::ReplaceHandset { who } => self.press(who, Phone::replace_handset),
            Action::PressSpeaker { who } => self.press(who, Phone::press_speaker),
            Action::PressLine { who, line } => self.press(who, |phone| phone.press_line(line.0)),
            Action::PressSpeedDial { who, button } => {
                self.press(who, |phone| phone.press_speed_dial(button.0))
            }
            Action::PressKey { who, key: Key(key) } => self.press(who, |phone| phone.press_key(*key)),
            Action::ForwardAll { who, number } => self.press(who, |phone| phone.forward_all(&number.0)),
            Action::StopForwarding { who } => self.press(who, Phone::stop_forwarding),
            Action::TransferTo { who, number } => self.press(who, |phone| phone.transfer_to(&number.0)),
            Action::CompleteTransfer { who } => self.press(who, Phone::press_transfer),
            Action::TransferBlindlyTo { .. } => {
                Err("an SCCP phone transfers with its key: `transfers to`, `transfers`".to_owned())
            }
            Action::Park { who } => self.press(who, Phone::press_park),
            Action::ConferWith { who, number } => self.press(who, |phone| phone.confer_with(&number.0)),
            Action::CompleteConference { who } => self.press(who, Phone::press_conference),
            Action::Unplug { who } => self.unplug(who),
            Action::PlugIn { who } => {
                let id = self.who(who)?;
                self.world.fault(id, Fault::Cut(false));
                self.world.with_phone(id, |phone, _| phone.plug_in());
                self.world.with_sip_phone(id, SipPhone::plug_in);
                Ok(())
            }
            Action::Restart { who } => self.press(who, |phone| {
                phone.unregister();
                Ok(())
            }),
            action => self.ask(action),
        }
    }

    fn ask(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::LogIn { who } => self.tell(who, Application::log_in),
            Action::LogOut { who } => self.tell(who, Application::log_out),
            Action::Refresh { who } => self.tell(who, Application::refresh),
            Action::Watch { who, number } => {
                let id = self.console(who)?;
                self.watch(id, &number.0, &[]);
                Ok(())
            }
            Action::WatchWithout { who, number, events } => {
                let unwanted: Vec<EventKind> = events.0.iter().map(|event| event.0).collect();
                let id = self.console(who)?;
                self.watch(id, &number.0, &unwanted);
                Ok(())
            }
            Action::Filter { who, events, number } => {
                let monitor = self.monitor(who, number)?;
                let unwanted: Vec<EventKind> = events.0.iter().map(|event| event.0).collect();
                self.request(who, |application, now| {
                    application.change_monitor_filter(now, monitor, &unwanted)
                })
            }
            Action::StopWatching { who, number } => {
                let monitor = self.monitor(who, number)?;
                self.request(who, |application, now| application.monitor_stop(now, monitor))
            }
            Action::Snapshot { who, number } => {
                self.request(who, |application, now| application.snapshot_device(now, &*number.0))
            }
            Action::Features { who } => self.request(who, Application::get_features),
            Action::MakeCall { who, calling, called } => self
                .request(who, |application, now| application.make_call(now, &*calling.0, &*called.0, false)),
            Action::PromptCall { who, calling, called } => self
                .request(who, |application, now| application.make_call(now, &*calling.0, &*called.0, true)),
            Action::AnswerAt { who, number } => {
                let call = self.call(who, number, LocalConnectionState::Alerting)?;
                self.request(who, |application, now| application.answer_call(now, call))
            }
            Action::HoldAt { who, number } => {
                let call = self.call(who, number, LocalConnectionState::Connected)?;
                self.request(who, |application, now| application.hold_call(now, call))
            }
            Action::RetrieveAt { who, number } => {
                let call = self.call(who, number, LocalConnectionState::Hold)?;
                self.request(who, |application, now| application.retrieve_call(now, call))
            }
            Action::ClearAt { who, number } => {
                let call = self.call(who, number, LocalConnectionState::Connected)?;
                self.request(who, |application, now| application.clear_connection(now, call))
            }
            other => self.ask_about_two(other),
        }
    }

    /// What concerns a held and an active call, or a ringing call and another number.
    fn ask_about_two(&mut self, action: &Action) -> Result<(), String> {
        use LocalConnectionState::{Alerting, Connected, Hold};
        match action {
            Action::ConsultAt { who, to, number } => {
                let existing = self.call(who, number, Connected)?;
                self.request(who, |application, now| application.consultation_call(now, existing, &*to.0))
            }
            Action::TransferAt { who, number } => {
                let (held, active) = (self.call(who, number, Hold)?, self.call(who, number, Connected)?);
                self.request(who, |application, now| application.transfer_call(now, held, active))
            }
            Action::ConferAt { who, number } => {
                let (held, active) = (self.call(who, number, Hold)?, self.call(who, number, Connected)?);
                self.request(who, |application, now| application.conference_call(now, held, active))
            }
            Action::ParkAt { who, number } => {
                let parking = self.call(who, number, Connected)?;
                self.request(who, |application, now| application.park_call(now, parking))
            }
            Action::DeflectAt { who, number, to } => {
                let ringing = self.call(who, number, Alerting)?;
                self.request(who, |application, now| application.deflect_call(now, ringing, &*to.0))
            }
            Action::PickUpAt { who, number, to } => {
                let ringing = self.call(who, number, Alerting)?;
                self.request(who, |app, now| app.directed_pickup_call(now, ringing, &*to.0))
            }
            Action::GroupPickUpAt { who, number } => {
                self.request(who, |application, now| application.group_pickup_call(now, &*number.0))
            }
            other => self.ask_in_one_step(other),
        }
    }

    /// What takes one step, and what exchanges two calls.
    fn ask_in_one_step(&mut self, action: &Action) -> Result<(), String> {
        use LocalConnectionState::{Connected, Hold};
        match action {
            Action::DialViaOffice { who, calling, called, to } => self.request(who, |application, now| {
                application.dial_via_office(now, &*calling.0, &*called.0, &*to.0)
            }),
            Action::AlternateAt { who, number } => {
                let (held, active) = (self.call(who, number, Hold)?, self.call(who, number, Connected)?);
                self.request(who, |application, now| application.alternate_call(now, held, active))
            }
            Action::ReconnectAt { who, number } => {
                let (held, active) = (self.call(who, number, Hold)?, self.call(who, number, Connected)?);
                self.request(who, |application, now| application.reconnect_call(now, active, held))
            }
            Action::GiveAt { who, number, to } => {
                let own = self.call(who, number, Connected)?;
                self.request(who, |app, now| app.single_step_transfer_call(now, own, &*to.0))
            }
            Action::AddAt { who, to, number } => {
                let own = self.call(who, number, Connected)?;
                self.request(who, |app, now| app.single_step_conference_call(now, own, &*to.0))
            }
            Action::JoinAt { who, to, number } => {
                let own = self.call(who, number, Connected)?;
                self.request(who, |application, now| application.join_call(now, own, &*to.0))
            }
            Action::ClearCallAt { who, number } => {
                let own = self.call(who, number, Connected)?;
                self.request(who, |application, now| application.clear_call(now, own))
            }
            Action::SendDigits { who, digits, number } => {
                let own = self.call(who, number, Connected)?;
                self.request(who, |application, now| application.generate_digits(now, own, digits.0.clone()))
            }
            Action::CallBackAt { who, number } => {
                let own = self.call(who, number, Connected)?;
                self.request(who, |application, now| application.call_back(now, own))
            }
            Action::CancelCallBackAt { who, number } => {
                self.request(who, |application, now| application.cancel_call_back(now, &*number.0))
            }
            Action::DialAt { who, digits, number } => {
                let own = self.call(who, number, LocalConnectionState::Initiated)?;
                self.request(who, |application, now| application.dial_digits(now, own, &*digits.0))
            }
            Action::PressAt { who, text, number } => {
                self.request(who, |app, now| app.button_press(now, &*number.0, &*text.0))
            }
            Action::Microphone { who, number, on: OnOff(Switched(on)) } => {
                self.request(who, |app, now| app.set_microphone_mute(now, &*number.0, !*on))
            }
            Action::Disturb { who, number, on: OnOff(Switched(on)) } => {
                self.request(who, |application, now| application.set_do_not_disturb(now, &*number.0, *on))
            }
            Action::AutoAnswer { who, number, on: OnOff(Switched(on)) } => {
                self.request(who, |application, now| application.set_auto_answer(now, &*number.0, *on))
            }
            Action::Message { who, number, on: OnOff(Switched(on)) } => {
                self.request(who, |application, now| application.set_message_waiting(now, &*number.0, *on))
            }
            other => self.ask_about_forwarding(other),
        }
    }

    fn ask_about_forwarding(&mut self, action: &Action) -> Result<(), String> {
        use ForwardingType::{Busy, Immediate, NoAnswer};
        let (who, number, kind, to, after) = match action {
            Action::Forward { who, number, to } => (who, number, Immediate, Some(to), None),
            Action::ForwardBusy { who, number, to } => (who, number, Busy, Some(to), None),
            Action::ForwardNoAnswer { who, number, to, span } => {
                (who, number, NoAnswer, Some(to), Some(span.0))
            }
            Action::CancelForward { who, number } => (who, number, Immediate, None, None),
            Action::CancelForwardBusy { who, number } => (who, number, Busy, None, None),
            Action::CancelForwardNoAnswer { who, number } => (who, number, NoAnswer, None, None),
            Action::AskForwarding { who, number } => {
                return self.request(who, |application, now| application.get_forwarding(now, &*number.0));
            }
            other => return Err(format!("nobody knows how to do this: {other}")),
        };
        self.request(who, |application, now| match to {
            Some(to) => application.forward(now, &*number.0, kind, &*to.0, after),
            None => application.stop_forwarding(now, &*number.0, kind),
        })
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
        self.world.fault(id, Fault::Unplugged);
        self.world.with_phone(id, |phone, _| phone.unplug());
        self.world.with_sip_phone(id, |phone, _| phone.unplug());
        self.world.with_application(id, |application, now| application.closed(now));
        Ok(())
    }

    pub(super) fn console(&self, who: &Name) -> Result<PartyId, String> {
        let id = self.who(who)?;
        self.world.application(id).map(|_| id).ok_or_else(|| format!("{who} is no application"))
    }

    pub(super) fn console_of(&mut self, id: PartyId) -> &mut Console {
        self.consoles.entry(id).or_default()
    }

    fn tell(&mut self, who: &Name, act: impl FnOnce(&mut Application, Instant)) -> Result<(), String> {
        let id = self.console(who)?;
        self.world.with_application(id, act);
        Ok(())
    }

    fn request(
        &mut self,
        who: &Name,
        act: impl FnOnce(&mut Application, Instant) -> RequestNumber,
    ) -> Result<(), String> {
        let id = self.console(who)?;
        let number = self.world.with_application(id, act);
        let console = self.console_of(id);
        console.last_request = number;
        console.last_answer = None;
        Ok(())
    }

    pub(super) fn watch(&mut self, id: PartyId, number: &str, unwanted: &[EventKind]) {
        let request = self
            .world
            .with_application(id, |application, now| application.monitor_start(now, number, unwanted));
        let console = self.console_of(id);
        console.last_request = request;
        console.last_answer = None;
        if let Some(request) = request {
            console.asked_to_watch(request, number);
        }
    }

    /// The first monitor of a number.
    pub(crate) fn monitor(&self, who: &Name, number: &Number) -> Result<SmolStr, String> {
        let id = self.console(who)?;
        let active = self.world.application(id).map(Application::monitors);
        let found = active.into_iter().flatten().find(|(_, device)| device.as_str() == number.0);
        found.map(|(monitor, _)| monitor.clone()).ok_or_else(|| format!("{who} does not watch {number}"))
    }

    /// The connection of a number in this state; with none known, the number alone, so that the node decides.
    pub(crate) fn call(
        &mut self,
        who: &Name,
        number: &Number,
        state: LocalConnectionState,
    ) -> Result<ConnectionId, String> {
        let id = self.console(who)?;
        let found = self.console_of(id).call_at(&number.0, state);
        Ok(found.unwrap_or(ConnectionId { call_id: None, device_id: Some(number.0.clone().into()) }))
    }

    /// Takes note of what the applications have learned.
    pub(crate) fn listen(&mut self) {
        for (id, console) in &mut self.consoles {
            let take = |application: &mut Application, _| application.poll_notice();
            while let Some(Some(notice)) = self.world.with_application(*id, take) {
                if let (Some(heard), Notice::Event(event)) = (&mut self.heard, &notice) {
                    heard.push((*id, event.clone()));
                    if console.events.len() >= MOST_EVENTS {
                        console.events.pop_front();
                    }
                }
                console.learn(notice);
            }
        }
    }

    /// The events that applications were told since the last call of this; the first call begins to keep them.
    pub fn take_heard(&mut self) -> Vec<(PartyId, csta::Event)> {
        self.heard.replace(Vec::new()).unwrap_or_default()
    }

    /// The answer to an application's last request, if it has arrived.
    pub(crate) fn last_answer(&self, id: PartyId) -> Option<&Result<Response, AnswerFailure>> {
        let console = self.consoles.get(&id)?;
        let (number, answer) = console.last_answer.as_ref()?;
        (console.last_request == Some(*number)).then_some(answer)
    }
}

fn world(configuration: config::Settings, recorded: bool, seed: u64) -> Result<World, InvalidSettings> {
    match recorded {
        true => World::recorded(configuration, seed),
        false => World::new(provision(&configuration, None).settings, seed),
    }
}

fn millis(span: Span) -> i64 {
    i64::try_from(span.0.as_millis()).unwrap_or(i64::MAX)
}

/// A story that cannot even begin.
pub(super) fn failed_setting(message: String) -> Box<Failure> {
    Box::new(Failure { line: 0, step: "the setting".to_owned(), message, ladder: String::new() })
}
