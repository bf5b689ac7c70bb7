//! TFTP (RFC 1350, with options): files for phones. Nothing is written. What a name means is asked of the node: a name never
//! becomes a path here.
//!
//! A request proves nothing about where it came from. Before its first acknowledgement a transfer sends the answer to its
//! options, once more if nothing comes; without options the first block, and then the client asks again. An address that has
//! not acknowledged anything lately gets [`FIRST_BLOCKS`] of those in [`PROOF_TIME`].
//!
//! # Limits
//!
//! [`MAX_TRANSFERS`], [`MAX_TRANSFERS_OF_ADDRESS`], [`MAX_UNPROVEN`]: the oldest transfer without an acknowledgement makes room, that
//! of the address that has most of them; one that goes on is spared.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    io::{self, Cursor, Read},
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::{Duration, Instant},
};

use hookflash_node::FileAnswer;
use tokio::{net::UdpSocket, sync::oneshot, task::spawn_local};
use tracing::debug;

use crate::{
    crowd::Crowd,
    driver::Driver,
    fetch::local_towards,
    log_budget::tell_file,
    tftp_request::{self as packet, Refusal, Said},
};

/// Transfers at the same time, those of one address, and those that were not acknowledged yet.
const MAX_TRANSFERS: usize = 256;
const MAX_TRANSFERS_OF_ADDRESS: usize = 64;
const MAX_UNPROVEN: usize = 128;
/// How long an acknowledgement is waited for, and how often a block is sent again: before and after the first one.
const RETRANSMIT_AFTER: Duration = Duration::from_secs(1);
const RETRANSMISSIONS: u32 = 5;
const RETRANSMISSIONS_UNPROVEN: u32 = 1;
/// First blocks without options for an address that has acknowledged nothing, in how long a time.
const FIRST_BLOCKS: u32 = 16;
const PROOF_TIME: Duration = Duration::from_secs(600);
/// Addresses whose acknowledgements are remembered.
const MAX_ADDRESSES: usize = 4096;
/// The longest first packet that is read.
const MAX_REQUEST: usize = 1024;

/// Requests that are taken before other tasks run.
const REQUESTS_PER_TURN: u32 = 32;

/// What an address has shown.
#[derive(Clone, Copy, Debug)]
struct Shown {
    since: Instant,
    /// First blocks that were sent to it, or `None` if it has acknowledged something.
    first_blocks: Option<u32>,
}

/// The addresses that have asked lately.
#[derive(Debug, Default)]
struct Addresses(HashMap<IpAddr, Shown>);

impl Addresses {
    fn proven(&mut self, now: Instant, address: IpAddr) {
        self.remember(now, address, None);
    }

    /// Whether a first block may be sent to an address.
    fn may_send(&mut self, now: Instant, address: IpAddr) -> bool {
        let known = self.0.get(&address).filter(|known| now.duration_since(known.since) < PROOF_TIME);
        match known.copied() {
            None => self.remember(now, address, Some(1)),
            Some(Shown { first_blocks: None, .. }) => true,
            Some(Shown { since, first_blocks: Some(blocks) }) => {
                // A client that is slow asks again now and then.
                let more = now.duration_since(since) >= RETRANSMIT_AFTER * blocks * blocks;
                let may = blocks < FIRST_BLOCKS || more;
                may && self.remember(since, address, Some(blocks.saturating_add(1)))
            }
        }
    }

    /// False if there is no room for one more.
    fn remember(&mut self, since: Instant, address: IpAddr, first_blocks: Option<u32>) -> bool {
        if self.0.len() >= MAX_ADDRESSES && !self.0.contains_key(&address) {
            self.0.retain(|_, known| known.first_blocks.is_none() && known.since.elapsed() < PROOF_TIME);
            if self.0.len() >= MAX_ADDRESSES {
                return false;
            }
        }
        self.0.insert(address, Shown { since, first_blocks });
        true
    }
}

