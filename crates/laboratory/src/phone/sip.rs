//! `hookflash phone --sip`: a software SIP phone at the terminal.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io,
    net::SocketAddr,
};

use hookflash_driver::say;
use hookflash_sim::sip_phone::{CannotDo, Registration, SipPhone, SipPhoneSettings};
use hookflash_wire::printable::{printable, printable_lines};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};

use super::link::{Link, Way};
use crate::client::Clock;

/// How long the server may take to take back a registration at the end.
const GOODBYE: std::time::Duration = std::time::Duration::from_secs(2);

const HELP: &str = "keys: dial NUMBER | answer | hangup | reject | hold | resume | transfer [NUMBER] | quit";

/// What the phone is.
pub(super) struct Options {
    pub(super) way: Way,
    pub(super) number: String,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) auto_answer: bool,
    pub(super) trace: bool,
    pub(super) keep_trying: bool,
}

/// Plays the phone until its user quits or standard input ends.
///
/// # Errors
/// Why it could not register.
pub(super) async fn play(options: &Options) -> Result<(), String> {
    let Way { server, stream, .. } = options.way;
    let unreachable = |error: io::Error| format!("cannot register at {server}: {error}");
    let (mut link, local) = Link::open(&options.way).await.map_err(unreachable)?;
    let clock = Clock::start();
    let mut phone = SipPhone::new(SipPhoneSettings {
        number: options.number.clone(),
        user: options.user.clone(),
        password: options.password.clone(),
        server,
        local,
        stream,
        // Nothing listens there: there is no audio.
        media: SocketAddr::new(local.ip(), local.port() & !1),
        expires: 120,
        seed: RandomState::new().build_hasher().finish(),
    });
    phone.connected(clock.now());
    phone.register(clock.now());
    let mut keys = BufReader::new(stdin()).lines();
    let (mut seen, mut registered) = (String::new(), false);
    if super::stdin_is_terminal() {
        say!("{HELP}");
    }
    loop {
        flush(&mut phone, &mut link, options.trace).await.map_err(|error| error.to_string())?;
        show(&mut phone, &options.number, &mut seen);
        let due = phone.poll_timeout().map(|at| clock.at(at));
        let timeout = async {
            match due {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = timeout => phone.handle_timeout(clock.now()),
            read = link.read() => match read {
                Ok(bytes) => {
                    trace(options.trace, "<-", &bytes);
                    phone.received(clock.now(), &bytes);
                }
                Err(error) if registered || options.keep_trying => return Err(format!("connection lost: {error}")),
                Err(error) => return Err(unreachable(error)),
            },
            // What is typed before counts when the phone has registered.
            line = next_line(&mut keys), if registered || options.keep_trying => match line {
                Some(line) if line.trim() == "quit" => break,
                Some(line) => press(&mut phone, &clock, line.trim()),
                None => break,
            },
        }
        registered |= *phone.registration() == Registration::Registered;
        if let Registration::Refused(reason) = phone.registration()
            && !registered
            && !options.keep_trying
        {
            return Err(format!("{server} refuses {}: {reason}", options.number));
        }
        if options.auto_answer {
            // Nothing rings most of the time.
            let _ = phone.answer(clock.now());
        }
    }
    goodbye(&mut phone, &mut link, &clock, options.trace).await;
    Ok(())
}

/// Ends all calls and the registration.
async fn goodbye(phone: &mut SipPhone, link: &mut Link, clock: &Clock, traced: bool) {
    while phone.hang_up(clock.now()).is_ok() {}
    phone.unregister(clock.now());
    let left = async {
        while *phone.registration() == Registration::Registered && flush(phone, link, traced).await.is_ok() {
            let Ok(bytes) = link.read().await else { return };
            phone.received(clock.now(), &bytes);
        }
        let _ = flush(phone, link, traced).await;
    };
    let _ = tokio::time::timeout(GOODBYE, left).await;
}

async fn flush(phone: &mut SipPhone, link: &mut Link, traced: bool) -> io::Result<()> {
    for bytes in phone.take_output() {
        trace(traced, "->", &bytes);
        link.write(&bytes).await?;
    }
    Ok(())
}

fn trace(on: bool, direction: &str, bytes: &[u8]) {
    if on {
        for line in String::from_utf8_lossy(bytes).lines() {
            say!("  {direction} {}", printable(line));
        }
    }
}

async fn next_line(keys: &mut Lines<BufReader<Stdin>>) -> Option<String> {
    keys.next_line().await.ok().flatten()
}

fn press(phone: &mut SipPhone, clock: &Clock, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (rest, now) = (rest.trim(), clock.now());
    let result = match word {
        "" => Ok(()),
        "dial" => phone.dial(now, rest),
        "answer" => phone.answer(now),
        "hangup" => phone.hang_up(now),
        "reject" => phone.reject(now),
        "hold" => phone.hold(now),
        "resume" => phone.resume(now),
        "transfer" if rest.is_empty() => phone.transfer(now),
        "transfer" => phone.transfer_to(now, rest),
        _ => {
            say!("{HELP}");
            Ok(())
        }
    };
    report(result);
}

fn report(result: Result<(), CannotDo>) {
    if let Err(reason) = result {
        say!("cannot: {reason}");
    }
}

/// Prints what has changed.
fn show(phone: &mut SipPhone, number: &str, seen: &mut String) {
    for notice in phone.take_notices() {
        say!("\"{}\"", printable(&notice));
    }
    let now_seen = describe(phone, number);
    if now_seen != *seen {
        say!("{}", printable_lines(&now_seen));
        *seen = now_seen;
    }
}

/// The phone in one line.
fn describe(phone: &SipPhone, number: &str) -> String {
    let mut text = match phone.registration() {
        Registration::Registered => format!("[{number}]"),
        Registration::Unregistered => "[unregistered]".to_owned(),
        Registration::Refused(reason) => format!("[refused: {reason}]"),
    };
    for call in phone.calls() {
        let (from, to) = match call.incoming {
            true => (call.party.as_str(), number),
            false => (number, call.party.as_str()),
        };
        text.push_str(&format!("  call {}: {} {from} -> {to} \"{}\"", call.id, call.state, call.name));
        if let Some(remote) = call.remote {
            text.push_str(&format!("  media to {remote}"));
        }
    }
    text
}
