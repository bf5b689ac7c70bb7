//! From a [`Message`] to bytes.

use super::element::is_name;
use super::error::CstaError;
use super::message::{EventBody, Message};
use super::writer::Writer;
use super::{Arguments, Edition};

/// Appends a message to `out`: prolog, root with the edition's namespace, arguments in schema order.
///
/// Members, services and values that came with a later edition are left out. [`Message::Unknown`] becomes an empty
/// root element if its name is one; otherwise nothing is written.
pub fn encode(edition: Edition, message: &Message, out: &mut Vec<u8>) {
    let mut writer = Writer::new(out, edition);
    match message {
        Message::Request(request) => request.encode(&mut writer),
        Message::Response(response) => response.encode(&mut writer),
        Message::Event(event) => event.body.encode(&event.monitor_cross_ref_id, &mut writer),
        Message::Error(error) => writer.document(CstaError::ROOT, |writer| error.encode(writer)),
        Message::Unknown { root } if is_name(root) => writer.document(root, |_| {}),
        Message::Unknown { .. } => {}
    }
}

/// Appends an event as one monitor sees it, without the need to build a [`super::Event`] for each monitor.
pub fn encode_event(edition: Edition, monitor_cross_ref_id: &str, body: &EventBody, out: &mut Vec<u8>) {
    body.encode(monitor_cross_ref_id, &mut Writer::new(out, edition));
}
