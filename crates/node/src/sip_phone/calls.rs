//! What phones do in their calls: requests, and responses to ours.

use hookflash_core::{
    Act, AudioId, CodecSet, Description, DiversionReason, EventCause, Refusal, StationId, StationInput,
};
use hookflash_sip::{Failure, InviteId};
use hookflash_wire::{
    sdp::SessionDescription,
    sip::{Contact, HeaderName, Headers, Method, Request, Response, StatusCode, Uri},
};
use smol_str::SmolStr;
use tracing::{debug, info};

use super::{
    HOLD_DELAY, Purpose, SipPhones, Timer,
    admission::{ANONYMOUS, Caller, Refused, is_anonymous},
    carried::{Carried, description},
    causes, cisco,
    contacts::preference,
    diverted, kpml,
    leg::{Ending, Leg, LegId, MAX_FORWARDS, State},
    media::{Intent, Target, choose, puts_aside},
    refer::call_of,
    trunks::is_challenge,
};
use crate::{
    Context, Output,
    sip::{DialogId, EndReason, Endpoint, Incoming, Reply, RequestId, User},
};

/// Longest number that a phone may dial.
const MAX_NUMBER: usize = 32;

impl SipPhones {
    /// An INVITE outside a dialog.
    pub(crate) fn invited(&mut self, mut incoming: Incoming, sip: &mut Endpoint, context: &mut Context<'_>) {
        let accepted = self.caller(&incoming, context).and_then(|caller| {
            let replaced = self.replaced_by(&incoming, sip, context).map_err(Refused::Status)?;
            let (called, theirs) = self.read_invite(&incoming, caller.station, replaced.is_some())?;
            let dialog = sip.establish(context.now, User::Phones, &mut incoming).map_err(Refused::Status)?;
            Ok((caller, called, theirs, dialog, replaced))
        });
        let (caller, called, theirs, dialog, replaced) = match accepted {
            Ok(accepted) => accepted,
            Err(refused) => return self.refuse(refused, incoming, sip, context),
        };
        let Caller { station, number, by_trunk } = caller;
        let has_to_show = by_trunk.is_none() && self.has_to_show(station, incoming.flow());
        if !has_to_show {
            // Who calls is registered there, has proved a password, or is another network that is configured.
            sip.vouch(context.now, incoming.flow());
        }
        let (called, calling, diverted) = match by_trunk {
            Some(arrived) => {
                let address = self.address_called(&incoming.request().uri());
                (address.unwrap_or(arrived.called), Some(arrived.calling), arrived.diverted)
            }
            None => {
                let hidden = is_anonymous(&incoming).then(|| (SmolStr::default(), ANONYMOUS.into()));
                (called, hidden, Vec::new())
            }
        };
        let service = cisco::service(&incoming.request().uri()).filter(|_| calling.is_none());
        let id = self.next_leg();
        // A telephone number is at no host.
        let server = match incoming.request().uri().host {
            "" => SmolStr::from(incoming.flow().local().ip().to_string()),
            host => SmolStr::new(host),
        };
        let session = self.next_session_id();
        let mut leg = Leg::new((station, number.clone()), State::Offered, *incoming.flow(), server, session);
        note_capabilities(&mut leg, incoming.request().headers());
        leg.wants_info = self.wants_info(station);
        leg.media.security = self.security(station, session);
        leg.media.order = self.order_of(station);
        leg.hops = incoming.request().headers().max_forwards().ok().flatten().map_or(MAX_FORWARDS, u32::from);
        let media = theirs.as_ref().and_then(|theirs| leg.receives(theirs, self.codecs_of(station)));
        if let Some(theirs) = theirs {
            leg.media.take(theirs);
        }
        leg.description = media;
        sip.end_before_expiry(context.now, dialog);
        leg.dialog = Some(dialog);
        leg.invite = incoming.invite();
        if let Some(invite) = leg.invite {
            self.invites.insert(invite, id);
        }
        leg.incoming = Some(incoming);
        self.dialogs.insert(dialog, id);
        self.legs.insert(id, leg);
        let line = self.phones.get(&station).and_then(|phone| phone.pool.instance_of(&number)).unwrap_or(1);
        let act = match (replaced, service) {
            (Some(replaced), _) => Act::Replaces { token: id.0, line, media, replaced },
            (None, Some((feature, digits))) => Act::DialFeature { token: id.0, line, feature, digits, media },
            (None, None) => Act::Dial { token: id.0, line, number: called, media, calling, diverted },
        };
        if has_to_show {
            return self.ask_who_calls(id, act, sip, context);
        }
        self.dialled.push(id);
        context.station(station, StationInput::Act(act));
    }

