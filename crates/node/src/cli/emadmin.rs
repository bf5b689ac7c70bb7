//! `emadmin`: logins to extension mobility by an operator or an application.

use crate::{Node, config::table::Matched};

pub(super) fn login(node: &mut Node, matched: &Matched<'_>) -> String {
    let (Some(user), Some(ephone)) = (matched.text("user"), matched.number("ephone")) else {
        return String::new();
    };
    match node.log_in(ephone, &user) {
        Ok(()) => String::new(),
        Err(error) => format!("% {user} is not logged in to ephone {ephone}: {error}\n"),
    }
}

pub(super) fn logout(node: &mut Node, matched: &Matched<'_>) -> String {
    let Some(user) = matched.text("user") else { return String::new() };
    match node.log_out(&user) {
        Ok(()) => String::new(),
        Err(error) => format!("% {user}: {error}\n"),
    }
}
