//! The one table of refusals: from the switch's reasons to CSTA errors.

use hookflash_core::Refusal;
use hookflash_wire::csta::{
    CstaError, OperationError, PerformanceManagement, StateIncompatibility, SubscribedResourceAvailability,
    SystemResourceAvailability,
};

/// The CSTA error for a refusal.
pub(crate) fn csta_error(refusal: Refusal) -> CstaError {
    match refusal {
        Refusal::AlreadyOpen(_) => system(SystemResourceAvailability::ResourceBusy),
        Refusal::UnknownMessage => operation(OperationError::InvalidMsgId),
        Refusal::NoTone => state(StateIncompatibility::InvalidObjectState),
        Refusal::NoRoomForSound => system(SystemResourceAvailability::ResourceLimitExceeded),
        Refusal::RequestIncompatibleWithMedia => operation(OperationError::RequestIncompatibleWithMedia),
        Refusal::InvalidParameter => operation(OperationError::InvalidParameterValue),
        Refusal::DeviceNotOpen => state(StateIncompatibility::InvalidDeviceState),
        Refusal::AddressGiven => state(StateIncompatibility::InvalidObjectState),
        Refusal::InvalidRouteRegistration => operation(OperationError::InvalidRouteRegistrationCrossRefId),
        Refusal::InvalidRouteDialogue => operation(OperationError::InvalidRouteingCrossRefId),
        Refusal::InvalidCallingDevice => operation(OperationError::InvalidCallingDeviceId),
        Refusal::InvalidCalledDevice => operation(OperationError::InvalidCalledDeviceId),
        Refusal::InvalidDevice => operation(OperationError::InvalidDeviceId),
        Refusal::PrivilegeViolation => operation(OperationError::PrivilegeViolationSpecifiedDevice),
        Refusal::PrivilegeViolationCallingDevice => {
            operation(OperationError::PrivilegeViolationCallingDevice)
        }
        Refusal::InvalidForwardingDestination => operation(OperationError::InvalidForwardingDestination),
        Refusal::InvalidRingCount => operation(OperationError::InvalidRingCount),
        Refusal::ForwardingDisabled => operation(OperationError::InvalidFeature),
        Refusal::InvalidCall => operation(OperationError::InvalidCallId),
        Refusal::InvalidDigits => operation(OperationError::InvalidParameterValue),
        Refusal::RequestIncompatibleWithSubject => operation(OperationError::RequestIncompatibleWithDevice),
        Refusal::InvalidConnection => operation(OperationError::InvalidConnectionId),
        Refusal::InvalidHeldConnection => operation(OperationError::InvalidHeldConnectionId),
        Refusal::InvalidActiveConnection => operation(OperationError::InvalidActiveConnectionId),
        Refusal::InvalidHeldConnectionState(_) => state(StateIncompatibility::InvalidHeldConnectionState),
        Refusal::InvalidActiveConnectionState(_) => state(StateIncompatibility::InvalidActiveConnectionState),
        Refusal::NotSameDevice => operation(OperationError::NotSameDevice),
        Refusal::InvalidDestination => operation(OperationError::InvalidDestinationDeviceId),
        Refusal::InvalidParkDestination => operation(OperationError::InvalidParkToDeviceId),
        Refusal::ConferenceMemberLimitExceeded => {
            system(SystemResourceAvailability::ConferenceMemberLimitExceeded)
        }
        Refusal::NothingToJoin => state(StateIncompatibility::NoHeldCall),
        Refusal::InvalidMonitor => operation(OperationError::InvalidMonitorCrossRefId),
        Refusal::InvalidSession => operation(OperationError::Generic),
        Refusal::RequestIncompatibleWithDevice => {
            operation(OperationError::RequestIncompatibleWithCallingDevice)
        }
        Refusal::NoMediaTermination => state(StateIncompatibility::InvalidDeviceState),
        Refusal::InvalidConnectionState(_) | Refusal::MediaPending => {
            state(StateIncompatibility::InvalidConnectionState)
        }
        Refusal::CallBarred => operation(OperationError::PrivilegeViolationCalledDevice),
        Refusal::InvalidFeatureNumber => operation(OperationError::InvalidFeature),
        Refusal::NoCallToComplete => state(StateIncompatibility::NoCallToComplete),
        Refusal::NoCallToAnswer => state(StateIncompatibility::NoCallToAnswer),
        Refusal::DeviceOutOfService => system(SystemResourceAvailability::DeviceOutOfService),
        Refusal::CallingDeviceOutOfService => system(SystemResourceAvailability::CallingDeviceOutOfService),
        Refusal::ResourceBusy => system(SystemResourceAvailability::ResourceBusy),
        Refusal::OverallMonitorLimitExceeded => {
            system(SystemResourceAvailability::OverallMonitorLimitExceeded)
        }
        Refusal::OverallRegistrationLimitExceeded => {
            system(SystemResourceAvailability::RegistrationLimitExceeded)
        }
        Refusal::SessionRegistrationLimitExceeded => CstaError::SubscribedResourceAvailability(
            SubscribedResourceAvailability::ObjectRegistrationLimitExceeded,
        ),
        Refusal::SessionLimitExceeded => system(SystemResourceAvailability::ResourceLimitExceeded),
        Refusal::CtiShutDown => system(SystemResourceAvailability::ResourceOutOfService),
        Refusal::SessionMonitorLimitExceeded => CstaError::SubscribedResourceAvailability(
            SubscribedResourceAvailability::ObjectMonitorLimitExceeded,
        ),
        Refusal::PerformanceLimitExceeded => {
            CstaError::PerformanceManagement(PerformanceManagement::PerformanceLimitExceeded)
        }
    }
}

fn operation(error: OperationError) -> CstaError {
    CstaError::Operation(error)
}

fn state(error: StateIncompatibility) -> CstaError {
    CstaError::StateIncompatibility(error)
}

fn system(error: SystemResourceAvailability) -> CstaError {
    CstaError::SystemResourceAvailability(error)
}
