//! Telephone features of the whole system, from the configuration to the settings of the switch.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
    time::Duration,
};

use hookflash_core::{
    BlockedPattern, Channels, ConferenceDrop, ConferenceRules, DndCalls, FeatureCode, FeatureSettings,
    HuntGroup, HuntKind, Intercom, LineSettings, MediaAddress, MeetMe, MessageWaitingNumber, PickupKeys, Pin,
    Reach, RouteOrder, StationSettings, TransferPattern,
};
use smol_str::{SmolStr, format_smolstr};

use crate::{
    config::{
        self, DirectedPickup, DnConference, DnServices, FeatureCodes, HuntType, PresentCall, TransferMode,
    },
    sccp::{OfferedKeys, SoftKeyPlace, SoftKeys},
    sip_phone,
};

/// Added to the tag of an `ephone-hunt` for the tag of its pilot's line: larger than any tag of an `ephone-dn`.
pub(crate) const EPHONE_HUNT: u32 = 1_000_000;
/// The same for a `voice hunt-group`.
pub(crate) const VOICE_HUNT_GROUP: u32 = 1_100_000;

/// The lines of the pilots. Applications may monitor those of which they may monitor a member.
pub(crate) fn pilots(config: &config::Settings, notes: &mut Vec<String>) -> Vec<LineSettings> {
    let groups = config.ephone_hunts.iter().map(|(tag, group)| ("ephone-hunt", EPHONE_HUNT, *tag, group));
    let voice = config.voice_hunt_groups.iter();
    let groups = groups.chain(voice.map(|(tag, group)| ("voice hunt-group", VOICE_HUNT_GROUP, *tag, group)));
    let watched = watched_numbers(config);
    let mut lines = Vec::new();
    for (name, base, tag, group) in groups {
        let Some(pilot) = group.pilot.clone().filter(|_| !group.members.is_empty()) else {
            notes.push(format!("{name} {tag} takes no calls: it has no pilot, or no list"));
            continue;
        };
        lines.push(LineSettings {
            tag: base + tag,
            number: pilot,
            secondary: group.secondary.clone(),
            name: group.name.clone().or(group.description.clone()).unwrap_or_default(),
            channels: Channels::Octo,
            preference: group.preference.map_or(0, |p| u8::try_from(p.primary).unwrap_or(u8::MAX)),
            huntstop: true,
            cti_watch: is_watched(group, &watched),
            hunt_group: Some(Box::new(hunt_group(config, group))),
            ..LineSettings::default()
        });
    }
    lines
}

/// The numbers with `cti watch`.
fn watched_numbers(config: &config::Settings) -> BTreeSet<SmolStr> {
    let numbers = config.ephone_dns.iter().filter(|(tag, _)| config.effective_cti_watch(**tag));
    let numbers = numbers.filter_map(|(_, dn)| dn.number.as_ref()).map(|number| number.primary.clone());
    let sip = config.register_dns.values().filter(|dn| dn.features.cti_watch == Some(true));
    numbers.chain(sip.filter_map(|dn| dn.number.clone())).collect()
}

/// Whether a member may be monitored; agents that join by `*` are any of them.
fn is_watched(group: &config::HuntGroup, watched: &BTreeSet<SmolStr>) -> bool {
    group.members.iter().any(|member| watched.contains(member) || member == "*" && !watched.is_empty())
}

fn hunt_group(config: &config::Settings, group: &config::HuntGroup) -> HuntGroup {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let ringing = config.telephony_service.as_ref().map_or(180, |service| service.timeout_ringing);
    let timeouts = if group.timeouts.is_empty() { vec![ringing] } else { group.timeouts.clone() };
    HuntGroup {
        kind: match group.kind {
            HuntType::Sequential => HuntKind::Sequential,
            HuntType::Peer => HuntKind::Peer,
            HuntType::LongestIdle => HuntKind::LongestIdle,
            HuntType::Parallel => HuntKind::Parallel,
        },
        members: group.members.clone(),
        timeouts: timeouts.into_iter().map(seconds).collect(),
        hops: group.hops.and_then(|hops| usize::try_from(hops).ok()),
        max_timeout: group.max_timeout.map(seconds),
        final_number: group.final_number.clone(),
        idle_phones_only: matches!(group.present_call, Some(PresentCall::Idle | PresentCall::OnHook)),
        auto_logout: group.auto_logout.map(|auto| auto.calls),
    }
}

