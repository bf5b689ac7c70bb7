//! Every message that can be written, with every optional member absent and present and every word of every
//! vocabulary; and the sample messages.

use hookflash_wire::csta::*;

use crate::{call_control, merging_events, telephones};

pub const AWKWARD: &str = "N<201>Bob & \"Mary\" 'O' \u{e9}\u{4e2d}\u{1f4de}";

/// File name and content of every sample.
pub fn samples() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ecma-323/samples");
    let mut samples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    samples.sort();
    samples
}

/// All messages of an edition.
pub fn all_messages(edition: Edition) -> Vec<Message> {
    let mut messages = requests(edition);
    messages.extend(telephones::requests(edition));
    messages.extend(telephones::responses(edition));
    messages.extend(responses(edition));
    messages.extend(events(edition));
    messages.extend(errors(edition));
    messages.extend(crate::devices::messages());
    messages.extend(crate::voice::messages());
    messages
}

pub fn connections() -> Vec<ConnectionId> {
    vec![
        ConnectionId::new("c1", "tel:201"),
        ConnectionId::new("0_99f261b4", AWKWARD),
        ConnectionId::call("FF000100000000002D65C85C1C750000"),
        ConnectionId { call_id: None, device_id: Some("201".into()) },
    ]
}

pub fn subjects() -> Vec<SubjectDeviceId> {
    vec![
        SubjectDeviceId::Device("tel:201".into()),
        SubjectDeviceId::Device(AWKWARD.into()),
        SubjectDeviceId::NotKnown,
        SubjectDeviceId::Restricted,
    ]
}

pub fn redirections() -> Vec<RedirectionDevice> {
    vec![
        RedirectionDevice::NumberDialed("tel:202".into()),
        RedirectionDevice::NotKnown,
        RedirectionDevice::NotRequired,
        RedirectionDevice::NotSpecified,
        RedirectionDevice::Restricted,
    ]
}

pub fn data() -> Vec<Option<CallData>> {
    vec![None, Some(CallData::Octets(HexBinary::from_octets(b"\x00\xffabc"))), Some(CallData::Private)]
}

pub fn linkages() -> Vec<Option<CallLinkageData>> {
    let domain = || Some("hq".into());
    let sub_domain = CallLinkageData {
        global_call_data: Some(GlobalCallData {
            switching_sub_domain_name: domain(),
            linkage_id: Some(GlobalCallLinkageId(LinkageId::SubDomain("7".into()))),
            timestamp: Some("2026-11-28T20:20:00Z".into()),
        }),
        thread_data: Some(Box::new(ThreadData {
            switching_sub_domain_name: domain(),
            linkage_id: Some(ThreadLinkageId(LinkageId::SubDomain(AWKWARD.into()))),
            timestamp: Some("2026-11-28T20:20:00Z".into()),
        })),
    };
    let thread = ThreadData {
        switching_sub_domain_name: None,
        linkage_id: Some(ThreadLinkageId(LinkageId::GloballyUnique("t".into()))),
        timestamp: None,
    };
    let thread_only = CallLinkageData { global_call_data: None, thread_data: Some(Box::new(thread)) };
    let unknown = CallLinkageData { global_call_data: None, thread_data: None };
    let global = CallLinkageData::global_call("00004711-GCID");
    vec![None, Some(global), Some(sub_domain), Some(thread_only), Some(unknown)]
}

fn causes(edition: Edition) -> Vec<EventCause> {
    EventCause::ALL.iter().filter(|cause| cause.since() <= edition).cloned().collect()
}

pub fn states() -> Vec<Option<LocalConnectionState>> {
    std::iter::once(None).chain(LocalConnectionState::ALL.iter().copied().map(Some)).collect()
}

