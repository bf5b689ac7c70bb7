//! What an application of a story has learned: answers, events, and the calls it can name.

use std::collections::{BTreeMap, VecDeque};

use hookflash_wire::csta::{
    self, ConnectionId, EventBody, LocalConnectionState, Response, SnapshotDeviceData,
};
use smol_str::SmolStr;

use crate::application::{Failure, Merge, Notice, RequestNumber, connection_of};

/// What an application of a story has learned.
#[derive(Debug, Default)]
pub(super) struct Console {
    /// The numbers its monitors watch, and watched.
    watched: BTreeMap<SmolStr, SmolStr>,
    /// The numbers of monitors that were asked for.
    asked: BTreeMap<RequestNumber, SmolStr>,
    /// Events not looked at yet.
    pub(super) events: VecDeque<csta::Event>,
    /// Connections it knows of, with their states.
    calls: Vec<(ConnectionId, LocalConnectionState)>,
    pub(super) last_request: Option<RequestNumber>,
    pub(super) last_answer: Option<(RequestNumber, Result<Response, Failure>)>,
    pub(super) refreshes: usize,
    pub(super) complaints: Vec<String>,
}

impl Console {
    /// The number a monitor watches or watched.
    pub(super) fn watched(&self, monitor: &str) -> Option<&SmolStr> {
        self.watched.get(monitor)
    }

    pub(super) fn is_watching(&self, number: &str) -> bool {
        self.watched.values().any(|watched| watched == number)
    }

    /// Remembers that this request starts a monitor of a number.
    pub(super) fn asked_to_watch(&mut self, request: RequestNumber, number: &str) {
        self.asked.insert(request, number.into());
    }

    /// The connection of a number in this state, or else its last one.
    pub(super) fn call_at(&self, number: &str, state: LocalConnectionState) -> Option<ConnectionId> {
        let mut own = self.calls.iter().filter(|(id, _)| is_at(id, number));
        let exact = own.clone().find(|(_, known)| *known == state);
        exact.or_else(|| own.next_back()).map(|(id, _)| id.clone())
    }

    /// Takes note of something the application learned.
    pub(super) fn learn(&mut self, notice: Notice) {
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
            Response::ConsultationCall(made) => {
                self.set_state(&made.initiated_call, LocalConnectionState::Initiated);
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
        if let Some(merge) = Merge::of(event) {
            return self.learn_merge(&merge);
        }
        let Some(id) = connection_of(event) else { return };
        let state = match event {
            EventBody::ServiceInitiated(_) => State::Initiated,
            EventBody::Originated(_) | EventBody::Established(_) | EventBody::Retrieved(_) => {
                State::Connected
            }
            EventBody::Delivered(_) => State::Alerting,
            EventBody::Queued(_) => State::Queued,
            EventBody::Held(_) => State::Hold,
            EventBody::Failed(_) => State::Fail,
            EventBody::Diverted(diverted) => {
                if diverted.local_connection_info == Some(State::Null) {
                    self.calls.retain(|(known, _)| known.call_id != id.call_id);
                }
                State::Null
            }
            EventBody::ConnectionCleared(cleared) => {
                // Nothing more is told of a call that the watched device has left.
                if cleared.local_connection_info == Some(State::Null) {
                    self.calls.retain(|(known, _)| known.call_id != id.call_id);
                }
                State::Null
            }
            _ => return,
        };
        self.set_state(id, state);
    }

    /// Two calls are one: their connections have new names, and who joined them has one connection or none.
    fn learn_merge(&mut self, merge: &Merge<'_>) {
        self.calls.retain(|(known, _)| known != merge.primary && Some(known) != merge.secondary);
        for (old, new, device) in merge.connections() {
            let is_it = |id: &ConnectionId| {
                id.call_id.as_ref() == Some(old)
                    && id.device_id.as_ref().is_some_and(|id| id.as_str() == device)
            };
            if let Some((known, _)) = self.calls.iter_mut().find(|(known, _)| is_it(known)) {
                known.call_id = Some(new.clone());
            }
        }
        if merge.stays {
            self.set_state(merge.primary, LocalConnectionState::Connected);
        }
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
