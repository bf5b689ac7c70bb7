//! Subscriptions of phones (RFC 6665): message waiting (RFC 3842), which lines are busy (RFC 4235), and presence of numbers with
//! `allow watch` (RFC 3856).
//!
//! A phone without a subscription for message waiting is told by NOTIFY outside a dialog, which most phones understand.
//!
//! # Invariants
//!
//! * A subscription has a dialog, and at most one NOTIFY that is not answered; what changes meanwhile is told afterwards,
//!   only the newest state.
//! * A NOTIFY for dialogs has the full state, under the address that the phone asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    time::Duration,
};

use hookflash_core::{Act, CallId, ConnectionState, Deadline, DeviceId, StationId, StationInput, Switch};
use hookflash_sip::{Body, ContentKind, Outgoing, RequestInDialog};
use hookflash_wire::sip::{HeaderName, Method, StatusCode};
use smol_str::{SmolStr, format_smolstr};

use super::{Purpose, SipPhones, Timer, features, headers, presence, register::user};
use crate::{
    Context,
    sip::{DialogId, Endpoint, Incoming, Reply, User},
};

/// Subscriptions at once.
const MAX_SUBSCRIPTIONS: usize = 20_000;

/// Characters of the parameter `id` of Event.
const MAX_EVENT_ID: usize = 64;

/// The shortest and the longest subscription.
const SHORTEST: u32 = 60;
const LONGEST: u32 = 3600;

const SUMMARY: ContentKind =
    ContentKind { content_type: "application/simple-message-summary", disposition: None };
const DIALOGS: ContentKind = ContentKind { content_type: "application/dialog-info+xml", disposition: None };

const PRESENCE: ContentKind = ContentKind { content_type: presence::KIND, disposition: None };

/// Stands between the messages about features.
const SEPARATOR: char = '\0';

/// What is subscribed to.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Package {
    /// Messages for a number.
    Messages(SmolStr),
    /// The calls of a device.
    Dialogs(DeviceId),
    /// Whether a device is there, and in a call.
    Presence(DeviceId),
    /// Do not disturb and forwarding of a line of the phone: its number.
    Features(SmolStr),
}

/// One subscription.
#[derive(Debug)]
pub(super) struct Subscription {
    station: StationId,
    package: Package,
    /// `;id=...` of its Event, which belongs into every NOTIFY (RFC 6665, 8.2.1).
    event_id: String,
    /// The address as the phone asked for it.
    entity: String,
    deadline: Deadline,
    expires: hookflash_core::Instant,
    version: u32,
    /// The state that was told last.
    told: Option<String>,
    /// Whether a NOTIFY is not answered.
    busy: bool,
    /// What its SUBSCRIBE asks to change, until something comes back that shows that it is the phone that asks.
    wanted: Option<Act>,
}

impl Subscription {
    fn is_for_presence(&self) -> bool {
        matches!(self.package, Package::Presence(_))
    }
}

/// The subscriptions of all phones.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    by_dialog: BTreeMap<DialogId, Subscription>,
    /// Those to the calls of a device.
    by_device: BTreeMap<DeviceId, BTreeSet<DialogId>>,
    /// Those to the messages and features of a phone.
    by_station: BTreeMap<StationId, BTreeSet<DialogId>>,
    /// Devices whose calls may have changed since their watchers were told.
    changed: Vec<DeviceId>,
    /// What phones without a subscription were told about messages.
    told: BTreeMap<StationId, bool>,
}

impl Subscriptions {
    pub(super) fn len(&self) -> usize {
        self.by_dialog.len()
    }

    fn insert(&mut self, dialog: DialogId, subscription: Subscription) {
        match subscription.package {
            Package::Dialogs(device) | Package::Presence(device) => {
                self.by_device.entry(device).or_default().insert(dialog)
            }
            Package::Messages(_) | Package::Features(_) => {
                self.by_station.entry(subscription.station).or_default().insert(dialog)
            }
        };
        self.by_dialog.insert(dialog, subscription);
    }

    fn remove(&mut self, dialog: DialogId) -> Option<Subscription> {
        let subscription = self.by_dialog.remove(&dialog)?;
        match subscription.package {
            Package::Dialogs(device) | Package::Presence(device) => {
                take_out(&mut self.by_device, device, dialog);
            }
            Package::Messages(_) | Package::Features(_) => {
                take_out(&mut self.by_station, subscription.station, dialog);
            }
        }
        Some(subscription)
    }

