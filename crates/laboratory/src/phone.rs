//! `hookflash phone`: a software SCCP phone at the terminal.

use std::{io::IsTerminal, net::SocketAddr, process::ExitCode};

use clap::Args;
use hookflash_driver::say;
use hookflash_sim::phone::{CannotPress, Phone, PhoneSettings, Screen};
use hookflash_wire::sccp::{DeviceModel, Framer, ServerMessage};
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

/// A software SCCP phone, for trying things out
#[derive(Args, Debug)]
pub struct PhoneCommand {
    /// The server: an address, with a port if it is not 2000
    #[arg(long, value_name = "ADDR[:PORT]", default_value = "127.0.0.1")]
    server: String,
    /// The name to register with: SEP and the MAC address of an ephone
    #[arg(long, value_name = "SEPMAC")]
    name: String,
    /// The model, as the `type` of an ephone
    #[arg(long, default_value = "7961")]
    model: String,
    /// Answer every call at once
    #[arg(long)]
    auto_answer: bool,
    /// Print every message
    #[arg(long)]
    trace: bool,
}

impl PhoneCommand {
    /// Plays the phone until its user quits or standard input ends.
    pub fn run(self) -> Result<ExitCode, Error> {
        let server = address(&self.server, SCCP_PORT)?;
        let model = DeviceModel::from_ios_word(&self.model)
            .ok_or_else(|| Error::Argument(format!("{} is not the type of a phone", self.model)))?;
        let settings = PhoneSettings::new(self.name.as_str(), model.device_type);
        let phone = LivePhone::new(Phone::new(settings), server, Clock::start());
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| Error::System { action: "starting the runtime", source })?;
        runtime.block_on(self.play(phone));
        Ok(ExitCode::SUCCESS)
    }

    async fn play(&self, mut live: LivePhone) {
        let mut keys = BufReader::new(stdin()).lines();
        let mut seen = String::new();
        live.phone.plug_in();
        if stdin_is_terminal() {
            say!("{HELP}");
        }
        loop {
            tokio::select! {
                activity = live.wait() => self.show(&activity, &live),
                line = next_line(&mut keys) => match line {
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
                say!("{now_seen}");
                seen = now_seen;
            }
        }
        live.phone.unregister();
        live.flush();
    }

    fn show(&self, activity: &PhoneActivity, live: &LivePhone) {
        match activity {
            PhoneActivity::Lost(reason) => say!("connection lost: {reason}"),
            PhoneActivity::Received(bytes) => print_messages(bytes, live, self.trace),
            _ => {}
        }
    }
}

/// An address with or without a port.
pub fn address(text: &str, port: u16) -> Result<SocketAddr, Error> {
    let parsed = text.parse().or_else(|_| text.parse().map(|ip| SocketAddr::new(ip, port)));
    parsed.map_err(|_| Error::Argument(format!("{text} is not an IP address, with or without a port")))
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
            Ok(ServerMessage::DisplayNotify(notice)) => say!("\"{}\"", notice.text),
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
