//! How a call came to where it is: Diversion (RFC 5806) and History-Info (RFC 7044), read and written.

use hookflash_core::{DiversionReason, Diverted, ForwardingType, Party, Redirection};
use hookflash_wire::sip::{HeaderName, Headers, NameAddr};

use super::{headers, register::user, trunks::without_separators};

/// Diversions of another network that are kept.
const MAX_DIVERSIONS: usize = 10;

/// What the headers of a call say, oldest first.
pub(super) fn read(headers: &Headers) -> Vec<Diverted> {
    let mut found: Vec<_> = headers.elements(HeaderName::DIVERSION).filter_map(diversion).collect();
    // The newest one is the first one there.
    found.reverse();
    if found.is_empty() {
        found = history(headers);
    }
    found.truncate(MAX_DIVERSIONS);
    found
}

/// Why a phone sends its callers elsewhere: as it says in its refusal, or always.
pub(super) fn reason_of(headers: &Headers) -> DiversionReason {
    let newest = headers.elements(HeaderName::DIVERSION).next().and_then(diversion);
    newest.map_or(DiversionReason::Forwarded(ForwardingType::Immediate), |newest| newest.reason)
}

fn diversion(value: &str) -> Option<Diverted> {
    let address = NameAddr::parse(value)?;
    let reason = named(address.params.get("reason").unwrap_or_default().trim_matches('"'));
    let count = address.params.get("counter").and_then(|count| count.trim_matches('"').parse().ok());
    Some(Diverted { number: without_separators(&user(&address)?), reason, count: count.unwrap_or(1).max(1) })
}

fn named(reason: &str) -> DiversionReason {
    match reason.to_ascii_lowercase().as_str() {
        "user-busy" => DiversionReason::Forwarded(ForwardingType::Busy),
        "no-answer" => DiversionReason::Forwarded(ForwardingType::NoAnswer),
        "unavailable" | "out-of-service" => DiversionReason::Unregistered,
        "deflection" => DiversionReason::Deflected,
        _ => DiversionReason::Forwarded(ForwardingType::Immediate),
    }
}

/// Everybody but the last one in the history has diverted the call.
fn history(headers: &Headers) -> Vec<Diverted> {
    let entries: Vec<NameAddr<'_>> =
        headers.elements(HeaderName::new("History-Info")).filter_map(NameAddr::parse).collect();
    let pairs = entries.iter().zip(entries.iter().skip(1));
    let diverted = pairs.filter_map(|(by, to)| {
        let status = reason_in(by.uri_text).or_else(|| cause_in(to.uri_text)).unwrap_or(302);
        Some(Diverted { number: without_separators(&user(by)?), reason: of_status(status), count: 1 })
    });
    diverted.collect()
}

/// The status in `?Reason=SIP%3Bcause%3D302`.
fn reason_in(uri: &str) -> Option<u32> {
    let (_, headers) = uri.split_once('?')?;
    let upper = headers.to_ascii_uppercase();
    let (_, rest) = upper.split_once("CAUSE%3D")?;
    number(rest)
}

/// The status in `;cause=302` (RFC 4458).
fn cause_in(uri: &str) -> Option<u32> {
    let (_, rest) = uri.split('?').next()?.split_once(";cause=")?;
    number(rest)
}

fn number(text: &str) -> Option<u32> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn of_status(status: u32) -> DiversionReason {
    match status {
        486 => DiversionReason::Forwarded(ForwardingType::Busy),
        408 => DiversionReason::Forwarded(ForwardingType::NoAnswer),
        480 | 487 => DiversionReason::Deflected,
        503 | 404 => DiversionReason::Unregistered,
        _ => DiversionReason::Forwarded(ForwardingType::Immediate),
    }
}

/// The word of Diversion and the status of History-Info for a reason.
fn words(reason: DiversionReason) -> (&'static str, u32) {
    match reason {
        DiversionReason::Forwarded(ForwardingType::Immediate) => ("unconditional", 302),
        DiversionReason::Forwarded(ForwardingType::Busy) => ("user-busy", 486),
        DiversionReason::Forwarded(ForwardingType::NoAnswer) => ("no-answer", 408),
        DiversionReason::Unregistered | DiversionReason::NotAccepted => ("unavailable", 503),
        DiversionReason::Deflected => ("deflection", 487),
        _ => ("unknown", 302),
    }
}

/// Diversion for a call that was diverted, the last diversion first; with `history` History-Info too.
pub(super) fn write(
    redirection: &Redirection,
    host: &str,
    history: bool,
    shown: impl Fn(&Party) -> Party,
) -> Vec<(HeaderName<'static>, String)> {
    let mut values: Vec<_> = redirection
        .diversions()
        .map(|diversion| {
            let (reason, count) = (words(diversion.reason).0, diversion.count);
            let address = headers::address(&shown(&diversion.by), host);
            let value = format!("{address};reason={reason};counter={count};privacy=off;screen=yes");
            (HeaderName::DIVERSION, value)
        })
        .collect();
    values.reverse();
    if history {
        values.push((HeaderName::new("History-Info"), told(redirection, host, shown)));
    }
    values
}

fn told(redirection: &Redirection, host: &str, shown: impl Fn(&Party) -> Party) -> String {
    let (mut index, mut entries) = ("1".to_owned(), Vec::new());
    for diversion in redirection.diversions() {
        let (uri, status) = (headers::uri(&shown(&diversion.by).number, host), words(diversion.reason).1);
        entries.push(format!("<{uri}?Reason=SIP%3Bcause%3D{status}>;index={index}"));
        index.push_str(".1");
    }
    let uri = headers::uri(&shown(redirection.destination()).number, host);
    let before = index.strip_suffix(".1").unwrap_or("1");
    entries.push(format!("<{uri}>;index={index};mp={before}"));
    entries.join(", ")
}

#[cfg(test)]
mod tests {
    use hookflash_wire::sip::Request;

    use super::*;

    fn by(number: &str, kind: ForwardingType, count: u32) -> Diverted {
        Diverted { number: number.into(), reason: DiversionReason::Forwarded(kind), count }
    }

    fn request(lines: &str) -> Vec<Diverted> {
        let text = format!(
            "INVITE sip:201@cme SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n\
             Call-ID: x\r\nCSeq: 1 INVITE\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        let request: Request = match hookflash_wire::sip::Message::parse(text.as_bytes()).unwrap() {
            hookflash_wire::sip::Message::Request(request) => request,
            hookflash_wire::sip::Message::Response(_) => unreachable!(),
        };
        read(request.headers())
    }

    #[test]
    fn the_topmost_diversion_is_the_last_one() {
        let found = request(
            "Diversion: <tel:+49-30-2>;reason=user-busy;counter=3\r\nDiversion: \"A, B\" <sip:1@x>;reason=no-answer\r\n",
        );
        let expected = [by("1", ForwardingType::NoAnswer, 1), by("+49302", ForwardingType::Busy, 3)];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_last_one_in_a_history_has_the_call() {
        let found = request(
            "History-Info: <sip:1@x?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1, <sip:2@x;cause=486>;index=1.1;mp=1\r\n\
             History-Info: <sip:3@x;cause=408>;index=1.1.1;mp=1.1\r\n",
        );
        let expected = [by("1", ForwardingType::Busy, 1), by("2", ForwardingType::NoAnswer, 1)];
        assert_eq!(found, expected);
        assert_eq!(request(""), []);
    }
}
