//! Expectations: what must be seen, and what to say when it is not.

use hookflash_wire::{
    csta::{self, RedirectionDevice, Response, Service, SnapshotDeviceData, SubjectDeviceId},
    sccp::{CallState, CallType, RingMode, Stimulus},
};

use super::{EventNames, Expectation, Facts, Name, Number, Stage, console::Console, sip_users};
use crate::{
    application::{Application, Failure, Session},
    phone::{Call, Phone},
    transcript::{EventFacts, describe_event},
    world::{Leg, PartyId, World},
};

type Seen = Result<(), String>;

impl Stage {
    /// Whether it is seen now; if not, what is seen instead.
    pub(crate) fn look(&mut self, expectation: &Expectation) -> Seen {
        if let Some(id) = expectation.phone().and_then(|who| self.sip_phone_named(who)) {
            return self.look_at_sip_phone(id, expectation);
        }
        match expectation {
            Expectation::Registered { who } => self.on_phone(who, Phone::is_registered),
            Expectation::NotRegistered { who } => self.on_phone(who, |phone| !phone.is_registered()),
            Expectation::Refused { who, text } => {
                self.on_phone(who, |phone| phone.rejected().is_some_and(|shown| has(shown, &text.0)))
            }
            Expectation::Rings { who } => self.on_phone(who, |phone| is_ringing(phone, |_| true)),
            Expectation::RingsFrom { who, number } => {
                self.on_phone(who, |phone| is_ringing(phone, |call| call.calling.number == *number.0))
            }
            Expectation::RingsSilently { who } => self.on_phone(who, |phone| {
                let screen = phone.screen();
                screen.ringing().is_some()
                    && screen.ringer.is_none_or(|(mode, _)| mode == RingMode::FLASH_ONLY)
            }),
            Expectation::Silent { who } => self.on_phone(who, |phone| !is_ringing(phone, |_| true)),
            Expectation::Waiting { who, number } => self.on_phone(who, |phone| {
                let screen = phone.screen();
                let mut ringing = screen.calls.iter().filter(|call| call.is_ringing());
                screen.active().is_some() && ringing.any(|call| call.calling.number == *number.0)
            }),
            Expectation::RingsOut { who } => self.on_phone(who, |phone| {
                phone.screen().active().is_some_and(|call| call.state == CallState::RING_OUT)
            }),
            Expectation::ConnectedTo { who, number } => self.connected_to(who, number),
            Expectation::InConference { who, numbers } => self.on_phone(who, |phone| {
                let names_all = |call: &Call| numbers.0.iter().all(|number| has(&call.prompt, number));
                phone.screen().connected().is_some_and(names_all)
            }),
            Expectation::Holding { who, number } => self.on_phone(who, |phone| {
                let mut held = phone.screen().calls.iter().filter(|call| call.state == CallState::HOLD);
                held.any(|call| *other_party(call) == *number.0)
            }),
            Expectation::Idle { who } => self.on_phone(who, |phone| {
                phone.screen().is_idle()
                    && phone.receiving().is_empty()
                    && phone.sending().is_empty()
                    && phone.listening().is_empty()
            }),
            Expectation::Hears { who, tone } => self.on_phone(who, |phone| {
                let screen = phone.screen();
                screen.tone.map(|(playing, _)| playing).or(screen.signal) == Some(tone.0)
            }),
            Expectation::Shows { who, text } => self.on_phone(who, |phone| shows(phone, &text.0)),
            Expectation::LineLamp { who, line, lamp } => {
                self.on_phone(who, |phone| phone.screen().lamp(Stimulus::LINE, line.0) == lamp.0)
            }
            Expectation::MessageLamp { who, line, lamp } => {
                self.on_phone(who, |phone| phone.screen().lamp(Stimulus::VOICEMAIL, line.0) == lamp.0)
            }
            Expectation::IsForwarded { who, number } => self.on_phone(who, |phone| {
                let all = phone.screen().forwarding(1).and_then(|stat| stat.all.as_ref());
                all.is_some_and(|shown| *shown == *number.0)
            }),
            Expectation::NotForwarded { who } => {
                self.on_phone(who, |phone| phone.screen().forwarding(1).is_none_or(|stat| stat.all.is_none()))
            }
            Expectation::Music { who } => self.at_engine(who, |phone, leg| {
                !leg.is_mixed() && phone.sending().iter().all(|sent| sent.address != leg.address())
            }),
            Expectation::Group { who, address } => self.on_phone(who, |phone| {
                let alone = phone.receiving().is_empty() && phone.sending().is_empty();
                alone && phone.listening().iter().any(|stream| stream.address.to_string() == address.0)
            }),
            Expectation::Mixed { who } => self.at_engine(who, |phone, leg| {
                leg.is_mixed() && phone.sending().iter().any(|sent| sent.address == leg.address())
            }),
            Expectation::Muted { who } => self.on_phone(who, |phone| phone.screen().muted),
            Expectation::NotMuted { who } => self.on_phone(who, |phone| !phone.screen().muted),
            Expectation::NoMedia { who } => {
                self.on_phone(who, |phone| phone.receiving().is_empty() && phone.listening().is_empty())
            }
            Expectation::Told { text } => self.told(&text.0),
            Expectation::Replays => self.world.replay().map(|_| ()),
            Expectation::Complete => self.replays(true),
            Expectation::Incomplete => self.replays(false),
            expectation => self.look_at_application(expectation),
        }
    }

