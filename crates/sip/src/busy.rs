//! Answers to requests for which there is no time: 503 with Retry-After, made of the request's own lines.
//!
//! Nothing is kept, and the request is not understood further than its lines. The answer is not longer than the request, so that
//! nobody gains by forging its source.

use std::{fmt::Write, net::SocketAddr};

/// Lines of a request that are looked at.
const MAX_LINES: usize = 64;

/// The answer to a datagram that is a request and wants one.
pub fn busy(datagram: &[u8], from: SocketAddr, again: u32) -> Option<Vec<u8>> {
    let head = std::str::from_utf8(datagram.get(..datagram.len().min(4096))?).ok()?;
    let mut lines = head.split("\r\n");
    let first = lines.next()?;
    if !first.ends_with(" SIP/2.0") || first.starts_with("ACK ") {
        return None;
    }
    let mut answer = "SIP/2.0 503 Service Unavailable\r\n".to_owned();
    let mut seen = [false; 5];
    for line in lines.take(MAX_LINES).take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        let place = match name.trim_end().to_ascii_lowercase().as_str() {
            "via" | "v" => 0,
            "from" | "f" => 1,
            "to" | "t" => 2,
            "call-id" | "i" => 3,
            "cseq" => 4,
            _ => continue,
        };
        let top = place == 0 && !seen[0];
        seen[place] = true;
        // Writing to a string cannot fail.
        let _ = match place {
            0 if top => write!(answer, "{name}:{}\r\n", with_port(value, from)),
            2 if !value.contains(";tag=") => write!(answer, "{line};tag=busy\r\n"),
            _ => write!(answer, "{line}\r\n"),
        };
    }
    let _ = write!(answer, "Retry-After: {again}\r\nContent-Length: 0\r\n\r\n");
    (seen == [true; 5] && answer.len() <= datagram.len()).then(|| answer.into_bytes())
}

/// The topmost Via with where the request came from (RFC 3581).
fn with_port(via: &str, from: SocketAddr) -> String {
    let (first, rest) = via.split_once(',').map_or((via, None), |(first, rest)| (first, Some(rest)));
    let port = format!(";rport={};received={}", from.port(), from.ip().to_canonical());
    let asks = |param: &str| param.trim().eq_ignore_ascii_case("rport");
    let mut params = first.split(';');
    let mut written = params.next().unwrap_or_default().to_owned();
    for param in params {
        match asks(param) {
            true => written.push_str(&port),
            false => {
                written.push(';');
                written.push_str(param);
            }
        }
    }
    if let Some(rest) = rest {
        written.push(',');
        written.push_str(rest);
    }
    written
}

#[cfg(test)]
mod tests {
    use hookflash_wire::sip::{HeaderName, Message};

    use super::*;

    const REGISTER: &str = "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKa\r\n\
        Max-Forwards: 70\r\nFrom: <sip:301@example.com>;tag=a\r\nTo: <sip:301@example.com>\r\nCall-ID: x\r\n\
        CSeq: 1 REGISTER\r\nContact: <sip:301@192.0.2.1:5060>\r\nUser-Agent: phone/1.0 of somebody\r\n\
        Expires: 3600\r\nContent-Length: 0\r\n\r\n";

    #[test]
    fn a_request_that_does_not_fit_is_told_when_to_come_again() {
        let from = SocketAddr::from(([192, 0, 2, 9], 1234));
        let answer = busy(REGISTER.as_bytes(), from, 10).unwrap();
        assert!(answer.len() <= REGISTER.len());
        let Ok(Message::Response(response)) = Message::parse(&answer) else { panic!("{answer:?}") };
        assert_eq!(response.status.code(), 503);
        let headers = response.headers();
        assert_eq!(headers.get(HeaderName::RETRY_AFTER), Some("10"));
        assert_eq!(
            headers.get(HeaderName::new("Via")).unwrap(),
            "SIP/2.0/UDP 192.0.2.1:5060;rport=1234;received=192.0.2.9;branch=z9hG4bKa"
        );
        assert!(headers.to().unwrap().tag().is_some());
    }

    #[test]
    fn what_wants_no_answer_gets_none() {
        let from = SocketAddr::from(([192, 0, 2, 9], 1234));
        let acknowledged = REGISTER.replacen("REGISTER", "ACK", 1);
        let short = "OPTIONS sip:x SIP/2.0\r\nv:SIP/2.0/UDP 1.1.1.1\r\nf:<sip:a@x>\r\nt:<sip:a@x>\r\ni:1\r\nCSeq:1 OPTIONS\r\n\r\n";
        let without = REGISTER.replace("Call-ID: x\r\n", "");
        for other in [acknowledged.as_str(), short, &without, "SIP/2.0 200 OK\r\n\r\n", "", "\r\n\r\n", "\0"]
        {
            assert_eq!(busy(other.as_bytes(), from, 10), None, "{other:?}");
        }
    }
}
