//! REGISTER of phones (RFC 3261, 10.3; RFC 3327; RFC 5626, 6).

use std::{borrow::Cow, time::Duration};

use hookflash_core::{StationId, StationInput};
use hookflash_sip::Outgoing;
use hookflash_wire::sip::{
    Authorization, Contact as ContactHeader, HeaderName, Method, NameAddr, Scheme, StatusCode,
};
use smol_str::SmolStr;
use tracing::{debug, info, warn};

use super::{
    Purpose, SipPhones,
    challenge::Proof,
    cisco,
    contacts::{Contact, MAX_CONTACT, MAX_CONTACTS, New},
};
use crate::{
    Context, LinkId,
    sip::{Endpoint, Flow, Incoming, Reply, RequestId, User},
};

/// Bytes of a Call-ID.
const MAX_CALL_ID: usize = 256;

/// Characters of an unknown name that are logged, and of User-Agent that are kept.
const LOGGED_NAME: usize = 40;

/// Why a REGISTER is not answered by 200.
enum Refused {
    Status(StatusCode),
    /// The password has to be proved; with SHA-256, and whether only the nonce was refused.
    Challenge {
        sha256: bool,
        stale: bool,
    },
    TooBrief,
    /// The request would take the place of a phone elsewhere, which is asked first.
    Displaces(StationId, Box<Living>),
}

/// Who registered without a password and means to take the place of this contact.
struct Living {
    flow: Flow,
    uri: String,
    server: String,
}

/// A REGISTER that waits for whether the phone whose place it takes is alive.
#[derive(Debug)]
pub(super) struct Probe {
    station: StationId,
    /// The way to the phone that is asked.
    flow: Flow,
    incoming: Incoming,
}

/// REGISTERs that wait at once.
const MAX_PROBES: usize = 64;

/// How long an address that registered without a password has for its first answer: it is asked once, and called once for
/// each call, since what it is sent until then is little.
pub(super) const PROOF_PATIENCE: Duration = Duration::from_millis(480);

impl From<StatusCode> for Refused {
    fn from(status: StatusCode) -> Refused {
        Refused::Status(status)
    }
}

impl SipPhones {
    /// Responds to a REGISTER.
    pub(crate) fn register(&mut self, incoming: Incoming, sip: &mut Endpoint, context: &mut Context<'_>) {
        if self.guesses_on(&incoming, context) {
            return sip.discard(incoming);
        }
        let (mut headers, mut options) = (Vec::new(), None);
        let status = match self.carry_out(&incoming, sip, context) {
            Err(Refused::Displaces(station, living)) => {
                return self.ask_first(station, &living, incoming, sip, context);
            }
            Ok((station, number)) => {
                let (body, supported) = cisco::options(incoming.request()).unzip();
                headers.extend(supported);
                options = body;
                let now = context.now;
                let phone = self.phones.get(&station);
                let contacts = phone.into_iter().flat_map(|phone| phone.contacts.of(&number));
                headers.extend(contacts.map(|contact| (HeaderName::CONTACT, contact.header(now))));
                // The way is as it was understood (RFC 3327, 5.3).
                let path = incoming.request().headers().get_all(HeaderName::new("Path"));
                headers.extend(path.map(|path| (HeaderName::new("Path"), path.to_owned())));
                headers.push((HeaderName::DATE, context.clock.http_date(now)));
                StatusCode::OK
            }
            Err(Refused::Status(status)) => status,
            Err(Refused::TooBrief) => {
                headers.push((HeaderName::MIN_EXPIRES, self.settings.min_expires.as_secs().to_string()));
                StatusCode::INTERVAL_TOO_BRIEF
            }
            Err(Refused::Challenge { sha256, stale }) => {
                headers = self.challenges.headers(
                    (context.now, incoming.flow().peer().ip()),
                    &self.settings.realm,
                    sha256,
                    stale,
                );
                StatusCode::UNAUTHORIZED
            }
        };
        let reply = Reply::from(status).with_headers(&headers).with_body(options);
        sip.reply(context.now, incoming, reply, context.out);
        self.ask_for_signs_of_life(sip, context);
    }