    pub(super) fn next_leg(&mut self) -> LegId {
        self.last_leg = self.last_leg.wrapping_add(1);
        LegId(self.last_leg)
    }

    /// The switch does not begin the call that a phone dialled.
    pub(crate) fn refused(
        &mut self,
        token: u32,
        refusal: Refusal,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(mut leg) = self.legs.remove(&LegId(token)) else { return };
        let status = match self.trunk(leg.station) {
            // It is the network that is full, not the called party.
            Some(_) if refusal == Refusal::ResourceBusy => StatusCode::SERVICE_UNAVAILABLE,
            _ => causes::of_refusal(refusal),
        };
        info!(number = %leg.number, %refusal, "call of a SIP phone refused");
        if let Some(incoming) = leg.incoming.take() {
            sip.reply(context.now, incoming, status.into(), context.out);
        }
        self.clean_up(&leg, context);
    }

    /// A phone has cancelled its INVITE.
    pub(crate) fn cancelled(&mut self, invite: InviteId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(id) = self.invites.remove(&invite) else { return };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(incoming) = leg.incoming.take() else { return };
        sip.reply(context.now, incoming, StatusCode::REQUEST_TERMINATED.into(), context.out);
        if leg.state == State::Offered {
            self.lost(id, context);
        }
    }

    /// A leg is over, because its phone says so.
    fn lost(&mut self, id: LegId, context: &mut Context<'_>) {
        let Some(leg) = self.legs.remove(&id) else { return };
        if let Some(reference) = leg.reference {
            context.station(leg.station, StationInput::Act(Act::Leaves(reference)));
        }
        self.clean_up(&leg, context);
        self.unregister_if_gone(leg.station, context);
    }

    /// Forgets everything that names a leg.
    pub(super) fn clean_up(&mut self, leg: &Leg, context: &mut Context<'_>) {
        if let (Some(reference), Some(_)) = (leg.reference, leg.media.security.agreed()) {
            context.out.push(Output::MediaKeys { audio: AudioId(reference), keys: None });
        }
        if let Some(dialog) = leg.dialog {
            self.dialogs.remove(&dialog);
        }
        if let Some(invite) = leg.invite {
            self.invites.remove(&invite);
        }
        if let Some(request) = leg.request {
            self.requests.remove(&request);
        }
        let reliable = leg.unacknowledged.as_ref().map(|reliable| reliable.deadline);
        for deadline in [leg.media_timer, leg.offer_timer, leg.progress_timer, reliable] {
            self.timers.stop(deadline);
        }
    }

    /// A dialog has ended.
    pub(crate) fn ended(
        &mut self,
        dialog: DialogId,
        reason: EndReason,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        if self.forget_subscription(dialog) {
            return;
        }
        let Some(id) = self.dialogs.remove(&dialog) else { return };
        debug!(leg = id.0, %reason, "leg of a SIP phone has ended");
        let leg = self.legs.get_mut(&id);
        // Who does not know a request in the call that it rings for, such as PRACK, will not be talked to (RFC 5057, 5.1).
        if let Some(request) =
            leg.as_ref().filter(|leg| leg.state == State::Ringing).and_then(|leg| leg.request)
        {
            sip.cancel(context.now, request, context.out);
            return self.not_taken(id, StatusCode::CALL_DOES_NOT_EXIST, None, sip, context);
        }
        let pending = leg.and_then(|leg| {
            leg.dialog = None;
            leg.incoming.take()
        });
        // What its phone has asked in the dialog is over with it, also its first INVITE (RFC 3261, 15.1.2).
        if let Some(incoming) = pending {
            sip.reply(context.now, incoming, StatusCode::REQUEST_TERMINATED.into(), context.out);
        }
        if !self.outlives(id) {
            self.lost(id, context);
        }
    }

