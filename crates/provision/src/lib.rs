//! What phones and administrators fetch: configuration files, pages of the phones' screens, the XML interface.
//!
//! Everything here is a function from a question and a view of the system to an answer. There is no socket, no clock and
//! no file: an answer that is a stored file names it, and whoever asks opens it.
//!
//! | module | question | answer |
//! | --- | --- | --- |
//! | [`files`] | the name of a file | its content, or where it is stored |
//! | [`pages`] | what a phone shows next | an object of the phones' own XML |
//! | [`api`] | a request of the XML interface (`ixi application cme`) | its response |
//! | [`http`] | | requests and responses of HTTP, as far as they matter here |
//! | [`xml`] | | elements: written with escapes, read with limits |
//!
//! # Invariants
//!
//! * A name from outside is compared with the names that exist; it never becomes part of a path.
//! * The same configuration gives the same files. A file's `versionStamp` changes exactly when the rest of it does, since
//!   phones compare it to see whether they have to read on.

pub mod api;
pub mod files;
pub mod http;
pub mod pages;
pub mod xml;
