//! What strangers may take: connections, half messages and kept requests of one source, and what scanners get.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use hookflash_time::Instant;
use hookflash_wire::sip::{HeaderName, Method, StatusCode};
use tracing::{debug, warn};

use super::Layer;
use crate::{Flow, Incoming, LinkId, Transmit};

/// Interval between two warnings about the same limit and source.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Warnings that are remembered at once; beyond it none is given.
const MAX_WARNINGS: usize = 1024;

/// What programs that look for telephone systems to abuse call themselves.
const SCANNERS: [&str; 10] = [
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sipcli",
    "sip-scan",
    "sundayddr",
    "iwar",
    "pplsip",
    "sipptk",
    "vaxsip",
];

/// Whether a program calls itself like one of [`SCANNERS`].
fn is_scanner(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SCANNERS.iter().any(|scanner| text.contains(scanner))
}

/// Which limits were named in the log, for which source, and when.
#[derive(Debug, Default)]
pub(crate) struct Warnings(BTreeMap<(&'static str, IpAddr), (Instant, u64)>);

impl Warnings {
    /// Names a limit that a source has reached, once a minute.
    pub(crate) fn tell(&mut self, now: Instant, limit: &'static str, source: IpAddr, value: usize) {
        if self.0.len() >= MAX_WARNINGS {
            self.0.retain(|_, (told, _)| now.since(*told) < WARN_EVERY);
        }
        let room = self.0.len() < MAX_WARNINGS;
        match self.0.get_mut(&(limit, source)) {
            Some((told, count)) if now.since(*told) < WARN_EVERY => *count += 1,
            Some((told, count)) => {
                warn!(%source, limit, value, again = *count, "refused: the limit is reached");
                (*told, *count) = (now, 0);
            }
            None if room => {
                warn!(%source, limit, value, "refused: the limit is reached");
                self.0.insert((limit, source), (now, 0));
            }
            None => {}
        }
    }
}

impl<U: Copy> Layer<U> {
    /// Lets a connection in, if need be in the place of an older one that nobody uses: one of the same source if that has
    /// its share already, else one of the source that has most. False if there is none.
    pub(super) fn admit_link(&mut self, now: Instant, source: IpAddr, out: &mut dyn Transmit) -> bool {
        let limits = self.settings.limits;
        let (total, unused) = self.links.of_source(source);
        let own = || self.links.oldest_unused_of(source);
        let (full, victim, limit, value) = if total >= limits.links_per_source {
            (true, own(), "connections per-source", limits.links_per_source)
        } else if unused >= limits.unused_per_source {
            (true, own(), "connections waiting per-source", limits.unused_per_source)
        } else {
            (self.links.len() >= limits.links, self.links.oldest_unused(), "open files", limits.links)
        };
        if !full {
            return true;
        }
        self.warnings.tell(now, limit, source, value);
        let Some(victim) = victim else { return false };
        self.drop_link(now, victim, format_args!("others need the room"), out);
        true
    }

    /// Bytes of an incomplete message wait on a connection. When they are too many altogether, connections of the source
    /// that has most of them are closed, the oldest first.
    pub(super) fn bound_gathered(&mut self, now: Instant, link: LinkId, out: &mut dyn Transmit) {
        self.links.note_gathered(link);
        while self.links.gathered() > self.settings.limits.gathered_bytes {
            let Some((victim, source)) = self.links.most_gathered() else { return };
            self.warnings.tell(now, "memory megabytes", source, self.settings.limits.gathered_bytes);
            self.drop_link(now, victim, format_args!("half messages take too much memory"), out);
        }
    }

    /// Whether the source of a request has as many kept requests as it may, and none of them has ended; then it is refused,
    /// and not kept. Else its oldest make room.
    pub(super) fn is_over_share(
        &mut self,
        now: Instant,
        incoming: &mut Incoming,
        out: &mut dyn Transmit,
    ) -> bool {
        let source = incoming.flow.peer().ip();
        let most = self.settings.limits.transactions_per_source;
        if incoming.transaction.is_none() || self.servers.make_room_of(now, source, most) {
            return false;
        }
        self.warnings.tell(now, "transactions per-source", source, most);
        self.refuse_unkept(now, incoming, StatusCode::SERVICE_UNAVAILABLE, out);
        true
    }

    /// Answers without keeping anything of the request.
    pub(super) fn refuse_unkept(
        &mut self,
        now: Instant,
        incoming: &mut Incoming,
        status: StatusCode,
        out: &mut dyn Transmit,
    ) {
        incoming.transaction = None;
        self.respond(now, incoming, &status.into(), out);
    }

    /// Whether a request comes from a program that looks for systems to abuse. It gets no answer.
    pub(super) fn is_scan(&mut self, incoming: &Incoming) -> bool {
        let headers = incoming.request.headers();
        let in_dialog = headers.to().is_ok_and(|to| to.tag().is_some());
        if in_dialog || incoming.request.method == Method::Ack {
            return false;
        }
        // Some write what they are into the header of the other side.
        let agent = headers.get(HeaderName::new("User-Agent")).unwrap_or_default();
        let server = headers.get(HeaderName::new("Server")).unwrap_or_default();
        let from = headers.from().ok().and_then(|from| from.display_name()).unwrap_or_default();
        let found = [agent, server, &from].into_iter().filter(|text| !text.is_empty()).any(is_scanner);
        if found {
            self.counters.scans += 1;
            debug!(peer = %incoming.flow, "request of a scanner dropped");
        }
        found
    }

    /// Sends a response, or one once more. As a datagram it goes only to where it may.
    pub(super) fn send_answer(&mut self, flow: &Flow, bytes: &[u8], out: &mut dyn Transmit) {
        if let Flow::Datagrams { peer, .. } = flow
            && !self.proofs.may_answer(*peer, bytes.len())
        {
            self.counters.unproven += 1;
            return;
        }
        self.transmit(flow, bytes, out);
    }
}
