//! The startup configuration on the disk.

use std::{
    cell::RefCell,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Component, Path, PathBuf},
};

use hookflash_node::FileOrder;
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

    /// Lists, writes or removes files, beside the thread that serves calls. Returns the list.
    ///
    /// # Errors
    /// There is no data directory, the name leads out of the folder, or the system refuses.
    pub async fn handle(&self, order: FileOrder) -> io::Result<String> {
        let path = self.path.borrow().clone();
        let path = path.ok_or_else(|| io::Error::other("the server runs without --data DIR"))?;
        let file = match &order {
            FileOrder::Write { file, .. } => Some(self.beside(file)?),
            FileOrder::List { .. } | FileOrder::EraseStartupConfig => None,
        };
        let _turn = self.turn.lock().await;
        let act = move || match (order, file) {
            (FileOrder::Write { text, append, .. }, Some(file)) => {
                write(&file, &text, append).map(|()| String::new())
            }
            (FileOrder::List { startup: true }, _) => list(&path, true),
            (FileOrder::List { startup: false }, _) => list(&path.with_file_name("flash"), false),
            (FileOrder::EraseStartupConfig | FileOrder::Write { .. }, _) => match std::fs::remove_file(&path)
            {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(String::new()),
            },
        };
        tokio::task::spawn_blocking(act).await.map_err(io::Error::other)?
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

/// Most files in a list.
const MAX_LISTED: usize = 1000;

/// The files of a folder, or the file alone, as [`FileOrder::List`] says.
fn list(path: &Path, alone: bool) -> io::Result<String> {
    let mut files = Vec::new();
    let mut add = |name: String, found: &std::fs::Metadata| {
        let kind = if found.is_dir() { 'd' } else { '-' };
        files.push((name, kind, found.len(), found.mtime()));
    };
    let folder = if alone { path.parent().unwrap_or(path) } else { path };
    if alone {
        if let Ok(found) = path.symlink_metadata() {
            add("startup-config".to_owned(), &found);
        }
    } else if folder.is_dir() {
        for entry in std::fs::read_dir(folder)?.take(MAX_LISTED) {
            let entry = entry?;
            // A name with a line feed would be two.
            let name = entry.file_name().to_string_lossy().replace(char::is_control, "?");
            add(name, &entry.metadata()?);
        }
    }
    files.sort();
    let existing = if folder.is_dir() { folder } else { folder.parent().unwrap_or(folder) };
    let system = rustix::fs::statvfs(existing)?;
    let mut text = String::new();
    for (name, kind, size, changed) in files {
        text.push_str(&format!("{kind} {size} {changed} {name}\n"));
    }
    let bytes = |blocks: u64| blocks.saturating_mul(system.f_frsize);
    text.push_str(&format!("{} {}\n", bytes(system.f_blocks), bytes(system.f_bavail)));
    Ok(text)
}

/// Writes a file of the folder `flash`, which is made if it is not there.
fn write(path: &Path, text: &str, append: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        let data = folder.parent().unwrap_or(folder);
        if folder.file_name() == Some("flash".as_ref()) && data.is_dir() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
    }
    if !append {
        return replace(path, text);
    }
    // Where a link leads is not for the name to say.
    let flags = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0);
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).custom_flags(flags).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
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

    #[tokio::test]
    async fn files_of_flash_are_listed_and_written_and_the_startup_config_is_erased() {
        let folder = std::env::temp_dir().join(format!("hookflash-files-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let config = StartupConfig::default();
        config.handle(FileOrder::List { startup: true }).await.unwrap_err();
        config.set_path(folder.join("startup-config"));
        let list = |startup| config.handle(FileOrder::List { startup });
        assert_eq!(list(false).await.unwrap().lines().count(), 1, "there is no folder yet");
        let write = |file: &str, text: &str, append| {
            config.handle(FileOrder::Write { file: file.to_owned(), text: text.to_owned(), append })
        };
        write("flash:calls.txt", "one\n", false).await.unwrap();
        write("calls.txt", "two\n", true).await.unwrap();
        assert_eq!(std::fs::read_to_string(folder.join("flash/calls.txt")).unwrap(), "one\ntwo\n");
        std::os::unix::fs::symlink(folder.join("elsewhere"), folder.join("flash/link")).unwrap();
        write("link", "x", true).await.unwrap_err();
        for outside in ["../startup-config", "a/../../x", "sub/deeper/x"] {
            write(outside, "x", false).await.unwrap_err();
        }
        let listed = list(false).await.unwrap();
        assert!(listed.starts_with("- 8 ") && listed.contains(" calls.txt\n"), "{listed}");
        config.store("hostname x\n".to_owned()).await.unwrap();
        assert!(list(true).await.unwrap().contains(" startup-config\n"));
        for _ in 0..2 {
            config.handle(FileOrder::EraseStartupConfig).await.unwrap();
        }
        assert_eq!(list(true).await.unwrap().lines().count(), 1);
        assert!(!folder.join("startup-config").exists() && !folder.join("elsewhere").exists());
        std::fs::remove_dir_all(&folder).unwrap();
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
