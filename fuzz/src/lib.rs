//! What the targets that need more than a function call have in common: a whole node with phones and applications
//! around it, driven by the fuzzer's bytes.
//!
//! | module | its one idea |
//! | --- | --- |
//! | [`program`] | the fuzzer's bytes, read as operations and their arguments |
//! | [`office`] | a node, its links and its time, and what must hold whatever happens |
//! | [`phone`] | an SCCP phone that says anything at any time |
//! | [`application`] | a CSTA application over SIP that says anything at any time |
//! | [`stream`] | one over TCP without SIP |

pub mod application;
pub mod office;
pub mod phone;
pub mod program;
pub mod stream;