    /// Whether a notice of the recording that was not looked at yet says this.
    fn told(&mut self, text: &str) -> Seen {
        let unseen = self.world.notices().get(self.notices_seen..).unwrap_or_default();
        match unseen.iter().position(|notice| has(notice, text)) {
            Some(place) => {
                self.notices_seen += place + 1;
                Ok(())
            }
            None if unseen.is_empty() => Err("there is nothing more in the log".to_owned()),
            None => Err(format!("the log says: {}", unseen.join("; "))),
        }
    }

    fn replays(&self, completely: bool) -> Seen {
        let replayed = self.world.replay()?;
        match (replayed.complete, completely) {
            (true, false) => Err("nothing is missing in it".to_owned()),
            (false, true) => Err(format!("it has only the first {} inputs of the node", replayed.inputs)),
            _ => Ok(()),
        }
    }

    fn look_at_application(&mut self, expectation: &Expectation) -> Seen {
        match expectation {
            Expectation::HasSession { who } => self.has_session(who, Session::Open),
            Expectation::NoSession { who } => self.has_session(who, Session::Closed),
            Expectation::Sees { who, event, number, facts } => {
                let id = self.console(who)?;
                self.console_of(id).see(number, |seen| {
                    seen.body.kind() == event.0 && facts_hold(facts, &EventFacts::of(&seen.body))
                })
            }
            Expectation::SeesAll { who, events, number } => {
                let id = self.console(who)?;
                self.console_of(id).see_all(number, events)
            }
            Expectation::SeesNothing { who, number } => {
                let id = self.console(who)?;
                let left = self.console_of(id).unseen(number)?;
                if left.is_empty() { Ok(()) } else { Err(format!("there is {}", left.join("; "))) }
            }
            Expectation::Succeeds { who } => self.answered(who, |answer| answer.is_ok()),
            Expectation::Fails { who, code } => self.answered(
                who,
                |answer| matches!(answer, Err(Failure::Csta(error)) if error.value() == code.0),
            ),
            Expectation::FailsWithStatus { who, status } => self.answered(
                who,
                |answer| matches!(answer, Err(Failure::Sip(got)) if u32::from(got.code()) == status.0),
            ),
            Expectation::Finds { who, count } => self.answered(who, |answer| {
                let Ok(Response::SnapshotDevice(snapshot)) = answer else { return false };
                matches!(&snapshot.snapshot, SnapshotDeviceData::Calls(calls)
                    if u32::try_from(calls.len()) == Ok(count.0))
            }),
            Expectation::ToldForwarded { who, number } => {
                let goes = |target: &csta::DeviceId| target.number().is_some_and(|n| n.digits == number.0);
                self.answered(who, |answer| forwards(answer).is_some_and(|to| to.into_iter().any(goes)))
            }
            Expectation::ToldNotForwarded { who } => {
                self.answered(who, |answer| forwards(answer).is_some_and(|to| to.is_empty()))
            }
            Expectation::Offered { who, code } => {
                self.answered(who, |answer| offers(answer, &code.0) == Some(true))
            }
            Expectation::NotOffered { who, code } => {
                self.answered(who, |answer| offers(answer, &code.0) == Some(false))
            }
            Expectation::Refreshed { who } => {
                let id = self.console(who)?;
                let refreshes = std::mem::take(&mut self.console_of(id).refreshes);
                if refreshes > 0 { Ok(()) } else { Err("it has not".to_owned()) }
            }
            other => Err(format!("nobody knows how to see this: {other}")),
        }
    }

