//! Shows who calls: `cargo run -p hookflash-client --example screen_pop -- http://localhost:8080 202 [user password]`

use hookflash_client::{Client, Error, Message, Settings, csta::EventBody};

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, device, login @ ..] = words.as_slice() else {
        println!("screen_pop URL DEVICE [USER PASSWORD]");
        return Ok(());
    };
    let settings = Settings::new(url, "screen-pop");
    let settings = if let [user, password] = login { settings.user(user, password) } else { settings };
    let mut client = Client::connect(settings)?;
    client.monitor(device)?;
    loop {
        let Some(Message::Event(event)) = client.next(None)? else { continue };
        if let Some(EventBody::Delivered(call)) = event.body
            && call.connection.device_id.is_some_and(|ringing| ringing.as_str() == device)
        {
            println!("{} calls {device}", event.params["callingDevice"].as_str().unwrap_or("somebody"));
        }
    }
}
