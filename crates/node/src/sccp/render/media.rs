//! Media channels: where a phone is to receive, and where to send.
//!
//! A receive channel is opened when the phone is to hear another one, a mix or a source. The phone acknowledges it with its
//! address, which goes to the switch and so to who sends: the other phone, or the media engine. A phone that hears music on
//! hold does not transmit. What is sent to a group, such as a page, is played by order, and nothing is received or sent for it. Each channel has its own
//! passThruPartyId, so that a late acknowledgement for a closed channel is not taken for one of the next.

use std::{mem::Discriminant, net::SocketAddr, time::Duration};

use hookflash_core::{
    Codec, Deadline, Media, MediaAddress, StationInput, Stream, TELEPHONE_EVENT_PAYLOAD_TYPE,
    identifier_after, view::Appearance,
};
use hookflash_wire::sccp::{
    MediaStatus, OpenReceiveChannel, OpenReceiveChannelAck, ServerMessage, StartMediaTransmission,
    StartMulticastMediaReception, StopMedia, StopMulticastMedia,
};
use tracing::{debug, warn};

use super::{
    RenderTimer, Rendered, Renderer,
    rendered::{CallName, RenderedCall},
};
use crate::sccp::Timer;

/// How long a phone may take to acknowledge a receive channel before a warning is logged.
const RECEIVE_CHANNEL_TIME: Duration = Duration::from_secs(5);

/// A media channel of a call.
#[derive(Debug)]
pub(super) struct Channel {
    party_id: u32,
    codec: Codec,
    /// Whether another phone, a mixer or a source is at the other end.
    peer: Discriminant<Media>,
    /// Runs until the phone has answered.
    pub(super) pending: Option<Deadline>,
    answered: bool,
    transmit_to: Option<MediaAddress>,
}

/// A group that the phone plays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Listening {
    party_id: u32,
    codec: Codec,
    group: MediaAddress,
}

impl Rendered {
    /// The phone answered where it receives. Returns what the switch should know and the timer that ends with
    /// it; `None` if the answer is for a channel that is closed.
    pub(in crate::sccp) fn receive_channel_acked(
        &mut self,
        station: &str,
        ack: &OpenReceiveChannelAck,
        peer: Option<SocketAddr>,
    ) -> Option<(StationInput, Option<Deadline>)> {
        let Some((name, channel)) = self.channel_meant(ack) else {
            debug!(station, "OpenReceiveChannelAck for a closed channel ignored");
            return None;
        };
        channel.answered = true;
        let deadline = channel.pending.take();
        let reference = name.reference;
        if ack.status != MediaStatus::OK {
            warn!(station, reference, status = %ack.status, "phone cannot receive media");
            return Some((StationInput::CannotReceive(reference), deadline));
        }
        let told = ack.address.ip();
        let ip = if told.is_unspecified() { peer.map_or(told, |peer| peer.ip()) } else { told };
        let address = MediaAddress { ip: ip.to_canonical(), port: ack.address.port() };
        if address.port == 0 {
            warn!(station, reference, "phone cannot receive media: it reports port 0");
        }
        debug!(station, reference, ip = %address.ip, port = address.port, "phone receives");
        Some((StationInput::Receiving(reference, address), deadline))
    }

    /// By passThruPartyId, else by call, else the only one that is open and not answered.
    fn channel_meant(&mut self, ack: &OpenReceiveChannelAck) -> Option<(CallName, &mut Channel)> {
        let party_id = ack.pass_thru_party_id.filter(|id| *id != 0);
        let reference = ack.call_reference.filter(|reference| *reference != 0);
        let open = self.calls.iter_mut().filter_map(|call| Some((call.name, call.channel.as_mut()?)));
        let mut meant = open.filter(|(name, channel)| match (party_id, reference) {
            (Some(id), _) => channel.party_id == id,
            (None, Some(reference)) => name.reference == reference,
            (None, None) => !channel.answered,
        });
        let first = meant.next();
        if meant.next().is_none() { first } else { None }
    }

    /// A timer of what is shown ended.
    pub(in crate::sccp) fn timer_ended(&mut self, station: &str, timer: RenderTimer) {
        match timer {
            RenderTimer::RefusalTone => self.refusal_tone = None,
            RenderTimer::WaitingBeep => self.waiting_beep = None,
            RenderTimer::ReceiveChannel(party_id) => {
                let channels =
                    self.calls.iter_mut().filter_map(|call| Some((call.name, call.channel.as_mut()?)));
                for (name, channel) in channels.filter(|(_, channel)| channel.party_id == party_id) {
                    channel.pending = None;
                    let reference = name.reference;
                    warn!(station, reference, "phone does not acknowledge its receive channel");
                }
            }
        }
    }
}

