//! The settings of a switch: lines, stations, timeouts, limits.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use smol_str::SmolStr;

use crate::{
    Addresses, CtiDeviceKind, FeatureSettings, Forwarding, LineTranslation, MediaAddress, NodeNumber,
    RoutePattern, cti::UserSettings,
};

/// Everything the switch is configured with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The directory numbers.
    pub lines: Vec<LineSettings>,
    /// The phones.
    pub stations: Vec<StationSettings>,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// What applications may do.
    pub cti: CtiSettings,
    /// What users may do who have logged in, by name.
    pub users: BTreeMap<SmolStr, UserSettings>,
    /// Telephone features of the whole system.
    pub features: FeatureSettings,
    /// How often one call may be diverted (`max-redirect`).
    pub max_redirects: usize,
    /// Calls that may exist at the same time; further callers hear reorder tone. Zero means no limit.
    pub max_calls: usize,
    /// Members that a conference may have, its creator among them.
    pub max_conference_members: usize,
    /// The number of this node, which is part of every identifier.
    pub node: NodeNumber,
    /// Makes the global call identifiers of this switch different from those of others.
    pub seed: u64,
    /// The first number of calls, references of connections, and monitors; 0 counts as 1. A switch that starts
    /// again begins at another number, so that nothing new is taken for something older.
    pub first_identifier: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            lines: Vec::new(),
            stations: Vec::new(),
            timeouts: Timeouts::default(),
            cti: CtiSettings::default(),
            users: BTreeMap::new(),
            features: FeatureSettings::default(),
            max_redirects: 10,
            max_calls: 0,
            max_conference_members: 3,
            node: NodeNumber::default(),
            first_identifier: 0,
            seed: 0,
        }
    }
}

