//! From the view of a station to the requests and responses of its legs.

use hookflash_core::{
    Act, CodecSet, EventCause, Party, StationId, StationInput, Verb,
    view::{Appearance, CallDisplay},
};
use hookflash_sip::{Outgoing, RequestInDialog};
use hookflash_wire::sip::{HeaderName, Method, StatusCode};
use smol_str::SmolStr;
use tracing::debug;

use super::{
    HOLD_DELAY, INVITE_PATIENCE, MAX_LEGS, MEDIA_TIME, Purpose, SipPhones, Timer, causes, headers,
    leg::{Ending, Leg, LegId, State},
    media::{Target, Told, body},
    trunks::ByTrunk,
};
use crate::{
    Context,
    sip::{Endpoint, Flow, Reply, User},
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
        }
    }

    fn draw(&mut self, id: LegId, appearance: &Appearance, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if appearance.asked.is_none() {
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
            (State::Answering, _) => self.acknowledge(id, appearance, sip, context),
            (State::Up, _) => {
                self.draw_media(id, appearance, sip, context);
                self.ask(id, appearance, sip, context);
            }
        }
    }

    /// 180, once.
    fn ring_back(
        &mut self,
        id: LegId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(incoming) = leg.incoming.as_mut().filter(|_| !leg.rings) else { return };
        leg.rings = true;
        let headers = headers::identity(other(appearance), &leg.server, true);
        if incoming.request().headers().require().contains("100rel") {
            return self.ring_back_reliably(id, headers, sip, context);
        }
        let reply = Reply::from(StatusCode::RINGING).with_headers(&headers);
        sip.progress(context.now, incoming, reply, context.out);
    }

    /// The called party has answered: so is the phone's INVITE, when it is known where that party receives.
    fn accept(&mut self, id: LegId, appearance: &Appearance, sip: &mut Endpoint, context: &mut Context<'_>) {
        let codecs = self.legs.get(&id).map_or(CodecSet::EMPTY, |leg| self.codecs_of(leg.station));
        let target = Target::of(appearance, codecs);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        // Who has made no offer has no address yet; the other party may need one to say its own.
        if target == Target::Waiting && leg.description.is_some() {
            return self.wait_for_media(id, context);
        }
        let Some(incoming) = leg.incoming.take() else { return };
        let local = leg.flow.local().ip();
        let bytes = match leg.media.theirs {
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
        let headers = headers::identity(other(appearance), &leg.server, true);
        let reply = Reply::from(StatusCode::OK).with_headers(&headers).with_body(Some(body(&bytes)));
        sip.reply(context.now, incoming, reply, context.out);
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
                Target::Stream { address, codec, heard, .. },
                Some(Target::Stream { address: before, codecs, codec: was, heard: was_heard, .. }),
            ) => address == before && heard == was_heard && (codec == was || codecs.contains(codec)),
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
        leg.told = Some(now);
        if !leg.takes_update {
            if let Some(bytes) = leg.media.again() {
                leg.media.offered = true;
                self.send_offer(id, bytes, sip, context);
            }
            return;
        }
        let headers = headers::identity(party, &leg.server, false);
        let request = RequestInDialog { headers: &headers, ..RequestInDialog::new(&Method::Update) };
        if let Ok(request) = sip.send_in_dialog(context.now, dialog, &request, context.out) {
            self.requests.insert(request, Purpose::Other);
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
        let headers = headers::identity(&party, &leg.server, false);
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

    /// Lets the phone do what it is asked to do, in a way that it knows; if it knows none, the switch is told.
    fn ask(&mut self, id: LegId, appearance: &Appearance, sip: &mut Endpoint, context: &mut Context<'_>) {
        let may_auto_answer = self.may_auto_answer(id);
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.asked) else { return };
        let by_itself = appearance.auto_answer && leg.state == State::Ringing;
        let wish = match appearance.asked {
            Some(verb) => Some(verb),
            None if by_itself && leg.rings => Some(Verb::AnswerCall),
            None => None,
        };
        let Some(wish) = wish else { return };
        let talks = leg.talks && leg.dialog.is_some();
        match (talks, leg.cisco) {
            (true, _) => {
                leg.asked = true;
                self.talk(id, sip, context);
            }
            (false, true) => {
                leg.asked = true;
                self.remote_control(id, wish, sip, context);
            }
            (false, false) if by_itself && appearance.asked.is_none() => {}
            (false, false) if wish == Verb::AnswerCall && may_auto_answer => {
                self.call_again(id, appearance, sip, context);
            }
            (false, false) => {
                leg.asked = true;
                self.cannot(id, context);
            }
        }
    }

    fn may_auto_answer(&self, id: LegId) -> bool {
        let leg = self.legs.get(&id);
        let phone = leg.and_then(|leg| self.phones.get(&leg.station));
        phone.is_some_and(|phone| phone.pool.auto_answer)
    }

    /// NOTIFY with `Event: talk`: a ringing phone answers, one that has put the call aside takes it back.
    fn talk(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(dialog) = self.legs.get(&id).and_then(|leg| leg.dialog) else { return };
        let headers = [
            (HeaderName::EVENT, "talk".to_owned()),
            (HeaderName::SUBSCRIPTION_STATE, "terminated".to_owned()),
        ];
        let request = RequestInDialog { headers: &headers, ..RequestInDialog::new(&Method::Notify) };
        match sip.send_in_dialog(context.now, dialog, &request, context.out) {
            Ok(request) => drop(self.requests.insert(request, Purpose::Talk(id))),
            Err(_) => self.cannot(id, context),
        }
    }

    /// REFER with a request of Cisco's remote control.
    fn remote_control(&mut self, id: LegId, wish: Verb, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get(&id) else { return };
        let Some(dialog) = leg.dialog.and_then(|dialog| sip.dialog(dialog)) else {
            return self.cannot(id, context);
        };
        let element = if wish == Verb::AnswerCall { "answercallreq" } else { "holdretrievereq" };
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-request><{element}><dialogid>\
             <callid>{}</callid><localtag>{}</localtag><remotetag>{}</remotetag></dialogid></{element}>\
             </x-cisco-remotecc-request>\n",
            dialog.call_id(),
            dialog.remote_tag(),
            dialog.id().tag(),
        );
        let (flow, server) = (leg.flow, leg.server.clone());
        let name = format!("{}@{server}", id.0);
        let from = format!("<{}>", headers::uri(&leg.number, &server));
        let headers = [
            (HeaderName::REFER_TO, format!("<cid:{name}>")),
            (HeaderName::new("Content-Id"), format!("<{name}>")),
            (HeaderName::REQUIRE, "norefersub".to_owned()),
            (HeaderName::REFERRED_BY, from.clone()),
        ];
        let uri = sip.dialog(dialog.id()).map(|dialog| dialog.request_uri().to_owned()).unwrap_or_default();
        let to = format!("<{uri}>");
        let kind = hookflash_sip::ContentKind {
            content_type: "application/x-cisco-remotecc-request+xml",
            disposition: None,
        };
        let outgoing = Outgoing {
            contact: Some(""),
            headers: &headers,
            body: Some(hookflash_sip::Body { kind, bytes: body.as_bytes() }),
            patience: hookflash_core::PATIENCE,
            ..Outgoing::new(&Method::Refer, flow, &uri, &from, &to)
        };
        match sip.send(context.now, User::Phones, &outgoing, context.out) {
            Ok(request) => drop(self.requests.insert(request, Purpose::Talk(id))),
            Err(_) => self.cannot(id, context),
        }
    }

    /// Calls a ringing phone once more, with headers that make it answer.
    fn call_again(
        &mut self,
        id: LegId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get(&id) else { return };
        let (station, number) = (leg.station, leg.number.clone());
        self.end_leg(id, Ending::Elsewhere, sip, context);
        let answering = Appearance { auto_answer: true, ..appearance.clone() };
        for leg in self.call_contacts(station, &number, &answering, sip, context) {
            if let Some(leg) = self.legs.get_mut(&leg) {
                leg.asked = true;
            }
        }
    }

    /// A call of the station that has no leg: it may ring, or be a transfer that reached nobody.
    fn draw_without_leg(
        &mut self,
        station: StationId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let reference = appearance.reference;
        let has_leg = |leg: &Leg| leg.station == station && leg.reference == Some(reference);
        if self.legs.values().any(has_leg) {
            return;
        }
        match appearance.display {
            CallDisplay::RingingIn { .. } | CallDisplay::Prompted => {
                self.ring(station, appearance, sip, context);
            }
            CallDisplay::Failed(cause) => {
                self.transfer_failed(station, cause, sip, context);
                context.station(station, StationInput::Act(Act::Leaves(reference)));
            }
            _ => {}
        }
    }

    /// Calls all contacts of the phone.
    fn ring(
        &mut self,
        station: StationId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(phone) = self.phones.get_mut(&station) else { return };
        if phone.rung.contains(&appearance.reference) {
            return;
        }
        phone.rung.push(appearance.reference);
        let line = context.switch.stations().get(station).and_then(|station| station.line(appearance.line));
        let number = line.map(|line| context.switch.lines()[line].number().clone()).unwrap_or_default();
        if self.call_contacts(station, &number, appearance, sip, context).is_empty() {
            let input = Act::Declines(appearance.reference, EventCause::DestOutOfOrder);
            context.station(station, StationInput::Act(input));
        }
    }

    fn call_contacts(
        &mut self,
        station: StationId,
        number: &SmolStr,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Vec<LegId> {
        let Some(phone) = self.phones.get(&station) else { return Vec::new() };
        if phone.trunk.is_some() {
            return self.leave_by_trunk(station, appearance, sip, context).into_iter().collect();
        }
        let contacts: Vec<Called> = phone
            .contacts
            .to_call(number)
            .into_iter()
            .map(|contact| Called {
                uri: contact.uri().into(),
                route: contact.path().into(),
                flow: *contact.flow(),
                server: contact.server().into(),
                cisco: contact.is_cisco(),
            })
            .collect();
        let legs = contacts
            .into_iter()
            .filter_map(|called| self.call_contact(station, number, appearance, called, sip, context));
        legs.collect()
    }

    /// Sends an INVITE to the target of a trunk.
    fn leave_by_trunk(
        &mut self,
        station: StationId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Option<LegId> {
        let local = self.local.filter(|_| self.legs.len() < MAX_LEGS)?;
        let session = self.next_session_id();
        let trunk = self.trunk(station)?;
        let target = trunk.target?;
        let party = other(appearance);
        let called = trunk.translate_outgoing.called(&appearance.called.number)?;
        let calling = trunk.translate_outgoing.calling(&party.number)?;
        let server = SmolStr::from(local.ip().to_string());
        let flow = Flow::Datagrams { local, peer: target };
        let number = appearance.called.number.clone();
        let mut leg = Leg::new((station, number), State::Ringing, flow, server.clone(), session);
        let codecs = self.codecs_of(station);
        let media = match appearance.peer {
            Some(peer) => {
                let codec = peer.codecs.common(codecs).unwrap_or(super::CODECS[0]);
                Some(Target::stream(&peer, codec, codecs))
            }
            None => None,
        };
        if let Some(target) = media {
            leg.media.offer(target, codecs, local.ip());
        }
        let shown = Party { number: calling.clone(), ..party.clone() };
        let mut headers = headers::identity(&shown, &server, false);
        if let Some(redirection) = appearance.redirection.as_deref().filter(|_| appearance.incoming) {
            headers.extend(headers::diversion(redirection, &server));
        }
        leg.by_trunk = Some(Box::new(ByTrunk {
            from: headers::address(&shown, &server),
            to: format!("<{}>", headers::uri(&called, &target.ip().to_string())),
            call_id: format!("{session}-{}@{server}", appearance.reference),
            called,
            calling,
            headers,
            proved: false,
        }));
        leg.reference = Some(appearance.reference);
        leg.told = Some(party.into());
        let id = self.next_leg();
        self.legs.insert(id, leg);
        if self.call_by_trunk(id, None, sip, context) {
            return Some(id);
        }
        self.legs.remove(&id);
        None
    }

    /// Sends an INVITE to one contact.
    fn call_contact(
        &mut self,
        station: StationId,
        number: &SmolStr,
        appearance: &Appearance,
        called: Called,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Option<LegId> {
        if self.legs.len() >= MAX_LEGS {
            return None;
        }
        let session = self.next_session_id();
        let server = called.server;
        let mut leg = Leg::new((station, number.clone()), State::Ringing, called.flow, server, session);
        let party = other(appearance);
        let codecs = self.codecs_of(station);
        let offer = appearance.peer.filter(|_| appearance.display != CallDisplay::Prompted).map(|peer| {
            let codec = peer.codecs.common(codecs).unwrap_or(super::CODECS[0]);
            leg.media.offer(Target::stream(&peer, codec, codecs), codecs, called.flow.local().ip())
        });
        let mut headers = headers::identity(party, &leg.server, false);
        if let Some(redirection) = appearance.redirection.as_deref().filter(|_| appearance.incoming) {
            headers.extend(headers::diversion(redirection, &leg.server));
        }
        if appearance.auto_answer {
            headers.extend(headers::auto_answer(&leg.server));
        }
        let (from, to) =
            (headers::address(party, &leg.server), format!("<{}>", headers::uri(number, &leg.server)));
        let outgoing = Outgoing {
            route: &called.route,
            contact: Some(number),
            headers: &headers,
            body: offer.as_deref().map(body),
            patience: INVITE_PATIENCE,
            ..Outgoing::new(&Method::Invite, called.flow, &called.uri, &from, &to)
        };
        let request = sip.send(context.now, User::Phones, &outgoing, context.out).ok()?;
        let id = self.next_leg();
        leg.reference = Some(appearance.reference);
        leg.request = Some(request);
        leg.cisco = called.cisco;
        leg.told = Some(party.into());
        self.requests.insert(request, Purpose::Invite(id));
        self.legs.insert(id, leg);
        Some(id)
    }

    /// The connection of a leg is not the station's any more.
    fn gone(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        if self.legs.get(&id).is_some_and(|leg| leg.transfer.is_some()) {
            return self.transferred(id, sip, context);
        }
        self.end_leg(id, Ending::Gone, sip, context);
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
                Ending::Failed(cause) => causes::to_status(cause),
                Ending::Gone | Ending::Elsewhere if leg.state == State::Up => {
                    (StatusCode::REQUEST_TERMINATED, 16)
                }
                Ending::Gone | Ending::Elsewhere => (StatusCode::TEMPORARILY_UNAVAILABLE, 16),
            };
            let headers = [(HeaderName::REASON, format!("Q.850;cause={reason}"))];
            sip.reply(now, incoming, Reply::from(status).with_headers(&headers), context.out);
        }
        match (leg.state, leg.request, leg.dialog) {
            (State::Ringing, Some(request), _) => match ending {
                Ending::Elsewhere => sip.cancel_because(now, request, ELSEWHERE, context.out),
                Ending::Gone | Ending::Failed(_) => sip.cancel(now, request, context.out),
            },
            (State::Answering | State::Up, _, Some(dialog)) => sip.end(now, dialog, context.out),
            _ => {}
        }
        self.clean_up(&leg, sip);
        self.unregister_if_gone(leg.station, context);
    }
}

/// A contact that is called.
struct Called {
    uri: String,
    route: String,
    flow: Flow,
    server: SmolStr,
    cisco: bool,
}

/// The party at the other end.
fn other(appearance: &Appearance) -> &Party {
    match appearance.incoming {
        true => &appearance.calling,
        false => &appearance.called,
    }
}
