//! Numbers that name calls, connections, monitors and sessions.
//!
//! An identifier is a positive 31-bit number: the number of the node in its upper four bits, then a counter. So two
//! nodes never give out the same identifier, and readers with signed 32-bit numbers can hold each of them.

/// The largest identifier.
pub const LAST_IDENTIFIER: u32 = u32::MAX >> 1;

/// Bits of an identifier that count; the bits above them name the node.
const COUNTER_BITS: u32 = 27;

/// The identifier after `last`, on one node with the number 0: never 0.
///
/// ```
/// assert_eq!(hookflash_core::identifier_after(7), 8);
/// assert_eq!(hookflash_core::identifier_after(hookflash_core::LAST_IDENTIFIER), 1);
/// ```
pub const fn identifier_after(last: u32) -> u32 {
    if last >= LAST_IDENTIFIER { 1 } else { last + 1 }
}

/// The number of a node in its cluster, 0 to 15. A single node is number 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord, Hash)]
pub struct NodeNumber(u8);

impl NodeNumber {
    /// The highest number.
    pub const MAX: u8 = 15;

    /// The node with this number; `None` above [`NodeNumber::MAX`].
    pub const fn new(number: u8) -> Option<NodeNumber> {
        if number <= NodeNumber::MAX { Some(NodeNumber(number)) } else { None }
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// Gives out identifiers of one kind: never 0, and none twice among 134 million.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identifiers {
    node: NodeNumber,
    counter: u32,
}

impl Identifiers {
    const COUNTER: u32 = (1 << COUNTER_BITS) - 1;

    /// The first identifier given out is `first` of this node; 0 counts as 1.
    pub(crate) const fn starting_at(node: NodeNumber, first: u32) -> Identifiers {
        Identifiers { node, counter: first.saturating_sub(1) & Self::COUNTER }
    }

    /// Goes on behind an identifier that is in use.
    pub(crate) fn skip(&mut self, used: u32) {
        if used >> COUNTER_BITS == u32::from(self.node.0) {
            self.counter = self.counter.max(used & Self::COUNTER);
        }
    }

    /// The next identifier.
    pub(crate) fn next(&mut self) -> u32 {
        self.counter = if self.counter >= Self::COUNTER { 1 } else { self.counter + 1 };
        u32::from(self.node.0) << COUNTER_BITS | self.counter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_that_start_at_the_same_place_give_different_identifiers() {
        let given = |node| Identifiers::starting_at(NodeNumber::new(node).unwrap(), 77).next();
        assert_eq!(given(0), 77);
        assert_ne!(given(0), given(1));
        assert!(given(15) <= LAST_IDENTIFIER);
        assert_eq!(NodeNumber::new(16), None);
    }

    #[test]
    fn the_counter_begins_again_at_one() {
        let mut identifiers = Identifiers::starting_at(NodeNumber::default(), Identifiers::COUNTER);
        assert_eq!(
            [identifiers.next(), identifiers.next(), identifiers.next()],
            [Identifiers::COUNTER, 1, 2]
        );
    }
}
