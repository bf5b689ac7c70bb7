//! `debug`: what operators want to see while it happens.
//!
//! Flags are those of IOS and hold for the server, not for a terminal, until `undebug all`. Lines go to the log (target
//! `debug`) and to each terminal that said `terminal monitor`. Where a flag is not set, a line costs one test of a bit.
//!
//! ```text
//!   csta, sccp, node ── tell(part, || line) ──► Debugging ── end of the input ──► log, Output::TerminalText
//! ```

mod cti;
mod phones;

use std::collections::BTreeSet;

use hookflash_core::Instant;
use smol_str::SmolStr;
use tracing::info;

pub(crate) use self::phones::Who;
use crate::{Node, Output, printable, wall_clock::CivilTime};

/// Most lines of one second. More are counted and left out.
const MOST_PER_SECOND: usize = 2000;

/// Most phones that a part of `debug ephone` is limited to.
const MOST_PHONES: usize = 64;

/// Longest line, in bytes.
const MOST_BYTES: usize = 4096;

/// One thing that can be looked at, with the commands that begin it and what they say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs)] // Each is a row of PARTS.
pub(crate) enum Part {
    CtiCallControl,
    CtiCore,
    CtiDeviceManager,
    CtiLineMonitor,
    CtiProtocol,
    CtiSession,
    CtiXml,
    MonitorCore,
    MonitorDetail,
    MonitorErrors,
    MonitorEvents,
    MonitorHardware,
    MonitorInfo,
    MonitorXml,
    PhoneAlarm,
    PhoneDetail,
    PhoneError,
    PhoneKeepalive,
    PhoneMwi,
    PhoneRaw,
    PhoneRegister,
    PhoneState,
}

/// The command of a part (`debug FAMILY WORD`) and what is said when it begins.
pub(crate) struct Row {
    pub(crate) part: Part,
    pub(crate) family: &'static str,
    pub(crate) word: &'static str,
    pub(crate) says: &'static str,
}

const fn row(part: Part, family: &'static str, word: &'static str, says: &'static str) -> Row {
    Row { part, family, word, says }
}

/// Every part.
pub(crate) static PARTS: [Row; 22] = [
    row(Part::CtiCallControl, "cti", "callcontrol", "Call control CTI debug flags are on"),
    row(Part::CtiCore, "cti", "core", "Core CTI debug flags are on"),
    row(Part::CtiDeviceManager, "cti", "dmgr", "Device manager CTI debug flags are on"),
    row(Part::CtiLineMonitor, "cti", "lm", "Line monitor CTI debug flags are on"),
    row(Part::CtiProtocol, "cti", "protoif", "Protocol interface CTI debug flags are on"),
    row(Part::CtiSession, "cti", "session", "Session CTI debug flags are on"),
    row(Part::CtiXml, "cti", "xml", "XML CTI debug flags are on"),
    row(Part::MonitorCore, "callmonitor", "core", "Callmonitor core debugging is enabled"),
    row(Part::MonitorDetail, "callmonitor", "detail", "Callmonitor detail debugging is enabled"),
    row(Part::MonitorErrors, "callmonitor", "errors", "Callmonitor errors debugging is enabled"),
    row(Part::MonitorEvents, "callmonitor", "events", "Callmonitor events debugging is enabled"),
    row(Part::MonitorHardware, "callmonitor", "hwconf", "Callmonitor hwconf debugging is enabled"),
    row(Part::MonitorInfo, "callmonitor", "info", "Callmonitor info debugging is enabled"),
    row(Part::MonitorXml, "callmonitor", "xml", "Callmonitor xml debugging is enabled"),
    row(Part::PhoneAlarm, "ephone", "alarm", "Ephone alarm debugging is enabled"),
    row(Part::PhoneDetail, "ephone", "detail", "Ephone detail debugging is enabled"),
    row(Part::PhoneError, "ephone", "error", "Ephone error debugging is enabled"),
    row(Part::PhoneKeepalive, "ephone", "keepalive", "Ephone keepalive debugging is enabled"),
    row(Part::PhoneMwi, "ephone", "mwi", "Ephone mwi debugging is enabled"),
    row(Part::PhoneRaw, "ephone", "raw", "Ephone raw protocol debugging is enabled"),
    row(Part::PhoneRegister, "ephone", "register", "Ephone registration debugging is enabled"),
    row(Part::PhoneState, "ephone", "state", "Ephone state debugging is enabled"),
];

/// What is looked at, and the lines that wait for the end of the input.
#[derive(Debug, Default)]
pub(crate) struct Debugging {
    /// A bit for each part.
    on: u32,
    /// The phones to which parts of `debug ephone` are limited; a part that is not here is on for all of them.
    only: BTreeSet<(Part, SmolStr)>,
    lines: Vec<String>,
    /// When the second began, how many lines there were in it, and how many of them were left out.
    second: (Instant, usize, usize),
}

impl Debugging {
    /// Whether something is looked at.
    pub(crate) fn is_on(&self, part: Part) -> bool {
        self.on & bit(part) != 0
    }

    /// Whether something about phones is looked at.
    pub(crate) fn looks_at_phones(&self) -> bool {
        self.on >> Part::PhoneAlarm as u32 != 0
    }

    /// Whether something of CTI is looked at.
    fn looks_at_cti(&self) -> bool {
        self.on & (bit(Part::MonitorCore) - 1) != 0
    }

    /// Whether a part is looked at for the phone with this name.
    pub(crate) fn is_on_for(&self, part: Part, phone: &str) -> bool {
        self.is_on(part) && (!self.is_limited(part) || self.only.contains(&(part, SmolStr::new(phone))))
    }

