//! Who may have a WebSocket.

use std::net::SocketAddr;

use hookflash_provision::http::{Request, Response};
use hookflash_wire::csta::Secret;
use smol_str::SmolStr;

use super::{Rpc, SUBPROTOCOL};
use crate::{
    FetchId, LinkId, Node, Output,
    users::{LoginRefusal, Users},
};

/// The realm of HTTP Basic.
pub(crate) const REALM: &str = "hookflash";

/// Name and password.
pub(crate) type Login = (SmolStr, Secret);

impl Node {
    /// Somebody asks for a WebSocket: answered with status 101 if the link is one from now on.
    pub(crate) fn web_socket(
        &mut self,
        fetch: FetchId,
        link: LinkId,
        peer: SocketAddr,
        request: &Request<'_>,
    ) {
        if !self.has_web_doors() {
            return self.out.push(Output::HttpResponse { fetch, response: Response::not_found() });
        }
        let admitted = self.web_login(peer, request).and_then(|login| self.admit_socket(link, peer, login));
        let response = match admitted {
            Ok(()) => Response { status: 101, fields: Vec::new(), body: Vec::new() }
                .field("Sec-WebSocket-Protocol", SUBPROTOCOL),
            Err(refusal) => refusal,
        };
        self.out.push(Output::HttpResponse { fetch, response });
    }

    /// Whether applications are served over HTTP (`http port` in `cti-manager`).
    pub(crate) fn has_web_doors(&self) -> bool {
        self.settings.configuration.cti_manager.as_ref().is_some_and(|manager| manager.http_port.is_some())
    }

    fn admit_socket(&mut self, link: LinkId, peer: SocketAddr, login: Option<Login>) -> Result<(), Response> {
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
    /// The response to a wrong one.
    pub(crate) fn web_login(
        &mut self,
        peer: SocketAddr,
        request: &Request<'_>,
    ) -> Result<Option<Login>, Response> {
        if request.authorization.is_none() {
            return Ok(None);
        }
        let (name, password) = request.basic().ok_or_else(|| Response::unauthorized(REALM))?;
        let users = self.csta_tcp.users();
        let checked = check(users, &name, &password, || self.out.guard.may_attempt(peer.ip()));
        match checked {
            Ok(()) => Ok(Some((name.into(), password.into()))),
            Err(LoginRefusal::LoginFailed) => {
                self.out.guard.attempt_failed(peer.ip());
                Err(Response::unauthorized(REALM))
            }
            Err(refusal) => Err(Response::text(403, format!("{}\n", refusal.name()))),
        }
    }
}

/// Checks a login. A source that has failed too often is refused like one that does not know the password.
fn check(
    users: &Users,
    name: &str,
    password: &str,
    may_attempt: impl FnOnce() -> bool,
) -> Result<(), LoginRefusal> {
    if users.is_empty() {
        return Ok(());
    }
    if !may_attempt() {
        return Err(LoginRefusal::LoginFailed);
    }
    users.check(name, password, false)
}
