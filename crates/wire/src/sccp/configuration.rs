//! What a phone asks for when it starts: buttons, soft keys, lines, speed dials, services, date and time.

use super::body::{Body, Reader, Writer, bodies};
use super::message_id::MessageId;
use super::text::Text;
use super::values::{ButtonType, SoftKey, Stimulus};

bodies! {
    /// The instance a phone asks about, counted from 1: LineStatReq, SpeedDialStatReq, ForwardStatReq and
    /// ServiceURLStatReq.
    InstanceReq (min 0) {
        /// The line, speed dial or service.
        instance: u32,
    }

    /// FeatureStatReq 0x0034.
    FeatureStatReq (min 0) {
        /// The feature button, counted from 1.
        instance: u32,
        /// What the phone can show; newer loads only.
        capabilities: Option<u32>,
    }

    /// ButtonTemplateReq 0x000E.
    ButtonTemplateReq (min 0) {
        /// How many buttons the phone wants to know about, if it says so.
        buttons: Option<u32>,
    }

    /// CallCountReq 0x015E.
    CallCountReq (min 0) {
        /// Of unknown meaning.
        parameter: Option<u32>,
    }

    /// ConfigStat 0x0093.
    ConfigStat (min 0) {
        /// As in Register; up to 15 bytes.
        device_name: Text[16],
        /// 0.
        user_id: u32,
        /// 1.
        instance: u32,
        /// Up to 39 bytes.
        user_name: Text[40],
        /// Up to 39 bytes.
        server_name: Text[40],
        /// How many lines the phone has.
        lines: u32,
        /// How many speed dials the phone has.
        speed_dials: u32,
    }

    /// SpeedDialStat 0x0091, the fixed form that works at every version.
    SpeedDialStat (min 4) {
        /// Counted from 1.
        instance: u32,
        /// What is dialled; empty if not configured. Up to 23 bytes.
        number: Text[24],
        /// Up to 39 bytes.
        label: Text[40],
    }

    /// Version 0x0098.
    RequiredVersion (min 0) {
        /// The firmware load the phone must run, empty to keep what it has; up to 15 bytes.
        load: Text[16],
    }

    /// DefineTimeDate 0x0094. The first eight fields are local time.
    DefineTimeDate (min 0) {
        /// With century.
        year: u32,
        /// 1 to 12.
        month: u32,
        /// 0 for Sunday to 6.
        day_of_week: u32,
        /// 1 to 31.
        day: u32,
        /// 0 to 23.
        hour: u32,
        /// 0 to 59.
        minute: u32,
        /// 0 to 59.
        second: u32,
        /// 0 to 999.
        milliseconds: u32,
        /// Seconds since 1970 in UTC; phones that use it apply their own time zone.
        unix_time: u32,
    }
}

/// One button of a [`ButtonTemplate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ButtonDefinition {
    /// Counted from 1 for each type: line 1, line 2, speed dial 1.
    pub instance: u8,
    /// What the button is for; only the lowest byte travels.
    pub button_type: ButtonType,
}

impl ButtonDefinition {
    /// A button without function.
    pub const UNUSED: ButtonDefinition = ButtonDefinition { instance: 0, button_type: ButtonType::UNDEFINED };
}

/// ButtonTemplate 0x0097: what the buttons of the phone are for, 42 at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ButtonTemplate {
    /// The number of buttons in messages before this one.
    pub offset: u32,
    /// The number of buttons in all messages.
    pub total: u32,
    /// The buttons from `offset` on; at most [`ButtonTemplate::LIMIT`].
    pub buttons: Vec<ButtonDefinition>,
}

impl ButtonTemplate {
    /// The most buttons in one message.
    pub const LIMIT: usize = 42;

