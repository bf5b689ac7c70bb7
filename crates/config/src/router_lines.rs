//! Lines of a router that are in effect here, although they are kept, shown and edited as its other lines are:
//! `ip http server`, `ip http port`, `ip http secure-server`, `ip name-server`, `ip host`, `tftp-server`, `crypto pki trustpoint`, `ixi transport http` and
//! `ixi application cme`.
//!
//! They stand among lines that mean nothing here and stay in their order, so they are read where they stand. Of several
//! lines about the same thing the last one counts.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use smol_str::SmolStr;

use super::phone_settings::DEFAULT_HTTP_PORT;
use super::settings::{ForeignBlock, Settings};

/// Most files that `tftp-server` exports; later lines have no effect.
const MAX_FILES: usize = 1000;

/// Most servers of `ip name-server`, as in IOS.
const MAX_NAME_SERVERS: usize = 6;

/// `tftp-server DEVICE:FILE [alias NAME]`: a file that phones may fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportedFile<'a> {
    /// The file as written: `flash:/de-td-sccp.jar`.
    pub file: &'a str,
    /// The name by which it is fetched, if it is another one.
    pub alias: Option<&'a str>,
}

impl<'a> ExportedFile<'a> {
    fn of(line: &'a str) -> Option<ExportedFile<'a>> {
        let mut words = line.split_whitespace();
        if words.next() != Some("tftp-server") {
            return None;
        }
        let file = words.next()?;
        match (words.next(), words.next()) {
            (Some("alias"), Some(alias)) => Some(ExportedFile { file, alias: Some(alias) }),
            _ => Some(ExportedFile { file, alias: None }),
        }
    }

    /// The name by which it is fetched.
    pub fn name(self) -> &'a str {
        self.alias.unwrap_or_else(|| self.path())
    }

    /// The path below the device, without leading slashes.
    pub fn path(self) -> &'a str {
        self.file.split_once(':').map_or(self.file, |(_, path)| path).trim_start_matches('/')
    }
}

impl Settings {
    /// The port of HTTP, 0 for any free one; `None` without `ip http server`.
    pub fn http_listen_port(&self) -> Option<u16> {
        let server = self.first_lines().filter(|line| line.ends_with("ip http server")).last();
        if server? != "ip http server" {
            return None;
        }
        let port = self.first_lines().filter_map(|line| line.strip_prefix("ip http port ")).last();
        Some(port.and_then(|port| port.trim().parse().ok()).unwrap_or(DEFAULT_HTTP_PORT))
    }

    /// The files of `tftp-server`.
    pub fn exported_files(&self) -> impl Iterator<Item = ExportedFile<'_>> {
        self.first_lines().filter_map(ExportedFile::of).take(MAX_FILES)
    }

    /// Whether the XML interface answers: `ixi application cme` with `no shutdown`, and no `shutdown` in
    /// `ixi transport http`.
    pub fn xml_interface_is_up(&self) -> bool {
        let says = |mode: &str, word: &str| self.lines_inside(mode).any(|line| line == word);
        says("ixi application cme", "no shutdown") && !says("ixi transport http", "shutdown")
    }

    /// A number behind words in `ixi transport http`, such as that of `response size 64`.
    pub fn xml_transport_number(&self, words: &str) -> Option<u32> {
        let number = |line: &str| line.strip_prefix(words)?.trim().parse().ok();
        self.lines_inside("ixi transport http").find_map(number)
    }

    /// The names by which pages in browsers may use this server, in small letters: `hostname`, also with `ip domain name`, and
    /// `http host` of `cti-manager`.
    pub fn own_names(&self) -> Vec<String> {
        let own = self.hostname.iter().map(|name| name.to_ascii_lowercase());
        let domain = |line: &str| {
            let rest =
                line.strip_prefix("ip domain name ").or_else(|| line.strip_prefix("ip domain-name "))?;
            Some(rest.trim().to_ascii_lowercase())
        };
        let full = self.hostname.iter().filter_map(|name| {
            let domain = self.first_lines().filter_map(domain).last()?;
            Some(format!("{}.{domain}", name.to_ascii_lowercase()))
        });
        let given = self.cti_manager.iter().flat_map(|manager| &manager.http_hosts);
        own.chain(full).chain(given.map(ToString::to_string)).collect()
    }

    /// The servers of `ip name-server A ...`, asked for names; `port N` behind them is another one than 53.
    pub fn name_servers(&self) -> Vec<SocketAddr> {
        let lines = self.first_lines().filter_map(|line| line.strip_prefix("ip name-server "));
        let servers = lines.flat_map(|line| {
            let port = line.split_once(" port ").and_then(|(_, port)| port.trim().parse().ok()).unwrap_or(53);
            let addresses = line.split_whitespace().map_while(|word| word.parse::<IpAddr>().ok());
            addresses.map(move |address| SocketAddr::new(address, port))
        });
        servers.take(MAX_NAME_SERVERS).collect()
    }

    /// The addresses of `ip host NAME A ...`.
    pub fn hosts(&self) -> BTreeMap<SmolStr, Vec<IpAddr>> {
        let lines = self.first_lines().filter_map(|line| line.strip_prefix("ip host "));
        let hosts = lines.filter_map(|line| {
            let mut words = line.split_whitespace();
            let name = SmolStr::from(words.next()?.to_ascii_lowercase());
            Some((name, words.filter_map(|word| word.parse().ok()).collect()))
        });
        hosts.collect()
    }

    /// The lines of a router that are in effect here.
    pub(crate) fn lines_in_effect(&self) -> Vec<ForeignBlock> {
        self.foreign
            .iter()
            .filter(|block| block.lines.first().is_some_and(|line| is_in_effect(line)))
            .cloned()
            .collect()
    }

    pub(crate) fn first_lines(&self) -> impl Iterator<Item = &str> {
        self.foreign.iter().filter_map(|block| block.lines.first()).map(SmolStr::as_str)
    }

    pub(crate) fn lines_inside<'a>(&'a self, mode: &'a str) -> impl Iterator<Item = &'a str> {
        let opens = |block: &&ForeignBlock| {
            block.lines.first().is_some_and(|line| line.split_whitespace().eq(mode.split(' ')))
        };
        let blocks = self.foreign.iter().filter(move |block| opens(block));
        blocks.flat_map(|block| block.lines.iter().skip(1).map(|line| line.trim()))
    }
}

