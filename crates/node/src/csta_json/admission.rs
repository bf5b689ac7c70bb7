//! Who may have a WebSocket.

use std::net::SocketAddr;

use hookflash_provision::http::{Request, Response};
use hookflash_wire::csta::Secret;
use smol_str::SmolStr;

use super::{Rpc, SUBPROTOCOL};
use crate::{
    FetchId, LinkId, Node, Output,
    alarms::Alarm,
    users::{LoginRefusal, Users},
    verdicts::{self, Proof, Waiter},
};

/// The realm of HTTP Basic.
pub(crate) const REALM: &str = "hookflash";

/// Who has logged in with a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct WebLogin {
    /// The user, or the application where there are no users.
    pub(crate) name: SmolStr,
    /// What proves it.
    pub(crate) credential: Credential,
}

/// What proves who somebody is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Credential {
    /// HTTP Basic.
    Password(Secret),
    /// `Authorization: Bearer`: the token of a live session.
    Token(Secret),
    /// The certificate of the connection.
    Certificate,
}

impl Node {
    /// Somebody asks for a WebSocket: answered with status 101 if the link is one from now on.
    pub(crate) fn web_socket(
        &mut self,
        fetch: FetchId,
        link: LinkId,
        peer: SocketAddr,
        request: &Request<'_>,
    ) {
        if !self.has_web_doors(request) {
            return self.out.push(Output::HttpResponse { fetch, response: Response::not_found() });
        }
        match self.proof(peer, request, |own| Waiter::Socket(fetch, link, peer, own)) {
            Proof::Known => {}
            Proof::Waits => return,
            Proof::Busy => return self.out.push(Output::HttpResponse { fetch, response: verdicts::busy() }),
        }
        let login = match self.web_login(peer, request) {
            // The first message may have a password.
            Err(LoginRefusal::CertificateUntrusted | LoginRefusal::CertificateUnknown)
                if request.authorization.is_none() =>
            {
                Ok(None)
            }
            login => login,
        };
        let admitted = login.map_err(refused).and_then(|login| {
            self.admit_socket(link, (peer, request.over_tls), login)?;
            request.certificate.into_iter().for_each(|shown| self.csta_tcp.set_certificate(link, shown));
            Ok(())
        });
        let response = match admitted {
            Ok(()) => Response { status: 101, fields: Vec::new(), body: Vec::new() }
                .field("Sec-WebSocket-Protocol", SUBPROTOCOL),
            Err(refusal) => refusal,
        };
        self.out.push(Output::HttpResponse { fetch, response });
    }

    /// Whether applications are served over HTTP (`http port` in `cti-manager`), or over HTTPS (`https port`), as the request
    /// came.
    pub(crate) fn has_web_doors(&self, request: &Request<'_>) -> bool {
        let manager = self.settings.configuration.cti_manager.as_ref();
        let serves = |manager: &crate::config::CtiManager| {
            manager.http_port.is_some() || (request.over_tls && manager.https_port.is_some())
        };
        manager.is_some_and(serves)
    }

    fn admit_socket(
        &mut self,
        link: LinkId,
        peer: (SocketAddr, bool),
        login: Option<WebLogin>,
    ) -> Result<(), Response> {
        let Node { now, csta_tcp, out, .. } = self;
        if !csta_tcp.is_serving() {
            return Err(Response::text(503, "CTI is shut down\n"));
        }
        match csta_tcp.connected_over_web(*now, link, peer, Rpc::new(login), out) {
            true => Ok(()),
            false => Err(Response::text(503, "Too many connections\n")),
        }
    }

    /// The login of a request, checked if users are configured; `None` if it has none.
    ///
    /// # Errors
    /// It is a wrong one.
    pub(crate) fn web_login(
        &mut self,
        peer: SocketAddr,
        request: &Request<'_>,
    ) -> Result<Option<WebLogin>, LoginRefusal> {
        let users = self.csta_tcp.users();
        users.check_presented(request.certificate)?;
        let Some(authorization) = request.authorization else {
            if request.certificate.is_none() || !users.take_certificates() {
                return Ok(None);
            }
            let name = users.check_certificate(request.certificate, None)?;
            return Ok(Some(WebLogin { name, credential: Credential::Certificate }));
        };
        if let Some(token) = bearer(authorization) {
            return self.token_login(peer, token, request.over_tls).map(Some);
        }
        let (name, password) = request.basic().ok_or(LoginRefusal::LoginFailed)?;
        let login = self.password_login(peer, &name, password, request.over_tls);
        if let Err(refusal) = login {
            for alarm in Alarm::of_login(refusal, &name) {
                self.out.alarm(&alarm.from(peer.ip()));
            }
        }
        login.map(Some)
    }

    /// The login of who knows the password.
    fn password_login(
        &mut self,
        peer: SocketAddr,
        name: &str,
        password: String,
        over_tls: bool,
    ) -> Result<WebLogin, LoginRefusal> {
        let users = self.csta_tcp.users();
        let checked = check(users, name, &password, over_tls, || self.out.guard.may_log_in(peer.ip(), name));
        if checked == Err(LoginRefusal::LoginFailed) {
            self.out.guard.login_failed(peer.ip(), users.is_known(name).then_some(name));
        }
        checked.map(|()| WebLogin { name: name.into(), credential: Credential::Password(password.into()) })
    }

    /// The login of who has the token of a live session.
    fn token_login(
        &mut self,
        peer: SocketAddr,
        token: &str,
        over_tls: bool,
    ) -> Result<WebLogin, LoginRefusal> {
        let owner = self.applications.session_with_token(token).map(|session| session.identity().clone());
        let users = self.csta_tcp.users();
        let name = owner.and_then(|owner| match users.is_empty() {
            true => Some(owner.application),
            false => owner.user.filter(|user| users.check_again(user, over_tls).is_ok()),
        });
        let Some(name) = name else {
            self.out.guard.login_failed(peer.ip(), None);
            return Err(LoginRefusal::LoginFailed);
        };
        Ok(WebLogin { name, credential: Credential::Token(token.into()) })
    }
}

/// The response to a wrong login.
pub(crate) fn refused(refusal: LoginRefusal) -> Response {
    match refusal {
        LoginRefusal::LoginFailed => Response::unauthorized(REALM),
        LoginRefusal::CtiNotEnabled
        | LoginRefusal::SecureConnectionRequired
        | LoginRefusal::CertificateRequired
        | LoginRefusal::CertificateUntrusted
        | LoginRefusal::CertificateUnknown => Response::text(403, format!("{}\n", refusal.name())),
    }
}

/// The token of `Authorization: Bearer`.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

/// Checks a login. A source that has failed too often is refused like one that does not know the password.
fn check(
    users: &Users,
    name: &str,
    password: &str,
    over_tls: bool,
    may_attempt: impl FnOnce() -> bool,
) -> Result<(), LoginRefusal> {
    if users.is_empty() {
        return Ok(());
    }
    if !may_attempt() {
        return Err(LoginRefusal::LoginFailed);
    }
    users.check(name, password, over_tls)
}
