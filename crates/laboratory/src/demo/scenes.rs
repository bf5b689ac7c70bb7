//! The scenes of the demo: an application calls Bob from Alice's phone and controls the call.

use std::process::ExitCode;

use hookflash_core::Instant;
use hookflash_driver::say;
use hookflash_sim::application::{Application, Notice, RequestNumber};
use hookflash_wire::csta::{ConnectionId, EventKind, Response};

use super::{Addresses, parties::Parties};

const ALICE: &str = "tel:201";
const BOB: &str = "tel:202";

/// Runs the scenes. Unless `once` is set, the office then stays open for ever.
pub async fn run(addresses: Addresses, once: bool) -> ExitCode {
    let mut parties = match Parties::create(addresses).await {
        Ok(parties) => parties,
        Err(error) => {
            say!("the cast cannot be gathered: {error}");
            return ExitCode::FAILURE;
        }
    };
    say!("The switch is up: phones at {}, applications at {}.", addresses.sccp, addresses.sip);
    if let Err(scene) = play(&mut parties).await {
        parties.print();
        say!("This should have happened and did not: {scene}");
        return ExitCode::FAILURE;
    }
    if once {
        return ExitCode::SUCCESS;
    }
    print_instructions(addresses);
    stay_open(&mut parties).await
}

async fn play(parties: &mut Parties) -> Result<(), &'static str> {
    register(parties).await?;
    open_session(parties).await?;
    let alice = call(parties).await?;
    let bob = ConnectionId::new(alice.call_id.clone().unwrap_or_default(), BOB);
    control(parties, "The application answers at Bob's", EventKind::Established, |console, now| {
        console.answer_call(now, bob.clone())
    })
    .await?;
    control(parties, "It puts the call on hold at Alice's", EventKind::Held, |console, now| {
        console.hold_call(now, alice.clone())
    })
    .await?;
    control(parties, "It retrieves the call", EventKind::Retrieved, |console, now| {
        console.retrieve_call(now, alice.clone())
    })
    .await?;
    control(parties, "It ends the call", EventKind::ConnectionCleared, |console, now| {
        console.clear_connection(now, alice.clone())
    })
    .await
}

async fn register(parties: &mut Parties) -> Result<(), &'static str> {
    parties.scene("Three phones register: Alice 201, Bob 202, Carol 203");
    for phone in [&mut parties.alice, &mut parties.bob, &mut parties.carol] {
        phone.phone.plug_in();
    }
    let registered = parties.until(|parties| {
        let phones = [&parties.alice, &parties.bob, &parties.carol];
        phones.iter().all(|live| live.phone.is_registered()).then_some(())
    });
    registered.await.ok_or("three phones register")?;
    parties.print();
    Ok(())
}

async fn open_session(parties: &mut Parties) -> Result<(), &'static str> {
    parties.scene("An application opens a session, asks for the features and monitors 201 and 202");
    let now = parties.now();
    parties.console.application.log_in(now);
    let opened = |notice: &Notice| matches!(notice, Notice::Opened(_)).then_some(());
    wait_for(parties, opened).await.ok_or("the session opens")?;
    let now = parties.now();
    let features = parties.console.application.get_features(now);
    answer(parties, features).await.ok_or("the features are told")?;
    for line in [ALICE, BOB] {
        let now = parties.now();
        let monitor = parties.console.application.monitor_start(now, line, &[]);
        answer(parties, monitor).await.ok_or("the monitor starts")?;
    }
    parties.print();
    Ok(())
}

async fn call(parties: &mut Parties) -> Result<ConnectionId, &'static str> {
    parties.scene("The application calls 202 from 201; nobody touches a key");
    let now = parties.now();
    let request = parties.console.application.make_call(now, ALICE, BOB, false);
    let response = answer(parties, request).await.ok_or("MakeCall is answered")?;
    let Response::MakeCall(made) = response else { return Err("MakeCall is answered by its response") };
    let rings = parties.until(|parties| parties.bob.phone.screen().ringing().is_some().then_some(()));
    rings.await.ok_or("Bob's phone rings")?;
    parties.print();
    Ok(made.calling_device)
}

async fn control(
    parties: &mut Parties,
    scene: &str,
    event: EventKind,
    request: impl Fn(&mut Application, Instant) -> RequestNumber,
) -> Result<(), &'static str> {
    parties.scene(scene);
    let now = parties.now();
    let number = request(&mut parties.console.application, now);
    let mut answered = false;
    let mut reported = 0;
    let both = |notice: &Notice| {
        match notice {
            Notice::Answer(got, Ok(_)) if *got == number => answered = true,
            Notice::Event(got) if got.body.kind() == event => reported += 1,
            _ => {}
        }
        (answered && reported >= 2).then_some(())
    };
    wait_for(parties, both).await.ok_or("the service is carried out and reported to both monitors")?;
    parties.print();
    Ok(())
}

async fn answer(parties: &mut Parties, request: RequestNumber) -> Option<Response> {
    wait_for(parties, |notice| match notice {
        Notice::Answer(number, Ok(response)) if *number == request => Some(response.clone()),
        _ => None,
    })
    .await
}

/// Waits until `wanted` returns something for a notice of the application.
async fn wait_for<T>(parties: &mut Parties, mut wanted: impl FnMut(&Notice) -> Option<T>) -> Option<T> {
    parties.until(|parties| std::mem::take(&mut parties.notices).iter().find_map(&mut wanted)).await
}

fn print_instructions(Addresses { sccp, sip }: Addresses) {
    say!(
        "\n── The office stays open until Ctrl-C. Bob answers whoever calls him. Join in:\n\n\
         a software phone, as Dave (204):\n    \
         hookflash phone --server {sccp} --name SEP020000000204\n\
         a Cisco phone: put its MAC address into examples/office.cfg, then\n    \
         hookflash serve --config examples/office.cfg --bind ADDRESS\n\
         watch a line, or call from one:\n    \
         hookflash csta --server {sip} monitor {ALICE}\n    \
         hookflash csta --server {sip} call {ALICE} {BOB}\n\
         any SIP/CSTA client: INVITE sip:201@{sip} over UDP or TCP, body RequestSystemStatus\n\
         look into the switch:\n    \
         hookflash cli -c 'show ephone' -c 'show cti session'\n"
    );
}

/// Runs everybody for ever; Bob answers.
async fn stay_open(parties: &mut Parties) -> ! {
    loop {
        parties.act().await;
        parties.notices.clear();
        if parties.bob.phone.screen().ringing().is_some() {
            // The caller may have hung up meanwhile.
            let _ = parties.bob.phone.answer();
            parties.bob.flush();
        }
    }
}
