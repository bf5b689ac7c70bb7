//! Users of CTI who log in with a password (`application-user`, `end-user`).
//!
//! When no user is configured, applications need no password, and control what is open to them (`cti watch`): the network is
//! trusted. With the first user, an application that connects over TCP has to log in, and controls what its user may.
//! Applications over SIP log in by digest where `csta sip authenticate` demands it.
//!
//! Over TLS a certificate proves a user too (`client-trustpoint`): one of its names is the user's, or one of his
//! `x509-subject-name`. The driver has checked it; what it says comes as names, one a line, or behind `!` as the reason why it is
//! not trusted.

use std::{collections::BTreeMap, sync::Mutex};

use hookflash_core::cti::{Controlled, UserSettings};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::config::{ControlledDevice, CtiGroup, CtiUser, Secret, Settings};
use crate::password::{self, is_hashed as is_hash};

/// Who may log in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Users {
    users: BTreeMap<SmolStr, Login>,
    /// Whether members of Standard CTI Secure Connection must use TLS (`cluster-security`).
    cluster_security: bool,
    /// Whether certificates prove who an application is.
    certificates: Certificates,
    /// The users by the names in their certificates.
    subjects: BTreeMap<SmolStr, SmolStr>,
    /// Passwords that were right, by user, as hashes that are quickly computed.
    right: Right,
}

/// Whether certificates prove who an application is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Certificates {
    /// They are not looked at.
    #[default]
    Unused,
    /// They do in place of a password.
    Accepted,
    /// They do, and nobody logs in without one.
    Required,
}

/// What was found out about passwords. It makes no difference between two of [`Users`].
#[derive(Debug, Default)]
struct Right(Mutex<Known>);

/// The hash of a password that is quickly computed.
pub(crate) type Quick = [u8; 32];

/// See [`Quick`].
pub(crate) fn quick(password: &str) -> Quick {
    Sha256::digest(password).into()
}

#[derive(Debug, Default)]
struct Known {
    right: BTreeMap<SmolStr, Quick>,
    /// A password that was found to be wrong, while those who gave it are answered.
    wrong: Option<(SmolStr, Quick)>,
}

impl Right {
    /// Whether a password is right, if that is known.
    fn verdict(&self, name: &str, quick: &Quick) -> Option<bool> {
        let known = self.0.lock().ok()?;
        if known.right.get(name).is_some_and(|right| is_same(right, quick)) {
            return Some(true);
        }
        let wrong = known.wrong.as_ref()?;
        (wrong.0 == name && is_same(&wrong.1, quick)).then_some(false)
    }

    fn keep(&self, name: &str, quick: Quick) {
        if let Ok(mut known) = self.0.lock() {
            known.right.insert(name.into(), quick);
        }
    }

    fn set_wrong(&self, wrong: Option<(SmolStr, Quick)>) {
        if let Ok(mut known) = self.0.lock() {
            known.wrong = wrong;
        }
    }
}

impl Clone for Right {
    fn clone(&self) -> Right {
        Right::default()
    }
}

impl PartialEq for Right {
    fn eq(&self, _: &Right) -> bool {
        true
    }
}

impl Eq for Right {}

/// What a login is judged by.
#[derive(Clone, PartialEq, Eq)]
struct Login {
    password: Option<Secret>,
    enabled: bool,
    secure: bool,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// Why a login is refused. The names are those of the text in StartApplicationSessionNegResponse.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoginRefusal {
    /// The user is not known, or the password is wrong, or none was given.
    LoginFailed,
    /// The user is not in the group Standard CTI Enabled.
    CtiNotEnabled,
    /// The user has to connect over TLS.
    SecureConnectionRequired,
    /// Nobody logs in without a certificate, and none was shown.
    CertificateRequired,
    /// The certificate is not one of the authority, or is not valid now.
    CertificateUntrusted,
    /// The certificate is that of no user.
    CertificateUnknown,
}

impl LoginRefusal {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            LoginRefusal::LoginFailed => "loginFailed",
            LoginRefusal::CtiNotEnabled => "ctiNotEnabled",
            LoginRefusal::SecureConnectionRequired => "secureConnectionRequired",
            LoginRefusal::CertificateRequired => "certificateRequired",
            LoginRefusal::CertificateUntrusted => "certificateUntrusted",
            LoginRefusal::CertificateUnknown => "certificateUnknown",
        }
    }
}

