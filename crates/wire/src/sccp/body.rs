//! Reading and writing message bodies.
//!
//! Reading never fails: what is missing at the end reads as zero, what is left over is ignored. Messages that
//! make no sense below a certain size say so in [`Body::MIN`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::message_id::MessageId;
use super::text::Text;
use super::version::{Encoding, Version};

/// The content of one message.
pub(super) trait Body: Sized {
    /// The fewest bytes of a usable body.
    const MIN: usize = 0;
    fn read(r: &mut Reader<'_>) -> Self;
    fn write(&self, w: &mut Writer<'_>);
}

/// A part of a body that needs nothing but its bytes.
pub(super) trait Field: Sized {
    fn read(r: &mut Reader<'_>) -> Self;
    fn write(&self, w: &mut Writer<'_>);
}

pub(super) struct Reader<'a> {
    rest: &'a [u8],
    pub message_id: MessageId,
    encoding: Encoding,
}

impl<'a> Reader<'a> {
    pub fn new(body: &'a [u8], message_id: MessageId, encoding: Encoding) -> Self {
        Reader { rest: body, message_id, encoding }
    }

    pub fn version(&self) -> Version {
        self.encoding.version
    }

    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Up to `size` bytes.
    pub fn bytes(&mut self, size: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(size.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let bytes = self.bytes(N);
        array.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        array
    }

    pub fn skip(&mut self, size: usize) {
        self.bytes(size);
    }

    pub fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.array())
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    /// The word at `at` from here, without moving.
    pub fn peek_u32(&self, at: usize) -> u32 {
        let word = self.rest.get(at..).and_then(|bytes| bytes.first_chunk());
        word.map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    pub fn get<F: Field>(&mut self) -> F {
        F::read(self)
    }

    /// Text in a field of `size` bytes.
    pub fn text(&mut self, size: usize) -> Text {
        let bytes = self.bytes(size);
        Text::decode(bytes, self.encoding.text)
    }

    /// Text up to and including its NUL.
    pub fn terminated(&mut self) -> Text {
        let end = self.rest.iter().position(|byte| *byte == 0);
        self.text(end.map_or(self.rest.len(), |end| end + 1))
    }

    /// An address as laid out at this version.
    pub fn address(&mut self) -> IpAddr {
        if !self.version().typed_addresses() {
            return Ipv4Addr::from(self.array::<4>()).into();
        }
        let kind = self.u32();
        let bytes: [u8; 16] = self.array();
        match (kind, bytes) {
            (1, _) => Ipv6Addr::from(bytes).into(),
            (_, [a, b, c, d, ..]) => Ipv4Addr::new(a, b, c, d).into(),
        }
    }

    /// A port; numbers no port can have read as 0.
    pub fn port(&mut self) -> u16 {
        u16::try_from(self.u32()).unwrap_or(0)
    }

    /// An address followed by a port.
    pub fn socket_address(&mut self) -> SocketAddr {
        let ip = self.address();
        SocketAddr::new(ip, self.port())
    }
}

pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    pub message_id: MessageId,
    encoding: Encoding,
    start: usize,
}

impl<'a> Writer<'a> {
    pub fn new(out: &'a mut Vec<u8>, message_id: MessageId, encoding: Encoding) -> Self {
        let start = out.len();
        Writer { out, message_id, encoding, start }
    }

    pub fn version(&self) -> Version {
        self.encoding.version
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    pub fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub fn put<F: Field>(&mut self, field: &F) {
        field.write(self);
    }

    /// The number of entries of a list.
    pub fn count(&mut self, count: usize) {
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    pub fn zeros(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, 0);
    }

    /// Zeros up to `size` bytes of body.
    pub fn fill_to(&mut self, size: usize) {
        self.out.resize((self.start + size).max(self.out.len()), 0);
    }

    /// Text in a field of `size` bytes, which always ends in NUL.
    pub fn text(&mut self, text: &Text, size: usize) {
        let written = text.encode(self.encoding.text, size.saturating_sub(1), self.out);
        self.zeros(size - written);
    }

    /// Text of at most `limit` bytes, and a NUL.
    pub fn terminated(&mut self, text: &Text, limit: usize) {
        text.encode(self.encoding.text, limit, self.out);
        self.u8(0);
    }

    /// The size of text of at most `limit` bytes, and the text.
    pub fn counted_text(&mut self, text: &Text, limit: usize) {
        let size_at = self.out.len();
        self.u32(0);
        let size = text.encode(self.encoding.text, limit, self.out);
        let size = u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes();
        if let Some(field) = self.out.get_mut(size_at..size_at + size.len()) {
            field.copy_from_slice(&size);
        }
    }

    /// An address as laid out at this version; IPv6 becomes 0.0.0.0 where it cannot be expressed.
    pub fn address(&mut self, address: IpAddr) {
        match (self.version().typed_addresses(), address) {
            (false, IpAddr::V4(v4)) => self.bytes(&v4.octets()),
            (false, IpAddr::V6(_)) => self.zeros(4),
            (true, IpAddr::V4(v4)) => {
                self.u32(0);
                self.bytes(&v4.octets());
                self.zeros(12);
            }
            (true, IpAddr::V6(v6)) => {
                self.u32(1);
                self.bytes(&v6.octets());
            }
        }
    }

    pub fn socket_address(&mut self, address: SocketAddr) {
        self.address(address.ip());
        self.u32(address.port().into());
    }
}

impl Field for u32 {
    fn read(r: &mut Reader<'_>) -> Self {
        r.u32()
    }
    fn write(&self, w: &mut Writer<'_>) {
        w.u32(*self);
    }
}

impl Field for bool {
    fn read(r: &mut Reader<'_>) -> Self {
        r.u32() != 0
    }
    fn write(&self, w: &mut Writer<'_>) {
        w.u32(u32::from(*self));
    }
}

impl Field for Ipv4Addr {
    fn read(r: &mut Reader<'_>) -> Self {
        Ipv4Addr::from(r.array::<4>())
    }
    fn write(&self, w: &mut Writer<'_>) {
        w.bytes(&self.octets());
    }
}

impl Field for Ipv6Addr {
    fn read(r: &mut Reader<'_>) -> Self {
        Ipv6Addr::from(r.array::<16>())
    }
    fn write(&self, w: &mut Writer<'_>) {
        w.bytes(&self.octets());
    }
}

impl Field for SocketAddr {
    fn read(r: &mut Reader<'_>) -> Self {
        r.socket_address()
    }
    fn write(&self, w: &mut Writer<'_>) {
        w.socket_address(*self);
    }
}

/// Present when the body has room for it.
impl<F: Field> Field for Option<F> {
    fn read(r: &mut Reader<'_>) -> Self {
        (r.remaining() >= 4).then(|| F::read(r))
    }
    fn write(&self, w: &mut Writer<'_>) {
        if let Some(field) = self {
            field.write(w);
        }
    }
}

/// Structures whose fields follow each other on the wire in the order written here. `field: Text[size]` is a
/// text field of that many bytes; `min` is the fewest bytes of a usable body.
macro_rules! bodies {
    ($($(#[$meta:meta])* $name:ident (min $min:literal) {
        $($(#[$field_meta:meta])* $field:ident : $type:tt $(< $arg:ty >)? $([$size:literal])?,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type $(< $arg >)?,)*
        }

        impl $crate::sccp::body::Body for $name {
            const MIN: usize = $min;
            fn read(r: &mut $crate::sccp::body::Reader<'_>) -> Self {
                $(let $field: $type $(< $arg >)? = bodies!(@read r $($size)?);)*
                $name { $($field),* }
            }
            fn write(&self, w: &mut $crate::sccp::body::Writer<'_>) {
                $(bodies!(@write w self.$field $(, $size)?);)*
            }
        }
    )*};
    (@read $r:ident) => { $r.get() };
    (@read $r:ident $size:literal) => { $r.text($size) };
    (@write $w:ident $field:expr) => { $w.put(&$field) };
    (@write $w:ident $field:expr, $size:literal) => { $w.text(&$field, $size) };
}
pub(super) use bodies;

/// Numbers with names, of which unknown ones survive: printed in hexadecimal and written back unchanged.
macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident { $($constant:ident = $value:literal, $label:literal;)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            $(
                #[doc = concat!($label, " (", stringify!($value), ").")]
                pub const $constant: $name = $name($value);
            )*

            /// All values that have a name.
            pub const ALL: &[$name] = &[$($name($value)),*];

            /// The name, if the value is a known one.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($label),)*
                    _ => None,
                }
            }

            /// Whether the value has a name.
            pub const fn known(self) -> bool {
                self.name().is_some()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "{:#06x}", self.0),
                }
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self)
            }
        }

        impl $crate::sccp::body::Field for $name {
            fn read(r: &mut $crate::sccp::body::Reader<'_>) -> Self {
                $name(r.u32())
            }
            fn write(&self, w: &mut $crate::sccp::body::Writer<'_>) {
                w.u32(self.0);
            }
        }
    )*};
}
pub(super) use numbers;
