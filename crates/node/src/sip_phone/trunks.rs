//! Trunks: dial peers that lead to other networks (`dial-peer voice TAG voip`).
//!
//! A trunk is a station of the switch whose line is reached by the numbers of another network, and whose calls are legs as
//! those of phones. It has no contacts: it is reached at the address or name of its dial peer, over UDP, TCP or TLS.
//!
//! # Who may call
//!
//! An INVITE is a call by a trunk if it comes from the target of a dial peer, from the registrar of `sip-ua`, or from an
//! address of `ip address trusted list`. Where there are trunks, other calls of strangers are not answered at all.
//!
//! # Numbers
//!
//! Translation profiles are applied at the edge: the switch, displays and applications see numbers as this side dials them.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use hookflash_core::{CodecSet, Diverted, Instant, Party, StationId, StationInput};
use hookflash_sip::{Outgoing, RequestInDialog};
use hookflash_wire::sip::{
    Challenge, Credentials, HeaderName, Headers, Method, NameAddr, Response, StatusCode,
};
use smol_str::SmolStr;
use tracing::{info, warn};

use super::{
    Purpose, REGISTER_AGAIN, SipPhones, Timer,
    admission::{ANONYMOUS, is_anonymous},
    causes,
    connections::{End, Way},
    diverted,
    leg::LegId,
    media::body,
    names::Place,
    register::user,
    ring::{is_without_reliable, least_session},
    settings::{Login, Registrar, TrunkSettings},
};
use crate::{
    Context,
    config::Reliable,
    sip::{DialogId, Endpoint, Incoming, User},
};

/// How long until OPTIONS is sent that could not be.
const KEEPALIVE_AGAIN: Duration = Duration::from_secs(30);

/// How long an answer may take.
const KEEPALIVE_PATIENCE: Duration = Duration::from_secs(4);

/// Longest way that a registrar may name for calls.
const MAX_ROUTE: usize = 1024;

/// The cause of Q.850 with which calls end as usual.
const CLEARED: u8 = 16;

/// How long until a registration that was refused is tried again.
pub(super) const REFUSED_AGAIN: Duration = Duration::from_secs(300);

/// The registration of this server at a registrar.
#[derive(Debug, Default)]
pub(super) struct Registration {
    call_id: String,
    cseq: u32,
    /// How often credentials were sent since the last REGISTER without.
    proofs: u32,
    /// The way of calls by the registrar (RFC 3608).
    route: String,
    /// Until when it is granted; `None` if it is not.
    until: Option<Instant>,
    /// The shortest registration that the registrar grants, in seconds.
    least: u32,
    /// Which of the registrars is asked.
    place: usize,
    /// The address in the Contact that was registered last.
    local: Option<SocketAddr>,
}

/// Who called by a trunk, and whom.
pub(super) struct Arrived {
    pub(super) station: StationId,
    pub(super) called: SmolStr,
    pub(super) calling: (SmolStr, SmolStr),
    /// The numbers from which the call was diverted, oldest first.
    pub(super) diverted: Vec<Diverted>,
}

impl SipPhones {
    /// Brings trunks into service, and registers, after settings have changed.
    pub(crate) fn settle_trunks(&mut self, sip: &mut Endpoint, context: &mut Context<'_>) -> bool {
        if !std::mem::take(&mut self.trunks_changed) {
            return false;
        }
        self.ask_names(context);
        let stations: Vec<StationId> = self.trunk_stations().collect();
        for station in &stations {
            self.bring_up(*station, context);
            self.ask_whether_up(*station, sip, context);
        }
        self.register_at_registrar(false, sip, context);
        self.settle_mailboxes(sip, context);
        !stations.is_empty()
    }

    fn trunk_stations(&self) -> impl Iterator<Item = StationId> {
        self.trunk_ids.iter().copied()
    }

    /// Where a trunk is reached.
    pub(super) fn trunk_address(&self, now: Instant, station: StationId) -> Option<SocketAddr> {
        self.ways_out(now, station).first().map(|(_, address)| *address)
    }

    fn bring_up(&mut self, station: StationId, context: &mut Context<'_>) {
        let is_somewhere = self.trunk(station).is_some_and(|trunk| !trunk.targets.is_empty());
        if is_somewhere && self.trunk_address(context.now, station).is_none() {
            return;
        }
        let known = context.switch.stations().get(station);
        if known.is_some_and(|known| !known.is_registered()) {
            let codecs: CodecSet = super::CODECS.into_iter().collect();
            context.station(station, StationInput::Register(codecs));
        }
    }

