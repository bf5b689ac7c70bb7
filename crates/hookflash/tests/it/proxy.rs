//! A registrar and proxy that stays in the path of calls, over UDP, as small as can be.

use std::{
    collections::HashMap,
    net::{SocketAddr, UdpSocket},
    thread,
};

/// What the proxy does with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handling {
    Serve,
    Lose,
    /// Answer with this status and reason.
    Refuse(&'static str),
}

/// Starts a proxy that ends with the test. `handling` sees the method, the user that is asked for, and how often this
/// method has come, from 0.
pub fn start(handling: impl FnMut(&str, &str, usize) -> Handling + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let (registered, seen) = (HashMap::new(), HashMap::new());
    let mut proxy = Proxy { socket, address, handling, registered, seen };
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = proxy.socket.recv_from(&mut buffer) {
            proxy.serve(&String::from_utf8_lossy(&buffer[..length]), from);
        }
    });
    address
}

struct Proxy<F> {
    socket: UdpSocket,
    address: SocketAddr,
    handling: F,
    /// Where each user is.
    registered: HashMap<String, SocketAddr>,
    /// How many requests there were of each method.
    seen: HashMap<String, usize>,
}

impl<F: FnMut(&str, &str, usize) -> Handling> Proxy<F> {
    fn serve(&mut self, message: &str, from: SocketAddr) {
        let (start, rest) = message.split_once("\r\n").unwrap();
        if start.starts_with("SIP/2.0") {
            // Our Via is the topmost one; the next one says where to.
            let (_, rest) = rest.split_once("\r\n").unwrap();
            let to = rest.split([' ', ';']).nth(2).unwrap().parse().unwrap();
            return self.send(&format!("{start}\r\n{rest}"), to);
        }
        let (method, uri) = start.strip_suffix(" SIP/2.0").unwrap().split_once(' ').unwrap();
        let (user, host) = uri.strip_prefix("sip:").unwrap().split_once('@').unwrap_or(("", ""));
        let user = if method == "REGISTER" { user_in(header(rest, "To")) } else { user };
        let count = self.seen.entry(method.to_owned()).or_default();
        let handling = (self.handling)(method, user, *count);
        *count += 1;
        match handling {
            Handling::Lose => {}
            Handling::Refuse(_) if method == "ACK" => {}
            Handling::Refuse(status) => self.reply(rest, status, from),
            Handling::Serve if method == "REGISTER" => {
                self.registered.insert(user.to_owned(), from);
                self.reply(rest, "200 OK", from);
            }
            Handling::Serve => match self.registered.get(user).copied().or_else(|| host.parse().ok()) {
                Some(to) => self.forward(start, rest, to),
                None => self.reply(rest, "404 Not Found", from),
            },
        }
    }

    fn forward(&self, start: &str, rest: &str, to: SocketAddr) {
        let address = self.address;
        let branch = header(rest, "Via").split("branch=").nth(1).unwrap();
        let rest = rest.replacen(&format!("Route: <sip:{address};lr>\r\n"), "", 1);
        self.send(
            &format!(
                "{start}\r\nVia: SIP/2.0/UDP {address};branch={branch}.p\r\n\
                 Record-Route: <sip:{address};lr>\r\n{rest}"
            ),
            to,
        );
    }

    fn reply(&self, request: &str, status: &str, to: SocketAddr) {
        let kept = ["Via", "From", "To", "Call-ID", "CSeq", "Contact"];
        let lines =
            request.lines().filter(|line| kept.iter().any(|name| line.starts_with(&format!("{name}: "))));
        let headers: String = lines.map(|line| format!("{line}\r\n")).collect();
        self.send(&format!("SIP/2.0 {status}\r\n{headers}Content-Length: 0\r\n\r\n"), to);
    }

    fn send(&self, message: &str, to: SocketAddr) {
        // Whoever has gone needs nothing.
        let _ = self.socket.send_to(message.as_bytes(), to);
    }
}

fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(": ");
    message.lines().find_map(value).unwrap_or_else(|| panic!("no {name} in {message}"))
}

fn user_in(address: &str) -> &str {
    address.split_once("sip:").unwrap().1.split('@').next().unwrap()
}
