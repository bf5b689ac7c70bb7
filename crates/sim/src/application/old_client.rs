//! SIP as clients of before RFC 3261 write it: made of what the SIP layer writes, and undone in what it reads.
//!
//! The layer knows its transactions by their branch. Where no branch leaves, the one of each request is remembered by the
//! CSeq that left, and put back into its responses.

use std::collections::VecDeque;

use hookflash_wire::sip::{CSeq, Message, Method};

use super::Habits;

/// Requests whose responses are recognised.
const REMEMBERED: usize = 64;

/// A request as it left, and as the layer knows it.
#[derive(Debug)]
struct Sent {
    /// CSeq as it left.
    cseq: CSeq,
    number: u32,
    branch: String,
    /// It has its final response, or gets none.
    is_answered: bool,
}

/// What such a client changes.
#[derive(Debug)]
pub(super) struct OldClient {
    habits: Habits,
    sent: VecDeque<Sent>,
    /// How much smaller CSeq numbers leave than the layer counts.
    offset: u32,
    /// The next ACK restarts the count.
    restarts: bool,
}

impl OldClient {
    /// `None` if nothing is to be changed.
    pub(super) fn new(habits: Habits) -> Option<OldClient> {
        let changes = habits.no_branch || habits.cseq_restarts || habits.lower_case_via;
        changes.then(|| OldClient { habits, sent: VecDeque::new(), offset: 0, restarts: false })
    }

    /// Another session begins: its first request has the next number of the layer, and no response comes to what was
    /// sent before.
    pub(super) fn begin(&mut self) {
        (self.offset, self.restarts) = (0, false);
        self.sent.clear();
    }

    /// The next ACK is the one to a refresh: it has CSeq 1.
    pub(super) fn refresh_accepted(&mut self) {
        self.restarts = self.habits.cseq_restarts;
    }

    /// What leaves instead of a message of the layer.
    pub(super) fn outgoing(&mut self, message: Vec<u8>) -> Vec<u8> {
        let Ok(Message::Request(request)) = Message::parse(&message) else { return message };
        let headers = request.headers();
        let (Ok(cseq), Ok(via)) = (headers.cseq(), headers.via()) else { return message };
        let branch = via.branch().unwrap_or_default().to_owned();
        let is_ack = request.method == Method::Ack;
        // A number that is still waited for is not given to another request: nobody could tell the responses apart.
        let is_clear = self.sent.iter().all(|sent| sent.is_answered);
        if is_ack && std::mem::take(&mut self.restarts) && is_clear {
            self.offset = cseq.number - 1;
        }
        let leaves = CSeq { number: cseq.number.saturating_sub(self.offset), method: cseq.method.clone() };
        let mut text = String::from_utf8_lossy(&message).into_owned();
        text = text.replacen(&format!("CSeq: {cseq}\r\n"), &format!("CSeq: {leaves}\r\n"), 1);
        if self.habits.no_branch {
            text = text.replacen(&format!(";branch={branch};rport"), "", 1);
        }
        if self.habits.lower_case_via {
            text = text.replacen("Via: SIP/2.0/TCP", "Via: SIP/2.0/tcp", 1);
            text = text.replacen("Via: SIP/2.0/UDP", "Via: SIP/2.0/udp", 1);
        }
        if self.sent.len() == REMEMBERED {
            self.sent.pop_front();
        }
        self.sent.push_back(Sent { cseq: leaves, number: cseq.number, branch, is_answered: is_ack });
        text.into_bytes()
    }

    /// What the layer sees of a message that arrived.
    pub(super) fn incoming(&mut self, message: &[u8]) -> Vec<u8> {
        let Ok(Message::Response(response)) = Message::parse(message) else { return message.to_vec() };
        let Ok(cseq) = response.headers().cseq() else { return message.to_vec() };
        // The last one counts: numbers that start again come again.
        let Some(sent) = self.sent.iter_mut().rev().find(|sent| sent.cseq == cseq) else {
            return message.to_vec();
        };
        sent.is_answered |= !response.status.is_provisional();
        let restored = CSeq { number: sent.number, method: cseq.method.clone() };
        let mut text = String::from_utf8_lossy(message).into_owned();
        text = text.replacen(&format!("CSeq: {cseq}\r\n"), &format!("CSeq: {restored}\r\n"), 1);
        if self.habits.no_branch
            && let Some(end) = text.find("Via: ").and_then(|via| Some(via + text.get(via..)?.find("\r\n")?))
        {
            text.insert_str(end, &format!(";branch={}", sent.branch));
        }
        text.into_bytes()
    }
}