    /// A phone elsewhere is asked whether it is alive; until it answers or does not, the newcomer waits.
    fn ask_first(
        &mut self,
        station: StationId,
        living: &Living,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let full =
            self.probes.len() >= MAX_PROBES || self.probes.values().any(|probe| probe.station == station);
        if full {
            let again = [(HeaderName::RETRY_AFTER, "5".to_owned())];
            let reply = Reply::from(StatusCode::SERVICE_UNAVAILABLE).with_headers(&again);
            return sip.reply(context.now, incoming, reply, context.out);
        }
        let patience = context.out.guard.settings().phone_probe;
        match self.send_options(&living.flow, (&living.uri, &living.server), patience, sip, context) {
            Some(request) => {
                self.requests.insert(request, Purpose::Probe);
                self.probes.insert(request, Probe { station, flow: living.flow, incoming });
            }
            None => self.take_place(station, &living.flow, incoming, sip, context),
        }
    }

    /// A phone was asked whether it is alive, and has answered or not.
    pub(super) fn probed(
        &mut self,
        request: RequestId,
        alive: bool,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(Probe { station, flow, incoming }) = self.probes.remove(&request) else { return };
        if !alive {
            return self.take_place(station, &flow, incoming, sip, context);
        }
        let peer = incoming.flow().peer();
        if context.out.guard.may_log("phone is alive", peer.ip()) {
            let pool = self.phones.get(&station).map(|phone| phone.pool.tag);
            warn!(pool, %peer, alive = %flow, "SIP phone refused: the phone is alive elsewhere");
        }
        sip.reply(context.now, incoming, StatusCode::FORBIDDEN.into(), context.out);
    }

    fn take_place(
        &mut self,
        station: StationId,
        flow: &Flow,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        if let Some(phone) = self.phones.get_mut(&station) {
            info!(pool = phone.pool.tag, peer = %flow, newcomer = %incoming.flow(), "SIP phone does not answer: another takes its place");
            phone.contacts.silent(flow, sip, &mut self.timers);
        }
        self.register(incoming, sip, context);
        // It may have wanted to be removed.
        self.unregister_if_gone(station, context);
    }

    /// Addresses that have registered without a password and may be forged are asked something short.
    fn ask_for_signs_of_life(&mut self, sip: &mut Endpoint, context: &mut Context<'_>) {
        for (station, flow, uri, server) in std::mem::take(&mut self.unproven) {
            if let Some(request) = self.send_options(&flow, (&uri, &server), PROOF_PATIENCE, sip, context) {
                self.requests.insert(request, Purpose::Prove(station, flow));
            }
        }
    }

    /// Somebody answers where a phone has registered without a password.
    pub(super) fn is_there(
        &mut self,
        station: StationId,
        flow: &Flow,
        knows_update: bool,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        if let Some(phone) = self.phones.get_mut(&station) {
            phone.contacts.answered(flow);
            if knows_update {
                phone.contacts.note_update(flow);
            }
            self.forget_told_messages(station);
            self.tell_messages_of(station, sip, context);
        }
    }

