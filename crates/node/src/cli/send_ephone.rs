//! `send ephone`: a text, or a URL that the phone fetches, on the screens of phones.

use hookflash_core::StationId;
use hookflash_provision::pages::objects;

use crate::{Node, config::table::Matched};

pub(super) fn ephone(node: &mut Node, matched: &Matched<'_>) -> String {
    let page = match (matched.text("text"), matched.text("url")) {
        (Some(text), _) => objects::text(&node.settings.hostname, "", &text),
        (None, Some(url)) => objects::execute(&[(url.as_str(), 0)]),
        (None, None) => return String::new(),
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