    /// Whether anything is looked at for a phone, by its name.
    pub(crate) fn looks_at(&self, phone: &str) -> bool {
        self.only.iter().any(|(_, only)| only == phone)
    }

    fn is_limited(&self, part: Part) -> bool {
        self.only.range((part, SmolStr::default())..).next().is_some_and(|(limited, _)| *limited == part)
    }

    /// Begins to look at a part; with a phone only there, and at more of them each time. False if there are too many phones.
    pub(crate) fn begin(&mut self, part: Part, phone: Option<SmolStr>) -> bool {
        match phone {
            Some(_) if self.only.len() >= MOST_PHONES => return false,
            Some(phone) => drop(self.only.insert((part, phone))),
            None => self.only.retain(|(limited, _)| *limited != part),
        }
        self.on |= bit(part);
        true
    }

    /// Looks at a part no more; with a phone, no more at that one.
    pub(crate) fn end(&mut self, part: Part, phone: Option<&SmolStr>) {
        match phone {
            Some(phone) => drop(self.only.remove(&(part, phone.clone()))),
            None => self.only.retain(|(limited, _)| *limited != part),
        }
        if phone.is_none() || !self.is_limited(part) {
            self.on &= !bit(part);
        }
    }

    /// A line, or several, if the part is looked at.
    pub(crate) fn tell(&mut self, part: Part, line: impl FnOnce() -> String) {
        if self.is_on(part) {
            self.write(line());
        }
    }

    /// The same for the part of a phone.
    pub(crate) fn tell_of(&mut self, part: Part, phone: &str, line: impl FnOnce() -> String) {
        if self.is_on_for(part, phone) {
            self.write(line());
        }
    }

    fn write(&mut self, mut text: String) {
        if self.lines.len() < MOST_PER_SECOND {
            text.truncate(text.floor_char_boundary(MOST_BYTES));
            self.lines.push(text);
        } else {
            self.second.2 += 1;
        }
    }

    /// The lines of the input, as many as the second has room for.
    fn take(&mut self, now: Instant) -> Vec<String> {
        let mut lines = std::mem::take(&mut self.lines);
        let (began, count, left_out) = &mut self.second;
        if now.as_millis() / 1000 != began.as_millis() / 1000 {
            if *left_out > 0 {
                lines.insert(0, format!("{left_out} lines were left out"));
            }
            (*began, *count, *left_out) = (now, 0, 0);
        }
        let room = MOST_PER_SECOND.saturating_sub(*count);
        *left_out += lines.len().saturating_sub(room);
        lines.truncate(room);
        *count += lines.len();
        lines
    }
}

fn bit(part: Part) -> u32 {
    1 << part as u32
}

impl Node {
    /// Logs the lines of the input, and shows them at the terminals that monitor.
    pub(crate) fn show_debugging(&mut self) {
        if self.out.debugging.lines.is_empty() {
            return;
        }
        let stamp = stamp(&self.clock.civil(self.now));
        let mut text = String::new();
        for lines in self.out.debugging.take(self.now) {
            for line in lines.lines() {
                let line = printable(line);
                info!(target: "debug", "{line}");
                text.push_str(&format!("{stamp}{line}\n"));
            }
        }
        for terminal in self.terminals.monitoring() {
            self.out.push(Output::TerminalText { terminal, text: text.clone() });
        }
    }
}

/// The time before a line, as `service timestamps debug datetime msec` has it.
fn stamp(time: &CivilTime) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS.get(usize::from(time.month).saturating_sub(1)).unwrap_or(&"Jan");
    let CivilTime { day, hour, minute, second, millisecond, .. } = time;
    format!("*{month} {day:>2} {hour:02}:{minute:02}:{second:02}.{millisecond:03}: ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_part_has_its_row_and_its_bit() {
        for (place, row) in PARTS.iter().enumerate() {
            assert_eq!(row.part as usize, place, "{} {}", row.family, row.word);
        }
    }

    #[test]
    fn a_part_of_some_phones_is_off_for_the_others() {
        let mut debugging = Debugging::default();
        assert!(debugging.begin(Part::PhoneState, Some("SEP1".into())));
        assert!(debugging.begin(Part::PhoneState, Some("SEP2".into())));
        assert!(
            debugging.is_on_for(Part::PhoneState, "SEP1") && !debugging.is_on_for(Part::PhoneState, "SEP3")
        );
        debugging.end(Part::PhoneState, Some(&"SEP1".into()));
        assert!(
            !debugging.is_on_for(Part::PhoneState, "SEP1") && debugging.is_on_for(Part::PhoneState, "SEP2")
        );
        debugging.end(Part::PhoneState, Some(&"SEP2".into()));
        assert!(!debugging.is_on(Part::PhoneState));
        debugging.begin(Part::PhoneState, None);
        assert!(debugging.is_on_for(Part::PhoneState, "SEP3"));
    }

    #[test]
    fn a_second_has_room_for_so_many_lines() {
        let mut debugging = Debugging::default();
        debugging.begin(Part::CtiCore, None);
        let say = |debugging: &mut Debugging, count: usize, at: u64| {
            (0..count).for_each(|_| debugging.tell(Part::CtiCore, || "line".to_owned()));
            debugging.take(Instant::ZERO + Duration::from_millis(at))
        };
        assert_eq!(say(&mut debugging, 1500, 10).len(), 1500);
        assert_eq!(say(&mut debugging, 700, 20).len(), 500);
        let next = say(&mut debugging, 1, 1001);
        assert_eq!(next, ["200 lines were left out", "line"]);
    }
}
