//! A small REST interface for web services: calls and devices under `/api/v1`, and what monitoring asks for.
//!
//! | path | methods | what |
//! | --- | --- | --- |
//! | `/api/v1/devices`, `/api/v1/devices/{number}` | GET | the devices that the user may control; one with its connections |
//! | `/api/v1/calls` | GET, POST | the calls at these devices; MakeCall |
//! | `/api/v1/calls/{callID}`, `/api/v1/calls/{callID}/clear` | GET, POST | one call; ClearCall |
//! | `/api/v1/calls/{callID}/connections/{device}/{action}` | POST | the service of the action |
//! | `/api/v1/devices/{number}/{setting}` | GET, PUT | forwarding, do not disturb, ... |
//! | `/api/v1/messages/{name}` | DELETE | DeleteMessage |
//! | `/api/v1/services/{service}` | POST | any service that one request can ask for, by its name |
//! | `/api/v1/events` | GET | server-sent events of all devices that the user may watch: `events` |
//! | `/api/v1/webhooks`... | GET, POST, DELETE | receivers to which these events are posted: `webhooks` |
//! | `/openapi.json`, `/asyncapi.json`, `/healthz`, `/readyz`, `/metrics` | GET | without a login |
//!
//! Requests become services of CSTA with the same names and checks as everywhere: `routes` reads paths, `resources` shows
//! what there is, `problems` says why not (RFC 9457).
//!
//! # Sessions
//!
//! Each user has one session, named `rest`, which begins with his first request. It watches every device that he may watch once he
//! asks for events or has a webhook. It ends when CTI is shut down, when he may not use CTI any more, or when an operator clears
//! it. Without users there is one session for all.
//!
//! A request that changes something may have an `Idempotency-Key`: `once`.
//!
//! # Limits
//!
//! One session for each configured user. The requests that wait for the switch are those of the HTTP connections of the
//! driver, and at most as many as a session may have.

mod description;
mod events;
mod once;
mod problems;
mod resources;
mod routes;
#[cfg(test)]
mod tests;
mod webhooks;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
};

use hookflash_core::{Instant, Timers, cti::SessionId};
use hookflash_provision::http::{Request, Response};
use hookflash_wire::csta::{self, Edition, Sequence};
use serde_json::{Map, Value};
use smol_str::SmolStr;
use tracing::warn;

use crate::{
    Carriage, FetchId, Node, Outbox, Output, WallClock,
    csta::{Applications, Content, Delivery, DeliveryKind, Identity, Ticket},
    csta_json,
    users::LoginRefusal,
    verdicts::{Proof, Waiter},
};
use once::Begun;
use problems::{Problem, json_response};
use routes::Route;
pub(crate) use routes::is_for;

/// The name of the sessions.
const APPLICATION: &str = "rest";

/// The largest body, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// The sessions of users, and requests that the switch works on.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    /// By user, with who asked last; the empty name is for all when there are no users.
    sessions: BTreeMap<SmolStr, (SessionId, SocketAddr)>,
    waiting: BTreeMap<(SessionId, Ticket), Waiting>,
    last_ticket: u32,
    /// Connections that are sent events.
    streams: BTreeMap<FetchId, events::Stream>,
    /// When more events can be sent again.
    timers: Timers<FetchId>,
    hooks: webhooks::Webhooks,
    /// Requests with an `Idempotency-Key`.
    once: once::Once,
    /// Requests so far.
    requests: u64,
}

/// A request that waits for the response to its service.
#[derive(Debug)]
struct Waiting {
    fetch: FetchId,
    status: u16,
    /// Its place among those with an `Idempotency-Key`.
    once: Option<u64>,
}

impl Rest {
    /// Whether a session is one of these.
    pub(crate) fn carries(&self, session: SessionId) -> bool {
        self.sessions.values().any(|(own, _)| *own == session)
    }

