//! Short forms of the services.

use std::time::Duration;

use hookflash_core::Instant;
use hookflash_wire::csta::{
    AlternateCall, AnswerCall, AutoOriginate, ButtonPress, CallBack, CancelCallBack, ChangeMonitorFilter,
    ClearCall, ClearConnection, ConferenceCall, ConnectionId, ConsultationCall, DeflectCall, DeviceId,
    DialDigits, DialViaOffice, DirectedPickupCall, EventKind, ForwardingType, GenerateDigits,
    GetCstaFeatures, GetForwarding, GroupPickupCall, HoldCall, JoinCall, MakeCall, MonitorFilter,
    MonitorObject, MonitorStart, MonitorStop, ParkCall, ParticipationType, ReconnectCall, RetrieveCall,
    SetAutoAnswer, SetDoNotDisturb, SetForwarding, SetMessageWaitingIndicator, SetMicrophoneMute,
    SingleStepConferenceCall, SingleStepTransferCall, SnapshotDevice, TransferCall,
};
use smol_str::SmolStr;

use super::{Application, RequestNumber};

/// From the beginning of one ring to that of the next.
const RING: Duration = Duration::from_secs(6);

impl Application {
    /// GetCSTAFeatures.
    pub fn get_features(&mut self, now: Instant) -> RequestNumber {
        let extensions = self.extensions();
        self.request(now, GetCstaFeatures { extensions }.into())
    }

    /// MonitorStart on a device. `unwanted` are the events to be kept back; empty for all events.
    pub fn monitor_start(
        &mut self,
        now: Instant,
        device: impl Into<DeviceId>,
        unwanted: &[EventKind],
    ) -> RequestNumber {
        let filter: MonitorFilter = unwanted.iter().copied().collect();
        let start = MonitorStart {
            monitor_object: MonitorObject::Device(device.into()),
            requested_monitor_filter: Some(filter).filter(|filter| !filter.is_empty()),
            monitor_type: None,
        };
        self.request(now, start.into())
    }

    /// ChangeMonitorFilter.
    pub fn change_monitor_filter(
        &mut self,
        now: Instant,
        monitor_cross_ref_id: SmolStr,
        unwanted: &[EventKind],
    ) -> RequestNumber {
        let requested_filter_list = Some(unwanted.iter().copied().collect());
        self.request(now, ChangeMonitorFilter { monitor_cross_ref_id, requested_filter_list }.into())
    }

    /// MonitorStop.
    pub fn monitor_stop(&mut self, now: Instant, monitor_cross_ref_id: SmolStr) -> RequestNumber {
        self.request(now, MonitorStop { monitor_cross_ref_id }.into())
    }

    /// SnapshotDevice.
    pub fn snapshot_device(&mut self, now: Instant, device: impl Into<DeviceId>) -> RequestNumber {
        self.request(now, SnapshotDevice { snapshot_object: device.into() }.into())
    }

    /// MakeCall; the device goes off-hook by itself unless `prompt` asks its user first.
    pub fn make_call(
        &mut self,
        now: Instant,
        calling: impl Into<DeviceId>,
        called: impl Into<DeviceId>,
        prompt: bool,
    ) -> RequestNumber {
        let mut call = MakeCall::new(calling, called);
        let originate = if prompt { AutoOriginate::Prompt } else { AutoOriginate::DoNotPrompt };
        call.auto_originate = Some(originate);
        self.request(now, call.into())
    }

    /// MakeCall whose user is called at another number first.
    pub fn dial_via_office(
        &mut self,
        now: Instant,
        calling: impl Into<DeviceId>,
        called: impl Into<DeviceId>,
        alternate: impl Into<DeviceId>,
    ) -> RequestNumber {
        let mut call = MakeCall::new(calling, called);
        call.dial_via_office = DialViaOffice::at(alternate);
        self.request(now, call.into())
    }

    /// AnswerCall.
    pub fn answer_call(&mut self, now: Instant, call_to_be_answered: ConnectionId) -> RequestNumber {
        let answer = AnswerCall { call_to_be_answered, correlator_data: None, user_data: None };
        self.request(now, answer.into())
    }

    /// HoldCall.
    pub fn hold_call(&mut self, now: Instant, call_to_be_held: ConnectionId) -> RequestNumber {
        self.request(now, HoldCall { call_to_be_held, connection_reservation: None }.into())
    }

