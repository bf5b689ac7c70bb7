//! The control socket: terminals of operators, as `hookflash cli` opens them.
//!
//! A Unix socket in the data directory that only its owner may use. A connection is a terminal: it has a prompt, and a
//! mode that stays from line to line. The client sends lines. The response to each is a line and the output:
//!
//! ```text
//! LENGTH ok|failed [PROMPT] LF     length of the output in bytes; no prompt: the session is over
//! ```

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

use hookflash_node::TerminalId;
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::Notify,
    task::spawn_local,
};
use tracing::{debug, warn};

use crate::{driver::Driver, error::Error};

/// Longest command line.
const MAX_LINE: u64 = 4096;

/// How long an operator waits for a reply: storing the configuration may take a while.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Operators at the same time. One more replaces the operator that has been idle longest.
const MAX_OPERATORS: usize = 64;

/// The path of the control socket: in the data directory or, without one, in the runtime directory of this user.
pub fn control_path(data: Option<&Path>) -> PathBuf {
    match data {
        Some(data) => data.join("control"),
        None => match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|run| run.is_dir()) {
            Some(run) => run.join("hookflash-control"),
            // All users share this directory.
            None => {
                std::env::temp_dir().join(format!("hookflash-control-{}", rustix::process::getuid().as_raw()))
            }
        },
    }
}

/// Listens on the control socket. A socket that a server left behind is replaced; one that a running server uses is an error.
pub fn listen(driver: Rc<Driver>, path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Data { path: path.to_owned(), source };
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(failed(io::Error::new(io::ErrorKind::AddrInUse, "another server uses it")));
    }
    remove_socket(path).map_err(failed)?;
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    let operators = Rc::new(Operators::default());
    spawn_local(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            if !operators.make_room() {
                continue;
            }
            operators.count.set(operators.count.get() + 1);
            let (driver, operators, turn) = (driver.clone(), operators.clone(), operators.turn());
            spawn_local(async move {
                let terminal = driver.open_terminal();
                if let Err(error) = serve(&driver, terminal, stream, &operators, turn).await {
                    debug!(%error, "operator's terminal closed");
                }
                driver.close_terminal(terminal);
                operators.count.set(operators.count.get().saturating_sub(1));
            });
        }
    });
    Ok(())
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
    mut turn: Turn,
) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while operators.wait(turn, read_line(&mut reader, &mut line)).await? == Some(true) {
        let command = String::from_utf8_lossy(&line);
        let command = command.trim_end_matches(['\r', '\n']);
        let Ok(Reply { text, failed, prompt }) = driver.command(terminal, command).await else {
            break;
        };
        let status = if failed { "failed" } else { "ok" };
        let over = prompt.is_none();
        let prompt = prompt.map(|prompt| format!(" {prompt}")).unwrap_or_default();
        writer.write_all(format!("{} {status}{prompt}\n", text.len()).as_bytes()).await?;
        writer.write_all(text.as_bytes()).await?;
        if over {
            break;
        }
        turn = operators.turn();
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

/// An operator at a terminal of the server behind a control socket.
#[derive(Debug)]
pub struct Operator {
    path: PathBuf,
    reader: io::BufReader<std::os::unix::net::UnixStream>,
}

impl Operator {
    /// Connects to a server.
    ///
    /// # Errors
    /// [`Error::NoServer`].
    pub fn connect(path: &Path) -> Result<Operator, Error> {
        let failed = |source| Error::NoServer { path: path.to_owned(), source };
        let stream = std::os::unix::net::UnixStream::connect(path).map_err(failed)?;
        stream.set_read_timeout(Some(MAX_WAIT)).map_err(failed)?;
        Ok(Operator { path: path.to_owned(), reader: io::BufReader::new(stream) })
    }

    /// Types a line, and waits for the reply. The empty line asks for the prompt.
    ///
    /// # Errors
    /// [`Error::NoServer`].
    pub fn say(&mut self, line: &str) -> Result<Reply, Error> {
        self.exchange(line).map_err(|source| Error::NoServer { path: self.path.clone(), source })
    }

    fn exchange(&mut self, line: &str) -> io::Result<Reply> {
        let one_line: String = line.chars().filter(|c| *c != '\n').collect();
        let mut stream = self.reader.get_ref();
        io::Write::write_all(&mut stream, format!("{one_line}\n").as_bytes())?;
        read_reply(&mut self.reader)
    }
}

fn read_reply(reader: &mut impl io::BufRead) -> io::Result<Reply> {
    let mut head = String::new();
    if reader.read_line(&mut head)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
    }
    let mut fields = head.trim_end_matches('\n').splitn(3, ' ');
    let length: usize = fields.next().unwrap_or_default().parse().map_err(io::Error::other)?;
    let failed = fields.next() == Some("failed");
    let prompt = fields.next().map(str::to_owned);
    let mut text = vec![0; length];
    reader.read_exact(&mut text)?;
    Ok(Reply { text: String::from_utf8(text).map_err(io::Error::other)?, failed, prompt })
}
