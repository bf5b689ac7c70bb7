//! What arrives at an application: responses to its requests, and requests of the server.

use std::time::Duration;

use hookflash_core::Instant;
use hookflash_wire::{
    csta::{self, Event, EventBody, Message, Request, Response, SystemStatusResponse, SystemStatusValue},
    sip::{self, Framed, HeaderName, MessageBuilder, Method, Refresher, StatusCode},
};
use smol_str::SmolStr;

use super::{
    Application, Complaint, End, Failure, Notice, Pending, Purpose, REMEMBERED, Session, Transport, with_csta,
};

impl Application {
    /// Bytes arrived: a whole datagram over UDP, any piece of the stream over TCP.
    pub fn received(&mut self, now: Instant, mut bytes: &[u8]) {
        match self.settings.transport {
            Transport::Udp => return self.message(now, bytes),
            Transport::Csta => return self.stream_received(now, bytes),
            Transport::Tcp => {}
        }
        let mut framer = std::mem::take(&mut self.framer);
        loop {
            match framer.next(&mut bytes) {
                Ok(Some(Framed::Message(message))) => self.message(now, message),
                Ok(Some(Framed::Ping)) => self.output.push_back(b"\r\n".to_vec()),
                Ok(None) => break,
                Err(error) => {
                    self.complain(Complaint::Stream(error.to_string().into()));
                    break;
                }
            }
        }
        self.framer = framer;
    }

    fn message(&mut self, now: Instant, bytes: &[u8]) {
        match sip::Message::parse(bytes) {
            Ok(sip::Message::Response(response)) => self.response(now, &response),
            Ok(sip::Message::Request(request)) => self.server_request(&request),
            Err(error) => self.complain(Complaint::Sip(error.to_string().into())),
        }
    }

    fn response(&mut self, now: Instant, response: &sip::Response) {
        let headers = response.headers();
        let (Ok(cseq), Ok(call_id)) = (headers.cseq(), headers.call_id()) else {
            return self.complain(Complaint::Sip("response without CSeq or Call-ID".into()));
        };
        let ours = |pending: &Pending| pending.cseq == cseq.number && pending.method == cseq.method;
        let place = self.pending.iter().position(ours).filter(|_| call_id == self.dialog.call_id);
        let Some(place) = place else { return self.stray(response, &cseq) };
        if response.status.is_provisional() {
            if let Some(pending) = self.pending.get_mut(place) {
                pending.resend = None;
            }
            return;
        }
        let Some(pending) = self.pending.remove(place) else { return };
        if pending.method == Method::Invite {
            self.acknowledge(&pending, response);
        }
        match pending.purpose {
            Purpose::Open => self.opened(now, response),
            Purpose::Refresh => self.refreshed(now, response),
            Purpose::Close => self.end(End::ByApplication),
            purpose => {
                let result = self.result_of(response);
                self.answered(purpose, result);
                if response.status == StatusCode::CALL_DOES_NOT_EXIST {
                    self.end(End::Forgotten);
                }
            }
        }
    }

    /// A repeated success to INVITE wants its ACK again; anything else is odd, except repetitions over UDP.
    fn stray(&mut self, response: &sip::Response, cseq: &sip::CSeq) {
        match &self.ack {
            Some((number, ack)) if *number == cseq.number && cseq.method == Method::Invite => {
                self.output.push_back(ack.clone());
            }
            _ if self.settings.transport == Transport::Udp || self.session == Session::Closed => {}
            _ => {
                let what = format!("{} to {cseq}", response.status);
                self.complain(Complaint::StrayResponse(what.into()));
            }
        }
    }

    fn acknowledge(&mut self, invite: &Pending, response: &sip::Response) {
        let bytes = if response.status.is_success() {
            self.dialog.establish(response);
            let restarts = self.settings.habits.cseq_restarts && invite.purpose == Purpose::Refresh;
            if restarts {
                self.dialog.cseq = 1;
            }
            let number = if restarts { 1 } else { invite.cseq };
            self.dialog.request(&self.settings, &Method::Ack, number).finish()
        } else {
            self.dialog.refused(response);
            let (transaction, cseq) = (invite.transaction, invite.cseq);
            self.dialog.request_in(transaction, &self.settings, &Method::Ack, cseq).finish()
        };
        self.ack = Some((invite.cseq, bytes.clone()));
        self.output.push_back(bytes);
    }

