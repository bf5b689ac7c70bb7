//! A node with virtual phones and an application at its links, without sockets: for benchmarks and for counting
//! instructions.

use std::{
    fmt::Write,
    net::SocketAddr,
    time::{Duration, Instant as Clock},
};

use hookflash_core::Instant;
use hookflash_node::{Door, Input, LinkId, Node, Output, config, provision};
use hookflash_sim::{
    application::{Application, ApplicationSettings, Notice, Session},
    phone::{Phone, PhoneSettings},
};
use hookflash_wire::sccp::DeviceType;

const NOW: Instant = Instant::ZERO;

/// A node, its phones (links 1, 2, ...) and an application (the last link).
pub struct Office {
    node: Node,
    phones: Vec<Phone>,
    application: Application,
    /// Time spent inside the node.
    spent: Duration,
}

impl Office {
    /// An office in which nobody has connected.
    pub fn new(phones: usize) -> Office {
        let settings = config::load(&configuration(phones)).settings;
        let node = Node::new(provision(&settings, None).settings).unwrap();
        let phone = |n| Phone::new(PhoneSettings::new(format!("SEP{:012X}", n + 1), DeviceType::TYPE_7960));
        let phones = (0..phones).map(phone).collect();
        let application = ApplicationSettings::new("app@office", "100000@office", address(40_000));
        Office { node, phones, application: Application::new(application), spent: Duration::ZERO }
    }

    /// An office with all phones registered.
    pub fn registered(phones: usize) -> Office {
        let mut office = Office::new(phones);
        (0..phones).for_each(|phone| office.register(phone));
        office
    }

    /// Puts a monitor on each of these phones' lines.
    pub fn watch(&mut self, phones: impl Iterator<Item = usize>) {
        if self.application.session() == Session::Closed {
            self.application.log_in(NOW);
            let link = self.application_link();
            self.input(Input::Connected {
                link,
                door: Door::Sip,
                local: address(5060),
                peer: address(40_000),
            });
            self.application.connected(NOW);
            self.settle();
        }
        for phone in phones {
            self.application.monitor_start(NOW, number(phone).as_str(), &[]);
            self.settle();
        }
    }

    fn application_link(&self) -> LinkId {
        LinkId(self.phones.len() as u64 + 1)
    }

    pub fn register(&mut self, phone: usize) {
        let link = LinkId(phone as u64 + 1);
        self.input(Input::Connected { link, door: Door::Sccp, local: address(2000), peer: address(50_000) });
        self.phones[phone].plug_in();
        self.phones[phone].connected(NOW);
        self.settle_phone(phone);
        assert!(self.phones[phone].is_registered());
    }

    /// The first phone calls the second, which answers and hangs up.
    pub fn call(&mut self) {
        self.phones[0].dial_at_once(&number(1)).unwrap();
        self.settle_phone(0);
        self.phones[1].lift_handset().unwrap();
        self.settle_phone(1);
        assert!(!self.phones[0].sending().is_empty() && !self.phones[1].sending().is_empty());
        self.phones[1].replace_handset().unwrap();
        self.settle_phone(1);
        assert!(self.phones[0].screen().is_idle() && self.phones[1].screen().is_idle());
    }

    /// The application makes a call from the first phone to the second, and its user hangs up. What happens until
    /// the first phone is told can be counted by itself: it is what its user waits for.
    pub fn make_call(&mut self) {
        self.application.make_call(NOW, number(0).as_str(), number(1).as_str(), false);
        let message = self.application.poll_output().unwrap();
        let input = Input::Received { link: self.application_link(), bytes: &message };
        let started = Clock::now();
        let mut sends = Vec::from_iter(until_the_phone_is_told(&mut self.node, input));
        let told = self.spent + started.elapsed();
        rest(&mut self.node, &mut sends);
        self.deliver(sends);
        self.phones[0].replace_handset().unwrap();
        self.settle_phone(0);
        assert!(self.phones[0].screen().is_idle() && self.phones[1].screen().is_idle());
        self.spent = told;
    }

