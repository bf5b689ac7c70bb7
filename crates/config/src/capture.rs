//! What a terminal adds to the lines of a configuration that was copied out of it: encodings, the pager's
//! `--More--`, prompts, and the commands typed at them.

/// The text of a configuration file. Never fails.
///
/// UTF-8 with or without byte order mark, and UTF-16 with one, as Windows writes them; everything else is taken as
/// Latin-1, in which IOS keeps names. What a pager wrote and overwrote is taken out; the number of lines stays.
pub fn text_of(bytes: &[u8]) -> String {
    let text = decode(bytes).replace("\r\n", "\n");
    if !text.contains('\n') {
        return text.replace('\r', "\n");
    }
    if !text.contains("--More--") && !text.contains(is_cursor_movement) {
        return text;
    }
    let lines: Vec<String> = text.split('\n').map(as_it_was_seen).collect();
    lines.join("\n")
}

fn decode(bytes: &[u8]) -> String {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.as_chunks().0.iter().copied().map(unit);
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => decode(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().copied().map(char::from).collect(),
        },
    }
}

fn is_cursor_movement(c: char) -> bool {
    matches!(c, '\u{8}' | '\r')
}

/// A line as the terminal showed it at last: without overwritten characters and without the pager's question.
fn as_it_was_seen(line: &str) -> String {
    let mut seen: Vec<char> = Vec::with_capacity(line.len());
    let mut cursor = 0usize;
    for c in line.chars() {
        match c {
            '\u{8}' => cursor = cursor.saturating_sub(1),
            '\r' => cursor = 0,
            _ => {
                match seen.get_mut(cursor) {
                    Some(place) => *place = c,
                    None => seen.push(c),
                }
                cursor += 1;
            }
        }
    }
    let seen: String = seen.into_iter().collect();
    match seen.split_once("--More--") {
        // The blanks that overwrote the question are no indentation.
        Some((before, after)) if before.trim().is_empty() => {
            let rest = after.trim_start();
            if rest.len() < after.len() { format!(" {rest}") } else { rest.to_owned() }
        }
        _ => seen,
    }
}

/// What a line is that belongs to a terminal, not to a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// A prompt of the configuration modes, this many bytes long: a line of a configuration follows it.
    Prompt(usize),
    /// A prompt of the exec mode, or an exec command: nothing to configure.
    Exec,
    /// A message of the router, which may come at any time.
    Message,
    /// What a router prints around a configuration.
    Heading,
}

/// Is this line, which is part of no block and no banner, something that was seen on a terminal?
pub(super) fn typed(line: &str) -> Option<Typed> {
    if is_heading(line) {
        return Some(Typed::Heading);
    }
    if is_message(line) {
        return Some(Typed::Message);
    }
    prompt(line).or_else(|| is_exec_command(line).then_some(Typed::Exec))
}

fn is_heading(line: &str) -> bool {
    line.starts_with("Building configuration...")
        || line.starts_with("Current configuration")
        || line.starts_with("Enter configuration commands, one per line.")
        || line == "[OK]"
        || line.starts_with("Using ") && line.contains(" out of ")
}

/// `% Invalid input ...`, the mark above it, or a log message: `*Mar  1 00:02:31.771: %SYS-5-CONFIG_I: Configured ...`.
fn is_message(line: &str) -> bool {
    if line.starts_with("% ") || line == "^" {
        return true;
    }
    let stamp = |word: &&str| {
        let zone = word.trim_end_matches(':');
        let short = zone.len() <= 4 && zone.bytes().all(|b| b.is_ascii_alphabetic());
        short || word.bytes().all(|b| b.is_ascii_digit() || b"*.:-+".contains(&b)) || is_starred_month(word)
    };
    line.split_whitespace().find(|word| !stamp(word)).is_some_and(is_log_name)
}

