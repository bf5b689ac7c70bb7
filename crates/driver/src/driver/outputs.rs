//! What the node wants done: bytes written, values stored, media legs opened.

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    rc::Rc,
};

use hookflash_core::{self as core, LegId, LegState, SoundId, SoundOrder, SoundReport};
use hookflash_media::{Music, Sound, Tone};
use hookflash_node::{
    Input, LinkId, Listeners, Output, Password, SessionRecord, config::Secret, is_password,
};
use tokio::{sync::mpsc::UnboundedReceiver, task::spawn_local};
use tracing::{debug, warn};

use super::Driver;
use crate::{
    control::{Frame, Reply},
    media::{Opened, Report},
    messages::{Found, Order},
};

impl Driver {
    /// Carries out all outputs that the node has now. Links whose socket fails are added to `broken`. What is stored is on
    /// disk before a later output is carried out; outputs that store, one after the other, share a transaction.
    pub(super) fn write_outputs(self: &Rc<Self>, broken: &mut VecDeque<LinkId>) {
        let mut node = self.node.borrow_mut();
        while let Some(output) = node.poll_output() {
            self.recorder.output(&output);
            self.outputs.set(self.outputs.get().wrapping_add(1));
            if !matches!(output, Output::Store { .. } | Output::Keep(_)) {
                self.flush_state();
            }
            match output {
                Output::Send { link, bytes } if self.sockets.borrow().contains_key(&link) => {
                    self.send_to_socket(link, &bytes, broken);
                    node.recycle(bytes);
                }
                Output::Send { link, mut bytes } => {
                    let target = self.links.borrow().get(&link).cloned();
                    if let Some(target) = target {
                        match target.queue(&mut bytes) {
                            Ok(true) => self.write_at_end_of_turn(link, target),
                            Ok(false) => {}
                            Err(error) => {
                                self.drop_link(link, &error);
                                broken.push_back(link);
                            }
                        }
                    }
                    if self.backlog.is_more_than(node.settings().limits.budget().unread)
                        && let Some(link) = self.most_unread()
                    {
                        self.drop_link(
                            link,
                            &"too much waits for all who do not read, and most for this one",
                        );
                        broken.push_back(link);
                    }
                    node.recycle(bytes);
                }
                Output::Close { link } => {
                    // The node must not get `Closed` for a link that it closed itself.
                    broken.retain(|other| *other != link);
                    if let Some(target) = self.remove(link) {
                        target.close();
                    }
                    if let Some(socket) = self.sockets.borrow_mut().remove(&link) {
                        socket.close();
                    }
                }
                Output::Resolve { name, port, transport } => {
                    spawn_local(self.clone().resolve(name, port, transport));
                }
                Output::Connect { peer, certificate } => {
                    spawn_local(self.clone().connect(peer, certificate));
                }
                Output::Leg { leg, state, local } => self.order_media(leg, state, local),
                Output::Sound { sound, order } => self.order_sound(sound, order),
                Output::AudioSocket { link, socket } => {
                    self.granted_audio.borrow_mut().insert(link, socket);
                }
                Output::MediaKeys { audio, keys } => {
                    if let Some(media) = self.media() {
                        media.secure(audio, keys);
                    }
                }
                Output::Music { file } => self.play_music(file),
                Output::Datagram { to, bytes, .. } => self.send_datagram(to, &bytes),
                Output::Store { key, value } => self.store(key, value),
                Output::Keep(record) => self.keep(&record),
                Output::CommandOutput { terminal, text, failed, prompt } => {
                    if let Some(waiting) = self.waiting.borrow_mut().remove(&terminal) {
                        // The receiver is gone if the operator has disconnected.
                        let _ = waiting.send(Reply { text, failed, prompt });
                    }
                }
                Output::TerminalText { terminal, text } => {
                    if let Some(frames) = self.monitors.borrow().get(&terminal) {
                        // A terminal that does not read in time misses something.
                        let _ = frames.try_send(Frame::Monitored(text));
                    }
                }
                Output::Listen { tftp, files, http } => {
                    let wanted = Listeners { tftp, files, http, ..Listeners::default() };
                    spawn_local(self.clone().listen_too(wanted));
                }
                Output::File { fetch, answer } => self.file_answered(fetch, answer),
                Output::HttpResponse { fetch, response } => self.page_answered(fetch, response),
                Output::HttpStream { fetch, response } => self.begin_stream(fetch, response),
                Output::HttpPart { fetch, bytes } => self.continue_stream(fetch, bytes),
                Output::HttpEnd { fetch } => self.end_stream(fetch),
                Output::Verify { verification, hash, password } => {
                    self.verify(verification, hash, password);
                }
                Output::Post { post, url, fields, body } => self.post(post, url, fields, body),
                Output::ReadConfiguration { terminal, file } => {
                    spawn_local(self.clone().read_for(terminal, file));
                }
                Output::Files { terminal, order } => {
                    spawn_local(self.clone().handle_files(terminal, order));
                }
                Output::Reload => self.reload.notify_one(),
                Output::StoreStartupConfig { terminal, text } => {
                    spawn_local(self.clone().store_startup_config(terminal, text));
                }
            }
        }
        self.recorder.finish_record();
    }

