//! Languages, and tones of countries.
//!
//! Phones have English texts and the tones of the United States built in. For anything else they fetch files from a folder
//! named after the locale; those come in packages, of which the parts are exported with `tftp-server`. A phone that does
//! not find them goes on with what it has.

use hookflash_config::TelephonyService;

/// A locale of a phone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Locale {
    /// The folder of its texts, such as `German_Germany`.
    pub language: &'static str,
    /// The folder of its tones, such as `Germany`.
    pub country: &'static str,
    /// The code of the language (ISO 639).
    pub code: &'static str,
}

/// English of the United States.
const UNITED_STATES: Locale =
    Locale { language: "English_United_States", country: "United_States", code: "en" };

/// Locales by the codes of `user-locale` and `network-locale`.
const LOCALES: [(&str, Locale); 36] = [
    ("US", UNITED_STATES),
    ("AT", locale("German_Austria", "Austria", "de")),
    ("AU", locale("English_United_States", "Australia", "en")),
    ("BE", locale("Dutch_Netherlands", "Belgium", "nl")),
    ("BR", locale("Portuguese_Brazil", "Brazil", "pt")),
    ("CA", locale("English_United_States", "Canada", "en")),
    ("CH", locale("German_Switzerland", "Switzerland", "de")),
    ("CN", locale("Chinese_China", "China", "zh")),
    ("CZ", locale("Czech_Czech_Republic", "Czech_Republic", "cs")),
    ("DE", locale("German_Germany", "Germany", "de")),
    ("DK", locale("Danish_Denmark", "Denmark", "da")),
    ("ES", locale("Spanish_Spain", "Spain", "es")),
    ("FI", locale("Finnish_Finland", "Finland", "fi")),
    ("FR", locale("French_France", "France", "fr")),
    ("GB", locale("English_United_Kingdom", "United_Kingdom", "en")),
    ("GR", locale("Greek_Greece", "Greece", "el")),
    ("HU", locale("Hungarian_Hungary", "Hungary", "hu")),
    ("IE", locale("English_United_Kingdom", "Ireland", "en")),
    ("IT", locale("Italian_Italy", "Italy", "it")),
    ("JP", locale("Japanese_Japan", "Japan", "ja")),
    ("KR", locale("Korean_Korea_Republic", "Korea_Republic", "ko")),
    ("LU", locale("French_Luxembourg", "Luxembourg", "fr")),
    ("MX", locale("Spanish_Spain", "Mexico", "es")),
    ("NL", locale("Dutch_Netherlands", "Netherlands", "nl")),
    ("NO", locale("Norwegian_Norway", "Norway", "no")),
    ("NZ", locale("English_United_States", "New_Zealand", "en")),
    ("PL", locale("Polish_Poland", "Poland", "pl")),
    ("PT", locale("Portuguese_Portugal", "Portugal", "pt")),
    ("RU", locale("Russian_Russian_Federation", "Russian_Federation", "ru")),
    ("SE", locale("Swedish_Sweden", "Sweden", "sv")),
    ("TR", locale("Turkish_Turkey", "Turkey", "tr")),
    ("U1", locale("user_define_1", "user_define_1", "en")),
    ("U2", locale("user_define_2", "user_define_2", "en")),
    ("U3", locale("user_define_3", "user_define_3", "en")),
    ("U4", locale("user_define_4", "user_define_4", "en")),
    ("U5", locale("user_define_5", "user_define_5", "en")),
];

const fn locale(language: &'static str, country: &'static str, code: &'static str) -> Locale {
    Locale { language, country, code }
}

fn of_code(code: Option<&str>) -> Locale {
    // Behind the code stand the language of one that is defined by users, and the package of its files.
    let code = code.and_then(|code| code.split(' ').next());
    let known = LOCALES.iter().find(|(known, _)| code.is_some_and(|code| code.eq_ignore_ascii_case(known)));
    known.map_or(UNITED_STATES, |(_, locale)| *locale)
}

/// The language of a phone that takes the locale with this index.
pub fn user(service: &TelephonyService, index: u32) -> Locale {
    let locales = &service.phones.user_locales;
    of_code(locales.get(&index).or_else(|| locales.get(&0)).map(|code| code.as_str()))
}

/// The tones of a phone that takes the locale with this index.
pub fn network(service: &TelephonyService, index: u32) -> Locale {
    let locales = &service.phones.network_locales;
    of_code(locales.get(&index).or_else(|| locales.get(&0)).map(|code| code.as_str()))
}

/// Where the files of the locales in use are said to be, and the names by which phones fetch them.
pub fn bindings(service: &TelephonyService) -> Vec<(String, String)> {
    const TEXTS: [&str; 4] = ["7960-font.xml", "7960-dictionary.xml", "7960-kate.xml", "SCCP-dictionary.xml"];
    let mut bindings = Vec::new();
    for code in service.phones.user_locales.values() {
        let Locale { language, country, .. } = of_code(Some(code));
        let folder = country.to_ascii_lowercase();
        bindings.extend(TEXTS.map(|file| (format!("{folder}/{file}"), format!("{language}/{file}"))));
    }
    for code in service.phones.network_locales.values() {
        let Locale { country, .. } = of_code(Some(code));
        let folder = country.to_ascii_lowercase();
        let tones = ["7960-tones.xml", "g3-tones.xml"];
        bindings.extend(tones.map(|file| (format!("{folder}/{file}"), format!("{country}/{file}"))));
    }
    bindings
}