    /// The subscriptions of those who watch one of the devices, or have it on a button.
    fn concerned_by(&self, changed: &[DeviceId], switch: &Switch) -> BTreeSet<DialogId> {
        let watchers = changed.iter().filter_map(|device| self.by_device.get(device));
        let lines = changed.iter().flat_map(|device| switch.lines().of_device(*device));
        let stations = lines.flat_map(|(_, line)| line.stations());
        let owners = stations.filter_map(|station| self.by_station.get(station));
        watchers.chain(owners).flatten().copied().collect()
    }

    fn has_messages_of(&self, station: StationId) -> bool {
        let mut dialogs = self.by_station.get(&station).into_iter().flatten();
        dialogs.any(|dialog| {
            self.by_dialog.get(dialog).is_some_and(|own| matches!(own.package, Package::Messages(_)))
        })
    }
}

fn take_out<Key: Ord>(index: &mut BTreeMap<Key, BTreeSet<DialogId>>, key: Key, dialog: DialogId) {
    if let Some(dialogs) = index.get_mut(&key) {
        dialogs.remove(&dialog);
        if dialogs.is_empty() {
            index.remove(&key);
        }
    }
}

/// The parameter `id` of Event, with its semicolon; empty if there is none, or one that is too long.
fn event_id(incoming: &Incoming) -> String {
    let event = incoming.request().headers().get(HeaderName::EVENT).unwrap_or_default();
    let mut parameters = event.split(';').skip(1).map(str::trim);
    let id = parameters.find(|parameter| parameter.len() <= MAX_EVENT_ID && parameter.starts_with("id="));
    id.map(|id| format!(";{id}")).unwrap_or_default()
}