    /// A request in a dialog.
    pub(crate) fn asked(
        &mut self,
        dialog: DialogId,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(incoming) = (match incoming.request().method {
            Method::Subscribe => self.subscribed_again(dialog, incoming, sip, context),
            _ => Some(incoming),
        }) else {
            return;
        };
        let Some(id) = self.dialogs.get(&dialog).copied() else {
            let status = StatusCode::CALL_DOES_NOT_EXIST;
            return sip.reply(context.now, incoming, status.into(), context.out);
        };
        match incoming.request().method {
            Method::Invite | Method::Update => self.offered(id, incoming, sip, context),
            Method::Refer => self.referred(id, incoming, sip, context),
            Method::Prack => self.acknowledged_reliable(id, incoming, sip, context),
            Method::Subscribe => self.subscribed_in_call(id, incoming, sip, context),
            Method::Info | Method::Notify => self.told(id, incoming, sip, context),
            _ => sip.reply(context.now, incoming, StatusCode::METHOD_NOT_ALLOWED.into(), context.out),
        }
    }

    /// A re-INVITE or UPDATE; the table of the module page.
    fn offered(&mut self, id: LegId, incoming: Incoming, sip: &mut Endpoint, context: &mut Context<'_>) {
        let codecs = self.legs.get(&id).map_or(CodecSet::EMPTY, |leg| self.codecs_of(leg.station));
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let update = incoming.request().method == Method::Update;
        let carried = description(
            &self.settings,
            incoming.request().headers(),
            incoming.request().body(),
            incoming.flow(),
        );
        if update && matches!(carried, Carried::Nothing) {
            return sip.reply(context.now, incoming, StatusCode::OK.into(), context.out);
        }
        let carried = match carried {
            Carried::Description(theirs) if update && leg.early_answer().is_some() => {
                return self.offered_early(id, theirs, incoming, sip, context);
            }
            carried => carried,
        };
        let busy = match leg.state {
            _ if leg.incoming.is_some() => Some(StatusCode::SERVER_INTERNAL_ERROR),
            State::Up if leg.media.is_idle() => None,
            _ => Some(StatusCode::REQUEST_PENDING),
        };
        if let Some(status) = busy {
            let headers = [(HeaderName::RETRY_AFTER, (id.0 % 10).to_string())];
            let headers = if status == StatusCode::REQUEST_PENDING { &[][..] } else { &headers };
            return sip.reply(context.now, incoming, Reply::from(status).with_headers(headers), context.out);
        }
        let theirs = match carried {
            Carried::Nothing => return self.offer_in_success(id, incoming, sip, context),
            Carried::Description(mut theirs) => {
                choose(&mut theirs, codecs, leg.media.security.policy);
                theirs
            }
            Carried::Wrong => return self.refuse(Refused::Media, incoming, sip, context),
            Carried::Other => {
                let refused = Refused::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
                return self.refuse(refused, incoming, sip, context);
            }
        };
        note_capabilities(leg, incoming.request().headers());
        let described = leg.described(&theirs, codecs);
        // A call with something else than audio, such as fax, is none that could be put aside.
        let has_audio = theirs.streams.iter().any(|stream| stream.media == "audio");
        let none_is_audio = theirs.audio().is_none() && theirs.streams.iter().any(|stream| stream.port != 0);
        // Who the other party is has not agreed to anything else (RFC 3261, 14.2).
        let could_talk = |described: &Description| {
            let connection = leg.reference.map(|reference| (leg.station, reference));
            connection.is_none_or(|(station, reference)| {
                context.switch.could_talk(station, reference, described.codecs)
            })
        };
        let is_in_vain = described.as_ref().is_some_and(|described| !could_talk(described));
        if !has_audio || none_is_audio || theirs.audio().is_some() && described.is_none() || is_in_vain {
            return self.refuse(Refused::Media, incoming, sip, context);
        }
        let intent = leg.media.take(theirs);
        tell_keys(leg, context);
        leg.invite = incoming.invite();
        if let Some(invite) = leg.invite {
            self.invites.insert(invite, id);
        }
        leg.incoming = Some(incoming);
        self.unanswered.push(id);
        self.describes(id, described, context);
        let Some((station, reference)) = self.connection_of(id) else { return };
        let input = match intent {
            Intent::Holds => Act::Holds(reference),
            Intent::Resumes => Act::Resumes(reference),
            Intent::Nothing => return,
        };
        context.station(station, StationInput::Act(input));
    }

