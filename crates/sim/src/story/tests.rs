use super::*;

const CALL: &str = "\
# Alice calls Bob.
phone alice 7960 line 201
phone bob 7961 dual-line 202 203
application console watches 201 202

alice dials 202
bob rings from 201
console sees Delivered at 202 lcs alerting from 201
bob answers within 500 ms
alice's segments are split
alice is connected to 202
bob shows \"From 201\" within 20 seconds
";

#[test]
fn what_is_read_is_printed_alike() {
    let story = Story::parse(CALL).unwrap();
    assert_eq!(story.to_string(), CALL);
}

#[test]
fn every_sentence_of_the_table_can_be_read_and_printed() {
    for entry in [Declaration::SENTENCES, Action::SENTENCES, Expectation::SENTENCES].concat() {
        let line = sample(entry.text);
        let text = format!("{line}\n");
        let story = Story::parse(&text).unwrap_or_else(|error| panic!("{line}: {error}"));
        let printed = story.to_string().trim().to_owned();
        assert_eq!(printed, line, "from {entry}");
    }
}

/// A line that is made from a sentence of the table.
fn sample(syntax: &str) -> String {
    let fields = [
        ("{who}", "alice"),
        ("{group}", "5"),
        ("{model}", "7960"),
        ("{lines}", "201 202"),
        ("{numbers}", "201 202"),
        ("{mac}", "0200.0000.0001"),
        ("telephony-service {line}", "telephony-service timeouts ringing 20"),
        ("voice-service {line}", "voice-service gcid"),
        ("{line}", "2"),
        ("{button}", "1"),
        ("{number}", "201"),
        ("{digits}", "55#"),
        ("{calling}", "201"),
        ("{called}", "202"),
        ("{span}", "12 seconds"),
        ("{key}", "NewCall"),
        ("{events}", "Delivered Established"),
        ("{event}", "Delivered"),
        ("{to}", "203"),
        ("{facts}", " lcs alerting cause newCall from 201 to 202 via 203 onto 204"),
        ("{text}", "\"Ring out\""),
        ("{address}", "\"239.1.1.10:20480\""),
        ("{tone}", "AlertingTone"),
        ("{lamp}", "Blink"),
        ("{on}", "on"),
        ("{code}", "MakeCall"),
        ("{status}", "481"),
        ("{count}", "2"),
        (" 's ", "'s "),
    ];
    let line = fields.iter().fold(syntax.to_owned(), |line, (field, sample)| line.replace(field, sample));
    assert!(!line.contains('{'), "no sample for a field of {syntax}");
    line
}

#[test]
fn mistakes_are_found_where_they_are() {
    let cases = [
        ("alice dails 202", 7, "did you mean `dials`?"),
        ("alice dials bob", 13, "expected a number"),
        ("phone alice 7960 lin 201", 18, "did you mean `line`?"),
        ("console sees Deliverd at 202", 14, "expected an event such as Delivered"),
        ("after 12 lightyears", 7, "expected a time such as 12 seconds"),
        ("bob shows \"From", 11, "the quotation does not end"),
        ("bob rings from", 15, "the line ends here; expected a number"),
    ];
    for (line, column, message) in cases {
        let error = Story::parse(&format!("phone bob 7960 line 202\n{line}\n")).unwrap_err();
        assert_eq!((error.line, error.column), (2, column), "{line}: {error}");
        assert!(error.message.contains(message), "{line}: {error}");
    }
}

#[test]
fn a_failure_says_what_was_seen_instead() {
    let text =
        "phone alice 7960 line 201\nphone bob 7961 line 202\nalice dials 202\nalice is connected to 202\n";
    let failure = Story::parse(text).unwrap().run(1).map(|_| ()).unwrap_err();
    assert_eq!(failure.line, 4);
    assert!(failure.message.contains("RingOut from 201 to 202"), "{failure}");
    assert!(failure.ladder.contains("SoftKeyEvent NewCall"), "{}", failure.ladder);
}

#[test]
fn what_a_sip_phone_has_not_is_said() {
    let fails = |line: &str| {
        let text = format!("sip phone alice line 301\nphone bob 7960 line 202\n\n{line}\n");
        let story = Story::parse(&text).unwrap();
        story.run(1).unwrap_err().message.clone()
    };
    assert_eq!(fails("alice presses Park"), "a SIP phone has no way to do this: alice presses Park");
    assert_eq!(
        fails("alice's line 1 lamp is On"),
        "this is not seen of a SIP phone: alice 's line 1 lamp is On"
    );
    assert_eq!(fails("alice holds"), "no call is connected; registered; no calls");
    assert!(fails("bob transfers blindly to 301").contains("with its key"));
}
