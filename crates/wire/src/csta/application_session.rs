//! Application sessions (ECMA-354): how an application logs in on a connection that carries nothing but CSTA.
//!
//! The application starts a session, resets its timer before the duration runs out, and stops it; the server may
//! terminate it. The messages have a namespace of their own, not that of an ECMA-323 edition, and travel in the same
//! frames as CSTA ([`super::Framer`]). [`super::decode_tcp`] tells them apart.
//!
//! The login is in `applicationSpecificInfo`, which the standard leaves open. Two forms are known: Avaya's
//! [`SessionLoginInfo`], and [`HookflashLogin`], which can also resume a session.

use smol_str::SmolStr;

use super::Edition;
use super::arguments::{Argument, Arguments, Fault, arguments, list};
use super::element::{Element, Namespace};
use super::session_login::{ApplicationSpecificInfo, HOOKFLASH_NAMESPACE, SessionExtensions};
use super::vocabulary::words;
use super::writer::Writer;

/// Namespace of the messages of ECMA-354.
pub(super) const SESSION_NAMESPACE: &str =
    "http://www.ecma-international.org/standards/ecma-354/appl_session";

/// Defines [`SessionMessage`], one variant per root element.
macro_rules! session_messages {
    ($($variant:ident($type:ident),)+) => {
        /// A message of ECMA-354.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum SessionMessage { $(#[doc = concat!("See [`", stringify!($type), "`].")] $variant($type),)+ }

        impl SessionMessage {
            /// Name of the root element.
            pub const fn root(&self) -> &'static str {
                match self { $(SessionMessage::$variant(_) => <$type as Arguments>::ROOT,)+ }
            }

            /// Whether a message of ECMA-354 has this root element.
            pub(super) fn is_root(root: &str) -> bool {
                [$(<$type as Arguments>::ROOT,)+].contains(&root)
            }

            fn decode_body(root: Element<'_>) -> Option<Result<Self, (&'static str, Fault)>> {
                match root.name() {
                    $(<$type as Arguments>::ROOT => Some(
                        <$type as Arguments>::decode(root)
                            .map(SessionMessage::$variant)
                            .map_err(|fault| (<$type as Arguments>::ROOT, fault)),
                    ),)+
                    _ => None,
                }
            }

            fn encode_body(&self, writer: &mut Writer<'_>) {
                match self { $(SessionMessage::$variant(message) => message.encode(writer),)+ }
            }
        }

        $(impl From<$type> for SessionMessage {
            fn from(message: $type) -> Self { SessionMessage::$variant(message) }
        })+
    };
}

session_messages! {
    Start(StartApplicationSession),
    StartPosResponse(StartApplicationSessionPosResponse),
    StartNegResponse(StartApplicationSessionNegResponse),
    ResetTimer(ResetApplicationSessionTimer),
    ResetTimerPosResponse(ResetApplicationSessionTimerPosResponse),
    ResetTimerNegResponse(ResetApplicationSessionTimerNegResponse),
    Stop(StopApplicationSession),
    StopPosResponse(StopApplicationSessionPosResponse),
    StopNegResponse(StopApplicationSessionNegResponse),
    Terminated(ApplicationSessionTerminated),
}

impl SessionMessage {
    /// Reads the message, or returns `None` if the root element is none of ECMA-354.
    ///
    /// A root element in no namespace at all is taken for one, because implementations exist that declare the
    /// namespace for a prefix and do not use the prefix.
    pub(super) fn decode(root: Element<'_>) -> Option<Result<Self, (&'static str, Fault)>> {
        match root.namespace() {
            Namespace::None | Namespace::Other(SESSION_NAMESPACE) => SessionMessage::decode_body(root),
            _ => None,
        }
    }

    /// The negative response to a request with this root element that could not be read; `None` if it is no request.
    pub(super) fn refusal(root: &str) -> Option<SessionMessage> {
        match root {
            StartApplicationSession::ROOT => {
                Some(StartApplicationSessionNegResponse::from(StartError::InvalidApplicationInfo).into())
            }
            ResetApplicationSessionTimer::ROOT => {
                Some(ResetApplicationSessionTimerNegResponse::from(ResetError::InvalidSessionId).into())
            }
            StopApplicationSession::ROOT => {
                Some(StopApplicationSessionNegResponse::from(StopError::InvalidSessionId).into())
            }
            _ => None,
        }
    }
}

