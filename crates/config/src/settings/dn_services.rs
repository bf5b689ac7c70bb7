//! What a directory number is beside a line of a phone.

use std::net::Ipv4Addr;

use smol_str::SmolStr;

/// Single number reach, paging, conferences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnServices {
    /// `mobility`.
    pub mobility: bool,
    /// `snr`.
    pub snr: Option<Snr>,
    /// `snr calling-number local`.
    pub snr_shows_own_number: bool,
    /// `snr answer-too-soon`: seconds, 1 to 5.
    pub snr_answer_too_soon: Option<u32>,
    /// `paging`.
    pub paging: Option<Paging>,
    /// `paging group`: tags of the paging numbers whose phones play its calls.
    pub paging_also: Vec<u32>,
    /// `conference`.
    pub conference: Option<DnConference>,
}

/// `snr`: where calls to the number ring too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snr {
    /// The other number.
    pub number: SmolStr,
    /// Seconds that a call rings before it rings there too, 0 to 10.
    pub delay: u32,
    /// Seconds that it rings there, 5 to 60.
    pub timeout: u32,
    /// `cfwd-noan`: where calls go that nobody answers.
    pub no_answer: Option<SmolStr>,
}

/// `paging`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// Multicast group and port.
    pub group: Option<(Ipv4Addr, u16)>,
}

/// `conference` of a directory number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnConference {
    /// `ad-hoc`: for conferences that users make.
    AdHoc,
    /// `meetme`: who calls the number is in one conference.
    MeetMe {
        /// `unlocked`: anybody may open it.
        unlocked: bool,
    },
}

/// `paging-dn` of a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PagingDn {
    /// Tag of the paging number.
    pub tag: u32,
    /// `unicast`: the phone does not take multicast.
    pub unicast: bool,
}
