//! Data that applications attach to calls: account codes, correlator data, user data.

use smol_str::SmolStr;

use super::arguments::{Argument, Fault};
use super::element::Element;
use super::writer::Writer;
use crate::csta::shape::Shape;

/// Octets written as hex digits (XML Schema `hexBinary`), kept as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HexBinary(SmolStr);

impl HexBinary {
    /// Writes octets as hex digits.
    pub fn from_octets(octets: &[u8]) -> Self {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase();
        HexBinary(octets.iter().flat_map(|octet| [digit(octet >> 4), digit(octet & 15)]).collect())
    }

    /// Takes hex digits as they are; `None` unless they are hex digits, and an even number of them.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let valid = digits.len().is_multiple_of(2) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        valid.then(|| HexBinary(digits.into()))
    }

    /// The hex digits.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The octets.
    pub fn octets(&self) -> impl Iterator<Item = u8> + '_ {
        let value = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        self.0.as_bytes().chunks(2).map(move |pair| {
            pair.iter().fold(0u8, |octet, byte| (octet << 4) | value(byte).unwrap_or_default())
        })
    }
}

impl Argument for HexBinary {
    fn shape() -> Shape {
        Shape::Octets
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        HexBinary::from_digits(element.text()).ok_or_else(|| Fault::invalid(element.text()))
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.text(name, &self.0);
    }
}

/// CorrelatorData and UserData: octets that travel with a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallData {
    /// Octets.
    Octets(HexBinary),
    /// Vendor-defined elements, which are not kept.
    Private,
}

impl Argument for CallData {
    fn shape() -> Shape {
        Shape::CallData
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        if element.member("private").is_some() {
            return Ok(CallData::Private);
        }
        element.argument("string").map(CallData::Octets)
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            CallData::Octets(octets) => octets.encode("string", writer),
            CallData::Private => writer.empty("private"),
        });
    }
}
