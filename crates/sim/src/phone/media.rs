//! Media orders: where the phone receives, and where it sends to.

use hookflash_wire::sccp::{
    CallState, ClientMessage, ConnectionStatisticsReq, ConnectionStatisticsRes, MediaStatus,
    MulticastMediaReceptionAck, OpenReceiveChannel, OpenReceiveChannelAck, StartMediaTransmission,
    StartMediaTransmissionAck, StartMulticastMediaReception, StopMedia, StopMulticastMedia,
};

use super::{Complaint, Phone, Stream};

impl Phone {
    pub(super) fn open_receive_channel(&mut self, order: &OpenReceiveChannel) {
        let (party, reference) = (order.pass_thru_party_id, order.call_reference);
        match self.screen.call(reference).map(|call| call.state) {
            None => self.complain(Complaint::UnknownCall { message: "OpenReceiveChannel", reference }),
            Some(state @ (CallState::RING_IN | CallState::CALL_WAITING | CallState::HOLD)) => {
                self.complain(Complaint::ChannelTooEarly { reference, state });
            }
            Some(_) => {}
        }
        let address = self.media_address();
        if let Some(open) = self.receiving.iter_mut().find(|stream| stream.party == party) {
            (open.address, open.codec) = (address, order.codec);
            self.complain(Complaint::ChannelOpenAlready(party));
        } else {
            self.receiving.push(Stream { party, reference, address, codec: order.codec });
        }
        let known = self.settings.codecs.contains(&order.codec);
        self.send(&ClientMessage::OpenReceiveChannelAck(OpenReceiveChannelAck {
            status: if known { MediaStatus::OK } else { MediaStatus::INVALID_CODEC },
            address,
            pass_thru_party_id: Some(party),
            call_reference: Some(reference),
        }));
    }

    /// Closing what is not open is ignored, as by real phones.
    pub(super) fn close_receive_channel(&mut self, order: &StopMedia) {
        self.receiving.retain(|stream| !is_meant(stream, order));
    }

    pub(super) fn start_transmission(&mut self, order: &StartMediaTransmission) {
        let (party, reference) = (order.pass_thru_party_id, order.call_reference);
        if !self.receiving.iter().any(|stream| stream.party == party) {
            self.complain(Complaint::TransmissionWithoutChannel(party));
        }
        if order.address.port() == 0 {
            self.complain(Complaint::TransmissionToNowhere(party));
        }
        self.sending.retain(|stream| stream.party != party);
        self.sending.push(Stream { party, reference, address: order.address, codec: order.codec });
        if self.encoding.version.typed_addresses() {
            let own = self.receiving.iter().find(|stream| stream.party == party).map(|own| own.address);
            self.send(&ClientMessage::StartMediaTransmissionAck(StartMediaTransmissionAck {
                conference_id: order.conference_id,
                pass_thru_party_id: party,
                call_reference: reference,
                address: own.unwrap_or(order.address),
                status: MediaStatus::OK,
            }));
        }
    }

    pub(super) fn stop_transmission(&mut self, order: &StopMedia) {
        self.sending.retain(|stream| !is_meant(stream, order));
    }

    pub(super) fn start_listening(&mut self, order: &StartMulticastMediaReception) {
        let (party, reference) = (order.pass_thru_party_id, order.call_reference);
        if self.screen.call(reference).is_none() {
            self.complain(Complaint::UnknownCall { message: "StartMulticastMediaReception", reference });
        }
        if !order.address.ip().is_multicast() || order.address.port() == 0 {
            self.complain(Complaint::TransmissionToNowhere(party));
        }
        self.listening.retain(|stream| stream.party != party);
        self.listening.push(Stream { party, reference, address: order.address, codec: order.codec });
        self.send(&ClientMessage::MulticastMediaReceptionAck(MulticastMediaReceptionAck {
            status: MediaStatus::OK,
            pass_thru_party_id: party,
            call_reference: Some(reference),
        }));
    }

    /// As with channels.
    pub(super) fn stop_listening(&mut self, order: &StopMulticastMedia) {
        self.listening.retain(|stream| stream.party != order.pass_thru_party_id);
    }

    pub(super) fn send_statistics(&mut self, request: &ConnectionStatisticsReq) {
        self.send(&ClientMessage::ConnectionStatisticsRes(ConnectionStatisticsRes {
            number: request.number.clone(),
            call_reference: request.call_reference,
            processing: request.processing,
            ..ConnectionStatisticsRes::default()
        }));
    }
}

fn is_meant(stream: &Stream, order: &StopMedia) -> bool {
    stream.party == order.pass_thru_party_id
}