    /// The messages that describe `buttons`: at least one.
    pub fn split(buttons: &[ButtonDefinition]) -> impl Iterator<Item = ButtonTemplate> {
        let total = u32::try_from(buttons.len()).unwrap_or(u32::MAX);
        let messages = buttons.len().div_ceil(Self::LIMIT).max(1);
        (0..messages).map(move |message| {
            let offset = message * Self::LIMIT;
            let part = buttons.iter().skip(offset).take(Self::LIMIT).copied();
            ButtonTemplate {
                offset: u32::try_from(offset).unwrap_or(u32::MAX),
                total,
                buttons: part.collect(),
            }
        })
    }
}

impl Body for ButtonTemplate {
    const MIN: usize = 12;

    fn read(r: &mut Reader<'_>) -> Self {
        let (offset, count, total) = (r.u32(), r.u32(), r.u32());
        let count = limited(count, r.remaining() / 2);
        let buttons = (0..count).map(|_| {
            let instance = r.u8();
            ButtonDefinition { instance, button_type: Stimulus(r.u8().into()) }
        });
        ButtonTemplate { offset, total, buttons: buttons.collect() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.offset);
        w.count(self.buttons.len().min(Self::LIMIT));
        w.u32(self.total);
        let unused = std::iter::repeat(&ButtonDefinition::UNUSED);
        for button in self.buttons.iter().chain(unused).take(Self::LIMIT) {
            w.u8(button.instance);
            w.u8(button.button_type.0.to_le_bytes()[0]);
        }
    }
}

/// One soft key of a [`SoftKeyTemplate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftKeyDefinition {
    /// What the key shows: a phrase or up to 15 bytes of text.
    pub label: Text,
    /// What the phone reports when the key is pressed.
    pub event: SoftKey,
}

/// SoftKeyTemplateRes 0x0108: all soft keys there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftKeyTemplate {
    /// The number of keys in messages before this one.
    pub offset: u32,
    /// The number of keys in all messages.
    pub total: u32,
    /// At most [`SoftKeyTemplate::LIMIT`] keys. Sets refer to them by position, counted from 1.
    pub keys: Vec<SoftKeyDefinition>,
}

impl SoftKeyTemplate {
    /// The most keys in one message.
    pub const LIMIT: usize = 32;
    const LABEL: usize = 16;
}

impl Body for SoftKeyTemplate {
    const MIN: usize = 12;

    fn read(r: &mut Reader<'_>) -> Self {
        let (offset, count, total) = (r.u32(), r.u32(), r.u32());
        let count = limited(count, r.remaining() / (Self::LABEL + 4));
        let keys = (0..count).map(|_| {
            let label = r.text(Self::LABEL);
            SoftKeyDefinition { label, event: r.get() }
        });
        SoftKeyTemplate { offset, total, keys: keys.collect() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.offset);
        w.count(self.keys.len().min(Self::LIMIT));
        w.u32(self.total);
        for key in self.keys.iter().take(Self::LIMIT) {
            w.text(&key.label, Self::LABEL);
            w.put(&key.event);
        }
        w.fill_to(12 + Self::LIMIT * (Self::LABEL + 4));
    }
}

/// The keys of one soft key set: template position (counted from 1, 0 for a blank) and info index (300 plus
/// the event, 0 for a blank).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftKeySet {
    /// Positions in the template.
    pub positions: [u8; 16],
    /// Help texts.
    pub info: [u16; 16],
}

impl SoftKeySet {
    /// The set of keys at these template positions, with their usual help texts for a template in which each
    /// key's event equals its position. Keys beyond 16 are left out.
    pub fn of_positions(positions: &[u8]) -> SoftKeySet {
        let mut set = SoftKeySet::default();
        for ((slot, info), position) in set.positions.iter_mut().zip(&mut set.info).zip(positions) {
            *slot = *position;
            *info = if *position == 0 { 0 } else { 300 + u16::from(*position) };
        }
        set
    }
}

