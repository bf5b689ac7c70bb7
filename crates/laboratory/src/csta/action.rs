//! What `hookflash csta` can be asked to do: one service of CSTA each.

use std::time::Duration;

use clap::{Args, Subcommand};
use hookflash_wire::csta::{
    AcceptCall, AlternateCall, AnswerCall, AutoOriginate, ButtonPress, CallBack, CallBackNonCallRelated,
    CancelCallBack, ClearCall, ClearConnection, ConferenceCall, ConnectionId, ConsultationCall, DeflectCall,
    DeviceId, DialDigits, DirectedPickupCall, Extensions, ForwardingType, GenerateDigits,
    GetButtonInformation, GetCallBack, GetCstaFeatures, GetDoNotDisturb, GetForwarding, GetHookswitchStatus,
    GetLogicalDeviceInformation, GetMessageWaitingIndicator, GetMicrophoneMute, GetPhysicalDeviceInformation,
    GroupPickupCall, HoldCall, JoinCall, MakeCall, MonitorObject, MonitorStart, ParkCall, ParticipationType,
    ReconnectCall, Request, RetrieveCall, SetDoNotDisturb, SetForwarding, SetHookswitchStatus,
    SetMessageWaitingIndicator, SetMicrophoneMute, SingleStepConferenceCall, SingleStepTransferCall,
    SnapshotCall, SnapshotDevice, TransferCall,
};

/// From the beginning of one ring to that of the next, for editions that count rings.
const RING: Duration = Duration::from_secs(6);

