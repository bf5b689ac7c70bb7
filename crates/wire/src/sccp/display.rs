//! Text on the phone's display, and data for its applications.

use super::body::{Body, Reader, Writer, bodies};
use super::message_id::MessageId;
use super::text::Text;
use super::values::{NotifyPriority, SequenceFlag};

/// The size of text in the fixed forms.
const FIXED: usize = 32;
/// The most bytes of text in the dynamic forms.
const DYNAMIC: usize = 96;

bodies! {
    /// DisplayText 0x0099, for phones with one line and no prompt area.
    DisplayText (min 0) {
        /// Up to 31 bytes.
        text: Text[32],
    }

    /// ClearPriNotify 0x0121.
    ClearPriNotify (min 4) {
        /// As in [`DisplayPriNotify`].
        priority: NotifyPriority,
    }
}

/// DisplayPromptStatus 0x0112, from version 9 on 0x0145: the line above the soft keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayPromptStatus {
    /// Seconds to show it; 0 until replaced.
    pub timeout: u32,
    /// Up to 96 bytes (31 in the fixed form).
    pub text: Text,
    /// The line, or 0.
    pub line: u32,
    /// The call, or 0.
    pub call_reference: u32,
}

impl Body for DisplayPromptStatus {
    const MIN: usize = 4;

    fn read(r: &mut Reader<'_>) -> Self {
        let timeout = r.u32();
        if r.message_id == MessageId::DISPLAY_PROMPT_STATUS_DYNAMIC {
            let (line, call_reference) = (r.u32(), r.u32());
            return DisplayPromptStatus { timeout, text: r.terminated(), line, call_reference };
        }
        DisplayPromptStatus { timeout, text: r.text(FIXED), line: r.u32(), call_reference: r.u32() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.timeout);
        if w.message_id == MessageId::DISPLAY_PROMPT_STATUS_DYNAMIC {
            w.u32(self.line);
            w.u32(self.call_reference);
            w.terminated(&self.text, DYNAMIC);
        } else {
            w.text(&self.text, FIXED);
            w.u32(self.line);
            w.u32(self.call_reference);
        }
    }
}

/// DisplayNotify 0x0114, from version 9 on 0x0143.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayNotify {
    /// Seconds to show it; 0 until cleared.
    pub timeout: u32,
    /// Up to 96 bytes (31 in the fixed form).
    pub text: Text,
}

impl Body for DisplayNotify {
    const MIN: usize = 4;

    fn read(r: &mut Reader<'_>) -> Self {
        DisplayNotify { timeout: r.u32(), text: read_notice(r, MessageId::DISPLAY_NOTIFY_DYNAMIC) }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.timeout);
        write_notice(w, &self.text, MessageId::DISPLAY_NOTIFY_DYNAMIC);
    }
}

/// DisplayPriNotify 0x0120, from version 9 on 0x0144: a notification that yields to more important ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayPriNotify {
    /// Seconds to show it; 0 until cleared.
    pub timeout: u32,
    /// How important it is.
    pub priority: NotifyPriority,
    /// Up to 96 bytes (31 in the fixed form).
    pub text: Text,
}

impl Body for DisplayPriNotify {
    const MIN: usize = 8;

    fn read(r: &mut Reader<'_>) -> Self {
        let (timeout, priority) = (r.u32(), r.get());
        DisplayPriNotify { timeout, priority, text: read_notice(r, MessageId::DISPLAY_PRI_NOTIFY_DYNAMIC) }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.timeout);
        w.put(&self.priority);
        write_notice(w, &self.text, MessageId::DISPLAY_PRI_NOTIFY_DYNAMIC);
    }
}

fn read_notice(r: &mut Reader<'_>, dynamic: MessageId) -> Text {
    if r.message_id == dynamic { r.terminated() } else { r.text(FIXED) }
}

fn write_notice(w: &mut Writer<'_>, text: &Text, dynamic: MessageId) {
    if w.message_id == dynamic { w.terminated(text, DYNAMIC) } else { w.text(text, FIXED) }
}

/// UserToDeviceData 0x011E, DeviceToUserData 0x002E and DeviceToUserDataResponse 0x002F: data between an
/// application on the phone and one behind the call manager.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserData {
    /// The application.
    pub application_id: u32,
    /// The line, or 0.
    pub line: u32,
    /// The call, or 0.
    pub call_reference: u32,
    /// Returned in responses.
    pub transaction_id: u32,
    /// The data, usually XML; at most [`UserData::LIMIT`] bytes, more is cut off.
    pub data: Vec<u8>,
}

impl UserData {
    /// The most bytes of data in one message.
    pub const LIMIT: usize = 2000;

    fn read_header(r: &mut Reader<'_>) -> (Self, usize) {
        let header = UserData {
            application_id: r.u32(),
            line: r.u32(),
            call_reference: r.u32(),
            transaction_id: r.u32(),
            data: Vec::new(),
        };
        (header, usize::try_from(r.u32()).unwrap_or(usize::MAX))
    }

    fn write_header(&self, w: &mut Writer<'_>) {
        w.u32(self.application_id);
        w.u32(self.line);
        w.u32(self.call_reference);
        w.u32(self.transaction_id);
        w.count(self.sent().len());
    }

    fn sent(&self) -> &[u8] {
        self.data.get(..Self::LIMIT).unwrap_or(&self.data)
    }
}

impl Body for UserData {
    const MIN: usize = 20;

    fn read(r: &mut Reader<'_>) -> Self {
        let (header, length) = Self::read_header(r);
        UserData { data: r.bytes(length).to_vec(), ..header }
    }

    fn write(&self, w: &mut Writer<'_>) {
        self.write_header(w);
        w.bytes(self.sent());
    }
}

/// UserToDeviceDataV1 0x013F, DeviceToUserDataV1 0x0041 and DeviceToUserDataResponseV1 0x0042.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserDataV1 {
    /// Application, call and data.
    pub user_data: UserData,
    /// The place in a sequence of parts; [`SequenceFlag::LAST`] when alone.
    pub sequence: SequenceFlag,
    /// How important it is.
    pub display_priority: u32,
    /// The conference, or 0.
    pub conference_id: u32,
    /// The instance of the application, or 0.
    pub application_instance_id: u32,
    /// The route, or 0.
    pub routing_id: u32,
}

impl Body for UserDataV1 {
    const MIN: usize = 40;

    fn read(r: &mut Reader<'_>) -> Self {
        let (header, length) = UserData::read_header(r);
        let mut message = UserDataV1 {
            user_data: header,
            sequence: r.get(),
            display_priority: r.u32(),
            conference_id: r.u32(),
            application_instance_id: r.u32(),
            routing_id: r.u32(),
        };
        message.user_data.data = r.bytes(length).to_vec();
        message
    }

    fn write(&self, w: &mut Writer<'_>) {
        self.user_data.write_header(w);
        w.put(&self.sequence);
        w.u32(self.display_priority);
        w.u32(self.conference_id);
        w.u32(self.application_instance_id);
        w.u32(self.routing_id);
        w.bytes(self.user_data.sent());
    }
}
