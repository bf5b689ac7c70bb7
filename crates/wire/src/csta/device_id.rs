//! DeviceID, and the wrappers that say why a device is not named.

use std::borrow::Cow;

use smol_str::SmolStr;

use super::arguments::{Argument, Fault};
use super::element::Element;
use super::writer::Writer;
use crate::csta::shape::Shape;

/// Identifies a device, verbatim as the client or the network wrote it.
///
/// Clients compare these strings literally, so a session is always answered with the very string it used.
/// [`DeviceId::number`] gives the form to compare with a directory number.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(SmolStr);

impl DeviceId {
    /// The text as written, without surrounding white space.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number in it, or `None` if there is none (a name, a trunk, dialling control characters).
    ///
    /// | written | number |
    /// | --- | --- |
    /// | `201`, `tel:201`, `sip:201@host;user=phone`, `201@host`, `<sip:201@host>` | 201 |
    /// | `tel:+1-425-555-0100` | 14255550100 |
    /// | `tel:+14255550100;ext=201` | 201 |
    /// | `N<201>Bob;displayNumber=201` (switching function representation) | 201 |
    /// | `201:SWITCH:0.0.0.0:0` (DMCC) | 201 |
    /// | `9;` or nothing: staged dialling, more digits follow | 9, incomplete |
    pub fn number(&self) -> Option<Number> {
        Number::parse(&self.0)
    }
}

impl<T: Into<SmolStr>> From<T> for DeviceId {
    fn from(text: T) -> Self {
        DeviceId(text.into())
    }
}

impl std::fmt::Display for DeviceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Elements in which some clients wrap the text of a DeviceID, as other parts of the standard do.
const WRAPPERS: [&str; 3] = ["deviceIdentifier", "deviceID", "deviceObject"];

impl Argument for DeviceId {
    fn shape() -> Shape {
        Shape::Device(&[])
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let wrapped = || element.members().find(|child| WRAPPERS.contains(&child.name()));
        match (element.text(), wrapped(), element.members().next()) {
            ("", Some(inner), _) => Ok(DeviceId(inner.text().into())),
            // Something else than a number is not the empty number, with which dialling begins.
            ("", None, Some(other)) => Err(Fault::invalid(other.name())),
            (text, ..) => Ok(DeviceId(text.into())),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.text(name, &self.0);
    }
}

/// The number in a [`DeviceId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    /// Digits `0`-`9`, `*`, `#`, `A`-`D` (upper case) only.
    pub digits: SmolStr,
    /// Staged dialling: the number ends in `;` or is empty, and the rest follows through DialDigits.
    pub incomplete: bool,
}

impl Number {
    fn parse(text: &str) -> Option<Number> {
        let text = text.trim();
        let (address, parameters) = split_address(text)?;
        let extension = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("ext").then_some(value)
        });
        let digits = digits(extension.unwrap_or(address))?;
        let incomplete = digits.is_empty() || text.ends_with(';');
        Some(Number { digits, incomplete })
    }
}

/// Takes a device identifier apart into the part that holds the number, and its parameters.
fn split_address(text: &str) -> Option<(&str, &str)> {
    match in_brackets(text) {
        Some(uri) if uri.contains(':') => return split_address(uri),
        Some(representation) => return Some((representation.split(['!', '&', '/', '%']).next()?, "")),
        None => {}
    }
    let without_scheme = match text.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel") => rest,
        Some((scheme, rest)) if is_sip(scheme) => rest.split('@').next()?,
        // DMCC: number, switch, address, port
        Some((number, _)) => number.split('@').next()?,
        None => text.split('@').next()?,
    };
    Some(without_scheme.split_once(';').unwrap_or((without_scheme, "")))
}

fn is_sip(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")
}

/// What the brackets hold of a switching function representation, `N<number!sub&appearance/ext%agent>name` with an
/// optional letter, or of a URI, `<sip:number@host>`.
fn in_brackets(text: &str) -> Option<&str> {
    let (kind, rest) = text.split_once('<')?;
    let (inside, _) = rest.split_once('>')?;
    (kind.chars().count() <= 1).then_some(inside)
}

