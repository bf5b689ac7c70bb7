//! Keys of encrypted audio for applications that may have them: GetMediaKeys.
//!
//! They are told to users in the groups Standard CTI Enabled, Secure Connection and Allow Reception of SRTP Key Material, over
//! TLS, where `cluster-security` is on. They are told when they are asked for and never in an event, so that no journal, recording or
//! log has them.

use base64::{Engine, engine::general_purpose::STANDARD};
use hookflash_core::{Connection, cti::SessionId};
use hookflash_wire::{csta::MediaKeyMaterial, sdp::Crypto};
use smol_str::SmolStr;

use crate::{MediaKeys, Node, config::CtiGroup, csta::WantedKeys};

/// Bytes of the key; the salt follows.
const KEY: usize = 16;

/// The groups that a user needs.
const GROUPS: [CtiGroup; 3] =
    [CtiGroup::Enabled, CtiGroup::SecureConnection, CtiGroup::AllowReceptionOfSrtpKeyMaterial];

impl Node {
    /// The keys of a connection, as far as the application may have them.
    pub(crate) fn keys_for(&self, wanted: &WantedKeys) -> MediaKeyMaterial {
        let calls = self.switch.calls();
        let key = calls.find(wanted.connection, |_| true);
        let station = key.and_then(|key| calls.connection(key)).and_then(Connection::station);
        let agreed =
            station.zip(key).and_then(|(station, key)| self.sip_phones.keys_of(station, key.reference()));
        match agreed {
            None => without("notEncrypted"),
            Some(_) if !self.may_have_keys(wanted.session) => without("encryptedUserNotAuthorized"),
            // The ends have agreed on them without us.
            Some(MediaKeys::Dtls(_)) => without("encryptedKeysUnavailable"),
            Some(MediaKeys::Described { own, theirs }) => MediaKeyMaterial {
                algorithm: Some(SmolStr::new_static(theirs.suite.name())),
                transmit: Some(written(&theirs)),
                receive: Some(written(&own)),
                ..without("encryptedKeysAvailable")
            },
        }
    }

    fn may_have_keys(&self, session: SessionId) -> bool {
        let config = &self.settings.configuration;
        let secured = config.cti_manager.as_ref().is_some_and(|manager| manager.cluster_security);
        let own = self.applications.session(session);
        let user = own.and_then(|own| own.identity().user.as_ref());
        let groups = user.and_then(|name| config.cti_users().find(|own| own.name == *name));
        let in_groups = groups.is_some_and(|user| GROUPS.iter().all(|group| user.groups.contains(group)));
        secured && in_groups && self.csta_tcp.is_over_tls(session)
    }
}

fn without(indicator: &'static str) -> MediaKeyMaterial {
    let indicator = SmolStr::new_static(indicator);
    MediaKeyMaterial { indicator, algorithm: None, transmit: None, receive: None }
}

fn written(crypto: &Crypto) -> [SmolStr; 2] {
    let (key, salt) = crypto.master.split_at(KEY);
    [key, salt].map(|part| STANDARD.encode(part).into())
}
