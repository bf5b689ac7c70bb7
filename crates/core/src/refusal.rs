//! Why the switch does not do what it was asked. Each edge protocol has one table from here to its own words.

use crate::{AlreadyOpen, ConnectionState, InvalidTransition, Verb};

/// The reasons, named after the universal failures of ECMA-269 clause 12.3.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The calling device is not known.
    #[error("unknown calling device")]
    InvalidCallingDevice,
    /// The called number does not exist.
    #[error("unknown called number")]
    InvalidCalledDevice,
    /// The device is not known.
    #[error("unknown device")]
    InvalidDevice,
    /// The device may not be monitored or controlled by applications (no `cti watch`).
    #[error("the device is not open to applications")]
    PrivilegeViolation,
    /// The calling device may not be controlled by applications.
    #[error("the calling device is not open to applications")]
    PrivilegeViolationCallingDevice,
    /// There is no such connection.
    #[error("unknown connection")]
    InvalidConnection,
    /// There is no such call.
    #[error("unknown call")]
    InvalidCall,
    /// The digits to send are none, or too many.
    #[error("these digits cannot be sent")]
    InvalidDigits,
    /// There is no message with this name, or nothing is played or recorded there.
    #[error("unknown message")]
    UnknownMessage,
    /// The connection sends no tone.
    #[error("no tone is sent")]
    NoTone,
    /// As much is played and recorded as may be, or no more can be kept.
    #[error("there is no room to play or record more")]
    NoRoomForSound,
    /// Neither party has a codec of the media engine.
    #[error("the media engine has no codec of the device")]
    RequestIncompatibleWithMedia,
    /// There is no such monitor in this session.
    #[error("unknown monitor")]
    InvalidMonitor,
    /// There is no such session.
    #[error("unknown session")]
    InvalidSession,
    /// The connection's state does not allow it.
    #[error("the connection is {0:?}")]
    InvalidConnectionState(ConnectionState),
    /// The application has been asked where the media of the connection goes, and has not said so yet.
    #[error("the connection waits for the address of its media")]
    MediaPending,
    /// Calls at the route point cannot be answered: no application has said where their media goes.
    #[error("no application has opened the route point with media")]
    NoMediaTermination,
    /// There is no such held connection, of a request that names a held and an active one; or both are one call, or two of a
    /// device that no phone of it can have.
    #[error("the held connection is none, or not one that can go with the active one")]
    InvalidHeldConnection,
    /// There is no such active connection, of a request that names a held and an active one.
    #[error("unknown active connection")]
    InvalidActiveConnection,
    /// The state of the held connection does not allow it.
    #[error("the held connection is {0:?}")]
    InvalidHeldConnectionState(ConnectionState),
    /// The state of the active connection does not allow it.
    #[error("the active connection is {0:?}")]
    InvalidActiveConnectionState(ConnectionState),
    /// The two connections of the request are of different devices.
    #[error("the two connections are of different devices")]
    NotSameDevice,
    /// The call cannot be sent there: the number belongs to nobody, or to the device where the call rings.
    #[error("the call cannot be sent to this number")]
    InvalidDestination,
    /// Calls cannot be parked at the number.
    #[error("calls cannot be parked at this number")]
    InvalidParkDestination,
    /// The conference has as many members as it may.
    #[error("the conference is full")]
    ConferenceMemberLimitExceeded,
    /// There are no two calls that could be joined.
    #[error("no calls to join")]
    NothingToJoin,
    /// The number cannot be called from here now (`after-hours`).
    #[error("the number cannot be called outside office hours")]
    CallBarred,
    /// The number that was entered is wrong.
    #[error("wrong number for the feature")]
    InvalidFeatureNumber,
    /// There is no attempt at a call that could be completed later.
    #[error("no call to complete")]
    NoCallToComplete,
    /// Nothing rings.
    #[error("no call to answer")]
    NoCallToAnswer,
    /// Calls cannot be forwarded there: nobody, or nobody but the line itself, can be reached with the number.
    #[error("calls cannot be forwarded to this number")]
    InvalidForwardingDestination,
    /// A call cannot ring for so long, or so shortly, before it is forwarded.
    #[error("the ring time before forwarding is out of range")]
    InvalidRingCount,
    /// The phones of the line may not forward its calls (`call-forward max-length 0`).
    #[error("phones may not forward calls of the line")]
    ForwardingDisabled,
    /// No phone with the line is registered.
    #[error("no phone of the line is registered")]
    DeviceOutOfService,
    /// No phone with the calling line is registered.
    #[error("no phone of the calling line is registered")]
    CallingDeviceOutOfService,
    /// Every channel of the line is in use.
    #[error("every channel of the line is in use")]
    ResourceBusy,
    /// Another application has the device open, in a way that leaves no room for this one.
    #[error("the device is open already: {}", .0.name())]
    AlreadyOpen(AlreadyOpen),
    /// A value that the service does not take.
    #[error("a value of the request is not possible here")]
    InvalidParameter,
    /// The application has not opened the device, or has opened it without media.
    #[error("the application has not opened the device for this")]
    DeviceNotOpen,
    /// Nobody waits for the address: it was given already.
    #[error("the address was given already")]
    AddressGiven,
    /// There is no such registration for routeing in this session.
    #[error("unknown registration for routeing")]
    InvalidRouteRegistration,
    /// There is no such dialogue about a route in this session, or it is over.
    #[error("unknown dialogue about a route")]
    InvalidRouteDialogue,
    /// The phone cannot go off-hook by command.
    #[error("the phone cannot go off-hook by command")]
    RequestIncompatibleWithDevice,
    /// Applications cannot watch or control the device as its lines are configured.
    #[error("applications cannot watch or control a line of this kind")]
    RequestIncompatibleWithSubject,
    /// The session has as many monitors as it may.
    #[error("monitor limit of the session reached")]
    SessionMonitorLimitExceeded,
    /// The switch has as many monitors as it may.
    #[error("monitor limit of the switch reached")]
    OverallMonitorLimitExceeded,
    /// The session has registered for routes as often as it may, for this route point or in all.
    #[error("limit of registrations for routes reached")]
    SessionRegistrationLimitExceeded,
    /// The switch has as many monitors and registrations for routes as it may.
    #[error("limit of registrations of the switch reached")]
    OverallRegistrationLimitExceeded,
    /// The switch has as many sessions as it may.
    #[error("session limit reached")]
    SessionLimitExceeded,
    /// The CTI interface is shut down.
    #[error("the CTI interface is shut down")]
    CtiShutDown,
    /// The switch has as much work as it can do.
    #[error("the switch is at its performance limit")]
    PerformanceLimitExceeded,
}

