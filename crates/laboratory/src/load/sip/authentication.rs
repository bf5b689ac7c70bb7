//! How an endpoint proves who it is: it remembers what a server asked for, and says it beforehand next time.

use hookflash_wire::sip::{Challenge, Credentials, HeaderName, Method, Response, StatusCode};

/// Where a server asks, and where an endpoint answers (RFC 3261, 22.2 and 22.3).
const HEADERS: [(StatusCode, HeaderName<'static>, HeaderName<'static>); 2] = [
    (StatusCode::UNAUTHORIZED, HeaderName::WWW_AUTHENTICATE, HeaderName::AUTHORIZATION),
    (
        StatusCode::PROXY_AUTHENTICATION_REQUIRED,
        HeaderName::PROXY_AUTHENTICATE,
        HeaderName::PROXY_AUTHORIZATION,
    ),
];

/// What servers asked an endpoint for.
#[derive(Default, Debug)]
pub struct Authentication {
    /// By place in [`HEADERS`]: the challenge, and how often it was answered.
    challenges: [Option<(Challenge, u32)>; 2],
}

impl Authentication {
    /// Takes note of a challenge. Answers whether the request should be sent again: it was not sent with an answer
    /// to a challenge of just now (`again`), or that one had only become too old.
    pub fn challenged(&mut self, response: &Response, again: bool) -> bool {
        let asked =
            HEADERS.iter().zip(&mut self.challenges).find(|((status, ..), _)| *status == response.status);
        let Some(((_, asks, _), place)) = asked else { return false };
        *place = Challenge::find(response.headers(), *asks).map(|challenge| (challenge, 0));
        place.as_ref().is_some_and(|(challenge, _)| !again || challenge.is_stale())
    }

    /// The headers that tell servers what they want to know, as far as they have asked.
    pub fn prove(
        &mut self,
        credentials: Credentials<'_>,
        method: &Method,
        uri: &str,
        client_nonce: &str,
    ) -> Vec<(HeaderName<'static>, String)> {
        let asked = HEADERS.iter().zip(&mut self.challenges);
        let answers = asked.filter_map(|((_, _, answers), place)| {
            let (challenge, count) = place.as_mut()?;
            *count += 1;
            Some((*answers, challenge.answer(credentials, method, uri, *count, client_nonce)))
        });
        answers.collect()
    }
}
