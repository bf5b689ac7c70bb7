//! `clear cti session`.

use hookflash_core::cti::SessionId;

use crate::{Node, config::table::Matched};

pub(super) fn cti_session(node: &mut Node, matched: &Matched<'_>) -> String {
    let number = matched.number("session").unwrap_or(0);
    if node.clear_session(SessionId::from_number(number)) {
        String::new()
    } else {
        format!("% There is no CTI session {number}\n")
    }
}