    /// The settings of a trunk; `None` for a phone.
    pub(super) fn trunk(&self, station: StationId) -> Option<&TrunkSettings> {
        self.phones.get(&station)?.trunk.as_ref()
    }

    /// What is known to those who are behind a trunk.
    pub(super) fn logins_of(&self, station: StationId) -> &[Login] {
        self.trunk(station).map(|trunk| trunk.logins.as_slice()).unwrap_or_default()
    }

    /// A party as who is behind a station knows it: a trunk knows numbers in full, and translated.
    pub(super) fn as_known(&self, station: StationId, party: &Party) -> Party {
        let Some(trunk) = self.trunk(station) else { return party.clone() };
        let number = self.settings.in_full(&party.number);
        let number = trunk.translate_outgoing.calling(&number).unwrap_or(number);
        Party { number, ..party.clone() }
    }

    /// The headers that say to who is behind a station who a party is.
    pub(super) fn identity(
        &self,
        station: StationId,
        party: &Party,
        server: &str,
        called: bool,
    ) -> Vec<(HeaderName<'static>, String)> {
        let trunk = self.trunk(station);
        let wanted = trunk.map(|trunk| trunk.identity).unwrap_or_default();
        let known = self.as_known(station, party);
        let (shown, hidden) = match trunk.filter(|_| !called) {
            Some(trunk) => trunk.presented(known),
            None => (known, None),
        };
        let mut headers = super::headers::identity(&shown, server, called, wanted);
        headers.extend(hidden.and_then(|hidden| super::headers::asserted(&hidden, server, wanted)));
        headers
    }

    /// Whether calls of strangers are left unanswered.
    pub(super) fn is_silent(&self) -> bool {
        let is_configured = |id| self.trunk(id).is_some_and(|trunk| trunk.tag != 0);
        self.settings.trusted_only && self.trunk_stations().any(is_configured)
    }

    // Calls that come in

    /// The trunk that an INVITE comes by, and the numbers as this side knows them; `None` if it comes by none.
    pub(super) fn arrives(&self, incoming: &Incoming, called: &str) -> Option<Result<Arrived, StatusCode>> {
        let peer = incoming.flow().peer().ip();
        let is_target = |trunk: &TrunkSettings| {
            trunk.targets.iter().chain(&trunk.behind).any(|target| self.is_at(target, peer))
        };
        let trusted = !self.settings.trusted_only
            || self.settings.trusts(peer)
            || self.is_registrar(peer)
            || self.trunk_stations().any(|id| self.trunk(id).is_some_and(is_target));
        if !trusted {
            return None;
        }
        let (number, name) = match is_anonymous(incoming) {
            true => (SmolStr::default(), ANONYMOUS.into()),
            false => caller(incoming.request().headers()),
        };
        let all = &self.settings.translate_arriving;
        let (Some(called), Some(number)) = (all.called(called), all.calling(&number)) else {
            return Some(Err(StatusCode::FORBIDDEN));
        };
        let fits = |trunk: &TrunkSettings| (trunk.inbound.fit(incoming, &called, &number), is_target(trunk));
        let trunks = self.trunk_stations().filter_map(|id| Some((id, self.trunk(id)?)));
        // Where none fits, it is the one with the tag 0, which changes nothing.
        let best =
            |(id, trunk): &(StationId, &TrunkSettings)| (fits(trunk), trunk.tag == 0, std::cmp::Reverse(*id));
        let (station, trunk) = trunks.max_by_key(best)?;
        let called = trunk.translate_incoming.called(&called);
        let calling = trunk.translate_incoming.calling(&number);
        let (Some(called), Some(calling)) = (called, calling) else {
            return Some(Err(StatusCode::FORBIDDEN));
        };
        let calling = self.settings.demoted(calling);
        let diverted = diverted::read(incoming.request().headers());
        let diverted = diverted.into_iter().map(|earlier| {
            let number = trunk.translate_incoming.redirecting(&earlier.number);
            Diverted { number: number.unwrap_or_else(|| earlier.number.clone()), ..earlier }
        });
        Some(Ok(Arrived { station, called, calling: (calling, name), diverted: diverted.collect() }))
    }

    // Calls that leave

