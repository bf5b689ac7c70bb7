//! Global commands of a router that belong to a telephone system and do nothing here: they are kept, and noted by feature.

use crate::line::Line;

/// A feature that is not there.
#[derive(Debug)]
pub(crate) struct Feature {
    /// The first words of its command.
    pub words: &'static str,
    /// What it is.
    pub what: &'static str,
}

const fn feature(words: &'static str, what: &'static str) -> Feature {
    Feature { words, what }
}

/// The features, in the order of their words.
static FEATURES: &[Feature] = &[
    feature("aaa accounting connection", "call records of an accounting server"),
    feature("application", "call applications such as B-ACD and auto attendants"),
    feature("backhaul-session-manager", "signalling carried to a call agent"),
    feature("call accounting-template", "call records"),
    feature("call application", "call applications such as B-ACD and auto attendants"),
    feature("call block", "calls refused by disconnect cause"),
    feature("call fallback", "calls by another route when the network is bad"),
    feature("call filter", "filters of debugging"),
    feature("call history-mib", "call history over SNMP"),
    feature("call language", "languages of call applications"),
    feature("call progress-tones", "tones of the voice ports"),
    feature("call rsvp-sync", "bandwidth reservation for calls"),
    feature("call service", "maintenance state of call services"),
    feature("call spike", "limit of call attempts"),
    feature("call start", "timers of H.323 calls"),
    feature("call threshold", "admission control by the load of the router"),
    feature("call treatment", "treatment of calls that are not admitted"),
    feature(
        "call-manager-fallback",
        "survivable remote site telephony (SRST), in place of telephony-service",
    ),
    feature("capf-server", "certificates of phones"),
    feature("ccm-manager", "control by Cisco Unified Communications Manager"),
    feature("cdr", "call records"),
    feature("codec profile", "forms of codecs"),
    feature("credentials", "certificates for the list of trusted servers"),
    feature("ctl-client", "list of servers that phones trust"),
    feature("dial-control-mib", "call history over SNMP"),
    feature("dspfarm", "transcoding, conferences and MTP with DSPs"),
    feature("emergency response", "emergency calls"),
    feature("ephone-alias", "aliases of numbers"),
    feature("fax", "fax"),
    feature("fxo", "FXO trunks"),
    feature("gatekeeper", "H.323 gatekeeper"),
    feature("gateway", "H.323 gateway"),
    feature("gw-accounting", "call records"),
    feature("h323", "H.323"),
    feature("h323-gateway", "H.323 gateway"),
    feature("ivr", "prompts of call applications"),
    feature("ixi application", "applications of the XML interface"),
    feature("ixi transport", "transport of the XML interface"),
    feature("media", "handling of media"),
    feature("media-proxy", "handling of media"),
    feature("mediacard", "media cards"),
    feature("mgcp", "control by MGCP"),
    feature("modem passthrough", "modems over voice"),
    feature("mrcp", "speech recognition and synthesis"),
    feature("mta", "mail of fax and voice"),
    feature("phone-proxy", "phone proxy"),
    feature("provider", "application programming interface of the gateway"),
    feature("rtsp", "prompts over RTSP"),
    feature("sccp", "conferences and transcoding with DSPs, over SCCP"),
    feature("settle-call", "settlement of calls"),
    feature("settlement", "settlement of calls"),
    feature("signaling forward", "signalling of the ISDN carried on"),
    feature("sip", "SIP"),
    feature("srst", "survivable remote site telephony"),
    feature("stcapp", "analogue telephones controlled over SCCP"),
    feature("stcapp-control", "analogue telephones controlled over SCCP"),
    feature("tftp-server", "files for the phones"),
    feature("translation", "number translation of earlier releases"),
    feature("translation-rule", "number translation of earlier releases"),
    feature("trunk group", "groups of trunks"),
    feature("uc", "application programming interface of the gateway"),
    feature("vm-integration", "voicemail integration by DTMF"),
    feature("voice aaa", "accounting of calls"),
    feature("voice call", "handling of calls on voice ports"),
    feature("voice cause-code", "words for causes"),
    feature("voice confirmation-tone", "tones of the voice ports"),
    feature("voice dnis-map", "called numbers of applications"),
    feature("voice dsp", "DSPs"),
    feature("voice echo-canceller", "echo cancellation"),
    feature("voice emergency", "emergency calls"),
    feature("voice enum-match-table", "number translation by ENUM"),
    feature("voice fastpath", "DSPs"),
    feature("voice hpi", "DSPs"),
    feature("voice hunt", "hunting by cause"),
    feature("voice iec", "error codes of calls"),
    feature("voice local-bypass", "calls inside the router"),
    feature("voice lpcor", "logical partitioning"),
    feature("voice lrtp", "control of media by an application"),
    feature("voice mlpp", "precedence and preemption"),
    feature("voice mtp", "media termination"),
    feature("voice pcm", "capture of audio"),
    feature("voice pots", "analogue and digital trunks"),
    feature("voice register pool-type", "models of SIP phones"),
    feature("voice rtp", "handling of media"),
    feature("voice sip", "SIP"),
    feature("voice source-group", "sources of calls"),
    feature("voice statistics", "statistics of calls"),
    feature("voice translation-profiles", "number translation"),
    feature("voice url", "files of call applications"),
    feature("voice vad-time", "voice activity detection"),
    feature("voice vrf", "voice in a VRF"),
    feature("voice-card", "DSPs"),
    feature("voice-gateway", "voice gateway"),
    feature("voice-port", "analogue and digital voice ports"),
    feature("voicecap", "analogue and digital voice ports"),
    feature("vxml", "VoiceXML applications"),
];

/// The feature that a global line belongs to: that of the most words that it begins with.
pub(crate) fn feature_of(line: &Line<'_>) -> Option<&'static Feature> {
    let begins = |feature: &&Feature| {
        let words = feature.words.split(' ').enumerate();
        words.into_iter().all(|(index, word)| line.word(index).text.eq_ignore_ascii_case(word))
    };
    FEATURES.iter().filter(begins).max_by_key(|feature| feature.words.len())
}