    pub(super) fn connection_of(&self, id: LegId) -> Option<(StationId, u32)> {
        let leg = self.legs.get(&id)?;
        Some((leg.station, leg.reference?))
    }

    /// The phone receives elsewhere or otherwise.
    fn describes(&mut self, id: LegId, described: Option<Description>, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let usable = described.filter(|described| !described.address.ip.is_unspecified());
        let Some(described) = usable.filter(|described| leg.description != Some(*described)) else { return };
        leg.description = Some(described);
        if let Some(reference) = leg.reference {
            let input = Act::Describes(reference, Some(described));
            context.station(leg.station, StationInput::Act(input));
        }
    }

    /// A re-INVITE without offer: ours is in the 2xx, and is a full one (RFC 6337, 5.2.5). A phone that has put the call aside
    /// itself says in its answer whether it still does.
    fn offer_in_success(
        &mut self,
        id: LegId,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let target = self.target(id, context);
        let codecs = self.legs.get(&id).map_or(CodecSet::EMPTY, |leg| self.codecs_of(leg.station));
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let talks = leg.media.talked_to.filter(|_| leg.media.held_by_phone);
        let bytes = leg.media.offer(talks.unwrap_or(target), codecs, leg.flow.local().ip());
        (leg.media.offered, leg.media.answer_in_ack) = (false, true);
        let reply = Reply::from(StatusCode::OK).with_body(Some(super::media::body(&bytes)));
        sip.reply(context.now, incoming, reply, context.out);
    }

    /// What a leg is to hear now.
    pub(super) fn target(&self, id: LegId, context: &Context<'_>) -> Target {
        let Some((station, reference)) = self.connection_of(id) else { return Target::Silence };
        let view = context.switch.station_view(station);
        let own = view.appearances.iter().find(|appearance| appearance.reference == reference);
        own.map_or(Target::Silence, |appearance| Target::of(appearance, self.codecs_of(station)))
    }

    /// Answers what phones wait for, now that the switch has carried out what they did. True if something was answered.
    pub(crate) fn settle(&mut self, sip: &mut Endpoint, context: &mut Context<'_>) -> bool {
        let waiting = std::mem::take(&mut self.unanswered);
        let any = !waiting.is_empty();
        for id in waiting {
            let target = self.target(id, context);
            self.answer_offer(id, target, sip, context);
        }
        any
    }

    /// A phone has acknowledged our 2xx, perhaps with the answer to our offer.
    pub(crate) fn acknowledged(
        &mut self,
        dialog: DialogId,
        request: Option<&Request>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(id) = self.dialogs.get(&dialog).copied() else { return };
        if self.legs.get(&id).is_some_and(|leg| leg.ends_when_acknowledged) {
            return self.end_leg(id, Ending::Gone, sip, context);
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !std::mem::take(&mut leg.media.answer_in_ack) {
            return;
        }
        let carried =
            request.map(|request| description(&self.settings, request.headers(), request.body(), &leg.flow));
        if let Some(Carried::Description(theirs)) = carried {
            self.answered_late(id, theirs, context);
        }
        let station = self.legs.get(&id).map(|leg| leg.station);
        if let Some(station) = station {
            self.render(station, sip, context);
        }
    }

    /// The answer to an offer in our 2xx: where that was a full one, the phone says with it whether it puts the call aside.
    fn answered_late(&mut self, id: LegId, theirs: SessionDescription, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.media.told, Some(Target::Stream { heard: true, .. })) {
            return self.answered(id, theirs, context);
        }
        let before = leg.media.held_by_phone;
        let holds = puts_aside(&theirs);
        self.answered(id, theirs, context);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.media.held_by_phone = holds;
        if holds {
            leg.media.told = Some(Target::Silence);
        }
        let Some((station, reference)) = self.connection_of(id) else { return };
        match (before, holds) {
            (false, true) => context.station(station, StationInput::Act(Act::Holds(reference))),
            (true, false) => context.station(station, StationInput::Act(Act::Resumes(reference))),
            _ => {}
        }
    }

