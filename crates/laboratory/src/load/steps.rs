//! Steps of rising rates up to the limit of a server, and overload.

use std::time::Duration;

use super::{
    Error,
    calls::{self, Plan},
    office::Office,
    outcome::Outcome,
    server::{self, Process},
};

/// How much higher each step is than the one before.
const GROWTH: f64 = 1.25;

/// How often the gap between the highest rate that was sustained and the lowest that was not is halved.
const REFINEMENTS: usize = 2;

/// Quiet between two steps.
const PAUSE: Duration = Duration::from_millis(500);

/// Makes the calls of a plan and takes note of what they cost the server.
///
/// # Errors
/// The system does not let us wait.
pub fn step(office: &mut Office, plan: &Plan, server: Option<Process>) -> Result<Outcome, Error> {
    let before = server.and_then(Process::cpu);
    let mut outcome = calls::run(office, plan)?;
    let after = server.and_then(Process::cpu);
    outcome.cpu = after.zip(before).map(|(after, before)| after.saturating_sub(before));
    outcome.resident = server.and_then(Process::resident);
    outcome.load_average = server::load_average();
    Ok(outcome)
}

/// Which rate to offer next: it rises until it is not sustained twice in a row (once may be the fault of something
/// else that the machine does), then the gap is halved twice.
#[derive(Clone, Copy, Debug)]
pub struct Ladder {
    rate: f64,
    sustained: f64,
    too_high: Option<f64>,
    refinements: usize,
    again: bool,
    done: bool,
}

impl Ladder {
    /// Begins with a rate.
    pub fn new(rate: f64) -> Ladder {
        Ladder { rate, sustained: 0.0, too_high: None, refinements: 0, again: false, done: false }
    }

    /// The rate to offer next; `None` when the limit is known.
    pub fn rate(&self) -> Option<f64> {
        (!self.done).then_some(self.rate)
    }

    /// Takes note of whether the rate was sustained, and answers whether that counts: otherwise it is offered
    /// once more.
    pub fn tell(&mut self, sustained: bool) -> bool {
        if !sustained && !self.again {
            self.again = true;
            return false;
        }
        self.again = false;
        if sustained {
            self.sustained = self.sustained.max(self.rate);
        } else {
            self.too_high = Some(self.too_high.map_or(self.rate, |too_high| too_high.min(self.rate)));
        }
        match self.too_high {
            None => self.rate *= GROWTH,
            Some(_) if self.refinements == REFINEMENTS || self.sustained == 0.0 => self.done = true,
            Some(too_high) => {
                self.refinements += 1;
                self.rate = f64::midpoint(self.sustained, too_high);
            }
        }
        true
    }
}

/// Raises the rate of a plan until it is not sustained; see [`Ladder`]. `each` is told of every step.
///
/// # Errors
/// The system does not let us wait.
pub fn up(
    office: &mut Office,
    plan: &Plan,
    server: Option<Process>,
    mut each: impl FnMut(&Outcome),
) -> Result<Vec<Outcome>, Error> {
    let mut steps: Vec<Outcome> = Vec::new();
    let mut ladder = Ladder::new(plan.rate);
    while let Some(rate) = ladder.rate() {
        let outcome = step(office, &Plan { rate, ..*plan }, server)?;
        each(&outcome);
        if ladder.tell(outcome.is_sustained()) {
            steps.push(outcome);
        }
        office.rest(PAUSE)?;
    }
    Ok(steps)
}

/// The highest rate that was sustained.
pub fn highest_sustained(steps: &[Outcome]) -> Option<&Outcome> {
    steps.iter().filter(|step| step.is_sustained()).max_by(|a, b| a.offered.total_cmp(&b.offered))
}

/// How long a server has to be quiet again after it was overloaded.
const RECOVERY: Duration = Duration::from_secs(5);

/// A kind of load that can be offered to a server at any rate.
pub trait Offering {
    /// The result of a step.
    type Outcome;

    /// Offers it at a rate.
    ///
    /// # Errors
    /// The system does not let us wait.
    fn offer(&mut self, rate: f64) -> Result<Self::Outcome, Error>;

    /// Offers nothing for a while.
    ///
    /// # Errors
    /// The system does not let us wait.
    fn rest(&mut self, quiet: Duration) -> Result<(), Error>;
}

/// Calls of an office, at the rates that [`Offering`] is told.
pub struct OfficeCalls<'a> {
    /// The office.
    pub office: &'a mut Office,
    /// What calls.
    pub plan: Plan,
    /// The server, for what it uses.
    pub server: Option<Process>,
}

impl Offering for OfficeCalls<'_> {
    type Outcome = Outcome;

    fn offer(&mut self, rate: f64) -> Result<Outcome, Error> {
        step(self.office, &Plan { rate, ..self.plan }, self.server)
    }

    fn rest(&mut self, quiet: Duration) -> Result<(), Error> {
        self.office.rest(quiet)
    }
}

/// Offers twice a rate, then a tenth of it. Returns the results of both; the server has recovered if the second is
/// sustained.
///
/// # Errors
/// The system does not let us wait.
pub fn overload<O: Offering>(offering: &mut O, limit: f64) -> Result<(O::Outcome, O::Outcome), Error> {
    let above = offering.offer(2.0 * limit)?;
    offering.rest(RECOVERY)?;
    let after = offering.offer(limit / 10.0)?;
    Ok((above, after))
}

/// The result of [`overload`] in two lines: `achieved` of what was offered at twice `limit`, and whether the server
/// recovered.
pub fn goodput(limit: f64, unit: &str, achieved: f64, recovered: bool) -> String {
    let share = 100.0 * achieved / limit;
    let recovered = if recovered { "recovered" } else { "not recovered" };
    format!("goodput at twice {limit:.0} {unit}: {share:.0} % of it\nafterwards: {recovered}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(limit: f64) -> Vec<f64> {
        let mut ladder = Ladder::new(100.0);
        std::iter::from_fn(|| {
            let rate = ladder.rate()?;
            ladder.tell(rate <= limit);
            Some(rate)
        })
        .collect()
    }

    #[test]
    fn the_rate_rises_until_it_fails_twice_and_closes_in_on_the_limit() {
        assert_eq!(rates(130.0), [100.0, 125.0, 156.25, 156.25, 140.625, 140.625, 132.8125, 132.8125]);
        assert_eq!(rates(150.0), [100.0, 125.0, 156.25, 156.25, 140.625, 148.4375]);
        assert_eq!(rates(10.0), [100.0, 100.0]);
    }

    #[test]
    fn one_failure_is_forgiven() {
        let mut ladder = Ladder::new(100.0);
        assert!(!ladder.tell(false));
        assert!(ladder.tell(true));
        assert_eq!(ladder.rate(), Some(125.0));
    }
}
