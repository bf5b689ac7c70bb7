//! Taking secrets out, in the same length, so that everything around them stays where it is.

use crate::config::{self, Diagnostic, Settings, UrlKind};

/// What stands before a key of SRTP (RFC 4568, 6.1), in a line of the attribute [`CRYPTO`].
pub(super) const KEY: &[u8] = b"inline:";
const CRYPTO: &[u8] = b"a=crypto";

/// The attribute whose value is a password of ICE (RFC 8839, 5.4), of the same letters as a key.
pub(super) const ICE_PASSWORD: &[u8] = b"a=ice-pwd";

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
    /// The value of [`CRYPTO`], with so many bytes of [`KEY`] before the next byte.
    Crypto(usize),
    /// A key. It stays one, so that a replay goes the same way.
    Key,
    /// The rest of any other line.
    Other,
}

impl Place {
    /// After one more byte of the value of [`CRYPTO`].
    fn of_key(length: usize, byte: u8) -> Place {
        let next =
            if KEY.get(length) == Some(&byte) { length + 1 } else { usize::from(KEY.first() == Some(&byte)) };
        if next == KEY.len() { Place::Key } else { Place::Crypto(next) }
    }
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
            (Place::Key, b'=') => Place::Key,
            (Place::Key, key) if key.is_ascii_alphanumeric() || key == b'+' || key == b'/' => {
                *byte = b'A';
                Place::Key
            }
            (Place::Crypto(length), other) => Place::of_key(length, other),
            (Place::Key, other) => Place::of_key(0, other),
            (Place::Start, b' ' | b'\t') => Place::Other,
            (Place::Start | Place::Folded, other) => self.name(0, other),
            (Place::Name(length), b':') if self.name.get(..length) == Some(CRYPTO) => Place::Crypto(0),
            (Place::Name(length), b':') if self.name.get(..length) == Some(ICE_PASSWORD) => Place::Key,
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

/// The configuration without its passwords and PINs.
pub(super) fn mask_settings(mut settings: Settings) -> Settings {
    settings.for_each_secret(&mut |secret| {
        // A PIN has to stay a number.
        let digits = secret.text.bytes().all(|byte| byte.is_ascii_digit());
        secret.text = if digits { "0" } else { "*" }.repeat(secret.text.len()).into();
    });
    if let Some(service) = &mut settings.telephony_service {
        let authentication = service.urls.get_mut(&UrlKind::Authentication);
        if let Some(credentials) = authentication.and_then(|url| url.label.as_mut()) {
            *credentials = credentials.chars().map(|c| if c.is_whitespace() { c } else { '*' }).collect();
        }
        for (name, value) in &mut service.phones.phone_parameters {
            if name.to_ascii_lowercase().contains("password") {
                *value = "*".repeat(value.len()).into();
            }
        }
    }
    settings.for_each_kept(&mut |line| *line = mask_words(line).into());
    settings
}

/// The text of a configuration without its secrets, for places where they do not belong. Lines and columns stay.
pub fn mask_text(text: &str) -> String {
    text.split('\n').map(mask_words).collect::<Vec<_>>().join("\n")
}

/// A finding about the text of a configuration, without the secrets of its line in the message.
pub fn mask_finding(mut finding: Diagnostic, text: &str) -> Diagnostic {
    let index = usize::try_from(finding.line).unwrap_or_default().saturating_sub(1);
    let line = text.split('\n').nth(index).unwrap_or_default();
    for (word, _) in line.split_whitespace().zip(secrets(line)).filter(|(_, is_secret)| *is_secret) {
        finding.message = mask_word(&finding.message, word);
        finding.suggestion = finding.suggestion.map(|suggestion| mask_word(&suggestion, word));
    }
    finding
}

/// A sentence in which a secret word may be named. A short one is where it is quoted; its letters stand in other words too.
fn mask_word(sentence: &str, word: &str) -> String {
    const SHORT: usize = 4;
    match word.chars().count() < SHORT {
        true => sentence.replace(&format!("`{word}`"), "`***`"),
        false => sentence.replace(word, "***"),
    }
}

/// A line without what follows a word that announces a secret.
pub(super) fn mask_words(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut secrets = secrets(line);
    for piece in line.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if !word.is_empty() && secrets.next() == Some(true) {
            masked.push_str(&"*".repeat(word.len()));
            masked.push_str(piece.get(word.len()..).unwrap_or_default());
        } else {
            masked.push_str(piece);
        }
    }
    masked
}

/// For each word of a line, whether it is a secret: what follows a word that announces one is, and what follows the name of
/// a user without such a word. Single digits are not, nor `argon2` before another word: they say how it is encrypted.
fn secrets(line: &str) -> impl Iterator<Item = bool> {
    let mut announced = false;
    let mut name = None;
    let mut place = 0usize;
    let words = line.split_whitespace().count();
    let begins_url = line
        .split_whitespace()
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("url") || word.eq_ignore_ascii_case("service"));
    line.split_whitespace().map(move |word| {
        place += 1;
        announced |= name.is_some_and(|name| place == name + 1) && !follows_user(word);
        if name.is_none() && names_user(word) {
            name = Some(place + 1);
        }
        let is_secret = announced && !is_digit(word) && !(word == "argon2" && place < words);
        // `url authentication URL USER PASSWORD`
        announced |= announces_secret(word) || place == 3 && begins_url && has_credentials(line);
        is_secret
    })
}

