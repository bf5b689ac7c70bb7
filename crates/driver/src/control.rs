//! The control socket: exec commands from `hookflash cli`.
//!
//! A Unix socket in the data directory that only its owner may use. The client sends command lines. The response to each is
//! the length of the output in decimal, a line feed, and the output.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

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
                if let Err(error) = serve(driver, stream, &operators, turn).await {
                    debug!(%error, "an operator left");
                }
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
            warn!("`hookflash cli` does not reach this server: {error}; a --data directory of its own helps");
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
    driver: Rc<Driver>,
    stream: UnixStream,
    operators: &Operators,
    mut turn: Turn,
) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while operators.wait(turn, read_line(&mut reader, &mut line)).await? == Some(true) {
        let command = String::from_utf8_lossy(&line);
        let output = driver.command(command.trim_end()).await.unwrap_or_default();
        writer.write_all(format!("{}\n", output.len()).as_bytes()).await?;
        writer.write_all(output.as_bytes()).await?;
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

/// Sends commands to the server behind a control socket and returns the output of each.
///
/// # Errors
/// [`Error::NoServer`].
pub fn ask(path: &Path, lines: &[String]) -> Result<Vec<String>, Error> {
    let failed = |source| Error::NoServer { path: path.to_owned(), source };
    let stream = std::os::unix::net::UnixStream::connect(path).map_err(failed)?;
    let mut reader = io::BufReader::new(&stream);
    let mut outputs = Vec::new();
    for line in lines {
        let one_line: String = line.chars().filter(|c| *c != '\n').collect();
        io::Write::write_all(&mut &stream, format!("{one_line}\n").as_bytes()).map_err(failed)?;
        outputs.push(read_output(&mut reader).map_err(failed)?);
    }
    Ok(outputs)
}

fn read_output(reader: &mut impl io::BufRead) -> io::Result<String> {
    let mut length = String::new();
    if reader.read_line(&mut length)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
    }
    let length: usize = length.trim_end().parse().map_err(io::Error::other)?;
    let mut output = vec![0; length];
    reader.read_exact(&mut output)?;
    String::from_utf8(output).map_err(io::Error::other)
}
