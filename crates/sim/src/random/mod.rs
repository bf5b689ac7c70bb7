//! Random runs: an office, users and applications drawn from a seed, and what they do.
//!
//! ```text
//!   seed ──► office (a Setting) ──► action, action, action, ...  ──► Referee ──► a broken rule ──► shrink ──► a Story
//! ```
//!
//! [`Run::new`] draws the office; [`Run::go`] draws one action after the other and lets a [`Referee`] judge it. A run
//! that breaks a rule comes back as a [`Broken`]: the story of all its actions. [`shrink`] finds the shortest story that
//! still breaks the same rule. Every action is a [`Step`], so a story can be printed, kept in a file and told again.
//!
//! The same seed gives the same run, always.

mod draw;
mod office;
mod shrink;

#[cfg(test)]
mod tests;

pub use shrink::{rule_of, shrink};

use draw::Draw;

pub use crate::chance::Random;
use crate::{
    referee::Referee,
    story::{Failure, Setting, Stage, Step, Story},
};

/// The seed of the world of every random run: the one with which a story is told if none is given.
pub const WORLD_SEED: u64 = 1;

/// How a run is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Everything is drawn from this.
    pub seed: u64,
    /// How many steps.
    pub steps: usize,
    /// Whether steps overlap: races, and no rules about single actions.
    pub overlapping: bool,
}

/// A run that broke a rule.
#[derive(Clone, PartialEq, Debug)]
pub struct Broken {
    /// Everything that was done.
    pub story: Story,
    /// What was wrong.
    pub failure: Failure,
}

/// What a run without a broken rule did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Steps.
    pub steps: usize,
    /// Events that applications were told.
    pub events: usize,
    /// Virtual milliseconds.
    pub millis: u64,
}

/// A random run, before it begins.
#[derive(Clone, Debug)]
pub struct Run {
    plan: Plan,
    setting: Setting,
    random: Random,
}

impl Run {
    /// Draws the office.
    pub fn new(plan: Plan) -> Run {
        let mut random = Random::new(plan.seed);
        let setting = office::draw(&mut random, plan.overlapping);
        Run { plan, setting, random }
    }

    /// The office.
    pub fn setting(&self) -> &Setting {
        &self.setting
    }

    /// Does all the steps, and at the end lets everybody hang up.
    ///
    /// # Errors
    /// A rule is broken.
    pub fn go(mut self) -> Result<Summary, Box<Broken>> {
        let mut story = Story { setting: self.setting.clone(), ..Story::default() };
        match self.tell(&mut story) {
            Ok(summary) => Ok(summary),
            Err(failure) => {
                let title = format!("Seed {}: {}", self.plan.seed, rule_of(&failure));
                story.title = title;
                Err(Box::new(Broken { story, failure: *failure }))
            }
        }
    }

    fn tell(&mut self, story: &mut Story) -> Result<Summary, Box<Failure>> {
        let mut stage = Stage::new(&self.setting, WORLD_SEED)?;
        stage.world_mut().forget();
        let mut referee = Referee::new(&mut stage, self.plan.overlapping);
        // In one office of three.
        let picks_up = self.random.one_in(3);
        let draw = Draw::new(&self.setting, self.plan.overlapping, picks_up);
        for _ in 0..self.plan.steps {
            let step = Step::new(draw.action(&stage, &mut self.random));
            story.steps.push(step.clone());
            referee.perform(&mut stage, &step)?;
        }
        referee.finish(&mut stage)?;
        let millis = stage.world().now().as_millis();
        Ok(Summary { steps: self.plan.steps, events: referee.events(), millis })
    }
}
