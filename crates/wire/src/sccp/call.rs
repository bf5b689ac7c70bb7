//! What the call manager makes a phone do about calls: tones, ringer, lamps, states, soft keys, call information.

use super::body::{Body, Reader, Writer, bodies};
use super::message_id::MessageId;
use super::text::Text;
use super::values::{
    CallHistory, CallState, CallType, CallVisibility, LampMode, RedirectReason, RingDuration, RingMode,
    SoftKeyState, Stimulus, Switch, Tone, ToneDirection,
};

bodies! {
    /// StartTone 0x0082.
    StartTone (min 4) {
        /// The tone.
        tone: Tone,
        /// To whom it is played.
        direction: ToneDirection,
        /// The line, or 0.
        line: u32,
        /// The call, or 0.
        call_reference: u32,
    }

    /// SetRinger 0x0085.
    SetRinger (min 4) {
        /// How to ring.
        mode: RingMode,
        /// On and on, or once.
        duration: RingDuration,
        /// The line, or 0.
        line: u32,
        /// The call, or 0.
        call_reference: u32,
    }

    /// SetLamp 0x0086.
    SetLamp (min 12) {
        /// The kind of button; [`Stimulus::VOICEMAIL`] with instance 0 is the message waiting lamp.
        stimulus: Stimulus,
        /// Which of the buttons of this kind, counted from 1.
        instance: u32,
        /// How to shine.
        mode: LampMode,
    }

    /// SetSpeakerMode 0x0088: on goes off-hook with the speaker unless the handset is up.
    SetSpeakerMode (min 4) {
        /// On or off.
        mode: Switch,
    }

    /// SetMicroMode 0x0089.
    SetMicroMode (min 4) {
        /// On, or off to mute.
        mode: Switch,
    }

    /// SelectSoftKeys 0x0110.
    SelectSoftKeys (min 12) {
        /// The line, or 0 when idle.
        line: u32,
        /// The call, or 0 when idle.
        call_reference: u32,
        /// The set of keys.
        set: SoftKeyState,
        /// Bit n enables key n of the set, counted from 0.
        valid_keys: u32,
    }

    /// CallState 0x0111.
    CallStateMessage (min 12) {
        /// What the call is doing.
        state: CallState,
        /// The line.
        line: u32,
        /// The call.
        call_reference: u32,
        /// How much of it is shown.
        visibility: CallVisibility,
        /// 0, the most urgent, to 4, routine.
        precedence_level: u32,
        /// 0.
        precedence_domain: u32,
    }

    /// The line to show: ActivateCallPlane 0x0116.
    ActivateCallPlane (min 4) {
        /// The line.
        line: u32,
    }

    /// A line and a call: BackSpace 0x0119, ClearPromptStatus 0x0113.
    CallId (min 0) {
        /// The line, or 0.
        line: u32,
        /// The call, or 0.
        call_reference: u32,
    }

    /// CallSelectStat 0x0130.
    CallSelectStat (min 8) {
        /// Whether the call is selected.
        selected: bool,
        /// The call.
        call_reference: u32,
        /// The line.
        line: u32,
    }

    /// RecordingStatus 0x0160.
    RecordingStatus (min 8) {
        /// The call.
        call_reference: u32,
        /// Whether it is being recorded.
        recording: bool,
    }

    /// CallHistoryDisposition 0x0156.
    CallHistoryDisposition (min 4) {
        /// Where to file the call.
        disposition: CallHistory,
        /// The line.
        line: u32,
        /// The call.
        call_reference: u32,
    }
}

/// StopTone 0x0083.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopTone {
    /// The line, or 0.
    pub line: u32,
    /// The call, or 0.
    pub call_reference: u32,
    /// The tone to stop; sent from version 11 on, [`Tone::SILENCE`] for whatever plays.
    pub tone: Tone,
}

impl Body for StopTone {
    fn read(r: &mut Reader<'_>) -> Self {
        StopTone { line: r.u32(), call_reference: r.u32(), tone: r.get() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.line);
        w.u32(self.call_reference);
        if w.version().stop_tone_names_tone() {
            w.put(&self.tone);
        }
    }
}

