//! The settings of telephone features that concern the whole system.

/// The settings of telephone features that concern the whole system (`telephony-service`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FeatureSettings {
    /// What the PickUp and GPickUp keys do.
    pub pickup: PickupKeys,
}

/// What the PickUp and GPickUp keys do (`service directed-pickup`). An asterisk stands for the own group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PickupKeys {
    /// PickUp takes a number or an asterisk; GPickUp takes a group or an asterisk, and nothing if there is one group
    /// only.
    #[default]
    Directed,
    /// PickUp picks up in the own group at once; GPickUp as before (`no service directed-pickup`).
    LocalGroup,
    /// PickUp picks up in the own group at once; GPickUp takes a number, a group, or an asterisk (`service
    /// directed-pickup gpickup`).
    GroupKeyDirected,
}
