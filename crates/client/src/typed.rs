//! Between the types of CSTA and JSON, by way of the XML: one codec for all doors.

use hookflash_wire::csta::{self, CstaError, Decoded, Edition, EventBody, Request, Response};

use crate::Params;

/// The method and the parameters of a request.
pub(crate) fn request(request: Request) -> (String, Params) {
    let mut document = Vec::new();
    csta::encode(Edition::default(), &csta::Message::Request(request), &mut document);
    // What was written here can be read.
    csta::to_json(&document).unwrap_or_default()
}

/// The response with this result; `None` if it is none of the service.
pub(crate) fn response(method: &str, result: &Params) -> Option<Response> {
    match message(&format!("{method}Response"), result)? {
        csta::Message::Response(response) => Some(response),
        _ => None,
    }
}

/// The event with these members; `None` if it has no type.
pub(crate) fn event(name: &str, params: &Params) -> Option<EventBody> {
    match message(name, params)? {
        csta::Message::Event(event) => Some(event.body),
        _ => None,
    }
}

/// The error with this category and value; `None` if there is none.
pub(crate) fn error(category: &str, value: &str) -> Option<CstaError> {
    match message("CSTAErrorCode", &Params::from_iter([(category.to_owned(), value.into())]))? {
        // Whatever it does not know is unspecified.
        csta::Message::Error(CstaError::Unspecified) if category != "unspecified" => None,
        csta::Message::Error(error) => Some(error),
        _ => None,
    }
}

fn message(root: &str, members: &Params) -> Option<csta::Message> {
    let mut document = Vec::new();
    csta::from_json(root, Edition::default().namespace(), members, &mut document).ok()?;
    csta::decode(&document).ok().map(|Decoded { message, .. }| message)
}

#[cfg(test)]
mod tests {
    use hookflash_wire::csta::{MakeCall, OperationError};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_has_the_names_of_the_standard() {
        let (method, params) = request(MakeCall::new("201", "202").into());
        assert_eq!(method, "MakeCall");
        assert_eq!(json!(params), json!({"callingDevice": "201", "calledDirectoryNumber": "202"}));
    }

    #[test]
    fn a_result_has_the_type_of_its_service() {
        let result = json!({"callingDevice": {"callID": "1", "deviceID": "201"}});
        let result = result.as_object().unwrap();
        let Some(Response::MakeCall(made)) = response("MakeCall", result) else { panic!("no response") };
        assert_eq!(made.calling_device.call_id.as_deref(), Some("1"));
        assert_eq!(response("MakeCall", &Params::new()), None);
    }

    #[test]
    fn an_error_has_the_type_of_its_category() {
        let unknown = CstaError::Operation(OperationError::InvalidDeviceId);
        assert_eq!(error("operation", "invalidDeviceID"), Some(unknown));
        assert_eq!(error("session", "loginFailed"), None);
    }
}
