//! Trunks: dial peers, translation rules and `sip-ua`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use smol_str::SmolStr;

use super::Credentials;
use crate::trunk_values::{SessionTarget, TranslationRule};

/// `voice translation-rule`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TranslationRules {
    /// `rule`, by number.
    pub rules: BTreeMap<u32, TranslationRule>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `voice translation-profile`: tags of the rules for each number of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TranslationProfile {
    /// Its name.
    pub name: SmolStr,
    /// `translate called`.
    pub called: Option<u32>,
    /// `translate calling`.
    pub calling: Option<u32>,
    /// `translate redirect-called`.
    pub redirect_called: Option<u32>,
    /// `translate redirect-target`.
    pub redirect_target: Option<u32>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// How the numbers of the calls of a line are changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnTranslation {
    /// `translation-profile incoming`: of calls from its phones.
    pub incoming: Option<SmolStr>,
    /// `translation-profile outgoing`: of calls to its phones.
    pub outgoing: Option<SmolStr>,
    /// `translate called`, or `translate-outgoing called`: rules for what its phones dial, where there is no profile.
    pub called: Option<u32>,
    /// `translate calling`, or `translate-outgoing calling`: rules for the number of its calls.
    pub calling: Option<u32>,
}

impl DnTranslation {
    /// These values where present, the template's where not.
    pub fn over(&self, template: &DnTranslation) -> DnTranslation {
        DnTranslation {
            incoming: self.incoming.clone().or_else(|| template.incoming.clone()),
            outgoing: self.outgoing.clone().or_else(|| template.outgoing.clone()),
            called: self.called.or(template.called),
            calling: self.calling.or(template.calling),
        }
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        *self == DnTranslation::default()
    }
}

/// `voice class codec`: codecs in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodecClass {
    /// `codec preference`, by place.
    pub preferences: BTreeMap<u32, super::SipCodec>,
    /// `bytes` of `codec preference`, by place: bytes of audio in a packet. Without effect.
    pub bytes: BTreeMap<u32, u32>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `voice class uri`: addresses of SIP. Each part that is set has to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UriClass {
    /// Its name.
    pub name: SmolStr,
    /// `tel` instead of `sip`.
    pub tel: bool,
    /// `host`: hosts, one of which has to fit.
    pub hosts: Vec<UriHost>,
    /// `user-id`: a regular expression for the user.
    pub user: Option<SmolStr>,
    /// `pattern`: a regular expression for the whole address.
    pub pattern: Option<SmolStr>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// A host of a `voice class uri`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UriHost {
    /// `ipv4:` or `ipv6:`.
    Address(IpAddr),
    /// `dns:`.
    Name(SmolStr),
    /// A regular expression.
    Pattern(SmolStr),
}

impl UriHost {
    /// Reads `ipv4:192.0.2.1`, `ipv6:[::1]`, `dns:NAME`, or a regular expression.
    pub fn parse(text: &str) -> Option<UriHost> {
        match text.split_once(':') {
            Some(("ipv4" | "ipv6", address)) => {
                address.trim_start_matches('[').trim_end_matches(']').parse().ok().map(UriHost::Address)
            }
            Some(("dns", name)) => Some(UriHost::Name(name.to_ascii_lowercase().into())),
            _ => Some(UriHost::Pattern(text.into())),
        }
    }
}

impl fmt::Display for UriHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UriHost::Address(IpAddr::V4(address)) => write!(f, "ipv4:{address}"),
            UriHost::Address(IpAddr::V6(address)) => write!(f, "ipv6:[{address}]"),
            UriHost::Name(name) => write!(f, "dns:{name}"),
            UriHost::Pattern(pattern) => f.write_str(pattern),
        }
    }
}

/// `incoming uri` of a dial peer: names of `voice class uri`, by the header that they are compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncomingUri {
    /// `via`.
    pub via: Option<SmolStr>,
    /// `request`.
    pub request: Option<SmolStr>,
    /// `to`.
    pub to: Option<SmolStr>,
    /// `from`.
    pub from: Option<SmolStr>,
}

