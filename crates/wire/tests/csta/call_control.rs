//! Requests and responses of the services that move, merge and multiply calls, and of those that set features.

use hookflash_wire::csta::*;

use crate::messages::{AWKWARD, connections, data, linkages};

fn held() -> ConnectionId {
    ConnectionId::new("c1", AWKWARD)
}

fn active() -> ConnectionId {
    ConnectionId::new("c2", AWKWARD)
}

fn hex() -> Option<HexBinary> {
    Some(HexBinary::from_octets(b"4711"))
}

fn text() -> Option<smol_str::SmolStr> {
    Some("a < b & c".into())
}

/// Linkage before and after a merger; the first one is absent.
pub fn linkage_lists() -> Vec<Option<CallLinkageDataList>> {
    let some = |linkage: Option<CallLinkageData>| linkage.map(Box::new);
    let lists = linkages().into_iter().zip(linkages().into_iter().rev()).map(|(new, old)| {
        Some(CallLinkageDataList { new_call_linkage_data: some(new), old_call_linkage_data: some(old) })
    });
    std::iter::once(None).chain(lists).collect()
}

/// Connection lists; the first one is absent, the second one empty.
pub fn connection_lists() -> Vec<Option<ConnectionList>> {
    let endpoints = [Endpoint::Device(AWKWARD.into()), Endpoint::NotKnown, Endpoint::Restricted];
    let items = connections().into_iter().zip(endpoints).map(|(connection, endpoint)| {
        let old = Some(held()).filter(|_| endpoint != Endpoint::NotKnown);
        ConnectionListItem::new(old, connection, endpoint)
    });
    let bare = ConnectionListItem {
        new_connection: None,
        old_connection: None,
        endpoint: None,
        associated_nid: None,
    };
    let nids = [AssociatedNid::Device("trunk:1".into()), AssociatedNid::NotKnown];
    let nids = nids.map(|nid| ConnectionListItem { associated_nid: Some(nid), ..bare.clone() });
    let all = items.chain(nids).chain([bare]).collect();
    vec![None, Some(ConnectionList::default()), Some(all)]
}

/// Which calls are refused, and whose nevertheless are not.
pub fn exceptions() -> Vec<(Option<CallOrigination>, Option<CallingDeviceList>)> {
    let origination = |internal, external| Some(CallOrigination { internal, external });
    let devices = Some(CallingDeviceList(vec![AWKWARD.into(), "tel:202".into()]));
    vec![
        (None, None),
        (origination(None, None), Some(CallingDeviceList::default())),
        (origination(Some(true), Some(false)), devices),
    ]
}

pub fn requests(edition: Edition) -> Vec<Request> {
    let mut requests = minimal_requests();
    requests.extend(moving_requests(edition));
    requests.extend(adding_requests());
    requests.extend(feature_requests());
    for options in ConsultOptions::ALL {
        let consultation = ConsultationCall {
            connection_reservation: Some(true),
            account_code: hex(),
            auth_code: hex(),
            correlator_data: data().remove(1),
            user_data: data().remove(2),
            consult_options: Some(*options),
            subject_of_call: text(),
            language_preferences: text(),
            ..ConsultationCall::new(held(), AWKWARD)
        };
        let alternate = AlternateCall::new(held(), active());
        let reservation = Some(false);
        requests.push(consultation.into());
        requests.push(
            AlternateCall {
                connection_reservation: reservation,
                consult_options: Some(*options),
                ..alternate
            }
            .into(),
        );
    }
    requests
}

fn minimal_requests() -> Vec<Request> {
    vec![
        AcceptCall::new(active()).into(),
        AlternateCall::new(held(), active()).into(),
        ClearCall::new(ConnectionId::call("c1")).into(),
        ConferenceCall::new(held(), active()).into(),
        ConsultationCall::new(active(), "").into(),
        DeflectCall::new(active(), AWKWARD).into(),
        DirectedPickupCall::new(active(), AWKWARD).into(),
        GenerateDigits::new(active(), "0123456789*#ABCD").into(),
        GroupPickupCall::new(AWKWARD).into(),
        JoinCall::new(active(), AWKWARD).into(),
        ParkCall::new(active()).into(),
        ReconnectCall::new(active(), held()).into(),
        SingleStepConferenceCall::new(active(), AWKWARD, ParticipationType::None).into(),
        SingleStepTransferCall::new(active(), AWKWARD).into(),
        TransferCall::new(held(), active()).into(),
        GetDoNotDisturb::new(AWKWARD).into(),
        SetDoNotDisturb::new(AWKWARD, true).into(),
        GetMessageWaitingIndicator::new(AWKWARD).into(),
        SetMessageWaitingIndicator::new(AWKWARD, false).into(),
    ]
}

