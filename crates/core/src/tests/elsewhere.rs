//! Numbers that reach users elsewhere, or many at once: single number reach, paging, meet-me conferences.

use std::time::Duration;

use super::bench::{ALICE, BOB, Bench, CAROL, Hears, line, office, station};
use crate::{
    Channels, Codec, Event, Key, Media, MediaAddress, MeetMe, Reach, Request, Response, Settings, StationId,
};

const DAVE: StationId = StationId(3);

/// Alice's calls ring at Carol's phone too, after five seconds and for twenty.
fn reaching(change: impl FnOnce(&mut Reach)) -> Settings {
    let mut settings = office();
    let mut reach = Reach {
        number: "203".into(),
        delay: Duration::from_secs(5),
        timeout: Duration::from_secs(20),
        ..Reach::default()
    };
    change(&mut reach);
    settings.lines[0].reach = Some(Box::new(reach));
    settings
}

#[test]
fn a_call_that_is_answered_elsewhere_is_one_call_of_the_office_number_and_comes_back_to_the_desk() {
    let mut bench = Bench::with(reaching(|_| ()));
    bench.dial(BOB, "201");
    bench.outputs();
    bench.seconds(4);
    bench.expect("");
    assert_eq!(bench.looks(CAROL), "");
    bench.seconds(1);
    bench.expect("203[3] Delivered 2/203 alerting NewCall");
    assert_eq!(bench.parties(CAROL), "< 202 Bob", "who calls");
    let leg = bench.connection("203", 0);
    let (_, told) = bench.events.last().unwrap();
    assert!(matches!(&told.event, Event::Call(event) if event.calling.number == "201"));
    let snapshot = bench.request(Request::SnapshotDevice { device: leg.device });
    assert!(matches!(snapshot, Ok(Response::Snapshot(own)) if own.connections[0].endpoint.number == "201"));
    bench.request(Request::SnapshotCall(leg.call)).unwrap();
    let shown = bench.outputs();
    assert!(shown.contains("= in call 2/201 connected 201 2/203 alerting 203"), "{shown}");
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }", "the desk rings on");
    bench.answer(CAROL);
    bench.expect(
        "203[3] Established 2/203 connected NewCall
         202[2] Established 1/201 connected NewCall
         201[1] Established 1/201 connected NewCall",
    );
    assert_eq!((bench.hears(BOB), bench.hears(CAROL)), (Hears::Mix(1), Hears::Mix(1)));
    assert_eq!((bench.looks(ALICE), bench.parties(BOB)), ("1 RemoteHold".into(), "> 201 Alice".into()));
    bench.resume(ALICE);
    assert_eq!((bench.looks(ALICE), bench.looks(CAROL)), ("1 Connected".into(), "".into()));
    bench.expect("203[3] ConnectionCleared 2/201 connected NormalClearing\n203[3] ConnectionCleared 2/203 null NormalClearing");
    assert_eq!((bench.hears(BOB), bench.hears(ALICE)), (Hears::Device, Hears::Device));
    bench.on_hook(BOB);
    bench.expect_nothing_left();
}

