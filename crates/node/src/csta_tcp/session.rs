//! Application sessions (ECMA-354): how they start, go on and end.

use std::{fmt::Display, net::IpAddr};

use hookflash_core::{Instant, Refusal, cti::SessionId};
use hookflash_wire::csta::{
    self, ApplicationSessionTerminated, Edition, InvokeId, ResetApplicationSessionTimer,
    ResetApplicationSessionTimerNegResponse, ResetApplicationSessionTimerPosResponse, ResetError, Secret,
    SessionExtensions, SessionLogin, SessionMessage, SessionTermReason, StartApplicationSession,
    StartApplicationSessionNegResponse, StartApplicationSessionPosResponse, StartError, StartErrorCode,
    StopApplicationSession, StopApplicationSessionNegResponse, StopApplicationSessionPosResponse, StopError,
};
use smol_str::{SmolStr, ToSmolStr};
use tracing::{debug, info};

use super::link::{Association, Parked};
use super::{CstaTcp, Timer, link, resume};
use crate::{
    Context, LinkId,
    alarms::{Alarm, Name},
    csta::{Applications, Identity},
    users::{LoginRefusal, Users},
    verdicts::{Proof, Waiter},
};

/// The invoke identifier of ApplicationSessionTerminated, which has no response.
const TERMINATED: InvokeId = InvokeId::FIRST;

/// A reason that is no word of the standard.
pub(super) fn own_reason(text: &'static str) -> SessionTermReason {
    SessionTermReason::Own(SmolStr::new_static(text))
}

impl CstaTcp {
    pub(super) fn session_message(
        &mut self,
        id: LinkId,
        invoke: InvokeId,
        message: SessionMessage,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        match message {
            SessionMessage::Start(start) => match self.proof(id, invoke, &start, context) {
                Proof::Known => self.start_and_answer(id, invoke, &start, applications, context),
                Proof::Waits => {}
                Proof::Busy => {
                    let busy = StartErrorCode::from(StartError::ServerResourcesBusy);
                    let refusal = StartApplicationSessionNegResponse { error_code: busy };
                    self.send_session(id, invoke, &refusal.into(), context);
                }
            },
            SessionMessage::ResetTimer(reset) => {
                let answer = self.reset(id, &reset);
                let answer = answer.map_or_else(SessionMessage::from, SessionMessage::from);
                self.send_session(id, invoke, &answer, context);
            }
            SessionMessage::Stop(stop) => self.stop(id, invoke, &stop, applications, context),
            other => debug!(link = id.0, message = other.root(), "message that needs no response ignored"),
        }
    }

    fn start_and_answer(
        &mut self,
        id: LinkId,
        invoke: InvokeId,
        start: &StartApplicationSession,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        let answer = self.start(id, start, applications, context);
        let answer = answer.map_or_else(SessionMessage::from, SessionMessage::from);
        self.send_session(id, invoke, &answer, context);
        self.replay(id, applications, context);
    }

    /// Whether the start of a session can be looked at now, or its password first.
    fn proof(
        &mut self,
        id: LinkId,
        invoke: InvokeId,
        start: &StartApplicationSession,
        context: &mut Context<'_>,
    ) -> Proof {
        let Some(link) = self.links.get_mut(&id) else { return Proof::Known };
        let source = link.peer.ip();
        let login = start.application_info.application_specific_info.login.as_ref();
        let given = login.and_then(SessionLogin::credentials).filter(|_| token(start).is_none());
        let begins = link.association.is_none() && !self.stopping && self.settings.enabled;
        let Some((name, password)) = given.filter(|_| begins) else { return Proof::Known };
        let (name, password) = (name.trim(), password.expose());
        if !context.out.guard.may_log_in(source, name) {
            return Proof::Known;
        }
        let Some(hash) = self.settings.users.to_compare(name, password) else { return Proof::Known };
        let proof = self.verdicts.wait(source, (name, password), hash, Waiter::Link(id), context.out);
        if proof == Proof::Waits {
            link.parked = Some(Parked { invoke, start: start.clone(), later: Vec::new() });
        }
        proof
    }

