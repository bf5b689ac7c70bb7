//! What goes into a node and what comes out of it.
//!
//! Everything that can happen to a node is an [`Input`], and everything that it wants done is an [`Output`]. A driver needs
//! nothing else, and a node can be replayed from its inputs.

use std::net::{IpAddr, SocketAddr};

use hookflash_core::{AudioId, Codec, LegId, LegState, MediaAddress, SoundId, SoundOrder, SoundReport};
pub use hookflash_provision::{files::Answer as FileAnswer, http};
pub use hookflash_sip::LinkId;

pub use crate::sip_phone::{Handshake, MediaKeys};

/// Names the terminal of an operator. The driver chooses it and never uses one twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct TerminalId(pub u64);

/// Names a request for a file or a page. The driver chooses it and never uses one twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct FetchId(pub u64);

/// What kind of listener a stream connection came in by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Listener {
    /// Cisco phones, SCCP over TCP.
    Sccp,
    /// SIP over TCP.
    Sip,
    /// CSTA over TCP.
    Csta,
    /// SIP over TLS; the driver passes what was encrypted.
    Sips,
    /// CSTA over TLS; the driver passes what was encrypted.
    CstaTls,
    /// CSTA over TCP for applications that start no session (`csta implicit`).
    CstaImplicit,
    /// The same for applications that wait for a greeting (`csta greeting`).
    CstaGreeting,
}

impl Listener {
    /// Bytes that a driver keeps for a peer that does not read, before it closes the link: a phone needs some hundred
    /// per key, and for an application this is some thousand events.
    pub const fn most_unread(self) -> usize {
        match self {
            Listener::Sccp => 256 * 1024,
            Listener::Sip
            | Listener::Csta
            | Listener::Sips
            | Listener::CstaTls
            | Listener::CstaImplicit
            | Listener::CstaGreeting => 4 * 1024 * 1024,
        }
    }

    /// Whether its connections are encrypted.
    pub const fn is_secure(self) -> bool {
        matches!(self, Listener::Sips | Listener::CstaTls)
    }
}

/// How a SIP server is reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub enum SipTransport {
    /// UDP.
    #[default]
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}

impl SipTransport {
    /// All of them, in the order of their numbers.
    pub const ALL: [SipTransport; 3] = [SipTransport::Udp, SipTransport::Tcp, SipTransport::Tls];

    /// Its number in recordings.
    pub(crate) fn number(self) -> u64 {
        match self {
            SipTransport::Udp => 0,
            SipTransport::Tcp => 1,
            SipTransport::Tls => 2,
        }
    }
}