/// `*Mar`: the time of a router whose clock was never set.
fn is_starred_month(word: &str) -> bool {
    word.strip_prefix(['*', '.']).is_some_and(|month| month.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// `%FACILITY-SEVERITY-MNEMONIC:`.
fn is_log_name(word: &str) -> bool {
    let Some(name) = word.strip_prefix('%').and_then(|word| word.split(':').next()) else { return false };
    let parts: Vec<&str> = name.split('-').collect();
    let level = |part: &&str| matches!(part.as_bytes(), [b'0'..=b'7']);
    let named =
        |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    word.contains(':') && parts.len() >= 3 && parts.iter().all(named) && parts.iter().any(level)
}

/// `Router#`, `Router>`, `Router(config-telephony)#` at the beginning of a line.
fn prompt(line: &str) -> Option<Typed> {
    let (name, rest) = line.split_at(line.find(|c: char| !is_of_a_name(c))?);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let Some(mode) = rest.strip_prefix("(conf") else {
        return rest.starts_with(['#', '>']).then_some(Typed::Exec);
    };
    let (_, after) = mode.split_at(mode.find(|c: char| !is_of_a_name(c))?);
    after.strip_prefix(")#").map(|typed| Typed::Prompt(line.len() - typed.len()))
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Exec commands that surround configurations in documents and in files that are pasted into a terminal.
fn is_exec_command(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let mut words = lower.split_whitespace();
    let (Some(first), second) = (words.next(), words.next().unwrap_or_default()) else { return false };
    let short_for = |whole: &str, word: &str, least: usize| word.len() >= least && whole.starts_with(word);
    match second {
        "" => ["enable", "en", "disable", "reload", "wr", "write"].contains(&first),
        _ if first == "do" || first == "show" || first == "sh" => true,
        _ if short_for("configure", first, 4) => short_for("terminal", second, 1),
        _ if short_for("write", first, 2) => short_for("memory", second, 1),
        _ if first == "copy" => short_for("running-config", second, 3),
        _ if short_for("terminal", first, 4) => ["length", "width", "monitor"].contains(&second),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_in_the_encodings_they_come_in() {
        let wide =
            |unit: fn(u16) -> [u8; 2]| "\u{feff}name Zoë".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let cases: [(&[u8], &str); 6] = [
            (b"name Zo\xC3\xAB", "name Zoë"),
            (b"\xEF\xBB\xBFname Zo\xC3\xAB", "name Zoë"),
            (b"name Zo\xEB", "name Zoë"),
            (&wide(u16::to_le_bytes), "name Zoë"),
            (&wide(u16::to_be_bytes), "name Zoë"),
            (b"", ""),
        ];
        for (bytes, text) in cases {
            assert_eq!(text_of(bytes), text, "{bytes:?}");
        }
        for ends in ["\n", "\r\n", "\r"] {
            assert_eq!(text_of(format!("!{ends} sip{ends}").as_bytes()), "!\n sip\n");
        }
    }

    #[test]
    fn the_pager_leaves_no_trace() {
        let cases = [
            (" --More-- \r         \rhostname pbx", "hostname pbx"),
            (
                " --More-- \u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}        \u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8} number 201",
                "  number 201",
            ),
            (" --More--          number 201", " number 201"),
            ("--More--", ""),
            ("hostname pbx\r", "hostname pbx"),
            ("hostname pbx\r\r", "hostname pbx"),
            (" description say --More-- twice", " description say --More-- twice"),
        ];
        for (line, seen) in cases {
            assert_eq!(text_of(format!("!\n{line}\n!").as_bytes()), format!("!\n{seen}\n!"));
        }
    }

    #[test]
    fn what_was_typed_at_a_terminal_is_told_from_what_configures() {
        use Typed::*;
        let cases = [
            ("Building configuration...", Some(Heading)),
            ("Current configuration : 5 bytes", Some(Heading)),
            ("Using 20163 out of 262136 bytes", Some(Heading)),
            ("Enter configuration commands, one per line.  End with CNTL/Z.", Some(Heading)),
            (
                "*Mar  1 00:02:31.771: %IPPHONE-6-REGISTER: ephone-1:SEP001E4A34A35F IP:10.0.0.2",
                Some(Message),
            ),
            ("Nov 26 23:00:00.1 UTC: %SYS-5-CONFIG_I: Configured from console", Some(Message)),
            (
                "000123: 00:10:11: %LINK-3-UPDOWN: Interface ephone_dsp DN 1.1, changed state to up",
                Some(Message),
            ),
            ("%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON", Some(Message)),
            ("% Invalid input detected at '^' marker.", Some(Message)),
            ("^", Some(Message)),
            ("description a message %SYS-5-CONFIG_I: no", None),
            ("name %SYS", None),
            ("%h-1:", None),
            ("pbx-1#", Some(Exec)),
            ("pbx.lan>enable", Some(Exec)),
            ("pbx#show running-config", Some(Exec)),
            ("pbx(config)#hostname x", Some(Prompt(12))),
            ("pbx(config-ephone-dn)# number 201", Some(Prompt(22))),
            ("enable", Some(Exec)),
            ("enable secret 5 x", None),
            ("conf t", Some(Exec)),
            ("configure terminal", Some(Exec)),
            ("conference hardware", None),
            ("wr", Some(Exec)),
            ("write mem", Some(Exec)),
            ("sh run", Some(Exec)),
            ("shutdown", None),
            ("do show version", Some(Exec)),
            ("copy running-config startup-config", Some(Exec)),
            ("terminal length 0", Some(Exec)),
            ("hostname pbx#1", None),
            ("#### welcome", None),
            ("ephone-dn  1", None),
        ];
        for (line, expected) in cases {
            assert_eq!(typed(line), expected, "{line}");
        }
    }
}