impl Users {
    /// The users of a configuration.
    pub fn new(config: &Settings) -> Users {
        let cluster_security = config.cti_manager.as_ref().is_some_and(|manager| manager.cluster_security);
        let users = config.cti_users().map(|user| (user.name.clone(), login(user))).collect();
        let trustpoint = config.cti_manager.as_ref().and_then(|manager| manager.client_trustpoint.as_ref());
        let certificates = match trustpoint.map(|trustpoint| trustpoint.required) {
            None => Certificates::Unused,
            Some(false) => Certificates::Accepted,
            Some(true) => Certificates::Required,
        };
        Users { users, cluster_security, certificates, subjects: subjects(config), right: Right::default() }
    }

    /// Fails if nobody logs in without a certificate, and this is none that is trusted.
    ///
    /// # Errors
    /// [`LoginRefusal`].
    pub(crate) fn check_presented(&self, certificate: Option<&str>) -> Result<(), LoginRefusal> {
        match certificate {
            _ if self.certificates != Certificates::Required || self.is_empty() => Ok(()),
            None => Err(LoginRefusal::CertificateRequired),
            Some(text) if text.starts_with('!') => Err(LoginRefusal::CertificateUntrusted),
            Some(_) => Ok(()),
        }
    }

    /// Whether a certificate is looked at.
    pub(crate) fn take_certificates(&self) -> bool {
        self.certificates != Certificates::Unused && !self.is_empty()
    }

    /// The user who is proved by a certificate alone; `named` is whom the login names, if it does.
    ///
    /// # Errors
    /// [`LoginRefusal`].
    pub(crate) fn check_certificate(
        &self,
        certificate: Option<&str>,
        named: Option<&str>,
    ) -> Result<SmolStr, LoginRefusal> {
        let shown = certificate.filter(|_| self.take_certificates()).ok_or(LoginRefusal::LoginFailed)?;
        if shown.starts_with('!') {
            return Err(LoginRefusal::CertificateUntrusted);
        }
        let user = shown.lines().find_map(|name| self.subjects.get(name));
        let user = user.ok_or(LoginRefusal::CertificateUnknown)?;
        if named.is_some_and(|named| named != user) {
            return Err(LoginRefusal::LoginFailed);
        }
        self.check_again(user, true).map(|()| user.clone())
    }

    /// Whether nobody is configured, so that nobody has to log in.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Whether a user is configured.
    pub(crate) fn is_known(&self, name: &str) -> bool {
        self.users.contains_key(name)
    }

    /// Why a user who has a session may have none any more, if so: the reason in ApplicationSessionTerminated.
    pub fn forbids(&self, name: &str) -> Option<&'static str> {
        match self.users.get(name) {
            None => Some("userDeleted"),
            Some(user) if !user.enabled => Some(LoginRefusal::CtiNotEnabled.name()),
            Some(_) => None,
        }
    }

    /// Checks that a user who has logged in before may still have sessions.
    ///
    /// # Errors
    /// [`LoginRefusal`].
    pub fn check_again(&self, name: &str, over_tls: bool) -> Result<(), LoginRefusal> {
        let user = self.users.get(name).ok_or(LoginRefusal::LoginFailed)?;
        self.check_rights(user, over_tls)
    }

    /// The password of a user, if there is one.
    pub(crate) fn password_of(&self, name: &str) -> Option<String> {
        Some(self.users.get(name)?.password.as_ref()?.reveal()?.into())
    }

    /// Whether it is the password; that of a user who has logged in before is found out quickly.
    fn is_password(&self, name: &str, secret: &Secret, password: &str) -> bool {
        let quick = quick(password);
        if let Some(verdict) = self.right.verdict(name, &quick) {
            return verdict;
        }
        let is_right = password::is(secret, password);
        if is_right && self.users.contains_key(name) {
            self.right.keep(name, quick);
        }
        is_right
    }

    /// What the password of a name is compared with; for who is unknown a hash of somebody else, so that it costs as much.
    fn compared(&self, name: &str) -> Option<&Secret> {
        let hashed = || self.users.values().find_map(|own| own.password.as_ref().filter(|own| is_hash(own)));
        self.users.get(name).map_or_else(hashed, |own| own.password.as_ref())
    }

    /// The hash with which a password is to be compared first, unless it is known whether it is right, or quickly found out.
    pub(crate) fn to_compare(&self, name: &str, password: &str) -> Option<Secret> {
        let secret = self.compared(name).filter(|secret| is_hash(secret))?;
        self.right.verdict(name, &quick(password)).is_none().then(|| secret.clone())
    }

    /// A password was compared with a hash: is it right?
    pub(crate) fn found(&self, name: &str, quick: &Quick, hash: &Secret, right: bool) {
        let own = self.users.get(name).and_then(|own| own.password.as_ref());
        match own {
            Some(own) if own == hash && right => self.right.keep(name, *quick),
            // The password has been changed meanwhile: it is looked at again.
            Some(own) if own != hash => {}
            _ => self.right.set_wrong(Some((name.into(), *quick))),
        }
    }

    /// Those who gave the wrong password are answered.
    pub(crate) fn forget_wrong(&self) {
        self.right.set_wrong(None);
    }

    fn check_rights(&self, user: &Login, over_tls: bool) -> Result<(), LoginRefusal> {
        if !user.enabled {
            return Err(LoginRefusal::CtiNotEnabled);
        }
        if self.cluster_security && user.secure && !over_tls {
            return Err(LoginRefusal::SecureConnectionRequired);
        }
        Ok(())
    }

    /// Checks the name and password that came over TLS or without it.
    ///
    /// # Errors
    /// [`LoginRefusal`]. That a user is unknown and that a password is wrong have one answer, and take the same time.
    pub fn check(&self, name: &str, password: &str, over_tls: bool) -> Result<(), LoginRefusal> {
        let user = self.users.get(name);
        let secret = self.compared(name);
        let is_right = secret.is_some_and(|secret| self.is_password(name, secret, password));
        let user = user.filter(|_| is_right).ok_or(LoginRefusal::LoginFailed)?;
        self.check_rights(user, over_tls)
    }
}

