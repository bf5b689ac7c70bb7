//! Lists of what a phone can fetch: ring tones, pictures; and the dial plan.

use hookflash_config::{ExportedFile, Settings, TelephonyService};

use crate::xml::Element;

/// Most ring tones that phones read.
const MAX_RINGS: usize = 50;
/// Longest name of a ring tone and of its file.
const MAX_NAME: usize = 25;
/// Most pictures of a list.
const MAX_PICTURES: usize = 50;

/// The ring tones that `tftp-server` exports: what phones show, and the file.
fn exported_rings(settings: &Settings) -> impl Iterator<Item = (&str, &str)> {
    let rings = settings.exported_files().map(ExportedFile::name).filter_map(|name| {
        let lower = name.to_ascii_lowercase();
        let stem = [".raw", ".rwb", ".pcm"]
            .iter()
            .find(|suffix| lower.ends_with(*suffix))
            .and_then(|suffix| name.get(..name.len() - suffix.len()))?;
        (name.len() <= MAX_NAME && !name.contains('/')).then_some((stem, name))
    });
    rings.take(MAX_RINGS)
}

/// `RingList.xml` and `DistinctiveRingList.xml`.
pub fn rings(settings: &Settings) -> Element {
    let rings = exported_rings(settings)
        .map(|(shown, file)| Element::new("Ring").leaf("DisplayName", shown).leaf("FileName", file));
    Element::new("CiscoIPPhoneRingList").with_all(rings)
}

/// `RINGLIST.DAT`: a line for each ring tone, what phones show and the file.
pub fn old_rings(settings: &Settings) -> Vec<u8> {
    exported_rings(settings)
        .map(|(shown, file)| format!("{shown}\t{file}\r\n"))
        .collect::<String>()
        .into_bytes()
}

/// `Desktops/<size>/List.xml`, for a folder in lower case: the pictures with their thumbnails, of which the names begin
/// with `tn` or end in `-tn`. `None` if no picture is exported there.
pub fn pictures(settings: &Settings, folder: &str) -> Option<Element> {
    let inside = |name: &&str| {
        let lower = name.to_ascii_lowercase();
        lower.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') && rest.ends_with(".png"))
    };
    let all: Vec<&str> = settings.exported_files().map(ExportedFile::name).filter(inside).collect();
    let file = |name: &str| name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let is_thumbnail = |name: &str| file(name).starts_with("tn") || file(name).ends_with("-tn.png");
    let thumbnail_of = |name: &str| {
        let (stem, own) = (file(name).replace(".png", ""), file(name));
        let wanted = [format!("tn{own}"), format!("tn-{own}"), format!("tn_{own}"), format!("{stem}-tn.png")];
        all.iter().find(|other| wanted.contains(&file(other))).copied().unwrap_or(name).to_owned()
    };
    let items = all.iter().filter(|name| !is_thumbnail(name)).take(MAX_PICTURES).map(|name| {
        Element::new("ImageItem")
            .attribute("Image", format!("TFTP:{}", thumbnail_of(name)))
            .attribute("URL", format!("TFTP:{name}"))
    });
    let list = Element::new("CiscoIPPhoneImageList").with_all(items);
    (!list.children.is_empty()).then_some(list)
}

/// `dialplan.xml`: every digit goes to the server, which knows when a number is complete.
pub fn dial_plan(service: &TelephonyService) -> Element {
    let any =
        Element::new("TEMPLATE").attribute("MATCH", "*").attribute("Timeout", service.timeout_interdigit);
    Element::new("DIALTEMPLATE").with(any)
}
