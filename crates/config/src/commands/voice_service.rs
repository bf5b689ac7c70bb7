//! `voice service voip` and its submodes.

use std::net::IpAddr;

use super::{kept, trunks};
use crate::command::{Command, Status, flag, number, secure_audio};
use crate::matcher::Matched;
use crate::mode::Mode;
use crate::settings::{AssertedId, Protocol, Registrar, Sip, TrustedList, VoiceService};

pub(crate) static COMMANDS: &[Command<VoiceService>] = {
    type Row = Command<VoiceService>;
    &[
        Row::new(
            "allow-connections {sip-to-sip|{sip|h323} to {sip|h323}}",
            "Connections between types of endpoints",
            "none",
        )
        .words(&[
            ("sip-to-sip", "From SIP to SIP, as printed in some guides"),
            ("sip", "SIP endpoints"),
            ("h323", "H.323 endpoints"),
            ("to", "Towards"),
        ])
        .apply(|voice, matched, _| {
            let connection = connection(matched);
            if matched.is_set() {
                voice.allow_connections.insert(connection);
            } else {
                voice.allow_connections.remove(&connection);
            }
        })
        .show(|voice, out| {
            let name = |protocol| if protocol == Protocol::Sip { "sip" } else { "h323" };
            for (from, to) in &voice.allow_connections {
                out.line(format!("allow-connections {} to {}", name(*from), name(*to)));
            }
        }),
        Row::new(
            "supplementary-service sip moved-temporary=moved-temporarily",
            "Call forward may answer 302 Moved Temporarily",
            "on",
        )
        .apply(|voice, matched, _| voice.sip_moved_temporary = matched.switch(true))
        .show(|voice, out| {
            if !voice.sip_moved_temporary {
                out.line("no supplementary-service sip moved-temporary");
            }
        }),
        flag!("supplementary-service sip refer", "Call transfer may pass REFER on", on, sip_refer),
        kept!("supplementary-service sip handle-replaces", "Replaces header in INVITE"),
        kept!("supplementary-service h450.2", "H.450.2 call transfer"),
        kept!("supplementary-service qsig", "Supplementary services of QSIG"),
        kept!("supplementary-service pass-through", "Supplementary services passed on"),
        kept!("supplementary-service h450.3", "H.450.3 call forward"),
        kept!("supplementary-service h450.7", "H.450.7 message waiting"),
        kept!("supplementary-service h450.12", "H.450.12 capabilities exchange"),
        kept!("supplementary-service h225-notify", "H.225 notify messages"),
        kept!("supplementary-service media-renegotiate", "Codec renegotiation"),
        kept!("supplementary-service ringback", "Ringback from another system"),
        flag!("cti shutdown", "Computer telephony integration (CTI) is shut down", on, cti_shutdown),
        flag!(
            "callmonitor",
            "Call monitoring: event reporting for processing and reporting",
            off,
            callmonitor
        ),
        flag!("gcid", "Global call id on every leg of a call", off, gcid),
        flag!(
            "cti csta mode basic",
            "No enhanced extensions in CTI messages, as MOC clients require",
            off,
            cti_csta_mode_basic
        ),
        Row::new("csta cti mode basic", "Misspelling of cti csta mode basic", "")
            .status(Status::Misspelled("cti csta mode basic"))
            .apply(|voice, matched, _| voice.cti_csta_mode_basic = matched.switch(false)),
        flag!(
            "cti message device-id suppress-conversion",
            "Only the requested number is converted in CTI messages",
            off,
            cti_suppress_conversion
        ),
        number!(
            "cti timeout make-call-prompt",
            "1-600",
            "Seconds a prompted MakeCall waits for the user to go off hook",
            15,
            cti_make_call_prompt
        ),
        number!(
            "cti session-timer",
            "90-86400",
            "Seconds a CTI session lives without refresh",
            1800,
            cti_session_timer
        )
        .status(Status::Own),
        Row::new("sip", "SIP", "").enters(Mode::Sip).apply(|voice, matched, _| {
            if !matched.is_set() {
                voice.sip = Sip::default();
            }
        }),
        kept!("address-hiding", "Hide addresses of endpoints"),
        kept!("allow subscribe", "Subscriptions through the border element"),
        kept!("cause-code", "Cause codes"),
        kept!("dtmf-interworking", "How DTMF events are passed on"),
        kept!("emptycapability", "Empty capability sets, as H.323 has them"),
        kept!("cpa", "Call progress analysis"),
        kept!("consent", "Consent of media"),
        kept!("early-media", "Early media"),
        kept!("g729", "Variants of G.729"),
        kept!("h245", "H.245"),
        kept!("handle-replaces", "Replaces header"),
        kept!("history-info", "History of redirections"),
        kept!("inbound", "Incoming calls"),
        kept!("max-conn", "Most calls"),
        kept!("max-bandwidth", "Most bandwidth of calls"),
        kept!("mmoh", "Multicast music on hold"),
        kept!("nat", "Address translation"),
        kept!("min-se", "Minimum session expiry"),
        kept!("octo-line", "Octo lines"),
        kept!("outbound-proxy", "Outbound proxy"),
        kept!("pass-thru", "What is passed on as it is"),
        kept!("privacy", "Privacy"),
        kept!("privacy-policy", "Privacy"),
        kept!("probing", "Probing of media"),
        kept!("queue-depth", "Length of queues"),
        kept!("ras", "Registration with the gatekeeper, below `h323`"),
        kept!("redirect", "Redirection"),
        kept!("redundancy-group", "Redundancy group of the border element"),
        kept!("referto-passing", "Refer-To header"),
        kept!("rtcp", "RTCP"),
        kept!("rtp-media-loop", "Media that loops"),
        kept!("rtp-ssrc", "RTP sources"),
        kept!("sdp", "Session descriptions"),
        kept!("send-notify", "Notifications"),
        kept!("session", "Sessions"),
        kept!("sip-profiles", "Changes of SIP messages"),
        kept!("telephone-event", "Telephone events"),
        kept!("text-relay", "Text relay"),
        kept!("tone", "Tones"),
        kept!("trace", "Traces of calls"),
        kept!("transcoder", "Transcoding"),
        kept!("update-callerid", "Caller id of updates"),
        kept!("video", "Video"),
        kept!("call preserve", "Calls kept when their link breaks, below `h323`"),
        kept!("call service", "No new calls, below `h323` and `sip`"),
        kept!("call start", "Fast or slow start, below `h323`"),
        kept!("call sync-rsvp", "Reservation before ringing, below `h323`"),
        kept!("clid", "Caller id"),
        kept!("fax", "Fax protocol"),
        kept!("fax-relay", "Fax relay"),
        kept!("h323", "H.323").encloses(),
        kept!("h225", "H.225"),
        Row::new("ip address trusted list", "Trusted addresses, against toll fraud", "none")
            .enters(Mode::TrustedList)
            .apply(|voice, matched, _| {
                if !matched.is_set() {
                    voice.trusted = TrustedList::default();
                }
            }),
        flag!(
            "ip address trusted authenticate",
            "Calls are taken from trusted addresses and registered phones only",
            on,
            trusted_only
        ),
        number!(
            "ip address trusted call-block cause",
            "1-127",
            "Cause (Q.850) that who may not call is told, with `no silent-discard untrusted`",
            21,
            block_cause
        ),
        kept!("lpcor", "Logical partitioning"),
        kept!("media", "Media handling"),
        kept!("mode border-element", "Border element"),
        kept!("modem", "Modem handling"),
        kept!("no-local-bypass", "Local bypass"),
        kept!("notify", "Notifications"),
        kept!("qsig", "QSIG"),
        kept!("redirect ip2ip", "Redirection between IP legs"),
        kept!("rtp-port", "RTP port range"),
        kept!("shutdown", "Shut down voice over IP"),
        kept!("signaling", "Signalling payload"),
        secure_audio!(),
        kept!("stun", "STUN").encloses(),
        kept!("telephony-service ccm-compatible", "Calls with Cisco CallManager, below `h323`"),
        kept!("vpn-group", "Virtual private network of phones").encloses(),
        kept!("vpn-profile", "Virtual private network of phones").encloses(),
        kept!("srtp negotiate", "Encrypted audio only where both offer it"),
    ]
};

