//! The calls of a phone.

use std::{fmt, net::SocketAddr, time::Duration};

use hookflash_core::Instant;
use hookflash_sip::{DialogId, Incoming, InviteId, Outgoing, Reply, RequestId, RequestInDialog, SendError};
use hookflash_wire::{
    sdp::{Direction, SessionDescription},
    sip::{HeaderName, Method, NameAddr, Request, Response, StatusCode},
};

use super::{
    EVENTS, MAX_CALLS, Purpose, SipPhone,
    media::{Audio, party, sdp, shown},
};

/// How long a phone waits until it offers media again, when the other side was offering as well.
const SHORTLY: Duration = Duration::from_millis(500);

/// The state of a call as its user sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallState {
    /// It was dialled; nothing is heard yet.
    Calling,
    /// The other party rings.
    Ringback,
    /// It rings here.
    Ringing,
    /// Both talk.
    Connected,
    /// The user has put it on hold.
    Held,
}

impl fmt::Display for CallState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CallState::Calling => "calling",
            CallState::Ringback => "ringback",
            CallState::Ringing => "ringing",
            CallState::Connected => "connected",
            CallState::Held => "held",
        })
    }
}

/// A call.
#[derive(Debug)]
pub struct Call {
    /// Its number, never used again.
    pub id: u32,
    /// The other party: its number, or its address if it has none.
    pub party: String,
    /// The name of the other party; empty if there is none.
    pub name: String,
    /// Whether it was called here.
    pub incoming: bool,
    /// Its state.
    pub state: CallState,
    /// Where the other party receives audio; `None` if it does not.
    pub remote: Option<SocketAddr>,
    pub(super) dialog: Option<DialogId>,
    /// The INVITE that rings.
    invite: Option<Incoming>,
    request: Option<RequestId>,
    /// Whether the INVITE under way has a password.
    proved: bool,
    call_id: String,
    /// What the INVITE under way makes of the call.
    wanted: CallState,
    pub(super) version: u64,
    pub(super) audio: Audio,
    /// When its media is offered once more, because the other side was offering as well, and what that makes of it.
    again: Option<(Instant, CallState)>,
}

