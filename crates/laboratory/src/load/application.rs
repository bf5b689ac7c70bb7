//! An application of a load test, over SIP or over WebSocket.

use std::net::SocketAddr;

use hookflash_core::Instant as PartyTime;
use hookflash_sim::{
    LinkOrder,
    application::{Application, Notice, RequestNumber},
};
use hookflash_wire::csta::Response;

use super::web::{Told, WebApplication};

/// Where an application connects, and how it speaks there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// XML in SIP.
    Sip(SocketAddr),
    /// JSON over WebSocket.
    Web(SocketAddr),
}

impl Door {
    /// The address.
    pub fn address(self) -> SocketAddr {
        match self {
            Door::Sip(address) | Door::Web(address) => address,
        }
    }
}

/// An application without its socket.
#[derive(Debug)]
pub enum Speaker {
    /// Over SIP.
    Sip(Box<Application>),
    /// Over WebSocket; with what its connection has to do next.
    Web(Box<WebApplication>, Option<LinkOrder>),
}

impl Speaker {
    /// Opens a session.
    pub fn log_in(&mut self, now: PartyTime) {
        match self {
            Speaker::Sip(application) => application.log_in(now),
            Speaker::Web(_, order) => *order = Some(LinkOrder::Connect),
        }
    }

    /// Starts a monitor on a number.
    pub fn monitor_start(&mut self, now: PartyTime, number: &str) -> RequestNumber {
        match self {
            Speaker::Sip(application) => application.monitor_start(now, number, &[]),
            Speaker::Web(application, _) => application.monitor_start(number),
        }
    }

    /// Lets a phone call another one at once.
    pub fn make_call(&mut self, now: PartyTime, caller: &str, called: &str) -> RequestNumber {
        match self {
            Speaker::Sip(application) => application.make_call(now, caller, called, false),
            Speaker::Web(application, _) => application.make_call(caller, called),
        }
    }

    /// The next thing that it learned.
    pub fn told(&mut self) -> Option<Told> {
        let application = match self {
            Speaker::Sip(application) => application,
            Speaker::Web(application, _) => return application.poll(),
        };
        loop {
            return Some(match application.poll_notice()? {
                Notice::Opened(_) => Told::Opened,
                Notice::Answer(request, Ok(Response::MonitorStart(started))) => {
                    Told::MonitorStarted(request, started.monitor_cross_ref_id)
                }
                Notice::Answer(request, answer) => {
                    Told::Answer(request, answer.map(drop).map_err(|failure| failure.to_string()))
                }
                Notice::Event(event) => {
                    let kind = event.body.kind();
                    Told::Event(event.monitor_cross_ref_id, kind)
                }
                Notice::Request(_) | Notice::Refreshed => continue,
                Notice::Refused(status) => Told::Complaint(format!("the session was refused: {status}")),
                Notice::Ended(end) => Told::Complaint(format!("session ended: {end:?}")),
                Notice::Complaint(complaint) => Told::Complaint(complaint.to_string()),
            });
        }
    }

    /// The connection is there.
    pub fn connected(&mut self, now: PartyTime) {
        match self {
            Speaker::Sip(application) => application.connected(now),
            Speaker::Web(application, _) => application.connected(),
        }
    }

    /// Bytes came.
    pub fn received(&mut self, now: PartyTime, bytes: &[u8]) {
        match self {
            Speaker::Sip(application) => application.received(now, bytes),
            Speaker::Web(application, _) => application.received(bytes),
        }
    }

    /// The connection is gone.
    pub fn closed(&mut self, now: PartyTime) {
        match self {
            Speaker::Sip(application) => application.closed(now),
            Speaker::Web(application, _) => application.closed(),
        }
    }

    /// Appends what is to be sent.
    pub fn take_output(&mut self, out: &mut Vec<u8>) {
        match self {
            Speaker::Sip(application) => {
                while let Some(message) = application.poll_output() {
                    out.extend_from_slice(&message);
                }
            }
            Speaker::Web(application, _) => out.append(application.output()),
        }
    }

    /// What its connection has to do.
    pub fn poll_order(&mut self) -> Option<LinkOrder> {
        match self {
            Speaker::Sip(application) => application.poll_order(),
            Speaker::Web(_, order) => order.take(),
        }
    }

    /// When it has something to do.
    pub fn poll_timeout(&self) -> Option<PartyTime> {
        match self {
            Speaker::Sip(application) => application.poll_timeout(),
            Speaker::Web(..) => None,
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: PartyTime) {
        match self {
            Speaker::Sip(application) => application.handle_timeout(now),
            Speaker::Web(..) => {}
        }
    }
}
