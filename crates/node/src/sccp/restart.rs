//! Restarting phones: what a phone reads only when it registers changes when it registers again.
//!
//! ```text
//!            asked              its time has come         idle: Reset leaves
//!   nothing ──────► soon ──────────────────────► when idle ──────────────► nothing
//!              ▲─────┘ asked again
//! ```
//!
//! The lines of a configuration session that come within a few seconds cause one restart. An operator can restart many
//! phones with an interval between them. A phone that restarts registers again and then shows the changes; a phone that
//! is not connected is not restarted.

use std::time::Duration;

use hookflash_core::{
    Deadline, StationId, Switch,
    view::{CallDisplay, StationView},
};
use hookflash_wire::sccp::{Reset, ResetType, ServerMessage};
use tracing::info;

use super::{
    Stations, Timer,
    phone::{Phone, StationState},
};
use crate::{Context, SccpSettings};

/// How long a configuration has to be left alone before a phone is restarted for it.
pub(crate) const SETTLING_TIME: Duration = Duration::from_secs(2);

/// Whether a phone is to restart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Restart {
    /// No.
    #[default]
    No,
    /// When its time has come.
    Soon(ResetType, Deadline),
    /// When its user has no call.
    WhenIdle(ResetType),
}

impl Restart {
    /// Whether the phone is to restart at some time.
    pub(super) fn is_wanted(self) -> bool {
        self != Restart::No
    }
}

impl Stations {
    /// Lets a phone restart in this way after a while, as soon as it is idle then.
    pub(crate) fn restart_when_idle(
        &mut self,
        station: StationId,
        kind: ResetType,
        delay: Duration,
        context: &mut Context<'_>,
    ) {
        self.sync(context.switch);
        let Some(phone) = self.phones.get_mut(station.index()).filter(|phone| phone.link.is_some()) else {
            return;
        };
        // To reboot is to restart, and more.
        let kind = match phone.restart {
            Restart::Soon(before, deadline) => {
                self.timers.stop(Some(deadline));
                thorough(before, kind)
            }
            Restart::WhenIdle(before) => thorough(before, kind),
            Restart::No => kind,
        };
        let deadline = self.timers.start(context.now + delay, Timer::Restart(station));
        phone.restart = Restart::Soon(kind, deadline);
    }

    /// Phones that have not restarted yet do not.
    pub(crate) fn cancel_restarts(&mut self) {
        self.end_sequence();
        for phone in &mut self.phones {
            if let Restart::Soon(_, deadline) = phone.restart {
                self.timers.stop(Some(deadline));
            }
            phone.restart = Restart::No;
        }
    }

    /// The time of a restart has come.
    pub(super) fn restart_due(&mut self, station: StationId, context: &mut Context<'_>) {
        let Some(phone) = self.phones.get_mut(station.index()) else { return };
        if let Restart::Soon(kind, _) = phone.restart {
            phone.restart = Restart::WhenIdle(kind);
            let view = context.switch.station_view(station);
            restart_if_idle(phone, &view, context);
        }
    }

    /// The buttons of a phone have changed, which they do while it is idle: it restarts to learn them.
    pub(crate) fn reconfigured(&mut self, station: StationId, context: &mut Context<'_>) {
        let told = self.phones.get(station.index()).is_some_and(|phone| phone.restarted);
        if !told {
            self.restart_when_idle(station, ResetType::RESTART, SETTLING_TIME, context);
        }
    }

    /// Other settings hold for all phones; idle ones show the new text, and whatever else they learn when they register.
    pub(crate) fn configure(&mut self, settings: SccpSettings, context: &mut Context<'_>) {
        let before = std::mem::replace(&mut self.settings, settings);
        if before.system_message == self.settings.system_message {
            return;
        }
        for station in context.switch.stations().iter().map(|(id, _)| id).collect::<Vec<_>>() {
            self.draw(station, context, |pass, view| {
                if view.appearances.is_empty() {
                    pass.show_idle_prompt(view);
                }
            });
        }
    }

    /// There is a place for each phone of the switch, under the name that it has now.
    pub(crate) fn sync(&mut self, switch: &Switch) {
        for (id, station) in switch.stations().iter() {
            while self.phones.len() <= id.index() {
                self.phones.push(Phone::new(station.settings().name.clone()));
            }
            if let Some(phone) = self.phones.get_mut(id.index()) {
                phone.name.clone_from(&station.settings().name);
            }
        }
    }

    /// A station is no longer configured: its phone is told to register again, and is then refused.
    pub(crate) fn removed(&mut self, station: StationId, context: &mut Context<'_>) {
        let Some(phone) = self.phones.get_mut(station.index()) else { return };
        let Some(link) = phone.link else { return };
        info!(station = %phone.name, link = link.0, "phone restarted: it is not configured any more");
        let restart = ServerMessage::Reset(Reset { kind: ResetType::RESTART });
        restart.encode(phone.encoding, context.out.link(link));
        phone.leave(StationState::Unregistered);
        self.close(link, context.out);
    }
}

fn thorough(one: ResetType, other: ResetType) -> ResetType {
    if one == ResetType::RESET { one } else { other }
}

/// Restarts a phone that is to restart if its user has no call.
pub(super) fn restart_if_idle(phone: &mut Phone, view: &StationView, context: &mut Context<'_>) {
    let (Restart::WhenIdle(kind), Some(link)) = (phone.restart, phone.link) else { return };
    let here = |display| !matches!(display, CallDisplay::RemoteInUse | CallDisplay::RemoteHold);
    if view.appearances.iter().any(|appearance| here(appearance.display)) {
        return;
    }
    info!(station = %phone.name, link = link.0, %kind, "phone restarted");
    ServerMessage::Reset(Reset { kind }).encode(phone.encoding, context.out.link(link));
    phone.restart = Restart::No;
    phone.restarted = true;
}
