//! What the XML interface tells of a running system.

use std::net::IpAddr;

use hookflash_config::Settings;

/// A running system.
#[derive(Debug)]
pub struct System<'a> {
    /// The configuration in effect.
    pub settings: &'a Settings,
    /// Its address.
    pub address: IpAddr,
    /// The port of SCCP.
    pub port: u16,
    /// The version of the server.
    pub version: &'a str,
    /// Its name.
    pub host_name: &'a str,
    /// Seconds since it started.
    pub uptime: u64,
    /// Its phones.
    pub devices: Vec<Device>,
    /// Its numbers.
    pub extensions: Vec<Extension>,
    /// The most phones that were registered at the same time, and the second in which that was.
    pub peak: (usize, u64),
    /// What happened to phones, the latest last.
    pub device_events: Vec<DeviceEvent>,
    /// What happened to numbers, the latest last.
    pub extension_events: Vec<ExtensionEvent>,
    /// Session managers of applications.
    pub session_servers: Vec<SessionServer>,
}

/// A phone (`ephone`).
#[derive(Clone, Debug)]
pub struct Device {
    /// Its tag.
    pub tag: u32,
    /// The name it registers with.
    pub name: String,
    /// Whether it is registered.
    pub state: DeviceState,
    /// What it was before.
    pub last_state: DeviceState,
    /// The second in which it became so.
    pub changed: u64,
    /// Its address, while or since it was registered.
    pub address: Option<IpAddr>,
    /// Keepalives since it registered.
    pub keepalives: u32,
    /// The model it registered as, in the words of `type`.
    pub model: Option<String>,
    /// Its line buttons: place, tag and number of the line.
    pub lines: Vec<(u32, u32, String)>,
    /// Who is logged in, and the tag of the profile.
    pub user: Option<(String, u32)>,
}

/// Whether a phone is registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DeviceState {
    /// It has not registered, or has unregistered.
    #[default]
    Unregistered,
    /// It is registered.
    Registered,
    /// It was lost.
    Deceased,
}

impl DeviceState {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            DeviceState::Unregistered => "unregistered",
            DeviceState::Registered => "registered",
            DeviceState::Deceased => "deceased",
        }
    }
}

/// A number (`ephone-dn`).
#[derive(Clone, Debug)]
pub struct Extension {
    /// Its tag.
    pub tag: u32,
    /// Whether some phone shows it and is registered.
    pub up: bool,
    /// The second in which it became so.
    pub changed: u64,
    /// How many calls it has.
    pub calls: usize,
    /// Where all its calls go.
    pub forward_all: Option<String>,
    /// The tags of the phones that show it.
    pub devices: Vec<u32>,
}

/// A phone has registered or left.
#[derive(Clone, Debug)]
pub struct DeviceEvent {
    /// The phone's tag.
    pub tag: u32,
    /// Its name.
    pub name: String,
    /// The second.
    pub at: u64,
    /// What it became.
    pub state: DeviceState,
}

/// A number has gone up or down.
#[derive(Clone, Debug)]
pub struct ExtensionEvent {
    /// The tag.
    pub tag: u32,
    /// The number.
    pub number: String,
    /// The second.
    pub at: u64,
    /// Whether it is up now.
    pub up: bool,
}

/// A session manager of an application (`voice register session-server`).
#[derive(Clone, Debug)]
pub struct SessionServer {
    /// Its tag.
    pub tag: u32,
    /// The name it registers as.
    pub register_id: String,
    /// Seconds of its registration.
    pub keepalive: u32,
}
