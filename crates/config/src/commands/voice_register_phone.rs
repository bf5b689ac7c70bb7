//! `voice register dn`, `voice register pool` and `voice register template`: SIP phones and their numbers.

use smol_str::SmolStr;

use super::classes::{CORLIST_WORDS, set_restriction, show_restriction};
use super::{PASSWORD_WORDS, credentials, kept, show_password};
use crate::command::{
    Command, Reference, Reports, flag, number, optional_flag, optional_number, optional_text, secure_audio,
    translation,
};
use crate::matcher::Matched;
use crate::settings::{
    DigestAlgorithm, Forward, ForwardNoAnswer, PoolFeatures, PoolId, PoolTransport, RegisterDn, RegisterPool,
    RegisterTemplate, SipCodec,
};
use crate::values::SpeedDial;

pub(crate) static DN: &[Command<RegisterDn>] = {
    type Row = Command<RegisterDn>;
    &[
        optional_text!("number", "dial..16", "The number others dial", number),
        optional_text!("name", "line..80", "Caller name and directory entry", name),
        optional_text!("label", "line..30", "Text beside the line", label),
        optional_flag!(
            "cti watch",
            "CSTA applications may monitor and control the number",
            "off",
            features.cti_watch
        ),
        optional_flag!(
            "cti notify",
            "The number is up although no phone carries it",
            "off",
            features.cti_notify
        ),
        optional_flag!("allow watch", "Presence watchers may watch the line", "off", features.allow_watch),
        optional_flag!(
            "huntstop",
            "A busy or unanswered call does not go on to another number",
            "on",
            features.huntstop
        ),
        number!("preference", "0-10", "Order of numbers that match; 0 is first", 0, preference),
        optional_flag!(
            "pickup-call any-group",
            "The number picks up calls of every group as of its own",
            "off",
            features.pickup_any_group
        ),
        optional_text!(
            "pickup-group",
            "word..32",
            "Group whose calls its members pick up",
            features.pickup_group
        ),
        Row::new(
            "shared-line [max-calls <calls:2-16>]",
            "Several phones have the line; calls ring at all of them",
            "off; 2 calls",
        )
        .words(&[("max-calls", "Calls at once"), ("calls", "How many")])
        .apply(|dn, matched, _| {
            dn.shared_line = matched.is_set().then(|| matched.number("calls").unwrap_or(2));
        })
        .show(|dn, out| match dn.shared_line {
            Some(2) => out.line("shared-line"),
            Some(calls) => out.line(format!("shared-line max-calls {calls}")),
            None => (),
        }),
        Row::new("call-forward b2bua all <number:dial..32>", "Forward all calls", "off")
            .words(FORWARD_WORDS)
            .apply(|dn, matched, _| {
                dn.features.forward_all =
                    matched.text("number").filter(|_| matched.is_set()).map(forward).map(Box::new);
            })
            .show(|dn, out| {
                let target = dn.features.forward_all.as_deref().map(|forward| &forward.target);
                out.optional("call-forward b2bua all", target);
            }),
        Row::new("call-forward b2bua busy <number:dial..32>", "Forward calls when busy", "off")
            .words(FORWARD_WORDS)
            .apply(|dn, matched, _| {
                dn.features.forward_busy =
                    matched.text("number").filter(|_| matched.is_set()).map(forward).map(Box::new);
            })
            .show(|dn, out| {
                let target = dn.features.forward_busy.as_deref().map(|forward| &forward.target);
                out.optional("call-forward b2bua busy", target);
            }),
        Row::new(
            "call-forward b2bua noan <number:dial..32> [timeout <timeout:3-60000>]",
            "Forward calls that are not answered",
            "off; 20 seconds",
        )
        .words(FORWARD_WORDS)
        .apply(|dn, matched, _| {
            let timeout = matched.number("timeout").unwrap_or(20);
            let number = matched.text("number").filter(|_| matched.is_set());
            dn.features.forward_no_answer =
                number.map(|number| Box::new(ForwardNoAnswer { forward: forward(number), timeout }));
        })
        .show(|dn, out| {
            if let Some(ForwardNoAnswer { forward, timeout }) = dn.features.forward_no_answer.as_deref() {
                out.line(format!("call-forward b2bua noan {} timeout {timeout}", forward.target));
            }
        }),
        optional_text!(
            "call-forward b2bua night-service",
            "dial..32",
            "Forward calls at night",
            features.forward_night
        ),
        optional_text!(
            "call-forward b2bua unreachable",
            "dial..32",
            "Forward calls when no phone is registered",
            features.forward_unregistered
        ),
        optional_flag!(
            "after-hour exempt",
            "The number may call any number at any time",
            "off",
            features.calls.after_hours_exempt
        ),
        optional_flag!(
            "night-service bell",
            "Calls at night are announced at phones with a bell",
            "off",
            features.calls.night_bell
        ),
        flag!("auto-answer", "Phones are asked to answer calls by themselves", off, auto_answer),
        Row::new("huntstop channel <channel:0-50>", "Channels behind this one are for outgoing calls", "off")
            .apply(|dn, matched, _| {
                let channel = matched.number("channel").filter(|channel| *channel > 0);
                dn.features.huntstop_channel = channel.filter(|_| matched.is_set()).map(Some);
            })
            .show(|dn, out| {
                let channel = dn.features.huntstop_channel.flatten();
                out.optional("huntstop channel", channel.as_ref());
            }),
        kept!("application", "Application of the number"),
        kept!("call-forward b2bua mailbox", "Forward to a mailbox"),
        kept!("call-waiting", "Call waiting"),
        kept!("intercom", "Intercom"),
        optional_flag!(
            "mwi",
            "The mwi-server of sip-ua says whether messages wait for the number",
            "off",
            features.mwi_sip
        ),
        kept!("mwi-type", "Kinds of message waiting"),
        kept!("no-reg", "The number is not registered elsewhere"),
        kept!("session-server", "Session managers that may monitor the number"),
        optional_number!(
            "timeouts transfer-recall",
            "0-1800",
            "Seconds until an unanswered transfer of the number returns; 0 is never",
            "by voice register global",
            features.transfer_recall
        ),
        translation!(profile, features.translation),
        kept!("translation-profile", "Number translation"),
        kept!("voice-hunt-groups", "Hunt groups"),
        kept!("refer", "Transfers"),
    ]
};

