//! An office with features beside ordinary calls, and what its users and applications do with them.

use std::time::Duration;

use super::{super::bench::line, Run, varied_office};
use crate::{
    ButtonSettings, Channels, HuntGroup, HuntKind, Intercom, Joining, Key, LineSettings, MediaAddress,
    MeetMe, ParkSlot, Reach, Request, Ring, Settings, SoundEnds, Tone,
};

/// The numbers of the features.
pub(super) const NUMBERS: [&str; 8] = ["500", "600", "601", "700", "701", "800", "901", "902"];

/// The office with a paging number, meet-me conferences, calls that ring elsewhere too, park slots, a hunt group of a kind
/// that the seed chooses, pickup groups and an intercom.
pub(super) fn featured_office(seed: u64) -> Settings {
    let mut settings = varied_office(seed);
    let lines = &mut settings.lines;
    let paging = u32::try_from(lines.len() + 1).unwrap();
    let multicast =
        |port| Some(MediaAddress::v4([239, 1, 1, 1].into(), port)).filter(|_| seed.is_multiple_of(2));
    let paging_group = multicast(2000);
    lines.push(LineSettings { paging: true, paging_group, ..feature("500", "Paging") });
    for (number, unlocked) in [("600", false), ("601", true)] {
        lines.push(LineSettings { meet_me: Some(MeetMe { unlocked }), ..feature(number, "Meeting") });
    }
    for (number, recall) in [("700", true), ("701", false)] {
        let timeout = Some(Duration::from_secs(5));
        let slot = ParkSlot { timeout, limit: 2, recall, ..ParkSlot::default() };
        lines.push(LineSettings { park_slot: Some(slot), ..feature(number, "Slot") });
    }
    lines.push(LineSettings { hunt_group: Some(Box::new(group(seed))), ..feature("800", "Sales") });
    for (number, other) in [("901", "902"), ("902", "901")] {
        let intercom =
            Intercom { number: other.into(), barge_in: seed.is_multiple_of(2), ..Intercom::default() };
        lines.push(LineSettings { intercom: Some(intercom), ..line(number, "Intercom", Channels::Single) });
    }
    let intercom = lines.len() as u32;
    for (phone, tag) in [(0, intercom - 1), (1, intercom)] {
        let buttons = &mut settings.stations[phone].buttons;
        let button = buttons.len() as u8 + 1;
        buttons.push(ButtonSettings::line(button, tag, Ring::Normal));
    }
    for (place, group) in [(0, "1"), (1, "1"), (2, "2")] {
        lines[place].pickup_group = Some(group.into());
    }
    let reach = |number: &str, delay| {
        let (delay, timeout) = (Duration::from_secs(delay), Duration::from_secs(9));
        Some(Box::new(Reach { number: number.into(), delay, timeout, ..Reach::default() }))
    };
    lines[0].reach = reach("204", 2);
    lines[1].reach = reach("203", 0);
    lines[2].reach = reach("500", 1);
    settings.features.multicast_music = multicast(2002);
    settings.stations.iter_mut().enumerate().for_each(|(place, phone)| {
        phone.paging_number = Some(paging);
        (phone.paged_alone, phone.takes_multicast_music) = (place == 1, place != 2);
        (phone.privacy, phone.privacy_button) = (seed.is_multiple_of(3), true);
    });
    settings.features.privacy_on_hold = seed.is_multiple_of(2);
    settings
}

fn feature(number: &str, name: &str) -> LineSettings {
    line(number, name, Channels::Octo)
}

fn group(seed: u64) -> HuntGroup {
    let kinds = [HuntKind::Sequential, HuntKind::Peer, HuntKind::LongestIdle, HuntKind::Parallel];
    HuntGroup {
        kind: kinds[(seed % 4) as usize],
        members: ["201", "202", "204"].map(Into::into).to_vec(),
        timeouts: vec![Duration::from_secs(3)],
        final_number: seed.is_multiple_of(3).then(|| "203".into()),
        auto_logout: seed.is_multiple_of(5).then_some(2),
        ..HuntGroup::default()
    }
}

impl Run {
    pub(super) fn uses_features(&mut self) {
        self.features = true;
        self.told.values_mut().for_each(|(_, told)| told.some_answer_at_once = true);
    }

    pub(super) fn feature_key(&mut self, line: u32, reference: u32) -> Key {
        match self.random.number(18) {
            12 => Key::Join { line, reference },
            13 => Key::Select { line, reference },
            14 => Key::ConferenceList,
            15 => Key::RemoveParticipant { participant: reference },
            16 => Key::Barge { line, reference },
            17 => Key::Privacy,
            0 => Key::MeetMe { line },
            1 => Key::Mobility,
            2 => Key::CallBack,
            3 => Key::Park { line, reference },
            4 => Key::Pickup { line },
            5 => Key::GroupPickup { line },
            6 => Key::DoNotDisturb { line, reference },
            7 => Key::HuntGroupLog,
            8 => Key::RemoveLastParticipant,
            9 => Key::AnswerOrEnd { reference },
            10 => Key::PutDown,
            _ => Key::Digit(self.random.pick(&['6', '5', '0', '7', '8', '*'])),
        }
    }

    pub(super) fn feature_request(&mut self) -> Request {
        let (device, other) = (self.any_device(), self.any_device());
        let connection = self.any_connection();
        let number = self.any_number().into();
        let on = self.random.one_in(2);
        match self.random.number(26) {
            0 => Request::CallBack(connection),
            1 => Request::CallBackNonCallRelated { originating: device, target: other },
            2 => Request::CancelCallBack { originating: device, target: None },
            3 => Request::DialDigits { connection, digits: number },
            4 => Request::SetMicrophoneMute { device, off: on },
            5 => {
                let alternate = self.any_number().into();
                Request::DialViaOffice { calling: device, called: number, alternate }
            }
            6 => Request::SingleStepTransferCall { active: connection, to: number },
            7 => {
                let (held, active) = self.two_connections();
                Request::ReconnectCall { active, held }
            }
            8 => {
                let (held, active) = self.two_connections();
                Request::AlternateCall { held, active }
            }
            9 => Request::ParkCall { parking: connection, park_to: on.then_some(number) },
            10 => Request::DirectedPickupCall { picked: connection, requesting: device },
            11 => Request::GroupPickupCall { requesting: device, group: None },
            12 => Request::SetDoNotDisturb { device, on },
            13 => Request::ClearCall(connection.call),
            14..=16 => {
                let joining = self.random.pick(&[Joining::Called, Joining::Prompted, Joining::AtOnce]);
                Request::AddToCall { active: connection, device, joining }
            }
            17 => {
                let tone = Duration::from_millis(100);
                Request::GenerateDigits { connection, digits: "12#".into(), tone, pause: tone }
            }
            18 => Request::GenerateTone {
                connection,
                tone: Tone::Beep,
                length: on.then_some(Duration::from_secs(1)),
            },
            19 => {
                let ends = SoundEnds { after: on.then_some(Duration::from_secs(2)), at_digit: on };
                Request::PlayMessage { connection, message: "welcome".into(), ends }
            }
            20 => Request::RecordMessage { connection, ends: SoundEnds::default() },
            21 => Request::SuspendSound { connection, message: None },
            22 => Request::ResumeSound { connection, message: None, most: None },
            23 => Request::StopSound { connection, message: None },
            24 => Request::SetAutoAnswer { device, rings: on.then_some(1) },
            _ => Request::Press { device, key: Key::Line { line: 1 } },
        }
    }
}
