//! Proving who one is.

use hookflash_wire::sip::{Challenge, Credentials, HeaderName, Method};

use crate::response;

const MUFASA: Credentials<'_> = Credentials { user: "Mufasa", password: "Circle Of Life" };

fn answer(challenge: &str, method: &str, uri: &str) -> String {
    let challenge = Challenge::parse(challenge).unwrap();
    challenge.answer(MUFASA, &Method::new(method), uri, 1, "0a4f113b")
}

#[test]
fn the_example_of_the_rfc() {
    let challenge = "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
                     nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    let answer = answer(challenge, "GET", "/dir/index.html");
    assert_eq!(
        answer,
        "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", \
         nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", \
         response=\"6629fae49393a05397450978507c4ef1\", algorithm=MD5, \
         opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", qop=auth, nc=00000001, cnonce=\"0a4f113b\""
    );
}

#[test]
fn old_servers_and_sessions_are_answered_in_their_way() {
    let plain = answer("Digest realm=\"r\", nonce=\"n\"", "REGISTER", "sip:h");
    assert!(!plain.contains("qop") && !plain.contains("cnonce"), "{plain}");
    let session = answer("digest nonce=\"n\" , algorithm=md5-sess,realm=\"r, s\"", "REGISTER", "sip:h");
    assert!(session.contains("algorithm=MD5-sess") && session.contains("realm=\"r, s\""), "{session}");
    assert!(session.contains("cnonce=\"0a4f113b\""), "{session}");
}

#[test]
fn what_cannot_be_answered_is_passed_over() {
    for challenge in [
        "Basic realm=\"r\"",
        "Digest",
        "Digest realm=\"r\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256",
        "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
    ] {
        assert_eq!(Challenge::parse(challenge), None, "{challenge}");
    }
    let response = response(
        "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=SHA-256\r\n\
         WWW-Authenticate: Digest realm=\"r\", nonce=\"2\", stale=TRUE, algorithm=MD5\r\n\r\n",
    );
    let challenge = Challenge::find(response.headers(), HeaderName::WWW_AUTHENTICATE).unwrap();
    assert!(challenge.is_stale());
    assert_eq!(Challenge::find(response.headers(), HeaderName::PROXY_AUTHENTICATE), None);
}
