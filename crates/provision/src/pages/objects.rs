//! The objects that phones show, with the limits of their screens.
//!
//! The parser of older phones is not one of XML in general: names are in one spelling, there is nothing that it does not
//! know, and a key of one's own takes all keys away that the object has by itself.

use crate::xml::Element;

/// Most entries of a menu.
pub const MAX_MENU: usize = 100;
/// Most entries of a directory.
pub const MAX_DIRECTORY: usize = 32;
/// Most fields of a form.
pub const MAX_FIELDS: usize = 5;
/// Most characters of a title or prompt.
const MAX_TITLE: usize = 32;
/// Most characters of the name of an entry.
const MAX_NAME: usize = 64;
/// Most characters of a text.
const MAX_TEXT: usize = 4000;

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn titled(object: &'static str, title: &str, prompt: &str) -> Element {
    Element::new(object).leaf("Title", cut(title, MAX_TITLE)).leaf("Prompt", cut(prompt, MAX_TITLE))
}

/// CiscoIPPhoneMenu: names with the URLs behind them.
pub fn menu(title: &str, prompt: &str, items: impl IntoIterator<Item = (String, String)>) -> Element {
    let items = items
        .into_iter()
        .take(MAX_MENU)
        .map(|(name, url)| Element::new("MenuItem").leaf("Name", cut(&name, MAX_NAME)).leaf("URL", url));
    titled("CiscoIPPhoneMenu", title, prompt).with_all(items)
}

/// CiscoIPPhoneText.
pub fn text(title: &str, prompt: &str, text: &str) -> Element {
    titled("CiscoIPPhoneText", title, prompt).leaf("Text", cut(text, MAX_TEXT))
}

/// A field of a form.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// What stands beside it.
    pub label: &'a str,
    /// The parameter that it becomes.
    pub parameter: &'a str,
    /// What it holds at first.
    pub value: &'a str,
    /// `A` text, `T` telephone number, `N` number; `P` behind it masks what is typed.
    pub flags: &'a str,
}

/// CiscoIPPhoneInput: a form; its fields are added to the URL as parameters.
pub fn input(title: &str, prompt: &str, url: &str, fields: &[Field<'_>]) -> Element {
    let fields = fields.iter().take(MAX_FIELDS).map(|field| {
        Element::new("InputItem")
            .leaf("DisplayName", field.label)
            .leaf("QueryStringParam", field.parameter)
            .leaf("DefaultValue", field.value)
            .leaf("InputFlags", field.flags)
    });
    titled("CiscoIPPhoneInput", title, prompt).leaf("URL", url).with_all(fields)
}

/// CiscoIPPhoneDirectory: names and numbers, of which the phone dials one.
pub fn directory(title: &str, prompt: &str, entries: impl IntoIterator<Item = (String, String)>) -> Element {
    let entries = entries.into_iter().take(MAX_DIRECTORY).map(|(name, number)| {
        Element::new("DirectoryEntry").leaf("Name", cut(&name, MAX_NAME)).leaf("Telephone", number)
    });
    titled("CiscoIPPhoneDirectory", title, prompt).with_all(entries)
}

/// SoftKeyItem: a key below the screen, at a position from 1.
pub fn soft_key(position: u32, name: &str, url: &str) -> Element {
    Element::new("SoftKeyItem").leaf("Name", name).leaf("URL", url).leaf("Position", position)
}

/// CiscoIPPhoneExecute: the phone does these, as if its user had; 1 to 3 of them.
pub fn execute(urls: &[(&str, u8)]) -> Element {
    let items = urls.iter().take(3).map(|(url, priority)| {
        Element::new("ExecuteItem").attribute("Priority", priority).attribute("URL", url)
    });
    Element::new("CiscoIPPhoneExecute").with_all(items)
}

/// The objects that phones know.
const OBJECTS: [&str; 15] = [
    "CiscoIPPhoneMenu",
    "CiscoIPPhoneText",
    "CiscoIPPhoneInput",
    "CiscoIPPhoneDirectory",
    "CiscoIPPhoneImage",
    "CiscoIPPhoneImageFile",
    "CiscoIPPhoneGraphicMenu",
    "CiscoIPPhoneGraphicFileMenu",
    "CiscoIPPhoneIconMenu",
    "CiscoIPPhoneIconFileMenu",
    "CiscoIPPhoneStatus",
    "CiscoIPPhoneStatusFile",
    "CiscoIPPhoneExecute",
    "CiscoIPPhoneResponse",
    "CiscoIPPhoneError",
];

/// Whether an element is an object that phones know; they compare its name with regard to case.
pub fn is_object(element: &Element) -> bool {
    OBJECTS.contains(&element.name.as_ref())
}
