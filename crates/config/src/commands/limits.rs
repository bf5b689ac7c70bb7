//! `limits`: how much one source address, one principal and all strangers together may take.

use crate::command::{Command, Status, number};
use crate::settings::Limits;

pub(crate) static COMMANDS: &[Command<Limits>] = {
    type Row = Command<Limits>;
    &[
        number!(
            "connections per-source",
            "1-100000",
            "TCP connections of applications from one address",
            4096,
            connections_per_source
        )
        .status(Status::Own)
        .words(PER_SOURCE),
        number!(
            "connections waiting per-source",
            "1-100000",
            "TCP connections from one address on which nobody has registered or opened a session",
            2048,
            waiting_per_source
        )
        .status(Status::Own)
        .words(WAITING_AND_PER_SOURCE),
        number!("sessions per-source", "1-20000", "CTI sessions from one address", 2000, sessions_per_source)
            .status(Status::Own)
            .words(PER_SOURCE),
        number!(
            "sessions per-principal",
            "1-20000",
            "CTI sessions of one application or user",
            2000,
            sessions_per_principal
        )
        .status(Status::Own)
        .words(PER_PRINCIPAL),
        number!(
            "monitors per-source",
            "1-100000",
            "Monitors of the sessions from one address",
            25000,
            monitors_per_source
        )
        .status(Status::Own)
        .words(PER_SOURCE),
        number!(
            "monitors per-principal",
            "1-100000",
            "Monitors of the sessions of one application or user",
            25000,
            monitors_per_principal
        )
        .status(Status::Own)
        .words(PER_PRINCIPAL),
        number!(
            "monitors per-device",
            "1-20000",
            "Further monitors on one device by sessions of one address that watch it already",
            1000,
            monitors_per_device
        )
        .status(Status::Own)
        .words(PER_DEVICE),
        number!(
            "transactions per-source",
            "16-65536",
            "SIP requests from one address that are kept in case they are repeated",
            8192,
            transactions_per_source
        )
        .status(Status::Own)
        .words(PER_SOURCE),
        number!(
            "calls per-source",
            "0-100000",
            "New calls a second by the applications of one address; 0 means a fair share",
            0,
            calls_per_source
        )
        .status(Status::Own)
        .words(PER_SOURCE),
        number!(
            "registrations failed per-source",
            "1-10000",
            "Failed registrations and token requests a minute from one address before it has to wait",
            30,
            failures_per_source
        )
        .status(Status::Own)
        .words(FAILED_AND_PER_SOURCE),
        number!(
            "log per-source",
            "1-10000",
            "Log lines a minute of one kind about one address; the others are counted",
            60,
            log_per_source
        )
        .status(Status::Own)
        .words(PER_SOURCE),
        number!(
            "phone probe",
            "0-60",
            "Seconds in which a phone answers before a registration from another address takes its place",
            5,
            phone_probe
        )
        .status(Status::Own)
        .words(&[("probe", "0 means that the newest registration wins at once")]),
        number!(
            "memory megabytes",
            "16-65536",
            "Memory for everything that strangers and applications can fill",
            256,
            memory_megabytes
        )
        .status(Status::Own)
        .words(&[("megabytes", "The budget; `show memory` says how it is divided")]),
    ]
};

const PER_SOURCE: &[(&str, &str)] = &[("per-source", "For each source address")];
const PER_PRINCIPAL: &[(&str, &str)] = &[("per-principal", "For each application or user")];
const PER_DEVICE: &[(&str, &str)] = &[("per-device", "On one device, for each source address")];
const WAITING_AND_PER_SOURCE: &[(&str, &str)] =
    &[("waiting", "Without registration and without session"), ("per-source", "For each source address")];
const FAILED_AND_PER_SOURCE: &[(&str, &str)] =
    &[("failed", "Refused because of the name"), ("per-source", "For each source address")];
