//! What the operating system gives: open files, memory, and numbers that nobody can foresee.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::rand::{GetRandomFlags, getrandom};
use tracing::warn;

/// Raises the limit of open files to the hard limit and returns the limit then in force. Each phone needs an open file.
pub fn raise_file_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let reached = match setrlimit(Resource::Nofile, all) {
        Ok(()) => limit.maximum,
        Err(error) => {
            warn!(%error, "cannot raise the limit of open files");
            limit.current
        }
    };
    reached.unwrap_or(u64::MAX)
}

/// How many bytes the process may use: the least of its limits, those of its control group, and the memory of the machine.
pub fn available_memory() -> u64 {
    let limits = [Resource::Data, Resource::As].map(|resource| getrlimit(resource).current);
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group = group.and_then(|text| text.trim().parse().ok());
    let machine = std::fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| kilobytes(text.lines().next()?)).map(|kilobytes| kilobytes * 1024);
    limits.into_iter().chain([group, machine]).flatten().min().unwrap_or(u64::MAX)
}

/// The number in a line such as `MemTotal:  16318092 kB`.
fn kilobytes(line: &str) -> Option<u64> {
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Numbers from the system's random source.
///
/// # Errors
/// Those of the system.
pub fn random() -> std::io::Result<[u64; 2]> {
    let mut bytes = [0; 16];
    // So few bytes are given at once, or not at all.
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    let number = u128::from_ne_bytes(bytes);
    Ok([(number >> 64) as u64, number as u64])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_how_much_memory_there_is_and_random_numbers_differ() {
        assert!(available_memory() > 1 << 20);
        assert_eq!(kilobytes("MemTotal:       16318092 kB"), Some(16_318_092));
        assert_ne!(random().unwrap(), random().unwrap());
    }
}
