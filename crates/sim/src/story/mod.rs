//! Stories: who there is, who does what, and what must be seen, in words.
//!
//! ```text
//! # Alice calls Bob and Bob answers.
//! phone alice 7960 line 201
//! phone bob 7961 line 202
//! application console watches 201 202
//!
//! alice dials 202
//! bob rings from 201
//! console sees Delivered at 202 lcs alerting
//! bob answers
//! alice is connected to 202
//! ```
//!
//! A story is a [`Setting`] (the declarations before the first step) and a list of [`Step`]s. A step is a value: it
//! can be made by a program, printed as the line of text that means it, and left out. [`Story::parse`] and
//! `Display` are inverse to each other; both come from the one table of sentences in `grammar.rs`.
//!
//! # How a story runs
//!
//! Everybody declared is plugged in, registered and logged in before the first step. Then the steps happen one
//! after the other, without delay between them except what the network needs:
//!
//! * a *action* (`alice dials 202`) is done, and what it causes is allowed to arrive;
//! * a *expectation* (`bob rings`) must come true within one second, or within the time the line ends with
//!   (`within 20 seconds`). Virtual time passes until then, not beyond;
//! * `after 12 seconds` lets time pass.
//!
//! At the end no phone and no application may have complained. A failure says what was seen instead, and carries
//! the transcript: [`Failure`].
//!
//! With the declaration `every step is checked` a [`Referee`] compares each step with the
//! reference model and checks the invariants; stories that random runs leave behind begin like that.
//!
//! # Two kinds of phones
//!
//! `phone alice 7960 line 201` is an SCCP phone, `sip phone alice line 201` a SIP phone (`sip phone alice over TCP line 201`). The
//! verbs that any user knows (dials, answers, rejects, hangs up, holds, resumes, transfers to, transfers) and what is seen of any
//! phone (is registered, rings, rings from, hears ringing, is connected to, has on hold, hears music, is in the mix, is idle) are
//! the same for both, so that a story can be told of either. Keys, lamps, prompts and tones are those of SCCP phones: a story in
//! which a SIP phone should have them fails and says so.
//!
//! Lines that begin with `#` are remarks. Names may be any word that is not a number.

mod complain;
mod console;
mod expectation;
mod grammar;
mod parse;
mod setting;
mod shrink;
mod sip_users;
mod stage;
mod terms;

#[cfg(test)]
mod tests;

use crate::referee::Referee;
use std::{fmt, time::Duration};

pub use complain::ParseError;
pub use grammar::{Action, Declaration, Entry, Expectation, Sentence};
pub use shrink::shrink;
pub use stage::{Failure, Stage};
pub use terms::*;

/// How long an expectation may take to come true if the line does not say.
const USUAL_TIME: Duration = Duration::from_secs(1);

/// A story, ready to run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Story {
    /// The remarks at its beginning: what it is about.
    pub title: String,
    /// Who there is.
    pub setting: Setting,
    /// What happens.
    pub steps: Vec<Step>,
}

/// Who there is, and how the node is configured.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Setting {
    /// The declarations, in order.
    pub declarations: Vec<Declaration>,
    /// A configuration in IOS language given word for word instead of one made from the declarations.
    pub configuration: Option<String>,
}

/// One line of a story after its setting.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// The line of the story's text it was read from; 0 for one made by a program.
    pub line: usize,
    /// What is done or must be seen.
    pub sentence: Sentence,
    /// How long an expectation may take to come true, if not the usual time.
    pub within: Option<Span>,
}

impl Step {
    /// A step made by a program.
    pub fn new(sentence: impl Into<Sentence>) -> Step {
        Step { line: 0, sentence: sentence.into(), within: None }
    }

    /// How long an expectation may take to come true.
    pub fn limit(&self) -> Duration {
        self.within.map_or(USUAL_TIME, |span| span.0)
    }
}

impl Story {
    /// Reads a story.
    ///
    /// # Errors
    /// The first line that is no sentence, with what was expected there.
    pub fn parse(text: &str) -> Result<Story, ParseError> {
        parse::story(text)
    }

    /// Runs it from the beginning.
    ///
    /// # Errors
    /// The first step that failed, with what was seen instead.
    pub fn run(&self, seed: u64) -> Result<Stage, Box<Failure>> {
        let mut stage = Stage::new(&self.setting, seed)?;
        match Referee::wanted(&self.setting, &mut stage) {
            Some(mut referee) => {
                self.steps.iter().try_for_each(|step| referee.perform(&mut stage, step))?;
                referee.finish(&mut stage)?;
            }
            None => {
                self.steps.iter().try_for_each(|step| stage.perform(step))?;
                stage.end()?;
            }
        }
        Ok(stage)
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.title.lines().try_for_each(|line| writeln!(f, "# {line}"))?;
        self.setting.declarations.iter().try_for_each(|declaration| writeln!(f, "{declaration}"))?;
        if let Some(configuration) = &self.setting.configuration {
            writeln!(f, "configuration")?;
            configuration.lines().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        writeln!(f)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentence.fmt(f)?;
        match &self.within {
            Some(span) => write!(f, " within {span}"),
            None => Ok(()),
        }
    }
}
