//! GetSwitchingFunctionCaps: what the switching function is like as a whole.

use smol_str::SmolStr;

use super::super::arguments::{Argument, Fault, arguments, list};
use super::super::element::Element;
use super::super::shape::Shape;
use super::super::vocabulary::words;
use super::super::writer::Writer;
use super::super::{Edition, EventKind, MonitorFilter, Service, TransAndConfSetup};

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
        /// Which profiles of the standard it has all of.
        profiles: Option<Profiles> = "profiles",
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
        /// Which events can be suppressed.
        monitor_filter_items: Option<Box<MonitorFilterItems>> = "monitorFilterItems",
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
        /// What can be done with the audio of calls.
        media_service_caps_list: Option<MediaServiceCapsList> = "mediaServiceCapsList",
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

/// Profiles of the standard: sets of services and events, of which the server has all or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Profiles {
    /// Basic telephony.
    pub basic_telephony: Option<bool>,
    /// Routeing.
    pub routeing: Option<bool>,
    /// Call control of an endpoint: the least.
    pub minimal_call_control: Option<bool>,
    /// Basic.
    pub basic_call_control: Option<bool>,
    /// Advanced.
    pub advanced_call_control: Option<bool>,
    /// With conferences.
    pub conferencing: Option<bool>,
    /// What telephones show: basic.
    pub basic_device: Option<bool>,
    /// Advanced; the sixth edition does not have it.
    pub advanced_device: Option<bool>,
}

/// The names of the profiles up to the fifth edition, and in the sixth; some have another name there.
const PROFILES: [(&str, Option<&str>); 8] = [
    ("basicTelephonyProfile", Some("basicTelephonyProfile")),
    ("routeingProfile", Some("routeingProfile")),
    ("minimalEndpointCallControlProfile", Some("minimalUACSTACallControlProfile")),
    ("basicEndpointCallControlProfile", Some("basicUACSTAtCallControlProfile")),
    ("advancedEndpointCallControlProfile", Some("advancedUACSTACallControlProfile")),
    ("conferencingEndpointCallControlProfile", Some("conferencingUACSTACallControlProfile")),
    ("basicEndpointDeviceProfile", Some("basicUACSTADeviceFeatureProfile")),
    ("advancedEndpointDeviceProfile", None),
];

impl Argument for Profiles {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let mut values = PROFILES.iter().map(|(name, sixth)| {
            let member = element.member(name).or_else(|| element.member((*sixth)?));
            member.map(bool::decode).transpose()
        });
        let mut next = || values.next().transpose().map(Option::flatten);
        Ok(Profiles {
            basic_telephony: next()?,
            routeing: next()?,
            minimal_call_control: next()?,
            basic_call_control: next()?,
            advanced_call_control: next()?,
            conferencing: next()?,
            basic_device: next()?,
            advanced_device: next()?,
        })
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        let values = [
            self.basic_telephony,
            self.routeing,
            self.minimal_call_control,
            self.basic_call_control,
            self.advanced_call_control,
            self.conferencing,
            self.basic_device,
            self.advanced_device,
        ];
        let is_sixth = writer.edition().is_sixth();
        writer.element(name, |writer| {
            for ((name, sixth), value) in PROFILES.into_iter().zip(values) {
                let name = if is_sixth { sixth } else { Some(name) };
                if let Some((name, value)) = name.zip(value) {
                    value.encode(name, writer);
                }
            }
        });
    }
}

arguments! {
    /// Which events monitors can suppress.
    pub struct MonitorFilterItems {
        /// Of a device, as the device sees them.
        device_on_device: Option<MonitorFilter> = "deviceOnDeviceMonitorFilter",
        /// Of a call that is named by a connection.
        call_on_connection: Option<MonitorFilter> = "callOnConnectionMonitorFilter",
    }
}

list! {
    /// What can be done with the audio of calls.
    pub struct MediaServiceCapsList of MediaServiceCaps = "mediaServiceCapsItem";
}

arguments! {
    /// Something that can be done with the audio of calls.
    pub struct MediaServiceCaps {
        /// What.
        media_service_type: MediaServiceType = "mediaServiceType",
        /// Whether streams have names.
        media_stream_id_supported: bool = "mediaStreamIDSupported",
    }
}

