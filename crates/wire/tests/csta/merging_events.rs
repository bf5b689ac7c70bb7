//! Events about calls that are merged, wait or are offered, and about features.

use hookflash_wire::csta::*;

use crate::call_control::{connection_lists, exceptions, linkage_lists};
use crate::messages::{AWKWARD, Pick, connections, data, linkages, redirections, states, subjects};

/// One of every event, its members picked by `index`.
pub fn bodies(edition: Edition, index: usize, cause: &EventCause) -> Vec<EventBody> {
    let mut bodies = merging(index, cause);
    bodies.extend(waiting(index, cause));
    bodies.extend(associated(edition, index));
    bodies.extend(features(index));
    bodies
}

fn merging(index: usize, cause: &EventCause) -> Vec<EventBody> {
    let pick = |speed: usize| Pick(index / speed);
    let primary_old_call = pick(1).from(&connections());
    let secondary_old_call = pick(2).from(&[None, Some(primary_old_call.clone())]);
    let connections = pick(1).from(&connection_lists()).unwrap_or_default();
    let local_connection_info = pick(1).from(&states());
    let (correlator_data, user_data) = (pick(1).from(&data()), pick(2).from(&data()));
    let call_linkage_data_list = pick(1).from(&linkage_lists());
    vec![
        Transferred {
            primary_old_call: primary_old_call.clone(),
            secondary_old_call: secondary_old_call.clone(),
            transferring_device: pick(1).from(&subjects()),
            transferred_to_device: pick(2).from(&subjects()),
            transferred_connections: connections.clone(),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            cause: cause.clone(),
            call_linkage_data_list: call_linkage_data_list.clone(),
        }
        .into(),
        Conferenced {
            primary_old_call,
            secondary_old_call,
            conferencing_device: pick(1).from(&subjects()),
            added_party: pick(2).from(&subjects()),
            conference_connections: connections,
            local_connection_info,
            correlator_data,
            user_data,
            cause: cause.clone(),
            call_linkage_data_list,
        }
        .into(),
    ]
}

fn waiting(index: usize, cause: &EventCause) -> Vec<EventBody> {
    let pick = |speed: usize| Pick(index / speed);
    let (calling_device, called_device) = (pick(1).from(&subjects()), pick(3).from(&subjects()));
    let last_redirection_device = pick(1).from(&redirections());
    let local_connection_info = pick(1).from(&states());
    let (correlator_data, user_data) = (pick(1).from(&data()), pick(2).from(&data()));
    let call_linkage_data = pick(1).from(&linkages());
    vec![
        Queued {
            queued_connection: pick(1).from(&connections()),
            queue: pick(2).from(&subjects()),
            calling_device: calling_device.clone(),
            called_device: called_device.clone(),
            last_redirection_device: last_redirection_device.clone(),
            number_queued: pick(1).from(&[None, Some(3)]),
            calls_in_front: pick(2).from(&[None, Some(0)]),
            local_connection_info,
            correlator_data: correlator_data.clone(),
            user_data: user_data.clone(),
            cause: cause.clone(),
            call_linkage_data: call_linkage_data.clone(),
        }
        .into(),
        Offered {
            offered_connection: pick(1).from(&connections()),
            offered_device: pick(2).from(&subjects()),
            calling_device,
            called_device,
            last_redirection_device,
            local_connection_info,
            correlator_data,
            user_data,
            cause: cause.clone(),
            call_linkage_data,
        }
        .into(),
    ]
}

fn associated(edition: Edition, index: usize) -> Vec<EventBody> {
    let pick = |speed: usize| Pick(index / speed);
    let hex = |speed| pick(speed).from(&[None, Some(HexBinary::from_octets(b"4711"))]);
    let durations = [None, Some(vec![]), Some(vec![100, 60])];
    vec![
        DigitsGenerated {
            connection: pick(1).from(&connections()),
            digit_generated_list: "12#".into(),
            digit_duration_list: pick(1).from(&durations).map(DigitDurationList),
            pause_duration_list: pick(2).from(&durations).map(PauseDurationList),
        }
        .into(),
        CallInformation {
            connection: pick(1).from(&connections()),
            device: pick(2).from(&subjects()),
            calling_device: pick(1).from(&[None, Some(SubjectDeviceId::NotKnown)]),
            account_info: hex(1),
            auth_code: hex(2),
            correlator_data: pick(1).from(&data()),
            user_data: pick(2).from(&data()),
            call_qualifying_data: hex(3),
            call_linkage_data_list: pick(1).from(&linkage_lists()),
            subject_of_call: pick(1).from(&[None, Some(AWKWARD.into())]),
            language_preferences: pick(2).from(&[None, Some("de".into())]),
            device_info: pick(2).from(&[None, Some("tel:201".into())]).filter(|_| edition.is_sixth()),
        }
        .into(),
    ]
}

fn features(index: usize) -> Vec<EventBody> {
    let pick = |speed: usize| Pick(index / speed);
    let device = pick(1).from(&subjects());
    let (call_origination, calling_device_list) = pick(1).from(&exceptions());
    vec![
        DoNotDisturb {
            device: device.clone(),
            do_not_disturb_on: index.is_multiple_of(2),
            call_origination,
            calling_device_list,
        }
        .into(),
        MessageWaiting {
            target_device: device,
            device_for_message: pick(2).from(&[None, Some(AWKWARD.into())]),
            message_waiting_on: index.is_multiple_of(2),
        }
        .into(),
    ]
}
