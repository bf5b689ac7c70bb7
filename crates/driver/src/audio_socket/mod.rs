//! Audio of calls over WebSocket: between an application and the media engine.
//!
//! The node decides who may have one ([`Output::AudioSocket`](hookflash_node::Output::AudioSocket)), and says when the call is
//! over. The audio itself does not pass through it: [`Channel`] joins the socket to the thread of the media engine. `frames` has
//! the messages.
//!
//! # Invariants
//!
//! * What an application does not read is lost, oldest first; one that has read nothing for [`SLOW`] is given up.
//! * What an application sends waits in the engine, within the limits of [`playout`](hookflash_media::playout). Who sends more than
//!   [`RATE`] for long is not read in between, so that a flood costs no more than that.

mod channel;
mod frames;

use std::{io, rc::Rc, sync::Arc, time::Duration};

use futures_lite::StreamExt;
use hookflash_media::StreamId;
use hookflash_node::{AudioSocket, Input, LinkId};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};
use tracing::debug;

pub(crate) use channel::Channel;

use crate::{
    driver::Driver,
    half_messages::{Half, Metered, READ_BUFFER},
    media::MediaThread,
    web_socket::{CLOSING_TIME, FRAME_HEADER, PING_EVERY, SILENT_PINGS, Socket, Stream, UPGRADE_TIME, fail},
};
use frames::{Frames, Said};

/// The largest message of an application: several seconds of audio.
const MAX_MESSAGE: usize = 1024 * 1024;

/// How long an application may read nothing.
const SLOW: Duration = Duration::from_secs(10);

/// Bytes a second that are read of an application, and how many at once: 16 times what is spoken, and two minutes of it.
const RATE: f64 = 128_000.0;
const BURST: f64 = 1_024_000.0;

/// After how long it is looked at again whether an application may be read.
const PAUSE: Duration = Duration::from_millis(20);

/// One application and its audio.
struct Session<'a> {
    socket: &'a Socket,
    channel: Arc<Channel>,
    half: Rc<Half>,
    frames: Frames,
    media: &'a MediaThread,
    budget: Budget,
}

/// How much may be read of an application.
struct Budget {
    bytes: f64,
    since: Instant,
}

impl Budget {
    fn new(now: Instant) -> Budget {
        Budget { bytes: BURST, since: now }
    }

    /// Whether something may be read.
    fn allows(&mut self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.since).as_secs_f64();
        (self.bytes, self.since) = ((self.bytes + elapsed * RATE).min(BURST), now);
        self.bytes > 0.0
    }

    fn spend(&mut self, bytes: usize) {
        self.bytes -= bytes as f64;
    }
}

impl Driver {
    /// Exchanges audio until the application goes or the node closes the link.
    pub(crate) async fn run_audio(
        self: Rc<Self>,
        link: LinkId,
        socket: Rc<Socket>,
        granted: AudioSocket,
        binary: bool,
        upgrade: OnUpgrade,
    ) {
        match tokio::time::timeout(UPGRADE_TIME, upgrade).await {
            Ok(Ok(upgraded)) => self.exchange_audio(link, &socket, granted, binary, upgraded).await,
            Ok(Err(error)) => debug!(peer = %socket.peer(), %error, "audio socket not opened"),
            Err(_) => debug!(peer = %socket.peer(), "audio socket not opened in time"),
        }
        socket.abort();
        if self.sockets.borrow_mut().remove(&link).is_some() {
            self.input(Input::Closed { link });
        }
    }

    async fn exchange_audio(
        self: &Rc<Self>,
        link: LinkId,
        socket: &Socket,
        granted: AudioSocket,
        binary: bool,
        upgraded: Upgraded,
    ) {
        let Some(media) = self.media() else { return };
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE))
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0);
        let half = Half::new(self.half_messages.clone(), link, socket.peer().ip());
        let metered = Metered::new(TokioIo::new(upgraded), half.clone(), self.turns.clone());
        let mut stream = WebSocketStream::from_raw_socket(metered, Role::Server, Some(config)).await;
        let channel = Arc::new(Channel::new(StreamId(granted.audio.0)));
        let budget = Budget::new(Instant::now());
        let mut session =
            Session { socket, channel, half, frames: Frames::new(granted, binary), media, budget };
        media.attach(&session.channel);
        let digit = |digit: char| {
            if self.sockets.borrow().contains_key(&link) {
                self.input(Input::Received { link, bytes: digit.encode_utf8(&mut [0; 4]).as_bytes() });
            }
        };
        let ended = session.run(&mut stream, digit).await;
        media.detach(&session.channel);
        debug!(peer = %socket.peer(), lost = session.channel.lost(), ?ended, "audio socket ended");
        let closing = session.close(&mut stream);
        let _ = tokio::time::timeout(CLOSING_TIME, closing).await;
    }
}