/// Something that happens to the node.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A peer connected.
    Connected {
        /// The new link.
        link: LinkId,
        /// The listener.
        listener: Listener,
        /// Our end.
        local: SocketAddr,
        /// The other end.
        peer: SocketAddr,
    },
    /// The peer of a link over TLS has shown a certificate; follows [`Input::Connected`] at once.
    Certificate {
        /// The link.
        link: LinkId,
        /// Its names, one a line; or, behind `!`, why it is not trusted.
        certificate: &'a str,
    },
    /// Bytes came in on a link.
    Received {
        /// The link.
        link: LinkId,
        /// Any piece of the stream.
        bytes: &'a [u8],
    },
    /// The peer closed the link, or it broke, or the driver closed it because the peer reads too slowly.
    Closed {
        /// The link; it is not mentioned again.
        link: LinkId,
    },
    /// A SIP datagram came in.
    Datagram {
        /// The listener's address.
        local: SocketAddr,
        /// The sender.
        from: SocketAddr,
        /// The whole datagram.
        bytes: &'a [u8],
    },
    /// An operator typed a line at a terminal; the response is one [`Output::CommandOutput`], for which the terminal waits.
    /// A new terminal is at the exec prompt; the empty line asks for the prompt.
    Command {
        /// The terminal.
        terminal: TerminalId,
        /// The line.
        line: &'a str,
    },
    /// A terminal was closed, perhaps in the middle of a configuration session.
    TerminalClosed {
        /// The terminal; it is not mentioned again.
        terminal: TerminalId,
    },
    /// [`Output::StoreStartupConfig`] was done, or could not be.
    Stored {
        /// The terminal that asked for it.
        terminal: TerminalId,
        /// Why nothing was stored; empty if it was.
        error: &'a str,
    },
    /// [`Output::ReadConfiguration`] was done, or could not be.
    ConfigurationRead {
        /// The terminal that asked for it.
        terminal: TerminalId,
        /// The whole file, or why it cannot be read.
        text: Result<&'a str, &'a str>,
    },
    /// An [`Output::Files`] was done, or could not be.
    FilesDone {
        /// The terminal that asked for it.
        terminal: TerminalId,
        /// What [`FileOrder::List`] found, nothing for the others; or why it cannot be done.
        result: Result<&'a str, &'a str>,
    },
    /// The configuration file was read again. If it has no error, what differs from the configuration in effect is
    /// applied; otherwise nothing changes.
    Configuration {
        /// The whole file.
        text: &'a str,
        /// Whether it is applied without its wrong lines, which the server was started without too.
        lenient: bool,
    },
    /// The time of day; given at the start and whenever it steps.
    WallClock {
        /// Milliseconds after 1970, UTC.
        unix_millis: i64,
        /// Seconds east of UTC.
        utc_offset_seconds: i32,
    },
    /// A value that was [stored](Output::Store) before the server started.
    Restore {
        /// The value.
        value: &'a str,
    },
    /// Something of a session that was [kept](Output::Keep) before the server started: sessions first, then monitors, then events
    /// in order. [`Input::Listening`] comes after all of them.
    RestoreSession(SessionRecord),
    /// Where the server listens: the ports that generated files and pages name. Given at the start, and when it changes.
    Listening {
        /// Phones.
        sccp: Option<SocketAddr>,
        /// Pages and the XML interface.
        http: Option<SocketAddr>,
    },
    /// Somebody asks for a file, over TFTP or HTTP; answered by one [`Output::File`].
    File {
        /// Names the request.
        fetch: FetchId,
        /// Our address, as the other end reaches it.
        local: IpAddr,
        /// The other end.
        peer: SocketAddr,
        /// The name of the file, as sent.
        name: &'a str,
    },
    /// The stored file that an [`Output::File`] named is not there.
    FileMissing {
        /// Who had asked for it.
        peer: SocketAddr,
        /// The path below `flash:`.
        path: &'a str,
    },
    /// Somebody asks for a page, or something of the XML interface; answered by one [`Output::HttpResponse`].
    Http {
        /// Names the request.
        fetch: FetchId,
        /// Our address, as the other end reaches it.
        local: IpAddr,
        /// The other end.
        peer: SocketAddr,
        /// The request.
        request: http::Request<'a>,
    },
    /// Somebody asks for a WebSocket, at `/csta` for JSON, at `/csta/audio/CALL/DEVICE` for audio or at `/sip` for SIP; answered by one [`Output::HttpResponse`]. With status 101 the link is
    /// connected: [`Input::Received`] has one whole message each time. In an [`Output::Send`] each message of JSON ends
    /// with a line feed, which is not part of it, and those of SIP are cut by [`messages`](crate::messages). With any other status the link does not exist.
    WebSocket {
        /// Names the request.
        fetch: FetchId,
        /// The link that is wanted.
        link: LinkId,
        /// Our address, as the other end reaches it.
        local: SocketAddr,
        /// The other end.
        peer: SocketAddr,
        /// The request.
        request: http::Request<'a>,
    },
    /// The other end of a stream that an [`Output::HttpStream`] began has gone, or does not read.
    HttpClosed {
        /// Names the request; it is not mentioned again.
        fetch: FetchId,
    },
    /// An [`Output::Verify`] was carried out.
    Verified {
        /// Which one.
        verification: u64,
        /// Whether it is the password.
        right: bool,
    },
    /// An [`Output::Post`] was carried out.
    Posted {
        /// Which one.
        post: u64,
        /// The status of the answer; `None` if there was none in time.
        status: Option<u16>,
    },
    /// [`Output::Resolve`] was done, or could not be.
    Resolved {
        /// The name, as it was asked for.
        name: &'a str,
        /// The port, as it was asked for.
        port: Option<u16>,
        /// The transport, as it was asked for.
        transport: SipTransport,
        /// Where to try, in order: `192.0.2.7:5060 [2001:db8::7]:5060`; empty if nothing was found.
        addresses: &'a str,
        /// For how many seconds that holds.
        seconds: u32,
    },
    /// [`Output::Connect`] could not be done.
    NotConnected {
        /// Where.
        peer: SocketAddr,
        /// Whether it was to be encrypted.
        secure: bool,
    },
    /// The media engine has opened a leg, and receives at this address; `None` if it cannot open it.
    LegOpened {
        /// The leg.
        leg: LegId,
        /// Where it receives.
        address: Option<MediaAddress>,
    },
    /// The device at a leg of the media engine has sent a digit as a telephone event.
    LegDigit {
        /// The leg.
        leg: LegId,
        /// The digit.
        digit: char,
    },
    /// Nothing has come from the device at a leg for ten seconds, though it takes part in a conversation; or it is heard again.
    LegSilent {
        /// The leg.
        leg: LegId,
        /// Whether it is silent.
        silent: bool,
    },
    /// What became of an order about a sound.
    Sound {
        /// The sound.
        sound: SoundId,
        /// What became of it.
        report: SoundReport,
    },
    /// How many new calls a second the machine can serve, `None` for as many as come.
    CallRate(Option<u32>),
    /// The server is about to end: sessions get BYE, phones are released.
    ShutDown,
}

