//! `hookflash serve`: run the switch until it is told to end.

use std::{
    io::Write,
    net::IpAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    rc::Rc,
};

use clap::Args;
use hookflash_node::{Node, Provisioned, Start, config, provision, recording};
use tokio::task::LocalSet;
use tracing::{info, warn};

use crate::{
    command::check,
    driver::{self, Driver, RecordLimit, Tape},
    error::Error,
    listen::Bound,
    logging, say,
    signals::Signals,
};

/// Run the switch
#[derive(Args, Debug)]
pub struct Serve {
    /// The configuration, in Cisco IOS language; else startup-config of the data directory
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory for all state and the control socket; without it nothing is kept
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Replaces the IP address of every listener of the configuration
    #[arg(long, value_name = "ADDR")]
    bind: Option<IpAddr>,
    /// Write everything that happens into FILE, for `hookflash replay`; dialled digits included, passwords not
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Where the recording stops: bytes, or with K, M or G after the number
    #[arg(long, value_name = "SIZE", default_value = "64M", requires = "record")]
    record_limit: RecordLimit,
}

impl Serve {
    /// Runs until SIGTERM, SIGINT or SIGHUP.
    pub fn run(self) -> Result<ExitCode, Error> {
        logging::start("info");
        let start = Start { open_files: raise_file_limit(), seed: nanoseconds_since_1970() };
        let (settings, mut provisioned) = self.provisioned()?;
        provisioned.settings.fit(start);
        if let Some(data) = &self.data {
            std::fs::create_dir_all(data).map_err(|source| Error::Data { path: data.clone(), source })?;
        } else {
            info!("no --data directory: nothing is kept when the server ends");
        }
        // Only a server that has its listeners may replace the recording of another.
        let tape = || match &self.record {
            Some(file) => Tape::begin(file, self.record_limit, &settings, self.bind, start),
            None => Ok(Tape::default()),
        };
        run_until_signal(provisioned, self.data.as_deref(), tape)?;
        Ok(ExitCode::SUCCESS)
    }

    fn provisioned(&self) -> Result<(config::Settings, Provisioned), Error> {
        let path = match (&self.config, &self.data) {
            (Some(file), _) => file.clone(),
            (None, Some(data)) => data.join("startup-config"),
            (None, None) => return Err(Error::NoConfiguration),
        };
        let loaded = load(&path)?;
        let provisioned = provision(&loaded.settings, self.bind);
        for note in &provisioned.notes {
            warn!("{note}");
        }
        if provisioned.listeners.sccp.is_none() && provisioned.listeners.sip.is_none() {
            return Err(Error::NothingToListenOn);
        }
        Ok((loaded.settings, provisioned))
    }
}

/// Reads a configuration and prints what is to be said of it.
pub fn load(path: &Path) -> Result<config::Loaded, Error> {
    let (text, loaded) = check::read(path)?;
    // It goes where logs go: no password may be seen there.
    let shown = recording::mask_text(&text);
    say::complain(&config::render_diagnostics(&path.to_string_lossy(), &shown, &loaded.diagnostics));
    if loaded.can_run() {
        Ok(loaded)
    } else {
        Err(Error::Configuration { path: path.to_owned(), errors: check::errors(&loaded) })
    }
}

fn run_until_signal(
    provisioned: Provisioned,
    data: Option<&Path>,
    tape: impl FnOnce() -> Result<Tape, Error>,
) -> Result<(), Error> {
    let runtime = driver::runtime()?;
    LocalSet::new().block_on(&runtime, async {
        let mut signals = Signals::new()?;
        let bound = Bound::bind(&provisioned.listeners)?;
        let ready = bound.ready_line();
        let driver = Driver::new(Node::new(provisioned.settings)?, tape()?);
        let control = open_control(&driver, data)?;
        driver.start(bound, None)?;
        announce(&ready);
        let signal = signals.any().await;
        info!("{signal}: ending");
        driver.shut_down().await;
        if let Some(control) = control {
            // Nobody is harmed by a socket file that stays behind: the next server replaces it.
            let _ = std::fs::remove_file(control);
        }
        Ok(())
    })
}

/// The control socket. Without a data directory the server also runs without one: the place is shared with other
/// servers of the same user.
pub fn open_control(driver: &Rc<Driver>, data: Option<&Path>) -> Result<Option<PathBuf>, Error> {
    let path = driver::control_path(data);
    match driver.open_control(&path) {
        Ok(()) => Ok(Some(path)),
        Err(error) if data.is_some() => Err(error),
        Err(error) => {
            warn!("`hookflash cli` does not reach this server: {error}; a --data directory of its own helps");
            Ok(None)
        }
    }
}

/// Says that everything is ready.
pub fn announce(ready: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever started us may not care to read it.
    let _ = writeln!(out, "{ready}");
    let _ = out.flush();
}

/// A number that no other start of this server has.
fn nanoseconds_since_1970() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or_default()
}

/// Every phone is an open file: take as many as the system lets us have, and say how many that is.
pub fn raise_file_limit() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let reached = match setrlimit(Resource::Nofile, all) {
        Ok(()) => limit.maximum,
        Err(error) => {
            warn!(%error, "the limit of open files stays as it is");
            limit.current
        }
    };
    reached.unwrap_or(u64::MAX)
}