/// One directory number (`ephone-dn`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LineSettings {
    /// The configuration's number for it.
    pub tag: u32,
    /// The primary directory number: digits, `*`, `#`, `A` to `D`, or `.` for any digit.
    pub number: SmolStr,
    /// A second number that reaches the same line.
    pub secondary: Option<SmolStr>,
    /// Its number in full, by which it is reached too and which applications are told (`dialplan-pattern`).
    pub expanded: Option<SmolStr>,
    /// The name others see.
    pub name: SmolStr,
    /// What the phone shows beside the button instead of the number; empty for the number.
    pub label: SmolStr,
    /// What the header of a phone shows whose first line it is; empty for the name or number (`description`).
    pub description: SmolStr,
    /// How many calls it can have at once.
    pub channels: Channels,
    /// Which of several lines with the same number is tried first: 0 before 9.
    pub preference: u8,
    /// Whether a busy line keeps the call from hunting on to the next line with the same number.
    pub huntstop: bool,
    /// Whether applications may monitor and control it (`cti watch`).
    pub cti_watch: bool,
    /// Whether it counts as up although no phone shows it (`cti notify`).
    pub cti_notify: bool,
    /// How its calls are forwarded until somebody changes it (`call-forward`).
    pub forwarding: Forwarding,
    /// Most digits of a number that a phone may forward to (`call-forward max-length`); 0 forbids it altogether.
    pub forward_max_length: Option<usize>,
    /// Whether calls of other lines are not forwarded (`no forward local-calls`).
    pub keeps_local_calls: bool,
    /// Whether it is on an overlay button (`o`, `c`) of some phone, where applications cannot follow its calls.
    pub overlay: bool,
    /// The group whose members pick up each other's calls (`pickup-group`).
    pub pickup_group: Option<SmolStr>,
    /// Whether the line picks up calls of every group as of its own (`pickup-call any-group`).
    pub picks_up_any_group: bool,
    /// The numbers of another network that are called by it: then it is the line of a trunk.
    pub route: Option<RoutePattern>,
    /// The addresses of SIP that are called by it, whatever number their users are (`destination uri`).
    pub addresses: Addresses,
    /// What calls from the line are able to do, one bit for each capability (`corlist incoming`); `None` for everything.
    pub abilities: Option<u64>,
    /// What calls to the line have to be able to do (`corlist outgoing`).
    pub demands: u64,
    /// Whether its calls are emergency calls, which are never refused.
    pub emergency: bool,
    /// Whether calls can be parked there, instead of ringing (`park-slot`).
    pub park_slot: Option<ParkSlot>,
    /// The group of park slots that are chosen for its calls first (`park reservation-group`).
    pub park_group: Option<SmolStr>,
    /// How many channels take incoming calls (`huntstop channel`); `None` for all.
    pub incoming_channels: Option<usize>,
    /// Whether the Transfer key works without a consultation (`transfer-mode`); `None` as the system says.
    pub blind_transfer: Option<bool>,
    /// Whether further calls are not announced with a beep during a call of this line (`no call-waiting beep accept`).
    pub refuses_waiting_beep: bool,
    /// Whether calls to this line are not announced with a beep (`no call-waiting beep generate`).
    pub gives_no_waiting_beep: bool,
    /// Whether calls to this line ring once instead of beeping (`call-waiting ring`).
    pub waiting_ring: bool,
    /// The number that going off-hook calls, for a line that is one end of an intercom (`intercom`).
    pub intercom: Option<Intercom>,
    /// Whether it may call any number outside office hours (`after-hours exempt`).
    pub after_hours_exempt: bool,
    /// The number that its calls go to at night (`call-forward night-service`).
    pub night_forward: Option<SmolStr>,
    /// Whether phones with a night service bell are told when it rings at night (`night-service bell`).
    pub night_bell: bool,
    /// What a call to the line says about messages that wait for the calling number (`mwi`).
    pub message_waiting: Option<MessageWaitingNumber>,
    /// Whether phones that can are asked to answer its calls by themselves (`auto-answer`).
    pub auto_answer: bool,
    /// Whether whom it calls is not told who calls (`caller-id block`).
    pub hides_number: bool,
    /// Whether callers are refused who do not say who they are (`anonymous block`).
    pub refuses_anonymous: bool,
    /// Whether others may see what the line does (`allow watch`).
    pub allow_watch: bool,
    /// Whether it is a line of a CTI port or route point, which applications open.
    pub cti_device: Option<CtiDeviceKind>,
    /// Most calls at a time, where the channels do not say it: on a line of a CTI port or route point (`max-calls`).
    pub max_calls: Option<usize>,
    /// From how many calls on further ones find it busy (`busy-trigger`).
    pub busy_trigger: Option<usize>,
    /// How numbers are changed of calls from its phones (`translation-profile incoming`, `translate`).
    pub from_phone: LineTranslation,
    /// How numbers are changed of calls to its phones, as they see them (`translation-profile outgoing`).
    pub to_phone: LineTranslation,
    /// Let a call that the line transfers ring before it comes back (`timeouts transfer-recall`), where it is another time
    /// than the switch's; zero: it does not come back because nobody answers.
    pub transfer_recall: Option<Duration>,
    /// Where calls go that no application takes (`call-forward unregistered`).
    pub forward_unregistered: Option<SmolStr>,
    /// Where calls go whose application has gone (`call-forward failure`).
    pub forward_failure: Option<SmolStr>,
    /// Whether only users who control every device may have it, although the list of another user names it (`no cti watch`).
    pub restricted: bool,
    /// Whether its calls are heard from the loudspeakers of phones (`paging`).
    pub paging: bool,
    /// The group to which its pages are sent for the phones that take them there (`paging ip`).
    pub paging_group: Option<MediaAddress>,
    /// Tags of the paging numbers whose phones play its calls too (`paging group`).
    pub pages_also: Vec<u32>,
    /// Whether who calls it is in one conference (`conference meetme`).
    pub meet_me: Option<MeetMe>,
    /// Where its calls ring too (`mobility` and `snr`).
    pub reach: Option<Box<Reach>>,
    /// Whether it may join hunt groups (`ephone-hunt login`).
    pub may_join_hunt_groups: bool,
    /// The group whose members ring instead (`ephone-hunt`, `voice hunt-group`).
    pub hunt_group: Option<Box<HuntGroup>>,
}

