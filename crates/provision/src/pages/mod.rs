//! Pages for the screens of phones: the menu of the Services button, the directory, extension mobility.
//!
//! A phone fetches a page with GET and shows the object in it ([`objects`]). It names itself with `name=`, which the URLs in
//! its configuration file let it fill in (`#DEVICENAME#`).
//!
//! | path | page |
//! | --- | --- |
//! | `/CMEserverForPhone/serviceurl` | the Services menu |
//! | `/CMEserverForPhone/em...` | extension mobility: login, logout ([`mobility`]) |
//! | `/CMEserverForPhone/myphone...` | My Phone Apps |
//! | `/CMEserverForPhone/park_list` | the calls that are parked |
//! | `/localdirectory?name=...` | the Directories menu, which phones merge with their lists of calls |
//! | `/localdirectory` | the form in which the directory is searched |
//! | `/localdirectory/query` | what was found |
//! | `/localdirectory/speeddial`, `/localdirectory/fastdial` | the speed dials of the system, and those of the phone |
//! | `/CCMCIP/authenticate.asp` | whether somebody may push a page to a phone |

pub mod directory;
pub mod menu;
pub mod mobility;
pub mod objects;
pub mod push;

use hookflash_config::{PhoneFeatures, Settings};

use crate::{
    files::Server,
    http::{self, Request},
};

/// A page that exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Page {
    /// The Services menu.
    Services,
    /// The Directories menu.
    Directories,
    /// The form in which the directory is searched.
    DirectoryForm,
    /// What was found in the directory.
    DirectoryQuery,
    /// The speed dials of the system.
    SystemSpeedDials,
    /// The speed dials of the phone.
    FastDials,
    /// My Phone Apps.
    MyPhone,
    /// The speed-dial buttons of the phone.
    SpeedDialButtons,
    /// The form to give a speed-dial button another number.
    SpeedDialForm,
    /// A speed-dial button gets another number.
    SpeedDialChange,
    /// The calls that are parked.
    ParkList,
    /// The phone restarts.
    ResetPhone,
    /// The form to log in to extension mobility, or the question whether to log out.
    Mobility,
    /// A login.
    MobilityLogin,
    /// A logout.
    MobilityLogout,
    /// Whether somebody may push a page to a phone.
    Authenticate,
}

/// Each page and its path, in lower case.
const PATHS: [(&str, Page); 17] = [
    ("/cmeserverforphone/park_list", Page::ParkList),
    ("/cmeserverforphone/serviceurl", Page::Services),
    ("/localdirectory", Page::DirectoryForm),
    ("/localdirectory/form", Page::DirectoryForm),
    ("/localdirectory/query", Page::DirectoryQuery),
    ("/localdirectory/speeddial", Page::SystemSpeedDials),
    ("/localdirectory/fastdial", Page::FastDials),
    ("/cmeserverforphone/myphone", Page::MyPhone),
    ("/cmeserverforphone/myphone/speeddial", Page::SpeedDialButtons),
    ("/cmeserverforphone/myphone/speeddial/form", Page::SpeedDialForm),
    ("/cmeserverforphone/myphone/speeddial/change", Page::SpeedDialChange),
    ("/cmeserverforphone/myphone/reset", Page::ResetPhone),
    ("/cmeserverforphone/em", Page::Mobility),
    ("/cmeserverforphone/em/login", Page::MobilityLogin),
    ("/cmeserverforphone/em/logout", Page::MobilityLogout),
    ("/ccmcip/authenticate.asp", Page::Authenticate),
    ("/localdirectory/menu", Page::Directories),
];

/// The page that is asked for, whatever the case of its letters.
pub fn at(request: &Request<'_>) -> Option<Page> {
    let path = request.path();
    if path.eq_ignore_ascii_case("/localdirectory") && request.parameter("name").is_some() {
        // The URL of the Directories button has the name of the phone; that button must get a menu.
        return Some(Page::Directories);
    }
    PATHS.iter().find(|(known, _)| known.eq_ignore_ascii_case(path)).map(|(_, page)| *page)
}

/// The phone that asks for a page.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// Its tag (`ephone TAG`).
    pub tag: u32,
    /// The name it registers with.
    pub name: String,
    /// What its configuration says about pages.
    pub features: PhoneFeatures,
    /// Whether it is one of extension mobility (`logout-profile`).
    pub mobility: bool,
    /// Who is logged in.
    pub user: Option<String>,
}

/// What pages are made of.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The configuration.
    pub settings: &'a Settings,
    /// Where phones find the server.
    pub server: &'a Server,
    /// The phone that asks, if it is known.
    pub caller: Option<&'a Caller>,
}

impl View<'_> {
    /// The URL of a page, with the name of the phone.
    fn url(&self, path: &str) -> String {
        self.url_with(path, &[])
    }

    /// The URL of a page, with the name of the phone and more parameters.
    fn url_with(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        let name = self.caller.map(|caller| ("name", caller.name.as_str()));
        let parameters: Vec<String> = name
            .into_iter()
            .chain(parameters.iter().copied())
            .map(|(name, value)| format!("{name}={}", http::encoded(value)))
            .collect();
        let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
        format!("{}{query}", self.server.url(path).unwrap_or_else(|| path.to_owned()))
    }
}

#[cfg(test)]
mod tests;
