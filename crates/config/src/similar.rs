//! Findings of one kind: when there are many of them, the first stands for all.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::{Diagnostic, DiagnosticKind, Severity};

/// Findings of one kind that are shown one by one.
const FEW: usize = 3;

/// Findings that differ only in their numbers.
#[derive(Debug, Default)]
pub(crate) struct Similar(BTreeMap<(Severity, String), Kind>);

/// A kind of finding.
#[derive(Debug, Default)]
struct Kind {
    /// The places of the first ones among all findings.
    shown: Vec<usize>,
    /// How many there are.
    count: usize,
}

impl Similar {
    /// Counts a finding that is going to be at `place`; true if enough of its kind are shown already. Errors and lines that
    /// are not understood are never like others: each has to be mended.
    pub(crate) fn count(&mut self, finding: &Diagnostic, place: usize) -> bool {
        if finding.severity == Severity::Error || finding.kind != DiagnosticKind::Meaning {
            return false;
        }
        let kind = self.0.entry((finding.severity, shape(&finding.message))).or_default();
        kind.count += 1;
        if kind.count > FEW {
            return true;
        }
        kind.shown.push(place);
        false
    }

    /// Lets the first finding of each kind of which there are many say how many more there are, and removes the others.
    pub(crate) fn sum_up(self, findings: &mut Vec<Diagnostic>) {
        let mut removed = Vec::new();
        for Kind { shown, count } in self.0.into_values().filter(|kind| kind.count > FEW) {
            let mut shown = shown.into_iter();
            if let Some(first) = shown.next().and_then(|first| findings.get_mut(first)) {
                first.message.push_str(&format!(" (and {} more such lines)", count - 1));
            }
            removed.extend(shown);
        }
        let mut place = 0;
        findings.retain(|_| {
            place += 1;
            !removed.contains(&(place - 1))
        });
    }
}

/// Remarks of which there are many of one kind, that is that differ only in their numbers: the first says how many more
/// there are.
pub fn summed_up(remarks: Vec<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    remarks.iter().for_each(|remark| *counts.entry(shape(remark)).or_default() += 1);
    let mut told = BTreeSet::new();
    let first_of_many = |mut remark: String| {
        let shape = shape(&remark);
        let count = counts.get(&shape).copied().unwrap_or(1);
        if count <= FEW {
            return Some(remark);
        }
        remark.push_str(&format!(" (and {} more such)", count - 1));
        told.insert(shape).then_some(remark)
    };
    remarks.into_iter().filter_map(first_of_many).collect()
}

/// A message without its numbers.
fn shape(message: &str) -> String {
    let mut shape = String::with_capacity(message.len());
    for c in message.chars() {
        match c.is_ascii_digit() {
            true if shape.ends_with('#') => (),
            true => shape.push('#'),
            false => shape.push(c),
        }
    }
    shape
}
