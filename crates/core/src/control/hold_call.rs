//! Hold Call (ECMA-269 clause 17.1.16).

use crate::{CallEventKind, ConnectionKey, EventCause, Refusal, Transition, Verb, cti::report, state::State};

/// Puts an answered call aside. The station is free for another one.
pub(crate) fn hold(st: &mut State, key: ConnectionKey, cause: EventCause) -> Result<(), Refusal> {
    let call = st.calls.check(Verb::HoldCall, key)?.call();
    st.calls.advance(key, Transition::Hold)?;
    st.settle_media(call);
    report::report(st, key, CallEventKind::Held, cause);
    st.call_changed(call);
    Ok(())
}
