//! `show telephony-service`.

use std::{collections::BTreeMap, fmt::Write};

use smol_str::SmolStr;

use crate::{
    Node,
    config::{ConferenceDrop, FeatureCodes, table::Matched},
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
            head + &ephones(node, &running, opening)
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

/// The phones: what holds for each, whether it is written there or not, and then what else is.
fn ephones(node: &Node, running: &str, opening: &str) -> String {
    let config = &node.settings.configuration;
    let mut text = String::new();
    for tag in config.ephones.keys() {
        let line = format!("{opening} {tag}");
        let written: Vec<&str> = block_lines(running, &line).skip(1).map(str::trim_start).collect();
        let of = |word: &str| written.iter().find(|line| line.starts_with(word)).copied().unwrap_or_default();
        let keepalive = config.effective_keepalive(*tag);
        let modes = config.conference_modes_of(*tag);
        let yes = |on: bool| if on { "Yes" } else { "No" };
        let drop = match modes.drop {
            Some(ConferenceDrop::Creator) => "creator",
            Some(ConferenceDrop::Local) => "local",
            None => "never",
        };
        let adds = if modes.only_creator_adds == Some(true) { "creator" } else { "all" };
        let codec = of("codec ").strip_prefix("codec ").unwrap_or("g711ulaw");
        let _ = writeln!(text, "{line}\nDevice Security Mode: Non-Secure");
        for word in ["mac-address ", "type ", "button "] {
            match of(word) {
                "" => {}
                written => text.push_str(&format!("{written}\n")),
            }
        }
        let locale = |own: Option<u32>, known: &BTreeMap<u32, SmolStr>| {
            let locale = known.get(&own.unwrap_or(0)).or_else(|| known.get(&0));
            locale.map_or("US", SmolStr::as_str).to_owned()
        };
        let phones =
            config.telephony_service.as_ref().map(|service| service.phones.clone()).unwrap_or_default();
        let files = config.phone_features(*tag);
        let _ = write!(
            text,
            "keepalive {keepalive} auxiliary {keepalive}\nmax-calls-per-button {}\nbusy-trigger-per-button {}\n\
             Always send media packets to this router: No\nPreferred codec: {codec}\nconference drop-mode {drop}\n\
             conference add-mode {adds}\nconference admin: {}\nprivacy: {}\nprivacy button: {}\n\
             user-locale {}\nnetwork-locale {}\n",
            config.effective_max_calls_per_button(*tag),
            config.effective_busy_trigger_per_button(*tag).unwrap_or(0),
            yes(modes.admin == Some(true)),
            yes(config.effective_privacy(*tag)),
            yes(config.effective_privacy_button(*tag)),
            locale(files.user_locale, &phones.user_locales),
            locale(files.network_locale, &phones.network_locales),
        );
        let shown =
            ["mac-address", "type", "button", "keepalive", "codec", "conference", "privacy", "user-locale"];
        let more = ["max-calls-per-button", "busy-trigger-per-button", "network-locale", "no privacy"];
        let is_shown = |line: &&str| shown.iter().chain(&more).any(|word| line.starts_with(word));
        written.iter().filter(|line| !is_shown(line)).for_each(|line| text.push_str(&format!("{line}\n")));
        text.push_str("!\n");
    }
    text
}

/// Who administers by the browser, which cannot be done here, and which conferences there are.
pub(super) fn details(node: &mut Node, matched: &Matched<'_>) -> String {
    match matched.has("admin") {
        true => admin(node),
        false => conferences(node, matched.has("detail")),
    }
}

fn admin(node: &Node) -> String {
    let service = node.settings.configuration.telephony_service.as_ref();
    let kept = service.map(|service| service.kept.as_slice()).unwrap_or_default();
    let named = kept.iter().find_map(|line| line.strip_prefix("web admin system name ")?.split(' ').next());
    let mut text = String::new();
    if let Some(name) = named {
        let _ = writeln!(text, "admin_username {name}\nadmin_password *");
    }
    text.push_str("edit DN through Web:  disabled.\nedit time through web:  disabled.\n");
    text
}

/// The conferences that go on, and how many parties each has.
fn conferences(node: &Node, detail: bool) -> String {
    let most = node.switch.settings().max_conference_members;
    let mut text = "Conference   Type Active  Max  Peak  Host                 HostPhone   Last\n                          \
                    cur(initial)\n========================================================================\n"
        .to_owned();
    for call in node.switch.calls().iter() {
        let Some(creator) = call.conference_controller().and_then(|key| node.switch.calls().connection(key))
        else {
            continue;
        };
        let parties = node.switch.calls().connections(call.id()).count();
        let phone = creator.station().and_then(|station| node.switch.stations().get(station));
        let phone = phone.map_or(0, |phone| phone.settings().tag);
        let _ = writeln!(
            text,
            "{:<12} Ad-hoc {parties:>4} {most:>4} {parties:>5}  {:<20} ephone-{phone}",
            call.id().number(),
            creator.party().number,
        );
        if detail {
            let members = node.switch.calls().connections(call.id());
            let numbers: Vec<&str> = members.map(|own| own.party().number.as_str()).collect();
            let _ = writeln!(text, "             Members: {}", numbers.join(", "));
        }
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