/// Appends a message of ECMA-354 to `out`.
pub fn encode_session(message: &SessionMessage, out: &mut Vec<u8>) {
    let declarations = [("xmlns", SESSION_NAMESPACE), ("xmlns:hf", HOOKFLASH_NAMESPACE)];
    let extended =
        matches!(message, SessionMessage::StartPosResponse(response) if !response.extensions.is_empty());
    let declarations = declarations.get(..if extended { 2 } else { 1 }).unwrap_or_default();
    let mut writer = Writer::new(out, Edition::default());
    writer.document_in(declarations, message.root(), |writer| message.encode_body(writer));
}

arguments! {
    /// Request: starts a session.
    pub struct StartApplicationSession in "StartApplicationSession" {
        /// The application.
        application_info: ApplicationInfo = "applicationInfo",
        /// Editions of ECMA-323 that the application can speak, the one it likes best first.
        requested_protocol_versions: ProtocolVersions = "requestedProtocolVersions",
        /// For how many seconds the session shall last without being reset.
        requested_session_duration: Option<i64> = "requestedSessionDuration",
    }
}

arguments! {
    /// Who starts a session.
    pub struct ApplicationInfo {
        /// Name of the application.
        application_id: SmolStr = "applicationID",
        /// The login.
        application_specific_info: ApplicationSpecificInfo = "applicationSpecificInfo",
    }
}

list! {
    /// Namespaces of editions of ECMA-323, as the application wrote them.
    pub struct ProtocolVersions of SmolStr = "protocolVersion";
}

impl ProtocolVersions {
    /// The first one that is understood, and the edition that it stands for.
    pub fn choose(&self) -> Option<(&SmolStr, Edition)> {
        self.0.iter().find_map(|version| Some((version, Edition::from_namespace(version)?)))
    }
}

arguments! {
    /// The session has started.
    pub struct StartApplicationSessionPosResponse in "StartApplicationSessionPosResponse" {
        /// Names the session in later requests.
        session_id: SmolStr = "sessionID",
        /// The version chosen, as the application wrote it.
        actual_protocol_version: SmolStr = "actualProtocolVersion",
        /// For how many seconds the session lasts without being reset.
        actual_session_duration: Option<i64> = "actualSessionDuration",
        /// What is needed to resume the session.
        extensions: SessionExtensions = "extensions",
    }
}

arguments! {
    /// The session has not started.
    pub struct StartApplicationSessionNegResponse in "StartApplicationSessionNegResponse" {
        /// Why.
        error_code: StartErrorCode = "errorCode",
    }
}

arguments! {
    /// Request: the session shall go on for this long.
    pub struct ResetApplicationSessionTimer in "ResetApplicationSessionTimer" {
        /// The session.
        session_id: SmolStr = "sessionID",
        /// For how many seconds it shall last from now on without being reset again.
        requested_session_duration: i64 = "requestedSessionDuration",
    }
}

arguments! {
    /// The session goes on.
    pub struct ResetApplicationSessionTimerPosResponse in "ResetApplicationSessionTimerPosResponse" {
        /// For how many seconds it lasts from now on without being reset again.
        actual_session_duration: i64 = "actualSessionDuration",
    }
}

arguments! {
    /// The timer was not reset.
    pub struct ResetApplicationSessionTimerNegResponse in "ResetApplicationSessionTimerNegResponse" {
        /// Why.
        error_code: ResetErrorCode = "errorCode",
    }
}

arguments! {
    /// Request: ends the session.
    pub struct StopApplicationSession in "StopApplicationSession" {
        /// The session.
        session_id: SmolStr = "sessionID",
        /// Why; requests without it mean [`EndReason::Normal`].
        session_end_reason: SessionEndReason = "sessionEndReason",
    }
}

arguments! {
    /// The session has ended.
    pub struct StopApplicationSessionPosResponse in "StopApplicationSessionPosResponse";
}

arguments! {
    /// The session was not ended.
    pub struct StopApplicationSessionNegResponse in "StopApplicationSessionNegResponse" {
        /// Why.
        error_code: StopErrorCode = "errorCode",
    }
}