/// A transfer that has not ended.
#[derive(Debug)]
struct UnderWay {
    peer: SocketAddr,
    begun: Instant,
    /// When it is dropped, the transfer ends.
    _ends: oneshot::Sender<()>,
}

/// The transfers that have not ended.
#[derive(Debug, Default)]
struct Transfers {
    unproven: Crowd<UnderWay>,
    proven: Crowd<UnderWay>,
}

impl Transfers {
    /// Begins one.
    fn begin(&mut self, now: Instant, peer: SocketAddr) -> Result<(u64, oneshot::Receiver<()>), Refused> {
        let address = peer.ip();
        if self.proven.of(address).any(|(_, other)| other.peer == peer) {
            return Err(Refused::Repeated);
        }
        let mut unproven = self.unproven.of(address).filter(|(_, other)| other.peer == peer);
        let before = unproven.next().map(|(number, other)| (number, other.begun));
        drop(unproven);
        if let Some((number, begun)) = before {
            if now.duration_since(begun) < RETRANSMIT_AFTER / 2 {
                return Err(Refused::Repeated);
            }
            self.unproven.free(address, number);
        }
        if self.unproven.taken_by(address) + self.proven.taken_by(address) >= MAX_TRANSFERS_OF_ADDRESS {
            self.make_room(address)?;
        }
        let all = self.unproven.taken() + self.proven.taken();
        if all >= MAX_TRANSFERS || self.unproven.taken() >= MAX_UNPROVEN {
            let (most, _) = self.unproven.largest().ok_or(Refused::Busy)?;
            self.make_room(most)?;
        }
        let (ends, ended) = oneshot::channel();
        Ok((self.unproven.take(address, UnderWay { peer, begun: now, _ends: ends }), ended))
    }

    fn make_room(&mut self, address: IpAddr) -> Result<(), Refused> {
        let oldest = self.unproven.of(address).next().map(|(number, _)| number).ok_or(Refused::Busy)?;
        self.unproven.free(address, oldest);
        Ok(())
    }

    /// The first acknowledgement has come; returns the number that the transfer has from now on.
    fn proven(&mut self, peer: SocketAddr, number: u64) -> Option<u64> {
        let transfer = self.unproven.free(peer.ip(), number)?;
        Some(self.proven.take(peer.ip(), transfer))
    }
}

/// Why a transfer does not begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Refused {
    Busy,
    /// The request has come before, and is being answered.
    Repeated,
}

/// The server of one socket.
struct Server {
    driver: Rc<Driver>,
    bound: IpAddr,
    socket: UdpSocket,
    transfers: RefCell<Transfers>,
    addresses: RefCell<Addresses>,
}

/// A place among the transfers, until it is dropped.
struct Place<'a> {
    transfers: &'a RefCell<Transfers>,
    peer: SocketAddr,
    number: u64,
    proven: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut transfers = self.transfers.borrow_mut();
        let crowd = if self.proven { &mut transfers.proven } else { &mut transfers.unproven };
        crowd.free(self.peer.ip(), self.number);
    }
}

/// Serves files from this socket for as long as the driver runs.
pub(crate) fn serve(driver: &Rc<Driver>, socket: std::net::UdpSocket) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let socket = UdpSocket::from_std(socket)?;
    let bound = socket.local_addr()?.ip();
    let server = Server {
        driver: driver.clone(),
        bound,
        socket,
        transfers: RefCell::default(),
        addresses: RefCell::default(),
    };
    spawn_local(Rc::new(server).receive());
    Ok(())
}

