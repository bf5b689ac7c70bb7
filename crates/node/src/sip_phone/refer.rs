//! Transfers that phones ask for with REFER (RFC 3515, RFC 5589), and the reports of their progress.
//!
//! ```text
//!   REFER number ──► 202, NOTIFY 100 ─┬─ the target rings ──► NOTIFY 180 ──► answered: NOTIFY 200 ──► BYE
//!                                     └─ it fails, or rings and is refused ──► NOTIFY with its status; the phone has its call
//!   REFER Replaces ──► 202 ──► joined: NOTIFY 200 ──► BYE in both dialogs
//! ```
//!
//! A phone that ends its dialog meanwhile does not end the call that is being transferred. When whom it rings does not take the
//! call, it comes back to the phone: in the dialog, or as a new call if that has ended.

use std::time::Duration;

use hookflash_core::{
    Act, CallId, CodecSet, ConnectionState, ConsultPurpose, EventCause, StationId, StationInput,
    view::Appearance,
};
use hookflash_sip::{Body, ContentKind};
use hookflash_wire::sip::{HeaderName, Method, NameAddr, Request, StatusCode, Uri};
use smol_str::SmolStr;
use tracing::debug;

use super::{
    Purpose, SipPhones, Timer,
    calls::dialled,
    causes,
    leg::{Ending, Leg, LegId, State, Transfer},
    provable::InCall,
    soft_keys,
};
use crate::{
    Context,
    sip::{Endpoint, Incoming, Reply},
};

/// How long a phone may take to end a call that it has transferred.
const GOODBYE_TIME: Duration = Duration::from_millis(1500);

const SIPFRAG: ContentKind = ContentKind { content_type: "message/sipfrag;version=2.0", disposition: None };

/// Where a phone sends its call.
enum Target {
    Number(SmolStr),
    Leg(LegId),
}

impl SipPhones {
    /// A REFER outside a dialog: what Cisco phones say about themselves is noted; calls that somebody asks for so are not
    /// made (`refer-ood enable` is not known here).
    pub(crate) fn referred_outside(
        &mut self,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let named =
            |kind: &str| matches!(incoming.request().headers().content_type(), Ok(Some(own)) if own.is(kind));
        let token = incoming.request().headers().get(HeaderName::REFER_TO);
        let token = token.is_some_and(|to| to.contains("urn:X-cisco-remotecc:token-registration"));
        let reports = token
            || named("application/x-cisco-alarm+xml")
            || named("application/x-cisco-remotecc-response+xml");
        let here = self.at_flow(&incoming, "");
        let status = match here {
            Some(_) if reports => StatusCode::ACCEPTED,
            Some(station) if named(soft_keys::KIND) || named("multipart/mixed") => {
                self.key_pressed(station, &incoming, sip, context)
            }
            _ => StatusCode::FORBIDDEN,
        };
        if here.is_none() && self.is_silent() {
            return sip.discard(incoming);
        }
        sip.reply(context.now, incoming, status.into(), context.out);
    }

    /// A REFER in the dialog of a leg.
    pub(super) fn referred(
        &mut self,
        id: LegId,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let target = self.refer_target(id, incoming.request(), sip);
        let target = match target {
            Ok(target) => target,
            Err(status) => return sip.reply(context.now, incoming, status.into(), context.out),
        };
        let Some((station, reference)) = self.connection_of(id) else {
            let status = StatusCode::CALL_DOES_NOT_EXIST;
            return sip.reply(context.now, incoming, status.into(), context.out);
        };
        let headers = incoming.request().headers();
        let silent = headers.get(HeaderName::new("Refer-Sub")).is_some_and(|sub| sub.starts_with("false"));
        let cseq = headers.cseq().map_or(0, |cseq| cseq.number);
        let accepted = [(HeaderName::new("Refer-Sub"), (!silent).to_string())];
        let reply = Reply::from(StatusCode::ACCEPTED).with_headers(if silent { &accepted } else { &[] });
        sip.reply(context.now, incoming, reply, context.out);
        let call = call_of(context, station, reference);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.transfer = Some(Transfer { id: cseq, call, reported: !silent, left: false });
        self.report(id, StatusCode::TRYING, sip, context);
        let input = match target {
            Target::Number(number) => Act::TransfersTo { reference, number },
            Target::Leg(other) => {
                let active = self.legs.get(&other).and_then(|leg| leg.reference).unwrap_or_default();
                Act::Transfers { held: reference, active }
            }
        };
        self.referred.push(id);
        self.transfers.push(id);
        context.station(station, StationInput::Act(input));
    }

