//! Registering, keeping alive, tokens, unregistering, restarting, alarms.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::body::{Body, Field, Reader, Writer, bodies};
use super::device_type::DeviceType;
use super::message_id::MessageId;
use super::text::Text;
use super::values::{
    AlarmSeverity, ResetType, SubscriptionCause, Switch, UnregisterReason, UnregisterStatus,
};
use super::values::{MediaPath, MediaPathUse};
use super::version::{Features, Version};

/// Register 0x0001: who the phone is and what it can do.
///
/// Everything from `version` on may be missing, and is then missing up to the end: old loads and small clients
/// send 32, 36, 44, 48, 52, 64 or 124 bytes of the 172. Encoding stops at the first `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// `SEP` and the MAC address in upper case for telephones; up to 15 bytes.
    pub device_name: Text,
    /// 0.
    pub user_id: u32,
    /// 1; 0 on some clients.
    pub instance: u32,
    /// What the phone believes its address to be. For logs only, often wrong.
    pub address: Ipv4Addr,
    /// The model.
    pub device_type: DeviceType,
    /// How many RTP streams the phone can have; 0 is possible.
    pub max_streams: u32,
    /// Above 0 perhaps because a call survived the loss of another call manager; some clients always say 1.
    pub active_streams: u32,
    /// The highest version the phone speaks and its features; see [`Register::version`].
    pub offer: Option<(Version, Features)>,
    /// How many conferences the phone can mix.
    pub max_conferences: Option<u32>,
    /// How many it is mixing.
    pub active_conferences: Option<u32>,
    /// The MAC address.
    pub mac: Option<[u8; 6]>,
    /// The scope of the IPv4 address.
    pub ipv4_scope: Option<u32>,
    /// How many lines the phone can have.
    pub max_lines: Option<u32>,
    /// The IPv6 address.
    pub ipv6: Option<Ipv6Addr>,
    /// The scope of the IPv6 address.
    pub ipv6_scope: Option<u32>,
    /// The firmware load; up to 31 bytes.
    pub load: Option<Text>,
    /// The version stamp of the configuration file the phone has; up to 47 bytes.
    pub config_version_stamp: Option<Text>,
}

impl Register {
    /// The shortest form, of a phone that speaks version 3 only.
    pub fn new(device_name: Text, device_type: DeviceType) -> Register {
        Register {
            device_name,
            user_id: 0,
            instance: 1,
            address: Ipv4Addr::UNSPECIFIED,
            device_type,
            max_streams: 5,
            active_streams: 0,
            offer: None,
            max_conferences: None,
            active_conferences: None,
            mac: None,
            ipv4_scope: None,
            max_lines: None,
            ipv6: None,
            ipv6_scope: None,
            load: None,
            config_version_stamp: None,
        }
    }

    /// The highest version the phone speaks: 3 when it does not say, and when an ATA 186 or 188 claims a
    /// version that does not exist.
    pub fn version(&self) -> Version {
        let ata = matches!(self.device_type, DeviceType::ATA_186 | DeviceType::ATA_188);
        match self.offer {
            Some((version, _)) if !(ata && version > Version::MAX) => version,
            _ => Version::MIN,
        }
    }

    /// The features the phone offers.
    pub fn features(&self) -> Features {
        self.offer.map(|(_, features)| features).unwrap_or_default()
    }

    fn write_tail(&self, w: &mut Writer<'_>) -> Option<()> {
        let (version, features) = self.offer?;
        w.put(&(version, features));
        w.u32(self.max_conferences?);
        w.u32(self.active_conferences?);
        w.bytes(&self.mac?);
        w.zeros(6);
        w.u32(self.ipv4_scope?);
        w.u32(self.max_lines?);
        w.put(&self.ipv6?);
        w.u32(self.ipv6_scope?);
        w.text(self.load.as_ref()?, 32);
        w.text(self.config_version_stamp.as_ref()?, 48);
        Some(())
    }
}

impl Body for Register {
    const MIN: usize = 32;

