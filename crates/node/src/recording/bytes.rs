//! Numbers, addresses, sums: what frames are made of.

use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};

use hookflash_core::{LegEnd, LegId, LegRole, LegState, MediaSource, SoundId, SoundOrder};

use crate::{AudioSocket, FileAnswer, FileOrder, Output};

/// The CRC-32 of IEEE 802.3, bits reflected.
const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ 0xEDB8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};

/// The CRC-32 of what `crc` is the sum of, and `bytes`. Begin with 0.
pub(super) fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    let next = |crc: u32, byte: &u8| {
        let index = (crc ^ u32::from(*byte)) & 0xFF;
        CRC_TABLE.get(index as usize).copied().unwrap_or(0) ^ (crc >> 8)
    };
    !bytes.iter().fold(!crc, next)
}

/// Appends a frame with this body to a file whose sum up to here is `crc`. Returns the sum with the frame.
pub fn seal(crc: u32, body: &[u8], file: &mut Vec<u8>) -> u32 {
    let start = file.len();
    number(file, body.len() as u64);
    file.extend_from_slice(body);
    let crc = crc32(crc, file.get(start..).unwrap_or_default());
    let sum = crc.to_le_bytes();
    file.extend_from_slice(&sum);
    crc32(crc, &sum)
}

/// A digest of outputs: FNV-1a, 64 bit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest(u64);

/// Where the transport stands above a port.
pub(super) const TRANSPORT_SHIFT: u32 = 17;

impl Default for Digest {
    fn default() -> Digest {
        Digest(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    /// Takes one more output in.
    pub fn add(&mut self, output: &Output) {
        match output {
            Output::Send { link, bytes } => self.fields(1, link.0, bytes),
            Output::Close { link } => self.fields(2, link.0, &[]),
            Output::Resolve { name, port, transport } => {
                let port = port.map_or(0, |port| u64::from(port) + 1);
                self.fields(20, port | transport.number() << TRANSPORT_SHIFT, name.as_bytes());
            }
            Output::Connect { peer, certificate } => {
                let mut bytes = Vec::with_capacity(64);
                socket(&mut bytes, *peer);
                bytes.extend_from_slice(certificate.as_deref().unwrap_or_default().as_bytes());
                self.fields(25, u64::from(certificate.is_some()), &bytes);
            }
            Output::Music { file } => self.fields(10, 0, file.as_deref().unwrap_or_default().as_bytes()),
            Output::Leg { leg, state, local } => self.leg(*leg, *state, *local),
            Output::Sound { sound, order } => self.sound(*sound, order),
            Output::AudioSocket { link, socket } => {
                let AudioSocket { audio, codec, linear, call, device, resumed } = socket;
                let kinds = [codec.payload_type(), u8::from(*linear), u8::from(*resumed)];
                self.fields(21, link.0, &kinds);
                self.fields(22, audio.0.into(), call.as_bytes());
                self.fields(23, audio.0.into(), device.as_bytes());
            }
            Output::Datagram { local, to, bytes } => {
                let mut sockets = Vec::with_capacity(64);
                socket(&mut sockets, *local);
                socket(&mut sockets, *to);
                self.fields(3, 0, &sockets);
                self.fields(3, 1, bytes);
            }
            Output::CommandOutput { terminal, text, failed, prompt } => {
                self.fields(4, terminal.0, text.as_bytes());
                self.fields(6, u64::from(*failed), prompt.as_deref().unwrap_or_default().as_bytes());
            }
            Output::TerminalText { terminal, text } => self.fields(24, terminal.0, text.as_bytes()),
            Output::ReadConfiguration { terminal, file } => self.fields(8, terminal.0, file.as_bytes()),
            Output::Reload => self.fields(40, 0, &[]),
            Output::Files { terminal, order } => match order {
                FileOrder::List { startup } => self.fields(41, terminal.0, &[u8::from(*startup)]),
                FileOrder::Write { file, text, append } => {
                    self.fields(42, terminal.0, file.as_bytes());
                    self.fields(43, u64::from(*append), text.as_bytes());
                }
                FileOrder::EraseStartupConfig => self.fields(44, terminal.0, &[]),
            },
            Output::StoreStartupConfig { terminal, text } => self.fields(7, terminal.0, text.as_bytes()),
            Output::File { fetch, answer } => match answer {
                FileAnswer::Made(content) => self.fields(9, fetch.0, content),
                FileAnswer::Stored(path) => self.fields(10, fetch.0, path.as_bytes()),
                FileAnswer::Missing => self.fields(11, fetch.0, &[]),
            },
            Output::Listen { tftp, files, http } => {
                let mut sockets = Vec::with_capacity(64);
                for address in [tftp, files, http] {
                    sockets.push(u8::from(address.is_some()));
                    address.iter().for_each(|address| socket(&mut sockets, *address));
                }
                self.fields(15, 0, &sockets);
            }
            // Where nothing is kept, as in a replay, this does not exist; and keys are other ones there.
            Output::Keep(_) | Output::MediaKeys { .. } | Output::Verify { .. } => {}
            Output::HttpPart { fetch, bytes } => self.fields(16, fetch.0, bytes),
            Output::HttpEnd { fetch } => self.fields(17, fetch.0, &[]),
            Output::Post { post, url, body, .. } => {
                self.fields(18, *post, url.as_bytes());
                self.fields(19, *post, body);
            }
            Output::HttpStream { fetch, response } | Output::HttpResponse { fetch, response } => {
                self.fields(12, fetch.0, &response.status.to_le_bytes());
                for (name, value) in &response.fields {
                    self.fields(13, 0, name.as_bytes());
                    self.fields(13, 1, value.as_bytes());
                }
                self.fields(14, fetch.0, &response.body);
            }
            Output::Store { key, value } => {
                self.fields(5, 0, key.as_bytes());
                match value {
                    Some(value) => self.fields(5, 1, value.as_bytes()),
                    None => self.fields(5, 2, &[]),
                }
            }
        }
    }

    fn leg(&mut self, leg: LegId, state: Option<LegState>, local: Option<IpAddr>) {
        let mut fields = Vec::with_capacity(64);
        address(&mut fields, local);
        if let Some(LegState {
            codec: _,
            payload_type,
            role,
            send_to,
            behind,
            reports_to,
            signal,
            telephone_event,
            end,
            secured,
            sound,
            recording,
            listens,
        }) = state
        {
            fields.push(payload_type);
            if let Some(reports_to) = reports_to {
                socket(&mut fields, SocketAddr::new(reports_to.ip, reports_to.port));
            }
            let (kind, call) = match role {
                LegRole::Mixed(call) => (1, call.number()),
                LegRole::Source(MediaSource::MusicOnHold) => (2, 0),
                LegRole::Silence => (3, 0),
                LegRole::Source(MediaSource::RingBack) => (4, 0),
            };
            fields.push(kind);
            number(&mut fields, call.into());
            if let Some(send_to) = send_to {
                socket(&mut fields, SocketAddr::new(send_to.ip, send_to.port));
            }
            if behind.is_some() {
                address(&mut fields, behind);
            }
            if let LegEnd::Socket { audio, linear } = end {
                number(&mut fields, u64::from(audio.0) << 1 | u64::from(linear));
            }
            if let Some(audio) = secured {
                number(&mut fields, audio.0.into());
            }
            if sound.is_some() || recording.is_some() || listens {
                let place = |id: Option<SoundId>| id.map_or(0, |id| u64::from(id.0) + 1);
                number(&mut fields, place(sound));
                number(&mut fields, place(recording) << 1 | u64::from(listens));
            }
            // Digits alone do not change what is written of legs that hear none.
            if let Some(signal) = signal {
                number(
                    &mut fields,
                    u64::from(u32::from(signal)) << 8 | u64::from(telephone_event.unwrap_or(0)),
                );
            }
        }
        self.fields(9, leg.0.into(), &fields);
    }

    fn sound(&mut self, sound: SoundId, order: &SoundOrder) {
        let (kind, name) = match order {
            SoundOrder::Message(name) => (0, name.as_bytes().to_vec()),
            SoundOrder::Recording => (1, Vec::new()),
            SoundOrder::Tone(tone) => (2, vec![*tone as u8]),
            SoundOrder::Delete(name) => (3, name.as_bytes().to_vec()),
            SoundOrder::Close => (4, Vec::new()),
        };
        self.fields(26, u64::from(sound.0) << 3 | kind, &name);
    }

    /// The digest.
    pub fn value(self) -> u64 {
        self.0
    }

    fn fields(&mut self, kind: u8, id: u64, bytes: &[u8]) {
        self.bytes(&[kind]);
        self.bytes(&id.to_le_bytes());
        self.bytes(&(bytes.len() as u64).to_le_bytes());
        self.bytes(bytes);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let next = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        self.0 = bytes.iter().fold(self.0, next);
    }
}

pub(super) fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn signed(out: &mut Vec<u8>, value: i64) {
    number(out, ((value << 1) ^ (value >> 63)) as u64);
}

pub(super) fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    number(out, value.len() as u64);
    out.extend_from_slice(value);
}

pub(super) fn address(out: &mut Vec<u8>, value: Option<IpAddr>) {
    match value {
        None => out.push(0),
        Some(IpAddr::V4(ip)) => {
            out.push(4);
            out.extend_from_slice(&ip.octets());
        }
        Some(IpAddr::V6(ip)) => {
            out.push(6);
            out.extend_from_slice(&ip.octets());
        }
    }
}

pub(super) fn socket(out: &mut Vec<u8>, value: SocketAddr) {
    address(out, Some(value.ip()));
    number(out, u64::from(value.port()));
    if let SocketAddr::V6(v6) = value {
        number(out, u64::from(v6.flowinfo()));
        number(out, u64::from(v6.scope_id()));
    }
}

/// Reads what the functions above wrote; each method says in `Err` what is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a [u8],
}

