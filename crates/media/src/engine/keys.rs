//! What protects the packets of a party.

use crate::srtp::{Key, Opener, Sealer};

/// What protects the packets of a party, in both directions.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) of: (Key, Key),
    pub(super) sealer: Sealer,
    pub(super) opener: Opener,
}

impl Keys {
    /// Keys in place of others: who keeps a key goes on with it where it is.
    pub(super) fn new(before: Option<Keys>, own: Key, theirs: Key) -> Keys {
        let (sealer, opener) = match before {
            Some(before) => (
                (before.of.0 == own).then_some(before.sealer),
                (before.of.1 == theirs).then_some(before.opener),
            ),
            None => (None, None),
        };
        Keys {
            of: (own, theirs),
            sealer: sealer.unwrap_or_else(|| Sealer::new(&own)),
            opener: opener.unwrap_or_else(|| Opener::new(&theirs)),
        }
    }
}
