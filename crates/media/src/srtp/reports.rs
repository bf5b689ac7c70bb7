//! Reports (SRTCP).

use super::{Opener, Sealer, learn};

/// The largest index of a report (RFC 3711, 3.4).
const LAST: u32 = 0x7FFF_FFFF;

fn source(packet: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(*packet.get(4..)?.first_chunk()?))
}

impl Sealer {
    /// The protected report; nothing if it is none, or if the key has protected all that it may.
    pub fn seal_report(&mut self, packet: &[u8]) -> &[u8] {
        self.packet.clear();
        if let Some(ssrc) = source(packet).filter(|_| self.report < LAST) {
            self.report += 1;
            self.packet.extend_from_slice(packet);
            self.reports.seal_report(&mut self.packet, ssrc, self.report);
        }
        &self.packet
    }
}

impl Opener {
    /// The report without its protection; `None` if it is not authentic, or has come before.
    pub fn open_report(&mut self, packet: &[u8]) -> Option<&[u8]> {
        let ssrc = source(packet)?;
        self.packet.clear();
        self.packet.extend_from_slice(packet);
        let index = u64::from(self.reports.open_report(&mut self.packet, ssrc)?);
        let known = self.reported.iter().find(|known| known.ssrc == ssrc);
        if known.is_some_and(|known| !known.is_new(index)) {
            return None;
        }
        learn(&mut self.reported, ssrc, index);
        Some(&self.packet)
    }
}
