//! What holds between the state before and after one action of a user or an application.

use std::collections::BTreeSet;

use hookflash_core::{
    ConnectionState::{self, Alerting, Connected, Hold},
    ConsultPurpose, DeviceId, DiversionReason, ForwardingType, LineId, Match, StationId, Switch,
};
use smol_str::SmolStr;

use super::{Call, Connection, State, Verdict, standing::is_free_for};

/// What somebody means to do. Connections are named by their references.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Intent {
    /// Something that the rules of this file do not describe, such as dialling one digit.
    Other,
    /// Nothing that concerns calls.
    Ask,
    /// Answer a call that rings.
    Answer(u32),
    /// Put a conversation aside.
    Hold(u32),
    /// Take a call back.
    Retrieve(u32),
    /// Leave a call, or reject one that rings.
    Clear(u32),
    /// Call a number from a device.
    Call(DeviceId, SmolStr),
    /// Put a conversation aside and begin another call.
    Consult(u32),
    /// Join the parties of the held and of the active call, and leave.
    Transfer {
        /// The held connection.
        held: u32,
        /// The active connection.
        active: u32,
    },
    /// Join the held and the active call.
    Confer {
        /// The held connection.
        held: u32,
        /// The active connection.
        active: u32,
    },
    /// Leave a conversation where somebody can fetch it.
    Park(u32),
    /// Send a call that rings to another number.
    Deflect(u32, SmolStr),
    /// Forward the calls of a device to a number, or no more.
    Forward(DeviceId, ForwardingType, Option<SmolStr>),
}

/// Who acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// The user of a phone.
    User(StationId),
    /// An application, for a device.
    Application(DeviceId),
}

/// An action and what became of it.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// The configuration; what it forwards is as it is afterwards.
    pub switch: &'a Switch,
    /// Who acted.
    pub actor: &'a Actor,
    /// The calls before.
    pub before: &'a State,
    /// The calls afterwards.
    pub after: &'a State,
}