const FORWARD_WORDS: &[(&str, &str)] = &[("b2bua", "At this system"), ("number", "Where calls go")];

fn forward(target: SmolStr) -> Forward {
    Forward { target, only: None, dialplan_pattern: false }
}

pub(crate) static POOL: &[Command<RegisterPool>] = {
    type Row = Command<RegisterPool>;
    &[
        Row::new(
            "id {mac <mac:mac> | network <network:ip> mask <mask:ip> | ip <ip:ip> mask <ipmask:ip>} \
             [device-id-name <device:word..32>]",
            "Which phone it is",
            "none",
        )
        .words(&[
            ("mac", "By its Ethernet address"),
            ("network", "Any phone in a network"),
            ("ip", "By its IP address"),
            ("mask", "Mask of the address"),
            ("device-id-name", "Name of the device"),
        ])
        .apply(|pool, matched, reports| {
            pool.id = if !matched.is_set() {
                None
            } else if let Some(mac) = matched.value("mac") {
                reports.refer(matched.word("mac"), Reference::Mac);
                Some(PoolId::Mac(mac))
            } else {
                let network = matched.value("network").zip(matched.value("mask"));
                let ip = matched.value("ip").zip(matched.value("ipmask"));
                network
                    .map(|(address, mask)| PoolId::Network(address, mask))
                    .or(ip.map(|(address, mask)| PoolId::Ip(address, mask)))
            };
            pool.device_name = matched.text("device").filter(|_| matched.is_set());
        })
        .show(|pool, out| {
            let name = pool.device_name.as_ref().map(|name| format!(" device-id-name {name}"));
            let name = name.unwrap_or_default();
            match pool.id {
                Some(PoolId::Mac(mac)) => out.line(format!("id mac {mac}{name}")),
                Some(PoolId::Network(address, mask)) => {
                    out.line(format!("id network {address} mask {mask}{name}"));
                }
                Some(PoolId::Ip(address, mask)) => out.line(format!("id ip {address} mask {mask}{name}")),
                None => (),
            }
        }),
        Row::new("type <model:word..32> [addon <addons:line>]", "Model of the phone", "none")
            .words(&[("model", "Cisco's model name, such as 7961"), ("addon", "Expansion modules")])
            .apply(|pool, matched, _| {
                pool.model = matched.text("model").filter(|_| matched.is_set());
                pool.addons = matched.text("addons").filter(|_| matched.is_set());
            })
            .show(|pool, out| {
                if let Some(model) = &pool.model {
                    let addons = pool.addons.as_ref().map(|a| format!(" addon {a}")).unwrap_or_default();
                    out.line(format!("type {model}{addons}"));
                }
            }),
        Row::new(
            "number <tag:1-114> dn <dn:1-10000> [preference <preference:0-10>] [huntstop]",
            "A line of the phone",
            "none",
        )
        .words(&[
            ("tag", "Line of the phone"),
            ("dn", "Directory number"),
            ("preference", "Order of numbers that match; 0 is first"),
            ("huntstop", "Calls do not go on to another number, as `huntstop` of the directory number says"),
        ])
        .apply(|pool, matched, reports| {
            let Some(tag) = matched.number("tag") else { return };
            match matched.number("dn").filter(|_| matched.is_set()) {
                Some(dn) => {
                    reports.refer(matched.word("dn"), Reference::RegisterDn(dn));
                    pool.numbers.insert(tag, dn);
                }
                None => drop(pool.numbers.remove(&tag)),
            }
            match matched.number("preference").filter(|_| matched.is_set()) {
                Some(preference) => drop(pool.preferences.insert(tag, preference)),
                None => drop(pool.preferences.remove(&tag)),
            }
            match matched.is_set() && matched.has("huntstop") {
                true => drop(pool.huntstops.insert(tag)),
                false => drop(pool.huntstops.remove(&tag)),
            }
        })
        .show(|pool, out| {
            for (tag, dn) in &pool.numbers {
                let preference = pool.preferences.get(tag);
                let preference =
                    preference.map(|preference| format!(" preference {preference}")).unwrap_or_default();
                let huntstop = if pool.huntstops.contains(tag) { " huntstop" } else { "" };
                out.line(format!("number {tag} dn {dn}{preference}{huntstop}"));
            }
        }),
        kept!("number", "Numbers of the phone by a pattern"),
        kept!("id device-id-name", "A phone that is known by its name only"),
        Row::new(
            "username <name:word..31> [password [0|6|7] <secret:word>]",
            "Credentials of the phone",
            "none",
        )
        .words(&PASSWORD_WORDS)
        .apply(|pool, matched, _| {
            pool.user = credentials(matched).filter(|_| matched.is_set()).map(Box::new);
        })
        .show(|pool, out| {
            if let Some(user) = &pool.user {
                out.line(format!("username {}{}", user.name, show_password(&user.password)));
            }
        }),
        Row::new("authenticate algorithm {md5|sha-256}", "How the phone proves its password", "md5")
            .words(&[
                ("algorithm", "Digest algorithm"),
                ("md5", "MD5 only"),
                ("sha-256", "SHA-256 is offered before MD5"),
            ])
            .apply(|pool, matched, _| {
                let strong = matched.is_set() && matched.has("sha-256");
                pool.algorithm = if strong { DigestAlgorithm::Sha256 } else { DigestAlgorithm::Md5 };
            })
            .show(|pool, out| {
                if pool.algorithm == DigestAlgorithm::Sha256 {
                    out.line("authenticate algorithm sha-256");
                }
            })
            .status(crate::command::Status::Own),
        Row::new("template <tag:1-10>", "Template whose values the phone inherits", "none")
            .apply(|pool, matched, reports| {
                pool.template = matched.number("tag").filter(|_| matched.is_set());
                if let Some(tag) = pool.template {
                    reports.refer(matched.word("tag"), Reference::RegisterTemplate(tag));
                }
            })
            .show(|pool, out| out.optional("template", pool.template.as_ref())),
        optional_text!("description", "line..80", "Description of the phone", description),
        optional_number!(
            "busy-trigger-per-button",
            "1-50",
            "Calls on a line from which it is busy",
            "off",
            busy_trigger_per_button
        ),
        flag!("call-waiting", "A second call rings too", on, call_waiting),
        flag!(
            "auto-answer",
            "The phone answers when it is asked to by Call-Info and Alert-Info",
            off,
            auto_answer
        )
        .status(crate::command::Status::Own),
        Row::new("session-transport {udp|tcp}", "Transport of the phone", "udp")
            .words(&[("udp", "UDP"), ("tcp", "TCP")])
            .apply(|pool, matched, _| {
                let given = if matched.has("tcp") { PoolTransport::Tcp } else { PoolTransport::Udp };
                pool.transport = matched.is_set().then_some(given);
            })
            .show(|pool, out| match pool.transport {
                Some(PoolTransport::Tcp) => out.line("session-transport tcp"),
                Some(PoolTransport::Udp) => out.line("session-transport udp"),
                None => {}
            }),
        Row::new(
            "speed-dial <position:1-113> <number:dial..32> [label <label:line..30>]",
            "Speed-dial button",
            "none",
        )
        .words(&[
            ("position", "Speed-dial button"),
            ("number", "Number that is dialled"),
            ("label", "Text beside the button"),
        ])
        .apply(|pool, matched, _| {
            let Some(position) = matched.number("position") else { return };
            match matched.text("number").filter(|_| matched.is_set()) {
                Some(number) => {
                    let dial = SpeedDial { number, label: matched.unquoted("label"), lamp: false };
                    pool.speed_dials.insert(position, dial);
                }
                None => drop(pool.speed_dials.remove(&position)),
            }
        })
        .show(|pool, out| {
            for (position, dial) in &pool.speed_dials {
                let label = dial.label.as_ref().map(|label| format!(" label {label}")).unwrap_or_default();
                out.line(format!("speed-dial {position} {}{label}", dial.number));
            }
        }),
        kept!("after-hour exempt", "Calls outside office hours are not blocked"),
        kept!("application", "Application of the phone"),
        kept!("blf-speed-dial", "Speed-dial button with a lamp"),
        optional_text!(
            "call-forward b2bua all",
            "dial..32",
            "Forward all calls to numbers that do not say where",
            forwarding.all
        ),
        optional_text!(
            "call-forward b2bua busy",
            "dial..32",
            "Forward calls to numbers that do not say where, when busy",
            forwarding.busy
        ),
        optional_text!(
            "call-forward b2bua unreachable",
            "dial..32",
            "Forward calls to numbers that do not say where, when no phone is registered",
            forwarding.unreachable
        ),
        Row::new(
            "call-forward b2bua noan <number:dial..32> [timeout <timeout:3-60000>]",
            "Forward calls that are not answered to numbers that do not say where",
            "off; 20 seconds",
        )
        .words(FORWARD_WORDS)
        .apply(|pool, matched, _| {
            let number = matched.text("number").filter(|_| matched.is_set());
            let timeout = matched.number("timeout").unwrap_or(20);
            pool.forwarding.no_answer = number.map(|number| (number, timeout));
        })
        .show(|pool, out| {
            if let Some((number, timeout)) = &pool.forwarding.no_answer {
                out.line(format!("call-forward b2bua noan {number} timeout {timeout}"));
            }
        }),
        kept!("call-forward b2bua", "Forwarding of the phone's calls"),
        kept!("conference", "Conferences"),
        kept!("dialplan", "Dial plan of the phone"),
        kept!("digit collect", "Collecting digits"),
        kept!("emergency", "Emergency response"),
        kept!("fastdial", "Entry of the personal speed-dial menu"),
        kept!("incoming called-number", "Called number of dial peers"),
        kept!("logout-profile", "Extension mobility"),
        kept!("night-service bell", "Night service bell"),
        kept!("overlap-signal", "Overlap signalling"),
        kept!("paging-dn", "Paging number"),
        kept!("phone-mode", "Phone without computer"),
        kept!("pin", "Personal identification number"),
        kept!("preference", "Order of dial peers"),
        kept!("presence call-list", "Lamps in the lists of calls"),
        kept!("provision-tag", "Tag of provisioning"),
        kept!("proxy", "Proxy of the phone"),
        kept!("reset", "Reset the phone"),
        kept!("restart", "Restart the phone"),
        kept!("session-server", "Session manager of the phone"),
        kept!("transfer", "Transfer"),
        kept!("transfer-pattern", "Numbers calls may be transferred to"),
        kept!("voice-class", "Voice class"),
        kept!("lpcor", "Logical partitioning"),
        kept!("camera", "Camera"),
        kept!("video", "Video"),
        kept!("group", "Group of networks"),
        kept!("user-locale", "Language of the phone"),
        kept!("network-locale", "Tones of the phone"),
        kept!("privacy-button", "Privacy button"),
        kept!("privacy", "Privacy"),
        kept!("max", "Most registrations"),
        kept!("registration-timer", "Time of registrations"),
        kept!("alias", "Other numbers"),
        kept!("park reservation-group", "Park slots that are chosen first"),
        kept!("apply-config", "New settings sent to the phone"),
        kept!("ata-ivr-pwd", "Password of an adapter"),
    ]
};

