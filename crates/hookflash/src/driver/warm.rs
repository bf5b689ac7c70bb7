//! Keeps the way of a call in the processor's caches.
//!
//! A call takes the processor through more than 100 KB of code, and through much of the system's network code. Where
//! somebody calls once a minute, none of that is in the caches when it is wanted: what takes the node 11 us in a busy
//! server then takes 90 us. So while applications have sessions and no call has come for [some
//! milliseconds](super::Driver::keep_warm), a call is rehearsed: an application makes it, it is answered and cleared, in
//! an office of two phones inside this process that nobody else knows; and a message goes through a TCP connection that
//! the process has with itself.
//!
//! A rehearsal reaches nobody else's socket, no log, no recording and no counter. Its processor time is not held against
//! calls: [`Rehearsals::spent`].

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    time::Duration,
};

use hookflash_node::{Input, Node};
use hookflash_sim::loopback::{self, LoopbackOffice, Sends, Unexpected};
use tracing::{Dispatch, debug, dispatcher};

use super::load::processor_time;

/// Bytes of a message, as long as a request with its headers.
const MESSAGE: usize = 700;

/// An office to rehearse in.
#[derive(Debug)]
pub struct Rehearsals {
    office: LoopbackOffice<fn(&mut Node, Input<'_>, &mut Sends)>,
    /// Without it only the way through this program is rehearsed.
    connection: Option<OwnConnection>,
    /// Where the office logs: nowhere.
    silence: Dispatch,
    spent: Duration,
}

impl Rehearsals {
    /// An office with two phones, and an application that watches both.
    ///
    /// # Errors
    /// The office does not come up: that would be a defect.
    pub fn begin() -> Result<Rehearsals, Unexpected> {
        let silence = Dispatch::none();
        let office = dispatcher::with_default(&silence, || {
            let drive: fn(&mut Node, Input<'_>, &mut Sends) = loopback::drive;
            let mut office = LoopbackOffice::registered(2, drive)?;
            office.watch(0..2)?;
            Ok::<_, Unexpected>(office)
        })?;
        let connection = OwnConnection::new();
        if let Err(error) = &connection {
            debug!(%error, "rehearsals do without a connection");
        }
        Ok(Rehearsals { office, connection: connection.ok(), silence, spent: Duration::ZERO })
    }

    /// Makes a call and clears it. Answers how much processor time that took.
    ///
    /// # Errors
    /// The call does not go as it should: that would be a defect.
    pub fn rehearse(&mut self) -> Result<Duration, Unexpected> {
        let before = processor_time();
        dispatcher::with_default(&self.silence, || self.office.rehearse())?;
        if let Some(connection) = &mut self.connection {
            connection.send();
        }
        let took = processor_time().saturating_sub(before);
        self.spent += took;
        Ok(took)
    }

    /// Processor time that rehearsals have taken so far.
    pub fn spent(&self) -> Duration {
        self.spent
    }
}

/// A TCP connection of this process with itself.
#[derive(Debug)]
struct OwnConnection {
    ours: TcpStream,
    theirs: TcpStream,
}

impl OwnConnection {
    fn new() -> io::Result<OwnConnection> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let ours = TcpStream::connect(listener.local_addr()?)?;
        let (theirs, peer) = listener.accept()?;
        if peer != ours.local_addr()? {
            return Err(io::Error::other("somebody else was faster"));
        }
        for end in [&ours, &theirs] {
            end.set_nodelay(true)?;
            end.set_nonblocking(true)?;
        }
        Ok(OwnConnection { ours, theirs })
    }

    /// Sends a message to and fro. What gets lost does no harm.
    fn send(&mut self) {
        let mut message = [0; MESSAGE];
        for (from, to) in [(&self.ours, &self.theirs), (&self.theirs, &self.ours)] {
            let (mut from, mut to) = (from, to);
            let _ = from.write(&message);
            let _ = to.read(&mut message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_takes_processor_time_and_leaves_nothing_behind() {
        let mut rehearsals = Rehearsals::begin().unwrap();
        let took: Duration = (0..1000).map(|_| rehearsals.rehearse().unwrap()).sum();
        assert_eq!(rehearsals.spent(), took);
        assert!(!took.is_zero());
        let OwnConnection { ours, theirs } = rehearsals.connection.unwrap();
        for end in [&ours, &theirs] {
            assert_eq!(end.peek(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        }
    }
}
