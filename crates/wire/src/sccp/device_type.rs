//! Phone models: their numbers, buttons and abilities.
//!
//! [`DeviceType`] is the number a phone registers with; [`DeviceType::model`] finds what is known about it in
//! the one table at the end.

use super::body::numbers;
use super::values::Stimulus;

use PromptArea::{None as NoDisplay, OneLine, Prompt};
use TemplateButton::{Feature, Free, Line, SpeedDial, Unused};

/// What one button of a phone can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateButton {
    /// Lines, speed dials and features in any order.
    Free,
    /// A line.
    Line,
    /// A speed dial.
    SpeedDial,
    /// A fixed function, printed on the key.
    Feature(Stimulus),
    /// Nothing.
    Unused,
}

/// Where a phone can show text about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptArea {
    /// Nowhere: do not send prompts.
    None,
    /// On its only line, by [`DisplayText`](super::DisplayText).
    OneLine,
    /// Above the soft keys, by [`DisplayPromptStatus`](super::DisplayPromptStatus).
    Prompt,
}

/// What is known about a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceModel {
    /// The number.
    pub device_type: DeviceType,
    /// The words that mean this model in the `type` command of an IOS ephone.
    pub ios_words: &'static [&'static str],
    /// Whether the phone has soft keys; without, it reports buttons, hook flashes and digits only.
    pub soft_keys: bool,
    /// Whether the phone can take a call hands-free, so that it can be told to go off-hook.
    pub speakerphone: bool,
    /// Where text goes.
    pub prompt_area: PromptArea,
    buttons: &'static [(TemplateButton, u8)],
}

impl DeviceModel {
    /// The buttons, in the order of the button template.
    pub fn buttons(&self) -> impl Iterator<Item = TemplateButton> {
        self.buttons.iter().flat_map(|(button, count)| std::iter::repeat_n(*button, usize::from(*count)))
    }

    /// How many buttons can be lines: free ones and those for lines.
    pub fn line_buttons(&self) -> usize {
        self.buttons().filter(|button| matches!(button, Free | Line)).count()
    }

    /// The model an IOS configuration means by `word` (as `7960`, `7941GE`, `CIPC`), in any case.
    pub fn from_ios_word(word: &str) -> Option<&'static DeviceModel> {
        MODELS.iter().find(|model| model.ios_words.iter().any(|known| known.eq_ignore_ascii_case(word)))
    }

    /// All models, by number.
    pub const ALL: &[DeviceModel] = MODELS;
}

impl DeviceType {
    /// What is known about the model. The number 118 is taken for the 7971.
    pub fn model(self) -> Option<&'static DeviceModel> {
        let device_type = if self.0 == 118 { DeviceType::TYPE_7971 } else { self };
        let index = MODELS.binary_search_by_key(&device_type, |model| model.device_type).ok()?;
        MODELS.get(index)
    }
}

