//! TFTP (RFC 1350, with the options of RFC 2347 to 2349): files for phones. Nothing is written.
//!
//! The protocol is the library's. What a name means is asked of the node: a name never becomes a path here.

use std::{
    collections::HashMap,
    io::{self, Cursor},
    net::{IpAddr, SocketAddr, UdpSocket},
    path::Path,
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use async_tftp::{
    packet,
    server::{Handler, TftpServerBuilder},
};
use futures_lite::{AsyncRead, io::AssertAsync};
use hookflash_node::FileAnswer;
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_local,
};
use tracing::{debug, warn};

use crate::{
    driver::Driver,
    fetch::local_towards,
    log_budget::{LogBudget, tell_file},
};

/// Transfers at the same time, and those of one address.
const MAX_TRANSFERS: usize = 256;
const MAX_TRANSFERS_OF_ADDRESS: usize = 64;
/// How long an acknowledgement is waited for, and how often a block is sent again.
const RETRANSMIT_AFTER: Duration = Duration::from_secs(1);
const RETRANSMISSIONS: u32 = 5;
/// Largest block, and most blocks without an acknowledgement, that a client may ask for.
const MAX_BLOCK: u16 = 8192;
const MAX_WINDOW: u16 = 16;
/// Questions to the node that may wait.
const MAX_QUESTIONS: usize = 64;

/// A question to the node's thread.
struct Question {
    peer: SocketAddr,
    name: String,
    answer: oneshot::Sender<Content>,
}

/// What is sent.
type Content = Option<(Source, u64)>;

/// Where the bytes come from.
type Source = Pin<Box<dyn AsyncRead + Send>>;

/// Serves files from this socket for as long as the driver runs.
pub(crate) fn serve(driver: &Rc<Driver>, socket: UdpSocket) -> io::Result<()> {
    let local = socket.local_addr()?;
    let (questions, received) = mpsc::channel(MAX_QUESTIONS);
    spawn_local(answer_questions(driver.clone(), local.ip(), received));
    let log = driver.file_log.clone();
    spawn_local(async move {
        let transfers = Transfers::default();
        // The library gives up at the first error of the socket, which need not concern the next request.
        while let Ok(socket) = socket.try_clone() {
            let files =
                Files { questions: questions.clone(), transfers: transfers.clone(), log: log.clone() };
            if let Err(error) = run(files, socket).await {
                warn!(%error, "TFTP begins anew");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    Ok(())
}

async fn run(files: Files, socket: UdpSocket) -> Result<(), async_tftp::Error> {
    let server = TftpServerBuilder::with_handler(files)
        .std_socket(socket)?
        .timeout(RETRANSMIT_AFTER)
        .max_send_retries(RETRANSMISSIONS)
        .block_size_limit(MAX_BLOCK)
        .window_size_limit(MAX_WINDOW)
        .ignore_client_timeout()
        .build()
        .await?;
    server.serve().await
}

/// Asks the node what names mean.
async fn answer_questions(driver: Rc<Driver>, bound: IpAddr, mut questions: mpsc::Receiver<Question>) {
    while let Some(Question { peer, name, answer }) = questions.recv().await {
        let content = match driver.fetch_file(local_towards(bound, peer), peer, &name) {
            FileAnswer::Made(bytes) => {
                let length = u64::try_from(bytes.len()).unwrap_or(0);
                Some((Box::pin(AssertAsync::new(Cursor::new(bytes))) as Source, length))
            }
            FileAnswer::Stored(path) => match driver.flash().open(&path) {
                Ok((file, length)) => Some((Box::pin(AssertAsync::new(file)) as Source, length)),
                Err(error) => {
                    debug!(%peer, path, %error, "stored file not sent");
                    driver.file_missing(peer, &path);
                    None
                }
            },
            FileAnswer::Missing => None,
        };
        // The client may be gone.
        let _ = answer.send(content);
    }
}

/// The transfers of each address.
#[derive(Clone, Debug, Default)]
struct Transfers(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Transfers {
    /// Counts one more; `None` if there are too many.
    fn begin(&self, address: IpAddr) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = counts.values().sum();
        let own = counts.get(&address).copied().unwrap_or(0);
        if all >= MAX_TRANSFERS || own >= MAX_TRANSFERS_OF_ADDRESS {
            return None;
        }
        counts.insert(address, own + 1);
        Some(Counted { transfers: self.clone(), address })
    }
}

/// A transfer that is counted until it is dropped.
#[derive(Debug)]
struct Counted {
    transfers: Transfers,
    address: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.transfers.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.address)),
        }
    }
}

/// What the library asks for.
struct Files {
    questions: mpsc::Sender<Question>,
    transfers: Transfers,
    log: LogBudget,
}

impl Handler for Files {
    type Reader = Transfer;
    type Writer = futures_lite::io::Sink;

    async fn read_req_open(
        &mut self,
        client: &SocketAddr,
        path: &Path,
    ) -> Result<(Transfer, Option<u64>), packet::Error> {
        let counted = self.transfers.begin(client.ip()).ok_or_else(busy)?;
        let name = path.to_str().ok_or(packet::Error::FileNotFound)?.to_owned();
        let (answer, content) = oneshot::channel();
        let question = Question { peer: *client, name: name.clone(), answer };
        self.questions.send(question).await.map_err(|_| busy())?;
        match content.await {
            Ok(Some((source, length))) => {
                let begun = Instant::now();
                let sent = 0;
                Ok((
                    Transfer {
                        source,
                        name,
                        client: *client,
                        length,
                        sent,
                        begun,
                        log: self.log.clone(),
                        _counted: counted,
                    },
                    Some(length),
                ))
            }
            Ok(None) => {
                tell_file!(self.log, peer = %client, file = %name.escape_debug(), "TFTP: no such file");
                Err(packet::Error::FileNotFound)
            }
            Err(_) => Err(busy()),
        }
    }

    async fn write_req_open(
        &mut self,
        client: &SocketAddr,
        path: &Path,
        _: Option<u64>,
    ) -> Result<Self::Writer, packet::Error> {
        tell_file!(self.log, peer = %client, file = %path.display().to_string().escape_debug(), "TFTP: nothing may be written");
        Err(packet::Error::PermissionDenied)
    }
}

fn busy() -> packet::Error {
    packet::Error::Msg("Server is busy".to_owned())
}

/// A file that is being sent. Its end is logged.
struct Transfer {
    source: Source,
    name: String,
    client: SocketAddr,
    length: u64,
    sent: u64,
    begun: Instant,
    log: LogBudget,
    _counted: Counted,
}

impl AsyncRead for Transfer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let polled = self.source.as_mut().poll_read(context, buffer);
        if let Poll::Ready(Ok(count)) = &polled {
            self.sent = self.sent.saturating_add(u64::try_from(*count).unwrap_or(0));
        }
        polled
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let (peer, file, bytes) = (self.client, self.name.escape_debug(), self.sent);
        let took = self.begun.elapsed();
        if self.sent >= self.length {
            tell_file!(self.log, %peer, %file, bytes, ?took, "TFTP: file sent");
        } else {
            tell_file!(self.log, %peer, %file, bytes, of = self.length, ?took, "TFTP: file not sent completely");
        }
    }
}
