//! An office without a network: what one says the others hear at once.
//!
//! [`LoopbackOffice`] is a node, some phones and an application that watches their lines, with nothing between them and
//! no time passing. Whoever owns it decides how the node is driven ([`Drive`]), and so can count or time what happens
//! inside the node and nothing else. Benchmarks and instruction counts measure with it, and the server uses it to keep
//! the way of a call in the processor's caches.
//!
//! ```text
//!   phones ──┐
//!            ├──► Drive: Node::handle, Node::poll_output ──► Sends ──► phones, application ──► ... until all is quiet
//!   appl. ───┘
//! ```
//!
//! # What holds
//!
//! * Each act ends with nobody having anything more to say, or with what was [`Unexpected`].
//! * [`LoopbackOffice::rehearse`] and [`LoopbackOffice::call`] leave the office as they found it.

use std::{fmt::Write, net::SocketAddr};

use hookflash_core::Instant;
use hookflash_node::{Input, LinkId, Listener, Node, Output, config, provision};
use hookflash_wire::sccp::DeviceType;
use thiserror::Error;

use crate::{
    application::{Application, ApplicationSettings, Failure, Notice, Session},
    phone::{CannotPress, Phone, PhoneSettings},
};

/// No time passes.
const NOW: Instant = Instant::ZERO;

/// The number of the first phone's line; the others follow.
const FIRST_NUMBER: usize = 100_000;

/// What the node sends for one input, in order.
pub type Sends = Vec<(LinkId, Vec<u8>)>;