    fn opened(&mut self, now: Instant, response: &sip::Response) {
        if !response.status.is_success() {
            self.session = Session::Closed;
            self.notices.push_back(Notice::Refused(response.status));
            return;
        }
        self.session = Session::Open;
        self.arm_refresh(now, response);
        match self.decode(response.body()) {
            Ok(Message::Response(Response::RequestSystemStatus(status))) => {
                self.notices.push_back(Notice::Opened(status.system_status));
            }
            other => {
                let got = other.map_or_else(|error| error.to_string(), |message| message.root().to_owned());
                self.complain(Complaint::Csta(got.into()));
                self.notices.push_back(Notice::Opened(SystemStatusValue::Disabled));
            }
        }
    }

    fn refreshed(&mut self, now: Instant, response: &sip::Response) {
        if response.status.is_success() {
            self.arm_refresh(now, response);
            self.notices.push_back(Notice::Refreshed);
        } else if response.status == StatusCode::CALL_DOES_NOT_EXIST {
            self.end(End::Forgotten);
        } else {
            let what = format!("refresh refused with {}", response.status);
            self.complain(Complaint::Sip(what.into()));
        }
    }

    /// A refresh is due at half of the interval (RFC 4028, 10), if it is ours to make.
    fn arm_refresh(&mut self, now: Instant, response: &sip::Response) {
        let expires = response.headers().session_expires().ok().flatten();
        let ours = expires.filter(|expires| expires.refresher != Some(Refresher::Uas));
        self.refresh_at = ours.map(|expires| now + Duration::from_secs(u64::from(expires.seconds)) / 2);
    }

    /// A service was answered.
    pub(super) fn answered(&mut self, purpose: Purpose, result: Result<Response, Failure>) {
        let number = match purpose {
            Purpose::Open | Purpose::Refresh | Purpose::Close => return,
            Purpose::Service(number)
            | Purpose::Monitor(number, _)
            | Purpose::StopMonitor(number, _)
            | Purpose::MakeCall(number, _) => number,
        };
        match (purpose, &result) {
            (Purpose::Monitor(_, device), Ok(Response::MonitorStart(started))) => {
                self.monitors.insert(started.monitor_cross_ref_id.clone(), device);
            }
            (Purpose::StopMonitor(_, monitor), Ok(_)) => drop(self.monitors.remove(&monitor)),
            (Purpose::MakeCall(_, device), Ok(answer)) => self.check_make_call(answer, &device),
            _ => {}
        }
        self.notices.push_back(Notice::Answer(number, result));
    }

    fn check_make_call(&mut self, answer: &Response, asked: &csta::DeviceId) {
        let Response::MakeCall(made) = answer else { return };
        let got = made.calling_device.device_id.clone().unwrap_or_default();
        if got != *asked {
            let (got, asked) = (got.as_str().into(), asked.as_str().into());
            self.complain(Complaint::OtherDevice { got, asked });
        }
        let call = made.calling_device.call_id.clone().unwrap_or_default();
        if self.early_calls.contains(&call) {
            self.complain(Complaint::EventBeforeResponse(call));
        }
        if !self.is_calling() {
            self.early_calls.clear();
        }
    }

    /// Whether a MakeCall waits for its response.
    fn is_calling(&self) -> bool {
        self.pending.iter().any(|pending| matches!(pending.purpose, Purpose::MakeCall(..)))
    }

    fn server_request(&mut self, request: &sip::Request) {
        if request.method == Method::Ack {
            return;
        }
        let known = request.headers().call_id().is_ok_and(|id| id == self.dialog.call_id);
        if !known || self.session == Session::Closed {
            return self.reply(request, StatusCode::CALL_DOES_NOT_EXIST, None);
        }
        if self.is_repeated(request) {
            return self.reply(request, StatusCode::OK, None);
        }
        match request.method {
            Method::Bye => {
                self.reply(request, StatusCode::OK, None);
                self.end(End::ByServer);
            }
            Method::Info => self.info(request),
            _ => self.reply(request, StatusCode::OK, None),
        }
    }

