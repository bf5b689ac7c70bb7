//! What an application learns.

use hookflash_wire::{
    csta::{CstaError, Event, Request, Response, SystemStatusValue},
    sip::StatusCode,
};
use smol_str::SmolStr;

/// Names a request of an application; counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestNumber(pub u32);

/// Something an application learns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// The session is open, and this is how the switching function says it is.
    Opened(SystemStatusValue),
    /// The session was refused.
    Refused(StatusCode),
    /// A request was answered.
    Answer(RequestNumber, Result<Response, Failure>),
    /// An event of a monitor.
    Event(Event),
    /// The server asks or tells something else; it was answered.
    Request(Request),
    /// The session was refreshed.
    Refreshed,
    /// The session is over.
    Ended(End),
    /// The server did what it should not.
    Complaint(Complaint),
}

/// Why a request did not succeed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failure {
    /// A CSTA error.
    #[error("{0}")]
    Csta(CstaError),
    /// SIP refused it.
    #[error("SIP {0}")]
    Sip(StatusCode),
    /// No answer came.
    #[error("no answer")]
    TimedOut,
    /// The answer is no CSTA response.
    #[error("an answer that is none: {0}")]
    Undecodable(SmolStr),
}

/// How a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The server sent BYE.
    ByServer,
    /// The application sent BYE.
    ByApplication,
    /// The server does not know the session any more.
    Forgotten,
    /// The connection is gone.
    LinkLost,
}

/// What a server should not do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Complaint {
    /// The stream cannot be followed any more.
    #[error("stream: {0}")]
    Stream(SmolStr),
    /// Something that is not SIP.
    #[error("not SIP: {0}")]
    Sip(SmolStr),
    /// A message in another edition than the session's.
    #[error("{0} in another edition of CSTA")]
    OtherEdition(SmolStr),
    /// A body that is not CSTA.
    #[error("not CSTA: {0}")]
    Csta(SmolStr),
    /// An event for a monitor that the application does not have.
    #[error("event for unknown monitor {0}")]
    UnknownMonitor(SmolStr),
    /// An event of a call came before the response to the MakeCall that made it.
    #[error("event of call {0} before its MakeCallResponse")]
    EventBeforeResponse(SmolStr),
    /// A response to nothing.
    #[error("response to nothing: {0}")]
    StrayResponse(SmolStr),
    /// MakeCallResponse names another device than the request.
    #[error("MakeCallResponse says {got}, the request said {asked}")]
    OtherDevice {
        /// The string in the response.
        got: SmolStr,
        /// The string in the request.
        asked: SmolStr,
    },
}
