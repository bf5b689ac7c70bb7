//! SIP over WebSocket (RFC 7118): who may have one.
//!
//! Everybody may, as everybody may open a TCP connection for SIP: a phone proves who it is when it registers. The connection
//! counts among those of SIP, within the same limits.

use std::net::SocketAddr;

use hookflash_provision::http::{Request, Response};

use super::{Flow, SUBPROTOCOL, Stream};
use crate::{FetchId, LinkId, Node, Output};

impl Node {
    /// Somebody asks for a WebSocket at `/sip`: answered with status 101 if the link is one from now on.
    pub(crate) fn sip_web_socket(
        &mut self,
        fetch: FetchId,
        link: LinkId,
        local: SocketAddr,
        peer: SocketAddr,
        request: &Request<'_>,
    ) {
        let response = if self.settings.configuration.sip_listen().is_none() && self.settings.bind.is_none() {
            Response::not_found()
        } else {
            let stream = if request.over_tls { Stream::SecureWebSocket } else { Stream::WebSocket };
            self.sip.connected(self.now, Flow::Link { link, stream, local, peer }, &mut self.out);
            request.certificate.into_iter().for_each(|shown| self.sip.set_certificate(link, shown));
            match self.sip.has_link(link) {
                true => Response { status: 101, fields: Vec::new(), body: Vec::new() }
                    .field("Sec-WebSocket-Protocol", SUBPROTOCOL),
                false => Response::text(503, "Too many connections\n"),
            }
        };
        self.out.push(Output::HttpResponse { fetch, response });
    }
}
