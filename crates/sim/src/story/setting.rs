//! From the declarations of a story to a configured node with everybody around it.

use std::{collections::BTreeSet, fmt::Write as _, net::SocketAddr};

use hookflash_sip::Stream;
use hookflash_wire::csta::Edition;
use smol_str::SmolStr;

use super::{
    Declaration, Name, Number, Numbers, Setting,
    stage::{Failure, Outcome, Stage, failed_setting},
    terms::Model,
};
use crate::{
    application::{ApplicationSettings, Habits, Refresh, Transport},
    phone::PhoneSettings,
    sip_phone::{SipPhone, SipPhoneSettings},
    world::PartyId,
};

impl Setting {
    /// The configuration in IOS language: the one given, or the one that the declarations describe.
    pub fn configuration_text(&self) -> String {
        match &self.configuration {
            Some(text) => text.clone(),
            None => Configuration::of(&self.declarations).finish(),
        }
    }
}

impl Stage {
    /// Adds everybody, plugs the phones in and logs the applications in.
    pub(super) fn introduce(&mut self, declarations: &[Declaration]) -> Outcome {
        let mut phones = Vec::new();
        let mut watchers = Vec::new();
        for declaration in declarations {
            let Some(name) = party_of(declaration) else { continue };
            if self.cast.contains(name) {
                return Err(failed_setting(format!("two are called {name}")));
            }
            let id = self.add(declaration, declarations);
            self.cast.push(name.clone());
            match declaration {
                Declaration::Phone { .. }
                | Declaration::DualLinePhone { .. }
                | Declaration::OctoLinePhone { .. }
                | Declaration::OwnLinePhone { .. }
                | Declaration::SipPhone { .. }
                | Declaration::SipPhoneOverTcp { .. } => phones.extend(id),
                Declaration::Watcher { numbers, .. }
                | Declaration::DatagramWatcher { numbers, .. }
                | Declaration::StreamWatcher { numbers, .. } => {
                    watchers.extend(id.map(|id| (id, numbers)));
                }
                _ => {}
            }
        }
        for id in self.world.party_ids() {
            self.world.with_phone(id, |phone, _| phone.plug_in());
            self.world.with_sip_phone(id, SipPhone::plug_in);
        }
        self.world.settle();
        phones.into_iter().try_for_each(|id| self.check_registered(id))?;
        watchers.into_iter().try_for_each(|(id, numbers)| self.begin_watching(id, numbers))
    }

    fn add(&mut self, declaration: &Declaration, all: &[Declaration]) -> Option<PartyId> {
        let index = self.cast.len();
        let phone = |mac: &str, model: &Model| PhoneSettings::new(device_name(mac), model.0.device_type);
        Some(match declaration {
            Declaration::Phone { who, model, .. }
            | Declaration::DualLinePhone { who, model, .. }
            | Declaration::OctoLinePhone { who, model, .. }
            | Declaration::OwnLinePhone { who, model, .. } => {
                self.world.add_phone(&who.0, phone(&mac(index), model))
            }
            Declaration::KnownPhone { who, model, mac } => self.world.add_phone(&who.0, phone(&mac.0, model)),
            Declaration::SipPhone { who, number } => {
                self.world.add_sip_phone(&who.0, sip_phone_settings(number, None))
            }
            Declaration::SipPhoneOverTcp { who, number } => {
                self.world.add_sip_phone(&who.0, sip_phone_settings(number, Some(Stream::Tcp)))
            }
            Declaration::Watcher { who, numbers } => {
                self.add_application(who, numbers.0.first(), Transport::Tcp, all)
            }
            Declaration::DatagramWatcher { who, numbers } => {
                self.add_application(who, numbers.0.first(), Transport::Udp, all)
            }
            Declaration::StreamWatcher { who, numbers } => {
                self.add_application(who, numbers.0.first(), Transport::Csta, all)
            }
            Declaration::Application { who, number } => {
                self.add_application(who, Some(&number.0), Transport::Tcp, all)
            }
            _ => return None,
        })
    }

