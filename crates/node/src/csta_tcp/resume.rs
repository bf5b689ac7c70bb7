//! Sessions whose connection was lost, and how their applications come back.
//!
//! ```text
//!   connection lost ──► [`Lost`]: monitors go on, events are kept ──► too late: the session ends
//!                          │
//!   login with `resume` ───┴──► the same session: PosResponse, then what was lost, then what was missed, then what happens
//! ```
//!
//! An application may also come back while its old connection lives, which is closed then. While events are sent again, new
//! ones are not sent at once: they are kept like all others, and sent when their turn comes. A few are sent at a time, so
//! that phones do not wait.

use std::time::Duration;

use hookflash_core::{Deadline, Instant, cti::SessionId};
use hookflash_wire::csta::{
    Edition, Resume, Resumed, SessionExtensions, SessionLogin, StartApplicationSession,
    StartApplicationSessionPosResponse, StartError, StartErrorCode,
};
use smol_str::{SmolStr, ToSmolStr};
use tracing::info;

use super::{CstaTcp, Timer, link::Association, link::Form, session};
use crate::{
    Context, LinkId,
    alarms::{Alarm, Name},
    csta::{Applications, Identity, resume},
};

/// How long a session waits at least for its application.
pub const WAITS: Duration = Duration::from_secs(60);

/// The longest time for which what is open with media is kept (`sessionCleanupDelay`).
const MOST_CLEANUP_DELAY: i64 = 180;

/// Events that are sent again at once, and the pause after them.
const AT_ONCE: usize = 100;
const PAUSE: Duration = Duration::from_millis(5);

/// A session without a connection.
#[derive(Debug)]
pub(super) struct Lost {
    edition: Edition,
    namespace: Option<SmolStr>,
    /// Who had it.
    pub(super) peer: std::net::SocketAddr,
    pub(super) transport: &'static str,
    /// When it ends.
    pub(super) ends: Instant,
    deadline: Deadline,
}

/// The events that are sent again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Replay {
    /// The next one.
    next: u64,
    /// The last one that happened before the application came back.
    last: u64,
    /// Runs until some more are sent.
    pub(super) pause: Option<Deadline>,
}

/// How a session is carried, as it is kept over a restart: its edition, what its application calls that, its interval in
/// milliseconds, and how long what is open with media stays.
pub(super) fn carriage(own: &Association) -> String {
    let namespace = own.namespace.as_deref().unwrap_or("-");
    let (interval, delay) = (own.interval.as_millis(), own.cleanup_delay.as_secs());
    format!("{} {namespace} {interval} {delay}", own.edition.namespace())
}

/// The session that an application wants to go on with.
pub(super) fn wanted(start: &StartApplicationSession) -> Option<&Resume> {
    match &start.application_info.application_specific_info.login {
        Some(SessionLogin::Hookflash(login)) => login.resume.as_ref(),
        Some(SessionLogin::Avaya(_)) | None => None,
    }
}

/// For how long an application that loses its connection wants to keep what is open with media.
pub(super) fn cleanup_delay(start: &StartApplicationSession) -> Duration {
    let login = start.application_info.application_specific_info.login.as_ref();
    let asked = login.and_then(SessionLogin::cleanup_delay).unwrap_or(0).clamp(0, MOST_CLEANUP_DELAY);
    Duration::from_secs(u64::try_from(asked).unwrap_or(0))
}

fn refused() -> StartErrorCode {
    StartErrorCode::Own(SmolStr::new_static("invalidSession"))
}

