//! A session over CSTA/TCP (ECMA-354) instead of a dialog: what is sent, and what arrives.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use hookflash_core::Instant;
use hookflash_wire::{
    csta::{
        self, ApplicationInfo, ApplicationSpecificInfo, Decoded, Encapsulation, EndReason, Framer,
        HookflashLogin, InvokeId, Message, ProtocolVersions, ResetApplicationSessionTimer, SessionLogin,
        SessionMessage, StartApplicationSession, StartError, StartErrorCode, StopApplicationSession,
        SystemStatusValue, TcpMessage, write_frame,
    },
    sip::StatusCode,
};
use smol_str::SmolStr;

use super::{
    ANSWER_TIMEOUT, Application, Complaint, End, Failure, Notice, Purpose, Session, Transport,
    receive::answer_to,
};

/// A connection of CSTA over TCP.
#[derive(Debug)]
pub(super) struct Stream {
    framer: Framer,
    output: VecDeque<Vec<u8>>,
    /// Requests that are not answered yet, and how long they wait.
    pending: BTreeMap<InvokeId, (Instant, Purpose)>,
    last_invoke: InvokeId,
    session_id: SmolStr,
}

impl Default for Stream {
    fn default() -> Stream {
        Stream {
            framer: Framer::default(),
            output: VecDeque::new(),
            pending: BTreeMap::new(),
            last_invoke: InvokeId::EVENT,
            session_id: SmolStr::default(),
        }
    }
}

impl Stream {
    /// The next frame to send.
    pub(super) fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.output.pop_front()
    }

    /// How many requests are not answered yet.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// What the requests are for that are not answered yet.
    pub(super) fn purposes(&self) -> impl Iterator<Item = &Purpose> {
        self.pending.values().map(|(_, purpose)| purpose)
    }

    /// When the next request has waited long enough.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.pending.values().map(|(deadline, _)| *deadline).min()
    }

    /// A request that has waited long enough.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Purpose> {
        let due = self.pending.iter().find(|(_, (deadline, _))| *deadline <= now).map(|(invoke, _)| *invoke);
        self.pending.remove(&due?).map(|(_, purpose)| purpose)
    }

    /// The session is over.
    pub(super) fn forget(&mut self) {
        self.pending.clear();
    }

    /// Sends a request in a frame.
    pub(super) fn request(&mut self, now: Instant, purpose: Purpose, body: &[u8]) {
        self.last_invoke = self.last_invoke.next();
        self.output.push_back(frame(self.last_invoke, body));
        self.pending.insert(self.last_invoke, (now + ANSWER_TIMEOUT, purpose));
    }
}

impl Application {
    /// Whether it speaks CSTA over TCP, without SIP.
    pub fn uses_frames(&self) -> bool {
        self.settings.transport == Transport::Csta
    }

    /// StartApplicationSession.
    pub(super) fn start_session(&mut self, now: Instant) {
        let login = self.settings.password.clone().map(|password| {
            let user_name = Some(self.settings.user.clone());
            SessionLogin::Hookflash(HookflashLogin {
                user_name,
                password: Some(password),
                token: None,
                heartbeat_interval: None,
                session_cleanup_delay: None,
                resume: None,
            })
        });
        let start = StartApplicationSession {
            application_info: ApplicationInfo {
                application_id: self.settings.user.clone(),
                application_specific_info: ApplicationSpecificInfo { login },
            },
            requested_protocol_versions: ProtocolVersions(vec![self.settings.edition.namespace().into()]),
            requested_session_duration: self.settings.session_expires.map(seconds),
        };
        self.send_session(now, Purpose::Open, &start.into());
    }

    /// StopApplicationSession.
    pub(super) fn stop_session(&mut self, now: Instant) {
        let stop = StopApplicationSession {
            session_id: self.stream.session_id.clone(),
            session_end_reason: EndReason::Normal.into(),
        };
        self.send_session(now, Purpose::Close, &stop.into());
    }

    /// ResetApplicationSessionTimer.
    pub(super) fn reset_session(&mut self, now: Instant) {
        let reset = ResetApplicationSessionTimer {
            session_id: self.stream.session_id.clone(),
            requested_session_duration: self.settings.session_expires.map_or(0, seconds),
        };
        self.send_session(now, Purpose::Refresh, &reset.into());
    }

    fn send_session(&mut self, now: Instant, purpose: Purpose, message: &SessionMessage) {
        let mut body = Vec::with_capacity(512);
        csta::encode_session(message, &mut body);
        self.stream.request(now, purpose, &body);
    }

