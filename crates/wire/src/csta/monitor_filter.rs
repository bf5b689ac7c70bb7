//! Monitor filters: which events a client does not want.

use super::arguments::{Argument, Fault};
use super::element::Element;
use super::writer::Writer;
use super::{Edition, EventKind};

/// A set of events to **suppress**: `true` in the XML means that the event is not sent.
///
/// An absent event is sent, so the empty filter lets everything through. Which events are named as wanted (`false` in the
/// XML) is kept, for those that are sent only to who asks for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MonitorFilter {
    /// One bit per [`EventKind`].
    suppressed: u128,
    /// The same.
    wanted: u128,
}

impl MonitorFilter {
    /// The filter that lets everything through.
    pub const NONE: MonitorFilter = MonitorFilter { suppressed: 0, wanted: 0 };

    /// Whether this event is not to be sent.
    pub fn suppresses(self, event: EventKind) -> bool {
        self.suppressed & bit(event) != 0
    }

    /// Adds an event to those that are not to be sent.
    pub fn suppress(&mut self, event: EventKind) {
        self.suppressed |= bit(event);
        self.wanted &= !bit(event);
    }

    /// Adds an event to those that are named as wanted.
    pub fn want(&mut self, event: EventKind) {
        self.wanted |= bit(event);
        self.suppressed &= !bit(event);
    }

    /// Whether this event is named as wanted.
    pub fn wants(self, event: EventKind) -> bool {
        self.wanted & bit(event) != 0
    }

    /// Whether everything is let through.
    pub fn is_empty(self) -> bool {
        self.suppressed == 0
    }

    fn names(self, event: EventKind) -> bool {
        (self.suppressed | self.wanted) & bit(event) != 0
    }

    /// The suppressed events.
    pub fn iter(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL.iter().copied().filter(move |&event| self.suppresses(event))
    }
}

impl FromIterator<EventKind> for MonitorFilter {
    fn from_iter<I: IntoIterator<Item = EventKind>>(events: I) -> Self {
        MonitorFilter { suppressed: events.into_iter().fold(0, |set, event| set | bit(event)), wanted: 0 }
    }
}

const _: () = assert!(EventKind::ALL.len() <= 128, "every event needs a bit");

fn bit(event: EventKind) -> u128 {
    1 << (event as u32)
}

impl Argument for MonitorFilter {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let mut filter = MonitorFilter::NONE;
        for group in element.members() {
            for entry in group.members() {
                let event = EventKind::ALL
                    .iter()
                    .copied()
                    .find(|event| event.filter() == entry.name() && event.filter_group() == group.name());
                match event.zip(bool::decode(entry).ok()) {
                    Some((event, true)) => filter.suppress(event),
                    Some((event, false)) => filter.want(event),
                    None => {}
                }
            }
        }
        Ok(filter)
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        let edition = writer.edition();
        let mut events = schema_order(edition).filter(|&event| self.names(event)).peekable();
        writer.element(name, |writer| {
            while let Some(first) = events.next() {
                let group = first.filter_group();
                writer.element(group, |writer| {
                    self.suppresses(first).encode(first.filter(), writer);
                    while let Some(next) = events.next_if(|event| event.filter_group() == group) {
                        self.suppresses(next).encode(next.filter(), writer);
                    }
                });
            }
        });
    }
}

/// The events of an edition in the order of the filter groups, which is that of the capability lists with one
/// exception: here agentLoggedOn comes before agentLoggedOff.
fn schema_order(edition: Edition) -> impl Iterator<Item = EventKind> {
    let events = EventKind::ALL.iter().map(|&event| match event {
        EventKind::AgentLoggedOff => EventKind::AgentLoggedOn,
        EventKind::AgentLoggedOn => EventKind::AgentLoggedOff,
        other => other,
    });
    events.filter(move |event| event.since() <= edition)
}
