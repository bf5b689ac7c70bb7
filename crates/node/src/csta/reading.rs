//! What the bytes of an application are.

use hookflash_wire::csta::{
    self, CstaError, DecodeError, Decoded, Edition, Message, Request, Response, Service,
};
use smol_str::SmolStr;

use super::{features, not_supported};

/// A message of an application.
// It is looked at at once; a box would cost an allocation for each request.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub enum Content {
    /// A request; the error if it is refused as it stands: the service is unknown, or an argument is wrong.
    Request(Edition, Result<Request, CstaError>),
    /// The answer to a request of the server.
    Answer(Result<Response, CstaError>),
    /// A message that needs no answer: an event, or the response to an unknown service.
    Other(SmolStr),
}

/// Reads a message of an application.
///
/// # Errors
/// It is no CSTA message: the carrier has to refuse it in its own way.
pub fn read(bytes: &[u8]) -> Result<Content, DecodeError> {
    match csta::decode(bytes) {
        Ok(decoded) => Ok(Content::of(decoded)),
        Err(error) => Content::of_error(&error).ok_or(error),
    }
}

/// What is wrong with a message that could not be read as a whole, in words; `None` if it can be read.
pub fn fault(bytes: &[u8]) -> Option<String> {
    csta::decode(bytes).err().map(|error| error.to_string())
}

impl Content {
    /// What a message is.
    pub fn of(decoded: Decoded) -> Content {
        let Decoded { edition, message } = decoded;
        match message {
            Message::Request(request) => Content::Request(edition, Ok(request)),
            Message::Response(response) => Content::Answer(Ok(response)),
            Message::Error(error) => Content::Answer(Err(error)),
            Message::Unknown { root } if is_request(&root) => Content::Request(edition, Err(not_supported())),
            Message::Unknown { root } => Content::Other(root),
            Message::Event(event) => Content::Other(event.body.root().into()),
        }
    }

    /// What a message is that could not be read as a whole; `None` if it is no CSTA. Wrong arguments of a service that is
    /// not served do not matter, nor those of a message that needs no answer.
    pub fn of_error(error: &DecodeError) -> Option<Content> {
        let (edition, refusal) = error.csta_error()?;
        let DecodeError::Argument { message, .. } = error else { return None };
        if !is_request(message) {
            return Some(Content::Other(SmolStr::new_static(message)));
        }
        let served = Service::from_root(message).is_none_or(features::is_served);
        Some(Content::Request(edition, Err(if served { refusal } else { not_supported() })))
    }
}

/// Whether an unknown root element is that of a request, going by the names of the standard.
fn is_request(root: &str) -> bool {
    !root.ends_with("Response") && !root.ends_with("Event")
}