    fn refer_target(&self, id: LegId, request: &Request, sip: &Endpoint) -> Result<Target, StatusCode> {
        let leg = self.legs.get(&id).filter(|leg| leg.state == State::Up && leg.transfer.is_none());
        let leg = leg.ok_or(StatusCode::REQUEST_PENDING)?;
        let mut values = request.headers().get_all(HeaderName::REFER_TO);
        // There is exactly one (RFC 3515, 2.1).
        let (Some(value), None) = (values.next(), values.next()) else { return Err(StatusCode::BAD_REQUEST) };
        let address = NameAddr::parse(value).ok_or(StatusCode::BAD_REQUEST)?;
        let uri = address.uri().map_err(|_| StatusCode::BAD_REQUEST)?;
        // What is asked for is a call, and nothing else.
        if uri.params.get("method").is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
            return Err(StatusCode::FORBIDDEN);
        }
        match replaces(&uri) {
            Some(replaces) => {
                let names = |id: &LegId| {
                    let dialog = self.legs.get(id).and_then(|other| sip.dialog(other.dialog?));
                    dialog.is_some_and(|dialog| {
                        replaces.names(dialog.call_id(), &dialog.id().tag().to_string(), dialog.remote_tag())
                    })
                };
                let others = self.legs.at(leg.station).map(|(other, _)| other);
                let other = others.filter(|other| *other != id).find(names);
                other.map(Target::Leg).ok_or(StatusCode::CALL_DOES_NOT_EXIST)
            }
            None => dialled(&uri).map(Target::Number).ok_or(StatusCode::NOT_FOUND),
        }
    }

    /// What phones have dialled that has come to no call: the code of a feature, which was carried out by now or refused. The
    /// phone is answered, and its call is over.
    pub(crate) fn settle_dialled(&mut self, sip: &mut Endpoint, context: &mut Context<'_>) -> bool {
        let dialled = std::mem::take(&mut self.dialled);
        let any = !dialled.is_empty();
        for id in dialled {
            let Some(leg) = self.legs.get(&id).filter(|leg| leg.state == State::Offered) else { continue };
            let station = leg.station;
            let view = context.switch.station_view(station);
            let is_its = |shown: &hookflash_core::view::Appearance| shown.token == Some(id.0);
            if leg.reference.is_some() || view.appearances.iter().any(is_its) {
                continue;
            }
            match view.refused {
                Some(refusal) => self.refused(id.0, refusal, sip, context),
                None => self.carried_out(id, sip, context),
            }
        }
        any
    }

    fn carried_out(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let codecs = self.legs.get(&id).map_or(CodecSet::EMPTY, |leg| self.codecs_of(leg.station));
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(incoming) = leg.incoming.take() else { return };
        let local = leg.flow.local().ip();
        let bytes = match leg.media.theirs {
            Some(_) => leg.media.answer(super::media::Target::Silence, local),
            None => leg.media.offer(super::media::Target::Silence, codecs, local),
        };
        (leg.media.offered, leg.state, leg.ends_when_acknowledged) = (false, State::Up, true);
        if let Some(invite) = leg.invite.take() {
            self.invites.remove(&invite);
        }
        let reply = Reply::from(StatusCode::OK).with_body(Some(super::media::body(&bytes)));
        sip.reply(context.now, incoming, reply, context.out);
    }

    /// Says how transfers stand that the switch has carried out by now, or has not.
    pub(crate) fn settle_transfers(&mut self, sip: &mut Endpoint, context: &mut Context<'_>) -> bool {
        let referred = std::mem::take(&mut self.referred);
        let any = !referred.is_empty();
        for id in referred {
            let Some((station, reference)) = self.connection_of(id) else { continue };
            let view = context.switch.station_view(station);
            let stays = view.appearances.iter().any(|shown| shown.reference == reference);
            let under_way = view
                .appearances
                .iter()
                .any(|shown| shown.consultation == Some(ConsultPurpose::BlindTransfer));
            if stays && !under_way {
                self.not_transferred(id, StatusCode::NOT_FOUND, sip, context);
            }
        }
        any
    }

    /// A transfer of the station reached nobody.
    pub(super) fn transfer_failed(
        &mut self,
        station: StationId,
        cause: EventCause,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let waits = |leg: &Leg| leg.transfer.is_some_and(|transfer| !transfer.left);
        let waiting = self.legs.at(station).find(|(_, leg)| waits(leg)).map(|(id, _)| id);
        if let Some(id) = waiting {
            self.not_transferred(id, causes::to_status(cause).0, sip, context);
        }
    }

    fn not_transferred(
        &mut self,
        id: LegId,
        status: StatusCode,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        self.report(id, status, sip, context);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.transfer = None;
        if leg.dialog.is_none() {
            // Its phone has left already.
            let (station, reference) = (leg.station, leg.reference);
            self.end_leg(id, Ending::Gone, sip, context);
            if let Some(reference) = reference {
                context.station(station, StationInput::Act(Act::Leaves(reference)));
            }
        }
    }

    /// The switch has transferred the call of a leg: its phone is in it no more.
    pub(super) fn transferred(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(transfer) = leg.transfer.as_mut() else { return };
        if std::mem::replace(&mut transfer.left, true) {
            return;
        }
        leg.reference = None;
        let call = transfer.call;
        let calls = context.switch.calls();
        let rings = call.is_some_and(|call| {
            calls.connections(call).any(|connection| connection.state() == ConnectionState::Alerting)
        });
        match (rings, call.and_then(|call| calls.get(call))) {
            (true, _) => self.report(id, StatusCode::RINGING, sip, context),
            (false, Some(_)) => self.report_last(id, StatusCode::OK, sip, context),
            (false, None) => self.report_last(id, StatusCode::TEMPORARILY_UNAVAILABLE, sip, context),
        }
    }

    /// A call that a phone has transferred was not taken, and has come back to it. If the phone waits in its dialog for what
    /// becomes of the transfer, it learns that, and is in the call again as if nothing had been. False if it does not wait.
    pub(super) fn comes_back(
        &mut self,
        station: StationId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let (call, reference) = (appearance.call, appearance.reference);
        let waits = |leg: &Leg| {
            let transfer = leg.transfer.filter(|transfer| transfer.left && transfer.call == Some(call));
            transfer.is_some() && leg.state == State::Up && leg.dialog.is_some()
        };
        let waiting = self.legs.at(station).find(|(_, leg)| waits(leg)).map(|(id, _)| id);
        let Some(id) = waiting.filter(|_| appearance.recalled_from.is_some()) else { return false };
        let said = self.outcomes.remove(&call);
        let status = said.map_or(StatusCode::TEMPORARILY_UNAVAILABLE, |(status, by_trunk)| {
            causes::to_caller(status, by_trunk).0
        });
        self.report(id, status, sip, context);
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        (leg.transfer, leg.reference) = (None, Some(reference));
        let (description, holds) = (leg.description, leg.media.held_by_phone);
        context.station(station, StationInput::Act(Act::Answers(reference, description)));
        if holds {
            context.station(station, StationInput::Act(Act::Holds(reference)));
        }
        true
    }

    /// A call was answered.
    pub(crate) fn call_answered(&mut self, call: CallId, sip: &mut Endpoint, context: &mut Context<'_>) {
        self.outcome(call, StatusCode::OK, sip, context);
    }

    /// A call is over.
    pub(crate) fn call_ended(
        &mut self,
        call: CallId,
        cause: EventCause,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        self.outcomes.remove(&call);
        self.outcome(call, causes::to_status(cause).0, sip, context);
    }

    fn outcome(&mut self, call: CallId, status: StatusCode, sip: &mut Endpoint, context: &mut Context<'_>) {
        self.transfers.retain(|id| self.legs.get(id).is_some_and(|leg| leg.transfer.is_some()));
        let waits = |id: &LegId| {
            let transfer = self.legs.get(id).and_then(|leg| leg.transfer);
            transfer.is_some_and(|transfer| transfer.left && transfer.call == Some(call))
        };
        let waiting: Vec<LegId> = self.transfers.iter().copied().filter(waits).collect();
        for id in waiting {
            self.report_last(id, status, sip, context);
        }
    }

    /// The last report; then the phone may end the call, or it is ended for it.
    fn report_last(&mut self, id: LegId, status: StatusCode, sip: &mut Endpoint, context: &mut Context<'_>) {
        self.report(id, status, sip, context);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if let Some(transfer) = &mut leg.transfer {
            transfer.call = None;
        }
        if leg.dialog.is_none() {
            return self.end_leg(id, Ending::Gone, sip, context);
        }
        self.timers.stop(leg.offer_timer.take());
        leg.offer_timer = Some(self.timers.start(context.now + GOODBYE_TIME, Timer::Transferred(id)));
    }

    /// A report was answered.
    pub(super) fn reported(&mut self, id: LegId, _: &mut Endpoint, _: &mut Context<'_>) {
        debug!(leg = id.0, "transfer reported");
    }

    /// A phone has not ended a call that it transferred.
    pub(super) fn transferred_too_long(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.offer_timer = None;
            self.end_leg(id, Ending::Gone, sip, context);
        }
    }

    /// Whether a leg goes on although its dialog has ended: the call is being transferred.
    pub(super) fn outlives(&self, id: LegId) -> bool {
        let transfer = self.legs.get(&id).and_then(|leg| leg.transfer);
        transfer.is_some_and(|transfer| !transfer.left)
    }

    /// NOTIFY with the status of the transfer.
    fn report(&mut self, id: LegId, status: StatusCode, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get(&id) else { return };
        let (Some(transfer), Some(dialog)) = (leg.transfer, leg.dialog) else { return };
        if !transfer.reported {
            return;
        }
        let state = match status.is_final() {
            true => "terminated;reason=noresource",
            false => "active;expires=60",
        };
        let headers = [
            (HeaderName::EVENT, format!("refer;id={}", transfer.id)),
            (HeaderName::SUBSCRIPTION_STATE, state.to_owned()),
        ];
        let line = format!("SIP/2.0 {status} {}\r\n", status.reason());
        let (station, body) = (leg.station, Some(Body { kind: SIPFRAG, bytes: line.as_bytes() }));
        let request = InCall { method: &Method::Notify, headers: &headers, body };
        // Who cannot be told has ended the call.
        let _ = self.send_in_call((station, dialog), request, Purpose::Report(id), sip, context);
    }
}