    /// The answer to an offer of ours.
    fn answered(&mut self, id: LegId, theirs: SessionDescription, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get(&id) else { return };
        let described = leg.described(&theirs, self.codecs_of(leg.station));
        if let Some(leg) = self.legs.get_mut(&id) {
            let held = leg.media.held_by_phone;
            leg.media.take(theirs);
            tell_keys(leg, context);
            leg.media.held_by_phone = held;
        }
        self.describes(id, described, context);
    }

    /// A provisional response to an INVITE of ours.
    pub(crate) fn progress(
        &mut self,
        request: RequestId,
        dialog: Option<DialogId>,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(Purpose::Invite(id)) = self.requests.get(&request).copied() else { return };
        self.answered_there(id);
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.state == State::Ringing) else { return };
        note_capabilities(leg, response.headers());
        if let Some(dialog) = dialog.filter(|_| leg.dialog.is_none()) {
            leg.dialog = Some(dialog);
            self.dialogs.insert(dialog, id);
        }
        let reliable = self.acknowledge_reliable(id, response, sip, context);
        self.note_early_media(id, response, reliable, context);
        if response.status == StatusCode::RINGING {
            self.rings_besides(id, sip, context);
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if response.status == StatusCode::TRYING || std::mem::replace(&mut leg.rings, true) {
            return;
        }
        let station = leg.station;
        if let Some(reference) = leg.reference {
            context.station(station, StationInput::Act(Act::Rings(reference)));
        }
        // What the phone was asked to do may be possible now.
        self.render(station, sip, context);
    }

    /// A phone has accepted an INVITE of ours.
    pub(crate) fn accepted(
        &mut self,
        request: RequestId,
        dialog: DialogId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(Purpose::Invite(id)) = self.requests.get(&request).copied() else {
            return sip.end(context.now, dialog, context.out);
        };
        self.answered_there(id);
        match self.legs.get(&id).map(|leg| leg.state) {
            Some(State::Ringing) => self.phone_answered(id, dialog, response, sip, context),
            Some(State::Up) if self.legs.get(&id).and_then(|leg| leg.request) == Some(request) => {
                self.offer_accepted(id, dialog, response, sip, context);
            }
            // Another fork of an INVITE that was accepted already.
            _ => sip.end(context.now, dialog, context.out),
        }
    }

    /// Somebody answers where the phone of this leg has registered.
    fn answered_there(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        if let Some(phone) = self.phones.get_mut(&leg.station) {
            phone.contacts.answered(&leg.flow);
        }
    }

    fn phone_answered(
        &mut self,
        id: LegId,
        dialog: DialogId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        note_capabilities(leg, response.headers());
        if let Some(early) = leg.dialog.replace(dialog) {
            self.dialogs.remove(&early);
        }
        self.dialogs.insert(dialog, id);
        sip.end_before_expiry(context.now, dialog);
        if let Some(request) = leg.request.take() {
            self.requests.remove(&request);
        }
        let (station, reference) = (leg.station, leg.reference);
        let theirs = match description(&self.settings, response.headers(), response.body(), &leg.flow) {
            Carried::Description(theirs) => Some(theirs),
            _ => None,
        };
        let codecs = self.codecs_of(station);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let usable = theirs.as_ref().is_some_and(|theirs| leg.described(theirs, codecs).is_some());
        let media = theirs.as_ref().and_then(|theirs| leg.receives(theirs, codecs));
        // What was agreed with a reliable provisional response is not said again.
        let media = if theirs.is_none() { leg.description } else { media };
        let offered = std::mem::take(&mut leg.media.offered);
        // Who was offered a conversation and wants none yet has put the call aside.
        let invited = offered && matches!(leg.media.told, Some(Target::Stream { heard: true, .. }));
        let aside = invited && theirs.as_ref().is_some_and(puts_aside);
        let agreed = leg.last_reliable != 0 && leg.media.theirs.is_some();
        leg.state = if offered || agreed || theirs.is_none() { State::Up } else { State::Answering };
        leg.description = media;
        if let Some(theirs) = theirs {
            leg.media.take(theirs);
            tell_keys(leg, context);
            leg.media.held_by_phone = aside;
        }
        if leg.state == State::Up {
            // It cannot fail: the dialog was accepted just now.
            let _ = sip.acknowledge(dialog, &[], None, context.out);
        }
        let Some(reference) = reference else { return };
        if media.is_none() && !usable {
            self.end_leg(id, Ending::Gone, sip, context);
            let cause = EventCause::ResourcesNotAvailable;
            return context.station(station, StationInput::Act(Act::Declines(reference, cause)));
        }
        context.station(station, StationInput::Act(Act::Answers(reference, media)));
        if aside {
            context.station(station, StationInput::Act(Act::Holds(reference)));
        }
    }

