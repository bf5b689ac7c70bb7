//! The XML interface: who may ask, what is asked of the running system, and what requests change.
//!
//! A request needs the name and password of an `xml user`. Reading needs privilege 1; ISexecCLI and other requests that
//! change something need 15.

use std::{collections::BTreeMap, net::SocketAddr};

use hookflash_core::ForwardingType;
use hookflash_provision::{
    api::{self, ALL_PRIVILEGES, Call, Device, Extension, READS, SessionServer, System},
    files::Server,
    http::{Request, Response, same_secret},
    xml::Element,
};
use smol_str::SmolStr;
use tracing::info;

use crate::{FetchId, Node, Output, TerminalId, config};

/// What the log calls it.
const DOOR: &str = "XML interface";
/// Requests that may wait for the disk at the same time.
const MAX_SAVING: usize = 16;
/// The terminals of requests have numbers that no operator's has.
const FIRST_TERMINAL: u64 = 1 << 63;
/// What the challenge is about.
const REALM: &str = "level_15_access";

/// What the interface remembers.
#[derive(Debug, Default)]
pub(crate) struct Interface {
    /// Whose request is carried out: for the audit.
    acting: Option<(String, SocketAddr)>,
    /// Requests that wait until the configuration is stored.
    saving: BTreeMap<TerminalId, (FetchId, Call)>,
}

/// What a terminal says about a line, without the caret below it.
fn without_marker(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "^");
    lines.collect::<Vec<_>>().join(" ")
}

impl Node {
    /// Answers a request; `None` if the answer comes when the configuration is stored.
    pub(super) fn interface(
        &mut self,
        fetch: FetchId,
        server: &Server,
        peer: SocketAddr,
        request: &Request<'_>,
    ) -> Option<Response> {
        if !self.settings.configuration.xml_interface_is_up() {
            return Some(Response::text(404, "ixi application cme is shut down\n"));
        }
        if request.method != "POST" {
            return Some(Response::method_not_allowed("POST"));
        }
        let (privilege, user) = match self.privilege_of(peer, request) {
            Ok(found) => found,
            Err(refused) => return Some(refused),
        };
        let call = match Call::read(request.body) {
            Ok(call) => call,
            Err(fault) => return Some(Response::xml(400, &api::error(400, &fault.to_string()))),
        };
        self.interface.acting = Some((user, peer));
        let saves = call.is("ISSaveConfig") && privilege == ALL_PRIVILEGES;
        let element = if saves {
            Err(self.save(fetch, call))
        } else {
            Ok(self.carry_out_call(&call, server, privilege, peer))
        };
        self.interface.acting = None;
        let element = match element {
            Ok(element) => element,
            Err(response) => return response,
        };
        Some(self.limited(Response::xml(200, &element)))
    }

    /// Who acts for a request of the interface, and from where.
    pub(crate) fn acting(&self) -> Option<(&str, SocketAddr)> {
        self.interface.acting.as_ref().map(|(user, peer)| (user.as_str(), *peer))
    }

    /// The privilege of whoever asks, and the name.
    fn privilege_of(&mut self, peer: SocketAddr, request: &Request<'_>) -> Result<(u32, String), Response> {
        let Some((name, password)) = request.basic() else { return Err(Response::unauthorized(REALM)) };
        if !self.out.guard.may_try_password(DOOR, peer.ip()) {
            return Err(Response::text(429, "Too many attempts\n"));
        }
        let service = self.settings.configuration.telephony_service.as_ref();
        let users: Vec<config::XmlUser> =
            service.map(|service| service.xml_users().cloned().collect()).unwrap_or_default();
        let fits = |user: &&config::XmlUser| {
            let config::Credentials { name: known, password: secret } = &user.credentials;
            same_secret(known, &name) & crate::password::is(secret, &password)
        };
        let found = users.iter().filter(fits).map(|user| user.privilege).max();
        if let Some(privilege) = found {
            return match privilege {
                READS.. => Ok((privilege, name.to_string())),
                _ => Err(Response::xml(403, &api::error(403, "the user's privilege is too low"))),
            };
        }
        self.out.guard.password_failed(DOOR, peer, &name);
        Err(Response::unauthorized(REALM))
    }

