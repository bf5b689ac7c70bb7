//! `hookflash serve`: run the switch until it is told to end.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    rc::Rc,
};

use clap::{Args, ValueEnum};
use hookflash_driver::{
    Bound, DataDirectory, Driver, Introduction, RecordLimit, Recorder, Request, Signals, Tls,
    address::host_address,
    audit_to, available_memory,
    configuration::{self, KnownFaults, WrongLines},
    fail_fast, logging, open_control, raise_file_limit, random, runtime, seed_of_start, terminal,
};
use hookflash_node::{Node, NodeSettings, Provisioned, Start, config, provision};
use tokio::task::LocalSet;
use tracing::{error, info, warn};

use crate::error::Error;

/// Run the switch
#[derive(Args, Debug)]
pub struct Serve {
    /// The configuration, in Cisco IOS language; else startup-config of the data directory
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Refuse a configuration with a wrong line, instead of leaving the line out with a warning
    #[arg(long)]
    strict: bool,
    /// Directory for all state and the control socket; without it nothing is kept
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Replaces the IP address of every listener of the configuration; a name stands for its address
    #[arg(long, value_name = "HOST", value_parser = host_address)]
    bind: Option<IpAddr>,
    /// Write who did what, from where, into FILE, a JSON object a line; else into audit.log of the data directory
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// Write everything that happens into FILE, for `hookflash replay`; dialled digits included, passwords not
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The size of the recording (FILE, and FILE.1 with what was before): bytes, or with K, M or G after the number
    #[arg(long, value_name = "SIZE", default_value = "64M", requires = "record")]
    record_limit: RecordLimit,
    /// The form of log lines on standard error: text, or a JSON object on each line
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

/// The form of log lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl Serve {
    /// Runs until SIGTERM or SIGINT; reads the configuration again at SIGHUP.
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.log_format {
            LogFormat::Text => {
                logging::start("info");
                self.serve()
            }
            LogFormat::Json => {
                logging::start_as("info", logging::Format::Json);
                // The last line is one for programs too.
                self.serve().or_else(|error| {
                    error!("{error}");
                    Ok(ExitCode::FAILURE)
                })
            }
        }
    }

    fn serve(self) -> Result<ExitCode, Error> {
        fail_fast();
        let introduction = Introduction::new()?;
        let start = Start {
            fingerprint: introduction.fingerprint(),
            open_files: raise_file_limit(),
            memory: available_memory(),
            keeps_sessions: self.data.is_some(),
            seed: seed_of_start(),
            secret: random().map_err(|source| hookflash_driver::Error::System {
                action: "reading the random source",
                source,
            })?,
        };
        let mut files = self.files()?;
        let (settings, mut provisioned, faults) = self.provisioned(&files.configuration)?;
        files.faults = faults;
        provisioned.settings.startup_config = files.stored();
        provisioned.settings.fit(start);
        let data = self.data.as_deref().map(DataDirectory::open).transpose()?;
        if data.is_none() {
            info!("no --data directory: nothing is kept when the server ends");
        }
        let audit = self.audit.clone().or_else(|| Some(self.data.as_ref()?.join("audit.log")));
        audit.as_deref().map(audit_to).transpose()?;
        // Only a server that has its listeners may replace the recording of another.
        let recorder = || match &self.record {
            Some(file) => Recorder::begin(file, self.record_limit, &settings, self.bind, start),
            None => Ok(Recorder::default()),
        };
        run_until_signal(provisioned, data.as_ref(), &files, introduction, recorder).map_err(Into::into)
    }

    /// Where the configuration is read and stored.
    fn files(&self) -> Result<Files, Error> {
        let startup_config = self.data.as_ref().map(|data| data.join("startup-config"));
        let configuration = self.config.clone().or_else(|| startup_config.clone());
        let configuration = configuration.ok_or(Error::NoConfiguration)?;
        Ok(Files { configuration, faults: KnownFaults::default(), startup_config })
    }

    fn provisioned(&self, path: &Path) -> Result<(config::Settings, Provisioned, KnownFaults), Error> {
        let wrong = if self.strict { WrongLines::Refused } else { WrongLines::LeftOut };
        let (text, loaded) = configuration::load_text(path, wrong)?;
        let faults = KnownFaults::of(&text, &loaded);
        let provisioned = provision(&loaded.settings, self.bind);
        for note in &provisioned.notes {
            warn!("{note}");
        }
        if provisioned.listeners.is_empty() {
            return Err(hookflash_driver::Error::NothingToListenOn.into());
        }
        Ok((loaded.settings, provisioned, faults))
    }
}

/// The exit code after `reload`: not that of success, so that a supervisor starts the server again.
const RELOAD: u8 = 75;

/// The files of the configuration.
struct Files {
    /// Read at the start, and again at SIGHUP.
    configuration: PathBuf,
    /// What was wrong in it at the start.
    faults: KnownFaults,
    /// Where `write memory` stores; none without a data directory.
    startup_config: Option<PathBuf>,
}

impl Files {
    /// The startup configuration that was stored earlier.
    fn stored(&self) -> Option<String> {
        let path = self.startup_config.as_deref()?;
        let (text, _) = configuration::read(path).ok()?;
        if path != self.configuration {
            info!(
                "{} is not read: --config names another file, which `write memory` does not change",
                path.display()
            );
        }
        Some(text)
    }
}

/// Reads the configuration again and applies what is different. A file with an error that it did not have at the start changes
/// nothing.
fn read_again(driver: &Rc<Driver>, files: &Files) {
    let path = &files.configuration;
    info!(file = %path.display(), "SIGHUP: reading the configuration again");
    match configuration::load_again(path, &files.faults) {
        Ok((text, lenient)) => driver.read_configuration(&text, lenient),
        Err(error) => warn!("configuration not applied: {error}"),
    }
}

fn run_until_signal(
    provisioned: Provisioned,
    data: Option<&DataDirectory>,
    files: &Files,
    introduction: Introduction,
    recorder: impl FnOnce() -> Result<Recorder, hookflash_driver::Error>,
) -> Result<ExitCode, hookflash_driver::Error> {
    LocalSet::new().block_on(&runtime()?, async {
        let mut signals = Signals::of_server()?;
        let data_path = data.map(DataDirectory::path);
        let tls = Tls::of(&provisioned.settings.configuration, &provisioned.listeners, data_path)?;
        let bound = Bound::bind(&provisioned.listeners)?;
        let ready = bound.ready_line();
        let settings = NodeSettings { sip_address: bound.addresses().sip, ..provisioned.settings };
        let driver = Driver::new(Node::new(settings)?, recorder()?);
        files.startup_config.iter().for_each(|path| driver.store_startup_config_in(path.clone()));
        let control = open_control(&driver, data_path)?;
        driver.secure(tls);
        driver.introduce(introduction);
        if let Some(data) = data {
            driver.serve_files_of(data.path());
            driver.restore(data);
        }
        driver.start(bound, None)?;
        terminal::print_ready(&ready);
        let code = loop {
            let request = tokio::select! {
                request = signals.next() => request,
                () = driver.reload_wanted() => {
                    info!("reload: ending, to be started again");
                    break ExitCode::from(RELOAD);
                }
            };
            match request {
                Request::ReadAgain => read_again(&driver, files),
                Request::End(signal) => {
                    info!("{signal}: ending");
                    break ExitCode::SUCCESS;
                }
            }
        };
        driver.shut_down().await;
        if let Some(control) = control {
            // Nobody is harmed by a socket file that stays behind: the next server replaces it.
            let _ = std::fs::remove_file(control);
        }
        Ok(code)
    })
}
