//! `application-user` and `end-user`: who may open CTI sessions with a password, and control what.

use super::kept;
use crate::command::{Command, Printer, Reports, Status};
use crate::cti_user::{ControlledDevice, CtiGroup, CtiUser};
use crate::matcher::{Matched, Word};
use crate::values::Secret;

/// The command that adds the user to a group.
macro_rules! group {
    ($syntax:literal, $help:literal, $group:ident) => {
        Row::new($syntax, $help, "not a member")
            .status(Status::Own)
            .apply(|user, matched, _| match matched.is_set() {
                true => drop(user.groups.insert(CtiGroup::$group)),
                false => drop(user.groups.remove(&CtiGroup::$group)),
            })
            .show(|user, out| {
                if user.groups.contains(&CtiGroup::$group) {
                    out.line(format!("group {}", CtiGroup::$group.name()));
                }
            })
    };
}

pub(crate) static COMMANDS: &[Command<CtiUser>] = {
    type Row = Command<CtiUser>;
    &[
        Row::new(
            "password [0|7|8|9|argon2] <secret:word>",
            "Password of the user",
            "none: the user cannot log in",
        )
        .status(Status::Own)
        .words(&[
            ("0", "The password that follows is not encrypted"),
            ("7", "The password that follows is obscured"),
            ("8", "What follows is the hash of the password (PBKDF2 with SHA-256)"),
            ("9", "What follows is the hash of the password (scrypt)"),
            ("argon2", "What follows is the hash of the password ($argon2id$...)"),
        ])
        .apply(|user, matched, _| {
            let known = [("0", 0), ("7", 7), ("8", 8), ("9", 9), ("argon2", Secret::ARGON2)];
            let encryption = known.into_iter().find(|(word, _)| matched.has(word));
            let text = matched.text("secret").filter(|_| matched.is_set());
            user.password = text.map(|text| Secret { encryption: encryption.map(|(_, digit)| digit), text });
        })
        .show(|user, out| {
            if let Some(password) = &user.password {
                out.line(format!("password {password}"));
            }
        }),
        Row::new(
            "x509-subject-name <name:word..253>",
            "Common name, or alternative name, of the certificate by which the user is proved",
            "the name of the user",
        )
        .status(Status::Own)
        .apply(|user, matched, reports| {
            let Some(word) = matched.word("name") else { return };
            set_subject(user, matched.is_set(), reports, word);
        })
        .show(|user, out| {
            user.subject_names.iter().for_each(|name| out.line(format!("x509-subject-name {name}")));
        }),
        group!("group Standard CTI Enabled", "May open sessions", Enabled),
        group!(
            "group Standard CTI Allow Call Park Monitoring",
            "May be told of parked calls",
            AllowCallParkMonitoring
        ),
        group!(
            "group Standard CTI Allow Calling Number Modification",
            "May choose the calling number when it routes a call",
            AllowCallingNumberModification
        ),
        group!(
            "group Standard CTI Allow Control of All Devices",
            "May control every device",
            AllowControlOfAllDevices
        ),
        group!(
            "group Standard CTI Allow Reception of SRTP Key Material",
            "May receive the keys of encrypted media",
            AllowReceptionOfSrtpKeyMaterial
        ),
        group!(
            "group Standard CTI Secure Connection",
            "Must use TLS, with cluster-security",
            SecureConnection
        ),
        Row::new(
            "controlled-device number <numbers:word>",
            "Directory numbers that the user controls",
            "none",
        )
        .status(Status::Own)
        .words(&[("number", "One number, a range such as 201-299, or a pattern with .")])
        .apply(|user, matched, reports| {
            let Some(word) = matched.word("numbers") else { return };
            match ControlledDevice::numbers(word.text) {
                Some(device) => set(user, device, matched, reports, word),
                None => reports.error(
                    word,
                    format!("`{}` is no directory number, range or pattern", word.text),
                    "write a number as 201, a range as 201-299, or a pattern as 2..",
                ),
            }
        })
        .show(show_controlled),
        Row::new(
            "controlled-device <name:word>",
            "Phone, CTI port or route point that the user controls",
            "none",
        )
        .status(Status::Own)
        .apply(|user, matched, reports| {
            let Some(word) = matched.word("name") else { return };
            set(user, ControlledDevice::Name(word.text.into()), matched, reports, word);
        }),
        kept!("description", "Text about the user"),
    ]
};

/// Names of certificates that a user may have.
const MAX_SUBJECTS: usize = 16;

fn set_subject(user: &mut CtiUser, add: bool, reports: &mut Reports, word: Word<'_>) {
    user.subject_names.retain(|other| other != word.text);
    if !add {
        return;
    }
    if user.subject_names.len() >= MAX_SUBJECTS {
        let message = format!("a user has at most {MAX_SUBJECTS} names of certificates");
        return reports.error(word, message, "make a user of its own for each application");
    }
    user.subject_names.push(word.text.into());
}

/// Devices that a user may have in his list.
const MAX_CONTROLLED: usize = 2_500;

fn set(
    user: &mut CtiUser,
    device: ControlledDevice,
    matched: &Matched<'_>,
    reports: &mut Reports,
    word: Word<'_>,
) {
    user.controlled.retain(|other| *other != device);
    if !matched.is_set() {
        return;
    }
    if user.controlled.len() >= MAX_CONTROLLED {
        let message = format!("a user has at most {MAX_CONTROLLED} controlled devices");
        return reports.error(word, message, "use ranges of numbers, or the group for all devices");
    }
    user.controlled.push(device);
}

fn show_controlled(user: &CtiUser, out: &mut Printer) {
    user.controlled.iter().for_each(|device| out.line(format!("controlled-device {device}")));
}
