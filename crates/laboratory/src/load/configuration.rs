//! The configuration of a server under load: phones with one line each, SCCP and SIP.

use std::fmt::Write;

/// The content of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Configuration {
    /// How many phones, each with a line of its own.
    pub phones: usize,
    /// How many SIP phones, each with a line of its own.
    pub sip_phones: usize,
    /// Whether applications may watch the lines.
    pub watch: bool,
    /// The port for phones; 0 for any.
    pub sccp_port: u16,
    /// The port for applications; 0 for any.
    pub sip_port: u16,
    /// The port for applications over WebSocket, if there are any; 0 for any.
    pub http_port: Option<u16>,
}

/// The directory number of a phone.
pub fn number(phone: usize) -> String {
    format!("{}", 100_000 + phone)
}

/// The number of a SIP phone, which is its user name too.
pub fn sip_number(phone: usize) -> String {
    format!("{}", 200_000 + phone)
}

/// The password of all SIP phones.
pub const PASSWORD: &str = "secret";

/// The name a phone registers with.
pub fn device_name(phone: usize) -> String {
    format!("SEP0200{phone:08X}")
}

impl Configuration {
    /// The configuration in the IOS language.
    pub fn text(&self) -> String {
        let Configuration { phones, sip_phones, sccp_port, sip_port, .. } = *self;
        let (registrar, counts) = match sip_phones {
            0 => (String::new(), String::new()),
            some => (
                " sip\n  registrar server expires max 3600 min 60\n".to_owned(),
                format!(" max-dn {some}\n max-pool {some}\n authenticate register\n"),
            ),
        };
        let mut text = format!(
            "! {phones} phones for hookflash load\n\
             hostname load\n!\n\
             voice service voip\n no cti shutdown\n gcid\n{registrar}!\n\
             voice register global\n mode cme\n source-address 127.0.0.1 port {sip_port}\n{counts}!\n\
             telephony-service\n max-ephones {phones}\n max-dn {phones}\n \
             ip source-address 127.0.0.1 port {sccp_port}\n!\n"
        );
        if let Some(port) = self.http_port {
            // Writing to a string does not fail.
            let _ = write!(text, "cti-manager\n http port {port}\n maximum connections 10000\n!\n");
        }
        for phone in 0..phones {
            self.phone(phone, &mut text);
        }
        for phone in 0..sip_phones {
            self.sip_phone(phone, &mut text);
        }
        text.push_str("end\n");
        text
    }

    fn sip_phone(&self, phone: usize, text: &mut String) {
        let (tag, number) = (phone + 1, sip_number(phone));
        let address = format!("{:012x}", 0x0200_4000_0000_u64 + u64::try_from(phone).unwrap_or(0));
        let mut parts = address.as_bytes().chunks(4).map(String::from_utf8_lossy);
        let mut part = || parts.next().unwrap_or_default();
        let watch = if self.watch { " cti watch\n" } else { "" };
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "voice register dn {tag}\n number {number}\n name Phone {tag}\n{watch}!\n\
             voice register pool {tag}\n id mac {}.{}.{}\n number 1 dn {tag}\n username {number} password \
             {PASSWORD}\n!\n",
            part(),
            part(),
            part()
        );
    }

    fn phone(&self, phone: usize, text: &mut String) {
        let (tag, number) = (phone + 1, number(phone));
        let address = device_name(phone).split_off(3).to_lowercase();
        let mut parts = address.as_bytes().chunks(4).map(String::from_utf8_lossy);
        let mut part = || parts.next().unwrap_or_default();
        let watch = if self.watch { " cti watch\n" } else { "" };
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "ephone-dn {tag} dual-line\n number {number}\n name Phone {tag}\n{watch}!\n\
             ephone {tag}\n mac-address {}.{}.{}\n type 7960\n button 1:{tag}\n!\n",
            part(),
            part(),
            part()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_takes_the_configuration_without_a_word() {
        let configuration = Configuration {
            phones: 40,
            sip_phones: 3,
            watch: true,
            sccp_port: 0,
            sip_port: 0,
            http_port: Some(0),
        };
        let loaded = hookflash_node::config::load(&configuration.text());
        assert_eq!(loaded.diagnostics, Vec::new());
        let provisioned = hookflash_node::provision(&loaded.settings, None);
        let stations = &provisioned.settings.switch.stations;
        assert_eq!(stations.len(), 43);
        let pools = &provisioned.settings.sip_phones.pools;
        assert_eq!(pools[2].credentials, Some((sip_number(2).into(), PASSWORD.into())));
        assert_eq!(stations[39].name, device_name(39));
        let line = stations[39].buttons[0].line;
        assert_eq!(
            provisioned.settings.switch.lines.iter().find(|other| other.tag == line).unwrap().number,
            number(39)
        );
        assert!(provisioned.settings.switch.lines.iter().all(|line| line.cti_watch));
    }
}