/// What is kept of sessions over a restart, so that their applications can come back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SessionRecord {
    /// A session, in place of what was kept of it; it has a token.
    Session {
        /// Its number.
        session: u32,
        /// What it is.
        value: String,
    },
    /// A monitor of a session, or with `None` one that has stopped.
    Monitor {
        /// The session.
        session: u32,
        /// Its number.
        monitor: u32,
        /// What it is.
        value: Option<String>,
    },
    /// An event that is kept for the application.
    Event {
        /// The session.
        session: u32,
        /// Its number in the session.
        number: u64,
        /// Its document.
        document: Vec<u8>,
    },
    /// Events up to this number are not kept any more.
    Forget {
        /// The session.
        session: u32,
        /// The last one of them.
        up_to: u64,
    },
    /// The session is over.
    Ended {
        /// Its number.
        session: u32,
    },
}

/// The audio of a connection that an application has over a WebSocket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AudioSocket {
    /// Names the audio, as in [`LegEnd::Socket`](hookflash_core::LegEnd::Socket).
    pub audio: AudioId,
    /// The codec of its messages.
    pub codec: Codec,
    /// Whether they have 16-bit samples instead.
    pub linear: bool,
    /// The call, and the device, as the application has named them.
    pub call: String,
    /// The device.
    pub device: String,
    /// Whether this audio had a WebSocket before.
    pub resumed: bool,
}

