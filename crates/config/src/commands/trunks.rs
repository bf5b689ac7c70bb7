//! Trunks: `dial-peer voice`, `voice translation-rule`, `voice translation-profile` and `sip-ua`.

use smol_str::SmolStr;

use super::{
    PASSWORD_WORDS,
    classes::{CORLIST_WORDS, set_restriction, show_restriction},
    credentials, kept, show_password,
    voice_register_phone::{SIZED_CODEC_WORDS, codec, codec_bytes, codec_word, show_codec},
};
use crate::command::{Command, Reports, flag, number, optional_number, optional_text, secure_audio};
use crate::matcher::Matched;
use crate::settings::{
    AssertedId, DialPeer, IncomingUri, MwiServer, OptionsKeepalive, Reliable, SipAccount, SipLogin,
    SipRegistrar, SipUa, TlsVersions, TranslationProfile, TranslationRules, TrunkTransport,
};
use crate::trunk_values::{SessionTarget, TranslationRule};

pub(crate) static DIAL_PEER: &[Command<DialPeer>] = {
    type Row = Command<DialPeer>;
    &[
        optional_text!("description", "line..80", "Description of the peer", description),
        optional_text!(
            "destination-pattern",
            "word..64",
            "Numbers that are called by the peer",
            destination_pattern
        ),
        number!("preference", "0-10", "Order of peers that match; 0 is first", 0, preference),
        flag!("huntstop", "A call that fails does not go on to another peer", off, huntstop),
        Row::new("session protocol {sipv2|cisco}", "Protocol", "cisco")
            .words(&[("sipv2", "SIP"), ("cisco", "H.323, which is not served")])
            .apply(|peer, matched, _| peer.sip = matched.is_set() && matched.has("sipv2"))
            .show(|peer, out| {
                if peer.sip {
                    out.line("session protocol sipv2");
                }
            }),
        Row::new("session target <target:word..255>", "Where calls go", "none")
            .words(&[("target", "ipv4:ADDRESS[:PORT], dns:NAME[:PORT], sip-server or registrar")])
            .apply(|peer, matched, reports| {
                peer.target = None;
                let Some(word) = matched.word("target").filter(|_| matched.is_set()) else { return };
                match SessionTarget::parse(word.text) {
                    Some(target) => peer.target = Some(target),
                    None => reports.error(
                        word,
                        "not a session target that is known here",
                        "write ipv4:ADDRESS, ipv4:ADDRESS:PORT, dns:NAME, sip-server or registrar",
                    ),
                }
            })
            .show(|peer, out| out.optional("session target", peer.target.as_ref())),
        Row::new("session transport {udp | tcp [tls] | system}", "Transport", "udp")
            .words(&[
                ("udp", "UDP"),
                ("tcp", "TCP"),
                ("tls", "TLS over TCP"),
                ("system", "As configured for all"),
            ])
            .apply(|peer, matched, _| {
                peer.transport = match (matched.has("tls"), matched.has("tcp"), matched.has("system")) {
                    _ if !matched.is_set() => TrunkTransport::Udp,
                    (true, ..) => TrunkTransport::Tls,
                    (_, true, _) => TrunkTransport::Tcp,
                    (.., true) => TrunkTransport::System,
                    _ => TrunkTransport::Udp,
                };
            })
            .show(|peer, out| match peer.transport {
                TrunkTransport::Udp => {}
                TrunkTransport::Tcp => out.line("session transport tcp"),
                TrunkTransport::Tls => out.line("session transport tcp tls"),
                TrunkTransport::System => out.line("session transport system"),
            }),
        optional_text!(
            "incoming called-number",
            "word..64",
            "Called numbers of calls that come in by the peer",
            incoming_called
        ),
        optional_text!(
            "answer-address",
            "word..64",
            "Calling numbers of calls that come in by the peer",
            answer_address
        ),
        Row::new(
            "incoming uri {via|request|to|from} <class:word..32>",
            "Addresses of calls that come in by the peer",
            "none",
        )
        .words(&[
            ("via", "That of who sent the call here"),
            ("request", "That which is called"),
            ("to", "That in To"),
            ("from", "That in From"),
            ("class", "Name of a voice class uri"),
        ])
        .apply(|peer, matched, _| {
            let class = matched.text("class").filter(|_| matched.is_set());
            *compared(&mut peer.incoming_uri, matched) = class;
        })
        .show(|peer, out| {
            let own = &peer.incoming_uri;
            out.optional("incoming uri via", own.via.as_ref());
            out.optional("incoming uri request", own.request.as_ref());
            out.optional("incoming uri to", own.to.as_ref());
            out.optional("incoming uri from", own.from.as_ref());
        }),
        optional_number!("max-conn", "1-2147483647", "Most calls at a time", "no limit", max_conn),
        Row::new("session server-group <group:1-10000>", "Servers that take each other's place", "none")
            .words(&[("group", "Tag of a voice class server-group")])
            .apply(|peer, matched, _| {
                peer.server_group = matched.number("group").filter(|_| matched.is_set());
            })
            .show(|peer, out| out.optional("session server-group", peer.server_group.as_ref())),
        Row::new(
            "translation-profile {incoming|outgoing} <profile:word..64>",
            "How numbers are changed",
            "none",
        )
        .words(&[
            ("incoming", "Of calls that come in by the peer"),
            ("outgoing", "Of calls that leave by the peer"),
            ("profile", "Name of the profile"),
        ])
        .apply(|peer, matched, _| {
            let name = matched.text("profile").filter(|_| matched.is_set());
            match matched.has("incoming") {
                true => peer.translate_incoming = name,
                false => peer.translate_outgoing = name,
            }
        })
        .show(|peer, out| {
            out.optional("translation-profile incoming", peer.translate_incoming.as_ref());
            out.optional("translation-profile outgoing", peer.translate_outgoing.as_ref());
        }),
        Row::new(
            "voice-class sip options-keepalive [up-interval <up:5-1200>] [down-interval <down:5-1200>] [retry <retry:1-10>]",
            "The peer is asked again and again whether it is there",
            "off",
        )
        .words(&[
            ("up-interval", "How often while it is"),
            ("up", "Seconds"),
            ("down-interval", "How often while it is not"),
            ("down", "Seconds"),
            ("retry", "Requests without an answer until it counts as not there"),
        ])
        .apply(|peer, matched, _| {
            let default = OptionsKeepalive::default();
            let number = |name, default| matched.number(name).unwrap_or(default);
            peer.options_keepalive = matched.is_set().then(|| OptionsKeepalive {
                up: number("up", default.up),
                down: number("down", default.down),
                retry: number("retry", default.retry),
            });
        })
        .show(|peer, out| {
            let Some(own) = peer.options_keepalive else { return };
            let default = OptionsKeepalive::default();
            let said = |word, value: u32, default: u32| {
                if value == default { String::new() } else { format!(" {word} {value}") }
            };
            out.line(format!(
                "voice-class sip options-keepalive{}{}{}",
                said("up-interval", own.up, default.up),
                said("down-interval", own.down, default.down),
                said("retry", own.retry, default.retry),
            ));
        }),
        Row::new(
            "codec {g711ulaw|g711alaw|g722-64|g729r8|ilbc|opus} [bytes <bytes:10-240>]",
            "The only codec of the peer",
            "any",
        )
        .words(&SIZED_CODEC_WORDS)
        .apply(|peer, matched, reports| {
            peer.codec = codec(matched).filter(|_| matched.is_set());
            peer.codec_bytes = codec_bytes(matched, reports);
        })
        .show(|peer, out| {
            let codec = peer.codec.and_then(codec_word);
            out.optional("codec", codec.map(|word| show_codec(word, peer.codec_bytes)).as_ref());
        }),
        optional_text!("dtmf-relay", "line..80", "How digits are sent", dtmf_relay),
        secure_audio!(),
        Row::new(
            "authentication username <name:word..64> password [0|6|7] <secret:word> [realm <realm:word..64>]",
            "Credentials for the peer",
            "none",
        )
        .words(&PASSWORD_WORDS)
        .apply(|peer, matched, _| change_logins(&mut peer.logins, matched))
        .show(|peer, out| peer.logins.iter().for_each(|login| out.line(login_words(login)))),
        flag!("shutdown", "The peer is out of service", off, shutdown),
        flag!("b2bua", "Calls by the peer end here and begin anew, as without", off, b2bua),
        kept!("application", "Application of the peer"),
        kept!("call-block", "Calls refused"),
        kept!("caller-id", "Caller id"),
        optional_text!(
            "clid network-number",
            "dial..32",
            "Who is called is told this number in place of the caller's",
            clid.network_number
        ),
        flag!("clid restrict", "Who is called is not told who calls", off, clid.restrict),
        flag!("clid strip name", "The name of the caller does not leave", off, clid.strip_name),
        flag!("clid strip", "The number of the caller does not leave", off, clid.strip),
        kept!("clid", "Caller id"),
        Row::new("corlist {incoming|outgoing} <list:word..64>", "Class of restriction", "none")
            .words(&CORLIST_WORDS)
            .apply(|peer, matched, reports| set_restriction(&mut peer.restriction, matched, reports))
            .show(|peer, out| show_restriction(&peer.restriction, "corlist", "", out)),
        Row::new("voice-class codec <class:1-10000> [offer-all]", "The class of its codecs", "none")
            .words(&[
                ("class", "Tag of the voice class codec"),
                ("offer-all", "All of them are offered, as without"),
            ])
            .apply(|peer, matched, _| {
                peer.codec_class = matched.number("class").filter(|_| matched.is_set());
            })
            .show(|peer, out| out.optional("voice-class codec", peer.codec_class.as_ref())),
        Row::new("emergency response zone [<zone:1-100>]", "Its calls are emergency calls", "off")
            .words(&[("zone", "Zone")])
            .apply(|peer, matched, _| peer.emergency = matched.is_set())
            .show(|peer, out| {
                if peer.emergency {
                    out.line("emergency response zone");
                }
            }),
        optional_text!(
            "destination uri",
            "word..32",
            "The class of the addresses that are called by the peer, whatever their numbers",
            destination_uri
        ),
        kept!("digit-strip", "Digits removed"),
        kept!("direct-inward-dial", "Calls need no second dialling"),
        kept!("emergency response", "Emergency response"),
        kept!("fax", "Fax"),
        kept!("fax-relay", "Fax relay"),
        kept!("forward-digits", "Digits sent"),
        kept!("ip qos", "Quality of service"),
        kept!("max-redirects", "Most redirections of a call"),
        kept!("media", "Media handling"),
        kept!("modem", "Modem"),
        kept!("numbering-type", "Type of number"),
        kept!("permission", "Direction of calls"),
        kept!("port", "Voice port"),
        optional_text!("prefix", "dial..32", "Digits put before the number that is called", prefix),
        kept!("progress_ind", "Progress indicator"),
        kept!("req-qos", "Quality of service"),
        kept!("service", "Application of the peer"),
        kept!("signaling", "Signalling payload"),
        kept!("supplementary-service", "Supplementary services"),
        kept!("tone", "Tones"),
        kept!("translate-outgoing", "Number translation"),
        kept!("trunkgroup", "Trunk group"),
        kept!("vad", "Voice activity detection"),
        Row::new("voice-class sip asserted-id {pai|ppi|system}", "Header that says who calls", "system")
            .words(&ASSERTED_WORDS)
            .apply(|peer, matched, _| peer.asserted_id = asserted_id(matched))
            .show(|peer, out| {
                out.optional("voice-class sip asserted-id", peer.asserted_id.map(AssertedId::word).as_ref());
            }),
        Row::new(
            "voice-class sip outbound-proxy <target:word..255> [reuse]",
            "Where calls by the peer are sent, whatever their target",
            "as voice service voip says",
        )
        .words(&PROXY_WORDS)
        .apply(|peer, matched, reports| peer.outbound_proxy = proxy(matched, reports))
        .show(|peer, out| out.optional("voice-class sip outbound-proxy", peer.outbound_proxy.as_ref())),
        Row::new(
            "voice-class sip rel1xx {supported|require|disable|system} [<option:word..32>]",
            "Provisional responses that are acknowledged (RFC 3262)",
            "as voice service voip says",
        )
        .words(&[
            RELIABLE_WORDS[0],
            RELIABLE_WORDS[1],
            RELIABLE_WORDS[2],
            RELIABLE_WORDS[3],
            ("system", "As voice service voip says"),
        ])
        .apply(|peer, matched, _| peer.reliable = reliable(matched))
        .show(|peer, out| {
            out.optional("voice-class sip rel1xx", peer.reliable.map(reliable_words).as_ref());
        }),
        Row::new(
            "voice-class sip early-offer forced [renegotiate [always]]",
            "Calls by the peer have an offer, also where the caller makes none",
            "as voice service voip says",
        )
        .words(&EARLY_OFFER_WORDS)
        .apply(|peer, matched, _| peer.early_offer = matched.switch(false))
        .show(|peer, out| {
            if peer.early_offer {
                out.line("voice-class sip early-offer forced");
            }
        }),
        Row::new(
            "voice-class sip options-keepalive profile <class:1-10000>",
            "How the peer is asked whether it is there",
            "off",
        )
        .words(&[
            ("profile", "As a class says"),
            ("class", "Tag of a voice class sip-options-keepalive"),
        ])
        .apply(|peer, matched, _| {
            peer.keepalive_class = matched.number("class").filter(|_| matched.is_set());
        })
        .show(|peer, out| {
            out.optional("voice-class sip options-keepalive profile", peer.keepalive_class.as_ref());
        }),
        kept!("voice-class sip", "SIP of the peer"),
        kept!("voice-class", "Voice class"),
        kept!("rtp", "Payload types"),
        kept!("codec", "Other codecs, or none in particular"),
        kept!("destination dpg", "Group of dial peers"),
        kept!("destination e164-pattern-map", "Numbers of a list"),
        kept!("destination uri", "Addresses that are called by the peer"),
        kept!("destination uri-from", "Addresses of callers"),
        kept!("destination provision-policy", "Rules for destinations"),
        kept!("destination calling", "Numbers of callers"),
        kept!("srtp pass-thru", "Encrypted audio is passed on as it is"),
        kept!("srtp system", "Encrypted audio as the gateway has it"),
        kept!("session protocol", "Other protocols"),
        kept!("carrier-id", "Carriers"),
        kept!("acc-qos", "Quality of service"),
        kept!("playout-delay", "Delay of playing"),
        kept!("detect-fax", "Fax tones"),
        kept!("max-bandwidth", "Most bandwidth"),
        kept!("media-class", "Media of a class"),
        kept!("lpcor", "Logical partitioning"),
        kept!("redirect ip2ip", "Redirection between IP legs"),
        kept!("register e164", "Number registered elsewhere"),
        kept!("paramspace", "Parameters of an application"),
        kept!("trunk-group-label", "Trunk group"),
        kept!("audio", "Audio levels"),
        kept!("incoming calling", "Numbers of callers, in a list"),
        kept!("incoming", "Other calls that come in by the peer"),
        kept!("mailbox-selection", "Mailbox of a diverted call"),
        kept!("call", "Calls when the network is busy"),
        kept!("session", "Other settings of sessions"),
    ]
};