/// The characters of numbers that URIs write with a percent sign.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let escapes = [("%23", "#"), ("%2A", "*"), ("%2a", "*"), ("%2B", "+"), ("%2b", "+"), ("%20", " ")];
    escapes.iter().fold(Cow::Borrowed(text), |text, (escape, plain)| text.replace(escape, plain).into())
}

/// Digits without visual separators and leading `+`; `None` if anything else is in it.
fn digits(text: &str) -> Option<SmolStr> {
    let text = text.trim();
    let unescaped = unescape(text);
    let mut digits = String::with_capacity(unescaped.len());
    for character in unescaped.strip_prefix('+').unwrap_or(&unescaped).chars() {
        match character {
            '0'..='9' | '*' | '#' => digits.push(character),
            'A'..='D' | 'a'..='d' => digits.push(character.to_ascii_uppercase()),
            '-' | '.' | '(' | ')' | ' ' => {}
            _ => return None,
        }
    }
    let letters_only = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphabetic());
    (!letters_only).then(|| digits.into())
}

/// A device that an event or snapshot tells about: SubjectDeviceID, CallingDeviceID, CalledDeviceID and their like.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SubjectDeviceId {
    /// The device.
    Device(DeviceId),
    /// The switching function does not know the device.
    NotKnown,
    /// The device may not be shown.
    Restricted,
}

impl SubjectDeviceId {
    /// The device, if it is named.
    pub fn device(&self) -> Option<&DeviceId> {
        match self {
            SubjectDeviceId::Device(device) => Some(device),
            SubjectDeviceId::NotKnown | SubjectDeviceId::Restricted => None,
        }
    }
}

impl Argument for SubjectDeviceId {
    fn shape() -> Shape {
        Shape::Device(&["notKnown", "restricted"])
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        for child in element.members() {
            match child.name() {
                "deviceIdentifier" => return DeviceId::decode(child).map(SubjectDeviceId::Device),
                "notKnown" => return Ok(SubjectDeviceId::NotKnown),
                "restricted" => return Ok(SubjectDeviceId::Restricted),
                _ => {}
            }
        }
        // Feature synchronisation phones put the device directly into the element.
        match element.text() {
            "" => Err(Fault::missing()),
            text => Ok(SubjectDeviceId::Device(text.into())),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            SubjectDeviceId::Device(device) => device.encode("deviceIdentifier", writer),
            SubjectDeviceId::NotKnown => writer.empty("notKnown"),
            SubjectDeviceId::Restricted => writer.empty("restricted"),
        });
    }
}

/// The device a call was redirected from last: `lastRedirectionDevice`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RedirectionDevice {
    /// The call was redirected, from this device.
    NumberDialed(DeviceId),
    /// The call was redirected, from an unknown device.
    NotKnown,
    /// The call was never redirected.
    NotRequired,
    /// The switching function does not keep track.
    NotSpecified,
    /// The call was redirected, from a device that may not be shown.
    Restricted,
}

impl Argument for RedirectionDevice {
    fn shape() -> Shape {
        Shape::Device(&["notKnown", "notRequired", "notSpecified", "restricted"])
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        for child in element.members() {
            match child.name() {
                "numberDialed" => return DeviceId::decode(child).map(RedirectionDevice::NumberDialed),
                "notKnown" => return Ok(RedirectionDevice::NotKnown),
                "notRequired" => return Ok(RedirectionDevice::NotRequired),
                "notSpecified" => return Ok(RedirectionDevice::NotSpecified),
                "restricted" => return Ok(RedirectionDevice::Restricted),
                _ => {}
            }
        }
        // In JSON the device is directly in the member.
        match element.text() {
            "" => Err(Fault::missing()),
            text => Ok(RedirectionDevice::NumberDialed(text.into())),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            RedirectionDevice::NumberDialed(device) => device.encode("numberDialed", writer),
            RedirectionDevice::NotKnown => writer.empty("notKnown"),
            RedirectionDevice::NotRequired => writer.empty("notRequired"),
            RedirectionDevice::NotSpecified => writer.empty("notSpecified"),
            RedirectionDevice::Restricted => writer.empty("restricted"),
        });
    }
}
