//! What every endpoint stands on: sockets, client transactions over them, and names that nobody else uses.

use std::{collections::VecDeque, fmt::Display, io, net::SocketAddr, time::Instant};

use hookflash_wire::sip::{
    CSeq, HeaderName, Message, MessageBuilder, Method, Request, Response, StatusCode, Transport, Via,
};

use super::{
    outcome::Outcome,
    sockets::{Sockets, Source},
    transaction::{Due, Purpose, Sending, Transaction, Transactions},
};

/// What every branch begins with (RFC 3261, 8.1.1.7).
const BRANCH: &str = "z9hG4bK";

/// What the endpoints understand.
const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, OPTIONS";

/// The start of a request: what all requests have, as text.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a Method,
    /// The Request-URI.
    pub uri: &'a dyn Display,
    /// Route; empty if there is none.
    pub route: &'a str,
    /// From, with its tag.
    pub from: &'a dyn Display,
    /// To.
    pub to: &'a dyn Display,
    /// Call-ID.
    pub call_id: &'a str,
    /// The number in CSeq.
    pub cseq: u32,
}

/// What a response means.
#[derive(Debug)]
pub enum Answer {
    /// More will follow.
    Provisional(Purpose),
    /// The last one of its transaction, which is over.
    Final(Transaction),
    /// The transaction was over before.
    Over,
    /// It is none to anything that was asked.
    Foreign(&'static str),
}

/// A message that arrived, or what was wrong with it.
pub type Arrival = (Source, Option<Message>);

/// Sockets with transactions; see the [module page](self).
#[derive(Debug)]
pub struct Layer {
    /// The server that is measured.
    pub server: SocketAddr,
    transport: Transport<'static>,
    sockets: Sockets,
    transactions: Transactions,
    /// Tells the branches and Call-IDs of this client from those of every other one.
    name: String,
    calls: u64,
    /// Everything that had arrived at this instant has been looked at. Time stands here for whoever waits for a message:
    /// what is there already, and only not read, is not late.
    pub heard: Instant,
}

impl Layer {
    /// Opens a socket for each endpoint.
    ///
    /// # Errors
    /// No sockets can be had.
    pub fn open(
        server: SocketAddr,
        transport: Transport<'static>,
        endpoints: usize,
        name: String,
    ) -> io::Result<Layer> {
        let sockets = Sockets::open(server, transport, endpoints)?;
        let transactions = Transactions::new(transport);
        let heard = Instant::now();
        Ok(Layer { server, transport, sockets, transactions, name, calls: 0, heard })
    }

    /// How many endpoints have a socket.
    pub fn endpoints(&self) -> usize {
        self.sockets.count()
    }

    /// How many requests have no final answer yet.
    pub fn open_transactions(&self) -> usize {
        self.transactions.open()
    }

    /// The text that tells this client from every other one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A number for a Call-ID that was not used yet.
    pub fn new_call(&mut self) -> u64 {
        self.calls += 1;
        self.calls
    }

    /// The Call-ID of a number.
    pub fn call_id(&self, call: u64) -> String {
        format!("{call}-{}", self.name)
    }

    /// The number in a Call-ID, if it is one of ours.
    pub fn call_of(&self, call_id: &str) -> Option<u64> {
        let (call, name) = call_id.split_once('-')?;
        call.parse().ok().filter(|_| name == self.name)
    }

    /// The address of an endpoint. A broken connection is made anew.
    pub fn local(&mut self, endpoint: usize) -> SocketAddr {
        self.sockets.local(endpoint)
    }

    /// Where an endpoint of this user can be reached: the value of its Contact.
    pub fn contact(&mut self, endpoint: usize, user: &str) -> String {
        let local = self.local(endpoint);
        match self.transport {
            Transport::Tcp => format!("<sip:{user}@{local};transport=tcp>"),
            _ => format!("<sip:{user}@{local}>"),
        }
    }