/// Whether the next word is the name of a user, behind which there is a password.
fn names_user(word: &str) -> bool {
    const WORDS: [&str; 4] = ["user", "username", "application-user", "end-user"];
    WORDS.iter().any(|whole| whole.eq_ignore_ascii_case(word))
}

/// Whether this word may stand behind the name of a user, and is no password without the word before it.
fn follows_user(word: &str) -> bool {
    const WORDS: [&str; 9] = [
        "privilege",
        "view",
        "nopassword",
        "access-class",
        "autocommand",
        "callback-dialstring",
        "common-criteria-policy",
        "one-time",
        "user-maxlinks",
    ];
    announces_secret(word) || is_digit(word) || WORDS.iter().any(|whole| whole.eq_ignore_ascii_case(word))
}

fn has_credentials(line: &str) -> bool {
    let after = |count: usize| line.split_whitespace().nth(count).map(str::to_ascii_lowercase);
    // `service local-directory authenticate NAME SECRET` has no word for it either.
    after(1).is_some_and(|word| word.starts_with("auth") || word.starts_with("local-dir"))
}

fn is_digit(word: &str) -> bool {
    matches!(word.as_bytes(), [b'0'..=b'9'])
}

/// Whether IOS takes what follows this word for a secret, or would if the word were not misspelled; words may be shortened.
fn announces_secret(word: &str) -> bool {
    const WORDS: [&str; 5] = ["password", "secret", "community", "passphrase", "credential"];
    const WHOLE: [&str; 10] = [
        "pin",
        "pwd",
        "passwd",
        "passcode",
        "key-string",
        "psk",
        "wpa-psk",
        "md5",
        "capf-auth-str",
        "auth-string",
    ];
    let word = word.to_ascii_lowercase();
    let short_for = |whole: &&str| word.len() >= 4.min(whole.len() - 3) && whole.starts_with(&word);
    WORDS.iter().any(short_for)
        || WHOLE.contains(&word.as_str())
        || word.ends_with("key")
        || word.len() >= 5 && config::table::most_similar(&word, WORDS).is_some()
        || is_almost_pin(&word)
}

/// Whether a word is `pin` with one letter too many.
fn is_almost_pin(word: &str) -> bool {
    let without = |place: usize| {
        let kept = word.chars().enumerate().filter(|(at, _)| *at != place).map(|(_, letter)| letter);
        kept.eq("pin".chars())
    };
    // Others than this one are no words of the language.
    word.len() == 4 && word != "ping" && (0..4).any(without) || matches!(word, "pni" | "ipn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_misspelled_word_for_a_secret_is_masked_too() {
        let cases = [
            ("username ann password 0 x1y2", "username ann password 0 ****"),
            (" password argon2 $argon2id$x", " password argon2 ***********"),
            (" password argon2", " password ******"),
            ("username ann pasword x1y2", "username ann pasword ****"),
            ("username ann passwrod 7 x1y2", "username ann passwrod 7 ****"),
            ("xml user a pasword x1y2 15", "xml user a pasword **** **"),
            ("enable secrte 5 $1$a", "enable secrte 5 ****"),
            ("enable sec abc", "enable sec ***"),
            ("snmp-server comunity public RO", "snmp-server comunity ****** **"),
            (" pin 1234", " pin ****"),
            ("xml user admin x1y2 15", "xml user admin **** **"),
            ("xml user admin pw x1y2 15", "xml user admin ** **** **"),
            ("application-user crm x1y2", "application-user crm ****"),
            (" authentication username bob x1y2", " authentication username bob ****"),
            ("username bob privilege 15 password x1y2", "username bob privilege 15 password ****"),
            (" csta implicit port 4723 user crm", " csta implicit port 4723 user crm"),
            ("voice user-profile 1", "voice user-profile 1"),
            ("url authentication http://a/ ann x1y2", "url authentication http://a/ *** ****"),
            ("url services http://a/ root", "url services http://a/ root"),
            ("number 201 secondary 301", "number 201 secondary 301"),
            ("call-park select", "call-park select"),
        ];
        for (line, masked) in
            [(" pinn 987654321", " pinn *********"), ("piin 4711", "piin ****"), ("ping 4711", "ping 4711")]
        {
            assert_eq!(mask_words(line), masked);
        }
        for (line, masked) in cases {
            assert_eq!(mask_words(line), masked);
        }
    }

    #[test]
    fn keys_of_srtp_and_passwords_of_ice_are_masked_and_stay_what_they_are() {
        let (key, password) = ("PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR", "asd88fgpdd777uzjYhagZg/x");
        let line = format!(
            "m=audio 4 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^48\r\na=inline:x\r\n\
             a=ice-pwd:{password}\r\na=ice-ufrag:8hhY\r\n"
        );
        let masked = line.replace(key, &"A".repeat(40)).replace(password, &"A".repeat(24));
        for size in 1..40 {
            let (mut mask, mut bytes) = (HeaderMask::default(), line.clone().into_bytes());
            bytes.chunks_mut(size).for_each(|piece| mask.apply(piece));
            assert_eq!(String::from_utf8(bytes).unwrap(), masked, "in pieces of {size}");
        }
    }

    #[test]
    fn findings_do_not_repeat_secrets() {
        let text = "ephone 1\n username ann password 0 x1y2 zzz\n pasword hush\n";
        for finding in config::load(text).diagnostics {
            let shown = format!("{:?}", mask_finding(finding, text));
            assert!(!shown.contains("x1y2") && !shown.contains("zzz") && !shown.contains("hush"), "{shown}");
        }
    }
}
