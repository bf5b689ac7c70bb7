//! The one table of sentences: each line is a value, its text, and how it is read.

use std::fmt;

use super::complain::Misfit;
use super::terms::*;

/// Matches the words of a line against the text of one sentence.
pub(super) struct Matcher<'a> {
    syntax: &'a str,
    words: &'a [Word],
    at: usize,
    /// How many fixed words fitted.
    fixed: usize,
    misfit: &'a mut Misfit,
}

impl<'a> Matcher<'a> {
    fn new(syntax: &'a str, words: &'a [Word], misfit: &'a mut Misfit) -> Matcher<'a> {
        Matcher { syntax, words, at: 0, fixed: 0, misfit }
    }

    /// Matches the fixed words up to the next field, and reads the field.
    fn field<T: Term>(&mut self) -> Option<T> {
        self.fixed_words()?;
        let (_, after) = self.syntax.split_once('}')?;
        self.syntax = after;
        match T::take(self.words.get(self.at..).unwrap_or_default()) {
            Some((term, count)) => {
                self.at += count;
                Some(term)
            }
            None => {
                self.misfit.note(self.at, self.fixed, T::WANTED);
                None
            }
        }
    }

    /// Matches the fixed words up to the next field or the end of the sentence.
    fn fixed_words(&mut self) -> Option<()> {
        let (fixed, rest) = self.syntax.split_at(self.syntax.find('{').unwrap_or(self.syntax.len()));
        self.syntax = rest;
        for fixed in fixed.split_whitespace() {
            let fits = self.words.get(self.at).is_some_and(|word| !word.quoted && word.text == fixed);
            if !fits {
                self.misfit.note(self.at, self.fixed, fixed);
                return None;
            }
            self.at += 1;
            self.fixed += 1;
        }
        Some(())
    }

    fn end(&mut self) -> Option<()> {
        self.fixed_words()?;
        if self.at < self.words.len() {
            self.misfit.note(self.at, self.fixed, "the end of the line");
            return None;
        }
        Some(())
    }
}

/// A sentence of the language, for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The words, with the variable parts in braces.
    pub text: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.replace(" 's ", "'s ").replace(
            "{facts}",
            " [lcs STATE] [cause CAUSE] [from NUMBER] [to NUMBER] [via NUMBER] [onto NUMBER]",
        );
        write!(f, "{text}\n      {}", self.meaning.trim())
    }
}

macro_rules! sentences {
    ($($(#[$meta:meta])* pub enum $name:ident {
        $($(#[doc = $meaning:literal])+ $variant:ident $({ $($field:ident: $type:ty),+ })? = $syntax:literal,)+
    })+) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Debug)]
        #[allow(missing_docs)] // The fields are explained by the sentence they stand in.
        pub enum $name {
            $($(#[doc = $meaning])+ #[doc = concat!("`", $syntax, "`")] $variant $({ $($field: $type),+ })?,)+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $($name::$variant $({ $($field),+ })? => write!(f, $syntax),)+ }
            }
        }

        impl $name {
            /// Every sentence of this kind.
            pub const SENTENCES: &[Entry] =
                &[$(Entry { text: $syntax, meaning: concat!($($meaning),+) },)+];

            pub(super) fn read(words: &[Word], misfit: &mut Misfit) -> Option<$name> {
                $({
                    let read = |matcher: &mut Matcher<'_>| -> Option<$name> {
                        $($(let $field = matcher.field::<$type>()?;)+)?
                        matcher.end()?;
                        Some($name::$variant $({ $($field),+ })?)
                    };
                    if let Some(sentence) = read(&mut Matcher::new($syntax, words, misfit)) {
                        return Some(sentence);
                    }
                })+
                None
            }
        }
    )+};
}