    fn add_application(
        &mut self,
        who: &Name,
        number: Option<&SmolStr>,
        transport: Transport,
        all: &[Declaration],
    ) -> PartyId {
        let mut settings = application_settings(who, number.map_or("", SmolStr::as_str), all);
        settings.transport = transport;
        let id = self.world.add_application(&who.0, settings);
        self.consoles.entry(id).or_default();
        id
    }

    fn check_registered(&self, id: PartyId) -> Outcome {
        let registered = self.world.phone(id).is_some_and(crate::phone::Phone::is_registered)
            || self.world.sip_phone(id).is_some_and(SipPhone::is_registered);
        if registered { Ok(()) } else { Err(self.not_introduced(id, "registers", self.picture(id))) }
    }

    fn begin_watching(&mut self, id: PartyId, numbers: &Numbers) -> Outcome {
        self.world.with_application(id, |application, now| application.log_in(now));
        self.world.settle();
        for number in &numbers.0 {
            self.watch(id, number, &[]);
            self.world.settle();
            self.listen();
            let answer = self.consoles.get(&id).and_then(|console| console.last_answer.as_ref());
            let message = match answer {
                Some((_, Ok(_))) => continue,
                Some((_, Err(error))) => format!("refused: {error}"),
                None => "no answer".to_owned(),
            };
            return Err(self.not_introduced(id, &format!("watches {number}"), message));
        }
        Ok(())
    }

    fn not_introduced(&self, id: PartyId, what: &str, message: String) -> Box<Failure> {
        let name = self.cast.get(id.index()).map_or("", |name| &name.0);
        let step = format!("before the first step, {name} {what}");
        Box::new(Failure { line: 0, step, message, ladder: self.whole_ladder() })
    }
}

/// The name of the phone or application that a declaration adds.
fn party_of(declaration: &Declaration) -> Option<&Name> {
    match declaration {
        Declaration::Phone { who, .. }
        | Declaration::DualLinePhone { who, .. }
        | Declaration::OctoLinePhone { who, .. }
        | Declaration::OwnLinePhone { who, .. }
        | Declaration::KnownPhone { who, .. }
        | Declaration::SipPhone { who, .. }
        | Declaration::SipPhoneOverTcp { who, .. }
        | Declaration::Watcher { who, .. }
        | Declaration::DatagramWatcher { who, .. }
        | Declaration::StreamWatcher { who, .. }
        | Declaration::Application { who, .. } => Some(who),
        _ => None,
    }
}

fn application_settings(who: &Name, number: &str, all: &[Declaration]) -> ApplicationSettings {
    // The world gives it an address.
    let local = SocketAddr::from(([0, 0, 0, 0], 0));
    let user = format!("{who}@example.com");
    let mut settings = ApplicationSettings::new(user, format!("{number}@10.0.0.1"), local);
    for declaration in all {
        match declaration {
            Declaration::Pidgin { who: name } if name == who => {
                settings.habits = Habits { prefixes: settings.habits.prefixes, ..Habits::PIDGIN };
            }
            Declaration::SixthEdition { who: name } if name == who => settings.edition = Edition::Ed6,
            Declaration::Prefixes { who: name } if name == who => settings.habits.prefixes = true,
            Declaration::NoRefresh { who: name } if name == who => settings.refresh = Refresh::Never,
            Declaration::RefreshByUpdate { who: name } if name == who => settings.refresh = Refresh::Update,
            Declaration::SessionOf { who: name, span } if name == who => {
                settings.session_expires = Some(span.0);
            }
            _ => {}
        }
    }
    settings
}

/// What a SIP phone of this number is; the world gives it addresses.
fn sip_phone_settings(number: &Number, stream: Option<Stream>) -> SipPhoneSettings {
    let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
    SipPhoneSettings {
        number: number.to_string(),
        user: format!("user{number}"),
        password: password(number),
        server: nowhere,
        local: nowhere,
        stream,
        media: nowhere,
        expires: 120,
        seed: 0,
    }
}

fn password(number: &Number) -> String {
    format!("secret{number}")
}

