//! What an operator reads: the first of everything, and a flood as one line.

use std::sync::{Arc, Mutex};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::*;

/// Keeps the lines up to a level, each with its fields.
#[derive(Clone)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    level: Level,
}

/// Keeps warnings.
impl Default for Log {
    fn default() -> Log {
        Log { lines: Arc::default(), level: Level::WARN }
    }
}

impl Log {
    /// The lines since this was last asked.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.lines.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn garbage(bench: &mut Bench, from: [u8; 4]) {
    let link = bench.connect_from(from);
    bench.bytes(link, &[0xFF; 64]);
}

#[test]
fn a_flood_of_garbage_is_its_first_line_and_a_sum() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let mut bench = Bench::new(office());
        (0..500).for_each(|_| garbage(&mut bench, [192, 0, 2, 7]));
        garbage(&mut bench, [192, 0, 2, 8]);
        let lines = log.take();
        assert_eq!(lines.len(), 2, "the first of each address: {lines:#?}");
        assert!(lines[0].contains("peer=192.0.2.7:49152"), "{lines:#?}");
        bench.wait_seconds(60);
        let lines = log.take();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(lines[0].contains("499") && lines[0].contains("192.0.2.7"), "{lines:#?}");
        garbage(&mut bench, [192, 0, 2, 7]);
        assert_eq!(log.take().len(), 1, "a minute later it is news again");
        bench.wait_seconds(600);
        assert_eq!(log.take().len(), 0);
        assert_eq!(bench.node.poll_timeout(), None);
    });
}

#[test]
fn a_flood_of_unknown_phones_is_ten_lines_and_a_sum() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let mut bench = Bench::new(office());
        for _ in 0..100 {
            let link = bench.connect_from([192, 0, 2, 7]);
            bench.register(link, "SEP00000000BAD0", DeviceType::TYPE_7960, 11);
        }
        let lines = log.take();
        assert_eq!(lines.len(), 10 + 1, "{lines:#?}");
        assert!(lines[10].contains("registrations failed per-source") && lines[10].contains("192.0.2.7"));
        bench.wait_seconds(60);
        let lines = log.take();
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(lines[0].contains("count=69") && lines[1].contains("20 more"), "{lines:#?}");
    });
}

#[test]
fn a_phone_that_comes_and_goes_all_the_time_is_some_lines_and_a_sum() {
    let log = Log { level: Level::INFO, ..Log::default() };
    tracing::subscriber::with_default(log.clone(), || {
        let mut bench = Bench::new(office());
        for _ in 0..100 {
            let link = bench.connect();
            bench.register(link, ALICE, DeviceType::TYPE_7960, 11);
        }
        let lines = log.take();
        assert_eq!(lines.len(), 20 + 20, "its registrations, and that the connection before was closed");
        let link = bench.connect();
        bench.register(link, BOB, DeviceType::TYPE_7960, 11);
        assert_eq!(log.take().len(), 1, "another phone is news");
        bench.wait_seconds(60);
        let lines = log.take();
        assert!(lines.len() == 1 && lines[0].contains("80 more registrations"), "{lines:#?}");
        assert!(lines[0].contains(ALICE), "{lines:#?}");
    });
}

#[test]
fn a_server_that_ends_sums_up_before() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let mut bench = Bench::new(office());
        (0..3).for_each(|_| garbage(&mut bench, [192, 0, 2, 7]));
        bench.input(Input::ShutDown);
        assert!(log.take()[1].contains("2 more"), "the sum is not lost");
    });
}
