//! Requests and their answers; the session, and how it goes on.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{BuildHasher, Hasher},
    time::{Duration, Instant},
};

use hookflash_wire::csta::{AnswerCall, ClearConnection, ConnectionId, Request, Response};
use serde_json::{Value, json};

use crate::{
    Error, Message, Params, Refusal, Settings, message,
    socket::{Address, Socket},
    typed,
};

/// The pause before the first attempt to connect again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// An application with a session at a server; see the [crate].
pub struct Client {
    settings: Settings,
    address: Address,
    socket: Option<Socket>,
    session: Option<(String, String)>,
    last: u64,
    next_id: u64,
    /// Monitored devices and the cross references of their monitors.
    monitors: BTreeMap<String, String>,
    queue: VecDeque<Message>,
    /// The pause before the next attempt to connect.
    pause: Duration,
}

/// Why a request was not answered with a result.
enum Failure {
    Refused(Refusal),
    Broken(String),
}

impl From<tungstenite::Error> for Failure {
    fn from(error: tungstenite::Error) -> Failure {
        Failure::Broken(error.to_string())
    }
}

impl Client {
    /// Connects, and starts a session.
    ///
    /// # Errors
    /// The address is none, nobody is there, or the server refuses the session.
    pub fn connect(settings: Settings) -> Result<Client, Error> {
        let address = Address::parse(&settings.url)?;
        let mut client = Client {
            settings,
            address,
            socket: None,
            session: None,
            last: 0,
            next_id: 0,
            monitors: BTreeMap::new(),
            queue: VecDeque::new(),
            pause: FIRST_PAUSE,
        };
        client.open()?;
        Ok(client)
    }

    /// Asks for a service by its name in ECMA-323, or for one of this project (`DeviceOpen`, ...).
    ///
    /// # Errors
    /// The server refuses it, or the connection broke meanwhile.
    pub fn call(&mut self, method: &str, params: Params) -> Result<Params, Error> {
        let until = Instant::now() + self.settings.patience;
        while self.socket.is_none() {
            self.open_again(until)?;
            if Instant::now() >= until && self.socket.is_none() {
                return Err(Error::ConnectionLost(method.to_owned()));
            }
        }
        match self.ask(method, params) {
            Ok(result) => Ok(result),
            Err(Failure::Refused(refusal)) => Err(Error::Refused(refusal)),
            Err(Failure::Broken(why)) => {
                self.socket = None;
                Err(Error::ConnectionLost(format!("{method}: {why}")))
            }
        }
    }

    /// Asks for a service with its type.
    ///
    /// # Errors
    /// As [`Client::call`], and if the result is none of that service.
    pub fn request(&mut self, request: impl Into<Request>) -> Result<Response, Error> {
        let (method, params) = typed::request(request.into());
        let result = self.call(&method, params)?;
        typed::response(&method, &result).ok_or(Error::Result(method))
    }

