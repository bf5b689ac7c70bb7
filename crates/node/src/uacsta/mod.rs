//! CSTA sessions inside SIP dialogs.

use hookflash_core::{
    Answer, Instant, Refusal, RequestId, Switch,
    cti::{MonitorId, SessionId},
};

use crate::{NodeSettings, Outbox, sip};

/// All applications.
#[derive(Debug)]
pub struct Applications {}

#[allow(missing_docs, unused_variables, clippy::too_many_arguments)]
impl Applications {
    pub fn new(settings: &NodeSettings) -> Applications {
        Applications {}
    }
    pub fn handle(
        &mut self,
        now: Instant,
        event: sip::Event,
        switch: &mut Switch,
        sip: &mut sip::Endpoint,
        outbox: &mut Outbox,
    ) {
    }
    pub fn response(
        &mut self,
        now: Instant,
        session: SessionId,
        request: RequestId,
        result: Result<Answer, Refusal>,
        switch: &Switch,
        sip: &mut sip::Endpoint,
        outbox: &mut Outbox,
    ) {
    }
    pub fn event(
        &mut self,
        now: Instant,
        session: SessionId,
        monitor: MonitorId,
        notification: &hookflash_core::Notification,
        switch: &Switch,
        sip: &mut sip::Endpoint,
        outbox: &mut Outbox,
    ) {
    }
    pub fn handle_timeout(
        &mut self,
        now: Instant,
        switch: &mut Switch,
        sip: &mut sip::Endpoint,
        outbox: &mut Outbox,
    ) {
    }
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    pub fn shut_down(
        &mut self,
        now: Instant,
        switch: &mut Switch,
        sip: &mut sip::Endpoint,
        outbox: &mut Outbox,
    ) {
    }
}
