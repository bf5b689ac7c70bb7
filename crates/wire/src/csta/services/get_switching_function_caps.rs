//! GetSwitchingFunctionCaps: what the switching function is like as a whole.

use smol_str::SmolStr;

use super::super::arguments::{Argument, Fault, arguments};
use super::super::element::Element;
use super::super::shape::Shape;
use super::super::vocabulary::words;
use super::super::writer::Writer;
use super::super::{Edition, EventKind, Service, TransAndConfSetup};

arguments! {
    /// Request: what are you like?
    pub struct GetSwitchingFunctionCaps in "GetSwitchingFunctionCaps";
}

arguments! {
    /// What it is like.
    pub struct GetSwitchingFunctionCapsResponse in "GetSwitchingFunctionCapsResponse" {
        /// Its name.
        switching_sub_domain_name: Option<SmolStr> = "switchingSubDomainName",
        /// Who made it.
        manufacturer_name: Option<SmolStr> = "manufacturerName",
        /// Which devices it knows by which characters.
        device_id_format: Option<DeviceIdFormat> = "deviceIDFormat",
        /// How it does what the standard leaves open.
        sw_domain_features: Option<SwDomainFeatures> = "swDomainFeatures",
        /// Whether the telephones of a shared line have names of their own.
        sw_appearance_addressability: Option<AppearanceAddressability> = "swAppearanceAddressability",
        /// Which kinds of lines there are.
        sw_appearance_types: Option<AppearanceTypes> = "swAppearanceTypes",
        /// What happens to arguments that it does not support.
        ignore_unsupported_parameters: IgnoreUnsupportedParameters = "ignoreUnsupportedParameters",
        /// What calls carry.
        media_class_support: Option<MediaClassSupport> = "mediaClassSupport",
        /// Milliseconds of a comma in a dialling sequence.
        pause_time: Option<i64> = "pauseTime",
        /// How a transfer or conference may be prepared.
        trans_and_conf_setup: Option<TransAndConfSetup> = "transAndConfSetup",
        /// What monitors can do.
        misc_monitor_caps: Option<MonitorCaps> = "miscMonitorCaps",
        /// Whether correlator data travels with calls.
        correlator_data_supported: Option<bool> = "correlatorDataSupported",
        /// Which events say what is permitted next.
        dynamic_feature_supported: Option<DynamicFeature> = "dynamicFeatureSupported",
        /// Which linkage data calls have.
        call_linkage_options: Option<CallLinkageOptions> = "callLinkageOptions",
        /// Whose connections Transferred and Conferenced name.
        connection_view: ConnectionView = "connectionView",
        /// The longest values.
        max_length_parameters: Option<Box<MaxLengths>> = "maxLengthParameters",
        /// Services and events.
        serv_evts_list: Option<Box<ServicesAndEvents>> = "servEvtsList",
        /// Versions of the private data.
        private_data_version_list: Option<PrivateDataVersions> = "privateDataVersionList",
    }
}

arguments! {
    /// Characters of device identifiers, and their forms.
    pub struct DeviceIdFormat {
        /// `*` in diallable digits.
        asterisk: Option<bool> = "dialableDigitsAsterix",
        /// `#`.
        hash: Option<bool> = "dialableDigitsHash",
        /// `A` to `D`.
        letters: Option<bool> = "dialableDigitsABCD",
        /// `,`: a pause.
        comma: Option<bool> = "dialableDigitsComma",
        /// `;`: more digits will follow.
        semicolon: Option<bool> = "dialableDigitsSemicolon",
        /// `N<...>name`.
        with_name: Option<bool> = "sFReprNM",
        /// Any text.
        generic: Option<bool> = "sFReprGeneric",
    }
}

arguments! {
    /// How it does what the standard leaves open.
    pub struct SwDomainFeatures {
        /// A call goes to the device and is forwarded then.
        is_forwarding_after: Option<bool> = "isForwardingAfter",
        /// Forwarding is set for users.
        user_specific: Option<bool> = "userSpecific",
        /// A service that cannot be carried out is refused, and the call is as it was.
        negative_acknowledgment: Option<bool> = "negativeAcknowledgment",
        /// A failed call keeps a connection.
        failed_with_connection: Option<bool> = "supportFailedWithAssConn",
        /// Calls come back.
        recall: Option<bool> = "recall",
        /// Users are called back when somebody is free.
        call_back: Option<bool> = "callBack",
        /// Calls come from outside.
        incoming: Option<bool> = "extCallsIncoming",
        /// Calls go outside.
        outgoing: Option<bool> = "extCallsOutgoing",
        /// Users are asked to go off-hook.
        prompting: Option<bool> = "prompting",
    }
}

arguments! {
    /// Whether the telephones of a shared line have names of their own.
    pub struct AppearanceAddressability {
        /// They have none.
        non_addressable: Option<bool> = "nonAddressable",
        /// They have.
        addressable: Option<bool> = "addressable",
    }
}

arguments! {
    /// Which kinds of lines there are.
    pub struct AppearanceTypes {
        /// Lines of one telephone, of which the user selects one.
        selected_standard: Option<bool> = "selectedStandard",
        /// Lines of several telephones, of which one is in the call and the others may take it while it is held.
        shared: Option<bool> = "interDependentSharedBridged",
    }
}

arguments! {
    /// What calls carry.
    pub struct MediaClassSupport {
        /// Speech.
        voice: Option<bool> = "voice",
    }
}

