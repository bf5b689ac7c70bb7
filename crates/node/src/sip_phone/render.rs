//! From the view of a station to the requests and responses of its legs.

use hookflash_core::{
    Act, CodecSet, EventCause, Party, StationId, StationInput,
    view::{Appearance, CallDisplay},
};
use hookflash_sip::RequestInDialog;
use hookflash_wire::sip::{HeaderName, Method, StatusCode};
use tracing::debug;

use super::{
    HOLD_DELAY, MEDIA_TIME, Purpose, SipPhones, Timer, causes,
    leg::{Ending, Leg, LegId, State},
    media::{Target, Told, body},
    provable::InCall,
    refer::call_of,
    trunks::is_challenge,
};
use crate::{
    Context,
    sip::{Endpoint, Reply},
};

/// The value of Reason in the CANCEL to phones that another one was faster than.
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

impl SipPhones {
    /// Makes the legs of a station what its view says.
    pub(crate) fn render(&mut self, station: StationId, sip: &mut Endpoint, context: &mut Context<'_>) {
        self.note_changes(station, context.switch);
        if !self.phones.contains_key(&station) {
            return;
        }
        let view = context.switch.station_view(station);
        for appearance in &view.appearances {
            let token = appearance.token.map(LegId);
            let leg = token.and_then(|id| self.legs.get_mut(&id)).filter(|leg| leg.station == station);
            if let Some(leg) = leg {
                leg.reference = Some(appearance.reference);
            }
        }
        for id in self.legs_at(station) {
            let Some(reference) = self.legs.get(&id).and_then(|leg| leg.reference) else { continue };
            match view.appearances.iter().find(|appearance| appearance.reference == reference) {
                Some(appearance) => self.draw(id, appearance, sip, context),
                None => self.gone(id, sip, context),
            }
        }
        for appearance in &view.appearances {
            self.draw_without_leg(station, appearance, sip, context);
        }
        if let Some(phone) = self.phones.get_mut(&station) {
            let rings = |reference: &u32| {
                let mut shown = view.appearances.iter();
                shown.any(|shown| shown.reference == *reference && shown.display.is_ringing())
            };
            phone.rung.retain(rings);
            phone.refused.retain(|reference, _| phone.rung.contains(reference));
            phone.called.retain(|reference, _| phone.rung.contains(reference));
            phone.offers.retain(|reference, _| {
                view.appearances
                    .iter()
                    .any(|shown| shown.reference == *reference && shown.display.is_ringing())
            });
        }
    }

    fn draw(&mut self, id: LegId, appearance: &Appearance, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let shall_answer = appearance.auto_answer && leg.state == State::Ringing;
        if appearance.asked.is_none() && !shall_answer {
            leg.asked = false;
        }
        let display = appearance.display;
        match (leg.state, display) {
            (State::Ringing, _) if display.is_ringing() => self.ask(id, appearance, sip, context),
            (State::Ringing, _) => self.end_leg(id, Ending::Elsewhere, sip, context),
            (State::Answering | State::Up, _) if display.is_ringing() => {}
            (_, CallDisplay::RemoteInUse | CallDisplay::RemoteHold) => {
                self.end_leg(id, Ending::Elsewhere, sip, context);
            }
            (_, CallDisplay::Failed(cause)) => {
                let (station, reference) = (leg.station, appearance.reference);
                self.end_leg(id, Ending::Failed(cause), sip, context);
                context.station(station, StationInput::Act(Act::Leaves(reference)));
            }
            (State::Offered, CallDisplay::RingingOut) => self.ring_back(id, appearance, sip, context),
            (State::Offered, CallDisplay::Connected) => self.accept(id, appearance, sip, context),
            (State::Offered, _) => {}
            (State::Answering | State::Up, CallDisplay::RingingOut)
                if leg.no_tone.replace(appearance.reference) != Some(appearance.reference) =>
            {
                let (station, act) = (leg.station, Act::PlaysNoTone(appearance.reference));
                context.station(station, StationInput::Act(act));
            }
            (State::Answering, _) => self.acknowledge(id, appearance, sip, context),
            (State::Up, _) => {
                self.draw_media(id, appearance, sip, context);
                self.draw_digit(id, appearance, sip, context);
                self.ask_for_keys(id, sip, context);
                self.ask(id, appearance, sip, context);
            }
        }
    }

