//! ECMA-323 messages as a server and its clients use them.

mod input;
mod messages;
mod properties;
mod schema;
