//! What a virtual application is: addresses, identity, habits.

use std::{net::SocketAddr, time::Duration};

use hookflash_wire::csta::{Edition, Secret};
use smol_str::SmolStr;

/// What an [`Application`](super::Application) is told when it is made.
#[derive(Clone, Debug)]
pub struct ApplicationSettings {
    /// The transport it speaks SIP over.
    pub transport: Transport,
    /// Its own address, for Via and Contact.
    pub local: SocketAddr,
    /// The user it is, for From: `user@domain`.
    pub user: SmolStr,
    /// The password of the user, over CSTA over TCP; `None` sends no login.
    pub password: Option<Secret>,
    /// Whom it calls, without scheme: `201@cme`.
    pub target: SmolStr,
    /// The line it names inside RequestSystemStatus and GetCSTAFeatures, as Microsoft's clients do.
    pub lcs_line: Option<SmolStr>,
    /// The edition of ECMA-323 it writes.
    pub edition: Edition,
    /// The Session-Expires it asks for; `None` leaves the header out.
    pub session_expires: Option<Duration>,
    /// How it keeps the session alive.
    pub refresh: Refresh,
    /// What it does wrong.
    pub habits: Habits,
    /// Makes its tags, branches and Call-IDs different from those of others.
    pub seed: u64,
}

/// What carries a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// SIP in datagrams, repeated until they are answered.
    Udp,
    /// SIP over one connection.
    Tcp,
    /// No SIP: one connection of CSTA over TCP.
    Csta,
}

/// How an application keeps its session alive, at half of the session interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refresh {
    /// It does not: the session expires.
    Never,
    /// INVITE with RequestSystemStatus.
    Invite,
    /// UPDATE without body.
    Update,
}

/// What real clients do wrong; all off by default.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Habits {
    /// No branch in any Via.
    pub no_branch: bool,
    /// Requests of the server are never answered.
    pub never_answers: bool,
    /// After a re-INVITE, ACK has CSeq 1 and the next request CSeq 2.
    pub cseq_restarts: bool,
    /// The transport in Via is written in lower case.
    pub lower_case_via: bool,
    /// The name of each XML element has a prefix.
    pub prefixes: bool,
}

impl Habits {
    /// Everything pidgin-sipe 1.25 does.
    pub const PIDGIN: Habits = Habits {
        no_branch: true,
        never_answers: true,
        cseq_restarts: true,
        lower_case_via: true,
        prefixes: false,
    };
}

impl ApplicationSettings {
    /// A well-behaved application.
    pub fn new(user: impl Into<SmolStr>, target: impl Into<SmolStr>, local: SocketAddr) -> Self {
        ApplicationSettings {
            transport: Transport::Tcp,
            local,
            user: user.into(),
            password: None,
            target: target.into(),
            lcs_line: None,
            edition: Edition::Ed3,
            session_expires: Some(Duration::from_secs(1800)),
            refresh: Refresh::Invite,
            habits: Habits::default(),
            seed: 0,
        }
    }
}
