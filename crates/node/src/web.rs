//! Pages of phones and the XML interface, over HTTP.
//!
//! Pages and requests are read and written by `hookflash_provision`; what they change is changed here, by the same
//! functions that terminals and phones use.

pub(crate) mod events;
pub(crate) mod interface;

use std::net::{IpAddr, SocketAddr};

use hookflash_core::{Connection, ConnectionState, StationId};
use hookflash_provision::{
    files::Server,
    http::{Request, Response},
    pages::{self, Caller, Page, View, directory, menu, mobility, objects, push},
    xml::Element,
};
use hookflash_wire::sccp::ResetType;

use crate::{
    FetchId, Node, Output,
    config::{SpeedDial, UrlKind},
};

/// Longest number and label of a speed dial.
const MAX_NUMBER: usize = 32;
const MAX_LABEL: usize = 30;

/// What the log calls the doors at which passwords are tried.
const PUSH: &str = "pages pushed to phones";
const DIRECTORY: &str = "local directory";

/// The path of the XML interface.
const INTERFACE: &str = "/ios_xml_app/cme";

impl Node {
    /// Answers a request of HTTP.
    pub(crate) fn http(&mut self, fetch: FetchId, local: IpAddr, peer: SocketAddr, request: &Request<'_>) {
        if let Some(response) = self.respond(fetch, local, peer, request) {
            self.out.push(Output::HttpResponse { fetch, response });
        }
    }

    /// The response; `None` if it comes later.
    fn respond(
        &mut self,
        fetch: FetchId,
        local: IpAddr,
        peer: SocketAddr,
        request: &Request<'_>,
    ) -> Option<Response> {
        if self.settings.configuration.http_listen_port().is_none() {
            return Some(Response::not_found());
        }
        let server = self.server(local);
        if request.path().eq_ignore_ascii_case(INTERFACE) {
            return self.interface(fetch, &server, peer, request);
        }
        Some(match pages::at(request) {
            Some(_) if !matches!(request.method, "GET" | "POST" | "HEAD") => {
                Response::method_not_allowed("GET, HEAD, POST")
            }
            Some(page) => self.page(page, &server, peer, request),
            None => Response::not_found(),
        })
    }

    /// The phone that asks, if it may be believed. Nothing but its address proves who it is, so a phone that is connected is changed
    /// from there only, unless phones use a proxy. Names that are tried cost as much as at the other doors of phones.
    fn believed(
        &mut self,
        page: Page,
        peer: SocketAddr,
        request: &Request<'_>,
    ) -> Option<(StationId, Caller)> {
        let caller = self.caller(peer, request);
        let service = self.settings.configuration.telephony_service.as_ref();
        let by_proxy = service.is_some_and(|service| service.urls.contains_key(&UrlKind::ProxyServer));
        if by_proxy || request.parameter("name").is_none_or(|name| name.is_empty()) {
            return caller;
        }
        let is_here = caller.as_ref().map(|(id, _)| self.is_connected_from(*id, peer.ip()));
        if is_here == Some(Some(true)) {
            return caller;
        }
        if !self.out.guard.may_attempt(peer.ip()) {
            return None;
        }
        let is_absent = is_here == Some(None);
        if !is_absent {
            self.out.guard.attempt_failed(peer.ip());
        }
        let changes = matches!(page, Page::MobilityLogout | Page::ResetPhone | Page::SpeedDialChange);
        caller.filter(|_| is_absent || !changes)
    }

    /// Whether a phone is connected from an address; `None` if it is not connected.
    fn is_connected_from(&self, station: StationId, address: IpAddr) -> Option<bool> {
        let info = self.stations.station_info(station).filter(|info| info.link.is_some());
        let by_sccp = info.and_then(|info| info.peer).map(|known| known.ip());
        let mut known = by_sccp.into_iter().chain(self.sip_phones.addresses(station)).peekable();
        known.peek()?;
        Some(known.any(|known| known == address))
    }