impl Server {
    async fn receive(self: Rc<Self>) {
        let mut buffer = [0; MAX_REQUEST];
        let mut taken = 0;
        loop {
            // ICMP errors of earlier datagrams are reported here; the next one may arrive.
            if let Ok((length, peer)) = self.socket.recv_from(&mut buffer).await {
                self.request(peer, buffer.get(..length).unwrap_or_default());
            }
            taken += 1;
            if taken % REQUESTS_PER_TURN == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    fn request(self: &Rc<Self>, peer: SocketAddr, datagram: &[u8]) {
        let begun = match packet::request(datagram) {
            None => return,
            Some(Err((refusal, name))) => {
                let file = name.escape_debug();
                tell_file!(self.driver.file_log, %peer, %file, ?refusal, "TFTP: refused");
                return self.refuse(peer, refusal);
            }
            Some(Ok(_)) => self.transfers.borrow_mut().begin(Instant::now(), peer),
        };
        match begun {
            Err(Refused::Repeated) => {}
            Err(Refused::Busy) => self.refuse(peer, Refusal::Busy),
            Ok((number, ended)) => {
                let (server, datagram) = (self.clone(), datagram.to_vec());
                spawn_local(async move {
                    let mut place = Place { transfers: &server.transfers, peer, number, proven: false };
                    tokio::select! {
                        () = server.transfer(peer, &datagram, &mut place) => {}
                        _ = ended => debug!(%peer, "TFTP: others need the room"),
                    }
                });
            }
        }
    }

    fn refuse(&self, peer: SocketAddr, refusal: Refusal) {
        // Whoever does not get it asks again.
        let _ = self.socket.try_send_to(&refusal.packet(), peer);
    }

    async fn transfer(&self, peer: SocketAddr, datagram: &[u8], place: &mut Place<'_>) {
        let Some(Ok(asked)) = packet::request(datagram) else { return };
        let turn = self.driver.requests.begin(peer.ip()).await;
        let found = self.open(peer, asked.name);
        drop(turn);
        let file = asked.name.escape_debug();
        let Some((source, length)) = found else {
            tell_file!(self.driver.file_log, %peer, %file, "TFTP: no such file");
            return self.refuse(peer, Refusal::NotFound);
        };
        let options = asked.options(length);
        let now = Instant::now();
        if options.is_none() && !self.addresses.borrow_mut().may_send(now, peer.ip()) {
            return debug!(%peer, %file, "TFTP: an address that acknowledges nothing asks again and again");
        }
        let sent = self.send(peer, source, options, (asked.block, asked.window), place).await;
        let (took, of) = (now.elapsed(), length);
        match sent {
            Ok(bytes) if bytes >= length => {
                tell_file!(self.driver.file_log, %peer, %file, bytes, ?took, "TFTP: file sent");
            }
            Ok(bytes) => {
                tell_file!(self.driver.file_log, %peer, %file, bytes, of, ?took, "TFTP: file not sent completely");
            }
            Err(error) => {
                tell_file!(self.driver.file_log, %peer, %file, of, ?took, %error, "TFTP: file not sent completely");
            }
        }
    }

    /// What a name means, and its length.
    fn open(&self, peer: SocketAddr, name: &str) -> Option<(Box<dyn Read>, u64)> {
        match self.driver.fetch_file(local_towards(self.bound, peer), peer, name) {
            FileAnswer::Made(bytes) => {
                let length = u64::try_from(bytes.len()).unwrap_or(0);
                Some((Box::new(Cursor::new(bytes)), length))
            }
            FileAnswer::Stored(path) => match self.driver.flash().open(&path) {
                Ok((file, length)) => Some((Box::new(file), length)),
                Err(error) => {
                    debug!(%peer, path, %error, "stored file not sent");
                    self.driver.file_missing(peer, &path);
                    None
                }
            },
            FileAnswer::Missing => None,
        }
    }

    /// Sends a file; returns how many of its bytes were acknowledged.
    async fn send(
        &self,
        peer: SocketAddr,
        source: Box<dyn Read>,
        options: Option<Vec<u8>>,
        (block, window): (usize, usize),
        place: &mut Place<'_>,
    ) -> io::Result<u64> {
        let socket = UdpSocket::bind((self.bound, 0)).await?;
        socket.connect(peer).await?;
        let repetitions = if options.is_some() { RETRANSMISSIONS_UNPROVEN } else { 0 };
        let mut blocks = Blocks::new(source, block, window, options)?;
        let (mut answer, mut tries) = ([0; MAX_REQUEST], 0);
        for packet in blocks.waiting() {
            socket.send(packet).await?;
        }
        while !blocks.is_over() {
            let said = async {
                loop {
                    let length = socket.recv(&mut answer).await?;
                    if let Some(said) = packet::said(answer.get(..length).unwrap_or_default()) {
                        return Ok::<_, io::Error>(said);
                    }
                }
            };
            match tokio::time::timeout(RETRANSMIT_AFTER, said).await {
                Ok(Ok(Said::Acknowledged(number))) => {
                    if !blocks.acknowledged(number)? {
                        continue;
                    }
                    tries = 0;
                    if !place.proven {
                        let Some(number) = self.transfers.borrow_mut().proven(peer, place.number) else {
                            break;
                        };
                        (place.number, place.proven) = (number, true);
                        self.addresses.borrow_mut().proven(Instant::now(), peer.ip());
                    }
                }
                Ok(Ok(Said::Error)) => break,
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    tries += 1;
                    if tries > if place.proven { RETRANSMISSIONS } else { repetitions } {
                        break;
                    }
                }
            }
            for packet in blocks.waiting() {
                socket.send(packet).await?;
            }
        }
        Ok(blocks.bytes)
    }
}

/// The blocks of a file that are on their way.
struct Blocks {
    source: Box<dyn Read>,
    block: usize,
    window: usize,
    /// The first one is that with the options, if there is one, and has the number 0.
    unacknowledged: VecDeque<Vec<u8>>,
    /// The number of the last block that was acknowledged.
    last: u16,
    ended: bool,
    /// Bytes that were acknowledged.
    bytes: u64,
}

impl Blocks {
    fn new(
        source: Box<dyn Read>,
        block: usize,
        window: usize,
        options: Option<Vec<u8>>,
    ) -> io::Result<Blocks> {
        let unacknowledged: VecDeque<Vec<u8>> = options.into_iter().collect();
        let last = if unacknowledged.is_empty() { 0 } else { u16::MAX };
        let mut blocks = Blocks { source, block, window, unacknowledged, last, ended: false, bytes: 0 };
        if blocks.unacknowledged.is_empty() {
            // More comes when the first block was acknowledged.
            blocks.read_block()?;
        }
        Ok(blocks)
    }