fn connection(matched: &Matched<'_>) -> (Protocol, Protocol) {
    let protocol = |text: &str| if text.starts_with(['h', 'H']) { Protocol::H323 } else { Protocol::Sip };
    let mut given = matched.keyword_words().skip(1);
    let from = given.next().map_or(Protocol::Sip, protocol);
    let to = given.nth(1).map_or(Protocol::Sip, protocol);
    (from, to)
}

pub(crate) static SIP: &[Command<Sip>] = {
    type Row = Command<Sip>;
    &[
        Row::new(
            "registrar server [expires [max <max:600-86400~>] [min <min:60-3600~>]]",
            "Accept registrations of session managers",
            "off; max 3600, min 60",
        )
        .words(&[
            ("expires", "How long a registration lives"),
            ("max", "Longest registration granted"),
            ("min", "Shortest registration accepted"),
        ])
        .apply(|sip, matched, reports| {
            if !matched.is_set() {
                sip.registrar = None;
                return;
            }
            let default = Registrar::default();
            let max_expires = matched.number("max").unwrap_or(default.max_expires);
            let min_expires = matched.number("min").unwrap_or(default.min_expires);
            if let (true, Some(word)) = (min_expires > max_expires, matched.last_word()) {
                let message = format!(
                    "the shortest registration, {min_expires} s, is longer than the longest, {max_expires} s"
                );
                return reports.error(word, message, "write `registrar server expires max 3600 min 60`");
            }
            sip.registrar = Some(Registrar { max_expires, min_expires });
        })
        .show(|sip, out| match sip.registrar {
            Some(registrar) if registrar == Registrar::default() => out.line("registrar server"),
            Some(Registrar { max_expires, min_expires }) => {
                out.line(format!("registrar server expires max {max_expires} min {min_expires}"));
            }
            None => (),
        }),
        Row::new(
            "asserted-id {pai|ppi|system}",
            "Header of calls by trunks that says who calls",
            "PAI and Remote-Party-ID",
        )
        .words(&trunks::ASSERTED_WORDS)
        .apply(|sip, matched, _| sip.asserted_id = trunks::asserted_id(matched))
        .show(|sip, out| out.optional("asserted-id", sip.asserted_id.map(AssertedId::word).as_ref())),
        kept!("anat", "Alternative network addresses"),
        kept!("associate", "Associations"),
        kept!("asymmetric", "Different payload types in both directions"),
        kept!("audio", "Audio"),
        kept!("authenticate", "Authentication of requests"),
        kept!("block", "Responses that are not passed on"),
        kept!("call-route", "Routing of calls by headers"),
        kept!("calltype-video", "Video calls"),
        kept!("clid", "Caller id"),
        kept!("conn-reuse", "Connections used again"),
        kept!("connection-reuse", "Connections used again"),
        kept!("contact-passing", "Contact header passed on"),
        kept!("copy-list", "Headers that are copied"),
        kept!("credentials", "Credentials for a registrar"),
        kept!("crypto", "Keys of secure media"),
        kept!("disable-early-media", "Early media"),
        kept!("dscp-profile", "Quality of service"),
        kept!("ds0-num", "Number of the trunk channel in the From header"),
        kept!("dtmf-interworking", "How DTMF events are passed on"),
        kept!("e911", "Emergency calls"),
        kept!("encap", "Encapsulation of signalling"),
        kept!("error-code-override", "Responses for errors"),
        flag!(
            "error-passthru",
            "Callers are told the status that other networks have said",
            off,
            error_passthru
        ),
        kept!("fax", "Fax"),
        kept!("g729", "Variants of G.729"),
        kept!("gcid", "Global call id"),
        kept!("gw-accounting", "Call records"),
        kept!("handle-replaces", "Replaces header in INVITE"),
        flag!("history-info", "Calls that were diverted have History-Info", off, history_info),
        kept!("host-registrar", "Registrar as host in From"),
        kept!("id-passing", "Identities passed on"),
        kept!("keepalive", "Keepalives"),
        Row::new("listen-port secure <port:0-65535>", "Port of SIP over TLS; 0 means any free port", "none")
            .words(&[("secure", "SIP over TLS"), ("port", "TCP port")])
            .apply(|sip, matched, _| sip.secure_port = matched.port("port").filter(|_| matched.is_set()))
            .show(|sip, out| out.optional("listen-port secure", sip.secure_port.as_ref())),
        kept!("listen-port", "Ports of SIP"),
        kept!("localhost", "Name of this host in From and Call-ID"),
        kept!("map", "Cause codes"),
        kept!("max-forwards", "Most hops"),
        kept!("media-inactivity", "Inactive media"),
        kept!("mmoh", "Multicast music on hold"),
        kept!("nat", "Address translation"),
        kept!("notify", "Notifications"),
        kept!("offer", "Offers"),
        kept!("options-ping", "Keepalives by OPTIONS"),
        Row::new(
            "outbound-proxy <target:word..255> [reuse]",
            "Where calls by trunks are sent, whatever their target",
            "none",
        )
        .words(&trunks::PROXY_WORDS)
        .apply(|sip, matched, reports| sip.outbound_proxy = trunks::proxy(matched, reports))
        .show(|sip, out| out.optional("outbound-proxy", sip.outbound_proxy.as_ref())),
        kept!("outbound", "Outgoing connections"),
        kept!("p-called-party-id", "Called party header"),
        kept!("pass-thru", "What is passed on as it is"),
        kept!("permit", "Host names of requests"),
        kept!("preloaded-route", "Preloaded routes"),
        kept!("privacy", "Privacy"),
        kept!("privacy-policy", "Privacy"),
        kept!("progress_ind", "Progress indicators"),
        kept!("prack", "Acknowledged provisional responses"),
        kept!("random-contact", "Contacts that are hard to guess"),
        kept!("random-request-uri", "Request URIs that are checked"),
        kept!("reason-header", "Reason header"),
        kept!("redirect", "Redirection"),
        kept!("redirection", "Redirection"),
        kept!("refer-ood", "Refer outside of a dialog"),
        kept!("referto-passing", "Refer-To header"),
        kept!("registration", "Registration"),
        Row::new(
            "rel1xx {supported|require|disable} [<option:word..32>]",
            "Provisional responses that are acknowledged (RFC 3262)",
            "supported 100rel",
        )
        .words(&trunks::RELIABLE_WORDS)
        .apply(|sip, matched, _| sip.reliable = trunks::reliable(matched))
        .show(|sip, out| out.optional("rel1xx", sip.reliable.map(trunks::reliable_words).as_ref())),
        kept!("remote-party-id", "Remote party header"),
        kept!("requri-passing", "Request URI passed on"),
        kept!("resource", "Resource priority"),
        kept!("retry", "Retransmissions"),
        kept!("rtcp", "RTCP"),
        kept!("sdp", "Session descriptions"),
        kept!("send", "Sending"),
        kept!("session", "Sessions"),
        kept!("sip-profiles", "Changes of SIP messages"),
        kept!("sip-server", "SIP server"),
        Row::new(
            "silent-discard untrusted",
            "Calls from addresses that are not trusted are not answered",
            "on",
        )
        .apply(|sip, matched, _| sip.answers_untrusted = !matched.switch(true))
        .show(|sip, out| {
            if sip.answers_untrusted {
                out.line("no silent-discard untrusted");
            }
        }),
        kept!("srtp", "Secure RTP"),
        kept!("srtp-auth", "Secure RTP"),
        kept!("stun", "STUN"),
        kept!("suspend-resume", "Suspend and resume"),
        kept!("tel-config", "tel URIs"),
        kept!("tenant", "Tenants"),
        kept!("timers", "Timers"),
        kept!("tls-profile", "TLS"),
        kept!("transport", "Transport protocol"),
        kept!("unreachable", "Unreachable servers"),
        kept!("update-callerid", "Caller id of updates"),
        kept!("video", "Video"),
        kept!("warn-header", "Warning header"),
        kept!("xfer", "Transfer"),
        kept!("bind", "Source address of SIP"),
        kept!("call service", "No new calls"),
        Row::new(
            "early-offer forced [renegotiate [always]]",
            "Calls by trunks have an offer, also where the caller makes none",
            "off",
        )
        .words(&trunks::EARLY_OFFER_WORDS)
        .apply(|sip, matched, _| sip.early_offer = matched.switch(false))
        .show(|sip, out| {
            if sip.early_offer {
                out.line("early-offer forced");
            }
        }),
        kept!("early-offer", "Early offer"),
        kept!("header-passing", "Header passing"),
        Row::new(
            "midcall-signaling passthru [media-change]",
            "Changes of media reach the other side, as without",
            "off",
        )
        .words(&[
            ("passthru", "What one side changes is told to the other one"),
            ("media-change", "Where it concerns the other one"),
        ])
        .apply(|sip, matched, _| {
            sip.midcall_passthru = matched.is_set().then(|| matched.has("media-change"));
        })
        .show(|sip, out| match sip.midcall_passthru {
            Some(true) => out.line("midcall-signaling passthru media-change"),
            Some(false) => out.line("midcall-signaling passthru"),
            None => (),
        }),
        kept!("midcall-signaling", "Mid-call signalling"),
        Row::new(
            "min-se <least:90-86400> [session-expires <interval:90-86400>]",
            "Seconds after which calls that leave are refreshed at the earliest, and that are asked for",
            "90; 1800",
        )
        .words(&[
            ("least", "Seconds at the least (Min-SE)"),
            ("session-expires", "What is asked for"),
            ("interval", "Seconds (Session-Expires)"),
        ])
        .apply(|sip, matched, reports| {
            sip.session_expiry = None;
            let Some(least) = matched.number("least").filter(|_| matched.is_set()) else { return };
            let interval = matched.number("interval").unwrap_or_else(|| least.max(1800));
            match matched.word("interval").filter(|_| interval < least) {
                Some(word) => reports.error(word, "shorter than the least", "write at least that of min-se"),
                None => sip.session_expiry = Some((least, interval)),
            }
        })
        .show(|sip, out| {
            if let Some((least, interval)) = sip.session_expiry {
                out.line(format!("min-se {least} session-expires {interval}"));
            }
        }),
        flag!("session refresh", "Calls are refreshed by this server, as without", off, session_refresh),
        Row::new("session transport tcp tls", "SIP over TLS is served", "off")
            .words(&[("tcp", "TCP"), ("tls", "TLS over TCP")])
            .apply(|sip, matched, _| sip.transport_tls = matched.switch(false))
            .show(|sip, out| {
                if sip.transport_tls {
                    out.line("session transport tcp tls");
                }
            }),
        kept!("session transport", "Transport protocol"),
        kept!("transport switch", "Change to TCP for large messages"),
        kept!("url", "URL scheme"),
        kept!("rtp", "RTP"),
        kept!("outbound-proxy", "Other forms of the proxy"),
        kept!("source", "Sources of requests"),
        kept!("refer-delay-disconnect", "Delay after transfers"),
        kept!("reset", "Timers"),
        kept!("bearer-capability", "Bearer capability"),
    ]
};

/// `ip address trusted list`.
pub(crate) static TRUSTED: &[Command<TrustedList>] = {
    type Row = Command<TrustedList>;
    &[
        Row::new("ipv4 <address:ip> [<mask:ip>]", "Trusted address or network", "none")
            .words(&[("address", "Address"), ("mask", "Mask of a network")])
            .apply(|list, matched, _| {
                let Some(address) = matched.value("address") else { return };
                list.addresses.retain(|(known, _)| *known != address);
                if matched.is_set() {
                    list.addresses.push((address, matched.value("mask")));
                }
            })
            .show(|list, out| {
                for (address, mask) in &list.addresses {
                    let mask = mask.map(|mask: IpAddr| format!(" {mask}")).unwrap_or_default();
                    out.line(format!("ipv4 {address}{mask}"));
                }
            }),
        kept!("ipv6", "Trusted address or network"),
    ]
};
