//! Registrations over SIP (RFC 3261, 10): the session managers of CSTA client applications.
//!
//! An application that needs one (`voice register session-server`) registers as its `register-id`, and does so again and
//! again as a heartbeat:
//!
//! ```text
//!                    REGISTER                   its last CTI session ends,
//!                                               not by its own BYE (cti-aware)
//!   unregistered ───────────────► registered ──────────────────────────────► unanswered
//!        ▲  ▲                      │      ▲                                     │    │
//!        │  └── expiry, removal ───┘      └────── session or registration ──────┘    │
//!        │                                        that is new                        │
//!        └──────── removal, or a `keepalive` after the first silence ────────────────┘
//! ```
//!
//! | file | content |
//! | --- | --- |
//! | `bindings` | the contacts of one address, and what a REGISTER does to them |
//! | `login` | who has proved a password |
//! | `origin` | where a request was sent |
//! | `session_manager` | a registration with its CTI sessions: whether its heartbeat is answered |
//!
//! # Invariants
//!
//! * Only names of the configuration are registered. They are challenged where the configuration has passwords for them, and
//!   then unknown names are challenged in the same way.
//! * A REGISTER is carried out as a whole or not at all.
//! * Without passwords, only the address where a session manager is registered speaks for it: while it is registered, a REGISTER from elsewhere is
//!   refused, and a contact is removed only by the flow or with the Call-ID by which it came.
//! * A CTI session belongs to at most one session manager, for good: of those that are registered at the same host, the one
//!   whose `register-id` is the user of its From, else the one at the same port if there are several; if none is, the
//!   first one that registers there. All other sessions live without the registrar.
//! * Sessions that have only the host in common with a session manager count for it as long as it has opened none that
//!   have more.
//! * Only the heartbeat that was there when the last session was lost is left unanswered: a new Call-ID (from who had
//!   the same one before), a CSeq that starts again, a new session, a removal, or time ends that. So no client is locked
//!   out.
//! * A link that carries a registration is not idle.
//!
//! # Limits
//!
//! Contacts for each address ([`MAX_CONTACTS`]) and their lengths; names that a source may try without success
//! ([`limits`](crate::limits)); lines in the log about strangers.

mod bindings;
mod login;
mod origin;
mod session_manager;
mod settings;

#[cfg(test)]
mod login_tests;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, cmp::Reverse, collections::BTreeMap, time::Duration};

use hookflash_core::{Instant, Timers, cti::SessionId};
use hookflash_wire::sip::{HeaderName, NameAddr, Scheme, StatusCode};
use tracing::{debug, info, warn};

use crate::{
    NodeSettings, Outbox, Sizes,
    limits::Guard,
    sip::{Endpoint, Incoming, Reply},
    throttle::{self, Throttle},
};
use bindings::{Asked, Ties};
pub use bindings::{Binding, MAX_CONTACTS};
use login::Logins;
pub(crate) use login::{NotProved, Proven};
use origin::{Nearness, Origin};
pub use session_manager::{SessionManager, SessionManagerState};
pub use settings::{RegistrarSettings, SessionManagerSettings};

/// Lines in the log about registrations refused, for each address and minute.
const REFUSALS: u32 = 10;

/// Characters of an unknown name that are logged.
const LOGGED_NAME: usize = 40;

/// Everything in the registrar that happens because time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Timer {
    /// A contact of the session manager with this tag may have expired.
    Expiry(u32),
    /// What was kept out of the log is summed up.
    SumUp,
}

/// Where a session was opened, and in whose name.
#[derive(Clone, Debug)]
pub struct Opening {
    origin: Origin,
    /// The user of its From.
    name: Option<String>,
}

/// The registrations over SIP; see the [module page](self).
#[derive(Debug)]
pub struct Registrar {
    session_managers: Vec<SessionManager>,
    /// The sessions that belong to none of them, and where they were opened.
    others: BTreeMap<SessionId, Opening>,
    logins: Logins,
    /// Whether sessions can be opened.
    cti: bool,
    timers: Timers<Timer>,
    refusals: Throttle,
    keeps_back: bool,
}

impl Registrar {
    /// A registrar without registrations.
    pub fn new(settings: &NodeSettings) -> Registrar {
        let registrar = &settings.registrar;
        let managers = registrar.session_managers.iter();
        Registrar {
            session_managers: managers
                .map(|manager| SessionManager::new(manager.clone(), registrar))
                .collect(),
            others: BTreeMap::new(),
            logins: Logins::new(settings),
            cti: settings.uacsta.enabled,
            timers: Timers::default(),
            refusals: Throttle::new(REFUSALS),
            keeps_back: false,
        }
    }