/// SoftKeySetRes 0x0109: which keys belong to which state of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftKeySets {
    /// The number of sets in messages before this one.
    pub offset: u32,
    /// The number of sets in all messages.
    pub total: u32,
    /// At most [`SoftKeySets::LIMIT`] sets, in the order of [`SoftKeyState`](super::SoftKeyState).
    pub sets: Vec<SoftKeySet>,
}

impl SoftKeySets {
    /// The most sets in one message.
    pub const LIMIT: usize = 16;
    const SET: usize = 48;
}

impl Body for SoftKeySets {
    const MIN: usize = 12;

    fn read(r: &mut Reader<'_>) -> Self {
        let (offset, count, total) = (r.u32(), r.u32(), r.u32());
        let count = limited(count, r.remaining() / Self::SET);
        let sets = (0..count).map(|_| {
            let positions = r.array();
            SoftKeySet { positions, info: std::array::from_fn(|_| r.u16()) }
        });
        SoftKeySets { offset, total, sets: sets.collect() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.offset);
        w.count(self.sets.len().min(Self::LIMIT));
        w.u32(self.total);
        for set in self.sets.iter().take(Self::LIMIT) {
            w.bytes(&set.positions);
            set.info.iter().for_each(|info| w.u16(*info));
        }
        w.fill_to(12 + Self::LIMIT * Self::SET);
    }
}

/// LineStat 0x0092, from version 17 on 0x0147. A line that is not configured is answered with empty texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineStat {
    /// Counted from 1.
    pub line: u32,
    /// The directory number; up to 24 bytes (23 in the fixed form).
    pub number: Text,
    /// The name of the line's user; up to 120 bytes (39).
    pub name: Text,
    /// What is shown beside the button, or the number if empty; up to 120 bytes (39).
    pub label: Text,
}

impl LineStat {
    /// Original dialled, redirected and calling number, and calling name, are shown.
    const DISPLAY_OPTIONS: u32 = 0x0F;
}

impl Body for LineStat {
    const MIN: usize = 4;

    fn read(r: &mut Reader<'_>) -> Self {
        let line = r.u32();
        if r.message_id == MessageId::LINE_STAT_DYNAMIC {
            r.skip(4);
            return LineStat { line, number: r.terminated(), name: r.terminated(), label: r.terminated() };
        }
        LineStat { line, number: r.text(24), name: r.text(40), label: r.text(40) }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.line);
        if w.message_id == MessageId::LINE_STAT_DYNAMIC {
            w.u32(Self::DISPLAY_OPTIONS);
            w.terminated(&self.number, 24);
            w.terminated(&self.name, 120);
            w.terminated(&self.label, 120);
        } else {
            w.text(&self.number, 24);
            w.text(&self.name, 40);
            w.text(&self.label, 40);
            w.u32(Self::DISPLAY_OPTIONS);
        }
    }
}

/// FeatureStat 0x011F, from version 15 on 0x0146.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureStat {
    /// Counted from 1.
    pub instance: u32,
    /// The feature.
    pub button_type: ButtonType,
    /// 0 or 1, a [`BusyLampStatus`](super::BusyLampStatus), or for [`ButtonType::MULTI_BLINK`] four bytes of
    /// rhythm, colour, icon and old value.
    pub status: u32,
    /// Up to 120 bytes (39 in the fixed form).
    pub label: Text,
}

impl Body for FeatureStat {
    const MIN: usize = 8;

    fn read(r: &mut Reader<'_>) -> Self {
        let (instance, button_type) = (r.u32(), r.get());
        if r.message_id == MessageId::FEATURE_STAT_DYNAMIC {
            let status = r.u32();
            return FeatureStat { instance, button_type, status, label: r.terminated() };
        }
        let label = r.text(40);
        FeatureStat { instance, button_type, status: r.u32(), label }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.instance);
        w.put(&self.button_type);
        if w.message_id == MessageId::FEATURE_STAT_DYNAMIC {
            w.u32(self.status);
            // Some decoders insist on the full field, all accept it.
            w.text(&self.label, 121);
        } else {
            w.text(&self.label, 40);
            w.u32(self.status);
        }
    }
}

