//! Runs one node: sockets, clock and control socket around `hookflash_node::Node`.
//!
//! Everything happens on one thread. Each link has a task that waits for its socket and passes what it reads to the node.
//! The outputs are written when the tasks that are ready have run, one write per link: when many links are ready, the
//! messages that they cause for one application leave together. When one is ready, its outputs are written at once.
//!
//! ```text
//!   socket readable ──► Node::handle ──► poll_output ──► Link::queue ──► the turn ends ──► Link::flush
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | here | inputs to the node, outputs from it, its timers |
//! | `start` | what happens at the start and at the end |
//! | `links` | connections and datagrams |
//! | `outputs` | carries out what the node wants |
//! | `terminals` | operators, and files that they name |
//!
//! Invariants:
//!
//! * Every input of the node passes [`Driver::pass`], and the node's outputs are drained before the next input. So a
//!   [recording](hookflash_node::recording) has the outputs of each input.
//! * A link whose peer does not read is closed when too many bytes wait for it. Other links are not affected.
//! * A link that the node closes is closed after its last bytes, in a way that lets the peer read them.

mod links;
mod outputs;
mod start;
mod terminals;

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{BTreeSet, HashMap, VecDeque},
    hash::{BuildHasher, Hasher, RandomState},
    net::SocketAddr,
    path::PathBuf,
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hookflash_core::{Instant, SoundId};
use hookflash_node::{AudioSocket, FetchId, Input, LinkId, Listeners, Node, TerminalId};
use tokio::{
    net::UdpSocket,
    runtime::Runtime,
    sync::{
        Notify,
        mpsc::{self, unbounded_channel},
        oneshot,
    },
    task::spawn_local,
};
use tracing::warn;

use crate::{
    clock::Clock,
    control::{Frame, Reply},
    error::Error,
    event_stream::EventStream,
    fetch::Waiting,
    flash::Flash,
    half_messages::HalfMessages,
    introduction::Introduction,
    link::{Backlog, Link},
    load_meter::{self, LoadMeter, Work},
    log_budget::LogBudget,
    media::MediaThread,
    messages::Messages,
    recording::Recorder,
    requests::Requests,
    resolver::Names,
    secure::Handshakes,
    session_store::SessionStore,
    state::State,
    store::StartupConfig,
    tls::Tls,
    turns::Turns,
    web_socket::Socket,
};

/// Interval at which the driver passes the time of day to the node; it may be set, or change to summer time.
const WALL_CLOCK_EVERY: Duration = Duration::from_secs(60);

/// Interval between two warnings that connections cannot be accepted.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Bytes read from a stream before other tasks run: some hundred keys, or a dozen requests.
const PIECE_PER_TURN: usize = 8 * 1024;

/// The runtime for a driver: one thread, which tells the load meter when it was idle.
///
/// # Errors
/// [`Error::System`].
pub fn runtime() -> Result<Runtime, Error> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().on_thread_unpark(load_meter::note_idle).build();
    runtime.map_err(|source| Error::System { action: "starting the runtime", source })
}

