//! `send ephone`: a text, a URL that the phone fetches, or an object of the phones' own XML, on the screens of phones.

use hookflash_core::StationId;
use hookflash_provision::{pages::objects, xml::Element};

use crate::{Node, config::table::Matched};

pub(super) fn ephone(node: &mut Node, matched: &Matched<'_>) -> String {
    let page = match (matched.text("text"), matched.text("url"), matched.text("object")) {
        (Some(text), ..) => objects::text(&node.settings.hostname, "", &text),
        (_, Some(url), _) => objects::execute(&[(url.as_str(), 0)]),
        (.., Some(object)) => match Element::read(object.as_bytes()) {
            Ok(object) if objects::is_object(&object) => object,
            Ok(other) => return format!("% Phones do not know the object {}\n", other.name),
            Err(error) => return format!("% The object cannot be read: {error}\n"),
        },
        (None, None, None) => return String::new(),
    };
    let page = page.document("utf-8");
    let stations: Vec<StationId> = match matched.number("ephone") {
        Some(tag) => node.switch.stations().by_tag(tag).into_iter().collect(),
        None => node.switch.stations().iter().map(|(id, _)| id).collect(),
    };
    let mut sent = 0;
    for station in stations {
        let (phones, mut context) = node.stations_mut();
        sent += usize::from(phones.push(station, &page, &mut context));
    }
    match sent {
        0 => "% No such phone is registered\n".to_owned(),
        count => format!("Sent to {count} phone(s)\n"),
    }
}