/// What to do in the session. Lines are written as numbers: `201`, or in any form of CSTA: `tel:201`.
#[derive(Subcommand, Debug)]
pub enum Action {
    /// Watch lines and print their events, until interrupted
    Monitor {
        /// Lines, such as 201
        #[arg(required = true)]
        devices: Vec<String>,
    },
    /// Ask what the server can do
    Features {
        /// The line of the session
        device: String,
    },
    /// What a line is doing
    Snapshot {
        /// A line
        device: String,
    },
    /// Who takes part in a call
    SnapshotCall(LineAndCall),
    /// Call from one line to another
    Call {
        /// The line that calls
        from: String,
        /// Whom it calls
        to: String,
        /// Ask the user to go off-hook first
        #[arg(long)]
        prompt: bool,
    },
    /// Answer the call that rings at a line
    Answer(LineAndCall),
    /// Accept a call that is offered to a line: it rings then
    Accept(LineAndCall),
    /// Hang up: end the call of a line
    Clear(LineAndCall),
    /// End a call for everybody who takes part in it
    ClearCall(LineAndCall),
    /// Hold the call of a line
    Hold(LineAndCall),
    /// Take the held call of a line back
    Retrieve(LineAndCall),
    /// Hold the active call of a line and take its held one back
    Alternate(TwoCalls),
    /// End the active call of a line and take its held one back
    Reconnect(TwoCalls),
    /// Hold the call of a line and call somebody else from it: the first half of a transfer or conference
    Consult(CallAndTarget),
    /// Join the parties of a line's held and active call; the line leaves
    Transfer(TwoCalls),
    /// Join the held and the active call of a line
    Conference(TwoCalls),
    /// Give the call of a line to somebody else at once, without consultation
    TransferTo(CallAndTarget),
    /// Add somebody to the call of a line at once
    ConferenceWith(CallAndTarget),
    /// Let another line join the call of a line
    Join(CallAndTarget),
    /// Send the call that rings at a line to somebody else
    Deflect(CallAndTarget),
    /// Park the call of a line
    Park {
        /// The line
        device: String,
        /// The park slot [default: any free one]
        #[arg(long, value_name = "NUMBER")]
        slot: Option<String>,
        /// The call, where there are several
        call: Option<String>,
    },
    /// Fetch the call that rings at another line
    PickUp {
        /// The line that fetches
        device: String,
        /// The line at which it rings
        from: String,
        /// The call, where there are several
        call: Option<String>,
    },
    /// Fetch the call that rings at a line of a pickup group
    GroupPickUp {
        /// The line that fetches
        device: String,
        /// The group [default: that of the line]
        #[arg(long, value_name = "NUMBER")]
        group: Option<String>,
    },
    /// Send digits as tones in the call of a line
    Digits {
        /// The line
        device: String,
        /// Digits, * and #
        digits: String,
        /// The call, where there are several
        call: Option<String>,
    },
    /// Forward the calls of a line: all of them, those that find it busy, or those that are not answered
    Forward {
        /// The line
        device: String,
        /// Where its calls go
        to: String,
        #[command(flatten)]
        calls: Calls,
    },
    /// Forward the calls of a line no more
    CancelForward {
        /// The line
        device: String,
        #[command(flatten)]
        calls: WhichCalls,
    },
    /// Where the calls of a line go
    Forwarding {
        /// The line
        device: String,
    },
    /// Whether a line is not to be disturbed, or switch that on or off
    Dnd(LineAndSwitch),
    /// Whether the message lamp of a line is lit, or switch it on or off
    MessageWaiting(LineAndSwitch),
    /// End a call that nobody answers, and be called when the other line is free
    CallBack(LineAndCall),
    /// Be called at a line when another one is free
    CallBackWhenFree {
        /// The line that is called back
        device: String,
        /// The line that has to be free
        target: String,
    },
    /// Be called back no more
    CancelCallBack {
        /// The line that was to be called back
        device: String,
        /// The line that had to be free [default: any]
        target: Option<String>,
    },
    /// For whom a line waits, and who waits for it (sixth edition)
    CallBacks {
        /// The line
        device: String,
    },
    /// Dial, or go on dialling, where the user of a line is off-hook
    Dial {
        /// The line
        device: String,
        /// Digits, with ; behind them if more will follow
        digits: String,
        /// The call, where there are several
        call: Option<String>,
    },
    /// The buttons of the phone of a line
    Buttons {
        /// The line
        device: String,
    },
    /// Press a button of the phone of a line
    Press {
        /// The line
        device: String,
        /// The button, such as line1, hold or key5
        button: String,
    },
    /// Whether the phone of a line is off-hook, or lift (off) or replace (on) its handset
    Hook(LineAndSwitch),
    /// Whether the microphone of a line is on, or switch it on or off
    Microphone(LineAndSwitch),
    /// What the phone of a line has
    Phone {
        /// The line
        device: String,
    },
    /// What a line can do
    Line {
        /// The line
        device: String,
    },
    /// Open a CTI port or route point and print its events, until interrupted; always over WebSocket
    Open(Opening),
    /// Ask to be asked where the calls of a route point go, and print that, until interrupted; always over WebSocket
    Register {
        /// The route point
        device: String,
    },
    /// Send each call of a route point to the first of some numbers that takes it, until interrupted; always over WebSocket
    Route {
        /// The route point
        device: String,
        /// Where its calls go
        #[arg(required = true)]
        to: Vec<String>,
    },
}

/// How a CTI port or route point is opened, and what is done with its calls.
#[derive(Args, Debug)]
pub struct Opening {
    /// The port or point, by name or number
    pub device: String,
    /// Whose business the audio is: nobody's, one address for all calls, one for each call, the server's, a WebSocket's
    #[arg(long, default_value = "none", value_parser = ["none", "static", "dynamic", "auto", "ws"])]
    pub media: String,
    /// Where audio is received
    #[arg(long, value_name = "ADDRESS:PORT", required_if_eq("media", "static"))]
    pub rtp: Option<std::net::SocketAddr>,
    /// A codec that is understood
    #[arg(long = "codec", value_name = "NAME", default_values = ["PCMU", "PCMA"])]
    pub codecs: Vec<String>,
    /// Milliseconds in each packet
    #[arg(long, value_name = "MS", default_value_t = 20)]
    pub packet: u32,
    /// Answer each call
    #[arg(long)]
    pub answer: bool,
}

