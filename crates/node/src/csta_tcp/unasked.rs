//! Applications that start no session: older ones than ECMA-354 (`csta implicit`, `csta greeting`).
//!
//! ```text
//!  implicit: connection ─► the first request starts a session of the listener's user
//!  greeting: connection ─► a session of the listener's user, and SystemStatus with identifier 0001
//! ```
//!
//! The session ends with its connection, and cannot be resumed. It does not expire. It is answered in the edition in which its
//! application asks. A MakeCall that does not say whether the user is to be prompted goes ahead without.

use std::net::SocketAddr;

use hookflash_wire::csta::{Edition, Framer, SystemStatus, SystemStatusValue};
use tracing::{info, warn};

use super::{
    CstaTcp,
    link::{Association, Form},
};
use crate::{
    Context, LinkId,
    alarms::{Alarm, Name},
    csta::{Applications, Identity},
};

/// The edition of a greeting.
const GREETING: Edition = Edition::Ed4;

impl CstaTcp {
    /// An application connected that starts no session.
    pub(crate) fn connected_unasked(
        &mut self,
        id: LinkId,
        peer: SocketAddr,
        greets: bool,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        let user = if greets { &self.settings.greeting_user } else { &self.settings.implicit_user };
        let user = user.clone();
        let form = Form::Frames(Framer::default());
        if user.is_none() || !self.connect(context.now, id, (peer, false), form, context.out) {
            return context.out.close(id);
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.unasked = user;
        }
        if greets && self.begin_unasked(id, GREETING, applications, context) {
            let status = SystemStatus::of(None, SystemStatusValue::Normal);
            let session = self.links.get(&id).and_then(|link| Some(link.association.as_ref()?.session));
            let greeting = session.and_then(|session| applications.ask(session, status.into()));
            greeting.into_iter().for_each(|greeting| self.deliver(context.now, greeting, context.out));
        }
    }

    /// Starts a session for an application that starts none, or answers in the edition of its request from now on. False if
    /// it does not need that, or may not; then its connection is closed.
    pub(super) fn begin_unasked(
        &mut self,
        id: LinkId,
        edition: Edition,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(link) = self.links.get_mut(&id) else { return false };
        let Some(user) = link.unasked.clone() else { return false };
        if let Some(own) = &mut link.association {
            if own.is_unasked && own.edition != edition {
                own.edition = edition;
                applications.set_unasked(own.session, edition);
            }
            return false;
        }
        let peer = link.peer;
        let users = &self.settings.users;
        let checked = if users.is_empty() { Ok(()) } else { users.check_again(&user, false) };
        let known = (!users.is_empty()).then(|| user.clone());
        let identity = Identity { application: user.clone(), principal: user.clone(), user: known };
        let full = self.by_session.len() >= self.settings.max_sessions;
        let opened = match checked {
            Ok(()) if self.settings.enabled && !self.stopping && !full => self
                .open_session(peer.ip(), identity, edition, applications, context)
                .map_err(|error| format!("{error:?}")),
            Ok(()) => Err("there are too many sessions, or CTI is shut down".to_owned()),
            Err(refusal) => Err(refusal.name().to_owned()),
        };
        let session = match opened {
            Ok(session) => session,
            Err(why) => {
                if context.out.guard.may_log("CTI session refused", peer.ip()) {
                    warn!(%peer, %user, "CTI session refused: {why}");
                }
                let names = full.then_some(Name::CtiMaxConnectionReached);
                for name in names.into_iter().chain([Name::CtiProviderOpenFailure]) {
                    let alarm = Alarm::new(name).with("LoginUserID", &user).with("Reason", &why);
                    context.out.alarm(&alarm.from(peer.ip()));
                }
                self.drop_link(id, context.out);
                return false;
            }
        };
        applications.proven(session, peer.ip());
        applications.set_unasked(session, edition);
        let is_told_of = context.out.guard.may_log("CTI session opened", peer.ip());
        applications.set_told(session, is_told_of);
        if is_told_of {
            info!(%session, link = id.0, %peer, %user, "CTI session opened");
        }
        let association = Association {
            session,
            edition,
            namespace: None,
            interval: self.settings.max_heartbeat,
            expiry: None,
            heartbeat: None,
            wants_heartbeats: false,
            cleanup_delay: std::time::Duration::ZERO,
            is_unasked: true,
            replay: None,
        };
        if let Some(link) = self.links.get_mut(&id) {
            self.timers.stop(link.login.take());
            link.association = Some(association);
        }
        self.by_session.insert(session, id);
        self.associated(id);
        true
    }
}