    /// Begins a transaction. `finish` adds what this request has beside its head. Answers its number.
    pub fn request(
        &mut self,
        sending: Sending,
        head: Head<'_>,
        finish: impl FnOnce(MessageBuilder) -> Vec<u8>,
    ) -> u64 {
        let number = self.transactions.next_number();
        let buffer = self.transactions.buffer();
        let bytes = finish(self.start(buffer, number, sending.endpoint, head));
        self.sockets.send(sending.endpoint, sending.to, &bytes);
        let call = self.call_of(head.call_id);
        let now = Instant::now();
        self.transactions.begin(now, Transaction::new(now, sending, head.method, call, bytes));
        number
    }

    /// Sends an ACK to a success, which is no transaction (RFC 3261, 13.2.2.4), and answers it.
    pub fn acknowledge(&mut self, endpoint: usize, to: SocketAddr, head: Head<'_>) -> Vec<u8> {
        let number = self.transactions.skip_number();
        let bytes = self.start(Vec::new(), number, endpoint, head).finish();
        self.sockets.send(endpoint, to, &bytes);
        bytes
    }

    /// Sends the ACK to a response to INVITE that is no success (RFC 3261, 17.1.1.3). Everything is in the response,
    /// so one that comes again is acknowledged again.
    pub fn acknowledge_refusal(&mut self, endpoint: usize, response: &Response) {
        let headers = response.headers();
        let number = headers.via().ok().and_then(|via| self.number_in(&via));
        let (Some(number), Ok(to), Ok(cseq)) = (number, headers.to(), headers.cseq()) else { return };
        let local = self.local(endpoint);
        let bytes = MessageBuilder::request(&Method::Ack, to.uri_text)
            .header(HeaderName::VIA, self.via(local, number))
            .header(HeaderName::MAX_FORWARDS, 70)
            .copy(headers, HeaderName::FROM)
            .copy(headers, HeaderName::TO)
            .copy(headers, HeaderName::CALL_ID)
            .header(HeaderName::CSEQ, CSeq { number: cseq.number, method: Method::Ack })
            .finish();
        self.sockets.send(endpoint, self.server, &bytes);
    }

    /// Sends bytes as they are: a response, or anything once more.
    pub fn send(&mut self, endpoint: usize, to: SocketAddr, bytes: &[u8]) {
        self.sockets.send(endpoint, to, bytes);
    }

    /// Answers a request with a status and nothing else.
    pub fn reply(&mut self, source: Source, request: &Request, status: StatusCode) {
        let mut reply = MessageBuilder::reply(request, status, &self.name, Some(source.address));
        if status == StatusCode::METHOD_NOT_ALLOWED || request.method == Method::Options {
            reply = reply.header(HeaderName::ALLOW, ALLOW);
        }
        self.sockets.send(source.socket, source.address, &reply.finish());
    }

