//! A command of the table: syntax, help, default, effect on the settings, and how it is printed.

use std::fmt::Display;

use smol_str::SmolStr;

use super::diagnostic::Severity;
use super::matcher::{Matched, Word};
use super::mode::Mode;
use super::values::MacAddress;

/// Whether a command does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It changes the settings.
    InEffect,
    /// A command of Hookflash that IOS does not have; it changes the settings.
    Own,
    /// Known, kept and shown, but without effect.
    Kept,
    /// It changes the settings, which are checked and printed, but nothing acts on them yet.
    NotYet,
    /// It is done at once, and is no part of a configuration.
    Action,
    /// A misspelling seen in published examples: taken, with a warning, for the command named here.
    Misspelled(&'static str),
}

/// The part of a command that does not depend on the type of its settings.
#[derive(Debug)]
pub struct CommandInfo {
    /// In the notation of the `syntax` module.
    pub syntax: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Value when the command is absent, for people.
    pub default: &'static str,
    /// Help for keywords and arguments after the first word.
    pub words: &'static [(&'static str, &'static str)],
    /// In effect or not.
    pub status: Status,
    /// The mode the command enters.
    pub enters: Option<Mode>,
    /// Does it enter a mode of IOS that is not known here? Deeper lines belong to it, and `exit` leaves it.
    pub encloses: bool,
    /// The first words of the commands of that mode, where they are also commands of the mode around it: so that such a line
    /// is told from one of the latter in a text without indentation.
    pub body: &'static [&'static str],
}

/// A command of a mode whose settings are a `T`.
pub(crate) struct Command<T: 'static> {
    /// Syntax and help.
    pub info: CommandInfo,
    /// Effect on the settings.
    pub apply: fn(&mut T, &Matched<'_>, &mut Reports),
    /// Prints the lines that bring the settings about, nothing when they are the default.
    pub show: fn(&T, &mut Printer),
}

impl<T> Command<T> {
    /// A command in effect.
    pub const fn new(syntax: &'static str, help: &'static str, default: &'static str) -> Self {
        let info = CommandInfo {
            syntax,
            help,
            default,
            words: &[],
            status: Status::InEffect,
            enters: None,
            encloses: false,
            body: &[],
        };
        Self { info, apply: |_, _, _| (), show: |_, _| () }
    }

    /// A command that is kept without effect. Its syntax is its keywords only.
    pub const fn kept(syntax: &'static str, help: &'static str) -> Self {
        Self::new(syntax, help, "").status(Status::Kept)
    }

    /// Sets the help of words after the first.
    pub const fn words(mut self, words: &'static [(&'static str, &'static str)]) -> Self {
        self.info.words = words;
        self
    }

    /// Sets the status.
    pub const fn status(mut self, status: Status) -> Self {
        self.info.status = status;
        self
    }

    /// Marks a command that has no effect yet.
    pub const fn not_yet(self) -> Self {
        self.status(Status::NotYet)
    }

    /// Marks a command that enters a mode of IOS that is not known here.
    pub const fn encloses(mut self) -> Self {
        self.info.encloses = true;
        self
    }

    /// [`Command::encloses`], and the first words of the commands of that mode.
    pub const fn encloses_also(mut self, body: &'static [&'static str]) -> Self {
        self.info.body = body;
        self.encloses()
    }

    /// Names the mode entered.
    pub const fn enters(mut self, mode: Mode) -> Self {
        self.info.enters = Some(mode);
        self
    }

    /// Sets the effect.
    pub const fn apply(mut self, apply: fn(&mut T, &Matched<'_>, &mut Reports)) -> Self {
        self.apply = apply;
        self
    }

    /// Sets how it is printed.
    pub const fn show(mut self, show: fn(&T, &mut Printer)) -> Self {
        self.show = show;
        self
    }
}

// The short forms below make a `Row`, the name each table gives its type of command.

/// A switch in a `bool` field, `off` or `on` by default.
macro_rules! flag {
    ($syntax:literal, $help:literal, off, $($field:ident).+) => {
        Row::new($syntax, $help, "off")
            .apply(|target, matched, _| target.$($field).+ = matched.switch(false))
            .show(|target, out| if target.$($field).+ { out.line($syntax) })
    };
    ($syntax:literal, $help:literal, on, $($field:ident).+) => {
        Row::new($syntax, $help, "on")
            .apply(|target, matched, _| target.$($field).+ = matched.switch(true))
            .show(|target, out| if !target.$($field).+ { out.line(concat!("no ", $syntax)) })
    };
}

