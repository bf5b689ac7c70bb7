//! Requests about CTI ports and route points: opening them, where their media goes, and routeing.

use std::net::SocketAddr;

use hookflash_core::{
    self as core, Codec, DialogueId, MediaAddress, MediaCodec, MediaWay, RegistrationId, Route, StationId,
    Verb,
};
use hookflash_wire::csta::{
    CodecDescription, CstaError, DeviceId, DeviceOpen, Escape, OperationError, PrivateRequest, Request,
    RouteSelect, SetMediaAddress,
};
use smol_str::SmolStr;

use super::{
    Session, attached_data,
    device_names::device_by_number,
    not_supported,
    services::{Asked, connection, known_device},
};

/// Milliseconds of sound in a packet, when the application does not say.
const PACKET: i64 = 20;

/// A request to the switch, with what its response needs; `None` if it is another request.
pub(super) fn translate(
    request: &Request,
    session: &mut Session,
    switch: &core::Switch,
) -> Option<Result<(core::Request, Asked), CstaError>> {
    Some(match request {
        Request::AcceptCall(request) => {
            connection(Verb::AcceptCall, &request.call_to_be_accepted, session, switch)
                .map(|id| (core::Request::AcceptCall(id), Asked::AcceptCall))
        }
        Request::Escape(request) => escape(request, session, switch),
        Request::RouteRegister(request) => {
            let named = request.routeing_device.as_ref().filter(|name| !name.as_str().is_empty());
            let asked = Asked::RouteRegister(named.cloned());
            let station = named.and_then(|name| with_several_numbers(name, switch));
            // Who names a route point with several numbers is told which of them a call has come to.
            let device = named.map(|name| match station {
                Some(_) => known(name, switch),
                None => known_device(name, session, switch),
            });
            let device = device.transpose();
            device.map(|device| (core::Request::RouteRegister { device, station }, asked))
        }
        Request::RouteRegisterCancel(request) => {
            let id = RegistrationId(number(&request.route_register_req_id));
            Ok((core::Request::RouteRegisterCancel(id), Asked::RouteRegisterCancel))
        }
        Request::RouteSelect(request) => select(request),
        Request::RouteReject(request) => {
            let dialogue = DialogueId(number(&request.cross_ref_identifier));
            Ok((core::Request::RouteReject(dialogue), Asked::InRoute(request.cross_ref_identifier.clone())))
        }
        Request::RouteEnd(request) => {
            let dialogue = DialogueId(number(&request.cross_ref_identifier));
            Ok((core::Request::RouteEnd(dialogue), Asked::InRoute(request.cross_ref_identifier.clone())))
        }
        _ => return None,
    })
}

/// The number in an identifier that was given out; 0, which names nothing, for anything else.
fn number(identifier: &str) -> u32 {
    let number = identifier.trim().parse().ok();
    number.filter(|number: &u32| number.to_string() == identifier.trim()).unwrap_or(0)
}

fn escape(
    request: &Escape,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    let asked = match request.private.as_ref().ok_or_else(not_supported)? {
        PrivateRequest::DeviceOpen(open) => {
            return Ok((open_device(open, switch)?, Asked::DeviceOpen(open.device.clone())));
        }
        PrivateRequest::DeviceClose { device } => {
            core::Request::CloseDevice { station: station(device, switch)? }
        }
        PrivateRequest::SetMediaAddress(given) => set_media_address(given, session, switch)?,
        // It is answered by who knows them.
        PrivateRequest::GetMediaKeys { .. } => return Err(not_supported()),
    };
    Ok((asked, Asked::Escape))
}

/// The station with this name, if it has several numbers.
fn with_several_numbers(name: &DeviceId, switch: &core::Switch) -> Option<StationId> {
    let station = switch.stations().by_name(name.as_str().trim())?;
    let several = switch.stations().get(station)?.lines().nth(1).is_some();
    several.then_some(station)
}

fn known(name: &DeviceId, switch: &core::Switch) -> Result<core::DeviceId, CstaError> {
    device_by_number(name, switch).ok_or(CstaError::Operation(OperationError::InvalidDeviceId))
}

/// The station with this name, or with this number on one of its lines.
pub(super) fn station(name: &DeviceId, switch: &core::Switch) -> Result<StationId, CstaError> {
    let by_name = switch.stations().by_name(name.as_str().trim());
    let by_number = || {
        let device = device_by_number(name, switch)?;
        switch.lines().of_device(device).find_map(|(_, line)| line.stations().first().copied())
    };
    let unknown = match device_by_number(name, switch) {
        Some(_) => OperationError::RequestIncompatibleWithDevice,
        None => OperationError::InvalidDeviceId,
    };
    by_name.or_else(by_number).ok_or(CstaError::Operation(unknown))
}

