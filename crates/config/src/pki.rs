//! Certificates of TLS: `crypto pki trustpoint`, and which trustpoint each service has.
//!
//! ```text
//! crypto pki trustpoint OFFICE
//!  certificate file office.pem        ! the chain, PEM
//!  key file office.key                ! its private key, PEM
//! sip-ua
//!  crypto signaling default trustpoint OFFICE
//! ```
//!
//! Other servers that are reached over TLS have to show a certificate of an authority that the system trusts, or of one of these:
//!
//! ```text
//! crypto pki trustpoint CARRIER
//!  ca file carrier-ca.pem             ! PEM
//! !
//! crypto pki certificate chain CARRIER
//!  certificate ca 01                  ! the same in hexadecimal, as a router writes it
//!   30820237 308201A0 ...
//!   quit
//! ```
//!
//! Applications prove who they are by certificates of the authority of one of these (`client-trustpoint` in `cti-manager`).
//!
//! A service that names no trustpoint has the certificate of the only trustpoint with files, if there is exactly one, and else
//! one that the server makes and signs itself. Trustpoints without files are a router's own, and say nothing here.

use super::settings::Settings;

/// The port of HTTPS when the configuration names none: that of IOS needs privileges.
const DEFAULT_HTTPS_PORT: u16 = 8443;

/// What is served over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsService {
    /// SIP.
    Sip,
    /// CSTA in frames.
    Csta,
    /// HTTP, and what it carries.
    Http,
}

/// A certificate of an authority that is trusted besides those of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority<'a> {
    /// `ca file` of a trustpoint: its name, PEM.
    File(&'a str),
    /// `certificate ca` of a certificate chain: DER.
    Inline(Vec<u8>),
}

/// Bytes of a certificate in the configuration.
const MAX_CERTIFICATE: usize = 16 * 1024;

/// The files of a trustpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateFiles<'a> {
    /// The name of the trustpoint.
    pub trustpoint: &'a str,
    /// `certificate file`: the chain, the server's own certificate first, PEM.
    pub certificate: &'a str,
    /// `key file`: the private key, PEM.
    pub key: &'a str,
}

impl Settings {
    /// The port of SIP over TLS, if that is served: 0 means any free port. `sip_port` is the port of SIP without it.
    pub fn sips_listen_port(&self, sip_port: u16) -> Option<u16> {
        let sip = self.voice_service.as_ref().map(|voice| &voice.sip);
        let secure_port = sip.and_then(|sip| sip.secure_port);
        let by_agent = self.sip_ua.as_ref().is_some_and(|agent| agent.transport_tls.is_some());
        let served = secure_port.is_some() || by_agent || sip.is_some_and(|sip| sip.transport_tls);
        let default = if sip_port == 0 { 0 } else { super::settings::DEFAULT_SIPS_PORT };
        served.then(|| secure_port.unwrap_or(default))
    }

    /// The port of HTTPS, 0 for any free one: `https port` in `cti-manager`, else that of `ip http secure-server`.
    pub fn https_listen_port(&self) -> Option<u16> {
        let own = self.cti_manager.as_ref().and_then(|manager| manager.https_port);
        own.or_else(|| {
            let server = self.first_lines().filter(|line| line.ends_with("ip http secure-server")).last()?;
            let port = self.first_lines().filter_map(|line| line.strip_prefix("ip http secure-port ")).last();
            let port = port.and_then(|port| port.trim().parse().ok()).unwrap_or(DEFAULT_HTTPS_PORT);
            (server == "ip http secure-server").then_some(port)
        })
    }

    /// The trustpoint that a service names.
    pub fn trustpoint_of(&self, service: TlsService) -> Option<&str> {
        let manager = self.cti_manager.as_ref().and_then(|manager| manager.trustpoint.as_deref());
        match service {
            TlsService::Sip => self.sip_ua.as_ref()?.trustpoint.as_deref(),
            TlsService::Csta => manager,
            TlsService::Http => {
                let words = "ip http secure-trustpoint ";
                let lines = self.first_lines().filter_map(|line| line.strip_prefix(words));
                manager.or_else(|| lines.last().map(str::trim))
            }
        }
    }

