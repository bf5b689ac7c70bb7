//! The control socket: terminals of operators, as `hookflash cli` opens them.
//!
//! A Unix socket in the data directory that only its owner may use: it is made under a tight umask, both ends look who the other
//! one is, and it is made again when somebody removes it. A connection is a terminal: it has a prompt, and a
//! mode that stays from line to line. The client sends lines. The response to each is a line and the output; what a terminal
//! monitors comes between responses:
//!
//! ```text
//! LENGTH ok|failed [PROMPT] LF     length of the output in bytes; no prompt: the session is over
//! LENGTH monitor LF
//! ```

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};

use hookflash_node::{TerminalId, printable_lines};
use rustix::fs::Mode;
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Notify, mpsc},
    task::spawn_local,
};
use tracing::{debug, info, warn};

use crate::{driver::Driver, error::Error};

/// Longest command line.
const MAX_LINE: u64 = 4096;

/// What waits for a terminal that does not read.
const MAX_FRAMES: usize = 256;

/// How long an operator waits for a reply: storing the configuration may take a while.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Operators at the same time. One more replaces the operator that has been idle longest.
const MAX_OPERATORS: usize = 64;

/// How long a server may take to show its prompt. One that is stopped never does.
const MAX_GREETING: Duration = Duration::from_secs(5);

/// How often it is looked whether the socket is still there.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The path of the control socket: in the data directory or, without one, in a directory of this user.
pub fn control_path(data: Option<&Path>) -> PathBuf {
    match data {
        Some(data) => data.join("control"),
        None => match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|run| run.is_dir()) {
            Some(run) => run.join("hookflash-control"),
            // All users share the directory for temporary files, so there is one of our own in it.
            None => {
                let own = format!("hookflash-{}", rustix::process::getuid().as_raw());
                std::env::temp_dir().join(own).join("control")
            }
        },
    }
}

/// Listens on the control socket. A socket that a server left behind is replaced; one that a running server uses is an error.
pub fn listen(driver: Rc<Driver>, path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Data { path: path.to_owned(), source };
    if connect(path).is_ok() {
        return Err(failed(io::Error::new(io::ErrorKind::AddrInUse, "another server uses it")));
    }
    let listener = bind(path).map_err(failed)?;
    let made = identity(path);
    spawn_local(run(driver, listener, path.to_owned(), made));
    Ok(())
}

/// Makes the socket, and its directory if that is the one for a user without a data directory. Nobody else can open it at
/// any time.
fn bind(path: &Path) -> io::Result<UnixListener> {
    if path.parent().is_some_and(|parent| parent.parent() == Some(&std::env::temp_dir())) {
        path.parent().map_or(Ok(()), private_directory)?;
    }
    remove_socket(path)?;
    let before = rustix::process::umask(Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(path);
    rustix::process::umask(before);
    listener
}

/// Makes a directory in one that all users share, unless it is there; an error if it is somebody else's.
fn private_directory(path: &Path) -> io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        result => result?,
    }
    let found = std::fs::symlink_metadata(path)?;
    let ours = found.is_dir() && found.uid() == rustix::process::getuid().as_raw();
    if ours && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let why = format!("{} is no private directory of this user", path.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

/// Accepts operators, and makes the socket again when somebody has removed it.
async fn run(driver: Rc<Driver>, mut listener: UnixListener, path: PathBuf, mut made: Option<(u64, u64)>) {
    let operators = Rc::new(Operators::default());
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => admit(&driver, &operators, stream),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            () = tokio::time::sleep(LOOK_EVERY) => {
                if let Some((again, identity)) = made_again(&path, &mut made) {
                    (listener, made) = (again, identity);
                }
            }
        }
    }
}

/// The file that a path names: another one at the same path has another identity. `None` if there is none.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let found = std::fs::symlink_metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Another socket in the place of the one that was `made`, if somebody has removed that. Says so, once for each time.
fn made_again(path: &Path, made: &mut Option<(u64, u64)>) -> Option<(UnixListener, Option<(u64, u64)>)> {
    let now = identity(path);
    if now.is_some() && now == *made {
        return None;
    }
    if made.take().is_some() {
        let missing = path.parent().is_some_and(|parent| !parent.is_dir());
        let what = if missing {
            "its directory was removed: nothing that changes now is kept"
        } else {
            "it was removed"
        };
        warn!(path = %path.display(), "`hookflash cli` cannot reach this server by its control socket: {what}");
    }
    // What another server has put there stays.
    let again = if now.is_some() && connect(path).is_ok() { None } else { bind(path).ok() };
    let again = again?;
    info!(path = %path.display(), "the control socket was made again");
    Some((again, identity(path)))
}