/// A line, and which of its calls is meant.
#[derive(Args, Debug)]
pub struct LineAndCall {
    /// The line
    device: String,
    /// The call, where there are several
    call: Option<String>,
}

/// A line with a held and an active call.
#[derive(Args, Debug)]
pub struct TwoCalls {
    /// The line
    device: String,
    /// The held call, where there are several
    #[arg(long, value_name = "CALL")]
    held: Option<String>,
    /// The active call, where there are several
    #[arg(long, value_name = "CALL")]
    active: Option<String>,
}

/// A call of a line, and another line.
#[derive(Args, Debug)]
pub struct CallAndTarget {
    /// The line
    device: String,
    /// The other line
    to: String,
    /// The call, where there are several
    call: Option<String>,
}

/// A line, and whether something of it shall be on or off.
#[derive(Args, Debug)]
pub struct LineAndSwitch {
    /// The line
    device: String,
    /// What it shall be; without it, what it is
    #[arg(value_parser = ["on", "off"])]
    state: Option<String>,
}

/// Which calls are forwarded; all if no option is given.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub struct Calls {
    /// Only calls that find the line busy
    #[arg(long)]
    busy: bool,
    /// Only calls that are not answered for this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(3..=60_000))]
    no_answer: Option<u64>,
}

/// Which calls are forwarded no more.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub struct WhichCalls {
    /// Those that find the line busy
    #[arg(long)]
    busy: bool,
    /// Those that are not answered
    #[arg(long)]
    no_answer: bool,
}

impl LineAndCall {
    fn connection(&self) -> ConnectionId {
        connection(&self.device, &self.call)
    }
}

impl TwoCalls {
    /// The held and the active connection.
    fn connections(&self) -> (ConnectionId, ConnectionId) {
        (connection(&self.device, &self.held), connection(&self.device, &self.active))
    }
}

impl CallAndTarget {
    fn connection(&self) -> ConnectionId {
        connection(&self.device, &self.call)
    }
}

impl LineAndSwitch {
    fn on(&self) -> Option<bool> {
        self.state.as_deref().map(|state| state == "on")
    }
}

impl Action {
    /// The line of the session: the one that is controlled or watched.
    pub fn line(&self) -> &str {
        match self {
            Action::Monitor { devices } => devices.first().map_or("", String::as_str),
            Action::SnapshotCall(call)
            | Action::Answer(call)
            | Action::Accept(call)
            | Action::Clear(call)
            | Action::ClearCall(call)
            | Action::Hold(call)
            | Action::Retrieve(call) => &call.device,
            Action::Alternate(calls)
            | Action::Reconnect(calls)
            | Action::Transfer(calls)
            | Action::Conference(calls) => &calls.device,
            Action::Consult(call)
            | Action::TransferTo(call)
            | Action::ConferenceWith(call)
            | Action::Join(call)
            | Action::Deflect(call) => &call.device,
            Action::Dnd(line)
            | Action::MessageWaiting(line)
            | Action::Hook(line)
            | Action::Microphone(line) => &line.device,
            Action::CallBack(call) => &call.device,
            Action::CallBackWhenFree { device, .. }
            | Action::CancelCallBack { device, .. }
            | Action::CallBacks { device }
            | Action::Dial { device, .. }
            | Action::Buttons { device }
            | Action::Press { device, .. }
            | Action::Phone { device }
            | Action::Line { device }
            | Action::Register { device }
            | Action::Route { device, .. } => device,
            Action::Open(opening) => &opening.device,
            Action::Features { device }
            | Action::Snapshot { device }
            | Action::Call { from: device, .. }
            | Action::Park { device, .. }
            | Action::PickUp { device, .. }
            | Action::GroupPickUp { device, .. }
            | Action::Digits { device, .. }
            | Action::Forward { device, .. }
            | Action::CancelForward { device, .. }
            | Action::Forwarding { device } => device,
        }
    }

    /// Whether it needs a session over WebSocket.
    pub fn needs_web(&self) -> bool {
        matches!(self, Action::Open(_) | Action::Register { .. } | Action::Route { .. })
    }

