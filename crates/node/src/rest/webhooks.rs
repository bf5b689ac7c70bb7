//! Webhooks: events are posted to a URL of the user (Standard Webhooks).
//!
//! ```text
//! POST URL
//! webhook-id: msg_3_17                      the same for every attempt
//! webhook-timestamp: 1795917600             seconds after 1970
//! webhook-signature: v1,base64(HMAC-SHA256(secret, id.timestamp.body))
//!
//! {"type":"DeliveredEvent","timestamp":"2026-11-28T18:00:00.123Z","data":{"monitorCrossRefID":"1","seq":17,...}}
//! ```
//!
//! Each receiver has a queue of its own and one attempt at a time, so that one that sleeps delays nobody. An attempt that does
//! not bring 2xx within ten seconds is repeated after the pauses of `webhook retry`, while later events go on; then the
//! delivery is dead until somebody sends it again. 410 disables the webhook. What could not be delivered when the server ends
//! is not posted by the next one.
//!
//! # Limits
//!
//! [`MAX_WEBHOOKS`], [`MAX_OF_USER`]; of each webhook [`MAX_BYTES`] of deliveries and [`MAX_FINISHED`] that are over.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use hookflash_core::Instant;
use hookflash_provision::http::{Request, Response};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use tracing::{debug, info, warn};

use super::{
    problems::{Problem, json_response},
    routes,
};
use crate::{Node, Output, WallClock};

/// Webhooks altogether, and of one user.
pub(super) const MAX_WEBHOOKS: usize = 64;
pub(super) const MAX_OF_USER: usize = 16;

/// Bytes of the deliveries that are kept for one webhook, and how many of those that are over.
pub(super) const MAX_BYTES: usize = 1 << 20;
pub(super) const MAX_FINISHED: usize = 200;

/// The longest URL, and the shortest and longest secret, in bytes.
const MAX_URL: usize = 2048;
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=128;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// All webhooks.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    hooks: BTreeMap<u32, Webhook>,
    last_id: u32,
    /// Attempts that the driver makes: the webhook and the delivery.
    posts: BTreeMap<u64, (u32, u64)>,
    last_post: u64,
    /// Deliveries by what became of them.
    pub(super) delivered: u64,
    pub(super) dead: u64,
}

/// A receiver.
#[derive(Debug)]
struct Webhook {
    /// The user; empty where there are none.
    owner: SmolStr,
    url: String,
    secret: Vec<u8>,
    /// The receiver does not want anything any more.
    disabled: bool,
    deliveries: BTreeMap<u64, Delivery>,
    /// What is to be attempted, in order.
    due: BTreeSet<(Instant, u64)>,
    in_flight: bool,
    last: u64,
    bytes: usize,
}

/// An event for a receiver.
#[derive(Debug)]
struct Delivery {
    event: String,
    body: String,
    state: State,
    attempts: u32,
    /// Attempts since it was sent, or sent again by hand.
    tries: usize,
    /// The status of the last attempt.
    status: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Pending,
    Delivered,
    Dead,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Delivered => "delivered",
            State::Dead => "dead",
        }
    }
}