/// DialedNumber 0x011D: files the number under placed calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialedNumber {
    /// Up to 23 bytes (24 from version 18 on).
    pub number: Text,
    /// The line.
    pub line: u32,
    /// The call.
    pub call_reference: u32,
}

impl Body for DialedNumber {
    fn read(r: &mut Reader<'_>) -> Self {
        let size = r.version().number_size();
        DialedNumber { number: r.text(size), line: r.u32(), call_reference: r.u32() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        let size = w.version().number_size();
        w.text(&self.number, size);
        w.u32(self.line);
        w.u32(self.call_reference);
    }
}

/// A party of a call, in [`CallInfo`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The number; up to 24 bytes (23 in the fixed form).
    pub number: Text,
    /// The name; up to 120 bytes (39 in the fixed form).
    pub name: Text,
}

/// The voice mailboxes of the parties, in [`CallInfo`]; numbers as in [`Party`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoiceMailboxes {
    /// Of the calling party.
    pub calling: Text,
    /// Of the called party.
    pub called: Text,
    /// Of the party originally called.
    pub original_called: Text,
    /// Of the party that redirected the call last.
    pub last_redirecting: Text,
}

/// CallInfo 0x008F, from version 9 on 0x014A: the parties of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallInfo {
    /// The line.
    pub line: u32,
    /// The call.
    pub call_reference: u32,
    /// The direction.
    pub call_type: CallType,
    /// Who calls.
    pub calling: Party,
    /// Whom the call reached.
    pub called: Party,
    /// Whom the caller meant to call.
    pub original_called: Party,
    /// Who redirected the call last.
    pub last_redirecting: Party,
    /// Why the party originally called redirected the call.
    pub original_called_redirect_reason: RedirectReason,
    /// Why it was redirected last.
    pub last_redirecting_reason: RedirectReason,
    /// Where the parties have their messages taken.
    pub voice_mailboxes: VoiceMailboxes,
    /// Counted from 1 among the calls of the line, or 0.
    pub call_instance: u32,
    /// 0 unknown, 1 not authenticated, 2 authenticated, 3 encrypted.
    pub security_status: u32,
    /// Bits of what not to show: 0 calling name, 1 calling number, 2 called name, 3 called number, 4 and 5
    /// original called, 6 and 7 last redirecting, in the same order.
    pub party_restrictions: u32,
    /// The calling number before any transformation; from version 16 on.
    pub alternate_calling_number: Text,
    /// The hunt group the call came through; from version 16 on.
    pub hunt_pilot: Party,
}

