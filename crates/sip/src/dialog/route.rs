//! Where the requests of a dialog go (RFC 3261, 12.1 and 12.2.1.1).

use std::net::{IpAddr, SocketAddr};

use hookflash_wire::sip::{Contact, HeaderBlock, HeaderName, Headers, NameAddr, Uri};

use super::Role;

/// The route set of a dialog, and what it makes of the peer's Contact.
#[derive(Debug)]
pub(crate) struct Route {
    /// Elements, nearest first.
    set: Vec<Box<str>>,
    /// The peer's Contact.
    target: Box<str>,
    /// The Request-URI.
    pub(crate) request_uri: Box<str>,
    /// Max-Forwards, and Route if there is one.
    pub(crate) headers: HeaderBlock,
}

impl Route {
    /// The route that a message records. Without a usable Contact, `peer` says where requests go.
    pub(crate) fn of(headers: &Headers, peer: &NameAddr<'_>, role: Role) -> Option<Route> {
        let target = contact(headers).or_else(|| usable(peer))?;
        let set = recorded(headers, role);
        let mut route = Route {
            set,
            target: Box::default(),
            request_uri: Box::default(),
            headers: HeaderBlock::default(),
        };
        route.set_target(target);
        Some(route)
    }

    /// The INVITE of ours has succeeded: the response that says so counts, whatever came before it (RFC 3261, 13.2.2.4).
    pub(crate) fn confirm(&mut self, headers: &Headers, longest: usize) {
        let set = recorded(headers, Role::Caller);
        if set.iter().map(|element| element.len()).sum::<usize>() <= longest {
            let target = std::mem::take(&mut self.target);
            self.set = set;
            self.set_target(&target);
        }
    }

    pub(crate) fn refresh_target(&mut self, headers: &Headers, longest: usize) {
        if let Some(target) = contact(headers).filter(|target| target.len() <= longest) {
            self.set_target(target);
        }
    }

    pub(crate) fn next_hop(&self) -> Option<SocketAddr> {
        let first = self.set.first().and_then(|first| NameAddr::parse(first));
        let uri = Uri::parse(first.map_or(&*self.request_uri, |router| router.uri_text)).ok()?;
        let host: IpAddr = uri.host.trim_matches(['[', ']']).parse().ok()?;
        Some(SocketAddr::new(host, uri.port.unwrap_or(5060)))
    }

    pub(crate) fn size(&self) -> usize {
        self.target.len() + self.request_uri.len() + self.headers.len()
    }

    /// Along a strict router the target goes to the end of the route.
    fn set_target(&mut self, target: &str) {
        self.target = target.into();
        let strict = self.set.first().and_then(|first| {
            let uri = NameAddr::parse(first)?.uri().ok()?;
            (!uri.params.contains("lr")).then(|| uri.to_string())
        });
        let route = match strict {
            None => {
                self.request_uri = target.into();
                self.set.join(", ")
            }
            Some(first) => {
                self.request_uri = first.into();
                let rest = self.set.iter().skip(1).map(|element| element.to_string());
                let route: Vec<String> = rest.chain([format!("<{target}>")]).collect();
                route.join(", ")
            }
        };
        self.headers = HeaderBlock::new(|builder| {
            let builder = builder.header(HeaderName::MAX_FORWARDS, 70);
            if route.is_empty() { builder } else { builder.header(HeaderName::ROUTE, route) }
        });
    }
}

/// The elements that a message records, nearest first.
fn recorded(headers: &Headers, role: Role) -> Vec<Box<str>> {
    let mut set: Vec<Box<str>> = headers.elements(HeaderName::RECORD_ROUTE).map(Box::from).collect();
    if role == Role::Caller {
        set.reverse();
    }
    set
}

/// The address with its parameters, as the other side will compare it, without the name to display.
pub(super) fn address(address: &NameAddr<'_>) -> Box<str> {
    let params = address.params.as_str();
    let params = if address.tag().is_none() { params.trim_end_matches("tag=") } else { params };
    match params.trim_end_matches([';', ' ', '\t']) {
        "" => format!("<{}>", address.uri_text).into(),
        params => format!("<{}>;{params}", address.uri_text).into(),
    }
}

/// The same without its tag.
pub(super) fn address_without_tag(whole: &NameAddr<'_>) -> Box<str> {
    if whole.tag().is_none() {
        return address(whole);
    }
    let mut text = format!("<{}>", whole.uri_text);
    for param in whole.params.as_str().split(';').map(str::trim) {
        let name = param.split('=').next().unwrap_or_default().trim();
        if !param.is_empty() && !name.eq_ignore_ascii_case("tag") {
            text.push(';');
            text.push_str(param);
        }
    }
    text.into()
}

/// The URI of the Contact, if requests can be sent there.
pub(crate) fn contact(headers: &Headers) -> Option<&str> {
    match headers.contacts().next()?.ok()? {
        Contact::Address(address) => usable(&address),
        Contact::Any => None,
    }
}

/// The URI, if it can stand in a request line.
fn usable<'a>(address: &NameAddr<'a>) -> Option<&'a str> {
    address.uri().is_ok().then_some(address.uri_text)
}
