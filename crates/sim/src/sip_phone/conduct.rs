//! What a phone finds wrong with what the server sends.
//!
//! It looks at whole messages, before and beside the transactions of the phone: requests and responses that no transaction takes
//! are seen too. The rules hold whatever the network loses, repeats, or lets overtake.

use std::collections::{BTreeMap, VecDeque};

use hookflash_wire::{
    sdp::{Direction, SessionDescription, Stream},
    sip::{Framed, HeaderName, Message, Method, Request, Response, StatusCode, StreamFramer},
};

/// Complaints that are kept.
pub const MAX_COMPLAINTS: usize = 32;

/// Requests of the phone that are remembered, and calls.
const MAX_REMEMBERED: usize = 256;

/// Something a server should not have sent, or should have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Complaint {
    /// It is not SIP.
    #[error("{0}")]
    Unreadable(String),
    /// A response to nothing that was asked.
    #[error("{status} to {method} {cseq}, which was never sent")]
    ResponseToNothing {
        /// The response.
        status: StatusCode,
        /// The method that it names.
        method: Method,
        /// The number that it names.
        cseq: u32,
    },
    /// Two final responses to one request.
    #[error("{method} {cseq} is answered {second} after {first}")]
    TwoResponses {
        /// The method of the request.
        method: Method,
        /// Its number.
        cseq: u32,
        /// The response before.
        first: StatusCode,
        /// The response now.
        second: StatusCode,
    },
    /// A request in a dialog that there never was.
    #[error("{0} in a dialog that there never was")]
    UnknownDialog(Method),
    /// An INVITE for somebody else.
    #[error("INVITE for {0}")]
    ForSomebodyElse(String),
    /// Two requests of a dialog have one number.
    #[error("{second} has the number of {first}, {cseq}")]
    SameNumber {
        /// The method before.
        first: Method,
        /// The method now.
        second: Method,
        /// The number in CSeq.
        cseq: u32,
    },
    /// A dialog is ended a second time.
    #[error("BYE twice in one dialog")]
    EndedTwice,
    /// An INVITE before the one before is answered.
    #[error("INVITE {second} while INVITE {first} has no final response")]
    Overlapping {
        /// The number of the INVITE before.
        first: u32,
        /// The number of this one.
        second: u32,
    },
    /// A body that should be a description is none.
    #[error("the description of {0} cannot be read")]
    BadDescription(String),
    /// There is no answer where one has to be.
    #[error("{0} brings no answer to the phone's offer")]
    NoAnswer(String),
    /// An answer does not fit the offer.
    #[error("{0}: {1}")]
    AnswerDoesNotFit(String, &'static str),
    /// The `o=` line of a description is not what it has to be.
    #[error("{0}: {1}")]
    BadOrigin(String, &'static str),
    /// An offer has fewer streams than there were.
    #[error("{0} has fewer streams than the description before")]
    StreamIsGone(String),
}

/// One side of the phone's connection, or its datagrams, as messages.
#[derive(Debug, Default)]
struct Reader {
    framer: StreamFramer,
}

impl Reader {
    /// The messages in bytes of a stream, or in one datagram.
    fn messages(&mut self, mut bytes: &[u8], stream: bool) -> Vec<Result<Message, String>> {
        let mut messages = Vec::new();
        if !stream {
            let parsed = Message::parse(bytes).map_err(|error| error.to_string());
            // Keepalives are no messages.
            return if bytes.trim_ascii().is_empty() { messages } else { vec![parsed] };
        }
        loop {
            match self.framer.next(&mut bytes) {
                Ok(Some(Framed::Message(message))) => {
                    messages.push(Message::parse(message).map_err(|error| error.to_string()));
                }
                Ok(Some(Framed::Ping)) => {}
                Ok(None) => return messages,
                Err(error) => {
                    messages.push(Err(error.to_string()));
                    self.framer = StreamFramer::new();
                    return messages;
                }
            }
        }
    }
}

/// A call of the phone, by its Call-ID.
#[derive(Debug, Default)]
struct Known {
    /// The requests of the server, by number.
    theirs: BTreeMap<u32, (Method, String)>,
    ended: Option<u32>,
    /// The INVITE of the server that has no final response.
    inviting: Option<u32>,
    /// The offers of the phone: by the number of its request, or of the server's request that it answers with an offer.
    offers: BTreeMap<(bool, u32), SessionDescription>,
    /// The ACK that lacked an answer: of a call that the server has given up, it may, if BYE follows.
    unanswered: Option<String>,
    /// Provisional responses that brought an answer already.
    answered: Vec<u32>,
    /// The server's last description.
    description: Option<(SessionDescription, Vec<u8>)>,
}

/// What a server has done, and what was wrong with it.
#[derive(Debug, Default)]
pub(super) struct Conduct {
    incoming: Reader,
    outgoing: Reader,
    /// Requests of the phone: Call-ID, number, method, and the final response.
    asked: VecDeque<(String, u32, Method, Option<StatusCode>)>,
    calls: BTreeMap<String, Known>,
    /// The Call-IDs in the order in which they were met.
    order: VecDeque<String>,
    complaints: Vec<Complaint>,
}

impl Conduct {
    pub(super) fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }

    pub(super) fn complain(&mut self, complaint: Complaint) {
        if self.complaints.len() < MAX_COMPLAINTS {
            self.complaints.push(complaint);
        }
    }

    /// The connection is another one now.
    pub(super) fn begin_stream(&mut self) {
        (self.incoming, self.outgoing) = (Reader::default(), Reader::default());
    }

    fn call(&mut self, call_id: &str) -> &mut Known {
        if !self.calls.contains_key(call_id) {
            self.order.push_back(call_id.to_owned());
            if self.order.len() > MAX_REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.calls.remove(&oldest);
            }
        }
        self.calls.entry(call_id.to_owned()).or_default()
    }

    /// The phone sends this.
    pub(super) fn sent(&mut self, bytes: &[u8], stream: bool) {
        for message in self.outgoing.messages(bytes, stream).into_iter().flatten() {
            match message {
                Message::Request(request) => self.sent_request(&request),
                Message::Response(response) => self.sent_response(&response),
            }
        }
    }

    fn sent_request(&mut self, request: &Request) {
        let headers = request.headers();
        let (Ok(call_id), Ok(cseq)) = (headers.call_id(), headers.cseq()) else { return };
        let known = |(id, number, method, _): &(String, u32, Method, _)| {
            id == call_id && *number == cseq.number && *method == request.method
        };
        if request.method != Method::Ack && !self.asked.iter().any(known) {
            self.asked.push_back((call_id.to_owned(), cseq.number, request.method.clone(), None));
            if self.asked.len() > MAX_REMEMBERED {
                self.asked.pop_front();
            }
        }
        if request.method == Method::Invite {
            let offer = SessionDescription::parse(request.body());
            let call = self.call(call_id);
            if let Ok(offer) = offer {
                call.offers.insert((true, cseq.number), offer);
            }
        }
    }

    fn sent_response(&mut self, response: &Response) {
        let headers = response.headers();
        let (Ok(call_id), Ok(cseq)) = (headers.call_id(), headers.cseq()) else { return };
        if cseq.method != Method::Invite || !response.status.is_final() {
            return;
        }
        let offer = SessionDescription::parse(response.body()).ok().filter(|_| response.status.is_success());
        let call = self.call(call_id);
        if call.inviting == Some(cseq.number) {
            call.inviting = None;
        }
        if let Some(offer) = offer
            && call.offers.contains_key(&(false, cseq.number))
        {
            call.offers.insert((false, cseq.number), offer);
        }
    }

    /// The server has sent this to the phone of this number.
    pub(super) fn received(&mut self, bytes: &[u8], stream: bool, number: &str) {
        for message in self.incoming.messages(bytes, stream) {
            match message {
                Err(error) => self.complain(Complaint::Unreadable(error)),
                Ok(Message::Request(request)) => self.request(&request, number),
                Ok(Message::Response(response)) => self.response(&response),
            }
        }
    }

    fn request(&mut self, request: &Request, number: &str) {
        let headers = request.headers();
        let (Ok(call_id), Ok(cseq)) = (headers.call_id(), headers.cseq()) else {
            return self
                .complain(Complaint::Unreadable(format!("{} without Call-ID or CSeq", request.method)));
        };
        let in_dialog = headers.to().is_ok_and(|to| to.tag().is_some());
        if in_dialog && !self.calls.contains_key(call_id) {
            return self.complain(Complaint::UnknownDialog(request.method.clone()));
        }
        if !in_dialog && request.method != Method::Invite {
            return;
        }
        let user = request.uri().user_decoded().unwrap_or_default().into_owned();
        if !in_dialog && user != number {
            self.complain(Complaint::ForSomebodyElse(user));
        }
        let branch = headers.via().ok().and_then(|via| via.branch().map(str::to_owned)).unwrap_or_default();
        let call = self.call(call_id);
        if !matches!(request.method, Method::Ack | Method::Cancel) {
            let before = call.theirs.insert(cseq.number, (request.method.clone(), branch.clone()));
            match before {
                // It is repeated.
                Some((method, before)) if method == request.method && before == branch => return,
                Some((first, _)) => {
                    let second = request.method.clone();
                    return self.complain(Complaint::SameNumber { first, second, cseq: cseq.number });
                }
                None => {}
            }
        }
        if request.method != Method::Ack
            && let Some(what) = call.unanswered.take().filter(|_| request.method != Method::Bye)
        {
            self.complain(Complaint::NoAnswer(what));
        }
        let call = self.call(call_id);
        match request.method {
            Method::Bye => {
                let again = call.ended.replace(cseq.number).is_some();
                if again {
                    self.complain(Complaint::EndedTwice);
                }
            }
            Method::Invite => {
                let before = call.inviting.replace(cseq.number);
                if request.body().is_empty() {
                    // The phone makes an offer in its success: which one is known when it does.
                    let nothing = SessionDescription { session: "".into(), version: 0, streams: Vec::new() };
                    call.offers.insert((false, cseq.number), nothing);
                }
                if let Some(first) = before {
                    self.complain(Complaint::Overlapping { first, second: cseq.number });
                }
                self.offered(call_id, &format!("INVITE {}", cseq.number), request.body());
            }
            Method::Update => self.offered(call_id, &format!("UPDATE {}", cseq.number), request.body()),
            Method::Ack => self.acknowledged(call_id, cseq.number, request.body()),
            _ => {}
        }
    }

    /// An offer of the server.
    fn offered(&mut self, call_id: &str, what: &str, body: &[u8]) {
        if body.is_empty() {
            return;
        }
        let before = self.call(call_id).description.as_ref().map(|(before, _)| before.streams.len());
        let Some(offer) = self.describes(call_id, what, body) else { return };
        if before.is_some_and(|before| offer.streams.len() < before) {
            self.complain(Complaint::StreamIsGone(what.to_owned()));
        }
    }

    /// ACK to a success in which the phone has made an offer.
    fn acknowledged(&mut self, call_id: &str, cseq: u32, body: &[u8]) {
        let Some(offer) = self.call(call_id).offers.remove(&(false, cseq)) else { return };
        if offer.streams.is_empty() {
            return;
        }
        let what = format!("ACK {cseq}");
        match body.is_empty() {
            true => self.call(call_id).unanswered = Some(what),
            false => self.answered(call_id, &what, &offer, body),
        }
    }

    fn response(&mut self, response: &Response) {
        let headers = response.headers();
        let (Ok(call_id), Ok(cseq)) = (headers.call_id(), headers.cseq()) else {
            return self
                .complain(Complaint::Unreadable(format!("{} without Call-ID or CSeq", response.status)));
        };
        let mut known = self.asked.iter_mut();
        let Some((.., last)) = known.find(|(id, number, method, _)| {
            id == call_id && *number == cseq.number && *method == cseq.method
        }) else {
            let (status, method) = (response.status, cseq.method);
            return self.complain(Complaint::ResponseToNothing { status, method, cseq: cseq.number });
        };
        if response.status.is_final() {
            match last.replace(response.status) {
                Some(first) if first != response.status => {
                    let (method, second) = (cseq.method, response.status);
                    return self.complain(Complaint::TwoResponses {
                        method,
                        cseq: cseq.number,
                        first,
                        second,
                    });
                }
                Some(_) => return,
                None => {}
            }
        }
        if cseq.method != Method::Invite || (response.status.is_final() && !response.status.is_success()) {
            return;
        }
        let what = format!("{} to INVITE {}", response.status, cseq.number);
        let call = self.call(call_id);
        let Some(offer) = call.offers.get(&(true, cseq.number)).cloned() else { return };
        match response.body().is_empty() {
            true if !response.status.is_success() || call.answered.contains(&cseq.number) => {}
            true => self.complain(Complaint::NoAnswer(what)),
            false => {
                call.answered.push(cseq.number);
                self.answered(call_id, &what, &offer, response.body());
            }
        }
    }

    /// An answer of the server.
    fn answered(&mut self, call_id: &str, what: &str, offer: &SessionDescription, body: &[u8]) {
        let Some(answer) = self.describes(call_id, what, body) else { return };
        if let Err(why) = fits(offer, &answer) {
            self.complain(Complaint::AnswerDoesNotFit(what.to_owned(), why));
        }
    }

    /// A description of the server, offer or answer.
    fn describes(&mut self, call_id: &str, what: &str, body: &[u8]) -> Option<SessionDescription> {
        let Ok(description) = SessionDescription::parse(body) else {
            self.complain(Complaint::BadDescription(what.to_owned()));
            return None;
        };
        let call = self.call(call_id);
        let before = call.description.replace((description.clone(), body.to_vec()));
        let wrong = before.and_then(|(before, bytes)| {
            if before.session != description.session {
                Some("another session in the same dialog")
            } else if before.version == description.version && bytes != body {
                Some("another description with the same version")
            } else {
                None
            }
        });
        if let Some(why) = wrong {
            self.complain(Complaint::BadOrigin(what.to_owned(), why));
        }
        Some(description)
    }
}

