//! Global configuration.

use super::{kept, trunks};
use crate::command::{Command, Reference, Status, optional_text};
use crate::cti_user::CtiUser;
use crate::matcher::Form;
use crate::mode::Mode;
use crate::settings::{HuntType, LineMode, Settings};

/// Commands that open a mode whose settings are in a map by tag.
macro_rules! tagged {
    ($syntax:literal, $help:literal, $mode:ident, $field:ident) => {
        Row::new($syntax, $help, "none").enters(Mode::$mode).apply(|settings, matched, reports| {
            let Some(tag) = matched.number("tag") else { return };
            if matched.form == Form::Set {
                settings.$field.entry(tag).or_default();
                reports.refer(matched.word("tag"), Reference::Opened(Mode::$mode, tag));
            } else {
                settings.$field.remove(&tag);
            }
        })
    };
}

/// Commands that open the mode of a hunt group, whose type is part of the opening line.
macro_rules! hunt {
    ($syntax:literal, $help:literal, $mode:ident, $field:ident) => {
        Row::new($syntax, $help, "none")
            .words(&[
                ("sequential", "The first member that is free"),
                ("peer", "The member behind the one that rang last"),
                ("longest-idle", "The member without a call for longest"),
                ("parallel", "All members at once"),
            ])
            .enters(Mode::$mode)
            .apply(|settings, matched, reports| {
                let Some(tag) = matched.number("tag") else { return };
                if matched.form != Form::Set {
                    settings.$field.remove(&tag);
                    return;
                }
                reports.refer(matched.word("tag"), Reference::Opened(Mode::$mode, tag));
                let kinds = [HuntType::Sequential, HuntType::Peer, HuntType::LongestIdle, HuntType::Parallel];
                let wanted = kinds.into_iter().find(|kind| matched.has(kind.word()));
                let existing = settings.$field.get(&tag).map(|group| group.kind);
                match (existing, wanted, matched.last_word()) {
                    (Some(existing), Some(wanted), Some(word)) if existing != wanted => reports.error(
                        word,
                        format!("hunt group {tag} exists already with another type"),
                        "remove it with `no` first",
                    ),
                    _ => {
                        settings.$field.entry(tag).or_default().kind =
                            wanted.or(existing).unwrap_or_default();
                    }
                }
            })
    };
}

/// Commands that open a mode of which there is one.
macro_rules! single {
    ($syntax:literal, $help:literal, $mode:ident, $field:ident) => {
        Row::new($syntax, $help, "none").enters(Mode::$mode).apply(|settings, matched, reports| {
            if matched.form == Form::Set {
                settings.$field.get_or_insert_default();
                reports.refer(matched.last_word(), Reference::Opened(Mode::$mode, 0));
            } else {
                settings.$field = None;
            }
        })
    };
}

/// Commands that open the mode of a user, by name.
macro_rules! user {
    ($syntax:literal, $help:literal, $mode:ident, $field:ident) => {
        Row::new($syntax, $help, "none").status(Status::Own).enters(Mode::$mode).apply(
            |settings, matched, _| {
                let Some(name) = matched.text("name") else { return };
                let users = &mut settings.$field;
                if matched.form != Form::Set {
                    users.retain(|_, user| user.name != name);
                } else if users.values().all(|user| user.name != name) {
                    let tag = users.keys().next_back().map_or(1, |last| last + 1);
                    users.insert(tag, CtiUser { name, ..CtiUser::default() });
                }
            },
        )
    };
}

