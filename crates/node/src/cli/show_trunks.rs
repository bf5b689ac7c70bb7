//! `show ip address trusted list`, and what translation rules make of numbers.

use std::fmt::Write;

use crate::{Node, config::table::Matched};

// Writing to a string cannot fail.

/// `show ip address trusted list`.
pub(super) fn trusted(node: &mut Node, _: &Matched<'_>) -> String {
    let voice = node.settings.configuration.voice_service();
    let state = if voice.trusted_only { "Enabled" } else { "Disabled" };
    let mut text = format!(
        "IP Address Trusted Authentication\n Administration State: {state}\n Call Block Cause: {}\n\n\
         VoIP Dial-peer IPv4 and IPv6 Session Targets:\n",
        voice.block_cause
    );
    let _ = writeln!(text, "{:<10}Session Target", "Peer Tag");
    for trunk in &node.settings.sip_phones.trunks {
        for target in &trunk.targets {
            let _ = writeln!(text, "{:<10}{target}", trunk.tag);
        }
    }
    let _ = writeln!(text, "\nConfigured IP Address Trusted List:");
    for (address, mask) in &voice.trusted.addresses {
        let mask = mask.map(|mask| format!(" {mask}")).unwrap_or_default();
        let _ = writeln!(text, " {address}{mask}");
    }
    text
}

/// `test voice translation-rule`.
pub(super) fn translation(node: &mut Node, matched: &Matched<'_>) -> String {
    let (Some(tag), Some(number)) = (matched.number("rule"), matched.text("number")) else {
        return String::new();
    };
    let number = number.trim_matches('"');
    let (kind, plan) =
        (matched.text("type").unwrap_or("none".into()), matched.text("plan").unwrap_or("none".into()));
    let Some(rules) = node.settings.configuration.translation_rules.get(&tag) else {
        return format!("there is no voice translation-rule {tag}\n");
    };
    let found = rules.rules.iter().find_map(|(place, rule)| Some((place, rule.apply(number)?)));
    match found {
        None => "Didn\'t match with any of rules\n".to_owned(),
        Some((place, None)) => format!("Matched with rule {place}\nThe call is rejected\n"),
        Some((place, Some(translated))) => format!(
            "Matched with rule {place}\nOriginal number: {number}\t\tTranslated number: {translated}\n\
             Original number type: {kind}\tTranslated number type: {kind}\n\
             Original number plan: {plan}\tTranslated number plan: {plan}\n"
        ),
    }
}