    /// A keepalive of the first phone.
    pub fn keep_alive(&mut self) {
        const KEEP_ALIVE: [u8; 12] = [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        self.input(Input::Received { link: LinkId(1), bytes: &KEEP_ALIVE });
    }

    /// Gives the node what a phone has to say, until nobody has anything more to say.
    fn settle_phone(&mut self, phone: usize) {
        let bytes = std::mem::take(self.phones[phone].output());
        if !bytes.is_empty() {
            self.input(Input::Received { link: LinkId(phone as u64 + 1), bytes: &bytes });
        }
    }

    /// The same for the application.
    fn settle(&mut self) {
        while let Some(message) = self.application.poll_output() {
            let link = self.application_link();
            self.input(Input::Received { link, bytes: &message });
        }
        while let Some(notice) = self.application.poll_notice() {
            if let Notice::Answer(_, Err(failure)) = notice {
                panic!("{failure}");
            }
        }
    }

    fn input(&mut self, input: Input<'_>) {
        let started = Clock::now();
        let mut sends = Vec::new();
        inside_the_node(&mut self.node, input, &mut sends);
        self.spent += started.elapsed();
        self.deliver(sends);
    }

    /// Gives phones and application what the node sent them.
    fn deliver(&mut self, sends: Vec<(LinkId, Vec<u8>)>) {
        for (link, bytes) in sends {
            if link == self.application_link() {
                self.application.received(NOW, &bytes);
                self.settle();
            } else {
                let phone = usize::try_from(link.0).unwrap() - 1;
                self.phones[phone].received(NOW, &bytes);
                self.settle_phone(phone);
            }
            self.node.recycle(bytes);
        }
    }

    /// Time inside the node while something is done `times` times.
    pub fn time(&mut self, times: u64, mut what: impl FnMut(&mut Office)) -> Duration {
        self.spent = Duration::ZERO;
        (0..times).for_each(|_| what(self));
        self.spent
    }
}

/// Everything the node does for one input. Not inlined, so that a profiler can tell it from the rest.
#[inline(never)]
fn inside_the_node(node: &mut Node, input: Input<'_>, sends: &mut Vec<(LinkId, Vec<u8>)>) {
    node.handle(NOW, input);
    rest(node, sends);
}

/// Everything the node does before its first write. Not inlined, for the same reason.
#[inline(never)]
fn until_the_phone_is_told(node: &mut Node, input: Input<'_>) -> Option<(LinkId, Vec<u8>)> {
    node.handle(NOW, input);
    match node.poll_output()? {
        Output::Send { link, bytes } => Some((link, bytes)),
        _ => None,
    }
}

fn rest(node: &mut Node, sends: &mut Vec<(LinkId, Vec<u8>)>) {
    while let Some(output) = node.poll_output() {
        if let Output::Send { link, bytes } = output {
            sends.push((link, bytes));
        }
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn number(phone: usize) -> String {
    (100_000 + phone).to_string()
}

fn configuration(phones: usize) -> String {
    let mut text = format!(
        "voice service voip\n no cti shutdown\n gcid\n!\ntelephony-service\n max-ephones {phones}\n \
         max-dn {phones}\n ip source-address 127.0.0.1\n!\n"
    );
    for phone in 0..phones {
        let (tag, number) = (phone + 1, number(phone));
        let mac = format!("{tag:012x}");
        let (a, b, c) = (&mac[..4], &mac[4..8], &mac[8..]);
        write!(text, "ephone-dn {tag} dual-line\n number {number}\n name Phone {tag}\n cti watch\n!\n")
            .unwrap();
        write!(text, "ephone {tag}\n mac-address {a}.{b}.{c}\n type 7960\n button 1:{tag}\n!\n").unwrap();
    }
    text
}