sentences! {
    /// Who there is. Declarations stand before the first step.
    pub enum Declaration {
        /// A phone with lines of one channel each.
        Phone { who: Name, model: Model, lines: Numbers } = "phone {who} {model} line {lines}",
        /// A phone with lines of two channels each.
        DualLinePhone { who: Name, model: Model, lines: Numbers } = "phone {who} {model} dual-line {lines}",
        /// A phone with lines of eight channels each.
        OctoLinePhone { who: Name, model: Model, lines: Numbers } = "phone {who} {model} octo-line {lines}",
        /// A phone with lines of its own, also where another phone has lines with these numbers: lines with one number are
        /// one device, and a call goes from one to the next in the order of the declarations.
        OwnLinePhone { who: Name, model: Model, lines: Numbers } = "phone {who} {model} own line {lines}",
        /// A phone that the configuration of the story knows by its MAC address, or does not know at all.
        KnownPhone { who: Name, model: Model, mac: Mac } = "phone {who} {model} mac {mac}",
        /// A SIP phone with one line, over UDP. It takes what the server tells it to do (`Event: talk`).
        SipPhone { who: Name, number: Number } = "sip phone {who} line {number}",
        /// A SIP phone with one line, over TCP.
        SipPhoneOverTcp { who: Name, number: Number } = "sip phone {who} over TCP line {number}",
        /// The next speed-dial button of a phone.
        SpeedDial { who: Name, number: Number } = "{who} has speed dial {number}",
        /// An application over TCP that watches some numbers.
        Watcher { who: Name, numbers: Numbers } = "application {who} watches {numbers}",
        /// An application over UDP that watches some numbers.
        DatagramWatcher { who: Name, numbers: Numbers } = "application {who} over UDP watches {numbers}",
        /// An application over CSTA/TCP, without SIP, that watches some numbers.
        StreamWatcher { who: Name, numbers: Numbers } = "application {who} over CSTA watches {numbers}",
        /// An application that is not logged in at the beginning; it will name a number when it does.
        Application { who: Name, number: Number } = "application {who} for {number}",
        /// It behaves as pidgin-sipe does: no branches, no answers, sequence numbers that restart.
        Pidgin { who: Name } = "{who} behaves like pidgin",
        /// It writes the sixth edition of ECMA-323, and wants to be answered in it.
        SixthEdition { who: Name } = "{who} speaks the sixth edition",
        /// It writes a prefix before the name of each XML element.
        Prefixes { who: Name } = "{who} writes prefixes",
        /// It lets its session expire.
        NoRefresh { who: Name } = "{who} never refreshes its session",
        /// It refreshes with UPDATE instead of INVITE.
        RefreshByUpdate { who: Name } = "{who} refreshes by UPDATE",
        /// The session interval it asks for.
        SessionOf { who: Name, span: Span } = "{who} asks for a session of {span}",
        /// A line without `cti watch`.
        Closed { number: Number } = "{number} is closed to applications",
        /// The node records what happens to it, as `hookflash serve --record` does, onto a disk with room for all of it.
        Recorded = "the node records",
        /// The rules of the reference model are checked at each step, and at the end everybody hangs up.
        Checked = "every step is checked",
        /// Nobody waits for anybody: a step is done before what the last one causes has arrived. Only what must always
        /// hold is checked.
        Overlapping = "steps overlap",
        /// All calls of a line are forwarded from the beginning.
        Forwards { number: Number, to: Number } = "{number} forwards to {to}",
        /// Calls that find the line busy are.
        ForwardsBusy { number: Number, to: Number } = "{number} forwards to {to} on busy",
        /// Calls that nobody answers are.
        ForwardsNoAnswer { number: Number, to: Number, span: Span } = "{number} forwards to {to} on no answer after {span}",
        /// The line of a phone declared before belongs to a pickup group.
        PickupGroup { number: Number, group: Number } = "{number} is in pickup group {group}",
        /// A number at which calls are parked. A call that nobody has fetched after this many times the interval comes back.
        ParkSlot { number: Number, count: Count, span: Span } = "calls are parked at {number} for {count} times {span}",
        /// A line of the configuration under telephony-service.
        TelephonyService { line: Rest } = "telephony-service {line}",
        /// A line of the configuration under voice service voip.
        VoiceService { line: Rest } = "voice-service {line}",
    }

    /// What is done.
    pub enum Action {
        /// Lets time pass.
        Wait { span: Span } = "after {span}",
        /// Begins a call and types the number as soon as there is a dial tone.
        Dial { who: Name, number: Number } = "{who} dials {number}",
        /// Dials a whole number on-hook, as from a list of calls.
        DialAtOnce { who: Name, number: Number } = "{who} dials {number} at once",
        /// Types digits, key by key.
        Type { who: Name, digits: Number } = "{who} types {digits}",
        /// Begins a new call.
        BeginCall { who: Name } = "{who} begins a call",
        /// Answers the call that rings longest.
        Answer { who: Name } = "{who} answers",
        /// Ends the call, or rejects the one that rings.
        HangUp { who: Name } = "{who} hangs up",
        /// Rejects the call that rings longest.
        Reject { who: Name } = "{who} rejects",
        /// Puts the connected call aside.
        Hold { who: Name } = "{who} holds",
        /// Takes the call that was put aside back.
        Resume { who: Name } = "{who} resumes",
        /// Lifts the handset.
        LiftHandset { who: Name } = "{who} lifts the handset",
        /// Puts the handset back.
        ReplaceHandset { who: Name } = "{who} replaces the handset",
        /// Presses the loudspeaker button.
        PressSpeaker { who: Name } = "{who} presses the speaker button",
        /// Presses a line button.
        PressLine { who: Name, line: Count } = "{who} presses line {line}",
        /// Presses a speed-dial button.
        PressSpeedDial { who: Name, button: Count } = "{who} presses speed dial {button}",
        /// Presses a soft key for the call that is active, rings or is held, in that order, or for none.
        PressKey { who: Name, key: Key } = "{who} presses {key}",
        /// Forwards all calls of its first line: CFwdAll, the number, `#`. What was forwarded before is cancelled first.
        ForwardAll { who: Name, number: Number } = "{who} forwards to {number}",
        /// Forwards calls no more.
        StopForwarding { who: Name } = "{who} stops forwarding",
        /// Puts the call aside and calls a number, to transfer the call there: with Transfer, and the number as soon as there
        /// is a dial tone.
        TransferTo { who: Name, number: Number } = "{who} transfers to {number}",
        /// Completes the transfer, with Transfer pressed again: who is held and who rings or talks are joined.
        CompleteTransfer { who: Name } = "{who} transfers",
        /// A SIP phone sends its call to a number without asking there (REFER).
        TransferBlindlyTo { who: Name, number: Number } = "{who} transfers blindly to {number}",
        /// Presses Park.
        Park { who: Name } = "{who} parks",
        /// Presses Confrn and types the number as soon as there is a dial tone.
        ConferWith { who: Name, number: Number } = "{who} confers with {number}",
        /// Presses Confrn again: both calls are joined.
        CompleteConference { who: Name } = "{who} confers",
        /// Pulls the cable, which for a phone is its power too; an application's machine loses its power.
        Unplug { who: Name } = "{who} is unplugged",
        /// Plugs it in again. A phone registers; an application is there and not logged in.
        PlugIn { who: Name } = "{who} is plugged in",
        /// Restarts a phone in order: it unregisters and comes back.
        Restart { who: Name } = "{who} unregisters",

        /// Opens a session.
        LogIn { who: Name } = "{who} logs in",
        /// Ends the session.
        LogOut { who: Name } = "{who} logs out",
        /// Starts a monitor.
        Watch { who: Name, number: Number } = "{who} watches {number}",
        /// Starts a monitor that keeps some events back.
        WatchWithout { who: Name, number: Number, events: EventNames } = "{who} watches {number} without {events}",
        /// Changes which events a monitor keeps back.
        Filter { who: Name, events: EventNames, number: Number } = "{who} filters {events} at {number}",
        /// Ends a monitor.
        StopWatching { who: Name, number: Number } = "{who} stops watching {number}",
        /// Asks what a device is doing.
        Snapshot { who: Name, number: Number } = "{who} takes a snapshot of {number}",
        /// Asks what is implemented.
        Features { who: Name } = "{who} asks for features",
        /// MakeCall without prompt.
        MakeCall { who: Name, calling: Number, called: Number } = "{who} calls from {calling} to {called}",
        /// MakeCall that asks the user first.
        PromptCall { who: Name, calling: Number, called: Number } = "{who} prompts a call from {calling} to {called}",
        /// MakeCall whose user is called at another number first (dial via office).
        DialViaOffice { who: Name, calling: Number, called: Number, to: Number } = "{who} calls from {calling} to {called} by phone {to}",
        /// AnswerCall.
        AnswerAt { who: Name, number: Number } = "{who} answers at {number}",
        /// HoldCall.
        HoldAt { who: Name, number: Number } = "{who} holds at {number}",
        /// RetrieveCall.
        RetrieveAt { who: Name, number: Number } = "{who} retrieves at {number}",
        /// ClearConnection.
        ClearAt { who: Name, number: Number } = "{who} clears at {number}",
        /// ConsultationCall: puts the connected call of a device aside and calls a number from it.
        ConsultAt { who: Name, to: Number, number: Number } = "{who} consults {to} at {number}",
        /// TransferCall for the held and the active call of a device.
        TransferAt { who: Name, number: Number } = "{who} transfers at {number}",
        /// ConferenceCall for the held and the active call of a device.
        ConferAt { who: Name, number: Number } = "{who} confers at {number}",
        /// ParkCall for the connected call of a device, at any slot.
        ParkAt { who: Name, number: Number } = "{who} parks at {number}",
        /// DeflectCall for the call that rings at a device.
        DeflectAt { who: Name, number: Number, to: Number } = "{who} deflects at {number} to {to}",
        /// DirectedPickupCall: a device takes the call that rings at another one.
        PickUpAt { who: Name, number: Number, to: Number } = "{who} picks up what rings at {number} at {to}",
        /// GroupPickupCall: a device takes a call that rings in its group.
        GroupPickUpAt { who: Name, number: Number } = "{who} picks up for the group at {number}",
        /// AlternateCall for the held, or ringing, and the active call of a device.
        AlternateAt { who: Name, number: Number } = "{who} alternates at {number}",
        /// ReconnectCall: the active call of a device ends, and its held call is retrieved.
        ReconnectAt { who: Name, number: Number } = "{who} reconnects at {number}",
        /// SingleStepTransferCall for the connected call of a device.
        GiveAt { who: Name, number: Number, to: Number } = "{who} gives the call at {number} to {to}",
        /// SingleStepConferenceCall for the connected call of a device.
        AddAt { who: Name, to: Number, number: Number } = "{who} adds {to} to the call at {number}",
        /// JoinCall without prompt for the connected call of a device.
        JoinAt { who: Name, to: Number, number: Number } = "{who} joins {to} to the call at {number}",
        /// ClearCall.
        ClearCallAt { who: Name, number: Number } = "{who} clears the call at {number}",
        /// GenerateDigits into the connected call of a device.
        SendDigits { who: Name, digits: Number, number: Number } = "{who} sends {digits} at {number}",
        /// CallBack for the attempt of a device.
        CallBackAt { who: Name, number: Number } = "{who} asks for a call back at {number}",
        /// CancelCallBack of a device for any other one.
        CancelCallBackAt { who: Name, number: Number } = "{who} cancels the call back at {number}",
        /// DialDigits where a device is off-hook.
        DialAt { who: Name, digits: Number, number: Number } = "{who} dials {digits} at {number}",
        /// ButtonPress at a device.
        PressAt { who: Name, text: Quote, number: Number } = "{who} presses the button {text} at {number}",
        /// SetMicrophoneMute.
        Microphone { who: Name, number: Number, on: OnOff } = "{who} turns the microphone at {number} {on}",
        /// SetDoNotDisturb.
        Disturb { who: Name, number: Number, on: OnOff } = "{who} turns do-not-disturb at {number} {on}",
        /// SetAutoAnswer, after one ring.
        AutoAnswer { who: Name, number: Number, on: OnOff } = "{who} turns automatic answer at {number} {on}",
        /// SetMessageWaitingIndicator.
        Message { who: Name, number: Number, on: OnOff } = "{who} turns message waiting at {number} {on}",
        /// SetForwarding for all calls.
        Forward { who: Name, number: Number, to: Number } = "{who} forwards {number} to {to}",
        /// SetForwarding for calls that find the line busy.
        ForwardBusy { who: Name, number: Number, to: Number } = "{who} forwards {number} to {to} on busy",
        /// SetForwarding for calls that nobody answers; before the sixth edition in whole rings of six seconds.
        ForwardNoAnswer { who: Name, number: Number, to: Number, span: Span } = "{who} forwards {number} to {to} on no answer after {span}",
        /// SetForwarding that deactivates, for all calls.
        CancelForward { who: Name, number: Number } = "{who} stops forwarding {number}",
        /// SetForwarding that deactivates, for calls that find the line busy.
        CancelForwardBusy { who: Name, number: Number } = "{who} stops forwarding {number} on busy",
        /// SetForwarding that deactivates, for calls that nobody answers.
        CancelForwardNoAnswer { who: Name, number: Number } = "{who} stops forwarding {number} on no answer",
        /// GetForwarding.
        AskForwarding { who: Name, number: Number } = "{who} asks how {number} is forwarded",
        /// Refreshes its session now.
        Refresh { who: Name } = "{who} refreshes its session",

        /// What is sent to and from it arrives byte by byte.
        SplitBytes { who: Name } = "{who} 's segments arrive byte by byte",
        /// What is sent to and from it arrives in pieces.
        Split { who: Name } = "{who} 's segments are split",
        /// What is sent to and from it arrives whole again.
        Unsplit { who: Name } = "{who} 's segments are whole",
        /// What is sent to and from it takes longer.
        Delay { who: Name, span: Span } = "{who} is delayed by {span}",
        /// Nothing of what is sent to and from it arrives.
        Cut { who: Name } = "{who} is cut off",
        /// Everything arrives again.
        Join { who: Name } = "{who} is no longer cut off",
        /// The next segment to or from it is lost: a connection sends it again a second later, and what comes behind waits
        /// for it; a datagram is gone.
        LoseNext { who: Name } = "{who} 's next segment is lost",
        /// It does not read what arrives.
        StopReading { who: Name } = "{who} stops reading",
        /// It reads again, what had arrived first.
        Read { who: Name } = "{who} reads again",
        /// Its connection breaks.
        Reset { who: Name } = "{who} 's connection breaks",
        /// The node fails and starts again.
        RestartNode = "the node restarts",
        /// The node ends in order and starts again.
        ShutDownNode = "the node is shut down and started",
        /// The wall clock steps forward.
        StepClock { span: Span } = "the clock steps by {span}",
        /// The wall clock steps back.
        StepClockBack { span: Span } = "the clock steps back by {span}",
        /// The disk of the recording takes nothing more.
        FillDisk = "the disk is full",
        /// The disk of the recording takes so much and nothing more.
        FillDiskSoon { count: Count } = "the disk has room for {count} bytes",
        /// The disk of the recording takes everything again.
        EmptyDisk = "the disk has room again",
    }

    /// What must be seen.
    pub enum Expectation {
        /// It is registered and has its whole configuration.
        Registered { who: Name } = "{who} is registered",
        /// It is not registered.
        NotRegistered { who: Name } = "{who} is not registered",
        /// Its registration was refused with this text.
        Refused { who: Name, text: Quote } = "{who} is refused with {text}",
        /// It rings for a call.
        Rings { who: Name } = "{who} rings",
        /// It rings for a call of this number.
        RingsFrom { who: Name, number: Number } = "{who} rings from {number}",
        /// A call is shown as ringing, without a sound.
        RingsSilently { who: Name } = "{who} rings silently",
        /// It does not ring.
        Silent { who: Name } = "{who} does not ring",
        /// A call of this number waits while another one is active.
        Waiting { who: Name, number: Number } = "{who} has a call waiting from {number}",
        /// It is told that the other end rings.
        RingsOut { who: Name } = "{who} hears ringing",
        /// It talks with this number, and both send media to each other.
        ConnectedTo { who: Name, number: Number } = "{who} is connected to {number}",
        /// It talks in a conference in which these numbers are too.
        InConference { who: Name, numbers: Numbers } = "{who} is in a conference with {numbers}",
        /// It has put a call with this number aside.
        Holding { who: Name, number: Number } = "{who} has {number} on hold",
        /// There is nothing to see or hear of any call.
        Idle { who: Name } = "{who} is idle",
        /// It plays this tone.
        Hears { who: Name, tone: ToneName } = "{who} hears {tone}",
        /// Its prompt or notification contains this text.
        Shows { who: Name, text: Quote } = "{who} shows {text}",
        /// The lamp of a line button.
        LineLamp { who: Name, line: Count, lamp: Lamp } = "{who} 's line {line} lamp is {lamp}",
        /// The lamp that says that a message waits: that of a line, or with 0 that of the handset.
        MessageLamp { who: Name, line: Count, lamp: Lamp } = "{who} 's message lamp {line} is {lamp}",
        /// All calls of its first line go to this number.
        IsForwarded { who: Name, number: Number } = "{who} is forwarded to {number}",
        /// All calls of its first line ring here.
        NotForwarded { who: Name } = "{who} is not forwarded",
        /// It receives music on hold, and sends nothing.
        Music { who: Name } = "{who} hears music",
        /// It plays what is sent to a multicast group, and exchanges nothing with anybody.
        Group { who: Name, address: Quote } = "{who} hears the group {address}",
        /// It exchanges media with the mixer of a conference.
        Mixed { who: Name } = "{who} is in the mix",
        /// Its microphone is switched off.
        Muted { who: Name } = "{who} is muted",
        /// Its microphone is not switched off.
        NotMuted { who: Name } = "{who} is not muted",
        /// It receives no media.
        NoMedia { who: Name } = "{who} hears nobody",

        /// Its session is open.
        HasSession { who: Name } = "{who} has a session",
        /// It has no session.
        NoSession { who: Name } = "{who} has no session",
        /// The next event on its monitor of this number that was not looked at yet, in order; earlier ones may be
        /// skipped.
        Sees { who: Name, event: EventName, number: Number, facts: Facts } = "{who} sees {event} at {number}{facts}",
        /// All events of its monitor of this number that were not looked at yet, and no others.
        SeesAll { who: Name, events: EventNames, number: Number } = "{who} sees exactly {events} at {number}",
        /// No event was left unlooked at on its monitor of this number.
        SeesNothing { who: Name, number: Number } = "{who} sees nothing more at {number}",
        /// Its last request was carried out.
        Succeeds { who: Name } = "{who} succeeds",
        /// Its last request was refused by CSTA with this value.
        Fails { who: Name, code: Code } = "{who} is refused with {code}",
        /// Its last request was refused by SIP with this status.
        FailsWithStatus { who: Name, status: Count } = "{who} is refused with SIP {status}",
        /// Its last snapshot has this many calls.
        Finds { who: Name, count: Count } = "{who} finds {count} calls",
        /// By the answer to its last request, some calls go to this number.
        ToldForwarded { who: Name, number: Number } = "{who} finds calls forwarded to {number}",
        /// By the answer to its last request, no calls are forwarded.
        ToldNotForwarded { who: Name } = "{who} finds no calls forwarded",
        /// The features it was told contain this service's request.
        Offered { who: Name, code: Code } = "{who} is offered {code}",
        /// The features it was told lack this service's request.
        NotOffered { who: Name, code: Code } = "{who} is not offered {code}",
        /// It refreshed its session since the last look.
        Refreshed { who: Name } = "{who} has refreshed its session",

        /// The log says this of the recording; earlier notices may be skipped, none is seen twice.
        Told { text: Quote } = "the administrator is told {text}",
        /// What is on the disk replays to the same outputs, input by input, as far as it goes.
        Replays = "the recording replays",
        /// It replays, and nothing is missing up to now.
        Complete = "the recording is complete",
        /// It replays up to where the disk became full.
        Incomplete = "the recording lacks its end",
    }
}

