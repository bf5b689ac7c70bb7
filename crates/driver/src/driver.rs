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
//! Invariants:
//!
//! * Every input of the node passes [`Driver::pass`], and the node's outputs are drained before the next input. So a
//!   [recording](hookflash_node::recording) has the outputs of each input.
//! * A link whose peer does not read is closed when too many bytes wait for it. Other links are not affected.
//! * A link that the node closes is closed after its last bytes, in a way that lets the peer read them.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, Hasher, RandomState},
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hookflash_core::{Instant, LegId, LegState};
use hookflash_media::Music;
use hookflash_node::{
    AudioSocket, FetchId, Input, LinkId, Listener, Listeners, Node, Output, SessionRecord, TerminalId,
    config::TlsService,
};
use tokio::{
    net::{TcpListener, UdpSocket},
    runtime::Runtime,
    sync::{
        Notify,
        mpsc::{self, UnboundedReceiver, unbounded_channel},
        oneshot,
    },
    task::spawn_local,
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, info, warn};

use crate::{
    clock::Clock,
    configuration,
    control::{self, Frame, Reply},
    data::DataDirectory,
    datagrams::Datagrams,
    error::Error,
    event_stream::EventStream,
    fetch::Waiting,
    flash::Flash,
    http::{self, Door},
    link::{Backlog, Link},
    listen::{Bound, PhoneListeners},
    load_meter::{self, LoadMeter, Work},
    log_budget::LogBudget,
    media::{MediaThread, Opened, Report},
    recording::Recorder,
    resolver::Names,
    secure::Handshakes,
    session_store::SessionStore,
    state::State,
    store::StartupConfig,
    stream::Stream,
    tftp,
    tls::Tls,
    turns::Turns,
    web_socket::Socket,
};

/// Interval at which the driver passes the time of day to the node; it may be set, or change to summer time.
const WALL_CLOCK_EVERY: Duration = Duration::from_secs(60);

/// Interval between two warnings that connections cannot be accepted.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Time within which the last messages must be written at shutdown.
const SHUTDOWN_TIME: Duration = Duration::from_secs(2);

/// Largest datagram.
const MAX_DATAGRAM: usize = 64 * 1024;

/// Bytes read from a stream before other tasks run: some hundred keys, or a dozen requests.
const PIECE_PER_TURN: usize = 8 * 1024;

/// Closed links that may wait at the same time until the peer has read their last bytes, if there are files enough.
const MAX_DRAINING: usize = 256;

/// Datagrams taken out of the socket, and passed on, before other tasks run.
const DATAGRAMS_TAKEN: usize = 512;
const DATAGRAMS_PER_TURN: usize = 32;

/// Connections accepted by one listener before other tasks run.
const ACCEPTED_PER_TURN: usize = 16;

