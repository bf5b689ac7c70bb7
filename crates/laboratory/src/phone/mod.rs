//! `hookflash phone`: a software phone at the terminal, SCCP or SIP.

mod link;
mod sip;

use std::{io::IsTerminal, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Args;
use hookflash_driver::{address::socket_address, say, terminal::print_error};
use hookflash_sim::phone::{CannotPress, Phone, PhoneSettings, Screen};
use hookflash_sip::Stream;
use hookflash_wire::{
    printable::{printable, printable_lines},
    sccp::{DeviceModel, Framer, ServerMessage},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin},
    runtime,
};

use crate::{
    client::{Clock, LivePhone, PhoneActivity},
    error::Error,
};

/// The default port of a server for phones.
const SCCP_PORT: u16 = 2000;

/// The default ports of a server for SIP phones: in clear, over TLS, over WebSocket, and over both.
const SIP_PORT: u16 = 5060;
const SIPS_PORT: u16 = 5061;
const WS_PORT: u16 = 8080;
const WSS_PORT: u16 = 8443;

/// A software phone, SCCP or SIP, for trying things out
#[derive(Args, Debug)]
#[command(
    after_help = "The exit code is 0 when the user quits or standard input ends, 1 when the server refuses the \
                        phone or cannot be reached before it has registered, 2 for a wrong option."
)]
pub struct PhoneCommand {
    /// The server: an address or name, with a port if it is not 2000 (--sip 5060, --tls 5061, --ws 8080, both 8443)
    #[arg(long, value_name = "HOST[:PORT]", default_value = "127.0.0.1")]
    server: String,
    /// The name to register with: SEP and the MAC address of an ephone, or with --sip the number of a voice register dn
    #[arg(long, value_name = "SEPMAC|NUMBER")]
    name: String,
    /// The model, as the `type` of an ephone
    #[arg(long, default_value = "7961", conflicts_with = "sip")]
    model: String,
    /// Be a SIP phone
    #[arg(long)]
    sip: bool,
    /// The `username` of its voice register pool; else the number
    #[arg(long, requires = "sip")]
    user: Option<String>,
    /// The `password` of its voice register pool
    #[arg(long, requires = "sip", default_value = "")]
    password: String,
    /// Use a TCP connection instead of datagrams
    #[arg(long, requires = "sip", conflicts_with_all = ["tls", "ws"])]
    tcp: bool,
    /// Use a connection over TLS
    #[arg(long, requires = "sip")]
    tls: bool,
    /// Use a WebSocket; with --tls a secure one
    #[arg(long, requires = "sip")]
    ws: bool,
    /// With --tls: trust the authorities in this file (PEM) besides those of the system
    #[arg(long, requires = "tls", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Answer every call at once
    #[arg(long)]
    auto_answer: bool,
    /// Print every message
    #[arg(long)]
    trace: bool,
    /// Go on trying when the server refuses the phone or cannot be reached, instead of failing
    #[arg(long)]
    keep_trying: bool,
}

/// The host in `HOST[:PORT]`, without the brackets of IPv6.
fn host_of(server: &str) -> &str {
    if let Some((host, _)) = server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return host;
    }
    match server.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => server,
    }
}

