//! Classes that phones and dial peers refer to: `voice class codec`, `dial-peer cor custom` and `dial-peer cor list`.

use super::kept;
use super::voice_register_phone::{SIZED_CODEC_WORDS, codec, codec_bytes, codec_word, show_codec};
use crate::command::{Command, Printer, Reference, Reports};
use crate::matcher::Matched;
use crate::settings::{CodecClass, CorList, CorNames, Restriction};

pub(crate) static CODEC: &[Command<CodecClass>] = {
    type Row = Command<CodecClass>;
    &[
        Row::new(
            "codec preference <place:1-24> {g711ulaw|g711alaw|g722-64|g729r8|ilbc|opus} [bytes <bytes:10-240>]",
            "A codec and its place",
            "none",
        )
        .words(&SIZED_CODEC_WORDS)
        .apply(|class, matched, reports| {
            let Some(place) = matched.number("place") else { return };
            match codec_bytes(matched, reports) {
                Some(bytes) => drop(class.bytes.insert(place, bytes)),
                None => drop(class.bytes.remove(&place)),
            }
            match codec(matched).filter(|_| matched.is_set()) {
                Some(codec) => drop(class.preferences.insert(place, codec)),
                None => drop(class.preferences.remove(&place)),
            }
        })
        .show(|class, out| {
            for (place, codec) in &class.preferences {
                if let Some(word) = codec_word(*codec) {
                    let bytes = class.bytes.get(place).copied();
                    out.line(format!("codec preference {place} {}", show_codec(word, bytes)));
                }
            }
        }),
        kept!("codec preference", "Codecs that are not known here"),
        kept!("offer-all", "All codecs are offered"),
        kept!("video codec", "Codec of video"),
    ]
};

pub(crate) static COR_NAMES: &[Command<CorNames>] = {
    type Row = Command<CorNames>;
    &[Row::new("name <name:word..64>", "Something that calls may be able to do", "none")
        .apply(|names, matched, _| {
            let Some(name) = matched.text("name") else { return };
            names.names.retain(|known| *known != name);
            if matched.is_set() {
                names.names.push(name);
            }
        })
        .show(|names, out| names.names.iter().for_each(|name| out.value("name", name)))]
};

pub(crate) static COR_LIST: &[Command<CorList>] = {
    type Row = Command<CorList>;
    &[Row::new("member <name:word..64>", "One of the names of dial-peer cor custom", "none")
        .apply(|list, matched, _| {
            let Some(name) = matched.text("name") else { return };
            list.members.retain(|known| *known != name);
            if matched.is_set() {
                list.members.push(name);
            }
        })
        .show(|list, out| list.members.iter().for_each(|name| out.value("member", name)))]
};

/// The words of `corlist`.
pub(super) const CORLIST_WORDS: [(&str, &str); 3] = [
    ("incoming", "What calls from there are able to do"),
    ("outgoing", "What calls to there have to be able to do"),
    ("list", "Name of a dial-peer cor list"),
];

pub(super) fn set_restriction(restriction: &mut Restriction, matched: &Matched<'_>, reports: &mut Reports) {
    let list = matched.text("list").filter(|_| matched.is_set());
    if let Some(list) = &list {
        reports.refer(matched.word("list"), Reference::CorList(list.clone()));
    }
    match matched.has("incoming") {
        true => restriction.incoming = list,
        false => restriction.outgoing = list,
    }
}

pub(super) fn show_restriction(restriction: &Restriction, word: &str, rest: &str, out: &mut Printer) {
    for (side, list) in [("incoming", &restriction.incoming), ("outgoing", &restriction.outgoing)] {
        if let Some(list) = list {
            out.line(format!("{word} {side} {list}{rest}"));
        }
    }
}