impl SipPhones {
    /// A SUBSCRIBE outside a dialog.
    pub(crate) fn subscribe(
        &mut self,
        mut incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let station = match self.admit(&incoming, context) {
            Ok((station, _)) => station,
            Err(refused) => match self.other_system(&incoming) {
                Some(station) => station,
                None => return self.refuse(refused, incoming, sip, context),
            },
        };
        let package = match package(&incoming, context.switch) {
            Ok(package) => package,
            Err(status) => return refuse(status, incoming, sip, context),
        };
        let package = match (package, self.phones.get(&station)) {
            // The features are those of the phone that asks.
            (Package::Features(number), Some(phone)) => {
                let own = phone.pool.instance_of(&number).is_some();
                Package::Features(if own {
                    number
                } else {
                    phone.pool.numbers.first().cloned().unwrap_or(number)
                })
            }
            (package, _) => package,
        };
        let seconds = match lifetime(&incoming) {
            Ok(seconds) => seconds,
            Err(status) => return refuse(status, incoming, sip, context),
        };
        let watches = matches!(package, Package::Presence(_));
        let watched = || self.subscriptions.by_dialog.values().filter(|own| own.is_for_presence()).count();
        let is_full = watches && self.settings.most_watchers.is_some_and(|most| watched() >= most);
        if is_full || self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            return refuse(StatusCode::SERVICE_UNAVAILABLE, incoming, sip, context);
        }
        let dialog = match sip.establish(context.now, User::Phones, &mut incoming) {
            Ok(dialog) => dialog,
            Err(status) => return refuse(status, incoming, sip, context),
        };
        let entity = incoming.to().map(|to| to.uri_text.to_owned()).unwrap_or_default();
        let expires = context.now + Duration::from_secs(seconds.into());
        let deadline = self.timers.start(expires, Timer::Subscription(dialog));
        let event_id = event_id(&incoming);
        let subscription = Subscription {
            station,
            package,
            event_id,
            entity,
            deadline,
            expires,
            version: 0,
            told: None,
            busy: false,
            wanted: None,
        };
        self.subscriptions.insert(dialog, subscription);
        let asks = match incoming.flow().link().is_some() {
            true => self.change_features(dialog, &incoming, context),
            false => {
                let wanted = self.wanted_change(dialog, &incoming);
                if let Some(subscription) = self.subscriptions.by_dialog.get_mut(&dialog) {
                    subscription.wanted = wanted;
                }
                false
            }
        };
        accept(seconds, incoming, sip, context);
        match seconds {
            // The state is fetched once (RFC 6665, 4.4.3).
            0 => self.subscription_over(dialog, "timeout", sip, context),
            _ if !asks => self.notify(dialog, sip, context),
            _ => {}
        }
    }

    /// The trunk by which a system comes that may watch numbers here, if it asks for their state.
    fn other_system(&self, incoming: &Incoming) -> Option<StationId> {
        let event = incoming.request().headers().get(HeaderName::EVENT).unwrap_or_default();
        let watches = matches!(event.split(';').next().map(str::trim), Some("presence" | "dialog"));
        let number = incoming.request().uri().user_decoded().unwrap_or_default();
        let arrived = self.arrives(incoming, &number).filter(|_| watches && self.settings.watched_by_all)?;
        Some(arrived.ok()?.station)
    }

    /// Carries out what a SUBSCRIBE asks for in its body. True if that is told when it is done.
    fn change_features(&mut self, dialog: DialogId, incoming: &Incoming, context: &mut Context<'_>) -> bool {
        let Some(act) = self.wanted_change(dialog, incoming) else { return false };
        self.change_feature(dialog, act, context)
    }

    /// What a SUBSCRIBE asks to change in its body.
    fn wanted_change(&self, dialog: DialogId, incoming: &Incoming) -> Option<Act> {
        let subscription = self.subscriptions.by_dialog.get(&dialog)?;
        let Package::Features(number) = &subscription.package else { return None };
        let phone = self.phones.get(&subscription.station);
        let line = phone.and_then(|phone| phone.pool.instance_of(number)).unwrap_or(1);
        features::request(incoming.request().body(), line)
    }

    fn change_feature(&mut self, dialog: DialogId, act: Act, context: &mut Context<'_>) -> bool {
        let Some(subscription) = self.subscriptions.by_dialog.get_mut(&dialog) else { return false };
        let Package::Features(number) = &subscription.package else { return false };
        let station = subscription.station;
        if let Some(told) = &mut subscription.told {
            let others = told.split(SEPARATOR).filter(|message| !features::is_about(message, &act));
            *told = others.collect::<Vec<_>>().join(&SEPARATOR.to_string());
        }
        context.station(station, StationInput::Act(act));
        let device = context.switch.lines().device_by_number(number);
        self.subscriptions.changed.extend(device);
        true
    }

    /// A SUBSCRIBE in the dialog of a subscription; gives the request back if it is none.
    pub(super) fn subscribed_again(
        &mut self,
        dialog: DialogId,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Option<Incoming> {
        if !self.subscriptions.by_dialog.contains_key(&dialog) {
            return Some(incoming);
        }
        let seconds = match lifetime(&incoming) {
            Ok(seconds) => seconds,
            Err(status) => {
                refuse(status, incoming, sip, context);
                return None;
            }
        };
        let asks = self.change_features(dialog, &incoming, context);
        accept(seconds, incoming, sip, context);
        if seconds == 0 {
            self.subscription_over(dialog, "timeout", sip, context);
            return None;
        }
        if let Some(subscription) = self.subscriptions.by_dialog.get_mut(&dialog) {
            self.timers.stop(Some(subscription.deadline));
            subscription.expires = context.now + Duration::from_secs(seconds.into());
            subscription.deadline = self.timers.start(subscription.expires, Timer::Subscription(dialog));
            // What is asked for is told when it is done.
            if !asks {
                subscription.told = None;
            }
        }
        if !asks {
            self.notify(dialog, sip, context);
        }
        None
    }

    /// The calls or messages of a station have changed.
    pub(super) fn note_changes(&mut self, station: StationId, switch: &Switch) {
        if self.subscriptions.len() == 0 && self.phones.is_empty() {
            return;
        }
        let Some(station) = switch.stations().get(station) else { return };
        for line in station.lines() {
            let device = switch.lines()[line].device();
            if !self.subscriptions.changed.contains(&device) {
                self.subscriptions.changed.push(device);
            }
        }
    }

    /// Tells watchers what has changed. True if somebody was told.
    pub(crate) fn settle_subscriptions(&mut self, sip: &mut Endpoint, context: &mut Context<'_>) -> bool {
        let changed = std::mem::take(&mut self.subscriptions.changed);
        if changed.is_empty() {
            return false;
        }
        let dialogs = self.subscriptions.concerned_by(&changed, context.switch);
        dialogs.into_iter().for_each(|dialog| self.notify(dialog, sip, context));
        self.tell_messages(&changed, sip, context);
        false
    }

    /// Tells phones that have no subscription whether messages wait.
    fn tell_messages(&mut self, changed: &[DeviceId], sip: &mut Endpoint, context: &mut Context<'_>) {
        let lines = changed.iter().flat_map(|device| context.switch.lines().of_device(*device));
        let mut stations: Vec<StationId> =
            lines.flat_map(|(_, line)| line.stations().iter().copied()).collect();
        stations.sort();
        stations.dedup();
        stations.retain(|id| !self.tell_state(*id, sip, context));
        let is_news = |station: &StationId| {
            let waiting = !context.switch.station_view(*station).message_waiting.is_empty();
            self.subscriptions.told.get(station).copied().unwrap_or(false) != waiting
        };
        stations.retain(|id| {
            self.phones.contains_key(id) && is_news(id) && !self.subscriptions.has_messages_of(*id)
        });
        for station in stations {
            self.tell_messages_of(station, sip, context);
        }
    }

    /// NOTIFY outside a dialog to all contacts, if that is new to them.
    pub(super) fn tell_messages_of(
        &mut self,
        station: StationId,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        if self.tell_state(station, sip, context) {
            return;
        }
        let waiting = !context.switch.station_view(station).message_waiting.is_empty();
        let before = self.subscriptions.told.insert(station, waiting).unwrap_or(false);
        if before == waiting {
            return;
        }
        let Some(phone) = self.phones.get(&station) else { return };
        let contacts = phone.contacts.iter().filter(|contact| contact.is_reachable());
        let contacts: Vec<_> = contacts
            .map(|contact| {
                (
                    contact.uri().to_owned(),
                    *contact.flow(),
                    contact.server().to_owned(),
                    contact.number().to_owned(),
                )
            })
            .collect();
        for (uri, flow, server, number) in contacts {
            let account = headers::uri(&number, &server);
            let text = summary(waiting, &account);
            let address = format!("<{account}>");
            let headers = [
                (HeaderName::EVENT, "message-summary".to_owned()),
                (HeaderName::SUBSCRIPTION_STATE, "active".to_owned()),
            ];
            let outgoing = Outgoing {
                contact: Some(&number),
                headers: &headers,
                body: Some(Body { kind: SUMMARY, bytes: text.as_bytes() }),
                ..Outgoing::new(&Method::Notify, flow, &uri, &address, &address)
            };
            if let Ok(request) = sip.send(context.now, User::Phones, &outgoing, context.out) {
                self.requests.insert(request, Purpose::Other);
            }
        }
    }

    /// A phone registered: it knows of no messages.
    pub(super) fn forget_told_messages(&mut self, station: StationId) {
        self.subscriptions.told.remove(&station);
        self.forget_state(station);
    }

    /// NOTIFY, if there is something new and the one before was answered.
    fn notify(&mut self, dialog: DialogId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(subscription) = self.subscriptions.by_dialog.get_mut(&dialog) else { return };
        let state = state(subscription, context.switch);
        if subscription.busy || subscription.told.as_ref() == Some(&state) {
            return;
        }
        let left = subscription.expires.since(context.now).as_secs();
        self.send_notify(dialog, &format!("active;expires={left}"), sip, context);
    }

    fn send_notify(&mut self, dialog: DialogId, status: &str, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(subscription) = self.subscriptions.by_dialog.get_mut(&dialog) else { return };
        let state = state(subscription, context.switch);
        let (event, kind, text) = match &subscription.package {
            Package::Features(_) => {
                let before: Vec<&str> =
                    subscription.told.iter().flat_map(|told| told.split(SEPARATOR)).collect();
                let now = state.split(SEPARATOR).map(str::to_owned);
                let changed: Vec<String> =
                    now.filter(|message| !before.contains(&message.as_str())).collect();
                let (content_type, text) = features::body(&changed);
                let kind = ContentKind { content_type, disposition: None };
                ("as-feature-event", kind, text.into_owned())
            }
            Package::Messages(_) => ("message-summary", SUMMARY, state.clone()),
            Package::Presence(_) => ("presence", PRESENCE, state.clone()),
            Package::Dialogs(_) => {
                let (entity, version) = (escape(&subscription.entity), subscription.version);
                let text = format!(
                    "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" \
                     version=\"{version}\" state=\"full\" entity=\"{entity}\">\n{state}</dialog-info>\n"
                );
                ("dialog", DIALOGS, text)
            }
        };
        subscription.version = subscription.version.wrapping_add(1);
        subscription.told = Some(state);
        let headers = [
            (HeaderName::EVENT, format!("{event}{}", subscription.event_id)),
            (HeaderName::SUBSCRIPTION_STATE, status.to_owned()),
        ];
        let request = RequestInDialog { headers: &headers, ..RequestInDialog::new(&Method::Notify) };
        let request = request.with_body(Body { kind, bytes: text.as_bytes() });
        if let Ok(request) = sip.send_in_dialog(context.now, dialog, &request, context.out) {
            subscription.busy = true;
            self.requests.insert(request, Purpose::Notify(dialog));
        }
    }

    /// A NOTIFY was answered, or with `None` was not.
    pub(super) fn notified(
        &mut self,
        dialog: DialogId,
        status: Option<StatusCode>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(subscription) = self.subscriptions.by_dialog.get_mut(&dialog) else { return };
        subscription.busy = false;
        match status {
            Some(StatusCode::CALL_DOES_NOT_EXIST) => {
                self.forget_subscription(dialog);
                sip.abandon(dialog);
            }
            // It knows of the subscription.
            Some(_) if let Some(act) = subscription.wanted.take() => {
                self.change_feature(dialog, act, context);
            }
            _ => self.notify(dialog, sip, context),
        }
    }

    /// A subscription ends: its phone is told the last time.
    pub(super) fn subscription_over(
        &mut self,
        dialog: DialogId,
        reason: &str,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        self.send_notify(dialog, &format!("terminated;reason={reason}"), sip, context);
        self.forget_subscription(dialog);
        // The NOTIFY is repeated until it is answered; nothing else happens in the dialog.
        self.timers.start(context.now + super::MEDIA_TIME, Timer::Subscription(dialog));
    }

    /// The time of a subscription is over, or that of its dialog after it.
    pub(super) fn subscription_due(
        &mut self,
        dialog: DialogId,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        match self.subscriptions.by_dialog.contains_key(&dialog) {
            true => self.subscription_over(dialog, "timeout", sip, context),
            false => sip.abandon(dialog),
        }
    }

    /// Forgets a subscription; false if the dialog is none.
    pub(super) fn forget_subscription(&mut self, dialog: DialogId) -> bool {
        let Some(subscription) = self.subscriptions.remove(dialog) else { return false };
        self.timers.stop(Some(subscription.deadline));
        true
    }
}