arguments! {
    /// What monitors can do.
    pub struct MonitorCaps {
        /// A monitor of a group sees the calls of its members.
        group_inclusive: Option<bool> = "groupInclusivModel",
    }
}

arguments! {
    /// Which linkage data calls have.
    pub struct CallLinkageOptions {
        /// A global call identifier.
        call: Option<bool> = "callLinkageFeatureSupported",
        /// One of threads.
        thread: Option<bool> = "threadLinkageFeatureSupported",
    }
}

arguments! {
    /// The longest values, in characters or octets.
    pub struct MaxLengths {
        /// Account codes.
        account: i64 = "accountInfo",
        /// Authorisation codes.
        auth_code: i64 = "authCode",
        /// Identifiers of agents.
        agent: i64 = "agentID",
        /// Passwords of agents.
        agent_password: i64 = "agentPassword",
        /// Calls.
        call: i64 = "callIDInConnectionID",
        /// Correlator data.
        correlator_data: i64 = "correlatorData",
        /// Private data.
        private_data: i64 = "privateData",
        /// Devices.
        device: i64 = "deviceIdentifiers",
        /// User data.
        user_data: i64 = "userData",
        /// Labels of buttons.
        button_label: i64 = "buttonLabel",
        /// Labels of lamps.
        lamp_label: i64 = "lampLabel",
        /// Digits to send.
        characters: i64 = "charactersToSend",
    }
}

/// Versions of the private data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PrivateDataVersions(pub Vec<i64>);

impl Argument for PrivateDataVersions {
    fn shape() -> Shape {
        Shape::List("privateDataVersion", Box::new(Shape::Number))
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        element.list("privateDataVersion").map(PrivateDataVersions)
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| {
            self.0.iter().for_each(|version| version.encode("privateDataVersion", writer));
        });
    }
}

words! {
    /// Which events say what is permitted next.
    pub enum DynamicFeature {
        /// None.
        None = "none",
        /// All.
        All = "all",
        /// Some.
        Some = "some",
    }
}

words! {
    /// What happens to arguments that are not supported.
    pub enum IgnoreUnsupportedParameters {
        /// They are ignored.
        Ignore = "ignoreParameters",
        /// The request is refused.
        Reject = "rejectMessage",
    }
}

words! {
    /// Whose old connections are named when calls are joined.
    pub enum ConnectionView {
        /// Those of the device that joined the calls, to every monitor.
        Fixed = "fixed",
        /// To each monitor those that its device knew.
        Local = "local",
    }
}

/// Services and events in the lists of the standard; what the edition does not have is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ServicesAndEvents {
    /// Services.
    pub services: Vec<Service>,
    /// Events.
    pub events: Vec<EventKind>,
}

/// The lists in the order of the schema, and where it differs their names in GetCSTAFeatures.
const LISTS: [(&str, &str); 20] = [
    ("capExchangeServList", "capExchangeServList"),
    ("systemServList", "systemStatServList"),
    ("monitoringServList", "monitoringServList"),
    ("snapshotServList", "snapshotServList"),
    ("callControlServList", "callControlServList"),
    ("callControlEvtsList", "callControlEvtsList"),
    ("callAssociatedServList", "callAssociatedServList"),
    ("callAssociatedEvtsList", "callAssociatedEvtsList"),
    ("mediaServList", "mediaServList"),
    ("mediaEvtsList", "mediaEvtsList"),
    ("routeingServList", "routeingServList"),
    ("physDevServList", "physDevServList"),
    ("physDevEvtsList", "physDevEvtsList"),
    ("logicalServList", "logicalServList"),
    ("logicalEvtsList", "logicalEvtsList"),
    ("deviceMaintEvtsList", "deviceMaintEvtsList"),
    ("voiceServList", "voiceServList"),
    ("voiceEvtsList", "voiceEvtsList"),
    ("vendorSpecificServList", "vendorSpecificServList"),
    ("vendorSpecificEvtsList", "vendorSpecificEvtsList"),
];

impl ServicesAndEvents {
    /// The names in a list, in the order of the schema.
    fn names(&self, list: &str, edition: Edition) -> Vec<&'static str> {
        let services = Service::ALL.iter().filter(|own| self.services.contains(own) && own.list() == list);
        let services = services.filter(|own| own.since() <= edition).map(|own| own.capability());
        let events = EventKind::ALL.iter().filter(|own| self.events.contains(own) && own.list() == list);
        services.chain(events.filter(|own| own.since() <= edition).map(|own| own.capability())).collect()
    }
}

impl Argument for ServicesAndEvents {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let has = |list: &str, name: &str| {
            let own = LISTS.iter().find(|(_, features)| *features == list).map_or("", |(own, _)| own);
            element.member(own).is_some_and(|list| list.members().any(|child| child.name() == name))
        };
        let services = Service::ALL.iter().copied().filter(|own| has(own.list(), own.capability()));
        let events = EventKind::ALL.iter().copied().filter(|own| has(own.list(), own.capability()));
        Ok(ServicesAndEvents { services: services.collect(), events: events.collect() })
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        let edition = writer.edition();
        writer.element(name, |writer| {
            for (list, features) in LISTS {
                let names = self.names(features, edition);
                if !names.is_empty() {
                    writer.element(list, |writer| names.iter().for_each(|name| writer.empty(name)));
                }
            }
        });
    }
}
