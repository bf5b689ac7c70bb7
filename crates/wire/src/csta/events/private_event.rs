//! PrivateEvent: the media of CTI ports and route points.

use smol_str::{SmolStr, ToSmolStr};

use super::super::arguments::{Argument, Arguments, Fault};
use super::super::element::{Element, Namespace};
use super::super::session_login::HOOKFLASH_NAMESPACE;
use super::super::writer::Writer;
use super::super::{ConnectionId, DeviceId};
use crate::csta::shape::Member;

/// What happened to the media of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PrivateEvent {
    /// What; `None` for private events of others.
    pub media: Option<MediaNotice>,
}

/// Something about the media of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaNotice {
    /// What.
    pub kind: MediaNoticeKind,
    /// The connection.
    pub connection: ConnectionId,
    /// Names the request for an address.
    pub media_request_id: SmolStr,
    /// The codec in both directions.
    pub codec: SmolStr,
    /// Milliseconds of sound in a packet.
    pub packet_ms: i64,
    /// Where the application receives, `address:port`.
    pub local_rtp: Option<SmolStr>,
    /// Where the other end receives, `address:port`.
    pub remote_rtp: Option<SmolStr>,
    /// The path of the WebSocket by which the application may have the audio.
    pub audio: Option<SmolStr>,
}

/// What happened to media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaNoticeKind {
    /// The application is asked where it receives.
    Requested,
    /// Media flows.
    Started,
    /// Media has ended.
    Stopped,
}

impl MediaNoticeKind {
    const ALL: [MediaNoticeKind; 3] =
        [MediaNoticeKind::Requested, MediaNoticeKind::Started, MediaNoticeKind::Stopped];

    /// The name of its element.
    pub const fn element(self) -> &'static str {
        match self {
            MediaNoticeKind::Requested => "MediaRequested",
            MediaNoticeKind::Started => "MediaStarted",
            MediaNoticeKind::Stopped => "MediaStopped",
        }
    }
}

impl Arguments for PrivateEvent {
    const ROOT: &'static str = "PrivateEvent";

    fn members() -> Vec<Member> {
        Vec::new()
    }

    fn decode(root: Element<'_>) -> Result<Self, Fault> {
        let private = root.member("privateData").and_then(|data| data.member("private"));
        let ours = |child: &Element<'_>| child.namespace() == Namespace::Other(HOOKFLASH_NAMESPACE);
        let notices = private.into_iter().flat_map(|private| private.children()).filter(ours);
        let mut known = notices.filter_map(|element| {
            let kind = MediaNoticeKind::ALL.into_iter().find(|kind| kind.element() == element.name())?;
            Some(notice(kind, element))
        });
        Ok(PrivateEvent { media: known.next().transpose()? })
    }

    fn encode(&self, writer: &mut Writer<'_>) {
        writer.private_data(|writer| self.encode_private(writer));
    }
}

impl PrivateEvent {
    /// Writes what is in the private data. The root must declare the prefix `hf`.
    pub(in super::super) fn encode_private(&self, writer: &mut Writer<'_>) {
        let Some(media) = &self.media else { return };
        let name = match media.kind {
            MediaNoticeKind::Requested => "hf:MediaRequested",
            MediaNoticeKind::Started => "hf:MediaStarted",
            MediaNoticeKind::Stopped => "hf:MediaStopped",
        };
        let packet = media.packet_ms.to_smolstr();
        let attributes = [
            ("mediaRequestID", Some(media.media_request_id.as_str())),
            ("codec", Some(media.codec.as_str())),
            ("packetMs", Some(packet.as_str())),
            ("localRtp", media.local_rtp.as_deref()),
            ("remoteRtp", media.remote_rtp.as_deref()),
            ("audio", media.audio.as_deref()),
        ];
        writer.with_attributes(name, ("xmlns:hf", HOOKFLASH_NAMESPACE), &attributes, |writer| {
            writer.element("hf:connection", |writer| {
                media.connection.call_id.encode("hf:callID", writer);
                media.connection.device_id.encode("hf:deviceID", writer);
            });
        });
    }
}

fn notice(kind: MediaNoticeKind, element: Element<'_>) -> Result<MediaNotice, Fault> {
    let value = |name: &str| element.attribute(name).map(|value| SmolStr::from(value.trim()));
    let required = |name: &'static str| value(name).ok_or_else(|| Fault::missing().named(name));
    let packet = required("packetMs")?;
    let connection = element.children().find(|child| child.name() == "connection");
    let part = |name: &str| {
        let child =
            connection.and_then(|connection| connection.children().find(|child| child.name() == name));
        child.map(|child| SmolStr::from(child.text()))
    };
    Ok(MediaNotice {
        kind,
        connection: ConnectionId { call_id: part("callID"), device_id: part("deviceID").map(DeviceId::from) },
        media_request_id: required("mediaRequestID")?,
        codec: required("codec")?,
        packet_ms: packet.parse().map_err(|_| Fault::invalid(&packet).named("packetMs"))?,
        local_rtp: value("localRtp"),
        remote_rtp: value("remoteRtp"),
        audio: value("audio"),
    })
}
