//! `hookflash csta`: a CSTA application at the terminal, over SIP or TCP.

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use hookflash_driver::say;
use hookflash_sim::application::{ApplicationSettings, End, Failure, Notice, RequestNumber, Transport};
use hookflash_wire::csta::{ConnectionId, DeviceId, Edition, ForwardingType, Framer, Response};
use tokio::runtime;

use crate::{
    client::{ApplicationActivity, Clock, LiveApplication},
    error::Error,
    phone::address,
};

/// The default ports of a server for SIP and for CSTA over TCP.
const SIP_PORT: u16 = 5060;
const CSTA_PORT: u16 = 4721;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(35);

/// A CSTA application: monitor, call, answer, ...; prints what it sends and receives
#[derive(Args, Debug)]
pub struct CstaCommand {
    /// The server: an address, with a port if it is not 5060, or 4721 with --tcp
    #[arg(long, value_name = "ADDR[:PORT]", default_value = "127.0.0.1")]
    server: String,
    /// Speak SIP over UDP instead of TCP
    #[arg(long)]
    udp: bool,
    /// Speak CSTA over TCP, without SIP
    #[arg(long, conflicts_with = "udp")]
    tcp: bool,
    /// Write edition 6 of ECMA-323 instead of edition 3
    #[arg(long)]
    ed6: bool,
    /// The user to be: the From header of SIP, or the identifier of the application
    #[arg(long, default_value = "hookflash@localhost")]
    user: String,
    /// Print answers and events only, not the messages
    #[arg(long, short)]
    quiet: bool,
    #[command(subcommand)]
    action: Action,
}

/// What to do in the session.
#[derive(Subcommand, Debug)]
enum Action {
    /// Ask what the server can do
    Features {
        /// The line of the session
        device: String,
    },
    /// Watch lines and print their events, until interrupted
    Monitor {
        /// Lines, such as tel:201
        #[arg(required = true)]
        devices: Vec<String>,
    },
    /// What a line is doing
    Snapshot {
        /// A line
        device: String,
    },
    /// Call from one line to another
    Call {
        /// The line that calls
        from: String,
        /// Whom it calls
        to: String,
        /// Ask the user to go off-hook first
        #[arg(long)]
        prompt: bool,
    },
    /// Answer the call that rings at a line
    Answer {
        /// The line
        device: String,
        /// The call, where there are several
        call: Option<String>,
    },
    /// Hold the call of a line
    Hold {
        /// The line
        device: String,
        /// The call, where there are several
        call: Option<String>,
    },
    /// Take the held call of a line back
    Retrieve {
        /// The line
        device: String,
        /// The call, where there are several
        call: Option<String>,
    },
    /// Forward the calls of a line: all of them, those that find it busy, or those that are not answered
    Forward {
        /// The line
        device: String,
        /// Where its calls go
        to: String,
        #[command(flatten)]
        calls: Calls,
    },
    /// Forward the calls of a line no more
    CancelForward {
        /// The line
        device: String,
        #[command(flatten)]
        calls: WhichCalls,
    },
    /// Where the calls of a line go
    Forwarding {
        /// The line
        device: String,
    },
    /// End the call of a line
    Clear {
        /// The line
        device: String,
        /// The call, where there are several
        call: Option<String>,
    },
}

/// Which calls are forwarded; all if no option is given.
#[derive(Args, Debug)]
#[group(multiple = false)]
struct Calls {
    /// Only calls that find the line busy
    #[arg(long)]
    busy: bool,
    /// Only calls that are not answered for this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(3..=60_000))]
    no_answer: Option<u64>,
}

/// Which calls are forwarded no more.
#[derive(Args, Debug)]
#[group(multiple = false)]
struct WhichCalls {
    /// Those that find the line busy
    #[arg(long)]
    busy: bool,
    /// Those that are not answered
    #[arg(long)]
    no_answer: bool,
}

