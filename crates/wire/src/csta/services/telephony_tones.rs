//! GenerateTelephonyTones and CancelTelephonyTones: tones that the parties of a call hear.

use super::super::ConnectionId;
use super::super::arguments::arguments;
use super::super::vocabulary::open_words;

open_words! {
    /// A tone of telephony.
    pub enum TelephonyTone else Beep {
        Beep = "beep",
        Billing = "billing",
        Busy = "busy",
        Carrier = "carrier",
        Confirmation = "confirmation",
        Dial = "dial",
        FaxCng = "faxCNG",
        Hold = "hold",
        Howler = "howler",
        Intrusion = "intrusion",
        ModemCng = "modemCNG",
        Park = "park",
        RecordWarning = "recordWarning",
        Reorder = "reorder",
        Ringback = "ringback",
        Silence = "silence",
        SitVc = "sitVC",
        SitIc = "sitIC",
        SitRo = "sitRO",
        SitNc = "sitNC",
    }
}

arguments! {
    /// Request: sends a tone into a call.
    pub struct GenerateTelephonyTones in "GenerateTelephonyTones" {
        /// The connection that sends it: the others of its call hear it.
        connection_to_send_tone: ConnectionId = "connectionToSendTone",
        /// The tone.
        tone_to_send: TelephonyTone = "toneToSend",
        /// For how many milliseconds; absent means until it is cancelled.
        tone_duration: Option<i64> = "toneDuration",
    }
}

arguments! {
    /// The tone is being sent.
    pub struct GenerateTelephonyTonesResponse in "GenerateTelephonyTonesResponse";
}

arguments! {
    /// Request: ends a tone.
    pub struct CancelTelephonyTones in "CancelTelephonyTones" {
        /// The connection that sends it.
        connection_to_stop_tone: ConnectionId = "connectionToStopTone",
    }
}

arguments! {
    /// It has ended.
    pub struct CancelTelephonyTonesResponse in "CancelTelephonyTonesResponse";
}
