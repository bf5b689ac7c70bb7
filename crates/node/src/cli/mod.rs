//! Exec commands: what an operator types at `hookflash#`, and what it prints.
//!
//! One table, `COMMANDS`, in the notation of the configuration language: it parses, completes, explains
//! (`show cti ?`) and names the function that runs. The output has the form of IOS.

mod clear;
mod debug;
mod emadmin;
mod filter;
mod send_ephone;
mod show_calls;
mod show_cti;
mod show_cti_device;
mod show_cti_manager;
mod show_dial_peer;
mod show_ephone;
mod show_ephone_dn;
mod show_ephone_tables;
mod show_hunt;
mod show_provisioning;
mod show_register;
mod show_sip_phone;
mod show_system;
mod show_telephony_service;
mod show_trunks;
#[cfg(test)]
mod tests;

use std::{fmt::Write, sync::LazyLock};

use self::filter::{Failure, Filter};
use crate::{
    Node,
    config::{
        Candidate, INCOMPLETE, Status, invalid_input,
        table::{CommandInfo, CommandSet, Form, Matched, Outcome, help_in, words},
    },
};

/// What an exec command line comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// It printed this.
    Printed(String),
    /// It could not be carried out, for this reason.
    Failed(String),
    /// No command begins like this; the mark under it.
    Unknown(String),
    /// The terminal shall configure.
    Configure,
    /// The session of the terminal is over.
    Leave,
    /// The running configuration shall be stored.
    Store,
    /// The configuration in this file shall replace the running one.
    Replace(String),
    /// The terminal shall be shown what is debugged, or no more.
    Monitor(bool),
    /// The running configuration shall be stored, after a question for the name.
    Copy,
    /// The startup configuration shall be removed.
    Erase,
    /// The process shall end, and be started again.
    Reload,
    /// The terminal shall be asked before such things are done, or no more.
    Confirm(bool),
    /// All commands may be given at the terminal, or only those that change nothing.
    Privileged(bool),
    /// The terminal shall be told its privilege.
    Privilege,
    /// The files shall be listed; `true` for the startup configuration.
    List(bool),
    /// What was printed shall be written to a file.
    Write(Written),
}

/// An output that goes to a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The file in `flash:`.
    pub file: String,
    /// The output.
    pub text: String,
    /// Whether it is added to what the file holds.
    pub append: bool,
    /// Whether it is shown too.
    pub shown: bool,
}

