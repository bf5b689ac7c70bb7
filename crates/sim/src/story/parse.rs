//! From text to a story.

use super::{
    Declaration, ParseError, Sentence, Span, Step, Story,
    complain::Misfit,
    terms::{Term, Word},
};

/// Begins a configuration in IOS language: the indented lines that follow.
const CONFIGURATION: &str = "configuration";

pub(super) fn story(text: &str) -> Result<Story, ParseError> {
    let mut story = Story::default();
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line)).peekable();
    while let Some((number, line)) = lines.next() {
        let trimmed = line.trim();
        if let Some(remark) = trimmed.strip_prefix('#') {
            if story.setting.declarations.is_empty() && story.steps.is_empty() {
                story.title.push_str(remark.trim());
                story.title.push('\n');
            }
        } else if trimmed == CONFIGURATION {
            let mut configuration = String::new();
            while let Some((_, line)) = lines.next_if(|(_, line)| is_inside(line)) {
                configuration.push_str(line.strip_prefix("  ").unwrap_or(line.trim_start()));
                configuration.push('\n');
            }
            story.setting.configuration = Some(configuration);
        } else if !trimmed.is_empty() {
            sentence(&mut story, number, line)?;
        }
    }
    Ok(story)
}

fn is_inside(line: &str) -> bool {
    line.starts_with(' ') || line.starts_with('\t')
}

fn sentence(story: &mut Story, number: usize, line: &str) -> Result<(), ParseError> {
    let words = words(number, line)?;
    let mut misfit = Misfit::default();
    if story.steps.is_empty()
        && let Some(declaration) = Declaration::read(&words, &mut misfit)
    {
        story.setting.declarations.push(declaration);
        return Ok(());
    }
    let (body, within) = split_within(&words);
    match Sentence::read(body, &mut misfit) {
        Some(sentence) => {
            story.steps.push(Step { line: number, sentence, within });
            Ok(())
        }
        None => {
            let found = words.get(misfit.at);
            let column = found.map_or(line.chars().count() + 1, |word| word.column);
            let message = misfit.message(found.map(|word| word.text.as_str()));
            Err(ParseError { line: number, column, message })
        }
    }
}

/// Takes `within TIME` off the end.
fn split_within(words: &[Word]) -> (&[Word], Option<Span>) {
    if let Some((body, [within, time @ ..])) = words.split_at_checked(words.len().saturating_sub(3))
        && within.text == "within"
        && let Some((span, 2)) = Span::take(time)
    {
        return (body, Some(span));
    }
    (words, None)
}

fn words(number: usize, line: &str) -> Result<Vec<Word>, ParseError> {
    let mut words = Vec::new();
    let mut chars = line.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        let column = at + 1;
        if c.is_whitespace() {
            continue;
        }
        let mut text = String::new();
        if c == '"' {
            let closed = chars.by_ref().any(|(_, c)| {
                let ends = c == '"';
                if !ends {
                    text.push(c);
                }
                ends
            });
            if !closed {
                let message = "the quotation does not end".to_owned();
                return Err(ParseError { line: number, column, message });
            }
            words.push(Word { text: text.into(), column, quoted: true });
            continue;
        }
        text.push(c);
        while let Some((_, c)) = chars.next_if(|(_, c)| !c.is_whitespace()) {
            text.push(c);
        }
        match text.strip_suffix("'s") {
            Some(name) if !name.is_empty() => {
                let column_of_s = column + name.chars().count();
                words.push(Word { text: name.into(), column, quoted: false });
                words.push(Word { text: "'s".into(), column: column_of_s, quoted: false });
            }
            _ => words.push(Word { text: text.into(), column, quoted: false }),
        }
    }
    Ok(words)
}
