//! Parties: a device, or only a number, as others in a call may see it.

use smol_str::SmolStr;

use crate::DeviceId;

/// A party of a call as others may see it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Party {
    /// The device, when it is one of ours.
    pub device: Option<DeviceId>,
    /// Its number, or the digits that were dialled for it.
    pub number: SmolStr,
    /// Its display name; empty when unknown.
    pub name: SmolStr,
}

impl Party {
    /// Somebody who does not want to be known.
    pub fn anonymous() -> Party {
        Party { device: None, number: SmolStr::default(), name: SmolStr::new_static("Anonymous") }
    }
}