impl LineSettings {
    /// Whether the switch itself acts for the line: it needs no phone.
    pub(crate) const fn acts_by_switch(&self) -> bool {
        self.paging || self.meet_me.is_some()
    }
}

/// A number whose callers are in one conference.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MeetMe {
    /// Whether anybody may open it, without the MeetMe key (`unlocked`).
    pub unlocked: bool,
}

/// Single number reach: where the calls of a line ring too.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reach {
    /// The other number.
    pub number: SmolStr,
    /// How long a call rings before it rings there too: 0 to 10 seconds.
    pub delay: Duration,
    /// How long it rings there: 5 to 60 seconds.
    pub timeout: Duration,
    /// Where a call goes then that nobody has answered (`cfwd-noan`); `None`: it rings on.
    pub no_answer: Option<SmolStr>,
    /// An answer before this is that of a voicemail system, and does not count (`snr answer-too-soon`).
    pub answer_too_soon: Option<Duration>,
    /// Whether the other number is shown the number of the line instead of that of the caller (`snr calling-number local`).
    pub shows_office_number: bool,
}

/// One end of an intercom.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Intercom {
    /// The other end.
    pub number: SmolStr,
    /// Whether its calls are not answered at once by the loudspeaker (`no-auto-answer`).
    pub rings: bool,
    /// Whether the microphone stays on when a call is answered so (`no-mute`).
    pub unmuted: bool,
    /// Whether a call that goes on is held for it (`barge-in`).
    pub barge_in: bool,
}

/// What a voicemail system says by calling a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageWaitingNumber {
    /// Messages wait.
    On,
    /// None waits any more.
    Off,
    /// The primary number says that messages wait, the secondary one that none waits any more.
    OnOff,
}

/// How calls to a pilot ring at the members of a group.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HuntGroup {
    /// Who is next.
    pub kind: HuntKind,
    /// The numbers of the members; [`OPEN_PLACE`](HuntGroup::OPEN_PLACE) for whoever joins.
    pub members: Vec<SmolStr>,
    /// How long a call rings at the first, second, ... member that is tried; the last one counts for all further ones.
    pub timeouts: Vec<Duration>,
    /// How many members are tried; `None` for all.
    pub hops: Option<usize>,
    /// How long the call hunts altogether.
    pub max_timeout: Option<Duration>,
    /// Where the call goes when no member takes it.
    pub final_number: Option<SmolStr>,
    /// Whether only members ring whose phones have no call at all (`present-call idle-phone`).
    pub idle_phones_only: bool,
    /// After how many calls in vain a member is logged out.
    pub auto_logout: Option<u32>,
}

/// Which member of a hunt group is next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum HuntKind {
    /// The first in the list that is free.
    #[default]
    Sequential,
    /// The one behind the member that rang last.
    Peer,
    /// The one who has been idle for longest.
    LongestIdle,
    /// All at once.
    Parallel,
}

/// A place where a call waits until it is fetched (`park-slot`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ParkSlot {
    /// The only number that the switch chooses the slot for (`reserved-for`).
    pub reserved_for: Option<SmolStr>,
    /// The interval of reminders; `None` if calls wait without limit (`timeout`).
    pub timeout: Option<Duration>,
    /// After how many intervals the call goes elsewhere, or ends (`limit`).
    pub limit: u32,
    /// Whether the call then comes back to the number that parked it (`recall`).
    pub recall: bool,
    /// Where else the call goes then (`transfer`).
    pub transfer_to: Option<SmolStr>,
    /// The only group of numbers that the switch chooses the slot for (`reservation-group`).
    pub reservation_group: Option<SmolStr>,
    /// Whether the switch never chooses the slot: calls are sent there by its number (`directed`).
    pub directed: bool,
    /// Another number whose phones are reminded (`notify`).
    pub notify: Option<SmolStr>,
    /// Whether only those are reminded, and not the phones of the number that parked the call (`notify ... only`).
    pub notify_only: bool,
    /// Where the call goes if the number to which it should come back, or go, is in a call (`alternate`).
    pub alternate: Option<SmolStr>,
    /// After which time that is tried again, and how often (`retry`); then the call ends.
    pub retry: Option<(Duration, u32)>,
}

