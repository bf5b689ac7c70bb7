//! What users and applications have set, on disk.
//!
//! [`State`] owns `state.db` in the data directory: an SQLite database with one table, in which the node's
//! [`Output::Store`](hookflash_node::Output::Store) puts values by key. When the server starts, each value goes back to
//! the node as [`Input::Restore`](hookflash_node::Input::Restore), in the order in which they were stored.
//!
//! ```text
//!   Output::Store ──► put (in memory) ──► flush (one transaction, on disk when it returns) ──► later outputs
//! ```
//!
//! Invariants:
//!
//! * After a [`State::flush`] that did not fail, everything that was put is on disk: the write-ahead log is synchronized
//!   with each transaction. A process that is killed, or a machine that loses its power, loses nothing of that.
//! * Nothing about the database is fatal. One that is damaged is renamed, with a warning, and the server starts without
//!   state. What cannot be written stays in memory and is written with a later change, or within a minute. Until then
//!   outputs are carried out without it, and without a further attempt for each of them.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use tracing::{debug, error, info, warn};

/// The name of the database in the data directory.
const FILE: &str = "state.db";

/// Added to the name of a damaged database, and before that of its write-ahead log.
const DAMAGED: &str = ".damaged";

/// The version of the table, as SQLite's `user_version`.
const VERSION: i64 = 1;

/// Time for which another program may hold a lock on the database before that counts as a failure. Calls wait meanwhile.
const BUSY_TIMEOUT: Duration = Duration::from_millis(200);

/// Time after a failure in which a further change does not cause another attempt: each may take [`BUSY_TIMEOUT`].
const PAUSE: Duration = Duration::from_secs(1);

/// Interval between two errors in the log that say that nothing can be written.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// Keeps values over a restart.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    inner: RefCell<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Not there while it cannot be opened.
    database: Option<Connection>,
    /// What is not written yet, by key.
    changes: BTreeMap<String, Change>,
    /// How many changes there were.
    count: u64,
    /// Whether there was a change since the last attempt to write.
    is_due: bool,
    /// When an attempt failed last; `None` while writing works.
    failed: Option<Instant>,
    /// When the log said last that nothing can be written; `None` while writing works.
    reported: Option<Instant>,
}

/// The last change of a key.
#[derive(Debug)]
struct Change {
    /// Its place among all changes.
    place: u64,
    /// The new value; `None` removes it.
    value: Option<String>,
}

impl State {
    /// Opens the database in the data directory and reads all values, in the order in which they were stored. Failures
    /// are logged.
    pub fn open(data: &Path) -> (State, Vec<String>) {
        let path = data.join(FILE);
        let opened = open(&path).or_else(|failure| match failure {
            Failure::Damaged(why) => {
                set_aside(&path, &why);
                open(&path)
            }
            Failure::Other(_) => Err(failure),
        });
        let mut inner = Inner::default();
        let mut values = Vec::new();
        match opened {
            Ok((database, found)) => {
                inner.database = Some(database);
                values = found;
            }
            Err(failure) => {
                inner.failed = Some(Instant::now());
                inner.reported = inner.failed;
                error!(
                    file = %path.display(), error = %failure,
                    "the server starts without the values set by users and applications; it tries the file again later"
                );
            }
        }
        (State { path, inner: RefCell::new(inner) }, values)
    }

    /// Replaces the value of a key, or removes it, with the next [`flush`](State::flush).
    pub fn put(&self, key: String, value: Option<String>) {
        let inner = &mut *self.inner.borrow_mut();
        inner.count += 1;
        inner.is_due = true;
        inner.changes.insert(key, Change { place: inner.count, value });
    }

    /// Writes what was put since the last call, in one transaction: it is on disk when this returns, or else the log has
    /// said why not, and what waits is written with a later change or by [`State::retry`].
    pub fn flush(&self) {
        let inner = &mut *self.inner.borrow_mut();
        let is_due = std::mem::take(&mut inner.is_due);
        if is_due && inner.failed.is_none_or(|failed| failed.elapsed() >= PAUSE) {
            inner.try_to_write(&self.path);
        }
    }

    /// Tries again to write what waits because an earlier attempt failed.
    pub fn retry(&self) {
        let inner = &mut *self.inner.borrow_mut();
        if !inner.changes.is_empty() {
            inner.try_to_write(&self.path);
        }
    }
}

impl Inner {
    fn try_to_write(&mut self, path: &Path) {
        match self.write(path) {
            Ok(()) => self.written(path),
            Err(failure) => {
                self.failed = Some(Instant::now());
                self.report(path, &failure);
            }
        }
    }

    fn write(&mut self, path: &Path) -> Result<(), Failure> {
        if self.database.is_none() {
            self.database = Some(open(path)?.0);
        }
        let Some(database) = &mut self.database else { return Ok(()) };
        let written = write(database, &self.changes);
        if written.is_err() {
            // The next attempt begins with a fresh view of the files.
            self.database = None;
        }
        Ok(written?)
    }

