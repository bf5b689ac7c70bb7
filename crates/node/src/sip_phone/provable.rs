//! Requests in calls by trunks that may want a password for each: UPDATE, INFO, PRACK, NOTIFY. What is sent is kept until it is
//! answered, and sent once more with the password if that is asked for.

use hookflash_core::StationId;
use hookflash_sip::{Body, ContentKind, RequestInDialog, SendError};
use hookflash_wire::sip::{HeaderName, Method, Response};

use super::{
    Purpose, SipPhones,
    trunks::{is_challenge, prove},
};
use crate::{
    Context,
    sip::{DialogId, Endpoint, RequestId},
};

/// A request in a call.
#[derive(Clone, Copy)]
pub(super) struct InCall<'a> {
    pub(super) method: &'a Method,
    pub(super) headers: &'a [(HeaderName<'static>, String)],
    pub(super) body: Option<Body<'a>>,
}

/// A request that may be sent once more.
#[derive(Debug)]
pub(super) struct Provable {
    station: StationId,
    dialog: DialogId,
    method: Method,
    headers: Vec<(HeaderName<'static>, String)>,
    body: Option<(ContentKind, Vec<u8>)>,
}

impl SipPhones {
    /// Sends a request in a call, for a purpose.
    ///
    /// # Errors
    /// It cannot be sent.
    pub(super) fn send_in_call(
        &mut self,
        (station, dialog): (StationId, DialogId),
        request: InCall<'_>,
        purpose: Purpose,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Result<RequestId, SendError> {
        let InCall { method, headers, body } = request;
        let patience = self.settings.retries.of_other(method);
        let sent = RequestInDialog { method, headers, body, patience };
        let id = sip.send_in_dialog(context.now, dialog, &sent, context.out)?;
        self.requests.insert(id, purpose);
        if !self.logins_of(station).is_empty() {
            let body = body.map(|body| (body.kind, body.bytes.to_vec()));
            let kept = Provable { station, dialog, method: method.clone(), headers: headers.to_vec(), body };
            self.provable.insert(id, kept);
        }
        Ok(id)
    }

    /// A trunk wants a password for a request in a call: it is sent once more with it. False if it is another response, or that
    /// cannot be.
    pub(super) fn proves(
        &mut self,
        request: RequestId,
        response: &Response,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(kept) = self.provable.remove(&request).filter(|_| is_challenge(response.status)) else {
            return false;
        };
        let uri = sip.dialog(kept.dialog).map(|dialog| dialog.request_uri().to_owned()).unwrap_or_default();
        self.last_leg = self.last_leg.wrapping_add(1);
        let logins = self.logins_of(kept.station);
        let Some(proof) = prove(response, logins, &kept.method, &uri, self.last_leg) else {
            return false;
        };
        let headers: Vec<_> = kept.headers.into_iter().chain([proof]).collect();
        let body = kept.body.as_ref().map(|(kind, bytes)| Body { kind: *kind, bytes });
        let patience = self.settings.retries.of_other(&kept.method);
        let again =
            RequestInDialog { headers: &headers, body, patience, ..RequestInDialog::new(&kept.method) };
        let Ok(id) = sip.send_in_dialog(context.now, kept.dialog, &again, context.out) else { return false };
        if let Some(purpose) = self.requests.remove(&request) {
            self.requests.insert(id, purpose);
        }
        true
    }
}
