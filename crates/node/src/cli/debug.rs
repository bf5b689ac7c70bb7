//! `debug`, `no debug`, `undebug` and `show debugging`.

use std::fmt::Write;

use smol_str::{SmolStr, format_smolstr};

use crate::{
    Node,
    config::{MacAddress, table::Matched},
    debugging::{PARTS, Row},
};

/// Said of each family before its parts in `show debugging`.
const FAMILIES: [(&str, &str); 3] = [("cti", "CTI"), ("callmonitor", "Callmonitor"), ("ephone", "Ephone")];

/// The parts that a command names. `debug cti callmon` is how the manual of CTI writes `debug callmonitor all`.
fn named<'a>(matched: &Matched<'a>) -> impl Iterator<Item = &'static Row> {
    let callmon = matched.has("callmon");
    let family = FAMILIES.into_iter().map(|(family, _)| family).find(|family| match *family {
        "callmonitor" => callmon || matched.has("callmonitor"),
        "cti" => !callmon && matched.has("cti"),
        family => matched.has(family),
    });
    let all = callmon || matched.has("all");
    let words: Vec<&str> = PARTS.iter().map(|row| row.word).filter(|word| matched.has(word)).collect();
    let rows = PARTS.iter().filter(move |row| Some(row.family) == family);
    rows.filter(move |row| all || words.contains(&row.word))
}

/// The name of the phone that a command is limited to.
fn phone(matched: &Matched<'_>) -> Option<SmolStr> {
    let mac: MacAddress = matched.value("mac")?;
    Some(format_smolstr!("SEP{}", mac.to_string().replace('.', "").to_ascii_uppercase()))
}

pub(super) fn begin(node: &mut Node, matched: &Matched<'_>) -> String {
    let (phone, mut text) = (phone(matched), String::new());
    for row in named(matched) {
        if !node.out.debugging.begin(row.part, phone.clone()) {
            return "% Too many phones are debugged\n".to_owned();
        }
        let _ = writeln!(text, "{}", row.says);
    }
    text
}

pub(super) fn end(node: &mut Node, matched: &Matched<'_>) -> String {
    let (phone, mut text) = (phone(matched), String::new());
    for row in named(matched) {
        node.out.debugging.end(row.part, phone.as_ref());
        let _ = writeln!(text, "{}", row.says.replace(" are on", " are off").replace("enabled", "disabled"));
    }
    text
}

pub(super) fn end_all(node: &mut Node, _: &Matched<'_>) -> String {
    PARTS.iter().for_each(|row| node.out.debugging.end(row.part, None));
    "All possible debugging has been turned off\n".to_owned()
}

pub(super) fn show(node: &mut Node, _: &Matched<'_>) -> String {
    let mut text = String::new();
    for (family, title) in FAMILIES {
        let on: Vec<&Row> =
            PARTS.iter().filter(|row| row.family == family && node.out.debugging.is_on(row.part)).collect();
        if !on.is_empty() {
            let _ = writeln!(text, "{title}:");
        }
        for row in on {
            let _ = writeln!(text, "  {}", row.says);
        }
    }
    text
}
