//! A server with two phones, and what its users run beside it.

use crate::process::{Folder, Running, run};

/// The configuration of the server.
pub const OFFICE: &str = "\
hostname office
voice service voip
 no cti shutdown
voice register global
 source-address 127.0.0.1 port 0
telephony-service
 max-ephones 4
 max-dn 4
 ip source-address 127.0.0.1 port 0
ephone-dn 1 dual-line
 number 201
 cti watch
ephone-dn 2 dual-line
 number 202
 cti watch
ephone 1
 mac-address 0200.0000.0201
 username alice password hunter2
 pin 47114711
 button 1:1
ephone 2
 mac-address 0200.0000.0202
 button 1:2
end
";

/// A running server, and where it listens.
pub struct Server {
    pub running: Running,
    pub folder: Folder,
    pub sccp: String,
    pub sip: String,
}

impl Server {
    /// Starts a server with files of its own.
    pub fn start(name: &str, more: &[&str]) -> Server {
        Server::start_in(Folder::new(name), more)
    }

    /// Starts a server with its files in this folder.
    pub fn start_in(folder: Folder, more: &[&str]) -> Server {
        Server::with(folder, OFFICE, more, |arguments| Running::start(arguments))
    }

    /// Starts a server with this configuration.
    pub fn start_with(name: &str, configuration: &str) -> Server {
        Server::with(Folder::new(name), configuration, &[], |arguments| Running::start(arguments))
    }

    /// Starts a server that may have so many files open.
    pub fn start_with_files(name: &str, files: u32) -> Server {
        Server::with(Folder::new(name), OFFICE, &[], |arguments| Running::start_with_files(files, arguments))
    }

    fn with(
        folder: Folder,
        configuration: &str,
        more: &[&str],
        start: impl FnOnce(&[&str]) -> Running,
    ) -> Server {
        let config = folder.write("office.cfg", configuration);
        let data = folder.file("data");
        let common = ["serve", "--config", config.to_str().unwrap(), "--data", data.to_str().unwrap()];
        let mut running = start(&[&common, more].concat());
        let ready = running.wait_for("ready ");
        let address = |name: &str| {
            let found = ready.split_whitespace().find_map(|word| word.strip_prefix(name));
            found.unwrap_or_else(|| panic!("no {name} in {ready}")).to_owned()
        };
        Server { sccp: address("sccp="), sip: address("sip="), running, folder }
    }

    /// Starts a phone.
    pub fn phone(&self, name: &str, more: &[&str]) -> Running {
        Running::start(&[&["phone", "--server", &self.sccp, "--name", name], more].concat())
    }

    /// Both phones, which an application connects.
    pub fn call(&self) -> [Running; 2] {
        let mut alice = self.phone("SEP020000000201", &[]);
        let mut bob = self.phone("SEP020000000202", &["--auto-answer"]);
        alice.wait_for("[201]");
        bob.wait_for("[202]");
        let call = ["csta", "--server", &self.sip, "--quiet", "call", "tel:201", "tel:202"];
        let (status, printed) = run(&call);
        assert!(status.success(), "{printed}");
        alice.wait_for("media to");
        [alice, bob]
    }

    /// Gives exec commands, and returns what they print.
    pub fn cli(&self, commands: &[&str]) -> String {
        let data = self.folder.file("data");
        let mut arguments = vec!["cli", "--data", data.to_str().unwrap()];
        commands.iter().for_each(|command| arguments.extend(["-c", command]));
        run(&arguments).1
    }

    /// Ends the server, which has to end in order.
    pub fn end(self) -> Folder {
        let (status, printed) = self.running.terminate();
        assert!(status.success(), "{printed}");
        self.folder
    }
}
