//! `reset sequence-all`: phones reboot one after the other, the next one when the one before has registered again, or has
//! not for four minutes.

use std::{collections::VecDeque, time::Duration};

use hookflash_core::{Deadline, StationId};
use hookflash_wire::sccp::ResetType;
use tracing::{info, warn};

use super::{Stations, Timer};
use crate::Context;

/// How long a phone may take to come back before the next one is restarted all the same.
const COMES_BACK_WITHIN: Duration = Duration::from_secs(4 * 60);

/// Phones that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    waiting: VecDeque<StationId>,
    current: Option<(StationId, Deadline)>,
}

impl Stations {
    /// Lets these phones restart one after the other.
    pub(crate) fn restart_in_sequence(&mut self, stations: Vec<StationId>, context: &mut Context<'_>) {
        self.end_sequence();
        self.sequence.waiting = stations.into();
        self.next_in_sequence(context);
    }

    /// Phones whose turn has not come do not restart.
    pub(super) fn end_sequence(&mut self) {
        self.sequence.waiting.clear();
        if let Some((_, deadline)) = self.sequence.current.take() {
            self.timers.stop(Some(deadline));
        }
    }

    /// A phone has registered: if it is the one whose turn it was, it is the next one's.
    pub(super) fn came_back(&mut self, station: StationId, context: &mut Context<'_>) {
        let Some((_, deadline)) = self.sequence.current.filter(|(current, _)| *current == station) else {
            return;
        };
        self.timers.stop(Some(deadline));
        self.next_in_sequence(context);
    }

    /// The phone whose turn it was has not come back.
    pub(super) fn sequence_due(&mut self, context: &mut Context<'_>) {
        if let Some((station, _)) = self.sequence.current
            && let Some(phone) = self.phones.get(station.index())
        {
            warn!(station = %phone.name, "phone has not come back in time; the next one restarts");
        }
        self.next_in_sequence(context);
    }

    fn next_in_sequence(&mut self, context: &mut Context<'_>) {
        self.sequence.current = None;
        while let Some(station) = self.sequence.waiting.pop_front() {
            if self.phones.get(station.index()).is_none_or(|phone| phone.link.is_none()) {
                continue;
            }
            let deadline = self.timers.start(context.now + COMES_BACK_WITHIN, Timer::Sequence);
            self.sequence.current = Some((station, deadline));
            info!(left = self.sequence.waiting.len(), "next phone of the sequence restarts");
            self.restart_when_idle(station, ResetType::RESET, Duration::ZERO, context);
            return;
        }
    }
}
