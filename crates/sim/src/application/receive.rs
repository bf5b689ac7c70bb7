//! What arrives at an application, above SIP: responses to its requests, and requests of the server.

use std::time::Duration;

use hookflash_core::Instant;
use hookflash_sip::Incoming;
use hookflash_wire::{
    csta::{
        self, Event, EventBody, EventCause, Message, Request, Response, SystemStatusResponse,
        SystemStatusValue,
    },
    sip::{self, Method, Refresher, StatusCode},
};
use smol_str::SmolStr;

use super::{Application, Complaint, End, Failure, Notice, Purpose, Session};

impl Application {
    /// A request has its final response.
    pub(super) fn answered(&mut self, now: Instant, purpose: Purpose, response: &sip::Response) {
        match purpose {
            Purpose::Open => self.opened(now, response),
            Purpose::Refresh => self.refreshed(now, response),
            Purpose::Close => self.end(End::ByApplication),
            purpose => {
                let result = self.result_of(response);
                self.served(purpose, result);
                if response.status == StatusCode::CALL_DOES_NOT_EXIST {
                    self.end(End::Forgotten);
                }
            }
        }
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
    pub(super) fn served(&mut self, purpose: Purpose, result: Result<Response, Failure>) {
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
            self.complain(Complaint::EventBeforeResponse(call.clone()));
        }
        self.made_calls.push(call);
        if !self.is_calling() {
            self.early_calls.clear();
            self.made_calls.clear();
        }
    }

    /// Whether a MakeCall waits for its response.
    fn is_calling(&self) -> bool {
        let mut pending = self.pending.values().chain(self.stream.purposes());
        pending.any(|purpose| matches!(purpose, Purpose::MakeCall(..)))
    }

    /// A request of the server in the session's dialog.
    pub(super) fn server_request(&mut self, now: Instant, incoming: Incoming) {
        if incoming.request().method == Method::Info {
            self.info(now, incoming);
        } else {
            self.reply(now, incoming, StatusCode::OK, None);
        }
    }

    fn info(&mut self, now: Instant, incoming: Incoming) {
        match self.decode(incoming.request().body()) {
            Ok(Message::Event(event)) => {
                self.reply(now, incoming, StatusCode::OK, None);
                self.event(event);
            }
            Ok(Message::Request(service)) => {
                let answer = answer_to(&service).map(|answer| self.encode(Message::Response(answer)));
                self.reply(now, incoming, StatusCode::OK, answer.as_deref());
                if let Request::MonitorStop(stop) = &service {
                    self.monitors.remove(&stop.monitor_cross_ref_id);
                }
                self.notices.push_back(Notice::Request(service));
            }
            Ok(other) => {
                self.reply(now, incoming, StatusCode::BAD_REQUEST, None);
                self.complain(Complaint::Csta(other.root().into()));
            }
            Err(error) => {
                self.reply(now, incoming, StatusCode::BAD_REQUEST, None);
                self.complain(Complaint::Csta(error.to_string().into()));
            }
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        if !self.monitors.contains_key(&event.monitor_cross_ref_id) {
            self.complain(Complaint::UnknownMonitor(event.monitor_cross_ref_id.clone()));
        }
        if let Some(call) = call_of(&event.body)
            && self.is_calling()
            && !is_begun_by_user(&event.body)
            && !self.early_calls.contains(call)
            && !self.made_calls.contains(call)
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
        EventBody::Queued(event) => &event.queued_connection,
        EventBody::Held(event) => &event.held_connection,
        EventBody::Retrieved(event) => &event.retrieved_connection,
        EventBody::ConnectionCleared(event) => &event.dropped_connection,
        EventBody::Failed(event) => &event.failed_connection,
        EventBody::DigitsDialed(event) => &event.dialing_connection,
        EventBody::DigitsGenerated(event) => &event.connection,
        _ => return None,
    })
}

/// Whether a user has begun the call, with which a MakeCall may go on.
fn is_begun_by_user(body: &EventBody) -> bool {
    matches!(body, EventBody::ServiceInitiated(event) if event.cause != EventCause::MakeCall)
}

fn call_of(body: &EventBody) -> Option<&SmolStr> {
    connection_of(body)?.call_id.as_ref()
}
