//! What phones are given beside their lines: files, pages, firmware, and who may ask for what.
//!
//! One struct for each mode whose commands of this kind are in [`commands::phone_files`](super::commands).

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::settings::{Credentials, Settings, TelephonyService, XmlUser};

/// TCP port of HTTP when the configuration names none.
pub const DEFAULT_HTTP_PORT: u16 = 8080;
/// UDP port of TFTP when the configuration names none.
pub const DEFAULT_TFTP_PORT: u16 = 69;
/// TCP port at which phones fetch their files over HTTP.
pub const DEFAULT_FILES_PORT: u16 = 6970;
/// Most entries of the event table by default (`log table max-size`).
pub const DEFAULT_LOG_SIZE: u32 = 150;
/// Minutes after which the event table is emptied by default (`log table retain-timer`).
pub const DEFAULT_LOG_RETAIN: u32 = 15;

/// The commands of `telephony-service` about what phones are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneService {
    /// `tftp-server port`; 0 means any free port. (Hookflash's own command.)
    pub tftp_port: Option<u16>,
    /// `load MODEL FILE`, by model as written.
    pub loads: BTreeMap<SmolStr, SmolStr>,
    /// `auto-reg-ephone`. Absent: on where there is `auto assign`, off otherwise.
    pub auto_register: Option<bool>,
    /// `auto assign`, in the order given.
    pub auto_assign: Vec<AutoAssign>,
    /// `user-locale`, by index, as it is written; 0 is the default one. The first word is the code of the locale.
    pub user_locales: BTreeMap<u32, SmolStr>,
    /// `network-locale`, by index; 0 is the default one.
    pub network_locales: BTreeMap<u32, SmolStr>,
    /// `service phone NAME VALUE`.
    pub phone_parameters: BTreeMap<SmolStr, SmolStr>,
    /// `service local-directory`. Default: on.
    pub local_directory: bool,
    /// `service local-directory authenticate`.
    pub local_directory_user: Option<Credentials>,
    /// `ssh userid NAME password SECRET`.
    pub ssh: Option<Credentials>,
    /// `directory last-name-first`: how names are ordered. Default: first name first.
    pub last_name_first: bool,
    /// `directory entry`, by number.
    pub directory: BTreeMap<u32, DirectoryEntry>,
    /// `authentication credential`: what may push pages to phones.
    pub push_users: Vec<Credentials>,
    /// Users of the XML interface beside the first.
    pub other_xml_users: Vec<XmlUser>,
    /// `log table max-size`, 0 to 1000. Default: 150.
    pub log_size: u32,
    /// `log table retain-timer`, in minutes, 2 to 500. Default: 15.
    pub log_retain: u32,
}

impl Default for PhoneService {
    fn default() -> PhoneService {
        PhoneService {
            tftp_port: None,
            loads: BTreeMap::new(),
            auto_register: None,
            auto_assign: Vec::new(),
            user_locales: BTreeMap::new(),
            network_locales: BTreeMap::new(),
            phone_parameters: BTreeMap::new(),
            local_directory: true,
            local_directory_user: None,
            ssh: None,
            last_name_first: false,
            directory: BTreeMap::new(),
            push_users: Vec::new(),
            other_xml_users: Vec::new(),
            log_size: DEFAULT_LOG_SIZE,
            log_retain: DEFAULT_LOG_RETAIN,
        }
    }
}

/// `auto assign FIRST to LAST [type MODEL] [cfw NUMBER timeout SECONDS]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoAssign {
    /// The tag of the first `ephone-dn` of the range.
    pub first: u32,
    /// The tag of the last one.
    pub last: u32,
    /// Only phones of this model.
    pub model: Option<SmolStr>,
    /// Where calls go that are not answered, and after how many seconds.
    pub forward: Option<(SmolStr, u32)>,
}

/// `directory entry N NUMBER name NAME`, and `fastdial N NUMBER name NAME` of a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The number to dial.
    pub number: SmolStr,
    /// The name.
    pub name: SmolStr,
}