pub(crate) static COMMANDS: &[Command<Settings>] = {
    type Row = Command<Settings>;
    &[
        optional_text!("hostname", "word..63", "Name of the system", hostname),
        single!(
            "voice service voip",
            "Voice over IP: CTI, supplementary services, SIP",
            VoiceService,
            voice_service
        ),
        single!("voice register global", "Settings of all SIP phones", RegisterGlobal, register_global),
        tagged!(
            "voice register session-server <tag:1-8>",
            "Session manager of a CSTA client application",
            SessionServer,
            session_servers
        ),
        tagged!(
            "voice register dn <tag:1-10000>",
            "Directory number of SIP phones",
            RegisterDn,
            register_dns
        ),
        tagged!(
            "voice register template <tag:1-10>",
            "Values that SIP phones share",
            RegisterTemplate,
            register_templates
        ),
        tagged!("voice register pool <tag:1-10000>", "SIP phone", RegisterPool, register_pools),
        tagged!(
            "voice logout-profile <tag:1-65535>",
            "Extension mobility: default look of a phone",
            LogoutProfile,
            logout_profiles
        ),
        tagged!(
            "voice user-profile <tag:1-65535>",
            "Extension mobility: what a user's login brings",
            UserProfile,
            user_profiles
        ),
        single!("telephony-service", "Settings of all SCCP phones", TelephonyService, telephony_service),
        tagged!(
            "ephone-dn-template <tag:1-65535>",
            "Values that directory numbers share",
            EphoneDnTemplate,
            ephone_dn_templates
        ),
        tagged!(
            "ephone-template <tag:1-65535>",
            "Values that phones share",
            EphoneTemplate,
            ephone_templates
        ),
        Row::new("ephone-dn <tag:1-65535> [dual-line|octo-line]", "Directory number", "none")
            .words(&[
                ("dual-line", "Two channels, used by one phone at a time"),
                ("octo-line", "Eight channels, shared by the phones that carry the number"),
            ])
            .enters(Mode::EphoneDn)
            .apply(|settings, matched, reports| {
                let Some(tag) = matched.number("tag") else { return };
                if matched.form != Form::Set {
                    settings.ephone_dns.remove(&tag);
                    return;
                }
                reports.refer(matched.word("tag"), Reference::Opened(Mode::EphoneDn, tag));
                let wanted = match (matched.has("dual-line"), matched.has("octo-line")) {
                    (true, _) => Some(LineMode::Dual),
                    (_, true) => Some(LineMode::Octo),
                    _ => None,
                };
                let existing = settings.ephone_dns.get(&tag).map(|dn| dn.line_mode);
                match (existing, wanted, matched.last_word()) {
                    (Some(existing), Some(wanted), Some(word)) if existing != wanted => {
                        let message = format!("ephone-dn {tag} exists already with other channels");
                        reports.error(word, message, format!("write `no ephone-dn {tag}` first"));
                    }
                    _ => settings.ephone_dn_mut(tag).line_mode = wanted.or(existing).unwrap_or_default(),
                }
            }),
        tagged!("ephone <tag:1-65535>", "SCCP phone", Ephone, ephones),
        hunt!(
            "ephone-hunt <tag:1-100> [sequential|peer|longest-idle|parallel]",
            "Hunt group of SCCP phones",
            EphoneHunt,
            ephone_hunts
        ),
        hunt!(
            "voice hunt-group <tag:1-100> [sequential|peer|longest-idle|parallel]",
            "Hunt group of all phones",
            VoiceHuntGroup,
            voice_hunt_groups
        ),
        Row::new("num-exp <extension:word..32> <expanded:word..32>", "Expansion of dialled numbers", "none")
            .words(&[
                ("extension", "What is dialled; . is any digit"),
                ("expanded", "What is called instead"),
            ])
            .apply(|settings, matched, _| {
                if matched.form != Form::Set {
                    let extension = matched.text("extension");
                    return settings
                        .expansions
                        .retain(|(known, _)| extension.as_ref().is_some_and(|extension| extension != known));
                }
                let Some((extension, expanded)) = trunks::expansion(matched) else { return };
                settings.expansions.retain(|(known, _)| *known != extension);
                settings.expansions.push((extension, expanded));
            }),
        tagged!(
            "voice translation-rule <tag:1-2147483647>",
            "Rules that change numbers",
            TranslationRule,
            translation_rules
        ),
        Row::new("voice translation-profile <name:word..64>", "Which rules change which number", "none")
            .enters(Mode::TranslationProfile)
            .apply(|settings, matched, _| {
                let Some(name) = matched.text("name") else { return };
                match matched.form == Form::Set {
                    true => settings.add_translation_profile(&name),
                    false => settings.translation_profiles.retain(|_, profile| profile.name != name),
                }
            }),
        tagged!(
            "voice class codec <tag:1-10000>",
            "Codecs in their order, for phones and dial peers",
            CodecClass,
            codec_classes
        ),
        Row::new("voice class uri <name:word..32> [sip|tel]", "Addresses, for dial peers of calls that come in", "none")
            .words(&[("name", "Its name"), ("sip", "Addresses of SIP"), ("tel", "Addresses of telephones")])
            .enters(Mode::UriClass)
            .apply(|settings, matched, _| {
                let Some(name) = matched.text("name") else { return };
                match matched.form == Form::Set {
                    true => settings.add_uri_class(&name, matched.has("tel")),
                    false => settings.uri_classes.retain(|_, class| class.name != name),
                }
            }),
        tagged!(
            "voice class server-group <tag:1-10000>",
            "Servers of a dial peer that take each other's place",
            ServerGroup,
            server_groups
        ),
        tagged!(
            "voice class sip-options-keepalive <tag:1-10000>",
            "How dial peers are asked whether they are there",
            KeepaliveClass,
            keepalive_classes
        ),
        Row::new("voice hunt {all|user-busy}", "Who is busy is called by the next dial peer too", "off")
            .words(&[("all", "Every cause"), ("user-busy", "The called party is busy")])
            .apply(|settings, matched, _| settings.hunt_busy = matched.switch(false)),
        kept!("voice hunt", "Causes with which a call goes on to the next dial peer: here all but user-busy"),
        Row::new("dial-peer hunt <order:0-7>", "In which order dial peers are tried", "0")
            .words(&[(
                "order",
                "0: digits named, preference, random; 1: digits, preference, least recent; 2: preference, digits, random; \
                 3: preference, digits, least recent; 4: least recent, digits, preference; 5: least recent, preference, \
                 digits; 6: random; 7: least recent",
            )])
            .apply(|settings, matched, _| {
                settings.peer_hunt = matched.number("order").filter(|_| matched.is_set()).unwrap_or(0);
            }),
        Row::new(
            "voip-incoming translation-profile <profile:word..64>",
            "How numbers are changed of all calls that come in by IP",
            "none",
        )
        .words(&[("profile", "Name of the profile")])
        .apply(|settings, matched, _| {
            settings.voip_incoming = matched.text("profile").filter(|_| matched.is_set());
        }),
        single!("dial-peer cor custom", "Names of what a call may be able to do", CorNames, cor_names),
        Row::new("dial-peer cor list <name:word..64>", "What calls are able to do, or have to be", "none")
            .enters(Mode::CorList)
            .apply(|settings, matched, _| {
                let Some(name) = matched.text("name") else { return };
                match matched.form == Form::Set {
                    true => settings.add_cor_list(&name),
                    false => settings.cor_lists.retain(|_, list| list.name != name),
                }
            }),
        Row::new("dial-peer voice <tag:1-2147483647> [voip|pots]", "Where calls leave and come in", "none")
            .words(&[("voip", "Over IP"), ("pots", "By a voice port, which is not served")])
            .enters(Mode::DialPeer)
            .apply(|settings, matched, _| {
                let Some(tag) = matched.number("tag") else { return };
                if matched.form != Form::Set {
                    settings.dial_peers.remove(&tag);
                    return;
                }
                let peer = settings.dial_peers.entry(tag).or_default();
                peer.pots |= matched.has("pots");
            }),
        single!("gateway", "Media of calls that come through here", Gateway, gateway),
        single!("sip-ua", "SIP: registration, credentials", SipUa, sip_ua),
        single!("cti-manager", "Applications over CSTA and HTTP", CtiManager, cti_manager),
        user!(
            "application-user <name:word..128>",
            "Application that controls devices",
            ApplicationUser,
            application_users
        ),
        user!("end-user <name:word..128>", "User who controls devices", EndUser, end_users),
        Row::new("dependency-records", "Lists what uses an object of the configuration", "on")
            .status(Status::Own)
            .apply(|settings, matched, _| settings.dependency_records_off = !matched.switch(true))
            .show(|settings, out| {
                if settings.dependency_records_off {
                    out.line("no dependency-records")
                }
            }),
        Row::new("device-pool <name:word..64>", "Pool of devices of applications", "none")
            .status(Status::Own)
            .enters(Mode::DevicePool)
            .apply(|settings, matched, _| {
                let Some(name) = matched.text("name") else { return };
                match matched.form == Form::Set {
                    true => settings.add_device_pool(&name),
                    false => settings.device_pools.retain(|_, pool| pool.name != name),
                }
            }),
        tagged!("cti-port <tag:1-65535>", "Device whose media an application ends", CtiPort, cti_ports)
            .status(Status::Own),
        tagged!(
            "cti-route-point <tag:1-65535>",
            "Device whose calls an application distributes",
            CtiRoutePoint,
            cti_route_points
        )
        .status(Status::Own),
        single!("presence", "Who may watch numbers, and how many", Presence, presence),
        single!("limits", "How much strangers and applications may take", Limits, limits).status(Status::Own),
        kept!("voice register dialplan", "Dial plan of SIP phones"),
        kept!("voice class", "Voice class"),
        kept!("voice moh-group", "Music on hold of a group of numbers"),
        kept!("ephone-type", "Phone model"),
        kept!(
            "telephony-service ccm-compatible",
            "Calls with Cisco CallManager, in dial peers and voice classes"
        ),
        kept!("dial-peer terminator", "Key that ends a number"),
        kept!("dial-peer no-match", "Calls that match no dial peer"),
        kept!("dial-peer outbound", "Dial peers of calls that leave"),
        kept!("dial-peer inbound", "Dial peers of calls that come in"),
        kept!("dial-peer voice", "Dial peers for fax and frame relay").encloses(),
    ]
};

