//! Shrinking: from a long story to the shortest that still breaks the same rule (delta debugging).

use std::time::Duration;

use super::WORLD_SEED;
use crate::{
    referee::Referee,
    story::{Action, Declaration, Failure, Numbers, Sentence, Stage, Step, Story},
};

/// Stories that are tried before the shortest one found so far has to do.
const MOST_TRIES: usize = 4000;

/// The rule that a failure says is broken.
pub fn rule_of(failure: &Failure) -> &str {
    let first = failure.message.lines().next().unwrap_or_default();
    first.split(':').next().unwrap_or_default()
}

/// The shortest story found that breaks the same rule as `story` does, and how it fails. `story` itself if it does
/// not fail in this way when it is told again.
pub fn shrink(story: &Story, failure: &Failure) -> (Story, Failure) {
    let mut search =
        Search { rule: rule_of(failure).to_owned(), tries: 0, best: story.clone(), failure: failure.clone() };
    search.keep_the_end();
    loop {
        let before = size(&search.best);
        search.drop_steps();
        search.merge_waits();
        search.drop_declarations();
        if size(&search.best) == before || search.tries >= MOST_TRIES {
            break;
        }
    }
    (search.best, search.failure)
}

fn size(story: &Story) -> (usize, usize) {
    (story.steps.len(), story.to_string().len())
}

struct Search {
    rule: String,
    tries: usize,
    best: Story,
    failure: Failure,
}

impl Search {
    /// Tells a story; if it breaks the rule, it is the best so far.
    fn is_better(&mut self, steps: Vec<Step>, declarations: Vec<Declaration>) -> bool {
        if self.tries >= MOST_TRIES {
            return false;
        }
        self.tries += 1;
        let mut story = Story { title: self.best.title.clone(), steps, ..Story::default() };
        story.setting.declarations = declarations;
        match tell(&mut story) {
            Some(failure) if rule_of(&failure) == self.rule => {
                (self.best, self.failure) = (story, *failure);
                true
            }
            _ => false,
        }
    }

    /// Most failures need only the last steps: tries the last 8, 16, 32, ...
    fn keep_the_end(&mut self) {
        let mut count = 8;
        while count < self.best.steps.len() {
            let begin = self.best.steps.len() - count;
            let last = self.best.steps.get(begin..).unwrap_or_default().to_vec();
            if self.is_better(last, self.best.setting.declarations.clone()) {
                return;
            }
            count *= 2;
        }
    }

    /// Leaves out halves, quarters, ... and at last single steps.
    fn drop_steps(&mut self) {
        let mut size = self.best.steps.len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.best.steps.len() {
                let mut steps = self.best.steps.clone();
                steps.drain(at..(at + size).min(steps.len()));
                if !self.is_better(steps, self.best.setting.declarations.clone()) {
                    at += size;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    /// Makes one wait of several that follow each other.
    fn merge_waits(&mut self) {
        let mut steps: Vec<Step> = Vec::new();
        for step in &self.best.steps {
            match (steps.last_mut().and_then(span_mut), span(step)) {
                (Some(last), Some(more)) => *last += more,
                _ => steps.push(step.clone()),
            }
        }
        if steps.len() < self.best.steps.len() {
            self.is_better(steps, self.best.setting.declarations.clone());
        }
    }

    /// Leaves out phones, applications, settings, and single numbers that are watched.
    fn drop_declarations(&mut self) {
        let mut at = 0;
        while at < self.best.setting.declarations.len() {
            let mut fewer = self.best.setting.declarations.clone();
            let dropped = fewer.remove(at);
            let needed = matches!(dropped, Declaration::Checked | Declaration::Overlapping);
            if needed || !self.is_better(self.best.steps.clone(), fewer) {
                self.drop_numbers(at);
                at += 1;
            }
        }
    }

    fn drop_numbers(&mut self, at: usize) {
        let mut place = 0;
        loop {
            let mut declarations = self.best.setting.declarations.clone();
            let Some(numbers) = declarations.get_mut(at).and_then(numbers_mut) else { return };
            if numbers.0.len() < 2 || place >= numbers.0.len() {
                return;
            }
            numbers.0.remove(place);
            if !self.is_better(self.best.steps.clone(), declarations) {
                place += 1;
            }
        }
    }
}

fn span(step: &Step) -> Option<Duration> {
    match &step.sentence {
        Sentence::Action(Action::Wait { span }) => Some(span.0),
        _ => None,
    }
}

fn span_mut(step: &mut Step) -> Option<&mut Duration> {
    match &mut step.sentence {
        Sentence::Action(Action::Wait { span }) => Some(&mut span.0),
        _ => None,
    }
}

fn numbers_mut(declaration: &mut Declaration) -> Option<&mut Numbers> {
    match declaration {
        Declaration::Phone { lines, .. }
        | Declaration::DualLinePhone { lines, .. }
        | Declaration::OctoLinePhone { lines, .. }
        | Declaration::OwnLinePhone { lines, .. } => Some(lines),
        Declaration::Watcher { numbers, .. }
        | Declaration::DatagramWatcher { numbers, .. }
        | Declaration::StreamWatcher { numbers, .. } => Some(numbers),
        _ => None,
    }
}

/// Tells a story without keeping a transcript. If it fails, the steps after the one that failed are left out.
fn tell(story: &mut Story) -> Option<Box<Failure>> {
    let mut stage = Stage::new(&story.setting, WORLD_SEED).ok()?;
    stage.world_mut().forget();
    let mut referee = Referee::wanted(&story.setting, &mut stage)?;
    for (index, step) in story.steps.iter().enumerate() {
        if let Err(failure) = referee.perform(&mut stage, step) {
            story.steps.truncate(index + 1);
            return Some(failure);
        }
    }
    referee.finish(&mut stage).err()
}
