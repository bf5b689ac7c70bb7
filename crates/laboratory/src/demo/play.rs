//! The play: an application calls Bob from Alice's phone and controls the call.

use std::process::ExitCode;

use hookflash_core::Instant;
use hookflash_driver::say;
use hookflash_sim::application::{Application, Notice, RequestNumber};
use hookflash_wire::csta::{ConnectionId, EventKind, Response};

use super::{Addresses, cast::Cast};

const ALICE: &str = "tel:201";
const BOB: &str = "tel:202";

/// Plays, and unless it is played `once`, keeps the office open for ever.
pub async fn perform(addresses: Addresses, once: bool) -> ExitCode {
    let mut cast = match Cast::gather(addresses).await {
        Ok(cast) => cast,
        Err(error) => {
            say!("the cast cannot be gathered: {error}");
            return ExitCode::FAILURE;
        }
    };
    say!("The switch is up: phones at {}, applications at {}.", addresses.sccp, addresses.sip);
    if let Err(scene) = play(&mut cast).await {
        cast.print();
        say!("This should have happened and did not: {scene}");
        return ExitCode::FAILURE;
    }
    if once {
        return ExitCode::SUCCESS;
    }
    invite(addresses);
    stay_open(&mut cast).await
}

async fn play(cast: &mut Cast) -> Result<(), &'static str> {
    register(cast).await?;
    open_session(cast).await?;
    let alice = call(cast).await?;
    let bob = ConnectionId::new(alice.call_id.clone().unwrap_or_default(), BOB);
    control(cast, "The application answers at Bob's", EventKind::Established, |console, now| {
        console.answer_call(now, bob.clone())
    })
    .await?;
    control(cast, "It puts the call on hold at Alice's", EventKind::Held, |console, now| {
        console.hold_call(now, alice.clone())
    })
    .await?;
    control(cast, "It retrieves the call", EventKind::Retrieved, |console, now| {
        console.retrieve_call(now, alice.clone())
    })
    .await?;
    control(cast, "It ends the call", EventKind::ConnectionCleared, |console, now| {
        console.clear_connection(now, alice.clone())
    })
    .await
}

async fn register(cast: &mut Cast) -> Result<(), &'static str> {
    cast.scene("Three phones register: Alice 201, Bob 202, Carol 203");
    for phone in [&mut cast.alice, &mut cast.bob, &mut cast.carol] {
        phone.phone.plug_in();
    }
    let registered = cast.until(|cast| {
        let phones = [&cast.alice, &cast.bob, &cast.carol];
        phones.iter().all(|live| live.phone.is_registered()).then_some(())
    });
    registered.await.ok_or("three phones register")?;
    cast.print();
    Ok(())
}

async fn open_session(cast: &mut Cast) -> Result<(), &'static str> {
    cast.scene("An application opens a session, asks for the features and monitors 201 and 202");
    let now = cast.now();
    cast.console.application.log_in(now);
    let opened = |notice: &Notice| matches!(notice, Notice::Opened(_)).then_some(());
    learn(cast, opened).await.ok_or("the session opens")?;
    let now = cast.now();
    let features = cast.console.application.get_features(now);
    answer(cast, features).await.ok_or("the features are told")?;
    for line in [ALICE, BOB] {
        let now = cast.now();
        let monitor = cast.console.application.monitor_start(now, line, &[]);
        answer(cast, monitor).await.ok_or("the monitor starts")?;
    }
    cast.print();
    Ok(())
}

async fn call(cast: &mut Cast) -> Result<ConnectionId, &'static str> {
    cast.scene("The application calls 202 from 201; nobody touches a key");
    let now = cast.now();
    let request = cast.console.application.make_call(now, ALICE, BOB, false);
    let response = answer(cast, request).await.ok_or("MakeCall is answered")?;
    let Response::MakeCall(made) = response else { return Err("MakeCall is answered by its response") };
    let rings = cast.until(|cast| cast.bob.phone.screen().ringing().is_some().then_some(()));
    rings.await.ok_or("Bob's phone rings")?;
    cast.print();
    Ok(made.calling_device)
}

async fn control(
    cast: &mut Cast,
    scene: &str,
    event: EventKind,
    request: impl Fn(&mut Application, Instant) -> RequestNumber,
) -> Result<(), &'static str> {
    cast.scene(scene);
    let now = cast.now();
    let number = request(&mut cast.console.application, now);
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
    learn(cast, both).await.ok_or("the service is carried out and reported to both monitors")?;
    cast.print();
    Ok(())
}

async fn answer(cast: &mut Cast, request: RequestNumber) -> Option<Response> {
    learn(cast, |notice| match notice {
        Notice::Answer(number, Ok(response)) if *number == request => Some(response.clone()),
        _ => None,
    })
    .await
}

/// Waits until the application learns what `wanted` wants.
async fn learn<T>(cast: &mut Cast, mut wanted: impl FnMut(&Notice) -> Option<T>) -> Option<T> {
    cast.until(|cast| std::mem::take(&mut cast.learned).iter().find_map(&mut wanted)).await
}

fn invite(Addresses { sccp, sip }: Addresses) {
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

/// Lets everybody act for ever; Bob answers.
async fn stay_open(cast: &mut Cast) -> ! {
    loop {
        cast.act().await;
        cast.learned.clear();
        if cast.bob.phone.screen().ringing().is_some() {
            // Whoever rang may have given up meanwhile.
            let _ = cast.bob.phone.answer();
            cast.bob.flush();
        }
    }
}
