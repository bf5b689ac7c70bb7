//! Bytes to values and back, one module per protocol.
//!
//! Nothing here knows a call, a clock or a socket: every function takes bytes or values and returns values or
//! bytes. Decoders accept what real equipment sends (short, padded, reordered, oddly cased) and refuse what
//! could do harm (oversized, nested without end) with a named error; encoders write exactly what the
//! specification says.
//!
//! | module | protocol |
//! | --- | --- |
//! | [`sccp`] | Cisco Skinny Client Control Protocol, phone to call manager over TCP |
//! | [`sip`] | Session Initiation Protocol, RFC 3261: messages and stream framing |
//! | [`sdp`] | session descriptions, RFC 8866: what SIP phones offer and are answered |
//! | [`printable`] | none: text of strangers on its way to a terminal |
//! | [`csta`] | ECMA-323 (CSTA XML): services, events and errors, editions 3 and 6; application sessions and frames of CSTA over TCP |

pub mod csta;
pub mod printable;
mod reassembly;
pub mod sccp;
pub mod sdp;
pub mod sip;
