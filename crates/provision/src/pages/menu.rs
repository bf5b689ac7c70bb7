//! The Services menu, and My Phone Apps.

use hookflash_config::UrlKind;

use super::{View, objects};
use crate::xml::Element;

/// The Services menu: the services of the phone and of the system, My Phone Apps, and last extension mobility.
pub fn services(view: &View<'_>) -> Element {
    let mut items = Vec::new();
    for (url, name) in view.caller.iter().flat_map(|caller| caller.features.services.values()) {
        items.push((name.to_string(), url.to_string()));
    }
    let service = view.settings.telephony_service.as_ref();
    if let Some(url) = service.and_then(|service| service.urls.get(&UrlKind::Services)) {
        let name = url.label.as_ref().map_or("Services", |label| label.as_str());
        items.push((name.to_owned(), url.url.to_string()));
    }
    if view.caller.is_some_and(|caller| !caller.features.excludes_my_phone) {
        items.push(("My Phone Apps".to_owned(), view.url("/CMEserverForPhone/myphone")));
    }
    if offers_mobility(view) {
        items.push(("Extension Mobility".to_owned(), view.url("/CMEserverForPhone/em")));
    }
    match items.is_empty() {
        true => objects::text("Services", "", "No services are configured."),
        false => objects::menu("Services", "Select a service", items),
    }
}

/// Whether the phone is one of extension mobility and its users log in there.
pub fn offers_mobility(view: &View<'_>) -> bool {
    let external = view.settings.telephony_service.as_ref().is_some_and(|service| service.em_external);
    !external && view.caller.is_some_and(|caller| caller.mobility && !caller.features.excludes_mobility)
}

/// My Phone Apps.
pub fn my_phone(view: &View<'_>) -> Element {
    let items = [
        ("Park List", "/CMEserverForPhone/park_list"),
        ("Speed Dial Buttons", "/CMEserverForPhone/myphone/speeddial"),
        ("Fast Dial", "/localdirectory/fastdial"),
        ("Reset Phone", "/CMEserverForPhone/myphone/reset"),
    ];
    objects::menu("My Phone Apps", "Select", items.map(|(name, path)| (name.to_owned(), view.url(path))))
}

/// Most calls of the list of parked ones.
const MAX_PARKED: usize = 20;

/// The calls that are parked: who is parked, and the slot that fetches the call.
pub fn parked(view: &View<'_>, calls: impl IntoIterator<Item = (String, String)>) -> Element {
    let calls: Vec<_> = calls.into_iter().take(MAX_PARKED).collect();
    let update = objects::soft_key(2, "Update", &view.url("/CMEserverForPhone/park_list"));
    let exit = objects::soft_key(3, "Exit", "SoftKey:Exit");
    match calls.is_empty() {
        true => objects::text("Park List", "", "No call is parked.").with(update).with(exit),
        false => objects::directory("Park List", "Select a call", calls)
            .with(objects::soft_key(1, "Pickup", "SoftKey:Dial"))
            .with(update)
            .with(exit),
    }
}

/// The speed-dial buttons: place, number, label. Choosing one leads to the form that changes it, unless its number begins
/// with `+`, which locks it.
pub fn speed_dials(view: &View<'_>, dials: &[(u32, String, String)]) -> Element {
    if dials.is_empty() {
        return objects::text("Speed Dial Buttons", "", "This phone has no speed-dial buttons.");
    }
    let items = dials.iter().map(|(place, number, label)| {
        let free = number == "#" || number.is_empty();
        let shown = if free { "(free)".to_owned() } else { format!("{number} {label}") };
        let place_text = place.to_string();
        let url = match is_locked(number) {
            true => view.url("/CMEserverForPhone/myphone/speeddial"),
            false => view.url_with("/CMEserverForPhone/myphone/speeddial/form", &[("place", &place_text)]),
        };
        (format!("{place}: {shown}"), url)
    });
    objects::menu("Speed Dial Buttons", "Select a button", items)
}

/// Whether the user cannot change a speed dial with this number.
pub fn is_locked(number: &str) -> bool {
    number.starts_with('+')
}

/// The form that changes a speed dial.
pub fn speed_dial_form(view: &View<'_>, place: u32, number: &str, label: &str) -> Element {
    let place = place.to_string();
    let url = view.url_with("/CMEserverForPhone/myphone/speeddial/change", &[("place", &place)]);
    let number = number.trim_start_matches('#');
    let fields = [
        objects::Field { label: "Number", parameter: "number", value: number, flags: "T" },
        objects::Field { label: "Name", parameter: "label", value: label, flags: "A" },
    ];
    objects::input("Speed Dial Buttons", &format!("Button {place}"), &url, &fields)
}