impl Refusal {
    /// The same about the held connection of a request that names a held and an active one.
    #[must_use]
    pub const fn of_held(self) -> Refusal {
        match self {
            Refusal::InvalidConnection => Refusal::InvalidHeldConnection,
            Refusal::InvalidConnectionState(state) => Refusal::InvalidHeldConnectionState(state),
            other => other,
        }
    }

    /// The same about the connection that a verb is applied to, where its request names another one too.
    #[must_use]
    pub const fn of_verb(self, verb: Verb) -> Refusal {
        match verb {
            Verb::TransferHeld | Verb::ConferenceHeld | Verb::AlternateHeld => self.of_held(),
            Verb::TransferActive | Verb::ConferenceActive | Verb::AlternateActive | Verb::ReconnectActive => {
                match self {
                    Refusal::InvalidConnection => Refusal::InvalidActiveConnection,
                    Refusal::InvalidConnectionState(state) => Refusal::InvalidActiveConnectionState(state),
                    other => other,
                }
            }
            _ => self,
        }
    }

    /// What applications are told beyond the word of the standard, if there is more to say.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Refusal::AlreadyOpen(how) => Some(how.name()),
            Refusal::MediaPending => Some("mediaPending"),
            Refusal::NoMediaTermination => Some("noMediaTermination"),
            _ => None,
        }
    }
}

impl From<InvalidTransition> for Refusal {
    fn from(invalid: InvalidTransition) -> Refusal {
        Refusal::InvalidConnectionState(invalid.from)
    }
}
