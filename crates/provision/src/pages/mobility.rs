//! Extension mobility on the screen: the form to log in, the question whether to log out, and what went wrong.

use super::{View, objects};
use crate::xml::Element;

/// Why a login or logout was refused, in the words that Cisco's phones show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The name or the secret is wrong. Who does not know both learns no more than that.
    Authentication,
    /// Nothing was entered.
    Blank,
    /// The phone did not say which one it is.
    DeviceName,
    /// The phone is not one of extension mobility, or pages do not log in here.
    Disabled,
    /// There were too many attempts.
    Busy,
}

impl Refusal {
    /// The text on the screen.
    pub const fn text(self) -> &'static str {
        match self {
            Refusal::Authentication => "[201]-Authentication error",
            Refusal::Blank => "[202]-Blank userid or pin",
            Refusal::DeviceName => "[207]-Device Name Empty",
            Refusal::Disabled => "[22]-Dev.logon disabled",
            Refusal::Busy => "[26]-Busy, please try again",
        }
    }
}

/// What the title of every page is.
const TITLE: &str = "Extension Mobility";

/// The form to log in, or the question whether to log out.
pub fn page(view: &View<'_>) -> Element {
    match view.caller.and_then(|caller| caller.user.as_deref()) {
        Some(user) => {
            let logout = view.url("/CMEserverForPhone/em/logout");
            objects::text(TITLE, "", &format!("Do you want to log out {user}?"))
                .with(objects::soft_key(1, "Yes", &logout))
                .with(objects::soft_key(2, "No", "SoftKey:Exit"))
        }
        None => {
            let field = |label, parameter, flags| objects::Field { label, parameter, value: "", flags };
            let fields = [field("User ID", "userid", "A"), field("PIN", "pin", "AP")];
            objects::input(TITLE, "Enter user ID and PIN", &view.url("/CMEserverForPhone/em/login"), &fields)
        }
    }
}

/// Somebody has logged in.
pub fn logged_in(user: &str) -> Element {
    objects::text(TITLE, "", &format!("Login Successful. {user} is logged in. The phone restarts."))
}

/// Somebody has logged out.
pub fn logged_out() -> Element {
    objects::text(TITLE, "", "Logout Successful. The phone restarts.")
}

/// It was refused.
pub fn refused(refusal: Refusal) -> Element {
    objects::text(TITLE, "", refusal.text())
}