/// Why a user cannot do something now.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CannotDo {
    /// There is no call that could be meant.
    #[error("no call {0}")]
    NoCall(&'static str),
    /// There are too many calls.
    #[error("too many calls")]
    TooMany,
    /// The message could not be sent.
    #[error("{0}")]
    Sip(#[from] hookflash_sip::SendError),
}

impl Call {
    fn new(id: u32, party: String, incoming: bool) -> Call {
        Call {
            id,
            party,
            name: String::new(),
            incoming,
            state: if incoming { CallState::Ringing } else { CallState::Calling },
            remote: None,
            dialog: None,
            invite: None,
            request: None,
            proved: false,
            call_id: String::new(),
            wanted: CallState::Connected,
            version: 1,
            audio: Audio::default(),
            again: None,
        }
    }
}

impl SipPhone {
    /// Calls a number. A call that is connected is put on hold.
    ///
    /// # Errors
    /// [`CannotDo`].
    pub fn dial(&mut self, now: Instant, number: &str) -> Result<(), CannotDo> {
        if self.calls.len() >= MAX_CALLS {
            return Err(CannotDo::TooMany);
        }
        self.hold_others(now, 0);
        self.last_call += 1;
        let mut call = Call::new(self.last_call, number.to_owned(), false);
        call.call_id = self.layer.new_call_id();
        let id = call.id;
        self.calls.push(call);
        self.send_invite(now, id, None)
    }

    /// Answers the oldest call that rings. Another one that is connected is put on hold.
    ///
    /// # Errors
    /// No call rings.
    pub fn answer(&mut self, now: Instant) -> Result<(), CannotDo> {
        let id = self.find(|call| call.state == CallState::Ringing, "rings")?;
        self.answer_call(now, id);
        Ok(())
    }

    pub(super) fn answer_call(&mut self, now: Instant, id: u32) {
        self.hold_others(now, id);
        let answer = self.description(id, Direction::new(true, true));
        let Some(call) = self.call(id) else { return };
        call.state = CallState::Connected;
        let Some(invite) = call.invite.take() else { return };
        let reply = Reply::from(StatusCode::OK).with_body(Some(sdp(&answer)));
        self.layer.reply(now, invite, reply, &mut self.wire);
    }

    /// Refuses the oldest call that rings.
    ///
    /// # Errors
    /// No call rings.
    pub fn reject(&mut self, now: Instant) -> Result<(), CannotDo> {
        let id = self.find(|call| call.state == CallState::Ringing, "rings")?;
        self.drop_call(now, id, StatusCode::DECLINE);
        Ok(())
    }

    /// Ends the call that is connected, else the one that is being made, else the one that rings, else the one on hold.
    ///
    /// # Errors
    /// There is no call.
    pub fn hang_up(&mut self, now: Instant) -> Result<(), CannotDo> {
        let order = |call: &&Call| match call.state {
            CallState::Connected => 0,
            CallState::Calling | CallState::Ringback => 1,
            CallState::Ringing => 2,
            CallState::Held => 3,
        };
        let id =
            self.calls.iter().min_by_key(order).map(|call| call.id).ok_or(CannotDo::NoCall("is there"))?;
        self.drop_call(now, id, StatusCode::BUSY_HERE);
        Ok(())
    }

    /// Puts the connected call on hold.
    ///
    /// # Errors
    /// No call is connected, or it cannot be changed now.
    pub fn hold(&mut self, now: Instant) -> Result<(), CannotDo> {
        let id = self.find(|call| call.state == CallState::Connected, "is connected")?;
        self.change(now, id, CallState::Held)
    }

    /// Takes the call on hold back.
    ///
    /// # Errors
    /// No call is on hold, or it cannot be changed now.
    pub fn resume(&mut self, now: Instant) -> Result<(), CannotDo> {
        let held = self.find(|call| call.state == CallState::Held, "is on hold");
        // Its user may hear that the server has put a call aside.
        let id = held.or_else(|_| self.find(Call::is_put_aside, "is on hold"))?;
        self.resume_call(now, id)
    }

    pub(super) fn resume_call(&mut self, now: Instant, id: u32) -> Result<(), CannotDo> {
        self.hold_others(now, id);
        self.change(now, id, CallState::Connected)
    }

    /// Puts the connected call aside and calls a number, about that call.
    ///
    /// # Errors
    /// No call is connected.
    pub fn consult(&mut self, now: Instant, number: &str) -> Result<(), CannotDo> {
        self.find(|call| call.state == CallState::Connected, "is connected")?;
        self.dial(now, number)
    }

    /// Transfers the connected call to a number, without asking there (REFER).
    ///
    /// # Errors
    /// No call is connected, or it cannot be transferred now.
    pub fn transfer_to(&mut self, now: Instant, number: &str) -> Result<(), CannotDo> {
        let id = self.find(|call| call.state == CallState::Connected, "is connected")?;
        let target = format!("<{}>", self.uri(number));
        self.refer(now, id, target)
    }

    /// Joins the party of the call on hold and that of the other one, which may still ring (REFER with Replaces).
    ///
    /// # Errors
    /// There are no two such calls.
    pub fn transfer(&mut self, now: Instant) -> Result<(), CannotDo> {
        let held = self.find(|call| call.state == CallState::Held, "is on hold")?;
        let talks = |call: &Call| matches!(call.state, CallState::Connected | CallState::Ringback);
        let other = self.find(talks, "is connected")?;
        let dialog = self.calls.iter().find(|call| call.id == other).and_then(|call| call.dialog);
        let dialog =
            dialog.and_then(|dialog| self.layer.dialog(dialog)).ok_or(CannotDo::NoCall("is connected"))?;
        let replaces =
            format!("{};to-tag={};from-tag={}", dialog.call_id(), dialog.remote_tag(), dialog.id());
        let replaces = replaces.replace(';', "%3B").replace('=', "%3D").replace('@', "%40");
        let party = self.calls.iter().find(|call| call.id == other).map(|call| call.party.clone());
        let target = format!("<{}?Replaces={replaces}>", self.uri(&party.unwrap_or_default()));
        self.refer(now, held, target)
    }

    fn find(&self, fits: impl Fn(&Call) -> bool, what: &'static str) -> Result<u32, CannotDo> {
        self.calls.iter().find(|call| fits(call)).map(|call| call.id).ok_or(CannotDo::NoCall(what))
    }

    pub(super) fn call(&mut self, id: u32) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.id == id)
    }

    /// Puts every connected call but this one on hold.
    fn hold_others(&mut self, now: Instant, id: u32) {
        let connected = |call: &&Call| call.state == CallState::Connected && call.id != id;
        let others: Vec<u32> = self.calls.iter().filter(connected).map(|call| call.id).collect();
        for other in others {
            if let Err(error) = self.change(now, other, CallState::Held) {
                self.notices.push(format!("hold: {error}"));
            }
        }
    }

    fn refer(&mut self, now: Instant, id: u32, target: String) -> Result<(), CannotDo> {
        let dialog = self.call(id).and_then(|call| call.dialog).ok_or(CannotDo::NoCall("is connected"))?;
        let headers = [(HeaderName::REFER_TO, target)];
        let request = RequestInDialog { headers: &headers, ..RequestInDialog::new(&Method::Refer) };
        let request = self.layer.send_in_dialog(now, dialog, &request, &mut self.wire)?;
        self.requests.push((request, Purpose::Refer(id)));
        Ok(())
    }

    pub(super) fn refer_answered(&mut self, _: u32, response: &Response) {
        if !response.status.is_success() {
            self.notices.push(format!("transfer refused: {}", response.status.code()));
        }
    }

    /// Sends the INVITE of a call, or sends it again with a password.
    fn send_invite(&mut self, now: Instant, id: u32, challenged: Option<&Response>) -> Result<(), CannotDo> {
        let offer = self.description(id, Direction::new(true, true));
        let Some(call) = self.calls.iter().find(|call| call.id == id) else { return Ok(()) };
        let uri = self.uri(&call.party);
        let proof = challenged.and_then(|response| self.proof(response, &Method::Invite, &uri));
        let headers: Vec<_> = proof.into_iter().collect();
        let (to, own, number) = (format!("<{uri}>"), self.own(), self.settings.number.clone());
        let call_id = call.call_id.clone();
        let outgoing = Outgoing {
            call_id: &call_id,
            cseq: if challenged.is_some() { 2 } else { 1 },
            contact: Some(&number),
            headers: &headers,
            body: Some(sdp(&offer)),
            ..Outgoing::new(&Method::Invite, self.flow(), &uri, &own, &to)
        };
        let request = self.layer.send(now, (), &outgoing, &mut self.wire);
        match request {
            Ok(request) => {
                self.requests.push((request, Purpose::Invite(id)));
                if let Some(call) = self.call(id) {
                    (call.request, call.proved) = (Some(request), challenged.is_some());
                }
                Ok(())
            }
            Err(error) => {
                self.calls.retain(|call| call.id != id);
                Err(error.into())
            }
        }
    }

    /// Offers other media.
    pub(super) fn change(&mut self, now: Instant, id: u32, wanted: CallState) -> Result<(), CannotDo> {
        let receives = wanted == CallState::Connected;
        let Some(call) = self.call(id) else { return Err(CannotDo::NoCall("is connected")) };
        call.again = None;
        let dialog = call.dialog.ok_or(CannotDo::NoCall("is connected"))?;
        let before = call.audio;
        let offer = self.description(id, Direction::new(true, receives));
        let request = RequestInDialog::new(&Method::Invite).with_body(sdp(&offer));
        let sent = self.layer.send_in_dialog(now, dialog, &request, &mut self.wire);
        if sent.is_err()
            && let Some(call) = self.call(id)
        {
            (call.audio, call.version) = (before, call.version - 1);
            if sent == Err(SendError::Pending) {
                call.again = Some((now + SHORTLY, wanted));
                return Ok(());
            }
        }
        let request = sent?;
        self.requests.push((request, Purpose::Invite(id)));
        if let Some(call) = self.call(id) {
            (call.request, call.wanted, call.proved) = (Some(request), wanted, true);
        }
        Ok(())
    }

    /// When media has to be offered once more.
    pub(super) fn poll_again(&self) -> Option<Instant> {
        self.calls.iter().filter_map(|call| call.again).map(|(at, _)| at).min()
    }

    pub(super) fn change_again(&mut self, now: Instant) {
        let due = |call: &Call| call.again.filter(|(at, _)| *at <= now).map(|(_, wanted)| (call.id, wanted));
        for (id, wanted) in self.calls.iter().filter_map(due).collect::<Vec<_>>() {
            // A call that cannot be changed is over.
            if self.change(now, id, wanted).is_err()
                && let Some(call) = self.call(id)
            {
                call.again = None;
            }
        }
    }

    pub(super) fn refresh(&mut self, now: Instant, dialog: DialogId) {
        let call =
            self.calls.iter().find(|call| call.dialog == Some(dialog)).map(|call| (call.id, call.state));
        if let Some((id, state)) = call {
            // A re-INVITE that is under way refreshes as well.
            let _ = self.change(now, id, state);
        }
    }

    fn drop_call(&mut self, now: Instant, id: u32, status: StatusCode) {
        let Some(place) = self.calls.iter().position(|call| call.id == id) else { return };
        let call = self.calls.remove(place);
        match (call.invite, call.dialog, call.request) {
            (Some(invite), _, _) => self.layer.reply(now, invite, status.into(), &mut self.wire),
            (None, _, Some(request)) if matches!(call.state, CallState::Calling | CallState::Ringback) => {
                self.layer.cancel(now, request, &mut self.wire);
            }
            (None, Some(dialog), _) => self.layer.end(now, dialog, &mut self.wire),
            (None, None, _) => {}
        }
    }

    // What comes

    /// A call for this phone; everything else outside a dialog is refused.
    pub(super) fn invited(&mut self, now: Instant, mut incoming: Incoming) {
        let status = match incoming.request().method {
            Method::Invite if self.calls.len() >= MAX_CALLS => StatusCode::BUSY_HERE,
            Method::Invite => match self.layer.establish(now, (), &mut incoming) {
                Ok(_) => return self.rings(now, incoming),
                Err(status) => status,
            },
            Method::Notify => self.notified_outside(&incoming),
            _ => StatusCode::METHOD_NOT_ALLOWED,
        };
        self.layer.reply(now, incoming, status.into(), &mut self.wire);
    }

    fn rings(&mut self, now: Instant, mut incoming: Incoming) {
        self.last_call += 1;
        let (party, name) = party(incoming.request());
        let mut call = Call::new(self.last_call, party, true);
        (call.name, call.dialog) = (name, incoming.dialog());
        call.is_described(incoming.request().body());
        let events = [(HeaderName::ALLOW_EVENTS, EVENTS.to_owned())];
        let ringing = Reply::from(StatusCode::RINGING).with_headers(&events);
        self.layer.progress(now, &mut incoming, ringing, &mut self.wire);
        let by_itself = answers_by_itself(&incoming);
        call.invite = Some(incoming);
        let id = call.id;
        self.calls.push(call);
        if by_itself {
            self.answer_call(now, id);
        }
    }

    pub(super) fn cancelled(&mut self, now: Instant, invite: InviteId) {
        let cancelled = |call: &Call| call.invite.as_ref().and_then(Incoming::invite) == Some(invite);
        let Some(place) = self.calls.iter().position(cancelled) else { return };
        if let Some(invite) = self.calls.remove(place).invite {
            self.layer.reply(now, invite, StatusCode::REQUEST_TERMINATED.into(), &mut self.wire);
        }
    }

    /// A request in a call.
    pub(super) fn asked(&mut self, now: Instant, dialog: DialogId, incoming: Incoming) {
        let id = self.calls.iter().find(|call| call.dialog == Some(dialog)).map(|call| call.id);
        let Some(id) = id else {
            return self.layer.reply(now, incoming, StatusCode::OK.into(), &mut self.wire);
        };
        let request = incoming.request();
        if let Some(call) = self.call(id) {
            let (party, name) = party(request);
            if request.headers().get(HeaderName::P_ASSERTED_IDENTITY).is_some() {
                (call.party, call.name) = (party, name);
            }
        }
        match request.method {
            Method::Invite | Method::Update => {
                let offered = SessionDescription::parse(request.body()).ok();
                let theirs =
                    offered.as_ref().and_then(SessionDescription::audio).map(|(_, audio)| audio.direction);
                let theirs = theirs.unwrap_or(Direction::new(true, true));
                let body = incoming.request().body();
                let held = self.call(id).is_some_and(|call| {
                    call.is_described(body);
                    call.state == CallState::Held
                });
                // Who has put the call aside hears nobody, whatever the server offers.
                let own = Direction::new(theirs.receives(), theirs.sends() && !held);
                let needs = incoming.request().method == Method::Invite || offered.is_some();
                let answer = self.description(id, own);
                let body = needs.then(|| sdp(&answer));
                let reply = Reply::from(StatusCode::OK).with_body(body);
                self.layer.reply(now, incoming, reply, &mut self.wire);
            }
            Method::Notify => {
                self.notified(now, id, incoming.request());
                self.layer.reply(now, incoming, StatusCode::OK.into(), &mut self.wire);
            }
            _ => self.layer.reply(now, incoming, StatusCode::OK.into(), &mut self.wire),
        }
    }

    /// The ACK to a success: if the phone has made an offer in it, with the answer.
    pub(super) fn acknowledged(&mut self, dialog: DialogId, request: Option<&Request>) {
        let call = self.calls.iter_mut().find(|call| call.dialog == Some(dialog));
        if let (Some(call), Some(request)) = (call, request) {
            call.is_described(request.body());
        }
    }

    /// What became of a transfer: `SIP/2.0 200 OK`. The call is over then.
    pub(super) fn transfer_reported(&mut self, now: Instant, id: u32, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        let code: Option<u16> = text.split_whitespace().nth(1).and_then(|code| code.parse().ok());
        match code {
            Some(200..300) => {
                self.notices.push("transferred".to_owned());
                self.drop_call(now, id, StatusCode::OK);
            }
            Some(code @ 300..) => self.notices.push(format!("transfer failed: {code}")),
            _ => {}
        }
    }

    pub(super) fn progress(&mut self, id: RequestId, dialog: Option<DialogId>, response: &Response) {
        let known = self.requests.iter().find(|(known, _)| *known == id).map(|(_, purpose)| *purpose);
        let Some(Purpose::Invite(call)) = known else { return };
        let Some(call) = self.call(call) else { return };
        if call.state == CallState::Calling && response.status.code() >= 180 {
            (call.state, call.dialog) = (CallState::Ringback, dialog);
        }
    }

    pub(super) fn accepted(&mut self, id: RequestId, dialog: DialogId, response: &Response) {
        // The dialog is there: nothing can go wrong.
        let _ = self.layer.acknowledge(dialog, &[], None, &mut self.wire);
        let Some(Purpose::Invite(call)) = self.purpose(id) else { return };
        let Some(call) = self.call(call) else { return };
        (call.state, call.dialog, call.request) = (call.wanted, Some(dialog), None);
        call.is_described(response.body());
        if let Some(asserted) =
            response.headers().get(HeaderName::P_ASSERTED_IDENTITY).and_then(NameAddr::parse)
        {
            (call.party, call.name) = shown(&asserted);
        }
    }

    pub(super) fn refused(&mut self, now: Instant, id: RequestId, response: &Response) {
        let Some(Purpose::Invite(call)) = self.purpose(id) else { return };
        let Some(known) = self.call(call) else { return };
        let asks =
            matches!(response.status, StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED);
        if known.dialog.is_some() && known.state != CallState::Ringback {
            known.request = None;
            if response.status == StatusCode::REQUEST_PENDING {
                // RFC 3261, 14.1.
                let time = if known.incoming { SHORTLY } else { SHORTLY * 5 };
                known.again = Some((now + time, known.wanted));
                return;
            }
            self.notices.push(format!("not changed: {}", response.status.code()));
        } else if asks && !known.proved {
            if let Err(error) = self.send_invite(now, call, Some(response)) {
                self.notices.push(error.to_string());
            }
        } else {
            self.not_reached(call, &format!("{} {}", response.status.code(), response.reason()));
        }
    }

    pub(super) fn not_reached(&mut self, id: u32, reason: &str) {
        let Some(place) = self.calls.iter().position(|call| call.id == id) else { return };
        if matches!(
            self.calls.get(place).map(|call| call.state),
            Some(CallState::Calling | CallState::Ringback)
        ) {
            let call = self.calls.remove(place);
            self.notices.push(format!("{}: {reason}", call.party));
        }
    }
}

/// Whether a call is to be answered without its user.
fn answers_by_itself(incoming: &Incoming) -> bool {
    let headers = incoming.request().headers();
    headers.get_all(HeaderName::new("Call-Info")).any(|value| value.contains("answer-after="))
}
