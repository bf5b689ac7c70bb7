//! From bytes to a [`Message`], or to a [`DecodeError`] with the response to send.

use std::borrow::Cow;

use smol_str::SmolStr;

use super::argument_error::operation_error;
use super::arguments::{ArgumentProblem, Fault, excerpt};
use super::element::{Document, Element, MAX_MESSAGE_SIZE, Namespace, is_xml_char};
use super::error::CstaError;
use super::message::{Event, Message, Request, Response};
use super::{Arguments, Edition, SessionMessage};

/// A message and the edition it was written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Edition to answer in.
    pub edition: Edition,
    /// The message.
    pub message: Message,
}

/// Why bytes are no CSTA message.
///
/// [`DecodeError::Argument`] is an error of CSTA and answered with a CSTA error ([`DecodeError::csta_error`]);
/// everything else is the transport's (over SIP: 400 Bad Request).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than [`super::MAX_MESSAGE_SIZE`].
    #[error("message of {size} bytes is longer than {MAX_MESSAGE_SIZE}")]
    TooLarge {
        /// Length in bytes.
        size: usize,
    },
    /// Neither UTF-8 nor UTF-16, nor declared as ISO-8859-1.
    #[error("text is neither UTF-8 nor UTF-16")]
    NotUtf8,
    /// No element at all.
    #[error("no XML element")]
    Empty,
    /// Not well-formed XML.
    #[error("XML is not well-formed at byte {at}")]
    Malformed {
        /// Offset in bytes at or shortly after the trouble.
        at: usize,
    },
    /// A reference to an entity other than the five predefined ones.
    #[error("undeclared entity at byte {at}")]
    UndeclaredEntity {
        /// Offset in bytes after the reference.
        at: usize,
    },
    /// A document type declaration, which CSTA has no use for and attackers have.
    #[error("document type declarations are not accepted")]
    DocumentType,
    /// Elements nested deeper than [`super::MAX_DEPTH`].
    #[error("elements are nested too deep")]
    TooDeep,
    /// More elements than [`super::MAX_ELEMENTS`].
    #[error("too many elements")]
    TooManyElements,
    /// More attributes than [`super::MAX_ATTRIBUTES`], or namespaces than [`super::MAX_NAMESPACES`].
    #[error("too many attributes")]
    TooManyAttributes,
    /// Something follows the root element.
    #[error("content after the root element at byte {at}")]
    TrailingContent {
        /// Offset in bytes after the content.
        at: usize,
    },
    /// Well-formed XML whose root is not in an ECMA-323 namespace.
    #[error("root element {root} is not in an ECMA-323 namespace but in \"{namespace}\"")]
    WrongNamespace {
        /// Name of the root element, cut to 64 characters.
        root: SmolStr,
        /// Its namespace, empty if none, cut to 64 characters.
        namespace: SmolStr,
    },
    /// A message that is known, with an argument that is missing or wrong.
    #[error("{message}: {argument} {}", match .problem {
        ArgumentProblem::Missing => "is missing",
        ArgumentProblem::Invalid => "has an invalid value",
        ArgumentProblem::Repeated => "is given more than once",
    })]
    Argument {
        /// Edition to answer in.
        edition: Edition,
        /// Name of the root element, e.g. `MakeCall`.
        message: &'static str,
        /// Name of the argument's element, e.g. `callingDevice`.
        argument: &'static str,
        /// What is wrong with it.
        problem: ArgumentProblem,
        /// The value as received, cut to 64 characters; empty if missing.
        value: SmolStr,
    },
}

impl DecodeError {
    /// The negative acknowledgement to answer a request with, in the edition it was written in; `None` if the bytes
    /// were no CSTA message, which the transport has to answer.
    pub fn csta_error(&self) -> Option<(Edition, CstaError)> {
        let DecodeError::Argument { edition, problem, message, argument, .. } = self else { return None };
        if SessionMessage::is_root(message) {
            return None;
        }
        Some((*edition, CstaError::Operation(operation_error(argument, *problem))))
    }

    /// The negative response to answer a request of ECMA-354 with; `None` if the bytes were none.
    pub fn session_refusal(&self) -> Option<SessionMessage> {
        match self {
            DecodeError::Argument { message, .. } => SessionMessage::refusal(message),
            _ => None,
        }
    }
}

/// A message on a connection that carries nothing but CSTA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpMessage {
    /// A message of ECMA-354.
    Session(SessionMessage),
    /// A message of ECMA-323.
    Csta(Decoded),
}

/// Reads one message.
///
/// Children may come in any order and under any prefix; elements and attributes that are not known are skipped.
///
/// # Errors
///
/// See [`DecodeError`]. A root element that is in an ECMA-323 namespace but not known here is no error but
/// [`Message::Unknown`].
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let source = source_text(bytes)?;
    let document = Document::parse(&source)?;
    decode_root(document.root().ok_or(DecodeError::Empty)?)
}

