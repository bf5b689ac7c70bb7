//! Users: of phones, and of extension mobility.

use hookflash_config::{Profile, ProfileNumber, ProfileNumberType};

use super::{ALL_PRIVILEGES, Call, System};
use crate::xml::Element;

/// ISgetUser: where a user name is configured. An unknown user has type and tag 0.
pub fn user(call: &Call, system: &System<'_>) -> Element {
    let name = call.all("ISuserID").into_iter().next().unwrap_or_default();
    let settings = system.settings;
    let of_phone = |(tag, ephone): (&u32, &std::sync::Arc<hookflash_config::Ephone>)| {
        ephone.user.as_ref().is_some_and(|user| user.name == name).then_some((1, *tag))
    };
    let of_profile = |kind, (tag, profile): (&u32, &Profile)| {
        profile.user.as_ref().is_some_and(|user| user.name == name).then_some((kind, *tag))
    };
    let found = settings
        .ephones
        .iter()
        .find_map(of_phone)
        .or_else(|| settings.logout_profiles.iter().find_map(|profile| of_profile(2, profile)))
        .or_else(|| settings.user_profiles.iter().find_map(|profile| of_profile(3, profile)));
    let (kind, tag) = found.filter(|_| !name.is_empty()).unwrap_or((0, 0));
    Element::new("ISuser").leaf("ISuserID", name).leaf("ISuserType", kind).leaf("ISuserTag", tag)
}

/// ISgetUserProfile. Passwords and pins are for the highest privilege only.
pub fn profiles(call: &Call, system: &System<'_>, privilege: u32) -> Element {
    if let Some(tags) = call.tags(
        ["ISUserProfiles", "ISUserProfile", "ISUserProfileID"],
        system.settings.user_profiles.keys().copied(),
    ) {
        return tags;
    }
    let (tags, users) = (call.numbers("ISUserProfileID"), call.all("ISuserID"));
    let all = call.has_keyword(&["all"]);
    let name =
        |profile: &Profile| profile.user.as_ref().map_or_else(String::new, |user| user.name.to_string());
    let wanted = system
        .settings
        .user_profiles
        .iter()
        .filter(|(tag, profile)| all || tags.contains(tag) || users.contains(&name(profile).as_str()));
    Element::new("ISUserProfiles")
        .with_all(wanted.map(|(tag, profile)| element(*tag, profile, system, privilege == ALL_PRIVILEGES)))
}

fn element(tag: u32, profile: &Profile, system: &System<'_>, secrets: bool) -> Element {
    let user = profile.user.as_ref();
    let password = user.and_then(|user| user.password.reveal()).filter(|_| secrets);
    let pin = profile.pin.as_ref().and_then(|pin| pin.reveal()).filter(|_| secrets);
    let dials = profile.speed_dials.iter().map(|(index, dial)| {
        Element::new("SpeedDial")
            .leaf("SpeedDialIndex", index)
            .leaf("Number", &dial.number)
            .leaf("Label", dial.label.as_deref().unwrap_or_default())
            .leaf("BLF", dial.lamp)
    });
    let device =
        system.devices.iter().find(|device| device.user.as_ref().is_some_and(|(_, known)| *known == tag));
    let model = device.and_then(|device| device.model.as_deref()).unwrap_or("Unknown");
    Element::new("ISUserProfile")
        .leaf("ISUserProfileID", tag)
        .leaf("ISuserID", user.map_or("", |user| &user.name))
        .optional("ISpassword", password)
        .optional("ISuserPin", pin)
        .leaf("ISPrivacyButton", profile.kept.iter().any(|line| line.starts_with("privacy-button")))
        .leaf("ISuserMaxIdleTime", profile.max_idle_time.unwrap_or(0))
        .with(Element::new("SpeedDials").with_all(dials))
        .with(Element::new("UserNumbers").with_all(profile.numbers.iter().map(number)))
        .with(
            Element::new("ISuserCurrentPhone")
                .leaf("CurrentPhoneType", model)
                .leaf("CurrentPhoneID", device.map_or(0, |device| device.tag)),
        )
}

fn number(number: &ProfileNumber) -> Element {
    use ProfileNumberType::{
        BeepRing, CallWaitingOverlay, FeatureRing, MonitorRing, Normal, Overlay, SilentRing,
    };
    let mode = match number.kind {
        Normal => "NORMAL",
        BeepRing => "BEEP_RING",
        FeatureRing => "FEATURE_RING",
        MonitorRing => "MONITOR_RING",
        SilentRing => "SILENT_RING",
        Overlay => "OVERLAY",
        CallWaitingOverlay => "CW_OVERLAY",
    };
    let overlay = matches!(number.kind, Overlay | CallWaitingOverlay);
    Element::new("UserNumber")
        .leaf("ISExtNumber", number.numbers.join(","))
        .leaf("ISExtMode", mode)
        .leaf("ISExtOverlayGroup", u32::from(overlay))
        .leaf("ISExtCombo", 0)
}