    fn written(&mut self, path: &Path) {
        self.changes.clear();
        self.failed = None;
        if self.reported.take().is_some() {
            info!(file = %path.display(), "values set by users and applications are stored again");
        }
    }

    /// Logs a failure, at most once a minute.
    fn report(&mut self, path: &Path, failure: &Failure) {
        if self.reported.is_none_or(|last| last.elapsed() >= REPORT_EVERY) {
            self.reported = Some(Instant::now());
            let waiting = self.changes.len();
            error!(
                file = %path.display(), error = %failure, waiting,
                "values set by users and applications are not stored; the server tries again every minute"
            );
        }
    }
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// It is no database of this program, or is broken: that will not pass.
    #[error("{0}")]
    Damaged(String),
    /// The disk is full, read-only or broken, or another program has locked the database: that may pass.
    #[error("{0}")]
    Other(String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        let may_pass = matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::ReadOnly
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::OutOfMemory
                    | ErrorCode::CannotOpen
            )
        );
        if may_pass { Failure::Other(error.to_string()) } else { Failure::Damaged(error.to_string()) }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Other(error.to_string())
    }
}

/// Opens the database, creates it if it does not exist, and reads its values.
fn open(path: &Path) -> Result<(Connection, Vec<String>), Failure> {
    create(path)?;
    let database = Connection::open(path)?;
    database.busy_timeout(BUSY_TIMEOUT)?;
    check(&database)?;
    prepare(&database)?;
    let values = read(&database)?;
    debug!(file = %path.display(), values = values.len(), "state opened");
    Ok((database, values))
}

/// Creates the file if it does not exist, so that its owner only may read it; the files that SQLite adds get the same
/// mode. Fails if something else is there, or a file that cannot be read.
fn create(path: &Path) -> Result<(), Failure> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
        Err(_) => {}
    }
    match File::open(path).and_then(|file| file.metadata()) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(Failure::Damaged("it is no file".to_owned())),
        Err(error) => Err(Failure::Damaged(error.to_string())),
    }
}

/// Fails if pages are damaged, or a later version of this program wrote the database.
fn check(database: &Connection) -> Result<(), Failure> {
    let found: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(Failure::Damaged(found));
    }
    match database.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))? {
        0..=VERSION => Ok(()),
        other => Err(Failure::Damaged(format!("version {other} is not known"))),
    }
}

/// Lets each transaction be on disk when it is committed, and creates the table.
fn prepare(database: &Connection) -> Result<(), Failure> {
    let is_new = database
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'state'", [], |_| Ok(()))
        .optional()?
        .is_none();
    if is_new {
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.execute_batch(&format!(
            "BEGIN; CREATE TABLE state (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
             PRAGMA user_version = {VERSION}; COMMIT;"
        ))?;
    }
    database.pragma_update(None, "synchronous", "FULL")?;
    Ok(())
}

fn read(database: &Connection) -> Result<Vec<String>, Failure> {
    let mut statement = database.prepare("SELECT value FROM state ORDER BY rowid")?;
    let values = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(values)
}

fn write(database: &mut Connection, changes: &BTreeMap<String, Change>) -> Result<(), rusqlite::Error> {
    let mut in_order: Vec<_> = changes.iter().collect();
    in_order.sort_by_key(|(_, change)| change.place);
    let transaction = database.transaction()?;
    // The row gets a new number, so that numbers are in the order of the last changes.
    let mut put = transaction.prepare("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)")?;
    let mut remove = transaction.prepare("DELETE FROM state WHERE key = ?")?;
    for (key, change) in in_order {
        match &change.value {
            Some(value) => put.execute(params![key, value])?,
            None => remove.execute([key])?,
        };
    }
    drop((put, remove));
    transaction.commit()
}