fn forwarding_type(busy: bool, no_answer: bool) -> ForwardingType {
    match (busy, no_answer) {
        (true, _) => ForwardingType::Busy,
        (_, true) => ForwardingType::NoAnswer,
        _ => ForwardingType::Immediate,
    }
}

impl CstaCommand {
    /// Opens a session, does what was asked, and ends the session.
    pub fn run(self) -> Result<ExitCode, Error> {
        let server = address(&self.server, if self.tcp { CSTA_PORT } else { SIP_PORT })?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let system = |action| move |source| Error::System { action, source };
        let runtime = runtime.map_err(system("starting the runtime"))?;
        let done = runtime.block_on(async {
            let settings = self.settings(server);
            let live = LiveApplication::new(settings, server, Clock::start());
            let live = live.await.map_err(system("opening a socket"))?;
            Ok::<_, Error>(
                Terminal { live, quiet: self.quiet, framer: Framer::default() }.perform(&self.action).await,
            )
        })?;
        match done {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(reason) => {
                eprintln!("{reason}");
                Ok(ExitCode::FAILURE)
            }
        }
    }

    fn settings(&self, server: SocketAddr) -> ApplicationSettings {
        let line = self.action.line();
        let number =
            DeviceId::from(line).number().map_or_else(|| line.to_owned(), |number| number.digits.to_string());
        let target = format!("{number}@{}", server.ip());
        let mut settings = ApplicationSettings::new(self.user.as_str(), target, server);
        settings.transport = match (self.udp, self.tcp) {
            (true, _) => Transport::Udp,
            (_, true) => Transport::Csta,
            _ => Transport::Tcp,
        };
        settings.edition = if self.ed6 { Edition::Ed6 } else { Edition::Ed3 };
        // Two of these may talk to one server at once.
        settings.seed = u64::from(std::process::id());
        settings
    }
}

impl Action {
    /// The line of the session.
    fn line(&self) -> &str {
        match self {
            Action::Monitor { devices } => devices.first().map_or("", String::as_str),
            Action::Features { device }
            | Action::Snapshot { device }
            | Action::Call { from: device, .. }
            | Action::Answer { device, .. }
            | Action::Hold { device, .. }
            | Action::Retrieve { device, .. }
            | Action::Forward { device, .. }
            | Action::CancelForward { device, .. }
            | Action::Forwarding { device }
            | Action::Clear { device, .. } => device,
        }
    }
}

/// The application and what is printed of it.
struct Terminal {
    live: LiveApplication,
    quiet: bool,
    /// What the server sends over CSTA/TCP.
    framer: Framer,
}

impl Terminal {
    async fn perform(mut self, action: &Action) -> Result<(), String> {
        self.live.application.log_in(self.live.now());
        self.wait_for(|notice| match notice {
            Notice::Opened(_) => Some(Ok(())),
            Notice::Refused(status) => Some(Err(format!("the session was refused: {status}"))),
            _ => None,
        })
        .await?;
        let result = self.act(action).await;
        self.live.application.log_out(self.live.now());
        let ended = self.wait_for(|notice| matches!(notice, Notice::Ended(_)).then_some(Ok(())));
        // Without an answer to BYE the session is over too.
        let _ = tokio::time::timeout(Duration::from_secs(2), ended).await;
        result
    }