impl Session<'_> {
    async fn run(&mut self, stream: &mut Stream, digit: impl Fn(char)) -> Result<(), Error> {
        for message in self.frames.opening() {
            self.send(stream, message).await?;
        }
        let mut silent = 0;
        let mut ping = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        loop {
            self.send_waiting(stream).await?;
            if !self.socket.is_open() {
                return Ok(());
            }
            let reads = self.budget.allows(Instant::now()) && self.channel.has_room();
            tokio::select! {
                () = self.socket.changed() => {}
                () = tokio::time::sleep(PAUSE), if !reads => silent = 0,
                () = self.channel.changed() => {}
                message = stream.next(), if reads => {
                    silent = 0;
                    let message = match message {
                        None => return Ok(()),
                        Some(Ok(message)) => message,
                        Some(Err(error)) => return fail(stream, error).await,
                    };
                    match message {
                        Message::Ping(_) | Message::Pong(_) => self.half.is_less(message.len() + FRAME_HEADER),
                        _ => self.half.is_whole(),
                    }
                    if message.is_close() {
                        return Ok(());
                    }
                    // A message costs something whatever is in it.
                    self.budget.spend(message.len() + 100);
                    match self.frames.read(message) {
                        Ok(said) => self.carry_out(said, &digit).await,
                        Err(fault) => return refuse(stream, fault).await,
                    }
                }
                _ = ping.tick() => {
                    silent += 1;
                    if silent > SILENT_PINGS {
                        return Err(Error::Io(io::ErrorKind::TimedOut.into()));
                    }
                    self.send(stream, Message::Ping(Default::default())).await?;
                }
            }
        }
    }

    /// Sends what the application hears.
    async fn send_waiting(&mut self, stream: &mut Stream) -> Result<(), Error> {
        while let Some((at, what)) = self.channel.pop() {
            let message = self.frames.heard(at, what);
            self.send(stream, message).await?;
        }
        while let Some(digits) = self.socket.take() {
            for digit in digits.to_text().unwrap_or_default().chars() {
                if let Some(message) = self.frames.digit(digit) {
                    self.send(stream, message).await?;
                }
            }
        }
        Ok(())
    }

    async fn send(&self, stream: &mut Stream, message: Message) -> Result<(), Error> {
        let sent = tokio::time::timeout(SLOW, self.socket.send(stream, message)).await;
        sent.unwrap_or_else(|_| Err(Error::Io(io::ErrorKind::TimedOut.into())))
    }

    async fn carry_out(&self, said: Said, digit: &impl Fn(char)) {
        match said {
            Said::Audio(payload) => {
                self.media.say(&self.channel, payload);
            }
            Said::Mark(name) => self.media.mark(&self.channel, name),
            Said::Clear => self.media.interrupt(&self.channel),
            Said::Digit(said) => digit(said),
            Said::Nothing => {}
        }
        tokio::task::yield_now().await;
    }

    /// Says that nothing follows, and waits for the other end to close.
    async fn close(&mut self, stream: &mut Stream) {
        use futures_util::SinkExt;
        if let Some(stop) = self.frames.stop() {
            // The other end may be gone.
            let _ = stream.send(stop).await;
        }
        let _ = stream.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).await;
        while let Some(Ok(_)) = stream.next().await {}
    }
}

/// Closes with a reason.
async fn refuse(stream: &mut Stream, fault: &'static str) -> Result<(), Error> {
    stream.close(Some(CloseFrame { code: CloseCode::Invalid, reason: fault.into() })).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_read_at_a_bounded_rate() {
        let begin = Instant::now();
        let mut budget = Budget::new(begin);
        let mut read = 0;
        for millis in 0..10_000 {
            while budget.allows(begin + Duration::from_millis(millis)) {
                budget.spend(1_000);
                read += 1_000;
            }
        }
        assert!((2_200_000..2_400_000).contains(&read), "{read} bytes in ten seconds");
    }
}
