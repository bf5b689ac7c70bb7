//! The numbers of keys, call states and tones, and the labels of soft keys in the phone's dictionary.

use hookflash_wire::sccp::{CallState, Phrase, SoftKey, Stimulus, Text, Tone};

#[test]
fn soft_keys_have_the_numbers_and_labels_of_the_usual_template() {
    let keys = [
        (SoftKey::REDIAL, 1, Phrase::REDIAL, 0x01, "Redial"),
        (SoftKey::NEW_CALL, 2, Phrase::NEW_CALL, 0x02, "NewCall"),
        (SoftKey::HOLD, 3, Phrase::HOLD, 0x03, "Hold"),
        (SoftKey::TRANSFER, 4, Phrase::TRANSFER, 0x04, "Trnsfer"),
        (SoftKey::FORWARD_ALL, 5, Phrase::FORWARD_ALL, 0x05, "CFwdAll"),
        (SoftKey::FORWARD_BUSY, 6, Phrase::FORWARD_BUSY, 0x06, "CFwdBusy"),
        (SoftKey::FORWARD_NO_ANSWER, 7, Phrase::FORWARD_NO_ANSWER, 0x07, "CFwdNoAnswer"),
        (SoftKey::BACKSPACE, 8, Phrase::BACKSPACE, 0x08, "<<"),
        (SoftKey::END_CALL, 9, Phrase::END_CALL, 0x09, "EndCall"),
        (SoftKey::RESUME, 10, Phrase::RESUME, 0x0A, "Resume"),
        (SoftKey::ANSWER, 11, Phrase::ANSWER, 0x0B, "Answer"),
        (SoftKey::INFO, 12, Phrase::INFO, 0x0C, "Info"),
        (SoftKey::CONFERENCE, 13, Phrase::CONFERENCE_KEY, 0x0D, "Confrn"),
        (SoftKey::PARK, 14, Phrase::PARK, 0x0E, "Park"),
        (SoftKey::JOIN, 15, Phrase::JOIN, 0x0F, "Join"),
        (SoftKey::MEET_ME, 16, Phrase::MEET_ME, 0x10, "MeetMe"),
        (SoftKey::PICKUP, 17, Phrase::PICKUP, 0x11, "PickUp"),
        (SoftKey::GROUP_PICKUP, 18, Phrase::GROUP_PICKUP, 0x12, "GPickUp"),
        (SoftKey::DO_NOT_DISTURB, 20, Phrase::DND, 0x3F, "DND"),
        (SoftKey::BARGE, 21, Phrase::BARGE, 0x43, "Barge"),
        (SoftKey::DIRECT_TRANSFER, 28, Phrase::DIRECT_TRANSFER, 0x4D, "DirTrfr"),
        (SoftKey::SELECT, 29, Phrase::SELECT, 0x4E, "Select"),
        (SoftKey::CONFERENCE_LIST, 30, Phrase::CONFERENCE_LIST, 0x4F, "ConfList"),
        (SoftKey::VIDEO_MODE, 33, Phrase::VIDEO_MODE, 0x58, "VidMode"),
        (SoftKey::PRIVATE, 0x36, Phrase::PRIVATE, 0x36, "Private"),
        (SoftKey::REMOVE_LAST_PARTICIPANT, 0x39, Phrase::REMOVE_LAST_PARTICIPANT, 0x39, "RmLstC"),
        (SoftKey::IMMEDIATE_DIVERT, 0x3B, Phrase::IMMEDIATE_DIVERT, 0x3B, "ImmDiv"),
        (SoftKey::TRANSFER_TO_VOICEMAIL, 0x3E, Phrase::TRANSFER_TO_VOICEMAIL, 0x3E, "TrnsfVM"),
        (SoftKey::CALL_BACK, 0x41, Phrase::CALL_BACK, 0x41, "CallBack"),
        (SoftKey::QUALITY_REPORT, 0x4B, Phrase::QUALITY_REPORT, 0x4B, "QRT"),
        (SoftKey::MALICIOUS_CALL, 0x4C, Phrase::MALICIOUS_CALL, 0x4C, "MCID"),
        (SoftKey::I_DIVERT, 0x50, Phrase::I_DIVERT, 0x50, "iDivert"),
        (SoftKey::C_BARGE, 0x51, Phrase::C_BARGE, 0x51, "cBarge"),
        (SoftKey::HUNT_GROUP_LOG, 0x5C, Phrase::HUNT_GROUP_LOG, 0x5C, "HLog"),
    ];
    for (key, event, label, code, words) in keys {
        assert_eq!((key.0, label.code(), Text::from(label).to_string().as_str()), (event, code, words));
    }
}

#[test]
fn feature_buttons_have_their_numbers() {
    let buttons = [
        (Stimulus::TRANSFER, 0x04),
        (Stimulus::DIRECTED_PARK, 0x16),
        (Stimulus::MEET_ME_CONFERENCE, 0x7B),
        (Stimulus::CONFERENCE, 0x7D),
        (Stimulus::CALL_PARK, 0x7E),
        (Stimulus::CALL_PICKUP, 0x7F),
        (Stimulus::GROUP_CALL_PICKUP, 0x80),
        (Stimulus::MOBILITY, 0x81),
        (Stimulus::DO_NOT_DISTURB, 0x82),
        (Stimulus::CONFERENCE_LIST, 0x83),
        (Stimulus::REMOVE_LAST_PARTICIPANT, 0x84),
        (Stimulus::CALL_BACK, 0x86),
        (Stimulus::OTHER_PICKUP, 0x87),
        (Stimulus::HUNT_GROUP_LOG, 0x8B),
    ];
    for (button, number) in buttons {
        assert_eq!(button.0, number, "{button:?}");
    }
}

#[test]
fn call_states_and_tones_of_features_have_their_numbers() {
    let states = [(CallState::CALL_TRANSFER, 10), (CallState::CALL_PARK, 11), (CallState::REMOTE_HOLD, 17)];
    for (state, number) in states {
        assert_eq!(state.0, number, "{state:?}");
    }
    let tones = [
        (Tone::ZIP_ZIP, 0x31),
        (Tone::ZIP, 0x32),
        (Tone::BEEP_BONK, 0x33),
        (Tone::FEATURE_RECALL_DIAL, 0x42),
        (Tone::BARGE_IN, 0x43),
        (Tone::HZ_2105, 0x67),
        (Tone::HZ_300, 0x6A),
    ];
    for (tone, number) in tones {
        assert_eq!(tone.0, number, "{tone:?}");
    }
}