    /// The phone that asks: the one that it names, or the only one at its address.
    fn caller(&self, peer: SocketAddr, request: &Request<'_>) -> Option<(StationId, Caller)> {
        let named = request.parameter("name").filter(|name| !name.is_empty());
        let id = match named {
            Some(name) => self.switch.stations().by_name(&name.to_ascii_uppercase())?,
            None => {
                let at_address = |id: &StationId| {
                    self.stations.station_info(*id).is_some_and(|info| {
                        info.link.is_some() && info.peer.is_some_and(|known| known.ip() == peer.ip())
                    })
                };
                let mut here = self.switch.stations().iter().map(|(id, _)| id).filter(at_address);
                here.next().filter(|_| here.next().is_none())?
            }
        };
        let station = self.switch.stations().get(id)?.settings();
        let configuration = &self.settings.configuration;
        let ephone = configuration.ephones.get(&station.tag);
        let caller = Caller {
            tag: station.tag,
            name: station.name.to_string(),
            features: configuration.phone_features(station.tag),
            mobility: ephone.is_some_and(|ephone| ephone.logout_profile.is_some()),
            user: self.mobility.user_at(station.tag).map(|user| user.to_string()),
        };
        Some((id, caller))
    }

    fn page(&mut self, page: Page, server: &Server, peer: SocketAddr, request: &Request<'_>) -> Response {
        if page == Page::Authenticate {
            return self.may_push(peer, request);
        }
        let is_directory = request.path().to_ascii_lowercase().starts_with("/localdirectory");
        if is_directory && let Some(refused) = self.directory_refusal(peer, request) {
            return refused;
        }
        let caller = self.believed(page, peer, request);
        let station = caller.as_ref().map(|(id, _)| *id);
        let caller = caller.map(|(_, caller)| caller);
        let element = match (page, station.zip(caller.clone())) {
            (Page::MobilityLogin, caller) => {
                self.mobility_login(caller.map(|(_, caller)| caller), peer, request)
            }
            (Page::MobilityLogout, caller) => self.mobility_logout(caller.map(|(_, caller)| caller)),
            (Page::ResetPhone, Some((station, caller))) => {
                self.audit_page(&caller.name, peer, "reset", "ok");
                self.reset_phone(station)
            }
            (Page::SpeedDialChange, Some((_, caller))) => {
                self.change_speed_dial(&caller, server, peer, request)
            }
            _ => self.shown(page, server, caller.as_ref(), request),
        };
        Response::page(request, &element).field("Expires", "-1")
    }

    /// Whether somebody may push a page to a phone.
    fn may_push(&mut self, peer: SocketAddr, request: &Request<'_>) -> Response {
        if !self.out.guard.may_try_password(PUSH, peer.ip()) {
            return push::Answer::Refused.response();
        }
        let answer = push::authenticate(&self.settings.configuration, request);
        if answer == push::Answer::Refused {
            let user = request.parameter("UserID").unwrap_or_default();
            self.out.guard.password_failed(PUSH, peer, &user);
        }
        answer.response()
    }

    /// Whether the directory is refused: it is off, or the phone has to show who it is.
    fn directory_refusal(&mut self, peer: SocketAddr, request: &Request<'_>) -> Option<Response> {
        let phones = &self.settings.configuration.telephony_service.as_ref()?.phones;
        if !phones.local_directory {
            return Some(Response::not_found());
        }
        let user = phones.local_directory_user.as_ref()?;
        let Some((name, password)) = request.basic() else {
            return Some(Response::unauthorized("localdirectory"));
        };
        if !self.out.guard.may_try_password(DIRECTORY, peer.ip()) {
            return Some(Response::text(429, "Too many attempts\n"));
        }
        let fits = hookflash_provision::http::same_secret(&name, &user.name)
            & crate::password::is(&user.password, &password);
        if !fits {
            self.out.guard.password_failed(DIRECTORY, peer, &name);
        }
        (!fits).then(|| Response::unauthorized("localdirectory"))
    }