impl Action {
    /// The user who does it, if it is done with the keys or the handset of a phone.
    pub fn user(&self) -> Option<&Name> {
        match self {
            Action::Dial { who, .. }
            | Action::DialAtOnce { who, .. }
            | Action::Type { who, .. }
            | Action::BeginCall { who }
            | Action::Answer { who }
            | Action::HangUp { who }
            | Action::Reject { who }
            | Action::Hold { who }
            | Action::Resume { who }
            | Action::LiftHandset { who }
            | Action::ReplaceHandset { who }
            | Action::PressSpeaker { who }
            | Action::PressLine { who, .. }
            | Action::PressSpeedDial { who, .. }
            | Action::ForwardAll { who, .. }
            | Action::StopForwarding { who }
            | Action::TransferTo { who, .. }
            | Action::CompleteTransfer { who }
            | Action::TransferBlindlyTo { who, .. }
            | Action::Park { who }
            | Action::ConferWith { who, .. }
            | Action::CompleteConference { who }
            | Action::PressKey { who, .. } => Some(who),
            _ => None,
        }
    }

    /// The phone that does it, or is restarted: with what is called a user, or with its plug.
    pub(super) fn phone(&self) -> Option<&Name> {
        match self {
            Action::Restart { who } => Some(who),
            action => action.user(),
        }
    }