impl PhoneCommand {
    /// Plays the phone until its user quits or standard input ends.
    pub fn run(self) -> Result<ExitCode, Error> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| Error::System { action: "starting the runtime", source })?;
        let played = match self.sip {
            true => {
                let options = self.sip_options()?;
                runtime.block_on(sip::play(&options))
            }
            false => runtime.block_on(self.play(self.sccp_phone()?)),
        };
        Ok(match played {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                print_error(&format!("hookflash: {}\n", printable(&reason)));
                ExitCode::FAILURE
            }
        })
    }

    /// The server, whose port may be left out.
    fn server<const PORT: u16>(&self) -> Result<SocketAddr, Error> {
        socket_address::<PORT>(&self.server).map_err(|error| Error::Argument(error.to_string()))
    }

    fn sip_options(&self) -> Result<sip::Options, Error> {
        Ok(sip::Options {
            way: self.way()?,
            number: self.name.clone(),
            user: self.user.clone().unwrap_or_else(|| self.name.clone()),
            password: self.password.clone(),
            auto_answer: self.auto_answer,
            trace: self.trace,
            keep_trying: self.keep_trying,
        })
    }

    /// Which way a SIP phone takes.
    fn way(&self) -> Result<link::Way, Error> {
        let (server, stream) = match (self.tls, self.ws) {
            (false, false) => (self.server::<SIP_PORT>()?, self.tcp.then_some(Stream::Tcp)),
            (true, false) => (self.server::<SIPS_PORT>()?, Some(Stream::Tls)),
            (false, true) => (self.server::<WS_PORT>()?, Some(Stream::WebSocket)),
            (true, true) => (self.server::<WSS_PORT>()?, Some(Stream::SecureWebSocket)),
        };
        Ok(link::Way { server, host: host_of(&self.server).into(), stream, authorities: self.ca.clone() })
    }

    fn sccp_phone(&self) -> Result<LivePhone, Error> {
        let model = DeviceModel::from_ios_word(&self.model)
            .ok_or_else(|| Error::Argument(format!("{} is not the type of a phone", self.model)))?;
        let settings = PhoneSettings::new(self.name.as_str(), model.device_type);
        Ok(LivePhone::new(Phone::new(settings), self.server::<SCCP_PORT>()?, Clock::start()))
    }

    /// Plays the phone; why it could not register, if it fails for that.
    async fn play(&self, mut live: LivePhone) -> Result<(), String> {
        let mut registered = false;
        let mut keys = BufReader::new(stdin()).lines();
        let mut seen = String::new();
        live.phone.plug_in();
        if stdin_is_terminal() {
            say!("{HELP}");
        }
        loop {
            tokio::select! {
                activity = live.wait() => {
                    self.show(&activity, &live, registered);
                    registered |= live.phone.is_registered();
                    if let Some(reason) = self.refused(&activity, &live).filter(|_| !registered && !self.keep_trying) {
                        return Err(reason);
                    }
                },
                // What is typed before counts when the phone has registered.
                line = next_line(&mut keys), if registered || self.keep_trying => match line {
                    Some(line) if line.trim() == "quit" => break,
                    Some(line) => press(&mut live, line.trim()),
                    None => break,
                },
            }
            if self.auto_answer && live.phone.screen().ringing().is_some() {
                report(live.phone.answer());
                live.flush();
            }
            let now_seen = describe(&live.phone);
            if now_seen != seen {
                say!("{}", printable_lines(&now_seen));
                seen = now_seen;
            }
        }
        live.phone.unregister();
        live.flush();
        Ok(())
    }

    /// Why a phone that has not registered yet cannot.
    fn refused(&self, activity: &PhoneActivity, live: &LivePhone) -> Option<String> {
        let PhoneCommand { name, server, .. } = self;
        if let Some(text) = live.phone.rejected() {
            return Some(format!("{server} refuses {name}: {text}"));
        }
        match activity {
            PhoneActivity::Lost(reason) => Some(format!(
                "cannot register at {server}: {reason} (is `hookflash serve` running there, and is it the port for phones?)"
            )),
            _ => None,
        }
    }

    fn show(&self, activity: &PhoneActivity, live: &LivePhone, registered: bool) {
        match activity {
            PhoneActivity::Lost(reason) if registered || self.keep_trying => {
                say!("connection lost: {reason}")
            }
            PhoneActivity::Received(bytes) => print_messages(bytes, live, self.trace),
            _ => {}
        }
    }
}

fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

async fn next_line(keys: &mut Lines<BufReader<Stdin>>) -> Option<String> {
    keys.next_line().await.ok().flatten()
}