    /// Sends messages to a WebSocket; one whose application does not read is added to `broken`.
    pub(super) fn send_to_socket(&self, link: LinkId, bytes: &[u8], broken: &mut VecDeque<LinkId>) {
        let socket = self.sockets.borrow().get(&link).cloned();
        if let Some(Err(error)) = socket.map(|socket| socket.queue(bytes)) {
            self.drop_link(link, &error);
            broken.push_back(link);
        }
    }

    pub(super) fn order_media(self: &Rc<Self>, leg: LegId, state: Option<LegState>, local: Option<IpAddr>) {
        if let Some(media) = self.media() {
            media.set(leg, state, local);
        } else if state.is_some() {
            let driver = self.clone();
            spawn_local(async move { driver.input(Input::LegOpened { leg, address: None }) });
        }
    }

    /// Finds, begins or ends a message or a tone.
    fn order_sound(self: &Rc<Self>, sound: SoundId, order: SoundOrder) {
        match order {
            SoundOrder::Close => drop(self.sounds.borrow_mut().remove(&sound)),
            _ => drop(self.sounds.borrow_mut().insert(sound)),
        }
        let Some((media, messages)) = self.media().zip(self.messages()) else {
            if !matches!(order, SoundOrder::Close | SoundOrder::Tone(_)) {
                let driver = self.clone();
                let report = SoundReport::Full;
                spawn_local(async move { driver.input(Input::Sound { sound, report }) });
            }
            return;
        };
        match order {
            SoundOrder::Message(name) => messages.order(Order::Load(sound, name.into())),
            SoundOrder::Recording => messages.order(Order::Begin(sound)),
            SoundOrder::Delete(name) => messages.order(Order::Delete(sound, name.into())),
            SoundOrder::Tone(tone) => media.set_sound(sound, Some(Sound::Tone(engine_tone(tone)))),
            SoundOrder::Close => media.set_sound(sound, None),
        }
    }

    /// Tells the node which messages were found, and the media engine what they are.
    pub(super) async fn report_messages(self: Rc<Self>, mut found: UnboundedReceiver<Found>) {
        while let Some(Found(sound, report, samples)) = found.recv().await {
            if !self.sounds.borrow().contains(&sound) {
                // The node has given it up meanwhile.
                self.messages().into_iter().for_each(|messages| messages.order(Order::Complete(sound)));
                continue;
            }
            if let Some((media, messages)) = self.media().zip(self.messages()) {
                match samples {
                    Some(samples) => media.set_sound(sound, Some(Sound::Samples(samples))),
                    None if matches!(report, SoundReport::Ready { .. }) => {
                        media.record(sound, messages.clone())
                    }
                    None => {}
                }
            }
            self.input(Input::Sound { sound, report });
        }
    }