/// The MAC address of the n-th party.
fn mac(index: usize) -> String {
    format!("0200.0000.{:04}", index + 1)
}

fn device_name(mac: &str) -> String {
    format!("SEP{}", mac.replace('.', "").to_ascii_uppercase())
}

/// A configuration in the making.
#[derive(Default)]
struct Configuration {
    voice_service: String,
    telephony_service: String,
    numbers: Vec<SmolStr>,
    lines: Vec<String>,
    phones: String,
    phone_count: usize,
    /// The numbers of SIP phones, what their lines are, and the phones.
    sip_numbers: Vec<SmolStr>,
    sip_lines: Vec<String>,
    sip_phones: String,
    sip_phone_count: usize,
}

impl Configuration {
    fn of(declarations: &[Declaration]) -> Configuration {
        let mut configuration = Configuration::default();
        let closed: BTreeSet<&SmolStr> = declarations.iter().filter_map(closed_number).collect();
        let mut party = 0;
        for declaration in declarations {
            let mode = match declaration {
                Declaration::DualLinePhone { .. } => " dual-line",
                Declaration::OctoLinePhone { .. } => " octo-line",
                _ => "",
            };
            // Writing into a String cannot fail.
            let _ = match declaration {
                Declaration::TelephonyService { line } => {
                    writeln!(configuration.telephony_service, " {line}")
                }
                Declaration::Forwards { number, to } => {
                    configuration.add(number, "call-forward", &format!("all {to}"))
                }
                Declaration::ForwardsBusy { number, to } => {
                    configuration.add(number, "call-forward", &format!("busy {to}"))
                }
                Declaration::ForwardsNoAnswer { number, to, span } => {
                    let seconds = span.0.as_secs();
                    configuration.add(number, "call-forward", &format!("noan {to} timeout {seconds}"))
                }
                Declaration::PickupGroup { number, group } => {
                    configuration.add(number, &format!("pickup-group {group}"), "")
                }
                Declaration::ParkSlot { number, count, span } => {
                    configuration.park_slot(number, count.0, span.0.as_secs())
                }
                Declaration::VoiceService { line } => writeln!(configuration.voice_service, " {line}"),
                Declaration::Phone { who, model, lines }
                | Declaration::DualLinePhone { who, model, lines }
                | Declaration::OctoLinePhone { who, model, lines }
                | Declaration::OwnLinePhone { who, model, lines } => {
                    let own = matches!(declaration, Declaration::OwnLinePhone { .. });
                    let mut buttons = String::new();
                    for (button, number) in (1..).zip(&lines.0) {
                        let tag = configuration.line(number, who, (mode, own), !closed.contains(number));
                        let _ = write!(buttons, " {button}:{tag}");
                    }
                    configuration.phone(&mac(party), model, &buttons).and_then(|()| {
                        let dials = (1..).zip(speed_dials(declarations, who));
                        dials.into_iter().try_for_each(|(place, number)| {
                            writeln!(configuration.phones, " speed-dial {place} {number}")
                        })
                    })
                }
                Declaration::SipPhone { who, number } | Declaration::SipPhoneOverTcp { who, number } => {
                    configuration.sip_phone(&mac(party), who, number, !closed.contains(&number.0))
                }
                _ => Ok(()),
            };
            party += usize::from(party_of(declaration).is_some());
        }
        configuration
    }

    /// The tag of a number, which becomes a new line unless another phone has it already and `own` is false.
    fn line(&mut self, number: &SmolStr, who: &Name, (mode, own): (&str, bool), open: bool) -> usize {
        let count = self.numbers.iter().filter(|known| *known == number).count();
        if let Some(index) = self.numbers.iter().position(|known| known == number).filter(|_| !own) {
            return index + 1;
        }
        self.numbers.push(number.clone());
        let tag = self.numbers.len();
        let watch = if open { " cti watch\n" } else { "" };
        // A call that one of several lines with a number does not take goes on to the next.
        let hunt = if own { format!(" preference {}\n no huntstop\n", count.min(9)) } else { String::new() };
        self.lines.push(format!("ephone-dn {tag}{mode}\n number {number}\n name {who}\n{watch}{hunt}"));
        tag
    }

