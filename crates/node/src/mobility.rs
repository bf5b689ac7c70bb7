//! Extension mobility: users who log in to phones, whose numbers and speed dials move with them.
//!
//! ```text
//!               login (page, emadmin)
//!   logout profile ────────────────► user profile          elsewhere: the user leaves the first phone
//!        ▲                               │
//!        └───────────────────────────────┘ logout, `max-idle-time`, `em logout`, a change of the configuration
//! ```
//!
//! A phone of extension mobility (`logout-profile`) shows the numbers of its logout profile, or those of the
//! `voice user-profile` of who is logged in. A login changes the station of the switch like any other change of its
//! configuration: a phone in a call gets its new buttons when the call is over, and restarts then to show them.
//!
//! # Invariants
//!
//! * A user is logged in to at most one phone, and a phone has at most one user.
//! * A login is stored before anybody is told of it, and is there again after a restart.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use hookflash_core::{self as core, Instant, StationId};
use hookflash_provision::{pages::mobility::Refusal, pages::objects};
use smol_str::{SmolStr, format_smolstr};
use tracing::{info, warn};

use crate::{Node, config, config::Secret, provision::station_settings, throttle::Throttle};

/// Attempts to log in from one address, and for one user, within a minute.
const MAX_ATTEMPTS: u32 = 20;
/// Minutes of a day.
const DAY: u64 = 24 * 60;
/// How long a user who is in a call when the idle time is over is left logged in.
const IN_CALL: Duration = Duration::from_secs(60);

/// Somebody who is logged in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Login {
    /// The name of the user.
    pub(crate) user: SmolStr,
    /// When the phone was used last.
    pub(crate) used: Instant,
}

/// Who is logged in, by the tag of the phone.
#[derive(Debug)]
pub(crate) struct Mobility {
    logins: BTreeMap<u32, Login>,
    attempts: Throttle,
    /// When everybody is logged out next (`em logout`).
    all_out: Option<Instant>,
    /// When the phone that was idle for longest is logged out.
    idle: Option<Instant>,
}

impl Default for Mobility {
    fn default() -> Mobility {
        Mobility { logins: BTreeMap::new(), attempts: Throttle::new(MAX_ATTEMPTS), all_out: None, idle: None }
    }
}

impl Mobility {
    /// Who is logged in to the phone with this tag.
    pub(crate) fn user_at(&self, ephone: u32) -> Option<&SmolStr> {
        self.logins.get(&ephone).map(|login| &login.user)
    }

    /// The phone to which a user is logged in.
    pub(crate) fn phone_of(&self, user: &str) -> Option<u32> {
        self.logins.iter().find(|(_, login)| login.user == user).map(|(tag, _)| *tag)
    }

    /// The users, by the tags of their phones.
    pub(crate) fn users(&self) -> BTreeMap<u32, SmolStr> {
        self.logins.iter().map(|(tag, login)| (*tag, login.user.clone())).collect()
    }

    /// When something is due next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [self.all_out, self.idle].into_iter().flatten().min()
    }
}

/// Why somebody could not be logged in or out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum MobilityError {
    /// There is no such profile.
    #[error("no voice user-profile has this user")]
    NoUser,
    /// There is no such phone.
    #[error("there is no such ephone")]
    NoPhone,
    /// The phone has no `logout-profile`.
    #[error("the ephone is not one of extension mobility: it has no logout-profile")]
    NotMobile,
    /// The user is not logged in.
    #[error("the user is not logged in")]
    NotLoggedIn,
}

fn key(ephone: u32) -> String {
    format!("mobility/{ephone}")
}

/// The profile of a user.
pub(crate) fn profile_of<'a>(
    settings: &'a config::Settings,
    user: &str,
) -> Option<(u32, &'a config::Profile)> {
    let is = |profile: &config::Profile| profile.user.as_ref().is_some_and(|known| known.name == user);
    settings.user_profiles.iter().find(|(_, profile)| is(profile)).map(|(tag, profile)| (*tag, profile))
}