    fn send_options(
        &mut self,
        flow: &Flow,
        (uri, server): (&str, &str),
        patience: Duration,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Option<RequestId> {
        let (from, to) = (format!("<sip:{server}>"), format!("<{uri}>"));
        let outgoing = Outgoing { patience, ..Outgoing::new(&Method::Options, *flow, uri, &from, &to) };
        sip.send(context.now, User::Phones, &outgoing, context.out).ok()
    }

    /// The phone and the number that were registered.
    fn carry_out(
        &mut self,
        incoming: &Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Result<(StationId, SmolStr), Refused> {
        if !self.settings.enabled {
            return Err(StatusCode::METHOD_NOT_ALLOWED.into());
        }
        let name = incoming.to().and_then(|to| user(&to)).unwrap_or_default();
        let (station, number, proved) = self.whom(incoming, &name, context)?;
        self.bind(station, (&number, proved), incoming, sip, context)?;
        Ok((station, number))
    }

    /// Who registers, for which number, and whether a password was proved.
    fn whom(
        &mut self,
        incoming: &Incoming,
        name: &str,
        context: &Context<'_>,
    ) -> Result<(StationId, SmolStr, bool), Refused> {
        let realm = self.settings.realm.clone();
        let (pools, directory) = (&self.settings.pools, &self.directory);
        let proof = self.challenges.proved(
            (context.now, incoming.flow().peer().ip()),
            &realm,
            incoming.request(),
            pools,
            directory,
        );
        let proved = matches!(proof, Proof::Pool(_));
        let place = match proof {
            Proof::Pool(place) => {
                self.password_was_right(incoming);
                place
            }
            Proof::Stale => {
                return Err(Refused::Challenge { sha256: self.offers_sha256(name), stale: true });
            }
            Proof::None => match self.without_password(incoming, name) {
                Some(place) => place,
                None => {
                    self.tell_of_stranger(incoming, name, context);
                    return Err(Refused::Challenge { sha256: self.offers_sha256(name), stale: false });
                }
            },
        };
        let pool = self.settings.pools.get(place).ok_or(StatusCode::FORBIDDEN)?;
        let is_own_name = pool.credentials.as_ref().is_some_and(|(user, _)| user == name);
        let number = match pool.numbers.iter().find(|number| **number == name) {
            Some(number) => number.clone(),
            None if is_own_name => pool.numbers.first().cloned().ok_or(StatusCode::FORBIDDEN)?,
            // Only who has proved a password learns which numbers there are.
            None if context.switch.lines().device_by_number(name).is_none() => {
                return Err(StatusCode::NOT_FOUND.into());
            }
            None => return Err(StatusCode::FORBIDDEN.into()),
        };
        let station = context.switch.stations().by_tag(pool.station).ok_or(StatusCode::FORBIDDEN)?;
        Ok((station, number, proved))
    }

    /// The pool with the number that has no password, if those may register.
    fn without_password(&self, incoming: &Incoming, name: &str) -> Option<usize> {
        if self.settings.authenticate {
            return None;
        }
        let contact = incoming.request().headers().contacts().next().and_then(Result::ok);
        let device = contact.as_ref().and_then(ContactHeader::address).map(|address| {
            let params = address.params;
            [params.get("+u.sip!devicename.ccm.cisco.com"), params.get("+sip.instance")]
        });
        let device = device.into_iter().flatten().flatten().collect::<Vec<_>>();
        let fits = |pool: &super::PoolSettings| {
            let here = pool.network.is_none_or(|network| is_in(incoming.flow().peer().ip(), network));
            pool.credentials.is_none() && here
        };
        let named = |pool: &super::PoolSettings| {
            let mac = pool.device_name.as_deref().map(|name| name.trim_start_matches("SEP"));
            mac.is_some_and(|mac| {
                let mac = mac.to_ascii_lowercase();
                device.iter().any(|text| text.to_ascii_lowercase().replace(['-', ':'], "").contains(&mac))
            })
        };
        let known = self.directory.of_number(name);
        let pools = || known.iter().filter_map(|place| Some((*place, self.settings.pools.get(*place)?)));
        let fitting = || pools().filter(|(_, pool)| fits(pool));
        let best = fitting().find(|(_, pool)| named(pool)).or_else(|| fitting().next());
        best.map(|(place, _)| place)
    }

    /// Whether a pool with the number wants SHA-256. Where there is such a pool, names that nobody has look like either kind.
    pub(super) fn offers_sha256(&self, name: &str) -> bool {
        let named = self.directory.of_number(name).iter().copied().chain(self.directory.of_user(name));
        let mut named = named.filter_map(|place| self.settings.pools.get(place)).peekable();
        if named.peek().is_none() {
            return self.settings.pools.iter().any(|pool| pool.sha256) && self.challenges.pretends(name);
        }
        named.any(|pool| pool.sha256)
    }

    /// Binds or removes all contacts of the request, or none.
    fn bind(
        &mut self,
        station: StationId,
        (number, proved): (&SmolStr, bool),
        incoming: &Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Result<(), Refused> {
        let headers = incoming.request().headers();
        let bad = |_| StatusCode::BAD_REQUEST;
        let call_id = headers.call_id().map_err(bad)?;
        let cseq = headers.cseq().map_err(bad)?.number;
        // What is no number is as good as none (RFC 3261, 10.2.1.1).
        let general = headers.expires().unwrap_or(None);
        let contacts: Vec<ContactHeader<'_>> = headers.contacts().collect::<Result<_, _>>().map_err(bad)?;
        let path: Vec<&str> = headers.elements(HeaderName::new("Path")).collect();
        let path = path.join(", ");
        let (least, most) = (self.settings.min_expires, self.settings.max_expires);
        let Some(phone) = self.phones.get_mut(&station) else { return Err(StatusCode::FORBIDDEN.into()) };
        let before = phone.contacts.len();
        let asks = !proved && !context.out.guard.settings().phone_probe.is_zero();
        let mut asked = Vec::new();
        match contacts.as_slice() {
            [] => return Ok(()),
            [ContactHeader::Address(address)] if address.params.contains(cisco::KEEP_ALIVE) => return Ok(()),
            [ContactHeader::Any] if general == Some(0) => {
                let blindly = phone.contacts.removed_blindly((number, None), (incoming.flow(), call_id));
                if let Some(living) = blindly.filter(|_| asks) {
                    return Err(displaces(station, living));
                }
                phone.contacts.unbind_all(number, incoming.flow(), proved, sip, &mut self.timers);
            }
            some if some.len() > MAX_CONTACTS => return Err(StatusCode::FORBIDDEN.into()),
            some => {
                for contact in some {
                    let ContactHeader::Address(address) = contact else {
                        return Err(StatusCode::BAD_REQUEST.into());
                    };
                    let (address, seconds) = expiry(address, general)?;
                    let lives = match seconds.map(|seconds| Duration::from_secs(seconds.into())) {
                        None => most,
                        Some(asked) if !asked.is_zero() && asked < least => return Err(Refused::TooBrief),
                        Some(asked) => asked.min(most),
                    };
                    let size = address.uri_text.len() + address.params.as_str().len() + path.len();
                    if size > MAX_CONTACT || call_id.len() > MAX_CALL_ID {
                        return Err(StatusCode::MESSAGE_TOO_LARGE.into());
                    }
                    let agent = headers.get(HeaderName::USER_AGENT).unwrap_or_default();
                    let end = agent.char_indices().nth(LOGGED_NAME).map_or(agent.len(), |(end, _)| end);
                    let new = New {
                        number,
                        address,
                        path: &path,
                        server: incoming.request().uri().host,
                        user_agent: agent.get(..end).unwrap_or_default(),
                        call_id,
                        cseq,
                        flow: *incoming.flow(),
                        expires: context.now + lives,
                        unproven: !proved && incoming.flow().link().is_none(),
                    };
                    if phone.contacts.is_overtaken(&new) {
                        return Err(StatusCode::SERVER_INTERNAL_ERROR.into());
                    }
                    asked.push((new, lives.is_zero()));
                }
            }
        }
        let displaced = asked.iter().filter(|_| asks).find_map(|(new, goes)| match goes {
            true => phone.contacts.removed_blindly((number, Some(new)), (&new.flow, call_id)),
            false => phone.contacts.displaced(new),
        });
        if let Some(living) = displaced {
            return Err(displaces(station, living));
        }
        let replaced: Vec<(LinkId, Flow)> = asked
            .iter()
            .filter(|(_, goes)| !goes)
            .flat_map(|(new, _)| phone.contacts.replaced_links(new).map(|link| (link, new.flow)))
            .collect();
        let is_new = |new: &New<'_>| {
            !phone.contacts.iter().any(|known| *known.call_id == *new.call_id && *known.flow() == new.flow)
        };
        let appears = asked.iter().any(|(new, goes)| !goes && is_new(new));
        for (new, goes) in &asked {
            match goes {
                true => phone.contacts.unbind(new, proved, sip, &mut self.timers),
                false => phone.contacts.bind(new, station, sip, &mut self.timers),
            }
        }
        if let Some(contact) =
            phone.contacts.iter().find(|contact| contact.is_unproven() && contact.flow() == incoming.flow())
        {
            let (uri, server) = (contact.uri().to_owned(), contact.server().to_owned());
            self.unproven.push((station, *incoming.flow(), uri, server));
        }
        // A phone that has moved goes on with its calls from there.
        let here = incoming.flow().peer().ip();
        let dialogs = self.legs.at(station).filter_map(|(_, leg)| leg.dialog);
        dialogs.for_each(|dialog| sip.welcome(dialog, here));
        for (link, flow) in replaced {
            sip.replace_link(context.now, link, flow, context.out);
        }
        let after = phone.contacts.len();
        self.directory.registered(station, incoming.flow());
        if self.directory.addresses() > 2 * MAX_CONTACTS * (self.phones.len() + 16) {
            let phones = self.phones.iter();
            let now = phones.flat_map(|(id, phone)| phone.contacts.iter().map(|known| (*id, *known.flow())));
            self.directory.forget_addresses(now);
        }
        self.registration_changed(station, number, (before, after), incoming, context);
        if appears || after > before || cisco::options(incoming.request()).is_some() {
            // It has started anew, or is a further telephone: it knows of no messages.
            self.forget_told_messages(station);
            self.note_changes(station, context.switch);
        }
        Ok(())
    }

    fn registration_changed(
        &mut self,
        station: StationId,
        number: &str,
        (before, after): (usize, usize),
        incoming: &Incoming,
        context: &mut Context<'_>,
    ) {
        let Some(pool) = self.phones.get(&station).map(|phone| phone.pool.tag) else { return };
        let peer = incoming.flow();
        match (before, after) {
            (0, 1..) => {
                self.forget_told_messages(station);
                self.note_changes(station, context.switch);
                info!(pool, number, %peer, "SIP phone registered");
                let registered =
                    context.switch.stations().get(station).is_some_and(|station| station.is_registered());
                if !registered {
                    let codecs = self.codecs_of(station);
                    context.station(station, StationInput::Register(codecs));
                }
            }
            (1.., 0) => {
                info!(pool, number, %peer, "SIP phone unregistered");
                self.unregister_if_gone(station, context);
            }
            _ => debug!(pool, number, %peer, "REGISTER answered"),
        }
    }

    /// Contacts may have expired.
    pub(super) fn expire(&mut self, station: StationId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(phone) = self.phones.get_mut(&station) else { return };
        let before = phone.contacts.len();
        phone.contacts.expire(context.now, sip, &mut self.timers);
        if before > 0 && phone.contacts.len() == 0 {
            info!(pool = phone.pool.tag, "registration of the SIP phone expired");
            self.unregister_if_gone(station, context);
        }
    }

    /// Whether the request has one more password of somebody who has guessed too often.
    pub(super) fn guesses_on(&self, incoming: &Incoming, context: &Context<'_>) -> bool {
        let source = incoming.flow().peer().ip();
        tried(incoming, &self.settings.realm)
            .is_some_and(|user| !self.guesses.may_try(context.now, source, user))
    }

    pub(super) fn password_was_right(&mut self, incoming: &Incoming) {
        if let Some(user) = tried(incoming, &self.settings.realm) {
            self.guesses.succeeded(incoming.flow().peer().ip(), user);
        }
    }

    pub(super) fn tell_of_stranger(&mut self, incoming: &Incoming, name: &str, context: &Context<'_>) {
        let peer = incoming.flow();
        let user = tried(incoming, &self.settings.realm);
        if let Some(user) = user {
            self.guesses.failed(context.now, peer.peer().ip(), user);
        }
        if user.is_some() && self.refusals.may_tell(context.now, peer.peer().ip()) {
            let name: String = name.chars().take(LOGGED_NAME).collect();
            warn!(%peer, ?name, "SIP phone refused: unknown user or wrong password");
        }
    }
}

/// A request would take the place of a phone, or remove it, which is asked first.
fn displaces(station: StationId, living: &Contact) -> Refused {
    let (flow, uri, server) = (*living.flow(), living.uri().to_owned(), living.server().to_owned());
    Refused::Displaces(station, Box::new(Living { flow, uri, server }))
}

/// The user whose password a request means to prove.
fn tried<'a>(incoming: &'a Incoming, realm: &str) -> Option<&'a str> {
    let values = incoming.request().headers().get_all(HeaderName::AUTHORIZATION);
    let own = values.filter_map(Authorization::parse).find(|own| own.realm == realm);
    own.map(|own| own.user)
}

