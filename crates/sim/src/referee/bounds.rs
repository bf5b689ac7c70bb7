//! What the node keeps: bounded, for somebody who is there, and under names that are not used again too soon.

use std::{collections::VecDeque, time::Duration};

use hookflash_core::{Instant, cti::MonitorId};

use crate::{
    application::{Application, Session, Transport},
    model::State,
    world::{PartyId, World},
};

/// How long an identifier is not used again.
pub(super) const NOT_AGAIN: Duration = Duration::from_secs(60);

/// Requests of the server that an application may leave unanswered before the oldest is given up.
const MOST_ASKED: usize = 100;

/// What the node keeps is kept for something that is there: a call, a connection, a phone or a dialog.
pub(super) fn bounded(world: &World) -> Result<(), String> {
    let sizes = world.node().sizes();
    let switch = world.node().switch();
    let phones = switch.stations().iter().count();
    let over = |transport| applications(world).filter(|a| a.settings().transport == transport).count();
    let bounds = [
        ("sessions", sizes.sessions, sizes.applications),
        ("applications", sizes.applications, sizes.dialogs + sizes.csta_links + sizes.csta_lost),
        // One that has broken may be noticed after the next one was opened.
        ("SIP connections", sizes.sip_links, 2 * over(Transport::Tcp)),
        ("CSTA connections", sizes.csta_links, 2 * over(Transport::Csta)),
        ("timers of CSTA connections", sizes.csta_timers, 2 * sizes.csta_links + sizes.csta_lost),
        ("requests of the server", sizes.asked, MOST_ASKED * sizes.applications),
        ("names of calls", sizes.named_calls, sizes.calls),
        // A phone that is not there keeps what it showed until it comes back.
        ("timers of phones", sizes.phone_timers, sizes.phone_links + 2 * phones + sizes.shown_calls),
        ("timers of SIP", sizes.sip_timers, sizes.sip_links + 3 * sizes.dialogs + sizes.repeated),
        ("requests and events under way", sizes.under_way, 0),
    ];
    match bounds.iter().find(|(_, count, most)| count > most) {
        Some((what, count, most)) => {
            Err(format!("something is kept too long: {count} {what}, at most {most}: {sizes:?}"))
        }
        None => Ok(()),
    }
}

fn applications(world: &World) -> impl Iterator<Item = &Application> {
    world.party_ids().filter_map(|id| world.application(id))
}

/// Calls, connection references and monitors that are there or were a minute ago, restarts of the node or not.
#[derive(Debug, Default)]
pub(super) struct Identifiers {
    calls: Recent,
    references: Recent,
    monitors: Recent,
}

#[derive(Debug, Default)]
struct Recent {
    present: Vec<u32>,
    ended: VecDeque<(Instant, u32)>,
}

impl Identifiers {
    /// None of those that are there now was used by another one within the last minute.
    pub(super) fn check(&mut self, world: &World, state: &State) -> Result<(), String> {
        let calls = state.calls.iter().map(|call| call.id).collect();
        let references = state.all().map(|(_, own)| own.reference).collect();
        let sessions = world.node().switch().cti().sessions();
        let monitors = sessions.flat_map(|(_, session)| session.monitors()).map(MonitorId::number).collect();
        let check = |recent: &mut Recent, present, what: &str| {
            recent
                .check(world.now(), present)
                .map_err(|id| format!("an identifier is used again: {what} {id}"))
        };
        check(&mut self.calls, calls, "call")?;
        check(&mut self.references, references, "reference")?;
        check(&mut self.monitors, monitors, "monitor")
    }

    /// The node has ended: so has everything that it named.
    pub(super) fn all_end(&mut self, now: Instant) {
        for recent in [&mut self.calls, &mut self.references, &mut self.monitors] {
            recent.ended.extend(recent.present.drain(..).map(|id| (now, id)));
        }
    }
}

impl Recent {
    fn check(&mut self, now: Instant, present: Vec<u32>) -> Result<(), u32> {
        if present == self.present {
            return Ok(());
        }
        self.ended.extend(self.present.iter().filter(|id| !present.contains(id)).map(|id| (now, *id)));
        while self.ended.front().is_some_and(|(at, _)| *at + NOT_AGAIN < now) {
            self.ended.pop_front();
        }
        let again = present.iter().enumerate().find(|(place, id)| {
            let twice = present.iter().skip(place + 1).any(|other| other == *id);
            twice || self.ended.iter().any(|(_, ended)| ended == *id)
        });
        if let Some((_, id)) = again {
            return Err(*id);
        }
        self.present = present;
        Ok(())
    }
}

/// When everybody has hung up and logged out, nothing is left of it.
pub(super) fn nothing_left(world: &World, phones: &[Option<PartyId>]) -> Result<(), String> {
    let switch = world.node().switch();
    let open = |transports: &[Transport]| {
        let open = applications(world).filter(|application| application.session() == Session::Open);
        open.filter(|application| transports.contains(&application.settings().transport)).count()
    };
    let dialogs = open(&[Transport::Tcp, Transport::Udp]);
    let sessions = dialogs + open(&[Transport::Csta]);
    let sizes = world.node().sizes();
    let counts = [
        ("calls", sizes.calls, 0),
        ("timers of the switch", sizes.call_timers, 0),
        (
            "calls listed by lines",
            switch.lines().iter().map(|(line, _)| switch.calls().at_line(line).len()).sum(),
            0,
        ),
        (
            "monitors without a session",
            switch.lines().devices().map(|(_, device)| device.monitor_count()).sum(),
            0,
        ),
        ("monitors", sizes.monitors, 0),
        ("sessions", sizes.sessions, sessions),
        ("applications", sizes.applications, sessions),
        ("calls on phones", sizes.shown_calls, 0),
        ("dialogs", sizes.dialogs, dialogs),
        ("requests of the server", sizes.asked, 0),
        ("names of calls", sizes.named_calls, 0),
        ("messages that wait", sizes.waiting, 0),
        ("datagrams repeated", sizes.repeated, 0),
        ("phone connections", sizes.phone_links, phones.len()),
        ("timers of phones", sizes.phone_timers, phones.len()),
    ];
    if let Some((what, count, _)) = counts.iter().find(|(_, count, most)| count > most) {
        return Err(format!("{count} {what}"));
    }
    for phone in phones.iter().flatten().filter_map(|id| world.phone(*id)) {
        let idle = phone.screen().is_idle() && phone.receiving().is_empty() && phone.sending().is_empty();
        if !idle || !phone.is_registered() {
            return Err(format!("{} is not idle: {:?}", phone.settings().name, phone.screen()));
        }
    }
    Ok(())
}
