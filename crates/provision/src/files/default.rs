//! What phones without a file of their own read: where the server is, and the firmware of each model.

use hookflash_config::{Settings, TelephonyService};
use hookflash_wire::sccp::DeviceModel;

use super::{Server, load_of, models, phone};
use crate::xml::Element;

/// `XMLDefault.cnf.xml`.
pub fn file(settings: &Settings, service: &TelephonyService, server: &Server) -> Element {
    let loads = models(settings, service).into_iter().filter_map(|model| {
        let load = load_of(service, model)?;
        let number = DeviceModel::from_ios_word(model)?.device_type.0;
        let element = Element::filled(format!("loadInformation{number}"), load);
        Some(element.attribute("model", format!("IP Phone {model}")))
    });
    let urls = phone::urls(settings, service, server, None);
    Element::new("Default").with(phone::call_managers(service, server)).with_all(loads).with_all(urls)
}

/// `OS79XX.TXT`: the firmware of 7940 and 7960; `None` if `load` names none.
pub fn os79xx(service: &TelephonyService) -> Option<Vec<u8>> {
    let load = load_of(service, "7960").or_else(|| load_of(service, "7940"))?;
    Some(format!("{load}\r\n").into_bytes())
}