    /// A page that changes nothing.
    fn shown(&self, page: Page, server: &Server, caller: Option<&Caller>, request: &Request<'_>) -> Element {
        let view = View { settings: &self.settings.configuration, server, caller };
        match page {
            Page::Services => menu::services(&view),
            Page::Directories => directory::menu(&view),
            Page::DirectoryForm => directory::form(&view),
            Page::DirectoryQuery => directory::query(&view, request),
            Page::SystemSpeedDials => directory::system_speed_dials(&view),
            Page::FastDials => directory::fast_dials(&view),
            Page::Mobility if caller.is_none() => mobility::refused(mobility::Refusal::DeviceName),
            Page::Mobility if !menu::offers_mobility(&view) => mobility::refused(mobility::Refusal::Disabled),
            Page::Mobility => mobility::page(&view),
            Page::ParkList => menu::parked(&view, self.parked_calls()),
            _ if caller.is_none() => objects::text("Services", "", "This phone is not known here."),
            Page::MyPhone => menu::my_phone(&view),
            Page::SpeedDialButtons => menu::speed_dials(&view, &self.speed_dials_of(caller)),
            Page::SpeedDialForm => self.speed_dial_form(&view, request),
            Page::MobilityLogin
            | Page::MobilityLogout
            | Page::ResetPhone
            | Page::SpeedDialChange
            | Page::Authenticate => objects::text("Services", "", "Not possible"),
        }
    }

    /// Who is parked, and at which slot; the latest first. Slots that are reserved for one number are left out.
    fn parked_calls(&self) -> Vec<(String, String)> {
        let (calls, lines) = (self.switch.calls(), self.switch.lines());
        let parked = |connection: &Connection| {
            let slot = lines.get(connection.line())?;
            let shown = slot.settings().park_slot.as_ref().is_some_and(|slot| slot.reserved_for.is_none());
            let other = calls.only_other(connection.key()).filter(|_| shown)?;
            let who = lines.get(other.line())?;
            let name = match who.settings().name.is_empty() {
                true => who.number().to_string(),
                false => format!("{} {}", who.number(), who.settings().name),
            };
            (connection.state() == ConnectionState::Queued).then(|| (name, slot.number().to_string()))
        };
        let mut found: Vec<_> =
            calls.iter().flat_map(|call| calls.connections(call.id())).filter_map(parked).collect();
        found.reverse();
        found
    }

    /// The speed dials of a phone, or of who is logged in: place, number, label.
    fn speed_dials_of(&self, caller: Option<&Caller>) -> Vec<(u32, String, String)> {
        let Some(caller) = caller else { return Vec::new() };
        let configuration = &self.settings.configuration;
        let profile = caller.user.as_ref().and_then(|user| crate::mobility::profile_of(configuration, user));
        let dials = match profile {
            Some((_, profile)) => Some(&profile.speed_dials),
            None => configuration.ephones.get(&caller.tag).map(|ephone| &ephone.speed_dials),
        };
        let label = |dial: &SpeedDial| dial.label.as_deref().unwrap_or_default().to_owned();
        dials
            .into_iter()
            .flatten()
            .map(|(place, dial)| (*place, dial.number.to_string(), label(dial)))
            .collect()
    }

    fn speed_dial_form(&self, view: &View<'_>, request: &Request<'_>) -> Element {
        let place = request.parameter("place").and_then(|place| place.parse::<u32>().ok());
        let dials = self.speed_dials_of(view.caller);
        match dials.iter().find(|(known, _, _)| Some(*known) == place) {
            Some((place, number, label)) if !menu::is_locked(number) => {
                menu::speed_dial_form(view, *place, number, label)
            }
            _ => objects::text("Speed Dial Buttons", "", "This button cannot be changed."),
        }
    }

