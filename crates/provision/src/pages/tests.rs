use hookflash_config::load;

use super::*;

const SERVER: Server = Server {
    address: std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)),
    sccp_port: 2000,
    sip_port: 5060,
    http_port: Some(8080),
};

fn get(target: &str) -> Request<'_> {
    Request {
        method: "GET",
        target,
        authorization: None,
        accept_charset: None,
        body: b"",
        over_tls: false,
        certificate: None,
    }
}

fn office(people: usize) -> Settings {
    let mut text = "telephony-service\n max-dn 500\n directory entry 1 5550 name Ärzte, Die\n".to_owned();
    for tag in 1..=people {
        text.push_str(&format!("ephone-dn {tag}\n number {}\n name Person{tag:03} Muster\n", 1000 + tag));
    }
    load(&text).settings
}

fn query(settings: &Settings, parameters: &str) -> crate::xml::Element {
    let view = View { settings, server: &SERVER, caller: None };
    directory::query(&view, &get(&format!("/localdirectory/query?{parameters}")))
}

fn keys(object: &crate::xml::Element) -> Vec<(String, String)> {
    let text = |key: &crate::xml::Element, name| key.child(name).unwrap().text.clone();
    object.children_named("SoftKeyItem").map(|key| (text(key, "Name"), text(key, "URL"))).collect()
}

#[test]
fn a_search_has_pages_of_thirty_with_keys_between_them() {
    let settings = office(70);
    let first = query(&settings, "l=Muster&f=&n=");
    assert_eq!(first.children_named("DirectoryEntry").count(), 30);
    assert_eq!(first.child("Prompt").unwrap().text, "Page 1 of 3");
    let names: Vec<String> = keys(&first).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Dial", "EditDial", "Next", "Exit"]);
    let next = keys(&first)[2].1.clone();
    assert_eq!(next, "http://10.0.0.1:8080/localdirectory/query?l=Muster&f=&n=&p=2");
    let second = query(&settings, next.split_once('?').unwrap().1);
    assert_eq!(second.child("Prompt").unwrap().text, "Page 2 of 3");
    let last = query(&settings, "l=muster&f=&n=&p=99");
    assert_eq!(last.children_named("DirectoryEntry").count(), 10);
    assert!(keys(&last).iter().all(|(name, _)| name != "Next"));
}

#[test]
fn who_finds_too_many_or_nobody_is_told_so() {
    let settings = office(300);
    assert!(query(&settings, "l=&f=&n=").child("Text").unwrap().text.contains("Too many matches"));
    assert!(query(&settings, "l=zz").child("Text").unwrap().text.contains("No matches"));
    let one = query(&settings, "f=person007");
    assert_eq!(one.find("Telephone").unwrap().text, "1007");
    assert_eq!(query(&settings, "l=%C3%A4rz").find("Telephone").unwrap().text, "5550");
}

#[test]
fn names_are_read_in_the_order_of_the_configuration() {
    let first = office(0);
    assert_eq!(directory::names(&first, "Anna Maria Muster"), ("Anna Maria".to_owned(), "Muster".to_owned()));
    assert_eq!(directory::names(&first, "Muster, Anna"), ("Anna".to_owned(), "Muster".to_owned()));
    let last = load("telephony-service\n directory last-name-first\n").settings;
    assert_eq!(directory::names(&last, "Muster Anna Maria"), ("Anna Maria".to_owned(), "Muster".to_owned()));
    assert_eq!(directory::names(&last, "Empfang"), ("Empfang".to_owned(), String::new()));
}

#[test]
fn the_directories_button_gets_a_menu_and_the_path_alone_the_form() {
    assert_eq!(at(&get("/localdirectory?name=SEP1")), Some(Page::Directories));
    assert_eq!(at(&get("/localdirectory")), Some(Page::DirectoryForm));
    assert_eq!(at(&get("/CMEserverForPhone/ServiceURL")), Some(Page::Services));
    assert_eq!(at(&get("/CCMCIP/authenticate.asp?UserID=x")), Some(Page::Authenticate));
    assert_eq!(at(&get("/etc/passwd")), None);
}

#[test]
fn a_locked_speed_dial_leads_to_no_form() {
    let settings = office(0);
    let caller = Caller { name: "SEP020000000201".to_owned(), ..Caller::default() };
    let view = View { settings: &settings, server: &SERVER, caller: Some(&caller) };
    let dials = [(1, "+201".to_owned(), "Boss".to_owned()), (2, "#".to_owned(), String::new())];
    let menu = menu::speed_dials(&view, &dials);
    let urls: Vec<&str> =
        menu.children_named("MenuItem").map(|item| item.child("URL").unwrap().text.as_str()).collect();
    assert!(!urls[0].contains("form") && urls[1].contains("form?name=SEP020000000201&place=2"), "{urls:?}");
}