    /// Answers a request that has to do with no call.
    pub fn answer_stranger(&mut self, source: Source, request: &Request) {
        match request.method {
            Method::Ack => {}
            // A server may look whether an endpoint is still there.
            Method::Options => self.reply(source, request, StatusCode::OK),
            Method::Invite => self.reply(source, request, StatusCode::TEMPORARILY_UNAVAILABLE),
            Method::Bye | Method::Cancel => self.reply(source, request, StatusCode::CALL_DOES_NOT_EXIST),
            _ => self.reply(source, request, StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// Finds the transaction of a response as RFC 3261, 17.1.3 says, by branch and method, and ends it if the
    /// response is final.
    pub fn answered(&mut self, response: &Response) -> Answer {
        let headers = response.headers();
        let Some(number) = headers.via().ok().and_then(|via| self.number_in(&via)) else {
            return Answer::Foreign("an answer to nothing that was asked");
        };
        let Some(transaction) = self.transactions.get(number) else { return Answer::Over };
        if !headers.cseq().is_ok_and(|cseq| cseq.method == transaction.method) {
            return Answer::Foreign("an answer to another method");
        }
        if headers.call_id().map(|call_id| self.call_of(call_id)) != Ok(transaction.call) {
            return Answer::Foreign("an answer with another Call-ID");
        }
        let purpose = transaction.sending.purpose;
        if response.status.is_provisional() {
            self.transactions.provisional(number);
            return Answer::Provisional(purpose);
        }
        self.transactions.finish(number).map_or(Answer::Over, |mut transaction| {
            self.transactions.recycle(&mut transaction);
            Answer::Final(transaction)
        })
    }

    /// Repeats what is due, and answers the next transaction that is lost.
    pub fn take_lost(&mut self, outcome: &mut Outcome) -> Option<Transaction> {
        loop {
            match self.transactions.due(self.heard)? {
                Due::Lost(mut transaction) => {
                    self.cancel(&transaction);
                    self.transactions.recycle(&mut transaction);
                    return Some(transaction);
                }
                Due::Repeat(number) => {
                    outcome.repeated += 1;
                    if let Some(transaction) = self.transactions.get(number) {
                        let Sending { endpoint, to, .. } = transaction.sending;
                        self.sockets.send(endpoint, to, transaction.request());
                    }
                }
            }
        }
    }

    /// When [`Layer::take_lost`] has something to do.
    pub fn next_due(&self) -> Option<Instant> {
        self.transactions.next_due()
    }

    /// An endpoint whose connection broke, and what it had asked.
    pub fn take_broken(&mut self) -> Option<(usize, Vec<Transaction>)> {
        let endpoint = self.sockets.take_broken()?;
        Some((endpoint, self.transactions.fail(endpoint)))
    }

    /// Waits for messages until an instant, and puts them behind `arrivals`.
    ///
    /// # Errors
    /// The system does not let us wait.
    pub fn wait(&mut self, until: Option<Instant>, arrivals: &mut VecDeque<Arrival>) -> io::Result<()> {
        self.sockets.wait(until, |bytes, source| arrivals.push_back((source, Message::parse(bytes).ok())))
    }

    /// Gives up an INVITE that the server is working on (RFC 3261, 9.1).
    fn cancel(&mut self, invite: &Transaction) {
        if invite.method != Method::Invite || !invite.is_proceeding() {
            return;
        }
        let Ok(Message::Request(request)) = Message::parse(invite.request()) else { return };
        let headers = request.headers();
        let cseq = headers.cseq().map_or(1, |cseq| cseq.number);
        let bytes = MessageBuilder::request(&Method::Cancel, request.uri_text())
            .copy(headers, HeaderName::VIA)
            .header(HeaderName::MAX_FORWARDS, 70)
            .copy(headers, HeaderName::FROM)
            .copy(headers, HeaderName::TO)
            .copy(headers, HeaderName::CALL_ID)
            .header(HeaderName::CSEQ, CSeq { number: cseq, method: Method::Cancel })
            .finish();
        self.sockets.send(invite.sending.endpoint, invite.sending.to, &bytes);
    }

    fn start(&mut self, out: Vec<u8>, number: u64, endpoint: usize, head: Head<'_>) -> MessageBuilder {
        let local = self.local(endpoint);
        let mut request = MessageBuilder::request_onto(out, head.method, head.uri)
            .header(HeaderName::VIA, self.via(local, number))
            .header(HeaderName::MAX_FORWARDS, 70);
        if !head.route.is_empty() {
            request = request.header(HeaderName::ROUTE, head.route);
        }
        request
            .header(HeaderName::FROM, head.from)
            .header(HeaderName::TO, head.to)
            .header(HeaderName::CALL_ID, head.call_id)
            .header(HeaderName::CSEQ, format_args!("{} {}", head.cseq, head.method))
    }

    fn via(&self, local: SocketAddr, number: u64) -> String {
        let transport = self.transport.as_str();
        format!("SIP/2.0/{transport} {local};rport;branch={BRANCH}{}-{number}", self.name)
    }

    fn number_in(&self, via: &Via<'_>) -> Option<u64> {
        let (name, number) = via.branch()?.strip_prefix(BRANCH)?.split_once('-')?;
        number.parse().ok().filter(|_| name == self.name)
    }
}
