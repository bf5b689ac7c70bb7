//! Answers that are longer than a message may be: they follow in parts, which are requests of the server.

use hookflash_wire::csta::{
    Response, SnapshotDeviceCalls, SnapshotDeviceData, SnapshotDeviceResponse, SnapshotDeviceSegment,
};

use super::Session;

/// Calls in one message.
const CALLS_IN_A_SEGMENT: usize = 64;

/// The response, and with `session` what it is asked next.
pub(super) fn split(response: Response, session: &mut Session) -> Response {
    let Response::SnapshotDevice(SnapshotDeviceResponse { snapshot: SnapshotDeviceData::Calls(calls) }) =
        &response
    else {
        return response;
    };
    if session.takes_whole_lists() || calls.len() <= CALLS_IN_A_SEGMENT {
        return response;
    }
    let reference = session.next_reference();
    let segments = calls.len().div_ceil(CALLS_IN_A_SEGMENT);
    for (segment, part) in (1..=segments).zip(calls.chunks(CALLS_IN_A_SEGMENT)) {
        let message = SnapshotDeviceSegment {
            service_cross_ref_id: Some(reference.clone()),
            segment_id: i64::try_from(segment).ok(),
            last_segment: segment == segments,
            calls: Some(SnapshotDeviceCalls(part.to_vec())),
        };
        session.will_ask(message.into());
    }
    SnapshotDeviceResponse { snapshot: SnapshotDeviceData::ServiceCrossRefId(reference) }.into()
}

#[cfg(test)]
mod tests {
    use hookflash_core::{Instant, cti::SessionId};
    use hookflash_wire::csta::{
        CallState, ConnectionId, DeviceId, Edition, LocalConnectionState, Request, SnapshotDeviceCall,
    };

    use super::{super::Identity, *};

    fn snapshot(calls: usize) -> Response {
        let call = |call: usize| SnapshotDeviceCall {
            connection_identifier: ConnectionId::new(call.to_string(), DeviceId::from("300")),
            endpoint_device: None,
            local_call_state: CallState::Compound(vec![LocalConnectionState::Alerting]),
            call_linkage_data: None,
        };
        SnapshotDeviceResponse { snapshot: SnapshotDeviceData::Calls((0..calls).map(call).collect()) }.into()
    }

    #[test]
    fn many_calls_follow_in_parts_unless_lists_may_be_long() {
        let identity = Identity { application: "test".into(), principal: "test".into(), user: None };
        let mut session = Session::new(SessionId::from_number(1), Edition::Ed3, identity, Instant::ZERO);
        assert_eq!(split(snapshot(CALLS_IN_A_SEGMENT), &mut session), snapshot(CALLS_IN_A_SEGMENT));
        assert_eq!(session.take_requests().count(), 0);
        let Response::SnapshotDevice(SnapshotDeviceResponse {
            snapshot: SnapshotDeviceData::ServiceCrossRefId(reference),
        }) = split(snapshot(130), &mut session)
        else {
            panic!("not in parts");
        };
        let parts: Vec<_> = session
            .take_requests()
            .map(|request| match request {
                Request::SnapshotDeviceData(part) => {
                    assert_eq!(part.service_cross_ref_id.as_ref(), Some(&reference));
                    (part.segment_id, part.last_segment, part.calls.map_or(0, |calls| calls.0.len()))
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(parts, [(Some(1), false, 64), (Some(2), false, 64), (Some(3), true, 2)]);
        session.set_whole_lists(true);
        assert_eq!(split(snapshot(5_000), &mut session), snapshot(5_000));
    }
}
