//! The XML interface (`ixi application cme`): requests in an envelope, posted by applications with the name and password
//! of an `xml user`.
//!
//! ```text
//! Envelope / Body / axl / request [type="OP"] / OP / parameters     in
//! Envelope / Body / axl / response [type="OPResponse"] / content    out
//! ```
//!
//! Requests are read liberally, because those that exist come without name spaces, with blanks in attributes, and with
//! names in other cases than the documentation's. Responses are well-formed.
//!
//! | module | requests |
//! | --- | --- |
//! | [`system`] | ISgetGlobal, ISgetVoiceRegGlobal, ISgetPresenceGlobal, ISgetUtilityDirectory, ISgetSessionServer |
//! | [`device`] | ISgetDevice, ISgetDeviceTemplate |
//! | [`extension`] | ISgetExtension, ISgetExtensionTemplate |
//! | [`sip`] | ISgetSipDevice, ISgetSipExtension, ISgetVoiceHuntGroup |
//! | [`user`] | ISgetUser, ISgetUserProfile |
//! | [`events`] | ISgetEvtCounts, ISgetDevEvts, ISgetExtEvts |
//!
//! ISexecCLI, ISSaveConfig, ISupdateUser, ISsetKeyPhones and ISunsetKeyPhones change something and are carried out by the
//! node; their responses are made here.

pub mod device;
pub mod events;
pub mod extension;
pub mod sip;
pub mod system;
pub mod user;
mod view;

pub use view::{Device, DeviceEvent, DeviceState, Extension, ExtensionEvent, SessionServer, System};

use std::collections::BTreeSet;

use crate::xml::{Element, ReadError};

/// The privilege that sees secrets and executes commands.
pub const ALL_PRIVILEGES: u32 = 15;
/// The least privilege that reads.
pub const READS: u32 = 1;

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The name of the operation as it was written, such as `ISgetGlobal`.
    pub operation: String,
    /// Whether the response has the form of releases before 8.5.
    pub old: bool,
    /// The element with the parameters.
    pub parameters: Element,
}

/// Why there is no request in a body.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// The body cannot be read.
    #[error(transparent)]
    Xml(#[from] ReadError),
    /// There is no `request` element, or nothing in it.
    #[error("there is no request in it")]
    NoRequest,
}

/// Keywords that only old requests have.
const OLD_KEYWORDS: [&str; 5] = ["allRegistered", "allUnregistered", "allKeyphone", "allUp", "allDown"];