pub(crate) static TRANSLATION_RULE: &[Command<TranslationRules>] = {
    type Row = Command<TranslationRules>;
    &[Row::new("rule <number:1-100> <rest:line..255>", "One rule: /MATCH/ /REPLACEMENT/", "none")
        .words(&[
            ("number", "Its place; the first rule that matches counts"),
            ("rest", "/MATCH/ /REPLACEMENT/"),
        ])
        .apply(|rules, matched, reports| {
            let Some(number) = matched.number("number") else { return };
            if !matched.is_set() {
                rules.rules.remove(&number);
                return;
            }
            let text = matched.text("rest").unwrap_or_default();
            match TranslationRule::parse(&text) {
                Some(rule) => drop(rules.rules.insert(number, rule)),
                None => {
                    if let Some(word) = matched.word("rest") {
                        let help = "write /MATCH/ /REPLACEMENT/, or reject /MATCH/";
                        reports.error(word, "not a translation", help);
                    }
                }
            }
        })
        .show(|rules, out| {
            for (number, rule) in &rules.rules {
                out.line(format!("rule {number} {rule}"));
            }
        })]
};

pub(crate) static TRANSLATION_PROFILE: &[Command<TranslationProfile>] = {
    type Row = Command<TranslationProfile>;
    &[Row::new(
        "translate {called|calling|redirect-called|redirect-target} <rules:1-2147483647>",
        "Rules for one number of a call",
        "none",
    )
    .words(&[
        ("called", "The called number"),
        ("calling", "The calling number"),
        ("redirect-called", "The number that diverted the call"),
        ("redirect-target", "The number that the call is diverted to"),
        ("rules", "Tag of the translation rules"),
    ])
    .apply(|profile, matched, _| {
        let rules = matched.number("rules").filter(|_| matched.is_set());
        *which(profile, matched) = rules;
    })
    .show(|profile, out| {
        out.optional("translate called", profile.called.as_ref());
        out.optional("translate calling", profile.calling.as_ref());
        out.optional("translate redirect-called", profile.redirect_called.as_ref());
        out.optional("translate redirect-target", profile.redirect_target.as_ref());
    })]
};