impl Renderer<'_> {
    /// Opens, redirects or closes the media of a call.
    pub(super) fn draw_media(&mut self, call: &mut RenderedCall, appearance: &Appearance) {
        let Some(media) = appearance.media else { return self.close_channel(call) };
        if let Media::Multicast { codec, group } = media {
            return self.listen(call, codec, group);
        }
        self.stop_listening(call);
        let Some(Stream { codec, transmit_to, telephone_event }) = media.stream() else {
            return self.close_channel(call);
        };
        let (peer, sends) = (std::mem::discriminant(&media), media.sends());
        let changed = |channel: &Channel| channel.codec != codec || channel.peer != peer;
        if call.channel.as_ref().is_some_and(changed) {
            self.close_channel(call);
        }
        let mut channel = match call.channel.take() {
            Some(channel) => channel,
            None => self.open_channel(call.name, codec, peer),
        };
        let transmit_to = transmit_to.filter(|address| sends && self.can_reach(*address));
        if channel.transmit_to != transmit_to {
            self.stop_transmission(call.name, &mut channel);
            if let Some(address) = transmit_to {
                let events = telephone_event.map_or_else(|| self.telephone_events(), u32::from);
                self.start_transmission(call.name, &mut channel, address, events);
            }
        }
        call.channel = Some(channel);
    }

    /// Lets the phone play what is sent to a group.
    fn listen(&mut self, call: &mut RenderedCall, codec: Codec, group: MediaAddress) {
        let is_it = |own: &Listening| (own.codec, own.group) == (codec, group);
        if call.listening.as_ref().is_some_and(is_it) {
            return;
        }
        self.close_channel(call);
        if !self.can_reach(group) {
            return;
        }
        *self.last_party_id = identifier_after(*self.last_party_id);
        let party_id = *self.last_party_id;
        call.listening = Some(Listening { party_id, codec, group });
        self.send(&ServerMessage::StartMulticastMediaReception(StartMulticastMediaReception {
            conference_id: call.name.reference,
            pass_thru_party_id: party_id,
            address: SocketAddr::new(group.ip, group.port),
            milliseconds_per_packet: packet_milliseconds(codec),
            codec: self.phone.codec_number(codec),
            echo_cancellation: false,
            g723_bit_rate: 0,
            call_reference: call.name.reference,
        }));
    }

    fn stop_listening(&mut self, call: &mut RenderedCall) {
        let Some(Listening { party_id, .. }) = call.listening.take() else { return };
        self.send(&ServerMessage::StopMulticastMediaReception(StopMulticastMedia {
            conference_id: call.name.reference,
            pass_thru_party_id: party_id,
            call_reference: call.name.reference,
        }));
    }

    pub(super) fn close_channel(&mut self, call: &mut RenderedCall) {
        self.stop_listening(call);
        let Some(mut channel) = call.channel.take() else { return };
        self.timers.stop(channel.pending);
        self.send(&ServerMessage::CloseReceiveChannel(stop(call.name, &channel)));
        self.stop_transmission(call.name, &mut channel);
    }

    fn open_channel(&mut self, call: CallName, codec: Codec, peer: Discriminant<Media>) -> Channel {
        *self.last_party_id = identifier_after(*self.last_party_id);
        let party_id = *self.last_party_id;
        let timer = Timer::Render(self.station, RenderTimer::ReceiveChannel(party_id));
        let pending = Some(self.timers.start(self.now + RECEIVE_CHANNEL_TIME, timer));
        self.send(&ServerMessage::OpenReceiveChannel(OpenReceiveChannel {
            conference_id: call.reference,
            pass_thru_party_id: party_id,
            milliseconds_per_packet: packet_milliseconds(codec),
            codec: self.phone.codec_number(codec),
            call_reference: call.reference,
            rfc2833_payload_type: self.telephone_events(),
            ..OpenReceiveChannel::default()
        }));
        Channel { party_id, codec, peer, pending, answered: false, transmit_to: None }
    }

    fn start_transmission(
        &mut self,
        call: CallName,
        channel: &mut Channel,
        address: MediaAddress,
        rfc2833_payload_type: u32,
    ) {
        channel.transmit_to = Some(address);
        self.send(&ServerMessage::StartMediaTransmission(StartMediaTransmission {
            conference_id: call.reference,
            pass_thru_party_id: channel.party_id,
            address: SocketAddr::new(address.ip, address.port),
            milliseconds_per_packet: packet_milliseconds(channel.codec),
            codec: self.phone.codec_number(channel.codec),
            precedence: StartMediaTransmission::EXPEDITED_FORWARDING,
            silence_suppression: false,
            max_frames_per_packet: 0,
            g723_bit_rate: 0,
            call_reference: call.reference,
            rfc2833_payload_type,
        }));
    }

    fn stop_transmission(&mut self, call: CallName, channel: &mut Channel) {
        if channel.transmit_to.take().is_some() {
            self.send(&ServerMessage::StopMediaTransmission(stop(call, channel)));
        }
    }

    /// Whether the phone's version can express the address.
    fn can_reach(&self, address: MediaAddress) -> bool {
        address.ip.is_ipv4() || self.phone.encoding.version.typed_addresses()
    }

    fn telephone_events(&self) -> u32 {
        if self.phone.telephone_events { TELEPHONE_EVENT_PAYLOAD_TYPE.into() } else { 0 }
    }
}

fn packet_milliseconds(codec: Codec) -> u32 {
    u32::try_from(codec.packet_time().as_millis()).unwrap_or(20)
}

fn stop(call: CallName, channel: &Channel) -> StopMedia {
    StopMedia {
        conference_id: call.reference,
        pass_thru_party_id: channel.party_id,
        call_reference: call.reference,
        keep_port: false,
    }
}
