//! Who may call, and what an INVITE asks for.
//!
//! A request outside a dialog comes from the phone that is registered where it comes from, from who proves the password of a
//! pool, or by a [trunk](super::trunks).

use hookflash_core::{MAX_ADDRESS, StationId};
use hookflash_wire::{
    sdp::SessionDescription,
    sip::{HeaderName, NameAddr, StatusCode, Uri},
};
use smol_str::{SmolStr, format_smolstr};
use tracing::debug;

use super::{
    MAX_LEGS, SipPhones,
    calls::dialled,
    carried::{Carried, description},
    causes,
    challenge::Proof,
    cisco,
    media::{choose, described},
    register::user,
    trunks::Arrived,
};
use crate::{
    Context,
    config::Reliable,
    sip::{Endpoint, Incoming, Reply},
};

impl SipPhones {
    /// Who calls: a phone, or another network by a trunk.
    pub(super) fn caller(&mut self, incoming: &Incoming, context: &Context<'_>) -> Result<Caller, Refused> {
        let name = incoming.from().and_then(|from| user(&from)).unwrap_or_default();
        if self.at_flow(incoming, &name).is_none() {
            let called = self.called_by_trunk(incoming);
            if let Some(arrived) = self.arrives(incoming, &called) {
                if self.legs.len() >= MAX_LEGS {
                    return Err(Refused::Status(StatusCode::SERVICE_UNAVAILABLE));
                }
                may_pass(incoming)?;
                let arrived = arrived.map_err(Refused::Status)?;
                let (station, number) = (arrived.station, arrived.calling.0.clone());
                return Ok(Caller { station, number, by_trunk: Some(arrived) });
            }
            if self.is_silent() && !incoming.request().headers().contains(HeaderName::AUTHORIZATION) {
                self.tell_of_stranger(incoming, &name, context);
                // The same for every number, whether anybody has it or not.
                return Err(match self.settings.untrusted_cause {
                    None => Refused::Silently,
                    Some(cause) => Refused::Status(causes::of_q850(cause)),
                });
            }
        }
        let (station, number) = self.admit(incoming, context)?;
        Ok(Caller { station, number, by_trunk: None })
    }

    /// Which phone and line a request outside a dialog comes from.
    pub(super) fn admit(
        &mut self,
        incoming: &Incoming,
        context: &Context<'_>,
    ) -> Result<(StationId, SmolStr), Refused> {
        may_pass(incoming)?;
        if self.legs.len() >= MAX_LEGS {
            return Err(Refused::Status(StatusCode::SERVICE_UNAVAILABLE));
        }
        let name = incoming.from().and_then(|from| user(&from)).unwrap_or_default();
        let station = match self.at_flow(incoming, &name) {
            Some(station) => station,
            None => self.proved(incoming, &name, context)?,
        };
        let registered =
            context.switch.stations().get(station).is_some_and(|station| station.is_registered());
        let phone = self.phones.get(&station).filter(|_| registered);
        let numbers = phone.map(|phone| phone.pool.numbers.as_slice()).unwrap_or_default();
        let number = numbers.iter().find(|number| **number == name).or(numbers.first());
        Ok((station, number.cloned().ok_or(Refused::Status(StatusCode::FORBIDDEN))?))
    }

    /// The number that a call by a trunk is for: that of the Request-URI, or if that is only the contact that this server has
    /// registered, that of P-Called-Party-ID or To.
    fn called_by_trunk(&self, incoming: &Incoming) -> SmolStr {
        let asked = dialled(&incoming.request().uri()).unwrap_or_default();
        if self.settings.accounts.iter().all(|account| account.number != asked) {
            return asked;
        }
        let named = incoming.request().headers().get(HeaderName::new("P-Called-Party-ID"));
        let named = named.and_then(NameAddr::parse);
        let uris = [named, incoming.to()].into_iter().flatten();
        uris.filter_map(|address| dialled(&address.uri().ok()?)).next().unwrap_or(asked)
    }