impl Node {
    /// Logs a user in with a pin or password.
    pub(crate) fn log_in_with(
        &mut self,
        peer: IpAddr,
        ephone: u32,
        user: &str,
        secret: &str,
    ) -> Result<(), Refusal> {
        if user.is_empty() || secret.is_empty() {
            return Err(Refusal::Blank);
        }
        if !self.mobility.attempts.may_tell(self.now, peer) {
            return Err(Refusal::Busy);
        }
        let profile = profile_of(&self.settings.configuration, user).map(|(_, profile)| profile);
        let fits = |known: &Secret| crate::password::is(known, secret);
        let pin = profile.and_then(|profile| profile.pin.as_ref()).is_some_and(fits);
        let user_of = profile.and_then(|profile| profile.user.as_ref());
        let password = user_of.is_some_and(|known| fits(&known.password));
        if !(pin | password) {
            warn!(user, ephone, %peer, "login to extension mobility refused");
            return Err(Refusal::Authentication);
        }
        self.log_in(ephone, user).map_err(|_| Refusal::Disabled)
    }

    /// Logs a user in, in place of who is logged in to the phone, and out where the user is logged in already.
    pub(crate) fn log_in(&mut self, ephone: u32, user: &str) -> Result<(), MobilityError> {
        let settings = &self.settings.configuration;
        let phone = settings.ephones.get(&ephone).ok_or(MobilityError::NoPhone)?;
        phone.logout_profile.ok_or(MobilityError::NotMobile)?;
        let (profile, _) = profile_of(settings, user).ok_or(MobilityError::NoUser)?;
        if self.mobility.user_at(ephone).is_some_and(|known| known == user) {
            return Ok(());
        }
        if let Some(other) = self.mobility.phone_of(user) {
            self.log_out_at(other, "logged in elsewhere");
        }
        self.put_login(ephone, user.into());
        self.out.store(key(ephone), Some(format!("mobility {ephone} {user}")));
        info!(user, ephone, profile, "logged in to extension mobility");
        self.change_phone(ephone);
        Ok(())
    }

    /// Logs a user out.
    pub(crate) fn log_out(&mut self, user: &str) -> Result<(), MobilityError> {
        if profile_of(&self.settings.configuration, user).is_none() {
            return Err(MobilityError::NoUser);
        }
        let ephone = self.mobility.phone_of(user).ok_or(MobilityError::NotLoggedIn)?;
        self.log_out_at(ephone, "logged out");
        Ok(())
    }

    /// Logs out who is logged in to a phone.
    pub(crate) fn log_out_at(&mut self, ephone: u32, why: &str) {
        let Some(login) = self.mobility.logins.remove(&ephone) else { return };
        self.out.store(key(ephone), None);
        info!(user = %login.user, ephone, why, "logged out of extension mobility");
        let keeps = self.settings.configuration.telephony_service.as_ref().is_some_and(|s| s.em_keep_history);
        if !keeps && let Some(station) = self.switch.stations().by_tag(ephone) {
            let clear = objects::execute(&[("Init:CallHistory", 0)]);
            let (stations, mut context) = self.stations_mut();
            stations.push(station, &clear.document("utf-8"), &mut context);
        }
        self.change_phone(ephone);
        self.plan_logouts();
    }

    /// A login of before the restart. One that is not possible any more is forgotten.
    pub(crate) fn restore_login(&mut self, value: &str) -> bool {
        let words: Vec<&str> = value.split(' ').collect();
        let ["mobility", ephone, user] = words.as_slice() else { return false };
        let Ok(ephone) = ephone.parse::<u32>() else { return false };
        let settings = &self.settings.configuration;
        let mobile = settings.ephones.get(&ephone).is_some_and(|phone| phone.logout_profile.is_some());
        if !mobile || profile_of(settings, user).is_none() || self.mobility.phone_of(user).is_some() {
            self.out.store(key(ephone), None);
            return true;
        }
        self.put_login(ephone, (*user).into());
        self.change_phone(ephone);
        true
    }

    fn put_login(&mut self, ephone: u32, user: SmolStr) {
        self.mobility.logins.insert(ephone, Login { user, used: self.now });
        self.plan_logouts();
    }

    /// The buttons of a phone follow from who is logged in.
    fn change_phone(&mut self, ephone: u32) {
        let users = self.mobility.users();
        let settings = station_settings(&self.settings.configuration, &users, ephone);
        if let Some(settings) = settings {
            self.switch.handle(self.now, core::Input::Configure(core::Change::Station(settings)));
            let (stations, context) = self.stations_mut();
            stations.sync(context.switch);
            self.settle();
        }
    }

