//! Tests of the table itself: what must be true of every row.

use super::command::Status;
use super::matcher::{CommandSet, Form, Outcome, words};
use super::registry::commands;
use super::syntax::{Kind, Token};
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
        Mode::TranslationRule => &["voice translation-rule 1"],
        Mode::TranslationProfile => &["voice translation-profile P"],
        Mode::DialPeer => &["dial-peer voice 1 voip"],
        Mode::SipUa => &["sip-ua"],
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
            Kind::Ip => "10.0.0.1".into(),
            Kind::Mac => "001E.4A34.A35F".into(),
            Kind::Time => "01:30".into(),
            Kind::Button => "1:1".into(),
            Kind::Line { .. } if argument.name == "rest" => "/1/ /2/".into(),
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