fn which<'p>(profile: &'p mut TranslationProfile, matched: &Matched<'_>) -> &'p mut Option<u32> {
    if matched.has("called") {
        &mut profile.called
    } else if matched.has("calling") {
        &mut profile.calling
    } else if matched.has("redirect-called") {
        &mut profile.redirect_called
    } else {
        &mut profile.redirect_target
    }
}

fn compared<'p>(uri: &'p mut IncomingUri, matched: &Matched<'_>) -> &'p mut Option<SmolStr> {
    if matched.has("via") {
        &mut uri.via
    } else if matched.has("request") {
        &mut uri.request
    } else if matched.has("to") {
        &mut uri.to
    } else {
        &mut uri.from
    }
}

pub(crate) static SIP_UA: &[Command<SipUa>] = {
    type Row = Command<SipUa>;
    &[
        Row::new(
            "registrar <number:1-6> <target:word..255> [expires <expires:60-65535>] [tcp] [auth-realm <realm:word..64>]",
            "Where this system registers: at the first one that answers",
            "none; 3600 seconds",
        )
        .words(&[
            REGISTRAR_WORDS[0],
            REGISTRAR_WORDS[1],
            REGISTRAR_WORDS[2],
            REGISTRAR_WORDS[3],
            REGISTRAR_WORDS[4],
            ("number", "Which one; 1 is tried first"),
        ])
        .apply(|ua, matched, reports| {
            if let Some(number) = matched.number("number") {
                change_registrar(ua, number, matched, reports);
            }
        })
        .show(|ua, out| {
            for (number, registrar) in ua.registrars.iter().filter(|(_, registrar)| registrar.numbered) {
                out.line(format!("registrar {number} {}", registrar_words(registrar)));
            }
        }),
        Row::new(
            "registrar <target:word..255> [expires <expires:60-65535>] [tcp] [secondary] [auth-realm <realm:word..64>]",
            "Where this system registers",
            "none; 3600 seconds",
        )
        .words(&[
            REGISTRAR_WORDS[0],
            REGISTRAR_WORDS[1],
            REGISTRAR_WORDS[2],
            REGISTRAR_WORDS[3],
            REGISTRAR_WORDS[4],
            ("secondary", "Where the other one does not answer"),
        ])
        .apply(|ua, matched, reports| {
            let number = if matched.has("secondary") { 2 } else { 1 };
            change_registrar(ua, number, matched, reports);
        })
        .show(|ua, out| {
            for (number, registrar) in ua.registrars.iter().filter(|(_, registrar)| !registrar.numbered) {
                let secondary = if *number == 2 { " secondary" } else { "" };
                out.line(format!("registrar {}{secondary}", registrar_words(registrar)));
            }
        }),
        Row::new(
            "credentials [number <number:dial..32>] username <name:word..64> password [0|6|7] <secret:word> realm <realm:word..64>",
            "The account that this system registers",
            "none",
        )
        .words(&PASSWORD_WORDS)
        .apply(|ua, matched, _| {
            let Some(credentials) = credentials(matched) else { return };
            let (number, realm) = (matched.text("number"), matched.text("realm").unwrap_or_default());
            let is_it = |known: &SipAccount| {
                known.number == number && known.credentials.name == credentials.name && known.realm == realm
            };
            let account = SipAccount { number: number.clone(), credentials: credentials.clone(), realm: realm.clone() };
            let known = ua.accounts.iter().position(is_it);
            match (known, matched.is_set()) {
                (Some(place), true) => {
                    ua.accounts.get_mut(place).into_iter().for_each(|known| *known = account.clone());
                }
                (Some(place), false) => drop(ua.accounts.remove(place)),
                (None, true) if ua.accounts.len() < MAX_ACCOUNTS => ua.accounts.push(account),
                (None, _) => {}
            }
        })
        .show(|ua, out| {
            for SipAccount { number, credentials, realm } in &ua.accounts {
                let number = number.as_ref().map(|number| format!(" number {number}")).unwrap_or_default();
                out.line(format!(
                    "credentials{number} username {}{} realm {realm}",
                    credentials.name,
                    show_password(&credentials.password)
                ));
            }
        }),
        Row::new(
            "authentication username <name:word..64> password [0|6|7] <secret:word> [realm <realm:word..64>]",
            "Credentials for challenges",
            "none",
        )
        .words(&PASSWORD_WORDS)
        .apply(|ua, matched, _| change_logins(&mut ua.logins, matched))
        .show(|ua, out| ua.logins.iter().for_each(|login| out.line(login_words(login)))),
        Row::new("sip-server <target:word..255>", "The proxy of peers with the target sip-server", "none")
            .words(&[("target", "ipv4:ADDRESS[:PORT] or dns:NAME[:PORT]")])
            .apply(|ua, matched, reports| {
                ua.server = None;
                let Some(word) = matched.word("target").filter(|_| matched.is_set()) else { return };
                match SessionTarget::parse(word.text).filter(SessionTarget::is_place) {
                    Some(target) => ua.server = Some(target),
                    None => reports.error(word, "not an address", "write ipv4:ADDRESS or dns:NAME"),
                }
            })
            .show(|ua, out| out.optional("sip-server", ua.server.as_ref())),
        flag!("host-registrar", "From of calls that leave names the registrar", off, host_registrar),
        kept!("calling-info", "Calling number"),
        kept!("connection-reuse", "Connections"),
        kept!("keepalive", "Keepalive"),
        Row::new("max-forwards <hops:1-70>", "Most hops of a call", "70")
            .apply(|ua, matched, _| ua.max_forwards = other_than(matched, "hops", 70))
            .show(|ua, out| out.optional("max-forwards", ua.max_forwards.as_ref())),
        Row::new(
            "mwi-server <target:word..255> [expires <expires:60-999999>] [port <port:1-65535>] [transport {udp|tcp|tls}] \
             [unsolicited]",
            "Server that says for which numbers messages wait",
            "none",
        )
        .words(&[
            ("target", "ipv4:ADDRESS or dns:NAME"),
            ("expires", "Seconds of a subscription; 3600 without"),
            ("port", "Port of the server; 5060 without"),
            ("transport", "How it is reached; by UDP without"),
            ("unsolicited", "It says so without a subscription"),
        ])
        .apply(change_mwi_server)
        .show(|ua, out| {
            if let Some(MwiServer { target, expires, port, transport, unsolicited }) = &ua.mwi_server {
                let transport = match transport {
                    TrunkTransport::Tls => "tls",
                    TrunkTransport::Tcp => "tcp",
                    TrunkTransport::Udp | TrunkTransport::System => "udp",
                };
                let unsolicited = if *unsolicited { " unsolicited" } else { "" };
                out.line(format!(
                    "mwi-server {target} expires {expires} port {port} transport {transport}{unsolicited}"
                ));
            }
        }),
        kept!("nat", "Address translation"),
        kept!("presence enable", "Presence"),
        kept!("reason-header", "Reason header"),
        Row::new("remote-party-id", "Calls by trunks have Remote-Party-ID", "on")
            .apply(|ua, matched, _| ua.no_remote_party_id = !matched.switch(true))
            .show(|ua, out| {
                if ua.no_remote_party_id {
                    out.line("no remote-party-id");
                }
            }),
        Row::new(
            "retry {invite|bye|info|notify|options|prack|register|update} <count:1-10>",
            "How often a request is sent that is not answered",
            "6 s for INVITE, else 32 s",
        )
        .words(&RETRIED)
        .apply(|ua, matched, _| {
            let Some((word, _)) = RETRIED.iter().find(|(word, _)| *word != "count" && matched.has(word)) else { return };
            match matched.number("count").filter(|_| matched.is_set()) {
                Some(count) => drop(ua.retries.insert((*word).into(), count)),
                None => drop(ua.retries.remove(*word)),
            }
        })
        .show(|ua, out| ua.retries.iter().for_each(|(word, count)| out.line(format!("retry {word} {count}")))),
        kept!("retry", "Retries"),
        Row::new(
            "timers trying <milliseconds:100-1000>",
            "Milliseconds until an INVITE is sent once more; twice as long each time",
            "500",
        )
        .apply(|ua, matched, _| ua.trying = other_than(matched, "milliseconds", 500))
        .show(|ua, out| out.optional("timers trying", ua.trying.as_ref())),
        Row::new("timers expires <milliseconds:60000-300000>", "Milliseconds that a call may ring", "180000")
            .apply(|ua, matched, _| ua.rings = other_than(matched, "milliseconds", 180_000))
            .show(|ua, out| out.optional("timers expires", ua.rings.as_ref())),
        Row::new(
            "set pstn-cause <cause:1-127> sip-status <status:400-699>",
            "Status of SIP for a cause of Q.850",
            "those of Cisco",
        )
        .words(&CAUSE_WORDS)
        .apply(|ua, matched, _| {
            let Some(cause) = matched.number("cause") else { return };
            match matched.number("status").filter(|_| matched.is_set()) {
                Some(status) => drop(ua.status_of_cause.insert(cause, status)),
                None => drop(ua.status_of_cause.remove(&cause)),
            }
        })
        .show(|ua, out| {
            for (cause, status) in &ua.status_of_cause {
                out.line(format!("set pstn-cause {cause} sip-status {status}"));
            }
        }),
        Row::new(
            "set sip-status <status:400-699> pstn-cause <cause:1-127>",
            "Cause of Q.850 for a status of SIP",
            "those of Cisco",
        )
        .words(&CAUSE_WORDS)
        .apply(|ua, matched, _| {
            let Some(status) = matched.number("status") else { return };
            match matched.number("cause").filter(|_| matched.is_set()) {
                Some(cause) => drop(ua.cause_of_status.insert(status, cause)),
                None => drop(ua.cause_of_status.remove(&status)),
            }
        })
        .show(|ua, out| {
            for (status, cause) in &ua.cause_of_status {
                out.line(format!("set sip-status {status} pstn-cause {cause}"));
            }
        }),
        kept!("timers", "Timers"),
        Row::new("transport tcp tls [v1.2|v1.3] [minimum]", "SIP over TLS is served", "off")
            .words(&[
                ("tcp", "TCP"),
                ("tls", "TLS over TCP"),
                ("v1.2", "TLS 1.2 only"),
                ("v1.3", "TLS 1.3 only"),
                ("minimum", "That version, and later ones"),
            ])
            .apply(|ua, matched, _| {
                let version = match (matched.has("v1.2"), matched.has("v1.3")) {
                    (true, _) if !matched.has("minimum") => TlsVersions::Only12,
                    (_, true) => TlsVersions::Only13,
                    _ => TlsVersions::All,
                };
                ua.transport_tls = Some(version).filter(|_| matched.is_set());
            })
            .show(|ua, out| match ua.transport_tls {
                None => {}
                Some(TlsVersions::All) => out.line("transport tcp tls"),
                Some(TlsVersions::Only12) => out.line("transport tcp tls v1.2"),
                Some(TlsVersions::Only13) => out.line("transport tcp tls v1.3"),
            }),
        Row::new(
            "crypto signaling default trustpoint <name:word..64>",
            "The trustpoint whose certificate SIP over TLS has",
            "the trustpoint with certificate files, if there is one; else a certificate of our own",
        )
        .words(&[("name", "Name of a crypto pki trustpoint")])
        .apply(|ua, matched, _| ua.trustpoint = matched.text("name").filter(|_| matched.is_set()))
        .show(|ua, out| out.optional("crypto signaling default trustpoint", ua.trustpoint.as_ref())),
        kept!("crypto", "Certificates"),
        kept!("transport", "Transports"),
        kept!("protocol mode", "IPv4, IPv6 or both"),
        kept!("srv", "Versions of SRV"),
        kept!("redirection", "Redirection"),
        kept!("suspend-resume", "Suspend and resume"),
        kept!("tcp-retry", "Retries over TCP"),
        kept!("notify", "Notifications"),
        kept!("offer", "Offers"),
        kept!("permit", "Host names of requests"),
        kept!("disable-early-media", "Early media"),
        kept!("interop-handling", "Other implementations"),
        kept!("aaa", "User names in records"),
        kept!("g729-annexb", "Variants of G.729"),
        kept!("xfer", "Transfer"),
        kept!("refer-ood", "Refer outside of a dialog"),
        kept!("handle-replaces", "Replaces header"),
        kept!("registrar", "Other forms of the registrar"),
    ]
};