    /// The called party has answered: so is the phone's INVITE, when it is known where that party receives.
    fn accept(&mut self, id: LegId, appearance: &Appearance, sip: &mut Endpoint, context: &mut Context<'_>) {
        let codecs = self.legs.get(&id).map_or(CodecSet::EMPTY, |leg| self.codecs_of(leg.station));
        let target = Target::of(appearance, codecs);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if target == Target::Waiting {
            return self.wait_for_media(id, context);
        }
        // What was agreed reliably has to be acknowledged first, and is not said again (RFC 3262, 3).
        if leg.unacknowledged.is_some() {
            return;
        }
        let Some(incoming) = leg.incoming.take() else { return };
        self.timers.stop(leg.progress_timer.take());
        let local = leg.flow.local().ip();
        let agreed = leg.agreed;
        let bytes = match leg.media.theirs {
            Some(_) if agreed => Vec::new(),
            Some(_) => leg.media.answer(target, local),
            None => {
                let bytes = leg.media.offer(target, codecs, local);
                (leg.media.offered, leg.media.answer_in_ack) = (false, true);
                bytes
            }
        };
        leg.state = State::Up;
        if let Some(invite) = leg.invite.take() {
            self.invites.remove(&invite);
        }
        self.timers.stop(leg.media_timer.take());
        leg.told = Some(other(appearance).into());
        let (station, server) = (leg.station, leg.server.clone());
        let mut headers = self.identity(station, other(appearance), &server, true);
        headers.extend(self.call_info(station, true));
        let reply = Reply::from(StatusCode::OK).with_headers(&headers);
        let reply = reply.with_body(Some(body(&bytes)).filter(|_| !agreed));
        sip.reply(context.now, incoming, reply, context.out);
        if agreed {
            self.draw_media(id, appearance, sip, context);
        }
    }