/// The digits that open a phone. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(pub SmolStr);

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(***)")
    }
}

/// How many calls a line can have at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Channels {
    /// One.
    #[default]
    Single,
    /// Two: a call and a waiting or consultation call.
    Dual,
    /// Eight.
    Octo,
    /// As many as come: a trunk.
    Unlimited,
}

impl Channels {
    /// The number of channels.
    pub const fn count(self) -> usize {
        match self {
            Channels::Single => 1,
            Channels::Dual => 2,
            Channels::Octo => 8,
            Channels::Unlimited => usize::MAX,
        }
    }
}

/// Rules of the conferences that a phone makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ConferenceRules {
    /// When the conference ends although others are left (`conference drop-mode`).
    pub drop: Option<ConferenceDrop>,
    /// Whether nobody else may add a party (`conference add-mode creator`).
    pub only_creator_adds: bool,
    /// Whether its user may remove participants of conferences that others made (`conference admin`).
    pub admin: bool,
    /// Whether the Conference key drops the party that was added last (`keep-conference drop-last`).
    pub key_drops_last: bool,
    /// Whether the others are left together only if one of them is a number of this switch (`keep-conference local-only`).
    pub keep_needs_local: bool,
}

/// When a conference ends although others are left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConferenceDrop {
    /// When who made it leaves.
    Creator,
    /// When the last number of this switch leaves.
    Local,
}

/// One phone (`ephone`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StationSettings {
    /// The configuration's number for it.
    pub tag: u32,
    /// The name it registers with, such as `SEP001E4A34A35F`.
    pub name: SmolStr,
    /// What its maker calls it, such as `7960`; empty if that is not known.
    pub model: SmolStr,
    /// Its line buttons; the n-th of them is line instance n on the phone.
    pub buttons: Vec<ButtonSettings>,
    /// Its speed dials: number and label; the n-th of them is speed-dial instance n.
    pub speed_dials: Vec<(SmolStr, SmolStr)>,
    /// Whether it can go off-hook by command: it has a loudspeaker, and is no analogue port.
    pub off_hook_by_command: bool,
    /// Whether a conference that its user made goes on without him (`keep-conference`).
    pub keep_conference: bool,
    /// Whether it is a trunk to another network, if so, whether calls that come in by it may leave by a trunk.
    pub trunk: Option<Transit>,
    /// Whether it acts first and tells afterwards, as SIP phones do: [`Act`](crate::Act).
    pub autonomous: bool,
    /// Whether it is a CTI port or route point, which is there while an application has it open.
    pub cti_device: Option<CtiDeviceKind>,
    /// Whether it can ask its user to go off-hook for the call of an application: it is no analogue port.
    pub prompts: bool,
    /// Buttons that dial a number and show what its line does: number and label; the n-th of them is instance n.
    pub blf_speed_dials: Vec<(SmolStr, SmolStr)>,
    /// How many calls it may have on a line with eight channels (`max-calls-per-button`).
    pub max_calls_per_button: Option<usize>,
    /// From how many calls on a line with eight channels further ones do not ring (`busy-trigger-per-button`).
    pub busy_trigger_per_button: Option<usize>,
    /// Whether it may call any number outside office hours (`after-hours exempt`).
    pub after_hours_exempt: bool,
    /// Whether its user is told about calls at night (`night-service bell`).
    pub night_bell: bool,
    /// Opens the phone for any number outside office hours (`pin`).
    pub pin: Option<Pin>,
    /// Whether EndCall leaves the others of a conference together (`keep-conference endcall`).
    pub end_call_leaves_conference: bool,
    /// Rules of the conferences that its user makes.
    pub conference: ConferenceRules,
    /// Tag of the line whose pages its loudspeaker plays (`paging-dn`).
    pub paging_number: Option<u32>,
    /// Whether it gets pages by itself also where they are sent to a group (`paging-dn ... unicast`).
    pub paged_alone: bool,
    /// Whether it takes music on hold from a group, where there is one (`multicast-moh`).
    pub takes_multicast_music: bool,
    /// Whether it keeps its calls on lines with eight channels to itself (`privacy`).
    pub privacy: bool,
    /// Whether it has a button for that (`privacy-button`).
    pub privacy_button: bool,
    /// What happens to calls while its user is not to be disturbed (`dnd feature-ring`).
    pub dnd_calls: DndCalls,
    /// Whether its user transfers calls to numbers of this switch only (`transfer-pattern blocked`).
    pub transfers_inside_only: bool,
    /// Most digits of a number of another network to which its user transfers calls (`transfer max-length`).
    pub transfer_max_length: Option<usize>,
}

