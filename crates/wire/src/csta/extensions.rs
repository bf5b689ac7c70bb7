//! `extensions`: the vendor part that ends every message.

use super::DeviceId;
use super::arguments::{Argument, Fault};
use super::element::{Element, LCS_NAMESPACE, Namespace};
use super::writer::Writer;

/// The private data that is understood; everything else in `extensions` is skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Extensions {
    /// The line a Microsoft client wants to control (`lcs:line`), its line URI verbatim.
    pub lcs_line: Option<DeviceId>,
}

impl Argument for Extensions {
    fn absent() -> Option<Self> {
        Some(Extensions::default())
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let private = element.member("privateData").and_then(|data| data.member("private"));
        let line = private.and_then(|private| {
            private.children().find(|child| child.namespace() == Namespace::Lcs && child.name() == "line")
        });
        let lcs_line = line.filter(|line| !line.text().is_empty()).map(DeviceId::decode).transpose()?;
        Ok(Extensions { lcs_line })
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        let Some(line) = &self.lcs_line else { return };
        writer.element(name, |writer| {
            writer.raw("<privateData><private><lcs:line xmlns:lcs=\"");
            writer.raw(LCS_NAMESPACE);
            writer.raw("\">");
            writer.escaped(line.as_str());
            writer.raw("</lcs:line></private></privateData>");
        });
    }
}