    /// The requests to make, in order, each with the line that it is about.
    pub fn requests(&self) -> Vec<(&str, Request)> {
        match self {
            Action::Monitor { devices } => {
                devices.iter().map(|device| (device.as_str(), monitor_start(device))).collect()
            }
            action => {
                let request = action.about_a_line().unwrap_or_else(|| action.about_a_call());
                vec![(action.line(), request)]
            }
        }
    }

    /// The services that name no connection.
    fn about_a_line(&self) -> Option<Request> {
        Some(match self {
            Action::Features { .. } => GetCstaFeatures { extensions: Extensions::default() }.into(),
            Action::Snapshot { device } => SnapshotDevice { snapshot_object: named(device) }.into(),
            Action::Call { from, to, prompt } => {
                let originate = if *prompt { AutoOriginate::Prompt } else { AutoOriginate::DoNotPrompt };
                let call = MakeCall::new(from.as_str(), to.as_str());
                MakeCall { auto_originate: Some(originate), ..call }.into()
            }
            Action::GroupPickUp { device, group } => {
                let pickup = GroupPickupCall::new(device.as_str());
                GroupPickupCall { pick_group: group.as_deref().map(named), ..pickup }.into()
            }
            Action::Forward { device, to, calls } => forward(device, to, calls).into(),
            Action::CancelForward { device, calls } => {
                SetForwarding::deactivate(device.as_str(), forwarding_type(calls.busy, calls.no_answer))
                    .into()
            }
            Action::Forwarding { device } => GetForwarding { device: named(device) }.into(),
            Action::Dnd(line) => match line.on() {
                Some(on) => SetDoNotDisturb::new(line.device.as_str(), on).into(),
                None => GetDoNotDisturb::new(line.device.as_str()).into(),
            },
            Action::MessageWaiting(line) => match line.on() {
                Some(on) => SetMessageWaitingIndicator::new(line.device.as_str(), on).into(),
                None => GetMessageWaitingIndicator::new(line.device.as_str()).into(),
            },
            action => return action.about_a_phone(),
        })
    }

    /// The services of telephones and of calls back.
    fn about_a_phone(&self) -> Option<Request> {
        Some(match self {
            Action::CallBackWhenFree { device, target } => {
                let (originating_device, target_device) = (named(device), named(target));
                CallBackNonCallRelated { originating_device, target_device }.into()
            }
            Action::CancelCallBack { device, target } => CancelCallBack {
                originating_device: named(device),
                target_device: target.as_deref().map(named),
            }
            .into(),
            Action::CallBacks { device } => GetCallBack { device: named(device) }.into(),
            Action::Buttons { device } => GetButtonInformation { device: named(device), button: None }.into(),
            Action::Press { device, button } => {
                ButtonPress { device: named(device), button: button.as_str().into() }.into()
            }
            Action::Hook(line) => match line.on() {
                Some(on) => SetHookswitchStatus {
                    device: named(&line.device),
                    hookswitch: None,
                    hookswitch_on_hook: on,
                }
                .into(),
                None => GetHookswitchStatus { device: named(&line.device), hookswitch: None }.into(),
            },
            Action::Microphone(line) => match line.on() {
                Some(on) => SetMicrophoneMute {
                    device: named(&line.device),
                    auditory_apparatus: None,
                    microphone_mute_on: !on,
                }
                .into(),
                None => GetMicrophoneMute { device: named(&line.device), auditory_apparatus: None }.into(),
            },
            Action::Phone { device } => GetPhysicalDeviceInformation { device: named(device) }.into(),
            Action::Line { device } => GetLogicalDeviceInformation { device: named(device) }.into(),
            _ => return None,
        })
    }