/// Whether a line of a router, with those inside it, is in effect here.
pub(crate) fn is_in_effect(first: &str) -> bool {
    const WORDS: [&[&str]; 8] = [
        &["ip", "http"],
        &["tftp-server"],
        &["ixi", "application", "cme"],
        &["ixi", "transport", "http"],
        &["crypto", "pki", "trustpoint"],
        &["crypto", "pki", "certificate"],
        &["ip", "name-server"],
        &["ip", "host"],
    ];
    let words: Vec<&str> = first.split_whitespace().skip_while(|word| *word == "no").take(3).collect();
    WORDS.iter().any(|known| words.starts_with(known))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_server_has_its_own_names_and_those_that_are_given() {
        let text =
            "hostname Office\nip domain name Example.com\ncti-manager\n http host PBX.example.net pbx\n";
        let loaded = crate::load(text);
        assert_eq!(loaded.diagnostics, []);
        assert_eq!(loaded.settings.own_names(), ["office", "office.example.com", "pbx.example.net", "pbx"]);
        assert!(crate::load("cti-manager\n http host a/b\n").diagnostics.len() == 1);
    }

    use crate::load;

    #[test]
    fn what_concerns_phones_is_read_from_the_lines_of_a_router() {
        let text = "ip http server\nip http port 8081\ntftp-server flash:P00308010200.loads\n\
                    tftp-server flash:/de-td-sccp.jar alias German_Germany/td-sccp.jar\n\
                    ixi transport http\n response size 64\n no shutdown\nixi application cme\n no shutdown\n";
        let settings = load(text).settings;
        assert_eq!(settings.http_listen_port(), Some(8081));
        let names: Vec<_> = settings.exported_files().map(|file| (file.name(), file.path())).collect();
        assert_eq!(names[0], ("P00308010200.loads", "P00308010200.loads"));
        assert_eq!(names[1], ("German_Germany/td-sccp.jar", "de-td-sccp.jar"));
        assert!(settings.xml_interface_is_up());
        assert_eq!(settings.xml_transport_number("response size"), Some(64));
        assert_eq!(load("").settings.http_listen_port(), None);
        assert_eq!(load("ip http server\nno ip http server\n").settings.http_listen_port(), None);
        assert_eq!(load("no ip http server\nip http server\n").settings.http_listen_port(), Some(8080));
        let names = load(
            "ip name-server 192.0.2.1 192.0.2.2\nip name-server 127.0.0.1 port 5353\nip host Carrier 192.0.2.7\n",
        );
        let servers = names.settings.name_servers();
        assert_eq!(
            servers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["192.0.2.1:53", "192.0.2.2:53", "127.0.0.1:5353"]
        );
        assert_eq!(names.settings.hosts()["carrier"], ["192.0.2.7".parse::<std::net::IpAddr>().unwrap()]);
        assert!(!load("ixi application cme\n shutdown\n").settings.xml_interface_is_up());
    }
}
