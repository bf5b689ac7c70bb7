//! Associate Data (ECMA-269 clause 18.1.1), and data that comes with another request.
//!
//! Correlator data stays with its call, also when the call is transferred or joined with one that has none. User data
//! goes with the events of one request only.

use smol_str::SmolStr;

use crate::{
    CallData, CallId, CallInformation, Connection, ConnectionKey, Refusal, cti::report, state::State,
};

/// Attaches data to the call of a connection, and tells all of its devices.
pub(crate) fn associate(
    st: &mut State,
    key: ConnectionKey,
    correlator: Option<SmolStr>,
    account: Option<SmolStr>,
    qualifying: Option<SmolStr>,
) -> Result<(), Refusal> {
    let own = st.calls.connection(key).ok_or(Refusal::InvalidConnection)?;
    let (connection, party) = (own.id(), own.party().clone());
    let call = st.calls.call_mut(connection.call).ok_or(Refusal::InvalidConnection)?;
    if correlator.is_some() {
        call.data.correlator = correlator;
    }
    let (data, global_id) = (call.data.clone(), call.global_id());
    let information = CallInformation { connection, party, data, account, qualifying, global_id };
    report::information(st, information);
    Ok(())
}

/// What a call had attached before a request.
#[derive(Debug)]
pub(crate) struct Before {
    call: CallId,
    data: CallData,
}

/// Attaches what comes with a request to a call that there is.
pub(crate) fn attach(st: &mut State, key: ConnectionKey, data: CallData) -> Option<Before> {
    let call = st.calls.connection(key).map(Connection::call)?;
    let attached = &mut st.calls.call_mut(call)?.data;
    let before = attached.clone();
    attached.correlator = data.correlator.or(attached.correlator.take());
    attached.user = data.user;
    Some(Before { call, data: before })
}

/// The request is carried out, so that its user data has been delivered; or it was `refused` and has changed nothing.
pub(crate) fn settle(st: &mut State, before: Option<Before>, begun: Option<CallId>, refused: bool) {
    st.attached = None;
    if let Some(call) = begun.and_then(|call| st.calls.call_mut(call)) {
        call.data.user = None;
    }
    let Some(Before { call, data }) = before else { return };
    let Some(call) = st.calls.call_mut(call) else { return };
    if refused {
        call.data = data;
    }
    call.data.user = None;
}
