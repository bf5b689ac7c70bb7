//! Certificates by which clients prove who they are (`client-trustpoint`).
//!
//! A handshake with a certificate that is not trusted goes on: the door says why the client may not enter, or takes a password.
//! That the client has the private key is proved in any case.

use std::sync::Arc;

use tokio_rustls::rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::ring,
    pki_types::{CertificateDer, UnixTime},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use tracing::warn;
use x509_parser::{extensions::GeneralName, prelude::FromDer};

/// Bytes of what is told of a certificate, and of each of its names.
const MAX_TEXT: usize = 2048;
const MAX_NAME: usize = 253;

/// Asks clients for a certificate, and says what it is worth.
#[derive(Clone, Debug)]
pub(crate) struct Clients(Arc<dyn ClientCertVerifier>);

impl Clients {
    /// Certificates of these authorities are trusted; `None` if there is none that can be read.
    pub(crate) fn of(authorities: Vec<CertificateDer<'static>>) -> Option<Clients> {
        if authorities.is_empty() {
            return None;
        }
        let mut roots = RootCertStore::empty();
        let (_, wrong) = roots.add_parsable_certificates(authorities);
        if wrong > 0 {
            warn!(wrong, "certificates of authorities in the configuration cannot be read");
        }
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .allow_unauthenticated()
            .build()
            .inspect_err(|error| warn!(%error, "no certificate proves an application"));
        Some(Clients(verifier.ok()?))
    }

    /// What asks for certificates in a handshake.
    pub(crate) fn asking(&self) -> Arc<dyn ClientCertVerifier> {
        Arc::new(Lenient(self.0.clone()))
    }

    /// What a certificate says, with those that lead to its authority: its names, one a line; or, behind `!`, why it is not
    /// trusted. `None` if there is none.
    pub(crate) fn told(&self, chain: Option<&[CertificateDer<'_>]>) -> Option<String> {
        let (certificate, others) = chain?.split_first()?;
        let verified = self.0.verify_client_cert(certificate, others, UnixTime::now());
        Some(match verified {
            Ok(_) => names(certificate).join("\n"),
            Err(error) => format!("!{error}"),
        })
    }
}

/// Its common names and alternative names, of those that fit.
fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, certificate)) = x509_parser::certificate::X509Certificate::from_der(certificate) else {
        return Vec::new();
    };
    let common = certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok());
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let alternative = alternative.iter().flat_map(|names| &names.value.general_names);
    let alternative = alternative.filter_map(|name| match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => Some(*name),
        _ => None,
    });
    let is_name = |name: &&str| {
        !name.is_empty()
            && name.len() <= MAX_NAME
            && !name.starts_with('!')
            && !name.chars().any(char::is_control)
    };
    let mut left = MAX_TEXT;
    let fits = |name: &&str| {
        left = left.saturating_sub(name.len() + 1);
        left > 0
    };
    common.chain(alternative).filter(is_name).take_while(fits).map(str::to_owned).collect()
}

/// Takes every certificate whose private key the client has.
#[derive(Debug)]
struct Lenient(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for Lenient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
        SanType,
    };

    use super::*;

    fn authority() -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    /// A certificate of a client; `years` is when it ends.
    fn client(issuer: &CertifiedIssuer<'static, KeyPair>, name: &str, years: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = ["crm.example", "two\nlines", "!lie"]
            .map(|name| SanType::DnsName(name.try_into().unwrap()))
            .to_vec();
        params.subject_alt_names.push(SanType::Rfc822Name("crm@example.com".try_into().unwrap()));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2001, 1, 1), rcgen::date_time_ymd(years, 1, 1));
        params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().clone()
    }

    #[test]
    fn a_certificate_is_told_by_its_names_or_why_it_is_not_trusted() {
        let (ours, theirs) = (authority(), authority());
        let clients = Clients::of(vec![ours.der().clone()]).unwrap();
        let told = |certificate: CertificateDer<'static>| clients.told(Some(&[certificate])).unwrap();
        assert_eq!(told(client(&ours, "crm", 2090)), "crm\ncrm.example\ncrm@example.com");
        assert!(told(client(&ours, "crm", 2002)).starts_with("!invalid peer certificate"));
        assert!(told(client(&theirs, "crm", 2090)).starts_with("!invalid peer certificate"));
        assert!(told(CertificateDer::from(vec![1, 2, 3])).starts_with('!'));
        assert_eq!((clients.told(None), clients.told(Some(&[]))), (None, None));
    }

    #[test]
    fn without_an_authority_nobody_is_asked() {
        assert!(Clients::of(Vec::new()).is_none());
        assert!(Clients::of(vec![CertificateDer::from(vec![1, 2, 3])]).is_none());
    }
}
