//! Packets of TFTP (RFC 1350) with the options of RFC 2347, 2348, 2349 and 7440.

/// The smallest block that a client may ask for, and the one that nobody asks for.
const MIN_BLOCK: u16 = 8;
const BLOCK: u16 = 512;
/// Largest block, and most blocks without an acknowledgement, that a client may ask for.
const MAX_BLOCK: u16 = 8192;
const MAX_WINDOW: u16 = 16;

/// The shortest packet that is answered: an answer to less would be more than three times as long.
const SHORTEST: usize = 7;

/// The operations of packets.
const READ: u16 = 1;
const WRITE: u16 = 2;
const DATA: u16 = 3;
const ACKNOWLEDGEMENT: u16 = 4;
const ERROR: u16 = 5;
const OPTIONS: u16 = 6;

/// Why nothing is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    Busy,
    NotFound,
    Denied,
    Illegal,
}

impl Refusal {
    /// The packet that says so.
    pub(crate) fn packet(self) -> Vec<u8> {
        let (code, text): (u16, &str) = match self {
            Refusal::Busy => (0, "Server is busy"),
            Refusal::NotFound => (1, "File not found"),
            Refusal::Denied => (2, "Access denied"),
            Refusal::Illegal => (4, "Illegal request"),
        };
        [&ERROR.to_be_bytes()[..], &code.to_be_bytes(), text.as_bytes(), &[0]].concat()
    }
}

/// What the first packet of a client asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Read<'a> {
    pub(crate) name: &'a str,
    /// Bytes of a block, and blocks without an acknowledgement.
    pub(crate) block: usize,
    pub(crate) window: usize,
    asked: Asked,
}

/// The options that are answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Asked {
    block: Option<u16>,
    window: Option<u16>,
    size: bool,
}

/// The first packet of a client; `None` if it is none that is answered, such as one that belongs into a transfer.
pub(crate) fn request(packet: &[u8]) -> Option<Result<Read<'_>, (Refusal, &str)>> {
    if packet.len() < SHORTEST {
        return None;
    }
    let (operation, rest) = packet.split_at_checked(2)?;
    let writes = match u16::from_be_bytes(operation.try_into().ok()?) {
        READ => false,
        WRITE => true,
        DATA | ACKNOWLEDGEMENT | ERROR | OPTIONS => return None,
        _ => return Some(Err((Refusal::Illegal, ""))),
    };
    let mut words = rest.strip_suffix(&[0]).into_iter().flat_map(|rest| rest.split(|byte| *byte == 0));
    let (Some(name), Some(mode)) = (words.next(), words.next()) else {
        return Some(Err((Refusal::Illegal, "")));
    };
    let Ok(name) = std::str::from_utf8(name) else { return Some(Err((Refusal::NotFound, ""))) };
    if writes {
        return Some(Err((Refusal::Denied, name)));
    }
    if ![&b"octet"[..], b"netascii"].iter().any(|known| known.eq_ignore_ascii_case(mode)) {
        return Some(Err((Refusal::Illegal, name)));
    }
    let mut asked = Asked::default();
    while let (Some(option), Some(value)) = (words.next(), words.next()) {
        let value: Option<u64> = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
        let Some(value) = value else { continue };
        let within = |least: u16, most: u16| {
            (value >= least.into()).then(|| u16::try_from(value).map_or(most, |value| value.min(most)))
        };
        match option.to_ascii_lowercase().as_slice() {
            b"blksize" => asked.block = within(MIN_BLOCK, MAX_BLOCK),
            b"windowsize" => asked.window = within(1, MAX_WINDOW),
            b"tsize" => asked.size = true,
            _ => {}
        }
    }
    let block = asked.block.unwrap_or(BLOCK).into();
    Some(Ok(Read { name, block, window: asked.window.unwrap_or(1).into(), asked }))
}

impl Read<'_> {
    /// The answer to the options, if there are any that are answered.
    pub(crate) fn options(&self, length: u64) -> Option<Vec<u8>> {
        let Asked { block, window, size } = self.asked;
        let options = [
            ("blksize", block.map(u64::from)),
            ("windowsize", window.map(u64::from)),
            ("tsize", size.then_some(length)),
        ];
        let mut packet = OPTIONS.to_be_bytes().to_vec();
        for (name, value) in options {
            if let Some(value) = value {
                packet.extend_from_slice(format!("{name}\0{value}\0").as_bytes());
            }
        }
        (packet.len() > 2).then_some(packet)
    }
}

/// A block of a file, without its content.
pub(crate) fn data(number: u16) -> Vec<u8> {
    [DATA.to_be_bytes(), number.to_be_bytes()].concat()
}

/// What a client says during a transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    /// All blocks up to this one have arrived.
    Acknowledged(u16),
    /// It wants no more.
    Error,
}

/// What a packet of a client says; `None` if it is none that belongs into a transfer.
pub(crate) fn said(packet: &[u8]) -> Option<Said> {
    let word = |place: usize| Some(u16::from_be_bytes([*packet.get(place)?, *packet.get(place + 1)?]));
    match word(0)? {
        ACKNOWLEDGEMENT => word(2).map(Said::Acknowledged),
        ERROR => Some(Said::Error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_within_limits() {
        let read = request(b"\0\x01SEP.cnf.xml\0OCTET\0BlkSize\x0099999\0tsize\x000\0windowsize\x0064\0")
            .unwrap()
            .unwrap();
        assert_eq!((read.name, read.block, read.window), ("SEP.cnf.xml", 8192, 16));
        assert_eq!(read.options(77).unwrap(), b"\0\x06blksize\x008192\0windowsize\x0016\0tsize\x0077\0");
        let plain = request(b"\0\x01x\0octet\0blksize\x007\0timeout\x001\0odd\0").unwrap().unwrap();
        assert_eq!((plain.block, plain.window, plain.options(1)), (512, 1, None));
        for (packet, refusal) in [
            (&b"\0\x02x\0octet\0"[..], Refusal::Denied),
            (b"\0\x01x\0mail\0", Refusal::Illegal),
            (b"\0\x01\xff\0octet\0", Refusal::NotFound),
            (b"\0\x01\0mails\0", Refusal::Illegal),
            (b"\0\x01SEP.cnf.xml\0", Refusal::Illegal),
            (b"\0\x01SEP.cnf.xml", Refusal::Illegal),
            (b"\0\x01x\0octet", Refusal::Illegal),
            (b"\0\x09SEP.cnf.xml\0octet\0", Refusal::Illegal),
        ] {
            let (refused, _) = request(packet).unwrap().unwrap_err();
            assert_eq!(refused, refusal);
            assert!(refused.packet().len() <= 3 * packet.len());
        }
        for other in
            [&b""[..], b"\0", b"\0\x01", b"\0\x01x", b"\0\x01x\0", b"\0\x04\0\x01", b"\0\x05\0\x01no room\0"]
        {
            assert_eq!(request(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_a_client_says_is_an_acknowledgement_or_the_end() {
        assert_eq!(said(b"\0\x04\x01\x02"), Some(Said::Acknowledged(258)));
        assert_eq!(said(b"\0\x05\0\0no\0"), Some(Said::Error));
        for other in [&b""[..], b"\0\x04", b"\0\x04\0", b"\0\x01x\0octet\0"] {
            assert_eq!(said(other), None);
        }
    }
}
