//! Telephone features of the whole system, from the configuration to the settings of the switch.

use hookflash_core::{DndCalls, FeatureSettings, PickupKeys};

use crate::config::{self, DirectedPickup};

/// The settings of the features.
pub(crate) fn of(config: &config::Settings) -> FeatureSettings {
    let service = config.telephony_service.clone().unwrap_or_default();
    FeatureSettings {
        pickup: match service.directed_pickup {
            DirectedPickup::On => PickupKeys::Directed,
            DirectedPickup::Off => PickupKeys::LocalGroup,
            DirectedPickup::ByGroupKey => PickupKeys::GroupKeyDirected,
        },
    }
}

/// What happens to calls of a phone whose user is not to be disturbed.
pub(crate) fn dnd_calls(config: &config::Settings, ephone: u32) -> DndCalls {
    match config.effective_dnd_feature_ring(ephone) {
        None => DndCalls::Refused,
        Some(true) => DndCalls::Silent,
        Some(false) => DndCalls::RingFeatureButtons,
    }
}