words! {
    /// Something that can be done with the audio of calls.
    pub enum MediaServiceType {
        /// Messages are played and recorded.
        VoiceUnit = "cstaVoiceUnit",
        /// An application has the audio over RTP.
        Rtp = "sfSpecific1",
        /// An application has the audio over a socket of its own.
        Socket = "sfSpecific2",
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

/// Those of a logical device, in the order of the schema.
const DEVICE_LISTS: [(&str, &str); 4] = [
    ("callControlServList", "callControlServList"),
    ("callAssociatedServList", "callAssociatedServList"),
    ("logicalServList", "logicalServList"),
    ("voiceServList", "voiceServList"),
];

/// Those of its events.
const DEVICE_EVENT_LISTS: [(&str, &str); 4] = [
    ("callControlEvtsList", "callControlEvtsList"),
    ("callAssociatedEvtsList", "callAssociatedEvtsList"),
    ("logicalEvtsList", "logicalEvtsList"),
    ("voiceEvtsList", "voiceEvtsList"),
];

/// Services of one logical device, in the lists of the standard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeviceServices(pub Vec<Service>);

impl Argument for DeviceServices {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        Ok(DeviceServices(read(&DEVICE_LISTS, element).services))
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        let lists = ServicesAndEvents { services: self.0.clone(), events: Vec::new() };
        write(&DEVICE_LISTS, &lists, name, writer);
    }
}

/// Events of one logical device, in the lists of the standard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeviceEvents(pub Vec<EventKind>);

impl Argument for DeviceEvents {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        Ok(DeviceEvents(read(&DEVICE_EVENT_LISTS, element).events))
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        let lists = ServicesAndEvents { services: Vec::new(), events: self.0.clone() };
        write(&DEVICE_EVENT_LISTS, &lists, name, writer);
    }
}

/// Services of one list of the standard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ServiceList(pub Vec<Service>);

impl Argument for ServiceList {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let has = |service: &Service| {
            service.list() == element.name()
                && element.members().any(|own| own.name() == service.capability())
        };
        Ok(ServiceList(Service::ALL.iter().copied().filter(has).collect()))
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        let own = Service::ALL.iter().filter(|service| service.list() == name && self.0.contains(service));
        writer.element(name, |writer| own.for_each(|service| writer.empty(service.capability())));
    }
}

/// Events of one list of the standard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventList(pub Vec<EventKind>);

impl Argument for EventList {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let has = |event: &EventKind| {
            event.list() == element.name() && element.members().any(|own| own.name() == event.capability())
        };
        Ok(EventList(EventKind::ALL.iter().copied().filter(has).collect()))
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        let own = EventKind::ALL.iter().filter(|event| event.list() == name && self.0.contains(event));
        writer.element(name, |writer| own.for_each(|event| writer.empty(event.capability())));
    }
}

fn read(lists: &[(&str, &str)], element: Element<'_>) -> ServicesAndEvents {
    let has = |list: &str, name: &str| {
        let own = lists.iter().find(|(_, features)| *features == list).map_or("", |(own, _)| own);
        element.member(own).is_some_and(|list| list.members().any(|child| child.name() == name))
    };
    let services = Service::ALL.iter().copied().filter(|own| has(own.list(), own.capability()));
    let events = EventKind::ALL.iter().copied().filter(|own| has(own.list(), own.capability()));
    ServicesAndEvents { services: services.collect(), events: events.collect() }
}

fn write(
    lists: &[(&'static str, &str)],
    all: &ServicesAndEvents,
    name: &'static str,
    writer: &mut Writer<'_>,
) {
    let edition = writer.edition();
    writer.element(name, |writer| {
        for (list, features) in lists {
            let names = all.names(features, edition);
            if !names.is_empty() {
                writer.element(list, |writer| names.iter().for_each(|name| writer.empty(name)));
            }
        }
    });
}

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
        Ok(read(&LISTS, element))
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        write(&LISTS, self, name, writer);
    }
}
