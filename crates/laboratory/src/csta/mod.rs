//! `hookflash csta`: a CSTA application at the terminal, over SIP, TCP or WebSocket.
//!
//! | module | what it does |
//! | --- | --- |
//! | `action` | the commands and the requests that they make |
//! | `console` | what is printed: readable lines, JSON, or every message |
//! | `document` | CSTA documents indented, and as JSON |
//! | `explain` | refusals in words |
//! | `web` | the session over WebSocket, with CTI ports and route points |

mod action;
mod console;
mod document;
mod explain;
mod web;

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use clap::Args;
use hookflash_client::Settings;
use hookflash_driver::{address::socket_address, terminal::print_error};
use hookflash_sim::application::{ApplicationSettings, Notice, RequestNumber, Transport};
use hookflash_wire::{
    csta::{DeviceId, Edition, Response},
    printable::printable,
};
use tokio::runtime;

use self::{
    action::Action,
    console::{Console, Output},
};
use crate::{
    client::{ApplicationActivity, Clock, LiveApplication},
    error::Error,
};

/// The default ports of a server for SIP and for CSTA over TCP.
const SIP_PORT: u16 = 5060;
const CSTA_PORT: u16 = 4721;

/// The default port of the door for JSON over WebSocket.
const WEB_PORT: u16 = 8080;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(35);

/// A CSTA application: monitor, call, answer, ...; prints events and answers
#[derive(Args, Debug)]
#[command(
    after_help = "Lines are numbers: 201, or in any form of CSTA: tel:201. The exit code is 0 when the service \
                        was carried out, 1 when it was refused or the server cannot be reached, 2 for a wrong option."
)]
pub struct CstaCommand {
    /// The server: an address or name, with a port if it is not 5060, or 4721 with --tcp, or 8080 with --web; or, with --web,
    /// https://HOST:PORT
    #[arg(long, value_name = "HOST[:PORT]", default_value = "127.0.0.1")]
    server: String,
    /// Speak SIP over UDP instead of TCP
    #[arg(long)]
    udp: bool,
    /// Speak CSTA over TCP, without SIP
    #[arg(long, conflicts_with = "udp")]
    tcp: bool,
    /// Speak JSON over WebSocket
    #[arg(long, conflicts_with_all = ["udp", "tcp", "ed6"])]
    web: bool,
    /// The password of the user, over WebSocket and with --tcp; HOOKFLASH_PASSWORD in the environment is not seen by others. Without one, no
    /// login is sent
    #[arg(long)]
    password: Option<String>,
    /// Write edition 6 of ECMA-323 instead of edition 3
    #[arg(long)]
    ed6: bool,
    /// The user to be: the From header of SIP, or the identifier of the application
    #[arg(long, default_value = "hookflash@localhost")]
    user: String,
    /// Print events and answers only, nothing about the session
    #[arg(long, short)]
    quiet: bool,
    /// Print each event, answer and refusal as a JSON object on a line of its own
    #[arg(long, conflicts_with_all = ["quiet", "trace"])]
    json: bool,
    /// Print every message as it is sent and received, with the XML indented
    #[arg(long, conflicts_with = "quiet")]
    trace: bool,
    #[command(subcommand)]
    action: Action,
}