    /// Sends or repeats the INVITE of a leg of a trunk. False if it cannot be sent.
    pub(super) fn call_by_trunk(
        &mut self,
        id: LegId,
        challenged: Option<&Response>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(station) = self.legs.get(&id).map(|leg| leg.station) else { return false };
        let call = self.legs.get(&id).and_then(|leg| leg.by_trunk.as_deref());
        let Some((place, peer)) = call.and_then(|call| call.to_try.front().cloned()) else { return false };
        let Some(transport) = self.trunk(station).map(|trunk| trunk.transport) else { return false };
        let way = self.way((&place, transport), peer, context);
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let Some(call) = leg.by_trunk.as_deref_mut() else { return false };
        let flow = match way {
            Way::Flow(flow) => flow,
            Way::Opening(end) => {
                call.waits_for = Some(end);
                return true;
            }
            Way::None => return false,
        };
        (call.waits_for, leg.flow) = (None, flow);
        let Some(leg) = self.legs.get(&id) else { return false };
        let Some(trunk) = self.trunk(station) else { return false };
        let Some(call) = leg.by_trunk.as_deref() else { return false };
        let host = trunk.behind.as_ref().unwrap_or(&place).to_string();
        let uri = super::headers::uri(&call.called, &host);
        let mut headers = call.headers.clone();
        if trunk.reliable == Reliable::Required && !call.unreliable {
            headers.push((HeaderName::REQUIRE, "100rel".to_owned()));
        }
        if let Some(response) = challenged {
            let Some(proof) = prove(response, &trunk.logins, &Method::Invite, &uri, id.0) else {
                return false;
            };
            headers.push(proof);
        }
        let offer = leg.media.again();
        let outgoing = Outgoing {
            supported: self.supported_of(station),
            session: self.session_of(call.least),
            call_id: &call.call_id,
            cseq: 1 + call.proofs + u32::from(call.least.is_some()) + u32::from(call.unreliable),
            route: if self.is_registrar(peer.ip()) { self.service_route(&call.calling) } else { "" },
            contact: Some(&call.calling),
            headers: &headers,
            body: offer.as_deref().map(body),
            patience: self.settings.retries.of_invite(),
            hops: leg.hops,
            ..Outgoing::new(&Method::Invite, flow, &uri, &call.from, &call.to)
        };
        let Ok(request) = sip.send(context.now, User::Phones, &outgoing, context.out) else { return false };
        self.requests.insert(request, Purpose::Invite(id));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.request = Some(request);
        }
        true
    }

    /// A trunk wants a password: the call is made once more with it. False if that was done, or cannot be.
    pub(super) fn prove_to_trunk(
        &mut self,
        id: LegId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let Some(call) = leg.by_trunk.as_deref_mut() else { return false };
        if !may_prove(response, call.proofs) {
            return false;
        }
        call.proofs += 1;
        if let Some(dialog) = leg.dialog.take() {
            self.dialogs.remove(&dialog);
        }
        self.call_by_trunk(id, Some(response), sip, context)
    }

    /// A trunk wants a longer session, or does not know what was required of it: the call is made once more so (RFC 4028, 7.3; RFC
    /// 3261, 8.1.3.5). False if that was not done.
    pub(super) fn takes_otherwise(
        &mut self,
        id: LegId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let reliable = self.legs.get(&id).map(|leg| self.reliable_of(leg.station)).unwrap_or_default();
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let Some(call) = leg.by_trunk.as_deref_mut() else { return false };
        let least = least_session(response).filter(|_| call.least.is_none());
        let drops = !call.unreliable && is_without_reliable(response, reliable);
        if least.is_none() && !drops {
            return false;
        }
        (call.least, call.unreliable) = (call.least.or(least), call.unreliable || drops);
        if let Some(dialog) = leg.dialog.take() {
            self.dialogs.remove(&dialog);
        }
        self.call_by_trunk(id, None, sip, context)
    }

    /// A trunk wants a password for an offer in a call: it is made once more with it. False if that was done, or cannot be.
    pub(super) fn prove_offer(
        &mut self,
        id: LegId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.offer_proved) else { return false };
        let logins = self.logins_of(leg.station);
        let (Some(dialog), Some(bytes)) = (leg.dialog, leg.media.again()) else { return false };
        let uri = sip.dialog(dialog).map(|dialog| dialog.request_uri().to_owned()).unwrap_or_default();
        if !is_challenge(response.status) {
            return false;
        }
        let Some(proof) = prove(response, logins, &Method::Invite, &uri, id.0) else { return false };
        let headers = [proof];
        let request = RequestInDialog { headers: &headers, ..RequestInDialog::new(&Method::Invite) };
        let sent = sip.send_in_dialog(context.now, dialog, &request.with_body(body(&bytes)), context.out);
        let (Ok(request), Some(leg)) = (sent, self.legs.get_mut(&id)) else { return false };
        (leg.offer_proved, leg.request) = (true, Some(request));
        self.requests.insert(request, Purpose::Invite(id));
        true
    }

    /// Ends a dialog with BYE; a trunk may want a password for that, and has `challenged` the first one then.
    pub(super) fn say_goodbye(
        &mut self,
        station: StationId,
        dialog: DialogId,
        challenged: Option<&Response>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let uri = sip.dialog(dialog).map(|dialog| dialog.request_uri().to_owned()).unwrap_or_default();
        self.last_leg = self.last_leg.wrapping_add(1);
        let (logins, seed) = (self.logins_of(station), self.last_leg);
        let proof = challenged.map(|response| prove(response, logins, &Method::Bye, &uri, seed));
        if logins.is_empty() || proof.as_ref().is_some_and(Option::is_none) {
            return sip.end_because(context.now, dialog, &causes::reason(CLEARED), context.out);
        }
        let reason = (HeaderName::REASON, causes::reason(CLEARED));
        let headers: Vec<_> = proof.flatten().into_iter().chain([reason]).collect();
        let patience = self.settings.retries.of_other(&Method::Bye);
        let request = RequestInDialog { headers: &headers, patience, ..RequestInDialog::new(&Method::Bye) };
        match sip.send_in_dialog(context.now, dialog, &request, context.out) {
            Ok(_) if challenged.is_some() => {}
            Ok(request) => drop(self.requests.insert(request, Purpose::Goodbye(station, dialog))),
            Err(_) => sip.end_because(context.now, dialog, &causes::reason(CLEARED), context.out),
        }
    }

    /// A trunk that has no capacity is left alone for as long as it says (RFC 3261, 20.33).
    pub(super) fn note_rest(&mut self, id: LegId, response: &Response, now: Instant) {
        let Some(station) = self.legs.get(&id).map(|leg| leg.station) else { return };
        let after = retry_after(response).filter(|_| response.status == StatusCode::SERVICE_UNAVAILABLE);
        let Some(phone) = self.phones.get_mut(&station).filter(|phone| phone.trunk.is_some()) else { return };
        if let Some(after) = after {
            phone.rests = Some(now + after);
        }
    }

    /// A call by a trunk was refused, or had no answer: it is made once more at the next address of the trunk. False if there is
    /// none, or that would not help.
    pub(super) fn try_next_address(
        &mut self,
        id: LegId,
        status: Option<StatusCode>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.by_trunk.is_some()) else { return false };
        let hunts = self.trunk(leg.station).is_some_and(|trunk| goes_on(trunk, status));
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let Some(call) = leg.by_trunk.as_deref_mut().filter(|_| hunts) else { return false };
        call.proofs = 0;
        let failed = call.to_try.pop_front();
        let is_last = call.to_try.is_empty();
        if status.is_none_or(|status| status == StatusCode::SERVICE_UNAVAILABLE) {
            // It is the last one from now on.
            failed.into_iter().filter(|_| !is_last).for_each(|(_, address)| self.avoid(context.now, address));
        }
        if is_last {
            return false;
        }
        if let Some(leg) = self.legs.get_mut(&id)
            && let Some(dialog) = leg.dialog.take()
        {
            self.dialogs.remove(&dialog);
        }
        self.call_by_trunk(id, None, sip, context)
    }

    /// The number that another network diverts a call to, as this side knows it; `None` if the call is not to go there.
    pub(super) fn redirected(&self, id: LegId, number: SmolStr) -> Option<SmolStr> {
        match self.legs.get(&id).and_then(|leg| self.trunk(leg.station)) {
            Some(trunk) => trunk.translate_incoming.redirect_target(&number),
            None => Some(number),
        }
    }

    // Whether a trunk is up (`voice-class sip options-keepalive`)

    /// Sends OPTIONS to a trunk that is to be watched.
    pub(super) fn ask_whether_up(
        &mut self,
        station: StationId,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        if self.trunk(station).is_none_or(|trunk| trunk.keepalive.is_none()) {
            return;
        }
        // A connection that is being opened asks when it is there.
        let Some((target, peer)) = self.ways_out(context.now, station).into_iter().next() else { return };
        let Some(transport) = self.trunk(station).map(|trunk| trunk.transport) else { return };
        if let Some(phone) = self.phones.get_mut(&station) {
            phone.asked = Some(peer);
        }
        let Way::Flow(flow) = self.way((&target, transport), peer, context) else { return };
        let (uri, from) = (format!("sip:{target}"), format!("<sip:{}>", flow.local()));
        let to = format!("<{uri}>");
        let outgoing = Outgoing {
            patience: self.settings.retries.patience(&Method::Options).unwrap_or(KEEPALIVE_PATIENCE),
            ..Outgoing::new(&Method::Options, flow, &uri, &from, &to)
        };
        if let Ok(request) = sip.send(context.now, User::Phones, &outgoing, context.out) {
            self.requests.insert(request, Purpose::Keepalive(station));
        } else {
            self.timers.start(context.now + KEEPALIVE_AGAIN, Timer::Keepalive(station));
        }
    }

    /// An address of a trunk has not answered OPTIONS: another one is asked, if there is one.
    pub(super) fn not_there(&mut self, station: StationId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let asked = self.phones.get_mut(&station).and_then(|phone| phone.asked.take());
        if let Some(asked) = asked.filter(|_| self.ways_out(context.now, station).len() > 1) {
            self.avoid(context.now, asked);
            if self.has_another_way(context.now, station) {
                return self.ask_whether_up(station, sip, context);
            }
        }
        self.told_whether_up(station, false, context);
    }

    /// A trunk has answered OPTIONS, with whatever, or has not.
    pub(super) fn told_whether_up(&mut self, station: StationId, up: bool, context: &mut Context<'_>) {
        let Some(phone) = self.phones.get_mut(&station) else { return };
        let Some((tag, keepalive)) =
            phone.trunk.as_ref().and_then(|trunk| Some((trunk.tag, trunk.keepalive?)))
        else {
            return;
        };
        phone.unanswered = if up { 0 } else { phone.unanswered.saturating_add(1) };
        if !up && phone.unanswered < keepalive.retry {
            self.timers.start(context.now + KEEPALIVE_PATIENCE, Timer::Keepalive(station));
            return;
        }
        let was_up = context.switch.stations().get(station).is_some_and(|known| known.is_registered());
        match (was_up, up) {
            (false, true) => {
                info!(dial_peer = tag, "dial peer answers OPTIONS: in service");
                self.bring_up(station, context);
            }
            (true, false) => {
                warn!(dial_peer = tag, "dial peer does not answer OPTIONS: out of service");
                context.station(station, StationInput::Unregister);
            }
            _ => {}
        }
        let again = if up { keepalive.up } else { keepalive.down };
        self.timers.start(context.now + again, Timer::Keepalive(station));
    }

    // The registration of this server (`sip-ua`)

    /// Registers all accounts, or does so again.
    pub(super) fn register_at_registrar(
        &mut self,
        again: bool,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        self.registrations.resize_with(self.settings.accounts.len(), Registration::default);
        for account in 0..self.settings.accounts.len() {
            self.send_register(account, None, again, sip, context);
        }
    }

    /// An account registers again.
    pub(super) fn register_again(&mut self, account: usize, sip: &mut Endpoint, context: &mut Context<'_>) {
        self.send_register(account, None, true, sip, context);
    }

    /// The way that the registrar has named for calls (RFC 3608) of a number.
    fn service_route(&self, number: &str) -> &str {
        let numbers = self.settings.accounts.iter().map(|account| account.number.as_str());
        let known = || numbers.clone().zip(&self.registrations);
        let own = known().find(|(own, _)| *own == number).or_else(|| known().next());
        own.map(|(_, registration)| registration.route.as_str()).unwrap_or_default()
    }

    /// The registrar that an account has asked last.
    pub(super) fn current_registrar(&self, account: usize) -> Option<&Registrar> {
        let place = self.registrations.get(account)?.place;
        self.settings.registrars.get(place).or(self.settings.registrars.first())
    }

    /// The registrar that is asked: the last one, or the next one whose address is known.
    fn registrar_to_ask(&mut self, account: usize, now: Instant) -> Option<Registrar> {
        let registrars = &self.settings.registrars;
        let first = self.registrations.get(account)?.place;
        let mut places = (0..registrars.len()).map(|step| (first + step) % registrars.len());
        let is_known = |place: &usize| {
            registrars.get(*place).is_some_and(|registrar| self.address(now, &registrar.place).is_some())
        };
        let place = places.find(is_known)?;
        let registrar = registrars.get(place)?.clone();
        self.registrations.get_mut(account)?.place = place;
        Some(registrar)
    }

    fn send_register(
        &mut self,
        number: usize,
        challenged: Option<&Response>,
        again: bool,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let registered = self.registrations.get(number).is_some_and(|registration| registration.cseq > 0);
        if registered && !again && challenged.is_none() {
            return;
        }
        let Some(registrar) = self.registrar_to_ask(number, context.now) else { return };
        let Registrar { place, transport, expires } = registrar;
        let Some(peer) = self.address(context.now, &place) else { return };
        // A connection that is being opened registers when it is there.
        let Way::Flow(flow) = self.way((&place, transport), peer, context) else { return };
        let (Some(account), local) = (self.settings.accounts.get(number), flow.local()) else { return };
        let Some(registration) = self.registrations.get_mut(number) else { return };
        if registration.call_id.is_empty() {
            registration.call_id = format!("register-{}-{number}@{}", self.session_ids, local.ip());
        }
        registration.cseq += 1;
        registration.proofs = if challenged.is_some() { registration.proofs + 1 } else { 0 };
        registration.local = Some(local);
        let uri = format!("sip:{place}");
        let name = format!("<sip:{}@{}>", account.number, place.host());
        let expires = expires.max(registration.least);
        let mut headers = vec![(HeaderName::EXPIRES, expires.to_string())];
        if let Some(response) = challenged {
            // Whose password it is says the registrar that is configured, if its realm is another one than that.
            let any = Login { realm: None, ..account.login.clone() };
            let count = registration.cseq;
            match prove(response, &[account.login.clone(), any], &Method::Register, &uri, count) {
                Some(proof) => headers.push(proof),
                None => return,
            }
        }
        let outgoing = Outgoing {
            call_id: &registration.call_id,
            cseq: registration.cseq,
            contact: Some(&account.number),
            headers: &headers,
            patience: self.settings.retries.of_other(&Method::Register),
            ..Outgoing::new(&Method::Register, flow, &uri, &name, &name)
        };
        match sip.send(context.now, User::Phones, &outgoing, context.out) {
            Ok(request) => {
                self.requests.insert(request, Purpose::Registration(number));
            }
            Err(_) => {
                self.timers.start(context.now + REGISTER_AGAIN, Timer::Registration(number));
            }
        }
    }

    /// The registrar has answered, or with `None` has not.
    pub(super) fn registrar_answered(
        &mut self,
        number: usize,
        response: Option<&Response>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let status = response.map(|response| response.status);
        let Some(registration) = self.registrations.get(number) else { return };
        let (proofs, known_least) = (registration.proofs, registration.least);
        if let Some(response) = response.filter(|response| may_prove(response, proofs)) {
            return self.send_register(number, Some(response), true, sip, context);
        }
        // It wants a longer registration (RFC 3261, 10.3).
        let least = response.filter(|response| response.status == StatusCode::INTERVAL_TOO_BRIEF);
        let least =
            least.and_then(|response| response.headers().get(HeaderName::MIN_EXPIRES)?.trim().parse().ok());
        if let Some(least) = least.filter(|least| *least > known_least) {
            if let Some(registration) = self.registrations.get_mut(number) {
                registration.least = least;
            }
            return self.send_register(number, None, true, sip, context);
        }
        let registrar = self.current_registrar(number).cloned();
        let (Some(account), Some(registrar)) = (self.settings.accounts.get(number), registrar) else {
            return;
        };
        let count = self.settings.registrars.len().max(1);
        let Some(registration) = self.registrations.get_mut(number) else { return };
        let was = registration.until.is_some();
        let granted = response.filter(|response| response.status.is_success()).map(|response| {
            let own = granted_to(response, &account.number, registration.local);
            own.or(response.headers().expires().ok().flatten()).unwrap_or(registrar.expires)
        });
        if let Some(response) = response.filter(|_| granted.is_some()) {
            let route: Vec<&str> = response.headers().elements(HeaderName::new("Service-Route")).collect();
            let route = route.join(", ");
            registration.route = if route.len() <= MAX_ROUTE { route } else { String::new() };
        }
        let until = granted.map(|seconds| context.now + Duration::from_secs(seconds.into()));
        registration.until = until;
        let after = match granted {
            Some(seconds) => {
                if !was {
                    info!(number = %account.number, registrar = %registrar.place, "registered");
                }
                Duration::from_secs(u64::from(seconds.max(20)) * 4 / 5)
            }
            None => {
                let (own, place) = (&account.number, &registrar.place);
                match status {
                    Some(StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED)
                        if proofs > 0 =>
                    {
                        warn!(number = %own, registrar = %place, "cannot register: the registrar refuses user or password");
                    }
                    Some(status) => {
                        warn!(number = %own, registrar = %place, "cannot register: the registrar refused with {status}");
                    }
                    None => {
                        warn!(number = %own, registrar = %place, "cannot register: the registrar does not answer")
                    }
                }
                // Where there are others, they are asked at once; then it begins anew.
                registration.place = (registration.place + 1) % count;
                if registration.place != 0 {
                    return self.send_register(number, None, true, sip, context);
                }
                let refused = matches!(status, Some(StatusCode::FORBIDDEN | StatusCode::NOT_FOUND));
                let after = response.and_then(retry_after);
                // Who is not known there is not known a moment later either.
                after.unwrap_or(if refused { REFUSED_AGAIN } else { REGISTER_AGAIN })
            }
        };
        self.timers.start(context.now + after, Timer::Registration(number));
    }

    /// The accounts at registrars: their numbers, registrars, whether they are registered, and for how many seconds yet.
    pub fn registrations(&self, now: Instant) -> impl Iterator<Item = (&str, &Place, bool, u64)> {
        let known = self.settings.accounts.iter().zip(&self.registrations).enumerate();
        known.filter_map(move |(number, (account, registration))| {
            let left = registration.until.map_or(0, |until| until.since(now).as_secs());
            let registrar = &self.current_registrar(number)?.place;
            Some((account.number.as_str(), registrar, registration.until.is_some(), left))
        })
    }

    /// Something that was asked outside a call has its answer. False if it was for something else.
    pub(super) fn trunk_answered(
        &mut self,
        purpose: Purpose,
        response: Option<&Response>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        match purpose {
            Purpose::Keepalive(station) => {
                // Whatever else it says, it is there.
                let up = response.is_some_and(|response| !matches!(response.status.code(), 503 | 505));
                match up {
                    true => self.told_whether_up(station, true, context),
                    false => self.not_there(station, sip, context),
                }
            }
            Purpose::Registration(number) => self.registrar_answered(number, response, sip, context),
            Purpose::Mailbox(id) => self.mailbox_answered(id, response, sip, context),
            _ => return false,
        }
        true
    }
}

