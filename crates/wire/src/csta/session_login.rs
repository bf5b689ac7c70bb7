//! What application sessions say beyond the standard: the login, and what is needed to resume.

use smol_str::{SmolStr, format_smolstr};

use super::arguments::{Argument, Arguments, Fault, arguments};
use super::element::{Element, Namespace};
use super::writer::Writer;

/// Namespace of [`SessionLoginInfo`].
const AVAYA_NAMESPACE: &str = "http://www.avaya.com/csta";
/// Namespace of the extensions of this project.
pub(super) const HOOKFLASH_NAMESPACE: &str = "urn:hookflash:csta:1";

/// `applicationSpecificInfo`: the login, if one of the known forms is there. Anything else in it is skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ApplicationSpecificInfo {
    /// The login.
    pub login: Option<SessionLogin>,
}

/// A login in one of its forms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SessionLogin {
    /// `SessionLoginInfo` in Avaya's namespace.
    Avaya(SessionLoginInfo),
    /// `Login` in `urn:hookflash:csta:1`.
    Hookflash(HookflashLogin),
}

impl SessionLogin {
    /// Name and password, if both are there.
    pub fn credentials(&self) -> Option<(&str, &Secret)> {
        let (name, password) = match self {
            SessionLogin::Avaya(login) => (&login.user_name, &login.password),
            SessionLogin::Hookflash(login) => (&login.user_name, &login.password),
        };
        Some((name.as_ref()?, password.as_ref()?))
    }

    /// For how many seconds the session shall be kept when the connection is lost.
    pub fn cleanup_delay(&self) -> Option<i64> {
        match self {
            SessionLogin::Avaya(login) => login.session_cleanup_delay,
            SessionLogin::Hookflash(login) => login.session_cleanup_delay,
        }
    }
}

arguments! {
    /// A login as clients of Avaya's DMCC write it.
    pub struct SessionLoginInfo in "SessionLoginInfo" {
        /// Name of the user.
        user_name: Option<SmolStr> = "userName",
        /// The user's password.
        password: Option<Secret> = "password",
        /// For how many seconds the session shall be kept when the connection is lost.
        session_cleanup_delay: Option<i64> = "sessionCleanupDelay",
        /// An earlier session that this one continues.
        session_id: Option<SmolStr> = "sessionID",
    }
}

arguments! {
    /// A login that can choose its heartbeat and resume a session.
    pub struct HookflashLogin in "Login" {
        /// Name of the user.
        user_name: Option<SmolStr> = "userName",
        /// The user's password.
        password: Option<Secret> = "password",
        /// In place of a password: the token of a live session of the user.
        token: Option<Secret> = "token",
        /// At least one message is sent in this many seconds.
        heartbeat_interval: Option<i64> = "heartbeatInterval",
        /// For how many seconds the session shall be kept when the connection is lost.
        session_cleanup_delay: Option<i64> = "sessionCleanupDelay",
        /// The session that goes on.
        resume: Option<Resume> = "resume",
    }
}

arguments! {
    /// A session that goes on over another connection.
    pub struct Resume {
        /// The session.
        session_id: SmolStr = "sessionID",
        /// The token that its start was answered with.
        token: Secret = "token",
        /// Number of the last event that the application has seen; absent if it has seen none.
        last_sequence: Option<i64> = "lastSequence",
    }
}

/// A text that is not for logs: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(SmolStr);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<T: Into<SmolStr>> From<T> for Secret {
    fn from(text: T) -> Self {
        Secret(text.into())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Argument for Secret {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        SmolStr::decode(element).map(Secret)
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        self.0.encode(name, writer);
    }
}

impl Argument for ApplicationSpecificInfo {
    fn absent() -> Option<Self> {
        Some(ApplicationSpecificInfo::default())
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        for child in element.children() {
            let login = match (child.namespace(), child.name()) {
                (Namespace::Other(AVAYA_NAMESPACE), SessionLoginInfo::ROOT) => {
                    SessionLogin::Avaya(<SessionLoginInfo as Arguments>::decode(child)?)
                }
                (Namespace::Other(HOOKFLASH_NAMESPACE), HookflashLogin::ROOT) => {
                    SessionLogin::Hookflash(<HookflashLogin as Arguments>::decode(child)?)
                }
                _ => continue,
            };
            return Ok(ApplicationSpecificInfo { login: Some(login) });
        }
        Ok(ApplicationSpecificInfo::default())
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        let Some(login) = &self.login else { return };
        writer.element(name, |writer| match login {
            SessionLogin::Avaya(login) => {
                writer.element_in(&[("xmlns", AVAYA_NAMESPACE)], SessionLoginInfo::ROOT, |writer| {
                    login.encode(writer)
                });
            }
            SessionLogin::Hookflash(login) => {
                writer.element_in(&[("xmlns", HOOKFLASH_NAMESPACE)], HookflashLogin::ROOT, |writer| {
                    login.encode(writer)
                });
            }
        });
    }
}

/// `extensions` of the response to StartApplicationSession. Written with the prefix `hf`, which the root declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SessionExtensions {
    /// Resumes this session later ([`Resume::token`]). Replaces the token of an earlier answer.
    pub token: Option<Secret>,
    /// The session was resumed, and these events follow again.
    pub resumed: Option<Resumed>,
}

impl SessionExtensions {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.token.is_none() && self.resumed.is_none()
    }
}

/// Numbers of the events that a resumed session is sent again. Empty if `from` is greater than `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resumed {
    /// The first one.
    pub from: u64,
    /// The last one.
    pub to: u64,
}

impl Argument for SessionExtensions {
    fn absent() -> Option<Self> {
        Some(SessionExtensions::default())
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let ours = |name: &str| {
            let mut children = element.children();
            children.find(|child| {
                child.namespace() == Namespace::Other(HOOKFLASH_NAMESPACE) && child.name() == name
            })
        };
        let token = ours("token").map(Secret::decode).transpose()?;
        let resumed = ours("Resumed").map(decode_resumed).transpose()?;
        Ok(SessionExtensions { token, resumed })
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        if self.is_empty() {
            return;
        }
        writer.element(name, |writer| {
            if let Some(token) = &self.token {
                writer.text("hf:token", token.expose());
            }
            if let Some(Resumed { from, to }) = self.resumed {
                writer.raw(&format_smolstr!("<hf:Resumed from=\"{from}\" to=\"{to}\"/>"));
            }
        });
    }
}

fn decode_resumed(element: Element<'_>) -> Result<Resumed, Fault> {
    let number = |name: &str| {
        let value = element.attribute(name).ok_or_else(Fault::missing)?;
        value.trim().parse().map_err(|_| Fault::invalid(&value))
    };
    Ok(Resumed { from: number("from")?, to: number("to")? })
}