#[test]
fn an_answer_at_the_desk_ends_the_ringing_elsewhere() {
    let mut bench = Bench::with(reaching(|_| ()));
    bench.dial(BOB, "201");
    bench.answer(ALICE);
    bench.seconds(30);
    assert_eq!(bench.looks(CAROL), "", "it has not begun to ring there");
    bench.on_hook(BOB);
    bench.dial(BOB, "201");
    bench.seconds(6);
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    bench.answer(ALICE);
    assert_eq!((bench.looks(CAROL), bench.looks(ALICE)), ("".into(), "1 Connected".into()));
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn who_answers_nowhere_is_forwarded_and_the_caller_may_give_up() {
    let mut bench = Bench::with(reaching(|reach| reach.no_answer = Some("202".into())));
    bench.dial(CAROL, "201");
    bench.seconds(30);
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }", "a call from there does not ring there");
    bench.on_hook(CAROL);
    let mut settings = reaching(|reach| reach.no_answer = Some("204".into()));
    settings.lines.push(line("204", "Dave", Channels::Dual));
    settings.stations.push(station("dave", &[3]));
    let mut bench = Bench::with(settings);
    bench.dial(BOB, "201");
    bench.seconds(26);
    assert_eq!((bench.looks(ALICE), bench.looks(CAROL)), ("".into(), "".into()));
    assert_eq!(bench.looks(DAVE), "1 RingingIn { waiting: false }");
    assert!(bench.outputs().contains("201[1] Diverted 1/201 null CallForwardNoAnswer"));
    bench.on_hook(BOB);
    bench.dial(BOB, "201");
    bench.seconds(6);
    bench.on_hook(BOB);
    assert_eq!((bench.looks(ALICE), bench.looks(CAROL)), ("".into(), "".into()));
    bench.expect_nothing_left();
}

#[test]
fn who_declines_elsewhere_or_answers_too_soon_leaves_the_desk_ringing() {
    let mut bench = Bench::with(reaching(|reach| reach.answer_too_soon = Some(Duration::from_secs(2))));
    bench.dial(BOB, "201");
    bench.seconds(5);
    bench.end_call(CAROL);
    assert_eq!(
        (bench.looks(ALICE), bench.looks(CAROL)),
        ("1 RingingIn { waiting: false }".into(), "".into())
    );
    bench.on_hook(BOB);
    bench.dial(BOB, "201");
    bench.seconds(6);
    bench.answer(CAROL);
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }", "a voicemail system has answered");
    assert_eq!(bench.looks(CAROL), "");
    bench.on_hook(BOB);
    bench.expect_nothing_left();
}

#[test]
fn the_mobility_key_sends_a_call_away_and_switches_single_number_reach() {
    let mut bench = Bench::with(reaching(|_| ()));
    bench.key(ALICE, Key::Mobility);
    bench.dial(BOB, "201");
    bench.seconds(10);
    assert_eq!(bench.looks(CAROL), "", "it is off");
    bench.answer(ALICE);
    bench.key(ALICE, Key::Mobility);
    assert_eq!(
        (bench.looks(ALICE), bench.looks(CAROL)),
        ("1 Connected".into(), "1 RingingIn { waiting: false }".into())
    );
    assert_eq!(bench.parties(CAROL), "< 201 Alice");
    bench.outputs();
    bench.answer(CAROL);
    bench.expect("203[3] Established 2/203 connected NewCall");
    assert_eq!((bench.looks(ALICE), bench.hears(BOB)), ("1 RemoteHold".into(), Hears::Mix(1)));
    bench.on_hook(CAROL);
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("".into(), "".into()));
    bench.key(BOB, Key::Mobility);
    assert_eq!(bench.looks(BOB), "refused InvalidFeatureNumber");
    bench.expect_nothing_left();
}

/// Bob, Carol and Dave belong to the paging number 500.
fn paging() -> Settings {
    let mut settings = office();
    settings.lines.push(line("204", "Dave", Channels::Dual));
    settings.lines.push(line("500", "Warehouse", Channels::Single));
    settings.lines[4].paging = true;
    settings.stations.push(station("dave", &[3]));
    settings.stations[1..].iter_mut().for_each(|phone| phone.paging_number = Some(5));
    settings
}