/// The settings of the features.
pub(crate) fn of(config: &config::Settings) -> FeatureSettings {
    let service = config.telephony_service.clone().unwrap_or_default();
    let transfer_patterns = service.features.transfer_patterns.iter();
    FeatureSettings {
        pickup: match service.directed_pickup {
            DirectedPickup::On => PickupKeys::Directed,
            DirectedPickup::Off => PickupKeys::LocalGroup,
            DirectedPickup::ByGroupKey => PickupKeys::GroupKeyDirected,
        },
        blind_transfer: matches!(
            service.effective_transfer_system(),
            config::TransferSystem::Blind | config::TransferSystem::FullBlind
        ),
        transfer_patterns: transfer_patterns
            .map(|known| TransferPattern { pattern: known.pattern.clone(), blind: known.blind })
            .collect(),
        direct_station_select: service.features.direct_station_select,
        privacy_on_hold: service.privacy_on_hold,
        voicemail: service.voicemail.clone(),
        any_park_slot: service.park_no_match,
        codes: {
            let (night, hours) = (&service.features.night_code, &service.features.override_code);
            let night = night.clone().map(|code| (code, FeatureCode::NightService));
            let hours = hours.clone().map(|code| (code, FeatureCode::OverrideHours));
            night.into_iter().chain(hours).chain(codes(&service.features.codes)).collect()
        },
        code_aliases: code_aliases(&service.features.codes),
        expansions: config.expansions.clone(),
        route_order: RouteOrder::numbered(config.peer_hunt),
        hunts_on_busy: config.hunt_busy,
        multicast_music: service.multicast_moh.as_ref().map(|moh| group((moh.address, moh.port))),
        after_hours_blocks: service
            .features
            .after_hours
            .blocks
            .values()
            .map(|(pattern, always)| BlockedPattern { pattern: pattern.clone(), always: *always })
            .collect(),
        max_conferences: service.max_conferences.and_then(|most| usize::try_from(most.count).ok()),
    }
}

/// What happens to calls of a phone whose user is not to be disturbed.
pub(crate) fn dnd_calls(config: &config::Settings, ephone: u32) -> DndCalls {
    match config.effective_dnd_feature_ring(ephone) {
        None => DndCalls::Refused,
        Some(true) => DndCalls::Silent,
        Some(false) => DndCalls::RingFeatureButtons,
    }
}

/// What `fac` makes of dialled digits.
fn codes(codes: &FeatureCodes) -> BTreeMap<SmolStr, FeatureCode> {
    let feature = |name| {
        Some(match name {
            "callfwd all" => FeatureCode::ForwardAll,
            "callfwd cancel" => FeatureCode::CancelForward,
            "pickup local" => FeatureCode::PickupLocal,
            "pickup group" => FeatureCode::PickupGroup,
            "pickup direct" => FeatureCode::PickupDirect,
            "park" => FeatureCode::ParkCall,
            "dnd" => FeatureCode::DoNotDisturb,
            "redial" => FeatureCode::Redial,
            "voicemail" => FeatureCode::Voicemail,
            "ephone-hunt join" => FeatureCode::JoinHuntGroup,
            "ephone-hunt cancel" => FeatureCode::LeaveHuntGroups,
            "ephone-hunt hlog" => FeatureCode::HuntGroupLogLine,
            "ephone-hunt hlog-phone" => FeatureCode::HuntGroupLog,
            "trnsfvm" => FeatureCode::TransferToVoicemail,
            "dpark-retrieval" => FeatureCode::FetchParked,
            "ccw" => FeatureCode::CancelCallWaiting,
            "ephone-hunt unjoin" => FeatureCode::LeaveHuntGroup,
            _ => return None,
        })
    };
    codes.by_feature().into_iter().filter_map(|(name, code)| Some((code, feature(name)?))).collect()
}

