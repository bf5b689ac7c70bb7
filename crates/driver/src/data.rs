//! The data directory: one server at a time uses it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::error::Error;

/// The file that the server locks. It stays behind, empty: to remove it would let two servers lock different files.
const LOCK: &str = "lock";

/// A data directory that belongs to this process until the value is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Takes the directory, and creates it if it does not exist.
    ///
    /// # Errors
    /// [`Error::Data`] if another server uses it, or if it cannot be written.
    pub fn open(path: &Path) -> Result<DataDirectory, Error> {
        let failed = |source| Error::Data { path: path.to_owned(), source };
        // The directory holds passwords and who called whom. One that is there already is the operator's business.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        Ok(DataDirectory { path: path.to_owned(), _lock: lock(&path.join(LOCK)).map_err(failed)? })
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(io::Error::new(io::ErrorKind::AddrInUse, "another server uses it"))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_belongs_to_one_server_at_a_time() {
        let path = std::env::temp_dir().join(format!("hookflash-data-{}", std::process::id()));
        let first = DataDirectory::open(&path.join("new/deeper")).unwrap();
        let refused = DataDirectory::open(first.path()).unwrap_err().to_string();
        assert!(refused.contains("another server uses it"), "{refused}");
        drop(first);
        DataDirectory::open(&path.join("new/deeper")).unwrap();
        std::fs::remove_dir_all(&path).unwrap();
    }
}