const HELP: &str =
    "keys: dial NUMBER | answer | hangup | reject | hold | resume | new | digit D | line N | speed N
      key SOFTKEY | transfer [NUMBER] | conference [NUMBER] | park | lift | replace | speaker | forward NUMBER
      unforward | quit";

fn press(live: &mut LivePhone, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let number = || rest.parse().unwrap_or(1);
    let phone = &mut live.phone;
    let result = match word {
        "" => Ok(()),
        "dial" => phone.dial(rest),
        "enbloc" => phone.dial_at_once(rest),
        "answer" => phone.answer(),
        "hangup" => phone.hang_up(),
        "reject" => phone.reject(),
        "hold" => phone.hold(),
        "resume" => phone.resume(),
        "transfer" if rest.is_empty() => phone.press_transfer(),
        "transfer" => phone.transfer_to(rest),
        "conference" if rest.is_empty() => phone.press_conference(),
        "conference" => phone.confer_with(rest),
        "park" => phone.press_park(),
        "new" => phone.begin_call(),
        "digit" => rest.chars().try_for_each(|digit| phone.press_digit(digit)),
        "line" => phone.press_line(number()),
        "speed" => phone.press_speed_dial(number()),
        "lift" => phone.lift_handset(),
        "replace" => phone.replace_handset(),
        "speaker" => phone.press_speaker(),
        "key" => phone.press_key_named(rest),
        "forward" => phone.forward_all(rest),
        "unforward" => phone.stop_forwarding(),
        _ => {
            say!("{HELP}");
            Ok(())
        }
    };
    report(result);
    live.flush();
}

fn report(result: Result<(), CannotPress>) {
    if let Err(reason) = result {
        say!("cannot: {reason}");
    }
}

/// Prints every message, or only notices: texts that a phone shows for a few seconds, such as where a call is parked.
fn print_messages(bytes: &[u8], live: &LivePhone, all: bool) {
    let mut framer = Framer::default();
    let mut rest = bytes;
    while let Ok(Some(frame)) = framer.next(&mut rest) {
        match ServerMessage::decode(&frame, live.phone.encoding()) {
            Ok(message) if all => say!("  <- {message:?}"),
            Ok(ServerMessage::DisplayNotify(notice)) => say!("\"{}\"", printable(&notice.text.to_string())),
            Err(error) if all => say!("  <- {error}"),
            _ => {}
        }
    }
}

/// The number of a line, and where its calls go.
fn number(phone: &Phone, line: u32, number: &impl std::fmt::Display) -> String {
    let Some(stat) = phone.screen().forwarding(line) else { return number.to_string() };
    let targets = [("", &stat.all), ("busy ", &stat.busy), ("no answer ", &stat.no_answer)];
    let targets = targets.iter().filter_map(|(when, to)| Some(format!("{when}-> {}", to.as_ref()?)));
    format!("{number} ({})", targets.collect::<Vec<_>>().join(", "))
}

/// The display in one line.
fn describe(phone: &Phone) -> String {
    if !phone.is_registered() {
        let reason = phone.rejected().map(|text| format!(": {text}")).unwrap_or_default();
        return format!("[{:?}{reason}]", phone.registration());
    }
    let Screen { lines, calls, ringer, tone, speaker, .. } = phone.screen();
    let numbers: Vec<String> =
        (1..).zip(lines).map(|(line, shown)| number(phone, line, &shown.number)).collect();
    let mut text = format!("[{}]", numbers.join(" "));
    for call in calls {
        let parties = format!("{} -> {}", call.calling.number, call.called.number);
        text.push_str(&format!("  line {}: {} {parties} \"{}\"", call.line, call.state, call.prompt));
    }

    if let Some((mode, _)) = ringer {
        text.push_str(&format!("  ring {mode}"));
    }
    if let Some((tone, _)) = tone {
        text.push_str(&format!("  tone {tone}"));
    }
    if *speaker {
        text.push_str("  speaker");
    }
    for stream in phone.sending() {
        text.push_str(&format!("  media to {}", stream.address));
    }
    text
}
