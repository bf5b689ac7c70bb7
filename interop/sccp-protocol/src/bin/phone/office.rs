//! Both phones on their connections, and waiting for what the server does with them.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

use sccp_protocol::{ClientMessage, Frame, FrameDecoder, ServerMessage, SoftKey};

use crate::{
    Outcome, differences,
    station::{Identity, Station},
};

/// How long the server has for anything; it needs milliseconds.
const DEADLINE: Duration = Duration::from_secs(5);

/// What a connection brings, and of which phone.
type Arrival = (usize, Outcome<Frame>);

/// Two phones.
pub struct Office {
    stations: [Station; 2],
    streams: [TcpStream; 2],
    arrivals: Receiver<Arrival>,
    frames: usize,
    tolerated: BTreeMap<String, usize>,
}

impl Office {
    /// Connects both phones.
    pub fn open(server: SocketAddr, [caller, called]: [Identity; 2]) -> Outcome<Self> {
        let (sender, arrivals) = mpsc::channel();
        let streams = [connect(server, 0, sender.clone())?, connect(server, 1, sender)?];
        let stations = [Station::new(caller), Station::new(called)];
        Ok(Self { stations, streams, arrivals, frames: 0, tolerated: BTreeMap::new() })
    }

    /// What is known of both phones.
    pub fn stations(&self) -> &[Station; 2] {
        &self.stations
    }

    /// Sends a message of a phone.
    pub fn send(&mut self, index: usize, message: ClientMessage) -> Outcome {
        let bytes =
            message.encode(self.stations[index].identity.version).map_err(|error| error.to_string())?;
        self.streams[index].write_all(&bytes).map_err(|error| format!("{message:?} is not sent: {error}"))
    }

    /// Presses a key of a phone, which the display has to show.
    pub fn press(&mut self, index: usize, key: SoftKey) -> Outcome {
        let event = self.stations[index].press(key)?;
        self.send(index, event)
    }

    /// Sends a request, and waits for the answer.
    pub fn ask(
        &mut self,
        index: usize,
        request: ClientMessage,
        answer: &str,
        is_answer: impl Fn(&ServerMessage) -> bool,
    ) -> Outcome {
        self.stations[index].heard.clear();
        self.send(index, request)?;
        let number = self.stations[index].identity.number;
        self.wait(&format!("{answer} for {number}"), |stations| stations[index].heard.iter().any(&is_answer))
    }

    /// Takes what comes until `done`.
    pub fn wait(&mut self, what: &str, done: impl Fn(&[Station; 2]) -> bool) -> Outcome {
        let deadline = Instant::now() + DEADLINE;
        while !done(&self.stations) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok((index, arrival)) = self.arrivals.recv_timeout(left) else {
                return Err(format!("not within {} s: {what}; {}", DEADLINE.as_secs(), self.state()));
            };
            self.take(index, arrival?)?;
        }
        Ok(())
    }

    /// Fails unless it is so already.
    pub fn expect(&self, what: &str, so: impl Fn(&[Station; 2]) -> bool) -> Outcome {
        if so(&self.stations) { Ok(()) } else { Err(format!("not so: {what}; {}", self.state())) }
    }

    /// How much was decoded, and what was let through.
    pub fn summary(&self) -> String {
        let tolerated: Vec<String> =
            self.tolerated.iter().map(|(what, times)| format!("{times} {what}")).collect();
        let tolerated =
            if tolerated.is_empty() { "no known difference".into() } else { tolerated.join(", ") };
        format!("{} frames of the server decoded ({tolerated})", self.frames)
    }

    fn state(&self) -> String {
        let [caller, called] = &self.stations;
        format!("{caller}; {called}")
    }

    fn take(&mut self, index: usize, frame: Frame) -> Outcome {
        let (id, header) = (frame.message_type(), frame.protocol_version);
        let version = self.stations[index].identity.version;
        if header != 0 && header != version.wire() {
            return Err(format!("{id:?} has header version {header} in a session of version {version}"));
        }
        let (message, tolerated) = differences::decode(frame, version)?;
        self.frames += 1;
        if let Some(reason) = tolerated {
            *self.tolerated.entry(format!("{id:?}: {reason}")).or_default() += 1;
        }
        let answers = self.stations[index].take(message)?;
        answers.into_iter().try_for_each(|answer| self.send(index, answer))
    }
}

impl Drop for Office {
    /// Ends the readers too.
    fn drop(&mut self) {
        for stream in &self.streams {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn connect(server: SocketAddr, index: usize, arrivals: Sender<Arrival>) -> Outcome<TcpStream> {
    let failed = |error: std::io::Error| format!("no connection to {server}: {error}");
    let stream = TcpStream::connect_timeout(&server, DEADLINE).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    stream.set_write_timeout(Some(DEADLINE)).map_err(failed)?;
    let reader = stream.try_clone().map_err(failed)?;
    thread::spawn(move || read(reader, index, &arrivals));
    Ok(stream)
}

/// Hands over every frame, and at last why there are no more.
fn read(mut stream: TcpStream, index: usize, arrivals: &Sender<Arrival>) {
    let mut decoder = FrameDecoder::new();
    let mut buffer = [0; 4096];
    loop {
        let frames = match stream.read(&mut buffer) {
            Ok(0) => Err("the server closed the connection".into()),
            Ok(length) => decoder.push(&buffer[..length]).map_err(|error| error.to_string()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error.to_string()),
        };
        let (frames, ended) = match frames {
            Ok(frames) => (frames.into_iter().map(Ok).collect(), false),
            Err(reason) => (vec![Err(reason)], true),
        };
        let delivered = frames.into_iter().all(|frame| arrivals.send((index, frame)).is_ok());
        if ended || !delivered {
            return;
        }
    }
}