/// Opens a terminal for an operator, who must be this user or root.
fn admit(driver: &Rc<Driver>, operators: &Rc<Operators>, stream: UnixStream) {
    let user = stream.peer_cred().map(|peer| peer.uid()).ok();
    if !user.is_some_and(|user| user == 0 || user == rustix::process::geteuid().as_raw()) {
        warn!(target: "audit", who = user.map(tracing::field::display), from = "control socket", what = "Connect", outcome = "refused: another user", "operator");
        return;
    }
    if !operators.make_room() {
        return;
    }
    operators.count.set(operators.count.get() + 1);
    let (driver, operators, turn) = (driver.clone(), operators.clone(), operators.turn());
    spawn_local(async move {
        let terminal = driver.open_terminal();
        debug!(terminal = terminal.0, user, "operator's terminal opened");
        if let Err(error) = serve(&driver, terminal, stream, &operators, turn).await {
            debug!(%error, "operator's terminal closed");
        }
        operators.count.set(operators.count.get().saturating_sub(1));
    });
}

/// Opens the control socket and returns its path. Without a data directory the path is shared by all servers of the user:
/// then a failure is a warning in the log, and the server runs without a control socket.
///
/// # Errors
/// The socket of the data directory belongs to another server, or cannot be made.
pub fn open_control(driver: &Rc<Driver>, data: Option<&Path>) -> Result<Option<PathBuf>, Error> {
    let path = control_path(data);
    match driver.open_control(&path) {
        Ok(()) => Ok(Some(path)),
        Err(error) if data.is_some() => Err(error),
        Err(error) => {
            warn!("`hookflash cli` cannot reach this server: {error}; give it a --data directory of its own");
            Ok(None)
        }
    }
}

/// Removes a socket that a server left behind. A file of another kind is an error.
fn remove_socket(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path),
        Ok(_) => Err(io::Error::new(io::ErrorKind::AlreadyExists, "it is no control socket")),
    }
}

/// An operator's entry among those that wait for their next command.
struct Turn {
    number: u64,
    leave: Rc<Notify>,
}

/// The connected operators.
#[derive(Default)]
struct Operators {
    count: Cell<usize>,
    turns: Cell<u64>,
    /// Operators that are idle since they connected or since the last response, longest first.
    waiting: RefCell<BTreeMap<u64, Rc<Notify>>>,
}

impl Operators {
    /// Whether one more operator may connect. If there are too many, disconnects the one that has been idle longest.
    fn make_room(&self) -> bool {
        if self.count.get() < MAX_OPERATORS {
            return true;
        }
        let idle = self.waiting.borrow_mut().pop_first();
        idle.is_some_and(|(_, leave)| {
            leave.notify_one();
            true
        })
    }

    /// Adds an operator to those that wait.
    fn turn(&self) -> Turn {
        let (number, leave) = (self.turns.get(), Rc::new(Notify::new()));
        self.turns.set(number + 1);
        self.waiting.borrow_mut().insert(number, leave.clone());
        Turn { number, leave }
    }

    /// The next command; `None` if the operator has to make room for another.
    async fn wait<T>(
        &self,
        turn: Turn,
        command: impl Future<Output = io::Result<T>>,
    ) -> io::Result<Option<T>> {
        let command = tokio::select! {
            command = command => command.map(Some),
            () = turn.leave.notified() => Ok(None),
        };
        self.waiting.borrow_mut().remove(&turn.number);
        command
    }
}

async fn serve(
    driver: &Rc<Driver>,
    terminal: TerminalId,
    stream: UnixStream,
    operators: &Operators,
    turn: Turn,
) -> io::Result<()> {
    let (reader, writer) = stream.into_split();
    let (frames, waiting) = mpsc::channel(MAX_FRAMES);
    driver.monitor(terminal, frames.clone());
    let writing = spawn_local(write_frames(writer, waiting));
    let served = converse(driver, terminal, BufReader::new(reader), &frames, (operators, turn)).await;
    driver.close_terminal(terminal);
    drop(frames);
    // The last reply still leaves, if the operator reads.
    let written = tokio::time::timeout(MAX_GREETING, writing).await;
    served.and(written.map_or(Ok(()), |done| done.map_err(io::Error::other)?))
}

