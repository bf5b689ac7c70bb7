//! `gateway`.

use super::kept;
use crate::command::{Command, number};
use crate::settings::Gateway;

pub(crate) static COMMANDS: &[Command<Gateway>] = {
    type Row = Command<Gateway>;
    &[
        number!(
            "timer receive-rtp",
            "10-86400",
            "Seconds a call goes on in which no audio and no report comes from a device",
            1200,
            receive_rtp
        ),
        kept!("timer", "Other timers of H.323 and RTCP"),
        kept!("media-inactivity-criteria", "What counts as inactive: here neither RTP nor RTCP comes"),
        kept!("emulate", "H.323 call types"),
        kept!("resource", "Resources"),
        kept!("security", "H.235 security"),
    ]
};
