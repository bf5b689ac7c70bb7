//! What callers hear before anybody answers: ringback, or what the called phone or another network sends (RFC 3960).
//!
//! A caller gets 180 when the called phone rings. When that sends something, the caller gets 183 with the answer to its offer,
//! and audio goes the way that it will go afterwards. The response is reliable (RFC 3262) if the caller requires that, or
//! knows it and the response has a description; then that is not said again in the 2xx, which waits for PRACK.

use std::time::Duration;

use hookflash_core::{Act, CodecSet, StationInput, view::Appearance};
use hookflash_wire::{
    sdp::SessionDescription,
    sip::{Response, StatusCode},
};

use super::{
    SipPhones, Timer,
    admission::Refused,
    carried::{Carried, description},
    leg::{LegId, State},
    media::{Target, puts_aside},
    render::other,
};
use crate::{
    Context,
    config::Reliable,
    sip::{Endpoint, Incoming, Reply},
};

/// How long until a caller is told again that its call is under way.
const PROGRESS_AGAIN: Duration = Duration::from_secs(60);

impl SipPhones {
    /// 180 once, and 183 each time that the caller is to hear something else.
    pub(super) fn ring_back(
        &mut self,
        id: LegId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let codecs = self.legs.get(&id).map_or(CodecSet::EMPTY, |leg| self.codecs_of(leg.station));
        let target = Target::early(appearance, codecs);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let target = target.filter(|_| leg.media.security.agreed().is_none());
        if leg.unacknowledged.is_some() {
            return;
        }
        let speaks = target.filter(|target| leg.early != Some(*target));
        let speaks = speaks.filter(|_| leg.media.theirs.is_some() && !leg.agreed);
        let (status, body) = match speaks {
            Some(target) => {
                leg.early = Some(target);
                leg.rings |= leg.rings_there;
                let status = if leg.rings_there { StatusCode::RINGING } else { StatusCode::SESSION_PROGRESS };
                (status, Some(leg.media.answer(target, leg.flow.local().ip())))
            }
            None if leg.rings || leg.early.is_some() => return,
            None => {
                leg.rings = true;
                (StatusCode::RINGING, None)
            }
        };
        self.say_progress(id, (status, body), appearance, sip, context);
    }

    /// Sends a provisional response; it comes again every minute, so that no proxy gives the call up (RFC 3261, 13.3.1.1).
    fn say_progress(
        &mut self,
        id: LegId,
        (status, body): (StatusCode, Option<Vec<u8>>),
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        self.timers.stop(leg.progress_timer.take());
        leg.progress_timer = Some(self.timers.start(context.now + PROGRESS_AGAIN, Timer::Progress(id)));
        let (station, server) = (leg.station, leg.server.clone());
        let mut headers = self.identity(station, other(appearance), &server, true);
        headers.extend(self.call_info(station, true));
        let reliable = self.reliable_of(station);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(incoming) = leg.incoming.as_mut() else { return };
        let requires = incoming.request().headers().require().contains("100rel")
            || reliable == Reliable::Required && leg.takes_reliable;
        leg.takes_reliable &= reliable != Reliable::Off;
        if requires || body.is_some() && leg.takes_reliable {
            leg.agreed |= body.is_some();
            return self.progress_reliably(id, (status, body), headers, sip, context);
        }
        let reply = Reply::from(status).with_headers(&headers);
        let reply = reply.with_body(body.as_deref().map(super::media::body));
        sip.progress(context.now, incoming, reply, context.out);
    }

    /// The call was not answered for a minute.
    pub(super) fn progress_again(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.progress_timer = None;
        if leg.state != State::Offered || leg.unacknowledged.is_some() {
            return;
        }
        let said = match leg.early {
            Some(_) => (StatusCode::SESSION_PROGRESS, leg.media.again().filter(|_| !leg.agreed)),
            None => (StatusCode::RINGING, None),
        };
        let view = context.switch.station_view(leg.station);
        let reference = leg.reference;
        let shown = view.appearances.iter().find(|shown| Some(shown.reference) == reference);
        if let Some(shown) = shown {
            self.say_progress(id, said, shown, sip, context);
        }
    }

    /// Whom this leg calls rings although its network sends something already: the caller is told of both.
    pub(super) fn rings_besides(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some((station, reference)) = self.connection_of(id) else { return };
        let callers: Vec<LegId> =
            self.callers(station, reference, context).map(|(caller, _)| caller).collect();
        for caller in callers {
            let Some(leg) = self.legs.get_mut(&caller) else { continue };
            leg.rings_there = true;
            let waits = leg.state == State::Offered && leg.unacknowledged.is_none();
            if !waits || leg.early.is_none() || std::mem::replace(&mut leg.rings, true) {
                continue;
            }
            let (station, reference) = (leg.station, leg.reference);
            let view = context.switch.station_view(station);
            let shown = view.appearances.iter().find(|shown| Some(shown.reference) == reference);
            if let Some(shown) = shown {
                self.say_progress(caller, (StatusCode::RINGING, None), shown, sip, context);
            }
        }
    }

    /// An offer in UPDATE before anybody has answered, when an offer and its answer have gone through (RFC 3311, 5.2).
    pub(super) fn offered_early(
        &mut self,
        id: LegId,
        theirs: SessionDescription,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let codecs = self.legs.get(&id).map_or(CodecSet::EMPTY, |leg| self.codecs_of(leg.station));
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let described = leg.receives(&theirs, codecs);
        let Some(target) = leg.early_answer().filter(|_| described.is_some() || puts_aside(&theirs)) else {
            return self.refuse(Refused::Media, incoming, sip, context);
        };
        leg.media.take(theirs);
        leg.media.held_by_phone = false;
        let answer = leg.media.answer(target, leg.flow.local().ip());
        let reply = Reply::from(StatusCode::OK).with_body(Some(super::media::body(&answer)));
        sip.reply(context.now, incoming, reply, context.out);
        let called = leg.state == State::Ringing;
        leg.description = described.or(leg.description);
        let (station, Some(reference), Some(described)) = (leg.station, leg.reference, described) else {
            return;
        };
        let act = match called {
            true => Act::Speaks(reference, described),
            false => Act::Describes(reference, Some(described)),
        };
        context.station(station, StationInput::Act(act));
    }

    /// Whom a leg calls has said what the caller is to hear meanwhile, if the response has a description.
    pub(super) fn note_early_media(
        &mut self,
        id: LegId,
        response: &Response,
        reliable: bool,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.state == State::Ringing) else { return };
        // Without an offer of ours a description is one only in a reliable response.
        if !leg.media.offered && !reliable {
            return;
        }
        let Carried::Description(theirs) =
            description(&self.settings, response.headers(), response.body(), &leg.flow)
        else {
            return;
        };
        let sends =
            theirs.audio().is_some_and(|(_, audio)| audio.direction.sends() && !audio.is_black_hole());
        let Some(described) = leg.described(&theirs, self.codecs_of(leg.station)).filter(|_| sends) else {
            return;
        };
        let (station, Some(reference)) = (leg.station, leg.reference) else { return };
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.description = Some(described);
        }
        context.station(station, StationInput::Act(Act::Speaks(reference, described)));
    }
}