    /// How a session is carried, if it is one of these.
    pub(crate) fn carriage(&self, session: SessionId) -> Option<Carriage> {
        let (_, peer) = self.sessions.values().find(|(own, _)| *own == session)?;
        Some(Carriage { transport: "REST", peer: Some(*peer), reachable: true, expires_in: None })
    }

    /// Answers the request that waits for this message, or passes an event on. What the server asks is not passed on.
    pub(crate) fn deliver(
        &mut self,
        delivery: Delivery<'_>,
        now: Instant,
        clock: &WallClock,
        out: &mut Outbox,
    ) {
        let ticket = match delivery.kind {
            DeliveryKind::Response(ticket) => ticket,
            DeliveryKind::Event(place) => return self.event(delivery, place, now, clock, out),
            DeliveryKind::Request(_) | DeliveryKind::OneWay(_) => return,
        };
        let Some(Waiting { fetch, status, once }) = self.waiting.remove(&(delivery.session, ticket)) else {
            return;
        };
        let response = answer(status, delivery.body, None);
        self.once.answered(once, &response);
        out.push(Output::HttpResponse { fetch, response });
    }

    fn event(
        &mut self,
        delivery: Delivery<'_>,
        place: Sequence,
        now: Instant,
        clock: &WallClock,
        out: &mut Outbox,
    ) {
        let owner = self.sessions.iter().find(|(_, (own, _))| *own == delivery.session);
        let Some(owner) = owner.map(|(owner, _)| owner.clone()) else { return };
        let hooked = self.hooks.has(&owner);
        if !hooked && self.streams.is_empty() {
            return;
        }
        let Some((name, params)) = csta_json::event(place, delivery.body) else { return };
        self.stream_event(delivery.session, place, (&name, &params), out);
        if hooked {
            self.hooks.queue(now, clock, &owner, (&name, &params));
        }
    }

    fn next_ticket(&mut self) -> Ticket {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        Ticket(self.last_ticket)
    }

    /// Gives up a session, and the requests that wait for it.
    fn forget(&mut self, session: SessionId, out: &mut Outbox) {
        self.sessions.retain(|_, (own, _)| *own != session);
        self.close_streams(session, out);
        self.once.session_ended(session);
        let lost = self.waiting.extract_if(.., |(own, _), _| *own == session);
        for (_, waiting) in lost {
            let response = Problem::unavailable("the session has ended").response();
            out.push(Output::HttpResponse { fetch: waiting.fetch, response });
        }
    }
}

/// The response for a CSTA document: its members, or the problem that it reports; `fault` is what is wrong with the request.
fn answer(status: u16, document: &[u8], fault: Option<&str>) -> Response {
    if let Ok(csta::Decoded { message: csta::Message::Error(error), .. }) = csta::decode(document) {
        let problem = match fault {
            Some(why) => Problem::of_request(&error, why),
            None => Problem::of_error(&error),
        };
        return problem.response();
    }
    let members = csta::to_json(document).map(|(_, members)| members).unwrap_or_default();
    json_response(status, &Value::Object(members))
}

/// The response to a request whose body has more than `most` bytes, so that nobody has read it.
pub fn too_large(path: &str, most: usize) -> Response {
    match is_for(path) {
        true => Problem::too_large(MAX_BODY.min(most)).response(),
        false => {
            let fields = vec![("Content-Type", "text/plain; charset=utf-8".to_owned())];
            Response { status: 413, fields, body: b"The request is too large\n".to_vec() }
        }
    }
}

