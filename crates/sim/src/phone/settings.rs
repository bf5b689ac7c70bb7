//! What a virtual phone is: its name, model, protocol version and habits.

use std::{net::Ipv4Addr, time::Duration};

use hookflash_wire::sccp::{Codec, DeviceType, Features, Register, Text, Version};
use smol_str::SmolStr;

/// What a [`Phone`](super::Phone) is told when it is made.
#[derive(Clone, Debug)]
pub struct PhoneSettings {
    /// The device name it registers with: `SEP` and twelve hexadecimal digits.
    pub name: SmolStr,
    /// The model.
    pub model: DeviceType,
    /// The highest protocol version it offers.
    pub version: Version,
    /// The features it offers beside the version.
    pub features: Features,
    /// How much of Register it sends.
    pub form: RegisterForm,
    /// In which rhythm it asks for its configuration.
    pub burst: Burst,
    /// Where it receives media; each call gets a port of its own.
    pub address: Ipv4Addr,
    /// The codecs it has, best first.
    pub codecs: &'static [Codec],
    /// How long it waits before it connects again after its connection was lost or refused.
    pub reconnect_after: Duration,
}

/// How much of Register a phone sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegisterForm {
    /// All 172 bytes.
    Full,
    /// Up to and with the MAC address, 64 bytes.
    Medium,
    /// 36 bytes without a version: protocol version 3.
    Short,
}

/// In which rhythm a phone asks for its configuration after RegisterAck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Burst {
    /// The next request after the answer to the previous one, as a 7960.
    LockStep,
    /// Several requests in one segment, as a 7961.
    Pipelined,
    /// Buttons, lines and time only, one at a time: small software clients.
    Minimal,
}

/// What the later firmware loads of most 79xx phones offer: UTF-8, dynamic messages, RFC 2833.
const MODERN: Features = Features::from_bytes([0x00, 0x72, 0x85]);
/// What the last loads of a 7960 offer: no UTF-8.
const LAST_7960: Features = Features::from_bytes([0x00, 0x60, 0x85]);

const CODECS: &[Codec] = &[Codec::G722, Codec::G711_ULAW, Codec::G711_ALAW, Codec::G729];
const NARROW_CODECS: &[Codec] = &[Codec::G711_ULAW, Codec::G711_ALAW, Codec::G729];

impl PhoneSettings {
    /// A phone as its model usually is.
    pub fn new(name: impl Into<SmolStr>, model: DeviceType) -> PhoneSettings {
        let (version, features, form, burst) = usual(model);
        PhoneSettings {
            name: name.into(),
            model,
            version,
            features,
            form,
            burst,
            address: Ipv4Addr::LOCALHOST,
            codecs: if burst == Burst::Pipelined { CODECS } else { NARROW_CODECS },
            reconnect_after: Duration::from_secs(10),
        }
    }

    /// Its Register.
    pub(super) fn register(&self, active_streams: u32) -> Register {
        let mut register = Register::new(Text::from(&self.name), self.model);
        register.address = self.address;
        register.active_streams = active_streams;
        if self.form == RegisterForm::Short {
            return register;
        }
        register.offer = Some((self.version, self.features));
        register.max_conferences = Some(0);
        register.active_conferences = Some(0);
        register.mac = Some(self.mac());
        if self.form == RegisterForm::Medium {
            return register;
        }
        register.ipv4_scope = Some(0);
        register.max_lines = Some(self.lines());
        register.ipv6 = Some(std::net::Ipv6Addr::UNSPECIFIED);
        register.ipv6_scope = Some(0);
        register.load = Some(Text::from("virtual"));
        register.config_version_stamp = Some(Text::empty());
        register
    }

    fn lines(&self) -> u32 {
        let buttons = self.model.model().map_or(1, |model| model.line_buttons());
        u32::try_from(buttons).unwrap_or(1)
    }

    /// The address in the name; zeros where the name has none.
    fn mac(&self) -> [u8; 6] {
        let digits = self.name.get(3..).unwrap_or_default();
        std::array::from_fn(|index| {
            let pair = digits.get(2 * index..2 * index + 2);
            pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0)
        })
    }
}

/// Version, features and habits of a model with its last common firmware.
fn usual(model: DeviceType) -> (Version, Features, RegisterForm, Burst) {
    match model {
        DeviceType::TYPE_7960 | DeviceType::TYPE_7940 => {
            (Version(11), LAST_7960, RegisterForm::Full, Burst::LockStep)
        }
        DeviceType::TYPE_12SP
        | DeviceType::TYPE_12SP_PLUS
        | DeviceType::TYPE_12
        | DeviceType::TYPE_30SP_PLUS
        | DeviceType::TYPE_30VIP => (Version::MIN, Features::default(), RegisterForm::Short, Burst::LockStep),
        DeviceType::TYPE_7910 | DeviceType::TYPE_7902 | DeviceType::TYPE_7905 | DeviceType::TYPE_7912 => {
            (Version(5), Features::from_bytes([0x00, 0x60, 0x05]), RegisterForm::Medium, Burst::LockStep)
        }
        DeviceType::TYPE_7921 | DeviceType::TYPE_7925 | DeviceType::TYPE_7926 => {
            (Version(16), MODERN, RegisterForm::Full, Burst::Pipelined)
        }
        _ => (Version(20), MODERN, RegisterForm::Full, Burst::Pipelined),
    }
}