/// A contact, and the seconds that it asks for.
fn expiry<'a>(
    address: &NameAddr<'a>,
    general: Option<u32>,
) -> Result<(NameAddr<'a>, Option<u32>), StatusCode> {
    let uri = address.uri().map_err(|_| StatusCode::BAD_REQUEST)?;
    // Nobody can be called there by SIP otherwise.
    if !matches!(uri.scheme, Scheme::Sip | Scheme::Sips) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let own = address.params.get("expires").map(|text| text.parse().unwrap_or(3600));
    Ok((*address, own.or(general)))
}

/// The user of an address of SIP.
pub(super) fn user(address: &NameAddr<'_>) -> Option<String> {
    let uri =
        address.uri().ok().filter(|uri| matches!(uri.scheme, Scheme::Sip | Scheme::Sips | Scheme::Tel))?;
    uri.user_decoded().map(Cow::into_owned)
}

/// Whether an address is in a network.
pub(super) fn is_in(
    address: std::net::IpAddr,
    (network, mask): (std::net::IpAddr, std::net::IpAddr),
) -> bool {
    use std::net::IpAddr::{V4, V6};
    match (address, network, mask) {
        (V4(address), V4(network), V4(mask)) => {
            address.to_bits() & mask.to_bits() == network.to_bits() & mask.to_bits()
        }
        (V6(address), V6(network), V6(mask)) => {
            address.to_bits() & mask.to_bits() == network.to_bits() & mask.to_bits()
        }
        _ => false,
    }
}