    /// The verdict about a password is known. Returns what has come since it was given.
    pub(crate) fn login_goes_on(
        &mut self,
        id: LinkId,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> Vec<Vec<u8>> {
        let parked = self.links.get_mut(&id).and_then(|link| link.parked.take());
        let Some(Parked { invoke, start, later }) = parked else { return Vec::new() };
        self.session_message(id, invoke, SessionMessage::Start(start), applications, context);
        match self.links.get_mut(&id).and_then(|link| link.parked.as_mut()) {
            // The password has been changed meanwhile.
            Some(again) => {
                again.later = later;
                Vec::new()
            }
            None => later,
        }
    }

    pub(super) fn start(
        &mut self,
        id: LinkId,
        start: &StartApplicationSession,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> Result<StartApplicationSessionPosResponse, StartApplicationSessionNegResponse> {
        let opened = self.open(id, start, applications, context);
        opened.map_err(|error| {
            let peer = self.links.get(&id).map(|link| link.peer);
            if peer.is_some_and(|peer| context.out.guard.may_log("CTI session refused", peer.ip())) {
                info!(link = id.0, peer = peer.map(tracing::field::display), ?error, "CTI session refused");
            }
            if let Some(link) = self.links.get(&id) {
                let application = identity(start).map(|identity| identity.application).unwrap_or_default();
                for alarm in alarms_of_refusal(start, &error) {
                    context.out.alarm(&alarm.from(link.peer.ip()));
                }
                let why = format!("{error:?}");
                applications.refused_session(link.peer, application, SmolStr::default(), &why);
            }
            StartApplicationSessionNegResponse { error_code: error }
        })
    }

    fn open(
        &mut self,
        id: LinkId,
        start: &StartApplicationSession,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> Result<StartApplicationSessionPosResponse, StartErrorCode> {
        if self.stopping || !self.settings.enabled {
            return Err(StartError::ServerResourcesBusy.into());
        }
        let link = self.links.get_mut(&id).ok_or(StartError::ServerResourcesBusy)?;
        if link.association.is_some() {
            return Err(StartErrorCode::Own(SmolStr::new_static("sessionExists")));
        }
        let (peer, over_tls, certificate) = (link.peer, link.over_tls, link.certificate.clone());
        let source = peer.ip();
        let own = |refusal: LoginRefusal| StartErrorCode::Own(SmolStr::new_static(refusal.name()));
        self.settings.users.check_presented(certificate.as_deref()).map_err(own)?;
        let mut identity = identity(start).ok_or(StartError::InvalidApplicationInfo)?;
        let names_nobody = start.application_info.application_specific_info.login.is_none();
        if !self.settings.users.is_empty() && names_nobody && certificate.is_none() {
            return Err(StartError::InvalidApplicationInfo.into());
        }
        let wanted = resume::wanted(start);
        // Who comes back without a password has a token.
        if wanted.is_none() || gives_password(start) {
            let shown = (source, over_tls, certificate.as_deref());
            identity =
                log_in(identity, start, &self.settings.users, shown, applications, context).map_err(own)?;
        }
        if let Some(wanted) = wanted {
            return self.resume(id, start, (wanted, &identity), applications, context);
        }
        let version = choose(start).ok_or(StartError::RequestedProtocolVersionNotSupported)?;
        if self.by_session.len() >= self.settings.max_sessions {
            return Err(StartError::MaxNumberSessions.into());
        }
        let (version, edition) = version;
        let session = self.open_session(source, identity, edition, applications, context)?;
        applications.proven(session, source);
        let is_told_of = context.out.guard.may_log("CTI session opened", source);
        applications.set_told(session, is_told_of);
        if is_told_of {
            info!(%session, link = id.0, %peer, "CTI session opened");
        }
        let namespace = (version != edition.namespace()).then(|| version.clone());
        let duration = self.associate(id, session, edition, namespace, start, context.now);
        applications.set_whole_lists(session, self.is_json(id));
        let token = applications.make_resumable(session);
        let kept = self.links.get(&id).and_then(|link| link.association.as_ref()).map(resume::carriage);
        kept.into_iter().for_each(|kept| applications.keep_session(session, kept));
        Ok(StartApplicationSessionPosResponse {
            session_id: session.to_smolstr(),
            actual_protocol_version: version,
            actual_session_duration: Some(duration),
            extensions: SessionExtensions { token, resumed: None },
        })
    }

    /// Opens a session; those that wait for their applications make room for it.
    pub(super) fn open_session(
        &mut self,
        source: IpAddr,
        identity: Identity,
        edition: Edition,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> Result<SessionId, StartErrorCode> {
        while !applications.has_room(source, &identity.principal)
            || context.switch.cti().session_count() >= context.switch.settings().cti.max_sessions
        {
            if !self.forget_oldest(applications, context) {
                break;
            }
        }
        applications.may_open(source, &identity.principal).map_err(start_error)?;
        applications.open(context.now, identity, edition, context.switch).map_err(start_error)
    }

    /// Whether the messages of a connection are in JSON.
    pub(super) fn is_json(&self, id: LinkId) -> bool {
        self.links.get(&id).is_some_and(|link| matches!(link.form, super::link::Form::Json(_)))
    }

    /// Lets a connection carry a session from now on. Returns its duration in seconds.
    pub(super) fn associate(
        &mut self,
        id: LinkId,
        session: SessionId,
        edition: Edition,
        namespace: Option<SmolStr>,
        start: &StartApplicationSession,
        now: Instant,
    ) -> i64 {
        let wanted = heartbeat_interval(start);
        let interval = match wanted {
            Some(seconds) => link::interval(seconds, &self.settings),
            None => link::interval_of_duration(start.requested_session_duration, &self.settings),
        };
        let expiry = Some(self.timers.start(now + interval * 2, Timer::Expiry(id)));
        let heartbeat = Some(self.timers.start(now + interval, Timer::Heartbeat(id)));
        let association = Association {
            session,
            edition,
            namespace,
            interval,
            expiry,
            heartbeat,
            wants_heartbeats: wanted.is_some(),
            cleanup_delay: resume::cleanup_delay(start),
            is_unasked: false,
            replay: None,
        };
        let duration = association.duration();
        if let Some(link) = self.links.get_mut(&id) {
            self.timers.stop(link.login.take());
            link.association = Some(association);
        }
        self.by_session.insert(session, id);
        self.associated(id);
        duration
    }

    /// The duration may change. Any message, and so this one, makes it begin anew.
    fn reset(
        &mut self,
        id: LinkId,
        reset: &ResetApplicationSessionTimer,
    ) -> Result<ResetApplicationSessionTimerPosResponse, ResetApplicationSessionTimerNegResponse> {
        let refused = ResetApplicationSessionTimerNegResponse::from(ResetError::InvalidSessionId);
        let Some(link) = self.links.get_mut(&id) else { return Err(refused) };
        let heard = link.heard;
        let association = link.association.as_mut();
        let Some(association) = association.filter(|own| names(&reset.session_id, own.session)) else {
            return Err(refused);
        };
        association.interval =
            link::interval_of_duration(Some(reset.requested_session_duration), &self.settings);
        self.timers.stop(association.expiry.take());
        association.expiry = Some(self.timers.start(association.expires(heard), Timer::Expiry(id)));
        Ok(ResetApplicationSessionTimerPosResponse { actual_session_duration: association.duration() })
    }

    fn stop(
        &mut self,
        id: LinkId,
        invoke: InvokeId,
        stop: &StopApplicationSession,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        let own = self.session_of(id).is_some_and(|session| names(&stop.session_id, session));
        if !own {
            let refusal = StopApplicationSessionNegResponse::from(StopError::InvalidSessionId);
            return self.send_session(id, invoke, &refusal.into(), context);
        }
        self.send_session(id, invoke, &StopApplicationSessionPosResponse.into(), context);
        self.end_session(id, &"the application stopped it", applications, context);
        self.drop_link(id, context.out);
    }

    /// Sends ApplicationSessionTerminated if there is a session, and closes the connection.
    pub(super) fn terminate(
        &mut self,
        id: LinkId,
        reason: SessionTermReason,
        why: &dyn Display,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        if let Some(session) = self.session_of(id) {
            for abort in applications.abort_registrations(session) {
                if let Some(delivery) = applications.ask(session, abort) {
                    self.deliver(context.now, delivery, context.out);
                }
            }
            let over = ApplicationSessionTerminated {
                session_id: session.to_smolstr(),
                session_term_reason: reason,
            };
            self.send_session(id, TERMINATED, &over.into(), context);
        }
        self.end_session(id, why, applications, context);
        self.drop_link(id, context.out);
    }

    /// Closes the session of a connection, if it has one.
    pub(super) fn end_session(
        &mut self,
        id: LinkId,
        why: &dyn Display,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        let Some(session) = self.session_of(id) else { return };
        self.by_session.remove(&session);
        applications.close(session, why, context.switch);
    }

    pub(super) fn send_session(
        &mut self,
        id: LinkId,
        invoke: InvokeId,
        message: &SessionMessage,
        context: &mut Context<'_>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        // None of them comes near the size of a frame.
        let _ = link.write(context.now, id, invoke, context.out, |out| csta::encode_session(message, out));
    }

    fn session_of(&self, id: LinkId) -> Option<SessionId> {
        Some(self.links.get(&id)?.association.as_ref()?.session)
    }
}

/// The alarms about a session that is refused.
fn alarms_of_refusal(start: &StartApplicationSession, error: &StartErrorCode) -> Vec<Alarm> {
    let user = identity(start).map(|identity| identity.principal).unwrap_or_default();
    let reason = match error {
        StartErrorCode::Own(own) => own.to_string(),
        StartErrorCode::Defined(error) => error.to_string(),
    };
    let name = match error {
        StartErrorCode::Defined(StartError::MaxNumberSessions) => Some(Name::CtiMaxConnectionReached),
        StartErrorCode::Defined(StartError::RequestedProtocolVersionNotSupported) => {
            Some(Name::CtiIncompatibleProtocolVersion)
        }
        StartErrorCode::Own(own) if own == LoginRefusal::LoginFailed.name() => {
            Some(Name::KCtiDirectoryLoginFailure)
        }
        _ => None,
    };
    let about = |name| Alarm::new(name).with("LoginUserID", &user).with("Reason", &reason);
    name.into_iter().chain([Name::CtiProviderOpenFailure]).map(about).collect()
}

/// Only the very string that was given out names a session.
pub(super) fn names(given: &str, session: SessionId) -> bool {
    given.trim() == session.to_smolstr()
}

/// Bytes of the name of an application, and of that of its user: they are in log lines, alarms, the audit and on screens.
const MAX_NAME: usize = 128;

/// Who starts a session: its user is whom the login names, or else the application itself. None if a name is missing or too
/// long.
fn identity(start: &StartApplicationSession) -> Option<Identity> {
    let info = &start.application_info;
    let application = info.application_id.trim();
    let user = match &info.application_specific_info.login {
        Some(SessionLogin::Avaya(login)) => login.user_name.as_deref(),
        Some(SessionLogin::Hookflash(login)) => login.user_name.as_deref(),
        None => None,
    };
    let principal = user.map_or(application, str::trim);
    if [application, principal].iter().any(|name| name.is_empty() || name.len() > MAX_NAME) {
        return None;
    }
    Some(Identity { application: application.into(), principal: principal.into(), user: None })
}

/// The identity with its user, if users are configured. A source that has failed too often is refused like one that does not
/// know the password.
fn log_in(
    identity: Identity,
    start: &StartApplicationSession,
    users: &Users,
    (source, over_tls, certificate): (IpAddr, bool, Option<&str>),
    applications: &Applications,
    context: &mut Context<'_>,
) -> Result<Identity, LoginRefusal> {
    let name = identity.principal.clone();
    if !users.is_empty() && !context.out.guard.may_log_in(source, &name) {
        return Err(LoginRefusal::LoginFailed);
    }
    let logged_in = logged_in(identity, start, users, (over_tls, certificate), applications);
    if logged_in == Err(LoginRefusal::LoginFailed) {
        context.out.guard.login_failed(source, users.is_known(&name).then_some(&*name));
    }
    logged_in
}

/// The identity with the user whose password the application has given, or whose certificate it has shown without one, if users
/// are configured.
fn logged_in(
    identity: Identity,
    start: &StartApplicationSession,
    users: &Users,
    (over_tls, certificate): (bool, Option<&str>),
    applications: &Applications,
) -> Result<Identity, LoginRefusal> {
    if users.is_empty() {
        return Ok(identity);
    }
    let (name, password) = match &start.application_info.application_specific_info.login {
        Some(SessionLogin::Avaya(login)) => (&login.user_name, &login.password),
        Some(SessionLogin::Hookflash(login)) => (&login.user_name, &login.password),
        None => (&None, &None),
    };
    let name = name.as_deref().map(str::trim);
    if let Some(token) = token(start) {
        let live = applications.session_with_token(token.expose()).ok_or(LoginRefusal::LoginFailed)?;
        // It stands for the password of its own user.
        let own = |user: &SmolStr| name.is_none_or(|named| named == user);
        let user = live.identity().user.clone().filter(own).ok_or(LoginRefusal::LoginFailed)?;
        users.check_again(&user, over_tls)?;
        return Ok(Identity { principal: user.clone(), user: Some(user), ..identity });
    }
    if password.is_none() && certificate.is_some() && users.take_certificates() {
        let user = users.check_certificate(certificate, name)?;
        return Ok(Identity { principal: user.clone(), user: Some(user), ..identity });
    }
    let name = name.unwrap_or_default();
    users.check(name, password.as_ref().map(Secret::expose).unwrap_or_default(), over_tls)?;
    Ok(Identity { user: Some(name.into()), ..identity })
}

/// The token that is given in place of a password.
fn token(start: &StartApplicationSession) -> Option<&Secret> {
    match &start.application_info.application_specific_info.login {
        Some(SessionLogin::Hookflash(login)) => login.token.as_ref(),
        Some(SessionLogin::Avaya(_)) | None => None,
    }
}

/// Whether a login has a name and a password.
fn gives_password(start: &StartApplicationSession) -> bool {
    let login = start.application_info.application_specific_info.login.as_ref();
    login.is_some_and(|login| login.credentials().is_some())
}

/// The interval that a login asks for, in seconds.
fn heartbeat_interval(start: &StartApplicationSession) -> Option<i64> {
    match &start.application_info.application_specific_info.login {
        Some(SessionLogin::Hookflash(login)) => login.heartbeat_interval,
        Some(SessionLogin::Avaya(_)) | None => None,
    }
}

/// The first version that is known, and the edition that it means.
fn choose(start: &StartApplicationSession) -> Option<(SmolStr, Edition)> {
    let versions = start.requested_protocol_versions.0.iter().map(|version| version.trim());
    let mut known = versions.filter(|version| version.bytes().all(may_be_in_namespace));
    known.find_map(|version| Some((version.into(), Edition::from_namespace(version)?)))
}

/// What needs no escape in XML.
fn may_be_in_namespace(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b":/.-_".contains(&byte)
}

fn start_error(refusal: Refusal) -> StartErrorCode {
    match refusal {
        Refusal::SessionLimitExceeded => StartError::MaxNumberSessions.into(),
        _ => StartError::ServerResourcesBusy.into(),
    }
}