impl CstaTcp {
    /// The connection of a session was lost: its application may come back.
    pub(super) fn lose_session(
        &mut self,
        id: LinkId,
        why: &dyn std::fmt::Display,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        let unasked = self.links.get(&id).and_then(|link| link.association.as_ref());
        if self.stopping || unasked.is_some_and(|own| own.is_unasked) {
            return self.end_session(id, why, applications, context);
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(own) = link.association.take() else { return };
        own.deadlines().into_iter().for_each(|deadline| self.timers.stop(deadline));
        let (peer, transport) = (link.peer, link.transport());
        let session = own.session;
        self.by_session.remove(&session);
        let waits = WAITS.max(own.interval * 2).max(own.cleanup_delay);
        let ends = context.now + waits;
        let deadline = self.timers.start(ends, Timer::Forget(session));
        let Association { edition, namespace, cleanup_delay, .. } = own;
        self.lost.insert(session, Lost { edition, namespace, peer, transport, ends, deadline });
        applications.lost(session, cleanup_delay, context.switch);
        let alarm = Alarm::new(Name::ApplicationConnectionDropped).with("CTIconnectionId", session);
        context.out.alarm(&alarm.from(peer.ip()));
        if context.out.guard.may_log("CTI session waits", peer.ip()) {
            info!(%session, %peer, seconds = waits.as_secs(), "CTI session waits for its application: {why}");
        }
        if self.lost.len() > self.settings.max_sessions {
            self.forget_oldest(applications, context);
        }
    }

    /// The application of a session has not come back.
    pub(super) fn forget_session(
        &mut self,
        session: SessionId,
        why: &dyn std::fmt::Display,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(lost) = self.lost.remove(&session) else { return false };
        self.timers.stop(Some(lost.deadline));
        applications.close(session, why, context.switch);
        true
    }

    /// A session of an earlier server waits for its application from now on; false if that is not possible.
    pub(crate) fn restore(&mut self, now: Instant, session: SessionId, carriage: &str) -> bool {
        let words: Vec<&str> = carriage.split(' ').collect();
        let [edition, namespace, interval, _] = words.as_slice() else { return false };
        let (Some(edition), Ok(interval)) = (Edition::from_namespace(edition), interval.parse()) else {
            return false;
        };
        let ends = now + WAITS.max(Duration::from_millis(interval) * 2);
        let deadline = self.timers.start(ends, Timer::Forget(session));
        let peer = std::net::SocketAddr::new(std::net::Ipv4Addr::UNSPECIFIED.into(), 0);
        let namespace = Some(SmolStr::from(*namespace)).filter(|own| own != "-");
        self.lost.insert(session, Lost { edition, namespace, peer, transport: "-", ends, deadline });
        true
    }

    /// Ends the session that has waited for longest; false if none waits. Who waits makes room for who is there.
    pub(super) fn forget_oldest(
        &mut self,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> bool {
        let oldest = self.lost.iter().min_by_key(|(_, lost)| lost.ends).map(|(session, _)| *session);
        let why = "it makes room for another one";
        oldest.is_some_and(|session| self.forget_session(session, &why, applications, context))
    }

    /// Lets a connection go on with a session.
    pub(super) fn resume(
        &mut self,
        id: LinkId,
        start: &StartApplicationSession,
        (wanted, identity): (&Resume, &Identity),
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> Result<StartApplicationSessionPosResponse, StartErrorCode> {
        let owner = applications.session_with_token(wanted.token.expose()).ok_or_else(refused)?;
        let session = owner.id();
        let known = self.carries(session) && session::names(&wanted.session_id, session);
        let last = u64::try_from(wanted.last_sequence.unwrap_or(0)).map_err(|_| refused())?;
        let other_user = identity.user.is_some() && identity.user != owner.identity().user;
        if !known || other_user || last > owner.sequence() {
            return Err(refused());
        }
        if let Some(user) = &owner.identity().user {
            let may =
                self.settings.users.check_again(user, self.links.get(&id).is_some_and(|link| link.over_tls));
            may.map_err(|refusal| StartErrorCode::Own(SmolStr::new_static(refusal.name())))?;
        }
        let (highest, first) =
            (owner.sequence(), owner.journal().map_or(u64::MAX, |journal| journal.first()));
        let token = owner.token().cloned();
        let (edition, namespace) = self.form_of(session).ok_or_else(refused)?;
        let version = resume::version(namespace.as_ref(), edition);
        let is_xml = matches!(self.links.get(&id).map(|link| &link.form), Some(Form::Frames(_)));
        let asked = start.requested_protocol_versions.0.iter();
        if is_xml && !asked.into_iter().any(|asked| asked.trim() == version) {
            return Err(StartError::RequestedProtocolVersionNotSupported.into());
        }
        self.detach(session, applications, context);
        let duration = self.associate(id, session, edition, namespace, start, context.now);
        applications.set_whole_lists(session, self.is_json(id));
        if let Some(own) = self.links.get_mut(&id).and_then(|link| link.association.as_mut()) {
            own.replay = Some(Replay { next: last + 1, last: highest, pause: None });
        }
        let kept = self.links.get(&id).and_then(|link| link.association.as_ref()).map(carriage);
        kept.into_iter().for_each(|kept| applications.keep_session(session, kept));
        context.switch.session_resumed(session);
        if let Some(link) = self.links.get(&id)
            && context.out.guard.may_log("CTI session resumed", link.peer.ip())
        {
            info!(%session, link = id.0, peer = %link.peer, last, highest, "CTI session resumed");
        }
        let resumed = Some(Resumed { from: first.max(last + 1), to: highest });
        Ok(StartApplicationSessionPosResponse {
            session_id: session.to_smolstr(),
            actual_protocol_version: version,
            actual_session_duration: Some(duration),
            extensions: SessionExtensions { token, resumed },
        })
    }

    /// In which form a session has been answered until now.
    fn form_of(&self, session: SessionId) -> Option<(Edition, Option<SmolStr>)> {
        if let Some(lost) = self.lost.get(&session) {
            return Some((lost.edition, lost.namespace.clone()));
        }
        let own = self.links.get(self.by_session.get(&session)?)?.association.as_ref()?;
        Some((own.edition, own.namespace.clone()))
    }

    /// Takes a session from the connection that it has, which is closed, or from those that wait.
    fn detach(&mut self, session: SessionId, applications: &mut Applications, context: &mut Context<'_>) {
        if let Some(old) = self.by_session.get(&session).copied() {
            self.lose_session(old, &"its application has another connection", applications, context);
            self.drop_link(old, context.out);
        }
        if let Some(lost) = self.lost.remove(&session) {
            self.timers.stop(Some(lost.deadline));
        }
    }

    /// Sends some of the events that are sent again, after what says which are lost.
    pub(super) fn replay(&mut self, id: LinkId, applications: &mut Applications, context: &mut Context<'_>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(own) = &mut link.association else { return };
        let (session, Some(mut replay)) = (own.session, own.replay) else { return };
        let first = applications.session(session).and_then(|own| own.journal()).map_or(0, |own| own.first());
        if first > replay.next {
            for status in applications.messages_lost(session, replay.next, first - 1, context.switch) {
                if let Some(delivery) = applications.ask(session, status.into()) {
                    self.deliver(context.now, delivery, context.out);
                }
            }
            replay.next = first;
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        for _ in 0..AT_ONCE {
            let journal = applications.session(session).and_then(|own| own.journal());
            let Some(document) = journal.and_then(|journal| journal.event(replay.next)) else { break };
            let mut place = resume::sent_again(replay.next);
            let written;
            let document = match replay.next <= replay.last {
                true => {
                    written = resume::replayed(document);
                    written.as_slice()
                }
                false => {
                    place.replayed = false;
                    document
                }
            };
            link.send_event(context.now, id, place, document, context.out);
            replay.next += 1;
        }
        let done = applications.session(session).is_none_or(|own| replay.next > own.sequence());
        replay.pause = (!done).then(|| self.timers.start(context.now + PAUSE, Timer::Replay(id)));
        if let Some(own) = link.association.as_mut() {
            own.replay = (!done).then_some(replay);
        }
    }

    /// Ends every session that waits.
    pub(super) fn forget_all(
        &mut self,
        why: &dyn std::fmt::Display,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        let all: Vec<SessionId> = self.lost.keys().copied().collect();
        for session in all {
            self.forget_session(session, why, applications, context);
        }
    }
}
