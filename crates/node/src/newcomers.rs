//! Phones that nobody has configured: they become an `ephone` when they register, if the configuration wants that.
//!
//! `auto-reg-ephone` lets them in, `auto assign` gives each the first free number of a range; ranges for a model are used
//! before others. The new `ephone` is part of the running configuration at once, and `write memory` keeps it.

use std::collections::BTreeSet;

use hookflash_wire::sccp::{DeviceType, Register};
use tracing::{info, warn};

use crate::{
    LinkId, Node,
    config::{self, AutoAssign, Button, ButtonKind, MacAddress},
    fetches::{Attempt, Why},
    sccp::{NOT_CONFIGURED, TOO_MANY},
};

/// Words of kept lines that make an `ephone-dn` something else than a telephone's number.
const NOT_FOR_PHONES: [&str; 8] =
    ["paging", "intercom", "moh", "mwi", "park-slot", "conference", "loopback-dn", "whisper-intercom"];

/// The highest tag of an `ephone`.
const MAX_TAG: u32 = 65_535;

impl Node {
    /// A phone registers that is not configured.
    pub(crate) fn newcomer(&mut self, link: LinkId, register: &Register) {
        if self.settings.sccp.registers_new_phones {
            match self.add_ephone(register) {
                Ok(tag) => info!(tag, station = register.device_name.as_str(), "new phone is an ephone now"),
                Err(why) => return self.refuse_newcomer(link, register, why),
            }
            self.attempts.forget(register.device_name.as_str());
            let (stations, mut context) = self.stations_mut();
            return stations.register(link, register, &mut context);
        }
        self.refuse_newcomer(link, register, Why::NotConfigured);
    }

    fn refuse_newcomer(&mut self, link: LinkId, register: &Register, why: Why) {
        let name = register.device_name.as_str();
        if let Some(peer) = self.stations.peer_of(link) {
            let (device_type, at) = (register.device_type, self.now);
            let name = name.chars().filter(|c| c.is_ascii_graphic()).collect();
            self.attempts.add(Attempt { name, peer: peer.ip(), device_type, at, why, count: 0 });
        }
        let (stations, mut context) = self.stations_mut();
        let shown = if why == Why::Full { TOO_MANY } else { NOT_CONFIGURED };
        stations.reject(link, name, shown, &mut context);
    }

    /// Adds an `ephone` for a phone to the running configuration, and returns its tag.
    fn add_ephone(&mut self, register: &Register) -> Result<u32, Why> {
        let mac = mac_of(register.device_name.as_str()).ok_or(Why::Name)?;
        let running = self.running_configuration();
        let most = running.max_ephones();
        let used = running.ephones.values().filter(|ephone| ephone.mac_address.is_some()).count();
        let free = (1..=MAX_TAG).find(|tag| !running.ephones.contains_key(tag));
        let tag = free.filter(|_| used < usize::try_from(most).unwrap_or(usize::MAX)).ok_or(Why::Full)?;
        let mut edited = running.clone();
        let model = model_of(register.device_type);
        let assigned = free_line(&running, model);
        let ephone = edited.ephone_mut(tag);
        ephone.mac_address = Some(mac);
        ephone.model = model.map(Into::into);
        match &assigned {
            Some((line, _)) => {
                ephone.buttons.insert(1, Button { position: 1, kind: ButtonKind::Normal, tags: vec![*line] });
            }
            None => warn!(tag, "new phone has no number: no ephone-dn of `auto assign` is free"),
        }
        if let Some((line, Some(forward))) = assigned {
            set_forward(&mut edited, line, &forward);
        }
        self.configure(&running, edited).map_err(|_| Why::Full)?;
        Ok(tag)
    }
}

/// The address in the name of a telephone or an analogue adapter.
fn mac_of(name: &str) -> Option<MacAddress> {
    let upper = name.to_ascii_uppercase();
    let digits = upper.strip_prefix("SEP").or_else(|| upper.strip_prefix("ATA"))?;
    (digits.len() == 12).then(|| digits.parse().ok()).flatten()
}

/// The word for a model in `type`.
fn model_of(device_type: DeviceType) -> Option<&'static str> {
    device_type.model()?.ios_words.first().copied()
}

/// The first free line of the ranges for a model, or else of those for any, and how its calls are forwarded.
fn free_line(
    settings: &config::Settings,
    model: Option<&str>,
) -> Option<(u32, Option<(smol_str::SmolStr, u32)>)> {
    let ranges = &settings.telephony_service.as_ref()?.phones.auto_assign;
    let taken: BTreeSet<u32> = settings
        .ephones
        .values()
        .flat_map(|ephone| ephone.buttons.values().filter(|button| button.kind.names_dns()))
        .flat_map(|button| button.tags.iter().copied())
        .collect();
    let is_free =
        |tag: &u32| settings.ephone_dns.get(tag).is_some_and(|dn| is_for_phones(dn)) && !taken.contains(tag);
    let own = |range: &&AutoAssign| {
        range
            .model
            .as_deref()
            .is_some_and(|wanted| model.is_some_and(|model| model.eq_ignore_ascii_case(wanted)))
    };
    let any = |range: &&AutoAssign| range.model.is_none();
    let in_order = ranges.iter().filter(own).chain(ranges.iter().filter(any));
    in_order.into_iter().find_map(|range| {
        let tags = settings.ephone_dns.range(range.first..=range.last).map(|(tag, _)| *tag);
        Some((tags.into_iter().find(is_free)?, range.forward.clone()))
    })
}

fn is_for_phones(dn: &config::EphoneDn) -> bool {
    let first = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    dn.number.is_some()
        && dn.park_slot.is_none()
        && dn.features.mwi.is_none()
        && dn.services.paging.is_none()
        && dn.services.conference.is_none()
        && !dn.kept.iter().any(|line| NOT_FOR_PHONES.contains(&first(line).as_str()))
}

/// Calls that are not answered, or come while the line is busy, go there (`cfw`).
fn set_forward(settings: &mut config::Settings, line: u32, (to, seconds): &(smol_str::SmolStr, u32)) {
    let forward = config::Forward { target: to.clone(), only: None, dialplan_pattern: false };
    let features = &mut settings.ephone_dn_mut(line).features;
    features.forward_busy = Some(Box::new(forward.clone()));
    features.forward_no_answer = Some(Box::new(config::ForwardNoAnswer { forward, timeout: *seconds }));
}