/// Compares without stopping at the first difference.
pub(crate) fn is_same(given: &[u8], right: &[u8]) -> bool {
    let longest = given.len().max(right.len());
    let at = |bytes: &[u8], place: usize| bytes.get(place).copied().unwrap_or(0);
    let differences = (0..longest).fold(0, |all, place| all | (at(given, place) ^ at(right, place)));
    differences == 0 && given.len() == right.len()
}

/// The users by the names in their certificates: those that are configured, else their own.
fn subjects(config: &Settings) -> BTreeMap<SmolStr, SmolStr> {
    let own = config.cti_users().filter(|user| user.subject_names.is_empty());
    let own = own.map(|user| (user.name.clone(), user.name.clone()));
    let configured = config
        .cti_users()
        .flat_map(|user| user.subject_names.iter().map(|subject| (subject.clone(), user.name.clone())));
    own.chain(configured).collect()
}

fn login(user: &CtiUser) -> Login {
    Login {
        password: user.password.clone(),
        enabled: user.groups.contains(&CtiGroup::Enabled),
        secure: user.groups.contains(&CtiGroup::SecureConnection),
    }
}

/// What is doubtful about users and limits of CTI.
pub(crate) fn notes(config: &Settings) -> Vec<String> {
    let mut notes: Vec<String> = config.cti_users().flat_map(|user| notes_about(config, user)).collect();
    let limits = config.cti_manager.as_ref();
    let limits = limits.map(|own| (own.max_devices_per_node, own.max_devices_per_provider));
    if let Some((node, provider)) = limits.filter(|(node, provider)| node < provider) {
        notes.push(format!(
            "maximum devices-per-node {node} is below devices-per-provider {provider}: one application alone can raise both alarms"
        ));
    }
    notes
}

/// What is doubtful about a user.
pub(crate) fn notes_about(config: &Settings, user: &CtiUser) -> Vec<String> {
    let name = &user.name;
    let has = |group| user.groups.contains(&group);
    let mut notes = Vec::new();
    if !has(CtiGroup::Enabled) {
        notes.push(format!("user {name} cannot open a session: add `group {}`", CtiGroup::Enabled.name()));
    }
    let over_sip = config.cti_manager.as_ref().is_some_and(|manager| manager.sip_authenticate);
    if over_sip && user.password.as_ref().is_some_and(is_hash) {
        notes.push(format!(
            "user {name} cannot log in over SIP with a password that is a hash: enter it again"
        ));
    }
    let taken = subjects(config);
    for subject in user.subject_names.iter().filter(|subject| taken.get(*subject) != Some(name)) {
        notes.push(format!("user {name}: the certificate of {subject} proves another user"));
    }
    if user.password.as_ref().is_some_and(password::is_no_argon2) {
        notes.push(format!(
            "user {name} cannot log in: the password is no hash of argon2 with at most m=65536,t=10,p=16"
        ));
    }
    if has(CtiGroup::AllowControlOfAllDevices) && !has(CtiGroup::SecureConnection) {
        let group = CtiGroup::SecureConnection.name();
        notes.push(format!("user {name} controls all devices without TLS: add `group {group}`"));
    }
    notes
}