fn refuse(status: StatusCode, incoming: Incoming, sip: &mut Endpoint, context: &mut Context<'_>) {
    let headers = match status {
        StatusCode::BAD_EVENT => vec![(HeaderName::ALLOW_EVENTS, crate::sip::EVENTS.to_owned())],
        StatusCode::INTERVAL_TOO_BRIEF => vec![(HeaderName::MIN_EXPIRES, SHORTEST.to_string())],
        _ => Vec::new(),
    };
    sip.reply(context.now, incoming, Reply::from(status).with_headers(&headers), context.out);
}

fn accept(seconds: u32, incoming: Incoming, sip: &mut Endpoint, context: &mut Context<'_>) {
    let headers = [(HeaderName::EXPIRES, seconds.to_string())];
    sip.reply(context.now, incoming, Reply::from(StatusCode::OK).with_headers(&headers), context.out);
}

/// What a SUBSCRIBE asks for.
fn package(incoming: &Incoming, switch: &Switch) -> Result<Package, StatusCode> {
    let event = incoming.request().headers().get(HeaderName::EVENT).unwrap_or_default();
    let event = event.split(';').next().unwrap_or_default().trim();
    // What is served is said for each package, whoever is asked for.
    let kind = match event {
        "message-summary" => SUMMARY.content_type,
        "as-feature-event" => features::KIND,
        "dialog" => DIALOGS.content_type,
        "presence" => presence::KIND,
        _ => return Err(StatusCode::BAD_EVENT),
    };
    if !takes(incoming, kind) {
        return Err(StatusCode::NOT_ACCEPTABLE);
    }
    let number = incoming.request().uri().user_decoded().map(|user| SmolStr::new(&user));
    let number = number.or_else(|| incoming.to().and_then(|to| user(&to)).map(SmolStr::from));
    let number = number.ok_or(StatusCode::NOT_FOUND)?;
    match event {
        "message-summary" => Ok(Package::Messages(number)),
        "as-feature-event" => Ok(Package::Features(number)),
        "dialog" => {
            let device = switch.lines().device_by_number(&number);
            device.map(Package::Dialogs).ok_or(StatusCode::NOT_FOUND)
        }
        "presence" => {
            let device = switch.lines().device_by_number(&number).ok_or(StatusCode::NOT_FOUND)?;
            let watched = Some(device).filter(|device| presence::may_be_watched(*device, switch));
            watched.map(Package::Presence).ok_or(StatusCode::FORBIDDEN)
        }
        _ => Err(StatusCode::BAD_EVENT),
    }
}

