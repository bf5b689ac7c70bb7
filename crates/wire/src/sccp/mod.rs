//! SCCP, Cisco's Skinny Client Control Protocol: both directions, so that a call manager and a phone can be
//! built on it.
//!
//! A phone holds one TCP connection. [`Framer`] cuts it into [`Frame`]s; [`ClientMessage`] (from the phone) and
//! [`ServerMessage`] (to the phone) turn frames into values and append values as frames. Layouts depend on the
//! [`Version`] the two sides settled on in RegisterAck, and text on the phone's [`Features`]; both are held in
//! an [`Encoding`] that is passed to every call. Callers never choose between the fixed and the dynamic form of
//! a message: there is one [`CallInfo`], and the version decides.
//!
//! All integers are little endian, IP addresses are in network order, text ends at the first NUL.
//!
//! | module | messages |
//! | --- | --- |
//! | [`registration`] | Register and its answers, keepalive, tokens, reset, alarms, server list, subscriptions |
//! | [`configuration`] | buttons, soft keys, lines, speed dials, features, services, forwarding, date and time |
//! | [`keypad`] | hook, dial pad, buttons, soft keys, number dialled at once |
//! | [`call`] | tones, ringer, lamps, call state, soft key selection, call information |
//! | [`display`] | prompts, notifications, data for applications on the phone |
//! | [`media`] | capabilities, receive channels, transmissions, statistics |
//!
//! | module | otherwise |
//! | --- | --- |
//! | [`version`] | every difference between protocol versions |
//! | [`values`] | the numbers inside messages; unknown ones survive |
//! | [`text`] | text with phrases of the phone's dictionary |
//! | [`codec`] | codecs and RTP payload types |
//! | [`device_type`] | phone models: buttons and abilities |
//!
//! Decoding is liberal and never fails for lack of trailing fields; encoding writes exactly what the version
//! asks for, and allocates nothing but what the output grows by.
//!
//! ```
//! use hookflash_wire::sccp::{DisplayPromptStatus, Encoding, Phrase, ServerMessage, Text, Version};
//!
//! let prompt = ServerMessage::DisplayPromptStatus(DisplayPromptStatus {
//!     text: Text::from(Phrase::FROM).then("1003"),
//!     ..Default::default()
//! });
//! let mut out = Vec::new();
//! prompt.encode(Encoding::from(Version(17)), &mut out);
//! assert_eq!(out.get(24..30), Some(&b"\x80\x171003"[..]));
//! ```

mod body;
pub mod call;
mod client;
pub mod codec;
pub mod configuration;
pub mod device_type;
pub mod display;
mod frame;
pub mod keypad;
pub mod media;
mod message;
mod message_id;
pub mod registration;
mod server;
pub mod text;
pub mod values;
pub mod version;

pub use call::*;
pub use client::ClientMessage;
pub use codec::Codec;
pub use configuration::*;
pub use device_type::{DeviceModel, DeviceType, PromptArea, TemplateButton};
pub use display::*;
pub use frame::{Frame, FrameError, Framer, MAX_FRAME};
pub use keypad::*;
pub use media::*;
pub use message::DecodeError;
pub use message_id::MessageId;
pub use registration::*;
pub use server::ServerMessage;
pub use text::{Phrase, Text};
pub use values::*;
pub use version::{Encoding, Features, TextEncoding, Version};