/// A running node and its sockets.
pub struct Driver {
    node: RefCell<Node>,
    clock: Clock,
    links: RefCell<HashMap<LinkId, Rc<Link>>>,
    backlog: Rc<Backlog>,
    last_link: Cell<u64>,
    udp: RefCell<Option<Rc<UdpSocket>>>,
    /// The links to be written at the end of the turn.
    queued: RefCell<Vec<(LinkId, Rc<Link>)>>,
    turn_ends: Notify,
    /// Terminals that wait for a reply.
    waiting: RefCell<HashMap<TerminalId, oneshot::Sender<Reply>>>,
    /// Where terminals are shown what they monitor.
    monitors: RefCell<HashMap<TerminalId, mpsc::Sender<Frame>>>,
    last_terminal: Cell<u64>,
    startup_config: StartupConfig,
    /// An operator wants the process to end and to be started again.
    reload: tokio::sync::Notify,
    /// By what this server is known where audio is encrypted with DTLS.
    introduction: OnceCell<Introduction>,
    read_buffer: RefCell<Vec<u8>>,
    /// Outputs of the node so far.
    outputs: Cell<usize>,
    /// Number of closed links whose last bytes the peer may not have read yet.
    draining: Cell<usize>,
    pub(crate) turns: Rc<Turns>,
    /// Whose request for a file or a page is carried out.
    pub(crate) requests: Requests,
    /// Lines about closed links since the minute began.
    lines: Cell<(Option<std::time::Instant>, u32)>,
    armed: Cell<Option<Instant>>,
    rearm: Notify,
    load: LoadMeter,
    recorder: Recorder,
    /// Where values are kept over a restart.
    state: OnceCell<State>,
    /// Where sessions are kept over a restart.
    sessions: OnceCell<SessionStore>,
    /// Requests for files and pages that the node has not answered.
    pub(crate) fetches: RefCell<HashMap<FetchId, Waiting>>,
    pub(crate) last_fetch: Cell<u64>,
    /// Where stored files are.
    flash: OnceCell<Flash>,
    /// How many lines about files the log may have.
    pub(crate) file_log: LogBudget,
    /// The links that are WebSockets.
    pub(crate) sockets: RefCell<HashMap<LinkId, Rc<Socket>>>,
    /// Messages over WebSocket of which a part has come.
    pub(crate) half_messages: Rc<HalfMessages>,
    /// WebSockets that were granted for audio, and are not open yet.
    pub(crate) granted_audio: RefCell<HashMap<LinkId, AudioSocket>>,
    /// Passwords are compared one after the other: the rest of the processor is for calls.
    comparing: tokio::sync::Semaphore,
    /// Certificates.
    tls: OnceCell<Tls>,
    /// Handshakes that are not done.
    pub(crate) handshakes: Handshakes,
    /// Responses of HTTP that go on.
    pub(crate) streams: RefCell<HashMap<FetchId, Rc<EventStream>>>,
    /// Name servers, and what asks them.
    pub(crate) names: RefCell<Option<(Vec<SocketAddr>, Rc<Names>)>>,
    /// Where the server listens.
    listening: Cell<Listeners>,
    /// The media engine; it is started with the first leg.
    media: OnceCell<MediaThread>,
    /// Messages that are played and recorded; its thread is started with the first one.
    messages: OnceCell<Messages>,
    /// Sounds that the node has ordered and not closed.
    sounds: RefCell<BTreeSet<SoundId>>,
    /// The data directory.
    data: OnceCell<PathBuf>,
}

impl Driver {
    /// A driver for this node. It passes every input and output to the recorder.
    pub fn new(node: Node, recorder: Recorder) -> Rc<Driver> {
        let started = std::time::Instant::now();
        Rc::new(Driver {
            load: LoadMeter::new(started, work_of(&node)),
            node: RefCell::new(node),
            clock: Clock::new(started),
            links: RefCell::default(),
            backlog: Rc::default(),
            last_link: Cell::new(0),
            udp: RefCell::new(None),
            queued: RefCell::default(),
            turn_ends: Notify::new(),
            waiting: RefCell::default(),
            monitors: RefCell::default(),
            last_terminal: Cell::new(0),
            startup_config: StartupConfig::default(),
            reload: tokio::sync::Notify::new(),
            introduction: OnceCell::new(),
            read_buffer: RefCell::new(vec![0; PIECE_PER_TURN]),
            outputs: Cell::new(0),
            draining: Cell::new(0),
            turns: Rc::default(),
            requests: Requests::default(),
            lines: Cell::new((None, 0)),
            armed: Cell::new(None),
            rearm: Notify::new(),
            recorder,
            state: OnceCell::new(),
            sessions: OnceCell::new(),
            fetches: RefCell::default(),
            last_fetch: Cell::new(0),
            flash: OnceCell::new(),
            file_log: LogBudget::default(),
            sockets: RefCell::default(),
            half_messages: Rc::default(),
            granted_audio: RefCell::default(),
            comparing: tokio::sync::Semaphore::new(1),
            tls: OnceCell::new(),
            handshakes: Handshakes::default(),
            streams: RefCell::default(),
            names: RefCell::default(),
            listening: Cell::default(),
            media: OnceCell::new(),
            messages: OnceCell::new(),
            sounds: RefCell::default(),
            data: OnceCell::new(),
        })
    }