pub(crate) static TEMPLATE: &[Command<RegisterTemplate>] = {
    type Row = Command<RegisterTemplate>;
    &[
        flag!("anonymous block", "Callers who do not say who they are are refused", off, anonymous_block),
        kept!("button-layout", "Order of the buttons"),
        flag!("caller-id block", "Whom the phones call is not told who calls", off, caller_id_block),
        kept!("conference enable", "Conference key"),
        kept!("dnd-control", "Do-not-disturb key"),
        kept!("feature-button", "Feature button"),
        kept!("forward", "Forward key"),
        kept!("semi-attended enable", "Transfer while it rings"),
        kept!("softkeys", "Soft keys of a call state"),
        kept!("transfer-attended enable", "Transfer after consultation"),
        kept!("transfer-blind enable", "Transfer without consultation"),
        kept!("url-button", "Button with a URL"),
        kept!("voicemail", "Number of the voicemail system"),
        kept!("user-locale", "Language of the phones"),
        kept!("network-locale", "Tones of the phones"),
        kept!("transfer-pattern", "Numbers calls may be transferred to"),
        kept!("camera", "Camera"),
        kept!("video", "Video"),
    ]
};

/// What pool and template both say. These rows stand behind those of the mode.
pub(crate) static FEATURES: &[Command<PoolFeatures>] = {
    type Row = Command<PoolFeatures>;
    &[
        Row::new("codec {g711ulaw|g711alaw|g722-64|g729r8|ilbc|opus}", "The only codec of the phone", "any")
            .words(&CODEC_WORDS)
            .apply(|features, matched, _| features.codec = codec(matched).filter(|_| matched.is_set()))
            .show(|features, out| out.optional("codec", features.codec.and_then(codec_word).as_ref())),
        optional_text!("dtmf-relay", "line..80", "How digits are sent", dtmf_relay),
        Row::new("voice-class codec <class:1-10000>", "The class of its codecs", "none")
            .apply(|features, matched, _| {
                features.codec_class = matched.number("class").filter(|_| matched.is_set());
            })
            .show(|features, out| out.optional("voice-class codec", features.codec_class.as_ref())),
        Row::new("cor {incoming|outgoing} <list:word..64> [default]", "Class of restriction", "none")
            .words(&[CORLIST_WORDS[0], CORLIST_WORDS[1], CORLIST_WORDS[2], ("default", "For all numbers")])
            .apply(|features, matched, reports| set_restriction(&mut features.restriction, matched, reports))
            .show(|features, out| show_restriction(&features.restriction, "cor", " default", out)),
        kept!("cor", "Class of restriction of some numbers"),
        optional_flag!(
            "keep-conference",
            "A conference goes on when its creator leaves",
            "on",
            keep_conference
        ),
        secure_audio!(),
        translation!(profile, translation),
        translation!("translate-outgoing", translation),
        kept!("dnd", "Do not disturb"),
        kept!("service phone", "Settings of the phone"),
        kept!("translate-outgoing", "Number translation"),
        kept!("vad", "Voice activity detection"),
    ]
};

