//! `show telephony-service`.

use std::fmt::Write;

use crate::{
    Node,
    config::{FeatureCodes, table::Matched},
};

/// What the settings of each part begin with in the configuration.
const PARTS: [(&str, &str); 6] = [
    ("ephone", "ephone "),
    ("ephone-dn", "ephone-dn "),
    ("ephone-template", "ephone-template "),
    ("ephone-dn-template", "ephone-dn-template "),
    ("dial-peer", "dial-peer voice "),
    ("voice-port", "voice-port "),
];

pub(super) fn telephony_service(node: &mut Node, matched: &Matched<'_>) -> String {
    let running = masked(&node.running_configuration().running_config());
    let named = PARTS.iter().find(|(word, _)| matched.has(word));
    match named {
        Some((_, opening)) if matched.has("ephone") => {
            let (all, registered) = phones(node);
            let head = format!("Number of Configured ephones {all} (Registered {registered})\n");
            head + &blocks(&running, opening)
        }
        Some((_, opening)) => blocks(&running, opening),
        None => {
            let mut text = head(node);
            let own = block_lines(&running, "telephony-service").skip(1).map(str::trim_start);
            own.for_each(|line| text.push_str(&format!("{line}\n")));
            let groups = running.lines().filter(|line| line.starts_with("ephone-hunt ")).count();
            let _ = writeln!(text, "Number of ephone hunt-group configured: {groups}");
            if matched.has("all") {
                let parts = [PARTS[1].1, PARTS[0].1].map(|opening| blocks(&running, opening));
                parts.iter().for_each(|part| text.push_str(part));
            }
            text
        }
    }
}

/// The configuration without its passwords and personal identification numbers.
fn masked(running: &str) -> String {
    let mut text = String::with_capacity(running.len());
    for line in running.lines() {
        let mut is_secret = false;
        let without_announcement = secret_from(line);
        let mut place = 0;
        let mut words = line.trim_start().split(' ').map(|word| {
            place += usize::from(!word.is_empty());
            if without_announcement.is_some_and(|first| place > first) && !word.is_empty() {
                return "*";
            }
            let hides = is_secret && !word.is_empty();
            is_secret = matches!(word, "password" | "pin") || hides && matches!(word, "0" | "6" | "7");
            if hides && !is_secret { "*" } else { word }
        });
        text.push_str(&line[..line.len() - line.trim_start().len()]);
        text.push_str(words.next().unwrap_or_default());
        words.for_each(|word| {
            text.push(' ');
            text.push_str(word);
        });
        text.push('\n');
    }
    text
}

/// How many words of a line come before a secret that no word announces.
fn secret_from(line: &str) -> Option<usize> {
    let words: Vec<&str> = line.split_whitespace().take(3).collect();
    match words.as_slice() {
        ["authentication", "credential", ..] => Some(3),
        ["service", "local-directory", "authenticate"] | ["url", "authentication", _] => Some(4),
        _ => None,
    }
}

fn head(node: &Node) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let title = format!("CONFIG (Version={version})");
    let service = node.settings.configuration.telephony_service.as_ref();
    let newest = service.map_or(0, |service| service.sccp_max_version);
    format!(
        "{title}\n{}\nVersion {version}\nMax phoneload sccp version {newest}\nHookflash\n",
        "=".repeat(title.len())
    )
}

/// How many phones there are, and how many of them are registered.
fn phones(node: &Node) -> (usize, usize) {
    let phones = node.switch.stations().iter().map(|(_, station)| station);
    let commanded: Vec<_> = phones.filter(|station| station.is_commanded_phone()).collect();
    (commanded.len(), commanded.iter().filter(|station| station.is_registered()).count())
}

/// The blocks of the configuration that begin so, each closed by an exclamation mark.
fn blocks(running: &str, opening: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for line in running.lines() {
        let begins = line.starts_with(opening);
        if inside && !begins && !line.starts_with(' ') {
            text.push_str("!\n");
        }
        inside = begins || (inside && line.starts_with(' '));
        if inside {
            text.push_str(line);
            text.push('\n');
        }
    }
    if inside {
        text.push_str("!\n");
    }
    text
}

fn block_lines<'a>(running: &'a str, opening: &'a str) -> impl Iterator<Item = &'a str> {
    let from = running.lines().skip_while(move |line| line.trim_end() != opening);
    from.enumerate().take_while(|(place, line)| *place == 0 || line.starts_with(' ')).map(|(_, line)| line)
}

/// The codes of features, as they are dialled.
pub(super) fn fac(node: &mut Node, _: &Matched<'_>) -> String {
    let codes = match &node.running_configuration().telephony_service {
        Some(service) => service.features.codes.clone(),
        None => FeatureCodes::None,
    };
    let kind = match &codes {
        FeatureCodes::None => return "telephony-service fac is not set\n".to_owned(),
        FeatureCodes::Standard => "standard",
        FeatureCodes::Custom(_) => "custom",
    };
    let mut text = format!("telephony-service fac {kind}\n");
    for (name, code) in codes.by_feature() {
        let name = if name == "ccw" { "cancel call waiting" } else { name };
        let _ = writeln!(text, " {name} {code}");
    }
    for (tag, alias) in codes.aliases() {
        let digits = alias.digits.as_deref().unwrap_or_default();
        let _ = writeln!(text, " alias {tag} {} to {} {digits}", alias.code, alias.stands_for);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let running =
            "ephone  1\n username \"alice\" password alicepw\n pin 1234\n xml user a password 0 secret 15\n";
        let expected = "ephone  1\n username \"alice\" password *\n pin *\n xml user a password 0 * 15\n";
        assert_eq!(masked(running), expected);
        let running = " authentication credential push secret\n service local-directory authenticate dir secret\n \
                       url authentication http://x/ name secret\n url services http://x/ name\n";
        assert_eq!(masked(running), running.replace("secret", "*"));
    }

    #[test]
    fn blocks_of_a_kind_are_cut_out_of_the_configuration() {
        let running = "!\nephone-dn  1\n number 201\n!\n!\nephone  1\n button  1:1\n!\nend\n";
        assert_eq!(blocks(running, "ephone-dn "), "ephone-dn  1\n number 201\n!\n");
        assert_eq!(blocks(running, "ephone "), "ephone  1\n button  1:1\n!\n");
        assert_eq!(blocks(running, "voice-port "), "");
    }
}
