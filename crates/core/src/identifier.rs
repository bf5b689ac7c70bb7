//! Numbers that name calls, connections, monitors and sessions.

/// The largest identifier: all of them are positive for readers with 32 bits and a sign.
pub const LAST_IDENTIFIER: u32 = u32::MAX >> 1;

/// The identifier after `last`: never 0, and not the same again for two billion others.
///
/// ```
/// assert_eq!(hookflash_core::identifier_after(7), 8);
/// assert_eq!(hookflash_core::identifier_after(hookflash_core::LAST_IDENTIFIER), 1);
/// ```
pub const fn identifier_after(last: u32) -> u32 {
    if last >= LAST_IDENTIFIER { 1 } else { last + 1 }
}
