//! Everything that can be written is valid against the schema of its edition, and reads back as it was.

use hookflash_wire::csta::{self, Edition, EventKind, Message, Service};
use uppsala::{XsdValidator, parse};

use crate::messages::{all_messages, samples};

/// A schema as text.
pub fn schema_file(file: &str) -> String {
    let path = format!("{}/tests/data/ecma-323/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn schema(edition: Edition) -> String {
    schema_file(if edition.is_sixth() { "csta-ed6.xsd" } else { "csta-ed3.xsd" })
}

fn validator(edition: Edition) -> XsdValidator {
    XsdValidator::from_schema(&parse(&schema(edition)).unwrap()).unwrap()
}

fn encode(edition: Edition, message: &Message) -> String {
    let mut out = Vec::new();
    csta::encode(edition, message, &mut out);
    String::from_utf8(out).unwrap()
}

/// Checks a document against its schema.
pub fn assert_valid(validator: &XsdValidator, xml: &str) {
    let errors = validator.validate(&parse(xml).unwrap_or_else(|error| panic!("{error}\n{xml}")));
    assert!(errors.is_empty(), "{errors:?}\n{xml}");
}

#[test]
fn the_validator_rejects_what_is_wrong() {
    let validator = validator(Edition::Ed3);
    let head = r#"xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3""#;
    let valid = format!(
        "<HeldEvent {head}><monitorCrossRefID>1</monitorCrossRefID><heldConnection><callID>1</callID></heldConnection>\
         <holdingDevice><notKnown/></holdingDevice><cause>normal</cause></HeldEvent>"
    );
    assert_valid(&validator, &valid);
    let refused = [
        valid.replace("<cause>normal</cause>", ""),
        valid.replace("normal", "becauseICan"),
        valid.replace("<holdingDevice>", "<cause>normal</cause><holdingDevice>"),
        valid.replace("<notKnown/>", "<unknown/>"),
        format!(
            "<MakeCall {head}><calledDirectoryNumber>2</calledDirectoryNumber><callingDevice>1</callingDevice></MakeCall>"
        ),
        format!(
            "<GetCSTAFeaturesResponse {head}><supportedServices><callControlServList><makeCall/><answerCall/></callControlServList></supportedServices><supportedEvents/></GetCSTAFeaturesResponse>"
        ),
        format!(
            "<MakeCall {head}><callingDevice>1</callingDevice><calledDirectoryNumber>2</calledDirectoryNumber><accountCode>xyz</accountCode></MakeCall>"
        ),
    ];
    for xml in refused {
        assert!(!validator.validate(&parse(&xml).unwrap()).is_empty(), "accepted {xml}");
    }
}

#[test]
fn every_message_is_valid_and_reads_back_in_editions_3_and_6() {
    for edition in [Edition::Ed3, Edition::Ed6] {
        let validator = validator(edition);
        for message in all_messages(edition) {
            let xml = encode(edition, &message);
            assert_valid(&validator, &xml);
            assert_root_is_in_its_table(&message);
            let decoded = csta::decode(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{xml}"));
            assert_eq!((decoded.edition, decoded.message), (edition, message), "{xml}");
        }
    }
}

#[test]
fn edition_6_values_become_valid_edition_3() {
    let validator = validator(Edition::Ed3);
    let is_new = |message: &Message| match message {
        Message::Request(request) => request.service().since().is_sixth(),
        Message::Response(response) => response.service().since().is_sixth(),
        _ => false,
    };
    for message in all_messages(Edition::Ed6).into_iter().filter(|message| !is_new(message)) {
        assert_valid(&validator, &encode(Edition::Ed3, &message));
    }
}

#[test]
fn every_sample_decodes_and_typed_ones_are_written_as_they_were() {
    let validator = validator(Edition::Ed3);
    let samples = samples();
    assert_eq!(samples.len(), 107);
    let mut typed = 0;
    for (file, xml) in samples {
        let decoded = csta::decode(xml.as_bytes()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(decoded.edition, Edition::Ed3, "{file}");
        if let Message::Unknown { root } = &decoded.message {
            let known = Service::from_root(root).is_some() || EventKind::from_root(root).is_some();
            assert!(known || root.ends_with("Response"), "{file}: {root} is not in the tables");
            continue;
        }
        typed += 1;
        let written = encode(Edition::Ed3, &decoded.message);
        assert_valid(&validator, &written);
        assert_eq!(written, xml.replace("?>\n", "?>").trim_end(), "{file}");
    }
    assert!(typed >= 97, "only {typed} samples have a type");
}

/// The variant of a message and its root element name the same entry of the tables.
fn assert_root_is_in_its_table(message: &Message) {
    match message {
        Message::Request(request) => assert_eq!(request.root(), request.service().root()),
        Message::Response(response) => {
            assert_eq!(response.root(), format!("{}Response", response.service().root()))
        }
        Message::Event(event) => assert_eq!(event.body.root(), event.body.kind().root()),
        Message::Error(_) | Message::Unknown { .. } => {}
    }
}

/// Name and type of every element of a complex type of the schema.
fn elements<'s>(schema: &'s str, complex_type: &str) -> Vec<(&'s str, &'s str)> {
    let start = format!("<xs:complexType name=\"{complex_type}\">");
    let (_, inside) = schema.split_once(&start).unwrap_or_else(|| panic!("no type {complex_type}"));
    let (inside, _) = inside.split_once("</xs:complexType>").unwrap();
    let attribute = |element: &'s str, name| {
        let (_, value) = element.split_once(&format!("{name}=\"")).unwrap();
        value.split_once('"').unwrap().0
    };
    let elements = inside.split("<xs:element ").skip(1);
    elements
        .map(|element| (attribute(element, "name"), attribute(element, "type").trim_start_matches("c:")))
        .collect()
}

#[test]
fn every_event_that_a_filter_can_name_is_understood_and_written_back() {
    for edition in [Edition::Ed3, Edition::Ed6] {
        let schema = schema(edition);
        let named: Vec<_> = elements(&schema, "MonitorFilter")
            .into_iter()
            .flat_map(|(group, kind)| {
                elements(&schema, kind).into_iter().map(move |(event, _)| (group, event))
            })
            .collect();
        let known = EventKind::ALL.iter().filter(|event| event.since() <= edition);
        assert_eq!(named.len(), known.count());
        for (group, event) in named {
            let xml = format!(
                "<ChangeMonitorFilter xmlns=\"{}\"><monitorCrossRefID>1</monitorCrossRefID><requestedFilterList>\
                 <{group}><{event}>true</{event}></{group}></requestedFilterList></ChangeMonitorFilter>",
                edition.namespace()
            );
            let decoded = csta::decode(xml.as_bytes()).unwrap();
            let Message::Request(csta::Request::ChangeMonitorFilter(request)) = &decoded.message else {
                panic!()
            };
            assert_eq!(request.requested_filter_list.unwrap().iter().count(), 1, "{group}/{event}");
            let written = encode(edition, &decoded.message);
            assert!(written.ends_with(&xml), "{written}");
        }
    }
}