    /// A response that is not longer than `response size` allows.
    fn limited(&self, response: Response) -> Response {
        let most = self.settings.configuration.xml_transport_number("response size");
        let most =
            most.and_then(|kilobytes| usize::try_from(kilobytes).ok()).map(|size| size.saturating_mul(1024));
        match most {
            Some(most) if most > 0 && response.body.len() > most => {
                let message =
                    format!("the response is longer than response size {}: ask for less", most / 1024);
                Response::xml(200, &api::error(413, &message))
            }
            _ => response,
        }
    }

    fn carry_out_call(&mut self, call: &Call, server: &Server, privilege: u32, peer: SocketAddr) -> Element {
        let changes = ["ISexecCLI", "ISSaveConfig", "ISupdateUser", "ISsetKeyPhones", "ISunsetKeyPhones"];
        if changes.iter().any(|name| call.is(name)) {
            if privilege < ALL_PRIVILEGES {
                return api::error(403, "the user's privilege is too low");
            }
            info!(operation = %call.operation.escape_debug(), %peer, "XML interface");
            return call.response(self.change(call));
        }
        let system = self.system(server);
        match api::answer(call, &system, privilege) {
            Some(content) => call.response(content),
            None => api::error(404, &format!("{} is not known", call.operation)),
        }
    }

    /// Carries out a request that changes something.
    fn change(&mut self, call: &Call) -> Vec<Element> {
        if call.is("ISexecCLI") {
            let result = self.run_lines(&api::commands(call));
            return api::executed(&result.map_err(|(line, text)| (line, without_marker(&text))));
        }
        if call.is("ISupdateUser") {
            let error = self.update_user(call);
            let user = call.all("ISuserID").into_iter().next().unwrap_or_default();
            self.audit_change(user, "ISupdateUser", error.as_deref().unwrap_or("ok"));
            return api::set_result(error.as_deref());
        }
        let set = call.is("ISsetKeyPhones");
        let names = call.all("ISPhoneName");
        let result = if set { "ISsetResult" } else { "ISunsetResult" };
        let change = |name: &str| {
            let done = self.set_key_phone(name, set);
            self.audit_change(name, &call.operation, if done { "ok" } else { "not possible" });
            Element::filled(result, done)
        };
        names.into_iter().map(change).collect()
    }

    /// Gives a user another password.
    fn update_user(&mut self, call: &Call) -> Option<String> {
        let first = |name| call.all(name).into_iter().next().unwrap_or_default().to_owned();
        let (user, password) = (first("ISuserID"), first("ISpassword"));
        let plain = !password.is_empty() && password.len() <= 31 && !password.contains(char::is_whitespace);
        if !plain {
            return Some("the password is not valid".to_owned());
        }
        let running = self.running_configuration();
        let mut edited = running.clone();
        let secret = config::Secret { encryption: None, text: password.into() };
        let phone =
            edited.ephones.iter().find(|(_, ephone)| ephone.user.as_ref().is_some_and(|u| u.name == user));
        let phone = phone.map(|(tag, _)| *tag);
        let credentials = match phone {
            Some(tag) => edited.ephone_mut(tag).user.as_deref_mut(),
            None => edited
                .user_profiles
                .values_mut()
                .chain(edited.logout_profiles.values_mut())
                .filter_map(|profile| profile.user.as_mut())
                .find(|known| known.name == user),
        };
        match credentials {
            Some(credentials) => credentials.password = secret,
            None => return Some(format!("User {user} does not exist")),
        }
        self.configure(&running, edited).err().map(|error| error.to_string())
    }

    /// Marks a phone as a key phone, or not. Returns whether there is such a phone.
    fn set_key_phone(&mut self, name: &str, set: bool) -> bool {
        let Some(id) = self.switch.stations().by_name(&name.to_ascii_uppercase()) else { return false };
        let Some(tag) = self.switch.stations().get(id).map(|station| station.settings().tag) else {
            return false;
        };
        let running = self.running_configuration();
        let mut edited = running.clone();
        let kept = &mut edited.ephone_mut(tag).kept;
        kept.retain(|line| line != "keyphone");
        if set {
            kept.push("keyphone".into());
        }
        self.configure(&running, edited).is_ok()
    }

    /// Stores the configuration; the response comes when it is stored.
    fn save(&mut self, fetch: FetchId, call: Call) -> Option<Response> {
        if self.interface.saving.len() >= MAX_SAVING {
            return Some(Response::xml(
                200,
                &call.response([Element::filled("ISSaveConfigResult", "delay")]),
            ));
        }
        let terminal = TerminalId(FIRST_TERMINAL | fetch.0);
        let begun = self.begin_storing(terminal);
        self.audit_change("", "ISSaveConfig", if begun { "asked for" } else { "not possible" });
        match begun {
            true => drop(self.interface.saving.insert(terminal, (fetch, call))),
            false => return Some(Response::xml(200, &call.response(api::saved(false)))),
        }
        None
    }