impl Node {
    /// Answers a request under one of the paths of this module.
    pub(crate) fn rest(&mut self, fetch: FetchId, peer: SocketAddr, request: &Request<'_>) {
        if routes::needs_login(request.path()) && self.has_web_doors(request) {
            match self.proof(peer, request, |own| Waiter::Rest(fetch, peer, own)) {
                Proof::Known => {}
                Proof::Waits => return,
                Proof::Busy => {
                    let response = Problem::busy().response().field("Retry-After", "1");
                    return self.out.push(Output::HttpResponse { fetch, response });
                }
            }
        }
        self.rest.requests += 1;
        let response = match routes::route(request) {
            _ if !self.has_web_doors(request) => Ok(Some(Response::not_found())),
            Ok(Route::Public(page)) => Ok(Some(self.public_page(page))),
            Ok(route) => self.in_session(fetch, peer, request, &route),
            Err(problem) => Err(problem),
        };
        let response = response.unwrap_or_else(|problem| Some(problem.response()));
        if let Some(response) = response {
            self.out.push(Output::HttpResponse { fetch, response });
        }
    }

    /// The response to a request of a user; `None` if the switch works on it.
    fn in_session(
        &mut self,
        fetch: FetchId,
        peer: SocketAddr,
        request: &Request<'_>,
        route: &Route<'_>,
    ) -> Result<Option<Response>, Problem> {
        let https = self.settings.configuration.cti_manager.as_ref().and_then(|manager| manager.https_port);
        let refused = |refusal| Problem::of_login(refusal, https);
        let login = self.web_login(peer, request).map_err(refused)?;
        let user = login.map(|login| login.name).filter(|_| !self.csta_tcp.users().is_empty());
        if user.is_none() && !self.csta_tcp.users().is_empty() {
            return Err(refused(LoginRefusal::LoginFailed));
        }
        let owner = user.clone().unwrap_or_default();
        let session = self.rest_session(peer, user)?;
        match route {
            Route::Events => self.open_stream(fetch, session, request).map(|()| None),
            Route::Webhook(asked) => self.webhook(&owner, *asked, request).map(Some),
            Route::Devices => Ok(Some(json_response(200, &self.open_devices(session)))),
            Route::Device(number) => {
                self.open_device(session, number).map(|device| Some(json_response(200, &device)))
            }
            Route::Calls => Ok(Some(json_response(200, &self.open_calls(session)))),
            Route::Call(call) => self.open_call(session, call).map(|call| Some(json_response(200, &call))),
            Route::Service { service, status, params } => {
                let once = match self.rest.once.begin(self.now, session, request) {
                    Begun::Answered(response) => return Ok(Some(response)),
                    Begun::Waits => return Err(Problem::in_progress()),
                    Begun::Other => return Err(Problem::other_request()),
                    Begun::New(once) => once,
                };
                let response = self.rest_service((fetch, once), session, service, *status, params);
                match &response {
                    Ok(Some(response)) => self.rest.once.answered(once, response),
                    Ok(None) => {}
                    Err(_) => self.rest.once.forget(once),
                }
                response
            }
            Route::Public(_) => Ok(None),
        }
    }

    /// The session of a user, which begins now if there is none.
    fn rest_session(&mut self, peer: SocketAddr, user: Option<SmolStr>) -> Result<SessionId, Problem> {
        let Node { now, csta_tcp, rest, applications, switch, .. } = self;
        if !csta_tcp.is_serving() {
            return Err(Problem::unavailable("CTI is shut down"));
        }
        let key = user.clone().unwrap_or_default();
        if let Some((session, last)) = rest.sessions.get_mut(&key) {
            *last = peer;
            return Ok(*session);
        }
        let principal = user.clone().unwrap_or(SmolStr::new_static(APPLICATION));
        let identity = Identity { application: SmolStr::new_static(APPLICATION), principal, user };
        let full = |_| Problem::unavailable("there are too many sessions");
        applications.may_open(peer.ip(), &identity.principal).map_err(full)?;
        let session = applications.open(*now, identity, Edition::default(), switch).map_err(full)?;
        applications.proven(session, peer.ip());
        applications.set_whole_lists(session, true);
        let hooked = rest.hooks.has(&key);
        rest.sessions.insert(key, (session, peer));
        if hooked {
            self.watch_all(session);
        }
        Ok(session)
    }

