//! Escape: what applications ask of CTI ports and route points beyond the standard.
//!
//! The elements are in `urn:hookflash:csta:1`, with attributes for values and children for structures. On input a value may
//! also be a child: so JSON has it.

use smol_str::{SmolStr, ToSmolStr};

use super::super::arguments::{Argument, Arguments, Fault};
use super::super::element::{Element, Namespace};
use super::super::session_login::HOOKFLASH_NAMESPACE;
use super::super::writer::Writer;
use super::super::{ConnectionId, DeviceId};
use crate::csta::shape::Member;

/// Request: something that is specific to this project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Escape {
    /// What; `None` for anything else than the requests of this project.
    pub private: Option<PrivateRequest>,
}

/// A request in the private data of [`Escape`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PrivateRequest {
    /// See [`DeviceOpen`].
    DeviceOpen(DeviceOpen),
    /// Closes a device that was opened.
    DeviceClose {
        /// The name or a number of the device.
        device: DeviceId,
    },
    /// See [`SetMediaAddress`].
    SetMediaAddress(SetMediaAddress),
    /// Asks for the keys of an encrypted connection; answered with [`MediaKeyMaterial`].
    GetMediaKeys {
        /// The connection.
        connection: ConnectionId,
    },
}

/// Opens a CTI port or route point.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeviceOpen {
    /// The name or a number of the device.
    pub device: DeviceId,
    /// How its media goes: `static`, `dynamic`, `ws`, `auto` or `none`.
    pub media: SmolStr,
    /// Where it goes, `address:port`, if that is the same for all calls.
    pub rtp: Option<SmolStr>,
    /// What kind of application it is: `tapi` needs a device with one line.
    pub profile: Option<SmolStr>,
    /// What the application can receive.
    pub codecs: Vec<CodecDescription>,
}

/// A codec that an application can receive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CodecDescription {
    /// Its name.
    pub name: SmolStr,
    /// Milliseconds of sound in a packet.
    pub packet_ms: Option<i64>,
}

/// Says where the media of a call goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetMediaAddress {
    /// The connection of the device.
    pub connection: ConnectionId,
    /// Where the application receives, `address:port`.
    pub rtp: SmolStr,
    /// The request that is answered.
    pub media_request_id: Option<SmolStr>,
    /// What the application would receive: cannot be changed.
    pub codecs: Vec<CodecDescription>,
}

const DEVICE_OPEN: &str = "DeviceOpen";
const DEVICE_CLOSE: &str = "DeviceClose";
const SET_MEDIA_ADDRESS: &str = "SetMediaAddress";
const GET_MEDIA_KEYS: &str = "GetMediaKeys";
const MEDIA_KEYS: &str = "MediaKeys";

impl Arguments for Escape {
    const ROOT: &'static str = "Escape";

    fn members() -> Vec<Member> {
        Vec::new()
    }

    fn decode(root: Element<'_>) -> Result<Self, Fault> {
        let private = root.member("privateData").and_then(|data| data.member("private"));
        let ours = |child: &Element<'_>| child.namespace() == Namespace::Other(HOOKFLASH_NAMESPACE);
        let request = private.and_then(|private| private.children().find(ours));
        let private = match request {
            Some(request) => match request.name() {
                DEVICE_OPEN => Some(PrivateRequest::DeviceOpen(device_open(request)?)),
                DEVICE_CLOSE => Some(PrivateRequest::DeviceClose { device: device(request)? }),
                SET_MEDIA_ADDRESS => Some(PrivateRequest::SetMediaAddress(set_media_address(request)?)),
                GET_MEDIA_KEYS => Some(PrivateRequest::GetMediaKeys { connection: connection(request)? }),
                _ => None,
            },
            None => None,
        };
        Ok(Escape { private })
    }

