//! Routeing services (ECMA-269 clause 20): an application says where calls go.
//!
//! RouteSelect, RouteReject and RouteEnd have no response, and neither have the requests of the server.

use smol_str::SmolStr;

use super::super::arguments::{Argument, Arguments, Fault, arguments, list};
use super::super::element::Element;
use super::super::session_login::HOOKFLASH_NAMESPACE;
use super::super::vocabulary::open_words;
use super::super::writer::Writer;
use super::super::{CallData, CallLinkageData, ConnectionId, CstaError, DeviceId, SubjectDeviceId};
use crate::csta::shape::Member;

arguments! {
    /// Request: from now on the application says where the calls of a device go.
    pub struct RouteRegister in "RouteRegister" {
        /// The device; absent for every one that the application may control.
        routeing_device: Option<DeviceId> = "routeingDevice",
    }
}

arguments! {
    /// The registration.
    pub struct RouteRegisterResponse in "RouteRegisterResponse" {
        /// Its identifier.
        route_register_req_id: SmolStr = "routeRegisterReqID",
    }
}

arguments! {
    /// Request: the application says so no more.
    pub struct RouteRegisterCancel in "RouteRegisterCancel" {
        /// The registration.
        route_register_req_id: SmolStr = "routeRegisterReqID",
    }
}

arguments! {
    /// Done.
    pub struct RouteRegisterCancelResponse in "RouteRegisterCancelResponse";
}

arguments! {
    /// Request of the server: a registration is over.
    pub struct RouteRegisterAbort in "RouteRegisterAbort" {
        /// The registration.
        route_register_req_id: SmolStr = "routeRegisterReqID",
    }
}

open_words! {
    /// By which rule a route is chosen.
    pub enum RouteSelection else Normal {
        Normal = "normal",
        LeastCost = "leastCost",
        Emergency = "emergency",
        Acd = "aCD",
        UserDefined = "userDefined",
    }
}

arguments! {
    /// Request of the server: where does the call go?
    pub struct RouteRequest in "RouteRequest" {
        /// The dialogue that it begins.
        cross_ref_identifier: SmolStr = "crossRefIdentifier",
        /// The registration.
        route_register_req_id: Option<SmolStr> = "routeRegisterReqID",
        /// Where the call would go by itself.
        current_route: SubjectDeviceId = "currentRoute",
        /// Who calls.
        calling_device: Option<SubjectDeviceId> = "callingDevice",
        /// The device at which the call waits.
        routeing_device: Option<SubjectDeviceId> = "routeingDevice",
        /// Its connection.
        routed_call: Option<ConnectionId> = "routedCall",
        /// By which rule a route is chosen.
        route_sel_algorithm: Option<RouteSelection> = "routeSelAlgorithm",
        /// Milliseconds until the call is routed otherwise.
        reply_timeout: Option<i64> = "replyTimeout",
        /// Data attached to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// The call's global identifier.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData",
    }
}

/// Request of the server: the route does not take the call; where else does it go?
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReRoute {
    /// The dialogue.
    pub cross_ref_identifier: SmolStr,
    /// The registration.
    pub route_register_req_id: Option<SmolStr>,
    /// Milliseconds until the call is routed otherwise.
    pub reply_timeout: Option<i64>,
    /// The call's global identifier.
    pub call_linkage_data: Option<CallLinkageData>,
    /// Why, where the application has asked for something that it may not.
    pub cause: Option<SmolStr>,
}

impl Arguments for ReRoute {
    const ROOT: &'static str = "ReRoute";

    fn members() -> Vec<Member> {
        vec![
            Member::of::<SmolStr>("crossRefIdentifier"),
            Member::of::<Option<SmolStr>>("routeRegisterReqID"),
            Member::of::<Option<i64>>("replyTimeout"),
            Member::of::<Option<CallLinkageData>>("callLinkageData"),
            Member::of::<Option<SmolStr>>("cause"),
        ]
    }

    fn decode(root: Element<'_>) -> Result<Self, Fault> {
        let private = root.member("extensions").and_then(|extensions| extensions.member("privateData"));
        let private = private.and_then(|data| data.member("private"));
        let cause = private.and_then(|private| private.children().find(|child| child.name() == "cause"));
        Ok(ReRoute {
            cross_ref_identifier: root.argument("crossRefIdentifier")?,
            route_register_req_id: root.argument("routeRegisterReqID")?,
            reply_timeout: root.argument("replyTimeout")?,
            call_linkage_data: root.argument("callLinkageData")?,
            cause: cause.map(|cause| cause.text().into()),
        })
    }

    fn encode(&self, writer: &mut Writer<'_>) {
        self.cross_ref_identifier.encode("crossRefIdentifier", writer);
        self.route_register_req_id.encode("routeRegisterReqID", writer);
        self.reply_timeout.encode("replyTimeout", writer);
        self.call_linkage_data.encode("callLinkageData", writer);
        if let Some(cause) = &self.cause {
            writer.private("extensions", |writer| {
                writer.with_attributes("cause", ("xmlns", HOOKFLASH_NAMESPACE), &[], |writer| {
                    writer.escaped(cause);
                });
            });
        }
    }
}

list! {
    /// Further routes, in the order in which they are tried.
    pub struct AlternateRoutes of DeviceId = "deviceID";
}

/// A route with more than a destination.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RouteChoice {
    /// Where the call goes.
    pub destination: DeviceId,
    /// Who calls then.
    pub calling_number: Option<DeviceId>,
}

