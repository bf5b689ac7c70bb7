//! Debian packages that the steps need: independent clients, servers and decoders.

use crate::run::{Failure, program};

/// Package, and a file or program that shows it is there.
const PACKAGES: &[(&str, &str)] = &[
    ("sip-tester", "/usr/bin/sipp"),
    ("kamailio", "/usr/sbin/kamailio"),
    ("baresip-core", "/usr/bin/baresip"),
    ("tshark", "/usr/bin/tshark"),
    ("libxml2-utils", "/usr/bin/xmllint"),
    ("tftp-hpa", "/usr/bin/tftp"),
    ("curl", "/usr/bin/curl"),
    ("openssl", "/usr/bin/openssl"),
    ("iproute2", "/bin/ip"),
    ("pidgin-sipe", "/usr/lib/purple-2/libsipe.so"),
    ("libpurple0", ""),
    ("python3", "/usr/bin/python3"),
    ("python3-aiortc", "/usr/lib/python3/dist-packages/aiortc/__init__.py"),
    ("nodejs", "/usr/bin/node"),
    ("npm", "/usr/bin/npm"),
    ("g++", "/usr/bin/g++"),
    ("valgrind", "/usr/bin/valgrind"),
];

/// Installs what is missing; without the right to, says what to install.
pub fn install() -> Result<(), Failure> {
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|entry| !is_there(entry)).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    let wanted: Vec<&str> =
        ["install", "--yes", "--no-install-recommends"].into_iter().chain(missing.iter().copied()).collect();
    let installed = apt(&["update", "--quiet"]).and_then(|()| apt(&wanted));
    installed.map_err(|Failure(reason)| {
        Failure(format!("{reason}\ninstall these Debian packages and try again: {}", missing.join(" ")))
    })
}

fn apt(arguments: &[&str]) -> Result<(), Failure> {
    let is_root = program("id", &["-u"]).output().is_ok_and(|id| id.trim() == "0");
    let run = if is_root {
        program("apt-get", arguments)
    } else {
        let all: Vec<&str> =
            ["--non-interactive", "apt-get"].into_iter().chain(arguments.iter().copied()).collect();
        program("sudo", &all)
    };
    run.env("DEBIAN_FRONTEND", "noninteractive").go()
}

fn is_there((name, file): &(&str, &str)) -> bool {
    if !file.is_empty() {
        return std::path::Path::new(file).exists();
    }
    program("dpkg-query", &["--show", "--showformat", "${db:Status-Status}", name])
        .output()
        .is_ok_and(|status| status == "installed")
}
