//! Transferred calls that nobody has taken yet: they come back to the device that transferred them.

use std::collections::{BTreeMap, BTreeSet};

use hookflash_core::{ConnectionState::Alerting, DeviceId, DiversionReason};

use super::{Call, Connection, State, Verdict};

/// The connections that ring because of a transfer, by their references, and the device that the call comes back to; and
/// those that ring because of a transfer in a single step.
#[derive(Clone, Debug, Default)]
pub struct Transferred(BTreeMap<u32, DeviceId>, BTreeSet<u32>);

impl Transferred {
    /// Whether the call of this connection comes back if it is not answered there.
    pub fn contains(&self, reference: u32) -> bool {
        self.0.contains_key(&reference) || self.1.contains(&reference)
    }

    /// A transferred call that is not answered where it rings goes on to another device or comes back. `quiet` if
    /// nobody did anything.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn check(&mut self, before: &State, after: &State, quiet: bool) -> Verdict {
        for (reference, by) in std::mem::take(&mut self.0) {
            match after.find(reference) {
                Some((_, own)) if own.state == Alerting => drop(self.0.insert(reference, by)),
                Some(_) => {}
                None => self.check_left(before, after, (reference, by), quiet)?,
            }
        }
        self.0.extend(before.calls.iter().flat_map(|absorbed| transferred(before, after, absorbed)));
        self.note_single_steps(before, after);
        Ok(())
    }

    /// Somebody who had answered left a call that rings at another device instead, or it is diverted from there.
    fn note_single_steps(&mut self, before: &State, after: &State) {
        let gave = |own: &Connection| own.is_answered() && after.find(own.reference).is_none();
        let goes_on = |own: &Connection| self.1.contains(&own.reference);
        let is_given = |call: &&Call| {
            let was = before.call(call.id).filter(|was| recalls(call) <= recalls(was));
            was.is_some_and(|was| was.connections.iter().any(|own| gave(own) || goes_on(own)))
        };
        let calls = after.calls.iter().filter(is_given);
        let ringing = calls.flat_map(|call| new_ringing(before, call)).map(|own| own.reference);
        let ringing: Vec<u32> = ringing.collect();
        self.1.retain(|known| after.find(*known).is_some_and(|(_, own)| own.state == Alerting));
        self.1.extend(ringing);
    }

    /// The call does not ring there any more.
    fn check_left(
        &mut self,
        before: &State,
        after: &State,
        (reference, by): (u32, DeviceId),
        quiet: bool,
    ) -> Verdict {
        let Some((was, _)) = before.find(reference) else { return Ok(()) };
        let wrong = |rule: &str| Err(format!("{rule}: {was:?} became {:?}", after.call(was.id)));
        let Some(call) = after.call(was.id) else {
            let waits = |own: &Connection| own.state == hookflash_core::ConnectionState::Connected;
            // Its forwarding may have fetched a parked call.
            let goes_on = was.connections.iter().any(|own| after.find(own.reference).is_some());
            let is_lost = quiet && !goes_on && was.connections.iter().any(waits);
            return if is_lost { wrong("a transferred call does not come back") } else { Ok(()) };
        };
        let rings = new_ringing(before, call).collect::<Vec<_>>();
        if recalls(call) > recalls(was) {
            let comes_back = call.diversions.last().is_some_and(|(_, why)| *why == DiversionReason::Recalled);
            let elsewhere = rings.iter().any(|own| own.device != by);
            return if comes_back && elsewhere {
                wrong("a call comes back to somebody else")
            } else {
                Ok(())
            };
        }
        let fails = matches!(call.connections.as_slice(), [alone] if alone.failure.is_some());
        if fails && rings.is_empty() {
            return wrong("a transferred call does not come back");
        }
        self.0.extend(rings.iter().map(|own| (own.reference, by)));
        Ok(())
    }
}

fn recalls(call: &Call) -> usize {
    call.diversions.iter().filter(|(_, why)| *why == DiversionReason::Recalled).count()
}

/// The connections that ring and did not exist before.
fn new_ringing<'a>(before: &'a State, call: &'a Call) -> impl Iterator<Item = &'a Connection> {
    call.connections.iter().filter(|own| own.state == Alerting && before.find(own.reference).is_none())
}

/// The connections that ring in the call that absorbed another one when its device left both: those of the absorbed
/// call, and those that the device was only about to call.
fn transferred(before: &State, after: &State, absorbed: &Call) -> Vec<(u32, DeviceId)> {
    if after.call(absorbed.id).is_some() {
        return Vec::new();
    }
    let left = |own: &&Connection| own.state != Alerting && after.find(own.reference).is_none();
    let held_by = |device: DeviceId| {
        let holds = |call: &&Call| call.connections.iter().filter(left).any(|own| own.device == device);
        let mut held = before.calls.iter().filter(|call| call.id != absorbed.id).filter(holds);
        held.find_map(|call| after.call(call.id))
    };
    let mut left = absorbed.connections.iter().filter(left);
    let Some((by, call)) = left.find_map(|own| Some((own.device, held_by(own.device)?))) else {
        return Vec::new();
    };
    let moved = |own: &&Connection| {
        own.state == Alerting && absorbed.connections.iter().any(|was| was.reference == own.reference)
    };
    let ringing = call.connections.iter().filter(moved).chain(new_ringing(before, call));
    ringing.map(|own| (own.reference, by)).collect()
}
