//! Pushing pages to phones over their own connection: it needs neither their address nor a password.

use hookflash_core::StationId;
use hookflash_wire::sccp::{SequenceFlag, ServerMessage, UserData, UserDataV1, Version};
use tracing::debug;

use super::Stations;
use crate::Context;

/// The application that pages come from; phones give it back.
const APPLICATION: u32 = 1;
/// The first version of the protocol whose pages have more fields.
const FIRST_V1: Version = Version(11);
/// The last version that takes a page in one part only.
const LAST_ONE_PART: Version = Version(17);

impl Stations {
    /// Shows a page on a phone, or lets it do what the page says. Returns whether the phone is there and can take it.
    pub(crate) fn push(&mut self, station: StationId, page: &str, context: &mut Context<'_>) -> bool {
        let Some(phone) = self.phones.get(station.index()) else { return false };
        let Some(link) = phone.link else { return false };
        let version = phone.encoding.version;
        let parts: Vec<&[u8]> = page.as_bytes().chunks(UserData::LIMIT).collect();
        if parts.len() > 1 && version <= LAST_ONE_PART {
            debug!(station = %phone.name, bytes = page.len(), "page not pushed: it is too long for the phone");
            return false;
        }
        self.last_push = self.last_push.wrapping_add(1).max(1);
        let last = parts.len().saturating_sub(1);
        for (index, part) in parts.iter().enumerate() {
            let user_data = UserData {
                application_id: APPLICATION,
                transaction_id: self.last_push,
                data: part.to_vec(),
                ..UserData::default()
            };
            let sequence = match index {
                _ if index == last => SequenceFlag::LAST,
                0 => SequenceFlag::FIRST,
                _ => SequenceFlag::MORE,
            };
            let message = match version >= FIRST_V1 {
                true => ServerMessage::UserToDeviceDataV1(UserDataV1 {
                    user_data,
                    sequence,
                    ..UserDataV1::default()
                }),
                false => ServerMessage::UserToDeviceData(user_data),
            };
            message.encode(phone.encoding, context.out.link(link));
        }
        true
    }
}
