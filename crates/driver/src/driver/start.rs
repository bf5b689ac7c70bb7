//! How a driver starts and ends: what was stored is given back to the node, listeners are served.

use std::{collections::VecDeque, path::Path, rc::Rc, sync::Arc, time::Duration};

use hookflash_node::{Input, Listener, Listeners, config::TlsService};
use tokio::task::spawn_local;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ClientConfig, CommonState},
};
use tracing::{info, warn};

use super::Driver;
use crate::{
    control,
    data::DataDirectory,
    error::Error,
    flash::Flash,
    http::{self, Door},
    introduction::Introduction,
    link::Link,
    listen::{Bound, PhoneListeners},
    session_store::SessionStore,
    state::State,
    tftp,
    tls::Tls,
    web_socket::Socket,
};

/// Time within which the last messages must be written at shutdown.
const SHUTDOWN_TIME: Duration = Duration::from_secs(2);

impl Driver {
    /// Gives the node back what it had stored in this data directory, and stores there from now on. Without this, nothing
    /// is kept. Must be called before [`Driver::start`].
    pub fn restore(self: &Rc<Self>, data: &DataDirectory) {
        let (state, values) = State::open(data.path());
        if self.state.set(state).is_err() {
            return;
        }
        for value in &values {
            self.pass(Input::Restore { value });
            // There is no link yet that could break.
            self.write_outputs(&mut VecDeque::new());
        }
        let mut records = Vec::new();
        let sessions = SessionStore::open(data.path(), |record| records.push(record));
        let _ = self.sessions.set(sessions);
        for record in records {
            self.pass(Input::RestoreSession(record));
            self.write_outputs(&mut VecDeque::new());
        }
        // What is forgotten is removed in one transaction.
        self.flush_state();
        self.arm();
        if !values.is_empty() {
            info!(values = values.len(), "values set by users and applications are in effect again");
        }
    }

    /// Has these certificates for what is served over TLS. Must be called before [`Driver::start`]; without it, nothing is.
    pub fn secure(&self, tls: Tls) {
        // It is set once, at the start.
        let _ = self.tls.set(tls);
    }

    /// Is known by this where audio is encrypted with DTLS; without it, nobody can agree on keys so.
    pub fn introduce(&self, introduction: Introduction) {
        // As with certificates of TLS.
        let _ = self.introduction.set(introduction);
    }

    /// Starts to serve phones and applications on the listeners, and operators on the control socket if a path is given.
    /// Must be called in the [`runtime`](super::runtime) and in a `LocalSet`.
    ///
    /// # Errors
    /// [`Error::Data`] if the control socket cannot be opened.
    pub fn start(self: &Rc<Self>, bound: Bound, control: Option<&Path>) -> Result<(), Error> {
        self.tell_wall_clock();
        self.listening.set(bound.addresses());
        self.tell_listening();
        if let Some(path) = control {
            self.open_control(path)?;
        }
        let plain = [
            (bound.sccp, Listener::Sccp),
            (bound.second_sccp, Listener::Sccp),
            (bound.sip_tcp, Listener::Sip),
            (bound.csta, Listener::Csta),
            (bound.csta_implicit, Listener::CstaImplicit),
            (bound.csta_greeting, Listener::CstaGreeting),
        ];
        for (socket, listener) in plain {
            socket.map(|socket| spawn_local(self.clone().accept(socket, listener, None)));
        }
        let secure = [
            (bound.sips, Listener::Sips, TlsService::Sip),
            (bound.csta_tls, Listener::CstaTls, TlsService::Csta),
        ];
        for (socket, listener, service) in secure {
            let Some((socket, acceptor)) = socket.zip(self.acceptor(service)) else { continue };
            spawn_local(self.clone().accept(socket, listener, Some(acceptor)));
        }
        self.serve_phones(bound.phones);
        if let Some(socket) = bound.sip_udp {
            let socket = Rc::new(socket);
            *self.udp.borrow_mut() = Some(socket.clone());
            spawn_local(self.clone().receive_datagrams(socket));
        }
        spawn_local(self.clone().run_writer());
        let driver = self.clone();
        spawn_local(async move { driver.turns.run().await });
        let driver = self.clone();
        spawn_local(async move { driver.requests.run().await });
        spawn_local(self.clone().bound_half_messages());
        spawn_local(self.clone().run_timers());
        spawn_local(self.clone().watch_wall_clock());
        Ok(())
    }