impl CallInfo {
    fn read_fixed(r: &mut Reader<'_>) -> Self {
        let party = |r: &mut Reader<'_>| {
            let name = r.text(40);
            Party { name, number: r.text(24) }
        };
        CallInfo {
            calling: party(r),
            called: party(r),
            line: r.u32(),
            call_reference: r.u32(),
            call_type: r.get(),
            original_called: party(r),
            last_redirecting: party(r),
            original_called_redirect_reason: r.get(),
            last_redirecting_reason: r.get(),
            voice_mailboxes: VoiceMailboxes {
                calling: r.text(24),
                called: r.text(24),
                original_called: r.text(24),
                last_redirecting: r.text(24),
            },
            call_instance: r.u32(),
            security_status: r.u32(),
            party_restrictions: r.u32(),
            ..CallInfo::default()
        }
    }

    fn write_fixed(&self, w: &mut Writer<'_>) {
        let party = |w: &mut Writer<'_>, party: &Party| {
            w.text(&party.name, 40);
            w.text(&party.number, 24);
        };
        party(w, &self.calling);
        party(w, &self.called);
        w.u32(self.line);
        w.u32(self.call_reference);
        w.put(&self.call_type);
        party(w, &self.original_called);
        party(w, &self.last_redirecting);
        w.put(&self.original_called_redirect_reason);
        w.put(&self.last_redirecting_reason);
        w.text(&self.voice_mailboxes.calling, 24);
        w.text(&self.voice_mailboxes.called, 24);
        w.text(&self.voice_mailboxes.original_called, 24);
        w.text(&self.voice_mailboxes.last_redirecting, 24);
        w.u32(self.call_instance);
        w.u32(self.security_status);
        w.u32(self.party_restrictions);
    }

    fn read_dynamic(r: &mut Reader<'_>) -> Self {
        let mut info = CallInfo {
            line: r.u32(),
            call_reference: r.u32(),
            call_type: r.get(),
            original_called_redirect_reason: r.get(),
            last_redirecting_reason: r.get(),
            call_instance: r.u32(),
            security_status: r.u32(),
            party_restrictions: r.u32(),
            ..CallInfo::default()
        };
        let extended = r.version().extended_call_info();
        for (text, only_extended) in info.texts_mut() {
            if extended || !only_extended {
                *text = r.terminated();
            }
        }
        info
    }

    fn write_dynamic(&self, w: &mut Writer<'_>) {
        w.u32(self.line);
        w.u32(self.call_reference);
        w.put(&self.call_type);
        w.put(&self.original_called_redirect_reason);
        w.put(&self.last_redirecting_reason);
        w.u32(self.call_instance);
        w.u32(self.security_status);
        w.u32(self.party_restrictions);
        let extended = w.version().extended_call_info();
        for (text, limit, only_extended) in self.texts() {
            if extended || !only_extended {
                w.terminated(text, limit);
            }
        }
    }

    /// The texts of the dynamic form in their order: text, most bytes, whether only in the extended form.
    fn texts(&self) -> [(&Text, usize, bool); 15] {
        const NUMBER: usize = 24;
        const NAME: usize = 120;
        [
            (&self.calling.number, NUMBER, false),
            (&self.alternate_calling_number, NUMBER, true),
            (&self.called.number, NUMBER, false),
            (&self.original_called.number, NUMBER, false),
            (&self.last_redirecting.number, NUMBER, false),
            (&self.voice_mailboxes.calling, NUMBER, false),
            (&self.voice_mailboxes.called, NUMBER, false),
            (&self.voice_mailboxes.original_called, NUMBER, false),
            (&self.voice_mailboxes.last_redirecting, NUMBER, false),
            (&self.calling.name, NAME, false),
            (&self.called.name, NAME, false),
            (&self.original_called.name, NAME, false),
            (&self.last_redirecting.name, NAME, false),
            (&self.hunt_pilot.number, NUMBER, true),
            (&self.hunt_pilot.name, NAME, true),
        ]
    }

    fn texts_mut(&mut self) -> [(&mut Text, bool); 15] {
        [
            (&mut self.calling.number, false),
            (&mut self.alternate_calling_number, true),
            (&mut self.called.number, false),
            (&mut self.original_called.number, false),
            (&mut self.last_redirecting.number, false),
            (&mut self.voice_mailboxes.calling, false),
            (&mut self.voice_mailboxes.called, false),
            (&mut self.voice_mailboxes.original_called, false),
            (&mut self.voice_mailboxes.last_redirecting, false),
            (&mut self.calling.name, false),
            (&mut self.called.name, false),
            (&mut self.original_called.name, false),
            (&mut self.last_redirecting.name, false),
            (&mut self.hunt_pilot.number, true),
            (&mut self.hunt_pilot.name, true),
        ]
    }
}

impl Body for CallInfo {
    const MIN: usize = 12;

    fn read(r: &mut Reader<'_>) -> Self {
        if r.message_id == MessageId::CALL_INFO_DYNAMIC { Self::read_dynamic(r) } else { Self::read_fixed(r) }
    }

    fn write(&self, w: &mut Writer<'_>) {
        if w.message_id == MessageId::CALL_INFO_DYNAMIC { self.write_dynamic(w) } else { self.write_fixed(w) }
    }
}
