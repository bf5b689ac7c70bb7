//! Which dial peer a call comes in by: `incoming uri`, `incoming called-number`, `answer-address`.
//!
//! The first of these that fits counts, whatever peer it is of; of several called or calling numbers the one that names most
//! digits. Where none fits, a peer counts whose target the call comes from.

use std::net::IpAddr;

use hookflash_core::{Addresses, RoutePattern};
use hookflash_wire::sip::{NameAddr, Uri};
use regex_lite::{Regex, RegexBuilder};
use smol_str::SmolStr;

use crate::{
    config::{self, UriHost},
    sip::Incoming,
};

/// Bytes of a compiled regular expression.
const MAX_REGEX: usize = 64 * 1024;

/// Which calls come in by a trunk.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inbound {
    via: Option<Class>,
    request: Option<Class>,
    to: Option<Class>,
    from: Option<Class>,
    called: Option<RoutePattern>,
    calling: Option<RoutePattern>,
}

/// How well a call fits: the rule, and how many digits it names. More is better.
pub(super) type Fit = Option<(u8, usize)>;

impl Inbound {
    /// Whether calls come in by the peer wherever they come from.
    pub(super) fn is_in(peer: &config::DialPeer) -> bool {
        peer.incoming_called.is_some()
            || peer.answer_address.is_some()
            || peer.incoming_uri != config::IncomingUri::default()
    }

    pub(super) fn of(config: &config::Settings, peer: &config::DialPeer) -> Inbound {
        let class = |name: &Option<SmolStr>| {
            let class = config.uri_classes.values().find(|class| Some(&class.name) == name.as_ref())?;
            Some(Class::of(class))
        };
        let uri = &peer.incoming_uri;
        Inbound {
            via: class(&uri.via),
            request: class(&uri.request),
            to: class(&uri.to),
            from: class(&uri.from),
            called: peer.incoming_called.as_deref().and_then(RoutePattern::parse),
            calling: peer.answer_address.as_deref().and_then(RoutePattern::parse),
        }
    }

    /// The addresses that are called by the peer, `user@host`.
    pub(super) fn addresses(config: &config::Settings, peer: &config::DialPeer) -> Addresses {
        let named = peer.destination_uri.as_ref();
        let class = config.uri_classes.values().find(|class| Some(&class.name) == named);
        let Some(class) = class else { return Addresses::default() };
        let fits = Class::of(class);
        let scheme = if class.tel { "tel" } else { "sip" };
        Addresses::new(format!("{class:?}"), move |address| {
            let text = format!("{scheme}:{address}");
            Uri::parse(&text).is_ok_and(|uri| fits.fits(&uri, &text))
        })
    }

    /// What cannot be used of the lines of a peer.
    pub(super) fn notes(config: &config::Settings, tag: u32, peer: &config::DialPeer) -> Vec<String> {
        let uri = &peer.incoming_uri;
        let classes =
            [&uri.via, &uri.request, &uri.to, &uri.from, &peer.destination_uri].into_iter().flatten();
        let mut notes = Vec::new();
        for name in classes {
            match config.uri_classes.values().find(|class| class.name == *name) {
                None => notes.push(format!("dial-peer voice {tag}: there is no voice class uri {name}")),
                Some(class) => notes.extend(unreadable(class)),
            }
        }
        for pattern in [&peer.incoming_called, &peer.answer_address].into_iter().flatten() {
            if RoutePattern::parse(pattern).is_none() {
                notes.push(format!("dial-peer voice {tag}: `{pattern}` is no pattern of numbers"));
            }
        }
        notes
    }

    /// How well a call fits that comes from one number to another.
    pub(super) fn fit(&self, incoming: &Incoming, called: &str, calling: &str) -> Fit {
        let headers = incoming.request().headers();
        let is = |class: &Option<Class>, fits: &dyn Fn(&Class) -> bool| class.as_ref().is_some_and(fits);
        if is(&self.via, &|class| headers.via().is_ok_and(|via| class.fits_host(via.host))) {
            return Some((6, 0));
        }
        if is(&self.request, &|class| class.fits(&incoming.request().uri(), incoming.request().uri_text())) {
            return Some((5, 0));
        }
        if is(&self.to, &|class| class.fits_address(incoming.to())) {
            return Some((4, 0));
        }
        if is(&self.from, &|class| class.fits_address(incoming.from())) {
            return Some((3, 0));
        }
        let fits = |pattern: &Option<RoutePattern>, number: &str| {
            let pattern = pattern.as_ref().filter(|pattern| pattern.compare(number).0)?;
            Some(pattern.explicit())
        };
        let by_called = fits(&self.called, called).map(|digits| (2, digits));
        by_called.or_else(|| fits(&self.calling, calling).map(|digits| (1, digits)))
    }
}

/// A `voice class uri`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Class {
    hosts: Vec<Host>,
    user: Option<Expression>,
    pattern: Option<Expression>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Host {
    Address(IpAddr),
    Name(SmolStr),
    Expression(Expression),
}

/// A regular expression; `None` in place of one that cannot be read fits nothing.
#[derive(Clone, Debug)]
struct Expression {
    text: SmolStr,
    compiled: Option<Regex>,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Expression) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl Expression {
    fn of(text: &SmolStr) -> Expression {
        let compiled = RegexBuilder::new(text).case_insensitive(true).size_limit(MAX_REGEX).build().ok();
        Expression { text: text.clone(), compiled }
    }

    fn fits(&self, text: &str) -> bool {
        self.compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// What stands in a class and is no regular expression.
fn unreadable(class: &config::UriClass) -> Vec<String> {
    let hosts = class.hosts.iter().filter_map(|host| match host {
        UriHost::Pattern(pattern) => Some(pattern),
        UriHost::Address(_) | UriHost::Name(_) => None,
    });
    let texts = hosts.chain(&class.user).chain(&class.pattern).map(Expression::of);
    let wrong = texts.filter(|expression| expression.compiled.is_none());
    wrong
        .map(|wrong| format!("voice class uri {}: `{}` is no regular expression", class.name, wrong.text))
        .collect()
}

impl Class {
    fn of(class: &config::UriClass) -> Class {
        let host = |host: &UriHost| match host {
            UriHost::Address(address) => Host::Address(*address),
            UriHost::Name(name) => Host::Name(name.clone()),
            UriHost::Pattern(pattern) => Host::Expression(Expression::of(pattern)),
        };
        Class {
            hosts: class.hosts.iter().map(host).collect(),
            user: class.user.as_ref().map(Expression::of),
            pattern: class.pattern.as_ref().map(Expression::of),
        }
    }

    /// Whether an address has everything that is asked for. A class that asks for nothing fits nothing.
    fn fits(&self, uri: &Uri<'_>, text: &str) -> bool {
        let empty = self.hosts.is_empty() && self.user.is_none() && self.pattern.is_none();
        let user = || uri.user_decoded().unwrap_or_default();
        !empty
            && (self.hosts.is_empty() || self.fits_host(uri.host))
            && self.user.as_ref().is_none_or(|wanted| wanted.fits(&user()))
            && self.pattern.as_ref().is_none_or(|wanted| wanted.fits(text))
    }

    fn fits_address(&self, address: Option<NameAddr<'_>>) -> bool {
        address.is_some_and(|own| own.uri().is_ok_and(|uri| self.fits(&uri, own.uri_text)))
    }

    fn fits_host(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        self.hosts.iter().any(|known| match known {
            Host::Address(address) => bare.parse() == Ok(*address),
            Host::Name(name) => host.eq_ignore_ascii_case(name),
            Host::Expression(expression) => expression.fits(host),
        })
    }
}