    /// Where stored files are.
    pub(crate) fn flash(&self) -> Flash {
        self.flash.get().cloned().unwrap_or_default()
    }

    /// The name servers of the configuration.
    pub(crate) fn name_servers(&self) -> Vec<SocketAddr> {
        self.node.borrow().settings().configuration.name_servers()
    }

    /// By which names pages in browsers may use this server.
    pub(crate) fn own_names(&self) -> Vec<String> {
        self.node.borrow().settings().configuration.own_names()
    }

    /// Whether webhooks may be posted to the links of this host.
    pub(crate) fn posts_locally(&self) -> bool {
        let node = self.node.borrow();
        node.settings().configuration.cti_manager.as_ref().is_some_and(|manager| manager.webhook_local)
    }

    /// The number of CSTA events sent to applications so far.
    pub fn events_sent(&self) -> u64 {
        self.node.borrow().applications().events_sent()
    }

    fn work(&self) -> Work {
        work_of(&self.node.borrow())
    }

    fn now(&self) -> Instant {
        self.clock.now(|| self.node.borrow().poll_timeout())
    }

    /// Outputs of the node so far; it begins again where numbers end.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs.get()
    }

    /// Passes an input to the node and carries out its outputs.
    pub(crate) fn input(self: &Rc<Self>, input: Input<'_>) {
        self.watch_load();
        self.pass(input);
        self.carry_out();
    }

    /// Passes an input to the node and the recorder.
    fn pass(&self, input: Input<'_>) {
        let now = self.now();
        self.recorder.input(now, &input);
        self.node.borrow_mut().handle(now, input);
    }

    /// Tells the node the limit for new calls if it has changed, and sends a probe through the queue if the meter wants one.
    fn watch_load(self: &Rc<Self>) {
        let now = std::time::Instant::now();
        if let Some(rate) = self.load.update(now, || self.work()) {
            self.limit_calls(rate);
        }
        if self.load.wants_probe(now) {
            let driver = self.clone();
            spawn_local(async move {
                tokio::task::yield_now().await;
                if let Some(rate) = driver.load.probed(now, std::time::Instant::now()) {
                    driver.limit_calls(Some(rate));
                }
            });
        }
    }

    fn limit_calls(self: &Rc<Self>, rate: Option<u32>) {
        if self.node.borrow().switch().admission().rate() != rate {
            self.pass(Input::CallRate(rate));
            self.carry_out();
        }
    }

    /// Carries out the outputs of the node until there are none; what is to be stored is on disk then.
    fn carry_out(self: &Rc<Self>) {
        let mut broken = VecDeque::new();
        loop {
            self.write_outputs(&mut broken);
            let Some(link) = broken.pop_front() else { break };
            self.pass(Input::Closed { link });
        }
        self.flush_state();
        self.arm();
    }

    /// What waits for all links together.
    pub(crate) fn backlog(&self) -> Rc<Backlog> {
        self.backlog.clone()
    }

    /// The media engine; `None` if it cannot be started, which was logged.
    pub(crate) fn media(self: &Rc<Self>) -> Option<&MediaThread> {
        if self.media.get().is_none() {
            let (sender, reports) = unbounded_channel();
            match MediaThread::start(media_seed(), sender) {
                Ok(media) => {
                    spawn_local(self.clone().report_legs(reports));
                    if let Some(own) = self.introduction.get() {
                        media.introduce(own.identity());
                    }
                    let _ = self.media.set(media);
                }
                Err(error) => warn!(%error, "there is no audio of conferences and no music on hold"),
            }
        }
        self.media.get()
    }

    /// The messages; `None` if their thread cannot be started, which was logged.
    pub(crate) fn messages(self: &Rc<Self>) -> Option<&Messages> {
        if self.messages.get().is_none() {
            let (sender, found) = unbounded_channel();
            match Messages::start(self.data.get().map(PathBuf::as_path), sender) {
                Ok(messages) => {
                    spawn_local(self.clone().report_messages(found));
                    let _ = self.messages.set(messages);
                }
                Err(error) => warn!(%error, "no messages can be played or recorded"),
            }
        }
        self.messages.get()
    }

    /// Wakes the timer task if the node's next deadline is earlier than the one it waits for.
    fn arm(&self) {
        let next = self.node.borrow().poll_timeout();
        let sooner = match (next, self.armed.get()) {
            (Some(next), Some(armed)) => next < armed,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if sooner {
            self.armed.set(next);
            self.rearm.notify_one();
        }
    }

    async fn run_timers(self: Rc<Self>) {
        loop {
            let next = self.node.borrow().poll_timeout();
            self.armed.set(next);
            match next {
                Some(next) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(self.clock.when(next).into()) => {}
                        () = self.rearm.notified() => continue,
                    }
                }
                None => {
                    self.rearm.notified().await;
                    continue;
                }
            }
            let now = self.now();
            self.recorder.timeout(now);
            self.node.borrow_mut().handle_timeout(now);
            self.carry_out();
        }
    }

    async fn watch_wall_clock(self: Rc<Self>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(WALL_CLOCK_EVERY) => {}
                () = self.clock.resumed() => {}
            }
            self.tell_wall_clock();
            self.retry_state();
        }
    }

    fn tell_wall_clock(self: &Rc<Self>) {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let unix_millis = i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX);
        let utc_offset_seconds = jiff::Zoned::now().offset().seconds();
        self.input(Input::WallClock { unix_millis, utc_offset_seconds });
    }
}

