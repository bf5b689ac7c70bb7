//! Hunt groups: `ephone-hunt` and `voice hunt-group`.

use smol_str::SmolStr;

use super::Preference;

/// `ephone-hunt` or `voice hunt-group`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HuntGroup {
    /// The type of the opening line.
    pub kind: HuntType,
    /// `pilot`.
    pub pilot: Option<SmolStr>,
    /// `pilot ... secondary`.
    pub secondary: Option<SmolStr>,
    /// `list`.
    pub members: Vec<SmolStr>,
    /// `final`.
    pub final_number: Option<SmolStr>,
    /// `timeout`: seconds for each attempt; empty means `timeouts ringing`.
    pub timeouts: Vec<u32>,
    /// `max-timeout`, in seconds.
    pub max_timeout: Option<u32>,
    /// `hops`.
    pub hops: Option<u32>,
    /// `preference`.
    pub preference: Option<Preference>,
    /// `present-call`.
    pub present_call: Option<PresentCall>,
    /// `auto logout`.
    pub auto_logout: Option<AutoLogout>,
    /// `statistics collect`.
    pub collects_statistics: bool,
    /// `description`.
    pub description: Option<SmolStr>,
    /// `name`.
    pub name: Option<SmolStr>,
    /// `no-reg`, as it is printed.
    pub no_reg: Option<&'static str>,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// The type of a hunt group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HuntType {
    /// `sequential`.
    #[default]
    Sequential,
    /// `peer`.
    Peer,
    /// `longest-idle`.
    LongestIdle,
    /// `parallel`.
    Parallel,
}

impl HuntType {
    /// The word of the command.
    pub const fn word(self) -> &'static str {
        match self {
            HuntType::Sequential => "sequential",
            HuntType::Peer => "peer",
            HuntType::LongestIdle => "longest-idle",
            HuntType::Parallel => "parallel",
        }
    }
}

impl std::fmt::Display for HuntType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// `present-call`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresentCall {
    /// `idle-phone`: phones without any call.
    Idle,
    /// `onhook-phone`: phones that are on-hook.
    OnHook,
}

/// `auto logout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoLogout {
    /// After how many calls in vain.
    pub calls: u32,
    /// `static` or `dynamic`: only members of that kind.
    pub only: Option<&'static str>,
}