    /// The phone that is registered where the request comes from; with the number in From if there are several. Behind a proxy is
    /// anybody, also who has not registered by it: a phone with a password proves that it is this one.
    pub(super) fn at_flow(&self, incoming: &Incoming, name: &str) -> Option<StationId> {
        let named = |(_, phone): &(&StationId, &super::Phone)| {
            phone.pool.numbers.iter().any(|number| number == name)
                || phone.pool.credentials.as_ref().is_some_and(|(user, _)| user == name)
        };
        let is_here = |phone: &super::Phone| phone.contacts.is_at(incoming.flow());
        let known = || {
            let stations = self.directory.at(incoming.flow()).iter();
            stations.filter_map(|id| Some((id, self.phones.get(id)?))).filter(|(_, phone)| is_here(phone))
        };
        let is_alone = known().nth(1).is_none();
        let by_proxy = known().any(|(_, phone)| phone.contacts.is_by_proxy(incoming.flow()));
        if by_proxy || !is_alone {
            let proves = |phone: &super::Phone| by_proxy && phone.pool.credentials.is_some();
            return known().find(named).filter(|(_, phone)| !proves(phone)).map(|(station, _)| *station);
        }
        if let Some((station, _)) = known().next() {
            return Some(*station);
        }
        // A phone may use TCP although it registered by UDP, and the other way round.
        let here = || {
            let stations = self.directory.at_host(incoming.flow());
            stations.filter_map(|id| self.phones.get_key_value(&id)).filter(|(_, phone)| is_here(phone))
        };
        here().find(named).or_else(|| here().next()).map(|(station, _)| *station)
    }

    /// The phone whose password the request proves.
    fn proved(
        &mut self,
        incoming: &Incoming,
        name: &str,
        context: &Context<'_>,
    ) -> Result<StationId, Refused> {
        if self.guesses_on(incoming, context) {
            return Err(Refused::Silently);
        }
        let realm = self.settings.realm.clone();
        let (pools, directory) = (&self.settings.pools, &self.directory);
        let proof = self.challenges.proved(
            (context.now, incoming.flow().peer().ip()),
            &realm,
            incoming.request(),
            pools,
            directory,
        );
        let place = match proof {
            Proof::Pool(place) => {
                self.password_was_right(incoming);
                place
            }
            Proof::Stale => return Err(Refused::Challenge { name: name.into(), stale: true }),
            Proof::None => {
                self.tell_of_stranger(incoming, name, context);
                return Err(Refused::Challenge { name: name.into(), stale: false });
            }
        };
        let pool = self.settings.pools.get(place);
        let station = pool.and_then(|pool| context.switch.stations().by_tag(pool.station));
        station.ok_or(Refused::Status(StatusCode::FORBIDDEN))
    }