    fn on_phone(&self, who: &Name, holds: impl FnOnce(&Phone) -> bool) -> Seen {
        let id = self.who(who)?;
        let phone = self.world().phone(id).ok_or_else(|| format!("{who} is no phone"))?;
        if holds(phone) { Ok(()) } else { Err(self.picture(id)) }
    }

    /// The leg of the media engine that sends to the phone, whatever it does.
    fn at_engine(&self, who: &Name, holds: impl FnOnce(&Phone, Leg) -> bool) -> Seen {
        self.on_phone(who, |phone| {
            let mut heard =
                phone.receiving().iter().filter_map(|at| self.world().engine().leg_to(at.address));
            heard.next().is_some_and(|leg| holds(phone, leg))
        })
    }

    /// Both talk with each other: their screens say so, and each sends where the other receives.
    fn connected_to(&self, who: &Name, number: &Number) -> Seen {
        let id = self.who(who)?;
        self.on_phone(who, |phone| {
            phone.screen().connected().is_some_and(|call| *other_party(call) == *number.0)
        })?;
        self.exchanges_media(id, number)
    }

    /// The phone and one of those with this number send each other media, if there are any.
    pub(super) fn exchanges_media(&self, id: PartyId, number: &Number) -> Seen {
        let world = self.world();
        let own = world.media_of(id);
        let others = world.party_ids().filter(|other| *other != id && has_number(world, *other, &number.0));
        let mut others = others.peekable();
        if others.peek().is_none() || others.any(|other| own.is_exchanged_with(&world.media_of(other))) {
            return Ok(());
        }
        Err(format!("the calls are connected, but no media flows both ways; {}", self.picture(id)))
    }

    fn has_session(&self, who: &Name, wanted: Session) -> Seen {
        let id = self.console(who)?;
        let session = self.world().application(id).map(Application::session);
        if session == Some(wanted) { Ok(()) } else { Err(format!("its session is {session:?}")) }
    }

    fn answered(&mut self, who: &Name, holds: impl FnOnce(&Result<Response, Failure>) -> bool) -> Seen {
        let id = self.console(who)?;
        let console = self.console_of(id);
        match &console.last_answer {
            Some((number, answer)) if console.last_request == Some(*number) => {
                if holds(answer) {
                    return Ok(());
                }
                Err(match answer {
                    Ok(response) => format!("the answer is {response:?}"),
                    Err(failure) => format!("the request failed: {failure}"),
                })
            }
            _ => Err("there is no answer".to_owned()),
        }
    }

    /// What a phone shows, in one line.
    pub(super) fn picture(&self, id: PartyId) -> String {
        let name = self.world().names().get(id.index()).map_or(String::new(), |name| (*name).to_owned());
        if let Some(phone) = self.world().sip_phone(id) {
            return format!("{name} is {}", sip_users::describe(phone));
        }
        let Some(phone) = self.world().phone(id) else { return String::new() };
        let mut text = format!("{name} is {:?}", phone.registration());
        let screen = phone.screen();
        for call in &screen.calls {
            let (from, to) = (&call.calling.number, &call.called.number);
            let place = format!("call {} on line {}", call.reference, call.line);
            text.push_str(&format!("; {place}: {} from {from} to {to} \"{}\"", call.state, call.prompt));
        }
        if screen.calls.is_empty() {
            text.push_str("; no calls");
        }
        if let Some((mode, _)) = screen.ringer {
            text.push_str(&format!("; {mode}"));
        }
        if let Some((tone, _)) = screen.tone {
            text.push_str(&format!("; {tone}"));
        }
        let media = (phone.receiving().len(), phone.sending().len());
        let speaker = if screen.speaker { "on" } else { "off" };
        text.push_str(&format!("; speaker {speaker}; receives {}, sends {}", media.0, media.1));
        for stream in phone.listening() {
            text.push_str(&format!(", plays {}", stream.address));
        }
        text
    }
}

impl Console {
    /// Looks for an event on the monitor of a number; it and all before it count as looked at.
    fn see(&mut self, number: &Number, is_it: impl Fn(&csta::Event) -> bool) -> Seen {
        let unseen = self.unseen(number)?;
        let found = self.events.iter().position(|event| self.is_of(event, number) && is_it(event));
        let Some(found) = found else {
            let seen = if unseen.is_empty() { "nothing".to_owned() } else { unseen.join("; ") };
            return Err(format!("not yet looked at: {seen}"));
        };
        self.forget_until(found, number);
        Ok(())
    }

