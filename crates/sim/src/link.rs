//! Connections, as phones and applications see them.

/// What a phone or application wants done with its connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkOrder {
    /// Open a connection to the node; answer with `connected` or `closed`.
    Connect,
    /// Close the connection after what was written has left. No `closed` is expected.
    Close,
}