    /// Any piece of the stream arrived.
    pub(super) fn stream_received(&mut self, now: Instant, mut bytes: &[u8]) {
        let mut framer = std::mem::take(&mut self.stream.framer);
        loop {
            match framer.next(&mut bytes) {
                Ok(Some(frame)) => self.frame(now, frame.invoke_id, frame.body),
                Ok(None) => break,
                Err(error) => {
                    self.complain(Complaint::Stream(error.to_string().into()));
                    break;
                }
            }
        }
        self.stream.framer = framer;
    }

    fn frame(&mut self, now: Instant, invoke: InvokeId, body: &[u8]) {
        match csta::decode_tcp(body) {
            Ok(TcpMessage::Session(message)) => self.session_message(now, invoke, message),
            Ok(TcpMessage::Csta(Decoded { edition, message })) => {
                if edition != self.settings.edition {
                    self.complain(Complaint::OtherEdition(message.root().into()));
                }
                self.csta_message(invoke, message);
            }
            Err(error) => self.complain(Complaint::Csta(error.to_string().into())),
        }
    }

    fn session_message(&mut self, now: Instant, invoke: InvokeId, message: SessionMessage) {
        if let SessionMessage::Terminated(over) = &message {
            if over.session_id != self.stream.session_id {
                self.complain(Complaint::Csta("another session is terminated".into()));
            }
            return self.end(End::ByServer);
        }
        let Some(purpose) = self.answered_request(invoke) else { return };
        match (purpose, message) {
            (Purpose::Open, SessionMessage::StartPosResponse(started)) => {
                self.session = Session::Open;
                self.stream.session_id = started.session_id;
                self.arm_reset(now, started.actual_session_duration);
                self.notices.push_back(Notice::Opened(SystemStatusValue::Normal));
            }
            (Purpose::Open, SessionMessage::StartNegResponse(refused)) => {
                self.session = Session::Closed;
                self.notices.push_back(Notice::Refused(status(&refused.error_code)));
            }
            (Purpose::Refresh, SessionMessage::ResetTimerPosResponse(reset)) => {
                self.arm_reset(now, Some(reset.actual_session_duration));
                self.notices.push_back(Notice::Refreshed);
            }
            (Purpose::Refresh, SessionMessage::ResetTimerNegResponse(_)) => self.end(End::Forgotten),
            (Purpose::Close, SessionMessage::StopPosResponse(_)) => self.end(End::ByApplication),
            (_, other) => self.complain(Complaint::StrayResponse(other.root().into())),
        }
    }

    fn csta_message(&mut self, invoke: InvokeId, message: Message) {
        let result = match message {
            Message::Event(event) if invoke == InvokeId::EVENT => return self.event(event),
            Message::Request(service) => {
                if let Some(answer) = answer_to(&service) {
                    let body = self.encode(Message::Response(answer));
                    self.stream.output.push_back(frame(invoke, &body));
                }
                return self.notices.push_back(Notice::Request(service));
            }
            Message::Response(answer) => Ok(answer),
            Message::Error(error) => Err(Failure::Csta(error)),
            other => return self.complain(Complaint::Csta(other.root().into())),
        };
        if let Some(purpose) = self.answered_request(invoke) {
            self.served(purpose, result);
        }
    }

    /// What the request was for that an answer belongs to.
    fn answered_request(&mut self, invoke: InvokeId) -> Option<Purpose> {
        let pending = self.stream.pending.remove(&invoke);
        if pending.is_none() && self.session != Session::Closed {
            self.complain(Complaint::StrayResponse(invoke.to_string().into()));
        }
        pending.map(|(_, purpose)| purpose)
    }

    /// A reset is due at half of the duration.
    fn arm_reset(&mut self, now: Instant, duration: Option<i64>) {
        let duration = duration.and_then(|duration| u64::try_from(duration).ok());
        self.refresh_at = duration.map(|duration| now + Duration::from_secs(duration) / 2);
    }
}

fn frame(invoke: InvokeId, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len() + 8);
    // An application sends no message that does not fit.
    let _ = write_frame(&mut bytes, Encapsulation::Plain, invoke, |out| out.extend_from_slice(body));
    bytes
}

fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

/// What SIP would have said.
fn status(error: &StartErrorCode) -> StatusCode {
    match error {
        StartErrorCode::Defined(StartError::ServerResourcesBusy | StartError::MaxNumberSessions) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        StartErrorCode::Defined(StartError::RequestedProtocolVersionNotSupported) => {
            StatusCode::NOT_ACCEPTABLE_HERE
        }
        StartErrorCode::Defined(StartError::InvalidApplicationInfo) => StatusCode::UNAUTHORIZED,
        StartErrorCode::Own(why) if why == "loginFailed" => StatusCode::UNAUTHORIZED,
        StartErrorCode::Own(_) => StatusCode::FORBIDDEN,
    }
}
