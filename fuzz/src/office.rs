//! A node, its links and its time, and what must hold whatever happens.
//!
//! Whatever a program does:
//!
//! * nothing panics;
//! * one input causes a limited number of outputs;
//! * what the node sends goes to links that are open, in whole messages that its own codecs read;
//! * after `handle_timeout(now)` nothing is due at or before `now`, and a minute's timers run out;
//! * when everybody has gone and the longest timer has run out, no call is left, unless the server was ending anyway;
//! * the same program gives the same outputs, byte for byte.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    sync::LazyLock,
    time::Duration,
};

use hookflash_core::Instant;
use hookflash_node::{Listener, Input, LinkId, Node, NodeSettings, Output, TerminalId, config, provision};

use crate::{
    application::{Application, Transport},
    phone::Phone,
    program::Program,
    stream::Stream,
};

/// Operations of one program; the rest is ignored.
const MAX_OPERATIONS: usize = 256;
/// Connections that one program may open.
const MAX_LINKS: u64 = 24;
/// What one input may cause at most.
const MAX_OUTPUTS: usize = 2_000;
/// Timers that may run out while a program waits once.
const MAX_TIMEOUTS: usize = 20_000;
/// Longer than any timer of a node whose links are all closed, sessions of applications included.
const UNTIL_NOTHING_IS_LEFT: Duration = Duration::from_secs(2 * 3600);

/// Commands an operator gives, one of them wrong.
const COMMANDS: [&str; 19] = [
    "show ephone",
    "show cti session",
    "show running-config",
    "show call active voice brief",
    "sh ?",
    "\u{0}x",
    "configure terminal",
    "ephone-dn 1",
    "number 209",
    "no number",
    "no ephone-dn 2",
    "ephone 1",
    "button 1:2",
    "no ephone 2",
    "voice service voip",
    "cti shutdown",
    "no cti shutdown",
    "end",
    "write memory",
];

static SETTINGS: LazyLock<NodeSettings> = LazyLock::new(|| {
    let loaded = config::load(include_str!("office.cfg"));
    assert!(loaded.can_run(), "{:?}", loaded.diagnostics);
    provision(&loaded.settings, None).settings
});

/// Runs a program from opening to closing time and returns a digest of everything the node said.
pub fn run(program: &[u8]) -> u64 {
    let mut program = Program::new(program);
    let mut office = Office::new();
    for _ in 0..MAX_OPERATIONS {
        if program.is_over() {
            break;
        }
        office.step(&mut program);
    }
    office.close();
    office.said.finish()
}

struct Office {
    node: Node,
    now: Instant,
    /// The server has been told to end.
    ending: bool,
    last_link: u64,
    phones: Vec<Phone>,
    /// The first one speaks in datagrams.
    applications: Vec<Application>,
    streams: Vec<Stream>,
    said: DefaultHasher,
}

impl Office {
    fn new() -> Office {
        Office {
            node: Node::new(SETTINGS.clone()).expect("the settings are valid"),
            now: Instant::ZERO,
            ending: false,
            last_link: 0,
            phones: Vec::new(),
            applications: vec![Application::new(Transport::Udp, 0)],
            streams: Vec::new(),
            said: DefaultHasher::new(),
        }
    }

    fn step(&mut self, program: &mut Program<'_>) {
        match program.byte() % 16 {
            0 => drop(self.connect(Listener::Sccp)),
            1 => drop(self.connect(Listener::Sip)),
            2 | 3 => self.start_phone(program),
            4 if program.byte() % 4 == 3 => self.start_stream(program),
            4 => self.start_application(program),
            5..=8 => self.let_phone_speak(program),
            9 if program.byte() % 2 == 1 => self.let_stream_speak(program),
            9..=11 => self.let_application_speak(program),
            12 => self.send_raw(program),
            13 => self.hang_up(program),
            14 => self.wait(waiting_time(program)),
            _ => self.surprise(program),
        }
    }

    fn connect(&mut self, listener: Listener) -> Option<LinkId> {
        if self.last_link == MAX_LINKS {
            return None;
        }
        self.last_link += 1;
        let link = LinkId(self.last_link);
        match listener {
            Listener::Sccp => self.phones.push(Phone::new(link)),
            Listener::Sip | Listener::Sips => self.applications.push(Application::new(Transport::Tcp(Some(link)), link.0)),
            Listener::Csta | Listener::CstaTls | Listener::CstaImplicit | Listener::CstaGreeting => {
                self.streams.push(Stream::new(link));
            }
        }
        let peer = SocketAddr::from(([127, 0, 0, 9], 5_070));
        self.handle(Input::Connected { link, listener, local: local(listener), peer });
        Some(link)
    }

