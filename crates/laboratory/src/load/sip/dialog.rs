//! Dialogs (RFC 3261, 12), of the caller and of the called party: who is at the other end, and the way there.
//!
//! Routes are loose, as all are since RFC 3261; a router of RFC 2543 is not told that it is one.

use std::net::{IpAddr, SocketAddr};

use hookflash_wire::sip::{Elements, HeaderName, Headers, Method, NameAddr, Request, Response, Uri};

use super::layer::Head;

/// The port of a SIP URI without one.
const DEFAULT_PORT: u16 = 5060;

/// One end of a dialog.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// Its identity, with both tags.
    call_id: String,
    /// From of what this end sends, with its tag.
    local: String,
    /// To of what this end sends, with the tag of the other one.
    remote: String,
    /// The remote target: what stands in the request line.
    target: String,
    /// The route set, as the value of a Route header; empty if there is none.
    route: String,
    /// The number of the last request of this end.
    cseq: u32,
}

impl Dialog {
    /// The caller's end, which a success to its INVITE establishes. `None` without a Contact to send requests to.
    pub fn of_caller(response: &Response) -> Option<Dialog> {
        let headers = response.headers();
        let mut route: Vec<&str> = headers.elements(HeaderName::RECORD_ROUTE).collect();
        route.reverse();
        Dialog::new(headers, HeaderName::FROM, HeaderName::TO, &route)
    }

    /// The called party's end, which its success to `invite` establishes with the tag `tag`. `None` without a Contact
    /// to send requests to.
    pub fn of_called(invite: &Request, tag: &str) -> Option<Dialog> {
        let headers = invite.headers();
        let route: Vec<&str> = headers.elements(HeaderName::RECORD_ROUTE).collect();
        let mut dialog = Dialog::new(headers, HeaderName::TO, HeaderName::FROM, &route)?;
        dialog.local = format!("{};tag={tag}", dialog.local);
        dialog.cseq = 0;
        Some(dialog)
    }

    /// Its Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    fn new(
        headers: &Headers,
        local: HeaderName<'_>,
        remote: HeaderName<'_>,
        route: &[&str],
    ) -> Option<Dialog> {
        let target = headers.contacts().find_map(|contact| Some(contact.ok()?.address()?.uri_text))?;
        Some(Dialog {
            call_id: headers.call_id().ok()?.to_owned(),
            local: headers.get(local)?.to_owned(),
            remote: headers.get(remote)?.to_owned(),
            target: target.to_owned(),
            route: route.join(", "),
            cseq: headers.cseq().ok()?.number,
        })
    }

    /// The start of a request of this end: the next one, unless it is an ACK, which has the number of its INVITE.
    pub fn head<'a>(&'a mut self, method: &'a Method) -> Head<'a> {
        self.cseq += u32::from(*method != Method::Ack);
        let Dialog { call_id, local, remote, target, route, cseq } = self;
        Head { method, uri: target, route, from: local, to: remote, call_id, cseq: *cseq }
    }

    /// Where requests of this end are sent: to the first router, else to the other end. `None` if that is a name.
    pub fn next_hop(&self) -> Option<SocketAddr> {
        let first = Elements::new(&self.route).next();
        let first = first.and_then(NameAddr::parse).map(|router| router.uri_text);
        let uri = Uri::parse(first.unwrap_or(&self.target)).ok()?;
        let host: IpAddr = uri.host.trim_matches(['[', ']']).parse().ok()?;
        Some(SocketAddr::new(host, uri.port.unwrap_or(DEFAULT_PORT)))
    }
}

#[cfg(test)]
mod tests {
    use hookflash_wire::sip::Message;

    use super::*;

    const COMMON: &str = "Via: SIP/2.0/UDP 127.0.0.1:4000;branch=z9hG4bK1\r\n\
        Record-Route: <sip:127.0.0.1:5071;lr>, <sip:127.0.0.1:5070;lr>\r\n\
        From: <sip:load0@h>;tag=1\r\nTo: <sip:load1@h>TAG\r\nCall-ID: 7-me\r\nCSeq: 2 INVITE\r\n";

    fn message(start: &str, tag: &str, contact: &str) -> Message {
        let text = format!("{start}\r\n{}{contact}\r\n\r\n", COMMON.replace("TAG", tag));
        Message::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn both_ends_find_the_other_one_by_the_recorded_route() {
        let ok = message("SIP/2.0 200 OK", ";tag=2", "Contact: <sip:load1@127.0.0.1:4001>");
        let mut caller = Dialog::of_caller(ok.as_response().unwrap()).unwrap();
        assert_eq!(caller.route, "<sip:127.0.0.1:5070;lr>, <sip:127.0.0.1:5071;lr>");
        assert_eq!(caller.next_hop(), "127.0.0.1:5070".parse().ok());
        let ack = caller.head(&Method::Ack);
        assert_eq!((ack.uri.to_string().as_str(), ack.cseq), ("sip:load1@127.0.0.1:4001", 2));

        let invite = message("INVITE sip:load1@h SIP/2.0", "", "Contact: <sip:load0@127.0.0.1:4000>");
        let mut called = Dialog::of_called(invite.as_request().unwrap(), "2").unwrap();
        assert_eq!(called.next_hop(), "127.0.0.1:5071".parse().ok());
        let bye = called.head(&Method::Bye);
        assert_eq!(
            (bye.from.to_string(), bye.to.to_string(), bye.cseq),
            ("<sip:load1@h>;tag=2".to_owned(), "<sip:load0@h>;tag=1".to_owned(), 1)
        );
    }

    #[test]
    fn without_routers_requests_go_straight_to_the_other_end() {
        let text = "SIP/2.0 200 OK\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\n\
                    CSeq: 1 INVITE\r\nContact: sip:b@127.0.0.1\r\n\r\n";
        let Ok(Message::Response(response)) = Message::parse(text.as_bytes()) else { panic!() };
        let dialog = Dialog::of_caller(&response).unwrap();
        assert_eq!((dialog.route.as_str(), dialog.next_hop()), ("", "127.0.0.1:5060".parse().ok()));
    }
}
