//! What phones are asked to do: to answer, or to take a call back.
//!
//! A phone that has said `Allow-Events: talk` is asked by NOTIFY in its dialog, a Cisco phone with enterprise firmware by REFER
//! with a request of its remote control, and one whose pool says so is called once more with headers that make it answer. Any
//! other phone cannot be asked.

use hookflash_core::{StationId, Verb, view::Appearance};
use hookflash_sip::{Body, ContentKind, Outgoing, RequestInDialog};
use hookflash_wire::sip::{HeaderName, Method};

use super::{
    Purpose, SipPhones, headers,
    leg::{Ending, LegId, State},
    soft_keys,
};
use crate::{
    Context,
    sip::{Endpoint, Flow, RequestId, User},
};

/// Where a request of remote control goes.
pub(super) struct Controlled<'a> {
    pub(super) uri: &'a str,
    pub(super) flow: Flow,
    pub(super) server: &'a str,
    pub(super) number: &'a str,
}

/// REFER outside a dialog with a request of Cisco's remote control, or several, in a body of this type.
pub(super) fn control(
    to: &Controlled<'_>,
    id: u32,
    (content_type, body): (&'static str, &str),
    sip: &mut Endpoint,
    context: &mut Context<'_>,
) -> Option<RequestId> {
    let name = format!("{id}@{}", to.server);
    let from = format!("<{}>", headers::uri(to.number, to.server));
    let headers = [
        (HeaderName::REFER_TO, format!("<cid:{name}>")),
        (HeaderName::new("Content-Id"), format!("<{name}>")),
        (HeaderName::REQUIRE, "norefersub".to_owned()),
        (HeaderName::REFERRED_BY, from.clone()),
    ];
    let address = format!("<{}>", to.uri);
    let kind = ContentKind { content_type, disposition: None };
    let outgoing = Outgoing {
        contact: Some(""),
        headers: &headers,
        body: Some(Body { kind, bytes: body.as_bytes() }),
        patience: hookflash_core::PATIENCE,
        ..Outgoing::new(&Method::Refer, to.flow, to.uri, &from, &address)
    };
    sip.send(context.now, User::Phones, &outgoing, context.out).ok()
}

impl SipPhones {
    /// Lets the phone do what it is asked to do, in a way that it knows; if it knows none, the switch is told.
    pub(super) fn ask(
        &mut self,
        id: LegId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let may_auto_answer = self.may_auto_answer(id);
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.asked) else { return };
        let by_itself = appearance.auto_answer && leg.state == State::Ringing;
        let wish = match appearance.asked {
            Some(verb) => Some(verb),
            None if by_itself && leg.rings => Some(Verb::AnswerCall),
            None => None,
        };
        let Some(wish) = wish else { return };
        let talks = leg.talks && leg.dialog.is_some();
        match (talks, leg.cisco) {
            (true, _) => {
                leg.asked = true;
                self.talk(id, sip, context);
            }
            (false, true) => {
                leg.asked = true;
                self.remote_control(id, wish, sip, context);
            }
            (false, false) if by_itself && appearance.asked.is_none() => {}
            (false, false) if wish == Verb::AnswerCall && may_auto_answer => {
                self.call_again(id, appearance, sip, context);
            }
            (false, false) => {
                leg.asked = true;
                self.cannot(id, context);
            }
        }
    }

    fn may_auto_answer(&self, id: LegId) -> bool {
        let leg = self.legs.get(&id);
        let phone = leg.and_then(|leg| self.phones.get(&leg.station));
        phone.is_some_and(|phone| phone.pool.auto_answer)
    }

    /// NOTIFY with `Event: talk`: a ringing phone answers, one that has put the call aside takes it back.
    fn talk(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(dialog) = self.legs.get(&id).and_then(|leg| leg.dialog) else { return };
        let headers = [
            (HeaderName::EVENT, "talk".to_owned()),
            (HeaderName::SUBSCRIPTION_STATE, "terminated".to_owned()),
        ];
        let request = RequestInDialog { headers: &headers, ..RequestInDialog::new(&Method::Notify) };
        match sip.send_in_dialog(context.now, dialog, &request, context.out) {
            Ok(request) => drop(self.requests.insert(request, Purpose::Talk(id))),
            Err(_) => self.cannot(id, context),
        }
    }

    /// REFER with a request of Cisco's remote control.
    fn remote_control(&mut self, id: LegId, wish: Verb, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get(&id) else { return };
        let Some(dialog) = leg.dialog.and_then(|dialog| sip.dialog(dialog)) else {
            return self.cannot(id, context);
        };
        let element = if wish == Verb::AnswerCall { "answercallreq" } else { "holdretrievereq" };
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-request><{element}><dialogid>\
             <callid>{}</callid><localtag>{}</localtag><remotetag>{}</remotetag></dialogid></{element}>\
             </x-cisco-remotecc-request>\n",
            dialog.call_id(),
            dialog.remote_tag(),
            dialog.id().tag(),
        );
        let (flow, server, number) = (leg.flow, leg.server.clone(), leg.number.clone());
        let uri = sip.dialog(dialog.id()).map(|dialog| dialog.request_uri().to_owned()).unwrap_or_default();
        let to = Controlled { uri: &uri, flow, server: &server, number: &number };
        match control(&to, id.0, (soft_keys::KIND, &body), sip, context) {
            Some(request) => drop(self.requests.insert(request, Purpose::Talk(id))),
            None => self.cannot(id, context),
        }
    }

    /// Lets a Cisco phone make a call that an application wants, as if its user had dialled. False if the phone is to be called
    /// itself for that.
    pub(super) fn initiate(
        &mut self,
        station: StationId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(phone) = self.phones.get_mut(&station).filter(|_| appearance.auto_answer) else {
            return false;
        };
        let reachable = |contact: &&super::Contact| contact.is_cisco() && contact.is_reachable();
        let Some(contact) = phone.contacts.iter().find(reachable) else { return false };
        if phone.rung.contains(&appearance.reference) {
            return true;
        }
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-request><initiatecallreq><dialogid><callid></callid>\
             <localtag></localtag><remotetag></remotetag></dialogid><dialstring>{}</dialstring>\
             <linenumber>{}</linenumber><globalcallid></globalcallid></initiatecallreq></x-cisco-remotecc-request>\n",
            appearance.called.number, appearance.line,
        );
        let (uri, server, number) = (contact.uri(), contact.server(), contact.number());
        let to = Controlled { uri, flow: *contact.flow(), server, number };
        let Some(request) = control(&to, appearance.reference, (soft_keys::KIND, &body), sip, context) else {
            return false;
        };
        phone.rung.push(appearance.reference);
        self.requests.insert(request, Purpose::Initiate(station, appearance.reference));
        true
    }

    /// Calls a ringing phone once more, with headers that make it answer.
    fn call_again(
        &mut self,
        id: LegId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get(&id) else { return };
        let (station, number) = (leg.station, leg.number.clone());
        self.end_leg(id, Ending::Elsewhere, sip, context);
        let answering = Appearance { auto_answer: true, ..appearance.clone() };
        for leg in self.call_contacts(station, &number, &answering, sip, context) {
            if let Some(leg) = self.legs.get_mut(&leg) {
                leg.asked = true;
            }
        }
    }
}