/// Whether an answer is one to this offer (RFC 3264, 6).
fn fits(offer: &SessionDescription, answer: &SessionDescription) -> Result<(), &'static str> {
    if offer.streams.len() != answer.streams.len() {
        return Err("not as many streams as in the offer");
    }
    offer
        .streams
        .iter()
        .zip(&answer.streams)
        .try_for_each(|(offered, answered)| stream_fits(offered, answered))
}

fn stream_fits(offered: &Stream, answered: &Stream) -> Result<(), &'static str> {
    if offered.media != answered.media {
        return Err("another kind of stream than in the offer");
    }
    if answered.port == 0 {
        return Ok(());
    }
    let knows = |name: &str| offered.formats.iter().any(|format| format.name == name);
    if offered.port == 0 {
        return Err("a stream that was not offered");
    }
    if !answered.formats.iter().any(|format| format.name != "TELEPHONE-EVENT" && knows(&format.name)) {
        return Err("no format of the offer");
    }
    let (theirs, ours) = (answered.direction, offered.direction);
    if (Direction::receives(theirs) && !ours.sends()) || (Direction::sends(theirs) && !ours.receives()) {
        return Err("a direction that does not fit that of the offer");
    }
    Ok(())
}

/// Whether a NOTIFY is about this event.
pub(super) fn is_about(request: &Request, event: &str) -> bool {
    request.headers().get(HeaderName::EVENT).is_some_and(|own| own.eq_ignore_ascii_case(event))
}
