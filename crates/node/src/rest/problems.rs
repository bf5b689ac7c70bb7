//! Why a request fails (RFC 9457).

use hookflash_provision::http::Response;
use hookflash_wire::csta::{CstaError, Misfit};
use serde_json::{Value, json};

use crate::{csta_json::REALM, users::LoginRefusal};

/// A problem, as the body of a response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Problem {
    status: u16,
    category: String,
    value: String,
    detail: String,
    /// The member of the body that is wrong.
    member: Option<String>,
    /// The methods that are allowed, if this one is not.
    allow: Option<&'static str>,
}

impl Problem {
    fn new(status: u16, category: &str, value: &str, detail: &str) -> Problem {
        let (category, value, detail) = (category.into(), value.into(), detail.into());
        Problem { status, category, value, detail, member: None, allow: None }
    }

    /// The body or a parameter cannot be read.
    pub(super) fn malformed(detail: &str) -> Problem {
        Problem::new(400, "request", "malformed", detail)
    }

    /// The body has more bytes than are taken.
    pub(super) fn too_large(most: usize) -> Problem {
        Problem::new(413, "request", "tooLarge", &format!("a body has at most {most} bytes"))
    }

    /// A member that the service must have is missing or empty: refused as at the other doors.
    pub(super) fn missing(member: &str) -> Problem {
        let detail = format!("\"{member}\" is missing or empty");
        Problem::new(422, "operation", "atLeastOneConditionalParameterNotProvided", &detail).about(member)
    }

    /// The value of a member is not possible.
    pub(super) fn wrong_value(member: &str) -> Problem {
        let detail = format!("the value of \"{member}\" is not possible");
        Problem::new(422, "operation", "invalidParameterValue", &detail).about(member)
    }

    /// The value of a member is of another kind.
    pub(super) fn misfit(misfit: &Misfit) -> Problem {
        Problem::new(422, "operation", "invalidParameterValue", &misfit.to_string()).about(&misfit.member)
    }

    /// About this member of the body.
    fn about(self, member: &str) -> Problem {
        Problem { member: Some(member.to_owned()), ..self }
    }

    /// Nothing is at this path.
    pub(super) fn no_resource() -> Problem {
        Problem::new(404, "request", "notFound", "there is nothing at this path; see /openapi.json")
    }

    /// The path is there, but not for this method.
    pub(super) fn method_not_allowed(allowed: &'static str) -> Problem {
        let problem = Problem::new(405, "request", "methodNotAllowed", "this method is not for this path");
        Problem { allow: Some(allowed), ..problem }
    }

    /// The server cannot serve it now.
    pub(super) fn unavailable(detail: &str) -> Problem {
        Problem::new(503, "systemResourceAvailibility", "resourceOutOfService", detail)
    }

    /// Too many logins are looked at.
    pub(super) fn busy() -> Problem {
        let detail = "too many logins are looked at; come again";
        Problem::new(503, "session", "serverResourcesBusy", detail)
    }

    /// The user has all that he may have.
    pub(super) fn limit(detail: &str) -> Problem {
        Problem::new(409, "systemResourceAvailibility", "resourceLimitExceeded", detail)
    }

    /// The login was refused; `https` is the port for who has to connect over TLS.
    pub(super) fn of_login(refusal: LoginRefusal, https: Option<u16>) -> Problem {
        let over_tls = || match https.filter(|port| *port > 0) {
            Some(port) => format!("the user has to connect over TLS: use the `https port` {port}"),
            None => "the user has to connect over TLS: use the `https port` of cti-manager".to_owned(),
        };
        let (status, detail) = match refusal {
            LoginRefusal::LoginFailed => {
                (401, "name and password (HTTP Basic) are missing or wrong".to_owned())
            }
            LoginRefusal::CtiNotEnabled => {
                (403, "the user may not use CTI: the group Standard CTI Enabled is missing".to_owned())
            }
            LoginRefusal::SecureConnectionRequired => (403, over_tls()),
            LoginRefusal::CertificateRequired => {
                (403, "a certificate of the client is required: connect over TLS with one".to_owned())
            }
            LoginRefusal::CertificateUntrusted => (
                403,
                "the certificate of the client is not one of the authority, or not valid now".to_owned(),
            ),
            LoginRefusal::CertificateUnknown => {
                (403, "the certificate of the client is that of no user (x509-subject-name)".to_owned())
            }
        };
        Problem::new(status, "session", refusal.name(), &detail)
    }

    /// A request with the same `Idempotency-Key` is not answered yet.
    pub(super) fn in_progress() -> Problem {
        Problem::new(
            409,
            "request",
            "inProgress",
            "the request with this Idempotency-Key is not answered yet",
        )
    }

    /// The `Idempotency-Key` is that of another request.
    pub(super) fn other_request() -> Problem {
        let detail = "the Idempotency-Key is that of another request";
        Problem::new(422, "request", "idempotencyKeyReused", detail)
    }

    /// CSTA refuses the service.
    pub(super) fn of_error(error: &CstaError) -> Problem {
        Problem::of_request(error, &format!("the service was refused: {error}"))
    }

    /// The request cannot be read as a whole, for a reason in words.
    pub(super) fn of_request(error: &CstaError, why: &str) -> Problem {
        Problem::new(status(error), error.category(), error.value(), why)
    }

    /// The response.
    pub(super) fn response(&self) -> Response {
        let Problem { status, category, value, detail, member, allow } = self;
        let mut body = json!({
            "type": format!("urn:hookflash:problem:{category}:{value}"),
            "title": value,
            "status": status,
            "detail": detail,
            "category": category,
            "value": value,
        });
        if let Some(member) = member {
            body["member"] = member.as_str().into();
        }
        let mut response = json_response(*status, &body);
        response.fields = vec![("Content-Type", "application/problem+json".to_owned())];
        if *status == 401 {
            response = response.field("WWW-Authenticate", &format!("Basic realm=\"{REALM}\""));
        }
        match allow {
            Some(allowed) => response.field("Allow", allowed),
            None => response,
        }
    }
}

/// A response in JSON.
pub(super) fn json_response(status: u16, body: &Value) -> Response {
    let fields = vec![("Content-Type", "application/json".to_owned())];
    Response { status, fields, body: format!("{body}\n").into_bytes() }
}

/// The status for an error of CSTA.
fn status(error: &CstaError) -> u16 {
    match error {
        CstaError::Operation(error) => of_operation(error.as_str()),
        CstaError::Security(_) => 403,
        CstaError::StateIncompatibility(_)
        | CstaError::SystemResourceAvailability(_)
        | CstaError::SubscribedResourceAvailability(_)
        | CstaError::PerformanceManagement(_) => 409,
        CstaError::PrivateData(_) | CstaError::Private(_) | CstaError::Unspecified => 422,
    }
}

fn of_operation(value: &str) -> u16 {
    let unknown = ["DeviceID", "ConnectionID", "CallID"].iter().any(|what| value.ends_with(what));
    match value {
        _ if value.starts_with("privilegeViolation") || value == "securityViolation" => 403,
        _ if value.starts_with("invalid") && unknown => 404,
        _ => 422,
    }
}