/// What stands for codes, with the digits that it stands for.
fn code_aliases(codes: &FeatureCodes) -> BTreeMap<SmolStr, SmolStr> {
    let meant = |(_, alias): (&u32, &config::CodeAlias)| {
        let digits = alias.digits.as_deref().unwrap_or_default();
        (alias.code.clone(), format_smolstr!("{}{digits}", alias.stands_for))
    };
    codes.aliases().map(meant).collect()
}

/// How many parties a conference may have.
pub(crate) fn max_conference_members(config: &config::Settings) -> usize {
    const SOFTWARE: usize = 3;
    const HARDWARE: usize = 8;
    let hardware =
        config.telephony_service.as_ref().is_some_and(|service| service.features.conference_hardware);
    if hardware { HARDWARE } else { SOFTWARE }
}

/// The features of a directory number.
pub(crate) fn line(
    config: &config::Settings,
    dn: &config::EphoneDn,
    features: &config::DnFeatures,
) -> LineSettings {
    let incoming = features.huntstop_channel.map(|channel| match (channel, dn.line_mode) {
        (Some(channel), _) => usize::try_from(channel).unwrap_or(usize::MAX),
        (None, config::LineMode::Octo) => 8,
        (None, _) => 1,
    });
    let calls = &features.calls;
    let (from_phone, to_phone) = sip_phone::line_translations(config, &features.translation);
    LineSettings {
        description: dn.description.clone().unwrap_or_default(),
        incoming_channels: incoming,
        blind_transfer: calls.transfer_mode.map(|mode| mode == TransferMode::Blind),
        refuses_waiting_beep: calls.beep_accept == Some(false),
        gives_no_waiting_beep: calls.beep_generate == Some(false),
        waiting_ring: calls.ring == Some(true),
        intercom: dn.intercom.as_ref().map(intercom),
        reach: reach(&dn.services).map(Box::new),
        paging: dn.services.paging.is_some(),
        paging_group: dn.services.paging.as_ref().and_then(|paging| paging.group).map(group),
        pages_also: dn.services.paging_also.clone(),
        meet_me: match dn.services.conference {
            Some(DnConference::MeetMe { unlocked }) => Some(MeetMe { unlocked }),
            Some(DnConference::AdHoc) | None => None,
        },
        message_waiting: features.mwi.map(|mwi| match mwi {
            config::Mwi::On => MessageWaitingNumber::On,
            config::Mwi::Off => MessageWaitingNumber::Off,
            config::Mwi::OnOff => MessageWaitingNumber::OnOff,
        }),
        after_hours_exempt: calls.after_hours_exempt == Some(true),
        night_forward: features.forward_night.clone(),
        from_phone,
        to_phone,
        transfer_recall: features.transfer_recall.map(|after| Duration::from_secs(after.into())),
        forward_unregistered: features.forward_unregistered.clone(),
        forward_failure: features.forward_failure.clone(),
        night_bell: calls.night_bell == Some(true),
        allow_watch: features.allow_watch == Some(true),
        hides_number: features.caller_id_block == Some(true),
        park_group: features.park_group.clone(),
        ..sip_phone::restricted(config, &features.restriction)
    }
}

/// A group to which audio is sent.
fn group((address, port): (Ipv4Addr, u16)) -> MediaAddress {
    MediaAddress::v4(address, port)
}

