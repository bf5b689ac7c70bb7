//! Protection that a configuration asks for and that does nothing here: the operator is told, at the start and by `check`.

use crate::config;

/// What a router filters by, and where the same is done here.
const WITHOUT_EFFECT: [(&str, &str); 15] = [
    ("device-security-mode encrypted", "SCCP is not encrypted here; SIP phones use TLS and `srtp`"),
    ("device-security-mode authenticated", "SCCP is not authenticated here; SIP phones use TLS"),
    ("server-security-mode secure", "SCCP is not encrypted here; SIP phones use TLS and `srtp`"),
    ("secure-signaling", "SCCP is not encrypted here; SIP phones use TLS"),
    ("security-policy secure", "phones may register over UDP and TCP too; close those ports with a firewall"),
    ("ip http authentication", "pages and the XML interface have passwords of their own"),
    ("access-class", "operators reach the server by its control socket only"),
    ("ip access-group", "filter with the firewall of the machine"),
    ("ip access-list", "filter with the firewall of the machine"),
    ("access-list", "filter with the firewall of the machine"),
    ("ipv6 traffic-filter", "filter with the firewall of the machine"),
    ("zone-member", "filter with the firewall of the machine"),
    ("ip verify unicast", "filter with the firewall of the machine"),
    ("service-policy", "limit with the commands of the mode `limits`"),
    ("ip http access-class", "filter with the firewall of the machine"),
];

/// What the operator should know about each kind of line that protects nothing.
pub(crate) fn notes(config: &config::Settings) -> Vec<String> {
    let foreign = config.foreign.iter().flat_map(|block| &block.lines);
    let mut lines: Vec<String> = foreign.map(|line| line.trim().to_owned()).collect();
    config.clone().for_each_kept(&mut |line| lines.push(line.trim().to_owned()));
    let count = |keywords: &str| lines.iter().filter(|line| is_command(line, keywords)).count();
    let routers = WITHOUT_EFFECT.into_iter().map(|(keywords, instead)| (keywords, count(keywords), instead));
    // It says which networks may call by dial peers.
    let trusted =
        usize::from(config.dial_peers.is_empty() && !config.voice_service().trusted.addresses.is_empty());
    let trusted = ("ip address trusted list", trusted, "CTI applications may come from any address");
    routers
        .chain([trusted])
        .filter(|(_, count, _)| *count > 0)
        .map(|(keywords, _, instead)| format!("`{keywords}` PROTECTS NOTHING here: {instead}"))
        .collect()
}

/// Whether a line begins with these words.
fn is_command(line: &str, keywords: &str) -> bool {
    line.strip_prefix(keywords).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protection_without_effect_is_said_once_for_each_command() {
        let text = "access-list 23 permit 10.0.0.0 0.255.255.255\naccess-list 24 deny any\n!\n\
                    line vty 0 4\n access-class 23 in\n!\n";
        let notes = notes(&config::load(text).settings);
        let about =
            |keywords: &str| notes.iter().filter(|note| note.starts_with(&format!("`{keywords}`"))).count();
        assert_eq!((about("access-list"), about("access-class"), notes.len()), (1, 1, 2), "{notes:?}");
        assert!(super::notes(&config::load("hostname x\n").settings).is_empty());
    }

    #[test]
    fn security_of_phones_that_is_not_there_is_said() {
        let text = "ip http authentication aaa\ntelephony-service\n device-security-mode encrypted\n \
                    server-security-mode secure\n secure-signaling trustpoint cme\nephone 1\n device-security-mode none\n\
                    voice register global\n mode cme\nvoice register pool 1\n";
        let notes = notes(&config::load(text).settings);
        for command in [
            "device-security-mode encrypted",
            "server-security-mode secure",
            "secure-signaling",
            "ip http authentication",
        ] {
            let said = notes.iter().filter(|note| note.starts_with(&format!("`{command}`"))).count();
            assert_eq!(said, 1, "{command}: {notes:?}");
        }
        assert_eq!(notes.len(), 4, "{notes:?}");
    }
}