fn filters(edition: Edition) -> Vec<Option<MonitorFilter>> {
    let all: Vec<_> = EventKind::ALL.iter().copied().filter(|event| event.since() <= edition).collect();
    let mut filters = vec![None, Some(MonitorFilter::NONE), Some(all.iter().copied().collect())];
    filters.extend(all.iter().map(|event| Some(MonitorFilter::from_iter([*event]))));
    let mut wants = MonitorFilter::NONE;
    all.into_iter().for_each(|event| wants.want(event));
    filters.push(Some(wants));
    filters
}

/// Takes values from lists that are walked at different speeds, so that combinations vary.
pub struct Pick(pub usize);

impl Pick {
    pub fn from<T: Clone>(&self, values: &[T]) -> T {
        values[self.0 % values.len()].clone()
    }
}

fn requests(edition: Edition) -> Vec<Message> {
    let mut requests: Vec<Request> = Vec::new();
    for lcs_line in [None, Some(DeviceId::from(AWKWARD)), Some("tel:+14255550100;ext=201".into())] {
        let extensions = Extensions { lcs_line };
        requests.push(GetCstaFeatures { extensions: extensions.clone() }.into());
        for sys_stat_register_id in [None, Some("7".into())] {
            requests
                .push(RequestSystemStatus { sys_stat_register_id, extensions: extensions.clone() }.into());
        }
    }
    for &system_status in SystemStatusValue::ALL {
        requests.push(SystemStatus::of(None, system_status).into());
        requests.push(SystemStatus::of(Some("7".into()), system_status).into());
    }
    for filter in filters(edition) {
        let monitor_object = MonitorObject::Device("tel:201".into());
        requests.push(
            MonitorStart { monitor_object, requested_monitor_filter: filter, monitor_type: None }.into(),
        );
        let monitor_cross_ref_id = "1001".into();
        requests.push(ChangeMonitorFilter { monitor_cross_ref_id, requested_filter_list: filter }.into());
    }
    for &kind in MonitorType::ALL {
        let monitor_object = MonitorObject::Call(ConnectionId::call("c1"));
        let monitor_type = Some(kind);
        requests.push(MonitorStart { monitor_object, requested_monitor_filter: None, monitor_type }.into());
    }
    requests.push(MonitorStop { monitor_cross_ref_id: "<&>".into() }.into());
    requests.push(MonitorStart::device("tel:201").into());
    requests.push(SnapshotDevice { snapshot_object: "tel:201".into() }.into());
    for connection in connections() {
        requests.push(SnapshotCall { snapshot_object: connection.clone() }.into());
        requests.push(AnswerCall::new(connection.clone()).into());
        requests.push(ClearConnection::new(connection.clone()).into());
        requests.push(HoldCall::new(connection.clone()).into());
        requests.push(RetrieveCall::new(connection.clone()).into());
        for connection_reservation in [None, Some(true), Some(false)] {
            requests.push(HoldCall { call_to_be_held: connection.clone(), connection_reservation }.into());
        }
        for data in data() {
            let (correlator_data, user_data) = (data.clone(), data);
            requests.push(
                AnswerCall {
                    call_to_be_answered: connection.clone(),
                    correlator_data: correlator_data.clone(),
                    user_data: user_data.clone(),
                }
                .into(),
            );
            for reason in [None, Some(EventCause::Busy)] {
                requests.push(
                    ClearConnection {
                        connection_to_be_cleared: connection.clone(),
                        correlator_data: correlator_data.clone(),
                        user_data: user_data.clone(),
                        reason,
                    }
                    .into(),
                );
            }
        }
    }
    requests.extend(forwardings(edition));
    requests.extend(make_calls(edition));
    requests.extend(call_control::requests(edition));
    requests.into_iter().map(Message::Request).collect()
}

