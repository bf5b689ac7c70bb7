//! The startup configuration on the disk.

use std::{
    cell::RefCell,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Component, Path, PathBuf},
};

use tokio::sync::Mutex;

/// The file that holds the startup configuration, if there is one.
#[derive(Debug, Default)]
pub struct StartupConfig {
    path: RefCell<Option<PathBuf>>,
    /// One is stored at a time.
    turn: Mutex<()>,
}

impl StartupConfig {
    /// Sets the path of the file.
    pub fn set_path(&self, path: PathBuf) {
        *self.path.borrow_mut() = Some(path);
    }

    /// A file in the folder `flash` beside it, by the name that an operator gives it. What precedes a colon, and
    /// slashes at the beginning, say nothing; nothing outside the folder is named.
    ///
    /// # Errors
    /// There is no data directory, or the name leads out of the folder.
    pub fn beside(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.borrow();
        let data = path.as_deref().and_then(Path::parent);
        let data = data.ok_or_else(|| io::Error::other("the server runs without --data DIR"))?;
        let name = name.rsplit(':').next().unwrap_or_default().trim_start_matches('/');
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_));
        if name.is_empty() || !Path::new(name).components().all(inside) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no such name in flash:"));
        }
        Ok(data.join("flash").join(name))
    }

    /// Replaces the file, beside the thread that serves calls.
    ///
    /// # Errors
    /// There is no place for it, or the system refuses; the file is then what it was.
    pub async fn store(&self, text: String) -> io::Result<()> {
        let path = self.path.borrow().clone();
        let path = path.ok_or_else(|| io::Error::other("the server runs without --data DIR"))?;
        let _turn = self.turn.lock().await;
        tokio::task::spawn_blocking(move || replace(&path, &text)).await.map_err(io::Error::other)?
    }
}

/// Replaces a file by a new one with this text: after a loss of power there is the old one or the new one. It holds
/// passwords, so that its owner only may read it.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&fresh)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if let Err(error) = written.and_then(|()| std::fs::rename(&fresh, path)) {
        // What is left of it must not be taken for anything; the error that matters is the first one.
        let _ = std::fs::remove_file(&fresh);
        return Err(error);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn names_stay_in_the_flash_folder() {
        let config = StartupConfig::default();
        assert!(config.beside("x.cfg").is_err());
        config.set_path("/data/startup-config".into());
        for name in ["x.cfg", "flash:x.cfg", "flash:/x.cfg", "/x.cfg"] {
            assert_eq!(config.beside(name).unwrap(), Path::new("/data/flash/x.cfg"), "{name}");
        }
        for name in ["", "flash:", "../startup-config", "flash:a/../../control", "/"] {
            assert!(config.beside(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("hookflash-store-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("startup-config");
        for text in ["one", "another"] {
            replace(&path, text).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left");
        std::fs::create_dir(folder.join("startup-config.new")).unwrap();
        replace(&path, "a third").unwrap_err();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "another");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
