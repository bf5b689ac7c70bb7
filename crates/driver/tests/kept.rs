//! What a user has set is there when the server starts again, also if it was killed.

#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};

use hookflash_driver::{Bound, DataDirectory, Driver, Recorder, runtime};
use hookflash_node::{Listeners, Node, config, provision};
use hookflash_wire::sccp::{
    ClientMessage, DeviceType, Encoding, Framer, InstanceReq, KeypadButton, KeypadPress, Register,
    ServerMessage, SoftKey, SoftKeyEvent,
};
use tokio::{sync::oneshot, task::LocalSet};

const OFFICE: &str = "telephony-service\n max-ephones 2\n max-dn 2\nephone-dn 1\n number 201\n\
                      ephone-dn 2\n number 202\nephone 1\n mac-address 0200.0000.0201\n button 1:1\n";

/// The office while nobody has number 201.
const OFFICE_WITHOUT_201: &str = "telephony-service\n max-ephones 2\n max-dn 2\nephone-dn 1\n number 301\n\
                                  ephone-dn 2\n number 202\n";

/// How long anything may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// The files as they are at this moment: what a server finds that starts after this one was killed.
    fn as_after_a_kill(&self, name: &str) -> Folder {
        let copy = Folder::new(name);
        for entry in std::fs::read_dir(&self.0).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.0.join(entry.file_name())).unwrap();
        }
        copy
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server in a thread of its own, so that a phone reads at once what is written.
struct Server {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(configuration: &str, folder: &Folder) -> Server {
        let settings = provision(&config::load(configuration).settings, None).settings;
        let data = DataDirectory::open(&folder.0).unwrap();
        let (ready, address) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        let serve = move || async move {
            let anywhere = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
            let bound = Bound::bind(&Listeners { sccp: anywhere, ..Listeners::default() }).unwrap();
            let address = bound.addresses().sccp.unwrap();
            let driver = Driver::new(Node::new(settings).unwrap(), Recorder::default());
            driver.restore(&data);
            driver.start(bound, None).unwrap();
            ready.send(address).unwrap();
            let _ = ended.await;
        };
        let thread = std::thread::spawn(|| LocalSet::new().block_on(&runtime().unwrap(), serve()));
        let address = address.recv_timeout(PATIENCE).unwrap();
        Server { address, end: Some(end), thread: Some(thread) }
    }

    /// The phone of 201, once it has registered.
    fn phone(&self) -> Phone {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut phone = Phone { stream, framer: Framer::default() };
        let register = Register::new("SEP020000000201".into(), DeviceType::TYPE_7960);
        phone.send(&ClientMessage::Register(register));
        phone.receive(|message| matches!(message, ServerMessage::RegisterAck(_)).then_some(()));
        phone
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.thread.take().unwrap().join();
    }
}

struct Phone {
    stream: TcpStream,
    framer: Framer,
}

impl Phone {
    fn send(&mut self, message: &ClientMessage) {
        let mut bytes = Vec::new();
        message.encode(Encoding::default(), &mut bytes);
        self.stream.write_all(&bytes).unwrap();
    }

    /// Waits for a message.
    fn receive<T>(&mut self, wanted: impl Fn(&ServerMessage) -> Option<T>) -> T {
        let mut buffer = [0; 4096];
        loop {
            let count = self.stream.read(&mut buffer).unwrap();
            assert_ne!(count, 0, "the server closed the link");
            let mut bytes = &buffer[..count];
            let mut found = None;
            while let Some(frame) = self.framer.next(&mut bytes).unwrap() {
                let message = ServerMessage::decode(&frame, Encoding::default()).unwrap();
                found = found.or_else(|| wanted(&message));
            }
            if let Some(found) = found {
                return found;
            }
        }
    }

    /// CFwdAll.
    fn press_forward_all(&mut self) {
        let event = SoftKey::FORWARD_ALL;
        self.send(&ClientMessage::SoftKeyEvent(SoftKeyEvent { event, line: 0, call_reference: 0 }));
    }

    fn dial(&mut self, digits: &str) {
        for digit in digits.chars() {
            let button = KeypadButton::from_char(digit).unwrap();
            let press = KeypadPress { button, line: Some(1), call_reference: Some(0) };
            self.send(&ClientMessage::KeypadButton(press));
        }
    }

    /// Asks where its calls go.
    fn ask(&mut self) -> Option<String> {
        self.send(&ClientMessage::ForwardStatReq(InstanceReq { instance: 1 }));
        self.receive(where_all_go)
    }

    /// Waits until it is told that all its calls go there.
    fn told(&mut self, wanted: Option<&str>) {
        self.receive(|message| where_all_go(message).filter(|to| to.as_deref() == wanted));
    }

    fn forward_to(&mut self, number: &str) {
        self.press_forward_all();
        self.dial(number);
        self.dial("#");
        self.told(Some(number));
    }

    fn cancel(&mut self) {
        self.press_forward_all();
        self.told(None);
    }
}

fn where_all_go(message: &ServerMessage) -> Option<Option<String>> {
    match message {
        ServerMessage::ForwardStat(stat) => Some(stat.all.as_ref().map(ToString::to_string)),
        _ => None,
    }
}

#[test]
fn what_a_phone_was_told_survives_a_kill_at_that_moment() {
    let folder = Folder::new("told");
    let server = Server::start(OFFICE, &folder);
    let mut phone = server.phone();
    phone.forward_to("202");
    let forwarded = folder.as_after_a_kill("told-forwarded");
    phone.cancel();
    let cancelled = folder.as_after_a_kill("told-cancelled");

    for (folder, expected) in [(forwarded, Some("202")), (cancelled, None)] {
        let server = Server::start(OFFICE, &folder);
        assert_eq!(server.phone().ask().as_deref(), expected);
    }
}

#[test]
fn what_a_user_cancelled_does_not_come_back_with_the_configuration() {
    let forwards = OFFICE.replace(" number 201\n", " number 201\n call-forward all 202\n");
    let folder = Folder::new("cancelled");
    let server = Server::start(&forwards, &folder);
    let mut phone = server.phone();
    assert_eq!(phone.ask().as_deref(), Some("202"));
    phone.cancel();
    let server = Server::start(&forwards, &folder.as_after_a_kill("cancelled-again"));
    assert_eq!(server.phone().ask(), None);
}

#[test]
fn what_was_set_for_a_number_that_is_gone_does_not_come_back_with_it() {
    let folder = Folder::new("gone");
    let server = Server::start(OFFICE, &folder);
    server.phone().forward_to("202");
    let later = folder.as_after_a_kill("gone-later");
    let _without = Server::start(OFFICE_WITHOUT_201, &later);
    let server = Server::start(OFFICE, &later.as_after_a_kill("gone-back"));
    assert_eq!(server.phone().ask(), None);
}

#[test]
fn a_damaged_database_keeps_nobody_from_forwarding() {
    let folder = Folder::new("damaged");
    let damaged = "SQLite format 3 it is not".repeat(100);
    std::fs::write(folder.0.join("state.db"), &damaged).unwrap();
    let server = Server::start(OFFICE, &folder);
    let mut phone = server.phone();
    assert_eq!(phone.ask(), None);
    phone.forward_to("202");
    let kept = std::fs::read_to_string(folder.0.join("state.db.damaged")).unwrap();
    assert_eq!(kept, damaged);
    let server = Server::start(OFFICE, &folder.as_after_a_kill("damaged-again"));
    assert_eq!(server.phone().ask().as_deref(), Some("202"));
}
