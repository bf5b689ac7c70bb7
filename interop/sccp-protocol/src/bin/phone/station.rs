//! One phone: what the server has told it, and what it answers on its own.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use sccp_protocol::{
    AudioStreamControl, CallInfo, CallState, ClientMessage, ConnectionQualityStatistics,
    ConnectionStatistics, DeviceId, KeyMode, MediaStatus, MediaTransmissionAck, ProtocolVersion, RingerMode,
    ServerMessage, SoftKey, SoftKeyProfile, StatisticsProcessing,
};

use crate::Outcome;

/// The first port a phone receives at; each time it takes the next.
const FIRST_PORT: u16 = 16_384;

/// Who a phone is.
#[derive(Clone, Debug)]
pub struct Identity {
    pub device: DeviceId,
    pub number: &'static str,
    /// The name of its line.
    pub label: &'static str,
    /// Where it receives media.
    pub address: Ipv4Addr,
    /// What it offers, and insists on.
    pub version: ProtocolVersion,
}

/// A phone with at most one call.
pub struct Station {
    pub identity: Identity,
    /// What it was told since [`Office::ask`](crate::office::Office::ask).
    pub heard: Vec<ServerMessage>,
    pub state: Option<CallState>,
    pub ringer: Option<RingerMode>,
    /// Where it receives media now, and sends it to.
    pub receives_at: Option<SocketAddr>,
    pub sends_to: Option<SocketAddr>,
    info: Option<CallInfo>,
    call_reference: u32,
    /// The media stream the receive channel and the transmission belong to (PassThruPartyId).
    media_stream: u32,
    next_port: u16,
    template: Vec<SoftKey>,
    sets: SoftKeyProfile,
    /// The selected set and which of its keys work.
    keys: Option<(KeyMode, u32)>,
}