/// A call that leaves by a trunk.
#[derive(Debug)]
pub(super) struct ByTrunk {
    /// The number that is called, and the one that calls, as the other network knows them.
    pub(super) called: SmolStr,
    pub(super) calling: SmolStr,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) headers: Vec<(HeaderName<'static>, String)>,
    pub(super) call_id: String,
    /// The connection that it waits for.
    pub(super) waits_for: Option<End>,
    /// How often a password was sent.
    pub(super) proofs: u32,
    /// The shortest session that the other network takes, where it has said so (Min-SE), in seconds.
    pub(super) least: Option<u32>,
    /// Whether it does not know reliable provisional responses.
    pub(super) unreliable: bool,
    /// Where it is made, and where it is tried next.
    pub(super) to_try: VecDeque<(Place, SocketAddr)>,
}

/// For how many seconds a registrar has registered this server, of all the contacts that it knows: those with the number at our
/// address, else, as seen through address translation, the shortest of those with the number, else a single one.
fn granted_to(response: &Response, number: &str, local: Option<SocketAddr>) -> Option<u32> {
    let contacts = response.headers().contacts().filter_map(Result::ok);
    let known: Vec<(bool, bool, Option<u32>)> = contacts
        .filter_map(|contact| {
            let address = contact.address()?;
            let uri = address.uri().ok()?;
            let is_number = uri.user_decoded().is_some_and(|user| user == number);
            let here = local.is_some_and(|local| {
                let port = uri.port.unwrap_or(5060);
                uri.host.trim_matches(['[', ']']).parse() == Ok(local.ip()) && port == local.port()
            });
            Some((is_number, here, address.params.get("expires").and_then(|text| text.parse().ok())))
        })
        .collect();
    let own = known.iter().find(|(is_number, here, _)| *is_number && *here).map(|(.., seconds)| *seconds);
    let of_number =
        || known.iter().filter(|(is_number, ..)| *is_number).filter_map(|(.., seconds)| *seconds).min();
    let single = || if let [(.., seconds)] = known.as_slice() { *seconds } else { None };
    own.unwrap_or_else(|| of_number().or_else(single))
}

