//! Numbers that are changed at a line: what its phone dials, and what is shown for it and to it. Addresses that lead to another
//! network.
//!
//! The rules themselves are none of the switch's: it is given functions.

use std::{fmt, sync::Arc};

use smol_str::SmolStr;

/// What a number becomes; `None` where the call is not to be made.
type Change = dyn Fn(&str) -> Option<SmolStr> + Send + Sync;

/// Changes numbers. Rules with the same text are the same rules.
#[derive(Clone, Default)]
pub struct NumberRules(Option<(SmolStr, Arc<Change>)>);

impl NumberRules {
    /// Rules that are written as `text`.
    pub fn new(
        text: impl Into<SmolStr>,
        change: impl Fn(&str) -> Option<SmolStr> + Send + Sync + 'static,
    ) -> NumberRules {
        NumberRules(Some((text.into(), Arc::new(change))))
    }

    /// Whether every number stays as it is.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// What a number becomes; `None` where the call is not to be made.
    pub fn apply(&self, number: &SmolStr) -> Option<SmolStr> {
        match &self.0 {
            Some((_, change)) => change(number),
            None => Some(number.clone()),
        }
    }

    /// What a number that is shown becomes: itself where the rules refuse it.
    pub(crate) fn shown(&self, number: &SmolStr) -> SmolStr {
        self.apply(number).unwrap_or_else(|| number.clone())
    }
}

impl PartialEq for NumberRules {
    fn eq(&self, other: &NumberRules) -> bool {
        self.0.as_ref().map(|(text, _)| text) == other.0.as_ref().map(|(text, _)| text)
    }
}

impl Eq for NumberRules {}

impl fmt::Debug for NumberRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NumberRules").field(&self.0.as_ref().map(|(text, _)| text)).finish()
    }
}

/// Addresses of SIP. Patterns with the same text are the same.
#[derive(Clone, Default)]
pub struct Addresses(Option<(SmolStr, Arc<Fits>)>);

/// Whether an address, `user@host`, is one of them.
type Fits = dyn Fn(&str) -> bool + Send + Sync;

impl Addresses {
    /// Addresses by a pattern that is written as `text`.
    pub fn new(text: impl Into<SmolStr>, fits: impl Fn(&str) -> bool + Send + Sync + 'static) -> Addresses {
        Addresses(Some((text.into(), Arc::new(fits))))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether an address, `user@host`, is one of them.
    pub fn contains(&self, address: &str) -> bool {
        self.0.as_ref().is_some_and(|(_, fits)| fits(address))
    }
}

impl PartialEq for Addresses {
    fn eq(&self, other: &Addresses) -> bool {
        self.0.as_ref().map(|(text, _)| text) == other.0.as_ref().map(|(text, _)| text)
    }
}

impl Eq for Addresses {}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Addresses").field(&self.0.as_ref().map(|(text, _)| text)).finish()
    }
}

/// How the numbers of the calls of a line are changed in one direction.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LineTranslation {
    /// The number called.
    pub called: NumberRules,
    /// The number of who calls.
    pub calling: NumberRules,
}