fn open_device(open: &DeviceOpen, switch: &core::Switch) -> Result<core::Request, CstaError> {
    let invalid = CstaError::Operation(OperationError::InvalidParameterValue);
    let station = station(&open.device, switch)?;
    let media = match (open.media.as_str(), &open.rtp) {
        ("none", _) => MediaWay::None,
        ("dynamic", _) => MediaWay::Dynamic,
        ("ws", None) => MediaWay::Socket,
        ("auto", None) => MediaWay::Auto,
        ("static", Some(rtp)) => MediaWay::Static(media_address(rtp)?),
        _ => return Err(invalid),
    };
    let linear = media == MediaWay::Socket;
    let mut codecs = open.codecs.iter().map(|each| codec(each, linear)).collect::<Result<Vec<_>, _>>()?;
    if codecs.is_empty() && media != MediaWay::None {
        let packet = u32::try_from(PACKET).unwrap_or_default();
        codecs.push(MediaCodec { codec: Codec::G711Ulaw, name: "PCMU".into(), packet });
    }
    let one_line = match open.profile.as_deref() {
        None => false,
        Some("tapi") => true,
        Some(_) => return Err(invalid),
    };
    Ok(core::Request::OpenDevice { station, media, codecs, one_line })
}

/// Longest name of a codec.
const MAX_NAME: usize = 32;

fn codec(described: &CodecDescription, linear: bool) -> Result<MediaCodec, CstaError> {
    let invalid = CstaError::Operation(OperationError::InvalidParameterValue);
    let packet = described.packet_ms.unwrap_or(PACKET);
    let packet = u32::try_from(packet).ok().filter(|packet| (10..=120).contains(packet) && packet % 10 == 0);
    let name = described.name.trim();
    let codec = codec_by_name(name, linear).filter(|_| name.len() <= MAX_NAME);
    match (codec, packet) {
        (Some(codec), Some(packet)) => Ok(MediaCodec { codec, name: name.into(), packet }),
        _ => Err(invalid),
    }
}

/// The names of RFC 3551, and those of other products.
fn codec_by_name(name: &str, linear: bool) -> Option<Codec> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(match plain.to_ascii_lowercase().as_str() {
        // Linear samples are made of what the phone sends, and need no codec of their own.
        "pcmu" | "g711u" | "g711ulaw" | "g711mulaw" | "mulaw" | "ulaw" => Codec::G711Ulaw,
        "l16" | "slin" if linear => Codec::G711Ulaw,
        "pcma" | "g711a" | "g711alaw" | "alaw" => Codec::G711Alaw,
        "g722" => Codec::G722,
        "g729" | "g729a" => Codec::G729,
        "ilbc" => Codec::Ilbc,
        _ => return None,
    })
}

fn media_address(text: &str) -> Result<MediaAddress, CstaError> {
    let address: Option<SocketAddr> = text.trim().parse().ok();
    let usable = |address: &SocketAddr| {
        address.port() != 0 && !address.ip().is_unspecified() && !address.ip().is_multicast()
    };
    let address = address.filter(usable).map(|at| MediaAddress { ip: at.ip(), port: at.port() });
    address.ok_or(CstaError::Operation(OperationError::InvalidParameterValue))
}

fn set_media_address(
    given: &SetMediaAddress,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<core::Request, CstaError> {
    let invalid = CstaError::Operation(OperationError::InvalidParameterValue);
    let connection = connection(Verb::ClearConnection, &given.connection, session, switch)?;
    // What an application receives is said once, when it opens the device.
    if !given.codecs.is_empty() {
        return Err(invalid);
    }
    let request = given.media_request_id.as_ref().map(|id| number(id));
    Ok(core::Request::SetMediaAddress { connection, request, address: media_address(&given.rtp)? })
}

fn select(request: &RouteSelect) -> Result<(core::Request, Asked), CstaError> {
    let asked = Asked::InRoute(request.cross_ref_identifier.clone());
    let digits = |name: &DeviceId| -> SmolStr {
        let number = name.number().filter(|number| !number.incomplete);
        number.map(|number| number.digits).unwrap_or_default()
    };
    let routes = match request.routes.is_empty() {
        true => {
            let further = request.alternate_routes.iter().flat_map(|routes| routes.0.iter());
            let all = std::iter::once(&request.route_selected).chain(further);
            all.map(|name| Route { destination: digits(name), calling: None }).collect()
        }
        false => request
            .routes
            .iter()
            .map(|route| Route {
                destination: digits(&route.destination),
                calling: route.calling_number.as_ref().map(&digits).filter(|number| !number.is_empty()),
            })
            .collect(),
    };
    let correlator =
        attached_data::octets(request.correlator_data.as_ref(), OperationError::CorrelatorDataOutOfRange)?;
    let select = core::Request::RouteSelect {
        dialogue: DialogueId(number(&request.cross_ref_identifier)),
        routes,
        tell: request.route_used_req == Some(true),
        correlator,
    };
    Ok((select, asked))
}
