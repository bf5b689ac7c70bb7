//! The scenes of the demo: an application calls Bob from Alice's phone and controls the call.

use std::{path::Path, process::ExitCode};

use hookflash_core::Instant;
use hookflash_driver::{say, terminal::print_error};
use hookflash_sim::application::{Application, Notice, RequestNumber};
use hookflash_wire::csta::{ConnectionId, EventKind, Response};

use super::{Addresses, invocation, parties::Parties, stage::Stage};

const ALICE: &str = "tel:201";
const BOB: &str = "tel:202";

/// The phones: who has them, and their models.
const CAST: [(&str, &str); 3] =
    [("Alice 201", "Cisco 7960"), ("Bob 202", "Cisco 7961"), ("Carol 203", "Cisco 7975")];

/// The scenes, and where they are played.
#[derive(Clone, Copy, Debug)]
pub struct Play<'a> {
    /// Where the switch listens.
    pub addresses: Addresses,
    /// The terminal.
    pub stage: Stage,
    /// Whether the messages of registrations are printed.
    pub all: bool,
    /// Whether it is over after the last scene.
    pub once: bool,
    /// The data directory of the switch.
    pub data: &'a Path,
}

impl Play<'_> {
    /// Runs the scenes. Unless `once` is set, the office then stays open for ever.
    pub async fn run(self) -> ExitCode {
        let Addresses { sccp, sip } = self.addresses;
        let mut parties = match Parties::create(self.addresses, self.stage).await {
            Ok(parties) => parties,
            Err(error) => {
                print_error(&format!("hookflash: the application has no socket: {error}\n"));
                return ExitCode::FAILURE;
            }
        };
        say!("The switch is up: phones at {sccp}, applications at {sip}.");
        if let Err(missing) = self.scenes(&mut parties).await {
            parties.print().await;
            print_error(&format!("hookflash: this should have happened and did not: {missing}\n"));
            return ExitCode::FAILURE;
        }
        if self.once {
            return ExitCode::SUCCESS;
        }
        parties.rest(self.stage.scene()).await;
        print_instructions(&self);
        stay_open(&mut parties).await
    }

    async fn scenes(&self, parties: &mut Parties) -> Result<(), &'static str> {
        register(parties, self.all).await?;
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
}

/// Three phones register; a line for each, or all their messages.
async fn register(parties: &mut Parties, all: bool) -> Result<(), &'static str> {
    parties.scene("Three phones register: Alice 201, Bob 202, Carol 203").await;
    for phone in 0..CAST.len() {
        parties.phone(phone).phone.plug_in();
    }
    for (phone, (name, model)) in CAST.into_iter().enumerate() {
        let registered =
            parties.until(|parties| parties.phone(phone).phone.is_registered().then_some(())).await;
        registered.ok_or("the phone registers")?;
        if !all {
            let settings = parties.phone(phone).phone.settings().name.clone();
            parties.line(&format!("   {name:<10} {model:<12} {settings}   registered")).await;
        }
    }
    match all {
        true => parties.print().await,
        false => parties.skip(),
    }
    Ok(())
}

async fn open_session(parties: &mut Parties) -> Result<(), &'static str> {
    parties.scene("An application opens a session, asks for the features and monitors 201 and 202").await;
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
    parties.print().await;
    Ok(())
}

async fn call(parties: &mut Parties) -> Result<ConnectionId, &'static str> {
    parties.scene("The application calls 202 from 201; nobody touches a key").await;
    let now = parties.now();
    let request = parties.console.application.make_call(now, ALICE, BOB, false);
    let response = answer(parties, request).await.ok_or("MakeCall is answered")?;
    let Response::MakeCall(made) = response else { return Err("MakeCall is answered by its response") };
    let rings = parties.until(|parties| parties.bob.phone.screen().ringing().is_some().then_some(()));
    rings.await.ok_or("Bob's phone rings")?;
    parties.print().await;
    Ok(made.calling_device)
}

async fn control(
    parties: &mut Parties,
    scene: &str,
    event: EventKind,
    request: impl Fn(&mut Application, Instant) -> RequestNumber,
) -> Result<(), &'static str> {
    parties.scene(scene).await;
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
    parties.print().await;
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

fn print_instructions(play: &Play<'_>) {
    let Play { addresses: Addresses { sccp, sip }, stage, data, .. } = play;
    let (program, data) = (invocation::program(), invocation::path(data));
    let title = stage.bold("── The office stays open until Ctrl-C. Bob answers whoever calls him.");
    let command = |words: String| stage.bold(&format!("    {program} {words}"));
    say!(
        "\n{title}\n\nJoin in from another terminal, in this directory. As Dave (204), with a software phone:"
    );
    say!("{}", command(format!("phone --server {sccp} --name SEP020000000204")));
    say!("Watch a line, or call from one:");
    say!("{}", command(format!("csta --server {sip} monitor 201 202")));
    say!("{}", command(format!("csta --server {sip} call 201 202")));
    say!("{}", command(format!("csta --server {sip} clear 201")));
    say!("Look into the switch, or configure it:");
    say!("{}", command(format!("cli --data {data} -c 'show ephone' -c 'show cti session'")));
    say!("{}", command(format!("cli --data {data}")));
    say!("Any SIP/CSTA client: INVITE sip:201@{sip} over UDP or TCP, body RequestSystemStatus.");
    say!(
        "A Cisco phone: put its MAC address into examples/office.cfg, then\n{}\n",
        command("serve --config examples/office.cfg --bind ADDRESS".to_owned())
    );
}

/// Runs everybody for ever; Bob answers.
async fn stay_open(parties: &mut Parties) -> ! {
    loop {
        parties.act().await;
        parties.notices.clear();
        parties.skip();
        let Some(call) = parties.bob.phone.screen().ringing() else { continue };
        say!("{} calls Bob; he answers.", call.calling.number);
        // The caller may have hung up meanwhile.
        let _ = parties.bob.phone.answer();
        parties.bob.flush();
    }
}
