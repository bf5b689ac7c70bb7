//! Rates that rise until they are too high, and what happens far above.

use std::time::{Duration, Instant};

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

/// Raises the rate of a plan until it is not sustained twice in a row: once may be the fault of something else
/// that the machine does. `each` is told of every step.
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
    let (mut sustained, mut too_high) = (0.0f64, None::<f64>);
    let mut refinements = 0;
    let mut rate = plan.rate;
    loop {
        let mut outcome = step(office, &Plan { rate, ..*plan }, server)?;
        each(&outcome);
        if !outcome.is_sustained() {
            office.rest(PAUSE)?;
            outcome = step(office, &Plan { rate, ..*plan }, server)?;
            each(&outcome);
        }
        if outcome.is_sustained() {
            sustained = sustained.max(rate);
        } else {
            too_high = Some(too_high.map_or(rate, |too_high| too_high.min(rate)));
        }
        steps.push(outcome);
        rate = match too_high {
            None => rate * GROWTH,
            Some(_) if refinements == REFINEMENTS || sustained == 0.0 => break,
            Some(too_high) => {
                refinements += 1;
                f64::midpoint(sustained, too_high)
            }
        };
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

/// Offers twice a rate, and answers what came of it and whether the server recovered: whether a tenth of the
/// rate is sustained afterwards.
///
/// # Errors
/// The system does not let us wait.
pub fn overload(
    office: &mut Office,
    plan: &Plan,
    limit: f64,
    server: Option<Process>,
) -> Result<(Outcome, Outcome), Error> {
    let above = step(office, &Plan { rate: 2.0 * limit, ..*plan }, server)?;
    let end = Instant::now() + RECOVERY;
    office.rest(end - Instant::now())?;
    let after = step(office, &Plan { rate: limit / 10.0, ..*plan }, server)?;
    Ok((above, after))
}