#[test]
fn a_page_is_heard_at_idle_phones_whose_users_are_not() {
    let mut bench = Bench::with(paging());
    bench.off_hook(DAVE);
    bench.outputs();
    bench.dial(ALICE, "500");
    bench.expect(
        "201[1] ServiceInitiated 2/201 initiated Normal
         201[1] DigitsDialed 2/201 initiated 5
         201[1] Originated 2/201 connected NewCall
         201[1] Established 2/500 connected NewCall
         500[5] Established 2/500 connected NewCall",
    );
    assert_eq!((bench.looks(BOB), bench.parties(BOB)), ("1 Connected".into(), "< 500 Warehouse".into()));
    assert!(bench.shown[BOB.index()].appearances[0].muted);
    assert_eq!((bench.hears(BOB), bench.parties(ALICE)), (Hears::Mix(3), "> 500 Warehouse".into()));
    assert_eq!(bench.looks(DAVE), "1 Dialling", "who uses the phone is not disturbed");
    bench.end_call(BOB);
    assert_eq!((bench.looks(BOB), bench.looks(ALICE)), ("".into(), "1 Connected".into()));
    bench.dial(CAROL, "202");
    assert_eq!(bench.looks(CAROL), "1 RingingOut", "a page is no call");
    bench.on_hook(ALICE);
    bench.on_hook(CAROL);
    bench.on_hook(DAVE);
    bench.expect_nothing_left();
}

#[test]
fn one_pages_at_a_time_and_somebody_has_to_hear_it() {
    let mut bench = Bench::with(paging());
    bench.dial(ALICE, "500");
    bench.dial(BOB, "500");
    assert_eq!((bench.looks(BOB), bench.looks(CAROL)), ("1 Failed(Busy)".into(), "1 Connected".into()));
    bench.on_hook(ALICE);
    assert_eq!(bench.looks(CAROL), "");
    bench.on_hook(BOB);
    [CAROL, DAVE, BOB].into_iter().for_each(|phone| bench.off_hook(phone));
    bench.dial(ALICE, "500");
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
}

/// What the media engine sends where, and what it mixes.
fn sent(bench: &Bench) -> Vec<(u16, bool)> {
    let legs = bench.legs.values();
    let mut sent: Vec<_> = legs
        .map(|leg| {
            (leg.send_to.map_or(0, |address| address.port), matches!(leg.role, crate::LegRole::Mixed(_)))
        })
        .collect();
    sent.sort();
    sent
}

#[test]
fn a_page_is_sent_once_to_the_group_of_its_number() {
    let mut settings = paging();
    settings.lines[4].paging_group = Some(MediaAddress::v4([239, 1, 1, 1].into(), 2000));
    settings.stations[2].paged_alone = true;
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "500");
    let group =
        Media::Multicast { codec: Codec::G711Ulaw, group: MediaAddress::v4([239, 1, 1, 1].into(), 2000) };
    assert_eq!(bench.shown[BOB.index()].appearances[0].media, Some(group));
    assert_eq!((bench.hears(DAVE), bench.hears(CAROL)), (Hears::Group, Hears::Mix(4)));
    assert!(bench.shown[BOB.index()].appearances[0].muted);
    assert_eq!(sent(&bench), [(0, true), (0, true), (2000, true)], "the caller, Carol, and the group");
    bench.end_call(CAROL);
    assert_eq!(sent(&bench).len(), 2);
    bench.end_call(BOB);
    assert_eq!((bench.hears(DAVE), sent(&bench).len()), (Hears::Group, 2));
    bench.on_hook(ALICE);
    assert_eq!((bench.looks(DAVE), sent(&bench)), ("".into(), vec![]));
    bench.expect_nothing_left();
}