    /// Puts other settings into effect. Registrations that are not allowed any more are removed; the others keep their
    /// expiry.
    pub(crate) fn configure(&mut self, settings: &RegistrarSettings, cti: bool, sip: &mut Endpoint) {
        self.cti = cti;
        self.logins.configure(settings);
        let managers = std::mem::take(&mut self.session_managers).into_iter();
        let mut before: BTreeMap<u32, SessionManager> =
            managers.map(|manager| (manager.settings().tag, manager)).collect();
        for new in &settings.session_managers {
            let known = before.remove(&new.tag);
            self.session_managers.push(match known {
                Some(mut known) if known.settings().register_id == new.register_id => {
                    known.configure(new.clone(), settings);
                    known
                }
                other => {
                    before.extend(other.map(|gone| (new.tag, gone)));
                    SessionManager::new(new.clone(), settings)
                }
            });
        }
        for (tag, mut gone) in before {
            let mut ties = Ties { timers: &mut self.timers, sip, timer: Timer::Expiry(tag) };
            gone.bindings.clear(&mut ties);
        }
    }

    /// The session managers, by tag.
    pub fn session_managers(&self) -> impl Iterator<Item = &SessionManager> {
        self.session_managers.iter()
    }

    /// Counts what is kept.
    pub(crate) fn count(&self, sizes: &mut Sizes) {
        sizes.registrations = self.session_managers.iter().map(|manager| manager.bindings.len()).sum();
    }

