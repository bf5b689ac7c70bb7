//! The process of the server under load: its processor time and memory, and starting it for the suite.

use std::{
    fs,
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::Error;

/// The process of a server on this machine, for what it uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Process(pub u32);

impl Process {
    /// Processor time used so far by all its threads; `None` if the system does not report it.
    pub fn cpu(self) -> Option<Duration> {
        let mut nanos = 0u64;
        for thread in fs::read_dir(format!("/proc/{}/task", self.0)).ok()? {
            let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            nanos += text.split_whitespace().next()?.parse::<u64>().ok()?;
        }
        Some(Duration::from_nanos(nanos))
    }

    /// Resident memory in bytes; `None` if the system does not report it.
    pub fn resident(self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kilobytes * 1024)
    }
}

/// A server that was started for measuring; ends when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where phones connect.
    pub sccp: SocketAddr,
    /// Where applications connect.
    pub sip: SocketAddr,
    /// From its start to its ready line.
    pub ready_after: Duration,
}

impl Server {
    /// Starts `binary serve` with a configuration on the given core, and waits until it is ready.
    ///
    /// # Errors
    /// It does not start, or ends at once.
    pub fn start(binary: &Path, configuration: &Path, core: usize) -> Result<Server, Error> {
        let failed = |source| Error::Start { binary: binary.to_owned(), source };
        let own = affinity();
        // The child inherits it.
        pin(core);
        let started = Instant::now();
        let child = Command::new(binary)
            .arg("serve")
            .arg("--config")
            .arg(configuration)
            .args(["--bind", "127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        restore(own);
        let mut child = child.map_err(failed)?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut line).map_err(failed)?;
        }
        let ready_after = started.elapsed();
        let address = |name: &str| {
            let word = line.split_whitespace().find_map(|word| word.strip_prefix(name));
            word.and_then(|address| address.parse().ok())
        };
        match (address("sccp="), address("sip=")) {
            (Some(sccp), Some(sip)) => Ok(Server { child, sccp, sip, ready_after }),
            _ => {
                // It may have ended by itself.
                let _ = child.kill();
                let _ = child.wait();
                Err(failed(io::Error::other("it did not say that it was ready")))
            }
        }
    }

    /// Its process.
    pub fn process(&self) -> Process {
        Process(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Binds this thread, and children started by it, to one core. Without effect where that is not possible.
#[cfg(target_os = "linux")]
pub fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    restore(Some(set));
}

#[cfg(target_os = "linux")]
fn affinity() -> Option<rustix::thread::CpuSet> {
    rustix::thread::sched_getaffinity(None).ok()
}

#[cfg(target_os = "linux")]
fn restore(set: Option<rustix::thread::CpuSet>) {
    if let Some(set) = set {
        // A machine with fewer cores measures on those it has.
        let _ = rustix::thread::sched_setaffinity(None, &set);
    }
}

/// Without effect on this system.
#[cfg(not(target_os = "linux"))]
pub fn pin(_: usize) {}

#[cfg(not(target_os = "linux"))]
fn affinity() {}

#[cfg(not(target_os = "linux"))]
fn restore(_: ()) {}

/// The load average over the last minute; `None` if the system does not say.
pub fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