/// Renames a damaged database and its write-ahead log. An earlier one that was kept is replaced.
fn set_aside(path: &Path, why: &str) {
    let aside = with_suffix(path, DAMAGED);
    let renamed = std::fs::rename(path, &aside);
    let log = with_suffix(path, "-wal");
    if std::fs::rename(&log, with_suffix(&aside, "-wal")).is_err() {
        let _ = std::fs::remove_file(with_suffix(&aside, "-wal"));
    }
    // The index of the write-ahead log; without that log it means nothing.
    let _ = std::fs::remove_file(with_suffix(path, "-shm"));
    let (file, kept) = (path.display(), aside.display());
    match renamed {
        Ok(()) => warn!(
            "{file} cannot be read ({why}): the values set by users and applications are lost; the file is kept as {kept}"
        ),
        Err(error) => warn!("{file} cannot be read ({why}) and cannot be renamed to {kept} ({error})"),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A directory that is removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("hookflash-state-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn names(&self) -> Vec<String> {
            let entries = std::fs::read_dir(&self.0).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }

        /// What a server finds that starts now, whatever another one has open.
        fn values(&self) -> Vec<String> {
            State::open(&self.0).1
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn put(state: &State, key: &str, value: impl Into<Option<&'static str>>) {
        state.put(key.to_owned(), value.into().map(str::to_owned));
    }

    #[test]
    fn what_is_flushed_is_there_though_the_server_never_ends() {
        let folder = Folder::new("flushed");
        let (state, values) = State::open(&folder.0);
        assert!(values.is_empty());
        put(&state, "a", "first");
        put(&state, "b", "second");
        put(&state, "c", "third");
        assert!(folder.values().is_empty(), "nothing is written before it is flushed");
        state.flush();
        assert_eq!(folder.values(), ["first", "second", "third"]);
        put(&state, "a", "first again");
        put(&state, "b", None);
        put(&state, "d", None);
        state.flush();
        assert_eq!(folder.values(), ["third", "first again"], "in the order of the last changes");
        let mode = std::fs::metadata(folder.0.join("state.db-wal")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner reads it");
    }

    #[test]
    fn each_transaction_is_synchronized() {
        let folder = Folder::new("synchronized");
        for _ in 0..2 {
            let (state, _) = State::open(&folder.0);
            let inner = state.inner.borrow();
            let pragma = |name: &str| {
                let read = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
                inner.database.as_ref().unwrap().query_row(&format!("PRAGMA {name}"), [], read).unwrap()
            };
            assert_eq!(pragma("synchronous"), 2.into());
            assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
        }
    }

    #[test]
    fn a_database_that_cannot_be_read_is_kept_aside_and_a_new_one_used() {
        let newer = |path: &Path| {
            Connection::open(path).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
        };
        let other_table = |path: &Path| {
            Connection::open(path).unwrap().execute_batch("CREATE TABLE state (a, b)").unwrap();
        };
        let cut_off = |path: &Path| {
            drop(State::open(path.parent().unwrap()));
            let file = OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(file.metadata().unwrap().len() - 5000).unwrap();
        };
        let no_database = |path: &Path| std::fs::write(path, "no database at all".repeat(100)).unwrap();
        let directory = |path: &Path| std::fs::create_dir(path).unwrap();
        type Make = fn(&Path);
        let make: [(&str, Make); 5] = [
            ("no database", no_database),
            ("a directory", directory),
            ("newer", newer),
            ("another table", other_table),
            ("cut off", cut_off),
        ];
        for (name, make) in make {
            let folder = Folder::new("damaged");
            make(&folder.0.join(FILE));
            let (state, values) = State::open(&folder.0);
            assert!(values.is_empty(), "{name}");
            assert!(folder.names().contains(&"state.db.damaged".to_owned()), "{name}: {:?}", folder.names());
            put(&state, "a", "value");
            state.flush();
            assert_eq!(folder.values(), ["value"], "{name}");
        }
    }

    #[test]
    fn a_damaged_log_that_was_kept_does_not_reach_the_new_database() {
        let folder = Folder::new("log");
        // The first server ends in order, the second is killed and leaves its last change in the log.
        for value in ["earlier", "value"] {
            let (state, _) = State::open(&folder.0);
            put(&state, "a", value);
            state.flush();
            if value == "value" {
                std::mem::forget(state);
            }
        }
        std::fs::write(folder.0.join(FILE), [0xA5; 4096]).unwrap();
        assert!(folder.values().is_empty());
        assert!(folder.names().contains(&"state.db.damaged-wal".to_owned()), "{:?}", folder.names());
        assert!(folder.values().is_empty());
    }

    #[test]
    fn what_cannot_be_written_is_written_later() {
        let folder = Folder::new("later");
        let (state, _) = State::open(&folder.0);
        let other = Connection::open(folder.0.join(FILE)).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        put(&state, "a", "before");
        state.flush();
        assert!(state.inner.borrow().reported.is_some());
        state.retry();
        assert!(folder.values().is_empty());
        other.execute_batch("COMMIT").unwrap();
        put(&state, "a", "value");
        // However slow this machine is, the failure was just now.
        state.inner.borrow_mut().failed = Some(Instant::now() + Duration::from_secs(3600));
        state.flush();
        assert!(folder.values().is_empty(), "after a failure, outputs do not wait for the disk");
        state.retry();
        assert_eq!(folder.values(), ["value"]);
        assert!(state.inner.borrow().reported.is_none());
        put(&state, "a", "again");
        state.flush();
        assert_eq!(folder.values(), ["again"]);
    }

    #[test]
    fn a_full_disk_is_no_damage() {
        let folder = Folder::new("full");
        let (state, _) = State::open(&folder.0);
        put(&state, "a", "small");
        state.flush();
        if let Some(database) = &state.inner.borrow().database {
            // SQLite says the same when the disk is full.
            database.execute_batch("PRAGMA max_page_count = 1").unwrap();
        }
        state.put("b".to_owned(), Some("large".repeat(10_000)));
        state.flush();
        assert!(state.inner.borrow().reported.is_some());
        assert_eq!(folder.values(), ["small"]);
        assert!(!folder.names().contains(&"state.db.damaged".to_owned()));
        state.retry();
        assert_eq!(folder.values().len(), 2);
    }
}
