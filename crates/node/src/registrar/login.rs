//! Who speaks for a session manager, and who opens a CTI session over SIP: digest authentication.
//!
//! | configuration | REGISTER of a session manager | INVITE of a session |
//! | --- | --- | --- |
//! | neither | from its registered address | everybody |
//! | `authenticate` in `voice register global`, and `xml user` | digest of an `xml user` | the same, where it names a session manager or comes from where one is registered |
//! | `csta sip authenticate` in `cti-manager` | as without it | digest of an `application-user`, an `end-user` or an `xml user` |
//!
//! A certificate of the connection proves a user of CTI too (`client-trustpoint`); where it is required, `csta sip authenticate`
//! demands it.
//!
//! A session whose INVITE proves the password of a user of CTI belongs to that user, and may do what that user may.

use std::net::IpAddr;

use hookflash_core::Instant;
use hookflash_wire::sip::{Authorization, HeaderName, Method, Request};
use smol_str::SmolStr;

use crate::{
    NodeSettings, RegistrarSettings, SessionManagerSettings, limits::Guard, sip::Incoming,
    sip_phone::challenge::Challenges, users::LoginRefusal, users::Users,
};

/// Who has proved a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Proven {
    /// Nobody, and nobody has to.
    Nobody,
    /// An `xml user`.
    Manager(SmolStr),
    /// A user of CTI.
    User(SmolStr),
}

/// Why a request is not taken.
#[derive(Debug)]
pub(crate) enum NotProved {
    /// A password has to be proved: the header fields of the challenge.
    Challenged(Vec<(HeaderName<'static>, String)>),
    /// The user may not have sessions.
    Refused(LoginRefusal),
}

/// What is proved, and by whom.
#[derive(Debug)]
pub(super) struct Logins {
    challenges: Challenges,
    realm: String,
    authenticate: bool,
    authenticate_sessions: bool,
    users: Users,
}

impl Logins {
    pub(super) fn new(settings: &NodeSettings) -> Logins {
        let [first, second] = settings.start.secret;
        let own = u64::from_be_bytes(*b"sessions");
        let mut logins = Logins {
            challenges: Challenges::new(settings.switch.seed ^ first.rotate_left(17) ^ second ^ own),
            realm: String::new(),
            authenticate: false,
            authenticate_sessions: false,
            users: Users::default(),
        };
        logins.configure(&settings.registrar);
        logins
    }

    pub(super) fn configure(&mut self, settings: &RegistrarSettings) {
        self.realm.clone_from(&settings.realm);
        self.authenticate = settings.authenticate;
        self.authenticate_sessions = settings.authenticate_sessions;
        self.users.clone_from(&settings.users);
    }

    /// Whether a session manager has to prove its password.
    pub(super) fn concerns(&self, manager: &SessionManagerSettings) -> bool {
        self.authenticate && !manager.credentials.is_empty()
    }

    /// Whether every session has to.
    pub(super) fn concern_all_sessions(&self) -> bool {
        self.authenticate_sessions
    }

    /// Whom the certificate of a connection proves, or why nobody may open a session by it; `None` if a password does that.
    pub(super) fn of_certificate(&self, certificate: Option<&str>) -> Option<Result<Proven, LoginRefusal>> {
        if !self.users.take_certificates() {
            return None;
        }
        let presented =
            if self.authenticate_sessions { self.users.check_presented(certificate) } else { Ok(()) };
        match presented.and_then(|()| self.users.check_certificate(certificate, None)) {
            Ok(user) => Some(Ok(Proven::User(user))),
            Err(refusal @ LoginRefusal::CertificateRequired) => Some(Err(refusal)),
            Err(refusal @ LoginRefusal::CertificateUntrusted) if presented.is_err() => Some(Err(refusal)),
            Err(refusal @ (LoginRefusal::CtiNotEnabled | LoginRefusal::SecureConnectionRequired)) => {
                Some(Err(refusal))
            }
            Err(_) => None,
        }
    }

    /// Who has proved a password with a REGISTER or INVITE: one of `managers`, or for a session a user of CTI.
    ///
    /// # Errors
    /// A challenge, or why the user is refused.
    pub(super) fn proved(
        &mut self,
        now: Instant,
        incoming: &Incoming,
        managers: &[(SmolStr, String)],
        guard: &mut Guard,
    ) -> Result<Proven, NotProved> {
        let request = incoming.request();
        let source = incoming.flow().peer().ip();
        let users = &self.users;
        let of_session = request.method == Method::Invite;
        let find = |name: &str| {
            let manager = managers.iter().find(|(known, _)| known == name);
            let manager = manager.map(|(name, password)| (Proven::Manager(name.clone()), password.clone()));
            manager.or_else(|| {
                let password = users.password_of(name).filter(|_| of_session)?;
                Some((Proven::User(name.into()), password.to_owned()))
            })
        };
        let claimed = claimed(request, &self.realm);
        // Whatever is claimed: the answer is the same as to a wrong password.
        if claimed.is_some_and(|name| !guard.may_log_in(source, name)) {
            return Err(self.challenge((now, source), false));
        }
        match self.challenges.proved_by((now, source), &self.realm, request, find) {
            Ok(Proven::User(user)) => match self.users.check_again(&user, incoming.flow().is_secure()) {
                Ok(()) => Ok(Proven::User(user)),
                Err(refusal) => Err(NotProved::Refused(refusal)),
            },
            Ok(proven) => Ok(proven),
            Err(stale) => {
                if let Some(name) = claimed.filter(|_| !stale) {
                    let known = managers.iter().any(|(known, _)| known == name) || self.users.is_known(name);
                    guard.login_failed(source, known.then_some(name));
                }
                Err(self.challenge((now, source), stale))
            }
        }
    }

    /// A challenge.
    pub(super) fn challenge(&mut self, (now, source): (Instant, IpAddr), stale: bool) -> NotProved {
        NotProved::Challenged(self.challenges.headers((now, source), &self.realm, false, stale))
    }
}

/// The user whose password a request says that it proves.
fn claimed<'a>(request: &'a Request, realm: &str) -> Option<&'a str> {
    let values = request.headers().get_all(HeaderName::AUTHORIZATION);
    values.filter_map(Authorization::parse).find(|own| own.realm == realm).map(|own| own.user)
}
