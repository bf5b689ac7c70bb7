//! What requests, calls and events cost the SIP layer. None may depend on how many transactions and dialogs there are.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{collections::VecDeque, net::SocketAddr};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hookflash_sip::{Body, ContentKind, DialogId, Event, Flow, Layer, LinkId, Outgoing, Settings, Transmit};
use hookflash_time::Instant;
use hookflash_wire::sip::{Method, StatusCode};

const BEFORE: [u64; 2] = [0, 10_000];

#[derive(Default)]
struct Wire(VecDeque<Vec<u8>>);

impl Transmit for Wire {
    fn link(&mut self, _: LinkId) -> &mut Vec<u8> {
        self.0.push_back(Vec::new());
        self.0.back_mut().unwrap()
    }

    fn datagram(&mut self, _: SocketAddr, _: SocketAddr, bytes: Vec<u8>) {
        self.0.push_back(bytes);
    }

    fn close(&mut self, _: LinkId) {}
}

fn addresses() -> [SocketAddr; 2] {
    [5060, 5070].map(|port| ([127, 0, 0, 1], port).into())
}

/// Two layers, the second of which answers what comes.
struct Pair {
    now: Instant,
    layers: [Layer<()>; 2],
    wires: [Wire; 2],
}

impl Pair {
    fn new() -> Pair {
        let layer = |seed| Layer::new(Settings { seed: [seed, 1], ..Settings::default() });
        Pair { now: Instant::ZERO, layers: [layer(1), layer(2)], wires: Default::default() }
    }

    fn send(&mut self, method: &Method) {
        let [local, peer] = addresses();
        let flow = Flow::Datagrams { local, peer };
        let outgoing = Outgoing::new(method, flow, "sip:b@x", "<sip:a@x>", "<sip:b@x>");
        self.layers[0].send(self.now, (), &outgoing, &mut self.wires[0]).unwrap();
    }

    /// Lets all messages pass; the dialog that an INVITE began.
    fn exchange(&mut self) -> Option<DialogId> {
        let mut begun = None;
        for _ in 0..4 {
            for from in [0, 1] {
                let (to, here, there) = (1 - from, addresses()[from], addresses()[1 - from]);
                while let Some(bytes) = self.wires[from].0.pop_front() {
                    self.layers[to].datagram(self.now, there, here, &bytes, &mut self.wires[to]);
                }
                while let Some(event) = self.layers[to].poll_event() {
                    let (layer, wire) = (&mut self.layers[to], &mut self.wires[to]);
                    match event {
                        Event::Request(mut incoming) => {
                            layer.establish(self.now, (), &mut incoming).unwrap();
                            layer.reply(self.now, incoming, StatusCode::OK.into(), wire);
                        }
                        Event::RequestInDialog(_, _, incoming) => {
                            layer.reply(self.now, incoming, StatusCode::OK.into(), wire);
                        }
                        Event::Accepted(_, _, dialog, _) => {
                            layer.acknowledge(dialog, &[], None, wire).unwrap();
                            begun = Some(dialog);
                        }
                        _ => {}
                    }
                }
            }
        }
        begun
    }

    /// Lets enough time pass that nothing is kept of what was.
    fn rest(&mut self) {
        self.now = self.now + hookflash_sip::TRANSACTION_TIMEOUT * 2;
        for side in [0, 1] {
            self.layers[side].handle_timeout(self.now, &mut self.wires[side]);
        }
    }
}

/// OPTIONS from layer to layer over UDP, beside so many transactions that are kept.
fn request(c: &mut Criterion) {
    let mut group = c.benchmark_group("OPTIONS");
    for before in BEFORE {
        let mut pair = Pair::new();
        let one = |pair: &mut Pair| {
            pair.send(&Method::Options);
            pair.exchange();
        };
        (0..before).for_each(|_| one(&mut pair));
        group.bench_function(BenchmarkId::new("transactions", before), |b| b.iter(|| one(&mut pair)));
    }
    group.finish();
}

/// INVITE, 200, ACK, BYE, 200 over UDP, beside so many dialogs.
fn call(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");
    for before in BEFORE {
        let mut pair = Pair::new();
        let begin = |pair: &mut Pair| {
            pair.send(&Method::Invite);
            pair.exchange().unwrap()
        };
        for _ in 0..before {
            begin(&mut pair);
        }
        group.bench_function(BenchmarkId::new("dialogs", before), |b| {
            let mut count = 0;
            b.iter(|| {
                let dialog = begin(&mut pair);
                pair.layers[0].end(pair.now, dialog, &mut pair.wires[0]);
                pair.exchange();
                count += 1;
                if count % 1_000 == 0 && before == 0 {
                    pair.rest();
                }
            });
        });
    }
    group.finish();
}

/// An event in a dialog over UDP, and its answer.
fn event(c: &mut Criterion) {
    let mut pair = Pair::new();
    pair.send(&Method::Invite);
    let dialog = pair.exchange().unwrap();
    let body = [b'x'; 600];
    c.bench_function("INFO in order", |b| {
        b.iter(|| {
            let body = Some(Body { kind: ContentKind::SDP, bytes: &body });
            let (layer, wire) = (&mut pair.layers[0], &mut pair.wires[0]);
            layer.send_in_order(pair.now, dialog, &Method::Info, body, wire);
            pair.exchange();
        });
    });
}

criterion_group!(benches, request, call, event);
criterion_main!(benches);