numbers! {
    /// A phone model, as in Register. [`Display`](std::fmt::Display) gives the model name.
    DeviceType {
        TYPE_30SP_PLUS = 1, "Cisco 30SP+";
        TYPE_12SP_PLUS = 2, "Cisco 12SP+";
        TYPE_12SP = 3, "Cisco 12SP";
        TYPE_12 = 4, "Cisco 12";
        TYPE_30VIP = 5, "Cisco 30VIP";
        TYPE_7910 = 6, "Cisco 7910";
        TYPE_7960 = 7, "Cisco 7960";
        TYPE_7940 = 8, "Cisco 7940";
        TYPE_7935 = 9, "Cisco 7935";
        VG_GATEWAY = 10, "VG gateway";
        VG_VIRTUAL_PHONE = 11, "VG virtual phone";
        ATA_186 = 12, "Cisco ATA 186";
        ATA_188 = 13, "Cisco ATA 188";
        VIRTUAL_30SP_PLUS = 20, "Virtual 30SP+";
        TYPE_7941 = 115, "Cisco 7941G";
        TYPE_7971 = 119, "Cisco 7971G-GE";
        TYPE_7914 = 124, "Cisco 7914 expansion module";
        TYPE_7915_12 = 227, "Cisco 7915 12-button expansion module";
        TYPE_7915_24 = 228, "Cisco 7915 24-button expansion module";
        TYPE_7916_12 = 229, "Cisco 7916 12-button expansion module";
        TYPE_7916_24 = 230, "Cisco 7916 24-button expansion module";
        NOKIA_E_SERIES = 275, "Nokia E series";
        TYPE_7985 = 302, "Cisco 7985";
        TYPE_7911 = 307, "Cisco 7911G";
        TYPE_7961GE = 308, "Cisco 7961G-GE";
        TYPE_7941GE = 309, "Cisco 7941G-GE";
        TYPE_7931 = 348, "Cisco 7931G";
        TYPE_7921 = 365, "Cisco 7921G";
        TYPE_7906 = 369, "Cisco 7906G";
        NOKIA_ICC = 376, "Nokia ICC client";
        TYPE_7962 = 404, "Cisco 7962G";
        TYPE_7937 = 431, "Cisco 7937G";
        TYPE_7942 = 434, "Cisco 7942G";
        TYPE_7945 = 435, "Cisco 7945G";
        TYPE_7965 = 436, "Cisco 7965G";
        TYPE_7975 = 437, "Cisco 7975G";
        TYPE_7925 = 484, "Cisco 7925G";
        TYPE_6921 = 495, "Cisco 6921";
        TYPE_6941 = 496, "Cisco 6941";
        TYPE_6961 = 497, "Cisco 6961";
        TYPE_6901 = 547, "Cisco 6901";
        TYPE_6911 = 548, "Cisco 6911";
        TYPE_6945 = 564, "Cisco 6945";
        TYPE_7926 = 577, "Cisco 7926G";
        TYPE_8945 = 585, "Cisco 8945";
        TYPE_8941 = 586, "Cisco 8941";
        TYPE_7905 = 20000, "Cisco 7905G";
        TYPE_7920 = 30002, "Cisco 7920";
        TYPE_7970 = 30006, "Cisco 7970G";
        TYPE_7912 = 30007, "Cisco 7912G";
        TYPE_7902 = 30008, "Cisco 7902G";
        IP_COMMUNICATOR = 30016, "Cisco IP Communicator";
        TYPE_7961 = 30018, "Cisco 7961G";
        TYPE_7936 = 30019, "Cisco 7936";
        ANALOGUE_PHONE = 30027, "Analogue phone";
        BRI_PHONE = 30028, "ISDN BRI phone";
        SCCP_GATEWAY_VIRTUAL_PHONE = 30032, "SCCP gateway virtual phone";
        SPA_521S = 80000, "Cisco SPA 521S";
        SPA_502G = 80003, "Cisco SPA 502G";
        SPA_504G = 80004, "Cisco SPA 504G";
        SPA_525G = 80005, "Cisco SPA 525G";
        SPA_509G = 80007, "Cisco SPA 509G";
        SPA_525G2 = 80009, "Cisco SPA 525G2";
        SPA_303G = 80011, "Cisco SPA 303G";
    }
}

const KEYS_30SP: &[(TemplateButton, u8)] = &[
    (Free, 4),
    (Feature(Stimulus::LAST_NUMBER_REDIAL), 1),
    (Feature(Stimulus::VOICEMAIL), 1),
    (Feature(Stimulus::CALL_PARK), 1),
    (Feature(Stimulus::FORWARD_ALL), 1),
    (Feature(Stimulus::CONFERENCE), 1),
    (Unused, 4),
    (Free, 13),
];
const KEYS_12SP: &[(TemplateButton, u8)] = &[
    (Line, 2),
    (SpeedDial, 4),
    (Feature(Stimulus::HOLD), 1),
    (Feature(Stimulus::LAST_NUMBER_REDIAL), 1),
    (Feature(Stimulus::TRANSFER), 1),
    (Feature(Stimulus::FORWARD_ALL), 1),
    (Feature(Stimulus::CALL_PARK), 1),
    (Feature(Stimulus::VOICEMAIL), 1),
];
const KEYS_7911: &[(TemplateButton, u8)] = &[(Line, 1), (Feature(Stimulus::HOLD), 1), (SpeedDial, 9)];
const KEYS_ATA: &[(TemplateButton, u8)] = &[(Line, 1), (SpeedDial, 4)];
const KEYS_7910: &[(TemplateButton, u8)] = &[
    (Line, 1),
    (Feature(Stimulus::HOLD), 1),
    (Feature(Stimulus::TRANSFER), 1),
    (Feature(Stimulus::DISPLAY), 1),
    (Feature(Stimulus::VOICEMAIL), 1),
    (Feature(Stimulus::CONFERENCE), 1),
    (Feature(Stimulus::FORWARD_ALL), 1),
    (SpeedDial, 2),
    (Feature(Stimulus::LAST_NUMBER_REDIAL), 1),
];
const KEYS_7902: &[(TemplateButton, u8)] = &[
    (Line, 1),
    (Feature(Stimulus::HOLD), 1),
    (Feature(Stimulus::TRANSFER), 1),
    (Feature(Stimulus::DISPLAY), 1),
    (Feature(Stimulus::VOICEMAIL), 1),
    (Feature(Stimulus::CONFERENCE), 1),
    (Feature(Stimulus::FORWARD_ALL), 1),
    (SpeedDial, 4),
    (Feature(Stimulus::LAST_NUMBER_REDIAL), 1),
];
const KEYS_7931: &[(TemplateButton, u8)] = &[
    (Free, 20),
    (Feature(Stimulus::MESSAGES), 1),
    (Feature(Stimulus::DIRECTORY), 1),
    (Feature(Stimulus::HEADSET), 1),
    (Feature(Stimulus::APPLICATION), 1),
];
const KEYS_8945: &[(TemplateButton, u8)] = &[
    (Free, 10),
    (Feature(Stimulus::CONFERENCE), 1),
    (Feature(Stimulus::HOLD), 1),
    (Feature(Stimulus::TRANSFER), 1),
    (Feature(Stimulus::LAST_NUMBER_REDIAL), 1),
];

