//! Calls to phones and other networks: INVITE to each contact of a phone, those with the highest `q` first, or to the target of a
//! trunk.
//!
//! The INVITE has an offer with what the caller receives. An ordinary phone that calls opens its channel for that first
//! ([`OFFER_TIME`]); if nothing is known in time, or the phone does not take the offer, the INVITE goes without one, and the
//! phone makes an offer when it answers.

use std::time::Duration;

use hookflash_core::{
    Act, CodecSet, EventCause, Party, StationId, StationInput,
    view::{Appearance, CallDisplay},
};
use hookflash_sip::Outgoing;
use hookflash_wire::sip::{HeaderName, Method, Response, StatusCode};
use smol_str::{SmolStr, format_smolstr};

use super::{
    Contact, MAX_LEGS, OFFER_TIME, Purpose, SipPhones, Timer, diverted, headers,
    leg::{Leg, LegId, State},
    media::{Target, body},
    refer::call_of,
    register::PROOF_PATIENCE,
    render::other,
    settings::Identity,
    trunks::ByTrunk,
};
use crate::{
    Context,
    config::Reliable,
    sip::{Endpoint, Flow, User},
};

/// Longest session that somebody who is called may ask for, in seconds.
const LONGEST_SESSION: u32 = 86_400;

impl SipPhones {
    /// A call of the station that has no leg: it may ring, or be a transfer that reached nobody.
    pub(super) fn draw_without_leg(
        &mut self,
        station: StationId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let reference = appearance.reference;
        if self.legs.at(station).any(|(_, leg)| leg.reference == Some(reference)) {
            return;
        }
        match appearance.display {
            CallDisplay::Prompted if self.initiate(station, appearance, sip, context) => {}
            CallDisplay::RingingIn { .. } if self.comes_back(station, appearance, sip, context) => {}
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
        // The caller is about to say where it receives: the call is offered with that.
        if appearance.offer_expected && appearance.offer.is_none() {
            let until = phone.offers.entry(appearance.reference).or_insert_with(|| {
                let until = context.now + OFFER_TIME;
                self.timers.start(until, Timer::Ring(station));
                until
            });
            if context.now < *until {
                return;
            }
        }
        phone.rung.push(appearance.reference);
        let line = context.switch.stations().get(station).and_then(|station| station.line(appearance.line));
        let number = line.map(|line| context.switch.lines()[line].number().clone()).unwrap_or_default();
        if self.call_contacts(station, &number, appearance, sip, context).is_empty() {
            // The other network has said that it has no capacity, or it is not there.
            let rests = self.phones.get(&station).and_then(|phone| phone.rests);
            let cause = match rests.is_some_and(|until| until > context.now) {
                true => EventCause::NetworkCongestion,
                false => EventCause::DestOutOfOrder,
            };
            let input = Act::Declines(appearance.reference, cause);
            context.station(station, StationInput::Act(input));
        }
    }

    pub(super) fn call_contacts(
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
        let first = phone.contacts.to_call(number).iter().map(|contact| contact.preference()).max();
        let Some(first) = first else { return Vec::new() };
        self.call_group(station, (number, first), appearance, sip, context)
    }

    /// Calls the contacts of a phone with this preference.
    fn call_group(
        &mut self,
        station: StationId,
        (number, preference): (&SmolStr, u16),
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Vec<LegId> {
        let Some(phone) = self.phones.get_mut(&station) else { return Vec::new() };
        phone.called.insert(appearance.reference, preference);
        let contacts = phone.contacts.to_call(number).into_iter();
        let group: Vec<Called> = contacts
            .filter(|contact| contact.preference() == preference)
            .map(|contact| Called::by(contact, number))
            .collect();
        let legs = group
            .into_iter()
            .filter_map(|called| self.call_contact(station, number, appearance, called, sip, context));
        legs.collect()
    }

    /// Calls the contacts that are preferred next, when those before do not take the call (RFC 3261, 16.6). False if there are
    /// none.
    pub(super) fn call_next_group(
        &mut self,
        station: StationId,
        number: &SmolStr,
        reference: u32,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(phone) = self.phones.get(&station) else { return false };
        let Some(before) = phone.called.get(&reference).copied() else { return false };
        let contacts = phone.contacts.to_call(number);
        let next = contacts.iter().map(|contact| contact.preference()).filter(|own| *own < before).max();
        let view = context.switch.station_view(station);
        let shown = view.appearances.iter().find(|shown| shown.reference == reference);
        let (Some(next), Some(shown)) = (next, shown.filter(|shown| shown.display.is_ringing())) else {
            return false;
        };
        !self.call_group(station, (number, next), shown, sip, context).is_empty()
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
        self.phones.get(&station).filter(|phone| phone.rests.is_none_or(|until| until <= context.now))?;
        let trunk = self.trunk(station)?;
        let ways = self.ways_out(context.now, station);
        let (place, peer) = ways.first()?;
        let (host, peer) = (trunk.behind.as_ref().unwrap_or(place).host(), *peer);
        let party = other(appearance);
        // The host of an address is the other network's own matter.
        let number = appearance.called.number.split('@').next().unwrap_or_default();
        let called = trunk.translate_outgoing.called(number)?;
        let called =
            if trunk.prefix.is_empty() { called } else { format_smolstr!("{}{called}", trunk.prefix) };
        let calling = trunk.translate_outgoing.calling(&self.settings.in_full(&party.number))?;
        let server = SmolStr::from(local.ip().to_string());
        let flow = Flow::Datagrams { local, peer };
        let number = appearance.called.number.clone();
        let mut leg = Leg::new((station, number), State::Ringing, flow, server.clone(), session);
        let codecs = self.codecs_of(station);
        leg.wants_info = self.wants_info(station);
        leg.media.security = self.security(station, session);
        leg.media.order = self.order_of(station);
        let forced = || trunk.early_offer && appearance.display != CallDisplay::Prompted;
        let first = first_offer(&leg, appearance, codecs);
        if let Some(target) = first.or_else(|| forced().then_some(Target::Waiting)) {
            leg.media.offer(target, codecs, local.ip());
        }
        leg.hops = self.hops(station, appearance, context);
        let (shown, hidden) = trunk.presented(Party { number: calling, ..party.clone() });
        let calling = shown.number.clone();
        let mut headers = headers::identity(&shown, &server, false, trunk.identity);
        headers.extend(hidden.and_then(|hidden| headers::asserted(&hidden, &server, trunk.identity)));
        headers.extend(self.asserted(station, appearance, &server, context));
        if let Some(redirection) = appearance.redirection.as_deref().filter(|_| appearance.incoming) {
            let shown = |party: &Party| Party {
                number: trunk
                    .translate_outgoing
                    .redirecting(&self.settings.in_full(&party.number))
                    .unwrap_or_default(),
                ..party.clone()
            };
            headers.extend(diverted::write(redirection, &server, self.settings.history, shown));
        }
        leg.by_trunk = Some(Box::new(ByTrunk {
            from: headers::address(&shown, self.settings.from_host.as_ref().unwrap_or(&server)),
            to: format!("<{}>", headers::uri(&called, &host)),
            call_id: format!("{session}-{}@{server}", appearance.reference),
            called,
            calling,
            headers,
            waits_for: None,
            proofs: 0,
            least: None,
            unreliable: false,
            to_try: ways.into(),
        }));
        leg.reference = Some(appearance.reference);
        leg.told = Some(party.into());
        leg.call = call_of(context, station, appearance.reference);
        if let Some(phone) = self.phones.get_mut(&station) {
            phone.turns = phone.turns.wrapping_add(1);
        }
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
        leg.wants_info = self.wants_info(station);
        leg.hops = self.hops(station, appearance, context);
        leg.without_offer = called.without_offer;
        leg.media.security = self.security(station, session);
        leg.media.order = self.order_of(station);
        let offer =
            first_offer(&leg, appearance, codecs).filter(|_| !called.without_offer && !leg.is_secured());
        let offer = offer.map(|target| leg.media.offer(target, codecs, called.flow.local().ip()));
        let mut headers = headers::identity(party, &leg.server, false, Identity::Both);
        if let Some(redirection) = appearance.redirection.as_deref().filter(|_| appearance.incoming) {
            headers.extend(diverted::write(redirection, &leg.server, self.settings.history, Party::clone));
        }
        headers.extend(called.cisco.then(|| self.call_info(station, false)).flatten());
        if appearance.auto_answer {
            headers.extend(headers::auto_answer(&leg.server));
        }
        let (from, to) =
            (headers::address(party, &leg.server), format!("<{}>", headers::uri(number, &leg.server)));
        let is_unproven = |contact: &Contact| *contact.flow() == called.flow && contact.is_unproven();
        let patience = match self.phones.get(&station).is_some_and(|own| own.contacts.iter().any(is_unproven))
        {
            true => PROOF_PATIENCE,
            false => self.settings.retries.of_invite(),
        };
        if self.reliable_of(station) == Reliable::Required && !called.unreliable {
            headers.push((HeaderName::REQUIRE, "100rel".to_owned()));
        }
        let outgoing = Outgoing {
            supported: self.supported_of(station),
            session: self.session_of(called.least),
            route: &called.route,
            contact: Some(number),
            headers: &headers,
            body: offer.as_deref().map(body),
            patience,
            hops: leg.hops,
            ..Outgoing::new(&Method::Invite, called.flow, &called.uri, &from, &to)
        };
        let request = sip.send(context.now, User::Phones, &outgoing, context.out).ok()?;
        let id = self.next_leg();
        leg.reference = Some(appearance.reference);
        leg.call = call_of(context, station, appearance.reference);
        leg.request = Some(request);
        leg.cisco = called.cisco;
        (leg.least, leg.unreliable) = (called.least, called.unreliable);
        leg.told = Some(party.into());
        self.requests.insert(request, Purpose::Invite(id));
        self.legs.insert(id, leg);
        Some(id)
    }

    /// A phone does not take what it was offered: it is called once more, and makes an offer itself. False if that was done, or
    /// would not help.
    pub(super) fn called_without_offer(
        &mut self,
        id: LegId,
        status: StatusCode,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(leg) = self.legs.get(&id) else { return false };
        let media = matches!(status.code(), 415 | 488 | 606);
        if !media || leg.without_offer || !leg.media.offered {
            return false;
        }
        let silently = |called: Called| Called { without_offer: true, ..called };
        let Some(again) = self.called_again(id, silently, sip, context) else { return false };
        if let Some(leg) = self.legs.get_mut(&again) {
            leg.without_offer = true;
        }
        true
    }

    /// A phone wants a longer session, or does not know what was required of it: it is called once more so (RFC 4028, 7.3; RFC
    /// 3261, 8.1.3.5). True if that was done.
    pub(super) fn called_otherwise(
        &mut self,
        id: LegId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.by_trunk.is_none()) else { return false };
        let (least, unreliable) = (leg.least, leg.unreliable);
        let wanted = least_session(response).filter(|_| least.is_none());
        let drops = !unreliable && is_without_reliable(response, self.reliable_of(leg.station));
        if wanted.is_none() && !drops {
            return false;
        }
        let otherwise = |called: Called| Called {
            least: wanted.or(least),
            unreliable: unreliable || drops,
            without_offer: called.without_offer,
            ..called
        };
        self.called_again(id, otherwise, sip, context).is_some()
    }

    /// Session-Expires and Min-SE of a call to who wants no shorter session than this, or has said nothing about that.
    pub(super) fn session_of(&self, least: Option<u32>) -> Option<(Duration, Duration)> {
        let Some(least) = least else { return self.settings.session };
        let (interval, own) = self.settings.session.unwrap_or_default();
        let least = Duration::from_secs(least.into()).max(own);
        Some((interval.max(least), least))
    }

    /// Who has refused a call is called once more, in another way. The new leg takes the place of the old one.
    fn called_again(
        &mut self,
        id: LegId,
        otherwise: impl FnOnce(Called) -> Called,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Option<LegId> {
        let leg = self.legs.get(&id)?;
        let (station, number, flow) = (leg.station, leg.number.clone(), leg.flow);
        let without_offer = leg.without_offer;
        let view = context.switch.station_view(station);
        let shown = view.appearances.iter().find(|shown| Some(shown.reference) == leg.reference);
        let shown = shown.filter(|shown| shown.display.is_ringing()).cloned()?;
        let again = match leg.by_trunk.is_some() {
            true => {
                let silent = Appearance { offer: None, ..shown };
                self.leave_by_trunk(station, &silent, sip, context)
            }
            false => {
                let contacts = &self.phones.get(&station)?.contacts;
                let contact = contacts.iter().find(|known| *known.flow() == flow)?;
                let called = otherwise(Called { without_offer, ..Called::by(contact, &number) });
                self.call_contact(station, &number, &shown, called, sip, context)
            }
        }?;
        if let Some(old) = self.legs.remove(&id) {
            self.clean_up(&old, context);
        }
        Some(again)
    }

    /// Who a phone is that does not want to be known: another network learns that, and does not tell it (RFC 3325, 9.1).
    fn asserted(
        &self,
        station: StationId,
        appearance: &Appearance,
        server: &str,
        context: &Context<'_>,
    ) -> Option<(HeaderName<'static>, String)> {
        let hidden = appearance.incoming && other(appearance).number.is_empty();
        let call = call_of(context, station, appearance.reference).filter(|_| hidden)?;
        let mut callers = context.switch.calls().connections(call).filter(|own| !own.is_incoming());
        let is_phone = |caller: StationId| self.trunk(caller).is_none();
        let caller = callers.find(|own| own.station().is_some_and(is_phone))?;
        let number = context.switch.lines()[caller.line()].number().clone();
        let party = Party { number, ..Party::default() };
        let trunk = self.trunk(station);
        let known = self.as_known(station, &party);
        headers::asserted(&known, server, trunk.map(|trunk| trunk.identity).unwrap_or_default())
    }

    /// Max-Forwards of a call: one less than its caller's, so that no call runs in a circle for ever.
    fn hops(&self, station: StationId, appearance: &Appearance, context: &Context<'_>) -> u32 {
        let caller = self.callers(station, appearance.reference, context).map(|(_, leg)| leg.hops);
        let most = self.settings.retries.hops;
        caller.min().map_or(most, |hops| hops.saturating_sub(1).min(most))
    }

    /// The legs of who calls in the call of a connection.
    pub(super) fn callers(
        &self,
        station: StationId,
        reference: u32,
        context: &Context<'_>,
    ) -> impl Iterator<Item = (LegId, &Leg)> {
        let calls = context.switch.calls();
        let call = call_of(context, station, reference);
        let others = call.into_iter().flat_map(|call| calls.connections(call));
        let others: Vec<_> = others
            .filter(|own| !own.is_incoming())
            .filter_map(|own| Some((own.station()?, own.reference())))
            .collect();
        others.into_iter().filter_map(|(station, reference)| {
            self.legs.at(station).find(|(_, leg)| leg.reference == Some(reference))
        })
    }
}

/// A contact that is called.
struct Called {
    /// Whether it does not take the offer that could be made.
    without_offer: bool,
    /// The shortest session that it takes, in seconds, where it has said so.
    least: Option<u32>,
    /// Whether it does not know reliable provisional responses.
    unreliable: bool,
    uri: String,
    route: String,
    flow: Flow,
    server: SmolStr,
    cisco: bool,
}

impl Called {
    /// A contact that is called for a number. One with which a Cisco phone has registered its first line takes calls for the
    /// others too, by their numbers.
    fn by(contact: &super::Contact, number: &str) -> Called {
        let other = contact.is_cisco() && contact.number() != number;
        let at = contact.uri().split_once('@').map(|(_, rest)| rest).filter(|_| other);
        let uri = at.map_or_else(|| contact.uri().to_owned(), |rest| format!("sip:{number}@{rest}"));
        Called {
            without_offer: false,
            least: None,
            unreliable: false,
            uri,
            route: contact.path().into(),
            flow: *contact.flow(),
            server: contact.server().into(),
            cisco: contact.is_cisco(),
        }
    }
}

/// The shortest session that who refuses a call takes, in seconds (422).
pub(super) fn least_session(response: &Response) -> Option<u32> {
    if response.status != StatusCode::SESSION_INTERVAL_TOO_SMALL {
        return None;
    }
    let least = response.headers().min_se().ok().flatten().map(|least| least.seconds);
    least.filter(|least| *least <= LONGEST_SESSION)
}

/// Whether a call is refused because reliable provisional responses were required (420).
pub(super) fn is_without_reliable(response: &Response, reliable: Reliable) -> bool {
    let unsupported = || response.headers().elements(HeaderName::UNSUPPORTED);
    response.status == StatusCode::BAD_EXTENSION
        && reliable == Reliable::Required
        && unsupported().any(|extension| extension.eq_ignore_ascii_case("100rel"))
}

/// What is offered in the INVITE. Where audio may be encrypted, the media engine will be the other party, whose address is known when
/// the call was answered.
fn first_offer(leg: &Leg, appearance: &Appearance, own: CodecSet) -> Option<Target> {
    let offered = appearance.display != CallDisplay::Prompted;
    if leg.is_secured() { offered.then_some(Target::Waiting) } else { offer_to(appearance, own) }
}

/// What a phone that rings is offered; `None` if that is not known, or nothing that it could use.
fn offer_to(appearance: &Appearance, own: CodecSet) -> Option<Target> {
    let peer = appearance.offer.filter(|peer| {
        appearance.display != CallDisplay::Prompted && !peer.secured && peer.behind.is_none()
    })?;
    Some(Target::stream(&peer, peer.codecs.common(own)?, own))
}
