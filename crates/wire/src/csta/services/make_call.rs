//! MakeCall: calls a number on behalf of a device.

use smol_str::SmolStr;

use super::super::arguments::{Argument, Fault, arguments};
use super::super::element::{Element, Namespace};
use super::super::session_login::HOOKFLASH_NAMESPACE;
use super::super::vocabulary::words;
use super::super::writer::Writer;
use super::super::{CallData, CallLinkageData, ConnectionId, DeviceId, EventCause, HexBinary};

arguments! {
    /// Request: the calling device originates a call to the called number.
    pub struct MakeCall in "MakeCall" {
        /// The device that calls.
        calling_device: DeviceId = "callingDevice",
        /// The number to dial; may be empty or end in `;` for staged dialling.
        called_directory_number: DeviceId = "calledDirectoryNumber",
        /// Account to charge.
        account_code: Option<HexBinary> = "accountCode",
        /// Authorisation to call.
        auth_code: Option<HexBinary> = "authCode",
        /// Whether the user is prompted first; absent means [`AutoOriginate::Prompt`].
        auto_originate: Option<AutoOriginate> = "autoOriginate",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
        /// What the call is about.
        subject_of_call: Option<SmolStr> = "subjectOfCall",
        /// Languages the caller prefers.
        language_preferences: Option<SmolStr> = "languagePreferences",
        /// Why the call is made.
        reason: Option<EventCause> = "reason" since Ed6,
        /// Whether the user is called elsewhere first.
        dial_via_office: DialViaOffice = "extensions",
    }
}

/// The private data of dial via office (`hf:dialViaOffice` with `hf:alternateNumber`); everything else in `extensions`
/// is skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DialViaOffice {
    /// Whether the user shall be called elsewhere.
    pub wanted: bool,
    /// The number there; absent for the one that is configured for the user.
    pub alternate_number: Option<DeviceId>,
}

impl DialViaOffice {
    /// The user is called at this number.
    pub fn at(number: impl Into<DeviceId>) -> Self {
        DialViaOffice { wanted: true, alternate_number: Some(number.into()) }
    }
}

/// The child of this name in the private name space.
fn ours<'x>(parent: Element<'x>, name: &str) -> Option<Element<'x>> {
    let namespace = Namespace::Other(HOOKFLASH_NAMESPACE);
    parent.children().find(|child| child.namespace() == namespace && child.name() == name)
}

/// Whether it is a number rather than a Boolean.
fn is_number(text: &str) -> bool {
    text.len() > 1 && text.starts_with(|first: char| first.is_ascii_digit() || first == '+')
}

impl Argument for DialViaOffice {
    fn absent() -> Option<Self> {
        Some(DialViaOffice::default())
    }

    /// The number stands in `dialViaOffice`, as its child or its text, or beside it.
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let private = element.member("privateData").and_then(|data| data.member("private"));
        let Some(private) = private else { return Ok(DialViaOffice::default()) };
        let within = ours(private, "dialViaOffice");
        let named = within.and_then(|within| ours(within, "alternateNumber"));
        let named = named.or_else(|| ours(private, "alternateNumber"));
        let text = within.map_or("", |element| element.text());
        let wanted = (within.is_some() && text != "false" && text != "0") || named.is_some();
        let alternate_number = match named {
            Some(named) => Some(DeviceId::decode(named)?),
            None => Some(text).filter(|text| is_number(text)).map(DeviceId::from),
        };
        Ok(DialViaOffice { wanted, alternate_number })
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        if !self.wanted {
            return;
        }
        writer.element(name, |writer| {
            writer.raw("<privateData><private><hf:dialViaOffice xmlns:hf=\"");
            writer.raw(HOOKFLASH_NAMESPACE);
            writer.raw("\">");
            if let Some(number) = &self.alternate_number {
                writer.raw("<hf:alternateNumber>");
                writer.escaped(number.as_str());
                writer.raw("</hf:alternateNumber>");
            }
            writer.raw("</hf:dialViaOffice></private></privateData>");
        });
    }
}

impl MakeCall {
    /// A request with the mandatory arguments only.
    pub fn new(calling_device: impl Into<DeviceId>, called_directory_number: impl Into<DeviceId>) -> Self {
        MakeCall {
            calling_device: calling_device.into(),
            called_directory_number: called_directory_number.into(),
            account_code: None,
            auth_code: None,
            auto_originate: None,
            correlator_data: None,
            user_data: None,
            subject_of_call: None,
            language_preferences: None,
            reason: None,
            dial_via_office: DialViaOffice::default(),
        }
    }
}

arguments! {
    /// The call has been initiated.
    pub struct MakeCallResponse in "MakeCallResponse" {
        /// The calling device's connection, complete; its device is the string the request used.
        calling_device: ConnectionId = "callingDevice",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData" since Ed6,
    }
}

words! {
    /// How the calling device goes off-hook.
    pub enum AutoOriginate absent Prompt {
        /// The user is prompted and lifts the handset.
        Prompt = "prompt",
        /// The device goes off-hook by itself.
        DoNotPrompt = "doNotPrompt",
    }
}
