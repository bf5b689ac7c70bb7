//! Offices: phones, their lines, applications and settings, drawn from a seed.

use smol_str::{SmolStr, format_smolstr};

use super::Random;
use crate::story::{Declaration, Model, Name, Number, Numbers, Rest, Setting};
use hookflash_wire::sccp::DeviceModel;

const PEOPLE: [&str; 12] =
    ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj"];
const APPLICATIONS: [&str; 3] = ["console", "recorder", "monitor"];
const MODELS: [&str; 10] = ["7960", "7961", "7940", "7975", "12SP", "7910", "7920", "7941", "7921", "7970"];

/// Draws an office of 2 to 12 phones and up to 3 applications.
pub(super) fn draw(random: &mut Random, overlapping: bool) -> Setting {
    let mut office = Office { declarations: Vec::new(), numbers: Vec::new() };
    let kind = if overlapping { Declaration::Overlapping } else { Declaration::Checked };
    office.declarations.push(kind);
    for (name, from, to) in [("interdigit", 4, 15), ("ringing", 6, 60), ("busy", 3, 15)] {
        let line = Rest(format_smolstr!("timeouts {name} {}", from + random.below(to - from)));
        office.declarations.push(Declaration::TelephonyService { line });
    }
    for who in PEOPLE.iter().take(2 + random.below(11)) {
        office.add_phone(random, who);
    }
    for who in APPLICATIONS.iter().take(random.below(4)) {
        office.add_application(random, who);
    }
    if random.one_in(8) {
        office.declarations.push(Declaration::Recorded);
    }
    Setting { declarations: office.declarations, configuration: None }
}

struct Office {
    declarations: Vec<Declaration>,
    numbers: Vec<SmolStr>,
}

impl Office {
    fn add_phone(&mut self, random: &mut Random, who: &str) {
        let Some(model) = random.pick(&MODELS).and_then(|word| DeviceModel::from_ios_word(word)) else {
            return;
        };
        let most = model.line_buttons().clamp(1, 3);
        let mut lines: Vec<SmolStr> = Vec::new();
        for _ in 0..=random.below(most) {
            let line = self.line(random);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let (who, model, lines) = (Name::from(who), Model(model), Numbers(lines));
        self.declarations.push(match random.one_in(3) {
            true => Declaration::Phone { who, model, lines },
            false => Declaration::DualLinePhone { who, model, lines },
        });
    }

    /// A number of its own, or one that another phone has already; now and then one that goes on after another one.
    fn line(&mut self, random: &mut Random) -> SmolStr {
        if !self.numbers.is_empty() && random.one_in(5) {
            return random.pick(&self.numbers).cloned().unwrap_or_default();
        }
        let base = 201 + self.numbers.len();
        let longer =
            random.one_in(12).then(|| self.numbers.first().map(|number| format_smolstr!("{number}{base}")));
        let number = longer.flatten().unwrap_or_else(|| format_smolstr!("{base}"));
        self.numbers.push(number.clone());
        number
    }

    fn add_application(&mut self, random: &mut Random, who: &str) {
        let mut numbers: Vec<SmolStr> = self.numbers.iter().filter(|_| !random.one_in(4)).cloned().collect();
        if numbers.is_empty() {
            numbers.extend(self.numbers.first().cloned());
        }
        let (who, numbers) = (Name::from(who), Numbers(numbers));
        self.declarations.push(match random.one_in(4) {
            true => Declaration::DatagramWatcher { who, numbers },
            false => Declaration::Watcher { who, numbers },
        });
    }
}

/// The names of the phones and of the applications, and all numbers.
pub(super) fn cast(setting: &Setting) -> (Vec<Name>, Vec<Name>, Vec<Number>) {
    let (mut phones, mut applications, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for declaration in &setting.declarations {
        match declaration {
            Declaration::Phone { who, lines, .. } | Declaration::DualLinePhone { who, lines, .. } => {
                phones.push(who.clone());
                numbers.extend(lines.0.iter().cloned().map(Number));
            }
            Declaration::Watcher { who, .. } | Declaration::DatagramWatcher { who, .. } => {
                applications.push(who.clone());
            }
            _ => {}
        }
    }
    numbers.sort();
    numbers.dedup();
    (phones, applications, numbers)
}