impl Outcome<'_> {
    /// What was refused has changed nothing; what was not refused did what it should, and nothing to others.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn check(&self, intent: &Intent, refused: bool) -> Verdict {
        if *intent == Intent::Other {
            return self.nobody_else_is_touched();
        }
        if refused || *intent == Intent::Ask {
            return match self.before == self.after {
                true => Ok(()),
                false => Err(self.wrong("what was refused has changed a call")),
            };
        }
        self.nobody_else_is_touched()?;
        self.check_done(intent)
    }

    fn check_done(&self, intent: &Intent) -> Verdict {
        match intent {
            Intent::Other | Intent::Ask => Ok(()),
            Intent::Answer(own) => self.takes_up(*own, Alerting),
            Intent::Retrieve(own) => self.takes_up(*own, Hold),
            Intent::Hold(own) => self.puts_aside(*own),
            Intent::Clear(own) => self.leaves(*own),
            Intent::Call(device, number) => self.reaches(*device, number),
            Intent::Consult(own) => self.consults(*own),
            Intent::Transfer { held, active } => self.joins(*held, *active, false),
            Intent::Confer { held, active } => self.joins(*held, *active, true),
            Intent::Park(own) => self.parks(*own),
            Intent::Deflect(own, _) => self.deflects(*own),
            Intent::Forward(device, kind, to) => {
                let now = self.switch.lines().forwarding_of(*device);
                let goes_to = now.get(*kind).map(|forward| &forward.number);
                let message = || Err(format!("forwarding is not as it was set: to {goes_to:?}, not {to:?}"));
                if goes_to == to.as_ref() { Ok(()) } else { message() }
            }
        }
    }

    fn wrong(&self, rule: &str) -> String {
        format!("{rule}: {:?} became {:?}", self.before.calls, self.after.calls)
    }

    fn ensure(&self, holds: bool, rule: &str) -> Verdict {
        if holds { Ok(()) } else { Err(self.wrong(rule)) }
    }

    /// The lines that the actor can act on.
    fn lines(&self) -> BTreeSet<LineId> {
        let stations: Vec<StationId> = match self.actor {
            Actor::User(station) => vec![*station],
            Actor::Application(device) => {
                let lines = self.switch.lines().of_device(*device);
                lines.flat_map(|(_, line)| line.stations().to_vec()).collect()
            }
        };
        let stations = stations.into_iter().filter_map(|station| self.switch.stations().get(station));
        stations.flat_map(|station| station.lines().collect::<Vec<_>>()).collect()
    }

    /// A call in which the actor has no part stays as it is.
    fn nobody_else_is_touched(&self) -> Verdict {
        let lines = self.lines();
        let concerns = |call: &&Call| call.connections.iter().any(|own| lines.contains(&own.line));
        let others = self.before.calls.iter().filter(|call| !concerns(call));
        for call in others.filter(|call| !call.is_fetched(self.after)) {
            self.ensure(self.after.call(call.id) == Some(call), "a call of others has changed")?;
        }
        Ok(())
    }

    /// Just one connection becomes connected; the conversations of its phone are held, and nobody loses one.
    fn takes_up(&self, own: u32, from: ConnectionState) -> Verdict {
        let now = self.after.find(own).filter(|(_, now)| now.state == Connected);
        let Some((call, now)) = now else { return Err(self.wrong("a call is not taken up")) };
        self.ensure(
            self.before.find(own).is_some_and(|(_, was)| was.state == from),
            "a call is taken up twice",
        )?;
        let before = self.before.in_state(Connected);
        let new: Vec<u32> = self.after.in_state(Connected).difference(&before).copied().collect();
        self.ensure(new == [own], "somebody joined a call by himself")?;
        let Some(station) = now.station else { return Err(self.wrong("a call is taken up by nobody")) };
        for (_, was) in self.before.conversations(station).filter(|(_, was)| was.reference != own) {
            let held = self.after.find(was.reference).is_some_and(|(_, now)| now.state == Hold);
            self.ensure(held, "a conversation is not put aside")?;
        }
        let same = |was: &(&Call, &Connection)| was.0.id == call.id;
        self.ensure(self.before.find(own).as_ref().is_some_and(same), "a call became another one")
    }

    /// The connection is held, and nothing else changes.
    fn puts_aside(&self, own: u32) -> Verdict {
        let mut wanted = self.before.clone();
        let connections = wanted.calls.iter_mut().flat_map(|call| &mut call.connections);
        connections.filter(|other| other.reference == own).for_each(|own| own.state = Hold);
        self.ensure(wanted == *self.after, "a call is not put aside")
    }

    /// The connection is gone, or rings at other phones only; a conversation of others goes on, but for a conference
    /// whose controller leaves.
    fn leaves(&self, own: u32) -> Verdict {
        let Some((call, was)) = self.before.find(own) else { return Ok(()) };
        if let Some((_, now)) = self.after.find(own) {
            let declined = was.state == Alerting && now.state == Alerting;
            return self.ensure(declined, "a call goes on after its user has left");
        }
        if was.state == Alerting {
            return self.is_rejected(call, was);
        }
        let others: Vec<&Connection> = call.others(was).collect();
        let somebody_waits = others.iter().any(|other| other.state != Alerting);
        let goes_on = call.controller != Some(own) && others.len() > 1 && somebody_waits;
        let left = self.after.call(call.id).map(Call::references);
        let wanted = goes_on.then(|| others.iter().map(|other| other.reference).collect());
        self.ensure(left == wanted, "a call ends for the wrong parties")
    }

    /// A rejected call goes to where its line forwards it, or its caller hears busy tone if he is alone.
    fn is_rejected(&self, call: &Call, was: &Connection) -> Verdict {
        let Some(line) = self.switch.lines().get(was.line) else { return Ok(()) };
        let forwards = line.forwarding().busy.as_ref();
        let forwards = forwards.filter(|forward| forward.calls_to == hookflash_core::CallsTo::AnyNumber);
        let may = call.diversions.len() < self.switch.settings().max_redirects;
        let forwarded = |(device, why): &(DeviceId, DiversionReason)| {
            *device == was.device && matches!(why, DiversionReason::Forwarded(_))
        };
        // A device forwards a call once.
        if forwards.is_none() || !may || call.diversions.iter().any(forwarded) {
            return Ok(());
        }
        if self.nobody_is_left(call, was) {
            return Ok(());
        }
        let reason = DiversionReason::Forwarded(ForwardingType::Busy);
        let new = self.after.call(call.id).and_then(|now| now.diversions.get(call.diversions.len()));
        self.ensure(new == Some(&(was.device, reason)), "a rejected call is not forwarded")
    }

    /// The call went on to where it does not get through, and ended since nobody is left who could hear that; or it
    /// fetched a parked call.
    fn nobody_is_left(&self, call: &Call, was: &Connection) -> bool {
        let left = |other: &Connection| other.state == Hold || self.after.find(other.reference).is_some();
        self.after.call(call.id).is_none() && call.others(was).all(left)
    }

    /// A call to a free phone rings there, and a call to a busy one fails.
    fn reaches(&self, device: DeviceId, number: &SmolStr) -> Verdict {
        let Some(line) = self.only_line(number) else { return Ok(()) };
        let callers = self.after.at_device(device, &[Connected, ConnectionState::Fail]);
        let Some((call, caller)) = callers.into_iter().filter(|(_, own)| own.dialled == *number).last()
        else {
            return Err(self.wrong("a number that is dialled leads nowhere"));
        };
        let rings = call.connections.iter().any(|other| other.line == line && other.state == Alerting);
        let own_line = caller.line == line;
        if own_line {
            return Ok(());
        }
        let phones = self.phones(line);
        let is_free = |state| phones.iter().any(|phone| is_free_for(state, self.switch, line, *phone));
        if is_free(self.before) {
            self.ensure(rings, "a call does not ring")?;
        }
        let without =
            State { calls: self.after.calls.iter().filter(|other| other.id != call.id).cloned().collect() };
        if !is_free(&without) {
            self.ensure(!rings && caller.failure.is_some(), "a call rings at a busy phone")?;
        }
        Ok(())
    }

    /// The line that a number leads to, if it is a simple case: one line without forwarding, and no longer number.
    fn only_line(&self, number: &str) -> Option<LineId> {
        let plan = self.switch.lines().dial_plan();
        let shorter = (1..number.len())
            .any(|end| !matches!(plan.lookup(number.get(..end).unwrap_or_default()), Match::Incomplete));
        let mut lines = plan.lines(number);
        let line = lines.next().filter(|_| lines.next().is_none() && !shorter)?;
        let own = self.switch.lines().get(line)?;
        let slot = own.settings().park_slot.is_some();
        let simple = plan.lookup(number) == Match::Complete && !slot && !own.forwarding().is_active();
        simple.then_some(line)
    }

    /// The phones of a line that are there and take calls.
    fn phones(&self, line: LineId) -> Vec<StationId> {
        let stations = self.switch.lines().get(line).map(|line| line.stations()).unwrap_or_default();
        let there = |station: &&StationId| {
            let station = self.switch.stations().get(**station);
            station.is_some_and(|station| station.is_registered() && !station.do_not_disturb())
        };
        stations.iter().filter(there).copied().collect()
    }

    /// The conversation is held, and its device has another call.
    fn consults(&self, existing: u32) -> Verdict {
        let Some((call, was)) = self.before.find(existing) else { return Ok(()) };
        let of_it = |own: &Connection| own.device == was.device && own.station == was.station;
        let is_new = |own: &Connection| own.purpose.is_some() && self.before.find(own.reference).is_none();
        let begun = self.after.all().filter(|(_, own)| of_it(own) && is_new(own)).count();
        // A blind transfer may be complete already.
        let Some((_, now)) = self.after.find(existing) else {
            let gone = self.after.all().all(|(_, own)| !of_it(own));
            return self.ensure(gone, "a conversation is lost by consulting");
        };
        self.ensure(now.state == Hold, "a conversation is not put aside")?;
        let others = |state: &State| state.call(call.id).map(Call::references);
        self.ensure(others(self.before) == others(self.after), "a held call changes its parties")?;
        self.ensure(begun == 1, "a consultation does not begin")
    }

    /// The held call has the others of both calls, and in a conference the device that joined them; the active call is over.
    fn joins(&self, held: u32, active: u32, stays: bool) -> Verdict {
        let (Some((first, own)), Some((second, own_active))) =
            (self.before.find(held), self.before.find(active))
        else {
            return Ok(());
        };
        let others: Vec<&Connection> = first.others(own).chain(second.others(own_active)).collect();
        let mut wanted: BTreeSet<u32> = others.iter().map(|other| other.reference).collect();
        self.ensure(self.after.call(second.id).is_none(), "the active call goes on beside the joined one")?;
        let Some(call) = self.after.call(first.id) else {
            return Err(self.wrong("the joined calls are gone"));
        };
        // One of the two connections of who makes a conference stays.
        let own_now = call.connections.iter().find(|now| stays && [held, active].contains(&now.reference));
        wanted.extend(own_now.map(|now| now.reference));
        self.ensure(call.references() == wanted, "the joined call has the wrong parties")?;
        for was in others {
            let same = self.after.find(was.reference).is_some_and(|(_, now)| now.state == was.state);
            self.ensure(same, "somebody else's state changes when calls are joined")?;
        }
        let connected =
            own_now.is_some_and(|now| now.state == Connected && now.station == own_active.station);
        self.ensure(!stays || connected, "who makes a conference is not in it")?;
        self.ensure(!stays || call.controller.is_some(), "nobody controls a conference")
    }

    /// The device leaves the call, which a slot queues.
    fn parks(&self, own: u32) -> Verdict {
        let Some((call, was)) = self.before.find(own) else { return Ok(()) };
        let mut others = call.others(was).map(|other| other.reference);
        let queued = |now: &Connection| now.state == ConnectionState::Queued;
        let is_parked = self.after.call(call.id).is_some_and(|now| {
            let [first, second] = now.connections.as_slice() else { return false };
            others.all(|other| other == first.reference) && queued(second)
        });
        self.ensure(is_parked && self.after.find(own).is_none(), "a call is not parked")
    }

    /// The call rings here no more, and the same call goes on to elsewhere.
    fn deflects(&self, own: u32) -> Verdict {
        let Some((call, was)) = self.before.find(own) else { return Ok(()) };
        self.ensure(self.after.find(own).is_none(), "a deflected call still rings")?;
        if self.nobody_is_left(call, was) {
            return Ok(());
        }
        let new = self.after.call(call.id).and_then(|now| now.diversions.get(call.diversions.len()));
        self.ensure(new == Some(&(was.device, DiversionReason::Deflected)), "a call is not deflected")
    }

    /// Whether a request can plainly be carried out in the state before, so that it must not be refused.
    pub fn must_succeed(&self, intent: &Intent) -> bool {
        let Actor::Application(device) = self.actor else { return false };
        if !self.switch.lines().is_watchable(*device) {
            return false;
        }
        let own = |reference: &u32| self.before.find(*reference);
        let in_conversation = |reference: &u32| {
            own(reference).is_some_and(|(call, own)| own.state == Connected && call.is_conversation(own))
        };
        match intent {
            Intent::Ask => true,
            Intent::Answer(reference) => own(reference).is_some_and(|(_, own)| {
                own.state == Alerting
                    && !self.phones(own.line).is_empty()
                    && self.before.count_at_line(own.line) == 1
            }),
            Intent::Hold(reference) => in_conversation(reference),
            Intent::Retrieve(reference) => own(reference).is_some_and(|(_, own)| {
                let there = own.station.is_some_and(|station| self.phones(own.line).contains(&station));
                own.state == Hold && there && self.before.count_at_line(own.line) == 1
            }),
            Intent::Clear(reference) => own(reference).is_some(),
            Intent::Transfer { held, active } | Intent::Confer { held, active } => {
                let two = |state, reference| {
                    own(reference).is_some_and(|(call, own)| {
                        own.is_answered() && own.state == state && call.connections.len() == 2
                    })
                };
                // A call that was begun for the one need not serve for the other.
                let purposes = [held, active].map(|one| own(one).and_then(|(_, own)| own.purpose));
                let fits = purposes.into_iter().flatten().all(|purpose| purpose == ConsultPurpose::Any);
                let calls = [held, active].map(|one| own(one).map(|(call, _)| call.id));
                // A parked call waits for its party, and a ringing one has none yet.
                let has_answered = |reference: &u32| {
                    own(reference).is_some_and(|(call, _)| {
                        call.connections
                            .iter()
                            .any(|other| other.reference != *reference && other.is_answered())
                    })
                };
                let somebody = has_answered(held) || has_answered(active);
                fits && somebody && calls[0] != calls[1] && two(Hold, held) && two(Connected, active)
            }
            _ => false,
        }
    }
}
