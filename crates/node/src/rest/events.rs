//! Server-sent events: `GET /api/v1/events`.
//!
//! ```text
//! id: 7.17                         the session, and the number of the event in it
//! event: DeliveredEvent
//! data: {"monitorCrossRefID":"1","seq":17,"connection":{...},...}
//! ```
//!
//! The events are those of all devices that the user may watch. A connection that says which event it has seen last
//! (`Last-Event-ID`, or the parameter `lastEventId`) gets those after it first, marked as sent again; what is not kept, and what an
//! earlier session had, is an event SystemStatus (messagesLost). Events are kept as for every session, within `journal maximum`.
//!
//! While events are sent again to a connection, new ones wait for their turn.

use std::time::Duration;

use hookflash_core::{Deadline, Instant, cti::SessionId};
use hookflash_provision::http::{Request, Response};
use hookflash_wire::csta::{self, Sequence};
use serde_json::{Map, Value};

use super::{Rest, problems::Problem};
use crate::{FetchId, Node, Outbox, Output, csta::resume, csta_json};

/// Connections of one session.
const MAX_STREAMS: usize = 32;

/// Events that are sent again at once, and the pause after them.
const AT_ONCE: u64 = 100;
const PAUSE: Duration = Duration::from_millis(5);

/// How the sessions of this module are carried, as it is kept over a restart.
pub(super) const REST_CARRIAGE: &str = "rest";

/// A connection that is sent events.
#[derive(Debug)]
pub(super) struct Stream {
    session: SessionId,
    /// The events that are sent again: the next one, and the last one that happened before.
    replay: Option<(u64, u64)>,
    /// Runs until some more are sent.
    pause: Option<Deadline>,
}

/// An event in the format of the stream.
fn written(id: &str, name: &str, data: &Map<String, Value>) -> Vec<u8> {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("id: {id}\nevent: {name}\ndata: {data}\n\n").into_bytes()
}

impl Rest {
    /// Sends an event to the connections of its session.
    pub(super) fn stream_event(
        &self,
        session: SessionId,
        place: Sequence,
        (name, params): (&str, &Map<String, Value>),
        out: &mut Outbox,
    ) {
        let live = self.streams.iter().filter(|(_, own)| own.session == session && own.replay.is_none());
        for (fetch, _) in live {
            let bytes = written(&format!("{session}.{}", place.number), name, params);
            out.push(Output::HttpPart { fetch: *fetch, bytes });
        }
    }

    /// A connection is closed.
    pub(crate) fn stream_closed(&mut self, fetch: FetchId) {
        if let Some(stream) = self.streams.remove(&fetch) {
            self.timers.stop(stream.pause);
        }
    }

    /// Closes the connections of a session.
    pub(super) fn close_streams(&mut self, session: SessionId, out: &mut Outbox) {
        let own = self.streams.extract_if(.., |_, stream| stream.session == session);
        let gone: Vec<(FetchId, Stream)> = own.collect();
        for (fetch, stream) in gone {
            self.timers.stop(stream.pause);
            out.push(Output::HttpEnd { fetch });
        }
    }
}

impl Node {
    /// Opens a stream of events.
    pub(super) fn open_stream(
        &mut self,
        fetch: FetchId,
        session: SessionId,
        request: &Request<'_>,
    ) -> Result<(), Problem> {
        if self.rest.streams.values().filter(|stream| stream.session == session).count() >= MAX_STREAMS {
            return Err(Problem::unavailable("the user has too many streams of events"));
        }
        self.watch_all(session);
        let fields = vec![
            ("Content-Type", "text/event-stream; charset=utf-8".to_owned()),
            ("Cache-Control", "no-store".to_owned()),
        ];
        let response = Response { status: 200, fields, body: b"retry: 1000\n\n".to_vec() };
        self.out.push(Output::HttpStream { fetch, response });
        let last = request.parameter("lastEventId").filter(|id| !id.is_empty());
        let highest = self.applications.session(session).map_or(0, |own| own.sequence());
        let replay = last.map(|last| self.first_to_send(session, &last, highest));
        self.rest.streams.insert(fetch, Stream { session, replay: None, pause: None });
        let Some(next) = replay else { return Ok(()) };
        match next {
            Some(next) => {
                if let Some(stream) = self.rest.streams.get_mut(&fetch) {
                    stream.replay = Some((next, highest));
                }
                self.send_again(fetch);
            }
            // Nothing of what it has seen is known here.
            None => self.stream_lost(fetch, session, 1, highest),
        }
        Ok(())
    }