/// What happens to calls of a phone whose user is not to be disturbed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DndCalls {
    /// They are forwarded, or fail with the cause do not disturb.
    #[default]
    Refused,
    /// They are shown, and ring without a sound (`dnd feature-ring`).
    Silent,
    /// They ring at buttons with a feature ring; others are refused (`no dnd feature-ring`).
    RingFeatureButtons,
}

/// Whether calls that come in by a trunk may leave by a trunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transit {
    /// They may not.
    Refused,
    /// They may (`allow-connections sip to sip`).
    Allowed,
}

/// One line button of a phone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ButtonSettings {
    /// The button's place on the phone, from 1.
    pub button: u8,
    /// Tag of the line (`ephone-dn`): the first of an overlay, the one that is monitored, or for an expansion button the
    /// first of its overlay.
    pub line: u32,
    /// How calls to the line sound here.
    pub ring: Ring,
    /// What it does.
    pub kind: ButtonKind,
    /// Tags of the further lines of an overlay.
    pub further: Vec<u32>,
}

impl ButtonSettings {
    /// A button with one line.
    pub fn line(button: u8, line: u32, ring: Ring) -> ButtonSettings {
        ButtonSettings { button, line, ring, ..ButtonSettings::default() }
    }

    /// The tags of its lines.
    pub fn tags(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::once(self.line).chain(self.further.iter().copied())
    }
}

/// What a line button does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ButtonKind {
    /// It has one line.
    #[default]
    Line,
    /// It has several lines. While its user is in a call of one of them, calls to the others are not shown (`o`).
    Overlay,
    /// It has several lines, and further calls wait (`c`).
    CallWaitingOverlay,
    /// It takes further calls of the overlay on the button with this place (`x`).
    Expansion(u8),
    /// Its lamp shows what a line does; pressed, it calls the line (`m`).
    Monitor,
    /// Its lamp shows whether the phone is busy that has the line on its first button; pressed, it calls the line (`w`).
    Watch,
}

impl ButtonKind {
    /// Whether it has lines that calls are made and received on.
    pub const fn has_lines(self) -> bool {
        matches!(self, ButtonKind::Line | ButtonKind::Overlay | ButtonKind::CallWaitingOverlay)
    }

    /// Whether it has several lines.
    pub const fn is_overlay(self) -> bool {
        matches!(self, ButtonKind::Overlay | ButtonKind::CallWaitingOverlay)
    }
}

/// How an incoming call sounds at one button.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Ring {
    /// The ordinary ring (`:`).
    #[default]
    Normal,
    /// A beep instead of a ring (`b`).
    Beep,
    /// A triple pulse (`f`).
    Feature,
    /// Lamp and display only (`s`).
    Silent,
}

