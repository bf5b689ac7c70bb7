//! The cases of RFC 4475 and RFC 5118 that bear on what this module decides, after their sections.

use std::net::IpAddr;

use hookflash_wire::sip::*;

use crate::{info_with, refused, request, response};

#[test]
fn short_tortuous_invite_4475_3_1_1_1() {
    let invite = request(
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n\
         TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n\
         from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n\
         MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 3\r\n\
         cseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n\
         s :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
         UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nRoute:\r\n <sip:services.example.com;lr;unknownwith=value>\r\n\
         v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n \
         SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\
         m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  \
         secondparam ; q = 0.33\r\n\r\nv=0",
    );
    invite.check().unwrap();
    let headers = invite.headers();
    assert_eq!(headers.to().unwrap().tag(), Some("1918181833n"));
    let from = headers.from().unwrap();
    assert_eq!((from.display_name().as_deref(), from.tag()), (Some("J Rosenberg \\\""), Some("98asjd8")));
    assert_eq!(headers.max_forwards(), Ok(Some(68)));
    assert_eq!(headers.cseq().unwrap().number, 9);
    assert_eq!(headers.get(HeaderName::SUBJECT), Some(""));
    let branches: Vec<_> = headers.vias().map(|via| via.unwrap().branch()).collect();
    assert_eq!(branches, [Some("390skdjuw"), Some("z9hG4bK9ikj8"), Some("z9hG4bK30239")]);
    let contact = headers.contacts().next().unwrap().unwrap();
    assert_eq!(contact.address().unwrap().params.get("q"), Some("0.33"));
    assert_eq!(invite.body(), b"v=0");
}

#[test]
fn wide_range_of_characters_4475_3_1_1_2() {
    let odd = "!interesting-Method0123456789_*+`.%indeed'~";
    let message = info_with("extensionHeader-!.%*+_`'~:\u{feff}大停電\r\n").replace("INFO", odd);
    let message = request(message);
    message.check().unwrap();
    assert_eq!(message.method.as_str(), odd);
    let name = HeaderName::new("EXTENSIONheader-!.%*+_`'~");
    assert_eq!(message.headers().get(name), Some("\u{feff}大停電"));
}

#[test]
fn percent_escapes_4475_3_1_1_3_to_5() {
    let uri = Uri::parse("sip:sips%3Auser%40example.com@example.net").unwrap();
    assert_eq!(uri.user_decoded().as_deref(), Some("sips:user@example.com"));
    assert_eq!(Uri::parse("sip:null-%00-null@h").unwrap().user_decoded().as_deref(), Some("null-\0-null"));
    assert_eq!(Method::new("RE%47IST%45R").as_str(), "RE%47IST%45R", "methods hold no escapes");
}

#[test]
fn no_blank_between_display_name_and_bracket_4475_3_1_1_6() {
    let info = request(info_with("Contact: caller<sip:caller@example.com>;tag=323\r\n"));
    let contact = info.headers().contacts().next().unwrap().unwrap();
    assert_eq!(contact.address().unwrap().display_name().as_deref(), Some("caller"));
}

#[test]
fn unknown_transports_4475_3_1_1_10() {
    let lines = "Via: SIP/2.0/SCTP a;branch=z9hG4bK1\r\nVia: SIP/2.0/TlS b\r\nVia: SIP/2.0/UNKNOWN c\r\n";
    let info = request(info_with(lines));
    let transports: Vec<_> = info.headers().vias().map(|via| via.unwrap().transport).collect();
    let expected = [Transport::Udp, Transport::Other("SCTP"), Transport::Tls, Transport::Other("UNKNOWN")];
    assert_eq!(transports, expected);
}

#[test]
fn unusual_reason_phrase_4475_3_1_1_12() {
    let phrase = "= 2**3 * 5**2 но сто девяносто девять - простое";
    assert_eq!(response(format!("SIP/2.0 200 {phrase}\r\n\r\n")).reason(), phrase);
}

#[test]
fn extraneous_separators_4475_3_1_2_1() {
    let info = request(info_with("Contact: \"Joe\" <sip:joe@example.org>;;;;,,\r\n"));
    assert_eq!(info.headers().contacts().count(), 1, "forgiven");
    assert!(Via::parse("SIP/2.0/UDP 192.0.2.15;;").is_some());
    assert!(Via::parse(";").is_none());
}

#[test]
fn overlarge_scalars_4475_3_1_2_4_and_5() {
    let info = request(info_with("Expires: 10000000000000000000\r\nMax-Forwards: 300\r\n"));
    assert_eq!(info.headers().expires(), Ok(Some(u32::MAX)));
    assert_eq!(info.headers().max_forwards(), Ok(Some(255)));
    assert_eq!(CSeq::parse("36893488147419103232 REGISTER"), None);
}

#[test]
fn open_quote_in_display_name_4475_3_1_2_6() {
    let message = request(info_with("").replace("<sip:201@cme>;tag=2", "\"Mr. J. User <sip:j@h>"));
    let malformed = HeaderError::Malformed { header: "To", expected: "an address" };
    assert_eq!(message.check(), Err(malformed));
}

#[test]
fn overlarge_status_code_4475_3_1_2_19() {
    let error = refused("SIP/2.0 4294967301 better not break the receiver\r\n\r\n");
    assert_eq!((error.kind, error.request().is_some()), (ParseErrorKind::StatusCode, false));
}

#[test]
fn branch_with_nothing_behind_the_cookie_4475_3_2_1() {
    let via = Via::parse("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK").unwrap();
    assert_eq!((via.branch(), via.unique_branch()), (Some("z9hG4bK"), None));
}

#[test]
fn missing_and_repeated_mandatory_headers_4475_3_3_1_and_8() {
    let insufficient = request("INVITE sip:user@example.com SIP/2.0\r\nCSeq: 193942 INVITE\r\n\r\n");
    assert_eq!(insufficient.check(), Err(HeaderError::Missing("Via")));
    for (header, line) in [
        ("From", "f: <sip:x@y>\r\n"),
        ("To", "t: <sip:x@y>\r\n"),
        ("Call-ID", "i: d\r\n"),
        ("CSeq", "CSeq: 3 INFO\r\n"),
    ] {
        assert_eq!(request(info_with(line)).check(), Err(HeaderError::Repeated(header)));
    }
}

#[test]
fn unknown_schemes_4475_3_3_2_to_4() {
    let message =
        request(info_with("").replace("sip:201@cme SIP", "nobodyKnowsThisScheme:totallyopaquecontent SIP"));
    assert_eq!(message.uri().scheme, Scheme::Other("nobodyKnowsThisScheme"));
    assert_eq!(message.uri().user, Some("totallyopaquecontent"));
}

#[test]
fn ipv6_references_5118() {
    let uri = Uri::parse("sip:[2001:db8::10:5070]").unwrap();
    assert_eq!((uri.host, uri.port), ("[2001:db8::10:5070]", None), "4.3: ambiguous port is address");
    let expected: IpAddr = "2001:db8::9:255".parse().unwrap();
    for received in ["[2001:db8::9:255]", "2001:db8::9:255"] {
        let value = format!("SIP/2.0/UDP [2001:db8::9:1]:5060;received={received};branch=z9hG4bKas3");
        let via = Via::parse(&value).unwrap();
        assert_eq!((via.received(), via.port), (Some(expected), Some(5060)), "4.5: {received}");
    }
    let bad = request(info_with("").replace("sip:201@cme SIP", "sip:2001:db8::10 SIP"));
    assert_eq!(bad.uri().scheme, Scheme::Other(""), "4.2: parsed, but unusable");
}
