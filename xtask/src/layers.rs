//! Who may know whom. Arrows point down only; the core knows no wire format, the wire no call, and neither
//! they nor the node nor the simulator know a socket, an asynchronous runtime or the clock of the machine. The driver
//! knows no simulator, and it alone knows the database; the binary knows a protocol only through the node.

use crate::run::{Failure, cargo, root};

/// Each crate and the crates of this workspace that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("hookflash-wire", &[]),
    ("hookflash-time", &[]),
    ("hookflash-media", &[]),
    ("hookflash-core", &["hookflash-time"]),
    ("hookflash-sip", &["hookflash-time", "hookflash-wire"]),
    ("hookflash-client", &["hookflash-wire"]),
    ("hookflash-config", &["hookflash-wire"]),
    ("hookflash-provision", &["hookflash-config", "hookflash-wire"]),
    (
        "hookflash-node",
        &["hookflash-sip", "hookflash-wire", "hookflash-core", "hookflash-config", "hookflash-provision"],
    ),
    (
        "hookflash-sim",
        &["hookflash-node", "hookflash-config", "hookflash-sip", "hookflash-wire", "hookflash-core"],
    ),
    ("hookflash-driver", &["hookflash-config", "hookflash-node", "hookflash-core", "hookflash-media"]),
    (
        "hookflash-laboratory",
        &[
            "hookflash-client",
            "hookflash-driver",
            "hookflash-sim",
            "hookflash-config",
            "hookflash-node",
            "hookflash-sip",
            "hookflash-time",
            "hookflash-wire",
            "hookflash-core",
        ],
    ),
    ("hookflash", &["hookflash-driver", "hookflash-laboratory", "hookflash-config", "hookflash-node"]),
];

/// Crates without input, output and time.
const SANS_IO: &[&str] = &["time", "wire", "core", "sip", "config", "provision", "node", "sim", "media"];

/// Dependencies that bring input, output or time.
const IO_CRATES: &[&str] = &["tokio", "mio", "socket2", "async-std", "smol", "reqwest", "hyper", "rusqlite"];

/// Dependencies that one crate only may use directly.
const ONLY_IN: &[(&str, &str)] = &[("rusqlite", "hookflash-driver")];

/// Words in the source that mean input, output, time, threads or chance.
const IO_WORDS: &[&str] = &[
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "SystemTime::now",
    "time::Instant::now",
    "Instant::now()",
    "std::thread",
    "std::fs",
    "HashMap",
    "HashSet",
];

/// Folders, and what no word in their source may be: who carries CSTA is not known to those who speak it.
const SEPARATE: &[(&str, &[&str])] = &[("crates/node/src/csta", &["sip::", "uacsta", "DialogId", "LinkId"])];

/// Words that the SIP layer must not know: what SIP carries is its users' business.
const NOT_IN_SIP: &[&str] = &["csta", "uacsta", "ecma"];

/// Dependencies that must not come in by any way.
const BANNED: &[&str] = &["aws-lc-rs", "aws-lc-sys", "openssl-sys"];

/// Checks every rule.
pub fn check() -> Result<(), Failure> {
    for (name, allowed) in MAY_USE {
        let direct = dependencies(name, true)?;
        for used in direct.iter().filter(|used| used.starts_with("hookflash")) {
            if used != name && !allowed.contains(&used.as_str()) {
                return Err(Failure(format!("{name} must not know {used}")));
            }
        }
        let elsewhere =
            ONLY_IN.iter().find(|(used, owner)| name != owner && direct.iter().any(|d| d == used));
        if let Some((used, owner)) = elsewhere {
            return Err(Failure(format!("{name} must not use {used}: that is for {owner}")));
        }
    }
    for short in SANS_IO {
        let name = format!("hookflash-{short}");
        let all = dependencies(&name, false)?;
        if let Some(found) = all.iter().find(|used| IO_CRATES.contains(&used.as_str())) {
            return Err(Failure(format!("{name} must not depend on {found}")));
        }
        check_source(short, IO_WORDS, "has no place in a crate without I/O", false)?;
    }
    for (folder, words) in SEPARATE {
        check_words(folder, words, "has no place here", false)?;
    }
    check_source("sip", NOT_IN_SIP, "is no word of SIP", true)?;
    let all = dependencies("hookflash", false)?;
    match all.iter().find(|used| BANNED.contains(&used.as_str())) {
        Some(found) => Err(Failure(format!("{found} came in: cargo tree -i {found}"))),
        None => Ok(()),
    }
}

fn dependencies(name: &str, direct: bool) -> Result<Vec<String>, Failure> {
    let mut arguments = vec!["tree", "--package", name, "--edges", "normal", "--prefix", "none"];
    if direct {
        arguments.extend(["--depth", "1"]);
    }
    let tree = cargo(&arguments).output()?;
    Ok(tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// Looks for words in the source of a crate: exactly as written in its code, or in any case and in comments too.
fn check_source(short: &str, words: &[&str], why: &str, anywhere: bool) -> Result<(), Failure> {
    check_words(&format!("crates/{short}/src"), words, why, anywhere)
}

/// Looks for words in the source below a folder. Tests may have them.
fn check_words(folder: &str, words: &[&str], why: &str, anywhere: bool) -> Result<(), Failure> {
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            // Tests may read their data.
            if path.file_name().is_some_and(|name| name == "tests" || name == "tests.rs") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path)?;
            let text = if anywhere { text.to_ascii_lowercase() } else { text };
            let is_code = |line: &str| anywhere || !line.trim_start().starts_with("//");
            for (number, line) in text.lines().enumerate().filter(|(_, line)| is_code(line)) {
                if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                    let place = format!("{}:{}", path.display(), number + 1);
                    return Err(Failure(format!("{place}: `{word}` {why}")));
                }
            }
        }
    }
    Ok(())
}
