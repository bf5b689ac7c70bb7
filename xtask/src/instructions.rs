//! Instructions inside a node, beside the committed ones: per registration, keepalive, call and monitored call, from an
//! application's MakeCall to the first message for the phone, and from a phone's answer to the first event.
//!
//! Callgrind counts; it does not care what else the machine does. What a workload needs once is taken out by
//! running it twice, with different counts.

use std::fmt::Write;

use crate::run::{Failure, cargo, program, root};

/// The committed counts.
const BASELINE: &str = "crates/node/instructions.txt";

/// How far a count may be from the committed one, in percent. Compilers and processors differ a little.
const TOLERANCE: f64 = 5.0;

/// Each workload, the two numbers of times it is run, and the function in which is counted.
const WORKLOADS: &[(&str, u64, u64, &str)] = &[
    ("registration", 50, 150, EVERYTHING),
    ("keepalive", 100, 1100, EVERYTHING),
    ("call", 50, 150, EVERYTHING),
    ("monitored-call", 50, 150, EVERYTHING),
    ("make-call", 50, 150, "*until_the_phone_is_told*"),
    ("answer", 50, 150, "*until_the_application_is_told*"),
];

const EVERYTHING: &str = "*inside_the_node*";

/// The processor of the committed counts.
const ARCHITECTURE: &str = "x86_64";

/// Compares with the committed counts. Another processor has other instructions: there is nothing to compare with.
pub fn check() -> Result<(), Failure> {
    if std::env::consts::ARCH != ARCHITECTURE {
        println!("not compared: the committed counts are those of {ARCHITECTURE}");
        return Ok(());
    }
    let baseline = std::fs::read_to_string(root().join(BASELINE))?;
    let mut wrong = String::new();
    for (workload, counted) in count()? {
        let line = baseline.lines().find_map(|line| line.strip_prefix(&format!("{workload} ")));
        let wanted: f64 = line.and_then(|text| text.trim().parse().ok()).unwrap_or(0.0);
        let difference = (counted as f64 / wanted - 1.0) * 100.0;
        println!("{workload:<16}{counted:>10} instructions, {difference:+.1} % from the committed {wanted}");
        if difference.abs() > TOLERANCE {
            // Writing to a string cannot fail.
            let _ = write!(wrong, " {workload} {difference:+.1} %");
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure(format!(
        "instruction counts changed:{wrong}; cargo xtask accept-instructions if that is right"
    )))
}

/// Writes the counts anew.
pub fn write() -> Result<(), Failure> {
    let mut text = String::new();
    for (workload, counted) in count()? {
        let _ = writeln!(text, "{workload} {counted}");
    }
    print!("{text}");
    std::fs::write(root().join(BASELINE), text)?;
    Ok(())
}

fn count() -> Result<Vec<(&'static str, u64)>, Failure> {
    cargo(&["build", "--release", "--quiet", "--package", "hookflash-node", "--example", "instructions"])
        .go()?;
    WORKLOADS
        .iter()
        .map(|(workload, few, many, place)| {
            // The longer run and the shorter one, each on a processor of its own if there are two.
            let (longer, shorter) = std::thread::scope(|scope| {
                let shorter = scope.spawn(|| collected(workload, *few, place));
                let longer = collected(workload, *many, place);
                let shorter =
                    shorter.join().unwrap_or_else(|_| Err(Failure("the count panicked".to_owned())));
                (longer, shorter)
            });
            Ok((*workload, (longer? - shorter?) / (many - few)))
        })
        .collect()
}

fn collected(workload: &str, times: u64, place: &str) -> Result<u64, Failure> {
    let binary = root().join("target/release/examples/instructions");
    let arguments = [
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        &format!("--toggle-collect={place}"),
        "--log-fd=1",
        &binary.to_string_lossy(),
        workload,
        &times.to_string(),
    ];
    let said = program("valgrind", &arguments).output()?;
    let count = said.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count.trim());
    count
        .and_then(|count| count.parse().ok())
        .ok_or_else(|| Failure(format!("valgrind counted nothing: {said}")))
}
