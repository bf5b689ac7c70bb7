//! The hot paths of CSTA: a MakeCall comes in, a Delivered event goes out to every monitor.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hookflash_wire::csta::{
    ConnectionId, Delivered, Edition, EventBody, EventCause, LocalConnectionState, RedirectionDevice,
    SubjectDeviceId, decode, encode_event,
};

const MAKE_CALL: &[u8] = include_bytes!("../tests/data/ecma-323/samples/req-MakeCall.xml");
const DELIVERED: &[u8] = include_bytes!("../tests/data/ecma-323/samples/evt-Delivered-called.xml");

fn delivered() -> EventBody {
    let device = |number: &str| SubjectDeviceId::Device(number.into());
    EventBody::Delivered(Delivered {
        connection: ConnectionId::new("c1", "tel:202"),
        alerting_device: device("tel:202"),
        calling_device: device("tel:201"),
        called_device: device("tel:202"),
        last_redirection_device: RedirectionDevice::NotRequired,
        local_connection_info: Some(LocalConnectionState::Alerting),
        correlator_data: None,
        user_data: None,
        cause: EventCause::NewCall,
        call_linkage_data: None,
    })
}

fn csta(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("csta");
    group.throughput(Throughput::Elements(1));
    group.bench_function("decode MakeCall", |bench| bench.iter(|| decode(black_box(MAKE_CALL))));
    group.bench_function("decode Delivered", |bench| bench.iter(|| decode(black_box(DELIVERED))));
    let event = delivered();
    let mut out = Vec::with_capacity(1024);
    group.bench_function("encode Delivered", |bench| {
        bench.iter(|| {
            out.clear();
            encode_event(Edition::Ed3, black_box("1001"), black_box(&event), &mut out);
            out.len()
        });
    });
    group.finish();
}

criterion_group!(benches, csta);
criterion_main!(benches);
