//! The description of the interface (OpenAPI 3.1): what services are asked for comes from the tables that read their messages.

use hookflash_wire::csta::{Request, Response as Answer, json_schema};
use serde_json::{Value, json};

use super::routes::{ACTIONS, SETTINGS, by_name};

/// What is not a service.
const BASE: &str = include_str!("openapi.json");

/// The whole description.
pub(super) fn document() -> Value {
    let mut document: Value = serde_json::from_str(BASE).unwrap_or_default();
    let Some(paths) = document["paths"].as_object_mut() else { return document };
    for (action, service, argument) in ACTIONS {
        let path = format!("/api/v1/calls/{{callID}}/connections/{{device}}/{action}");
        let operation = operation(service, &[argument], action);
        paths.insert(path, json!({"parameters": within(&["callID", "device"]), "post": operation}));
    }
    let clear = operation("ClearCall", &["callToBeCleared"], "clearCall");
    paths.insert(
        "/api/v1/calls/{callID}/clear".to_owned(),
        json!({"parameters": within(&["callID"]), "post": clear}),
    );
    for (setting, get, set) in SETTINGS {
        let path = format!("/api/v1/devices/{{number}}/{setting}");
        let mut read = operation(get, &["device"], get);
        read.as_object_mut().into_iter().for_each(|read| drop(read.shift_remove("requestBody")));
        let change = operation(set, &["device"], set);
        paths.insert(path, json!({"parameters": within(&["number"]), "get": read, "put": change}));
    }
    let mut delete = operation("DeleteMessage", &["messageToBeDeleted"], "deleteMessage");
    delete.as_object_mut().into_iter().for_each(|delete| drop(delete.shift_remove("requestBody")));
    let path = "/api/v1/messages/{name}".to_owned();
    paths.insert(path, json!({"parameters": within(&["name"]), "delete": delete}));
    for service in by_name() {
        let path = format!("/api/v1/services/{service}");
        paths.insert(path, json!({"post": operation(service, &[], &format!("service{service}"))}));
    }
    document
}

/// A request for a service; the arguments in `given` are in its path.
fn operation(service: &str, given: &[&str], id: &str) -> Value {
    let members = Request::members(service).unwrap_or_default();
    let members: Vec<_> = members.into_iter().filter(|member| !given.contains(&member.name)).collect();
    let needed = members.iter().any(|member| !member.optional);
    let result = Answer::members(&format!("{service}Response")).unwrap_or_default();
    let answer = |schema: Value| json!({"application/json": {"schema": schema}});
    let problem = json!({"$ref": "#/components/schemas/Problem"});
    json!({
        "operationId": id,
        "summary": service,
        "requestBody": {"required": needed, "content": answer(json_schema(&members))},
        "responses": {
            "200": {"description": "Done", "content": answer(json_schema(&result))},
            "default": {
                "description": "A problem (RFC 9457)",
                "content": {"application/problem+json": {"schema": problem}},
            },
        },
    })
}

/// Parameters of a path.
fn within(names: &[&str]) -> Vec<Value> {
    let text = json!({"type": "string"});
    names.iter().map(|name| json!({"name": name, "in": "path", "required": true, "schema": text})).collect()
}