    /// The first event that a connection has not seen; `None` if its identifier means nothing.
    fn first_to_send(&self, session: SessionId, last: &str, highest: u64) -> Option<u64> {
        let number = match last.trim().split_once('.') {
            Some((own, number)) if own == session.to_string() => number,
            Some(_) => return None,
            None => last.trim(),
        };
        let number: u64 = number.parse().ok()?;
        (number <= highest).then_some(number + 1)
    }

    /// Says that events are lost, with how the devices are now.
    fn stream_lost(&mut self, fetch: FetchId, session: SessionId, from: u64, to: u64) {
        for status in self.applications.messages_lost(session, from, to, &self.switch) {
            let mut document = Vec::new();
            let request = csta::Message::Request(status.into());
            csta::encode(csta::Edition::default(), &request, &mut document);
            if let Ok((name, members)) = csta::to_json(&document) {
                let bytes = written(&format!("{session}.{to}"), &name, &members);
                self.out.push(Output::HttpPart { fetch, bytes });
            }
        }
    }

    /// Sends some of the events that a connection has not seen.
    fn send_again(&mut self, fetch: FetchId) {
        let Some(stream) = self.rest.streams.get(&fetch) else { return };
        let (session, Some((mut next, last))) = (stream.session, stream.replay) else { return };
        let first = self.applications.session(session).and_then(|own| own.journal()).map(|own| own.first());
        if let Some(first) = first.filter(|first| *first > next) {
            self.stream_lost(fetch, session, next, first - 1);
            next = first;
        }
        for _ in 0..AT_ONCE {
            let journal = self.applications.session(session).and_then(|own| own.journal());
            let Some(document) = journal.and_then(|journal| journal.event(next)) else { break };
            let place = Sequence { replayed: next <= last, ..resume::sent_again(next) };
            if let Some((name, params)) = csta_json::event(place, document) {
                let bytes = written(&format!("{session}.{next}"), &name, &params);
                self.out.push(Output::HttpPart { fetch, bytes });
            }
            next += 1;
        }
        let done = self.applications.session(session).is_none_or(|own| next > own.sequence());
        let Some(stream) = self.rest.streams.get_mut(&fetch) else { return };
        stream.replay = (!done).then_some((next, last));
        stream.pause = (!done).then(|| self.rest.timers.start(self.now + PAUSE, fetch));
    }

    /// Does what is due.
    pub(crate) fn rest_timeout(&mut self) {
        while let Some(fetch) = self.rest.timers.pop_due(self.now) {
            self.send_again(fetch);
        }
        self.pump_webhooks();
    }

    /// When [`Node::rest_timeout`] has something to do next.
    pub(crate) fn rest_due(&self) -> Option<Instant> {
        [self.rest.timers.next(), self.rest.hooks.due()].into_iter().flatten().min()
    }

    /// Lets a session watch every device that its user may watch.
    pub(super) fn watch_all(&mut self, session: SessionId) {
        if self.applications.make_resumable_once(session) {
            self.applications.keep_session(session, REST_CARRIAGE.to_owned());
        }
        let cti = self.switch.cti();
        let monitors = cti.session(session).into_iter().flat_map(|own| own.monitors());
        let watched: std::collections::BTreeSet<_> =
            monitors.filter_map(|id| cti.monitor(id)?.device()).collect();
        let all = self.switch.lines().devices().map(|(id, device)| (id, device.number().clone()));
        let missing: Vec<_> = all
            .filter(|(id, _)| !watched.contains(id) && self.switch.may_use(session, *id).is_ok())
            .map(|(_, number)| number)
            .collect();
        for number in missing {
            let request = csta::MonitorStart {
                monitor_object: csta::MonitorObject::Device(number.into()),
                requested_monitor_filter: None,
                monitor_type: None,
            };
            let ticket = self.rest.next_ticket();
            let Node { now, applications, switch, .. } = self;
            // Nobody waits for the answer.
            let _ = applications.request(*now, session, ticket, Ok(request.into()), switch);
            self.settle();
        }
    }
}
