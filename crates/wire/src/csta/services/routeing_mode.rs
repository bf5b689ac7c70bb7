//! GetRouteingMode and SetRouteingMode: are applications asked where the calls of a route point go?

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: are applications asked?
    pub struct GetRouteingMode in "GetRouteingMode" {
        /// The route point.
        device: DeviceId = "device",
    }
}

arguments! {
    /// Whether they are.
    pub struct GetRouteingModeResponse in "GetRouteingModeResponse" {
        /// Whether applications are asked.
        routeing_mode: bool = "routeingMode",
    }
}

arguments! {
    /// Request: ask applications from now on, or do not.
    pub struct SetRouteingMode in "SetRouteingMode" {
        /// The route point.
        device: DeviceId = "device",
        /// Whether applications are asked.
        routeing_mode: bool = "routeingMode",
    }
}

arguments! {
    /// Done.
    pub struct SetRouteingModeResponse in "SetRouteingModeResponse";
}