/// Whether who subscribes takes bodies of this type; who does not say so takes what the package has (RFC 6665, 3.1.3).
fn takes(incoming: &Incoming, kind: &str) -> bool {
    let mut types = incoming.request().headers().elements(HeaderName::ACCEPT).peekable();
    let family = kind.split_once('/').map_or(kind, |(family, _)| family);
    types.peek().is_none()
        || types.any(|own| {
            let own = own.split(';').next().unwrap_or_default().trim();
            let any = own.strip_suffix("/*");
            own.eq_ignore_ascii_case(kind)
                || any.is_some_and(|own| own == "*" || own.eq_ignore_ascii_case(family))
        })
}

/// For how many seconds it is granted.
fn lifetime(incoming: &Incoming) -> Result<u32, StatusCode> {
    match incoming.request().headers().expires().map_err(|_| StatusCode::BAD_REQUEST)? {
        None => Ok(LONGEST),
        Some(0) => Ok(0),
        Some(asked) if asked < SHORTEST => Err(StatusCode::INTERVAL_TOO_BRIEF),
        Some(asked) => Ok(asked.min(LONGEST)),
    }
}

/// The state that a NOTIFY carries, without what differs between two of the same state.
fn state(subscription: &Subscription, switch: &Switch) -> String {
    match &subscription.package {
        Package::Messages(_) => {
            let waiting = !switch.station_view(subscription.station).message_waiting.is_empty();
            summary(waiting, &subscription.entity)
        }
        Package::Dialogs(device) => dialogs(*device, &subscription.entity, switch),
        Package::Presence(device) => presence::document(*device, &subscription.entity, switch),
        Package::Features(number) => {
            features::messages(subscription.station, number, switch).join(&SEPARATOR.to_string())
        }
    }
}