    /// The packets to be sent.
    fn waiting(&self) -> impl Iterator<Item = &[u8]> {
        self.unacknowledged.iter().map(Vec::as_slice)
    }

    /// Whether everything was acknowledged.
    fn is_over(&self) -> bool {
        self.ended && self.unacknowledged.is_empty()
    }

    /// All blocks up to this one have arrived; false if nothing is new.
    fn acknowledged(&mut self, number: u16) -> io::Result<bool> {
        let count = usize::from(number.wrapping_sub(self.last));
        if count == 0 || count > self.unacknowledged.len() {
            return Ok(false);
        }
        for packet in self.unacknowledged.drain(..count) {
            let is_data = packet.get(1).is_some_and(|operation| *operation == 3);
            let bytes = if is_data { packet.len().saturating_sub(4) } else { 0 };
            self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(0));
        }
        self.last = number;
        while self.unacknowledged.len() < self.window && !self.ended {
            self.read_block()?;
        }
        Ok(true)
    }

    fn read_block(&mut self) -> io::Result<()> {
        let count = u16::try_from(self.unacknowledged.len()).unwrap_or(u16::MAX);
        let mut packet = packet::data(self.last.wrapping_add(count).wrapping_add(1));
        let most = u64::try_from(self.block).unwrap_or(0);
        let read = self.source.by_ref().take(most).read_to_end(&mut packet)?;
        self.ended = read < self.block;
        self.unacknowledged.push_back(packet);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(last: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last], port))
    }

    #[test]
    fn transfers_that_nobody_acknowledges_make_room_for_those_of_others() {
        let (mut transfers, now) = (Transfers::default(), Instant::now());
        let mut kept = Vec::new();
        for number in 0..1000_u16 {
            let from = peer(u8::try_from(number % 200).unwrap(), number + 1);
            kept.push(transfers.begin(now, from).unwrap());
        }
        assert_eq!(transfers.unproven.taken(), MAX_UNPROVEN);
        let (phone, number) = (peer(250, 1), transfers.begin(now, peer(250, 1)).unwrap());
        assert_eq!(transfers.begin(now, phone).unwrap_err(), Refused::Repeated);
        let proven = transfers.proven(phone, number.0).unwrap();
        for number in 0..1000_u16 {
            kept.push(transfers.begin(now, peer(251, number + 1)).unwrap());
        }
        assert!(transfers.unproven.taken_by(peer(251, 0).ip()) <= MAX_TRANSFERS_OF_ADDRESS);
        assert!(transfers.proven.free(phone.ip(), proven).is_some(), "what goes on is spared");
    }

    #[test]
    fn who_acknowledges_nothing_gets_few_first_blocks() {
        let (mut addresses, now) = (Addresses::default(), Instant::now());
        let (stranger, phone) = (peer(1, 0).ip(), peer(2, 0).ip());
        assert_eq!((0..1000).filter(|_| addresses.may_send(now, stranger)).count(), 16);
        assert!(addresses.may_send(now, phone), "others are not concerned");
        addresses.proven(now, phone);
        assert!((0..1000).all(|_| addresses.may_send(now, phone)));
        let later = (0..600_u32)
            .filter(|second| addresses.may_send(now + Duration::from_secs(1) * *second, stranger));
        assert!(later.count() < 30, "a slow client is served, a forged one costs little");
    }

    #[test]
    fn blocks_are_sent_again_until_they_are_acknowledged() {
        let content = vec![7; 1024];
        let source = || Box::new(Cursor::new(content.clone()));
        let mut plain = Blocks::new(source(), 512, 1, None).unwrap();
        let first = |blocks: &Blocks| blocks.waiting().map(|packet| packet[3]).collect::<Vec<_>>();
        assert_eq!(first(&plain), [1]);
        assert!(!plain.acknowledged(0).unwrap() && !plain.acknowledged(2).unwrap());
        assert!(plain.acknowledged(1).unwrap());
        assert_eq!(first(&plain), [2]);
        assert!(plain.acknowledged(2).unwrap() && !plain.is_over());
        assert_eq!(plain.waiting().next().unwrap(), [0, 3, 0, 3], "an empty block is the end");
        assert!(plain.acknowledged(3).unwrap() && plain.is_over());
        assert_eq!(plain.bytes, 1024);

        let mut windows = Blocks::new(source(), 100, 4, Some(vec![0, 6, b'x'])).unwrap();
        assert_eq!(windows.waiting().count(), 1);
        assert!(windows.acknowledged(0).unwrap());
        assert_eq!(first(&windows), [1, 2, 3, 4]);
        assert!(windows.acknowledged(2).unwrap());
        assert_eq!(first(&windows), [3, 4, 5, 6], "what is missing comes again");
        assert_eq!(windows.bytes, 200);
    }

    #[test]
    fn numbers_of_blocks_begin_again() {
        let mut blocks = Blocks::new(Box::new(io::repeat(1)), 8, 1, None).unwrap();
        for number in 1..=70_000_u32 {
            assert!(blocks.acknowledged(u16::try_from(number % 65_536).unwrap()).unwrap(), "{number}");
        }
        assert_eq!(blocks.bytes, 560_000);
    }
}
