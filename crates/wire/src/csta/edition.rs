//! Which edition of ECMA-323 a message is written in.

/// What every ECMA-323 namespace starts with; the edition number follows.
const NAMESPACE_STEM: &str = "http://www.ecma-international.org/standards/ecma-323/csta/ed";

/// An edition of ECMA-323, known by its XML namespace.
///
/// A session speaks the edition of its first request; everything sent to it carries the same namespace. Editions
/// before the sixth are laid out as the third ([`Edition::is_sixth`] is the only difference that encoders see).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// Second edition.
    Ed2,
    /// Third edition, 2004: Microsoft RCC and most uaCSTA phones.
    #[default]
    Ed3,
    /// Fourth edition: OpenScape.
    Ed4,
    /// Fifth edition.
    Ed5,
    /// Sixth edition, December 2011.
    Ed6,
}

/// Bytes of a version in a namespace: it is kept, and sent in every message.
const MAX_VERSION: usize = 32;

impl Edition {
    /// All editions that are understood.
    pub const ALL: [Edition; 5] = [Edition::Ed2, Edition::Ed3, Edition::Ed4, Edition::Ed5, Edition::Ed6];

    /// The XML namespace of this edition.
    pub const fn namespace(self) -> &'static str {
        match self {
            Edition::Ed2 => "http://www.ecma-international.org/standards/ecma-323/csta/ed2",
            Edition::Ed3 => "http://www.ecma-international.org/standards/ecma-323/csta/ed3",
            Edition::Ed4 => "http://www.ecma-international.org/standards/ecma-323/csta/ed4",
            Edition::Ed5 => "http://www.ecma-international.org/standards/ecma-323/csta/ed5",
            Edition::Ed6 => "http://www.ecma-international.org/standards/ecma-323/csta/ed6",
        }
    }

    /// The edition whose namespace this is, or `None` if it is no ECMA-323 namespace.
    ///
    /// A vendor's private version may follow, letters and digits, as in `.../csta/ed3/priv6`; 32 bytes at most.
    pub fn from_namespace(namespace: &str) -> Option<Edition> {
        let name = namespace.trim().strip_prefix(NAMESPACE_STEM).filter(|name| name.len() <= MAX_VERSION)?;
        let (number, private) = name.split_once("/priv").unwrap_or((name, "0"));
        if private.is_empty() || !private.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        match number {
            "2" => Some(Edition::Ed2),
            "3" => Some(Edition::Ed3),
            "4" => Some(Edition::Ed4),
            "5" => Some(Edition::Ed5),
            "6" => Some(Edition::Ed6),
            _ => None,
        }
    }

    /// Whether members, services and values that came with the sixth edition may be sent.
    pub const fn is_sixth(self) -> bool {
        matches!(self, Edition::Ed6)
    }
}