/// Lines about links that were closed, in a minute.
const LINES_A_MINUTE: u32 = 60;

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
    read_buffer: RefCell<Vec<u8>>,
    /// Number of closed links whose last bytes the peer may not have read yet.
    draining: Cell<usize>,
    pub(crate) turns: Turns,
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
    /// WebSockets that were granted for audio, and are not open yet.
    pub(crate) granted_audio: RefCell<HashMap<LinkId, AudioSocket>>,
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
            read_buffer: RefCell::new(vec![0; PIECE_PER_TURN]),
            draining: Cell::new(0),
            turns: Turns::default(),
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
            granted_audio: RefCell::default(),
            tls: OnceCell::new(),
            handshakes: Handshakes::default(),
            streams: RefCell::default(),
            names: RefCell::default(),
            listening: Cell::default(),
            media: OnceCell::new(),
        })
    }

    /// Gives the node back what it had stored in this data directory, and stores there from now on. Without this, nothing
    /// is kept. Must be called before [`Driver::start`].
    pub fn restore(self: &Rc<Self>, data: &DataDirectory) {
        let (state, values) = State::open(data.path());
        if self.state.set(state).is_err() {
            return;
        }
        for value in &values {
            self.pass(Input::Restore { value });
            // There is no link yet that could break.
            self.write_outputs(&mut VecDeque::new());
        }
        let mut records = Vec::new();
        let sessions = SessionStore::open(data.path(), |record| records.push(record));
        let _ = self.sessions.set(sessions);
        for record in records {
            self.pass(Input::RestoreSession(record));
            self.write_outputs(&mut VecDeque::new());
        }
        // What is forgotten is removed in one transaction.
        self.flush_state();
        self.arm();
        if !values.is_empty() {
            info!(values = values.len(), "values set by users and applications are in effect again");
        }
    }

    /// Has these certificates for what is served over TLS. Must be called before [`Driver::start`]; without it, nothing is.
    pub fn secure(&self, tls: Tls) {
        // It is set once, at the start.
        let _ = self.tls.set(tls);
    }

    /// Starts to serve phones and applications on the listeners, and operators on the control socket if a path is given.
    /// Must be called in the [`runtime`] and in a `LocalSet`.
    ///
    /// # Errors
    /// [`Error::Data`] if the control socket cannot be opened.
    pub fn start(self: &Rc<Self>, bound: Bound, control: Option<&Path>) -> Result<(), Error> {
        self.tell_wall_clock();
        self.listening.set(bound.addresses());
        self.tell_listening();
        if let Some(path) = control {
            self.open_control(path)?;
        }
        let plain = [
            (bound.sccp, Listener::Sccp),
            (bound.second_sccp, Listener::Sccp),
            (bound.sip_tcp, Listener::Sip),
            (bound.csta, Listener::Csta),
            (bound.csta_implicit, Listener::CstaImplicit),
            (bound.csta_greeting, Listener::CstaGreeting),
        ];
        for (socket, listener) in plain {
            socket.map(|socket| spawn_local(self.clone().accept(socket, listener, None)));
        }
        let secure = [
            (bound.sips, Listener::Sips, TlsService::Sip),
            (bound.csta_tls, Listener::CstaTls, TlsService::Csta),
        ];
        for (socket, listener, service) in secure {
            let Some((socket, acceptor)) = socket.zip(self.acceptor(service)) else { continue };
            spawn_local(self.clone().accept(socket, listener, Some(acceptor)));
        }
        self.serve_phones(bound.phones);
        if let Some(socket) = bound.sip_udp {
            let socket = Rc::new(socket);
            *self.udp.borrow_mut() = Some(socket.clone());
            spawn_local(self.clone().receive_datagrams(socket));
        }
        spawn_local(self.clone().run_writer());
        let driver = self.clone();
        spawn_local(async move { driver.turns.run().await });
        spawn_local(self.clone().run_timers());
        spawn_local(self.clone().watch_wall_clock());
        Ok(())
    }

    /// Serves files and pages of phones on these listeners.
    fn serve_phones(self: &Rc<Self>, bound: PhoneListeners) {
        if let Some(socket) = bound.tftp {
            tftp::serve(self, socket).unwrap_or_else(|error| warn!(%error, "no TFTP"));
        }
        if let Some(listener) = bound.files {
            spawn_local(http::serve(self.clone(), listener, Door::Files, None));
        }
        for listener in [bound.http, bound.second_http].into_iter().flatten() {
            spawn_local(http::serve(self.clone(), listener, Door::Pages, None));
        }
        if let Some((listener, acceptor)) = bound.https.zip(self.acceptor(TlsService::Http)) {
            spawn_local(http::serve(self.clone(), listener, Door::Pages, Some(acceptor)));
        }
    }

    /// What a service accepts connections over TLS with.
    fn acceptor(&self, service: TlsService) -> Option<TlsAcceptor> {
        self.tls.get()?.acceptor(service)
    }

    /// Opens listeners that the configuration wants now and that are not open yet.
    async fn listen_too(self: Rc<Self>, wanted: Listeners) {
        let now = self.listening.get();
        let missing = Listeners {
            tftp: wanted.tftp.filter(|_| now.tftp.is_none()),
            files: wanted.files.filter(|_| now.files.is_none()),
            http: wanted.http.filter(|_| now.http.is_none()),
            ..Listeners::default()
        };
        let bound = PhoneListeners::bind(&missing);
        let Listeners { tftp, files, http, .. } = bound.addresses();
        for (service, address) in [("tftp", tftp), ("files", files), ("http", http)] {
            if let Some(address) = address {
                info!(service, %address, "listening too");
            }
        }
        let listening =
            Listeners { tftp: now.tftp.or(tftp), files: now.files.or(files), http: now.http.or(http), ..now };
        self.listening.set(listening);
        self.serve_phones(bound);
        self.tell_listening();
    }

    fn tell_listening(self: &Rc<Self>) {
        let Listeners { sccp, http, .. } = self.listening.get();
        self.input(Input::Listening { sccp, http });
    }

    /// Opens the control socket.
    ///
    /// # Errors
    /// [`Error::Data`] if it belongs to another server or cannot be created.
    pub fn open_control(self: &Rc<Self>, path: &Path) -> Result<(), Error> {
        control::listen(self.clone(), path)
    }

    /// Tells the node to shut down and waits, at most two seconds, until the last messages are written.
    pub async fn shut_down(self: &Rc<Self>) {
        let links: Vec<Rc<Link>> = self.links.borrow().values().cloned().collect();
        let sockets: Vec<Rc<Socket>> = self.sockets.borrow().values().cloned().collect();
        self.input(Input::ShutDown);
        self.commit_sessions();
        self.retry_state();
        let flushed = async {
            for socket in sockets {
                socket.flushed().await;
            }
            for link in links {
                link.flushed().await;
            }
        };
        if tokio::time::timeout(SHUTDOWN_TIME, flushed).await.is_err() {
            warn!("some links did not accept their last messages in time");
        }
        self.recorder.finish();
    }

    /// A terminal for one more operator, at the exec prompt.
    pub fn open_terminal(&self) -> TerminalId {
        let terminal = TerminalId(self.last_terminal.get() + 1);
        self.last_terminal.set(terminal.0);
        terminal
    }

    /// What a terminal monitors goes here until the terminal is closed. What has no room is lost.
    pub(crate) fn monitor(&self, terminal: TerminalId, frames: mpsc::Sender<Frame>) {
        self.monitors.borrow_mut().insert(terminal, frames);
    }

    /// Types a line at a terminal that waits for nothing; the reply comes back through the receiver.
    pub fn command(self: &Rc<Self>, terminal: TerminalId, line: &str) -> oneshot::Receiver<Reply> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().insert(terminal, sender);
        self.input(Input::Command { terminal, line });
        receiver
    }

    /// A terminal was closed.
    pub fn close_terminal(self: &Rc<Self>, terminal: TerminalId) {
        self.waiting.borrow_mut().remove(&terminal);
        self.monitors.borrow_mut().remove(&terminal);
        self.input(Input::TerminalClosed { terminal });
    }

    /// Serves stored files from the folder `flash` of this data directory.
    pub fn serve_files_of(&self, data: &Path) {
        // It is set once, at the start.
        let _ = self.flash.set(Flash::of(data));
    }

    /// Where stored files are.
    pub(crate) fn flash(&self) -> Flash {
        self.flash.get().cloned().unwrap_or_default()
    }

    /// Sets where `write memory` stores the configuration; without it, it cannot be stored.
    pub fn store_startup_config_in(&self, path: PathBuf) {
        self.startup_config.set_path(path);
    }

    /// Applies what is different in a configuration that was read again.
    pub fn read_configuration(self: &Rc<Self>, text: &str) {
        self.input(Input::Configuration { text });
    }

    /// The name servers of the configuration.
    pub(crate) fn name_servers(&self) -> Vec<SocketAddr> {
        self.node.borrow().settings().configuration.name_servers()
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

    /// Tries again to write what could not be written.
    fn retry_state(&self) {
        if let Some(state) = self.state.get() {
            state.retry();
        }
    }

    fn flush_state(&self) {
        if let Some(state) = self.state.get() {
            state.flush();
        }
    }

    /// Carries out all outputs that the node has now. Links whose socket fails are added to `broken`. What is stored is on
    /// disk before a later output is carried out; outputs that store, one after the other, share a transaction.
    fn write_outputs(self: &Rc<Self>, broken: &mut VecDeque<LinkId>) {
        let mut node = self.node.borrow_mut();
        while let Some(output) = node.poll_output() {
            self.recorder.output(&output);
            if !matches!(output, Output::Store { .. } | Output::Keep(_)) {
                self.flush_state();
            }
            match output {
                Output::Send { link, bytes } if self.sockets.borrow().contains_key(&link) => {
                    self.send_to_socket(link, &bytes, broken);
                    node.recycle(bytes);
                }
                Output::Send { link, mut bytes } => {
                    let target = self.links.borrow().get(&link).cloned();
                    if let Some(target) = target {
                        match target.queue(&mut bytes) {
                            Ok(true) => self.write_at_end_of_turn(link, target),
                            Ok(false) => {}
                            Err(error) => {
                                self.drop_link(link, &error);
                                broken.push_back(link);
                            }
                        }
                    }
                    if self.backlog.is_more_than(node.settings().limits.budget().unread)
                        && let Some(link) = self.most_unread()
                    {
                        self.drop_link(
                            link,
                            &"too much waits for all who do not read, and most for this one",
                        );
                        broken.push_back(link);
                    }
                    node.recycle(bytes);
                }
                Output::Close { link } => {
                    // The node must not get `Closed` for a link that it closed itself.
                    broken.retain(|other| *other != link);
                    if let Some(target) = self.remove(link) {
                        target.close();
                    }
                    if let Some(socket) = self.sockets.borrow_mut().remove(&link) {
                        socket.close();
                    }
                }
                Output::Resolve { name, port, transport } => {
                    spawn_local(self.clone().resolve(name, port, transport));
                }
                Output::Connect { peer, certificate } => {
                    spawn_local(self.clone().connect(peer, certificate));
                }
                Output::Leg { leg, state, local } => self.order_media(leg, state, local),
                Output::AudioSocket { link, socket } => {
                    self.granted_audio.borrow_mut().insert(link, socket);
                }
                Output::MediaKeys { audio, keys } => {
                    if let Some(media) = self.media() {
                        media.secure(audio, keys);
                    }
                }
                Output::Music { file } => self.play_music(file),
                Output::Datagram { to, bytes, .. } => self.send_datagram(to, &bytes),
                Output::Store { key, value } => self.store(key, value),
                Output::Keep(record) => self.keep(&record),
                Output::CommandOutput { terminal, text, failed, prompt } => {
                    if let Some(waiting) = self.waiting.borrow_mut().remove(&terminal) {
                        // The receiver is gone if the operator has disconnected.
                        let _ = waiting.send(Reply { text, failed, prompt });
                    }
                }
                Output::TerminalText { terminal, text } => {
                    if let Some(frames) = self.monitors.borrow().get(&terminal) {
                        // A terminal that does not read in time misses something.
                        let _ = frames.try_send(Frame::Monitored(text));
                    }
                }
                Output::Listen { tftp, files, http } => {
                    let wanted = Listeners { tftp, files, http, ..Listeners::default() };
                    spawn_local(self.clone().listen_too(wanted));
                }
                Output::File { fetch, answer } => self.file_answered(fetch, answer),
                Output::HttpResponse { fetch, response } => self.page_answered(fetch, response),
                Output::HttpStream { fetch, response } => self.begin_stream(fetch, response),
                Output::HttpPart { fetch, bytes } => self.continue_stream(fetch, bytes),
                Output::HttpEnd { fetch } => self.end_stream(fetch),
                Output::Post { post, url, fields, body } => self.post(post, url, fields, body),
                Output::ReadConfiguration { terminal, file } => {
                    spawn_local(self.clone().read_for(terminal, file));
                }
                Output::StoreStartupConfig { terminal, text } => {
                    spawn_local(self.clone().store_startup_config(terminal, text));
                }
            }
        }
        self.recorder.finish_record();
    }

    /// Sends messages to a WebSocket; one whose application does not read is added to `broken`.
    fn send_to_socket(&self, link: LinkId, bytes: &[u8], broken: &mut VecDeque<LinkId>) {
        let socket = self.sockets.borrow().get(&link).cloned();
        if let Some(Err(error)) = socket.map(|socket| socket.queue(bytes)) {
            self.drop_link(link, &error);
            broken.push_back(link);
        }
    }

    /// Names a link.
    pub(crate) fn next_link(&self) -> LinkId {
        let id = LinkId(self.last_link.get() + 1);
        self.last_link.set(id.0);
        id
    }

    /// What waits for all links together.
    pub(crate) fn backlog(&self) -> Rc<Backlog> {
        self.backlog.clone()
    }

    fn order_media(self: &Rc<Self>, leg: LegId, state: Option<LegState>, local: Option<IpAddr>) {
        if let Some(media) = self.media() {
            media.set(leg, state, local);
        } else if state.is_some() {
            let driver = self.clone();
            spawn_local(async move { driver.input(Input::LegOpened { leg, address: None }) });
        }
    }

    /// The media engine; `None` if it cannot be started, which was logged.
    pub(crate) fn media(self: &Rc<Self>) -> Option<&MediaThread> {
        if self.media.get().is_none() {
            let (sender, reports) = unbounded_channel();
            match MediaThread::start(media_seed(), sender) {
                Ok(media) => {
                    spawn_local(self.clone().report_legs(reports));
                    let _ = self.media.set(media);
                }
                Err(error) => warn!(%error, "there is no audio of conferences and no music on hold"),
            }
        }
        self.media.get()
    }

    /// Plays a file of `flash:`, or the built-in music, beside the thread that serves calls.
    fn play_music(self: &Rc<Self>, file: Option<String>) {
        let driver = self.clone();
        spawn_local(async move {
            let music = match file {
                None => Music::built_in(),
                Some(file) => match driver.read_music(&file).await {
                    Ok(music) => music,
                    Err(error) => {
                        warn!(file, %error, "music on hold cannot be played; held parties hear the built-in music");
                        Music::built_in()
                    }
                },
            };
            if let Some(media) = driver.media() {
                media.set_music(music);
            }
        });
    }

    async fn read_music(&self, file: &str) -> std::io::Result<Music> {
        let path = self.startup_config.beside(file)?;
        let read = move || Music::read(&std::fs::read(path)?).map_err(std::io::Error::other);
        tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other)?
    }

    async fn report_legs(self: Rc<Self>, mut reports: UnboundedReceiver<Report>) {
        while let Some(report) = reports.recv().await {
            match report {
                Report::Opened(Opened(leg, address)) => self.input(Input::LegOpened { leg, address }),
                Report::Digit(leg, digit) => self.input(Input::LegDigit { leg, digit }),
            }
        }
    }

    fn store(&self, key: String, value: Option<String>) {
        match self.state.get() {
            Some(state) => state.put(key, value),
            None => debug!(key, "value not stored: there is no data directory"),
        }
    }

    /// Keeps something of a session: it is safe before the turn ends and applications are written to.
    fn keep(&self, record: &SessionRecord) {
        if let Some(sessions) = self.sessions.get() {
            sessions.put(record);
            if self.queued.borrow().is_empty() {
                self.turn_ends.notify_one();
            }
        }
    }

    /// What was kept of sessions is safe from the end of the process when this returns.
    pub(crate) fn commit_sessions(&self) {
        if let Some(sessions) = self.sessions.get() {
            sessions.commit();
        }
    }

    fn write_at_end_of_turn(&self, id: LinkId, link: Rc<Link>) {
        let mut queued = self.queued.borrow_mut();
        if queued.is_empty() {
            self.turn_ends.notify_one();
        }
        queued.push((id, link));
    }

    /// Writes to the links to which something was sent in a turn. It runs after the tasks that were ready before it.
    async fn run_writer(self: Rc<Self>) {
        loop {
            self.turn_ends.notified().await;
            self.commit_sessions();
            let queued = std::mem::take(&mut *self.queued.borrow_mut());
            for (id, link) in queued {
                match link.flush() {
                    Ok(buffer) => self.node.borrow_mut().recycle(buffer),
                    Err(error) => self.write_failed(id, &error),
                }
            }
        }
    }

    fn write_failed(self: &Rc<Self>, id: LinkId, error: &std::io::Error) {
        if self.links.borrow().contains_key(&id) {
            self.drop_link(id, error);
            self.input(Input::Closed { link: id });
        }
    }

    /// Reads a configuration that an operator named.
    async fn read_for(self: Rc<Self>, terminal: TerminalId, file: String) {
        let read = self.startup_config.beside(&file).map_err(|error| error.to_string());
        let read = read.and_then(|path| configuration::read(&path).map_err(|error| error.to_string()));
        let text = match &read {
            Ok((text, _)) => Ok(text.as_str()),
            Err(error) => Err(error.as_str()),
        };
        self.input(Input::ConfigurationRead { terminal, text });
    }

    async fn store_startup_config(self: Rc<Self>, terminal: TerminalId, text: String) {
        let error = match self.startup_config.store(text).await {
            Ok(()) => String::new(),
            Err(error) => {
                warn!(%error, "startup-config is not stored");
                error.to_string()
            }
        };
        self.input(Input::Stored { terminal, error: &error });
    }

    fn send_datagram(&self, to: SocketAddr, bytes: &[u8]) {
        let Some(socket) = self.udp.borrow().clone() else { return };
        if let Err(error) = socket.try_send_to(bytes, to) {
            debug!(%to, %error, "datagram not sent");
        }
    }

    /// Closes a broken link at once.
    fn drop_link(&self, link: LinkId, why: &dyn std::fmt::Display) {
        if let Some(target) = self.remove(link) {
            if self.may_log() {
                info!(link = link.0, peer = %target.peer(), error = %why, "link closed");
            }
            target.abort();
        }
        let socket = self.sockets.borrow_mut().remove(&link);
        if let Some(socket) = socket {
            if self.may_log() {
                info!(link = link.0, peer = %socket.peer(), error = %why, "WebSocket closed");
            }
            socket.abort();
        }
    }

    /// Whether one more line about a closed link may be logged; when a minute is over, says how many were not.
    pub(crate) fn may_log(&self) -> bool {
        let (since, count) = self.lines.get();
        let now = std::time::Instant::now();
        if since.is_some_and(|since| now.duration_since(since) < WARN_EVERY) {
            self.lines.set((since, count.saturating_add(1)));
            return count < LINES_A_MINUTE;
        }
        if count > LINES_A_MINUTE {
            warn!("{} more links were closed", count - LINES_A_MINUTE);
        }
        self.lines.set((Some(now), 1));
        true
    }

    /// The link with the most bytes waiting.
    fn most_unread(&self) -> Option<LinkId> {
        let links = self.links.borrow();
        let sockets = self.sockets.borrow();
        let kept = links.iter().map(|(id, link)| (link.kept(), id.0));
        let all = kept.chain(sockets.iter().map(|(id, socket)| (socket.kept(), id.0)));
        all.filter(|(kept, _)| *kept > 0).max().map(|(_, id)| LinkId(id))
    }

    /// Removes a link from the table.
    fn remove(&self, link: LinkId) -> Option<Rc<Link>> {
        self.links.borrow_mut().remove(&link)
    }

    async fn accept(self: Rc<Self>, socket: TcpListener, listener: Listener, tls: Option<TlsAcceptor>) {
        let mut warned: Option<std::time::Instant> = None;
        let mut accepted: usize = 0;
        loop {
            accepted += 1;
            if accepted.is_multiple_of(ACCEPTED_PER_TURN) {
                // Those that are refused are closed by tasks of their own.
                tokio::task::yield_now().await;
            }
            match socket.accept().await {
                Ok((stream, peer)) => match &tls {
                    Some(acceptor) => self.accepted_secure(stream, peer, listener, acceptor),
                    None => drop(self.accepted(stream.into(), peer, listener)),
                },
                Err(error) => {
                    // Usually there are no file descriptors left: existing links go on, new connections wait.
                    if warned.is_none_or(|last| last.elapsed() >= WARN_EVERY) {
                        warned = Some(std::time::Instant::now());
                        warn!(%error, ?listener, "cannot accept connections; new ones wait");
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// A peer connected, and its handshake is done if there is one. False if the connection is closed already.
    pub(crate) fn accepted(self: &Rc<Self>, stream: Stream, peer: SocketAddr, listener: Listener) -> bool {
        let Ok(local) = stream.socket().local_addr() else { return false };
        if let Err(error) = stream.socket().set_nodelay(true) {
            debug!(%peer, %error, "connection closed before it was accepted");
            return false;
        }
        let id = self.next_link();
        let link = Rc::new(Link::new(stream, peer, listener, self.backlog.clone()));
        self.links.borrow_mut().insert(id, link.clone());
        spawn_local(self.clone().run_link(id, link));
        self.input(Input::Connected { link: id, listener, local, peer });
        true
    }

    /// Serves a link until either end closes it.
    async fn run_link(self: Rc<Self>, id: LinkId, link: Rc<Link>) {
        self.move_bytes(id, &link).await;
        // The link is not in the table any more if the node has closed it.
        if self.remove(id).is_some() {
            self.input(Input::Closed { link: id });
            // The peer may have closed its direction only, and still read what waits for it.
            link.close();
            self.move_bytes(id, &link).await;
        }
        link.drop_kept();
        self.drain(&link).await;
    }

    /// Lets the peer read the last bytes, unless too many links do that already: each keeps a file open.
    async fn drain(&self, link: &Link) {
        let files =
            usize::try_from(self.node.borrow().settings().start.open_files / 32).unwrap_or(usize::MAX);
        if link.has_sent() && self.draining.get() < MAX_DRAINING.min(files) {
            self.draining.set(self.draining.get() + 1);
            link.drain(&self.read_buffer).await;
            self.draining.set(self.draining.get() - 1);
        }
    }

    /// Reads and writes the link's socket until either end closes.
    async fn move_bytes(self: &Rc<Self>, id: LinkId, link: &Link) {
        while let Ok(ready) = link.ready().await {
            if ready.is_writable() && link.flush().is_err() {
                break;
            }
            if link.is_finished() {
                break;
            }
            if ready.is_readable() {
                self.turns.begin(link.peer().ip()).await;
                // It may have been closed meanwhile.
                if !self.links.borrow().contains_key(&id) {
                    self.turns.read(link.peer().ip(), 0);
                    continue;
                }
                let read = self.read(id, link);
                self.turns.read(link.peer().ip(), read.unwrap_or(0));
                match read {
                    Some(count) if count < PIECE_PER_TURN => {}
                    // A socket that always has more to read never makes the task wait, so the task yields.
                    Some(_) => tokio::task::yield_now().await,
                    None => break,
                }
            }
        }
    }

    /// Reads once, passes the bytes to the node and returns their number. `None` at the end of the stream.
    fn read(self: &Rc<Self>, id: LinkId, link: &Link) -> Option<usize> {
        let mut buffer = self.read_buffer.borrow_mut();
        match link.read(&mut buffer) {
            Ok(Some(0)) | Err(_) => None,
            Ok(None) => Some(0),
            Ok(Some(count)) => {
                self.input(Input::Received { link: id, bytes: buffer.get(..count).unwrap_or_default() });
                Some(count)
            }
        }
    }

    async fn receive_datagrams(self: Rc<Self>, socket: Rc<UdpSocket>) {
        let Ok(local) = socket.local_addr() else { return };
        let (mut buffer, mut waiting) = (vec![0; MAX_DATAGRAM], Datagrams::default());
        while !waiting.is_empty() || socket.readable().await.is_ok() {
            for _ in 0..DATAGRAMS_TAKEN {
                // ICMP errors of earlier datagrams are reported here; the next datagram may arrive.
                let Ok((count, from)) = socket.try_recv_from(&mut buffer) else { break };
                waiting.push(from, buffer.get(..count).unwrap_or_default());
            }
            for _ in 0..DATAGRAMS_PER_TURN {
                let Some((from, bytes)) = waiting.pop() else { break };
                self.input(Input::Datagram { local, from, bytes: &bytes });
            }
            let lost = waiting.take_lost();
            if lost > 0 && self.may_log() {
                warn!(lost, "datagrams of sources that send faster than they are served are dropped");
            }
            tokio::task::yield_now().await;
        }
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