    /// Watches a device from now on, also in a session that begins later; returns the cross reference of its events.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn monitor(&mut self, device: &str) -> Result<String, Error> {
        let result = self.call("MonitorStart", monitor_of(device))?;
        let reference = text(&result, "monitorCrossRefID");
        self.monitors.insert(device.to_owned(), reference.clone());
        Ok(reference)
    }

    /// Calls from a device, without a prompt; returns the connection of the calling device.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn make_call(&mut self, calling: &str, called: &str) -> Result<ConnectionId, Error> {
        use hookflash_wire::csta::{AutoOriginate, MakeCall};
        let auto_originate = Some(AutoOriginate::DoNotPrompt);
        match self.request(MakeCall { auto_originate, ..MakeCall::new(calling, called) })? {
            Response::MakeCall(made) => Ok(made.calling_device),
            _ => Err(Error::Result("MakeCall".to_owned())),
        }
    }

    /// Answers a call.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn answer(&mut self, connection: &ConnectionId) -> Result<(), Error> {
        let call_to_be_answered = connection.clone();
        let request = AnswerCall { call_to_be_answered, correlator_data: None, user_data: None };
        self.request(request).map(drop)
    }

    /// Ends a connection.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn hang_up(&mut self, connection: &ConnectionId) -> Result<(), Error> {
        let connection_to_be_cleared = connection.clone();
        let (correlator_data, user_data, reason) = (None, None, None);
        self.request(ClearConnection { connection_to_be_cleared, correlator_data, user_data, reason })
            .map(drop)
    }

    /// The next thing that the server tells; `None` if there is nothing within that time. Without a time it waits for ever.
    /// A connection that is broken is opened again.
    ///
    /// # Errors
    /// The server refuses the session: the user was deleted, or may not have one any more.
    pub fn next(&mut self, within: Option<Duration>) -> Result<Option<Message>, Error> {
        let until = within.map(|within| Instant::now() + within);
        loop {
            if let Some(message) = self.queue.pop_front() {
                return Ok(Some(message));
            }
            let beat = Instant::now() + self.settings.heartbeat / 2;
            let end = until.map_or(beat, |until| until.min(beat));
            match self.socket.is_some() {
                true => self.listen(end),
                false => self.open_again(end)?,
            }
            if self.queue.is_empty() && until.is_some_and(|until| Instant::now() >= until) {
                return Ok(None);
            }
        }
    }

    /// The session: its identifier, and the token that proves it, for REST (`Authorization: Bearer`) and audio.
    pub fn session(&self) -> Option<(&str, &str)> {
        self.session.as_ref().map(|(session, token)| (session.as_str(), token.as_str()))
    }

    /// Stops the session and closes the connection. A client that is dropped leaves its session to its timer.
    pub fn close(mut self) {
        if self.socket.is_some() {
            let _ = self.ask("StopApplicationSession", Params::new());
        }
        self.socket.into_iter().for_each(Socket::close);
    }

    /// Takes what comes until then; a heartbeat if nothing comes.
    fn listen(&mut self, until: Instant) {
        let Some(socket) = &mut self.socket else { return };
        let heard = socket.receive(until.saturating_duration_since(Instant::now()));
        let sent = match heard {
            Ok(Some(text)) => {
                self.take(&text);
                Ok(())
            }
            Ok(None) => socket.send(json!({"jsonrpc": "2.0", "method": "RequestSystemStatus"}).to_string()),
            Err(error) => Err(error),
        };
        if sent.is_err() {
            self.socket = None;
        }
    }

    /// A message that is no answer.
    fn take(&mut self, text: &str) {
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else { return };
        let Some(Value::String(name)) = message.remove("method") else { return };
        let params = match message.remove("params") {
            Some(Value::Object(params)) => params,
            _ => Params::new(),
        };
        if let Some((message, last)) = message::read(&name, params, self.last) {
            self.last = last;
            self.queue.push_back(message);
        }
    }

    fn ask(&mut self, method: &str, params: Params) -> Result<Params, Failure> {
        self.next_id += 1;
        let id = self.next_id;
        let Some(socket) = &mut self.socket else { return Err(Failure::Broken("not connected".to_owned())) };
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        socket.send(request.to_string())?;
        let until = Instant::now() + self.settings.patience;
        loop {
            let Some(socket) = &mut self.socket else {
                return Err(Failure::Broken("not connected".to_owned()));
            };
            let left = until.saturating_duration_since(Instant::now());
            let text = if left.is_zero() { None } else { socket.receive(left)? };
            let Some(text) = text else { return Err(Failure::Broken("no answer".to_owned())) };
            match answer(&text, id) {
                Some(answer) => return answer,
                None => self.take(&text),
            }
        }
    }

    /// Connects, and goes on with the session or starts one.
    fn open(&mut self) -> Result<(), Error> {
        self.socket = Some(Socket::connect(&self.address, self.settings.trace)?);
        let started = match self.start() {
            Ok(()) => Ok(()),
            Err(Failure::Refused(refusal)) => Err(Error::Refused(refusal)),
            Err(Failure::Broken(why)) => Err(Error::Unreachable(self.settings.url.clone(), why)),
        };
        match started {
            Ok(()) => self.pause = FIRST_PAUSE,
            Err(_) => self.socket = None,
        }
        started
    }

    fn start(&mut self) -> Result<(), Failure> {
        if let Some((session, token)) = &self.session {
            let resume = json!({"sessionID": session, "token": token, "lastSequence": self.last});
            let mut login = self.login();
            login.insert("resume".to_owned(), resume);
            match self.ask("StartApplicationSession", login) {
                Ok(result) => {
                    self.session = Some((text(&result, "sessionID"), text(&result, "token")));
                    return Ok(());
                }
                Err(Failure::Refused(refusal)) if refusal.value == "invalidSession" => {}
                Err(other) => return Err(other),
            }
        }
        self.start_anew()
    }

    fn start_anew(&mut self) -> Result<(), Failure> {
        let again = self.session.take().is_some();
        self.last = 0;
        let result = self.ask("StartApplicationSession", self.login())?;
        let session = (text(&result, "sessionID"), text(&result, "token"));
        if again {
            self.queue.push_back(Message::Restarted);
            for device in self.monitors.keys().cloned().collect::<Vec<_>>() {
                // A device that is gone, or may not be watched any more, is watched no more.
                match self.ask("MonitorStart", monitor_of(&device)) {
                    Ok(result) => drop(self.monitors.insert(device, text(&result, "monitorCrossRefID"))),
                    Err(Failure::Refused(_)) => drop(self.monitors.remove(&device)),
                    Err(broken) => return Err(broken),
                }
            }
        }
        self.session = Some(session);
        Ok(())
    }

    fn login(&self) -> Params {
        let mut login = Params::new();
        login.insert("applicationID".to_owned(), self.settings.application.as_str().into());
        login.insert("heartbeatInterval".to_owned(), self.settings.heartbeat.as_secs().into());
        if let Some((user, password)) = &self.settings.login {
            login.insert("userName".to_owned(), user.as_str().into());
            login.insert("password".to_owned(), password.as_str().into());
        }
        login
    }

    /// One attempt to connect again, after a pause that ends then at the latest.
    fn open_again(&mut self, until: Instant) -> Result<(), Error> {
        let pause = self.pause / 2 + (self.pause / 2).mul_f64(chance());
        let left = until.saturating_duration_since(Instant::now());
        std::thread::sleep(pause.min(left));
        if pause > left {
            return Ok(());
        }
        self.pause = (self.pause * 2).min(self.settings.longest_pause);
        match self.open() {
            Err(Error::Unreachable(..)) | Ok(()) => Ok(()),
            Err(refused) => Err(refused),
        }
    }
}

/// The answer in a message, if it is the one to this request.
fn answer(text: &str, id: u64) -> Option<Result<Params, Failure>> {
    let message: Value = serde_json::from_str(text).ok()?;
    if message["id"].as_u64() != Some(id) || message.get("method").is_some() {
        return None;
    }
    Some(match (message.get("error"), message.get("result")) {
        (Some(error), _) => Err(Failure::Refused(Refusal::of(error))),
        (None, Some(Value::Object(result))) => Ok(result.clone()),
        _ => Ok(Params::new()),
    })
}

fn monitor_of(device: &str) -> Params {
    Params::from_iter([("monitorObject".to_owned(), json!({"deviceObject": device}))])
}

fn text(members: &Params, name: &str) -> String {
    members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A number from 0 to 1 that differs from application to application, so that they do not all come back at once.
fn chance() -> f64 {
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    f64::from((random >> 32) as u32) / f64::from(u32::MAX)
}