/// `voice class server-group`: servers that take each other's place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerGroup {
    /// `description`.
    pub description: Option<SmolStr>,
    /// The servers, in the order in which they were entered, with `preference`: 0 is tried first.
    pub servers: Vec<(SessionTarget, u32)>,
    /// `hunt-scheme round-robin`: each call begins with the next one.
    pub round_robin: bool,
    /// `huntstop N resp-code A to B`: statuses after which no other server is tried, by number.
    pub stops: BTreeMap<u32, (u32, u32)>,
    /// `shutdown`.
    pub shutdown: bool,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `dial-peer cor custom`: the names of capabilities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorNames {
    /// `name`, in the order in which they were entered.
    pub names: Vec<SmolStr>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `dial-peer cor list`: capabilities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorList {
    /// Its name.
    pub name: SmolStr,
    /// `member`, in the order in which they were entered.
    pub members: Vec<SmolStr>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// The class of restriction of who calls and who is called: names of lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restriction {
    /// `corlist incoming`: what calls from there may do.
    pub incoming: Option<SmolStr>,
    /// `corlist outgoing`: what calls to there have to be able to do.
    pub outgoing: Option<SmolStr>,
}

impl Restriction {
    /// These lists where present, those of the template where not.
    pub fn over(&self, template: &Restriction) -> Restriction {
        Restriction {
            incoming: self.incoming.clone().or_else(|| template.incoming.clone()),
            outgoing: self.outgoing.clone().or_else(|| template.outgoing.clone()),
        }
    }
}

/// `dial-peer voice TAG voip`: a trunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialPeer {
    /// `pots`: by a voice port, which is not served.
    pub pots: bool,
    /// `description`.
    pub description: Option<SmolStr>,
    /// `destination-pattern`.
    pub destination_pattern: Option<SmolStr>,
    /// `destination uri`: the name of the class of the addresses that are called by the peer.
    pub destination_uri: Option<SmolStr>,
    /// `preference`: 0 is tried first.
    pub preference: u32,
    /// `huntstop`.
    pub huntstop: bool,
    /// `session protocol sipv2`.
    pub sip: bool,
    /// `session target`.
    pub target: Option<SessionTarget>,
    /// `session server-group`: where calls go instead.
    pub server_group: Option<u32>,
    /// `max-conn`: most calls at a time.
    pub max_conn: Option<u32>,
    /// `answer-address`: calling numbers of calls that come in by the peer.
    pub answer_address: Option<SmolStr>,
    /// `incoming uri`.
    pub incoming_uri: IncomingUri,
    /// `session transport`.
    pub transport: TrunkTransport,
    /// `incoming called-number`.
    pub incoming_called: Option<SmolStr>,
    /// `translation-profile incoming`.
    pub translate_incoming: Option<SmolStr>,
    /// `translation-profile outgoing`.
    pub translate_outgoing: Option<SmolStr>,
    /// `voice-class sip options-keepalive`.
    pub options_keepalive: Option<OptionsKeepalive>,
    /// `dtmf-relay`.
    pub dtmf_relay: Option<SmolStr>,
    /// `codec`: the only one. Default: any.
    pub codec: Option<super::SipCodec>,
    /// `bytes` of `codec`: bytes of audio in a packet. Without effect.
    pub codec_bytes: Option<u32>,
    /// `voice-class codec`: the class of its codecs.
    pub codec_class: Option<u32>,
    /// `corlist`.
    pub restriction: Restriction,
    /// `emergency response zone`: its calls are emergency calls.
    pub emergency: bool,
    /// `authentication`, in the order in which they were entered.
    pub logins: Vec<SipLogin>,
    /// `srtp`. Default: that of `voice service voip`.
    pub srtp: Option<super::Srtp>,
    /// `voice-class sip asserted-id`.
    pub asserted_id: Option<AssertedId>,
    /// `voice-class sip outbound-proxy`.
    pub outbound_proxy: Option<SessionTarget>,
    /// `voice-class sip rel1xx`.
    pub reliable: Option<Reliable>,
    /// `voice-class sip early-offer forced`.
    pub early_offer: bool,
    /// `prefix`: digits before the number that is called.
    pub prefix: Option<SmolStr>,
    /// `b2bua`: calls end here and begin anew, as without.
    pub b2bua: bool,
    /// `voice-class sip options-keepalive profile`: the tag of the class.
    pub keepalive_class: Option<u32>,
    /// `clid`.
    pub clid: Clid,
    /// `shutdown`.
    pub shutdown: bool,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `clid` of a dial peer: what calls that leave say about who calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clid {
    /// `network-number`: this number in place of that of the caller.
    pub network_number: Option<SmolStr>,
    /// `restrict`: the other network is asked not to tell it.
    pub restrict: bool,
    /// `strip`: no number.
    pub strip: bool,
    /// `strip name`: no name.
    pub strip_name: bool,
}

/// `rel1xx`: whether provisional responses are acknowledged (RFC 3262).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reliable {
    /// `supported`: those with a description, where the other end can; all, where it requires that.
    #[default]
    Supported,
    /// `require`: all, and the other end has to.
    Required,
    /// `disable`: none.
    Off,
}

/// `asserted-id`: the only header that says who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertedId {
    /// `pai`.
    Asserted,
    /// `ppi`.
    Preferred,
}

