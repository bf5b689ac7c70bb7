//! Data that comes with a request for the call that it is about: correlator data and user data.

use hookflash_core as core;
use hookflash_wire::csta::{CallData, CstaError, HexBinary, OperationError, Request};
use smol_str::SmolStr;

/// Most octets that are kept.
pub(super) const MAX_OCTETS: usize = 256;

/// What a request attaches; `None` if it attaches nothing. Vendors' own elements are not kept.
pub(super) fn of(request: &Request) -> Result<Option<core::CallData>, CstaError> {
    let (correlator, user) = match request {
        Request::MakeCall(m) => (&m.correlator_data, &m.user_data),
        Request::AnswerCall(m) => (&m.correlator_data, &m.user_data),
        Request::ClearConnection(m) => (&m.correlator_data, &m.user_data),
        Request::ConsultationCall(m) => (&m.correlator_data, &m.user_data),
        Request::DeflectCall(m) => (&m.correlator_data, &m.user_data),
        Request::ParkCall(m) => (&m.correlator_data, &None),
        Request::SingleStepTransferCall(m) => (&m.correlator_data, &m.user_data),
        Request::SingleStepConferenceCall(m) => (&m.correlator_data, &m.user_data),
        Request::JoinCall(m) => (&m.correlator_data, &m.user_data),
        Request::DirectedPickupCall(m) => (&m.correlator_data, &m.user_data),
        _ => return Ok(None),
    };
    let data = core::CallData {
        correlator: octets(correlator.as_ref(), OperationError::CorrelatorDataOutOfRange)?,
        user: octets(user.as_ref(), OperationError::ValueOutOfRange)?,
    };
    Ok(Some(data).filter(|data| !data.is_empty()))
}

/// The octets as hexadecimal digits.
pub(super) fn octets(
    data: Option<&CallData>,
    too_long: OperationError,
) -> Result<Option<SmolStr>, CstaError> {
    match data {
        Some(CallData::Octets(octets)) => digits(Some(octets), too_long),
        Some(CallData::Private) | None => Ok(None),
    }
}

/// The octets as hexadecimal digits.
pub(super) fn digits(
    octets: Option<&HexBinary>,
    too_long: OperationError,
) -> Result<Option<SmolStr>, CstaError> {
    match octets.map(HexBinary::digits) {
        Some(digits) if digits.len() > 2 * MAX_OCTETS => Err(CstaError::Operation(too_long)),
        digits => Ok(digits.map(SmolStr::new)),
    }
}

/// What applications are told of it.
pub(super) fn told(digits: Option<&SmolStr>) -> Option<CallData> {
    HexBinary::from_digits(digits?).map(CallData::Octets)
}