/// The commands of `ephone` and `ephone-template` about what the phone is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhoneFeatures {
    /// `fastdial`, by number.
    pub fastdials: BTreeMap<u32, DirectoryEntry>,
    /// `service phone NAME VALUE`.
    pub parameters: BTreeMap<SmolStr, SmolStr>,
    /// `url services N URL NAME`: entries of the Services menu, by number.
    pub services: BTreeMap<u32, (SmolStr, SmolStr)>,
    /// `exclude-services em`.
    pub excludes_mobility: bool,
    /// `exclude-services directory`.
    pub excludes_directory: bool,
    /// `exclude-services myphoneapp`.
    pub excludes_my_phone: bool,
    /// `user-locale`: an index of those of telephony-service.
    pub user_locale: Option<u32>,
    /// `network-locale`: an index of those of telephony-service.
    pub network_locale: Option<u32>,
}

impl TelephonyService {
    /// The users of the XML interface.
    pub fn xml_users(&self) -> impl Iterator<Item = &XmlUser> {
        self.xml_user.iter().chain(&self.phones.other_xml_users)
    }

    /// Whether a phone that is not configured becomes an `ephone` when it registers.
    ///
    /// Cisco's default is on. Here a phone that nobody configured is let in only where the configuration says that it is
    /// expected: by `auto-reg-ephone` or `auto assign`.
    pub fn registers_new_phones(&self) -> bool {
        self.phones.auto_register.unwrap_or(!self.phones.auto_assign.is_empty())
    }

    /// Whether phones fetch files here.
    pub fn makes_files(&self) -> bool {
        self.create_cnf_files.is_some()
    }

    /// Whether each phone has a file of its own. That takes a `cnf-file location` outside system memory.
    pub fn has_file_for_each_phone(&self) -> bool {
        let outside = self.cnf_file_location.as_ref().is_some_and(|location| !location.starts_with("system"));
        self.cnf_file == Some(super::settings::CnfFile::PerPhone) && outside
    }
}

impl Settings {
    /// Whether phones fetch files here: the configuration makes some, or exports some.
    pub fn serves_files(&self) -> bool {
        let makes = self
            .telephony_service
            .as_ref()
            .is_some_and(|service| service.makes_files() || service.phones.tftp_port.is_some());
        let sip = self.register_global.as_ref();
        let makes = makes || sip.is_some_and(|global| global.makes_files() || !global.loads.is_empty());
        makes || self.exported_files().next().is_some()
    }

    /// The port of TFTP, and that of HTTP for the same files. They are any free ones where that of SCCP is.
    pub fn file_ports(&self) -> (u16, u16) {
        let any = self.sccp_listen().or_else(|| self.sip_listen()).is_some_and(|listen| listen.port == 0);
        let default = if any { (0, 0) } else { (DEFAULT_TFTP_PORT, DEFAULT_FILES_PORT) };
        let tftp = self.telephony_service.as_ref().and_then(|service| service.phones.tftp_port);
        (tftp.unwrap_or(default.0), default.1)
    }

    /// What a phone is given, its own before that of its template.
    pub fn phone_features(&self, ephone: u32) -> PhoneFeatures {
        let Some(own) = self.ephones.get(&ephone) else { return PhoneFeatures::default() };
        let mut features = own.features.phone.clone();
        let Some(template) = own.template.and_then(|template| self.ephone_templates.get(&template)) else {
            return features;
        };
        let of_template = &template.features.phone;
        for (index, entry) in &of_template.fastdials {
            features.fastdials.entry(*index).or_insert_with(|| entry.clone());
        }
        for (name, value) in &of_template.parameters {
            features.parameters.entry(name.clone()).or_insert_with(|| value.clone());
        }
        for (index, service) in &of_template.services {
            features.services.entry(*index).or_insert_with(|| service.clone());
        }
        features.excludes_mobility |= of_template.excludes_mobility;
        features.excludes_directory |= of_template.excludes_directory;
        features.excludes_my_phone |= of_template.excludes_my_phone;
        features.user_locale = features.user_locale.or(of_template.user_locale);
        features.network_locale = features.network_locale.or(of_template.network_locale);
        features
    }
}
