//! INVITE with Replaces (RFC 3891): a phone picks up a call that rings, or takes one over, elsewhere.
//!
//! Replaces names a dialog of a leg, or a call as the state of its device told it to who subscribed to that
//! ([`subscribe`](super::subscribe)).

use hookflash_core::{CallId, ConnectionId, ConnectionState};
use hookflash_wire::sip::{HeaderName, StatusCode};

use super::{SipPhones, leg::LegId, refer::Replaces, subscribe::far_tag};
use crate::{
    Context,
    sip::{Endpoint, Incoming},
};

impl SipPhones {
    /// The connection that an INVITE is to take the place of; `None` if it is an ordinary one.
    pub(super) fn replaced_by(
        &self,
        incoming: &Incoming,
        sip: &Endpoint,
        context: &Context<'_>,
    ) -> Result<Option<ConnectionId>, StatusCode> {
        let mut values = incoming.request().headers().get_all(HeaderName::REPLACES);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() || incoming.request().headers().contains(HeaderName::new("Join")) {
            return Err(StatusCode::BAD_REQUEST);
        }
        let replaces = Replaces::parse(value).ok_or(StatusCode::BAD_REQUEST)?;
        let found = self.by_dialog(&replaces, sip, context).or_else(|| by_report(&replaces, context));
        let (id, state) = found.ok_or(StatusCode::CALL_DOES_NOT_EXIST)?;
        if replaces.early_only && state.is_answered() {
            return Err(StatusCode::BUSY_HERE);
        }
        Ok(Some(id))
    }

    fn by_dialog(
        &self,
        replaces: &Replaces,
        sip: &Endpoint,
        context: &Context<'_>,
    ) -> Option<(ConnectionId, ConnectionState)> {
        let names = |id: &LegId| {
            let dialog = self.legs.get(id).and_then(|leg| sip.dialog(leg.dialog?));
            dialog.is_some_and(|dialog| {
                replaces.names(dialog.call_id(), &dialog.id().tag().to_string(), dialog.remote_tag())
            })
        };
        let (station, reference) = self.connection_of(self.legs.keys().copied().find(names)?)?;
        let calls = context.switch.calls();
        let lines = context.switch.stations().get(station)?.lines();
        let mut connections =
            lines.flat_map(|line| calls.at_line(line)).filter_map(|key| calls.connection(*key));
        let own = connections.find(|own| own.reference() == reference)?;
        Some((own.id(), own.state()))
    }
}

/// A call as subscribers were told of it: its number as Call-ID, that of the connection and [`far_tag`] as tags.
fn by_report(replaces: &Replaces, context: &Context<'_>) -> Option<(ConnectionId, ConnectionState)> {
    let call = CallId::from_number(replaces.call_id.parse().ok()?);
    let far = far_tag(call);
    let names = |reference: u32| replaces.names(&replaces.call_id, &reference.to_string(), &far);
    let mut connections = context.switch.calls().connections(call);
    connections.find(|own| names(own.reference())).map(|own| (own.id(), own.state()))
}
