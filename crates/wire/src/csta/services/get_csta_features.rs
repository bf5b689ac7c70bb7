//! GetCSTAFeatures: what can this switching function do?

use super::super::arguments::{Arguments, Fault, arguments};
use super::super::element::Element;
use super::super::writer::Writer;
use super::super::{EventKind, Extensions, Service};
use crate::csta::shape::Member;

arguments! {
    /// Request: which services and events are supported?
    pub struct GetCstaFeatures in "GetCSTAFeatures" {
        /// May name the line a Microsoft client wants to control.
        extensions: Extensions = "extensions",
    }
}

/// Supported services and events; what the edition of the session does not have is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GetCstaFeaturesResponse {
    services: Vec<Service>,
    events: Vec<EventKind>,
}

impl GetCstaFeaturesResponse {
    /// A response that lists these, in any order.
    pub fn new(
        services: impl IntoIterator<Item = Service>,
        events: impl IntoIterator<Item = EventKind>,
    ) -> Self {
        let (mut services, mut events) = (Vec::from_iter(services), Vec::from_iter(events));
        services.sort_unstable();
        services.dedup();
        events.sort_unstable();
        events.dedup();
        GetCstaFeaturesResponse { services, events }
    }

    /// Supported services in schema order.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Supported events in schema order.
    pub fn events(&self) -> &[EventKind] {
        &self.events
    }

    /// Whether this service is supported.
    pub fn supports_service(&self, service: Service) -> bool {
        self.services.binary_search(&service).is_ok()
    }

    /// Whether this event is supported.
    pub fn supports_event(&self, event: EventKind) -> bool {
        self.events.binary_search(&event).is_ok()
    }
}

impl Arguments for GetCstaFeaturesResponse {
    const ROOT: &'static str = "GetCSTAFeaturesResponse";

    fn members() -> Vec<Member> {
        Vec::new()
    }

    fn decode(root: Element<'_>) -> Result<Self, Fault> {
        let services = capabilities(root, "supportedServices").filter_map(|(list, name)| {
            Service::ALL
                .iter()
                .copied()
                .find(|service| service.capability() == name && service.list() == list)
        });
        let events = capabilities(root, "supportedEvents").filter_map(|(list, name)| {
            EventKind::ALL.iter().copied().find(|event| event.capability() == name && event.list() == list)
        });
        Ok(GetCstaFeaturesResponse::new(services, events))
    }

    fn encode(&self, writer: &mut Writer<'_>) {
        let edition = writer.edition();
        let services = self.services.iter().filter(|service| service.since() <= edition);
        let events = self.events.iter().filter(|event| event.since() <= edition);
        encode_lists(
            "supportedServices",
            services.map(|service| (service.list(), service.capability())),
            writer,
        );
        encode_lists("supportedEvents", events.map(|event| (event.list(), event.capability())), writer);
    }
}

/// Pairs of list and capability name below `part`.
fn capabilities<'d>(root: Element<'d>, part: &str) -> impl Iterator<Item = (&'d str, &'d str)> + use<'d> {
    let lists = root.member(part).into_iter().flat_map(|part| part.members());
    lists.flat_map(|list| list.members().map(move |capability| (list.name(), capability.name())))
}

/// Writes pairs of list and capability name, which come sorted by list.
fn encode_lists(
    part: &'static str,
    capabilities: impl Iterator<Item = (&'static str, &'static str)>,
    writer: &mut Writer<'_>,
) {
    let mut capabilities = capabilities.peekable();
    writer.element(part, |writer| {
        while let Some((list, first)) = capabilities.next() {
            writer.element(list, |writer| {
                writer.empty(first);
                while let Some((_, next)) = capabilities.next_if(|&(other, _)| other == list) {
                    writer.empty(next);
                }
            });
        }
    });
}