fn forwardings(edition: Edition) -> Vec<Request> {
    let mut requests: Vec<Request> = vec![GetForwarding { device: AWKWARD.into() }.into()];
    for &kind in ForwardingType::ALL {
        requests.push(SetForwarding::deactivate("tel:201", kind).into());
        for ring_count in [None, Some(i64::MAX), Some(-1)] {
            let ring_duration = Some(12).filter(|_| edition.is_sixth());
            let forward = SetForwarding::activate("tel:201", kind, AWKWARD);
            requests.push(SetForwarding { ring_count, ring_duration, ..forward }.into());
        }
    }
    let unsaid = SetForwarding::activate("tel:201", ForwardingType::Busy, "");
    requests.push(SetForwarding { forwarding_type: None, ..unsaid }.into());
    requests
}

fn make_calls(edition: Edition) -> Vec<Request> {
    let minimal = MakeCall::new("tel:201", "");
    let full = MakeCall {
        account_code: Some(HexBinary::from_octets(b"4711")),
        auth_code: Some(HexBinary::default()),
        correlator_data: data().pop().flatten(),
        user_data: data().remove(1),
        subject_of_call: Some("a < b & c".into()),
        language_preferences: Some("de".into()),
        reason: Some(EventCause::NewCall).filter(|_| edition.is_sixth()),
        dial_via_office: DialViaOffice::at("tel:206"),
        ..MakeCall::new(AWKWARD, "tel:9;")
    };
    let originate = |&how| MakeCall { auto_originate: Some(how), ..full.clone() }.into();
    AutoOriginate::ALL.iter().map(originate).chain([minimal.into(), full.clone().into()]).collect()
}

fn responses(edition: Edition) -> Vec<Message> {
    let mut responses: Vec<Response> = vec![
        SystemStatusResponse.into(),
        MonitorStopResponse.into(),
        AnswerCallResponse.into(),
        ClearConnectionResponse.into(),
        HoldCallResponse.into(),
        RetrieveCallResponse.into(),
        SetForwardingResponse.into(),
        GetForwardingResponse { forwarding_list: ForwardingList::default() }.into(),
        GetForwardingResponse { forwarding_list: forwarding_list(edition) }.into(),
    ];
    for &system_status in SystemStatusValue::ALL {
        responses.push(RequestSystemStatusResponse { system_status }.into());
    }
    for filter in filters(edition) {
        responses.push(ChangeMonitorFilterResponse { actual_filter_list: filter }.into());
        for monitor_existing_calls in [None, Some(true)] {
            let monitor_cross_ref_id = "1001".into();
            let actual_monitor_filter = filter;
            responses.push(
                MonitorStartResponse { monitor_cross_ref_id, actual_monitor_filter, monitor_existing_calls }
                    .into(),
            );
        }
    }
    for calling_device in connections() {
        for call_linkage_data in linkages().into_iter().filter(|data| edition.is_sixth() || data.is_none()) {
            let calling_device = calling_device.clone();
            responses.push(MakeCallResponse { calling_device, call_linkage_data }.into());
        }
    }
    responses.extend(features(edition));
    responses.extend(snapshots(edition));
    responses.extend(call_control::responses(edition));
    responses.into_iter().map(Message::Response).collect()
}

fn forwarding_list(edition: Edition) -> ForwardingList {
    let defaults: Vec<_> = [None].into_iter().chain(ForwardDefault::ALL.iter().copied().map(Some)).collect();
    let items = ForwardingType::ALL.iter().enumerate().map(|(index, &kind)| ForwardListItem {
        forwarding_type: Some(kind).filter(|_| index != 3),
        forward_status: index.is_multiple_of(2),
        forward_dn: Pick(index).from(&[None, Some("tel:203".into())]),
        forward_default: Pick(index).from(&defaults),
        ring_count: Pick(index).from(&[None, Some(2)]),
        ring_duration: Pick(index).from(&[None, Some(12)]).filter(|_| edition.is_sixth()),
    });
    ForwardingList(items.collect())
}