impl Station {
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            heard: Vec::new(),
            state: None,
            ringer: None,
            receives_at: None,
            sends_to: None,
            info: None,
            call_reference: 0,
            media_stream: 0,
            next_port: FIRST_PORT,
            template: Vec::new(),
            sets: SoftKeyProfile::empty(),
            keys: None,
        }
    }

    /// Whether the display shows the keys of this state.
    pub fn keys_of(&self, mode: KeyMode) -> bool {
        self.keys.is_some_and(|(shown, _)| shown == mode)
    }

    /// Whether the display names both parties of this call.
    pub fn shows_call_between(&self, caller: &Self, called: &Self) -> bool {
        self.info.as_ref().is_some_and(|info| {
            (info.calling_number.as_str(), info.calling_name.as_str())
                == (caller.identity.number, caller.identity.label)
                && (info.called_number.as_str(), info.called_name.as_str())
                    == (called.identity.number, called.identity.label)
        })
    }

    /// The message of a key, which has to be in the template, in the selected set, and not switched off.
    pub fn press(&self, key: SoftKey) -> Outcome<ClientMessage> {
        let (mode, mask) = self.keys.ok_or("no soft keys are selected")?;
        let position = self.sets.actions(mode).iter().position(|shown| *shown == key);
        let works = position.is_some_and(|position| mask >> position & 1 == 1);
        if !works || !self.template.contains(&key) {
            return Err(format!("{} shows no {key:?} in {mode:?} ({mask:#x})", self.identity.number));
        }
        Ok(ClientMessage::SoftKeyEvent {
            event: key.wire_value(),
            line_instance: 1,
            call_reference: self.call_reference,
        })
    }

    /// Takes a message, and says what the phone answers to it.
    pub fn take(&mut self, message: ServerMessage) -> Outcome<Vec<ClientMessage>> {
        let answers = match &message {
            ServerMessage::KnownOpaque(_) | ServerMessage::Unknown(_) => {
                return Err(format!("the codec does not know {message:?}"));
            }
            ServerMessage::CallState { state, line_instance, call_reference } => {
                self.check_line(*line_instance, *call_reference)?;
                (self.state, self.call_reference) = (Some(*state), *call_reference);
                Vec::new()
            }
            ServerMessage::CallInfo { info, line_instance, call_reference } => {
                self.check_line(*line_instance, *call_reference)?;
                self.info = Some(info.clone());
                Vec::new()
            }
            ServerMessage::OpenReceiveChannel { call_reference, passthrough_party_id, packet_ms, .. } => {
                self.check_call(*call_reference)?;
                if self.receives_at.is_some() || *packet_ms != 20 {
                    return Err(format!(
                        "{} is at {:?}, but {message:?}",
                        self.identity.number, self.receives_at
                    ));
                }
                vec![self.open(*passthrough_party_id)]
            }
            ServerMessage::StartMediaTransmission {
                call_reference, passthrough_party_id, endpoint, ..
            } => {
                self.check_call(*call_reference)?;
                if *passthrough_party_id != self.media_stream {
                    return Err(format!(
                        "{} opened {}, but {message:?}",
                        self.identity.number, self.media_stream
                    ));
                }
                self.sends_to = Some(SocketAddr::new(endpoint.address, endpoint.rtp_port));
                self.acknowledge_transmission()
            }
            ServerMessage::CloseReceiveChannel(stream) => {
                self.check_stream(stream)?;
                self.receives_at = None;
                Vec::new()
            }
            ServerMessage::StopMediaTransmission(stream) => {
                self.check_stream(stream)?;
                self.sends_to = None;
                Vec::new()
            }
            ServerMessage::ConnectionStatisticsRequest { directory_number, call_reference, processing } => {
                vec![statistics(directory_number, *call_reference, *processing)?]
            }
            _ => {
                self.show(&message);
                Vec::new()
            }
        };
        self.heard.push(message);
        Ok(answers)
    }

    fn show(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::SoftKeyTemplate { actions } => self.template.clone_from(actions),
            ServerMessage::SoftKeySet { profile } => self.sets = profile.clone(),
            ServerMessage::SelectSoftKeys { set, valid_mask, .. } => self.keys = Some((*set, *valid_mask)),
            ServerMessage::SetRinger { mode, .. } => self.ringer = Some(*mode),
            _ => {}
        }
    }

    fn open(&mut self, passthrough_party_id: u32) -> ClientMessage {
        let (address, port) = (IpAddr::V4(self.identity.address), self.next_port);
        self.next_port += 2;
        self.media_stream = passthrough_party_id;
        self.receives_at = Some(SocketAddr::new(address, port));
        ClientMessage::OpenReceiveChannelAck {
            status: MediaStatus::Ok,
            address,
            port,
            passthrough_party_id,
            call_reference: self.call_reference,
        }
    }

    /// Phones confirm it since version 17.
    fn acknowledge_transmission(&self) -> Vec<ClientMessage> {
        if self.identity.version < ProtocolVersion::V17 {
            return Vec::new();
        }
        vec![ClientMessage::StartMediaTransmissionAck(MediaTransmissionAck {
            conference_id: self.call_reference,
            passthrough_party_id: self.media_stream,
            call_reference: self.call_reference,
            status: MediaStatus::Ok,
            address: self.identity.address.into(),
            port: self.next_port,
            wire: None,
        })]
    }

    fn check_line(&self, line: u32, call_reference: u32) -> Outcome {
        let busy = self.state.is_some_and(|state| state != CallState::OnHook);
        if line != 1 || call_reference == 0 || (busy && call_reference != self.call_reference) {
            return Err(format!("{} has no call {call_reference} on line {line}", self.identity.number));
        }
        Ok(())
    }

    fn check_call(&self, call_reference: u32) -> Outcome {
        if call_reference == self.call_reference {
            return Ok(());
        }
        Err(format!("media for {call_reference}, but {} has {}", self.identity.number, self.call_reference))
    }

    fn check_stream(&self, stream: &AudioStreamControl) -> Outcome {
        self.check_call(stream.call_reference.get())?;
        if stream.passthrough_party_id.get() == self.media_stream {
            return Ok(());
        }
        Err(format!("{} has media stream {}, but {stream:?}", self.identity.number, self.media_stream))
    }
}

/// What tells why a wait was in vain.
impl fmt::Display for Station {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, keys, ringer, receives_at, sends_to, info, heard, .. } = self;
        write!(out, "{}: state {state:?}, keys {keys:?}, ringer {ringer:?}, ", self.identity.number)?;
        write!(out, "receives at {receives_at:?}, sends to {sends_to:?}, shows {info:?}, heard {heard:?}")
    }
}

/// The phone has seen nothing of any stream.
fn statistics(number: &str, call_reference: u32, processing: StatisticsProcessing) -> Outcome<ClientMessage> {
    let quality = ConnectionQualityStatistics::new(Vec::new()).map_err(|error| error.to_string())?;
    Ok(ClientMessage::ConnectionStatisticsResponse(ConnectionStatistics {
        directory_number: number.to_owned(),
        call_reference,
        processing,
        packets_sent: 0,
        octets_sent: 0,
        packets_received: 0,
        octets_received: 0,
        packets_lost: 0,
        jitter_millis: 0,
        latency_millis: 0,
        quality,
    }))
}