/// Where the calls of a number with `mobility` ring too.
pub(crate) fn reach(services: &DnServices) -> Option<Reach> {
    let seconds = |count: u32| Duration::from_secs(count.into());
    let snr = services.snr.as_ref().filter(|_| services.mobility)?;
    Some(Reach {
        number: snr.number.clone(),
        delay: seconds(snr.delay),
        timeout: seconds(snr.timeout),
        no_answer: snr.no_answer.clone(),
        answer_too_soon: services.snr_answer_too_soon.map(seconds),
        shows_office_number: services.snr_shows_own_number,
    })
}

fn intercom(intercom: &config::Intercom) -> Intercom {
    Intercom {
        number: intercom.number.clone(),
        rings: intercom.no_auto_answer,
        unmuted: intercom.no_mute,
        barge_in: intercom.barge_in,
    }
}

/// The features of a phone.
pub(crate) fn station(config: &config::Settings, tag: u32, ephone: &config::Ephone) -> StationSettings {
    let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let most = config.effective_max_calls_per_button(tag);
    let keep = config.keep_conference_of(tag);
    let keys = config.effective_keys(tag);
    let modes = config.conference_modes_of(tag);
    StationSettings {
        model: ephone.model.clone().unwrap_or_default(),
        blf_speed_dials: blf_speed_dials(ephone),
        max_calls_per_button: Some(count(most)).filter(|most| *most < 8),
        busy_trigger_per_button: config.effective_busy_trigger_per_button(tag).map(count),
        after_hours_exempt: keys.after_hours_exempt == Some(true),
        night_bell: keys.night_bell == Some(true),
        paging_number: keys.paging.map(|paging| paging.tag),
        paged_alone: keys.paging.is_some_and(|paging| paging.unicast),
        takes_multicast_music: keys.multicast_moh != Some(false),
        pin: ephone.pin.as_ref().and_then(|pin| pin.reveal()).map(Pin),
        transfers_inside_only: keys.transfer_blocked == Some(true),
        transfer_max_length: keys.transfer_max_length.map(count),
        conference: ConferenceRules {
            drop: modes.drop.map(|drop| match drop {
                config::ConferenceDrop::Creator => ConferenceDrop::Creator,
                config::ConferenceDrop::Local => ConferenceDrop::Local,
            }),
            only_creator_adds: modes.only_creator_adds == Some(true),
            admin: modes.admin == Some(true),
            key_drops_last: keep.is_some_and(|keep| keep.drop_last),
            keep_needs_local: keep.is_some_and(|keep| keep.local_only),
        },
        privacy: config.effective_privacy(tag),
        privacy_button: config.effective_privacy_button(tag),
        end_call_leaves_conference: keep.is_some_and(|keep| keep.end_call),
        ..StationSettings::default()
    }
}

fn blf_speed_dials(ephone: &config::Ephone) -> Vec<(SmolStr, SmolStr)> {
    let dials = &ephone.blf.with_lamps;
    let last = dials.keys().next_back().copied().unwrap_or(0);
    let dial = |place| {
        let dial = dials.get(&place)?;
        Some((dial.number.clone(), dial.label.clone().unwrap_or_default()))
    };
    (1..=last).map(|place| dial(place).unwrap_or_default()).collect()
}

/// The soft keys of phones without a template of their own.
pub(crate) fn usual_soft_keys(config: &config::Settings) -> SoftKeys {
    let service = config.telephony_service.as_ref();
    let any = |offers: fn(&DnServices) -> bool| config.ephone_dns.values().any(|dn| offers(&dn.services));
    SoftKeys::usual(OfferedKeys {
        hunt_log: service.is_some_and(|service| service.features.hunt_log_key),
        voicemail: service.is_some_and(|service| service.voicemail.is_some()),
        meet_me: any(|services| matches!(services.conference, Some(DnConference::MeetMe { .. }))),
        mobility: any(|services| services.mobility),
    })
}