/// A switch in an `Option<bool>` field, which a template may set too.
macro_rules! optional_flag {
    ($syntax:literal, $help:literal, $default:literal, $($field:ident).+) => {
        Row::new($syntax, $help, $default)
            .apply(|target, matched, _| target.$($field).+ = matched.optional_switch())
            .show(|target, out| match target.$($field).+ {
                Some(true) => out.line($syntax),
                Some(false) => out.line(concat!("no ", $syntax)),
                None => (),
            })
    };
}

/// `keywords <value:range>` in a `u32` field with a default.
macro_rules! number {
    ($keywords:literal, $range:literal, $help:literal, $default:literal, $($field:ident).+) => {
        Row::new(concat!($keywords, " <value:", $range, ">"), $help, stringify!($default))
            .apply(|target, matched, _| {
                let given = matched.number("value").filter(|_| matched.is_set());
                target.$($field).+ = given.unwrap_or($default);
            })
            .show(|target, out| if target.$($field).+ != $default { out.value($keywords, &target.$($field).+) })
    };
}

/// `keywords <value:range>` in an `Option<u32>` field.
macro_rules! optional_number {
    ($keywords:literal, $range:literal, $help:literal, $default:literal, $($field:ident).+) => {
        Row::new(concat!($keywords, " <value:", $range, ">"), $help, $default)
            .apply(|target, matched, _| {
                target.$($field).+ = matched.number("value").filter(|_| matched.is_set());
            })
            .show(|target, out| out.optional($keywords, target.$($field).+.as_ref()))
    };
}

/// `keywords <value:kind>` in an `Option<SmolStr>` field.
macro_rules! optional_text {
    ($keywords:literal, $kind:literal, $help:literal, $($field:ident).+) => {
        Row::new(concat!($keywords, " <value:", $kind, ">"), $help, "none")
            .apply(|target, matched, _| {
                target.$($field).+ = matched.text("value").filter(|_| matched.is_set());
            })
            .show(|target, out| out.optional($keywords, target.$($field).+.as_ref()))
    };
}

/// `srtp [fallback]` in an `Option<Srtp>` field.
macro_rules! secure_audio {
    () => {
        Row::new("srtp [fallback]", "Audio is encrypted", "none")
            .words(&[("fallback", "Where the other end can")])
            .apply(|target, matched, _| {
                target.srtp = matched.optional_switch().map(|on| match (on, matched.has("fallback")) {
                    (false, _) => $crate::settings::Srtp::Off,
                    (true, false) => $crate::settings::Srtp::Required,
                    (true, true) => $crate::settings::Srtp::Fallback,
                });
            })
            .show(|target, out| match target.srtp {
                Some($crate::settings::Srtp::Required) => out.line("srtp"),
                Some($crate::settings::Srtp::Fallback) => out.line("srtp fallback"),
                Some($crate::settings::Srtp::Off) => out.line("no srtp"),
                None => (),
            })
    };
}

/// `translation-profile {incoming|outgoing} NAME` and the command of single rules, in a `DnTranslation` field.
macro_rules! translation {
    (profile, $($field:ident).+) => {
        Row::new(
            "translation-profile {incoming|outgoing} <profile:word..64>",
            "How numbers are changed",
            "none",
        )
        .words(&[
            ("incoming", "Of calls from its phones"),
            ("outgoing", "Of calls to its phones, as these see them"),
            ("profile", "Name of the profile"),
        ])
        .apply(|target, matched, _| {
            let name = matched.text("profile").filter(|_| matched.is_set());
            match matched.has("incoming") {
                true => target.$($field).+.incoming = name,
                false => target.$($field).+.outgoing = name,
            }
        })
        .show(|target, out| {
            out.optional("translation-profile incoming", target.$($field).+.incoming.as_ref());
            out.optional("translation-profile outgoing", target.$($field).+.outgoing.as_ref());
        })
    };
    ($command:literal, $($field:ident).+) => {
        Row::new(
            concat!($command, " {called|calling} <rules:1-2147483647>"),
            "Rules for one number of calls from its phones, where no profile has any",
            "none",
        )
        .words(&[
            ("called", "What is dialled"),
            ("calling", "The number of who calls"),
            ("rules", "Tag of the voice translation-rule"),
        ])
        .apply(|target, matched, _| {
            let rules = matched.number("rules").filter(|_| matched.is_set());
            match matched.has("called") {
                true => target.$($field).+.called = rules,
                false => target.$($field).+.calling = rules,
            }
        })
        .show(|target, out| {
            out.optional(concat!($command, " called"), target.$($field).+.called.as_ref());
            out.optional(concat!($command, " calling"), target.$($field).+.calling.as_ref());
        })
    };
}

pub(crate) use translation;
pub(crate) use {flag, number, optional_flag, optional_number, optional_text, secure_audio};

