//! Sessions of applications on disk: with them, a server that starts again goes on with the sessions of the one before.
//!
//! [`SessionStore`] owns `sessions.db` in the data directory: an SQLite database with the sessions, their monitors, and the
//! events that are kept for applications that come back.
//!
//! ```text
//!   Output::Keep ──► put (in a transaction) ──► commit, before anything of this turn is written to an application
//! ```
//!
//! Invariants:
//!
//! * An event is in the write-ahead log before an application gets it: a process that is killed loses nothing that it has
//!   told. The log is not synchronized with each transaction, which would cost a hundred times as much: a machine that loses its
//!   power may lose the last events, and an application that has seen them is refused when it comes back, never told
//!   something else.
//! * All events of one turn share a transaction.
//! * Nothing about the database is fatal. One that is damaged is removed, with a warning; one that fails is given up until the next
//!   start, and sessions then last as long as the server.

use std::{
    cell::{Cell, RefCell},
    path::{Path, PathBuf},
    time::Duration,
};

use hookflash_node::SessionRecord;
use rusqlite::{Connection, params};
use tracing::{debug, error, warn};

/// The name of the database in the data directory.
const FILE: &str = "sessions.db";

/// The version of the tables, as SQLite's `user_version`.
const VERSION: i64 = 1;

/// How long another program may hold a lock.
const BUSY_TIMEOUT: Duration = Duration::from_millis(200);

const TABLES: &str = "
    CREATE TABLE session (session INTEGER PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE monitor (session INTEGER, monitor INTEGER, value TEXT NOT NULL, PRIMARY KEY (session, monitor))
        WITHOUT ROWID;
    CREATE TABLE event (session INTEGER, number INTEGER, document BLOB NOT NULL, PRIMARY KEY (session, number))
        WITHOUT ROWID;";

/// Keeps sessions over a restart.
#[derive(Debug)]
pub(crate) struct SessionStore {
    path: PathBuf,
    /// Not there after a failure.
    database: RefCell<Option<Connection>>,
    /// Whether a transaction is open.
    is_dirty: Cell<bool>,
}

impl SessionStore {
    /// Opens the database in the data directory, and passes on what it holds, sessions first, events in order.
    pub(crate) fn open(data: &Path, restore: impl FnMut(SessionRecord)) -> SessionStore {
        let path = data.join(FILE);
        let opened = open(&path).or_else(|failure| {
            warn!(file = %path.display(), %failure, "the sessions of applications are lost");
            for suffix in ["", "-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                // Most of them are not there.
                let _ = std::fs::remove_file(name);
            }
            open(&path)
        });
        let database = match opened {
            Ok(database) => Some(database),
            Err(failure) => {
                error!(file = %path.display(), %failure, "sessions of applications do not survive a restart");
                None
            }
        };
        let store = SessionStore { path, database: RefCell::new(database), is_dirty: Cell::new(false) };
        store.read(restore);
        store
    }

    fn read(&self, mut restore: impl FnMut(SessionRecord)) {
        let read = match self.database.borrow().as_ref() {
            Some(database) => read(database, &mut restore),
            None => Ok(()),
        };
        read.unwrap_or_else(|failure| self.give_up(&failure));
    }

    /// Keeps something with the next [`commit`](SessionStore::commit).
    pub(crate) fn put(&self, record: &SessionRecord) {
        let written = match self.database.borrow().as_ref() {
            Some(database) => self.begin(database).and_then(|()| put(database, record)),
            None => return,
        };
        written.unwrap_or_else(|failure| self.give_up(&failure));
    }

    fn begin(&self, database: &Connection) -> Result<(), rusqlite::Error> {
        match self.is_dirty.replace(true) {
            true => Ok(()),
            false => database.prepare_cached("BEGIN")?.execute([]).map(drop),
        }
    }

    /// Everything that was put is safe from the end of the process when this returns.
    pub(crate) fn commit(&self) {
        if !self.is_dirty.replace(false) {
            return;
        }
        let committed = match self.database.borrow().as_ref() {
            Some(database) => database.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])),
            None => return,
        };
        committed.map_or_else(|failure| self.give_up(&failure), drop);
    }

    fn give_up(&self, failure: &rusqlite::Error) {
        error!(file = %self.path.display(), %failure, "sessions of applications do not survive a restart");
        *self.database.borrow_mut() = None;
        self.is_dirty.set(false);
    }
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let database = Connection::open(path)?;
    restrict(path);
    database.busy_timeout(BUSY_TIMEOUT)?;
    database.set_prepared_statement_cache_capacity(16);
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "NORMAL")?;
    let version: i64 = database.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        database.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))?;
    } else if version != VERSION {
        return Err(rusqlite::Error::InvalidQuery);
    }
    debug!(file = %path.display(), "sessions opened");
    Ok(database)
}

