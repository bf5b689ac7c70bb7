//! A phone and its plug.

use hookflash_core::Instant;

use super::{Registration, SipPhone, conduct::Conduct};
use crate::LinkOrder;

impl SipPhone {
    /// Plugs it in: it connects and registers.
    pub fn plug_in(&mut self, now: Instant) {
        if std::mem::replace(&mut self.on, true) {
            return;
        }
        match self.settings.stream {
            Some(_) => self.order(LinkOrder::Connect),
            None => self.register(now),
        }
    }

    /// Pulls its plug: it forgets everything, and nobody is told. What it has found wrong is remembered.
    pub fn unplug(&mut self) {
        let conduct = std::mem::take(&mut self.conduct);
        let (mut settings, link, last_call) = (self.settings.clone(), self.link, self.last_call);
        // No identifier is used again.
        settings.seed = settings.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        *self = SipPhone { link, last_call, conduct: Conduct::default(), ..SipPhone::new(settings) };
        self.conduct = conduct;
    }

    /// Takes its registration back in order, and registers again when that is done.
    pub fn restart(&mut self, now: Instant) {
        while self.hang_up(now).is_ok() {}
        self.comes_back = true;
        self.unregister(now);
    }

    /// What is to be done with its connection, after what it sends was written.
    pub fn poll_order(&mut self) -> Option<LinkOrder> {
        self.orders.pop_front()
    }

    pub(super) fn order(&mut self, order: LinkOrder) {
        self.orders.push_back(order);
    }

    /// It is time to register: by a connection, if it needs one.
    pub(super) fn register_in_time(&mut self, now: Instant) {
        match self.settings.stream {
            Some(_) if self.on && !self.linked => {
                self.register.due = None;
                self.order(LinkOrder::Connect);
            }
            _ => self.register(now),
        }
    }

    /// The connection of a phone that is plugged in is there again: so are its calls.
    pub(super) fn go_on(&mut self, now: Instant) {
        let flow = self.flow();
        for dialog in self.calls.iter().filter_map(|call| call.dialog).collect::<Vec<_>>() {
            self.layer.redirect(dialog, flow);
        }
        self.register(now);
    }

    /// Whether it is registered.
    pub fn is_registered(&self) -> bool {
        self.registration == Registration::Registered
    }
}
