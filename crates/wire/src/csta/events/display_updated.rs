//! DisplayUpdatedEvent: the display of a telephone shows something else.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::{CharacterSet, SubjectDeviceId};

arguments! {
    /// The display of a telephone shows something else.
    pub struct DisplayUpdated in "DisplayUpdatedEvent" {
        /// The device.
        device: SubjectDeviceId = "device",
        /// Names the display.
        display_id: Option<SmolStr> = "displayID",
        /// Rows of its text.
        logical_rows: i64 = "logicalRows",
        /// Characters in each row.
        logical_columns: i64 = "logicalColumns",
        /// How characters are written.
        character_set: Option<CharacterSet> = "characterSet",
        /// The rows, each filled with blanks, one after the other.
        contents_of_display: Option<SmolStr> = "contentsOfDisplay",
    }
}