    fn park_slot(&mut self, number: &Number, limit: u32, seconds: u64) -> std::fmt::Result {
        self.numbers.push(number.0.clone());
        let tag = self.numbers.len();
        let slot = format!("park-slot timeout {seconds} limit {limit} recall");
        self.lines.push(format!("ephone-dn {tag}\n number {number}\n {slot}\n"));
        Ok(())
    }

    /// Adds a command to the line of a phone declared before; a line of SIP phones is not forwarded in the same words.
    fn add(&mut self, number: &Number, command: &str, arguments: &str) -> std::fmt::Result {
        let place = |numbers: &[SmolStr]| numbers.iter().position(|known| *known == number.0);
        if let Some(line) = place(&self.numbers).and_then(|place| self.lines.get_mut(place)) {
            writeln!(line, " {command} {arguments}")?;
        } else if let Some(line) = place(&self.sip_numbers).and_then(|place| self.sip_lines.get_mut(place)) {
            let b2bua = if command == "call-forward" { " b2bua" } else { "" };
            writeln!(line, " {command}{b2bua} {arguments}")?;
        }
        Ok(())
    }

    /// A SIP phone; those of one number share a line.
    fn sip_phone(&mut self, mac: &str, who: &Name, number: &Number, open: bool) -> std::fmt::Result {
        let known = self.sip_numbers.iter().position(|known| *known == number.0);
        let tag = known.unwrap_or(self.sip_numbers.len()) + 1;
        if known.is_none() {
            let watch = if open { " cti watch\n" } else { "" };
            self.sip_numbers.push(number.0.clone());
            self.sip_lines.push(format!("voice register dn {tag}\n number {number}\n name {who}\n{watch}"));
        }
        self.sip_phone_count += 1;
        let pool = self.sip_phone_count;
        let secret = password(number);
        write!(
            self.sip_phones,
            "voice register pool {pool}\n id mac {mac}\n number 1 dn {tag}\n \
             username user{number} password {secret}\n codec g711ulaw\n"
        )
    }

    fn phone(&mut self, mac: &str, model: &Model, buttons: &str) -> std::fmt::Result {
        self.phone_count += 1;
        let tag = self.phone_count;
        write!(self.phones, "ephone {tag}\n mac-address {mac}\n type {model}\n button{buttons}\n")
    }

    fn finish(self) -> String {
        let Configuration { voice_service, telephony_service, phones, .. } = self;
        let (lines, sip_lines, sip_phones) = (self.lines.concat(), self.sip_lines.concat(), self.sip_phones);
        let (most_phones, most_lines) = (self.phone_count.max(1), self.numbers.len().max(1));
        let (registrar, global) = match self.sip_phone_count {
            0 => ("", String::new()),
            most_pools => (
                " allow-connections sip to sip\n sip\n  registrar server expires max 600 min 60\n",
                format!(
                    "voice register global\n mode cme\n source-address 10.0.0.1 port 5060\n max-dn {}\n \
                     max-pool {most_pools}\n authenticate register\n",
                    self.sip_numbers.len()
                ),
            ),
        };
        format!(
            "hostname story\nvoice service voip\n no cti shutdown\n{voice_service}{registrar}\
             {global}telephony-service\n max-ephones {most_phones}\n max-dn {most_lines}\n \
             ip source-address 10.0.0.1 port 2000\n{telephony_service}{lines}{phones}{sip_lines}{sip_phones}"
        )
    }
}

fn speed_dials<'a>(declarations: &'a [Declaration], phone: &'a Name) -> impl Iterator<Item = &'a Number> {
    declarations.iter().filter_map(move |declaration| match declaration {
        Declaration::SpeedDial { who, number } if who == phone => Some(number),
        _ => None,
    })
}

fn closed_number(declaration: &Declaration) -> Option<&SmolStr> {
    match declaration {
        Declaration::Closed { number } => Some(&number.0),
        _ => None,
    }
}