fn features(edition: Edition) -> Vec<Response> {
    let services: Vec<_> =
        Service::ALL.iter().copied().filter(|service| service.since() <= edition).collect();
    let events: Vec<_> = EventKind::ALL.iter().copied().filter(|event| event.since() <= edition).collect();
    let mut features = vec![
        GetCstaFeaturesResponse::default(),
        GetCstaFeaturesResponse::new(services.iter().rev().copied(), events.iter().rev().copied()),
    ];
    features.extend(services.into_iter().map(|service| GetCstaFeaturesResponse::new([service], [])));
    features.extend(events.into_iter().map(|event| GetCstaFeaturesResponse::new([], [event])));
    features.into_iter().map(Response::from).collect()
}

fn snapshots(edition: Edition) -> Vec<Response> {
    let states = LocalConnectionState::ALL.to_vec();
    let mut call_states = vec![CallState::Compound(states), CallState::Unknown];
    call_states.extend(SimpleCallState::ALL.iter().copied().map(CallState::Simple));
    let calls = call_states.into_iter().enumerate().map(|(index, local_call_state)| SnapshotDeviceCall {
        connection_identifier: ConnectionId::new(index.to_string(), "tel:201"),
        endpoint_device: subjects().into_iter().nth(index),
        local_call_state,
        call_linkage_data: Pick(index).from(&linkages()).filter(|_| edition.is_sixth()),
    });
    let devices = LocalConnectionState::ALL.iter().enumerate().map(|(index, &state)| SnapshotCallDevice {
        device_on_call: Pick(index).from(&subjects()),
        call_identifier: connections().into_iter().nth(index),
        local_connection_info: Some(state).filter(|_| index > 2),
    });
    let call = |snapshot, device: Option<SubjectDeviceId>, correlator_data| SnapshotCallResponse {
        snapshot,
        calling_device: device.clone(),
        called_device: device,
        correlator_data,
        call_linkage_data: linkages().remove(2),
    };
    vec![
        SnapshotDeviceResponse { snapshot: SnapshotDeviceData::Calls(Vec::new()) }.into(),
        SnapshotDeviceResponse { snapshot: SnapshotDeviceData::Calls(calls.collect()) }.into(),
        SnapshotDeviceResponse { snapshot: SnapshotDeviceData::ServiceCrossRefId("5".into()) }.into(),
        call(SnapshotCallData::Devices(Vec::new()), None, None).into(),
        call(SnapshotCallData::Devices(devices.collect()), subjects().pop(), data().remove(1)).into(),
        call(SnapshotCallData::ServiceCrossRefId("5".into()), subjects().pop(), None).into(),
    ]
}

fn events(edition: Edition) -> Vec<Message> {
    let bodies = causes(edition).into_iter().enumerate().flat_map(|(index, cause)| {
        let merging = merging_events::bodies(edition, index, &cause);
        event_bodies(edition, index, cause).into_iter().chain(merging)
    });
    let sequences = [None, Some((1, false)), Some((u64::MAX, true))]
        .map(|sequence| sequence.map(|(number, replayed)| Sequence { number, replayed }));
    let events =
        bodies.chain(telephones::events()).chain(crate::voice::events()).enumerate().map(|(index, body)| {
            let extensions =
                EventExtensions { sequence: Pick(index).from(&sequences), ..EventExtensions::default() };
            Message::Event(Event { monitor_cross_ref_id: "1001".into(), body, extensions })
        });
    events.collect()
}

