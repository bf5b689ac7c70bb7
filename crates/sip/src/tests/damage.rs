//! Messages with anything in them, in any order.

use super::*;
use crate::RequestInDialog;

/// Numbers for what is damaged (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    fn damage(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..self.below(4) {
            let (at, cut) = (self.below(bytes.len()), self.below(20));
            let end = (at + cut).min(bytes.len());
            let insert: Vec<u8> = (0..self.below(6)).map(|_| b"\r\n;:<>=, 0aZ\xff"[self.below(13)]).collect();
            bytes.splice(at..end, insert);
        }
        bytes
    }
}

/// What a peer might send, given what we sent.
fn script(element: &Element, sent: &[Message], our_tag: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for request in sent.iter().filter_map(Message::as_request) {
        for (status, tag) in
            [(100, ""), (180, "x"), (183, "y"), (200, "x"), (200, "z"), (401, "x"), (491, "x"), (481, "x")]
        {
            all.push(response(request, status, tag, "Session-Expires: 100;refresher=uac\r\nMin-SE: 90"));
        }
    }
    for (method, cseq) in [
        ("INVITE", 1),
        ("INVITE", 2),
        ("ACK", 1),
        ("CANCEL", 1),
        ("INFO", 3),
        ("UPDATE", 4),
        ("PRACK", 5),
        ("BYE", 6),
    ] {
        all.push(element.request(method, cseq, "", "").into_bytes());
        all.push(element.request(method, cseq, our_tag, "d").into_bytes());
    }
    all
}

/// A user that does something with whatever it is told.
fn use_events(element: &mut Element, chance: &mut Chance, held: &mut Vec<Incoming>) {
    for event in element.events() {
        let (now, layer, wire) = (element.now, &mut element.layer, &mut element.wire);
        match event {
            Event::Request(mut incoming) => {
                if chance.below(2) == 0 && layer.establish(now, 'b', &mut incoming).is_ok() {
                    layer.progress(now, &mut incoming, StatusCode::RINGING.into(), wire);
                }
                held.push(incoming);
            }
            Event::RequestInDialog(_, _, incoming) => held.push(incoming),
            Event::Progress(_, id, ..) if chance.below(4) == 0 => layer.cancel(now, id, wire),
            Event::Accepted(_, _, dialog, _) if chance.below(2) == 0 => layer.end(now, dialog, wire),
            Event::Accepted(_, _, dialog, _) => {
                let _ = layer.acknowledge(dialog, &[], None, wire);
                let method = [Method::Invite, Method::Info, Method::Bye][chance.below(3)].clone();
                let _ = layer.send_in_dialog(now, dialog, &RequestInDialog::new(&method), wire);
                layer.send_in_order(now, dialog, &Method::Info, Some(sdp("x")), wire);
            }
            _ => {}
        }
    }
    while held.len() > chance.below(4) {
        let incoming = held.remove(0);
        let status = [StatusCode::OK, StatusCode::BUSY_HERE, StatusCode::REQUEST_TERMINATED][chance.below(3)];
        element.reply(incoming, status);
    }
}

#[test]
fn whatever_comes_nothing_fails_and_nothing_is_left() {
    for seed in 1..=300 {
        let mut chance = Chance(seed * 0x9E37_79B9);
        let mut element = Element::new(seed % 2 == 0);
        let (_, invite) = element.invite();
        let (mut held, mut our_tag, mut sent) = (Vec::new(), String::new(), vec![Message::Request(invite)]);
        for _ in 0..40 {
            let script = script(&element, &sent, &our_tag);
            let message = script[chance.below(script.len())].clone();
            let message = chance.damage(message);
            element.receive(message);
            use_events(&mut element, &mut chance, &mut held);
            let wait = chance.below(3_000) as u64;
            element.wait(millis(wait));
            let now_sent = element.sent();
            let mut tags =
                now_sent.iter().filter_map(Message::as_response).filter_map(|r| r.headers().to().ok()?.tag());
            our_tag = tags.next_back().map_or(our_tag, str::to_owned);
            sent.extend(now_sent);
            sent.drain(..sent.len().saturating_sub(6));
        }
        held.drain(..).for_each(|incoming| element.layer.leave_unanswered(incoming));
        // Dialogs that are up live as long as their session: both sides say nothing more.
        element.layer.closed(element.now, LINK);
        element.wait(seconds(4_000));
        element.assert_nothing_left();
    }
}
