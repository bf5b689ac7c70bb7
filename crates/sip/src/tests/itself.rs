//! Two layers call each other over a network that loses and repeats datagrams.

use super::*;
use crate::{EndReason, Failure};

const CALLER: &str = "127.0.0.1:5060";
const CALLED: &str = "127.0.0.1:5070";

/// Numbers that decide what is lost (xorshift).
struct Chance(u64);

impl Chance {
    fn percent(&mut self, percent: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % 100 < percent
    }
}

struct Side {
    layer: Layer<u32>,
    wire: Wire,
    address: SocketAddr,
}

impl Side {
    fn new(address: &str, seed: u64) -> Side {
        let settings = Settings { seed: [seed, 1], ..Settings::default() };
        Side { layer: Layer::new(settings), wire: Wire::default(), address: address.parse().unwrap() }
    }
}

/// Both sides, and what each learned of its calls.
struct Pair {
    now: Instant,
    sides: [Side; 2],
    chance: Chance,
    loss: u64,
    ringing: Vec<Incoming>,
    rejected: usize,
    up: [Vec<DialogId>; 2],
    ended: [usize; 2],
}

impl Pair {
    fn new(seed: u64, loss: u64) -> Pair {
        Pair {
            now: Instant::from_millis(1),
            sides: [Side::new(CALLER, seed), Side::new(CALLED, seed + 1)],
            chance: Chance(seed * 7919 + 1),
            loss,
            ringing: Vec::new(),
            rejected: 0,
            up: [Vec::new(), Vec::new()],
            ended: [0, 0],
        }
    }

    fn invite(&mut self, call: u32) -> RequestId {
        let [caller, called] = &mut self.sides;
        let flow = Flow::Datagrams { local: caller.address, peer: called.address };
        let method = Method::Invite;
        let mut outgoing = Outgoing::new(&method, flow, "sip:b@x", "<sip:a@x>", "<sip:b@x>");
        outgoing.body = Some(sdp("offer"));
        caller.layer.send(self.now, call, &outgoing, &mut caller.wire).unwrap()
    }

    /// Lets messages and time pass.
    fn run(&mut self, span: Duration) {
        let until = self.now + span;
        loop {
            self.exchange();
            let due = self.sides.iter().filter_map(|side| side.layer.poll_timeout()).min();
            let Some(due) = due.filter(|due| *due <= until) else { break };
            self.now = due.max(self.now);
            for side in &mut self.sides {
                side.layer.handle_timeout(self.now, &mut side.wire);
            }
        }
        self.now = until;
    }

    fn exchange(&mut self) {
        loop {
            let mut quiet = true;
            for from in 0..2 {
                while let Some((to, bytes)) = self.sides[from].wire.datagrams.pop_front() {
                    quiet = false;
                    let source = self.sides[from].address;
                    let copies = match (self.chance.percent(self.loss), self.chance.percent(10)) {
                        (true, _) => 0,
                        (false, twice) => 1 + usize::from(twice && self.loss > 0),
                    };
                    let side = &mut self.sides[1 - from];
                    assert_eq!(side.address, to);
                    for _ in 0..copies {
                        side.layer.datagram(self.now, to, source, &bytes, &mut side.wire);
                    }
                }
                self.learn(from);
            }
            if quiet {
                return;
            }
        }
    }

    fn learn(&mut self, side: usize) {
        while let Some(event) = self.sides[side].layer.poll_event() {
            let Side { layer, wire, .. } = &mut self.sides[side];
            match event {
                Event::Request(mut incoming) => {
                    layer.establish(self.now, 0, &mut incoming).unwrap();
                    layer.progress(self.now, &mut incoming, StatusCode::RINGING.into(), wire);
                    self.ringing.push(incoming);
                }
                Event::Cancelled(_, invite) => {
                    let place = self.ringing.iter().position(|ringing| ringing.invite() == Some(invite));
                    let incoming = self.ringing.remove(place.unwrap());
                    layer.reply(self.now, incoming, StatusCode::REQUEST_TERMINATED.into(), wire);
                }
                Event::Accepted(_, _, dialog, _) => {
                    layer.acknowledge(dialog, &[], None, wire).unwrap();
                    self.up[0].push(dialog);
                }
                Event::Acknowledged(_, dialog, _) => self.up[1].push(dialog),
                Event::Rejected(..) | Event::Failed(_, _, Failure::Cancelled) => self.rejected += 1,
                Event::Ended(_, _, EndReason::Bye) => self.ended[side] += 1,
                Event::Progress(..) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn answer_all(&mut self) {
        for incoming in std::mem::take(&mut self.ringing) {
            let side = &mut self.sides[1];
            side.layer.reply(self.now, incoming, StatusCode::OK.into(), &mut side.wire);
        }
    }

    fn hang_up(&mut self, side: usize) {
        for dialog in std::mem::take(&mut self.up[side]) {
            let side = &mut self.sides[side];
            side.layer.end(self.now, dialog, &mut side.wire);
        }
    }
}

#[test]
fn calls_come_about_and_end_although_datagrams_are_lost_and_repeated() {
    for (seed, loss) in (1..=20).flat_map(|seed| [(seed, 0), (seed, 15)]) {
        let mut pair = Pair::new(seed, loss);
        for call in 0..10 {
            pair.invite(call);
        }
        pair.run(seconds(32));
        assert_eq!(pair.ringing.len(), 10, "each rings once: seed {seed}, loss {loss}");
        pair.answer_all();
        pair.run(seconds(32));
        assert_eq!((pair.up[0].len(), pair.up[1].len()), (10, 10), "seed {seed}, loss {loss}");
        let side = (seed % 2) as usize;
        pair.hang_up(side);
        pair.run(seconds(400));
        assert_eq!(pair.ended[1 - side], 10, "seed {seed}, loss {loss}");
        for side in &pair.sides {
            let sizes = side.layer.sizes();
            assert_eq!((sizes.dialogs, sizes.timers, sizes.repeated), (0, 0, 0), "seed {seed}, loss {loss}");
        }
    }
}

#[test]
fn a_cancelled_call_ends_once_for_both_sides_even_when_it_was_answered_meanwhile() {
    for (seed, answered) in (1..=20).flat_map(|seed| [(seed, true), (seed, false)]) {
        let mut pair = Pair::new(seed, 15);
        let calls: Vec<_> = (0..5).map(|call| pair.invite(call)).collect();
        pair.run(seconds(32));
        let caller = &mut pair.sides[0];
        calls.iter().for_each(|call| caller.layer.cancel(pair.now, *call, &mut caller.wire));
        if answered {
            pair.answer_all();
        }
        pair.run(seconds(400));
        assert_eq!(pair.rejected, 5, "seed {seed}, answered {answered}");
        assert!(pair.ringing.is_empty() && pair.up[0].is_empty());
        assert_eq!(pair.sides.iter().map(|side| side.layer.sizes().dialogs).sum::<usize>(), 0);
    }
}