fn moving_requests(edition: Edition) -> Vec<Request> {
    let others = ["tel:203".into(), "tel:204".into()].into_iter().filter(|_| edition.is_sixth());
    let (correlator_data, user_data) = (data().remove(1), data().remove(2));
    vec![
        DeflectCall {
            new_destination: NewDestination::new(AWKWARD.into(), others),
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            subject_of_call: text(),
            language_preferences: text(),
            reason: Some(EventCause::Busy),
            ..DeflectCall::new(active(), AWKWARD)
        }
        .into(),
        SingleStepTransferCall {
            account_code: hex(),
            auth_code: hex(),
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            subject_of_call: text(),
            language_preferences: text(),
            reason: Some(EventCause::NewCall),
            ..SingleStepTransferCall::new(active(), AWKWARD)
        }
        .into(),
        ParkCall {
            park_to: Some(AWKWARD.into()),
            correlator_data: correlator_data.clone(),
            subject_of_call: text(),
            language_preferences: text(),
            ..ParkCall::new(active())
        }
        .into(),
        DirectedPickupCall {
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            ..DirectedPickupCall::new(active(), AWKWARD)
        }
        .into(),
        GroupPickupCall {
            pick_group: Some("7".into()),
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            ..GroupPickupCall::new(AWKWARD)
        }
        .into(),
        AcceptCall { correlator_data, user_data: user_data.clone(), ..AcceptCall::new(active()) }.into(),
        ClearCall {
            user_data,
            reason: Some(EventCause::NormalClearing).filter(|_| edition.is_sixth()),
            ..ClearCall::new(held())
        }
        .into(),
    ]
}

fn adding_requests() -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    for &participation_type in ParticipationType::ALL {
        for &auto_originate in AutoOriginate::ALL {
            let join = JoinCall {
                auto_originate,
                participation_type,
                account_code: hex(),
                auth_code: hex(),
                correlator_data: data().remove(1),
                user_data: data().remove(2),
                ..JoinCall::new(active(), AWKWARD)
            };
            requests.push(join.into());
        }
        let conference = SingleStepConferenceCall {
            account_code: hex(),
            auth_code: hex(),
            correlator_data: data().remove(1),
            user_data: data().remove(2),
            subject_of_call: text(),
            language_preferences: text(),
            ..SingleStepConferenceCall::new(active(), AWKWARD, participation_type)
        };
        requests.push(conference.into());
    }
    requests
}

fn feature_requests() -> Vec<Request> {
    let digits = |&mode| {
        let digits = GenerateDigits {
            digit_mode: Some(mode),
            tone_duration: Some(100),
            pulse_rate: Some(10),
            pause_duration: Some(i64::MAX),
            ..GenerateDigits::new(active(), "1")
        };
        digits.into()
    };
    let disturb = exceptions().into_iter().map(|(call_origination, calling_device_list)| {
        let off = SetDoNotDisturb::new("tel:201", false);
        SetDoNotDisturb { call_origination, calling_device_list, ..off }.into()
    });
    let waiting = SetMessageWaitingIndicator::new("tel:201", true);
    let waiting = SetMessageWaitingIndicator { device_for_message: Some(AWKWARD.into()), ..waiting };
    DigitMode::ALL.iter().map(digits).chain(disturb).chain([waiting.into()]).collect()
}

pub fn responses(edition: Edition) -> Vec<Response> {
    let mut responses: Vec<Response> = vec![
        AcceptCallResponse.into(),
        AlternateCallResponse.into(),
        ClearCallResponse.into(),
        DeflectCallResponse.into(),
        GenerateDigitsResponse.into(),
        ReconnectCallResponse.into(),
        SetDoNotDisturbResponse.into(),
        SetMessageWaitingIndicatorResponse.into(),
    ];
    for call_linkage_data in linkages().into_iter().filter(|data| edition.is_sixth() || data.is_none()) {
        let data = || call_linkage_data.clone();
        responses.extend([
            Response::from(ConsultationCallResponse { initiated_call: active(), call_linkage_data: data() }),
            ParkCallResponse { parked_to: active(), call_linkage_data: data() }.into(),
            DirectedPickupCallResponse { picked_call: active(), call_linkage_data: data() }.into(),
            GroupPickupCallResponse { picked_call: active(), call_linkage_data: data() }.into(),
        ]);
    }
    for call_linkage_data_list in
        linkage_lists().into_iter().filter(|list| edition.is_sixth() || list.is_none())
    {
        responses.extend(merged(call_linkage_data_list));
    }
    for (index, (call_origination, calling_device_list)) in exceptions().into_iter().enumerate() {
        let do_not_disturb_on = index > 0;
        responses.push(
            GetDoNotDisturbResponse { do_not_disturb_on, call_origination, calling_device_list }.into(),
        );
        let message_waiting_on = index > 0;
        let device_for_message = Some(AWKWARD.into()).filter(|_| index > 0);
        let lamp_is_present = Some(index > 1).filter(|_| index > 0);
        responses.push(
            GetMessageWaitingIndicatorResponse { message_waiting_on, device_for_message, lamp_is_present }
                .into(),
        );
    }
    responses
}

fn merged(call_linkage_data_list: Option<CallLinkageDataList>) -> Vec<Response> {
    let linkage = || call_linkage_data_list.clone();
    let mut responses: Vec<Response> = vec![
        JoinCallResponse { conferenced_call: active(), call_linkage_data_list: linkage() }.into(),
        SingleStepConferenceCallResponse { conferenced_call: active(), call_linkage_data_list: linkage() }
            .into(),
    ];
    for connections in connection_lists() {
        let list = || connections.clone();
        responses.extend([
            Response::from(TransferCallResponse {
                transferred_call: active(),
                connections: list(),
                call_linkage_data_list: linkage(),
            }),
            SingleStepTransferCallResponse {
                transferred_call: active(),
                connections: list(),
                call_linkage_data_list: linkage(),
            }
            .into(),
            ConferenceCallResponse {
                conference_call: active(),
                connections: list(),
                call_linkage_data_list: linkage(),
            }
            .into(),
        ]);
    }
    responses
}