arguments! {
    /// From the server, not answered: the session is over.
    pub struct ApplicationSessionTerminated in "ApplicationSessionTerminated" {
        /// The session.
        session_id: SmolStr = "sessionID",
        /// Why.
        session_term_reason: SessionTermReason = "sessionTermReason",
    }
}

words! {
    /// Why a session cannot start.
    pub enum StartError {
        /// The application is not known, or its login is wrong.
        InvalidApplicationInfo = "invalidApplicationInfo",
        /// None of the versions is supported.
        RequestedProtocolVersionNotSupported = "requestedProtocolVersionNotSupported",
        /// The server is overloaded or shutting down.
        ServerResourcesBusy = "serverResourcesBusy",
        /// There are as many sessions as there may be.
        MaxNumberSessions = "maxNumberSessions",
    }
}

words! {
    /// Why a timer is not reset.
    pub enum ResetError {
        /// There is no such session.
        InvalidSessionId = "invalidSessionID",
        /// The session is about to end.
        ServerCannotResetSessionTimer = "serverCannotResetSessionTimer",
    }
}

words! {
    /// Why a session is not stopped.
    pub enum StopError {
        /// There is no such session.
        InvalidSessionId = "invalidSessionID",
    }
}

words! {
    /// Why an application ends its session.
    pub enum EndReason {
        /// It has no more use for it.
        Normal = "normal",
    }
}

words! {
    /// Why the server ends a session.
    pub enum TermReason {
        /// The server lacks something.
        ResourceLimitation = "resourceLimitation",
        /// The application has been silent for too long.
        SessionTimerExpired = "sessionTimerExpired",
    }
}

/// Defines a reason: one of the standard's words, or a text of one's own.
macro_rules! reason {
    ($(#[$meta:meta])* pub enum $name:ident of $word:ident: $defined:literal or $own:literal $(absent $absent:ident)?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            /// A word of the standard.
            Defined($word),
            /// A text of the application or server.
            Own(SmolStr),
        }

        impl From<$word> for $name {
            fn from(word: $word) -> Self { $name::Defined(word) }
        }

        impl Argument for $name {
            $(fn absent() -> Option<Self> { Some($name::Defined($word::$absent)) })?

            fn decode(element: Element<'_>) -> Result<Self, Fault> {
                match element.member($defined).map(|word| (word, $word::decode(word))) {
                    Some((_, Ok(word))) => Ok($name::Defined(word)),
                    Some((word, Err(_))) => SmolStr::decode(word).map($name::Own),
                    None => element.argument($own).map($name::Own),
                }
            }

            fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
                writer.element(name, |writer| match self {
                    $name::Defined(word) => word.encode($defined, writer),
                    $name::Own(text) => text.encode($own, writer),
                });
            }
        }
    };
}

reason! {
    /// Why a session cannot start.
    pub enum StartErrorCode of StartError: "definedError" or "applError"
}

reason! {
    /// Why a timer is not reset.
    pub enum ResetErrorCode of ResetError: "definedError" or "applError"
}

reason! {
    /// Why a session is not stopped.
    pub enum StopErrorCode of StopError: "definedError" or "applError"
}

reason! {
    /// Why an application ends its session.
    pub enum SessionEndReason of EndReason: "definedEndReason" or "appEndReason" absent Normal
}

reason! {
    /// Why the server ends a session.
    pub enum SessionTermReason of TermReason: "definedTermReason" or "serverTermReason"
}

impl<T: Into<StartErrorCode>> From<T> for StartApplicationSessionNegResponse {
    fn from(error: T) -> Self {
        StartApplicationSessionNegResponse { error_code: error.into() }
    }
}

impl<T: Into<ResetErrorCode>> From<T> for ResetApplicationSessionTimerNegResponse {
    fn from(error: T) -> Self {
        ResetApplicationSessionTimerNegResponse { error_code: error.into() }
    }
}

impl<T: Into<StopErrorCode>> From<T> for StopApplicationSessionNegResponse {
    fn from(error: T) -> Self {
        StopApplicationSessionNegResponse { error_code: error.into() }
    }
}
