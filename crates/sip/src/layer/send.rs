//! Requests of ours.

use hookflash_time::Instant;
use hookflash_wire::sip::{HeaderName, MessageBuilder, Method};
use smol_str::SmolStr;

use super::{Failure, Layer, SendError, Timer};
use crate::{
    DialogId, Event, Flow, Outgoing, RequestId, RequestInDialog, Tag, Transmit,
    dialog::finish,
    transaction::{Client, ClientInvite, Owner, Repetition, T1, T2},
};

/// What a request of ours needs to become a client transaction.
pub(super) struct Starting<U> {
    pub(super) id: RequestId,
    pub(super) owner: Owner<U>,
    pub(super) method: Method,
    pub(super) flow: Flow,
    pub(super) bytes: Vec<u8>,
    pub(super) give_up: Instant,
    pub(super) invite: Option<Box<ClientInvite>>,
}

impl<U: Copy> Layer<U> {
    /// Sends a request outside a dialog. [`Event::Response`] or [`Event::Failed`] follows; for INVITE
    /// [`Event::Progress`], [`Event::Accepted`], [`Event::Rejected`] or [`Event::Failed`].
    ///
    /// # Errors
    /// It cannot be sent; no event follows.
    pub fn send(
        &mut self,
        now: Instant,
        user: U,
        outgoing: &Outgoing<'_>,
        out: &mut dyn Transmit,
    ) -> Result<RequestId, SendError> {
        if matches!(outgoing.method, Method::Ack | Method::Cancel) {
            return Err(SendError::WrongMethod);
        }
        self.may_send(&outgoing.flow)?;
        let id = RequestId::new(self.identifiers.branch());
        let tag = outgoing.tag.unwrap_or_else(|| self.identifiers.tag());
        let bytes = self.write_outgoing(outgoing, id, tag);
        let give_up = now + outgoing.patience;
        let invite = (*outgoing.method == Method::Invite).then(|| {
            let contact = SmolStr::new(outgoing.contact.unwrap_or_default());
            Box::new(ClientInvite::new(tag, None, contact, give_up, self.settings.invite_timers.rings))
        });
        let (owner, method, flow) = (Owner::User(user, None), outgoing.method.clone(), outgoing.flow);
        self.start(now, Starting { id, owner, method, flow, bytes, give_up, invite }, out);
        Ok(id)
    }

    /// Sends a request in a dialog; INVITE changes the session. Events follow as after [`Layer::send`].
    ///
    /// BYE ends the dialog as [`Layer::end`] does, but its response is reported. After 401 or 407 it may be sent again.
    ///
    /// # Errors
    /// It cannot be sent; no event follows.
    pub fn send_in_dialog(
        &mut self,
        now: Instant,
        id: DialogId,
        request: &RequestInDialog<'_>,
        out: &mut dyn Transmit,
    ) -> Result<RequestId, SendError> {
        let method = request.method;
        if matches!(method, Method::Ack | Method::Cancel) {
            return Err(SendError::WrongMethod);
        }
        let (user, flow) = self.may_send_in_dialog(id, method)?;
        let bye = *method == Method::Bye;
        if bye {
            self.acknowledge_first(id, out);
        }
        let request_id = RequestId::new(self.identifiers.branch());
        let give_up = now + request.patience;
        let rings = self.settings.invite_timers.rings;
        let dialog = self.dialogs.get_mut(&id).ok_or(SendError::NoDialog)?;
        let cseq = dialog.next_cseq();
        let invite = (*method == Method::Invite).then(|| {
            dialog.inviting = Some(request_id);
            Box::new(ClientInvite::new(id.tag(), Some(id), dialog.contact.clone(), give_up, rings))
        });
        let bytes = self.write_in_dialog(Vec::with_capacity(1024), id, cseq, request_id, request);
        if bye {
            self.begin_bye(id);
        }
        let (owner, method) = (Owner::User(user, Some(id)), method.clone());
        self.start(now, Starting { id: request_id, owner, method, flow, bytes, give_up, invite }, out);
        Ok(request_id)
    }