const fn model(
    device_type: DeviceType,
    ios_words: &'static [&'static str],
    buttons: &'static [(TemplateButton, u8)],
    (soft_keys, speakerphone): (bool, bool),
    prompt_area: PromptArea,
) -> DeviceModel {
    DeviceModel { device_type, ios_words, soft_keys, speakerphone, prompt_area, buttons }
}

/// By number. Type, IOS words, buttons, (soft keys, speakerphone), prompt area.
#[rustfmt::skip]
const MODELS: &[DeviceModel] = &[
    model(DeviceType::TYPE_30SP_PLUS, &["30SP"], KEYS_30SP, (false, true), Prompt),
    model(DeviceType::TYPE_12SP_PLUS, &["12SP"], KEYS_12SP, (false, true), Prompt),
    model(DeviceType::TYPE_12SP, &[], KEYS_12SP, (false, true), Prompt),
    model(DeviceType::TYPE_12, &[], KEYS_12SP, (false, true), Prompt),
    model(DeviceType::TYPE_30VIP, &["30VIP"], KEYS_30SP, (false, true), Prompt),
    model(DeviceType::TYPE_7910, &["7910"], KEYS_7910, (false, false), OneLine),
    model(DeviceType::TYPE_7960, &["7960"], &[(Free, 6)], (true, true), Prompt),
    model(DeviceType::TYPE_7940, &["7940"], &[(Free, 2)], (true, true), Prompt),
    model(DeviceType::TYPE_7935, &["7935"], &[(Line, 2)], (true, true), Prompt),
    model(DeviceType::VG_GATEWAY, &[], &[(Line, 1)], (false, false), NoDisplay),
    model(DeviceType::VG_VIRTUAL_PHONE, &[], &[(Line, 1)], (false, false), NoDisplay),
    model(DeviceType::ATA_186, &["ata"], KEYS_ATA, (false, false), NoDisplay),
    model(DeviceType::ATA_188, &[], KEYS_ATA, (false, false), NoDisplay),
    model(DeviceType::VIRTUAL_30SP_PLUS, &[], KEYS_30SP, (false, true), Prompt),
    model(DeviceType::TYPE_7941, &["7941"], &[(Free, 2)], (true, true), Prompt),
    model(DeviceType::TYPE_7971, &["7971"], &[(Free, 8)], (true, true), Prompt),
    model(DeviceType::TYPE_7914, &["7914"], &[(Free, 14)], (false, false), NoDisplay),
    model(DeviceType::TYPE_7915_12, &["7915-12"], &[(Free, 12)], (false, false), NoDisplay),
    model(DeviceType::TYPE_7915_24, &["7915-24"], &[(Free, 24)], (false, false), NoDisplay),
    model(DeviceType::TYPE_7916_12, &["7916-12"], &[(Free, 12)], (false, false), NoDisplay),
    model(DeviceType::TYPE_7916_24, &["7916-24"], &[(Free, 24)], (false, false), NoDisplay),
    model(DeviceType::NOKIA_E_SERIES, &["nokia-e"], &[(Line, 2), (SpeedDial, 5)], (true, true), Prompt),
    model(DeviceType::TYPE_7985, &["7985"], &[(Free, 1)], (true, true), Prompt),
    model(DeviceType::TYPE_7911, &["7911"], KEYS_7911, (true, false), Prompt),
    model(DeviceType::TYPE_7961GE, &["7961GE"], &[(Free, 6)], (true, true), Prompt),
    model(DeviceType::TYPE_7941GE, &["7941GE"], &[(Free, 2)], (true, true), Prompt),
    model(DeviceType::TYPE_7931, &["7931"], KEYS_7931, (true, true), Prompt),
    model(DeviceType::TYPE_7921, &["7921"], &[(Free, 6)], (true, false), Prompt),
    model(DeviceType::TYPE_7906, &["7906"], KEYS_7911, (true, false), Prompt),
    model(DeviceType::NOKIA_ICC, &[], &[(Line, 1)], (true, true), Prompt),
    model(DeviceType::TYPE_7962, &["7962"], &[(Free, 6)], (true, true), Prompt),
    model(DeviceType::TYPE_7937, &["7937"], &[(Line, 1)], (true, true), Prompt),
    model(DeviceType::TYPE_7942, &["7942"], &[(Free, 2)], (true, true), Prompt),
    model(DeviceType::TYPE_7945, &["7945"], &[(Free, 2)], (true, true), Prompt),
    model(DeviceType::TYPE_7965, &["7965"], &[(Free, 6)], (true, true), Prompt),
    model(DeviceType::TYPE_7975, &["7975"], &[(Free, 8)], (true, true), Prompt),
    model(DeviceType::TYPE_7925, &["7925"], &[(Free, 6)], (true, false), Prompt),
    model(DeviceType::TYPE_6921, &["6921"], &[(Free, 2), (SpeedDial, 6)], (true, true), Prompt),
    model(DeviceType::TYPE_6941, &["6941"], &[(Free, 4)], (true, true), Prompt),
    model(DeviceType::TYPE_6961, &["6961"], &[(Free, 12)], (true, true), Prompt),
    model(DeviceType::TYPE_6901, &["6901"], &[(Free, 1)], (false, false), NoDisplay),
    model(DeviceType::TYPE_6911, &["6911"], &[(Free, 1)], (true, true), NoDisplay),
    model(DeviceType::TYPE_6945, &["6945"], &[(Free, 4)], (true, true), Prompt),
    model(DeviceType::TYPE_7926, &["7926"], &[(Free, 6)], (true, false), Prompt),
    model(DeviceType::TYPE_8945, &["8945"], KEYS_8945, (true, true), NoDisplay),
    model(DeviceType::TYPE_8941, &["8941"], KEYS_8945, (true, true), NoDisplay),
    model(DeviceType::TYPE_7905, &["7905"], KEYS_7911, (true, false), OneLine),
    model(DeviceType::TYPE_7920, &["7920"], &[(Free, 6)], (true, false), Prompt),
    model(DeviceType::TYPE_7970, &["7970"], &[(Free, 8)], (true, true), Prompt),
    model(DeviceType::TYPE_7912, &["7912"], KEYS_7911, (true, false), Prompt),
    model(DeviceType::TYPE_7902, &["7902"], KEYS_7902, (false, false), OneLine),
    model(DeviceType::IP_COMMUNICATOR, &["CIPC"], &[(Free, 8)], (true, true), Prompt),
    model(DeviceType::TYPE_7961, &["7961"], &[(Free, 6)], (true, true), Prompt),
    model(DeviceType::TYPE_7936, &["7936"], &[(Line, 2)], (true, true), Prompt),
    model(DeviceType::ANALOGUE_PHONE, &["anl"], &[(Line, 1)], (false, false), NoDisplay),
    model(DeviceType::BRI_PHONE, &["bri"], &[(Line, 1)], (false, false), NoDisplay),
    model(DeviceType::SCCP_GATEWAY_VIRTUAL_PHONE, &[], &[(Line, 1)], (false, false), NoDisplay),
    model(DeviceType::SPA_521S, &["521SG", "521G"], &[(Free, 1)], (true, true), Prompt),
    model(DeviceType::SPA_502G, &["502G"], &[(Free, 1)], (true, true), Prompt),
    model(DeviceType::SPA_504G, &["504G"], &[(Free, 4)], (true, true), Prompt),
    model(DeviceType::SPA_525G, &["525G"], &[(Free, 5)], (true, true), Prompt),
    model(DeviceType::SPA_509G, &["509G"], &[(Free, 12)], (true, true), Prompt),
    model(DeviceType::SPA_525G2, &["525G2"], &[(Free, 8)], (true, true), Prompt),
    model(DeviceType::SPA_303G, &["303G"], &[(Free, 3)], (true, true), Prompt),
];
