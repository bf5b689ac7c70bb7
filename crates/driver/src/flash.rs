//! `flash:`, the folder `flash` of the data directory: firmware and other files that phones fetch.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// The folder, if there is a data directory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flash {
    folder: Option<PathBuf>,
}

impl Flash {
    /// The folder `flash` of this data directory. It need not exist.
    pub(crate) fn of(data: &Path) -> Flash {
        Flash { folder: Some(data.join("flash")) }
    }

    /// Another folder, of which the same holds.
    pub(crate) fn at(folder: &Path) -> Flash {
        Flash { folder: Some(folder.to_owned()) }
    }

    /// Opens a file at a path below the folder, and tells its length.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] for what is not there, is no file, or is outside the folder, by links too.
    pub(crate) fn open(&self, path: &str) -> io::Result<(File, u64)> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let folder = self.folder.as_deref().ok_or_else(missing)?;
        let plain = path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains('\0'));
        if !plain {
            return Err(missing());
        }
        let folder = folder.canonicalize()?;
        let file = folder.join(path).canonicalize()?;
        if !file.starts_with(&folder) {
            return Err(missing());
        }
        let file = File::open(file)?;
        let metadata = file.metadata()?;
        if metadata.is_file() { Ok((file, metadata.len())) } else { Err(missing()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_opened() {
        let data = std::env::temp_dir().join(format!("hookflash-flash-{}", std::process::id()));
        std::fs::create_dir_all(data.join("flash/deeper")).unwrap();
        std::fs::write(data.join("secret"), "x").unwrap();
        std::fs::write(data.join("flash/deeper/ring.raw"), "12345").unwrap();
        std::os::unix::fs::symlink(data.join("secret"), data.join("flash/link")).unwrap();
        let flash = Flash::of(&data);
        assert_eq!(flash.open("deeper/ring.raw").unwrap().1, 5);
        for path in ["../secret", "link", "deeper", "", "/secret", "deeper/../../secret", "none", "a\0b"] {
            assert!(flash.open(path).is_err(), "{path:?}");
        }
        assert!(Flash::default().open("deeper/ring.raw").is_err());
        std::fs::remove_dir_all(&data).unwrap();
    }
}