/// What an exec command does.
enum Run {
    /// Prints something; a `%` at its beginning marks an error.
    Print(fn(&mut Node, &Matched<'_>) -> String),
    /// Prints lines that may begin with a `%` and are no errors.
    Lines(fn(&mut Node, &Matched<'_>) -> String),
    /// Prints nothing.
    Nothing,
    Configure,
    Leave,
    Store,
    Replace,
    Monitor(bool),
    Copy,
    Erase,
    Reload,
    Confirm(bool),
    Privileged(bool),
    Privilege,
    List,
}

use Run::{
    Configure, Confirm, Copy, Erase, Leave, Lines, List, Monitor, Nothing, Print, Privilege, Privileged,
    Reload, Replace, Store,
};

/// An exec command.
struct ExecCommand {
    info: CommandInfo,
    run: Run,
}

const fn command(
    syntax: &'static str,
    help: &'static str,
    words: &'static [(&'static str, &'static str)],
    run: Run,
) -> ExecCommand {
    let info = CommandInfo {
        syntax,
        help,
        default: "",
        words,
        status: Status::InEffect,
        enters: None,
        encloses: false,
        body: &[],
    };
    ExecCommand { info, run }
}

/// The words of `debug`.
const DEBUG_WORDS: &[(&str, &str)] = &[
    ("debug", "Look at something while it happens"),
    ("undebug", "Look at something no more"),
    ("no", "Undo"),
    ("cti", "Computer telephony integration"),
    ("callmonitor", "Calls, as the call monitor sees them"),
    ("ephone", "SCCP phones"),
    ("all", "All of it"),
    ("callcontrol", "Services of call control"),
    ("callmon", "The call monitor"),
    ("core", "Events of calls"),
    ("dmgr", "What phones are told to do"),
    ("lm", "Monitors of lines"),
    ("protoif", "Requests, responses and events by their names"),
    ("session", "Sessions of applications"),
    ("xml", "Whole documents"),
    ("detail", "Everything in detail"),
    ("errors", "What goes wrong"),
    ("events", "Events of calls"),
    ("hwconf", "Conferences with hardware"),
    ("info", "Calls that begin, are answered and end"),
    ("alarm", "What phones say about themselves"),
    ("error", "Messages that cannot be read"),
    ("keepalive", "Keepalives"),
    ("mwi", "Lamps"),
    ("raw", "Messages by their names"),
    ("register", "Registrations"),
    ("state", "States of calls, and media"),
    ("mac-address", "Only a phone with this address"),
];

/// Every exec command.
static COMMANDS: &[ExecCommand] = &[
    command(
        "clear {cti|csta} session [id] <session:1-4294967295>",
        "End the session of an application",
        &[
            ("clear", "End something"),
            ("cti", "Computer telephony integration"),
            ("csta", "The same"),
            ("session", "A session of an application"),
        ],
        Print(clear::cti_session),
    ),
    command(
        "clear voice register attempted-registrations",
        "Forget who could not prove a password",
        &[
            ("voice", "Voice over IP"),
            ("register", "What registers over SIP"),
            ("attempted-registrations", "Who could not prove a password"),
        ],
        Print(show_sip_phone::clear_attempts),
    ),
    command(
        "clear telephony-service ephone-attempted-registrations",
        "Forget the phones that could not register",
        &[
            ("telephony-service", "SCCP phones"),
            ("ephone-attempted-registrations", "Phones that could not register"),
        ],
        Print(show_provisioning::clear_attempts),
    ),
    command(
        "emadmin login <user:word..31> <ephone:1-65535>",
        "Log a user in to a phone of extension mobility",
        &[
            ("emadmin", "Extension mobility"),
            ("user", "User of a voice user-profile"),
            ("ephone", "Tag of the phone"),
        ],
        Print(emadmin::login),
    ),
    command(
        "emadmin logout <user:word..31>",
        "Log a user out of extension mobility",
        &[("logout", "Log a user out"), ("user", "User of a voice user-profile")],
        Print(emadmin::logout),
    ),
    command(
        "debug cti { all | callcontrol | callmon | core | dmgr | lm | protoif | session | xml }",
        "Look at CTI while it happens",
        DEBUG_WORDS,
        Print(debug::begin),
    ),
    command(
        "debug callmonitor { all | core | detail | errors | events | hwconf | info | xml }",
        "Look at calls as the call monitor sees them",
        DEBUG_WORDS,
        Print(debug::begin),
    ),
    command(
        "debug ephone { alarm | detail | error | keepalive | mwi | raw | register | state } [mac-address <mac:mac>]",
        "Look at SCCP phones while they are used",
        DEBUG_WORDS,
        Print(debug::begin),
    ),
    command(
        "{ undebug | no debug } cti { all | callcontrol | callmon | core | dmgr | lm | protoif | session | xml }",
        "Look at CTI no more",
        DEBUG_WORDS,
        Print(debug::end),
    ),
    command(
        "{ undebug | no debug } callmonitor { all | core | detail | errors | events | hwconf | info | xml }",
        "Look at the call monitor no more",
        DEBUG_WORDS,
        Print(debug::end),
    ),
    command(
        "{ undebug | no debug } ephone { alarm | detail | error | keepalive | mwi | raw | register | state } \
         [mac-address <mac:mac>]",
        "Look at SCCP phones no more",
        DEBUG_WORDS,
        Print(debug::end),
    ),
    command("{ undebug | no debug } all", "Look at nothing any more", DEBUG_WORDS, Print(debug::end_all)),
    command(
        "show debugging",
        "What is looked at",
        &[("show", "Look into the running switch"), ("debugging", "What is looked at")],
        Print(debug::show),
    ),
    command("enable", "All commands may be given, which they may at the start", &[], Privileged(true)),
    command("disable", "Only commands that change nothing may be given", &[], Privileged(false)),
    command(
        "dir [ flash: | nvram: ]",
        "List files",
        &[
            ("flash:", "The folder flash of the data directory, which is listed without a name too"),
            ("nvram:", "The startup configuration"),
        ],
        List,
    ),
    command(
        "{ write erase | erase { startup-config | nvram: } }",
        "Remove the startup configuration",
        &[
            ("write", "Store or show the configuration"),
            ("erase", "Remove"),
            ("startup-config", "The configuration of the next start"),
            ("nvram:", "The same"),
        ],
        Erase,
    ),
    command("reload", "End the server, with an exit code that has it started again", &[], Reload),
    command(
        "configure [terminal]",
        "Change the configuration",
        &[("terminal", "From the terminal, line by line")],
        Configure,
    ),
    command(
        "configure replace <file:word..255> [force]",
        "Put a stored configuration in the place of the one in effect",
        &[
            ("replace", "All of it, or nothing if a line of it is wrong"),
            ("file", "startup-config, or a file in flash: (the folder flash of the data directory)"),
            ("force", "Without a question, which is not asked anyway"),
        ],
        Replace,
    ),
    command(
        "copy running-config startup-config",
        "Store the configuration",
        &[
            ("running-config", "The configuration in effect"),
            ("startup-config", "The configuration of the next start"),
        ],
        Copy,
    ),
    command("exit", "Leave", &[], Leave),
    command("logout", "Leave", &[], Leave),
    command("quit", "Leave", &[], Leave),
    command(
        "send ephone { <ephone:1-65535> | all } { text <text:line..1500> | url <url:word..255> | object <object:line..2000> }",
        "Show something on the screens of phones",
        &[
            ("ephone", "On the screens of phones"),
            ("all", "On all phones"),
            ("text", "This text"),
            ("url", "The page at this URL, or what a URI such as Init:Services does"),
            ("object", "An object of the phones' own XML, such as <CiscoIPPhoneStatus>..."),
        ],
        Print(send_ephone::ephone),
    ),
    command(
        "show clock",
        "The time of day",
        &[("show", "Look into the running switch")],
        Print(show_system::clock),
    ),
    command(
        "cti checklist <user:word..128> <device:word..128>",
        "Which step of setting up CTI is missing for a user and a device",
        &[
            ("cti", "Computer telephony integration"),
            ("checklist", "The steps of setting up CTI"),
            ("user", "An application-user or end-user"),
            ("device", "Name or number of a device"),
        ],
        Print(show_cti_manager::checklist),
    ),
    command(
        "show dependency <object:word..32> <name:word..128> [detail]",
        "What uses an object of the configuration",
        &[
            ("dependency", "Which parts of the configuration use another one"),
            (
                "object",
                "cti-route-point, cti-port, ephone-dn, ephone, device-pool, application-user or end-user",
            ),
            ("name", "Its name or tag"),
            ("detail", "Each use, not only how many there are"),
        ],
        Print(show_cti_manager::dependency),
    ),
    command(
        "show alarms",
        "Alarms of CTI, newest last",
        &[("alarms", "Alarms of CTI")],
        Lines(show_cti_manager::alarms),
    ),
    command(
        "show cti-manager",
        "Settings and use of CTIManager",
        &[("cti-manager", "CTIManager")],
        Print(show_cti_manager::cti_manager),
    ),
    command(
        "show cti provider",
        "Providers: sessions of applications, with the devices that they have open",
        &[("provider", "Sessions of applications")],
        Print(show_cti_manager::provider),
    ),
    command(
        "show cti user",
        "Users of CTI, with their groups and devices",
        &[("user", "Users of CTI")],
        Lines(show_cti_manager::user),
    ),
    command(
        "show cti call",
        "Calls of the lines that applications may watch",
        &[("cti", "Computer telephony integration"), ("call", "Calls of watched lines")],
        Print(show_cti::call),
    ),
    command(
        "show cti device [<name:word>]",
        "CTI ports and route points, and who has them open",
        &[
            ("cti", "Computer telephony integration"),
            ("device", "CTI ports and route points"),
            ("name", "One of them"),
        ],
        Print(show_cti_device::device),
    ),
    command(
        "show cti gcid",
        "Global call identifiers of the calls",
        &[("cti", "Computer telephony integration"), ("gcid", "Global call identifiers")],
        Print(show_cti::gcid),
    ),
    command(
        "show cti { line-node | line node }",
        "Lines that applications may watch, with their calls",
        &[("cti", "Computer telephony integration"), ("line-node", "Lines that may be watched")],
        Print(show_cti::line_node),
    ),
    command(
        "show cti session",
        "Sessions of applications",
        &[("cti", "Computer telephony integration"), ("session", "Sessions of applications")],
        Print(show_cti::session),
    ),
    command(
        "show ephone-hunt [<tag:1-100>] [summary]",
        "Hunt groups of SCCP phones",
        &[("ephone-hunt", "Hunt groups"), ("tag", "One group"), ("summary", "One line for each group")],
        Print(show_hunt::ephone_hunt),
    ),
    command(
        "show voice hunt-group [<tag:1-100>|parallel|sequential|peer|longest-idle] [brief|summary]",
        "Hunt groups of all phones",
        &[
            ("hunt-group", "Hunt groups"),
            ("tag", "One group"),
            ("parallel", "Groups of this type"),
            ("brief", "One line for each group"),
            ("summary", "The same"),
        ],
        Print(show_hunt::voice_hunt_group),
    ),
    command(
        "show ephone [ registered | unregistered | deceased | offhook | ringing | cfa | dnd | overlay | remote | \
         tapiclients | summary | <mac:mac> | 7902 | 7905 | 7906 | 7910 | 7911 | 7912 | 7920 | 7921 | 7925 | 7931 | \
         7935 | 7936 | 7937 | 7940 | 7941 | 7942 | 7945 | 7960 | 7961 | 7962 | 7965 | 7970 | 7971 | 7975 | 6921 | \
         6941 | 6945 | 6961 | ata | anl ]",
        "Phones",
        &[
            ("registered", "Phones that are registered"),
            ("unregistered", "Phones that are not registered"),
            ("deceased", "Phones whose connection was lost"),
            ("offhook", "Phones that are off-hook"),
            ("ringing", "Phones that ring"),
            ("cfa", "Phones with a number of which all calls are forwarded"),
            ("dnd", "Phones whose users are not to be disturbed"),
            ("overlay", "Phones with several lines on a button"),
            ("remote", "Phones outside the network of the server"),
            ("tapiclients", "Phones with TAPI clients"),
            ("summary", "One line for each phone"),
            ("mac", "The phone with this address"),
        ],
        Print(show_ephone::ephone),
    ),
    command(
        "show ephone { dn <tag:1-65535> | telephone-number <number:dial..24> }",
        "Where a directory number is",
        &[
            ("dn", "Phones with a directory number, by its tag"),
            ("telephone-number", "Phones with a directory number"),
        ],
        Print(show_ephone_tables::place),
    ),
    command(
        "show ephone { summary brief | registered summary | unregistered summary }",
        "A table of phones and their numbers",
        &[("brief", "One row for each number")],
        Print(show_ephone_tables::brief),
    ),
    command(
        "show ephone summary types",
        "How many phones there are of each model",
        &[("types", "By model")],
        Print(show_ephone_tables::types),
    ),
    command(
        "show ephone phone-load",
        "Firmware of the phones",
        &[("phone-load", "Firmware of the phones")],
        Print(show_ephone_tables::phone_load),
    ),
    command(
        "show ephone rtp connections",
        "Where the audio of phones goes",
        &[("rtp", "Audio"), ("connections", "Audio that flows now")],
        Print(show_ephone_tables::rtp),
    ),
    command(
        "show ephone-dn [<tag:1-65535>] [summary]",
        "Directory numbers and the states of their channels",
        &[
            ("ephone-dn", "Directory numbers"),
            ("tag", "One of them"),
            ("summary", "One row for each channel"),
        ],
        Print(show_ephone_dn::ephone_dn),
    ),
    command(
        "show ephone-dn [<tag:1-65535>] statistics",
        "What directory numbers have been used for",
        &[("statistics", "Counts of calls, and why others ended them")],
        Print(show_calls::statistics),
    ),
    command(
        "show ephone-dn callback",
        "Who waits to be called back",
        &[("callback", "Who waits to be called back")],
        Print(show_calls::callback),
    ),
    command(
        "show call active voice [brief|compact]",
        "Calls that go on, leg by leg",
        &[
            ("call", "Calls"),
            ("active", "Those that go on"),
            ("voice", "Audio"),
            ("brief", "In short, with a legend"),
            ("compact", "One row for each leg"),
        ],
        Print(show_calls::active),
    ),
    command(
        "show ephone-dn park",
        "Slots at which calls are parked",
        &[("park", "Slots at which calls are parked")],
        Print(show_ephone_dn::park),
    ),
    command(
        "show ephone-dn paging",
        "Paging numbers and their phones",
        &[("paging", "Paging numbers and their phones")],
        Print(show_ephone_dn::paging),
    ),
    command(
        "show voice call summary",
        "States of the ports of all numbers",
        &[("voice", "Voice over IP"), ("call", "Calls"), ("summary", "One row for each channel")],
        Print(show_ephone_dn::voice_call_summary),
    ),
    command(
        "show telephony-service [ all | ephone | ephone-dn | ephone-template | ephone-dn-template | dial-peer | voice-port ]",
        "Settings of telephony",
        &[
            ("telephony-service", "SCCP phones"),
            ("all", "Everything"),
            ("ephone", "Phones"),
            ("ephone-dn", "Directory numbers"),
            ("ephone-template", "Templates of phones"),
            ("ephone-dn-template", "Templates of directory numbers"),
            ("dial-peer", "Dial peers"),
            ("voice-port", "Voice ports"),
        ],
        Print(show_telephony_service::telephony_service),
    ),
    command(
        "show telephony-service fac",
        "Codes of features",
        &[("fac", "Codes of features")],
        Print(show_telephony_service::fac),
    ),
    command(
        "show telephony-service { admin | conference hardware [detail] }",
        "Who administers, and conferences that go on",
        &[
            ("admin", "Administration by the browser, which is not served"),
            ("conference", "Conferences"),
            ("hardware", "Those of more than three parties, and others"),
            ("detail", "Their members too"),
        ],
        Print(show_telephony_service::details),
    ),
    command(
        "show privilege",
        "The privilege of this terminal",
        &[("privilege", "The privilege of this terminal")],
        Privilege,
    ),
    command(
        "show ephone attempted-registrations",
        "Phones that could not register, and why others are not there",
        &[("attempted-registrations", "Phones that could not register")],
        Print(show_provisioning::attempted_registrations),
    ),
    command(
        "show ephone login",
        "Who is logged in to which phone",
        &[("login", "Logins")],
        Print(show_provisioning::ephone_login),
    ),
    command(
        "show fb-its-log [ summary ]",
        "Which phones and numbers have come and gone",
        &[("fb-its-log", "The table of events"), ("summary", "Counts only")],
        Print(show_provisioning::event_table),
    ),
    command(
        "show telephony-service tftp-bindings",
        "Files that phones may fetch",
        &[("telephony-service", "SCCP phones"), ("tftp-bindings", "Files that phones may fetch")],
        Print(show_provisioning::tftp_bindings),
    ),
    command(
        "show telephony-service directory-entry",
        "Entries of the directory",
        &[("directory-entry", "Entries of the directory")],
        Print(show_provisioning::directory_entries),
    ),
    command(
        "show dial-peer voice summary",
        "Dial peers, and those of telephones",
        &[("dial-peer", "Dial peers"), ("voice", "Audio"), ("summary", "One row for each")],
        Print(show_dial_peer::summary),
    ),
    command(
        "show dialplan number <number:dial..32> [timeout]",
        "Which dial peers a number reaches",
        &[
            ("dialplan", "Which dial peers are reached"),
            ("number", "By this number"),
            ("timeout", "As if no digit followed, which is always so"),
        ],
        Print(show_dial_peer::dialplan),
    ),
    command(
        "show voip rtp connections",
        "The audio of calls over SIP",
        &[("voip", "Voice over IP"), ("rtp", "Audio"), ("connections", "Audio that flows now")],
        Print(show_dial_peer::rtp),
    ),
    command("show hostname", "The name of the system", &[], Print(show_system::hostname)),
    command(
        "show memory",
        "What others can make the server keep, and how much of it there may be",
        &[("memory", "The memory budget")],
        Print(show_system::memory),
    ),
    command("show running-config", "The configuration in effect", &[], Print(show_system::running_config)),
    command(
        "show startup-config",
        "The configuration that was stored",
        &[("startup-config", "The configuration that was stored")],
        Print(show_system::startup_config),
    ),
    command("show version", "Version and uptime", &[], Print(show_system::version)),
    command(
        "show voice register { all | global | dn [ <dn:1-10000> ] | pool attempted-registrations | \
         pool [ <pool:1-10000> ] [ registered | unregistered | connected | on-hold | ringing | brief ] | statistics | \
         template [ <template:1-10> ] | dial-peers | tftp-bind }",
        "SIP phones, their numbers and registrations",
        &[
            ("voice", "Voice over IP"),
            ("register", "What registers over SIP"),
            ("all", "Everything"),
            ("global", "Settings of all SIP phones"),
            ("dn", "Directory numbers of SIP phones"),
            ("pool", "SIP phones"),
            ("registered", "Phones that are registered"),
            ("unregistered", "Phones that are not registered"),
            ("connected", "Phones with a call in which somebody speaks"),
            ("on-hold", "Phones with a call that is on hold"),
            ("ringing", "Phones that ring"),
            ("statistics", "How many phones, registrations and calls there are"),
            ("template", "Settings that phones share"),
            ("brief", "One row for each"),
            ("dial-peers", "Dial peers of the numbers"),
            ("tftp-bind", "Files that phones may fetch"),
            ("attempted-registrations", "Who could not prove a password"),
        ],
        Print(show_sip_phone::register),
    ),
    command(
        "show sip-ua { calls | connections | mwi | register status | retry | status | timers }",
        "SIP: calls, connections, registrations, and what is served",
        &[
            ("sip-ua", "SIP"),
            ("calls", "Calls of SIP phones"),
            ("connections", "TCP connections"),
            ("mwi", "Messages at a voicemail server"),
            ("register", "Registrations"),
            ("retry", "How often requests are sent"),
            ("status", "State"),
            ("timers", "How long is waited"),
        ],
        Print(show_sip_phone::sip_ua),
    ),
    command(
        "show ip address trusted list",
        "From where calls by trunks are taken",
        &[
            ("ip", "Addresses"),
            ("address", "Addresses"),
            ("trusted", "Those that may call"),
            ("list", "All of them"),
        ],
        Print(show_trunks::trusted),
    ),
    command(
        "test voice translation-rule <rule:1-2147483647> <number:word..64> [ type <type:word..32> ] [ plan <plan:word..32> ]",
        "What a translation rule makes of a number",
        &[
            ("test", "Try something out"),
            ("voice", "Voice over IP"),
            ("translation-rule", "Rules for numbers"),
            ("rule", "Tag of the rules"),
            ("number", "The number"),
            ("type", "Type of the number: unknown, national, international, ..."),
            ("plan", "Numbering plan: unknown, isdn, national, ..."),
        ],
        Print(show_trunks::translation),
    ),
    command(
        "show voice register session-server [ <tag:1-8> ]",
        "Session managers and where they are registered",
        &[
            ("voice", "Voice over IP"),
            ("register", "What registers over SIP"),
            ("session-server", "Session managers of applications"),
        ],
        Print(show_register::session_server),
    ),
    command(
        "terminal monitor",
        "Show here what is debugged",
        &[("terminal", "This terminal"), ("monitor", "What is debugged is shown here")],
        Monitor(true),
    ),
    command(
        "terminal no monitor",
        "Show nothing of what is debugged",
        &[("no", "Undo"), ("monitor", "What is debugged is shown here")],
        Monitor(false),
    ),
    command(
        "terminal confirm",
        "Ask here before the server ends or the startup configuration is overwritten or removed",
        &[("confirm", "Questions before commands that cannot be undone")],
        Confirm(true),
    ),
    command("terminal no confirm", "Ask nothing", &[], Confirm(false)),
    command(
        "terminal {length|width} <count:0-512>",
        "There is no pager, and no line is cut: nothing to set",
        &[("length", "Lines of the screen"), ("width", "Columns of the screen")],
        Nothing,
    ),
    command(
        "write [memory]",
        "Store the configuration",
        &[("memory", "As the startup configuration")],
        Store,
    ),
    command(
        "write terminal",
        "Show the configuration in effect",
        &[("terminal", "On the terminal")],
        Print(show_system::running_config),
    ),
];

fn commands() -> &'static CommandSet {
    static SET: LazyLock<CommandSet> =
        LazyLock::new(|| CommandSet::new(COMMANDS.iter().map(|command| &command.info)));
    &SET
}

/// Runs a command line that stands behind a prompt of `width` columns. A line that ends in `?` is answered by what could
/// stand there. After a `show` and a bar stands which part of its output is wanted.
pub(crate) fn execute(node: &mut Node, line: &str, width: usize) -> Done {
    let (command, filter) = match line.split_once('|') {
        Some((command, filter)) => (command, Some(filter)),
        None => (line, None),
    };
    if let Some(partial) = line.strip_suffix('?') {
        return Done::Printed(explain(&match filter {
            None => help_in(commands(), partial),
            Some(filter) => filters(filter.trim_end_matches('?')),
        }));
    }
    let split = words(command);
    let wrong = |offset: usize| {
        let before = line.get(..offset).map_or(0, |before| before.chars().count());
        Done::Failed(invalid_input(width + before))
    };
    match commands().read(command, &split, Form::Set) {
        Outcome::Match(matched) => match (COMMANDS.get(matched.entry), filter) {
            (Some(command), None) => command.run.run(node, &matched),
            (Some(command), Some(text)) if command.info.syntax.starts_with("show ") => {
                match Filter::parse(text) {
                    Ok(filter) => match command.run.run(node, &matched) {
                        Done::Printed(output) => filter.done(output),
                        other => other,
                    },
                    Err(Failure::Incomplete) => Done::Failed(INCOMPLETE.to_owned()),
                    Err(Failure::Unknown(offset)) => wrong(line.len() - text.len() + offset),
                    Err(Failure::Pattern(why)) => {
                        Done::Failed(format!("% Failed to compile regular expression: {why}\n"))
                    }
                }
            }
            _ => wrong(command.len()),
        },
        Outcome::Ambiguous(..) => Done::Failed(format!("% Ambiguous command:  \"{}\"\n", line.trim())),
        Outcome::Incomplete(_) => Done::Failed(INCOMPLETE.to_owned()),
        Outcome::Unknown if split.first().is_some_and(|word| !is_first_keyword(word.text)) => {
            let word = split.first().map_or(0, |word| word.offset + commands().right_part(word.text));
            let before = line.get(..word).map_or(0, |before| before.chars().count());
            Done::Unknown(invalid_input(width + before))
        }
        Outcome::Unknown => {
            let right = split.first().map_or(0, |word| word.offset + commands().right_part(word.text));
            wrong(right)
        }
        Outcome::Invalid(failure) => {
            let word = split.get(failure.word);
            wrong(word.map_or(line.len(), |word| word.offset + failure.right_part(word.text)))
        }
    }
}

/// Does a command begin with a word that begins like this?
fn is_first_keyword(word: &str) -> bool {
    help_in(commands(), word).iter().any(|candidate| candidate.is_keyword)
}

impl Run {
    fn run(&self, node: &mut Node, matched: &Matched<'_>) -> Done {
        match self {
            Run::Print(print) => {
                let text = print(node, matched);
                if text.starts_with('%') { Done::Failed(text) } else { Done::Printed(text) }
            }
            Run::Lines(print) => Done::Printed(print(node, matched)),
            Run::Nothing => Done::Printed(String::new()),
            Run::Configure => Done::Configure,
            Run::Leave => Done::Leave,
            Run::Store => Done::Store,
            Run::Monitor(on) => Done::Monitor(*on),
            Run::Copy => Done::Copy,
            Run::Erase => Done::Erase,
            Run::Reload => Done::Reload,
            Run::Confirm(on) => Done::Confirm(*on),
            Run::Privileged(on) => Done::Privileged(*on),
            Run::Privilege => Done::Privilege,
            Run::List => Done::List(matched.has("nvram:")),
            Run::Replace => Done::Replace(matched.text("file").unwrap_or_default().into()),
        }
    }
}

/// The words that `partial` could go on with, for the Tab key.
pub fn complete(partial: &str) -> Vec<String> {
    let candidates = help_in(commands(), partial).into_iter();
    candidates.filter(|candidate| candidate.is_keyword).map(|candidate| candidate.word).collect()
}

/// The filters whose names begin with the text after the bar.
fn filters(partial: &str) -> Vec<Candidate> {
    let partial = partial.trim_start().to_ascii_lowercase();
    let candidate =
        |(word, help): (&str, &'static str)| Candidate { word: word.into(), help, is_keyword: true };
    filter::KEYWORDS.into_iter().filter(|(word, _)| word.starts_with(&partial)).map(candidate).collect()
}

/// Lists the words that are accepted somewhere, with their help.
pub(crate) fn explain(candidates: &[Candidate]) -> String {
    let mut text = String::new();
    let width = candidates.iter().map(|candidate| candidate.word.len()).max().unwrap_or(0);
    for candidate in candidates {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:width$}  {}", candidate.word, candidate.help);
    }
    if text.is_empty() { "% Unrecognized command\n".to_owned() } else { text }
}