    /// The configuration that a request wanted to have stored is stored, or is not. Returns whether it was a request.
    pub(crate) fn saved(&mut self, terminal: TerminalId, done: bool) -> bool {
        let Some((fetch, call)) = self.interface.saving.remove(&terminal) else { return false };
        let response = Response::xml(200, &call.response(api::saved(done)));
        self.out.push(Output::HttpResponse { fetch, response });
        true
    }

    /// What the interface tells of the running system.
    fn system(&self, server: &Server) -> System<'_> {
        System {
            settings: &self.settings.configuration,
            address: server.address,
            port: server.sccp_port,
            version: env!("CARGO_PKG_VERSION"),
            host_name: &self.settings.hostname,
            uptime: self.uptime(),
            devices: self.devices(),
            extensions: self.extensions(),
            peak: self.events.peak,
            device_events: self.events.devices.iter().cloned().collect(),
            extension_events: self.events.extensions.iter().cloned().collect(),
            session_servers: self.session_servers(),
        }
    }

    fn devices(&self) -> Vec<Device> {
        let stations = self.switch.stations().iter().filter(|(_, station)| station.is_commanded_phone());
        let device = |(id, station): (hookflash_core::StationId, &hookflash_core::Station)| {
            let info = self.stations.station_info(id)?;
            let tag = station.settings().tag;
            let known = self.events.known.get(&tag).copied().unwrap_or_default();
            let lines = station.settings().buttons.iter().filter_map(|button| {
                let line = self.switch.lines().by_tag(button.line)?;
                Some((u32::from(button.button), button.line, self.switch.lines()[line].number().to_string()))
            });
            let user = self.mobility.user_at(tag).and_then(|user| {
                let (profile, _) = crate::mobility::profile_of(&self.settings.configuration, user)?;
                Some((user.to_string(), profile))
            });
            let model = info.peer.and_then(|_| info.device_type.model());
            Some(Device {
                tag,
                name: station.settings().name.to_string(),
                state: known.state,
                last_state: known.last,
                changed: known.since,
                address: info.peer.map(|peer| peer.ip()),
                keepalives: info.keepalives,
                model: model.and_then(|model| model.ios_words.first()).map(|word| (*word).to_owned()),
                lines: lines.collect(),
                user,
            })
        };
        stations.filter_map(device).collect()
    }

    fn extensions(&self) -> Vec<Extension> {
        let mut devices: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (_, station) in self.switch.stations().iter() {
            for button in &station.settings().buttons {
                devices.entry(button.line).or_default().push(station.settings().tag);
            }
        }
        let tags = self.settings.configuration.ephone_dns.keys();
        let extension = |tag: &u32| {
            let lines = self.switch.lines();
            let line = lines.get(lines.by_tag(*tag)?)?;
            let (up, changed) = self.events.lines.get(tag).copied().unwrap_or_default();
            let forward = line.forwarding().get(ForwardingType::Immediate);
            Some(Extension {
                tag: *tag,
                up: up || line.settings().cti_notify,
                changed,
                calls: self.calls_at(*tag),
                forward_all: forward.map(|forward| forward.number.to_string()),
                devices: devices.get(tag).cloned().unwrap_or_default(),
            })
        };
        tags.filter_map(extension).collect()
    }

    /// How many calls phones show at a line.
    fn calls_at(&self, tag: u32) -> usize {
        let shown = self.switch.stations().iter().map(|(id, station)| {
            let places = (1..).zip(&station.settings().buttons).filter(|(_, button)| button.line == tag);
            let places: Vec<u32> = places.map(|(place, _)| place).collect();
            match places.is_empty() {
                true => 0,
                false => {
                    let view = self.switch.station_view(id);
                    view.appearances.iter().filter(|shown| places.contains(&shown.line)).count()
                }
            }
        });
        shown.max().unwrap_or(0)
    }

    fn session_servers(&self) -> Vec<SessionServer> {
        let servers = self.settings.configuration.session_servers.iter();
        let id = |id: &Option<SmolStr>| id.as_deref().unwrap_or_default().to_owned();
        servers
            .map(|(tag, server)| SessionServer {
                tag: *tag,
                register_id: id(&server.register_id),
                keepalive: server.keepalive,
            })
            .collect()
    }
}
