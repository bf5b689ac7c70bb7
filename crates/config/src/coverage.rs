//! What becomes of the lines of a configuration: how many are applied, which have no effect yet, and how many are a
//! router's.

use std::collections::BTreeMap;

use super::commands::telephony;
use super::line::Line;
use super::mode::Mode;
use super::router_lines::is_in_effect;
use super::settings::ForeignBlock;
use super::wording::keywords;

/// The lines of a configuration by what becomes of them. Comments and lines that only end a mode do not count, nor do lines
/// that are wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Lines that are in effect.
    pub applied: usize,
    /// What is known and has no effect, in the order of the modes.
    pub without_effect: Vec<WithoutEffect>,
    /// Lines that only concern a router: they are kept and ignored.
    pub routers: usize,
}

/// A command, or a feature of several commands, that is known and has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutEffect {
    /// The mode of the command.
    pub mode: Mode,
    /// The keywords that it begins with.
    pub command: String,
    /// What it would do.
    pub what: &'static str,
    /// How many lines there are of it.
    pub lines: usize,
}

/// Counts while a configuration is read: lines in effect, and lines of commands without effect by mode and syntax.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub applied: usize,
    pub without_effect: BTreeMap<(Mode, &'static str), (&'static str, usize)>,
}

impl Counts {
    /// A line of a command without effect.
    pub fn without_effect(&mut self, mode: Mode, syntax: &'static str, help: &'static str) {
        self.without_effect.entry((mode, syntax)).or_insert((help, 0)).1 += 1;
    }

    /// What becomes of all lines. `foreign` are the lines that are kept of a router, those of telephone features among them.
    pub fn coverage(self, foreign: &[ForeignBlock]) -> Coverage {
        let Counts { mut applied, mut without_effect } = self;
        let mut routers = 0;
        for block in foreign {
            if block.lines.first().is_some_and(|line| is_in_effect(line)) {
                applied += block.lines.len();
                continue;
            }
            let mut feature = None;
            for line in &block.lines {
                if !line.starts_with([' ', '\t']) {
                    feature = Line::new(line).and_then(|line| telephony::feature_of(&line));
                }
                match feature {
                    Some(feature) => {
                        let of_feature = without_effect.entry((Mode::Global, feature.words));
                        of_feature.or_insert((feature.what, 0)).1 += 1;
                    }
                    None => routers += 1,
                }
            }
        }
        let without_effect = without_effect.into_iter().map(|((mode, syntax), (what, lines))| {
            WithoutEffect { mode, command: keywords(syntax).to_owned(), what, lines }
        });
        Coverage { applied, without_effect: without_effect.collect(), routers }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_feature_that_is_not_there_is_named_once_with_all_its_lines() {
        let text = "call-manager-fallback\n max-conferences 8 gain -6\n ip source-address 10.0.0.1 port 2000\n \
                    max-ephones 24\n max-dn 48 dual-line\n dialplan-pattern 1 40855... extension-length 4\n \
                    system message primary Fallback\n!\ntelephony-service\n max-dn 10\nend\n";
        let loaded = crate::load(text);
        let without_effect: Vec<_> = loaded.coverage.without_effect.iter().collect();
        let [only] = without_effect.as_slice() else { panic!("{without_effect:?}") };
        assert_eq!((only.command.as_str(), only.lines), ("call-manager-fallback", 7));
        assert!(only.what.contains("SRST"), "{only:?}");
        let notes: Vec<_> = loaded.diagnostics.iter().map(|found| found.message.as_str()).collect();
        assert!(matches!(notes.as_slice(), [only] if only.contains("SRST")), "{notes:?}");
        assert_eq!(
            loaded.settings.telephony_service.and_then(|service| service.max_dn).map(|dn| dn.count),
            Some(10)
        );
    }

    #[test]
    fn lines_of_a_router_that_are_in_effect_count_as_applied() {
        let text = "ip http server\nip route 0.0.0.0 0.0.0.0 10.0.0.1\nixi transport http\n response size 64\n no shutdown\n!\n\
                    ixi application cme\n no shutdown\n!\nixi application mib\n shutdown\nend\n";
        let coverage = crate::load(text).coverage;
        assert_eq!((coverage.applied, coverage.routers), (6, 1), "{coverage:?}");
        let others: Vec<_> = coverage.without_effect.iter().map(|entry| entry.lines).collect();
        assert_eq!(others, [2], "{coverage:?}");
    }

    #[test]
    fn every_line_is_counted_once() {
        let text = "hostname office\ninterface Gi0/0\n ip address 192.0.2.1 255.255.255.0\n!\nvoice-port 0/0/0\n \
                    signal groundStart\ntelephony-service\n max-dn 5\n max-ephones 5\n live-record 1\n \
                    live-record 2\nephone-dn 1\n number 201\n nmber 202\nend\n";
        let coverage = crate::load(text).coverage;
        assert_eq!((coverage.applied, coverage.routers), (6, 2), "{coverage:?}");
        let without_effect: Vec<_> =
            coverage.without_effect.iter().map(|entry| (entry.command.as_str(), entry.lines)).collect();
        assert_eq!(without_effect, [("voice-port", 2), ("live-record", 2)]);
    }
}
