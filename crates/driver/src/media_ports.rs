//! The UDP ports of legs of the media engine: two next to each other, for audio and for reports.

use std::{
    cell::Cell,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::RangeInclusive,
};

use tokio::net::UdpSocket;

/// The UDP ports for audio: those of IOS (`rtp-port range`). RTP has the even ones, RTCP the odd ones.
pub const PORTS: RangeInclusive<u16> = 16_384..=32_767;

/// The sockets of a leg.
pub(crate) struct Ports {
    /// For audio, at an even port.
    pub(crate) audio: UdpSocket,
    /// For reports, at the next one.
    pub(crate) reports: UdpSocket,
}

/// Opens ports, each as late as possible after it was in use.
#[derive(Debug)]
pub(crate) struct Allocator {
    last: Cell<u16>,
}

impl Allocator {
    /// Begins anywhere.
    pub(crate) fn new(seed: u64) -> Allocator {
        let spread = u16::try_from(seed % 8_000).unwrap_or(0) * 2;
        Allocator { last: Cell::new(PORTS.start() + spread) }
    }

    /// The next ports that are free, at this address or, if no interface has it, at all.
    pub(crate) fn open(&self, ip: IpAddr) -> io::Result<Ports> {
        match self.open_at(ip) {
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => self.open_at(match ip {
                IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            }),
            result => result,
        }
    }

    fn open_at(&self, ip: IpAddr) -> io::Result<Ports> {
        let mut last_error = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in (*PORTS.start()..=*PORTS.end()).step_by(2) {
            let next = self.last.get().saturating_add(2);
            let port = if PORTS.contains(&next) { next } else { *PORTS.start() };
            self.last.set(port);
            match bind(ip, port).and_then(|audio| Ok(Ports { audio, reports: bind(ip, port + 1)? })) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last_error = error,
                result => return result,
            }
        }
        Err(last_error)
    }
}

fn bind(ip: IpAddr, port: u16) -> io::Result<UdpSocket> {
    let socket = std::net::UdpSocket::bind((ip, port))?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}