/// The words of `registrar`.
const REGISTRAR_WORDS: [(&str, &str); 5] = [
    ("target", "ipv4:ADDRESS[:PORT] or dns:NAME[:PORT]"),
    ("expires", "Seconds"),
    ("tcp", "Over TCP"),
    ("auth-realm", "Realm of the password"),
    ("realm", "Realm"),
];
fn change_registrar(ua: &mut SipUa, number: u32, matched: &Matched<'_>, reports: &mut Reports) {
    ua.registrars.remove(&number);
    let Some(word) = matched.word("target").filter(|_| matched.is_set()) else { return };
    match SessionTarget::parse(word.text).filter(SessionTarget::is_place) {
        Some(target) => {
            let expires = matched.number("expires").unwrap_or(3600);
            let (tcp, numbered) = (matched.has("tcp"), matched.number("number").is_some());
            ua.registrars.insert(number, SipRegistrar { target, expires, tcp, numbered });
        }
        None => reports.error(word, "not an address", "write ipv4:ADDRESS or dns:NAME"),
    }
}

fn change_mwi_server(ua: &mut SipUa, matched: &Matched<'_>, reports: &mut Reports) {
    ua.mwi_server = None;
    let Some(word) = matched.word("target").filter(|_| matched.is_set()) else { return };
    let Some(target) = SessionTarget::parse(word.text).filter(SessionTarget::is_place) else {
        return reports.error(word, "not an address", "write ipv4:ADDRESS or dns:NAME");
    };
    let transport = match (matched.has("tls"), matched.has("tcp")) {
        (true, _) => TrunkTransport::Tls,
        (_, true) => TrunkTransport::Tcp,
        _ => TrunkTransport::Udp,
    };
    let port = matched.number("port").and_then(|port| u16::try_from(port).ok());
    let written = match target {
        SessionTarget::Address(_, port) | SessionTarget::Name(_, port) => port,
        SessionTarget::SipServer | SessionTarget::Registrar => None,
    };
    ua.mwi_server = Some(MwiServer {
        target: target.without_port(),
        expires: matched.number("expires").unwrap_or(3600),
        port: port.or(written).unwrap_or(if transport == TrunkTransport::Tls { 5061 } else { 5060 }),
        transport,
        unsolicited: matched.has("unsolicited"),
    });
}

