//! From frames to messages and back: what client and server messages have in common.

use super::body::{Body, Reader, Writer};
use super::frame::{self, Frame};
use super::message_id::MessageId;
use super::version::Encoding;

/// A message that cannot be used. The connection can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The body lacks what the message is about.
    #[error("{message_id} with {got} bytes of body, at least {needed} needed")]
    TooShort {
        /// The message.
        message_id: MessageId,
        /// The fewest bytes of a usable body.
        needed: usize,
        /// The bytes there are.
        got: usize,
    },
}

pub(super) fn decode<B: Body>(frame: &Frame<'_>, encoding: Encoding) -> Result<B, DecodeError> {
    let got = frame.body.len();
    if got < B::MIN {
        return Err(DecodeError::TooShort { message_id: frame.message_id, needed: B::MIN, got });
    }
    Ok(B::read(&mut Reader::new(frame.body, frame.message_id, encoding)))
}

pub(super) fn encode<B: Body>(body: &B, message_id: MessageId, encoding: Encoding, out: &mut Vec<u8>) {
    frame::write(out, header_version(message_id, encoding), message_id, true, |out| {
        body.write(&mut Writer::new(out, message_id, encoding));
    });
}

pub(super) fn encode_raw(body: &[u8], message_id: MessageId, encoding: Encoding, out: &mut Vec<u8>) {
    frame::write(out, header_version(message_id, encoding), message_id, false, |out| {
        out.extend_from_slice(body)
    });
}

/// Three answers always carry the basic header.
fn header_version(message_id: MessageId, encoding: Encoding) -> u32 {
    match message_id {
        MessageId::REGISTER_ACK | MessageId::UNREGISTER_ACK | MessageId::KEEP_ALIVE_ACK => 0,
        _ => encoding.version.header_version(),
    }
}

/// An enumeration of messages. A second id after `|` is used from the version on that the named predicate of
/// [`Version`](super::Version) accepts.
macro_rules! messages {
    ($(#[$meta:meta])* $name:ident {
        empty { $($(#[$empty_meta:meta])* $empty:ident = $empty_id:ident,)* }
        bodies { $($variant:ident($body:ident) = $id:ident $(| $dynamic:ident from $predicate:ident)?,)* }
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$empty_meta])* $empty,)*
            $(#[doc = concat!("See [`", stringify!($body), "`].")] $variant($body),)*
            /// A message with another id, kept as it is.
            Unknown {
                /// The id.
                message_id: MessageId,
                /// Everything after the id.
                body: Vec<u8>,
            },
        }

        impl $name {
            /// The id this message has at `version`.
            pub fn message_id(&self, version: Version) -> MessageId {
                match self {
                    $($name::$empty => MessageId::$empty_id,)*
                    $($name::$variant(_) => {
                        $(if version.$predicate() { return MessageId::$dynamic; })?
                        MessageId::$id
                    })*
                    $name::Unknown { message_id, .. } => {
                        let _ = version;
                        *message_id
                    }
                }
            }

            /// Reads a message that arrived on a connection with this encoding.
            ///
            /// Bodies may be shorter than specified, what is missing is 0 or `None`, and longer. Ids without a
            /// variant become `Unknown`.
            ///
            /// # Errors
            ///
            /// [`DecodeError`] when the body is too short to mean anything.
            pub fn decode(frame: &Frame<'_>, encoding: impl Into<Encoding>) -> Result<$name, DecodeError> {
                let encoding = encoding.into();
                match frame.message_id {
                    $(MessageId::$empty_id => Ok($name::$empty),)*
                    $(MessageId::$id $(| MessageId::$dynamic)? => {
                        message::decode(frame, encoding).map($name::$variant)
                    })*
                    message_id => Ok($name::Unknown { message_id, body: frame.body.to_vec() }),
                }
            }

            /// Appends the complete frame for a connection with this encoding, a multiple of four bytes long
            /// (an `Unknown` message exactly as it was). Text that is too long is cut at a character.
            pub fn encode(&self, encoding: impl Into<Encoding>, out: &mut Vec<u8>) {
                let encoding = encoding.into();
                let id = self.message_id(encoding.version);
                match self {
                    $($name::$empty => message::encode_raw(&[], id, encoding, out),)*
                    $($name::$variant(body) => message::encode(body, id, encoding, out),)*
                    $name::Unknown { body, .. } => message::encode_raw(body, id, encoding, out),
                }
            }
        }
    };
}
pub(super) use messages;
