//! The configuration language: Cisco IOS, as far as a telephone system is concerned.
//!
//! [`load`] reads a configuration into typed [`Settings`] and reports what is wrong with it, by line and column.
//! [`Settings::running_config`] prints it back. [`Editor`] applies single lines, as an interactive session does, and
//! [`Settings::changes_since`] lists what they have changed.
//!
//! The crate knows no call and no phone; of the outside it has the names of phone models
//! ([`DeviceModel`](hookflash_wire::sccp::DeviceModel)), for `type` of an ephone.
//!
//! # One table
//!
//! Every command is one row of a table in `commands/`: its syntax, help, default, effect on the settings and how it is
//! printed. Parsing, abbreviation, diagnostics, [`help`], [`complete`], `show running-config` and the reference manual
//! ([`grammar`]) all come from that row, and from nothing else.
//!
//! ```text
//! Row::new("mac-address <mac:mac>", "Ethernet address of the phone", "none")
//!     .apply(|phone, matched, _| phone.mac_address = matched.value("mac").filter(|_| matched.is_set()))
//!     .show(|phone, out| out.optional("mac-address", phone.mac_address.as_ref()))
//! ```
//!
//! **To add a command**: add a field with its default to the struct of its mode in `settings/`; add a row to the
//! table of the mode (`flag!`, `number!`, ... are short forms for simple rows; the notation of the syntax is described in
//! `syntax.rs`). If the command was known but without effect, delete its `kept!` row. To add a mode: a variant of
//! [`Mode`], a table, and its arms in `registry.rs`.
//!
//! # How lines are read
//!
//! * A line belongs to the current mode if it is a command there, otherwise to the nearest enclosing mode where it is
//!   one; indentation does not matter, as in IOS. It only decides where nothing else does: lines that are not a
//!   command, and lines that are a command of two modes.
//! * A keyword may be shortened as long as only one keyword can be meant at its place. A keyword written in full beats a
//!   shortened one, also when the latter belongs to an inner mode.
//! * Lines that only concern a router are kept: [`Settings::foreign`]. An unknown line of the telephone part is kept in its
//!   mode with a warning; one that is known but without effect yet, with a note, the first of its kind only.
//! * A line that begins with a router's word (`FOREIGN` in `commands/global.rs`) is never taken for a short form of ours.
//! * What a terminal adds to a configuration is taken out by [`text_of`] or left out with a note: `capture.rs`.
//! * A command whose second word is not known here, but of which other forms are kept, is kept too.
//! * A line that is one of our commands, and wrong, is an error and left out, as IOS does: text behind a complete command,
//!   a value out of range, a misspelled keyword. If it would have opened a mode, the lines of that mode are left out with
//!   it. The rest is in effect; [`Loaded::can_run`] is false.
//!
//! # Modules
//!
//! | module | content |
//! | --- | --- |
//! | `commands`, `command`, `registry` | the table: what a command is, and on which part of the settings it acts |
//! | `syntax`, `matcher` | the notation of a syntax, and matching a line against all commands of a mode at once |
//! | `editor`, `decide`, `keep` | applying a line: which mode it belongs to, what it does, what is kept of a router |
//! | `coverage` | how many lines are in effect, without effect, a router's |
//! | `skip`, `similar` | lines of a mode that was not opened; findings of one kind in one line |
//! | `load`, `session`, `capture`, `banner` | lines of a file; lines that a person types; what a terminal added to a file |
//! | `position` | the mode of a session: [`Position`] |
//! | `phone_settings`, `router_lines` | what phones are given; lines of a router that are in effect here |
//! | `pki` | certificates of TLS, and what is served over it |
//! | `settings`, `values`, `trunk_values` | the typed configuration: [`Settings`] |
//! | `check` | what can be judged only with the rest of the configuration |
//! | `print`, `order`, `difference` | the running configuration, in the order of IOS; what two configurations differ in |
//! | `diagnostic`, `wording` | findings, and the answers of IOS |
//! | `manual` | `?`, completion, the reference |
//!
//! # Invariants
//!
//! Loading what was printed gives the same settings. No input makes the parser panic; every size is limited.

mod banner;
mod by_position;
mod capture;
mod check;
mod command;
mod commands;
mod coverage;
mod cti_user;
mod decide;
mod diagnostic;
mod difference;
mod editor;
mod keep;
mod line;
mod load;
mod manual;
mod matcher;
mod mode;
mod order;
mod phone_settings;
mod pki;
mod position;
mod print;
mod registry;
mod router_lines;
mod secrets;
mod session;
mod settings;
mod similar;
mod skip;
mod syntax;
#[cfg(test)]
mod tests;
mod trunk_values;
mod values;
mod wording;

pub use by_position::ByPosition;
pub use capture::text_of;
pub use command::{Action, Phones, Status};
pub use coverage::{Coverage, WithoutEffect};
pub use cti_user::{ControlledDevice, CtiGroup, CtiUser};
pub use diagnostic::{
    Diagnostic, DiagnosticKind, INCOMPLETE, Severity, invalid_input, render_coloured_diagnostics,
    render_diagnostics,
};
pub use editor::Editor;
pub use manual::{ArgumentEntry, Candidate, GrammarEntry, complete, grammar, help, help_at};
pub use mode::Mode;
pub use phone_settings::*;
pub use pki::{Authority, CertificateFiles, TlsService};
pub use position::{Change, Position};
pub use router_lines::ExportedFile;
pub use settings::*;
pub use similar::summed_up;
pub use trunk_values::{SessionTarget, TranslationRule};
pub use values::*;

/// The machinery of the table, for commands outside configuration: the exec commands of a server.
pub mod table {
    pub use super::command::CommandInfo;
    pub use super::diagnostic::most_similar;
    pub use super::manual::help_in;
    pub use super::matcher::{CommandSet, Entry, Failure, Form, Matched, Outcome, Word, words};
    pub use super::syntax::{Argument, Kind, Pattern, Token};
}

/// Longest line, in characters.
pub const MAX_LINE_LENGTH: usize = 1024;
/// Longest configuration, in bytes.
pub const MAX_TEXT_LENGTH: usize = 64 * 1024 * 1024;
/// Most findings reported; the last one then counts the others.
pub const MAX_DIAGNOSTICS: usize = 200;

/// A configuration that was read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What it means. Lines with errors have no effect.
    pub settings: Settings,
    /// What is wrong with it, in the order of the lines.
    pub diagnostics: Vec<Diagnostic>,
    /// What becomes of its lines.
    pub coverage: Coverage,
    /// The text is no configuration at all: it is too long, or no text.
    pub unreadable: bool,
}

impl Loaded {
    /// Can it run as it stands, without a line that is left out because it is wrong? A strict reader refuses another one.
    pub fn can_run(&self) -> bool {
        !self.unreadable && self.diagnostics.iter().all(|diagnostic| diagnostic.severity < Severity::Error)
    }
}

/// Reads a configuration. Never fails; see [`Loaded::can_run`].
pub fn load(text: &str) -> Loaded {
    load::load(text)
}
