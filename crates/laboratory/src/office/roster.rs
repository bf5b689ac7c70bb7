//! The people of the office, their numbers and phones.

use std::{collections::BTreeSet, fmt::Write as _};

use hookflash_node::{Provisioned, config};
use hookflash_sim::phone::PhoneSettings;
use hookflash_wire::sccp::{DeviceModel, DeviceType};

/// A person with a phone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// The name in scripts and logs: one word in lower case, unique.
    pub name: String,
    /// The number on the first line button.
    pub number: String,
    /// The name their phone registers with.
    pub device: String,
    /// The model of their phone.
    pub model: DeviceType,
}

/// First names, in the order of the numbers.
const NAMES: [&str; 40] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "kevin", "laura",
    "mike", "nina", "oscar", "peggy", "quentin", "rita", "sybil", "trent", "ursula", "victor", "wendy",
    "xavier", "yvonne", "zoe", "anton", "bella", "chris", "diana", "emil", "fiona", "george", "hanna",
    "igor", "jane", "karl", "lena", "martin", "nora",
];

/// The models of the phones, in rotation.
const MODELS: [&str; 4] = ["7960", "7961", "7975", "7945"];

/// The configuration of an office of this many phones: numbers from 201 (from 2001 where three digits are too few),
/// two channels each, all of them open to applications.
pub fn configuration(phones: usize) -> String {
    let (mut lines, mut ephones) = (String::new(), String::new());
    for index in 0..phones {
        let (tag, number, model) = (index + 1, number(index, phones), turn(&MODELS, index));
        // Writing into a String cannot fail.
        let _ = write!(
            lines,
            "ephone-dn {tag} dual-line\n number {number}\n name {}\n cti watch\n",
            capitalized(&name(index))
        );
        let _ = write!(
            ephones,
            "ephone {tag}\n mac-address 0200.0000.{number:0>4}\n type {model}\n button 1:{tag}\n"
        );
    }
    format!(
        "hostname office\nvoice service voip\n no cti shutdown\n gcid\ntelephony-service\n max-ephones {phones}\n \
         max-dn {phones}\n ip source-address 127.0.0.1 port 2000\n system message Hookflash office\n\
         {lines}{ephones}"
    )
}

/// A person for each phone with a line, in the order of the configuration.
pub fn people(settings: &config::Settings, provisioned: &Provisioned) -> Vec<Person> {
    let switch = &provisioned.settings.switch;
    let mut taken = BTreeSet::new();
    let mut people = Vec::new();
    for station in &switch.stations {
        let first = station.buttons.iter().min_by_key(|button| button.button);
        let Some(line) = first.and_then(|button| switch.lines.iter().find(|line| line.tag == button.line))
        else {
            continue;
        };
        let word = settings.ephones.get(&station.tag).and_then(|ephone| ephone.model.as_deref());
        let model = word.and_then(DeviceModel::from_ios_word);
        let mut name = one_word(&line.name);
        if name.is_empty() || !taken.insert(name.clone()) {
            name = format!("phone{}", station.tag);
            taken.insert(name.clone());
        }
        people.push(Person {
            name,
            number: line.number.to_string(),
            device: station.name.to_string(),
            model: model.map_or(DeviceType::TYPE_7961, |model| model.device_type),
        });
    }
    people
}

impl Person {
    /// The settings of the phone.
    pub fn phone(&self) -> PhoneSettings {
        PhoneSettings::new(self.device.as_str(), self.model)
    }
}

fn number(index: usize, phones: usize) -> usize {
    let first = if phones < 100 { 200 } else { 2000 };
    first + index + 1
}

fn name(index: usize) -> String {
    match index / NAMES.len() {
        0 => turn(&NAMES, index).to_owned(),
        round => format!("{}{}", turn(&NAMES, index), round + 1),
    }
}

fn turn<'a>(words: &[&'a str], index: usize) -> &'a str {
    words.get(index % words.len().max(1)).copied().unwrap_or_default()
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first word of a name, as in scripts; empty if it does not begin with a letter.
fn one_word(name: &str) -> String {
    let word = name.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default();
    if word.starts_with(char::is_alphabetic) { word.to_lowercase() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use hookflash_node::provision;

    use super::*;

    fn office(text: &str) -> Vec<Person> {
        let loaded = config::load(text);
        assert!(loaded.can_run(), "{}", config::render_diagnostics("office", text, &loaded.diagnostics));
        people(&loaded.settings, &provision(&loaded.settings, None))
    }

    #[test]
    fn an_office_has_as_many_people_as_phones_each_with_their_own_name_and_number() {
        for phones in [2, 20, 99, 100, 999] {
            let people = office(&configuration(phones));
            assert_eq!(people.len(), phones);
            let columns: [fn(&Person) -> &String; 3] = [|p| &p.name, |p| &p.number, |p| &p.device];
            for column in columns {
                let different: BTreeSet<&String> = people.iter().map(column).collect();
                assert_eq!(different.len(), phones);
            }
        }
    }

    #[test]
    fn people_are_called_by_the_first_word_of_their_name() {
        let text = "telephony-service\n max-ephones 3\n max-dn 3\n ip source-address 127.0.0.1\n\
            ephone-dn 1\n number 11\n name Ann Lee\nephone-dn 2\n number 12\n name Ann Roe\nephone-dn 3\n number 13\n\
            ephone 1\n mac-address 0200.0000.0001\n type 7960\n button 1:1\n\
            ephone 2\n mac-address 0200.0000.0002\n button 1:2\n\
            ephone 3\n mac-address 0200.0000.0003\n button 1:3\n";
        let names: Vec<String> = office(text).into_iter().map(|person| person.name).collect();
        assert_eq!(names, ["ann", "phone2", "phone3"]);
    }
}