/// Reads one message of ECMA-323 or ECMA-354: the body of a [`super::Frame`].
///
/// # Errors
///
/// As for [`decode`]; [`DecodeError::session_refusal`] is the answer if the request was one of ECMA-354.
pub fn decode_tcp(bytes: &[u8]) -> Result<TcpMessage, DecodeError> {
    let source = source_text(bytes)?;
    let document = Document::parse(&source)?;
    let root = document.root().ok_or(DecodeError::Empty)?;
    match SessionMessage::decode(root) {
        Some(session) => {
            session.map(TcpMessage::Session).map_err(|at| argument_error(Edition::default(), at))
        }
        None => decode_root(root).map(TcpMessage::Csta),
    }
}

fn decode_root(root: Element<'_>) -> Result<Decoded, DecodeError> {
    let edition = edition_of(root)?;
    let message = decode_message(root).map_err(|at| argument_error(edition, at))?;
    Ok(Decoded { edition, message })
}

fn argument_error(edition: Edition, (message, fault): (&'static str, Fault)) -> DecodeError {
    let Fault { argument, problem, value } = fault;
    DecodeError::Argument { edition, message, argument, problem, value }
}

fn decode_message(root: Element<'_>) -> Result<Message, (&'static str, Fault)> {
    if let Some(request) = Request::decode(root) {
        return request.map(Message::Request);
    }
    if let Some(event) = Event::decode(root) {
        return event.map(Message::Event);
    }
    if let Some(response) = Response::decode(root) {
        return response.map(Message::Response);
    }
    if root.name() == CstaError::ROOT {
        return CstaError::decode(root).map(Message::Error).map_err(|fault| (CstaError::ROOT, fault));
    }
    Ok(Message::Unknown { root: root.name().into() })
}

fn edition_of(root: Element<'_>) -> Result<Edition, DecodeError> {
    let namespace = match root.namespace() {
        Namespace::Csta(edition) => return Ok(edition),
        Namespace::None => "",
        Namespace::Lcs => super::element::LCS_NAMESPACE,
        Namespace::Other(namespace) => namespace,
    };
    Err(DecodeError::WrongNamespace { root: excerpt(root.name()), namespace: excerpt(namespace) })
}

/// The message as text: size checked, byte order mark removed, every character legal in XML.
///
/// White space before the prolog is dropped, and so are the NULs with which C programs end their strings and which
/// some count as part of the message: neither is XML, and neither leaves any doubt about what is meant.
///
/// Text that is valid UTF-8 is read as such whatever the prolog says, because implementations exist that declare
/// ISO-8859-1 or UTF-16 and write UTF-8; only if it is not, the declaration counts. UTF-16 needs none: it is told by its
/// byte order mark or first character (XML 1.0, 4.3.3 and appendix F.1).
pub(super) fn source_text(bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    if bytes.len() > MAX_MESSAGE_SIZE {
        return Err(DecodeError::TooLarge { size: bytes.len() });
    }
    text_of_any_size(bytes)
}

/// The text of a document of our own.
pub(super) fn text_of_any_size(bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    let source = match utf16(bytes) {
        Some(text) => Cow::Owned(text?),
        None => utf8(bytes)?,
    };
    match illegal_character(&source) {
        Some(at) => Err(DecodeError::Malformed { at }),
        None => Ok(source),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let ended = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let bytes = bytes.get(..bytes.len() - ended).unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) if declares_latin1(bytes) => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
        Err(_) => Err(DecodeError::NotUtf8),
    }
}

/// The message if it is UTF-16, which its first bytes tell: a byte order mark, or `<` and another ASCII character.
fn utf16(bytes: &[u8]) -> Option<Result<String, DecodeError>> {
    let unit: fn([u8; 2]) -> u16 = match bytes.first_chunk::<4>()? {
        [0xff, 0xfe, _, _] | [b'<', 0, _, 0] => u16::from_le_bytes,
        [0xfe, 0xff, _, _] | [0, b'<', 0, _] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Some(Err(DecodeError::NotUtf8));
    }
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    let within =
        |text: String| text.trim_start_matches('\u{feff}').trim_end_matches('\0').trim_ascii().to_owned();
    Some(text.map(within).map_err(|_| DecodeError::NotUtf8))
}

fn declares_latin1(bytes: &[u8]) -> bool {
    let prolog = bytes.split(|&byte| byte == b'>').next().unwrap_or_default();
    prolog.starts_with(b"<?xml")
        && prolog.windows(10).any(|window| window.eq_ignore_ascii_case(b"iso-8859-1"))
}

/// Offset of the first character that XML 1.0 forbids.
fn illegal_character(text: &str) -> Option<usize> {
    // Without early exit, so that it is done many bytes at a time; nearly every message passes.
    let suspicious = |byte: u8| (byte < 32) & (byte != 9) & (byte != 10) & (byte != 13) | (byte == 0xef);
    if !text.bytes().fold(false, |found, byte| found | suspicious(byte)) {
        return None;
    }
    text.char_indices().find(|&(_, character)| !is_xml_char(character)).map(|(at, _)| at)
}