/// The words for codecs, and what they mean.
pub(crate) const CODEC_WORDS: [(&str, &str); 6] = [
    ("g711ulaw", "G.711 mu-law"),
    ("g711alaw", "G.711 A-law"),
    ("g722-64", "G.722"),
    ("g729r8", "G.729"),
    ("ilbc", "iLBC"),
    ("opus", "Opus"),
];

/// The same, where `bytes` may follow.
pub(crate) const SIZED_CODEC_WORDS: [(&str, &str); 7] = [
    CODEC_WORDS[0],
    CODEC_WORDS[1],
    CODEC_WORDS[2],
    CODEC_WORDS[3],
    CODEC_WORDS[4],
    CODEC_WORDS[5],
    ("bytes", "Bytes of audio in a packet"),
];

/// The codec that a line names.
pub(crate) fn codec(matched: &Matched<'_>) -> Option<SipCodec> {
    CODECS.iter().find(|(word, _)| matched.has(word)).map(|(_, codec)| *codec)
}

/// How a line names a codec.
pub(crate) fn codec_word(codec: SipCodec) -> Option<&'static str> {
    CODECS.iter().find(|(_, known)| *known == codec).map(|(word, _)| *word)
}

/// The bytes in a packet that a line names for its codec.
pub(crate) fn codec_bytes(matched: &Matched<'_>, reports: &mut Reports) -> Option<u32> {
    let bytes = matched.number("bytes").filter(|_| matched.is_set())?;
    if let Some(word) = matched.word("bytes") {
        reports.note(
            word,
            "`bytes` is known but not in effect: packets hold 20 ms, or what the other side says",
        );
    }
    Some(bytes)
}

/// How a line names a codec with the bytes in a packet.
pub(crate) fn show_codec(codec: &str, bytes: Option<u32>) -> String {
    let bytes = bytes.map(|bytes| format!(" bytes {bytes}")).unwrap_or_default();
    format!("{codec}{bytes}")
}

const CODECS: [(&str, SipCodec); 6] = [
    ("g711ulaw", SipCodec::G711Ulaw),
    ("g711alaw", SipCodec::G711Alaw),
    ("g722-64", SipCodec::G722),
    ("g729r8", SipCodec::G729),
    ("ilbc", SipCodec::Ilbc),
    ("opus", SipCodec::Opus),
];