    /// Serves files and pages of phones on these listeners.
    pub(super) fn serve_phones(self: &Rc<Self>, bound: PhoneListeners) {
        if let Some(socket) = bound.tftp {
            tftp::serve(self, socket).unwrap_or_else(|error| warn!(%error, "no TFTP"));
        }
        if let Some(listener) = bound.files {
            spawn_local(http::serve(self.clone(), listener, Door::Files, None));
        }
        for listener in [bound.http, bound.second_http].into_iter().flatten() {
            spawn_local(http::serve(self.clone(), listener, Door::Pages, None));
        }
        if let Some((listener, acceptor)) = bound.https.zip(self.acceptor(TlsService::Http)) {
            spawn_local(http::serve(self.clone(), listener, Door::Pages, Some(acceptor)));
        }
    }

    /// What other servers are reached over TLS with.
    pub(crate) fn trusted(&self) -> Arc<ClientConfig> {
        self.tls.get_or_init(Tls::default).client()
    }

    /// What a service accepts connections over TLS with.
    pub(super) fn acceptor(&self, service: TlsService) -> Option<TlsAcceptor> {
        self.tls.get()?.acceptor(service)
    }

    /// What the certificate of the client of a connection says, if it has shown one.
    pub(crate) fn client_certificate(&self, connection: &CommonState) -> Option<String> {
        self.tls.get()?.certificate(connection)
    }

    /// Opens listeners that the configuration wants now and that are not open yet.
    pub(super) async fn listen_too(self: Rc<Self>, wanted: Listeners) {
        let now = self.listening.get();
        let missing = Listeners {
            tftp: wanted.tftp.filter(|_| now.tftp.is_none()),
            files: wanted.files.filter(|_| now.files.is_none()),
            http: wanted.http.filter(|_| now.http.is_none()),
            ..Listeners::default()
        };
        let bound = PhoneListeners::bind(&missing);
        let Listeners { tftp, files, http, .. } = bound.addresses();
        for (service, address) in [("tftp", tftp), ("files", files), ("http", http)] {
            if let Some(address) = address {
                info!(service, %address, "listening too");
            }
        }
        let listening =
            Listeners { tftp: now.tftp.or(tftp), files: now.files.or(files), http: now.http.or(http), ..now };
        self.listening.set(listening);
        self.serve_phones(bound);
        self.tell_listening();
    }

    pub(super) fn tell_listening(self: &Rc<Self>) {
        let Listeners { sccp, http, .. } = self.listening.get();
        self.input(Input::Listening { sccp, http });
    }

    /// Opens the control socket.
    ///
    /// # Errors
    /// [`Error::Data`] if it belongs to another server or cannot be created.
    pub fn open_control(self: &Rc<Self>, path: &Path) -> Result<(), Error> {
        control::listen(self.clone(), path)
    }

    /// Serves stored files from the folder `flash`, and plays messages of the folder `messages`, of this data directory.
    pub fn serve_files_of(&self, data: &Path) {
        // It is set once, at the start.
        let _ = self.flash.set(Flash::of(data));
        let _ = self.data.set(data.to_owned());
    }

    /// Tells the node to shut down and waits, at most two seconds, until the last messages are written.
    pub async fn shut_down(self: &Rc<Self>) {
        let links: Vec<Rc<Link>> = self.links.borrow().values().cloned().collect();
        let sockets: Vec<Rc<Socket>> = self.sockets.borrow().values().cloned().collect();
        self.input(Input::ShutDown);
        self.commit_sessions();
        self.retry_state();
        let flushed = async {
            for socket in sockets {
                socket.flushed().await;
            }
            for link in links {
                link.flushed().await;
            }
        };
        if tokio::time::timeout(SHUTDOWN_TIME, flushed).await.is_err() {
            warn!("some links did not accept their last messages in time");
        }
        self.recorder.finish();
    }
}