/// First words of global commands that only concern a router, so that nothing is suggested for them.
pub(crate) static FOREIGN: &[&str] = &[
    "aaa",
    "access-list",
    "alias",
    "application",
    "archive",
    "arp",
    "banner",
    "bba-group",
    "boot",
    "boot-end-marker",
    "boot-start-marker",
    "bridge",
    "call",
    "call-home",
    "call-manager-fallback",
    "card",
    "cdp",
    "chat-script",
    "class-map",
    "clock",
    "cns",
    "control-plane",
    "controller",
    "crypto",
    "dhcp",
    "diagnostic",
    "dial-control-mib",
    "dialer",
    "dialer-list",
    "domain",
    "dot11",
    "dspfarm",
    "enable",
    "errdisable",
    "event",
    "exception",
    "file",
    "flow",
    "frame-relay",
    "gatekeeper",
    "gw-accounting",
    "hw-module",
    "interface",
    "ip",
    "ipv6",
    "isdn",
    "ixi",
    "key",
    "kron",
    "l2tp-class",
    "lane",
    "license",
    "line",
    "lldp",
    "logging",
    "login",
    "mac-address-table",
    "macro",
    "memory",
    "memory-size",
    "menu",
    "mgcp",
    "mls",
    "modem",
    "monitor",
    "mpls",
    "multilink",
    "netconf",
    "network-clock",
    "network-clock-participate",
    "network-clock-select",
    "ntp",
    "object-group",
    "parameter-map",
    "parser",
    "password",
    "platform",
    "policy-map",
    "ppp",
    "preference",
    "privilege",
    "process",
    "prompt",
    "pseudowire-class",
    "qos",
    "radius",
    "radius-server",
    "redundancy",
    "resource",
    "restconf",
    "rmon",
    "route-map",
    "router",
    "rsvp",
    "rtr",
    "sccp",
    "scheduler",
    "security",
    "service",
    "snmp",
    "snmp-server",
    "sntp",
    "spanning-tree",
    "ssh",
    "standby",
    "subscriber",
    "tacacs-server",
    "template",
    "tftp-server",
    "time-range",
    "track",
    "transport",
    "trunk",
    "udld",
    "upgrade",
    "username",
    "version",
    "virtual-profile",
    "vlan",
    "voice-card",
    "voice-port",
    "vpdn",
    "vrf",
    "vtp",
    "warm-reboot",
    "webvpn",
    "wsma",
    "x25",
    "xconnect",
    "zone",
    "zone-pair",
];