/// Something the driver has to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Keep this value over a restart, in place of the one with the same key. It has to be on disk before any later
    /// output is carried out.
    Store {
        /// Names what the value is about.
        key: String,
        /// What to give back with [`Input::Restore`]; `None` if there is nothing to keep any more.
        value: Option<String>,
    },
    /// Keep this over a restart. It has to be safe from the end of the process before anything is written to an application that
    /// comes later.
    Keep(SessionRecord),
    /// Write these bytes, in one go if possible. Give the buffer back with [`Node::recycle`](crate::Node::recycle).
    Send {
        /// The link.
        link: LinkId,
        /// Whole messages.
        bytes: Vec<u8>,
    },
    /// Close the link once everything written to it has left. No [`Input::Closed`] follows.
    Close {
        /// The link.
        link: LinkId,
    },
    /// Send a datagram from a listener.
    Datagram {
        /// The listener's address.
        local: SocketAddr,
        /// The receiver.
        to: SocketAddr,
        /// The whole datagram.
        bytes: Vec<u8>,
    },
    /// The response to a line.
    CommandOutput {
        /// The terminal.
        terminal: TerminalId,
        /// What is printed.
        text: String,
        /// Whether the line was wrong or could not be carried out; the text has the reason.
        failed: bool,
        /// What the terminal shows before the next line; `None` when the session is over.
        prompt: Option<String>,
    },
    /// Something to show at a terminal beside its replies: what it monitors.
    TerminalText {
        /// The terminal.
        terminal: TerminalId,
        /// Whole lines.
        text: String,
    },
    /// What a leg of the media engine has to do from now on. The first such output for a leg opens it;
    /// [`Input::LegOpened`] says where it receives.
    Leg {
        /// The leg.
        leg: LegId,
        /// Its codec, what its device hears, and where the device receives; `None` closes the leg.
        state: Option<LegState>,
        /// The address at which the device reaches this server; `None` if that is not known.
        local: Option<IpAddr>,
    },
    /// What has to be done about a message or a tone, beside the legs that hear or record it. After
    /// [`SoundOrder::Message`], [`SoundOrder::Recording`] and [`SoundOrder::Delete`] comes [`Input::Sound`].
    Sound {
        /// The sound.
        sound: SoundId,
        /// What has to be done.
        order: SoundOrder,
    },
    /// The WebSocket that is about to be granted carries the audio of a connection. Each [`Output::Send`] on the link is a line
    /// with digits that its application hears; each [`Input::Received`] is a digit that the application sends. When the link is
    /// closed, the call is over for the application, or another link carries its audio.
    AudioSocket {
        /// The link.
        link: LinkId,
        /// Which audio.
        socket: AudioSocket,
    },
    /// The keys of the party with this audio: [`LegState::secured`] names them. `None` when they are not needed any more. They are in no
    /// recording.
    MediaKeys {
        /// Whose.
        audio: AudioId,
        /// The keys.
        keys: Option<MediaKeys>,
    },
    /// Play this music to held parties from now on.
    Music {
        /// The file, as the operator named it: in `flash:`, and not outside, whatever it is called; `None` for the built-in
        /// music, which is also played if the file cannot be.
        file: Option<String>,
    },
    /// Read a file with a configuration; [`Input::ConfigurationRead`] has its content.
    ReadConfiguration {
        /// The terminal that waits.
        terminal: TerminalId,
        /// The file, as the operator named it: in `flash:`, and not outside, whatever it is called.
        file: String,
    },
    /// Listen here too: the configuration wants files or pages served that were not before. [`Input::Listening`] follows.
    Listen {
        /// Files of phones, TFTP over UDP.
        tftp: Option<SocketAddr>,
        /// The same files, over HTTP.
        files: Option<SocketAddr>,
        /// Pages of phones and the XML interface, over HTTP.
        http: Option<SocketAddr>,
    },
    /// Find out where SIP servers with this name are (RFC 3263); [`Input::Resolved`] has the answer.
    Resolve {
        /// The name.
        name: String,
        /// Its port, if one is configured.
        port: Option<u16>,
        /// How they are to be reached.
        transport: SipTransport,
    },
    /// Connect to a SIP server. [`Input::Connected`] has the link, as if it had come in by the listener of SIP or, if it is
    /// encrypted, that of SIP over TLS; or [`Input::NotConnected`] follows.
    Connect {
        /// Where.
        peer: SocketAddr,
        /// Whose certificate the server has to show, if the connection is to be encrypted.
        certificate: Option<String>,
    },
    /// The answer to an [`Input::File`].
    File {
        /// Names the request.
        fetch: FetchId,
        /// The content, or where it is stored.
        answer: FileAnswer,
    },
    /// The response to an [`Input::Http`].
    HttpResponse {
        /// Names the request.
        fetch: FetchId,
        /// The response.
        response: http::Response,
    },
    /// The response to an [`Input::Http`] begins, and goes on with each [`Output::HttpPart`] until [`Output::HttpEnd`]. When the
    /// other end goes, [`Input::HttpClosed`] follows. While nothing is sent, the driver sends comments (a line that begins with a
    /// colon), so that nobody takes the connection for dead.
    HttpStream {
        /// Names the request.
        fetch: FetchId,
        /// The head of the response, and its first bytes.
        response: http::Response,
    },
    /// More of a response.
    HttpPart {
        /// Names the request.
        fetch: FetchId,
        /// What is sent.
        bytes: Vec<u8>,
    },
    /// A response is over.
    HttpEnd {
        /// Names the request.
        fetch: FetchId,
    },
    /// Find out with [`is_password`](crate::is_password), in another thread, whether a password is the one of this hash;
    /// [`Input::Verified`] says so.
    Verify {
        /// Names it.
        verification: u64,
        /// The hash, as in the configuration.
        hash: crate::config::Secret,
        /// The password.
        password: crate::Password,
    },
    /// Post this to a URL; [`Input::Posted`] says what came of it within ten seconds. Redirections are not followed.
    Post {
        /// Names the attempt.
        post: u64,
        /// Where to.
        url: String,
        /// Header fields.
        fields: Vec<(&'static str, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Do something with the operator's files; [`Input::FilesDone`] says what came of it.
    Files {
        /// The terminal that waits.
        terminal: TerminalId,
        /// What.
        order: FileOrder,
    },
    /// End the process, so that it is started again (`reload`).
    Reload,
    /// Replace the startup configuration by this text, all of it or nothing, so that it survives a loss of power.
    /// [`Input::Stored`] has the result.
    StoreStartupConfig {
        /// The terminal that waits.
        terminal: TerminalId,
        /// The configuration.
        text: String,
    },
}

/// What an operator asks of his files: those in `flash:`, and the startup configuration. Nothing outside is touched,
/// whatever a file is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FileOrder {
    /// List the files of `flash:`, or with `true` the startup configuration. The answer has a line for each file, `d` or `-`,
    /// its size in bytes, when it was changed in seconds after 1970, and its name; then a line with the bytes of the
    /// file system, and how many of them are free.
    List {
        /// Whether the startup configuration is meant.
        startup: bool,
    },
    /// Write a file in `flash:`.
    Write {
        /// The file, as the operator named it.
        file: String,
        /// What is written.
        text: String,
        /// Whether it is added to what the file holds.
        append: bool,
    },
    /// Remove the startup configuration.
    EraseStartupConfig,
}