fn registrar_words(registrar: &SipRegistrar) -> String {
    let SipRegistrar { target, expires, tcp, .. } = registrar;
    format!("{target} expires {expires}{}", if *tcp { " tcp" } else { "" })
}

/// Accounts of this system.
const MAX_ACCOUNTS: usize = 256;

/// Lines of `authentication` in one place.
const MAX_LOGINS: usize = 5;

/// One line for each realm.
fn change_logins(logins: &mut Vec<SipLogin>, matched: &Matched<'_>) {
    let Some(credentials) = credentials(matched) else { return };
    let realm = matched.text("realm");
    let known = logins.iter().position(|known| known.realm == realm);
    match (known, matched.is_set()) {
        (Some(place), true) => {
            logins.get_mut(place).into_iter().for_each(|known| known.credentials = credentials.clone());
        }
        (Some(place), false) => drop(logins.remove(place)),
        (None, true) if logins.len() < MAX_LOGINS => logins.push(SipLogin { credentials, realm }),
        (None, _) => {}
    }
}

fn login_words(login: &SipLogin) -> String {
    let SipLogin { credentials, realm } = login;
    let realm = realm.as_ref().map(|realm| format!(" realm {realm}")).unwrap_or_default();
    format!("authentication username {}{}{realm}", credentials.name, show_password(&credentials.password))
}

