//! The error values of ECMA-269 for arguments that are missing or wrong.

use super::arguments::ArgumentProblem;
use super::error::OperationError;

/// The value that says most exactly what is wrong with an argument: one for this argument where the standard has one, else
/// that for any argument.
pub(super) fn operation_error(argument: &str, problem: ArgumentProblem) -> OperationError {
    if problem == ArgumentProblem::Missing {
        return OperationError::AtLeastOneConditionalParameterNotProvided;
    }
    match argument {
        "accountCode" => OperationError::InvalidAccountCode,
        "activateForward" => OperationError::InvalidForwardingFlag,
        "authCode" => OperationError::InvalidAuthCode,
        "consultOptions" => OperationError::InvalidConsultPurpose,
        "correlatorData" => OperationError::InvalidCorrelatorData,
        "doNotDisturbOn" => OperationError::InvalidDoNotDisturb,
        "forwardingType" => OperationError::InvalidForwardingType,
        "messageWaitingOn" => OperationError::InvalidMessageWaitingSetting,
        "monitorType" => OperationError::InvalidMonitorType,
        "participationType" => OperationError::InvalidParticipationType,
        "requestedMonitorFilter" | "requestedFilterList" => OperationError::InvalidMonitorFilter,
        "ringCount" => OperationError::InvalidRingCount,
        "toneDuration" => OperationError::ToneDurationOutOfRange,
        _ => OperationError::InvalidParameterValue,
    }
}
