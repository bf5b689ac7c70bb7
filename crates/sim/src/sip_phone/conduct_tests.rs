//! A server that misbehaves, written message by message.

use super::{Complaint, conduct::Conduct};

const OWN: &str = "v=0\r\no=- 1 1 IN IP4 10.1.0.1\r\ns=-\r\nc=IN IP4 10.1.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0 8\r\n\
                   a=sendonly\r\n";

fn described(version: u32, rest: &str) -> String {
    format!("v=0\r\no=- 7 {version} IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n{rest}")
}

fn message(start: &str, tag: &str, cseq: &str, body: &str) -> Vec<u8> {
    format!(
        "{start}\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{}\r\nFrom: <sip:201@10.0.0.1>;tag=a\r\n\
         To: <sip:301@10.1.0.1>{tag}\r\nCall-ID: c\r\nCSeq: {cseq}\r\nContact: <sip:301@10.1.0.1>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        cseq.replace(' ', ""),
        body.len()
    )
    .into_bytes()
}

fn request(method: &str, tag: &str, cseq: u32, body: &str) -> Vec<u8> {
    message(&format!("{method} sip:301@10.1.0.1 SIP/2.0"), tag, &format!("{cseq} {method}"), body)
}

fn response(status: &str, cseq: &str, body: &str) -> Vec<u8> {
    message(&format!("SIP/2.0 {status}"), ";tag=b", cseq, body)
}

/// What is found wrong when the phone sends the first messages and the server the others.
fn found(sent: &[Vec<u8>], received: &[Vec<u8>]) -> Vec<String> {
    let mut conduct = Conduct::default();
    sent.iter().for_each(|bytes| conduct.sent(bytes, false));
    received.iter().for_each(|bytes| conduct.received(bytes, false, "301"));
    conduct.complaints().iter().map(Complaint::to_string).collect()
}

#[test]
fn a_server_that_does_what_it_may_hears_no_complaint() {
    let fine = described(1, "m=audio 5000 RTP/AVP 0\r\na=recvonly\r\n");
    let asked = request("INVITE", "", 1, OWN);
    let answers = [response("180 Ringing", "1 INVITE", ""), response("200 OK", "1 INVITE", &fine)];
    assert_eq!(found(std::slice::from_ref(&asked), &answers), [""; 0]);
    let again = [answers[1].clone(), answers[1].clone(), request("BYE", ";tag=b", 9, "")];
    assert_eq!(found(&[asked], &again), [""; 0], "repeated");
    let rung =
        [request("INVITE", "", 1, &fine), request("INVITE", "", 1, &fine), request("CANCEL", "", 1, "")];
    assert_eq!(found(&[], &rung), [""; 0]);
}

#[test]
fn responses_belong_to_requests() {
    assert_eq!(found(&[], &[response("200 OK", "4 BYE", "")]), ["200 to BYE 4, which was never sent"]);
    let asked = request("BYE", ";tag=b", 4, "");
    let twice = [response("200 OK", "4 BYE", ""), response("481 Gone", "4 BYE", "")];
    assert_eq!(found(&[asked], &twice), ["BYE 4 is answered 481 after 200"]);
}

#[test]
fn answers_fit_their_offers() {
    let asked = [request("INVITE", "", 1, OWN)];
    let answered = |rest: &str| found(&asked, &[response("200 OK", "1 INVITE", &described(1, rest))]);
    let wrong = "200 to INVITE 1: ";
    for (rest, why) in [
        ("", "not as many streams as in the offer"),
        ("m=video 5000 RTP/AVP 0\r\n", "another kind of stream than in the offer"),
        ("m=audio 5000 RTP/AVP 18\r\na=recvonly\r\n", "no format of the offer"),
        ("m=audio 5000 RTP/AVP 0\r\na=sendrecv\r\n", "a direction that does not fit that of the offer"),
    ] {
        assert_eq!(answered(rest), [format!("{wrong}{why}")]);
    }
    assert_eq!(answered("m=audio 0 RTP/AVP 0\r\n"), [""; 0], "it may be refused");
    let nothing = [response("200 OK", "1 INVITE", "")];
    assert_eq!(found(&asked, &nothing), ["200 to INVITE 1 brings no answer to the phone's offer"]);
}

#[test]
fn dialogs_are_kept_in_order() {
    let offer = |version| described(version, "m=audio 5000 RTP/AVP 0\r\n");
    let first = request("INVITE", "", 1, &offer(1));
    let invites = [first.clone(), request("INVITE", ";tag=b", 2, &offer(2))];
    assert_eq!(found(&[], &invites), ["INVITE 2 while INVITE 1 has no final response"]);
    let ended = [first.clone(), request("BYE", ";tag=b", 2, ""), request("BYE", ";tag=b", 3, "")];
    assert_eq!(found(&[], &ended), ["BYE twice in one dialog"]);
    let numbers = [first.clone(), request("INFO", ";tag=b", 2, ""), request("BYE", ";tag=b", 2, "")];
    assert_eq!(found(&[], &numbers), ["BYE has the number of INFO, 2"]);
    assert_eq!(found(&[], &[request("BYE", ";tag=b", 2, "")]), ["BYE in a dialog that there never was"]);
    let other = String::from_utf8(first.clone()).unwrap().replace("INVITE sip:301", "INVITE sip:302");
    assert_eq!(found(&[], &[other.into_bytes()]), ["INVITE for 302"]);
    let silently = described(1, "m=audio 6000 RTP/AVP 0\r\n");
    let changed = [first.clone(), request("UPDATE", ";tag=b", 2, &silently)];
    assert_eq!(found(&[], &changed), ["UPDATE 2: another description with the same version"]);
    let fewer = [first, request("UPDATE", ";tag=b", 2, &described(2, ""))];
    assert_eq!(found(&[], &fewer), ["UPDATE 2 has fewer streams than the description before"]);
}