    fn start_phone(&mut self, program: &mut Program<'_>) {
        let Some(link) = self.connect(Listener::Sccp) else { return };
        let Some(phone) = self.phones.last_mut() else { return };
        let bytes = phone.start(program);
        self.handle(Input::Received { link, bytes: &bytes });
    }

    fn start_application(&mut self, program: &mut Program<'_>) {
        if self.connect(Listener::Sip).is_none() {
            return;
        }
        let Some(application) = self.applications.last_mut() else { return };
        let transport = application.transport;
        let invite = application.start();
        self.send(transport, &invite);
        let place = self.applications.len() - 1;
        for _ in 0..program.byte() % 4 {
            let bytes = self.applications[place].message(program);
            self.send(transport, &bytes);
        }
    }

    fn start_stream(&mut self, program: &mut Program<'_>) {
        let Some(link) = self.connect(Listener::Csta) else { return };
        let Some(stream) = self.streams.last_mut() else { return };
        let bytes = stream.start(program);
        self.handle(Input::Received { link, bytes: &bytes });
    }

    fn let_stream_speak(&mut self, program: &mut Program<'_>) {
        let Some(stream) = program.pick_mut(&mut self.streams) else { return };
        let Some(link) = stream.link else { return };
        let bytes = stream.message(program);
        self.handle(Input::Received { link, bytes: &bytes });
    }

    fn let_phone_speak(&mut self, program: &mut Program<'_>) {
        let Some(phone) = program.pick_mut(&mut self.phones) else { return };
        let Some(link) = phone.link else { return };
        let bytes = phone.message(program);
        self.handle(Input::Received { link, bytes: &bytes });
    }

    fn let_application_speak(&mut self, program: &mut Program<'_>) {
        let Some(application) = program.pick_mut(&mut self.applications) else { return };
        let transport = application.transport;
        let bytes = application.message(program);
        // Now and then a message comes in pieces.
        let cut = if program.byte() % 8 == 7 { usize::from(program.byte()) } else { bytes.len() };
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        self.send(transport, first);
        if transport != Transport::Udp && !second.is_empty() {
            self.send(self.transport_now(transport), second);
        }
    }

    /// The transport, closed if the node has closed it meanwhile.
    fn transport_now(&self, transport: Transport) -> Transport {
        let open = self.applications.iter().any(|application| application.transport == transport);
        if open { transport } else { Transport::Tcp(None) }
    }

    fn send_raw(&mut self, program: &mut Program<'_>) {
        let link = LinkId(u64::from(program.byte()) % (self.last_link + 1));
        let bytes = program.bytes();
        if link == LinkId(0) {
            self.send(Transport::Udp, bytes);
        } else if self.is_open(link) {
            self.handle(Input::Received { link, bytes });
        }
    }

    fn hang_up(&mut self, program: &mut Program<'_>) {
        let link = LinkId(u64::from(program.byte()) % (self.last_link + 1));
        if self.forget(link) {
            self.handle(Input::Closed { link });
        }
    }

    fn surprise(&mut self, program: &mut Program<'_>) {
        match program.byte() % 8 {
            0..=3 => {
                let line = program.pick(&COMMANDS);
                self.handle(Input::Command { terminal: TerminalId(1), line });
            }
            4 => {
                let line = String::from_utf8_lossy(program.bytes());
                self.handle(Input::Command { terminal: TerminalId(2), line: &line });
            }
            5 => {
                let unix_millis = program.pick(&[1_700_000_000_000, 0, -1, i64::MAX, i64::MIN]);
                let utc_offset_seconds = program.pick(&[3_600, 0, -43_200, i32::MAX, i32::MIN]);
                self.handle(Input::WallClock { unix_millis, utc_offset_seconds });
            }
            6 => self.handle(Input::CallRate(program.pick(&[None, None, Some(0), Some(1), Some(u32::MAX)]))),
            _ => {
                self.ending = true;
                self.handle(Input::ShutDown);
            }
        }
    }

