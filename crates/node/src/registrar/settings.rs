//! Who may register over SIP, and for how long.

use std::time::Duration;

use smol_str::SmolStr;

use crate::{config, sip_phone, users};

/// The names that may register over SIP, and for how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegistrarSettings {
    /// Whether REGISTER is served (`registrar server`).
    pub enabled: bool,
    /// The shortest registration that is accepted.
    pub min_expires: Duration,
    /// The longest registration that is granted.
    pub max_expires: Duration,
    /// Those that may register, by tag; no two have the same `register_id`.
    pub session_managers: Vec<SessionManagerSettings>,
    /// Whether session managers with `credentials` prove by digest who they are (`authenticate`).
    pub authenticate: bool,
    /// Whether all CTI sessions do (`csta sip authenticate`).
    pub authenticate_sessions: bool,
    /// The realm of the digest.
    pub realm: String,
    /// The users whose sessions may be opened with their passwords.
    pub users: crate::users::Users,
}

impl Default for RegistrarSettings {
    fn default() -> RegistrarSettings {
        RegistrarSettings {
            enabled: false,
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(3600),
            session_managers: Vec::new(),
            authenticate: false,
            authenticate_sessions: false,
            realm: String::new(),
            users: crate::users::Users::default(),
        }
    }
}

/// A session manager of a CSTA client application (`voice register session-server`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionManagerSettings {
    /// The tag of its `voice register session-server`.
    pub tag: u32,
    /// The user that it registers as.
    pub register_id: SmolStr,
    /// How long it is registered unless it registers again.
    pub keepalive: Duration,
    /// Whether its REGISTER is not answered any more when its CTI session has ended.
    pub cti_aware: bool,
    /// Names and passwords of those who speak for it (`xml user`); empty if it needs none.
    pub credentials: Vec<(SmolStr, String)>,
}

impl RegistrarSettings {
    /// What the configuration says. `notes` gets what the operator should know.
    pub(crate) fn of(
        config: &config::Settings,
        hostname: &str,
        notes: &mut Vec<String>,
    ) -> RegistrarSettings {
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        let configured = config.voice_service().sip.registrar;
        let mut session_managers: Vec<SessionManagerSettings> = Vec::new();
        for (tag, server) in &config.session_servers {
            let Some(register_id) = &server.register_id else {
                notes.push(format!("session-server {tag} cannot register: it has no register-id"));
                continue;
            };
            let same = session_managers.iter().find(|manager| manager.register_id == *register_id);
            if let Some(first) = same {
                let first = first.tag;
                notes.push(format!(
                    "session-server {tag} cannot register: {register_id} is the register-id of session-server {first}"
                ));
                continue;
            }
            session_managers.push(SessionManagerSettings {
                tag: *tag,
                register_id: register_id.clone(),
                keepalive: seconds(server.keepalive),
                cti_aware: server.cti_aware,
                credentials: session_manager_credentials(config, server),
            });
        }
        if configured.is_none() && !session_managers.is_empty() {
            notes.push("no session-server can register: there is no `registrar server`".to_owned());
        }
        let config::Registrar { min_expires, max_expires } = configured.unwrap_or_default();
        RegistrarSettings {
            enabled: configured.is_some(),
            min_expires: seconds(min_expires),
            max_expires: seconds(max_expires),
            authenticate: config.register_global.as_ref().is_some_and(|global| global.authenticate_register),
            authenticate_sessions: config
                .cti_manager
                .as_ref()
                .is_some_and(|manager| manager.sip_authenticate),
            realm: sip_phone::realm(config, hostname),
            users: users::Users::new(config),
            session_managers,
        }
    }
}

/// Who speaks for a session manager: its own `xml user`s, else those of all, else those of the XML interface.
fn session_manager_credentials(
    config: &config::Settings,
    server: &config::SessionServer,
) -> Vec<(SmolStr, String)> {
    let all = config.register_global.as_ref().map(|global| &global.xml_users);
    let interface = config.telephony_service.iter().flat_map(config::TelephonyService::xml_users);
    let users: Vec<&config::XmlUser> = match (server.xml_users.as_slice(), all) {
        ([], Some(all)) if !all.is_empty() => all.iter().collect(),
        ([], _) => interface.collect(),
        (own, _) => own.iter().collect(),
    };
    let revealed = users.into_iter().map(|user| &user.credentials);
    revealed.filter_map(|user| Some((user.name.clone(), user.password.reveal()?.into()))).collect()
}
