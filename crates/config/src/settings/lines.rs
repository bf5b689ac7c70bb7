//! Lines: `ephone-dn`, its templates, and the values of their commands.

use smol_str::SmolStr;

use super::{DnCalls, DnServices, Intercom, NoReg};

/// What an `ephone-dn` and an `ephone-dn-template` can both say.
/// A value in the `ephone-dn` beats the value of its template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnFeatures {
    /// `cti watch`: applications may monitor and control the number.
    pub cti_watch: Option<bool>,
    /// `cti notify`: the number is up although no phone carries it.
    pub cti_notify: Option<bool>,
    /// `allow watch`: presence watchers may watch the line.
    pub allow_watch: Option<bool>,
    /// `park reservation-group`.
    pub park_group: Option<SmolStr>,
    /// `huntstop`: busy or no answer does not roll to another number. Default: on.
    pub huntstop: Option<bool>,
    /// `huntstop channel [N]`: channels from N on are for outgoing calls. `N` is absent on dual lines.
    pub huntstop_channel: Option<Option<u32>>,
    /// `call-forward all`.
    pub forward_all: Option<Box<Forward>>,
    /// `call-forward busy`.
    pub forward_busy: Option<Box<Forward>>,
    /// `call-forward noan N timeout S`.
    pub forward_no_answer: Option<Box<ForwardNoAnswer>>,
    /// `call-forward max-length`: most digits the CFwdAll soft key takes; 0 disables the key.
    pub forward_max_length: Option<u32>,
    /// `forward local-calls`: calls of other lines of this system are forwarded too. Default: on.
    pub forward_local_calls: Option<bool>,
    /// `mwi`.
    pub mwi: Option<Mwi>,
    /// `mwi sip`: the server of `mwi-server` says whether messages wait for the number.
    pub mwi_sip: Option<bool>,
    /// `call-forward night-service`.
    pub forward_night: Option<SmolStr>,
    /// `call-forward unregistered`: calls while no application has the number open, or none accepts them.
    pub forward_unregistered: Option<SmolStr>,
    /// `call-forward failure`: calls whose application has gone.
    pub forward_failure: Option<SmolStr>,
    /// How calls are announced and transferred.
    pub calls: DnCalls,
    /// `pickup-group`: members pick up each other's calls.
    pub pickup_group: Option<SmolStr>,
    /// `pickup-call any-group`: the number picks up calls of every group as of its own.
    pub pickup_any_group: Option<bool>,
    /// `translation-profile` and `translate`.
    pub translation: super::DnTranslation,
    /// `timeouts transfer-recall`, seconds; 0 is off.
    pub transfer_recall: Option<u32>,
    /// `ephone-hunt login`.
    pub hunt_login: Option<bool>,
    /// `corlist`.
    pub restriction: super::Restriction,
    /// `caller-id block`: whom the number calls is not told it.
    pub caller_id_block: Option<bool>,
}

/// Target of a forward, with the calls it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Where the call goes.
    pub target: SmolStr,
    /// `primary` or `secondary`: only calls to that number; `None` means both.
    pub only: Option<WhichNumber>,
    /// `dialplan-pattern`: also for the expanded number.
    pub dialplan_pattern: bool,
}

/// `call-forward noan`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardNoAnswer {
    /// Where the call goes.
    pub forward: Forward,
    /// Seconds of ringing, 3 to 60000.
    pub timeout: u32,
}

/// Primary or secondary number of a directory number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichNumber {
    /// `primary`.
    Primary,
    /// `secondary`.
    Secondary,
}

/// `mwi`: makes the directory number a message waiting extension that a voicemail system calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mwi {
    /// `off`.
    Off,
    /// `on`.
    On,
    /// `on-off`.
    OnOff,
}

/// `ephone-dn-template`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EphoneDnTemplate {
    /// The values its directory numbers inherit.
    pub features: DnFeatures,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// Channels of a directory number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineMode {
    /// One channel.
    #[default]
    Single,
    /// `dual-line`: two channels, used by one phone at a time.
    Dual,
    /// `octo-line`: eight channels, split among the phones that share the number.
    Octo,
}

impl LineMode {
    /// Number of channels: 1, 2 or 8.
    pub fn channels(self) -> u8 {
        match self {
            LineMode::Single => 1,
            LineMode::Dual => 2,
            LineMode::Octo => 8,
        }
    }
}

