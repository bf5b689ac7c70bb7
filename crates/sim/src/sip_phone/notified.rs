//! What a server tells a phone with NOTIFY: to answer, to take a call back or to put it aside (`Event: talk`, `Event: hold`), what
//! became of a transfer, and whether messages wait.

use hookflash_core::Instant;
use hookflash_sip::Incoming;
use hookflash_wire::sip::{Request, StatusCode};

use super::{CallState, SipPhone, conduct::is_about};

impl SipPhone {
    /// In the dialog of a call.
    pub(super) fn notified(&mut self, now: Instant, id: u32, request: &Request) {
        let state = self.call(id).map(|call| call.state);
        let done = match state {
            Some(CallState::Ringing) if is_about(request, "talk") => {
                self.answer_call(now, id);
                Ok(())
            }
            Some(CallState::Held) if is_about(request, "talk") => self.resume_call(now, id),
            Some(CallState::Connected) if is_about(request, "hold") => self.change(now, id, CallState::Held),
            _ if is_about(request, "talk") || is_about(request, "hold") => Ok(()),
            _ => {
                self.transfer_reported(now, id, request.body());
                Ok(())
            }
        };
        if let Err(error) = done {
            self.notices.push(format!("the server wants what cannot be done: {error}"));
        }
    }

    /// Outside a dialog.
    pub(super) fn notified_outside(&mut self, incoming: &Incoming) -> StatusCode {
        let request = incoming.request();
        if is_about(request, "message-summary") {
            let text = String::from_utf8_lossy(request.body()).to_ascii_lowercase();
            self.messages = text.lines().any(|line| {
                line.strip_prefix("messages-waiting:").is_some_and(|value| value.trim() == "yes")
            });
        }
        StatusCode::OK
    }
}