    fn read(r: &mut Reader<'_>) -> Self {
        let mut register = Register {
            user_id: 0,
            device_name: r.text(16),
            ..Register::new(Text::empty(), DeviceType::default())
        };
        register.user_id = r.u32();
        register.instance = r.u32();
        register.address = r.get();
        register.device_type = r.get();
        register.max_streams = r.u32();
        register.active_streams = r.u32();
        register.offer = r.get();
        register.max_conferences = r.get();
        register.active_conferences = r.get();
        register.mac = (r.remaining() >= 12).then(|| {
            let mac = r.array();
            r.skip(6);
            mac
        });
        register.ipv4_scope = r.get();
        register.max_lines = r.get();
        register.ipv6 = (r.remaining() >= 16).then(|| r.get());
        register.ipv6_scope = r.get();
        register.load = (r.remaining() > 0).then(|| r.text(32));
        register.config_version_stamp = (r.remaining() > 0).then(|| r.text(48));
        register
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.text(&self.device_name, 16);
        w.u32(self.user_id);
        w.u32(self.instance);
        w.put(&self.address);
        w.put(&self.device_type);
        w.u32(self.max_streams);
        w.u32(self.active_streams);
        self.write_tail(w);
    }
}

impl Field for (Version, Features) {
    fn read(r: &mut Reader<'_>) -> Self {
        let version = Version(r.u8());
        (version, Features::from_bytes(r.array()))
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u8(self.0.0);
        w.bytes(&self.1.to_bytes());
    }
}

bodies! {
    /// RegisterAck 0x0081: the phone is registered.
    RegisterAck (min 20) {
        /// Seconds between KeepAlives on this connection.
        keepalive_interval: u32,
        /// The order of day, month and year, as `D.M.Y`; a final `A` asks for a 12-hour clock. Up to 7 bytes.
        date_template: Text[8],
        /// Seconds between KeepAlives on an idle connection to a backup server.
        secondary_keepalive_interval: u32,
        /// The version to speak from now on.
        version: Version,
        /// What the call manager can do, usually [`Features::of_call_manager`].
        features: Features,
    }

    /// RegisterReject 0x009D: the phone shows the text and closes.
    RegisterReject (min 0) {
        /// The reason; up to 31 bytes.
        text: Text[32],
    }

    /// IpPort 0x0002: a port for media, of no use.
    IpPort (min 0) {
        /// The RTP port.
        port: u32,
    }

    /// Unregister 0x0027.
    Unregister (min 0) {
        /// The reason, if given.
        reason: Option<UnregisterReason>,
    }

    /// UnregisterAck 0x0118; with [`UnregisterStatus::NAK`] the phone stays registered.
    UnregisterAck (min 0) {
        /// The outcome.
        status: UnregisterStatus,
    }

    /// RegisterTokenReq 0x0029: may the phone come back to this server?
    RegisterTokenReq (min 32) {
        /// As in [`Register`].
        device_name: Text[16],
        /// 0.
        user_id: u32,
        /// 1.
        instance: u32,
        /// What the phone believes its address to be.
        address: Ipv4Addr,
        /// The model.
        device_type: DeviceType,
        /// The IPv6 address, on phones that know of it.
        ipv6: Option<Ipv6Addr>,
        /// Of unknown meaning.
        flags: Option<u32>,
    }

    /// RegisterTokenReject 0x011B: stay where you are.
    RegisterTokenReject (min 0) {
        /// Seconds to wait before asking again.
        wait_before_next_request: u32,
    }

    /// SPCPRegisterTokenReq 0x8000: how SPA phones ask for permission before they register.
    SpcpRegisterTokenReq (min 32) {
        /// As in [`Register`].
        device_name: Text[16],
        /// 0.
        user_id: u32,
        /// As in [`Register`].
        instance: u32,
        /// What the phone believes its address to be.
        address: Ipv4Addr,
        /// The model.
        device_type: DeviceType,
        /// How many RTP streams the phone can have.
        max_streams: u32,
    }

    /// SPCPRegisterTokenAck 0x8100.
    SpcpRegisterTokenAck (min 0) {
        /// 65535.
        features: u32,
    }

    /// SPCPRegisterTokenReject 0x8101.
    SpcpRegisterTokenReject (min 0) {
        /// Seconds to wait before asking again.
        wait_before_next_request: u32,
    }

    /// Reset 0x009F.
    Reset (min 4) {
        /// How thoroughly.
        kind: ResetType,
    }

    /// Alarm 0x0020: something to note about the phone, such as `Last=TCP-timeout`. May precede Register.
    Alarm (min 4) {
        /// How serious it is.
        severity: AlarmSeverity,
        /// The text; up to 79 bytes.
        text: Text[80],
        /// Depends on the alarm.
        parameter1: u32,
        /// Depends on the alarm; often the phone's IPv4 address.
        parameter2: u32,
    }

    /// HeadsetStatus 0x002B.
    HeadsetStatus (min 4) {
        /// Whether the headset is in use.
        status: Switch,
    }

    /// RegisterAvailableLines 0x002D: the phone has learned its lines.
    RegisterAvailableLines (min 0) {
        /// How many lines it shows.
        lines: u32,
    }

    /// MediaResourceNotification 0x002C.
    MediaResourceNotification (min 4) {
        /// The model.
        device_type: DeviceType,
        /// Streams in service.
        streams_in_service: u32,
        /// The most streams of one conference.
        max_streams_per_conference: u32,
        /// Streams out of service.
        streams_out_of_service: u32,
    }

    /// MediaPathEvent 0x0049: an audio device is taken into or out of use.
    MediaPathEvent (min 8) {
        /// The audio device.
        path: MediaPath,
        /// Into or out of use.
        event: Switch,
    }

    /// MediaPathCapability 0x004A.
    MediaPathCapability (min 8) {
        /// The audio device.
        path: MediaPath,
        /// What it can do.
        capability: MediaPathUse,
    }

    /// SubscriptionStatReq 0x0048: asks for the busy state of a number in a call list.
    SubscriptionStatReq (min 12) {
        /// Chosen by the phone, returned in [`SubscriptionStat`].
        transaction_id: u32,
        /// 1, busy lamp field.
        feature: u32,
        /// Seconds the subscription lasts.
        timer: u32,
        /// The number in question; up to 63 bytes.
        subscription_id: Text[64],
    }

    /// SubscriptionStat 0x0152: the answer to [`SubscriptionStatReq`].
    SubscriptionStat (min 16) {
        /// As in the request.
        transaction_id: u32,
        /// As in the request.
        feature: u32,
        /// Seconds the subscription lasts.
        timer: u32,
        /// The outcome; [`SubscriptionCause::ROUTE_FAIL`] where such lists are not supported.
        cause: SubscriptionCause,
    }
}

