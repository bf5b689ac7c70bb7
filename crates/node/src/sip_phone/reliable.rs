//! Reliable provisional responses (RFC 3262): ours to phones that require them, and theirs.

use std::time::Duration;

use hookflash_wire::sip::{HeaderName, Method, Response, StatusCode};

use super::{
    Purpose, SipPhones, Timer,
    carried::{Carried, description},
    leg::{Ending, LegId, Reliable},
    media::{Target, body},
    provable::InCall,
};
use crate::{
    Context,
    sip::{Endpoint, Incoming, Reply},
};

/// When a response is repeated first, and for how long in all.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(32);

/// Extra headers of a response.
type Extra = Vec<(HeaderName<'static>, String)>;

impl SipPhones {
    /// A response that is repeated until the phone has acknowledged it.
    pub(super) fn progress_reliably(
        &mut self,
        id: LegId,
        (status, body): (StatusCode, Option<Vec<u8>>),
        headers: Extra,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let deadline = self.timers.start(context.now + FIRST, Timer::Reliable(id));
        let number = if leg.own_reliable == 0 { 1 + id.0 % 1_000_000 } else { leg.own_reliable + 1 };
        leg.own_reliable = number;
        let body = body.map(Vec::into_boxed_slice);
        let since = context.now;
        leg.unacknowledged = Some(Reliable { status, body, number, interval: FIRST, since, deadline });
        self.send_reliable(id, headers, sip, context);
    }

    fn send_reliable(
        &mut self,
        id: LegId,
        mut headers: Extra,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let (Some(reliable), Some(incoming)) = (&leg.unacknowledged, leg.incoming.as_mut()) else { return };
        headers.push((HeaderName::REQUIRE, "100rel".to_owned()));
        headers.push((HeaderName::RSEQ, reliable.number.to_string()));
        let reply = Reply::from(reliable.status).with_headers(&headers);
        let reply = reply.with_body(reliable.body.as_deref().map(body));
        sip.progress(context.now, incoming, reply, context.out);
    }

    /// The phone has not acknowledged a response yet: it gets it again, and in the end 504 (RFC 3262, 3).
    pub(super) fn repeat_reliable(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(reliable) = leg.unacknowledged.as_mut() else { return };
        if context.now.since(reliable.since) >= LONGEST {
            leg.unacknowledged = None;
            let (station, reference) = (leg.station, leg.reference);
            if let Some(incoming) = leg.incoming.take() {
                sip.reply(context.now, incoming, StatusCode::SERVER_TIMEOUT.into(), context.out);
            }
            self.end_leg(id, Ending::Gone, sip, context);
            if let Some(reference) = reference {
                let leaves = hookflash_core::Act::Leaves(reference);
                context.station(station, hookflash_core::StationInput::Act(leaves));
            }
            return;
        }
        reliable.interval *= 2;
        let next = (context.now + reliable.interval).min(reliable.since + LONGEST);
        reliable.deadline = self.timers.start(next, Timer::Reliable(id));
        self.send_reliable(id, Vec::new(), sip, context);
    }

    /// PRACK of a phone.
    pub(super) fn acknowledged_reliable(
        &mut self,
        id: LegId,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let acknowledged = incoming.request().headers().get(HeaderName::RACK);
        let number = acknowledged.and_then(|text| text.split_whitespace().next()?.parse().ok());
        let known = self.legs.get_mut(&id).and_then(|leg| {
            let fits = leg.unacknowledged.as_ref().is_some_and(|reliable| number == Some(reliable.number));
            leg.unacknowledged.take_if(|_| fits)
        });
        let Some(reliable) = known else {
            let status = StatusCode::CALL_DOES_NOT_EXIST;
            return sip.reply(context.now, incoming, status.into(), context.out);
        };
        self.timers.stop(Some(reliable.deadline));
        self.reply_to_acknowledgement(id, incoming, sip, context);
        // What waited for it may be said now.
        if let Some(station) = self.legs.get(&id).map(|leg| leg.station) {
            self.render(station, sip, context);
        }
    }

    /// 200 to PRACK, with an answer if that carries another offer (RFC 3262, 5).
    fn reply_to_acknowledgement(
        &mut self,
        id: LegId,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let carried = description(
            &self.settings,
            incoming.request().headers(),
            incoming.request().body(),
            incoming.flow(),
        );
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let answer = match (carried, leg.early) {
            (Carried::Description(theirs), Some(target)) if leg.media.is_idle() => {
                leg.media.take(theirs);
                leg.media.held_by_phone = false;
                Some(leg.media.answer(target, leg.flow.local().ip()))
            }
            _ => None,
        };
        let reply = Reply::from(StatusCode::OK).with_body(answer.as_deref().map(body));
        sip.reply(context.now, incoming, reply, context.out);
    }

    /// Acknowledges a reliable response of a phone, with the answer if that carries an offer. False if it is not reliable, or
    /// was acknowledged before.
    pub(super) fn acknowledge_reliable(
        &mut self,
        id: LegId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let headers = response.headers();
        let number = headers.get(HeaderName::RSEQ).and_then(|text| text.trim().parse::<u32>().ok());
        let Some(number) = number.filter(|_| headers.require().contains("100rel")) else { return false };
        let Some(codecs) = self.legs.get(&id).map(|leg| self.codecs_of(leg.station)) else { return false };
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let in_order = leg.last_reliable == 0 || number == leg.last_reliable.wrapping_add(1);
        let (Some(dialog), true) = (leg.dialog, in_order) else { return false };
        leg.last_reliable = number;
        let mut answer = None;
        if let Carried::Description(theirs) = description(&self.settings, headers, response.body(), &leg.flow)
        {
            leg.description = leg.receives(&theirs, codecs).or(leg.description);
            leg.media.take(theirs);
            leg.media.held_by_phone = false;
            if !std::mem::take(&mut leg.media.offered) {
                answer = Some(leg.media.answer(Target::Silence, leg.flow.local().ip()));
            }
        }
        let cseq = headers.cseq().map_or(1, |cseq| cseq.number);
        let rack = [(HeaderName::RACK, format!("{number} {cseq} INVITE"))];
        let station = leg.station;
        let request = InCall { method: &Method::Prack, headers: &rack, body: answer.as_deref().map(body) };
        // What cannot be acknowledged comes again.
        let _ = self.send_in_call((station, dialog), request, Purpose::Other, sip, context);
        true
    }
}
