//! What lines have been used for since the start: counts of calls, for operators.
//!
//! Calls are counted where their events are reported, so that the counts tell the same story as monitors. A conference or a
//! shared line may count once where a user would count twice.

use std::collections::VecDeque;

use crate::{CallEventKind, CallId, ConnectionKey, ConnectionState, EventCause, LineId, state::State};

/// How many causes of the last disconnects are kept.
pub const KEPT_CAUSES: usize = 64;

/// What a line has been used for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LineStatistics {
    /// By channel, as far as they were used.
    channels: Vec<ChannelCounts>,
    /// How many calls the other party ended while the line was in each state.
    far_end: FarEndCounts,
    /// Why the other party ended the last of them, newest last.
    causes: VecDeque<EventCause>,
}

/// What a channel of a line has been used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ChannelCounts {
    /// Calls that rang.
    pub incoming: u64,
    /// Those that were answered.
    pub incoming_answered: u64,
    /// Calls that were placed.
    pub outgoing: u64,
    /// Those that were answered.
    pub outgoing_answered: u64,
    /// Those that found the called number busy.
    pub busy: u64,
}

/// How many calls the other party ended, by the state in which the line was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FarEndCounts {
    /// In conversation.
    pub connected: u64,
    /// The line called and was not answered yet.
    pub alerting: u64,
    /// The line had put the call aside.
    pub held: u64,
    /// The line rang.
    pub ringing: u64,
}

impl LineStatistics {
    /// By channel, the first one first; channels that were never used may be missing.
    pub fn channels(&self) -> &[ChannelCounts] {
        &self.channels
    }

    /// How many calls the other party ended, by state.
    pub fn far_end(&self) -> FarEndCounts {
        self.far_end
    }

    /// Why the other party ended the last calls, newest last.
    pub fn causes(&self) -> impl Iterator<Item = EventCause> + '_ {
        self.causes.iter().copied()
    }

    /// Calls that rang and calls that were placed.
    pub fn total(&self) -> u64 {
        self.channels.iter().map(|channel| channel.incoming + channel.outgoing).sum()
    }
}

/// Counts an event of a connection that is about to be reported.
pub(crate) fn event(st: &mut State, key: ConnectionKey, kind: CallEventKind) {
    match kind {
        CallEventKind::Originated => count(st, key, |channel| channel.outgoing += 1),
        CallEventKind::Delivered => count(st, key, |channel| channel.incoming += 1),
        CallEventKind::Established => {
            let Some(own) = st.calls.connection(key).filter(|own| own.is_incoming()) else { return };
            let first = st
                .calls
                .others(own.key())
                .filter(|other| other.is_incoming())
                .all(|other| !other.state().is_answered());
            let callers = st.calls.others(key).filter(|other| first && !other.is_incoming());
            let callers: Vec<ConnectionKey> = callers.map(crate::Connection::key).collect();
            count(st, key, |channel| channel.incoming_answered += 1);
            callers.into_iter().for_each(|key| count(st, key, |channel| channel.outgoing_answered += 1));
        }
        _ => {}
    }
}

/// Counts a call that did not get through.
pub(crate) fn failed(st: &mut State, call: CallId, cause: EventCause) {
    if cause == EventCause::Busy {
        let callers = st.calls.connections(call).filter(|own| !own.is_incoming());
        let callers: Vec<ConnectionKey> = callers.map(crate::Connection::key).collect();
        callers.into_iter().for_each(|key| count(st, key, |channel| channel.busy += 1));
    }
}

/// Counts that the other party of a call of two is about to end it.
pub(crate) fn left(st: &mut State, key: ConnectionKey, cause: EventCause) {
    let mut others = st.calls.others(key).map(|other| (other.line(), other.state(), other.is_incoming()));
    let (Some((line, state, incoming)), None) = (others.next(), others.next()) else { return };
    drop(others);
    let answered = st.calls.connection(key).is_some_and(|own| own.state().is_answered());
    let Some(line) = line_mut(st, line) else { return };
    let counts = &mut line.far_end;
    match state {
        ConnectionState::Connected if incoming || answered => counts.connected += 1,
        ConnectionState::Connected => counts.alerting += 1,
        ConnectionState::Hold => counts.held += 1,
        ConnectionState::Alerting => counts.ringing += 1,
        _ => return,
    }
    if line.causes.len() == KEPT_CAUSES {
        line.causes.pop_front();
    }
    line.causes.push_back(cause);
}

fn count(st: &mut State, key: ConnectionKey, change: impl FnOnce(&mut ChannelCounts)) {
    let Some(line) = st.calls.connection(key).map(crate::Connection::line) else { return };
    let place = st.calls.at_line(line).iter().position(|own| *own == key).unwrap_or(0);
    let Some(line) = line_mut(st, line) else { return };
    if line.channels.len() <= place {
        line.channels.resize(place + 1, ChannelCounts::default());
    }
    if let Some(channel) = line.channels.get_mut(place) {
        change(channel);
    }
}

/// The counts of a line; those of trunks and of devices of applications are not kept.
fn line_mut(st: &mut State, line: LineId) -> Option<&mut LineStatistics> {
    let counted = st.lines[line].settings().channels != crate::Channels::Unlimited;
    counted.then(|| &mut *st.lines[line].statistics)
}
