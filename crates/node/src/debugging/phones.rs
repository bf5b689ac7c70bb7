//! Lines of `debug ephone`.

use hookflash_wire::sccp::{ClientMessage, Encoding, Framer, MessageId, ServerMessage};

use super::{Debugging, Part};

/// A phone of the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who<'a> {
    /// Its tag.
    pub(crate) tag: u32,
    /// Its name.
    pub(crate) name: &'a str,
}

impl Debugging {
    /// A phone says something.
    pub(crate) fn phone_says(&mut self, who: Who<'_>, message_id: MessageId, message: &ClientMessage) {
        let Who { tag, name } = who;
        let head = format!("ephone-{tag}[{}]:", tag.saturating_sub(1));
        self.tell_of(Part::PhoneRaw, name, || format!("{head}received {message_id} {name}"));
        match message {
            ClientMessage::KeepAlive => {
                self.tell_of(Part::PhoneKeepalive, name, || format!("{head}Keepalive {name}"));
            }
            ClientMessage::Alarm(alarm) => {
                self.tell_of(Part::PhoneAlarm, name, || format!("{head}Alarm {}", alarm.text));
            }
            ClientMessage::Unregister(_) => {
                self.tell_of(Part::PhoneRegister, name, || format!("{head}StationUnregisterMessage {name}"));
            }
            ClientMessage::OffHook(_) => self.state(who, || format!("{head}OFFHOOK")),
            ClientMessage::OnHook(_) => self.state(who, || format!("{head}ONHOOK")),
            ClientMessage::OpenReceiveChannelAck(ack) => {
                self.state(who, || format!("{head}OpenReceiveChannelAck {}", ack.status));
            }
            message => {
                self.tell_of(Part::PhoneDetail, name, || format!("{head}{message:?}"));
            }
        }
    }

    /// A phone has registered.
    pub(crate) fn phone_registered(
        &mut self,
        who: Who<'_>,
        address: &str,
        device: &dyn std::fmt::Display,
        version: u8,
        keepalive: u32,
    ) {
        let Who { tag, name } = who;
        self.tell_of(Part::PhoneRegister, name, || {
            let head = format!("ephone-({tag})[{}]", tag.saturating_sub(1));
            format!(
                "{head} StationRegisterMessage from {address}\n\
                 {head} Register StationIdentifier DeviceName {name}\n\
                 {head} StationIdentifier deviceType {device} protocol version {version}\n\
                 ephone-{tag}[{}]:RegisterAck sent to ephone {tag}: keepalive period {keepalive}",
                tag.saturating_sub(1)
            )
        });
    }

    /// A message of a phone cannot be read.
    pub(crate) fn phone_error(&mut self, who: Who<'_>, error: &dyn std::fmt::Display) {
        self.tell_of(Part::PhoneError, who.name, || {
            format!("ephone-{}[{}]:{error}", who.tag, who.tag.saturating_sub(1))
        });
    }

    /// What was written to a phone.
    pub(crate) fn phone_is_told(&mut self, who: Who<'_>, encoding: Encoding, mut written: &[u8]) {
        let mut framer = Framer::default();
        while let Ok(Some(frame)) = framer.next(&mut written) {
            let message_id = frame.message_id;
            self.tell_of(Part::PhoneRaw, who.name, || format!("{}sent {message_id} {}", head(who), who.name));
            if let Ok(message) = ServerMessage::decode(&frame, encoding) {
                self.shown(who, &message);
            }
        }
    }

    fn shown(&mut self, who: Who<'_>, message: &ServerMessage) {
        match message {
            ServerMessage::CallState(state) => self.state(who, || {
                let (line, reference) = (state.line, state.call_reference);
                format!("{}SetCallState line {line} ref {reference} Ts{}", head(who), state.state)
            }),
            ServerMessage::CallInfo(info) => self.state(who, || {
                let (called, calling) = (&info.called.number, &info.calling.number);
                format!(
                    "{}Call Info line {} ref {} called {called} calling {calling}",
                    head(who),
                    info.line,
                    info.call_reference
                )
            }),
            ServerMessage::OpenReceiveChannel(_) => self.state(who, || format!("{}OpenReceive", head(who))),
            ServerMessage::StartMediaTransmission(_) => {
                self.state(who, || format!("{}StartMedia", head(who)))
            }
            ServerMessage::StartMulticastMediaReception(order) => {
                self.state(who, || format!("{}StartMulticastMediaReception {}", head(who), order.address));
            }
            ServerMessage::StopMulticastMediaReception(_) => {
                self.state(who, || format!("{}StopMulticastMediaReception", head(who)));
            }
            ServerMessage::CloseReceiveChannel(_) => self.state(who, || format!("{}CloseReceive", head(who))),
            ServerMessage::StopMediaTransmission(_) => self.state(who, || format!("{}StopMedia", head(who))),
            ServerMessage::SetLamp(lamp) => {
                let line = || format!("{}SetLamp {lamp:?}", head(who));
                self.tell_of(Part::PhoneMwi, who.name, line);
                self.tell_of(Part::PhoneDetail, who.name, line);
            }
            message => self.tell_of(Part::PhoneDetail, who.name, || format!("{}{message:?}", head(who))),
        }
    }

    /// Detail has the states too.
    fn state(&mut self, who: Who<'_>, line: impl FnOnce() -> String) {
        let part =
            if self.is_on_for(Part::PhoneState, who.name) { Part::PhoneState } else { Part::PhoneDetail };
        self.tell_of(part, who.name, line);
    }
}

fn head(who: Who<'_>) -> String {
    format!("ephone-{}[{}]:", who.tag, who.tag.saturating_sub(1))
}