    /// The services that name a connection, or two.
    fn about_a_call(&self) -> Request {
        match self {
            Action::SnapshotCall(call) => SnapshotCall { snapshot_object: call.connection() }.into(),
            Action::Answer(call) => {
                let (correlator_data, user_data) = (None, None);
                AnswerCall { call_to_be_answered: call.connection(), correlator_data, user_data }.into()
            }
            Action::CallBack(call) => CallBack { callback_connection: call.connection() }.into(),
            Action::Dial { device, digits, call } => DialDigits {
                dialling_connection: connection(device, call),
                dialling_sequence: named(digits),
                correlator_data: None,
            }
            .into(),
            Action::Accept(call) => AcceptCall::new(call.connection()).into(),
            Action::ClearCall(call) => ClearCall::new(call.connection()).into(),
            Action::Hold(call) => {
                HoldCall { call_to_be_held: call.connection(), connection_reservation: None }.into()
            }
            Action::Retrieve(call) => RetrieveCall { call_to_be_retrieved: call.connection() }.into(),
            Action::Alternate(calls) => {
                let (held, active) = calls.connections();
                AlternateCall::new(held, active).into()
            }
            Action::Reconnect(calls) => {
                let (held, active) = calls.connections();
                ReconnectCall::new(active, held).into()
            }
            Action::Transfer(calls) => {
                let (held, active) = calls.connections();
                TransferCall::new(held, active).into()
            }
            Action::Conference(calls) => {
                let (held, active) = calls.connections();
                ConferenceCall::new(held, active).into()
            }
            Action::Park { device, slot, call } => {
                let park = ParkCall::new(connection(device, call));
                ParkCall { park_to: slot.as_deref().map(named), ..park }.into()
            }
            Action::PickUp { device, from, call } => {
                DirectedPickupCall::new(connection(from, call), device.as_str()).into()
            }
            Action::Digits { device, digits, call } => {
                GenerateDigits::new(connection(device, call), digits.as_str()).into()
            }
            action => action.about_a_call_and_a_line(),
        }
    }

    /// The services that name a connection and another line; what is left is to hang up.
    fn about_a_call_and_a_line(&self) -> Request {
        match self {
            Action::Consult(call) => ConsultationCall::new(call.connection(), call.to.as_str()).into(),
            Action::TransferTo(call) => {
                SingleStepTransferCall::new(call.connection(), call.to.as_str()).into()
            }
            Action::ConferenceWith(call) => {
                let active = ParticipationType::Active;
                SingleStepConferenceCall::new(call.connection(), call.to.as_str(), active).into()
            }
            Action::Join(call) => JoinCall::new(call.connection(), call.to.as_str()).into(),
            Action::Deflect(call) => DeflectCall::new(call.connection(), call.to.as_str()).into(),
            action => {
                let call = if let Action::Clear(clear) = action { clear.call.clone() } else { None };
                let connection_to_be_cleared = connection(action.line(), &call);
                let (correlator_data, user_data, reason) = (None, None, None);
                ClearConnection { connection_to_be_cleared, correlator_data, user_data, reason }.into()
            }
        }
    }
}

fn named(device: &str) -> DeviceId {
    DeviceId::from(device)
}

fn connection(device: &str, call: &Option<String>) -> ConnectionId {
    ConnectionId { call_id: call.as_deref().map(Into::into), device_id: Some(named(device)) }
}

fn monitor_start(device: &str) -> Request {
    let monitor_object = MonitorObject::Device(named(device));
    MonitorStart { monitor_object, requested_monitor_filter: None, monitor_type: None }.into()
}

fn forward(device: &str, to: &str, calls: &Calls) -> SetForwarding {
    let kind = forwarding_type(calls.busy, calls.no_answer.is_some());
    let seconds = calls.no_answer.and_then(|seconds| i64::try_from(seconds).ok());
    let ring = i64::try_from(RING.as_secs()).unwrap_or(1);
    SetForwarding {
        ring_count: seconds.map(|seconds| seconds / ring),
        ring_duration: seconds,
        ..SetForwarding::activate(device, kind, to)
    }
}

fn forwarding_type(busy: bool, no_answer: bool) -> ForwardingType {
    match (busy, no_answer) {
        (true, _) => ForwardingType::Busy,
        (_, true) => ForwardingType::NoAnswer,
        _ => ForwardingType::Immediate,
    }
}
