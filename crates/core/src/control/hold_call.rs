//! Hold Call (ECMA-269 clause 17.1.16).

use crate::{CallEventKind, ConnectionId, EventCause, Refusal, Switch, Transition};

impl Switch {
    /// Puts an answered call aside. The station is free for another one.
    pub(crate) fn hold_call(&mut self, id: ConnectionId) -> Result<(), Refusal> {
        let call = self.calls.get(&id.call).ok_or(Refusal::InvalidConnection)?;
        let state = call.state_of(id.device);
        if !call.is_established() {
            return Err(Refusal::InvalidConnectionState(state));
        }
        self.advance(id, Transition::Hold)?;
        self.settle_media(id.call);
        self.report(id, CallEventKind::Held, EventCause::Normal);
        self.call_changed(id.call);
        Ok(())
    }
}
