//! By what this server is known where audio is encrypted with DTLS: a certificate that it makes at each start. Whoever talks to it
//! is told its fingerprint in the session description, and needs nothing else of it.

use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use sha2::{Digest, Sha256};

/// A certificate and its key, both in DER.
pub struct Introduction {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl std::fmt::Debug for Introduction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Introduction").finish_non_exhaustive()
    }
}

impl Introduction {
    /// A new one, that says nothing of who or where this is.
    ///
    /// # Errors
    /// [`Error::System`](crate::Error::System) if the system has no random numbers.
    pub fn new() -> Result<Introduction, crate::Error> {
        let failed = |error: rcgen::Error| crate::Error::System {
            action: "making a certificate for audio",
            source: std::io::Error::other(error),
        };
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
        params.distinguished_name = DistinguishedName::new();
        let certificate = params.self_signed(&key).map_err(failed)?;
        Ok(Introduction { certificate: certificate.der().to_vec(), key: key.serialize_der() })
    }

    /// SHA-256 of the certificate.
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.certificate).into()
    }

    pub(crate) fn identity(&self) -> hookflash_media::Identity {
        hookflash_media::Identity::new(self.certificate.clone(), self.key.clone(), std::time::Instant::now())
    }
}
