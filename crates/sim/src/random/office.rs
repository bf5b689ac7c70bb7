//! Offices: phones, their lines, applications and settings, drawn from a seed.

use std::time::Duration;

use smol_str::{SmolStr, format_smolstr};

use super::Random;
use crate::{
    application::Transport,
    story::{Count, Declaration, Model, Name, Number, Numbers, Rest, Setting, Span},
};
use hookflash_wire::sccp::DeviceModel;

const PEOPLE: [&str; 12] =
    ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj"];
const APPLICATIONS: [&str; 3] = ["console", "recorder", "monitor"];
const MODELS: [&str; 10] = ["7960", "7961", "7940", "7975", "12SP", "7910", "7920", "7941", "7921", "7970"];

/// Draws an office of 2 to 12 phones and up to 3 applications, with whatever habits.
pub(super) fn draw(random: &mut Random, overlapping: bool) -> Setting {
    let mut office = Office { declarations: Vec::new(), numbers: Vec::new() };
    let kind = if overlapping { Declaration::Overlapping } else { Declaration::Checked };
    office.declarations.push(kind);
    for (name, from, to) in [("interdigit", 4, 15), ("ringing", 6, 60), ("busy", 3, 15)] {
        let line = Rest(format_smolstr!("timeouts {name} {}", from + random.below(to - from)));
        office.declarations.push(Declaration::TelephonyService { line });
    }
    if random.one_in(3) {
        let line = Rest(format_smolstr!("timeouts transfer-recall {}", 2 + random.below(30)));
        office.declarations.push(Declaration::TelephonyService { line });
    }
    for who in PEOPLE.iter().take(2 + random.below(11)) {
        office.add_phone(random, who);
    }
    for who in PEOPLE {
        office.add_speed_dials(random, who);
    }
    if random.one_in(2) {
        office.add_park_slots(random);
    }
    office.add_forwards(random);
    office.close_numbers(random);
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
        self.declarations.push(match random.below(8) {
            0 | 1 => Declaration::Phone { who, model, lines },
            6 => Declaration::OwnLinePhone { who, model, lines },
            2 => Declaration::OctoLinePhone { who, model, lines },
            _ => Declaration::DualLinePhone { who, model, lines },
        });
    }

    /// A phone in three has some, not all of them of somebody.
    fn add_speed_dials(&mut self, random: &mut Random, who: &str) {
        let is_there = party_names(&self.declarations).any(|name| name.0 == who);
        let count = if is_there && random.one_in(3) { 1 + random.below(2) } else { 0 };
        for _ in 0..count {
            let number = random.pick(&self.numbers).filter(|_| !random.one_in(8)).cloned();
            let (who, number) = (Name::from(who), Number(number.unwrap_or_else(|| "777".into())));
            self.declarations.push(Declaration::SpeedDial { who, number });
        }
    }

    /// One or two numbers at which calls are parked.
    fn add_park_slots(&mut self, random: &mut Random) {
        for place in 0..=random.below(2) {
            let number = format_smolstr!("8{place}");
            let count = Count(1 + u32::try_from(random.below(3)).unwrap_or(0));
            let span = Span(Duration::from_secs(u64::try_from(2 + random.below(20)).unwrap_or(2)));
            self.numbers.push(number.clone());
            self.declarations.push(Declaration::ParkSlot { number: Number(number), count, span });
        }
    }

    /// Here and there a line forwards from the beginning, and few diversions are allowed.
    fn add_forwards(&mut self, random: &mut Random) {
        let line = Rest(format_smolstr!("max-redirect {}", 5 + random.below(4)));
        self.declarations.push(Declaration::TelephonyService { line });
        for number in self.numbers.clone() {
            // A slot takes no command of a line.
            let to = random.pick(&self.numbers).cloned().map(Number);
            let Some(to) = to.filter(|_| random.one_in(4)) else { continue };
            if number.starts_with('8') {
                continue;
            }
            let number = Number(number);
            let span = Span(Duration::from_secs(u64::try_from(3 + random.below(30)).unwrap_or(3)));
            self.declarations.push(match random.below(6) {
                0 => Declaration::Forwards { number, to },
                1..=3 => Declaration::ForwardsBusy { number, to },
                _ => Declaration::ForwardsNoAnswer { number, to, span },
            });
        }
    }

    /// Here and there a number is none of the applications' business; but the first one is.
    fn close_numbers(&mut self, random: &mut Random) {
        let closed = |(place, number): &(usize, &SmolStr)| {
            *place > 0 && (number.starts_with('8') || random.one_in(16))
        };
        let closed: Vec<SmolStr> =
            self.numbers.iter().enumerate().filter(closed).map(|(_, number)| number.clone()).collect();
        self.numbers.retain(|number| !closed.contains(number));
        let closed = closed
            .into_iter()
            .filter(|number| !number.starts_with('8'))
            .map(|number| Declaration::Closed { number: Number(number) });
        self.declarations.extend(closed);
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
        let transport = [Transport::Udp, Transport::Csta, Transport::Tcp, Transport::Tcp][random.below(4)];
        let watcher = who.clone();
        self.declarations.push(match transport {
            Transport::Udp => Declaration::DatagramWatcher { who, numbers },
            Transport::Tcp => Declaration::Watcher { who, numbers },
            Transport::Csta => Declaration::StreamWatcher { who, numbers },
        });
        self.add_habits(random, &watcher, transport);
    }

    fn add_habits(&mut self, random: &mut Random, who: &Name, transport: Transport) {
        let who = || who.clone();
        let span = Span(Duration::from_secs(120));
        let habits = [
            // Who answers no datagram is told everything 32 seconds late.
            (4, transport == Transport::Tcp, Declaration::Pidgin { who: who() }),
            (3, true, Declaration::SixthEdition { who: who() }),
            (4, true, Declaration::Prefixes { who: who() }),
            (4, transport != Transport::Csta, Declaration::RefreshByUpdate { who: who() }),
            (4, true, Declaration::SessionOf { who: who(), span }),
            (12, true, Declaration::NoRefresh { who: who() }),
        ];
        for (once_in, possible, habit) in habits {
            if random.one_in(once_in) && possible {
                self.declarations.push(habit);
            }
        }
    }
}

fn party_names(declarations: &[Declaration]) -> impl Iterator<Item = &Name> {
    declarations.iter().filter_map(|declaration| match declaration {
        Declaration::Phone { who, .. }
        | Declaration::DualLinePhone { who, .. }
        | Declaration::OctoLinePhone { who, .. }
        | Declaration::OwnLinePhone { who, .. } => Some(who),
        _ => None,
    })
}

/// The names of the phones and of the applications, and all numbers.
pub(super) fn cast(setting: &Setting) -> (Vec<Name>, Vec<Name>, Vec<Number>) {
    let (mut phones, mut applications, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for declaration in &setting.declarations {
        match declaration {
            Declaration::Phone { who, lines, .. }
            | Declaration::DualLinePhone { who, lines, .. }
            | Declaration::OctoLinePhone { who, lines, .. }
            | Declaration::OwnLinePhone { who, lines, .. } => {
                phones.push(who.clone());
                numbers.extend(lines.0.iter().cloned().map(Number));
            }
            Declaration::Watcher { who, .. }
            | Declaration::DatagramWatcher { who, .. }
            | Declaration::StreamWatcher { who, .. } => applications.push(who.clone()),
            Declaration::ParkSlot { number, .. } => numbers.push(number.clone()),
            _ => {}
        }
    }
    numbers.sort();
    numbers.dedup();
    (phones, applications, numbers)
}