/// Carries out lines until the session is over.
async fn converse(
    driver: &Rc<Driver>,
    terminal: TerminalId,
    mut reader: BufReader<OwnedReadHalf>,
    frames: &mpsc::Sender<Frame>,
    (operators, mut turn): (&Operators, Turn),
) -> io::Result<()> {
    let mut line = Vec::new();
    while operators.wait(turn, read_line(&mut reader, &mut line)).await? == Some(true) {
        let command = String::from_utf8_lossy(&line);
        let command = command.trim_end_matches(['\r', '\n']);
        let Ok(reply) = driver.command(terminal, command).await else {
            break;
        };
        let over = reply.prompt.is_none();
        if frames.send(Frame::Reply(reply)).await.is_err() || over {
            break;
        }
        turn = operators.turn();
    }
    Ok(())
}

/// Something for a terminal.
pub(crate) enum Frame {
    /// The reply to a line.
    Reply(Reply),
    /// What it monitors.
    Monitored(String),
}

/// Writes to a terminal until nothing more can come.
async fn write_frames(mut writer: OwnedWriteHalf, mut frames: mpsc::Receiver<Frame>) -> io::Result<()> {
    while let Some(frame) = frames.recv().await {
        let (head, text) = match frame {
            Frame::Reply(Reply { text, failed, prompt }) => {
                let status = if failed { "failed" } else { "ok" };
                let prompt = prompt.map(|prompt| format!(" {prompt}")).unwrap_or_default();
                (format!("{} {status}{prompt}\n", text.len()), text)
            }
            Frame::Monitored(text) => (format!("{} monitor\n", text.len()), text),
        };
        writer.write_all(head.as_bytes()).await?;
        writer.write_all(text.as_bytes()).await?;
    }
    Ok(())
}

/// Reads a line. Of a longer one it returns the first [`MAX_LINE`] bytes, which the node refuses as too long. False at the
/// end of the stream.
async fn read_line(reader: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    (&mut *reader).take(MAX_LINE).read_until(b'\n', line).await?;
    let mut ended = line.last().is_none_or(|byte| *byte == b'\n');
    while !ended {
        let bytes = reader.fill_buf().await?;
        let rest = bytes.iter().position(|byte| *byte == b'\n');
        let skipped = rest.map_or(bytes.len(), |end| end + 1);
        ended = rest.is_some() || bytes.is_empty();
        reader.consume(skipped);
    }
    Ok(!line.is_empty())
}

/// The reply of a server to a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    /// What is printed.
    pub text: String,
    /// Whether the line was wrong or could not be carried out.
    pub failed: bool,
    /// The prompt of the next line; `None` when the session is over.
    pub prompt: Option<String>,
}

/// Shows what a terminal monitors.
pub type Screen = Box<dyn FnMut(&str) + Send>;