    /// The application that asks for it, if it is a request to which a response comes.
    pub fn requester(&self) -> Option<&Name> {
        match self {
            Action::Features { who } | Action::Refresh { who } => Some(who),
            action => action.request().map(|(who, _)| who),
        }
    }

    /// The number of the device that a request of an application is about.
    pub fn number(&self) -> Option<&Number> {
        self.request().map(|(_, number)| number)
    }

    fn request(&self) -> Option<(&Name, &Number)> {
        match self {
            Action::MakeCall { who, calling: number, .. }
            | Action::PromptCall { who, calling: number, .. }
            | Action::DialViaOffice { who, calling: number, .. }
            | Action::AnswerAt { who, number }
            | Action::HoldAt { who, number }
            | Action::RetrieveAt { who, number }
            | Action::ClearAt { who, number }
            | Action::ConsultAt { who, number, .. }
            | Action::TransferAt { who, number }
            | Action::ConferAt { who, number }
            | Action::ParkAt { who, number }
            | Action::DeflectAt { who, number, .. }
            | Action::PickUpAt { who, number, .. }
            | Action::GroupPickUpAt { who, number }
            | Action::AlternateAt { who, number }
            | Action::ReconnectAt { who, number }
            | Action::GiveAt { who, number, .. }
            | Action::AddAt { who, number, .. }
            | Action::JoinAt { who, number, .. }
            | Action::ClearCallAt { who, number }
            | Action::SendDigits { who, number, .. }
            | Action::CallBackAt { who, number }
            | Action::CancelCallBackAt { who, number }
            | Action::DialAt { who, number, .. }
            | Action::PressAt { who, number, .. }
            | Action::Microphone { who, number, .. }
            | Action::Disturb { who, number, .. }
            | Action::Message { who, number, .. }
            | Action::AutoAnswer { who, number, .. }
            | Action::Watch { who, number }
            | Action::WatchWithout { who, number, .. }
            | Action::StopWatching { who, number }
            | Action::Filter { who, number, .. }
            | Action::Snapshot { who, number }
            | Action::Forward { who, number, .. }
            | Action::ForwardBusy { who, number, .. }
            | Action::ForwardNoAnswer { who, number, .. }
            | Action::CancelForward { who, number }
            | Action::CancelForwardBusy { who, number }
            | Action::CancelForwardNoAnswer { who, number }
            | Action::AskForwarding { who, number } => Some((who, number)),
            _ => None,
        }
    }
}