    /// RetrieveCall.
    pub fn retrieve_call(&mut self, now: Instant, call_to_be_retrieved: ConnectionId) -> RequestNumber {
        self.request(now, RetrieveCall { call_to_be_retrieved }.into())
    }

    /// ConsultationCall: the existing call is held, and `consulted` is called from its device.
    pub fn consultation_call(
        &mut self,
        now: Instant,
        existing: ConnectionId,
        consulted: impl Into<DeviceId>,
    ) -> RequestNumber {
        self.request(now, ConsultationCall::new(existing, consulted).into())
    }

    /// TransferCall: the parties of the held and the active call are joined, and the device leaves.
    pub fn transfer_call(&mut self, now: Instant, held: ConnectionId, active: ConnectionId) -> RequestNumber {
        self.request(now, TransferCall::new(held, active).into())
    }

    /// ConferenceCall: the held and the active call are joined.
    pub fn conference_call(
        &mut self,
        now: Instant,
        held: ConnectionId,
        active: ConnectionId,
    ) -> RequestNumber {
        self.request(now, ConferenceCall::new(held, active).into())
    }

    /// DeflectCall: the ringing call goes to another number.
    pub fn deflect_call(
        &mut self,
        now: Instant,
        ringing: ConnectionId,
        to: impl Into<DeviceId>,
    ) -> RequestNumber {
        self.request(now, DeflectCall::new(ringing, to).into())
    }

    /// DirectedPickupCall of a call that rings, by another device.
    pub fn directed_pickup_call(
        &mut self,
        now: Instant,
        ringing: ConnectionId,
        device: impl Into<DeviceId>,
    ) -> RequestNumber {
        self.request(now, DirectedPickupCall::new(ringing, device.into()).into())
    }

    /// GroupPickupCall of a call that rings in the group of a device.
    pub fn group_pickup_call(&mut self, now: Instant, device: impl Into<DeviceId>) -> RequestNumber {
        self.request(now, GroupPickupCall::new(device.into()).into())
    }

    /// ParkCall at any slot.
    pub fn park_call(&mut self, now: Instant, parking: ConnectionId) -> RequestNumber {
        self.request(now, ParkCall::new(parking).into())
    }

    /// AlternateCall: the active call is held, and the other one is retrieved or answered.
    pub fn alternate_call(
        &mut self,
        now: Instant,
        held: ConnectionId,
        active: ConnectionId,
    ) -> RequestNumber {
        self.request(now, AlternateCall::new(held, active).into())
    }

    /// ReconnectCall: the active call ends, and the held one is retrieved.
    pub fn reconnect_call(
        &mut self,
        now: Instant,
        active: ConnectionId,
        held: ConnectionId,
    ) -> RequestNumber {
        self.request(now, ReconnectCall::new(active, held).into())
    }

    /// SingleStepTransferCall: the device leaves the call, and another one is called in its place.
    pub fn single_step_transfer_call(
        &mut self,
        now: Instant,
        active: ConnectionId,
        to: impl Into<DeviceId>,
    ) -> RequestNumber {
        self.request(now, SingleStepTransferCall::new(active, to).into())
    }

    /// SingleStepConferenceCall: one more device is called into the call.
    pub fn single_step_conference_call(
        &mut self,
        now: Instant,
        active: ConnectionId,
        device: impl Into<DeviceId>,
    ) -> RequestNumber {
        let add = SingleStepConferenceCall::new(active, device, ParticipationType::Active);
        self.request(now, add.into())
    }

    /// JoinCall: one more device goes off-hook and is in the call.
    pub fn join_call(
        &mut self,
        now: Instant,
        active: ConnectionId,
        device: impl Into<DeviceId>,
    ) -> RequestNumber {
        self.request(now, JoinCall::new(active, device).into())
    }

    /// ClearCall.
    pub fn clear_call(&mut self, now: Instant, call: ConnectionId) -> RequestNumber {
        self.request(now, ClearCall::new(call).into())
    }

    /// GenerateDigits, with tones and pauses of the usual length.
    pub fn generate_digits(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        digits: impl Into<SmolStr>,
    ) -> RequestNumber {
        self.request(now, GenerateDigits::new(connection, digits).into())
    }

