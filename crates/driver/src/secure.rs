//! Links over TLS: a handshake comes before the node hears of them.

use std::{
    cell::RefCell,
    io,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::{Duration, Instant},
};

use hookflash_node::Listener;
use tokio::{net::TcpStream, sync::oneshot, task::spawn_local};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tracing::{debug, info};

use crate::{
    crowd::Crowd,
    driver::Driver,
    stream::Stream,
    tls::{self, Bounded, MAX_HANDSHAKES, MAX_HANDSHAKES_OF_ADDRESS},
};

/// What the handshake of a connection costs, as so many bytes that are read: most of what one can take in a turn.
const COST: usize = 8 * 1024;

/// A handshake that has lasted so long makes room for others. One that goes on takes some round trips.
const YOUNG: Duration = Duration::from_secs(1);

/// A handshake that is not done yet.
struct UnderWay {
    begun: Instant,
    /// When it is dropped, the handshake ends.
    _ends: oneshot::Sender<()>,
}

/// The handshakes that are not done yet.
#[derive(Default)]
pub(crate) struct Handshakes {
    under_way: RefCell<Crowd<UnderWay>>,
}

impl Handshakes {
    /// Begins one; `None` if there is no room for it. Where there are too many, altogether or of its source, the oldest one of
    /// the source that has most, or of its own, makes room if it does not go on.
    fn begin(&self, address: IpAddr) -> Option<(u64, oneshot::Receiver<()>)> {
        let mut under_way = self.under_way.borrow_mut();
        let crowded = if under_way.taken_by(address) >= MAX_HANDSHAKES_OF_ADDRESS {
            Some(address)
        } else if under_way.taken() >= MAX_HANDSHAKES {
            under_way.largest().map(|(address, _)| address)
        } else {
            None
        };
        if let Some(crowded) = crowded {
            let oldest = under_way.of(crowded).next();
            let victim =
                oldest.filter(|(_, oldest)| oldest.begun.elapsed() >= YOUNG).map(|(number, _)| number)?;
            under_way.free(crowded, victim);
        }
        let (ends, ended) = oneshot::channel();
        let number = under_way.take(address, UnderWay { begun: Instant::now(), _ends: ends });
        Some((number, ended))
    }

    fn end(&self, address: IpAddr, number: u64) {
        self.under_way.borrow_mut().free(address, number);
    }
}

impl Driver {
    /// A peer connected to a listener with TLS.
    pub(crate) fn accepted_secure(
        self: &Rc<Self>,
        socket: TcpStream,
        peer: SocketAddr,
        listener: Listener,
        acceptor: &TlsAcceptor,
    ) {
        let driver = self.clone();
        let acceptor = acceptor.clone();
        spawn_local(async move {
            if let Some(stream) = driver.shake_hands(socket, peer, &acceptor).await {
                let (bounded, tls) = stream.into_inner();
                let certificate = driver.client_certificate(&tls);
                driver.accepted(Stream::secured(bounded.into_socket(), tls), peer, listener, certificate);
            }
        });
    }

    /// Does the handshake of a connection when it is the turn of its source; `None` if it failed.
    pub(crate) async fn shake_hands(
        &self,
        socket: TcpStream,
        peer: SocketAddr,
        acceptor: &TlsAcceptor,
    ) -> Option<TlsStream<Bounded>> {
        let Some((number, ended)) = self.handshakes.begin(peer.ip()) else {
            debug!(%peer, "TLS connection refused: too many handshakes");
            return None;
        };
        let done = async {
            self.turns.begin(peer.ip()).await;
            self.turns.read(peer.ip(), COST);
            tls::handshake(acceptor, socket).await
        };
        let done = tokio::select! {
            done = done => done,
            _ = ended => Err(io::Error::other("others need the room")),
        };
        self.handshakes.end(peer.ip(), number);
        done.inspect_err(|error| {
            if self.may_log() {
                info!(%peer, %error, "TLS handshake failed");
            }
        })
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handshakes_that_do_not_go_on_make_room_and_those_that_do_are_spared() {
        let handshakes = Handshakes::default();
        let flood = IpAddr::from([192, 0, 2, 1]);
        let mut kept: Vec<_> =
            (0..MAX_HANDSHAKES_OF_ADDRESS).map(|_| handshakes.begin(flood).unwrap()).collect();
        assert!(handshakes.begin(flood).is_none(), "all of them are young");
        assert!(handshakes.begin([192, 0, 2, 2].into()).is_some(), "others are not concerned");
        let old = Instant::now().checked_sub(YOUNG).unwrap();
        for (number, _) in &kept {
            handshakes.under_way.borrow_mut().get_mut(flood, *number).unwrap().begun = old;
        }
        let next = handshakes.begin(flood).unwrap();
        assert!(
            kept[0].1.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed),
            "the oldest ends"
        );
        assert!(kept[1].1.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        handshakes.end(flood, next.0);
        assert!(handshakes.begin(flood).is_some());
    }
}