/// The processor time of this thread and the calls of the switch so far.
fn work_of(node: &Node) -> Work {
    let admission = node.switch().admission();
    Work { processor: load_meter::processor_time(), taken: admission.taken(), refused: admission.refused() }
}

/// A number that nobody can guess, for the SSRCs of the media engine: the keys of the standard library's hash maps are
/// random.
fn media_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use hookflash_node::{Listeners, config, provision};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        task::LocalSet,
    };

    use super::*;
    use crate::listen::Bound;

    /// KeepAlive; KeepAliveAck has the same size.
    const KEEPALIVE: [u8; 12] = [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    async fn serve() -> (Rc<Driver>, SocketAddr) {
        let anywhere = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let bound = Bound::bind(&Listeners { sccp: anywhere, ..Listeners::default() }).unwrap();
        let address = bound.addresses().sccp;
        let driver = Driver::new(
            Node::new(provision(&config::load("").settings, None).settings).unwrap(),
            Recorder::default(),
        );
        driver.start(bound, None).unwrap();
        (driver, address.unwrap())
    }

    #[test]
    fn a_link_that_sends_without_a_pause_does_not_delay_others() {
        LocalSet::new().block_on(&runtime().unwrap(), async {
            let (_driver, address) = serve().await;
            let mut flood = TcpStream::connect(address).await.unwrap();
            let mut other = TcpStream::connect(address).await.unwrap();
            let mut answer = [0; KEEPALIVE.len()];
            for link in [&mut flood, &mut other] {
                link.write_all(&KEEPALIVE).await.unwrap();
                link.read_exact(&mut answer).await.unwrap();
            }
            let sent = KEEPALIVE.repeat(8 * PIECE_PER_TURN / KEEPALIVE.len());
            assert_eq!(flood.try_write(&sent).unwrap(), sent.len(), "the socket takes all of it");
            assert_eq!(other.try_write(&KEEPALIVE).unwrap(), KEEPALIVE.len());
            other.read_exact(&mut answer).await.unwrap();
            let mut answers = vec![0; sent.len()];
            let answered = flood.try_read(&mut answers).unwrap_or(0);
            assert!(answered < sent.len() / 2, "{answered} of {} bytes were answered before", sent.len());
        });
    }
}