#[test]
fn more_phones_hear_a_page_from_a_group_than_by_themselves() {
    let mut settings = paging();
    settings.lines[4].paging_group = Some(MediaAddress::v4([239, 1, 1, 1].into(), 2000));
    for place in 0..40 {
        let mut phone = station(&format!("phone {place}"), &[4]);
        (phone.paging_number, phone.paged_alone) = (Some(5), place % 2 == 0);
        settings.stations.push(phone);
    }
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "500");
    let groups = bench.shown.iter().flat_map(|shown| shown.appearances.iter().map(|shown| shown.media));
    let groups: Vec<_> = groups.collect();
    let count = |kind: fn(&Media) -> bool| groups.iter().flatten().filter(|media| kind(media)).count();
    assert_eq!(count(|media| matches!(media, Media::Multicast { .. })), 23);
    assert_eq!(count(|media| matches!(media, Media::Mixed { .. })), 11, "ten of them, and the caller");
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn the_phones_of_several_paging_numbers_are_paged_by_one() {
    let mut settings = paging();
    let mut both = line("501", "Everywhere", Channels::Single);
    (both.paging, both.pages_also) = (true, vec![5]);
    settings.lines.push(both);
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "501");
    assert_eq!((bench.looks(BOB), bench.parties(BOB)), ("1 Connected".into(), "< 501 Everywhere".into()));
    bench.dial(CAROL, "500");
    assert_eq!(bench.looks(CAROL), "1 Failed(Busy)", "everybody hears the first page");
}

fn meeting(unlocked: bool) -> Settings {
    let mut settings = office();
    settings.lines.push(line("204", "Dave", Channels::Dual));
    settings.lines.push(line("600", "Meeting", Channels::Octo));
    settings.lines[4].meet_me = Some(MeetMe { unlocked });
    settings.stations.push(station("dave", &[3]));
    settings
}

#[test]
fn who_has_the_key_opens_a_meet_me_conference_and_others_dial_it() {
    let mut bench = Bench::with(meeting(false));
    bench.dial(BOB, "600");
    assert_eq!(bench.looks(BOB), "1 Failed(Busy)", "it is not open");
    bench.on_hook(BOB);
    bench.key(ALICE, Key::MeetMe { line: 0 });
    bench.outputs();
    bench.digits(ALICE, "600");
    bench.expect(
        "201[1] Originated 2/201 connected NewCall
         201[1] Established 2/600 connected NewCall
         600[5] Established 2/600 connected NewCall",
    );
    bench.dial(BOB, "600");
    bench.expect(
        "202[2] ServiceInitiated 3/202 initiated Normal
         202[2] DigitsDialed 3/202 initiated 6
         202[2] Originated 3/202 connected NewCall
         201[1] Conferenced 2/600 3/202 connected by 600 with 202: 2/201 was 2/201 2/600 was 2/600 2/202 was 3/202
         600[5] Conferenced 2/600 3/202 connected by 600 with 202: 2/201 was 2/201 2/600 was 2/600 2/202 was 3/202
         202[2] Conferenced 2/600 3/202 connected by 600 with 202: 2/201 was 2/201 2/600 was 2/600 2/202 was 3/202",
    );
    assert_eq!((bench.hears(ALICE), bench.hears(BOB)), (Hears::Device, Hears::Device));
    bench.dial(CAROL, "600");
    assert_eq!((bench.hears(ALICE), bench.hears(CAROL)), (Hears::Mix(3), Hears::Mix(3)));
    let members = bench.switch.station_view(ALICE).appearances[0].members.clone();
    let members: Vec<&str> = members.iter().map(|member| member.number.as_str()).collect();
    assert_eq!(members, ["202", "203"], "the number where they meet is none of them");
    bench.on_hook(ALICE);
    assert_eq!((bench.hears(BOB), bench.hears(CAROL)), (Hears::Device, Hears::Device), "it goes on");
    bench.on_hook(BOB);
    bench.on_hook(CAROL);
    bench.expect_nothing_left();
}

#[test]
fn an_unlocked_conference_is_opened_by_anybody_and_the_key_leads_to_no_other_number() {
    let mut bench = Bench::with(meeting(true));
    bench.dial(BOB, "600");
    assert_eq!(bench.looks(BOB), "1 Connected");
    bench.on_hook(BOB);
    bench.key(ALICE, Key::MeetMe { line: 0 });
    bench.digits(ALICE, "202");
    assert_eq!(bench.looks(ALICE), "1 Failed(ReorderTone)");
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}