impl CstaCommand {
    /// Opens a session, does what was asked, and ends the session.
    pub fn run(self) -> Result<ExitCode, Error> {
        if self.web || self.action.needs_web() {
            return self.run_over_web();
        }
        let server = if self.tcp { socket_address::<CSTA_PORT> } else { socket_address::<SIP_PORT> };
        let server = server(&self.server).map_err(|error| Error::Argument(error.to_string()))?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let system = |action| move |source| Error::System { action, source };
        let runtime = runtime.map_err(system("starting the runtime"))?;
        let done = runtime.block_on(async {
            let live = LiveApplication::new(self.settings(server), server, Clock::start());
            let live = live.await.map_err(system("opening a socket"))?;
            Ok::<_, Error>(
                Terminal { live, server, over_tcp: self.tcp, console: self.console() }
                    .perform(&self.action)
                    .await,
            )
        })?;
        Ok(match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                print_error(&format!("hookflash: {}\n", printable(&reason)));
                ExitCode::FAILURE
            }
        })
    }

    fn run_over_web(self) -> Result<ExitCode, Error> {
        let url = match self.server.contains("://") {
            true => self.server.clone(),
            false => {
                let server = socket_address::<WEB_PORT>(&self.server);
                format!("http://{}", server.map_err(|error| Error::Argument(error.to_string()))?)
            }
        };
        let mut settings = Settings::new(url, self.user.as_str());
        if let Some(password) = self.password() {
            settings = settings.user(self.user.as_str(), password);
        }
        settings.trace = self.trace.then_some(web::trace);
        Ok(web::run(settings, self.console(), &self.action))
    }

    /// The password that was given.
    fn password(&self) -> Option<String> {
        self.password.clone().or_else(|| std::env::var("HOOKFLASH_PASSWORD").ok())
    }

    fn edition(&self) -> Edition {
        if self.ed6 { Edition::Ed6 } else { Edition::Ed3 }
    }

    /// Whether it goes on until it is interrupted.
    fn watches(&self) -> bool {
        matches!(self.action, Action::Monitor { .. }) || self.action.needs_web()
    }

    fn console(&self) -> Console {
        let output = match (self.trace, self.json) {
            (true, _) => Output::Trace,
            (_, true) => Output::Json,
            // One service needs no report about its session.
            _ => Output::Readable { quiet: self.quiet || !self.watches() },
        };
        Console::new(output, self.edition(), self.tcp, self.action.line())
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
        settings.edition = self.edition();
        settings.password = self.password().filter(|_| self.tcp).map(Into::into);
        // Two of these may talk to one server at once.
        settings.seed = u64::from(std::process::id());
        settings
    }
}

/// The application and what is printed of it.
struct Terminal {
    live: LiveApplication,
    server: SocketAddr,
    over_tcp: bool,
    console: Console,
}

impl Terminal {
    async fn perform(mut self, action: &Action) -> Result<(), String> {
        self.live.application.log_in(self.live.now());
        let (line, over_tcp) = (action.line(), self.over_tcp);
        self.wait_for(|notice| match notice {
            Notice::Opened(_) => Some(Ok(())),
            Notice::Refused(status) if over_tcp => Some(Err(explain::refused_start(*status))),
            Notice::Refused(status) => Some(Err(explain::refused_session(*status, line))),
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
        for (line, request) in action.requests() {
            self.console.about(line);
            let number = self.live.application.request(self.live.now(), request);
            self.answer(number, line).await?;
        }
        match action {
            Action::Monitor { .. } => self.watch().await,
            _ => Ok(()),
        }
    }

    /// Prints events until the user interrupts.
    async fn watch(&mut self) -> Result<(), String> {
        self.console.remark(self.elapsed(), "watching; Ctrl-C ends");
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return Ok(()),
                activity = self.live.wait() => {
                    if let Some(Notice::Ended(end)) = self.show(activity)? {
                        return Err(explain::ended(end));
                    }
                }
            }
        }
    }

    async fn answer(&mut self, request: RequestNumber, line: &str) -> Result<Response, String> {
        self.wait_for(|notice| match notice {
            Notice::Answer(number, answer) if *number == request => {
                Some(answer.clone().map_err(|failure| explain::failure(&failure, line)))
            }
            _ => None,
        })
        .await
    }

    /// Waits for a notice. The end of the session ends the wait too, unless it is wanted.
    async fn wait_for<T>(
        &mut self,
        mut wanted: impl FnMut(&Notice) -> Option<Result<T, String>>,
    ) -> Result<T, String> {
        let found = async {
            loop {
                let activity = self.live.wait().await;
                let Some(notice) = self.show(activity)? else { continue };
                match (wanted(&notice), notice) {
                    (Some(result), _) => return result,
                    (None, Notice::Ended(end)) => return Err(explain::ended(end)),
                    (None, _) => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| Err("no answer".to_owned()))
    }

    /// Prints what travelled or was learned.
    fn show(&mut self, activity: ApplicationActivity) -> Result<Option<Notice>, String> {
        let at = self.elapsed();
        match activity {
            ApplicationActivity::Sent(bytes) => self.console.sent(at, &bytes),
            ApplicationActivity::Received(bytes) => self.console.received(at, &bytes),
            ApplicationActivity::Unreachable(error) => return Err(explain::unreachable(self.server, &error)),
            ApplicationActivity::Notice(notice) => {
                self.console.notice(at, &notice, self.live.application.monitors());
                return Ok(Some(*notice));
            }
        }
        Ok(None)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.live.now().as_millis())
    }
}