    /// Plays a file of `flash:`, or the built-in music, beside the thread that serves calls.
    pub(super) fn play_music(self: &Rc<Self>, file: Option<String>) {
        let driver = self.clone();
        spawn_local(async move {
            let music = match file {
                None => Music::built_in(),
                Some(file) => match driver.read_music(&file).await {
                    Ok(music) => music,
                    Err(error) => {
                        warn!(file, %error, "music on hold cannot be played; held parties hear the built-in music");
                        Music::built_in()
                    }
                },
            };
            if let Some(media) = driver.media() {
                media.set_music(music);
            }
        });
    }

    /// Compares a password with a hash in another thread.
    fn verify(self: &Rc<Self>, verification: u64, hash: Secret, password: Password) {
        let driver = self.clone();
        spawn_local(async move {
            let turn = driver.comparing.acquire().await;
            let compare = move || is_password(&hash, password.expose());
            let right = tokio::task::spawn_blocking(compare).await.unwrap_or(false);
            drop(turn);
            driver.input(Input::Verified { verification, right });
        });
    }

    pub(super) async fn read_music(&self, file: &str) -> std::io::Result<Music> {
        let path = self.startup_config.beside(file)?;
        let read = move || Music::read(&std::fs::read(path)?).map_err(std::io::Error::other);
        tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other)?
    }

    pub(super) async fn report_legs(self: Rc<Self>, mut reports: UnboundedReceiver<Report>) {
        while let Some(report) = reports.recv().await {
            match report {
                Report::Opened(Opened(leg, address)) => self.input(Input::LegOpened { leg, address }),
                Report::Digit(leg, digit) => self.input(Input::LegDigit { leg, digit }),
                Report::Silent(leg, silent) => self.input(Input::LegSilent { leg, silent }),
            }
        }
    }

    pub(super) fn store(&self, key: String, value: Option<String>) {
        match self.state.get() {
            Some(state) => state.put(key, value),
            None => debug!(key, "value not stored: there is no data directory"),
        }
    }

    /// Keeps something of a session: it is safe before the turn ends and applications are written to.
    pub(super) fn keep(&self, record: &SessionRecord) {
        if let Some(sessions) = self.sessions.get() {
            sessions.put(record);
            if self.queued.borrow().is_empty() {
                self.turn_ends.notify_one();
            }
        }
    }

    /// What was kept of sessions is safe from the end of the process when this returns.
    pub(crate) fn commit_sessions(&self) {
        if let Some(sessions) = self.sessions.get() {
            sessions.commit();
        }
    }

    /// Tries again to write what could not be written.
    pub(super) fn retry_state(&self) {
        if let Some(state) = self.state.get() {
            state.retry();
        }
    }

    pub(super) fn flush_state(&self) {
        if let Some(state) = self.state.get() {
            state.flush();
        }
    }

    pub(super) fn send_datagram(&self, to: SocketAddr, bytes: &[u8]) {
        let Some(socket) = self.udp.borrow().clone() else { return };
        if let Err(error) = socket.try_send_to(bytes, to) {
            debug!(%to, %error, "datagram not sent");
        }
    }
}

fn engine_tone(tone: core::Tone) -> Tone {
    match tone {
        core::Tone::Beep => Tone::BEEP,
        core::Tone::Busy => Tone::BUSY,
        core::Tone::Confirmation => Tone::CONFIRMATION,
        core::Tone::Dial => Tone::DIAL,
        core::Tone::FaxCalling => Tone::FAX_CALLING,
        core::Tone::Howler => Tone::HOWLER,
        core::Tone::RecordWarning => Tone::RECORD_WARNING,
        core::Tone::Reorder => Tone::REORDER,
        core::Tone::Ringback => Tone::RINGBACK,
        core::Tone::Silence => Tone::SILENCE,
        core::Tone::Vacant => Tone::VACANT,
    }
}