/// The words of `set`.
const CAUSE_WORDS: [(&str, &str); 4] = [
    ("pstn-cause", "Cause of Q.850"),
    ("cause", "Cause"),
    ("sip-status", "Status of SIP"),
    ("status", "Status"),
];

/// The words of `rel1xx`.
pub(super) const RELIABLE_WORDS: [(&str, &str); 4] = [
    ("supported", "Where the other end can"),
    ("require", "The other end has to"),
    ("disable", "None"),
    ("option", "100rel"),
];

/// What a line of `rel1xx` says.
pub(super) fn reliable(matched: &Matched<'_>) -> Option<Reliable> {
    match (matched.has("require"), matched.has("disable"), matched.has("supported")) {
        _ if !matched.is_set() => None,
        (true, ..) => Some(Reliable::Required),
        (_, true, _) => Some(Reliable::Off),
        (.., true) => Some(Reliable::Supported),
        _ => None,
    }
}

/// What is written behind `rel1xx`.
pub(super) fn reliable_words(reliable: Reliable) -> &'static str {
    match reliable {
        Reliable::Supported => "supported 100rel",
        Reliable::Required => "require 100rel",
        Reliable::Off => "disable",
    }
}

/// The words of `early-offer`.
pub(super) const EARLY_OFFER_WORDS: [(&str, &str); 3] = [
    ("forced", "An offer in each INVITE"),
    ("renegotiate", "Media is agreed again when the caller has said where it receives, as without"),
    ("always", "Whatever it says"),
];