/// The soft keys of phones that have others than the usual ones.
pub(crate) fn soft_keys(config: &config::Settings) -> BTreeMap<u32, Arc<SoftKeys>> {
    let mut changed = BTreeMap::new();
    for tag in config.ephones.keys() {
        let keys = config.effective_keys(*tag);
        if keys.soft_keys.is_empty() && keys.blocked.is_empty() {
            continue;
        }
        let mut soft_keys = usual_soft_keys(config);
        for (state, names) in &keys.soft_keys {
            if let Some(place) = SoftKeyPlace::from_word(state) {
                soft_keys.set(place, names.iter().map(SmolStr::as_str));
            }
        }
        soft_keys.block(keys.blocked.iter().map(SmolStr::as_str));
        changed.insert(*tag, Arc::new(soft_keys));
    }
    changed
}

#[cfg(test)]
mod tests {
    use smol_str::SmolStr;

    use crate::{config, provision};

    #[test]
    fn numbers_are_translated_as_profiles_and_rules_of_their_lines_say() {
        let text = "voice translation-rule 1\n rule 1 /^9/ //\n!\nvoice translation-rule 2\n rule 1 /^/ /555/\n!\n\
            voice translation-profile OUT\n translate called 1\n translate calling 2\n!\n\
            voice translation-profile SHOWN\n translate calling 2\n!\n\
            voice register global\n mode cme\n max-dn 4\n max-pool 4\n!\n\
            voice register dn 1\n number 301\n translation-profile incoming OUT\n!\n\
            voice register dn 2\n number 302\n!\n\
            voice register pool 1\n id mac 0200.0000.0301\n translate-outgoing called 1\n number 1 dn 2\n!\n\
            telephony-service\n max-dn 10\n!\n\
            ephone-dn-template 1\n translation-profile outgoing SHOWN\n!\n\
            ephone-dn 1\n number 201\n translation-profile incoming OUT\n!\n\
            ephone-dn 2\n number 202\n translate called 1\n ephone-dn-template 1\n!\n\
            ephone-dn 3\n number 203\n!\n";
        let loaded = config::load(text);
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        let made = provision(&loaded.settings, None);
        let says = |number: &str| {
            let line = made.settings.switch.lines.iter().find(|line| line.number == number).unwrap();
            let (from, to) = (&line.from_phone, &line.to_phone);
            let all = [&from.called, &from.calling, &to.called, &to.calling];
            all.map(|rules| rules.apply(&SmolStr::new("9201")).unwrap()).join(" ")
        };
        assert_eq!(says("201"), "201 5559201 9201 9201");
        assert_eq!(says("202"), "201 9201 9201 5559201");
        assert_eq!(says("203"), "9201 9201 9201 9201");
        assert_eq!(says("301"), "201 5559201 9201 9201");
        assert_eq!(says("302"), "201 9201 9201 9201");
        assert!(!made.notes.iter().any(|note| note.contains("there is no voice")), "{:?}", made.notes);
    }

    #[test]
    fn translations_that_do_not_exist_are_named() {
        let text = "voice translation-profile OUT\n translate called 7\n!\nephone-dn 1\n number 201\n \
            translation-profile incoming IN\n translate calling 8\n!\ndial-peer voice 1 voip\n destination-pattern 9T\n \
            session protocol sipv2\n session target ipv4:192.0.2.1\n translation-profile outgoing OUT\n \
            translation-profile incoming NONE\n!\n";
        let notes = provision(&config::load(text).settings, None).notes;
        let named: Vec<&str> =
            notes.iter().map(String::as_str).filter(|note| note.contains("there is no voice")).collect();
        assert_eq!(
            named,
            [
                "ephone-dn 1: there is no voice translation-profile IN",
                "ephone-dn 1: there is no voice translation-rule 8",
                "dial-peer voice 1: there is no voice translation-profile NONE",
                "voice translation-profile OUT: there is no voice translation-rule 7",
            ]
        );
    }
}