    /// Everybody goes home.
    fn close(&mut self) {
        for link in (1..=self.last_link).map(LinkId) {
            if self.forget(link) {
                self.handle(Input::Closed { link });
            }
        }
        self.wait(UNTIL_NOTHING_IS_LEFT);
        assert!(self.ending || self.node.switch().calls().is_empty(), "a call without anybody in it");
    }

    fn send(&mut self, transport: Transport, bytes: &[u8]) {
        match transport {
            Transport::Tcp(Some(link)) => self.handle(Input::Received { link, bytes }),
            Transport::Tcp(None) => {}
            Transport::Udp => {
                let from = SocketAddr::from(([127, 0, 0, 9], 5_070));
                self.handle(Input::Datagram { local: local(Listener::Sip), from, bytes });
            }
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        self.node.handle(self.now, input);
        self.carry_out();
        self.wait(Duration::ZERO);
    }

    /// Lets time pass as a driver does: from one timer to the next.
    fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        for _ in 0..MAX_TIMEOUTS {
            let Some(due) = self.node.poll_timeout().filter(|due| *due <= until) else {
                self.now = until;
                return;
            };
            self.now = due.max(self.now);
            self.node.handle_timeout(self.now);
            let next = self.node.poll_timeout();
            assert!(next.is_none_or(|next| next > self.now), "due at {next:?}, although it is {}", self.now);
            self.carry_out();
        }
        panic!("timers never run out before {until}");
    }

    fn carry_out(&mut self) {
        for _ in 0..MAX_OUTPUTS {
            let Some(output) = self.node.poll_output() else { return };
            match output {
                Output::Send { link, bytes } => {
                    (link, &bytes).hash(&mut self.said);
                    self.deliver(link, &bytes);
                    self.node.recycle(bytes);
                }
                Output::Close { link } => {
                    link.hash(&mut self.said);
                    assert!(self.forget(link), "{link:?} is closed already");
                }
                Output::Datagram { to, bytes, .. } => {
                    (to, &bytes).hash(&mut self.said);
                    self.applications[0].hear(&bytes);
                }
                Output::ReadConfiguration { file, .. } => file.hash(&mut self.said),
                Output::CommandOutput { text, .. } | Output::TerminalText { text, .. } | Output::StoreStartupConfig { text, .. } => {
                    text.hash(&mut self.said);
                }
                Output::Store { key, value } => (key, value).hash(&mut self.said),
                // Nobody here hears media or fetches anything.
                other => format!("{other:?}").hash(&mut self.said),
            }
        }
        panic!("more than {MAX_OUTPUTS} outputs of one input");
    }

    fn deliver(&mut self, link: LinkId, bytes: &[u8]) {
        if let Some(phone) = self.phones.iter_mut().find(|phone| phone.link == Some(link)) {
            return phone.hear(bytes);
        }
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.link == Some(link)) {
            return stream.hear(bytes);
        }
        let transport = Transport::Tcp(Some(link));
        match self.applications.iter_mut().find(|application| application.transport == transport) {
            Some(application) => application.hear(bytes),
            None => panic!("{link:?} is closed"),
        }
    }

    fn is_open(&self, link: LinkId) -> bool {
        let transport = Transport::Tcp(Some(link));
        self.phones.iter().any(|phone| phone.link == Some(link))
            || self.streams.iter().any(|stream| stream.link == Some(link))
            || self.applications.iter().any(|application| application.transport == transport)
    }

    /// Takes a link out of the books. False if it was not in them.
    fn forget(&mut self, link: LinkId) -> bool {
        let open = self.is_open(link);
        for phone in self.phones.iter_mut().filter(|phone| phone.link == Some(link)) {
            phone.link = None;
        }
        for stream in self.streams.iter_mut().filter(|stream| stream.link == Some(link)) {
            stream.link = None;
        }
        for application in &mut self.applications {
            if application.transport == Transport::Tcp(Some(link)) {
                application.transport = Transport::Tcp(None);
            }
        }
        open
    }
}

fn local(listener: Listener) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], if listener == Listener::Sccp { 2_000 } else { 5_060 }))
}

/// From nothing to a quarter of an hour.
fn waiting_time(program: &mut Program<'_>) -> Duration {
    let byte = program.byte();
    let unit = [1, 100, 1_000, 15_000][usize::from(byte % 4)];
    Duration::from_millis(unit * u64::from(byte / 4))
}
