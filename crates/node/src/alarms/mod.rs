//! Alarms of CTI, with the names, severities and fields of Unified CM's catalogue.
//!
//! ```text
//! %UC_CTI-4-MaxDevicesPerProviderExceeded: %[AppID=CTIManager][ClusterID=StandAloneCluster][NodeID=office]: text
//! ```
//!
//! Whatever raises an alarm passes it to [`Alarms::raise`]. Each is counted (`hookflash_cti_alarms_total` in `/metrics`). Those of
//! severity 5 and less are logged and kept for `show alarms`, newest last, at most [`KEPT`] of them; those of severity 6, of
//! which a cold start has thousands, are logged at debug level only.
//!
//! # Limits
//!
//! An alarm that a stranger causes names its source, and a source has so many lines a minute as for other lines of the log;
//! all are counted.

mod catalogue;

use std::{collections::VecDeque, fmt::Write, net::IpAddr};

use tracing::{debug, warn};

pub(crate) use catalogue::Name;

use crate::{limits::LogGate, printable, users::LoginRefusal};

/// Alarms that are kept.
pub(crate) const KEPT: usize = 500;

/// The longest value of a field, in characters.
const MOST_OF_A_VALUE: usize = 128;

/// Something that operators should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Alarm {
    name: Name,
    fields: Vec<(&'static str, String)>,
    source: Option<IpAddr>,
}

impl Alarm {
    /// An alarm without fields of its own.
    pub(crate) fn new(name: Name) -> Alarm {
        Alarm { name, fields: Vec::new(), source: None }
    }

    /// The alarms about a login that is refused.
    pub(crate) fn of_login(refusal: LoginRefusal, user: &str) -> Vec<Alarm> {
        let name = (refusal == LoginRefusal::LoginFailed).then_some(Name::KCtiDirectoryLoginFailure);
        let about = |name| Alarm::new(name).with("LoginUserID", user).with("Reason", refusal.name());
        name.into_iter().chain([Name::CtiProviderOpenFailure]).map(about).collect()
    }

    /// The same with one more field.
    pub(crate) fn with(mut self, field: &'static str, value: impl ToString) -> Alarm {
        self.fields.push((field, value.to_string()));
        self
    }

    /// The same, caused by this source.
    pub(crate) fn from(mut self, source: IpAddr) -> Alarm {
        self.source = Some(source);
        self.with("IPAddress", source)
    }

    /// Its name and its own fields, for people.
    pub(crate) fn summary(&self) -> String {
        let fields = self.fields.iter().map(|(field, value)| format!(" {field}={value}"));
        format!("{}{}", self.name.as_str(), fields.collect::<String>())
    }

    /// The line of the alarm.
    fn line(&self, node: &str) -> String {
        let mut line =
            format!("%{}-{}-{}: %", self.name.facility(), self.name.severity(), self.name.as_str());
        let own = self.fields.iter().map(|(field, value)| (*field, value.as_str()));
        let last = [("AppID", "CTIManager"), ("ClusterID", "StandAloneCluster"), ("NodeID", node)];
        for (field, value) in own.chain(last) {
            let value: String = value.chars().take(MOST_OF_A_VALUE).collect();
            // Brackets end a value.
            let value = printable(&value).to_string().replace('[', "(").replace(']', ")");
            // Writing into a string does not fail.
            let _ = write!(line, "[{field}={value}]");
        }
        let _ = write!(line, ": {}", self.name.text());
        line
    }
}

/// The alarms so far.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    /// The name of this node.
    node: String,
    kept: VecDeque<String>,
    counts: [u64; Name::ALL.len()],
    gate: LogGate,
}

impl Alarms {
    /// The node has this name from now on.
    pub(crate) fn set_node(&mut self, node: &str) {
        node.clone_into(&mut self.node);
    }

    /// Counts an alarm, logs it and keeps it. `lines` is how many lines of one kind a source may have in a minute.
    pub(crate) fn raise(&mut self, now: hookflash_core::Instant, alarm: &Alarm, lines: u32) {
        if let Some(count) = self.counts.get_mut(alarm.name as usize) {
            *count += 1;
        }
        let line = || alarm.line(&self.node);
        if alarm.name.severity() > 5 {
            return debug!(target: "alarm", "{}", line());
        }
        let may_tell = match alarm.source {
            Some(source) => self.gate.may_log(now, alarm.name.as_str(), source, lines),
            None => true,
        };
        if may_tell {
            let line = alarm.line(&self.node);
            warn!(target: "alarm", "{line}");
            if self.kept.len() >= KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(line);
        }
    }

    /// The lines that are kept, newest last.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.kept.iter().map(String::as_str)
    }

    /// How often each alarm was raised.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (Name, u64)> {
        Name::ALL.iter().map(|name| (*name, self.counts.get(*name as usize).copied().unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use hookflash_core::Instant;

    use super::*;

    #[test]
    fn an_alarm_has_the_form_of_the_catalogue() {
        let mut alarms = Alarms::default();
        alarms.set_node("office");
        let opened = Alarm::new(Name::CtiProviderOpenFailure).with("LoginUserID", "a]b\n");
        alarms.raise(Instant::ZERO, &opened.from([192, 0, 2, 1].into()), 1);
        alarms.raise(Instant::ZERO, &Alarm::new(Name::MaxDevicesPerNodeExceeded), 1);
        alarms.raise(Instant::ZERO, &Alarm::new(Name::CtiDeviceOpened), 1);
        let lines: Vec<&str> = alarms.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(
            lines[0].starts_with(
                "%UC_CTI-3-CtiProviderOpenFailure: %[LoginUserID=a)b^J][IPAddress=192.0.2.1][AppID=CTIManager]\
                 [ClusterID=StandAloneCluster][NodeID=office]: "
            ),
            "{}",
            lines[0]
        );
        assert!(lines[1].starts_with("%UC_CTI-4-MaxDevicesPerNodeExceeded: %[AppID="), "{}", lines[1]);
        let counted: Vec<_> = alarms.counts().filter(|(_, count)| *count > 0).map(|(name, _)| name).collect();
        assert_eq!(counted.len(), 3);
    }

    #[test]
    fn a_stranger_does_not_push_out_the_alarms_of_others() {
        let mut alarms = Alarms::default();
        alarms.raise(Instant::ZERO, &Alarm::new(Name::CtiMaxConnectionReached), 60);
        for _ in 0..10_000 {
            let alarm = Alarm::new(Name::KCtiDirectoryLoginFailure).from([192, 0, 2, 1].into());
            alarms.raise(Instant::ZERO, &alarm, 60);
        }
        assert_eq!(alarms.lines().count(), 61);
        assert!(alarms.counts().any(|(_, count)| count == 10_000));
    }
}