/// How long things may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// Wait for the next digit (`timeouts interdigit`).
    pub interdigit: Duration,
    /// Ring without answer (`timeouts ringing`).
    pub ringing: Duration,
    /// Play busy or reorder tone before releasing the caller (`timeouts busy`).
    pub busy: Duration,
    /// Wait for the user to go off-hook for a prompted call (`cti timeout make-call-prompt`).
    pub make_call_prompt: Duration,
    /// Keep the calls of a phone whose connection broke without an unregistration.
    pub station_lost: Duration,
    /// Let a transferred call ring before it comes back to who transferred it (`timeouts transfer-recall`); `None`:
    /// it does not come back because nobody answers.
    pub transfer_recall: Option<Duration>,
    /// Wait for an application to take a call at a CTI port or route point (`new-call-accept-timer`).
    pub new_call_accept: Duration,
    /// Wait for an application to say where its media goes (`media-exchange-timer`).
    pub media_exchange: Duration,
    /// Keep a call in which nothing comes from a device (`timer receive-rtp`).
    pub media_inactive: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            interdigit: Duration::from_secs(10),
            ringing: Duration::from_secs(180),
            busy: Duration::from_secs(10),
            make_call_prompt: Duration::from_secs(15),
            station_lost: Duration::from_secs(5),
            transfer_recall: None,
            new_call_accept: Duration::from_secs(4),
            media_exchange: Duration::from_secs(12),
            media_inactive: Duration::from_secs(1_200),
        }
    }
}

/// What applications may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CtiSettings {
    /// Whether there is a CTI interface at all (`no cti shutdown`).
    pub enabled: bool,
    /// Whether applications are of the basic kind (`cti csta mode basic`): users are not prompted to go off-hook for
    /// their calls, and lines on several phones are closed to them.
    pub basic_mode: bool,
    /// Whether applications are told expanded numbers (`no cti message device-id suppress-conversion`).
    pub expands_numbers: bool,
    /// Sessions at once.
    pub max_sessions: usize,
    /// Monitors at once in one session.
    pub max_monitors_per_session: usize,
    /// Monitors and registrations for routes at once altogether.
    pub max_monitors: usize,
}

impl Default for CtiSettings {
    fn default() -> CtiSettings {
        CtiSettings {
            enabled: true,
            basic_mode: false,
            expands_numbers: true,
            max_sessions: 20_000,
            max_monitors_per_session: 20_000,
            max_monitors: 100_000,
        }
    }
}

/// Settings that contradict themselves.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidSettings {
    /// A button names a line that is not there.
    #[error("button {button} of ephone {tag} shows ephone-dn {line}, which does not exist")]
    UnknownLine {
        /// The station's tag.
        tag: u32,
        /// The button.
        button: u8,
        /// The tag of the line.
        line: u32,
    },
    /// Two lines or two stations have the same tag.
    #[error("two {0}s have the tag {1}")]
    DuplicateTag(&'static str, u32),
    /// Two stations have the same name.
    #[error("two phones are named {0}")]
    DuplicateStation(SmolStr),
}

impl Settings {
    /// Checks what the switch relies on.
    ///
    /// # Errors
    /// The first contradiction found.
    pub fn validate(&self) -> Result<(), InvalidSettings> {
        let mut lines = BTreeSet::new();
        if let Some(line) = self.lines.iter().find(|line| !lines.insert(line.tag)) {
            return Err(InvalidSettings::DuplicateTag("ephone-dn", line.tag));
        }
        let (mut names, mut tags) = (BTreeSet::new(), BTreeSet::new());
        for station in &self.stations {
            if !tags.insert(station.tag) {
                return Err(InvalidSettings::DuplicateTag("ephone", station.tag));
            }
            if !names.insert(&station.name) {
                return Err(InvalidSettings::DuplicateStation(station.name.clone()));
            }
            let unknown = station.buttons.iter().find_map(|button| {
                button.tags().find(|tag| !lines.contains(tag)).map(|line| (button.button, line))
            });
            if let Some((button, line)) = unknown {
                let tag = station.tag;
                return Err(InvalidSettings::UnknownLine { tag, button, line });
            }
        }
        Ok(())
    }
}
