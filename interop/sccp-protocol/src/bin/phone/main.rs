//! Two phones made of another author's SCCP codec, which register with a running server and call each other.
//!
//! ```text
//! phone ADDRESS VERSION-OF-201 VERSION-OF-202
//! ```
//!
//! Both are 7961s. They register with all that such a phone asks for, 201 calls 202 by one message
//! (EnblocCall), 202 answers by soft key, 201 holds and resumes, 202 ends the call, both unregister. The codec
//! forgives nothing and has to decode every frame of the server; where it is known to want another form is in
//! [`differences`]. Media has to go where the other phone receives, and only keys on the display are pressed.
//!
//! Every step prints a `PASS` line, and the first that fails a `FAIL` line. Ends with 0 when all have passed, 1
//! when one failed, 2 when it was called wrongly.

mod differences;
mod office;
mod registration;
mod station;

use std::{env, net::SocketAddr, process::ExitCode};

use sccp_protocol::{
    CallState, ClientMessage, DeviceId, KeyMode, ProtocolVersion, RingerMode, ServerMessage, SoftKey,
};

use office::Office;
use station::{Identity, Station};

/// What a step came to, and why it failed.
type Outcome<T = ()> = Result<T, String>;

const CALLER: usize = 0;
const CALLED: usize = 1;

/// The phones of `office.cfg`: device name, number, name of the line, where the phone receives media.
const PHONES: [(&str, &str, &str, [u8; 4]); 2] =
    [("SEP020000000201", "201", "Alice", [127, 0, 2, 1]), ("SEP020000000202", "202", "Bob", [127, 0, 2, 2])];

/// What happens, and how.
type Step = (&'static str, fn(&mut Office) -> Outcome);

const STEPS: [Step; 6] = [
    ("both phones registered", |office| both(office, registration::register)),
    ("201 calls 202, whose phone rings", call),
    ("202 answers, media goes both ways", answer),
    ("201 holds, nobody sends; 201 resumes, media goes both ways to new ports", hold_and_resume),
    ("202 ends the call, both phones are idle", end),
    ("both phones unregistered", |office| both(office, registration::unregister)),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((server, versions)) = understood(&arguments) else {
        eprintln!("phone ADDRESS VERSION-OF-201 VERSION-OF-202");
        return ExitCode::from(2);
    };
    let label = format!("sccp-protocol {}/{}", versions[CALLER], versions[CALLED]);
    match play(&label, server, versions) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("FAIL  {label}: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn understood(arguments: &[String]) -> Option<(SocketAddr, [ProtocolVersion; 2])> {
    let [server, caller, called] = arguments else { return None };
    let version = |text: &str| ProtocolVersion::try_from(text.parse::<u32>().ok()?).ok();
    Some((server.parse().ok()?, [version(caller)?, version(called)?]))
}

fn play(label: &str, server: SocketAddr, versions: [ProtocolVersion; 2]) -> Outcome {
    let [caller, called] = [CALLER, CALLED].map(|index| identity(index, versions[index]));
    let mut office = Office::open(server, [caller?, called?])?;
    for (what, step) in STEPS {
        step(&mut office).map_err(|reason| format!("{what}: {reason}"))?;
        println!("PASS  {label}: {what}");
    }
    println!("PASS  {label}: {}", office.summary());
    Ok(())
}

fn identity(index: usize, version: ProtocolVersion) -> Outcome<Identity> {
    let (name, number, label, address) = PHONES[index];
    let device = DeviceId::new(name).map_err(|error| error.to_string())?;
    Ok(Identity { device, number, label, address: address.into(), version })
}

fn call(office: &mut Office) -> Outcome {
    // Phones name the line since version 17.
    let line_instance = u32::from(office.stations()[CALLER].identity.version >= ProtocolVersion::V17);
    office
        .send(CALLER, ClientMessage::EnblocCall { called_party: PHONES[CALLED].1.into(), line_instance })?;
    office.wait("202 rings and shows who calls, 201 hears ringing", |[caller, called]| {
        called.state == Some(CallState::RingIn)
            && called.keys_of(KeyMode::RingIn)
            && matches!(called.ringer, Some(RingerMode::Inside | RingerMode::Outside))
            && called.shows_call_between(caller, called)
            && caller.state == Some(CallState::RingOut)
            && caller.shows_call_between(caller, called)
    })
}

fn answer(office: &mut Office) -> Outcome {
    office.press(CALLED, SoftKey::Answer)?;
    office.wait("both are connected and each sends to where the other receives", connected)?;
    office.expect("202 rings no more", |[_, called]| called.ringer == Some(RingerMode::Off))
}

fn hold_and_resume(office: &mut Office) -> Outcome {
    let before = office.stations().each_ref().map(|station| station.receives_at);
    office.press(CALLER, SoftKey::Hold)?;
    office.wait("the call is held and no media flows", |[caller, called]| {
        caller.state == Some(CallState::Hold)
            && caller.keys_of(KeyMode::OnHold)
            && caller.receives_at.is_none()
            && [caller, called].iter().all(|station| station.sends_to.is_none())
    })?;
    office.press(CALLER, SoftKey::Resume)?;
    office.wait("both are connected again and each sends to where the other receives", connected)?;
    office.expect("201 receives at a new port", |[caller, _]| caller.receives_at != before[CALLER])
}

fn connected([caller, called]: &[Station; 2]) -> bool {
    [caller, called].iter().all(|station| {
        station.state == Some(CallState::Connected)
            && station.keys_of(KeyMode::Connected)
            && station.sends_to.is_some()
    }) && caller.sends_to == called.receives_at
        && called.sends_to == caller.receives_at
}

fn end(office: &mut Office) -> Outcome {
    office.press(CALLED, SoftKey::EndCall)?;
    office.wait("both are idle", |stations| {
        stations.iter().all(|station| {
            station.state == Some(CallState::OnHook)
                && station.keys_of(KeyMode::OnHook)
                && station.receives_at.is_none()
                && station.sends_to.is_none()
        })
    })?;
    // What follows an end is there before the answer to a request that comes after it.
    both(office, |office, index| {
        office.ask(index, ClientMessage::KeepAlive, "KeepAliveAck", |answer| {
            matches!(answer, ServerMessage::KeepAliveAck)
        })
    })
}

fn both(office: &mut Office, step: impl Fn(&mut Office, usize) -> Outcome) -> Outcome {
    step(office, CALLER)?;
    step(office, CALLED)
}