/// Something that a line asks to be done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Phones restart, or reboot.
    Restart {
        /// Which phones.
        phones: Phones,
        /// Whether they reboot and read everything anew (`reset`), instead of only registering again (`restart`).
        reboot: bool,
        /// Seconds between two phones.
        interval: u32,
    },
    /// Phones reboot one after the other (`reset sequence-all`).
    RestartInSequence,
    /// Phones that have not restarted yet stay as they are (`reset cancel`).
    CancelRestarts,
}

/// Which phones an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phones {
    /// All.
    All,
    /// The one of the current mode, or with this tag.
    Tag(u32),
    /// The one with this MAC address.
    Mac(MacAddress),
}

/// Something a line refers to, checked when the whole configuration was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// An `ephone-dn` on a `button`.
    Dn(u32),
    /// A button of an ephone, by its position.
    Button(u32),
    /// The button of an overlay that another button expands.
    Overlay {
        /// The position of the button that expands.
        position: u32,
        /// The position of the overlay.
        overlay: u32,
    },
    /// `logout-profile` of an ephone.
    LogoutProfile(u32),
    /// `ephone-dn-template` of an ephone-dn.
    DnTemplate(u32),
    /// `ephone-template` of an ephone.
    EphoneTemplate(u32),
    /// `session-server` of an ephone-dn.
    SessionServer(u32),
    /// A `voice register dn` on a line of a pool.
    RegisterDn(u32),
    /// `template` of a pool.
    RegisterTemplate(u32),
    /// An `ephone-dn` on a button of a CTI port or route point.
    CtiDn(u32),
    /// The name of a CTI port or route point.
    CtiName(SmolStr),
    /// `device-pool` of one.
    DevicePool(SmolStr),
    /// A number of a profile.
    Number(SmolStr),
    /// A number of a hunt group.
    Member(SmolStr),
    /// `corlist`.
    CorList(SmolStr),
    /// The MAC address of the phone.
    Mac,
    /// A user name.
    User(SmolStr),
    /// The tag of the object the line opens.
    Opened(Mode, u32),
}

/// A finding about a line, at byte offsets of the line.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// How bad.
    pub severity: Severity,
    /// Bytes of the line it is about.
    pub span: (usize, usize),
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub suggestion: Option<String>,
}

/// What a command has to say about its line.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    /// Findings. After an error the command has changed nothing.
    pub findings: Vec<Report>,
    /// References to check later, with the bytes of the line they stand in.
    pub references: Vec<((usize, usize), Reference)>,
    /// What is to be done at once.
    pub actions: Vec<Action>,
    /// What is shown at the terminal.
    pub said: Vec<String>,
}

impl Reports {
    /// The word is wrong.
    pub fn error(&mut self, word: Word<'_>, message: impl Into<String>, suggestion: impl Into<String>) {
        self.push(Severity::Error, word, message.into(), Some(suggestion.into()));
    }

    /// Worth knowing.
    pub fn note(&mut self, word: Word<'_>, message: impl Into<String>) {
        self.push(Severity::Note, word, message.into(), None);
    }

    /// Shows a line at the terminal, if the command is typed at one.
    pub fn say(&mut self, line: impl Into<String>) {
        self.said.push(line.into());
    }

    /// Remembers a reference to check later.
    pub fn refer(&mut self, word: Option<Word<'_>>, reference: Reference) {
        let span = word.map_or((0, 0), |w| (w.offset, w.end()));
        self.references.push((span, reference));
    }

    fn push(&mut self, severity: Severity, word: Word<'_>, message: String, suggestion: Option<String>) {
        self.findings.push(Report { severity, span: (word.offset, word.end()), message, suggestion });
    }
}

/// Collects the lines of a running configuration.
#[derive(Debug, Default)]
pub(crate) struct Printer {
    text: String,
    indent: usize,
}

impl Printer {
    /// A line at the current indentation.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.text.extend(std::iter::repeat_n(' ', self.indent));
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// `keywords value`.
    pub fn value(&mut self, keywords: &str, value: &dyn Display) {
        self.line(format!("{keywords} {value}"));
    }

    /// `keywords value` if there is a value.
    pub fn optional<V: Display>(&mut self, keywords: &str, value: Option<&V>) {
        if let Some(value) = value {
            self.value(keywords, value);
        }
    }

    /// A separator.
    pub fn separator(&mut self) {
        self.text.push_str("!\n");
    }

    /// A line without indentation of ours.
    pub fn verbatim(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Sets the indentation of the lines that follow.
    pub fn indent(&mut self, columns: usize) {
        self.indent = columns;
    }

    /// The text so far.
    pub fn into_text(self) -> String {
        self.text
    }
}
