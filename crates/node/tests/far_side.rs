//! Who waits is told first: the phone of what an application does, applications of what a phone does.

#![allow(missing_docs, clippy::unwrap_used)]

use hookflash_node::{Input, LinkId, Node};
use hookflash_sim::loopback::{Drive, LoopbackOffice, Sends, drive};

const PHONES: u64 = 2;

/// Notes who acted, and to whom the node wrote, in order.
#[derive(Default)]
struct Order(Vec<(LinkId, Vec<LinkId>)>);

impl Drive for Order {
    fn drive(&mut self, node: &mut Node, input: Input<'_>, sends: &mut Sends) {
        let Input::Received { link, .. } = &input else { return drive(node, input, sends) };
        let (link, before) = (*link, sends.len());
        drive(node, input, sends);
        self.0.push((link, sends.iter().skip(before).map(|(to, _)| *to).collect()));
    }
}

#[test]
fn the_far_side_hears_first() {
    let mut office = LoopbackOffice::registered(PHONES as usize, Order::default()).unwrap();
    office.watch(0..PHONES as usize).unwrap();
    office.driver().0.clear();
    office.rehearse().unwrap();
    let is_phone = |link: LinkId| link.0 <= PHONES;
    let mut both = 0;
    for (from, to) in &office.driver().0 {
        let far: Vec<bool> = to.iter().map(|to| is_phone(*to) != is_phone(*from)).collect();
        assert!(far.is_sorted_by(|one, next| one >= next), "{from:?} acted, {to:?} heard");
        both += usize::from(far.contains(&true) && far.contains(&false));
    }
    assert!(both >= 3, "MakeCall, the answer and the end of the call concern both sides");
}
