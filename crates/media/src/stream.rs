//! Audio that an application exchanges with the engine without RTP.

use smol_str::SmolStr;

/// Names the audio of an application in one call. It may have one leg after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u32);

/// With what a leg exchanges audio.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// A device, over RTP.
    Rtp,
    /// An application, frame by frame.
    Stream {
        /// Names its audio.
        stream: StreamId,
        /// Whether frames are 16-bit samples, the lower byte first, and not in the codec of the leg.
        linear: bool,
    },
}

/// What the application at a stream is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Streamed {
    /// 20 ms of audio.
    Audio(Vec<u8>),
    /// Everything that it has said before this mark was heard, or was dropped.
    Mark(SmolStr),
}