    /// Whose dialog it is and which way it takes, if a user may send a request of this method in it now.
    fn may_send_in_dialog(&self, id: DialogId, method: &Method) -> Result<(U, Flow), SendError> {
        let dialog = self.dialog(id).ok_or(SendError::NoDialog)?;
        let (invite, bye) = (*method == Method::Invite, *method == Method::Bye);
        let under_way = dialog.inviting.is_some() || dialog.invited.is_some();
        if dialog.is_early() && (invite || bye) || invite && under_way {
            return Err(SendError::Pending);
        }
        self.may_send(&dialog.flow)?;
        Ok((dialog.user, dialog.flow))
    }

    /// Writes a request of a dialog behind what `buffer` holds.
    pub(super) fn write_in_dialog(
        &self,
        buffer: Vec<u8>,
        id: DialogId,
        cseq: u32,
        request_id: RequestId,
        request: &RequestInDialog<'_>,
    ) -> Vec<u8> {
        let Some(dialog) = self.dialogs.get(&id) else { return buffer };
        let method = request.method;
        let mut builder = dialog.begin_request(buffer, method, cseq, request_id.branch);
        if matches!(method, Method::Invite | Method::Update) {
            builder = builder
                .header(HeaderName::CONTACT, Self::contact(&dialog.flow, &dialog.contact, None))
                .header(HeaderName::ALLOW, self.settings.capabilities.allow)
                .header(HeaderName::SUPPORTED, self.settings.capabilities.supported);
            let expires = dialog.timer.header_as_client();
            if let Some(expires) = expires.filter(|_| !self.settings.session_timer.by_user) {
                builder = builder.header(HeaderName::SESSION_EXPIRES, expires);
            }
        }
        for (name, value) in request.headers {
            builder = builder.header(*name, value);
        }
        finish(builder, request.body)
    }

    /// Adds Allow-Events, if there are any.
    pub(super) fn with_events(&self, builder: MessageBuilder) -> MessageBuilder {
        match self.settings.capabilities.events {
            "" => builder,
            events => builder.header(HeaderName::ALLOW_EVENTS, events),
        }
    }

    fn may_send(&self, flow: &Flow) -> Result<(), SendError> {
        if flow.link().is_some_and(|link| !self.links.contains(link)) {
            return Err(SendError::NoFlow);
        }
        if self.clients.of_users() >= self.settings.limits.requests {
            return Err(SendError::TooMany);
        }
        Ok(())
    }

    fn write_outgoing(&mut self, outgoing: &Outgoing<'_>, id: RequestId, tag: Tag) -> Vec<u8> {
        let Outgoing {
            method,
            flow,
            uri,
            from,
            to,
            call_id,
            cseq,
            route,
            contact,
            headers,
            body,
            hops,
            supported,
            session,
            ..
        } = *outgoing;
        let (transport, local) = (flow.transport(), flow.local());
        let mut builder = MessageBuilder::request(method, uri)
            .header(HeaderName::VIA, format_args!("SIP/2.0/{transport} {local};branch={};rport", id.branch))
            .header(HeaderName::MAX_FORWARDS, hops);
        if !route.is_empty() {
            builder = builder.header(HeaderName::ROUTE, route);
        }
        builder =
            builder.header(HeaderName::FROM, format_args!("{from};tag={tag}")).header(HeaderName::TO, to);
        builder = match call_id {
            "" => builder.header(HeaderName::CALL_ID, self.identifiers.call_id()),
            call_id => builder.header(HeaderName::CALL_ID, call_id),
        };
        builder = builder.header(HeaderName::CSEQ, format_args!("{cseq} {method}"));
        let invite = *method == Method::Invite;
        if invite || contact.is_some() {
            let contact = Self::contact(&flow, contact.unwrap_or_default(), None);
            builder = builder.header(HeaderName::CONTACT, contact);
        }
        if invite {
            builder = builder
                .header(HeaderName::ALLOW, self.settings.capabilities.allow)
                .header(HeaderName::SUPPORTED, supported.unwrap_or(self.settings.capabilities.supported));
            builder = self.with_events(builder);
        }
        let timer = &self.settings.session_timer;
        let (interval, least) = session.unwrap_or((timer.interval, timer.least));
        if invite && !timer.by_user {
            builder = builder
                .header(HeaderName::SESSION_EXPIRES, interval.max(least).as_secs())
                .header(HeaderName::MIN_SE, least.as_secs());
        }
        for (name, value) in headers {
            builder = builder.header(*name, value);
        }
        finish(builder, body)
    }