    /// When [`Registrar::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Runs what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant, sip: &mut Endpoint) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Expiry(tag) => self.expire(now, tag, sip),
                Timer::SumUp => {
                    self.keeps_back = false;
                    self.refusals.sum_up("registrations refused");
                }
            }
        }
    }

    /// Whether a REGISTER is that of a session manager.
    pub(crate) fn knows(&self, incoming: &Incoming) -> bool {
        let name = incoming.to().and_then(|to| user(&to));
        name.is_some_and(|name| self.place(&name).is_some())
    }

    /// Responds to a REGISTER, unless the CTI session of its session manager has ended.
    pub fn register(&mut self, now: Instant, incoming: Incoming, sip: &mut Endpoint, outbox: &mut Outbox) {
        let mut headers = Vec::new();
        let status = match self.carry_out(now, &incoming, sip, &mut outbox.guard) {
            Ok(Registered { contacts, longest }) => {
                headers.extend(contacts.into_iter().map(|contact| (HeaderName::CONTACT, contact)));
                headers.extend(longest.map(|left| (HeaderName::EXPIRES, left.to_string())));
                StatusCode::OK
            }
            Err(NotRegistered::Unanswered) => return sip.leave_unanswered(incoming),
            Err(NotRegistered::TooBrief(least)) => {
                headers.push((HeaderName::MIN_EXPIRES, least.as_secs().to_string()));
                StatusCode::INTERVAL_TOO_BRIEF
            }
            Err(NotRegistered::Refused(status)) => status,
            Err(NotRegistered::Challenged(fields)) => {
                headers = fields;
                StatusCode::UNAUTHORIZED
            }
        };
        sip.reply(now, incoming, Reply::from(status).with_headers(&headers), outbox);
    }

    /// Where this INVITE comes from, for [`Registrar::session_opened`].
    pub fn opening(&self, invite: &Incoming) -> Opening {
        let name = invite.from().and_then(|from| user(&from)).filter(|name| self.place(name).is_some());
        Opening { origin: Origin::of(invite), name }
    }

    /// An application has opened a session, and is where its INVITE came from.
    pub fn session_opened(&mut self, id: SessionId, opening: Opening) {
        if self.session_managers.is_empty() {
            return;
        }
        let named = opening.name.as_deref().and_then(|name| self.place(name));
        let near = match named {
            // The name alone says nothing: anybody can write it.
            Some(place) => {
                let manager = self.session_managers.get(place);
                let near = manager.map(|manager| manager.bindings.nearness(&opening.origin));
                near.filter(|near| *near > Nearness::Elsewhere).map(|_| (place, Nearness::Named))
            }
            None => self.nearest(&opening.origin),
        };
        match near.and_then(|(place, near)| Some((self.session_managers.get_mut(place)?, near))) {
            Some((manager, nearness)) => manager.session_opened(id, nearness),
            None => drop(self.others.insert(id, opening)),
        }
    }

    /// A session has ended; `by_application` if its application ended it.
    pub fn session_closed(&mut self, id: SessionId, by_application: bool) {
        self.others.remove(&id);
        for manager in &mut self.session_managers {
            if manager.session_closed(id, by_application) {
                let tag = manager.settings().tag;
                info!(
                    session_server = tag,
                    "CTI session has ended: heartbeats of the session manager are not answered now"
                );
            }
        }
    }

    fn carry_out(
        &mut self,
        now: Instant,
        incoming: &Incoming,
        sip: &mut Endpoint,
        guard: &mut Guard,
    ) -> Result<Registered, NotRegistered> {
        let peer = *incoming.flow();
        let source = peer.peer().ip();
        let asked = Asked::of(incoming.request().headers()).map_err(NotRegistered::Refused)?;
        let name = incoming.to().and_then(|to| user(&to)).unwrap_or_default();
        let place = self.place(&name);
        let known = place.and_then(|at| self.session_managers.get(at));
        let at_home = known.is_some_and(|manager| manager.bindings.is_at(source));
        if !at_home && !guard.may_attempt(source) {
            return Err(NotRegistered::Refused(StatusCode::SERVICE_UNAVAILABLE));
        }
        let proven = self.is_proven(now, incoming, place, guard)?;
        let Some(manager) = place.and_then(|at| self.session_managers.get_mut(at)) else {
            guard.attempt_failed(source);
            self.tell_of_stranger(now, &name, incoming);
            return Err(NotRegistered::Refused(StatusCode::NOT_FOUND));
        };
        let tag = manager.settings().tag;
        if !at_home
            && !proven
            && let Some(owner) = manager.bindings.iter().next()
        {
            guard.attempt_failed(source);
            if guard.may_log("session manager registered elsewhere", source) {
                let owner = owner.flow();
                warn!(session_server = tag, %peer, %owner, "REGISTER refused: it is registered at another address");
            }
            return Err(NotRegistered::Refused(StatusCode::FORBIDDEN));
        }
        if manager.settings().cti_aware && !self.cti {
            return Err(NotRegistered::Refused(StatusCode::TEMPORARILY_UNAVAILABLE));
        }
        if manager.is_silent(now, &asked) {
            debug!(session_server = tag, %peer, "REGISTER not answered: the CTI session has ended");
            return Err(NotRegistered::Unanswered);
        }
        let before = manager.bindings.len();
        let lifetime = manager.lifetime;
        let mut ties = Ties { timers: &mut self.timers, sip, timer: Timer::Expiry(tag) };
        manager.bindings.change(now, &asked, lifetime, incoming, &mut ties).map_err(|status| {
            debug!(session_server = tag, %peer, %status, "REGISTER refused");
            match status {
                StatusCode::INTERVAL_TOO_BRIEF => NotRegistered::TooBrief(lifetime.least),
                status => NotRegistered::Refused(status),
            }
        })?;
        if !asked.is_query() {
            manager.end_silence();
        }
        match (before, manager.bindings.len()) {
            (0, 1..) => {
                info!(session_server = tag, %peer, "session manager registered");
                manager.registered();
                let id = manager.settings().register_id.clone();
                let near = |opening: &Opening| match &opening.name {
                    Some(name) if *name != *id => Nearness::Elsewhere,
                    name => match manager.bindings.nearness(&opening.origin) {
                        near if near > Nearness::Elsewhere && name.is_some() => Nearness::Named,
                        near => near,
                    },
                };
                let own = self.others.extract_if(.., |_, opening| near(opening) > Nearness::Elsewhere);
                let own: Vec<_> = own.map(|(id, opening)| (id, near(&opening))).collect();
                own.into_iter().for_each(|(id, nearness)| manager.session_opened(id, nearness));
            }
            (1.., 0) => info!(session_server = tag, %peer, "session manager unregistered"),
            _ => debug!(session_server = tag, %peer, "REGISTER answered"),
        }
        // Some clients read only the first one.
        let contacts = manager.bindings.iter().rev().map(|binding| binding.contact(now)).collect();
        let longest = manager.bindings.iter().map(|binding| binding.seconds_left(now)).max();
        Ok(Registered { contacts, longest })
    }

    /// Whether a REGISTER proves a password of its session manager; false if it has none. Names that are not known are
    /// challenged like those that are.
    fn is_proven(
        &mut self,
        now: Instant,
        incoming: &Incoming,
        place: Option<usize>,
        guard: &mut Guard,
    ) -> Result<bool, NotRegistered> {
        let manager = place.and_then(|at| self.session_managers.get(at));
        let credentials = match manager {
            Some(manager) if !self.logins.concerns(manager.settings()) => return Ok(false),
            Some(manager) => manager.settings().credentials.clone(),
            None if !self.session_managers.iter().any(|manager| self.logins.concerns(manager.settings())) => {
                return Ok(false);
            }
            None => Vec::new(),
        };
        match self.logins.proved(now, incoming, &credentials, guard) {
            Ok(_) => Ok(true),
            Err(NotProved::Challenged(fields)) => Err(NotRegistered::Challenged(fields)),
            Err(NotProved::Refused(_)) => Err(NotRegistered::Refused(StatusCode::FORBIDDEN)),
        }
    }

    /// Who opens a session with this INVITE, if that has to be proved or is.
    ///
    /// # Errors
    /// The challenge, or why the user is refused.
    pub(crate) fn opener(
        &mut self,
        now: Instant,
        invite: &Incoming,
        certificate: Option<&str>,
        guard: &mut Guard,
    ) -> Result<Proven, NotProved> {
        if let Some(proved) = self.logins.of_certificate(certificate) {
            return proved.map_err(NotProved::Refused);
        }
        let opening = self.opening(invite);
        let named = opening.name.as_deref().and_then(|name| self.place(name));
        let near = named.or_else(|| self.nearest(&opening.origin).map(|(place, _)| place));
        let manager = near.and_then(|place| self.session_managers.get(place)).map(SessionManager::settings);
        let concerned = manager.filter(|manager| self.logins.concerns(manager));
        let free = concerned.is_none() && !self.logins.concern_all_sessions();
        if free && invite.request().headers().get(HeaderName::AUTHORIZATION).is_none() {
            return Ok(Proven::Nobody);
        }
        let credentials: Vec<_> = match concerned {
            Some(manager) => manager.credentials.clone(),
            None => {
                let all = self.session_managers.iter().map(SessionManager::settings);
                let all = all.filter(|manager| self.logins.concerns(manager));
                all.flat_map(|manager| manager.credentials.iter().cloned()).collect()
            }
        };
        self.logins.proved(now, invite, &credentials, guard)
    }

    /// The session manager that registers by this name.
    fn place(&self, name: &str) -> Option<usize> {
        self.session_managers.iter().position(|manager| manager.settings().register_id == name)
    }

    /// The session manager that is registered where something was sent; the nearest if there are several.
    fn nearest(&self, origin: &Origin) -> Option<(usize, Nearness)> {
        let near = self.session_managers.iter().map(|manager| manager.bindings.nearness(origin)).zip(0..);
        let near = near.filter(|(nearness, _)| *nearness > Nearness::Elsewhere);
        near.min_by_key(|(nearness, place)| (Reverse(*nearness), *place)).map(|(near, place)| (place, near))
    }

    fn expire(&mut self, now: Instant, tag: u32, sip: &mut Endpoint) {
        let manager = self.session_managers.iter_mut().find(|manager| manager.settings().tag == tag);
        let Some(manager) = manager else { return };
        let mut ties = Ties { timers: &mut self.timers, sip, timer: Timer::Expiry(tag) };
        manager.bindings.expire(now, &mut ties);
        manager.expired();
        if manager.bindings.is_empty() {
            info!(session_server = manager.settings().tag, "registration of the session manager expired");
        }
    }

    fn tell_of_stranger(&mut self, now: Instant, name: &str, incoming: &Incoming) {
        if self.refusals.may_tell(now, incoming.flow().peer().ip()) {
            let name: String = name.chars().take(LOGGED_NAME).collect();
            let peer = incoming.flow();
            warn!(%peer, ?name, "registration refused: no session-server has this register-id");
        } else if !std::mem::replace(&mut self.keeps_back, true) {
            self.timers.start(now + throttle::WINDOW, Timer::SumUp);
        }
    }
}

/// The content of a response to REGISTER.
struct Registered {
    contacts: Vec<String>,
    /// Seconds until the last of them ends.
    longest: Option<u64>,
}

/// Why a REGISTER is not answered by 200.
enum NotRegistered {
    /// A password has to be proved: the header fields of the challenge.
    Challenged(Vec<(HeaderName<'static>, String)>),
    Refused(StatusCode),
    /// A registration has to live this long.
    TooBrief(Duration),
    Unanswered,
}

/// The user of an address of SIP.
fn user(address: &NameAddr<'_>) -> Option<String> {
    let uri = address.uri().ok().filter(|uri| matches!(uri.scheme, Scheme::Sip | Scheme::Sips))?;
    uri.user_decoded().map(Cow::into_owned)
}