impl AssertedId {
    /// Its word in a line.
    pub fn word(self) -> &'static str {
        match self {
            AssertedId::Asserted => "pai",
            AssertedId::Preferred => "ppi",
        }
    }
}

/// `session transport` of a dial peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrunkTransport {
    /// `udp`.
    #[default]
    Udp,
    /// `tcp`.
    Tcp,
    /// `tcp tls`.
    Tls,
    /// `system`: as `session transport` of `voice service voip` says.
    System,
}

/// `voice-class sip options-keepalive` of a dial peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionsKeepalive {
    /// Seconds between OPTIONS while the peer is up.
    pub up: u32,
    /// Seconds between OPTIONS while it is down.
    pub down: u32,
    /// Requests without an answer after which it is down.
    pub retry: u32,
}

impl Default for OptionsKeepalive {
    fn default() -> OptionsKeepalive {
        OptionsKeepalive { up: 60, down: 30, retry: 1 }
    }
}

/// `registrar` of `sip-ua`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipRegistrar {
    /// Where.
    pub target: SessionTarget,
    /// For how many seconds. Default: 3600.
    pub expires: u32,
    /// `tcp`.
    pub tcp: bool,
    /// Whether it was written with its number.
    pub numbered: bool,
}

/// `credentials`: an account that this system registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipAccount {
    /// `number`.
    pub number: Option<SmolStr>,
    /// `username` and `password`.
    pub credentials: Credentials,
    /// `realm`.
    pub realm: SmolStr,
}

/// `authentication`: a user name and a password for who asks for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipLogin {
    /// `username` and `password`.
    pub credentials: Credentials,
    /// `realm`: of whom alone.
    pub realm: Option<SmolStr>,
}

/// `voice class sip-options-keepalive`: how peers are asked whether they are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeepaliveClass {
    /// `description`.
    pub description: Option<SmolStr>,
    /// `up-interval`, `down-interval` and `retry`.
    pub options: OptionsKeepalive,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// Which versions of TLS are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TlsVersions {
    /// 1.2 and 1.3.
    #[default]
    All,
    /// 1.2 only.
    Only12,
    /// 1.3 only.
    Only13,
}

/// `presence`: who may watch numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// `max-subscription`.
    pub max_subscription: u32,
    /// `watcher all`: other systems may watch numbers too.
    pub watcher_all: bool,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for Presence {
    fn default() -> Presence {
        Presence { max_subscription: 100, watcher_all: false, kept: Vec::new() }
    }
}

/// `gateway`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// `timer receive-rtp`: seconds.
    pub receive_rtp: u32,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for Gateway {
    fn default() -> Gateway {
        Gateway { receive_rtp: 1_200, kept: Vec::new() }
    }
}

/// `mwi-server`: the server that says for which numbers messages wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MwiServer {
    /// Where it is.
    pub target: SessionTarget,
    /// `expires`: seconds of a subscription.
    pub expires: u32,
    /// `port`.
    pub port: u16,
    /// `transport`.
    pub transport: TrunkTransport,
    /// `unsolicited`: it says so without a subscription.
    pub unsolicited: bool,
}

/// `sip-ua`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SipUa {
    /// `registrar`, by number; 2 is `secondary`. The first one that answers is used.
    pub registrars: BTreeMap<u32, SipRegistrar>,
    /// `set pstn-cause`: statuses of SIP by causes of Q.850.
    pub status_of_cause: BTreeMap<u32, u32>,
    /// `set sip-status`: causes of Q.850 by statuses of SIP.
    pub cause_of_status: BTreeMap<u32, u32>,
    /// `credentials`: the accounts, in the order in which they were entered.
    pub accounts: Vec<SipAccount>,
    /// `authentication`, in the order in which they were entered.
    pub logins: Vec<SipLogin>,
    /// `sip-server`.
    pub server: Option<SessionTarget>,
    /// `retry`: how often requests are sent once more, by what is written there.
    pub retries: BTreeMap<SmolStr, u32>,
    /// `timers trying`: milliseconds until an INVITE is sent once more. Default: 500.
    pub trying: Option<u32>,
    /// `timers expires`: milliseconds that a call may ring. Default: 180,000.
    pub rings: Option<u32>,
    /// `max-forwards`.
    pub max_forwards: Option<u32>,
    /// `no remote-party-id`: calls by trunks have no Remote-Party-ID.
    pub no_remote_party_id: bool,
    /// `mwi-server`.
    pub mwi_server: Option<MwiServer>,
    /// `host-registrar`: From of calls that leave names the registrar.
    pub host_registrar: bool,
    /// `transport tcp tls`, with its version.
    pub transport_tls: Option<TlsVersions>,
    /// `crypto signaling default trustpoint`: whose certificate SIP over TLS has.
    pub trustpoint: Option<SmolStr>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}
