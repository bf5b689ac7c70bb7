//! GetDisplay: what the display of a telephone shows.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::{arguments, list};
use super::super::vocabulary::words;

arguments! {
    /// Request: what does the display show?
    pub struct GetDisplay in "GetDisplay" {
        /// The device.
        device: DeviceId = "device",
        /// Only this display.
        display: Option<SmolStr> = "display",
    }
}

arguments! {
    /// What the displays show.
    pub struct GetDisplayResponse in "GetDisplayResponse" {
        /// The displays.
        display_list: Option<DisplayList> = "displayList",
    }
}

list! {
    /// Displays of a device.
    pub struct DisplayList of DisplayListItem = "displayListItem";
}

arguments! {
    /// One display.
    pub struct DisplayListItem {
        /// Names it.
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

words! {
    /// How the characters of a display are written.
    pub enum CharacterSet {
        /// ASCII.
        Ascii = "ascii",
        /// Unicode.
        Unicode = "unicode",
        /// Something else.
        Proprietary = "proprietary",
    }
}