/// What is wrong with a frame.
pub(super) type Fault = &'static str;

const TOO_SHORT: Fault = "a record is shorter than its fields";

impl<'a> Cursor<'a> {
    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        let (first, rest) = self.rest.split_first().ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (first, rest) = self.rest.split_first_chunk().ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a number is too large")
    }

    pub(super) fn signed(&mut self) -> Result<i64, Fault> {
        let value = self.number()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A number of a narrower type.
    pub(super) fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T, Fault> {
        T::try_from(self.number()?).map_err(|_| "a number is too large")
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.narrow()?;
        let (first, rest) = self.rest.split_at_checked(length).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(first)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.bytes()?).map_err(|_| "a text is not UTF-8")
    }

    pub(super) fn address(&mut self) -> Result<Option<IpAddr>, Fault> {
        match self.byte()? {
            0 => Ok(None),
            4 => Ok(Some(IpAddr::from(self.array::<4>()?))),
            6 => Ok(Some(IpAddr::from(self.array::<16>()?))),
            _ => Err("an address is of no known kind"),
        }
    }

    pub(super) fn socket(&mut self) -> Result<SocketAddr, Fault> {
        let address = self.address()?.ok_or("an address is missing")?;
        let port = self.narrow()?;
        Ok(match address {
            IpAddr::V4(ip) => SocketAddrV4::new(ip, port).into(),
            IpAddr::V6(ip) => SocketAddrV6::new(ip, port, self.narrow()?, self.narrow()?).into(),
        })
    }
}