    fn offer_accepted(
        &mut self,
        id: LegId,
        dialog: DialogId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let _ = sip.acknowledge(dialog, &[], None, context.out);
        self.offer_over(id);
        let leg = self.legs.get(&id);
        let carried =
            leg.map(|leg| description(&self.settings, response.headers(), response.body(), &leg.flow));
        if let Some(Carried::Description(theirs)) = carried {
            self.answered(id, theirs, context);
        }
        if let Some(station) = self.legs.get(&id).map(|leg| leg.station) {
            self.render(station, sip, context);
        }
    }

    /// Our INVITE in a dialog has its final response.
    fn offer_over(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        (leg.media.offered, leg.offer_proved) = (false, false);
        if let Some(request) = leg.request.take() {
            self.requests.remove(&request);
        }
    }

    /// A phone has refused an INVITE of ours.
    pub(crate) fn rejected(
        &mut self,
        request: RequestId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(Purpose::Invite(id)) = self.requests.remove(&request) else { return };
        self.answered_there(id);
        match self.legs.get(&id).map(|leg| leg.state) {
            Some(State::Ringing) if self.prove_to_trunk(id, response, sip, context) => {}
            Some(State::Ringing) if self.takes_otherwise(id, response, sip, context) => {}
            Some(State::Ringing) if self.called_otherwise(id, response, sip, context) => {}
            Some(State::Ringing) if self.called_without_offer(id, response.status, sip, context) => {}
            Some(State::Ringing) if self.try_next_address(id, Some(response.status), sip, context) => {}
            Some(State::Ringing) => {
                let moved = moved_to(response).and_then(|number| self.redirected(id, number));
                let moved = moved.map(|number| (number, diverted::reason_of(response.headers())));
                self.note_rest(id, response, context.now);
                let by_trunk = self.legs.get(&id).is_some_and(|leg| self.trunk(leg.station).is_some());
                self.log_refusal(id, Some(response));
                let status = if by_trunk { causes::with_reason(response) } else { response.status };
                self.not_taken(id, status, moved, sip, context);
            }
            Some(State::Up) if self.prove_offer(id, response, sip, context) => {}
            Some(State::Up) => self.offer_refused(id, response.status, sip, context),
            _ => {}
        }
    }

    /// There is no final response to an INVITE of ours.
    pub(crate) fn failed(
        &mut self,
        request: RequestId,
        failure: Failure,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        self.provable.remove(&request);
        let purpose = self.requests.remove(&request);
        if purpose.is_some_and(|purpose| self.trunk_answered(purpose, None, sip, context)) {
            return;
        }
        match purpose {
            Some(Purpose::Invite(id)) => match self.legs.get(&id).map(|leg| leg.state) {
                Some(State::Ringing) if self.try_next_address(id, None, sip, context) => {}
                Some(State::Ringing) => {
                    debug!(leg = id.0, %failure, "SIP phone does not take the call");
                    self.log_refusal(id, None);
                    self.not_taken(id, StatusCode::SERVER_TIMEOUT, None, sip, context);
                }
                // Who has lost its connection may come back.
                Some(State::Up) if failure == Failure::FlowLost => self.offer_over(id),
                Some(State::Up) => self.offer_refused(id, StatusCode::REQUEST_TIMEOUT, sip, context),
                _ => {}
            },
            Some(Purpose::Talk(id)) => self.cannot(id, context),
            Some(Purpose::Initiate(station, reference)) => not_initiated(station, reference, context),
            Some(Purpose::Report(id)) => self.reported(id, sip, context),
            Some(Purpose::Notify(dialog)) => self.notified(dialog, None, sip, context),
            Some(Purpose::Probe) => self.probed(request, false, sip, context),
            Some(Purpose::Caller(id)) => self.caller_answered(id, None, sip, context),
            Some(
                Purpose::Other
                | Purpose::Prove(..)
                | Purpose::Keepalive(_)
                | Purpose::Registration(_)
                | Purpose::Mailbox(_)
                | Purpose::Goodbye(..),
            )
            | None => {}
        }
    }

