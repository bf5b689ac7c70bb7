//! What the bytes of an application are.

use hookflash_wire::csta::{
    self, CstaError, DecodeError, Decoded, Edition, Message, Request, Response, Service,
};
use smol_str::SmolStr;

use super::{features, not_supported};

/// What an application said.
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

/// Reads what an application said.
///
/// # Errors
/// It is no CSTA message: the carrier has to refuse it in its own way.
pub fn read(bytes: &[u8]) -> Result<Content, DecodeError> {
    match csta::decode(bytes) {
        Ok(Decoded { edition, message }) => Ok(content(edition, message)),
        // A response or an event needs no answer, not even if it is wrong.
        Err(DecodeError::Argument { message, .. }) if !is_request(message) => {
            Ok(Content::Other(message.into()))
        }
        Err(error) => match wrong_request(&error) {
            Some((edition, answer)) => Ok(Content::Request(edition, Err(answer))),
            None => Err(error),
        },
    }
}

/// How a request that is wrong is answered, if it is one. What is wrong with the arguments of a service does not
/// matter if it is not served.
fn wrong_request(error: &DecodeError) -> Option<(Edition, CstaError)> {
    let (edition, answer) = error.csta_error()?;
    let service = match error {
        DecodeError::Argument { message, .. } => Service::from_root(message),
        _ => None,
    };
    let served = service.is_none_or(features::is_served);
    Some((edition, if served { answer } else { not_supported() }))
}

fn content(edition: Edition, message: Message) -> Content {
    match message {
        Message::Request(request) => Content::Request(edition, Ok(request)),
        Message::Response(response) => Content::Answer(Ok(response)),
        Message::Error(error) => Content::Answer(Err(error)),
        Message::Unknown { root } if is_request(&root) => Content::Request(edition, Err(not_supported())),
        Message::Unknown { root } => Content::Other(root),
        Message::Event(event) => Content::Other(event.body.root().into()),
    }
}

/// Whether an unknown root element is that of a request, going by the names of the standard.
fn is_request(root: &str) -> bool {
    !root.ends_with("Response") && !root.ends_with("Event")
}
