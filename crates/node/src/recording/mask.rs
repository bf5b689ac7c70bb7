//! Taking secrets out, in the same length, so that everything around them stays where it is.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::config::{Credentials, PhoneService, Profile, Secret, Settings, UrlKind};

/// Header fields whose value is a secret (RFC 3261, 20.7 and 20.28), in lower case.
const SECRET_HEADERS: [&[u8]; 2] = [b"authorization", b"proxy-authorization"];

/// Length of the longest of them.
const LONGEST: usize = 19;

/// Finds secrets in a stream of SIP, however it is cut into pieces.
///
/// It goes by lines, wherever they stand: a body line that looks like one of the headers is masked as well.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeaderMask {
    place: Place,
    name: [u8; LONGEST],
}

/// What the next byte belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Place {
    /// The beginning of a line.
    #[default]
    Start,
    /// The name of a header, of which so many bytes are known.
    Name(usize),
    /// Between the name of a secret header and its colon.
    Colon,
    /// The value of a secret header.
    Secret,
    /// The beginning of a line after a secret: it may go on here (RFC 3261, 7.3.1).
    Folded,
    /// The rest of any other line.
    Other,
}

impl HeaderMask {
    /// Masks the next piece of the stream.
    pub(super) fn apply(&mut self, piece: &mut [u8]) {
        for byte in piece {
            self.place = self.step(byte);
        }
    }

    fn step(&mut self, byte: &mut u8) -> Place {
        match (self.place, *byte) {
            (Place::Secret, b'\n') => Place::Folded,
            (_, b'\n') => Place::Start,
            (Place::Folded | Place::Secret, b' ' | b'\t') => Place::Secret,
            (Place::Secret, b'\r') => Place::Secret,
            (Place::Secret, _) => {
                *byte = b'*';
                Place::Secret
            }
            (Place::Start | Place::Folded, b'\r') => Place::Start,
            (Place::Start, b' ' | b'\t') => Place::Other,
            (Place::Start | Place::Folded, other) => self.name(0, other),
            (Place::Name(length), b':') if self.is_secret(length) => Place::Secret,
            (Place::Name(length), blank) if blank.is_ascii_whitespace() && self.is_secret(length) => {
                Place::Colon
            }
            (Place::Name(length), other) => self.name(length, other),
            (Place::Colon, b':') => Place::Secret,
            (Place::Colon, blank) if blank.is_ascii_whitespace() => Place::Colon,
            (Place::Colon | Place::Other, _) => Place::Other,
        }
    }

    fn name(&mut self, length: usize, byte: u8) -> Place {
        match self.name.get_mut(length) {
            Some(place) => {
                *place = byte.to_ascii_lowercase();
                Place::Name(length + 1)
            }
            None => Place::Other,
        }
    }

    fn is_secret(&self, length: usize) -> bool {
        self.name.get(..length).is_some_and(|name| SECRET_HEADERS.contains(&name))
    }
}

/// The configuration without its passwords and pins.
pub(super) fn mask_settings(mut settings: Settings) -> Settings {
    for profile in settings.logout_profiles.values_mut().chain(settings.user_profiles.values_mut()) {
        let Profile { user, pin, kept, .. } = profile;
        mask_person(user.as_mut(), pin.as_mut());
        mask_lines(kept);
    }
    for phone in settings.ephones.values_mut().map(Arc::make_mut) {
        mask_person(phone.user.as_deref_mut(), phone.pin.as_mut());
        mask_lines(&mut phone.kept);
    }
    if let Some(service) = &mut settings.telephony_service {
        mask_person(service.xml_user.as_mut().map(|user| &mut user.credentials), None);
        let authentication = service.urls.get_mut(&UrlKind::Authentication);
        if let Some(credentials) = authentication.and_then(|url| url.label.as_mut()) {
            *credentials = credentials.chars().map(|c| if c.is_whitespace() { c } else { '*' }).collect();
        }
        mask_phone_service(&mut service.phones);
        mask_lines(&mut service.kept);
    }
    if let Some(voice) = &mut settings.voice_service {
        mask_lines(&mut voice.kept);
        mask_lines(&mut voice.sip.kept);
    }
    settings.register_global.iter_mut().for_each(|global| mask_lines(&mut global.kept));
    settings.cti_manager.iter_mut().for_each(|manager| mask_lines(&mut manager.kept));
    settings.session_servers.values_mut().for_each(|server| mask_lines(&mut server.kept));
    settings.ephone_dn_templates.values_mut().for_each(|template| mask_lines(&mut template.kept));
    settings.ephone_templates.values_mut().for_each(|template| mask_lines(&mut template.kept));
    settings.ephone_dns.values_mut().for_each(|dn| mask_lines(&mut Arc::make_mut(dn).kept));
    settings.foreign.iter_mut().for_each(|block| mask_lines(&mut block.lines));
    settings
}

fn mask_person(user: Option<&mut Credentials>, pin: Option<&mut Secret>) {
    if let Some(user) = user {
        user.password.text = "*".repeat(user.password.text.len()).into();
    }
    if let Some(pin) = pin {
        pin.text = "0".repeat(pin.text.len()).into();
    }
}

fn mask_phone_service(phones: &mut PhoneService) {
    let others = phones.other_xml_users.iter_mut().map(|user| &mut user.credentials);
    let users = phones.push_users.iter_mut().chain(&mut phones.ssh).chain(&mut phones.local_directory_user);
    users.chain(others).for_each(|user| mask_person(Some(user), None));
    for (name, value) in &mut phones.phone_parameters {
        if name.to_ascii_lowercase().contains("password") {
            *value = "*".repeat(value.len()).into();
        }
    }
}

fn mask_lines(lines: &mut [SmolStr]) {
    for line in lines {
        *line = mask_words(line).into();
    }
}

/// The text of a configuration without its secrets, for places where they do not belong. Lines and columns stay.
pub fn mask_text(text: &str) -> String {
    text.split('\n').map(mask_words).collect::<Vec<_>>().join("\n")
}

/// A line without what follows a word that announces a secret. Single digits stay: they say how it is encrypted.
pub(super) fn mask_words(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    // `service local-directory authenticate NAME SECRET` has no word for it.
    let mut secret = false;
    let local_directory = line.contains("local-directory auth");
    for piece in line.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if secret && !is_digit(word) {
            masked.push_str(&"*".repeat(word.len()));
            masked.push_str(piece.get(word.len()..).unwrap_or_default());
        } else {
            masked.push_str(piece);
            secret |= announces_secret(word) || local_directory && word.starts_with("authenticate");
        }
    }
    masked
}

fn is_digit(word: &str) -> bool {
    matches!(word.as_bytes(), [b'0'..=b'9'])
}

/// Whether IOS takes what follows this word for a secret; words may be shortened.
fn announces_secret(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let short_for = |whole: &str, least: usize| word.len() >= least && whole.starts_with(&word);
    short_for("password", 4)
        || short_for("secret", 3)
        || short_for("community", 4)
        || short_for("passphrase", 4)
        || short_for("credential", 4)
        || word.ends_with("key")
        || ["pin", "key-string", "psk", "wpa-psk", "md5"].contains(&word.as_str())
}