/// An operator at a terminal of the server behind a control socket. A thread reads what comes, since a terminal that
/// monitors is shown something at any time.
pub struct Operator {
    path: PathBuf,
    stream: std::os::unix::net::UnixStream,
    replies: std::sync::mpsc::Receiver<io::Result<Reply>>,
    screen: Arc<Mutex<Screen>>,
    patience: Duration,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Operator {
    /// Connects to a server.
    ///
    /// # Errors
    /// [`Error::NoServer`].
    pub fn connect(path: &Path) -> Result<Operator, Error> {
        let failed = |source| Error::NoServer { path: path.to_owned(), source };
        let stream = connect(path).map_err(failed)?;
        check_server(&stream, path).map_err(failed)?;
        stream.set_write_timeout(Some(MAX_GREETING)).map_err(failed)?;
        let reader = stream.try_clone().map_err(failed)?;
        let (sender, replies) = std::sync::mpsc::channel();
        let screen: Arc<Mutex<Screen>> = Arc::new(Mutex::new(Box::new(crate::terminal::print)));
        let shown = Arc::clone(&screen);
        std::thread::Builder::new()
            .name("terminal".to_owned())
            .spawn(move || read_frames(io::BufReader::new(reader), &sender, &shown))
            .map_err(failed)?;
        Ok(Operator { path: path.to_owned(), stream, replies, screen, patience: MAX_GREETING })
    }

    /// What the terminal monitors is shown there from now on.
    pub fn show_on(&self, screen: Screen) {
        if let Ok(mut shown) = self.screen.lock() {
            *shown = screen;
        }
    }

    /// Types a line, and waits for the reply. The empty line asks for the prompt.
    ///
    /// # Errors
    /// [`Error::NoServer`].
    pub fn say(&mut self, line: &str) -> Result<Reply, Error> {
        let said = self.exchange(line).map_err(|source| {
            let source = if is_timeout(&source) { does_not_respond() } else { source };
            Error::NoServer { path: self.path.clone(), source }
        })?;
        // It is there: a command may take longer than the greeting.
        self.patience = MAX_WAIT;
        Ok(said)
    }

    fn exchange(&mut self, line: &str) -> io::Result<Reply> {
        let one_line: String = line.chars().filter(|c| *c != '\n').collect();
        io::Write::write_all(&mut self.stream, format!("{one_line}\n").as_bytes())?;
        match self.replies.recv_timeout(self.patience) {
            Ok(reply) => reply,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => Err(does_not_respond()),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => Err(closed()),
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        // The thread that reads ends with the connection.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }
}

/// Takes what the server sends: replies go to who waits for them, the rest to the screen.
fn read_frames(
    mut reader: impl io::BufRead,
    replies: &std::sync::mpsc::Sender<io::Result<Reply>>,
    screen: &Mutex<Screen>,
) {
    loop {
        match read_reply(&mut reader) {
            Ok(Received::Reply(reply)) => {
                if replies.send(Ok(reply)).is_err() {
                    return;
                }
            }
            Ok(Received::Monitored(text)) => {
                if let Ok(mut screen) = screen.lock() {
                    screen(&printable_lines(&text));
                }
            }
            Err(error) => return drop(replies.send(Err(error))),
        }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")
}

/// What the server sends.
enum Received {
    Reply(Reply),
    Monitored(String),
}

/// Connects to a control socket without waiting: a server that is stopped does not accept.
fn connect(path: &Path) -> io::Result<std::os::unix::net::UnixStream> {
    let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket
        .connect(&socket2::SockAddr::unix(path)?)
        .map_err(|error| if is_timeout(&error) { does_not_respond() } else { error })?;
    socket.set_nonblocking(false)?;
    Ok(std::os::unix::net::UnixStream::from(std::os::fd::OwnedFd::from(socket)))
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn does_not_respond() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the server does not respond; it may be stopped")
}

/// Whether it is a server of this user or of root that listens, or, for root, one of the owner of the data directory that was named.
/// Somebody else may have put a socket where ours is looked for.
fn check_server(stream: &std::os::unix::net::UnixStream, path: &Path) -> io::Result<()> {
    let server = rustix::net::sockopt::socket_peercred(stream)?.uid.as_raw();
    let own = rustix::process::geteuid().as_raw();
    let owner = || path.parent().and_then(|parent| std::fs::metadata(parent).ok()).map(|found| found.uid());
    let named = own == 0 && path != control_path(None);
    if server == own || server == 0 || named && owner() == Some(server) {
        return Ok(());
    }
    let why = format!("the server there belongs to another user (uid {server})");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

fn read_reply(reader: &mut impl io::BufRead) -> io::Result<Received> {
    let mut head = String::new();
    if reader.read_line(&mut head)? == 0 {
        return Err(closed());
    }
    let mut fields = head.trim_end_matches('\n').splitn(3, ' ');
    let length: usize = fields.next().unwrap_or_default().parse().map_err(io::Error::other)?;
    let status = fields.next();
    let prompt = fields.next().map(str::to_owned);
    let mut text = vec![0; length];
    reader.read_exact(&mut text)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    Ok(match status {
        Some("monitor") => Received::Monitored(text),
        status => Received::Reply(Reply { text, failed: status == Some("failed"), prompt }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_others_may_enter_is_not_ours() {
        let folder = std::env::temp_dir().join(format!("hookflash-control-test-{}", std::process::id()));
        private_directory(&folder).unwrap();
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        private_directory(&folder).unwrap();
        std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        assert_eq!(private_directory(&folder).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        std::fs::remove_dir(&folder).unwrap();
        std::os::unix::fs::symlink("/tmp", &folder).unwrap();
        assert_eq!(private_directory(&folder).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        std::fs::remove_file(&folder).unwrap();
    }
}