    /// The certificate of a service, if files are configured for it.
    ///
    /// # Errors
    /// The name of a trustpoint that the service names and that has no files.
    pub fn certificate_files(&self, service: TlsService) -> Result<Option<CertificateFiles<'_>>, &str> {
        let mut with_files = self.trustpoints().filter_map(|(_, files)| files);
        match self.trustpoint_of(service) {
            Some(name) => with_files.find(|files| files.trustpoint == name).map(Some).ok_or(name),
            None => Ok(with_files.next().filter(|_| with_files.next().is_none())),
        }
    }

    /// The certificates of authorities that are trusted besides those of the system, in their order.
    pub fn authorities(&self) -> Vec<Authority<'_>> {
        self.authorities_of(None)
    }

    /// The authorities of one trustpoint, or of all.
    fn authorities_of(&self, wanted: Option<&str>) -> Vec<Authority<'_>> {
        let mut found = Vec::new();
        let is_wanted = |name: &str| wanted.is_none_or(|wanted| wanted == name.trim());
        for block in &self.foreign {
            let Some(first) = block.lines.first() else { continue };
            if first.strip_prefix("crypto pki trustpoint ").is_some_and(is_wanted) {
                let lines = block.lines.iter().filter_map(|line| line.trim().strip_prefix("ca file "));
                found.extend(lines.map(|file| Authority::File(file.trim())));
            } else if first.strip_prefix("crypto pki certificate chain ").is_some_and(is_wanted) {
                found.extend(inline(&block.lines).into_iter().map(Authority::Inline));
            }
        }
        found
    }

    /// The authorities whose certificates prove applications; `None` if certificates prove nothing.
    ///
    /// # Errors
    /// The name of a trustpoint that has none.
    pub fn client_authorities(&self) -> Result<Option<Vec<Authority<'_>>>, &str> {
        let named = self.cti_manager.as_ref().and_then(|manager| manager.client_trustpoint.as_ref());
        let Some(named) = named else { return Ok(None) };
        let found = self.authorities_of(Some(&named.name));
        if found.is_empty() { Err(&named.name) } else { Ok(Some(found)) }
    }

    /// All trustpoints by name, in their order, with their files if they have both.
    pub fn trustpoints(&self) -> impl Iterator<Item = (&str, Option<CertificateFiles<'_>>)> {
        self.foreign.iter().filter_map(|block| {
            let name = block.lines.first()?.strip_prefix("crypto pki trustpoint ")?.trim();
            let value = |words: &str| {
                block
                    .lines
                    .iter()
                    .filter_map(|line| line.trim().strip_prefix(words))
                    .map(str::trim)
                    .next_back()
            };
            let files = value("certificate file ").zip(value("key file "));
            let files =
                files.map(|(certificate, key)| CertificateFiles { trustpoint: name, certificate, key });
            Some((name, files))
        })
    }
}

