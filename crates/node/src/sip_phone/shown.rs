//! Calls over UDP: whoever calls in the name of a phone without password shows first that it reads what goes to the phone.
//!
//! Anybody can send an INVITE as a datagram in the name of a phone's address. A phone that knows UPDATE (it says so when it is asked
//! whether it is there, after its REGISTER) is asked in the early dialog, before anything is dialled:
//!
//! ```text
//!   INVITE ─► 183, UPDATE ─┬─ 200, or a refusal: it knows the dialog ─► the call begins
//!                          ├─ 481, [`TRIES`] times, or nothing ───────► 403; nothing was dialled
//!                          └─ 481 once: the 183 was lost, perhaps ────► 183 and UPDATE again, [`AGAIN`] later
//! ```
//!
//! A phone that does not know UPDATE is called back by nothing that it would understand: its address is all there is.

use std::time::Duration;

use hookflash_core::{Act, StationId, StationInput};
use hookflash_sip::RequestInDialog;
use hookflash_wire::sip::{Method, StatusCode};
use tracing::warn;

use super::{Purpose, SipPhones, Timer, leg::LegId};
use crate::{
    Context,
    sip::{Endpoint, Flow},
};

/// How long a phone may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it is asked.
const TRIES: u8 = 3;

/// How long until it is asked once more.
const AGAIN: Duration = Duration::from_millis(100);

/// What a phone wants that has not shown yet that it is the one that asks.
#[derive(Debug)]
pub(super) struct Unshown {
    act: Act,
    tries: u8,
}

impl SipPhones {
    /// Whether who calls from there in the name of a phone has to show that it reads what goes to it.
    pub(super) fn has_to_show(&self, station: StationId, flow: &Flow) -> bool {
        flow.link().is_none()
            && self.phones.get(&station).is_some_and(|phone| phone.contacts.knows_update(flow))
    }

    /// Keeps what a phone wants until it has shown that it is the one that asks.
    pub(super) fn ask_who_calls(
        &mut self,
        id: LegId,
        act: Act,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.unshown = Some(Box::new(Unshown { act, tries: 0 }));
        }
        self.ask_caller(id, sip, context);
    }

    /// Asks a phone whether it knows of the call.
    pub(super) fn ask_caller(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let (Some(unshown), Some(dialog)) = (leg.unshown.as_mut(), leg.dialog) else { return };
        unshown.tries += 1;
        if let Some(incoming) = leg.incoming.as_mut() {
            sip.progress(context.now, incoming, StatusCode::SESSION_PROGRESS.into(), context.out);
        }
        let request = RequestInDialog { patience: PATIENCE, ..RequestInDialog::new(&Method::Update) };
        match sip.send_in_dialog(context.now, dialog, &request, context.out) {
            Ok(request) => drop(self.requests.insert(request, Purpose::Caller(id))),
            Err(_) => self.caller_answered(id, None, sip, context),
        }
    }

    /// The phone has answered, or not.
    pub(super) fn caller_answered(
        &mut self,
        id: LegId,
        status: Option<StatusCode>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(unshown) = leg.unshown.take() else { return };
        match status {
            Some(StatusCode::CALL_DOES_NOT_EXIST) if unshown.tries < TRIES => {
                leg.unshown = Some(unshown);
                self.timers.start(context.now + AGAIN, Timer::Caller(id));
            }
            None | Some(StatusCode::CALL_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT) => {
                self.knows_of_no_call(id, sip, context);
            }
            Some(_) => {
                let station = leg.station;
                sip.vouch(context.now, &leg.flow);
                self.dialled.push(id);
                context.station(station, StationInput::Act(unshown.act));
            }
        }
    }

    /// Somebody has called in the name of a phone that knows nothing of it.
    fn knows_of_no_call(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(mut leg) = self.legs.remove(&id) else { return };
        let peer = leg.flow.peer();
        if context.out.guard.may_log("call in the name of a phone", peer.ip()) {
            warn!(number = %leg.number, %peer, "INVITE refused: the phone at its address does not know of it");
        }
        if let Some(incoming) = leg.incoming.take() {
            sip.reply(context.now, incoming, StatusCode::FORBIDDEN.into(), context.out);
        }
        self.clean_up(&leg, context);
    }
}