/// `ephone-dn`: a directory number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EphoneDn {
    /// `dual-line`, `octo-line` or neither.
    pub line_mode: LineMode,
    /// `number`.
    pub number: Option<DnNumber>,
    /// `name`: caller name and directory entry.
    pub name: Option<SmolStr>,
    /// `label`: text beside the button.
    pub label: Option<SmolStr>,
    /// `description`: text in the phone's header.
    pub description: Option<SmolStr>,
    /// `preference P [secondary P]`: 0 is tried first. Defaults 0 and 9.
    pub preference: Preference,
    /// `session-server`: tags of the session managers that may monitor the number.
    pub session_servers: Vec<u32>,
    /// `park-slot`.
    pub park_slot: Option<ParkSlot>,
    /// `max-calls`: calls that a line of a CTI port or route point has at a time.
    pub max_calls: Option<u32>,
    /// `busy-trigger`: calls from which it is busy.
    pub busy_trigger: Option<u32>,
    /// `intercom`.
    pub intercom: Option<Intercom>,
    /// Single number reach, paging, conferences.
    pub services: DnServices,
    /// `ephone-dn-template`.
    pub template: Option<u32>,
    /// What a template can say too.
    pub features: DnFeatures,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// `keep-conference`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeepConference {
    /// `drop-last`: Confrn drops the party that was added last.
    pub drop_last: bool,
    /// `endcall`: EndCall leaves the others together too.
    pub end_call: bool,
    /// `local-only`: only if one of the others is local.
    pub local_only: bool,
}

/// `conference` of an ephone: rules of the conferences that the phone makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConferenceModes {
    /// `add-mode creator`.
    pub only_creator_adds: Option<bool>,
    /// `admin`.
    pub admin: Option<bool>,
    /// `drop-mode`.
    pub drop: Option<ConferenceDrop>,
}

/// `conference drop-mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConferenceDrop {
    /// The conference ends when who made it leaves.
    Creator,
    /// It ends when the last number of this system leaves.
    Local,
}

/// `park-slot`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParkSlot {
    /// The only number that the slot is chosen for.
    pub reserved_for: Option<SmolStr>,
    /// Seconds between reminders, and after how many intervals the call leaves the slot.
    pub timeout: Option<(u32, u32)>,
    /// Whether the call then comes back to the number that parked it.
    pub recall: bool,
    /// Where else the call then goes.
    pub transfer_to: Option<SmolStr>,
    /// `reservation-group`: the only group of numbers that the slot is chosen for.
    pub reservation_group: Option<SmolStr>,
    /// `directed`: calls are only sent there by its number.
    pub directed: bool,
    /// `notify`: another number whose phones are reminded.
    pub notify: Option<SmolStr>,
    /// `notify ... only`: no others are.
    pub notify_only: bool,
    /// `alternate`: where the call goes if the number that it should go to is in a call.
    pub alternate: Option<SmolStr>,
    /// `retry`: after how many seconds that is tried again, and how often.
    pub retry: Option<(u32, u32)>,
}

/// `number N [secondary N] [no-reg [primary|both]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnNumber {
    /// The number, up to 16 characters.
    pub primary: SmolStr,
    /// `secondary`.
    pub secondary: Option<SmolStr>,
    /// `no-reg`; without further word it means both.
    pub no_reg: Option<NoReg>,
}

/// `preference`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// For the primary number.
    pub primary: u32,
    /// For the secondary number.
    pub secondary: u32,
}

impl Default for Preference {
    fn default() -> Self {
        Self { primary: 0, secondary: 9 }
    }
}

impl DnFeatures {
    /// These values where present, the template's where not.
    pub fn over(&self, template: &DnFeatures) -> DnFeatures {
        DnFeatures {
            cti_watch: self.cti_watch.or(template.cti_watch),
            cti_notify: self.cti_notify.or(template.cti_notify),
            allow_watch: self.allow_watch.or(template.allow_watch),
            park_group: self.park_group.clone().or_else(|| template.park_group.clone()),
            huntstop: self.huntstop.or(template.huntstop),
            huntstop_channel: self.huntstop_channel.or(template.huntstop_channel),
            forward_all: self.forward_all.clone().or_else(|| template.forward_all.clone()),
            forward_busy: self.forward_busy.clone().or_else(|| template.forward_busy.clone()),
            forward_no_answer: self.forward_no_answer.clone().or_else(|| template.forward_no_answer.clone()),
            forward_max_length: self.forward_max_length.or(template.forward_max_length),
            forward_local_calls: self.forward_local_calls.or(template.forward_local_calls),
            mwi: self.mwi.or(template.mwi),
            mwi_sip: self.mwi_sip.or(template.mwi_sip),
            forward_night: self.forward_night.clone().or_else(|| template.forward_night.clone()),
            forward_unregistered: self
                .forward_unregistered
                .clone()
                .or_else(|| template.forward_unregistered.clone()),
            forward_failure: self.forward_failure.clone().or_else(|| template.forward_failure.clone()),
            calls: self.calls.over(&template.calls),
            pickup_group: self.pickup_group.clone().or_else(|| template.pickup_group.clone()),
            translation: self.translation.over(&template.translation),
            transfer_recall: self.transfer_recall.or(template.transfer_recall),
            restriction: self.restriction.over(&template.restriction),
            pickup_any_group: self.pickup_any_group.or(template.pickup_any_group),
            hunt_login: self.hunt_login.or(template.hunt_login),
            caller_id_block: self.caller_id_block.or(template.caller_id_block),
        }
    }
}
