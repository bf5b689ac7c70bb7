//! Scripts: what people do at which time, in the sentences of stories about phones.
//!
//! ```text
//! # Alice calls Bob, who answers after 4 seconds.
//! after 10 seconds
//! alice dials 202
//! after 4 seconds
//! bob answers
//! after 20 seconds
//! alice hangs up
//! ```

use std::{collections::BTreeSet, path::Path, time::Duration};

use hookflash_sim::story::{Action, Name, Sentence, Span, Story};

use super::{roster::Person, transcript};
use crate::error::Error;

/// Size limit of a script, in bytes.
const MAX_LENGTH: u64 = 4 * 1024 * 1024;

/// What people do, step by step.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Script {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One line of a script.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// Time passes.
    Wait(Duration),
    /// A person does something.
    Act {
        /// The person's index in the roster.
        person: usize,
        /// What the person does.
        deed: Action,
    },
}

impl Script {
    /// Reads a script from a file.
    pub fn read(path: &Path, people: &[Person]) -> Result<Script, Error> {
        let unreadable = |source| Error::Read { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_LENGTH {
            return Err(Error::Argument(format!("{} is longer than {MAX_LENGTH} bytes", path.display())));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let wrong = |place| Error::Argument(format!("{}:{place}", path.display()));
        Script::parse(&String::from_utf8_lossy(&bytes), people).map_err(wrong)
    }

    /// Parses a script. An error is `line:column: message`.
    pub fn parse(text: &str, people: &[Person]) -> Result<Script, String> {
        let story = Story::parse(text).map_err(|e| format!("{}:{}: {}", e.line, e.column, e.message))?;
        if !story.setting.declarations.is_empty() || story.setting.configuration.is_some() {
            return Err("1:1: the office says who there is; a script has steps only".to_owned());
        }
        let steps = story.steps.iter().map(|step| {
            let at = |message: String| format!("{}:1: {message}", step.line);
            match &step.sentence {
                Sentence::Action(Action::Wait { span: Span(span) }) => Ok(Step::Wait(*span)),
                Sentence::Action(deed) => {
                    let name = person_of(deed).ok_or_else(|| {
                        let deed = transcript::text(deed);
                        at(format!("`{deed}` is not done at a phone; your application does that itself"))
                    })?;
                    let person = people.iter().position(|person| person.name == name.0.as_str());
                    let person = person.ok_or_else(|| at(nobody(name, people)))?;
                    Ok(Step::Act { person, deed: deed.clone() })
                }
                Sentence::Expectation(sight) => {
                    Err(at(format!("`{sight}` is to be seen, not to be done; a script has deeds only")))
                }
            }
        });
        Ok(Script { steps: steps.collect::<Result<_, _>>()? })
    }

    /// The people who do something in it, by index in the roster.
    pub fn actors(&self) -> BTreeSet<usize> {
        let acts = self.steps.iter().filter_map(|step| match step {
            Step::Act { person, .. } => Some(*person),
            Step::Wait(_) => None,
        });
        acts.collect()
    }

    /// The sum of its waits.
    pub fn length(&self) -> Duration {
        let waits = self.steps.iter().filter_map(|step| match step {
            Step::Wait(span) => Some(*span),
            Step::Act { .. } => None,
        });
        waits.fold(Duration::ZERO, Duration::saturating_add)
    }
}

/// The person whose phone the deed is about; `None` if it is about no phone.
fn person_of(deed: &Action) -> Option<&Name> {
    match deed {
        Action::Unplug { who } | Action::PlugIn { who } | Action::Restart { who } | Action::Reset { who } => {
            Some(who)
        }
        deed => deed.user(),
    }
}

fn nobody(name: &Name, people: &[Person]) -> String {
    let some: Vec<&str> = people.iter().take(8).map(|person| person.name.as_str()).collect();
    format!(
        "nobody is called {name}; there are {}{}",
        some.join(", "),
        if people.len() > 8 { ", ..." } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use hookflash_wire::sccp::DeviceType;

    use super::*;

    fn people() -> Vec<Person> {
        let person = |name: &str, number: &str| Person {
            name: name.to_owned(),
            number: number.to_owned(),
            device: String::new(),
            model: DeviceType::TYPE_7961,
        };
        vec![person("alice", "201"), person("bob", "202")]
    }

    #[test]
    fn a_script_says_who_does_what_after_how_long() {
        let text = "# a remark\nafter 10 seconds\nalice dials 202\nafter 500 ms\nbob is unplugged\n";
        let script = Script::parse(text, &people()).unwrap();
        assert_eq!(script.length(), Duration::from_millis(10_500));
        assert_eq!(script.actors(), BTreeSet::from([0, 1]));
        let shown: Vec<String> = script
            .steps
            .iter()
            .map(|step| match step {
                Step::Wait(span) => Span(*span).to_string(),
                Step::Act { deed, .. } => deed.to_string(),
            })
            .collect();
        assert_eq!(shown, ["10 seconds", "alice dials 202", "500 ms", "bob is unplugged"]);
    }

    #[test]
    fn every_deed_of_a_transcript_can_be_read_again() {
        let who = || Name::from("bob");
        let deeds = [
            Action::Dial { who: who(), number: "201".into() },
            Action::Answer { who: who() },
            Action::Reject { who: who() },
            Action::Hold { who: who() },
            Action::Resume { who: who() },
            Action::HangUp { who: who() },
            Action::ForwardAll { who: who(), number: "201".into() },
            Action::StopForwarding { who: who() },
            Action::Unplug { who: who() },
            Action::PlugIn { who: who() },
            Action::Reset { who: who() },
        ];
        for deed in deeds {
            let script = Script::parse(&transcript::text(&deed), &people()).unwrap();
            assert_eq!(script.steps, [Step::Act { person: 1, deed }]);
        }
    }

    #[test]
    fn errors_name_line_and_column() {
        let cases = [
            ("alice dails 202", "1:7: `dails` does not fit here; did you mean `dials`?"),
            ("\nafter 1 second\nmallory answers", "3:1: nobody is called mallory; there are alice, bob"),
            ("bob rings", "1:1: `bob rings` is to be seen, not to be done; a script has deeds only"),
            (
                "the node restarts",
                "1:1: `the node restarts` is not done at a phone; your application does that itself",
            ),
            ("phone eve 7960 line 9", "1:1: the office says who there is; a script has steps only"),
        ];
        for (text, message) in cases {
            assert_eq!(Script::parse(text, &people()), Err(message.to_owned()), "{text}");
        }
    }
}
