//! What an adapter acts on.

use std::collections::VecDeque;

use hookflash_core::{Input, Instant, StationId, StationInput, Switch};

use crate::{Outbox, WallClock};

/// What every adapter may use while it carries out an input.
#[derive(Debug)]
pub struct Context<'a> {
    /// The time.
    pub now: Instant,
    /// The switch.
    pub switch: &'a mut Switch,
    /// The time of day.
    pub clock: &'a WallClock,
    /// Where outputs go.
    pub out: &'a mut Outbox,
    /// What phones and others did, in order.
    pub inputs: &'a mut VecDeque<Input>,
}

impl Context<'_> {
    /// Says what a phone did. The switch is told when everything that followed from what it was told before is carried
    /// out.
    pub(crate) fn station(&mut self, station: StationId, input: StationInput) {
        self.inputs.push_back(Input::Station(station, input));
    }
}