impl Field for Version {
    fn read(r: &mut Reader<'_>) -> Self {
        Version(r.u8())
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u8(self.0);
    }
}

impl Field for Features {
    fn read(r: &mut Reader<'_>) -> Self {
        Features::from_bytes(r.array())
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.bytes(&self.to_bytes());
    }
}

/// XMLAlarm 0x015A and LocationInfo 0x0157: a document in XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlText {
    /// The document, up to [`XmlText::LIMIT`] bytes.
    pub text: Text,
}

impl XmlText {
    /// The longest document, in bytes.
    pub const LIMIT: usize = 2400;
}

impl Body for XmlText {
    fn read(r: &mut Reader<'_>) -> Self {
        XmlText { text: r.terminated() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.terminated(&self.text, Self::LIMIT);
        if w.message_id == MessageId::LOCATION_INFO {
            w.fill_to(Self::LIMIT + 4);
        }
    }
}

/// ServerRes 0x009E: the call managers the phone may turn to, best first. At most five are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerRes {
    /// The servers.
    pub servers: Vec<Server>,
}

/// One call manager in [`ServerRes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The name, or the address in dotted form; up to 47 bytes.
    pub name: Text,
    /// Where it listens.
    pub address: SocketAddr,
}

impl ServerRes {
    /// The most servers in one answer.
    pub const LIMIT: usize = 5;
    const NAME: usize = 48;
}

impl Body for ServerRes {
    fn read(r: &mut Reader<'_>) -> Self {
        let names: [Text; Self::LIMIT] = std::array::from_fn(|_| r.text(Self::NAME));
        let ports: [u16; Self::LIMIT] = std::array::from_fn(|_| r.port());
        let servers = names.into_iter().zip(ports).map(|(name, port)| {
            let ip = r.address();
            Server { name, address: SocketAddr::new(ip, port) }
        });
        ServerRes { servers: servers.filter(|server| !server.name.is_empty()).collect() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        let unused = Server { name: Text::empty(), address: SocketAddr::from(([0; 4], 0)) };
        let slots = || self.servers.iter().chain(std::iter::repeat(&unused)).take(Self::LIMIT);
        slots().for_each(|server| w.text(&server.name, Self::NAME));
        slots().for_each(|server| w.u32(server.address.port().into()));
        slots().for_each(|server| w.address(server.address.ip()));
    }
}