/// Lets the owner alone read the file: it has tokens.
fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) {
        warn!(file = %path.display(), %error, "others may read the sessions of applications");
    }
}

fn read(database: &Connection, restore: &mut impl FnMut(SessionRecord)) -> Result<(), rusqlite::Error> {
    let mut sessions = database.prepare("SELECT session, value FROM session ORDER BY session")?;
    let mut rows = sessions.query([])?;
    while let Some(row) = rows.next()? {
        restore(SessionRecord::Session { session: row.get(0)?, value: row.get(1)? });
    }
    let mut monitors =
        database.prepare("SELECT session, monitor, value FROM monitor ORDER BY session, monitor")?;
    let mut rows = monitors.query([])?;
    while let Some(row) = rows.next()? {
        let value = Some(row.get(2)?);
        restore(SessionRecord::Monitor { session: row.get(0)?, monitor: row.get(1)?, value });
    }
    let mut events =
        database.prepare("SELECT session, number, document FROM event ORDER BY session, number")?;
    let mut rows = events.query([])?;
    while let Some(row) = rows.next()? {
        let number = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
        restore(SessionRecord::Event { session: row.get(0)?, number, document: row.get(2)? });
    }
    Ok(())
}

fn put(database: &Connection, record: &SessionRecord) -> Result<(), rusqlite::Error> {
    let number = |number: &u64| i64::try_from(*number).unwrap_or(i64::MAX);
    match record {
        SessionRecord::Event { session, number: own, document } => database
            .prepare_cached("INSERT OR REPLACE INTO event (session, number, document) VALUES (?, ?, ?)")?
            .execute(params![session, number(own), document]),
        SessionRecord::Forget { session, up_to } => database
            .prepare_cached("DELETE FROM event WHERE session = ? AND number <= ?")?
            .execute(params![session, number(up_to)]),
        SessionRecord::Session { session, value } => database
            .prepare_cached("INSERT OR REPLACE INTO session (session, value) VALUES (?, ?)")?
            .execute(params![session, value]),
        SessionRecord::Monitor { session, monitor, value: Some(value) } => database
            .prepare_cached("INSERT OR REPLACE INTO monitor (session, monitor, value) VALUES (?, ?, ?)")?
            .execute(params![session, monitor, value]),
        SessionRecord::Monitor { session, monitor, value: None } => database
            .prepare_cached("DELETE FROM monitor WHERE session = ? AND monitor = ?")?
            .execute(params![session, monitor]),
        SessionRecord::Ended { session } => {
            for table in ["session", "monitor", "event"] {
                database
                    .prepare_cached(&format!("DELETE FROM {table} WHERE session = ?"))?
                    .execute([session])?;
            }
            Ok(0)
        }
    }
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(folder: &Path) -> Vec<SessionRecord> {
        let mut found = Vec::new();
        SessionStore::open(folder, |record| found.push(record));
        found
    }

    #[test]
    fn what_is_committed_is_there_though_the_server_never_ends() {
        let folder = std::env::temp_dir().join(format!("hookflash-sessions-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let store = SessionStore::open(&folder, |_| panic!("nothing is there"));
        let event = |number: u64| SessionRecord::Event { session: 1, number, document: vec![b'x'] };
        let session = SessionRecord::Session { session: 1, value: "a".to_owned() };
        let monitor = SessionRecord::Monitor { session: 1, monitor: 7, value: Some("m".to_owned()) };
        for record in [&event(1), &session, &monitor, &event(2), &event(3)] {
            store.put(record);
        }
        assert_eq!(found(&folder), [], "nothing before it is committed");
        store.commit();
        assert_eq!(found(&folder), [session.clone(), monitor, event(1), event(2), event(3)]);
        store.put(&SessionRecord::Forget { session: 1, up_to: 2 });
        store.put(&SessionRecord::Monitor { session: 1, monitor: 7, value: None });
        store.commit();
        assert_eq!(found(&folder), [session, event(3)]);
        store.put(&SessionRecord::Ended { session: 1 });
        store.commit();
        assert_eq!(found(&folder), []);
        drop(store);
        std::fs::write(folder.join(FILE), "damaged").unwrap();
        assert_eq!(found(&folder), [], "a damaged file is not fatal");
        let _ = std::fs::remove_dir_all(&folder);
    }
}
