//! The media engine: conference bridges, music on hold and the audio of applications, without sockets and without a clock.
//!
//! Two phones that talk send to each other, and the engine has no part in that. It works where there is more than one
//! sender, or none: it mixes the members of a conference, and plays music to a party whose call was put on hold. It also
//! works for applications that have no RTP: their end of a call is a [stream](End::Stream) of frames.
//!
//! ```text
//!   packet ──► Engine::receive ──► JitterBuffer ──┐
//!                                                 ├─► Engine::tick, every 20 ms ──► mix ──► encode ──► packet
//!                                         Music ──┘
//! ```
//!
//! The caller owns the sockets: it passes every packet that a leg receives to [`Engine::receive`], calls [`Engine::tick`] once
//! for each [`FRAME_TIME`], and sends the packets which that returns. The same packets at the same ticks give the same packets.
//!
//! # Invariants
//!
//! * Everything is mixed at 8,000 samples a second, in frames of [`FRAME`] samples.
//! * A leg has one SSRC, and sequence numbers and timestamps without a gap, from its opening to its end; the timestamp goes
//!   on with time while nothing is sent.
//! * A leg hears all others of its bridge and not itself.
//! * While a device hears a digit as a telephone event, it hears nothing else.
//! * A sound goes on while a leg hears it, and is at the same place for all who do. A recording has what all parties of a bridge say,
//!   and no sounds.
//! * A digit that a device sends to an application is reported once: as a telephone event, or as tones if the device has sent no
//!   telephone event yet.
//! * A packet is heard only if it comes from the address to which the leg sends. The port may be another one; the
//!   first port from which a packet comes counts until it has been silent for two seconds.
//! * A leg that is secured sends and hears nothing without its [keys](Engine::secure). Who has them is heard from wherever it sends,
//!   and is sent audio there; nobody else is.
//! * A party that is [met](Engine::meet) is sent audio where its checks (ICE) come from, and has the keys of its handshake (DTLS) if its
//!   certificate is the one that it was said to have.
//! * What a sender can fill is bounded: [`jitter::MAX_DELAY`] of audio for each leg.
//!
//! # Example
//!
//! ```
//! use hookflash_media::{Codec, Engine, LegId, LegState, Role};
//!
//! let mut engine = Engine::new(7);
//! let phone = "192.0.2.1:4000".parse().ok();
//! engine.set(LegId(1), Some(LegState::new(Codec::Pcmu, Role::Music, phone)));
//! let mut sent = Vec::new();
//! engine.tick(|leg, to, packet| sent.push((leg, to, packet.len())));
//! assert_eq!(sent, [(LegId(1), phone.unwrap(), 12 + 160)]);
//! ```

pub mod codec;
pub mod digits;
pub mod engine;
pub mod jitter;
pub mod mixer;
pub mod music;
mod opus;
pub mod playout;
mod rtcp;
mod rtp;
mod sounds;
pub mod srtp;
mod stream;
mod stun;
mod tones;

use std::time::Duration;

pub use codec::{Codec, Coder, Payload};
pub use engine::{Datagram, Engine, Identity, LegId, LegState, LegStatistics, Meeting, Role};
pub use music::{Music, MusicError};
pub use sounds::{Sound, SoundId, Tone};
pub use stream::{End, StreamId, Streamed};

/// Samples a second.
pub const RATE: usize = 8_000;

/// Samples of a frame.
pub const FRAME: usize = 160;

/// Time of a frame: how often [`Engine::tick`] is called.
pub const FRAME_TIME: Duration = Duration::from_millis(20);

/// Linear samples of 20 ms.
pub type Frame = [i16; FRAME];
