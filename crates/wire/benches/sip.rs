//! Cost of one SIP message: cutting, parsing, reading the headers every transaction needs, answering.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hookflash_wire::sip::{Framed, HeaderName, Message, MessageBuilder, StatusCode, StreamFramer};

/// An INVITE of some 900 bytes, as a CSTA application opens its session.
fn invite() -> Vec<u8> {
    let body = "<?xml version=\"1.0\"?><RequestSystemStatus xmlns=\"http://www.ecma-international.org/standards/\
        ecma-323/csta/ed3\"><extensions><privateData><private><lcs:line xmlns:lcs=\"http://schemas.microsoft.com/\
        Lcs/2005/04/RCCExtension\">tel:201;phone-context=dialstring</lcs:line></private></privateData></extensions>\
        </RequestSystemStatus>";
    format!(
        "INVITE sip:201@cme.example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.10:50123;branch=z9hG4bK776asdhds\r\n\
         Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=9c5a2f;epid=0f7b31\r\nTo: <sip:201@cme.example.com>\r\n\
         Call-ID: 3c2e91b0f5@192.0.2.10\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:alice@example.com:50123;maddr=192.0.2.10;transport=tcp>;proxy=replace\r\n\
         User-Agent: UCCPAPI/2.0.6362.67 OC/2.0.6362.67\r\nSupported: timer\r\nSession-Expires: 1800\r\n\
         Content-Disposition: signal;handling=required\r\nContent-Type: application/csta+xml\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The 200 a client sends for an event.
const INFO_OK: &[u8] = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK91\r\n\
    From: <sip:201@cme.example.com>;tag=77\r\nTo: <sip:alice@example.com>;tag=9c5a2f\r\n\
    Call-ID: 3c2e91b0f5@192.0.2.10\r\nCSeq: 4 INFO\r\nContent-Length: 0\r\n\r\n";

fn read_essentials(message: &Message) {
    let headers = message.headers();
    let _ = black_box((headers.via(), headers.from(), headers.to(), headers.call_id(), headers.cseq()));
}

fn benches(criterion: &mut Criterion) {
    let invite = invite();
    for (name, bytes) in [("INVITE", invite.as_slice()), ("INFO 200", INFO_OK)] {
        criterion.bench_function(&format!("parse {name}, {} bytes", bytes.len()), |bencher| {
            bencher.iter(|| Message::parse(black_box(bytes)));
        });
        criterion.bench_function(&format!("parse {name} and read 5 headers"), |bencher| {
            bencher.iter(|| Message::parse(black_box(bytes)).map(|message| read_essentials(&message)));
        });
        criterion.bench_function(&format!("cut {name} from a stream"), |bencher| {
            bencher.iter(|| {
                let mut framer = StreamFramer::new();
                matches!(framer.next(&mut black_box(bytes)), Ok(Some(Framed::Message(_))))
            });
        });
    }
    if let Ok(Message::Request(request)) = Message::parse(&invite) {
        criterion.bench_function("build the 200 to the INVITE", |bencher| {
            bencher.iter(|| {
                MessageBuilder::reply(&request, StatusCode::OK, "77", "192.0.2.10:50123".parse().ok())
                    .header(HeaderName::CONTACT, "<sip:201@192.0.2.1:5060;transport=tcp>")
                    .finish_with_body("application/csta+xml", &[b'x'; 300])
            });
        });
    }
}

criterion_group!(sip, benches);
criterion_main!(sip);
