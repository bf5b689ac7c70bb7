use super::*;

fn call(body: &str) -> Call {
    Call::read(body.as_bytes()).unwrap()
}

#[test]
fn requests_are_read_liberally() {
    let old = call(
        "<SOAP-ENV:Envelope><SOAP-ENV:Body><axl><request xsi:type=\" ISgetDevice\"><ISgetDevice>\
         <ISDevName>allRegistered</ISDevName></ISgetDevice></request></axl></SOAP-ENV:Body></SOAP-ENV:Envelope>",
    );
    assert!(old.is("ISgetDevice") && old.old && old.has_keyword(&["allRegistered"]));
    let new = call(
        "<Envelope><Body><axl><request><ISgetExtension><ISExtID>3</ISExtID><ISKeyword>all</ISKeyword>\
                    </ISgetExtension></request></axl></Body></Envelope>",
    );
    assert!(new.is("isgetextension") && !new.old);
    assert_eq!((new.numbers("ISExtID"), new.has_keyword(&["all"])), (vec![3], true));
    let in_request =
        call("<e><request xsi:type=\"ISexecCLI\"><CLI>ephone 1</CLI><CLI>reset</CLI></request></e>");
    assert_eq!(commands(&in_request), ["ephone 1", "reset"]);
    assert_eq!(Call::read(b"<axl/>"), Err(Fault::NoRequest));
    assert_eq!(Call::read(b"<e><request/></e>"), Err(Fault::NoRequest));
    assert!(matches!(Call::read(b"<axl>"), Err(Fault::Xml(_))));
}

#[test]
fn responses_have_the_form_of_the_request() {
    let mut request = call("<e><request xsi:type=\"ISgetGlobal\"><ISgetGlobal/></request></e>");
    let new = request.response([Element::new("ISGlobal")]);
    assert_eq!(new.find("response").unwrap().attributes, []);
    request.old = true;
    let old = request.response([Element::new("ISGlobal")]);
    assert_eq!(old.find("response").unwrap().value_of("xsi:type"), Some("ISgetGlobalResponse"));
}