/// How the node is given an input and asked for its outputs.
pub trait Drive {
    /// Gives the input to the node and adds everything that it sends to `sends`: see [`drive`].
    fn drive(&mut self, node: &mut Node, input: Input<'_>, sends: &mut Sends);
}

impl<F: FnMut(&mut Node, Input<'_>, &mut Sends)> Drive for F {
    fn drive(&mut self, node: &mut Node, input: Input<'_>, sends: &mut Sends) {
        self(node, input, sends);
    }
}

/// Drives the node and does nothing else.
pub fn drive(node: &mut Node, input: Input<'_>, sends: &mut Sends) {
    node.handle(NOW, input);
    poll(node, sends);
}

/// Asks the node for everything that it has to send.
pub fn poll(node: &mut Node, sends: &mut Sends) {
    while let Some(output) = node.poll_output() {
        if let Output::Send { link, bytes } = output {
            sends.push((link, bytes));
        }
    }
}

/// The office did something else than it should.
#[derive(Debug, Error)]
pub enum Unexpected {
    /// A node with these settings cannot be made.
    #[error(transparent)]
    Settings(#[from] hookflash_core::InvalidSettings),
    /// A key that should be there is not.
    #[error(transparent)]
    Key(#[from] CannotPress),
    /// A request was refused.
    #[error("the application was refused: {0}")]
    Refused(Failure),
    /// What should hold now does not.
    #[error("expected: {0}")]
    Missing(&'static str),
}

/// A node, its phones (links 1, 2, ...) and an application (the last link); see the [module page](self).
#[derive(Debug)]
pub struct LoopbackOffice<D> {
    node: Node,
    phones: Vec<Phone>,
    application: Application,
    drive: D,
    /// What the node sent and nobody has heard yet.
    sends: Sends,
}

impl<D: Drive> LoopbackOffice<D> {
    /// An office to which nobody has connected, with so many phones, a dual-line each.
    ///
    /// # Errors
    /// The configuration cannot run: that would be a defect.
    pub fn new(phones: usize, drive: D) -> Result<LoopbackOffice<D>, Unexpected> {
        let settings = config::load(&configuration(phones)).settings;
        let node = Node::new(provision(&settings, None).settings)?;
        let phone = |n| Phone::new(PhoneSettings::new(format!("SEP{:012X}", n + 1), DeviceType::TYPE_7960));
        let application =
            ApplicationSettings::new("app@office", format!("{FIRST_NUMBER}@office"), address(40_000));
        Ok(LoopbackOffice {
            node,
            phones: (0..phones).map(phone).collect(),
            application: Application::new(application),
            drive,
            sends: Sends::new(),
        })
    }

    /// An office with all phones registered.
    ///
    /// # Errors
    /// Those of [`LoopbackOffice::new`] and [`LoopbackOffice::register`].
    pub fn registered(phones: usize, drive: D) -> Result<LoopbackOffice<D>, Unexpected> {
        let mut office = LoopbackOffice::new(phones, drive)?;
        (0..phones).try_for_each(|phone| office.register(phone))?;
        Ok(office)
    }

    /// How the node is driven.
    pub fn driver(&mut self) -> &mut D {
        &mut self.drive
    }

    /// A phone, counted from 0, connects and registers.
    ///
    /// # Errors
    /// It does not get registered.
    pub fn register(&mut self, phone: usize) -> Result<(), Unexpected> {
        let link = link_of(phone);
        self.input(Input::Connected {
            link,
            listener: Listener::Sccp,
            local: address(2000),
            peer: address(50_000),
        })?;
        self.phone(phone)?.plug_in();
        self.phone(phone)?.connected(NOW);
        self.say(phone)?;
        expect(self.phone(phone)?.is_registered(), "a registered phone")
    }

    /// The application puts a monitor on each of these phones' lines.
    ///
    /// # Errors
    /// It is refused.
    pub fn watch(&mut self, phones: impl Iterator<Item = usize>) -> Result<(), Unexpected> {
        if self.application.session() == Session::Closed {
            self.application.log_in(NOW);
            let link = self.application_link();
            let (local, peer) = (address(5060), address(40_000));
            self.input(Input::Connected { link, listener: Listener::Sip, local, peer })?;
            self.application.connected(NOW);
            self.ask()?;
        }
        for phone in phones {
            self.application.monitor_start(NOW, number(phone).as_str(), &[]);
            self.ask()?;
        }
        Ok(())
    }

    /// The first phone calls the second, which answers and hangs up.
    ///
    /// # Errors
    /// The phones are not connected, or not idle in the end.
    pub fn call(&mut self) -> Result<(), Unexpected> {
        self.phone(0)?.dial_at_once(&number(1))?;
        self.say(0)?;
        self.answer_and_hang_up()
    }

    /// The application makes a call from the first phone to the second, which answers and hangs up.
    ///
    /// # Errors
    /// Those of [`LoopbackOffice::call`], or the application is refused.
    pub fn rehearse(&mut self) -> Result<(), Unexpected> {
        self.application.make_call(NOW, number(0).as_str(), number(1).as_str(), false);
        self.ask()?;
        self.answer_and_hang_up()
    }

    fn answer_and_hang_up(&mut self) -> Result<(), Unexpected> {
        self.phone(1)?.lift_handset()?;
        self.say(1)?;
        let sending = self.phones.iter().take(2).all(|phone| !phone.sending().is_empty());
        expect(sending, "both phones send audio")?;
        self.phone(1)?.replace_handset()?;
        self.say(1)?;
        let idle = self.phones.iter().take(2).all(|phone| phone.screen().is_idle());
        expect(idle, "both phones are idle again")
    }

    /// A keepalive of the first phone.
    ///
    /// # Errors
    /// None, as a rule.
    pub fn keep_alive(&mut self) -> Result<(), Unexpected> {
        const KEEP_ALIVE: [u8; 12] = [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        self.input(Input::Received { link: link_of(0), bytes: &KEEP_ALIVE })
    }

    fn phone(&mut self, phone: usize) -> Result<&mut Phone, Unexpected> {
        self.phones.get_mut(phone).ok_or(Unexpected::Missing("a phone"))
    }

    fn application_link(&self) -> LinkId {
        link_of(self.phones.len())
    }

    /// The node hears what a phone has to say, and everybody what follows.
    fn say(&mut self, phone: usize) -> Result<(), Unexpected> {
        self.hear_phone(phone)?;
        self.settle()
    }

    /// The node hears what the application has to say, and everybody what follows.
    fn ask(&mut self) -> Result<(), Unexpected> {
        self.hear_application()?;
        self.settle()
    }

    /// Gives the node an input, and everybody what follows.
    fn input(&mut self, input: Input<'_>) -> Result<(), Unexpected> {
        self.drive.drive(&mut self.node, input, &mut self.sends);
        self.settle()
    }

    /// Delivers what the node sent, in order, until nobody has anything more to say.
    fn settle(&mut self) -> Result<(), Unexpected> {
        while !self.sends.is_empty() {
            for (link, bytes) in std::mem::take(&mut self.sends) {
                if link == self.application_link() {
                    self.application.received(NOW, &bytes);
                    self.hear_application()?;
                } else {
                    let phone = usize::try_from(link.0).unwrap_or(usize::MAX).saturating_sub(1);
                    self.phone(phone)?.received(NOW, &bytes);
                    self.hear_phone(phone)?;
                }
                self.node.recycle(bytes);
            }
        }
        Ok(())
    }

    fn hear_phone(&mut self, phone: usize) -> Result<(), Unexpected> {
        let bytes = std::mem::take(self.phone(phone)?.output());
        if !bytes.is_empty() {
            let input = Input::Received { link: link_of(phone), bytes: &bytes };
            self.drive.drive(&mut self.node, input, &mut self.sends);
        }
        Ok(())
    }

    fn hear_application(&mut self) -> Result<(), Unexpected> {
        while let Some(bytes) = self.application.poll_output() {
            let input = Input::Received { link: self.application_link(), bytes: &bytes };
            self.drive.drive(&mut self.node, input, &mut self.sends);
        }
        while let Some(notice) = self.application.poll_notice() {
            if let Notice::Answer(_, Err(failure)) = notice {
                return Err(Unexpected::Refused(failure));
            }
        }
        Ok(())
    }
}

fn expect(holds: bool, what: &'static str) -> Result<(), Unexpected> {
    if holds { Ok(()) } else { Err(Unexpected::Missing(what)) }
}

fn link_of(place: usize) -> LinkId {
    LinkId(place as u64 + 1)
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn number(phone: usize) -> String {
    (FIRST_NUMBER + phone).to_string()
}

fn configuration(phones: usize) -> String {
    let mut text = format!(
        "voice service voip\n no cti shutdown\n gcid\n!\ntelephony-service\n max-ephones {phones}\n \
         max-dn {phones}\n ip source-address 127.0.0.1\n!\n"
    );
    for phone in 0..phones {
        let (tag, number) = (phone + 1, number(phone));
        let mac = tag as u64;
        let (a, b, c) = (mac >> 32 & 0xffff, mac >> 16 & 0xffff, mac & 0xffff);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "ephone-dn {tag} dual-line\n number {number}\n name Phone {tag}\n cti watch\n!\n\
             ephone {tag}\n mac-address {a:04x}.{b:04x}.{c:04x}\n type 7960\n button 1:{tag}\n!\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_leaves_the_office_as_it_was() {
        let mut office = LoopbackOffice::registered(2, drive).unwrap();
        office.watch(0..2).unwrap();
        let before = office.node.applications().events_sent();
        for times in 1..=3 {
            office.rehearse().unwrap();
            assert_eq!(office.node.switch().calls().len(), 0);
            // ServiceInitiated, Originated, Delivered, Established and two ConnectionCleared at the calling line; the
            // called one does not see the call begin, nor its other end leave after it.
            assert_eq!(office.node.applications().events_sent() - before, 9 * times);
        }
        assert_eq!(office.application.complaint_count(), 0);
        for phone in &office.phones {
            assert_eq!(phone.complaints(), []);
        }
    }

    #[test]
    fn what_is_refused_is_said() {
        let mut office = LoopbackOffice::new(2, drive).unwrap();
        office.watch(0..2).unwrap();
        assert!(matches!(office.rehearse(), Err(Unexpected::Refused(_))), "no phone is there");
    }
}