    async fn act(&mut self, action: &Action) -> Result<(), String> {
        let now = self.live.now();
        let application = &mut self.live.application;
        let connection = |device: &str, call: &Option<String>| ConnectionId {
            call_id: call.as_deref().map(Into::into),
            device_id: Some(device.into()),
        };
        let request = match action {
            Action::Features { .. } => application.get_features(now),
            Action::Monitor { devices } => return self.monitor(devices).await,
            Action::Snapshot { device } => application.snapshot_device(now, device.as_str()),
            Action::Call { from, to, prompt } => {
                application.make_call(now, from.as_str(), to.as_str(), *prompt)
            }
            Action::Answer { device, call } => application.answer_call(now, connection(device, call)),
            Action::Hold { device, call } => application.hold_call(now, connection(device, call)),
            Action::Retrieve { device, call } => application.retrieve_call(now, connection(device, call)),
            Action::Forward { device, to, calls } => {
                let kind = forwarding_type(calls.busy, calls.no_answer.is_some());
                let after = calls.no_answer.map(Duration::from_secs);
                application.forward(now, device.as_str(), kind, to.as_str(), after)
            }
            Action::CancelForward { device, calls } => {
                let kind = forwarding_type(calls.busy, calls.no_answer);
                application.stop_forwarding(now, device.as_str(), kind)
            }
            Action::Forwarding { device } => application.get_forwarding(now, device.as_str()),
            Action::Clear { device, call } => application.clear_connection(now, connection(device, call)),
        };
        self.answer(request).await.map(|_| ())
    }

    async fn monitor(&mut self, devices: &[String]) -> Result<(), String> {
        for device in devices {
            let now = self.live.now();
            let request = self.live.application.monitor_start(now, device.as_str(), &[]);
            self.answer(request).await?;
        }
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return Ok(()),
                activity = self.live.wait() => {
                    if let Some(Notice::Ended(end)) = self.show(activity) {
                        return Err(ended(end));
                    }
                }
            }
        }
    }

    async fn answer(&mut self, request: RequestNumber) -> Result<Response, String> {
        self.wait_for(|notice| match notice {
            Notice::Answer(number, answer) if *number == request => {
                Some(answer.clone().map_err(|failure: Failure| failure.to_string()))
            }
            Notice::Ended(end) => Some(Err(ended(*end))),
            _ => None,
        })
        .await
    }

    async fn wait_for<T>(
        &mut self,
        mut wanted: impl FnMut(&Notice) -> Option<Result<T, String>>,
    ) -> Result<T, String> {
        let found = async {
            loop {
                let activity = self.live.wait().await;
                if let Some(result) = self.show(activity).and_then(|notice| wanted(&notice)) {
                    return result;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| Err("no answer".to_owned()))
    }

    /// Prints what travelled or was learned.
    fn show(&mut self, activity: ApplicationActivity) -> Option<Notice> {
        match activity {
            ApplicationActivity::Sent(bytes) if self.live.application.uses_frames() => {
                show_frames("->", self.quiet, &mut Framer::default(), &bytes);
            }
            ApplicationActivity::Received(bytes) if self.live.application.uses_frames() => {
                show_frames("<-", self.quiet, &mut self.framer, &bytes);
            }
            ApplicationActivity::Sent(bytes) => self.show_message("->", &bytes),
            ApplicationActivity::Received(bytes) => self.show_message("<-", &bytes),
            ApplicationActivity::Notice(notice) => {
                match &*notice {
                    Notice::Event(event) if self.quiet => say!("{event:?}"),
                    Notice::Answer(_, Ok(response)) if self.quiet => say!("{response:?}"),
                    Notice::Complaint(complaint) => say!("!! {complaint}"),
                    _ => {}
                }
                return Some(*notice);
            }
        }
        None
    }

    fn show_message(&self, direction: &str, bytes: &[u8]) {
        if self.quiet {
            return;
        }
        for line in String::from_utf8_lossy(bytes).lines() {
            say!("{direction} {line}");
        }
        say!();
    }
}

/// Prints the invoke identifier and the document of each frame.
fn show_frames(direction: &str, quiet: bool, framer: &mut Framer, mut bytes: &[u8]) {
    while let Ok(Some(frame)) = framer.next(&mut bytes) {
        if !quiet {
            say!("{direction} {} {}\n", frame.invoke_id, String::from_utf8_lossy(frame.body));
        }
    }
}

fn ended(end: End) -> String {
    let how = match end {
        End::ByServer => "the server ended it",
        End::ByApplication => "it was ended here",
        End::Forgotten => "the server does not know it any more",
        End::LinkLost => "there is no connection to the server",
    };
    format!("the session is over: {how}")
}
