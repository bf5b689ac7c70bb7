//! From a [`Message`] to bytes.

use super::element::is_name;
use super::error::CstaError;
use super::message::{EventBody, Message};
use super::writer::Writer;
use super::{Arguments, Edition, EventExtensions};

/// Appends a message to `out`: prolog, root with the edition's namespace, arguments in schema order.
///
/// Members, services and values that came with a later edition are left out. [`Message::Unknown`] becomes an empty
/// root element if its name is one; otherwise nothing is written.
pub fn encode(edition: Edition, message: &Message, out: &mut Vec<u8>) {
    let mut writer = Writer::new(out, edition);
    match message {
        Message::Request(request) => request.encode(&mut writer),
        Message::Response(response) => response.encode(&mut writer),
        Message::Event(event) => {
            event.body.encode(&event.monitor_cross_ref_id, &event.extensions, &mut writer)
        }
        Message::Error(error) => writer.document(CstaError::ROOT, |writer| error.encode(writer)),
        Message::Unknown { root } if is_name(root) => writer.document(root, |_| {}),
        Message::Unknown { .. } => {}
    }
}

/// Appends an error with a reason of this project. The schema has no room for it, so it is a processing instruction in the
/// element, which applications ignore that do not know it.
pub fn encode_error(edition: Edition, error: &CstaError, reason: Option<&'static str>, out: &mut Vec<u8>) {
    Writer::new(out, edition).document(CstaError::ROOT, |writer| {
        error.encode(writer);
        reason.into_iter().for_each(|reason| writer.words([REASON, reason, "\"?>"]));
    });
}

/// The reason in an error of [`encode_error`].
pub fn reason_in(document: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(document).ok()?;
    let (_, rest) = text.split_once(REASON)?;
    rest.split_once('"').map(|(reason, _)| reason)
}

/// How the processing instruction begins, up to the reason.
const REASON: &str = "<?hookflash reason=\"";

/// Appends an event as one monitor sees it, without the need to build a [`super::Event`] for each monitor.
pub fn encode_event(edition: Edition, monitor_cross_ref_id: &str, body: &EventBody, out: &mut Vec<u8>) {
    encode_event_with(edition, monitor_cross_ref_id, body, &EventExtensions::default(), out);
}

/// Appends an event as [`encode_event`] does, with what it carries beyond the standard.
pub fn encode_event_with(
    edition: Edition,
    monitor_cross_ref_id: &str,
    body: &EventBody,
    extensions: &EventExtensions,
    out: &mut Vec<u8>,
) {
    body.encode(monitor_cross_ref_id, extensions, &mut Writer::new(out, edition));
}