    /// The final response to a request of ours that is no INVITE.
    pub(crate) fn responded(
        &mut self,
        request: RequestId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        if self.proves(request, response, sip, context) {
            return;
        }
        let purpose = self.requests.remove(&request);
        if purpose.is_some_and(|purpose| self.trunk_answered(purpose, Some(response), sip, context)) {
            return;
        }
        match purpose {
            Some(Purpose::Talk(id)) if !response.status.is_success() => self.cannot(id, context),
            Some(Purpose::Initiate(station, reference)) if !response.status.is_success() => {
                not_initiated(station, reference, context);
            }
            Some(Purpose::Report(id)) => self.reported(id, sip, context),
            Some(Purpose::Notify(dialog)) => self.notified(dialog, Some(response.status), sip, context),
            Some(Purpose::Probe) => self.probed(request, true, sip, context),
            Some(Purpose::Caller(id)) => self.caller_answered(id, Some(response.status), sip, context),
            Some(Purpose::Prove(station, flow)) => {
                let knows_update = response.headers().allow().contains("UPDATE");
                self.is_there(station, &flow, knows_update, sip, context);
            }
            Some(Purpose::Goodbye(station, dialog)) if is_challenge(response.status) => {
                self.say_goodbye(station, dialog, Some(response), sip, context);
            }
            _ => {}
        }
    }

    /// Says why a trunk does not take a call: nobody at a telephone is told that.
    fn log_refusal(&self, id: LegId, response: Option<&Response>) {
        let Some(leg) = self.legs.get(&id) else { return };
        let Some(trunk) = self.trunk(leg.station) else { return };
        let dial_peer = trunk.tag;
        let Some(response) = response else {
            return info!(dial_peer, "the dial peer does not answer a call");
        };
        let to = response.headers().to().ok();
        let number = to.and_then(|to| Some(to.uri().ok()?.user_decoded()?.into_owned())).unwrap_or_default();
        let (status, phrase) = (response.status, response.status.reason());
        let said = |name| response.headers().get(name).unwrap_or_default();
        let (reason, warning) = (said(HeaderName::REASON), said(HeaderName::new("Warning")));
        info!(dial_peer, number, reason, warning, "the dial peer refuses a call: {status} {phrase}");
    }

    /// A phone cannot do what it was asked to do.
    pub(super) fn cannot(&mut self, id: LegId, context: &mut Context<'_>) {
        if let Some((station, reference)) = self.connection_of(id) {
            context.station(station, StationInput::Act(Act::Cannot(reference)));
        }
    }

    /// One contact does not take the call. When none is left, the phone does not.
    pub(super) fn not_taken(
        &mut self,
        id: LegId,
        status: StatusCode,
        moved: Option<(SmolStr, DiversionReason)>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.remove(&id) else { return };
        self.clean_up(&leg, context);
        let (station, Some(reference)) = (leg.station, leg.reference) else { return };
        let by_trunk = self.trunk(station).is_some();
        let others = self.legs.at(station).any(|(_, other)| other.reference == Some(reference));
        let Some(phone) = self.phones.get_mut(&station) else { return };
        let best = phone.refused.entry(reference).or_insert(status);
        if causes::weight(status) < causes::weight(*best) {
            *best = status;
        }
        let best = *best;
        if moved.is_none()
            && !others
            && best.code() < 600
            && self.call_next_group(station, &leg.number, reference, sip, context)
        {
            return;
        }
        let Some(phone) = self.phones.get_mut(&station) else { return };
        let input = match moved {
            Some((number, reason)) => Act::Deflects(reference, number, reason),
            None if others && best.code() < 600 => return,
            None => Act::Declines(reference, causes::of_status(best, by_trunk)),
        };
        phone.refused.remove(&reference);
        if let (Act::Declines(..), Some(call)) = (&input, call_of(context, station, reference)) {
            self.outcomes.insert(call, (best, by_trunk));
        }
        context.station(station, StationInput::Act(input));
    }

