//! What a phone asks for when it starts: buttons, soft keys, lines, time. Each request gets a response, if only an
//! empty one, because many phones restart when one is missing.

use std::net::{IpAddr, SocketAddr};

use hookflash_core::{Forwarding, ForwardingType, Instant, Line, Station, StationId, Switch};
use hookflash_wire::sccp::{
    ButtonTemplate, ButtonType, CallCount, CallCountRes, ClientMessage, ConfigStat, DefineTimeDate,
    FeatureStat, ForwardStat, LineStat, RequiredVersion, SelectSoftKeys, Server, ServerMessage, ServerRes,
    ServiceUrlStat, SoftKeyState, SpeedDialStat, SubscriptionCause, SubscriptionStat, SubscriptionStatReq,
    Text,
};

use smol_str::SmolStr;

use super::{link::Link, phone::Phone, templates};
use crate::{Context, SccpSettings, WallClock};

/// Responds to a request for configuration; returns `false` if `message` is not one.
pub(super) fn answer(
    message: &ClientMessage,
    id: StationId,
    phone: &Phone,
    link: &Link,
    settings: &SccpSettings,
    context: &mut Context<'_>,
) -> bool {
    let switch: &Switch = context.switch;
    let (Some(station), Some(link_id)) = (switch.stations().get(id), phone.link) else { return true };
    let out = context.out.link(link_id);
    let mut send = |answer: ServerMessage| answer.encode(phone.encoding, out);
    match message {
        ClientMessage::ButtonTemplateReq(_) => {
            let buttons = templates::buttons(phone.model(), station.settings());
            ButtonTemplate::split(&buttons).for_each(|part| send(ServerMessage::ButtonTemplate(part)));
        }
        ClientMessage::SoftKeyTemplateReq => templates::SOFT_KEY_TEMPLATE.encode(phone.encoding, out),
        ClientMessage::SoftKeySetReq => {
            send(phone.soft_keys.message());
            send(idle_soft_keys(phone));
        }
        ClientMessage::ConfigStatReq => send(config_stat(station, settings)),
        ClientMessage::LineStatReq(request) => send(line_stat(switch, station, request.instance)),
        ClientMessage::SpeedDialStatReq(request) => send(speed_dial_stat(station, request.instance)),
        ClientMessage::FeatureStatReq(request) if blf(station, request.instance).is_some() => {
            let (number, label) = blf(station, request.instance).cloned().unwrap_or_default();
            let label = if label.is_empty() { number } else { label };
            send(ServerMessage::FeatureStat(FeatureStat {
                instance: request.instance,
                button_type: ButtonType::BLF_SPEED_DIAL,
                status: 0,
                label: label.into(),
            }));
        }
        ClientMessage::FeatureStatReq(request)
            if station.settings().privacy_button
                && request.instance == templates::privacy_instance(station.settings()) =>
        {
            let private = switch.station_view(id).privacy == Some(true);
            send(templates::privacy_stat(request.instance, private));
        }
        ClientMessage::FeatureStatReq(request) => send(ServerMessage::FeatureStat(FeatureStat {
            instance: request.instance,
            button_type: ButtonType::FEATURE,
            status: 0,
            label: Text::empty(),
        })),
        ClientMessage::ServiceUrlStatReq(request) => send(ServerMessage::ServiceUrlStat(ServiceUrlStat {
            instance: request.instance,
            ..ServiceUrlStat::default()
        })),
        ClientMessage::ForwardStatReq(request) => {
            let line = station.line(request.instance).and_then(|line| switch.lines().get(line));
            send(forward_stat(request.instance, line.map(Line::forwarding)))
        }
        ClientMessage::VersionReq => {
            send(ServerMessage::Version(RequiredVersion { load: Text::empty() }));
        }
        ClientMessage::ServerReq => send(server_list(settings, link.local)),
        ClientMessage::CallCountReq(_) => send(call_counts(switch, station)),
        ClientMessage::SubscriptionStatReq(request) => send(no_subscription(request)),
        _ => return false,
    }
    true
}

/// The date and the time of day.
pub(super) fn time_date(now: Instant, clock: &WallClock) -> ServerMessage {
    let time = clock.civil(now);
    ServerMessage::DefineTimeDate(DefineTimeDate {
        year: u32::try_from(time.year).unwrap_or(0),
        month: time.month.into(),
        day_of_week: time.weekday.into(),
        day: time.day.into(),
        hour: time.hour.into(),
        minute: time.minute.into(),
        second: time.second.into(),
        milliseconds: time.millisecond.into(),
        unix_time: u32::try_from(clock.unix_millis(now).div_euclid(1000)).unwrap_or(0),
    })
}