/// Whether a call that a trunk refuses with this status, or does not answer, is tried at another of its addresses.
fn goes_on(trunk: &TrunkSettings, status: Option<StatusCode>) -> bool {
    let Some(code) = status.map(|status| u32::from(status.code())) else { return true };
    match &trunk.hunts {
        None => code == 503,
        Some(stops) => {
            let concerns_called = matches!(code, 401 | 407 | 486 | 487);
            let stops = stops.iter().any(|(first, last)| (*first..=*last).contains(&code));
            (400..600).contains(&code) && !concerns_called && !stops
        }
    }
}

/// Retry-After, of an hour at most.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(HeaderName::RETRY_AFTER)?;
    let digits = text.trim().split(|c: char| !c.is_ascii_digit()).next()?;
    Some(Duration::from_secs(digits.parse::<u64>().ok()?.min(3600)))
}

/// Whether a request is to be sent again with credentials that were sent so often already: once, and once more where only the
/// nonce was too old.
pub(super) fn may_prove(response: &Response, proofs: u32) -> bool {
    let asks = match response.status {
        StatusCode::UNAUTHORIZED => HeaderName::WWW_AUTHENTICATE,
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => HeaderName::PROXY_AUTHENTICATE,
        _ => return false,
    };
    let stale = || Challenge::find(response.headers(), asks).is_some_and(|challenge| challenge.is_stale());
    proofs == 0 || proofs == 1 && stale()
}

