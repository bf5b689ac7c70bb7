//! What an adapter acts on.

use hookflash_core::{Input, Instant, StationId, StationInput, Switch};

use crate::{Outbox, WallClock};

/// What every adapter may use while it carries out an input.
#[derive(Debug)]
pub struct Context<'a> {
    /// The time.
    pub now: Instant,
    /// Who is connected to whom.
    pub switch: &'a mut Switch,
    /// The time of day.
    pub clock: &'a WallClock,
    /// Where outputs go.
    pub out: &'a mut Outbox,
}

impl Context<'_> {
    /// Tells the switch what a phone did.
    pub(crate) fn station(&mut self, station: StationId, input: StationInput) {
        self.switch.handle(self.now, Input::Station(station, input));
    }
}