/// Request: where the call goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RouteSelect {
    /// The dialogue.
    pub cross_ref_identifier: SmolStr,
    /// The registration.
    pub route_register_req_id: Option<SmolStr>,
    /// Where it goes first.
    pub route_selected: DeviceId,
    /// Where it goes when that does not take it.
    pub alternate_routes: Option<AlternateRoutes>,
    /// Whether the application wants to know which route took the call.
    pub route_used_req: Option<bool>,
    /// Data for the call.
    pub correlator_data: Option<CallData>,
    /// The same routes with more about each (`hf:routes`); they count in place of the others if there are any.
    pub routes: Vec<RouteChoice>,
}

impl Arguments for RouteSelect {
    const ROOT: &'static str = "RouteSelect";

    fn members() -> Vec<Member> {
        vec![
            Member::of::<SmolStr>("crossRefIdentifier"),
            Member::of::<Option<SmolStr>>("routeRegisterReqID"),
            Member::of::<DeviceId>("routeSelected"),
            Member::of::<Option<AlternateRoutes>>("alternateRoutes"),
            Member::of::<Option<bool>>("routeUsedReq"),
            Member::of::<Option<CallData>>("correlatorData"),
        ]
    }

    fn decode(root: Element<'_>) -> Result<Self, Fault> {
        Ok(RouteSelect {
            cross_ref_identifier: root.argument("crossRefIdentifier")?,
            route_register_req_id: root.argument("routeRegisterReqID")?,
            route_selected: root.argument("routeSelected")?,
            alternate_routes: root.argument("alternateRoutes")?,
            route_used_req: root.argument("routeUsedReq")?,
            correlator_data: root.argument("correlatorData")?,
            routes: routes(root),
        })
    }

    fn encode(&self, writer: &mut Writer<'_>) {
        self.cross_ref_identifier.encode("crossRefIdentifier", writer);
        self.route_register_req_id.encode("routeRegisterReqID", writer);
        self.route_selected.encode("routeSelected", writer);
        self.alternate_routes.encode("alternateRoutes", writer);
        self.route_used_req.encode("routeUsedReq", writer);
        self.correlator_data.encode("correlatorData", writer);
        if !self.routes.is_empty() {
            writer.private("extensions", |writer| encode_routes(&self.routes, writer));
        }
    }
}

fn encode_routes(routes: &[RouteChoice], writer: &mut Writer<'_>) {
    writer.with_attributes("routes", ("xmlns", HOOKFLASH_NAMESPACE), &[], |writer| {
        for route in routes {
            let attributes = [
                ("destination", Some(route.destination.as_str())),
                ("callingNumber", route.calling_number.as_ref().map(DeviceId::as_str)),
            ];
            writer.with_attributes("route", ("xmlns", HOOKFLASH_NAMESPACE), &attributes, |_| {});
        }
    });
}

/// The routes in the extensions, or, as JSON has them, beside the other members.
fn routes(root: Element<'_>) -> Vec<RouteChoice> {
    /// Routes of one message.
    const MOST: usize = 32;
    let list = find(root, 4);
    let routes = list.into_iter().flat_map(|list| list.children()).filter(|child| child.name() == "route");
    let choice = |route: Element<'_>| {
        let value = |name: &str| {
            let child =
                || route.children().find(|child| child.name() == name).map(|child| child.text().to_owned());
            route
                .attribute(name)
                .map(|value| value.trim().to_owned())
                .or_else(child)
                .filter(|v| !v.is_empty())
        };
        Some(RouteChoice {
            destination: value("destination")?.into(),
            calling_number: value("callingNumber").map(DeviceId::from),
        })
    };
    routes.filter_map(choice).take(MOST).collect()
}

fn find(element: Element<'_>, depth: usize) -> Option<Element<'_>> {
    let depth = depth.checked_sub(1)?;
    element.children().find_map(|child| match child.name() {
        "routes" => Some(child),
        "extensions" | "privateData" | "private" => find(child, depth),
        _ => None,
    })
}

open_words! {
    /// Why an application does not say where a call goes.
    pub enum RejectCause else UnknownOverflow {
        BusyOverflow = "busyOverflow",
        QueueTimeOverflow = "queueTimeOverflow",
        CapacityOverflow = "capacityOverflow",
        CalendarOverflow = "calendarOverflow",
        UnknownOverflow = "unknownOverflow",
    }
}

arguments! {
    /// Request: the application does not say where the call goes.
    pub struct RouteReject in "RouteReject" {
        /// The dialogue.
        cross_ref_identifier: SmolStr = "crossRefIdentifier",
        /// The registration.
        route_register_req_id: Option<SmolStr> = "routeRegisterReqID",
        /// Why.
        reject_cause: Option<RejectCause> = "rejectCause",
    }
}

arguments! {
    /// Request of the server: where the call went.
    pub struct RouteUsed in "RouteUsed" {
        /// The dialogue.
        cross_ref_identifier: SmolStr = "crossRefIdentifier",
        /// The registration.
        route_register_req_id: Option<SmolStr> = "routeRegisterReqID",
        /// Where.
        route_used: SubjectDeviceId = "routeUsed",
        /// Who calls.
        calling_device: Option<SubjectDeviceId> = "callingDevice",
        /// The call's global identifier.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData",
    }
}

/// Why a dialogue is over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ErrorValue(pub CstaError);

impl Argument for ErrorValue {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        <CstaError as Arguments>::decode(element).map(ErrorValue)
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| Arguments::encode(&self.0, writer));
    }
}

arguments! {
    /// Request of either side: the dialogue is over.
    pub struct RouteEnd in "RouteEnd" {
        /// The dialogue.
        cross_ref_identifier: SmolStr = "crossRefIdentifier",
        /// The registration.
        route_register_req_id: Option<SmolStr> = "routeRegisterReqID",
        /// Why, unless all went well.
        error_value: Option<ErrorValue> = "errorValue",
    }
}