pub(super) fn is_challenge(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED)
}

/// The answer to a challenge: by the user for its realm, or for any.
pub(super) fn prove(
    response: &Response,
    logins: &[Login],
    method: &Method,
    uri: &str,
    seed: u32,
) -> Option<(HeaderName<'static>, String)> {
    let (asks, answers) = match response.status {
        StatusCode::UNAUTHORIZED => (HeaderName::WWW_AUTHENTICATE, HeaderName::AUTHORIZATION),
        _ => (HeaderName::PROXY_AUTHENTICATE, HeaderName::PROXY_AUTHORIZATION),
    };
    let challenge = Challenge::find(response.headers(), asks)?;
    let is_its = |login: &&Login| login.realm.as_deref() == Some(challenge.realm());
    let login = logins.iter().find(is_its).or_else(|| logins.iter().find(|login| login.realm.is_none()))?;
    let credentials = Credentials { user: &login.user, password: &login.password };
    Some((answers, challenge.answer(credentials, method, uri, 1, &format!("{seed:08x}"))))
}

/// Number and name of who calls, from what a trusted network says: P-Asserted-Identity, Remote-Party-ID, From.
fn caller(headers: &Headers) -> (SmolStr, SmolStr) {
    let asserted = headers.get(HeaderName::P_ASSERTED_IDENTITY);
    let remote = headers.get(HeaderName::new("Remote-Party-ID"));
    let texts = asserted.into_iter().chain(remote).chain(headers.get(HeaderName::FROM));
    let mut found = texts.filter_map(|text| {
        let address = NameAddr::parse(text)?;
        let number = user(&address).filter(|number| number != "anonymous")?;
        let name = address.display_name().unwrap_or_default();
        Some((without_separators(&number), SmolStr::new(&name)))
    });
    found.next().unwrap_or_default()
}

/// A number without what only makes it easier to read (RFC 3966, 5.1.1), and without the parameters behind it; a name stays as
/// it is.
pub(super) fn without_separators(number: &str) -> SmolStr {
    let number = number.split(';').next().unwrap_or_default();
    let separates = |char: char| matches!(char, '-' | '.' | '(' | ')' | ' ');
    let is_name = number.chars().any(|char| char.is_alphabetic());
    number.chars().filter(|char| is_name || !separates(*char)).take(64).collect()
}
