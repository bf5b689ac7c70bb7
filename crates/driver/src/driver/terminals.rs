//! The terminals of operators, and the files that operators name.

use std::{path::PathBuf, rc::Rc};

use hookflash_node::{FileOrder, Input, TerminalId};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::Driver;
use crate::{
    configuration,
    control::{Frame, Reply},
};

impl Driver {
    /// A terminal for one more operator, at the exec prompt.
    pub fn open_terminal(&self) -> TerminalId {
        let terminal = TerminalId(self.last_terminal.get() + 1);
        self.last_terminal.set(terminal.0);
        terminal
    }

    /// What a terminal monitors goes here until the terminal is closed. What has no room is lost.
    pub(crate) fn monitor(&self, terminal: TerminalId, frames: mpsc::Sender<Frame>) {
        self.monitors.borrow_mut().insert(terminal, frames);
    }

    /// Types a line at a terminal that waits for nothing; the reply comes back through the receiver.
    pub fn command(self: &Rc<Self>, terminal: TerminalId, line: &str) -> oneshot::Receiver<Reply> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().insert(terminal, sender);
        self.input(Input::Command { terminal, line });
        receiver
    }

    /// A terminal was closed.
    pub fn close_terminal(self: &Rc<Self>, terminal: TerminalId) {
        self.waiting.borrow_mut().remove(&terminal);
        self.monitors.borrow_mut().remove(&terminal);
        self.input(Input::TerminalClosed { terminal });
    }

    /// Sets where `write memory` stores the configuration; without it, it cannot be stored.
    pub fn store_startup_config_in(&self, path: PathBuf) {
        self.startup_config.set_path(path);
    }

    /// Applies what is different in a configuration that was read again.
    pub fn read_configuration(self: &Rc<Self>, text: &str, lenient: bool) {
        self.input(Input::Configuration { text, lenient });
    }

    /// Reads a configuration that an operator named.
    pub(super) async fn read_for(self: Rc<Self>, terminal: TerminalId, file: String) {
        let read = self.startup_config.beside(&file).map_err(|error| error.to_string());
        let read = read.and_then(|path| configuration::read(&path).map_err(|error| error.to_string()));
        let text = match &read {
            Ok((text, _)) => Ok(text.as_str()),
            Err(error) => Err(error.as_str()),
        };
        self.input(Input::ConfigurationRead { terminal, text });
    }

    /// Does something with an operator's files.
    pub(super) async fn handle_files(self: Rc<Self>, terminal: TerminalId, order: FileOrder) {
        let done = self.startup_config.handle(order).await.map_err(|error| error.to_string());
        let result = match &done {
            Ok(list) => Ok(list.as_str()),
            Err(error) => Err(error.as_str()),
        };
        self.input(Input::FilesDone { terminal, result });
    }

    /// Waits until an operator wants the process to end and to be started again.
    pub async fn reload_wanted(&self) {
        self.reload.notified().await;
    }

    pub(super) async fn store_startup_config(self: Rc<Self>, terminal: TerminalId, text: String) {
        let error = match self.startup_config.store(text).await {
            Ok(()) => String::new(),
            Err(error) => {
                warn!(%error, "startup-config is not stored");
                error.to_string()
            }
        };
        self.input(Input::Stored { terminal, error: &error });
    }
}