/// The certificates of authorities in a chain: hexadecimal digits up to `quit`. What is none is left out.
fn inline(lines: &[smol_str::SmolStr]) -> Vec<Vec<u8>> {
    let mut certificates = Vec::new();
    let mut digits: Option<String> = None;
    for line in lines.iter().map(|line| line.trim()) {
        if line.starts_with("certificate ca ") {
            digits = Some(String::new());
        } else if line == "quit" || line.starts_with("certificate ") {
            certificates.extend(digits.take().as_deref().and_then(bytes));
        } else if let Some(digits) = digits.as_mut().filter(|digits| digits.len() < 2 * MAX_CERTIFICATE) {
            digits.extend(line.split_whitespace());
        }
    }
    certificates.extend(digits.as_deref().and_then(bytes));
    certificates
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let whole = digits.len().is_multiple_of(2) && (1..=2 * MAX_CERTIFICATE).contains(&digits.len());
    whole.then(|| pairs.map(byte).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;

    const OFFICE: &str = "crypto pki trustpoint OFFICE\n certificate file office.pem\n key file office.key\n";

    #[test]
    fn a_service_has_the_trustpoint_that_it_names_or_the_only_one_with_files() {
        let files = |text: &str, service| {
            let settings = load(text).settings;
            let files = settings.certificate_files(service).map_err(str::to_owned);
            files.map(|files| {
                files.map(|files| format!("{} {} {}", files.trustpoint, files.certificate, files.key))
            })
        };
        let office = Ok(Some("OFFICE office.pem office.key".to_owned()));
        let other = "crypto pki trustpoint OTHER\n certificate file a\n key file b\n";
        let router = "crypto pki trustpoint TP-self-signed-1\n enrollment selfsigned\n";
        for service in [TlsService::Sip, TlsService::Csta, TlsService::Http] {
            assert_eq!(files("", service), Ok(None));
            assert_eq!(files(&format!("{router}{OFFICE}"), service), office, "{service:?}");
            assert_eq!(files(&format!("{OFFICE}{other}"), service), Ok(None), "which one is not said");
        }
        let named = format!(
            "{OFFICE}{other}{router}ip http secure-trustpoint OTHER\ncti-manager\n secure-trustpoint OFFICE\n!\n\
             sip-ua\n crypto signaling default trustpoint TP-self-signed-1\n"
        );
        assert_eq!(files(&named, TlsService::Sip), Err("TP-self-signed-1".to_owned()));
        assert_eq!(files(&named, TlsService::Csta), office);
        assert_eq!(files(&named, TlsService::Http), office, "that of cti-manager");
    }

    #[test]
    fn authorities_are_named_by_file_or_written_in_the_configuration() {
        let text = "crypto pki trustpoint CARRIER\n enrollment terminal\n ca file carrier.pem\n!\n\
                    crypto pki certificate chain CARRIER\n certificate ca 01\n  30820A 0B\n  0c\n  quit\n \
                    certificate 02\n  3082\n  quit\n certificate ca 03\n  xyz\n  quit\n";
        let settings = load(text).settings;
        let expected = [Authority::File("carrier.pem"), Authority::Inline(vec![0x30, 0x82, 10, 11, 12])];
        assert_eq!(settings.authorities(), expected);
        assert!(
            load("crypto pki trustpoint OWN\n certificate file a\n key file b\n")
                .settings
                .authorities()
                .is_empty()
        );
    }

    #[test]
    fn applications_are_proved_by_the_authority_of_the_trustpoint_that_is_named() {
        let both = "crypto pki trustpoint CARRIER\n ca file carrier.pem\n!\ncrypto pki trustpoint APPS\n ca file apps.pem\n!\n";
        let of = |text: &str| {
            let settings = load(&format!("{both}{text}")).settings;
            let found = settings.client_authorities().map_err(str::to_owned);
            found.map(|found| found.map(|found| format!("{found:?}")))
        };
        assert_eq!(of(""), Ok(None));
        let apps = Ok(Some("[File(\"apps.pem\")]".to_owned()));
        assert_eq!(of("cti-manager\n client-trustpoint APPS\n"), apps);
        assert_eq!(of("cti-manager\n client-trustpoint OTHER required\n"), Err("OTHER".to_owned()));
        let text = "cti-manager\n client-trustpoint APPS required\n!\napplication-user crm\n x509-subject-name crm.example\n";
        let shown = load(text).settings.running_config();
        for line in [" client-trustpoint APPS required\n", " x509-subject-name crm.example\n"] {
            assert!(shown.contains(line), "{shown}");
        }
    }

    #[test]
    fn what_is_served_over_tls_and_where() {
        let sips = |text: &str, port| load(text).settings.sips_listen_port(port);
        assert_eq!(sips("", 5060), None);
        assert_eq!(sips("sip-ua\n transport tcp tls v1.2\n", 5060), Some(5061));
        assert_eq!(sips("sip-ua\n transport tcp tls\n", 0), Some(0));
        assert_eq!(sips("voice service voip\n sip\n  session transport tcp tls\n", 5060), Some(5061));
        assert_eq!(sips("voice service voip\n sip\n  listen-port secure 5678\n", 0), Some(5678));
        let https = |text: &str| load(text).settings.https_listen_port();
        assert_eq!(https("ip http secure-server\n"), Some(8443));
        assert_eq!(https("ip http secure-server\nip http secure-port 1443\n"), Some(1443));
        assert_eq!(https("ip http secure-server\ncti-manager\n https port 0\n"), Some(0));
        assert_eq!(https("ip http secure-server\nno ip http secure-server\n"), None);
    }
}