/// What each user may do.
pub(crate) fn rights(config: &Settings) -> BTreeMap<SmolStr, UserSettings> {
    config.cti_users().map(|user| (user.name.clone(), rights_of(user))).collect()
}

fn rights_of(user: &CtiUser) -> UserSettings {
    let controlled = user.controlled.iter().map(|device| match device {
        ControlledDevice::Name(name) => Controlled::Station(name.clone()),
        ControlledDevice::Range(first, last) => Controlled::Range(first.clone(), last.clone()),
        ControlledDevice::Number(number) => Controlled::Number(number.clone()),
    });
    UserSettings {
        controls_all: user.groups.contains(&CtiGroup::AllowControlOfAllDevices),
        monitors_parks: user.groups.contains(&CtiGroup::AllowCallParkMonitoring),
        modifies_calling_numbers: user.groups.contains(&CtiGroup::AllowCallingNumberModification),
        controlled: controlled.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(text: &str) -> Users {
        let loaded = crate::config::load(text);
        assert_eq!(loaded.diagnostics, [], "{text}");
        Users::new(&loaded.settings)
    }

    #[test]
    fn a_certificate_proves_the_user_whose_name_it_has() {
        let config = |trustpoint: &str| {
            users(&format!(
                "cti-manager\n{trustpoint}application-user crm\n group Standard CTI Enabled\n\
                 application-user ivr\n x509-subject-name ivr.example\n x509-subject-name IVR\n \
                 group Standard CTI Enabled\nend-user bob\n password hidden\n"
            ))
        };
        let users = config(" client-trustpoint APPS\n");
        let proved = |certificate, named| users.check_certificate(certificate, named);
        assert_eq!(proved(Some("crm"), None), Ok("crm".into()));
        assert_eq!(proved(Some("host 7\nivr.example"), Some("ivr")), Ok("ivr".into()));
        assert_eq!(proved(Some("crm"), Some("ivr")), Err(LoginRefusal::LoginFailed), "he is somebody else");
        assert_eq!(proved(Some("ivr"), None), Err(LoginRefusal::CertificateUnknown), "he has other names");
        assert_eq!(proved(Some("bob"), None), Err(LoginRefusal::CtiNotEnabled));
        assert_eq!(proved(Some("!expired"), None), Err(LoginRefusal::CertificateUntrusted));
        assert_eq!(proved(None, Some("crm")), Err(LoginRefusal::LoginFailed));
        assert_eq!(users.check_presented(None), Ok(()));
        let required = config(" client-trustpoint APPS required\n");
        assert_eq!(required.check_presented(None), Err(LoginRefusal::CertificateRequired));
        assert_eq!(required.check_presented(Some("!revoked")), Err(LoginRefusal::CertificateUntrusted));
        assert_eq!(required.check_presented(Some("anybody")), Ok(()), "the password says who it is");
        let unused = config("");
        assert_eq!(unused.check_certificate(Some("crm"), None), Err(LoginRefusal::LoginFailed));
    }

    #[test]
    fn a_user_logs_in_with_his_password_and_the_group() {
        let users = users(
            "cti-manager\n cluster-security\napplication-user crm\n password 0 secret\n group Standard CTI Enabled\n\
             end-user alice\n password 7 060506324F41\n group standard cti enabled\n \
             group Standard CTI Secure Connection\nend-user bob\n password hidden\nend-user carol\n \
             group Standard CTI Enabled\n",
        );
        assert_eq!(users.check("crm", "secret", false), Ok(()));
        assert_eq!(users.check("alice", "cisco", true), Ok(()), "the obscured password is `cisco`");
        assert_eq!(users.check("alice", "cisco", false), Err(LoginRefusal::SecureConnectionRequired));
        assert_eq!(users.check("bob", "hidden", false), Err(LoginRefusal::CtiNotEnabled));
        for (name, password) in [
            ("crm", "Secret"),
            ("crm", "secret "),
            ("crm", ""),
            ("nobody", "\0"),
            ("carol", ""),
            ("carol", "\0"),
        ] {
            assert_eq!(
                users.check(name, password, true),
                Err(LoginRefusal::LoginFailed),
                "{name} {password:?}"
            );
        }
    }
}
