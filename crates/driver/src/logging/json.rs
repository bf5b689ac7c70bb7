//! Log lines as JSON objects, one on each line.

use std::{fmt::Debug, sync::Arc};

use hookflash_node::printable_start;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    fmt::{
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::Context,
};

use super::Log;
use crate::audit;

/// Writes each event as an object: `timestamp`, `level`, `target`, `message`, and the fields of the event.
pub(super) struct JsonLines(pub Arc<Log>);

impl<S: Subscriber> Layer<S> for JsonLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut timestamp = String::new();
        // Writing to a string cannot fail.
        let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
        let metadata = event.metadata();
        let mut object = Map::from_iter([
            ("timestamp".to_owned(), Value::String(timestamp)),
            ("level".to_owned(), Value::String(metadata.level().to_string())),
            ("target".to_owned(), Value::String(metadata.target().to_owned())),
        ]);
        event.record(&mut Fields(&mut object));
        let mut line = Value::Object(object).to_string();
        line.push('\n');
        self.0.push(line.as_bytes());
    }
}

/// Collects the fields of an event.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn add(&mut self, field: &Field, value: Value) {
        if !field.name().starts_with(audit::PRIVATE) {
            self.0.insert(field.name().to_owned(), value);
        }
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let most = if field.name() == "message" { usize::MAX } else { super::MAX_FIELD };
        self.add(field, Value::String(printable_start(value, most).into_owned()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value.into());
    }
}