/// One of every event, its members picked by `index`.
fn event_bodies(edition: Edition, index: usize, cause: EventCause) -> Vec<EventBody> {
    let pick = |speed: usize| Pick(index / speed);
    let connection = pick(1).from(&connections());
    let subject = pick(2).from(&subjects());
    let (calling_device, called_device) = (pick(1).from(&subjects()), pick(3).from(&subjects()));
    let last_redirection_device = pick(1).from(&redirections());
    let local_connection_info = pick(1).from(&states());
    let (correlator_data, user_data) = (pick(1).from(&data()), pick(2).from(&data()));
    let call_linkage_data = pick(1).from(&linkages());
    let optional = pick(1).from(&[None, Some(subject.clone())]);
    vec![
        ServiceInitiated {
            initiated_connection: connection.clone(),
            initiating_device: subject.clone(),
            called_device: optional.clone().filter(|_| edition.is_sixth()),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        Originated {
            originated_connection: connection.clone(),
            calling_device: calling_device.clone(),
            called_device: called_device.clone(),
            originating_device: pick(1).from(&[None, Some("201".into())]),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        DigitsDialed {
            dialing_connection: connection.clone(),
            dialing_device: subject.clone(),
            dialing_sequence: "9;".into(),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        Delivered {
            connection: connection.clone(),
            alerting_device: subject.clone(),
            calling_device: calling_device.clone(),
            called_device: called_device.clone(),
            last_redirection_device: last_redirection_device.clone(),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        Established {
            established_connection: connection.clone(),
            answering_device: subject.clone(),
            calling_device: calling_device.clone(),
            called_device: called_device.clone(),
            last_redirection_device: last_redirection_device.clone(),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        Held {
            held_connection: connection.clone(),
            holding_device: subject.clone(),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        Retrieved {
            retrieved_connection: connection.clone(),
            retrieving_device: subject.clone(),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        ConnectionCleared {
            dropped_connection: connection.clone(),
            releasing_device: subject.clone(),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        Failed {
            failed_connection: connection.clone(),
            failing_device: subject.clone(),
            calling_device: calling_device.clone(),
            called_device: called_device.clone(),
            last_redirection_device: last_redirection_device.clone(),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        CallCleared {
            cleared_call: connection.clone(),
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        Diverted {
            connection: connection.clone(),
            diverting_device: subject.clone(),
            new_destination: called_device.clone(),
            calling_device: optional.clone(),
            called_device: optional,
            last_redirection_device: last_redirection_device.clone(),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        NetworkReached {
            outbound_connection: connection,
            network_interface_used: subject.clone(),
            calling_device,
            called_device,
            last_redirection_device,
            local_connection_info,
            correlator_data,
            user_data,
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        Forwarding {
            device: subject.clone(),
            forwarding_type: pick(1).from(&[None, Some(ForwardingType::NoAnswer)]),
            forward_status: index.is_multiple_of(2),
            forward_to: pick(2).from(&[None, Some(AWKWARD.into())]),
            forward_default: pick(3).from(&[None, Some(ForwardDefault::Number)]),
            ring_count: pick(1).from(&[None, Some(i64::from(i16::MAX))]),
            ring_duration: pick(2).from(&[None, Some(60_000)]).filter(|_| edition.is_sixth()),
        }
        .into(),
        BackInService {
            device: subject.clone(),
            cause: Some(cause.clone()).filter(|_| index.is_multiple_of(2)),
        }
        .into(),
        OutOfService { device: subject, cause: Some(cause).filter(|_| !index.is_multiple_of(2)) }.into(),
    ]
}

fn errors(edition: Edition) -> Vec<Message> {
    /// All words of one category that the edition has.
    macro_rules! category {
        ($category:ident, $type:ident) => {
            $type::ALL.iter().filter(|word| word.since() <= edition).cloned().map(CstaError::$category)
        };
    }
    let errors = category!(Operation, OperationError)
        .chain(category!(Security, SecurityError))
        .chain(category!(StateIncompatibility, StateIncompatibility))
        .chain(category!(SystemResourceAvailability, SystemResourceAvailability))
        .chain(category!(SubscribedResourceAvailability, SubscribedResourceAvailability))
        .chain(category!(PerformanceManagement, PerformanceManagement))
        .chain(category!(PrivateData, PrivateDataError))
        .chain([CstaError::Private("our & own".into()), CstaError::Unspecified]);
    errors.map(Message::Error).collect()
}
