//! CallLinkageData: identifiers that stay with a call when a transfer or conference gives it a new call identifier.

use smol_str::SmolStr;

use super::arguments::{Argument, Fault, arguments};
use super::element::Element;
use super::writer::Writer;

arguments! {
    /// What links the call identifiers of one conversation.
    pub struct CallLinkageData {
        /// The global call: all calls that belong to one conversation share it.
        global_call_data: Option<GlobalCallData> = "globalCallData",
        /// The thread: all conversations that belong to one piece of business share it.
        thread_data: Option<Box<ThreadData>> = "threadData",
    }
}

impl CallLinkageData {
    /// The data of a call whose global call identifier (GCID) is unique everywhere.
    pub fn global_call(id: impl Into<SmolStr>) -> Self {
        let linkage_id = Some(LinkageId::GloballyUnique(id.into()));
        let global_call_data = GlobalCallData {
            switching_sub_domain_name: None,
            linkage_id: linkage_id.map(GlobalCallLinkageId),
            timestamp: None,
        };
        CallLinkageData { global_call_data: Some(global_call_data), thread_data: None }
    }

    /// The global call identifier (GCID), however wide the domain in which it is unique.
    pub fn global_call_id(&self) -> Option<&str> {
        let linkage_id = self.global_call_data.as_ref()?.linkage_id.as_ref()?;
        Some(linkage_id.0.as_str())
    }
}

arguments! {
    /// Identifies a global call.
    pub struct GlobalCallData {
        /// The switching sub-domain that gave the identifier.
        switching_sub_domain_name: Option<SmolStr> = "globalCallSwitchingSubDomainName",
        /// The identifier.
        linkage_id: Option<GlobalCallLinkageId> = "globalCallLinkageID",
        /// When it was given, as ISO 8601.
        timestamp: Option<SmolStr> = "callLinkageIDTimestamp",
    }
}

arguments! {
    /// Identifies a thread.
    pub struct ThreadData {
        /// The switching sub-domain that gave the identifier.
        switching_sub_domain_name: Option<SmolStr> = "threadSwitchingSubDomainName",
        /// The identifier.
        linkage_id: Option<ThreadLinkageId> = "threadLinkageID",
        /// When it was given, as ISO 8601.
        timestamp: Option<SmolStr> = "threadIDTimeStamp",
    }
}

arguments! {
    /// The linkage of a call before and after it was merged with another.
    pub struct CallLinkageDataList {
        /// The linkage of the resulting call.
        new_call_linkage_data: Option<Box<CallLinkageData>> = "newCallLinkageData",
        /// The linkage of the call that has ended.
        old_call_linkage_data: Option<Box<CallLinkageData>> = "oldCallLinkageData",
    }
}

impl CallLinkageDataList {
    /// A call with the linkage `new` that comes from one with the linkage `old`.
    pub fn new(new: CallLinkageData, old: CallLinkageData) -> Self {
        CallLinkageDataList {
            new_call_linkage_data: Some(Box::new(new)),
            old_call_linkage_data: Some(Box::new(old)),
        }
    }
}

/// An opaque identifier, and the domain in which it is unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkageId {
    /// Unique everywhere.
    GloballyUnique(SmolStr),
    /// Unique in the switching sub-domain.
    SubDomain(SmolStr),
}

impl LinkageId {
    /// The identifier.
    pub fn as_str(&self) -> &str {
        match self {
            LinkageId::GloballyUnique(id) | LinkageId::SubDomain(id) => id,
        }
    }
}

/// The identifier of a global call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlobalCallLinkageId(pub LinkageId);

/// The identifier of a thread.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadLinkageId(pub LinkageId);

/// Reads and writes a [`LinkageId`] as a choice of two elements.
macro_rules! linkage_id {
    ($type:ident, $unique:literal | $sub_domain:literal) => {
        impl Argument for $type {
            fn decode(element: Element<'_>) -> Result<Self, Fault> {
                match element.member($sub_domain) {
                    Some(_) => element.argument($sub_domain).map(LinkageId::SubDomain),
                    None => element.argument($unique).map(LinkageId::GloballyUnique),
                }
                .map($type)
            }

            fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
                writer.element(name, |writer| match &self.0 {
                    LinkageId::GloballyUnique(id) => id.encode($unique, writer),
                    LinkageId::SubDomain(id) => id.encode($sub_domain, writer),
                });
            }
        }
    };
}

linkage_id!(GlobalCallLinkageId, "globallyUniqueCallLinkageID" | "subDomainCallLinkageID");
linkage_id!(ThreadLinkageId, "globallyUniqueThreadID" | "subDomainThreadID");