    fn see_all(&mut self, number: &Number, wanted: &EventNames) -> Seen {
        let unseen = self.unseen(number)?;
        let kinds = self.events.iter().filter(|event| self.is_of(event, number));
        if kinds.map(|event| event.body.kind()).eq(wanted.0.iter().map(|name| name.0)) {
            self.forget_until(usize::MAX, number);
            return Ok(());
        }
        Err(format!("there is {}", if unseen.is_empty() { "nothing".to_owned() } else { unseen.join("; ") }))
    }

    /// The events of a number that were not looked at, for people.
    fn unseen(&self, number: &Number) -> Result<Vec<String>, String> {
        if !self.is_watching(&number.0) {
            return Err(format!("it never watched {number}"));
        }
        let own = self.events.iter().filter(|event| self.is_of(event, number));
        Ok(own.map(|event| format!("{} {}", event.body.root(), describe_event(event))).collect())
    }

    fn is_of(&self, event: &csta::Event, number: &Number) -> bool {
        self.watched(&event.monitor_cross_ref_id).is_some_and(|watched| *watched == number.0)
    }

    fn forget_until(&mut self, last: usize, number: &Number) {
        let events = std::mem::take(&mut self.events);
        let keep = |(index, event): &(usize, csta::Event)| *index > last || !self.is_of(event, number);
        self.events = events.into_iter().enumerate().filter(keep).map(|(_, event)| event).collect();
    }
}

fn facts_hold(wanted: &Facts, seen: &EventFacts<'_>) -> bool {
    let is_number = |wanted: &Option<Number>, seen: Option<&SubjectDeviceId>| {
        wanted.as_ref().is_none_or(|wanted| {
            let number = seen.and_then(SubjectDeviceId::device).and_then(csta::DeviceId::number);
            number.is_some_and(|number| number.digits == wanted.0)
        })
    };
    wanted.local_state.is_none_or(|state| seen.local_state == Some(state))
        && wanted.cause.as_ref().is_none_or(|cause| seen.cause == Some(cause))
        && is_number(&wanted.from, seen.calling)
        && is_number(&wanted.to, seen.called)
        && wanted.via.as_ref().is_none_or(|via| redirected_by(seen, via))
        && is_number(&wanted.onto, seen.onto)
}

fn redirected_by(seen: &EventFacts<'_>, via: &Number) -> bool {
    let Some(RedirectionDevice::NumberDialed(device)) = seen.redirected else { return false };
    device.number().is_some_and(|number| number.digits == via.0)
}

/// Where calls go, by the answer to GetForwarding; `None` if it is no such answer.
fn forwards(answer: &Result<Response, Failure>) -> Option<Vec<&csta::DeviceId>> {
    let Ok(Response::GetForwarding(forwarding)) = answer else { return None };
    let active = forwarding.forwarding_list.0.iter().filter(|item| item.forward_status);
    Some(active.filter_map(|item| item.forward_dn.as_ref()).collect())
}

/// Whether the features answered contain a service; `None` if it is no such answer, or no such service.
fn offers(answer: &Result<Response, Failure>, root: &str) -> Option<bool> {
    let Ok(Response::GetCstaFeatures(features)) = answer else { return None };
    Some(features.supports_service(Service::from_root(root)?))
}

fn is_ringing(phone: &Phone, fits: impl Fn(&Call) -> bool) -> bool {
    phone.screen().ringer.is_some() && phone.screen().calls.iter().any(|call| call.is_ringing() && fits(call))
}

fn has(text: &impl std::fmt::Display, part: &str) -> bool {
    text.to_string().contains(part)
}

fn shows(phone: &Phone, text: &str) -> bool {
    let screen = phone.screen();
    let notification = screen.notification.as_ref().is_some_and(|(_, shown)| has(shown, text));
    let prompts = [&screen.prompt, &screen.passing_prompt];
    notification
        || prompts.into_iter().any(|prompt| has(prompt, text))
        || screen.calls.iter().any(|call| has(&call.prompt, text))
}

/// The number of the other end, as the phone shows it.
fn other_party(call: &Call) -> &str {
    if call.direction == CallType::INBOUND {
        call.calling.number.as_str()
    } else {
        call.called.number.as_str()
    }
}

fn has_number(world: &World, id: PartyId, number: &str) -> bool {
    let lines = world.phone(id).map(|phone| phone.screen().lines.as_slice()).unwrap_or_default();
    lines.iter().any(|line| line.number == *number)
        || world.sip_phone(id).is_some_and(|phone| phone.settings().number == number)
}