    /// CallBack for the attempt of a connection.
    pub fn call_back(&mut self, now: Instant, callback_connection: ConnectionId) -> RequestNumber {
        self.request(now, CallBack { callback_connection }.into())
    }

    /// CancelCallBack of a device for any other one.
    pub fn cancel_call_back(&mut self, now: Instant, device: impl Into<DeviceId>) -> RequestNumber {
        let cancel = CancelCallBack { originating_device: device.into(), target_device: None };
        self.request(now, cancel.into())
    }

    /// DialDigits.
    pub fn dial_digits(
        &mut self,
        now: Instant,
        dialling_connection: ConnectionId,
        digits: impl Into<DeviceId>,
    ) -> RequestNumber {
        let dialling_sequence = digits.into();
        self.request(now, DialDigits { dialling_connection, dialling_sequence, correlator_data: None }.into())
    }

    /// ButtonPress.
    pub fn button_press(
        &mut self,
        now: Instant,
        device: impl Into<DeviceId>,
        button: impl Into<SmolStr>,
    ) -> RequestNumber {
        self.request(now, ButtonPress { device: device.into(), button: button.into() }.into())
    }

    /// SetMicrophoneMute.
    pub fn set_microphone_mute(
        &mut self,
        now: Instant,
        device: impl Into<DeviceId>,
        microphone_mute_on: bool,
    ) -> RequestNumber {
        let device = device.into();
        self.request(now, SetMicrophoneMute { device, auditory_apparatus: None, microphone_mute_on }.into())
    }

    /// SetDoNotDisturb.
    pub fn set_do_not_disturb(
        &mut self,
        now: Instant,
        device: impl Into<DeviceId>,
        on: bool,
    ) -> RequestNumber {
        self.request(now, SetDoNotDisturb::new(device, on).into())
    }

    /// SetAutoAnswer, after one ring.
    pub fn set_auto_answer(&mut self, now: Instant, device: impl Into<DeviceId>, on: bool) -> RequestNumber {
        let number_of_rings = on.then_some(1);
        let set = SetAutoAnswer { device: device.into(), auto_answer_on: on, number_of_rings };
        self.request(now, set.into())
    }

    /// SetMessageWaitingIndicator.
    pub fn set_message_waiting(
        &mut self,
        now: Instant,
        device: impl Into<DeviceId>,
        on: bool,
    ) -> RequestNumber {
        self.request(now, SetMessageWaitingIndicator::new(device, on).into())
    }

    /// SetForwarding that activates. A call that nobody answers rings for `after` before it goes; see
    /// [`Application::rings_for`].
    pub fn forward(
        &mut self,
        now: Instant,
        device: impl Into<DeviceId>,
        kind: ForwardingType,
        to: impl Into<DeviceId>,
        after: Option<Duration>,
    ) -> RequestNumber {
        let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        let forward = SetForwarding {
            ring_count: after.map(|after| seconds(after) / seconds(RING)),
            ring_duration: after.map(seconds),
            ..SetForwarding::activate(device, kind, to)
        };
        self.request(now, forward.into())
    }

    /// SetForwarding that deactivates.
    pub fn stop_forwarding(
        &mut self,
        now: Instant,
        device: impl Into<DeviceId>,
        kind: ForwardingType,
    ) -> RequestNumber {
        self.request(now, SetForwarding::deactivate(device, kind).into())
    }

    /// GetForwarding.
    pub fn get_forwarding(&mut self, now: Instant, device: impl Into<DeviceId>) -> RequestNumber {
        self.request(now, GetForwarding { device: device.into() }.into())
    }

    /// How long a call rings when [`Application::forward`] asks for `after`: before the sixth edition only whole rings of
    /// six seconds can be asked for.
    pub fn rings_for(&self, after: Duration) -> Duration {
        let whole = Duration::from_secs(after.as_secs() / RING.as_secs() * RING.as_secs());
        if self.settings.edition.is_sixth() { after } else { whole }
    }

    /// ClearConnection.
    pub fn clear_connection(&mut self, now: Instant, connection: ConnectionId) -> RequestNumber {
        let clear = ClearConnection {
            connection_to_be_cleared: connection,
            correlator_data: None,
            user_data: None,
            reason: None,
        };
        self.request(now, clear.into())
    }
}