    fn is_repeated(&mut self, request: &sip::Request) -> bool {
        if self.settings.transport == Transport::Tcp {
            return false;
        }
        let Ok(cseq) = request.headers().cseq() else { return false };
        if self.server_cseqs.contains(&cseq.number) {
            return true;
        }
        if self.server_cseqs.len() == REMEMBERED {
            self.server_cseqs.pop_front();
        }
        self.server_cseqs.push_back(cseq.number);
        false
    }

    fn info(&mut self, request: &sip::Request) {
        match self.decode(request.body()) {
            Ok(Message::Event(event)) => {
                self.reply(request, StatusCode::OK, None);
                self.event(event);
            }
            Ok(Message::Request(service)) => {
                let answer = answer_to(&service).map(|answer| self.encode(Message::Response(answer)));
                self.reply(request, StatusCode::OK, answer.as_deref());
                if let Request::MonitorStop(stop) = &service {
                    self.monitors.remove(&stop.monitor_cross_ref_id);
                }
                self.notices.push_back(Notice::Request(service));
            }
            Ok(other) => {
                self.reply(request, StatusCode::BAD_REQUEST, None);
                self.complain(Complaint::Csta(other.root().into()));
            }
            Err(error) => {
                self.reply(request, StatusCode::BAD_REQUEST, None);
                self.complain(Complaint::Csta(error.to_string().into()));
            }
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        if !self.monitors.contains_key(&event.monitor_cross_ref_id) {
            self.complain(Complaint::UnknownMonitor(event.monitor_cross_ref_id.clone()));
        }
        if self.is_calling()
            && let Some(call) = call_of(&event.body)
            && !self.early_calls.contains(call)
        {
            self.early_calls.push(call.clone());
        }
        self.notices.push_back(Notice::Event(event));
    }

    /// The response or failure that a final response to INFO carries.
    fn result_of(&mut self, response: &sip::Response) -> Result<Response, Failure> {
        if !response.status.is_success() {
            return Err(Failure::Sip(response.status));
        }
        match self.decode(response.body()) {
            Ok(Message::Response(answer)) => Ok(answer),
            Ok(Message::Error(error)) => Err(Failure::Csta(error)),
            Ok(other) => Err(Failure::Undecodable(other.root().into())),
            Err(error) => Err(Failure::Undecodable(error.to_string().into())),
        }
    }

    /// The message in a body, which must be of the edition that this application writes.
    fn decode(&mut self, body: &[u8]) -> Result<Message, csta::DecodeError> {
        let decoded = csta::decode(body)?;
        if decoded.edition != self.settings.edition {
            self.complain(Complaint::OtherEdition(decoded.message.root().into()));
        }
        Ok(decoded.message)
    }

    fn reply(&mut self, request: &sip::Request, status: StatusCode, body: Option<&[u8]>) {
        if self.settings.habits.never_answers && request.method != Method::Bye {
            return;
        }
        let builder = MessageBuilder::reply(request, status, self.dialog.local_tag(), None);
        let bytes = match body {
            Some(body) => with_csta(builder, body),
            None => builder.header(HeaderName::USER_AGENT, "hookflash-sim").finish(),
        };
        self.output.push_back(bytes);
    }
}

pub(super) fn answer_to(request: &Request) -> Option<Response> {
    match request {
        Request::SystemStatus(_) => Some(SystemStatusResponse {}.into()),
        Request::MonitorStop(_) => Some(csta::MonitorStopResponse {}.into()),
        _ => None,
    }
}

/// The connection an event is about.
pub(crate) fn connection_of(body: &EventBody) -> Option<&csta::ConnectionId> {
    Some(match body {
        EventBody::ServiceInitiated(event) => &event.initiated_connection,
        EventBody::Originated(event) => &event.originated_connection,
        EventBody::Delivered(event) => &event.connection,
        EventBody::Diverted(event) => &event.connection,
        EventBody::Established(event) => &event.established_connection,
        EventBody::Held(event) => &event.held_connection,
        EventBody::Retrieved(event) => &event.retrieved_connection,
        EventBody::ConnectionCleared(event) => &event.dropped_connection,
        EventBody::Failed(event) => &event.failed_connection,
        _ => return None,
    })
}

fn call_of(body: &EventBody) -> Option<&SmolStr> {
    connection_of(body)?.call_id.as_ref()
}