fn summary(waiting: bool, account: &str) -> String {
    let (yes, new) = if waiting { ("yes", 1) } else { ("no", 0) };
    format!("Messages-Waiting: {yes}\r\nMessage-Account: {account}\r\nVoice-Message: {new}/0 (0/0)\r\n")
}

/// The calls of a device, one `dialog` element each; one that says terminated if it has none.
fn dialogs(device: DeviceId, entity: &str, switch: &Switch) -> String {
    let calls = switch.calls();
    let host = entity.split_once('@').map_or(entity, |(_, host)| host);
    let keys = switch.lines().of_device(device).flat_map(|(line, _)| calls.at_line(line));
    let mut text = String::new();
    for own in keys.filter_map(|key| calls.connection(*key)) {
        let state = match own.state() {
            ConnectionState::Initiated => "trying",
            ConnectionState::Alerting if own.rings() => "early",
            // Its phone has not said yet that it rings.
            ConnectionState::Alerting => "trying",
            ConnectionState::Connected if calls.is_established(own.key()) => "confirmed",
            ConnectionState::Connected => "proceeding",
            ConnectionState::Hold => "confirmed",
            ConnectionState::Queued | ConnectionState::Fail | ConnectionState::Null => continue,
        };
        let direction = if own.is_incoming() { "recipient" } else { "initiator" };
        let (id, call) = (own.reference(), own.call().number());
        let far = far_tag(own.call());
        let held = own.state() == ConnectionState::Hold;
        let rendering = if held { "<param pname=\"+sip.rendering\" pvalue=\"no\"/>" } else { "" };
        let local = escape(entity);
        let remote = calls.others(own.key()).next().map(|other| {
            let party = other.party();
            let uri = escape(&headers::uri(&party.number, host));
            format!(
                "<remote><identity display=\"{}\">{uri}</identity><target uri=\"{uri}\"/></remote>",
                escape(&party.name)
            )
        });
        let remote = remote.unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "<dialog id=\"{id}\" call-id=\"{call}\" local-tag=\"{id}\" remote-tag=\"{far}\" direction=\"{direction}\">\
             <state>{state}</state><local><identity>{local}</identity>\
             <target uri=\"{local}\">{rendering}</target></local>{remote}</dialog>",
        );
    }
    if text.is_empty() {
        text.push_str("<dialog id=\"0\"><state>terminated</state></dialog>\n");
    }
    text
}

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars().filter(|char| !char.is_control()) {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The tag of the others in a call that is reported: no connection has it as its own, whichever of the two is named first.
pub(super) fn far_tag(call: CallId) -> SmolStr {
    format_smolstr!("{}-others", call.number())
}
