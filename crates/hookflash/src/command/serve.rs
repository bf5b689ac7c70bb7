//! `hookflash serve`: run the switch until it is told to end.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use hookflash_driver::{
    Bound, Driver, RecordLimit, Recorder, Signals, configuration, logging, open_control, raise_file_limit,
    runtime, terminal,
};
use hookflash_node::{Node, Provisioned, Start, config, provision};
use tokio::task::LocalSet;
use tracing::{info, warn};

use crate::error::Error;

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
            let failed = |source| hookflash_driver::Error::Data { path: data.clone(), source };
            std::fs::create_dir_all(data).map_err(failed)?;
        } else {
            info!("no --data directory: nothing is kept when the server ends");
        }
        // Only a server that has its listeners may replace the recording of another.
        let recorder = || match &self.record {
            Some(file) => Recorder::begin(file, self.record_limit, &settings, self.bind, start),
            None => Ok(Recorder::default()),
        };
        run_until_signal(provisioned, self.data.as_deref(), recorder)?;
        Ok(ExitCode::SUCCESS)
    }

    fn provisioned(&self) -> Result<(config::Settings, Provisioned), Error> {
        let path = match (&self.config, &self.data) {
            (Some(file), _) => file.clone(),
            (None, Some(data)) => data.join("startup-config"),
            (None, None) => return Err(Error::NoConfiguration),
        };
        let loaded = configuration::load(&path)?;
        let provisioned = provision(&loaded.settings, self.bind);
        for note in &provisioned.notes {
            warn!("{note}");
        }
        if provisioned.listeners.is_empty() {
            return Err(hookflash_driver::Error::NothingToListenOn.into());
        }
        Ok((loaded.settings, provisioned))
    }
}

fn run_until_signal(
    provisioned: Provisioned,
    data: Option<&Path>,
    recorder: impl FnOnce() -> Result<Recorder, hookflash_driver::Error>,
) -> Result<(), hookflash_driver::Error> {
    LocalSet::new().block_on(&runtime()?, async {
        let mut signals = Signals::new()?;
        let bound = Bound::bind(&provisioned.listeners)?;
        let ready = bound.ready_line();
        let driver = Driver::new(Node::new(provisioned.settings)?, recorder()?);
        let control = open_control(&driver, data)?;
        driver.start(bound, None)?;
        terminal::print_ready(&ready);
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

/// A number that no other start of this server has.
fn nanoseconds_since_1970() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or_default()
}