impl Call {
    /// Reads the first request of a body.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn read(body: &[u8]) -> Result<Call, Fault> {
        let envelope = Element::read(body)?;
        let request = envelope.find("request").ok_or(Fault::NoRequest)?;
        let named = request.value_of("type").map(str::trim).filter(|name| !name.is_empty());
        let inner = match named {
            Some(name) => request.child(name).or(request.children.first()),
            None => request.children.first(),
        };
        let operation = named.or(inner.map(|inner| inner.name.as_ref())).ok_or(Fault::NoRequest)?.to_owned();
        // Some samples have the parameters in the request itself.
        let is_operation = |element: &&Element| element.name.eq_ignore_ascii_case(&operation);
        let parameters = inner.filter(is_operation).unwrap_or(request).clone();
        let old = named.is_some() && has_old_keyword(&parameters);
        Ok(Call { operation, old, parameters })
    }

    /// Whether this is the request for an operation.
    pub fn is(&self, operation: &str) -> bool {
        self.operation.eq_ignore_ascii_case(operation)
    }

    /// The texts of all parameters of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        self.parameters.children_named(name).map(|element| element.text.as_str()).collect()
    }

    /// The numbers among the parameters of this name.
    pub fn numbers(&self, name: &str) -> Vec<u32> {
        self.all(name).into_iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// Whether a keyword was given, as `ISKeyword` or in place of a name.
    pub fn has_keyword(&self, keywords: &[&str]) -> bool {
        let texts = self.parameters.children.iter().map(|element| element.text.as_str());
        let own = std::iter::once(self.parameters.text.as_str());
        texts.chain(own).any(|text| keywords.iter().any(|keyword| text.eq_ignore_ascii_case(keyword)))
    }

    /// The answer to the keyword `allTag`, all tags and nothing else, or `available`, the first tag that is free; `None` if the
    /// request has neither. `names` are those of the whole, of one entry, and of its tag.
    fn tags(&self, names: [&'static str; 3], used: impl IntoIterator<Item = u32>) -> Option<Element> {
        let [all, one, name] = names;
        let used: BTreeSet<u32> = used.into_iter().collect();
        let tags: Vec<u32> = match (self.has_keyword(&["allTag"]), self.has_keyword(&["available"])) {
            (true, _) => used.into_iter().collect(),
            (_, true) => (1..).find(|tag| !used.contains(tag)).into_iter().collect(),
            (false, false) => return None,
        };
        Some(Element::new(all).with_all(tags.into_iter().map(|tag| Element::new(one).leaf(name, tag))))
    }

    /// The body of a response with this content.
    pub fn response(&self, content: impl IntoIterator<Item = Element>) -> Element {
        let response = match self.old {
            true => Element::new("response").attribute("xsi:type", format!("{}Response", self.operation)),
            false => Element::new("response"),
        };
        envelope(response.with_all(content))
    }
}

fn has_old_keyword(parameters: &Element) -> bool {
    parameters
        .children
        .iter()
        .any(|child| OLD_KEYWORDS.iter().any(|word| child.text.eq_ignore_ascii_case(word)))
}

/// An envelope around a response.
fn envelope(response: Element) -> Element {
    Element::new("SOAP-ENV:Envelope")
        .attribute("xmlns:SOAP-ENV", "http://schemas.xmlsoap.org/soap/envelope/")
        .attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .with(Element::new("SOAP-ENV:Body").with(Element::new("axl").with(response)))
}

/// The body of a response that is an error.
pub fn error(code: u32, message: &str) -> Element {
    envelope(Element::new("error").leaf("code", code).leaf("message", message))
}

/// The content of a response that only reads; `None` for an operation that is not known or changes something.
pub fn answer(call: &Call, system: &System<'_>, privilege: u32) -> Option<Vec<Element>> {
    type Answer = fn(&Call, &System<'_>, u32) -> Vec<Element>;
    let operations: [(&str, Answer); 17] = [
        ("ISgetSipDevice", |call, system, _| vec![sip::devices(call, system)]),
        ("ISgetSipExtension", |call, system, _| vec![sip::extensions(call, system)]),
        ("ISgetGlobal", |_, system, privilege| vec![system::global(system, privilege)]),
        ("ISgetVoiceRegGlobal", |_, system, _| vec![system::voice_register(system)]),
        ("ISgetPresenceGlobal", |_, system, _| vec![system::presence(system)]),
        ("ISgetUtilityDirectory", |_, system, _| vec![system::directory(system)]),
        ("ISgetSessionServer", |call, system, _| vec![system::session_servers(call, system)]),
        ("ISgetDevice", |call, system, _| vec![device::devices(call, system)]),
        ("ISgetDeviceTemplate", |call, system, _| vec![device::templates(call, system)]),
        ("ISgetExtension", |call, system, _| vec![extension::extensions(call, system)]),
        ("ISgetExtensionTemplate", |call, system, _| vec![extension::templates(call, system)]),
        ("ISgetUser", |call, system, _| vec![user::user(call, system)]),
        ("ISgetUserProfile", |call, system, privilege| vec![user::profiles(call, system, privilege)]),
        ("ISgetEvtCounts", |_, system, _| events::counts(system)),
        ("ISgetDevEvts", |call, system, _| events::devices(call, system)),
        ("ISgetExtEvts", |call, system, _| events::extensions(call, system)),
        ("ISgetVoiceHuntGroup", |call, system, _| vec![sip::hunt_groups(call, system)]),
    ];
    let (_, answer) = operations.iter().find(|(name, _)| call.is(name))?;
    Some(answer(call, system, privilege))
}

/// The lines of ISexecCLI.
pub fn commands(call: &Call) -> Vec<String> {
    call.all("CLI").into_iter().map(str::to_owned).collect()
}

/// The response to ISexecCLI: the number of the line that failed, from 1, and why; or 0.
pub fn executed(result: &Result<String, (usize, String)>) -> Vec<Element> {
    match result {
        Ok(_) => vec![Element::filled("ISexecCLIResponse", 0), Element::new("ISexecCLIError")],
        Err((line, text)) => {
            vec![
                Element::filled("ISexecCLIResponse", line),
                Element::filled("ISexecCLIError", format!(" {text}")),
            ]
        }
    }
}

/// The response to ISSaveConfig.
pub fn saved(done: bool) -> Vec<Element> {
    vec![Element::filled("ISSaveConfigResult", if done { "success" } else { "fail" })]
}

/// The response to a request that sets something: whether it is done, and why not.
pub fn set_result(error: Option<&str>) -> Vec<Element> {
    let result = Element::filled("ISsetResult", error.is_none());
    vec![result, Element::filled("ISsetError", error.unwrap_or_default())]
}

#[cfg(test)]
mod tests;