    /// The configuration has changed: users without a profile, and those of phones that are none of extension mobility any
    /// more, are logged out.
    pub(crate) fn check_logins(&mut self) {
        let settings = &self.settings.configuration;
        let stays = |(ephone, login): (&u32, &Login)| {
            settings.ephones.get(ephone).is_some_and(|phone| phone.logout_profile.is_some())
                && profile_of(settings, &login.user).is_some()
        };
        let gone: Vec<u32> =
            self.mobility.logins.iter().filter(|login| !stays(*login)).map(|(ephone, _)| *ephone).collect();
        gone.into_iter().for_each(|ephone| self.log_out_at(ephone, "not configured any more"));
        self.plan_logouts();
    }

    /// A user of extension mobility uses the phone.
    pub(crate) fn phone_used(&mut self, station: StationId) {
        if self.mobility.logins.is_empty() {
            return;
        }
        let Some(tag) = self.switch.stations().get(station).map(|station| station.settings().tag) else {
            return;
        };
        let now = self.now;
        if let Some(login) = self.mobility.logins.get_mut(&tag) {
            login.used = now;
        }
    }

    /// Computes when the next users are logged out.
    pub(crate) fn plan_logouts(&mut self) {
        let none = self.mobility.logins.is_empty();
        self.mobility.all_out = if none { None } else { self.next_time_of_day() };
        self.mobility.idle = self.mobility.logins.values().filter_map(|login| self.idle_end(login)).min();
    }

    /// When a user has been idle for too long (`max-idle-time`).
    fn idle_end(&self, login: &Login) -> Option<Instant> {
        let (_, profile) = profile_of(&self.settings.configuration, &login.user)?;
        Some(login.used + Duration::from_secs(60 * u64::from(profile.max_idle_time?)))
    }

    /// The next of the times of `em logout`, never now.
    fn next_time_of_day(&self) -> Option<Instant> {
        let times = &self.settings.configuration.telephony_service.as_ref()?.em_logout;
        let clock = self.clock.civil(self.now);
        let minutes = u64::from(clock.hour) * 60 + u64::from(clock.minute);
        let seconds = u64::from(clock.second);
        let millis = u64::from(clock.millisecond);
        let wait = |time: &config::ClockTime| {
            let at = (u64::from(time.hour) * 60 + u64::from(time.minute)) % DAY;
            let ahead = (at + DAY - minutes) % DAY;
            if ahead == 0 { DAY } else { ahead }
        };
        let ahead = times.iter().map(wait).min()?;
        Some(self.now + Duration::from_millis(ahead * 60_000 - seconds * 1000 - millis))
    }

    /// Logs out those whose time has come.
    pub(crate) fn mobility_timeout(&mut self) {
        if self.mobility.all_out.is_some_and(|due| due <= self.now) {
            let all: Vec<u32> = self.mobility.logins.keys().copied().collect();
            all.into_iter().for_each(|ephone| self.log_out_at(ephone, "em logout"));
            self.plan_logouts();
        }
        if self.mobility.idle.is_none_or(|due| due > self.now) {
            return;
        }
        let over: Vec<u32> = self
            .mobility
            .logins
            .iter()
            .filter(|(_, login)| self.idle_end(login).is_some_and(|end| end <= self.now))
            .map(|(ephone, _)| *ephone)
            .collect();
        for ephone in over {
            let station = self.switch.stations().by_tag(ephone);
            let busy = station.is_some_and(|id| self.switch.station_view(id).active().is_some());
            match self.mobility.logins.get_mut(&ephone).filter(|_| busy) {
                Some(login) => login.used = login.used + IN_CALL,
                None => self.log_out_at(ephone, "max-idle-time"),
            }
        }
        self.plan_logouts();
    }

    /// The lines of `show ephone login` and of other reports: phone, user, profile.
    pub(crate) fn logins(&self) -> impl Iterator<Item = (u32, SmolStr)> + '_ {
        self.mobility.logins.iter().map(|(ephone, login)| (*ephone, format_smolstr!("{}", login.user)))
    }
}
