//! Tests of the table itself: what must be true of every row.

use super::command::Status;
use super::matcher::{CommandSet, Form, Outcome, words};
use super::registry::commands;
use super::syntax::{Kind, Pattern, Token};
use super::{Editor, Mode, Settings, Severity, load};

fn each_command(mut check: impl FnMut(Mode, &CommandSet, usize)) {
    for mode in Mode::ALL {
        let set = commands(mode);
        (0..set.entries.len()).for_each(|index| check(mode, set, index));
    }
}

/// Applies a line; errors fail the test.
fn enter(editor: &mut Editor, line: &str) {
    let errors = editor.enter(line).into_iter().filter(|d| d.severity == Severity::Error);
    assert_eq!(errors.collect::<Vec<_>>(), [], "{:?}: {line}", editor.mode());
}

/// The lines that open a mode.
fn opening(mode: Mode) -> &'static [&'static str] {
    match mode {
        Mode::Global => &[],
        Mode::VoiceService => &["voice service voip"],
        Mode::Sip => &["voice service voip", "sip"],
        Mode::TrustedList => &["voice service voip", "ip address trusted list"],
        Mode::RegisterGlobal => &["voice register global"],
        Mode::RegisterDn => &["voice register dn 1"],
        Mode::RegisterTemplate => &["voice register template 1"],
        Mode::RegisterPool => &["voice register pool 1"],
        Mode::SessionServer => &["voice register session-server 1"],
        Mode::LogoutProfile => &["voice logout-profile 1"],
        Mode::UserProfile => &["voice user-profile 1"],
        Mode::TelephonyService => &["telephony-service"],
        Mode::EphoneDnTemplate => &["ephone-dn-template 1"],
        Mode::EphoneTemplate => &["ephone-template 1"],
        Mode::EphoneDn => &["ephone-dn 1"],
        Mode::Ephone => &["ephone 1"],
        Mode::EphoneHunt => &["ephone-hunt 1 sequential"],
        Mode::VoiceHuntGroup => &["voice hunt-group 1 parallel"],
        Mode::CtiManager => &["cti-manager"],
        Mode::ApplicationUser => &["application-user desk"],
        Mode::EndUser => &["end-user alice"],
        Mode::DevicePool => &["device-pool HQ"],
        Mode::CtiPort => &["device-pool 1234", "cti-port 1"],
        Mode::CtiRoutePoint => &["device-pool 1234", "cti-route-point 1"],
        Mode::Limits => &["limits"],
        Mode::TranslationRule => &["voice translation-rule 1"],
        Mode::TranslationProfile => &["voice translation-profile P"],
        Mode::CodecClass => &["voice class codec 1"],
        Mode::UriClass => &["voice class uri U sip"],
        Mode::ServerGroup => &["voice class server-group 1"],
        Mode::KeepaliveClass => &["voice class sip-options-keepalive 1"],
        Mode::CorNames => &["dial-peer cor custom"],
        Mode::CorList => &["dial-peer cor list L"],
        Mode::DialPeer => &["dial-peer voice 1 voip"],
        Mode::Gateway => &["gateway"],
        Mode::SipUa => &["sip-ua"],
        Mode::Presence => &["presence"],
    }
}

fn editor_in(mode: Mode) -> Editor {
    let mut editor = Editor::new(Settings::default());
    for line in opening(mode) {
        enter(&mut editor, line);
    }
    assert_eq!(editor.mode(), mode);
    editor
}

/// A line the command accepts: the shortest way through its syntax.
fn sample(set: &CommandSet, index: usize) -> String {
    let pattern = &set.entries[index].pattern;
    let mut position = pattern.first[0];
    let mut line = vec![sample_word(pattern.token(position).unwrap())];
    while !pattern.accepts_end(position) {
        position = pattern.followers(position)[0];
        line.push(sample_word(pattern.token(position).unwrap()));
    }
    line.join(" ")
}

fn sample_word(token: &Token) -> String {
    match token {
        Token::Keyword(word, _) => (*word).to_owned(),
        Token::Argument(argument) => match &argument.kind {
            Kind::Number { ranges, .. } => ranges.last().unwrap().0.to_string(),
            Kind::Ip if argument.name == "group" => "239.1.1.1".into(),
            Kind::Ip => "10.0.0.1".into(),
            Kind::Mac => "001E.4A34.A35F".into(),
            Kind::Time => "01:30".into(),
            Kind::Button => "1:1".into(),
            Kind::Line { .. } if argument.name == "rest" => "/1/ /2/".into(),
            Kind::Line { .. } if argument.name == "tags" => "20,21".into(),
            Kind::Line { .. } if argument.name == "seconds" => "5 30".into(),
            Kind::Word { .. } if ["target", "uri"].contains(&argument.name) => "ipv4:10.0.0.1".into(),
            Kind::Dial { .. } | Kind::Word { .. } => "1234".into(),
            Kind::Line { .. } => "some text".into(),
        },
    }
}

#[test]
fn every_syntax_is_well_formed() {
    each_command(|mode, set, index| {
        let entry = &set.entries[index];
        let syntax = entry.info.syntax;
        for (open, close) in [('[', ']'), ('{', '}'), ('<', '>')] {
            assert_eq!(syntax.matches(open).count(), syntax.matches(close).count(), "{mode:?}: {syntax}");
        }
        let first = entry.pattern.first.iter().map(|p| entry.pattern.token(*p));
        assert!(
            first.clone().count() > 0 && first.into_iter().all(|t| matches!(t, Some(Token::Keyword(..)))),
            "{syntax}"
        );
        assert!(!entry.pattern.last.is_empty(), "{syntax}");
        assert!(!entry.info.help.is_empty(), "{syntax}");
        for (word, _) in entry.info.words {
            let known = entry.pattern.tokens.iter().any(|token| match token {
                Token::Keyword(keyword, _) => keyword == word,
                Token::Argument(argument) => argument.name == *word,
            });
            assert!(known, "{mode:?}: help for `{word}`, which is not in `{syntax}`");
        }
        for token in &entry.pattern.tokens {
            if let Token::Argument(argument) = token
                && let Kind::Number { ranges, .. } = &argument.kind
            {
                assert!(!ranges.is_empty() && ranges.iter().all(|(low, high)| low <= high), "{syntax}");
            }
        }
    });
}