impl Expectation {
    /// The phone at which it is seen.
    pub(super) fn phone(&self) -> Option<&Name> {
        match self {
            Expectation::Registered { who }
            | Expectation::NotRegistered { who }
            | Expectation::Refused { who, .. }
            | Expectation::Rings { who }
            | Expectation::RingsFrom { who, .. }
            | Expectation::RingsSilently { who }
            | Expectation::Silent { who }
            | Expectation::Waiting { who, .. }
            | Expectation::RingsOut { who }
            | Expectation::ConnectedTo { who, .. }
            | Expectation::InConference { who, .. }
            | Expectation::Holding { who, .. }
            | Expectation::Idle { who }
            | Expectation::Hears { who, .. }
            | Expectation::Shows { who, .. }
            | Expectation::LineLamp { who, .. }
            | Expectation::MessageLamp { who, .. }
            | Expectation::IsForwarded { who, .. }
            | Expectation::NotForwarded { who }
            | Expectation::Music { who }
            | Expectation::Mixed { who }
            | Expectation::Muted { who }
            | Expectation::NotMuted { who }
            | Expectation::NoMedia { who } => Some(who),
            _ => None,
        }
    }
}

/// A sentence of a story after its setting.
#[derive(Clone, PartialEq, Debug)]
pub enum Sentence {
    /// Something is done.
    Action(Action),
    /// Something must be seen.
    Expectation(Expectation),
}

impl Sentence {
    pub(super) fn read(words: &[Word], misfit: &mut Misfit) -> Option<Sentence> {
        let action = Action::read(words, misfit).map(Sentence::Action);
        action.or_else(|| Expectation::read(words, misfit).map(Sentence::Expectation))
    }
}

impl From<Action> for Sentence {
    fn from(action: Action) -> Sentence {
        Sentence::Action(action)
    }
}

impl From<Expectation> for Sentence {
    fn from(expectation: Expectation) -> Sentence {
        Sentence::Expectation(expectation)
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Sentence::Action(action) => action.to_string(),
            Sentence::Expectation(expectation) => expectation.to_string(),
        };
        f.write_str(&text.replace(" 's ", "'s "))
    }
}