/// The call in which a station has a connection.
pub(super) fn call_of(context: &Context<'_>, station: StationId, reference: u32) -> Option<CallId> {
    let calls = context.switch.calls();
    let lines = context.switch.stations().get(station)?.lines();
    let mut keys = lines.flat_map(|line| calls.at_line(line));
    keys.find_map(|key| calls.connection(*key).filter(|own| own.reference() == reference))
        .map(|own| own.call())
}

/// What Replaces in a URI names: a dialog, by its Call-ID and both tags.
#[derive(Debug)]
pub(super) struct Replaces {
    pub(super) call_id: String,
    tags: Vec<String>,
    /// Whether only a dialog is meant that is not confirmed.
    pub(super) early_only: bool,
}

impl Replaces {
    /// The value of Replaces.
    pub(super) fn parse(text: &str) -> Option<Replaces> {
        let mut parts = text.split(';');
        let call_id = parts.next()?.trim().to_owned();
        let (mut tags, mut early_only) = (Vec::new(), false);
        for part in parts.map(str::trim) {
            match part.split_once('=') {
                Some((name, value)) if is_tag(name.trim()) => tags.push(value.trim().to_owned()),
                None if part.eq_ignore_ascii_case("early-only") => early_only = true,
                _ => {}
            }
        }
        (!call_id.is_empty()).then_some(Replaces { call_id, tags, early_only })
    }

    /// Whether it names this dialog. Some write its tags as the other side sees them.
    pub(super) fn names(&self, call_id: &str, one: &str, other: &str) -> bool {
        self.call_id == call_id && [one, other].iter().all(|tag| self.tags.iter().any(|own| own == tag))
    }
}

fn is_tag(name: &str) -> bool {
    name.eq_ignore_ascii_case("to-tag") || name.eq_ignore_ascii_case("from-tag")
}

fn replaces(uri: &Uri<'_>) -> Option<Replaces> {
    let headers = uri.headers?;
    let value = headers.split('&').find_map(|header| {
        let (name, value) = header.split_once('=')?;
        name.eq_ignore_ascii_case("Replaces").then_some(value)
    })?;
    Replaces::parse(&percent_decode(value))
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