/// What a webhook request asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked<'a> {
    List,
    Create,
    Show(&'a str),
    Delete(&'a str),
    Deliveries(&'a str),
    Resend(&'a str, &'a str),
}

impl Webhooks {
    /// Whether a user has webhooks.
    pub(super) fn has(&self, owner: &str) -> bool {
        self.hooks.values().any(|hook| hook.owner == owner && !hook.disabled)
    }

    /// The users that have webhooks.
    pub(super) fn owners(&self) -> BTreeSet<SmolStr> {
        self.hooks.values().map(|hook| hook.owner.clone()).collect()
    }

    /// When something is to be attempted next.
    pub(super) fn due(&self) -> Option<Instant> {
        let free = self.hooks.values().filter(|hook| !hook.in_flight);
        free.filter_map(|hook| hook.due.first().map(|(due, _)| *due)).min()
    }

    /// Queues an event for the receivers of a user.
    pub(super) fn queue(
        &mut self,
        now: Instant,
        clock: &WallClock,
        owner: &str,
        (name, params): (&str, &Map<String, Value>),
    ) {
        let mut body = None;
        for (id, hook) in &mut self.hooks {
            if hook.owner != owner || hook.disabled {
                continue;
            }
            let body = body.get_or_insert_with(|| {
                json!({"type": name, "timestamp": clock.iso(now), "data": params}).to_string()
            });
            hook.last += 1;
            hook.bytes += body.len();
            let delivery = Delivery {
                event: name.to_owned(),
                body: body.clone(),
                state: State::Pending,
                attempts: 0,
                tries: 0,
                status: None,
            };
            hook.deliveries.insert(hook.last, delivery);
            hook.due.insert((now, hook.last));
            self.dead += hook.trim(*id);
        }
    }

    /// The attempts that are due now.
    fn attempts(&mut self, now: Instant, clock: &WallClock) -> Vec<Output> {
        let mut posts = Vec::new();
        for (id, hook) in &mut self.hooks {
            if hook.in_flight {
                continue;
            }
            let Some((_, number)) = hook.due.first().copied().filter(|(due, _)| *due <= now) else {
                continue;
            };
            hook.due.pop_first();
            let Some(delivery) = hook.deliveries.get_mut(&number) else { continue };
            delivery.attempts += 1;
            delivery.tries += 1;
            hook.in_flight = true;
            self.last_post += 1;
            self.posts.insert(self.last_post, (*id, number));
            let message = message_id(*id, number);
            let timestamp = clock.unix_millis(now).div_euclid(1000).to_string();
            let signature = sign(&hook.secret, &message, &timestamp, &delivery.body);
            posts.push(Output::Post {
                post: self.last_post,
                url: hook.url.clone(),
                fields: vec![
                    ("content-type", "application/json".to_owned()),
                    ("webhook-id", message),
                    ("webhook-timestamp", timestamp),
                    ("webhook-signature", signature),
                ],
                body: delivery.body.clone().into_bytes(),
            });
        }
        posts
    }

    /// The driver has made an attempt.
    fn posted(&mut self, now: Instant, post: u64, status: Option<u16>, pauses: &[Duration]) {
        let Some((id, number)) = self.posts.remove(&post) else { return };
        let Some(hook) = self.hooks.get_mut(&id) else { return };
        hook.in_flight = false;
        // It may have been given up meanwhile.
        if let Some(delivery) = hook.deliveries.get_mut(&number).filter(|own| own.state == State::Pending) {
            delivery.status = status;
            let success = status.is_some_and(|status| (200..300).contains(&status));
            match (success, pauses.get(delivery.tries.saturating_sub(1))) {
                (true, _) => {
                    delivery.state = State::Delivered;
                    self.delivered += 1;
                }
                (false, Some(pause)) if status != Some(410) => {
                    debug!(webhook = id, number, status, "webhook not delivered; it is tried again");
                    hook.due.insert((now + *pause, number));
                }
                (false, _) => {
                    warn!(webhook = id, number, status, "webhook not delivered: it is given up");
                    delivery.state = State::Dead;
                    self.dead += 1;
                }
            }
        }
        if status == Some(410) {
            info!(webhook = id, "the receiver of a webhook is gone: it is disabled");
            hook.disabled = true;
            hook.due.clear();
            for delivery in hook.deliveries.values_mut().filter(|own| own.state == State::Pending) {
                delivery.state = State::Dead;
                self.dead += 1;
            }
        }
        self.dead += hook.trim(id);
    }

    /// A webhook of a user, by its identifier.
    fn own(&mut self, owner: &str, id: &str) -> Result<(u32, &mut Webhook), Problem> {
        let number = id.strip_prefix("wh_").and_then(|number| number.parse().ok());
        let hook = number.and_then(|number| Some((number, self.hooks.get_mut(&number)?)));
        hook.filter(|(_, hook)| hook.owner == owner).ok_or_else(Problem::no_resource)
    }

    /// Adds a webhook.
    fn create(&mut self, owner: &SmolStr, url: &str, secret: Vec<u8>) -> Result<u32, Problem> {
        let own = self.hooks.values().filter(|hook| hook.owner == *owner).count();
        if own >= MAX_OF_USER || self.hooks.len() >= MAX_WEBHOOKS {
            return Err(Problem::limit("there are too many webhooks"));
        }
        self.last_id += 1;
        self.insert(self.last_id, owner.clone(), url.to_owned(), secret);
        Ok(self.last_id)
    }

    fn insert(&mut self, id: u32, owner: SmolStr, url: String, secret: Vec<u8>) {
        self.last_id = self.last_id.max(id);
        let hook = Webhook {
            owner,
            url,
            secret,
            disabled: false,
            deliveries: BTreeMap::new(),
            due: BTreeSet::new(),
            in_flight: false,
            last: 0,
            bytes: 0,
        };
        self.hooks.insert(id, hook);
    }

    /// The value that keeps a webhook over a restart.
    fn stored(&self, id: u32) -> Option<String> {
        let Webhook { owner, url, secret, .. } = self.hooks.get(&id)?;
        let owner = if owner.is_empty() { "-" } else { owner };
        Some(format!("webhook {id} {owner} {} {url}", STANDARD.encode(secret)))
    }

    /// Takes a value that was stored; false if it is damaged.
    pub(super) fn restore(&mut self, value: &str) -> bool {
        let words: Vec<&str> = value.split(' ').collect();
        let ["webhook", id, owner, secret, url] = words.as_slice() else { return false };
        let (Ok(id), Ok(secret)) = (id.parse(), STANDARD.decode(secret)) else { return false };
        let owner = if *owner == "-" { SmolStr::default() } else { SmolStr::from(*owner) };
        self.insert(id, owner, (*url).to_owned(), secret);
        true
    }
}

impl Webhook {
    fn shown(&self, id: u32) -> Value {
        let pending = self.deliveries.values().filter(|own| own.state == State::Pending).count();
        let state = if self.disabled { "disabled" } else { "enabled" };
        json!({"id": format!("wh_{id}"), "url": self.url, "state": state, "pending": pending})
    }

    fn shown_deliveries(&self, id: u32) -> Value {
        let shown = self.deliveries.iter().map(|(number, delivery)| {
            json!({
                "id": message_id(id, *number),
                "state": delivery.state.word(),
                "attempts": delivery.attempts,
                "event": delivery.event,
                "status": delivery.status,
            })
        });
        shown.collect()
    }

    /// Drops the oldest deliveries that are over, and gives up the oldest that wait, until what is kept is within the limits.
    /// Returns how many were given up.
    fn trim(&mut self, id: u32) -> u64 {
        let mut given_up = 0;
        loop {
            let over = |own: &Delivery| own.state != State::Pending;
            let finished = self.deliveries.values().filter(|own| over(own)).count();
            if self.bytes <= MAX_BYTES && finished <= MAX_FINISHED {
                return given_up;
            }
            let oldest = self.deliveries.iter().find(|(_, own)| over(own)).map(|(number, _)| *number);
            if let Some(gone) = oldest.and_then(|number| self.deliveries.remove(&number)) {
                self.bytes -= gone.body.len();
                continue;
            }
            let Some((number, waits)) = self.deliveries.iter_mut().next() else { return given_up };
            waits.state = State::Dead;
            let number = *number;
            self.due.retain(|(_, own)| *own != number);
            given_up += 1;
            debug!(webhook = id, number, "webhook given up: too many events wait for its receiver");
        }
    }
}

/// The identifier of a message, the same for every attempt.
fn message_id(hook: u32, number: u64) -> String {
    format!("msg_{hook}_{number}")
}

/// The signature of Standard Webhooks.
pub(super) fn sign(secret: &[u8], message: &str, timestamp: &str, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(format!("{message}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The secret that a user has chosen.
pub(super) fn chosen_secret(text: &str) -> Option<Vec<u8>> {
    let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
    STANDARD.decode(encoded).ok().filter(|secret| SECRET_BYTES.contains(&secret.len()))
}

/// Whether something can be posted to a URL.
fn is_url(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    host.is_some_and(|host| !host.is_empty() && !host.contains('@') && has_port_or_none(host))
        && url.len() <= MAX_URL
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a host has no port, or one that there is.
fn has_port_or_none(host: &str) -> bool {
    let after = match host.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(None) => return false,
        Some(Some((_, after))) => after.strip_prefix(':').or((!after.is_empty()).then_some("")),
        None => host.split_once(':').map(|(_, port)| port),
    };
    after.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

impl Node {
    /// Answers a request about webhooks.
    pub(super) fn webhook(
        &mut self,
        owner: &SmolStr,
        asked: Asked<'_>,
        request: &Request<'_>,
    ) -> Result<Response, Problem> {
        let hooks = &mut self.rest.hooks;
        match asked {
            Asked::List => {
                let own = hooks.hooks.iter().filter(|(_, hook)| hook.owner == *owner);
                Ok(json_response(200, &own.map(|(id, hook)| hook.shown(*id)).collect()))
            }
            Asked::Create => self.create_webhook(owner, request),
            Asked::Show(id) => hooks.own(owner, id).map(|(id, hook)| json_response(200, &hook.shown(id))),
            Asked::Delete(id) => {
                let (id, _) = hooks.own(owner, id)?;
                hooks.hooks.remove(&id);
                self.out.store(format!("webhook/{id}"), None);
                Ok(Response { status: 204, fields: Vec::new(), body: Vec::new() })
            }
            Asked::Deliveries(id) => {
                hooks.own(owner, id).map(|(id, hook)| json_response(200, &hook.shown_deliveries(id)))
            }
            Asked::Resend(id, message) => {
                let now = self.now;
                let (id, hook) = hooks.own(owner, id)?;
                let known =
                    hook.deliveries.iter_mut().find(|(number, _)| message_id(id, **number) == message);
                let (number, delivery) = known.ok_or_else(Problem::no_resource)?;
                let number = *number;
                hook.due.retain(|(_, own)| *own != number);
                hook.due.insert((now, number));
                (delivery.state, delivery.tries) = (State::Pending, 0);
                hook.disabled = false;
                Ok(json_response(202, &json!({"id": message, "state": "pending"})))
            }
        }
    }

    fn create_webhook(&mut self, owner: &SmolStr, request: &Request<'_>) -> Result<Response, Problem> {
        let params = routes::body(request)?;
        let text = |name: &str| params.get(name).and_then(Value::as_str);
        routes::need(&params, "url")?;
        let url = text("url").filter(|url| is_url(url)).ok_or_else(|| Problem::wrong_value("url"))?;
        let secret = match params.get("secret") {
            None | Some(Value::Null) => self.new_secret(),
            Some(_) => {
                let chosen = text("secret").and_then(chosen_secret);
                chosen.ok_or_else(|| Problem::wrong_value("secret"))?
            }
        };
        let shown = format!("{PREFIX}{}", STANDARD.encode(&secret));
        let id = self.rest.hooks.create(owner, url, secret)?;
        self.out.store(format!("webhook/{id}"), self.rest.hooks.stored(id));
        if let Some((session, _)) = self.rest.sessions.get(owner) {
            self.watch_all(*session);
        }
        Ok(json_response(201, &json!({"id": format!("wh_{id}"), "url": url, "secret": shown})))
    }

    /// A secret that nobody can foresee.
    fn new_secret(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        self.settings.start.secret.iter().for_each(|part| hash.update(part.to_be_bytes()));
        hash.update(b"webhook");
        hash.update((self.rest.hooks.last_id + 1).to_be_bytes());
        hash.finalize().to_vec()
    }

    /// Attempts what is due.
    pub(crate) fn pump_webhooks(&mut self) {
        let posts = self.rest.hooks.attempts(self.now, &self.clock);
        posts.into_iter().for_each(|post| self.out.push(post));
    }

    /// The driver has made an attempt; `None` if there was no answer.
    pub(crate) fn posted(&mut self, post: u64, status: Option<u16>) {
        let pauses = &self.settings.webhook_retry;
        self.rest.hooks.posted(self.now, post, status, pauses);
    }
}