    /// Sends a request and begins its client transaction.
    pub(super) fn start(&mut self, now: Instant, starting: Starting<U>, out: &mut dyn Transmit) {
        let Starting { id, owner, method, flow, bytes, give_up, invite } = starting;
        self.transmit(&flow, &bytes, out);
        if let Some(entry) = flow.link().and_then(|link| self.links.get_mut(link)) {
            entry.requests.push(id);
        }
        // Nothing limits the interval of INVITE but timer B.
        let longest = if invite.is_some() { give_up.since(now) } else { T2 };
        let interval = if invite.is_some() { self.settings.invite_timers.repeated_after } else { T1 };
        let kept = flow.link().is_none() || invite.is_some();
        let mut client = Client {
            owner,
            method,
            flow,
            bytes: if kept { bytes.into() } else { Box::default() },
            repetition: Repetition::new(give_up, longest).beginning_with(interval),
            deadline: None,
            invite,
        };
        let at = client.next(now);
        client.deadline = Some(self.timers.start(at, Timer::Client(id)));
        self.clients.insert(id, client);
    }

    /// Ends a client transaction.
    pub(super) fn finish_client(&mut self, id: RequestId) -> Option<Client<U>> {
        let client = self.clients.remove(id)?;
        self.timers.stop(client.deadline);
        if let Some(entry) = client.flow.link().and_then(|link| self.links.get_mut(link)) {
            entry.requests.retain(|request| *request != id);
        }
        Some(client)
    }

    /// The timer of a request of ours ended.
    pub(super) fn client_due(&mut self, now: Instant, id: RequestId, out: &mut dyn Transmit) {
        let Some(client) = self.clients.get_mut(id) else { return };
        client.deadline = None;
        if client.invite.is_some() {
            return self.invite_due(now, id, out);
        }
        if now >= client.repetition.give_up {
            return self.client_failed(id, Failure::Timeout);
        }
        self.repeat(now, id, out);
        let Some(client) = self.clients.get(id) else { return };
        if let Owner::Queue(dialog) = client.owner {
            self.queue_repeated(now, dialog, id, out);
        }
    }

    /// Sends a request again. In a dialog it follows the peer.
    pub(super) fn repeat(&mut self, now: Instant, id: RequestId, out: &mut dyn Transmit) {
        let Some(client) = self.clients.get_mut(id) else { return };
        if let Owner::Queue(dialog) | Owner::Bye(dialog) = client.owner
            && let Some(dialog) = self.dialogs.get(&dialog)
            && dialog.flow.link().is_none()
        {
            client.flow = dialog.flow;
        }
        self.counters.repeated += 1;
        client.repetition.count += 1;
        let at = client.next(now);
        client.deadline = Some(self.timers.start(at, Timer::Client(id)));
        if let Flow::Datagrams { local, peer } = client.flow {
            out.datagram(local, peer, client.bytes.to_vec());
        }
    }

    /// There will be no response to a request.
    pub(super) fn client_failed(&mut self, id: RequestId, failure: Failure) {
        let Some(client) = self.finish_client(id) else { return };
        if let Some(invite) = &client.invite {
            return self.invite_failed(&client, invite, id, failure);
        }
        match client.owner {
            Owner::User(user, dialog) => {
                self.events.push_back(Event::Failed(user, id, failure));
                if let Some(dialog) = dialog.filter(|_| client.method == Method::Bye) {
                    self.forget(dialog);
                }
            }
            Owner::Queue(dialog) => self.queue_gave_up(dialog, id),
            Owner::Bye(dialog) => drop(self.forget(dialog)),
            Owner::Cancel => {}
        }
    }
}