    fn wait_for_media(&mut self, id: LegId, context: &Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.media_timer.is_none()) else { return };
        leg.media_timer = Some(self.timers.start(context.now + MEDIA_TIME, Timer::Media(id)));
    }

    /// The other party's address is not known in time: the phone is answered without one.
    pub(super) fn media_time_over(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.media_timer = None;
        let (station, state) = (leg.station, leg.state);
        debug!(leg = id.0, "the other party of a SIP phone does not say where it receives");
        let view = context.switch.station_view(station);
        let reference = self.legs.get(&id).and_then(|leg| leg.reference);
        let shown = view.appearances.iter().find(|shown| Some(shown.reference) == reference);
        let Some(shown) = shown else { return };
        let silent = Appearance { media: None, ..shown.clone() };
        match state {
            State::Offered if shown.display == CallDisplay::Connected => {
                self.accept(id, &silent, sip, context);
            }
            State::Answering => self.acknowledge(id, &silent, sip, context),
            State::Up => self.answer_offer(id, Target::Silence, sip, context),
            State::Offered | State::Ringing => {}
        }
    }

    /// The ACK to a phone that made an offer when it answered.
    fn acknowledge(
        &mut self,
        id: LegId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let codecs = self.legs.get(&id).map_or(CodecSet::EMPTY, |leg| self.codecs_of(leg.station));
        let target = Target::of(appearance, codecs);
        if target == Target::Waiting {
            return self.wait_for_media(id, context);
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(dialog) = leg.dialog else { return };
        let bytes = leg.media.answer(target, leg.flow.local().ip());
        leg.state = State::Up;
        self.timers.stop(leg.media_timer.take());
        // It cannot fail: the dialog was accepted and is not over.
        let _ = sip.acknowledge(dialog, &[], Some(body(&bytes)), context.out);
        // It may have been called by somebody else than it talks to now.
        self.draw_media(id, appearance, sip, context);
    }

    /// Answers the phone's offer, when it is known where the other party receives.
    pub(super) fn answer_offer(
        &mut self,
        id: LegId,
        target: Target,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.state == State::Up) else { return };
        if leg.incoming.is_none() {
            return;
        }
        if target == Target::Waiting {
            return self.wait_for_media(id, context);
        }
        let Some(incoming) = leg.incoming.take() else { return };
        if let Some(invite) = leg.invite.take() {
            self.invites.remove(&invite);
        }
        self.timers.stop(leg.media_timer.take());
        let bytes = leg.media.answer(target, leg.flow.local().ip());
        let reply = Reply::from(StatusCode::OK).with_body(Some(body(&bytes)));
        sip.reply(context.now, incoming, reply, context.out);
    }

    /// Offers the phone of a confirmed leg what it does not hear yet, and tells it who the other party is.
    fn draw_media(
        &mut self,
        id: LegId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let codecs = self.legs.get(&id).map_or(CodecSet::EMPTY, |leg| self.codecs_of(leg.station));
        let target = Target::of(appearance, codecs);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.incoming.is_some() {
            // The view may be older than what the phone has just done: `settle` answers silence.
            if matches!(target, Target::Stream { .. }) {
                self.answer_offer(id, target, sip, context);
            }
            return;
        }
        if leg.dialog.is_none() || !leg.media.is_idle() || leg.request.is_some() || leg.offer_timer.is_some()
        {
            return;
        }
        if self.is_told(id, target) {
            return self.draw_party(id, other(appearance), sip, context);
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if appearance.display == CallDisplay::OnHold && leg.media.told != Some(Target::Waiting) {
            // The phone may hold by itself: looks again in a moment.
            leg.media.told = Some(Target::Waiting);
            leg.offer_timer = Some(self.timers.start(context.now + HOLD_DELAY, Timer::Offer(id)));
            return;
        }
        let bytes = leg.media.offer(target, codecs, leg.flow.local().ip());
        leg.told = Some(other(appearance).into());
        self.send_offer(id, bytes, sip, context);
    }

    /// Whether nothing needs to be offered.
    fn is_told(&self, id: LegId, target: Target) -> bool {
        let Some(leg) = self.legs.get(&id) else { return true };
        match (target, leg.media.told) {
            (Target::Waiting, _) => true,
            // Who has put the call aside hears nobody already.
            _ if leg.media.held_by_phone => true,
            (Target::Silence, None | Some(Target::Silence)) => true,
            (
                Target::Stream { address, codec, numbers, heard, telephone_event, .. },
                Some(Target::Stream {
                    address: before,
                    codecs,
                    numbers: were,
                    codec: was,
                    heard: was_heard,
                    telephone_event: was_event,
                    ..
                }),
            ) => {
                let same = address == before && heard == was_heard && telephone_event == was_event;
                let same = same && numbers.of(codec) == were.of(codec);
                same && (codec == was || codecs.contains(codec))
            }
            _ => false,
        }
    }

    /// Tells the phone that it talks to somebody else now, with UPDATE where it takes that.
    fn draw_party(&mut self, id: LegId, party: &Party, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let now = Told::from(party);
        let (Some(dialog), Some(told)) = (leg.dialog, leg.told.as_ref()) else { return };
        if *told == now || now.number.is_empty() {
            return;
        }
        if !leg.takes_update {
            if let Some(bytes) = leg.media.again() {
                leg.told = Some(now);
                leg.media.offered = true;
                self.send_offer(id, bytes, sip, context);
            }
            return;
        }
        let (station, server) = (leg.station, leg.server.clone());
        self.rename(station, dialog, party, &server, sip);
        let headers = self.identity(station, party, &server, false);
        let request = InCall { method: &Method::Update, headers: &headers, body: None };
        let sent = self.send_in_call((station, dialog), request, Purpose::Other, sip, context);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match sent {
            Ok(_) => leg.told = Some(now),
            Err(error) => {
                debug!(leg = id.0, %error, "a SIP phone is told later whom it talks to");
                leg.offer_timer = Some(self.timers.start(context.now + HOLD_DELAY, Timer::Offer(id)));
            }
        }
    }

    /// A phone is told whom it talks to also in From (RFC 4916): some show nothing else.
    fn rename(
        &self,
        station: StationId,
        dialog: crate::sip::DialogId,
        party: &Party,
        server: &str,
        sip: &mut Endpoint,
    ) {
        if self.trunk(station).is_none() && !party.number.is_empty() {
            sip.rename(dialog, &super::headers::address(party, server));
        }
    }

    /// Sends a re-INVITE; if that is not possible now, tries again in a moment.
    pub(super) fn send_offer(
        &mut self,
        id: LegId,
        bytes: Vec<u8>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(dialog) = leg.dialog else { return };
        let party = leg.told.clone().unwrap_or_default();
        let party = Party { device: None, number: party.number, name: party.name };
        let (station, server) = (leg.station, leg.server.clone());
        self.rename(station, dialog, &party, &server, sip);
        let headers = self.identity(station, &party, &server, false);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let request = RequestInDialog { headers: &headers, ..RequestInDialog::new(&Method::Invite) };
        match sip.send_in_dialog(context.now, dialog, &request.with_body(body(&bytes)), context.out) {
            Ok(request) => {
                leg.media.offered = true;
                leg.request = Some(request);
                self.requests.insert(request, Purpose::Invite(id));
            }
            Err(error) => {
                debug!(leg = id.0, %error, "offer to a SIP phone postponed");
                leg.media.offered = false;
                leg.media.told = None;
                leg.offer_timer = Some(self.timers.start(context.now + HOLD_DELAY, Timer::Offer(id)));
            }
        }
    }

    /// How a call is refused that failed for this reason: as whom it called has said, if that was the reason.
    fn refusal_of(&mut self, leg: &Leg, cause: EventCause, context: &Context<'_>) -> (StatusCode, u8) {
        let call = leg.reference.and_then(|reference| call_of(context, leg.station, reference));
        let said = call.and_then(|call| self.outcomes.remove(&call));
        let said = said.filter(|(status, by_trunk)| causes::of_status(*status, *by_trunk) == cause);
        let usual = match said {
            Some((status, true)) if self.settings.passes_errors && !is_challenge(status) => {
                (status, causes::to_caller(status, true).1)
            }
            Some((status, by_trunk)) => causes::to_caller(status, by_trunk),
            None => causes::to_status(cause),
        };
        self.settings.causes.change(said.map(|(status, _)| status), usual)
    }

    /// The connection of a leg is not the station's any more.
    fn gone(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        if self.legs.get(&id).is_some_and(|leg| leg.transfer.is_some()) {
            return self.transferred(id, sip, context);
        }
        let call = self.legs.get(&id).filter(|leg| leg.state == State::Ringing).and_then(|leg| leg.call);
        let calls = context.switch.calls();
        let called = call.into_iter().flat_map(|call| calls.connections(call));
        // Somebody has picked the call up, or has taken it in place of this phone: it was not missed.
        let answered = called.filter(|own| own.is_incoming() && own.state().is_answered()).count() > 0;
        let ending = if answered { Ending::Elsewhere } else { Ending::Gone };
        self.end_leg(id, ending, sip, context);
    }

    /// Ends a leg from our side.
    pub(super) fn end_leg(
        &mut self,
        id: LegId,
        ending: Ending,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(mut leg) = self.legs.remove(&id) else { return };
        let now = context.now;
        if let Some(incoming) = leg.incoming.take() {
            let (status, reason) = match ending {
                Ending::Failed(cause) => self.refusal_of(&leg, cause, context),
                Ending::Gone | Ending::Elsewhere if leg.state == State::Up => {
                    (StatusCode::REQUEST_TERMINATED, 16)
                }
                Ending::Gone | Ending::Elsewhere => (StatusCode::TEMPORARILY_UNAVAILABLE, 31),
            };
            let headers = [(HeaderName::REASON, causes::reason(reason))];
            sip.reply(now, incoming, Reply::from(status).with_headers(&headers), context.out);
        }
        match (leg.state, leg.request, leg.dialog) {
            (State::Ringing, Some(request), _) => match ending {
                Ending::Elsewhere => sip.cancel_because(now, request, ELSEWHERE, context.out),
                Ending::Gone | Ending::Failed(_) => sip.cancel(now, request, context.out),
            },
            (State::Answering | State::Up, _, Some(dialog)) => {
                if leg.state == State::Answering {
                    // An offer is answered even if the call is over at once (RFC 3261, 13.2.2.4).
                    let bytes = leg.media.answer(Target::Silence, leg.flow.local().ip());
                    // It cannot fail: the dialog was accepted and is not over.
                    let _ = sip.acknowledge(dialog, &[], Some(body(&bytes)), context.out);
                }
                self.say_goodbye(leg.station, dialog, None, sip, context);
            }
            _ => {}
        }
        self.clean_up(&leg, context);
        self.unregister_if_gone(leg.station, context);
    }
}

/// The party at the other end.
pub(super) fn other(appearance: &Appearance) -> &Party {
    match appearance.incoming {
        true => &appearance.calling,
        false => &appearance.called,
    }
}