/// Where the calls of a line go.
pub(super) fn forward_stat(line: u32, forwarding: Option<&Forwarding>) -> ServerMessage {
    let target = |kind| forwarding?.get(kind).map(|forward| Text::from(&forward.number));
    ServerMessage::ForwardStat(ForwardStat {
        line,
        all: target(ForwardingType::Immediate),
        busy: target(ForwardingType::Busy),
        no_answer: target(ForwardingType::NoAnswer),
    })
}

/// The keys of a phone without a call.
pub(super) fn idle_soft_keys(phone: &Phone) -> ServerMessage {
    ServerMessage::SelectSoftKeys(SelectSoftKeys {
        line: 0,
        call_reference: 0,
        set: SoftKeyState::ON_HOOK,
        valid_keys: phone.soft_keys.available(SoftKeyState::ON_HOOK),
    })
}

/// A speed dial with a lamp.
fn blf(station: &Station, instance: u32) -> Option<&(SmolStr, SmolStr)> {
    let index = usize::try_from(instance).ok()?.checked_sub(1)?;
    station.settings().blf_speed_dials.get(index).filter(|(number, _)| !number.is_empty())
}

fn config_stat(station: &Station, settings: &SccpSettings) -> ServerMessage {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    ServerMessage::ConfigStat(ConfigStat {
        device_name: station.settings().name.as_str().into(),
        user_id: 0,
        instance: 1,
        user_name: Text::empty(),
        server_name: settings.server_name.as_str().into(),
        lines: count(station.settings().buttons.len()),
        speed_dials: count(station.settings().speed_dials.len()),
    })
}

fn line_stat(switch: &Switch, station: &Station, instance: u32) -> ServerMessage {
    let line = station.labelled_line(instance).and_then(|line| switch.lines().get(line));
    let stat = line.map(|line| {
        let settings = line.settings();
        let name = match (instance, settings.description.as_str(), settings.name.as_str()) {
            (1, description, _) if !description.is_empty() => &settings.description,
            (_, _, "") => &settings.number,
            _ => &settings.name,
        };
        LineStat {
            line: instance,
            number: Text::from(&settings.number),
            name: Text::from(name),
            label: Text::from(&settings.label),
        }
    });
    ServerMessage::LineStat(stat.unwrap_or(LineStat { line: instance, ..LineStat::default() }))
}

fn speed_dial_stat(station: &Station, instance: u32) -> ServerMessage {
    let index = usize::try_from(instance).unwrap_or(usize::MAX).wrapping_sub(1);
    let (number, label) = station.settings().speed_dials.get(index).cloned().unwrap_or_default();
    ServerMessage::SpeedDialStat(SpeedDialStat { instance, number: number.into(), label: label.into() })
}

/// The address that is configured, if it is one, else the one that the phone has found.
pub(super) fn server_address(settings: &SccpSettings, local: SocketAddr) -> SocketAddr {
    let configured = settings.server_name.parse::<IpAddr>().ok().filter(|address| !address.is_unspecified());
    SocketAddr::new(configured.unwrap_or(local.ip()), local.port())
}

/// One server.
fn server_list(settings: &SccpSettings, local: SocketAddr) -> ServerMessage {
    let address = server_address(settings, local);
    let name = Text::from(address.ip().to_string());
    ServerMessage::ServerRes(ServerRes { servers: vec![Server { name, address }] })
}

fn call_counts(switch: &Switch, station: &Station) -> ServerMessage {
    let instances = (1..).zip(&station.settings().buttons).map(|(instance, _)| instance);
    let lines = instances.map(|instance| {
        let on_button = station.lines_of(instance).filter_map(|line| switch.lines().get(line));
        let channels: usize = on_button.map(|line| line.settings().channels.count()).sum();
        let channels = u16::try_from(channels).unwrap_or(u16::MAX);
        CallCount { max_calls: channels, busy_trigger: channels }
    });
    let lines: Vec<CallCount> = lines.collect();
    let total_lines = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    ServerMessage::CallCountRes(CallCountRes { total_lines, first_line: 1, lines })
}

/// Busy lamps in call lists are not offered.
fn no_subscription(request: &SubscriptionStatReq) -> ServerMessage {
    ServerMessage::SubscriptionStat(SubscriptionStat {
        transaction_id: request.transaction_id,
        feature: request.feature,
        timer: request.timer,
        cause: SubscriptionCause::ROUTE_FAIL,
    })
}