    fn encode(&self, writer: &mut Writer<'_>) {
        let Some(request) = &self.private else { return };
        writer.private_data(|writer| match request {
            PrivateRequest::DeviceOpen(open) => encode_open(open, writer),
            PrivateRequest::DeviceClose { device } => {
                own(DEVICE_CLOSE, &[("device", Some(device.as_str()))], writer, |_| {});
            }
            PrivateRequest::SetMediaAddress(given) => encode_address(given, writer),
            PrivateRequest::GetMediaKeys { connection } => {
                own(GET_MEDIA_KEYS, &[], writer, |writer| encode_connection(connection, writer));
            }
        });
    }
}

/// The value of an attribute, or of a child with this name; absent if it is empty.
fn value(element: Element<'_>, name: &str) -> Option<SmolStr> {
    let child =
        || element.children().find(|child| child.name() == name).map(|child| child.text().to_smolstr());
    let value = element.attribute(name).map(|value| value.trim().to_smolstr()).or_else(child);
    value.filter(|value| !value.is_empty())
}

fn required(element: Element<'_>, name: &'static str) -> Result<SmolStr, Fault> {
    value(element, name).ok_or_else(|| Fault::missing().named(name))
}

fn device(element: Element<'_>) -> Result<DeviceId, Fault> {
    required(element, "device").map(DeviceId::from)
}

fn device_open(element: Element<'_>) -> Result<DeviceOpen, Fault> {
    Ok(DeviceOpen {
        device: device(element)?,
        media: required(element, "media")?,
        rtp: value(element, "rtp"),
        profile: value(element, "profile"),
        codecs: codecs(element)?,
    })
}

/// Codecs that an application may name.
const MAX_CODECS: usize = 32;

fn codecs(element: Element<'_>) -> Result<Vec<CodecDescription>, Fault> {
    let lists = element.children().filter(|child| matches!(child.name(), "codec" | "codecs"));
    // `codecs` is one of several, or holds them.
    let each = lists.flat_map(|list| {
        let inner: Vec<Element<'_>> = list.children().filter(|child| child.name() == "codec").collect();
        if inner.is_empty() { vec![list] } else { inner }
    });
    let described = each.take(MAX_CODECS).map(|codec| {
        let packet = value(codec, "packetMs");
        let number = |text: &SmolStr| text.parse::<i64>().map_err(|_| Fault::invalid(text).named("packetMs"));
        let name =
            value(codec, "name").or_else(|| Some(codec.text().to_smolstr()).filter(|text| !text.is_empty()));
        Ok(CodecDescription {
            name: name.ok_or_else(|| Fault::missing().named("name"))?,
            packet_ms: packet.as_ref().map(number).transpose()?,
        })
    });
    described.collect()
}

fn connection(element: Element<'_>) -> Result<ConnectionId, Fault> {
    let connection = element.children().find(|child| child.name() == "connection");
    let connection = connection.ok_or_else(|| Fault::missing().named("connection"))?;
    Ok(ConnectionId {
        call_id: value(connection, "callID"),
        device_id: value(connection, "deviceID").map(DeviceId::from),
    })
}

fn encode_connection(connection: &ConnectionId, writer: &mut Writer<'_>) {
    writer.element("connection", |writer| {
        connection.call_id.encode("callID", writer);
        connection.device_id.encode("deviceID", writer);
    });
}

fn set_media_address(element: Element<'_>) -> Result<SetMediaAddress, Fault> {
    Ok(SetMediaAddress {
        connection: connection(element)?,
        rtp: required(element, "rtp")?,
        media_request_id: value(element, "mediaRequestID"),
        codecs: codecs(element)?,
    })
}