    /// A session of an earlier server goes on.
    pub(crate) fn restore_rest_session(&mut self, session: SessionId, user: Option<SmolStr>) {
        let anywhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        self.rest.sessions.insert(user.unwrap_or_default(), (session, anywhere));
    }

    /// Whether a session is carried as those of this module are.
    pub(crate) fn is_rest_carriage(carriage: &str) -> bool {
        carriage == events::REST_CARRIAGE
    }

    /// Opens the sessions of users that have webhooks, so that these get events.
    pub(crate) fn begin_webhooks(&mut self) {
        let anywhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        for owner in self.rest.hooks.owners() {
            let users = self.csta_tcp.users();
            let may = users.is_empty() == owner.is_empty()
                && (owner.is_empty() || users.check_again(&owner, true).is_ok());
            let user = Some(owner).filter(|owner| !owner.is_empty());
            if may && self.rest_session(anywhere, user.clone()).is_err() {
                warn!(user = user.as_deref().unwrap_or("-"), "no session for the webhooks of a user");
            }
        }
    }

    /// The users, or what they may control, have changed: sessions of those who may not use CTI any more end, the others watch what
    /// they may watch now.
    pub(crate) fn renew_rest_sessions(&mut self) {
        let all: Vec<(SmolStr, SessionId)> =
            self.rest.sessions.iter().map(|(user, (session, _))| (user.clone(), *session)).collect();
        for (user, session) in all {
            let users = self.csta_tcp.users();
            let may = users.is_empty() == user.is_empty()
                && (user.is_empty() || users.check_again(&user, true).is_ok());
            if !self.csta_tcp.is_serving() || !may {
                self.clear_rest_session(session, "the users or limits of CTI have changed");
            } else if self.applications.session(session).is_some_and(|own| own.token().is_some()) {
                self.watch_all(session);
            }
        }
        if self.csta_tcp.is_serving() {
            self.begin_webhooks();
        }
    }

    /// Takes a webhook that was stored; false if the value is damaged.
    pub(crate) fn restore_webhook(&mut self, value: &str) -> bool {
        self.rest.hooks.restore(value)
    }

    /// Asks for a service of CSTA.
    fn rest_service(
        &mut self,
        (fetch, once): (FetchId, Option<u64>),
        session: SessionId,
        service: &str,
        status: u16,
        params: &Map<String, Value>,
    ) -> Result<Option<Response>, Problem> {
        let mut document = Vec::with_capacity(512);
        csta::from_json(service, Edition::default().namespace(), params, &mut document)
            .map_err(|error| Problem::malformed(&error.to_string()))?;
        let content = crate::csta::read(&document).map_err(|error| Problem::malformed(&error.to_string()))?;
        let Content::Request(_, asked) = content else {
            return Err(Problem::malformed("this is no service"));
        };
        let Node { now, rest, applications, switch, out, .. } = self;
        let ticket = rest.next_ticket();
        out.debugging.asked(session, &asked, switch);
        match applications.request(*now, session, ticket, asked, switch) {
            Some(delivery) => {
                out.debugging.delivered(&delivery);
                let fault = crate::csta::fault(&document);
                Ok(Some(answer(status, delivery.body, fault.as_deref())))
            }
            None => {
                rest.waiting.insert((session, ticket), Waiting { fetch, status, once });
                Ok(None)
            }
        }
    }

    /// Ends one of the sessions; false if it is none of them.
    pub(crate) fn clear_rest_session(&mut self, session: SessionId, why: &str) -> bool {
        let Node { rest, applications, switch, out, .. } = self;
        rest.carries(session) && {
            rest.forget(session, out);
            Applications::close(applications, session, &why, switch)
        }
    }

    /// Ends every session, because the server ends.
    pub(crate) fn shut_rest_down(&mut self) {
        let all: Vec<SessionId> = self.rest.sessions.values().map(|(session, _)| *session).collect();
        for session in all {
            self.clear_rest_session(session, "the server ends");
        }
    }
}
