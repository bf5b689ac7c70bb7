//! Connections whose messages are JSON.

use std::net::SocketAddr;

use hookflash_core::{Instant, cti::SessionId};
use hookflash_wire::csta::{self, DecodeError, TcpMessage};
use tracing::debug;

use super::{
    CstaTcp,
    link::{Form, write_text},
};
use crate::{
    Context, LinkId, Outbox,
    csta::{Applications, Content},
    csta_json::{Call, Rpc},
    users::Users,
};

impl CstaTcp {
    /// Who may log in.
    pub(crate) fn users(&self) -> &Users {
        &self.settings.users
    }

    /// Whether a session is carried over TLS.
    pub(crate) fn is_over_tls(&self, session: SessionId) -> bool {
        let link = self.by_session.get(&session).and_then(|id| self.links.get(id));
        link.is_some_and(|link| link.over_tls)
    }

    /// Whether applications are served.
    pub(crate) fn is_serving(&self) -> bool {
        self.settings.enabled && !self.stopping
    }

    /// An application connected over WebSocket, from an address, over TLS or without it; false if there is no room for it.
    pub(crate) fn connected_over_web(
        &mut self,
        now: Instant,
        link: LinkId,
        peer: (SocketAddr, bool),
        rpc: Rpc,
        out: &mut Outbox,
    ) -> bool {
        self.connect(now, link, peer, Form::Json(rpc), out)
    }

    /// Takes one whole message. The first service of a user who logged in with the upgrade starts a session.
    pub(super) fn received_text(
        &mut self,
        id: LinkId,
        text: &[u8],
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.heard = context.now;
        let session = link.association.as_ref().map(|association| association.session);
        let Form::Json(rpc) = &mut link.form else { return };
        let call = match rpc.read(text, session) {
            Ok(Some(call)) => call,
            Ok(None) => return debug!(link = id.0, "message that needs no response ignored"),
            Err(answer) => return answer.iter().for_each(|answer| write_text(id, answer, context.out)),
        };
        let implicit = rpc.implicit_start().filter(|_| session.is_none() && !call.of_session);
        if let Some(start) = implicit
            && !self.start_implicitly(id, &call, &start, applications, context)
        {
            return;
        }
        match csta::decode_tcp(&call.document) {
            Err(error) if is_no_request(&error) => self.refuse_text(id, &call, &error, context),
            message => self.message(id, call.invoke, message, applications, context),
        }
    }

    /// Starts a session for the user of the upgrade; a refusal is the answer to the request.
    fn start_implicitly(
        &mut self,
        id: LinkId,
        call: &Call,
        document: &[u8],
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> bool {
        let Ok(TcpMessage::Session(csta::SessionMessage::Start(start))) = csta::decode_tcp(document) else {
            return true;
        };
        match self.start(id, &start, applications, context) {
            Ok(_) => true,
            Err(refusal) => {
                self.send_session(id, call.invoke, &refusal.into(), context);
                false
            }
        }
    }

    fn refuse_text(&mut self, id: LinkId, call: &Call, error: &DecodeError, context: &mut Context<'_>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Form::Json(rpc) = &mut link.form else { return };
        if let Some(answer) = rpc.unreadable(call.invoke, &error.to_string()) {
            write_text(id, &answer, context.out);
        }
    }
}

/// Whether CSTA has no answer to it: it is too large, or nested too deeply.
fn is_no_request(error: &DecodeError) -> bool {
    error.session_refusal().is_none() && Content::of_error(error).is_none()
}