    /// A phone does not take an offer of ours: the session is as it was. If it does not answer, the dialog is over (RFC 3261,
    /// 12.2.1.2).
    fn offer_refused(
        &mut self,
        id: LegId,
        status: StatusCode,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        self.offer_over(id);
        if status == StatusCode::REQUEST_TIMEOUT {
            let connection = self.connection_of(id);
            self.end_leg(id, Ending::Gone, sip, context);
            if let Some((station, reference)) = connection {
                context.station(station, StationInput::Act(Act::Leaves(reference)));
            }
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        // What is too short a session is asked for once more, with a longer one.
        let too_short = status == StatusCode::SESSION_INTERVAL_TOO_SMALL
            && !std::mem::replace(&mut leg.offered_longer, true);
        if status == StatusCode::REQUEST_PENDING || too_short {
            let wait = leg.dialog.map(|dialog| sip.glare_delay(dialog)).unwrap_or_default();
            let wait = if too_short { HOLD_DELAY } else { wait };
            leg.media.told = None;
            self.timers.stop(leg.offer_timer.take());
            leg.offer_timer = Some(self.timers.start(context.now + wait, Timer::Offer(id)));
        }
    }

    /// The session of a leg is to be refreshed with a re-INVITE.
    pub(crate) fn refresh(&mut self, dialog: DialogId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(id) = self.dialogs.get(&dialog).copied() else { return };
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.media.is_idle() && leg.request.is_none()) else {
            return;
        };
        if let Some(bytes) = leg.media.again() {
            self.send_offer(id, bytes, sip, context);
        }
    }
}

/// The number to which a phone that was called sends its callers (3xx): of several, the one that it prefers (`q`).
fn moved_to(response: &Response) -> Option<SmolStr> {
    if !(300..400).contains(&response.status.code()) {
        return None;
    }
    let number = |contact: Contact<'_>| {
        let address = contact.address()?;
        Some((preference(address), dialled(&address.uri().ok()?)?))
    };
    let mut numbers: Vec<(u16, SmolStr)> =
        response.headers().contacts().filter_map(Result::ok).filter_map(number).collect();
    numbers.sort_by_key(|(preference, _)| std::cmp::Reverse(*preference));
    numbers.into_iter().next().map(|(_, number)| number)
}

/// The media engine learns the keys of a leg whose connection is known.
fn tell_keys(leg: &Leg, context: &mut Context<'_>) {
    if let Some((reference, keys)) = leg.reference.zip(leg.media.security.agreed()) {
        context.out.push(Output::MediaKeys { audio: AudioId(reference), keys: Some(keys) });
    }
}

/// A phone does not make a call that it was asked to make.
fn not_initiated(station: StationId, reference: u32, context: &mut Context<'_>) {
    let input = Act::Declines(reference, EventCause::CallCancelled);
    context.station(station, StationInput::Act(input));
}

/// The number in a URI, if it can be dialled.
pub(super) fn dialled(uri: &Uri<'_>) -> Option<SmolStr> {
    let user = uri.user_decoded()?;
    let number = user.split(';').next().unwrap_or_default();
    let number: String = number.chars().filter(|char| !matches!(char, '-' | '.' | '(' | ')' | ' ')).collect();
    let dials = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'*' | b'#' | b'+' | b'A'..=b'D');
    let right = !number.is_empty() && number.len() <= MAX_NUMBER && number.bytes().all(dials);
    right.then(|| number.into())
}

/// Remembers what a phone says it can do: in its first request or response of a dialog at the latest.
fn note_capabilities(leg: &mut Leg, headers: &Headers) {
    let events = || headers.elements(HeaderName::ALLOW_EVENTS);
    leg.talks |= events().any(|event| event.eq_ignore_ascii_case("talk"));
    leg.knows_kpml |= events().any(|event| event.eq_ignore_ascii_case(kpml::EVENT));
    leg.takes_info |= headers.elements(HeaderName::ALLOW).any(|method| method == "INFO");
    leg.takes_reliable |= headers.supported().contains("100rel");
    leg.takes_update |= headers.elements(HeaderName::ALLOW).any(|method| method == "UPDATE");
}