    /// The number that is called, and the offer.
    pub(super) fn read_invite(
        &self,
        incoming: &Incoming,
        station: StationId,
        replaces: bool,
    ) -> Result<(SmolStr, Option<SessionDescription>), Refused> {
        let uri = incoming.request().uri();
        let address = self.address_called(&uri);
        let speed_dial = || {
            let dials = &self.phones.get(&station)?.pool.speed_dials;
            dials.get(&cisco::speed_dial(&uri)?).cloned()
        };
        let called = match address.or_else(|| dialled(&uri)).or_else(speed_dial) {
            Some(called) => called,
            None if cisco::service(&uri).is_some() && self.trunk(station).is_none() => SmolStr::default(),
            None if replaces => SmolStr::default(),
            None => return Err(Refused::Status(StatusCode::NOT_FOUND)),
        };
        let mut theirs = match description(
            &self.settings,
            incoming.request().headers(),
            incoming.request().body(),
            incoming.flow(),
        ) {
            Carried::Nothing => None,
            Carried::Wrong => return Err(Refused::Media),
            Carried::Other => return Err(Refused::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
            Carried::Description(theirs) => Some(theirs),
        };
        let requires = incoming.request().headers().require().contains("100rel");
        if requires && self.reliable_of(station) == Reliable::Off {
            return Err(Refused::Extension);
        }
        let own = self.codecs_of(station);
        let policy = self.srtp_of(station);
        if let Some(theirs) = &mut theirs {
            choose(theirs, own, policy);
        }
        if theirs.as_ref().is_some_and(|theirs| described(theirs, own, policy).is_none()) {
            return Err(Refused::Media);
        }
        Ok((called, theirs))
    }

    /// The address that is called, `user@host`, where a dial peer is for it.
    pub(super) fn address_called(&self, uri: &Uri<'_>) -> Option<SmolStr> {
        let user = uri.user_decoded()?;
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
        let address = format_smolstr!("{user}@{}", uri.host);
        let is_one = is_plain(&user) && is_plain(uri.host) && address.len() <= MAX_ADDRESS;
        let known = self.settings.trunks.iter().any(|trunk| trunk.addresses.contains(&address));
        (is_one && known).then_some(address)
    }

    pub(super) fn refuse(
        &mut self,
        refused: Refused,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let (status, headers) = match refused {
            Refused::Silently => {
                debug!(peer = %incoming.flow(), "INVITE of a stranger is not answered");
                return sip.discard(incoming);
            }
            Refused::Status(status) => (status, Vec::new()),
            Refused::Extension => {
                (StatusCode::BAD_EXTENSION, vec![(HeaderName::UNSUPPORTED, "100rel".to_owned())])
            }
            Refused::Media => {
                let warning = "305 hookflash \"Incompatible media format\"".to_owned();
                (StatusCode::NOT_ACCEPTABLE_HERE, vec![(HeaderName::WARNING, warning)])
            }
            Refused::Challenge { name, stale } => {
                let sha256 = self.offers_sha256(&name);
                let realm = self.settings.realm.clone();
                (
                    StatusCode::UNAUTHORIZED,
                    self.challenges.headers(
                        (context.now, incoming.flow().peer().ip()),
                        &realm,
                        sha256,
                        stale,
                    ),
                )
            }
        };
        debug!(peer = %incoming.flow(), %status, "INVITE refused");
        sip.reply(context.now, incoming, Reply::from(status).with_headers(&headers), context.out);
    }
}

/// Whether a call may pass a further element: it leaves here as another one.
fn may_pass(incoming: &Incoming) -> Result<(), Refused> {
    match incoming.request().headers().max_forwards() {
        Ok(Some(0)) => Err(Refused::Status(StatusCode::TOO_MANY_HOPS)),
        _ => Ok(()),
    }
}

/// Whether a phone does not want the other party to know who calls (RFC 3323).
pub(super) fn is_anonymous(incoming: &Incoming) -> bool {
    let private = |value: &str| matches!(value.trim(), "id" | "header" | "user");
    let headers = incoming.request().headers();
    let asked = headers.get_all(HeaderName::PRIVACY).flat_map(|value| value.split([';', ','])).any(private);
    let hidden = |from: NameAddr<'_>| from.uri().is_ok_and(|uri| uri.host == "anonymous.invalid");
    let remote = headers.get(HeaderName::new("Remote-Party-ID")).and_then(NameAddr::parse);
    let remote = remote.is_some_and(|party| {
        matches!(party.params.get("privacy").map(|privacy| privacy.trim_matches('"')), Some("full" | "uri"))
    });
    asked || remote || incoming.from().is_some_and(hidden)
}

/// What is shown of who does not want to be known.
pub(super) const ANONYMOUS: &str = "Anonymous";

/// Who calls.
pub(super) struct Caller {
    pub(super) station: StationId,
    /// The number of the line of a phone, or that of who calls by a trunk.
    pub(super) number: SmolStr,
    pub(super) by_trunk: Option<Arrived>,
}

/// Why an INVITE is refused.
pub(super) enum Refused {
    /// It is not answered.
    Silently,
    Status(StatusCode),
    /// Nothing in the offer can be used.
    Media,
    /// Acknowledged provisional responses are required, and not to be used.
    Extension,
    Challenge {
        name: String,
        stale: bool,
    },
}