/// ServiceURLStat 0x012F, from version 9 on 0x0148.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceUrlStat {
    /// Counted from 1.
    pub instance: u32,
    /// Up to 255 bytes.
    pub url: Text,
    /// Up to 120 bytes (39 in the fixed form).
    pub label: Text,
}

impl Body for ServiceUrlStat {
    const MIN: usize = 4;

    fn read(r: &mut Reader<'_>) -> Self {
        let instance = r.u32();
        if r.message_id == MessageId::SERVICE_URL_STAT_DYNAMIC {
            return ServiceUrlStat { instance, url: r.terminated(), label: r.terminated() };
        }
        ServiceUrlStat { instance, url: r.text(256), label: r.text(40) }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.instance);
        if w.message_id == MessageId::SERVICE_URL_STAT_DYNAMIC {
            w.terminated(&self.url, 255);
            w.terminated(&self.label, 120);
            if w.version().service_url_extra() {
                w.u8(0);
            }
        } else {
            w.text(&self.url, 256);
            w.text(&self.label, 40);
        }
    }
}

/// ForwardStat 0x0090: where the calls of a line go. Numbers have up to 23 bytes (24 from version 18 on).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForwardStat {
    /// Counted from 1.
    pub line: u32,
    /// Where all calls go.
    pub all: Option<Text>,
    /// Where calls go when the line is busy.
    pub busy: Option<Text>,
    /// Where calls go that are not answered.
    pub no_answer: Option<Text>,
}

impl Body for ForwardStat {
    const MIN: usize = 8;

    fn read(r: &mut Reader<'_>) -> Self {
        r.skip(4);
        let line = r.u32();
        let size = r.version().number_size();
        let mut target = || {
            let active = r.u32() != 0;
            let number = r.text(size);
            active.then_some(number)
        };
        ForwardStat { line, all: target(), busy: target(), no_answer: target() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        let targets = [&self.all, &self.busy, &self.no_answer];
        w.put(&targets.iter().any(|target| target.is_some()));
        w.u32(self.line);
        let size = w.version().number_size();
        for target in targets {
            w.put(&target.is_some());
            w.text(target.as_ref().unwrap_or(&Text::empty()), size);
        }
    }
}

/// How many calls a line takes, in [`CallCountRes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCount {
    /// The most calls on the line.
    pub max_calls: u16,
    /// The number of calls from which on the line is busy.
    pub busy_trigger: u16,
}

/// CallCountRes 0x015F.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallCountRes {
    /// How many lines the phone has.
    pub total_lines: u32,
    /// The line of the first entry, counted from 1.
    pub first_line: u32,
    /// One entry for each line from `first_line` on; at most [`CallCountRes::LIMIT`].
    pub lines: Vec<CallCount>,
}

impl CallCountRes {
    /// The most lines in one message.
    pub const LIMIT: usize = 42;
}

impl Body for CallCountRes {
    fn read(r: &mut Reader<'_>) -> Self {
        let (total_lines, first_line, count) = (r.u32(), r.u32(), r.u32());
        let count = limited(count, r.remaining() / 4);
        let lines = (0..count).map(|_| {
            let max_calls = r.u16();
            CallCount { max_calls, busy_trigger: r.u16() }
        });
        CallCountRes { total_lines, first_line, lines: lines.collect() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.total_lines);
        w.u32(self.first_line);
        w.count(self.lines.len().min(Self::LIMIT));
        for line in self.lines.iter().take(Self::LIMIT) {
            w.u16(line.max_calls);
            w.u16(line.busy_trigger);
        }
        w.fill_to(12 + 4 * Self::LIMIT);
    }
}

/// The announced number of entries, but no more than there is room for.
fn limited(count: u32, room: usize) -> usize {
    usize::try_from(count).map_or(room, |count| count.min(room))
}