/// The words of `asserted-id`.
pub(super) const ASSERTED_WORDS: [(&str, &str); 3] = [
    ("pai", "P-Asserted-Identity alone"),
    ("ppi", "P-Preferred-Identity alone"),
    ("system", "As voice service voip says"),
];

/// The header that a line names.
pub(super) fn asserted_id(matched: &Matched<'_>) -> Option<AssertedId> {
    match (matched.has("pai"), matched.has("ppi")) {
        _ if !matched.is_set() => None,
        (true, _) => Some(AssertedId::Asserted),
        (_, true) => Some(AssertedId::Preferred),
        _ => None,
    }
}

/// The words of `outbound-proxy`.
pub(super) const PROXY_WORDS: [(&str, &str); 2] = [
    ("target", "ipv4:ADDRESS[:PORT] or dns:NAME[:PORT]"),
    ("reuse", "Connections are used again, as without"),
];

/// The proxy that a line names.
pub(super) fn proxy(matched: &Matched<'_>, reports: &mut Reports) -> Option<SessionTarget> {
    let word = matched.word("target").filter(|_| matched.is_set())?;
    let target = SessionTarget::parse(word.text).filter(SessionTarget::is_place);
    if target.is_none() {
        reports.error(word, "not an address", "write ipv4:ADDRESS or dns:NAME");
    }
    target
}

/// A number that is set, unless it is the default.
fn other_than(matched: &Matched<'_>, name: &str, default: u32) -> Option<u32> {
    matched.number(name).filter(|value| matched.is_set() && *value != default)
}

/// The words of `retry`.
const RETRIED: [(&str, &str); 9] = [
    ("invite", "INVITE"),
    ("bye", "BYE"),
    ("info", "INFO"),
    ("notify", "NOTIFY"),
    ("options", "OPTIONS"),
    ("prack", "PRACK"),
    ("register", "REGISTER"),
    ("update", "UPDATE"),
    ("count", "How often"),
];

/// The replacement of a number expansion, as it stands in a line.
pub(super) fn expansion(matched: &Matched<'_>) -> Option<(SmolStr, SmolStr)> {
    Some((matched.text("extension")?, matched.text("expanded")?))
}