    /// Gives a speed dial of the phone, or of who is logged in, another number. It is part of the running configuration.
    fn change_speed_dial(
        &mut self,
        caller: &Caller,
        server: &Server,
        peer: SocketAddr,
        request: &Request<'_>,
    ) -> Element {
        let failed = |text: &str| objects::text("Speed Dial Buttons", "", text);
        let place = request.parameter("place").and_then(|place| place.parse::<u32>().ok());
        let number = request.parameter("number").unwrap_or_default();
        let dialable = number.len() <= MAX_NUMBER
            && number.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#".contains(&b));
        let known = self.speed_dials_of(Some(caller));
        let known = known.iter().find(|(known, _, _)| Some(*known) == place);
        let Some((place, before, _)) = known.filter(|_| dialable) else {
            return failed("This is not a number that can be dialled.");
        };
        if menu::is_locked(before) {
            return failed("This button cannot be changed.");
        }
        let plain = |c: &char| !c.is_control() && *c != '"';
        let label: String =
            request.parameter("label").unwrap_or_default().chars().filter(plain).take(MAX_LABEL).collect();
        let number = if number.is_empty() { "#".to_owned() } else { number.to_string() };
        let dialled = number.clone();
        let dial = SpeedDial {
            number: number.into(),
            label: Some(label.trim().into()).filter(|label: &smol_str::SmolStr| !label.is_empty()),
            lamp: false,
        };
        let running = self.running_configuration();
        let mut edited = running.clone();
        let profile = caller.user.as_ref().and_then(|user| crate::mobility::profile_of(&running, user));
        match profile {
            Some((tag, _)) => {
                drop(edited.user_profiles.entry(tag).or_default().speed_dials.insert(*place, dial))
            }
            None => drop(edited.ephone_mut(caller.tag).speed_dials.insert(*place, dial)),
        }
        let changed = self.configure(&running, edited);
        let what = format!("speed-dial {place} {dialled}");
        let outcome = changed.as_ref().err().map(ToString::to_string);
        self.audit_page(&caller.name, peer, &what, outcome.as_deref().unwrap_or("ok"));
        match changed {
            Ok(_) => self.shown(Page::SpeedDialButtons, server, Some(caller), request),
            Err(error) => failed(&error.to_string()),
        }
    }

    fn reset_phone(&mut self, station: StationId) -> Element {
        let (stations, mut context) = self.stations_mut();
        stations.restart_when_idle(
            station,
            ResetType::RESET,
            std::time::Duration::from_secs(1),
            &mut context,
        );
        objects::text("My Phone Apps", "", "The phone restarts when it is idle.")
    }

    fn mobility_login(&mut self, caller: Option<Caller>, peer: SocketAddr, request: &Request<'_>) -> Element {
        let Some(caller) = caller else { return mobility::refused(mobility::Refusal::DeviceName) };
        if !self.offers_mobility(&caller) {
            return mobility::refused(mobility::Refusal::Disabled);
        }
        let parameter = |name| request.parameter(name).unwrap_or_default();
        let (user, secret) = (parameter("userid"), parameter("pin"));
        match self.log_in_with(peer.ip(), caller.tag, &user, &secret) {
            Ok(()) => mobility::logged_in(&user),
            Err(refusal) => mobility::refused(refusal),
        }
    }

    fn mobility_logout(&mut self, caller: Option<Caller>) -> Element {
        let Some(caller) = caller else { return mobility::refused(mobility::Refusal::DeviceName) };
        if !self.offers_mobility(&caller) {
            return mobility::refused(mobility::Refusal::Disabled);
        }
        self.log_out_at(caller.tag, "logged out at the phone");
        mobility::logged_out()
    }

    fn offers_mobility(&self, caller: &Caller) -> bool {
        let service = self.settings.configuration.telephony_service.as_ref();
        let external = service.is_some_and(|service| service.em_external);
        !external && caller.mobility && !caller.features.excludes_mobility
    }
}