/// Writes an element of this project with its declaration.
fn own(
    name: &'static str,
    attributes: &[(&'static str, Option<&str>)],
    writer: &mut Writer<'_>,
    content: impl FnOnce(&mut Writer<'_>),
) {
    writer.with_attributes(name, ("xmlns", HOOKFLASH_NAMESPACE), attributes, content);
}

fn encode_open(open: &DeviceOpen, writer: &mut Writer<'_>) {
    let attributes = [
        ("device", Some(open.device.as_str())),
        ("media", Some(open.media.as_str())),
        ("rtp", open.rtp.as_deref()),
        ("profile", open.profile.as_deref()),
    ];
    own(DEVICE_OPEN, &attributes, writer, |writer| encode_codecs(&open.codecs, writer));
}

fn encode_codecs(codecs: &[CodecDescription], writer: &mut Writer<'_>) {
    for codec in codecs {
        let packet = codec.packet_ms.map(|packet| packet.to_smolstr());
        let attributes = [("name", Some(codec.name.as_str())), ("packetMs", packet.as_deref())];
        own("codec", &attributes, writer, |_| {});
    }
}

fn encode_address(given: &SetMediaAddress, writer: &mut Writer<'_>) {
    let attributes =
        [("rtp", Some(given.rtp.as_str())), ("mediaRequestID", given.media_request_id.as_deref())];
    own(SET_MEDIA_ADDRESS, &attributes, writer, |writer| {
        encode_connection(&given.connection, writer);
        encode_codecs(&given.codecs, writer);
    });
}

/// Done, with what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EscapeResponse {
    /// The keys that GetMediaKeys asked for.
    pub keys: Option<MediaKeyMaterial>,
}

/// With which keys the audio of a connection is encrypted. They are not printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MediaKeyMaterial {
    /// Whether it is encrypted, and whether the keys may be told: `encryptedKeysAvailable`, `encryptedUserNotAuthorized`,
    /// `encryptedKeysUnavailable` or `notEncrypted`.
    pub indicator: SmolStr,
    /// How packets are protected (RFC 4568, 6.2).
    pub algorithm: Option<SmolStr>,
    /// The key and the salt with which the device sends, in Base64.
    pub transmit: Option<[SmolStr; 2]>,
    /// The key and the salt with which it is sent to.
    pub receive: Option<[SmolStr; 2]>,
}

impl std::fmt::Debug for MediaKeyMaterial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MediaKeyMaterial({}, ..)", self.indicator)
    }
}

impl Arguments for EscapeResponse {
    const ROOT: &'static str = "EscapeResponse";

    fn members() -> Vec<Member> {
        Vec::new()
    }

    fn decode(root: Element<'_>) -> Result<Self, Fault> {
        let data = root.member("extensions").and_then(|extensions| extensions.member("privateData"));
        let private = data.and_then(|data| data.member("private"));
        let keys = private.and_then(|private| private.children().find(|child| child.name() == MEDIA_KEYS));
        let pair = |keys: Element<'_>, [key, salt]: [&str; 2]| Some([value(keys, key)?, value(keys, salt)?]);
        let material = |keys: Element<'_>| {
            Some(MediaKeyMaterial {
                indicator: value(keys, "indicator")?,
                algorithm: value(keys, "algorithm"),
                transmit: pair(keys, ["transmitKey", "transmitSalt"]),
                receive: pair(keys, ["receiveKey", "receiveSalt"]),
            })
        };
        Ok(EscapeResponse { keys: keys.and_then(material) })
    }

    fn encode(&self, writer: &mut Writer<'_>) {
        let Some(keys) = &self.keys else { return };
        writer.private("extensions", |writer| {
            own(MEDIA_KEYS, &[], writer, |writer| {
                writer.text("indicator", &keys.indicator);
                if let Some(algorithm) = &keys.algorithm {
                    writer.text("algorithm", algorithm);
                }
                let pairs = [
                    (&keys.transmit, ["transmitKey", "transmitSalt"]),
                    (&keys.receive, ["receiveKey", "receiveSalt"]),
                ];
                for (pair, [key, salt]) in pairs {
                    if let Some([own_key, own_salt]) = pair {
                        writer.text(key, own_key);
                        writer.text(salt, own_salt);
                    }
                }
            });
        });
    }
}
