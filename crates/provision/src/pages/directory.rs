//! The directory of the numbers of this system, and lists of speed dials.
//!
//! It has every `ephone-dn` with a `name`, and the `directory entry` lines. A search compares the beginnings of first name,
//! last name and number; what is left empty fits everything.

use hookflash_config::Settings;

use super::{View, objects};
use crate::{http::Request, xml::Element};

/// Entries on a page.
const PER_PAGE: usize = 30;
/// Most pages: someone who has found more than that has to say more.
const MAX_PAGES: usize = 8;

/// A name and its number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// As it is shown.
    pub name: String,
    /// The number to dial.
    pub number: String,
}

/// The directory, in the order of the configuration.
pub fn entries(settings: &Settings) -> Vec<Entry> {
    let lines = settings
        .ephone_dns
        .values()
        .filter_map(|dn| Some((dn.name.as_ref()?.to_string(), dn.number.as_ref()?.primary.to_string())));
    let sip = settings
        .register_dns
        .values()
        .filter_map(|dn| Some((dn.name.as_ref()?.to_string(), dn.number.as_ref()?.to_string())));
    let configured = settings.telephony_service.iter().flat_map(|service| service.phones.directory.values());
    let configured = configured.map(|entry| (entry.name.to_string(), entry.number.to_string()));
    lines.chain(sip).chain(configured).map(|(name, number)| Entry { name, number }).collect()
}

/// Entries in the order of their names, once each.
fn in_order(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_cached_key(|entry| (entry.name.to_lowercase(), entry.number.clone()));
    entries.dedup();
    entries
}

/// First and last name.
pub fn names(settings: &Settings, name: &str) -> (String, String) {
    let last_first =
        settings.telephony_service.as_ref().is_some_and(|service| service.phones.last_name_first);
    if let Some((last, first)) = name.split_once(',') {
        return (first.trim().to_owned(), last.trim().to_owned());
    }
    let (one, other) = name.trim().rsplit_once(char::is_whitespace).unwrap_or((name.trim(), ""));
    match (last_first, other.is_empty()) {
        (_, true) => (one.to_owned(), String::new()),
        (false, _) => (one.trim().to_owned(), other.to_owned()),
        (true, _) => {
            let (last, first) = name.trim().split_once(char::is_whitespace).unwrap_or((one, other));
            (first.trim().to_owned(), last.to_owned())
        }
    }
}

fn begins(text: &str, start: &str) -> bool {
    text.to_lowercase().starts_with(&start.to_lowercase())
}

/// Whether a name, or a word of it, begins so; a name of one word may be either.
fn found(settings: &Settings, entry: &Entry, first: &str, last: &str, number: &str) -> bool {
    let (first_name, last_name) = names(settings, &entry.name);
    let last_name = if last_name.is_empty() { first_name.clone() } else { last_name };
    begins(&first_name, first) && begins(&last_name, last) && begins(&entry.number, number)
}

/// The Directories menu, which phones show behind their own lists of calls.
pub fn menu(view: &View<'_>) -> Element {
    let items = [
        ("Local Directory", "/localdirectory/form"),
        ("Local Speed Dial", "/localdirectory/speeddial"),
        ("Personal Speed Dial", "/localdirectory/fastdial"),
    ];
    objects::menu("Local Services", "", items.map(|(name, path)| (name.to_owned(), view.url(path))))
}

/// The form in which the directory is searched.
pub fn form(view: &View<'_>) -> Element {
    let field = |label, parameter, flags| objects::Field { label, parameter, value: "", flags };
    let fields = [field("Last Name", "l", "A"), field("First Name", "f", "A"), field("Number", "n", "T")];
    objects::input("Local Directory", "Enter search criteria", &view.url("/localdirectory/query"), &fields)
}

/// What was found.
pub fn query(view: &View<'_>, request: &Request<'_>) -> Element {
    let parameter = |name| request.parameter(name).unwrap_or_default();
    let (last, first, number) = (parameter("l"), parameter("f"), parameter("n"));
    let mut hits = entries(view.settings);
    hits.retain(|entry| found(view.settings, entry, &first, &last, &number));
    if hits.is_empty() {
        return objects::text("Local Directory", "", "No matches were found.");
    }
    if hits.len() > MAX_PAGES * PER_PAGE {
        return objects::text("Local Directory", "", "Too many matches. Enter more letters or digits.");
    }
    let hits = in_order(hits);
    let pages = hits.len().div_ceil(PER_PAGE);
    let page = request.parameter("p").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, pages);
    let shown = hits.into_iter().skip((page - 1) * PER_PAGE).take(PER_PAGE);
    let prompt = if pages > 1 { format!("Page {page} of {pages}") } else { "Select an entry".to_owned() };
    let object =
        objects::directory("Local Directory", &prompt, shown.map(|entry| (entry.name, entry.number)));
    if pages == 1 {
        return object;
    }
    let at = |page: usize| {
        let page = page.to_string();
        view.url_with("/localdirectory/query", &[("l", &last), ("f", &first), ("n", &number), ("p", &page)])
    };
    with_pages(object, (page > 1).then(|| at(page - 1)), (page < pages).then(|| at(page + 1)))
}

/// Adds the keys that lead to other pages, and those that a directory has by itself, which would vanish.
fn with_pages(object: Element, previous: Option<String>, next: Option<String>) -> Element {
    let keys = [("Dial", Some("SoftKey:Dial".to_owned())), ("EditDial", Some("SoftKey:EditDial".to_owned()))];
    let pages = [("Next", next), ("Prev", previous), ("Exit", Some("SoftKey:Exit".to_owned()))];
    let keys = keys.into_iter().chain(pages).filter_map(|(name, url)| Some((name, url?)));
    object.with_all((1..).zip(keys).map(|(position, (name, url))| objects::soft_key(position, name, &url)))
}

/// The speed dials of the system: the directory's entries 34 to 99.
pub fn system_speed_dials(view: &View<'_>) -> Element {
    let service = view.settings.telephony_service.as_ref();
    let entries = service.iter().flat_map(|service| service.phones.directory.range(34..=99));
    let entries: Vec<_> =
        entries.map(|(index, entry)| (format!("{index} {}", entry.name), entry.number.to_string())).collect();
    list("Local Speed Dial", entries)
}

/// The speed dials of the phone.
pub fn fast_dials(view: &View<'_>) -> Element {
    let dials = view.caller.iter().flat_map(|caller| &caller.features.fastdials);
    let dials: Vec<_> = dials.map(|(_, entry)| (entry.name.to_string(), entry.number.to_string())).collect();
    list("Personal Speed Dial", dials)
}

fn list(title: &str, entries: Vec<(String, String)>) -> Element {
    match entries.is_empty() {
        true => objects::text(title, "", "There are no entries."),
        false => objects::directory(title, "Select an entry", entries),
    }
}