#[test]
fn every_command_reads_as_itself_and_can_be_negated() {
    each_command(|mode, set, index| {
        let line = sample(set, index);
        for form in [Form::Set, Form::No, Form::Default] {
            match set.read(&line, &words(&line), form) {
                Outcome::Match(matched) => assert_eq!(matched.entry, index, "{mode:?}: {line}"),
                other => panic!("{mode:?}: {line}: {other:?}"),
            }
        }
    });
}

/// `no X` after `X` leaves what was there before, except where `no` itself says something.
#[test]
fn every_command_in_effect_is_printed_and_undone() {
    each_command(|mode, set, index| {
        let info = set.entries[index].info;
        if matches!(info.status, Status::Kept | Status::Misspelled(_)) || info.enters.is_some() {
            return;
        }
        let line = sample(set, index);
        let mut editor = editor_in(mode);
        let before = editor.settings().clone();
        enter(&mut editor, &line);
        let printed = editor.settings().running_config();
        let reloaded = load(&printed);
        assert_eq!(&reloaded.settings, editor.settings(), "{mode:?}: {line}\n{printed}");
        enter(&mut editor, &format!("default {line}"));
        assert_eq!(editor.settings(), &before, "{mode:?}: default {line}");
    });
}

#[test]
fn the_default_in_the_table_is_the_default_of_the_settings() {
    each_command(|mode, set, index| {
        let info = set.entries[index].info;
        let Ok(default) = info.default.parse::<u32>() else { return };
        let (keywords, _) = info.syntax.split_once(" <").unwrap_or((info.syntax, ""));
        let optional = [
            "max-ephones",
            "max-dn",
            "max-calls-per-button",
            "busy-trigger-per-button",
            "time-format {12|24}",
        ];
        if optional.contains(&keywords) {
            return;
        }
        let mut editor = editor_in(mode);
        let before = editor.settings().clone();
        enter(&mut editor, &format!("{keywords} {default}"));
        assert_eq!(editor.settings(), &before, "{mode:?}: {keywords} {default}");
    });
}

#[test]
fn dialplan_patterns_expand_extensions() {
    let text = "telephony-service\n dialplan-pattern 1 4085550... extension-length 3\n \
                dialplan-pattern 2 +1510555.... extension-length 4 extension-pattern 5... no-reg demote\n";
    let loaded = load(text);
    let patterns = &loaded.settings.telephony_service.as_ref().unwrap().dialplan_patterns;
    let expand = |tag, extension| patterns[&tag].expand(extension).map(|number| number.to_string());
    assert_eq!(expand(1, "201").as_deref(), Some("4085550201"));
    assert_eq!(expand(1, "2011"), None);
    assert_eq!(expand(2, "5123").as_deref(), Some("+15105555123"));
    assert_eq!(expand(2, "4123"), None);
    assert_eq!(expand(2, "*123"), None);
    let demoted = |tag, number| patterns[&tag].demoted(number).map(|number| number.to_string());
    assert_eq!(demoted(2, "+15105555123").as_deref(), Some("5123"));
    assert_eq!(demoted(2, "15105555123").as_deref(), Some("5123"), "with or without a plus");
    assert_eq!(demoted(2, "15105565123"), None);
    assert_eq!(demoted(1, "4085550201"), None, "only where that is wanted");
}

#[test]
fn every_password_and_pin_can_be_hidden() {
    let mut found = 0;
    each_command(|mode, set, index| {
        let pattern = &set.entries[index].pattern;
        let is_secret = |token: &Token| matches!(token, Token::Argument(argument) if ["secret", "pin"].contains(&argument.name));
        // The shortest way to the secret and to the end.
        let Some(line) = line_with(pattern, &is_secret, "70605040") else { return };
        let mut editor = editor_in(mode);
        editor.enter(&line);
        let mut settings = editor.settings().clone();
        settings.for_each_secret(&mut |secret| secret.text = "0".repeat(secret.text.len()).into());
        let shown = settings.running_config();
        assert!(!shown.contains("70605040"), "{line}: {shown}");
        found += 1;
    });
    assert!(found >= 10, "{found}");
}

/// A line that the syntax accepts, with the argument for which `wanted` holds.
fn line_with(pattern: &Pattern, wanted: &impl Fn(&Token) -> bool, value: &str) -> Option<String> {
    let mut queue: std::collections::VecDeque<(Vec<u8>, bool)> =
        pattern.first.iter().map(|first| (vec![*first], false)).collect();
    let mut left = 10_000;
    while let Some((path, has)) = queue.pop_front() {
        left -= 1;
        let last = *path.last()?;
        let has = has || wanted(pattern.token(last)?);
        if has && pattern.accepts_end(last) {
            let word = |place: &u8| {
                let token = pattern.token(*place).unwrap();
                if wanted(token) { value.to_owned() } else { sample_word(token) }
            };
            return Some(path.iter().map(word).collect::<Vec<_>>().join(" "));
        }
        if left > 0 && path.len() < 14 {
            queue.extend(pattern.followers(last).iter().map(|next| ([&path[..], &[*next]].concat(), has)));
        }
    }
    None
}
