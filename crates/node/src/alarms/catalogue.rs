//! The catalogue of alarms: names, severities and texts.

/// Defines the names.
macro_rules! catalogue {
    ($($variant:ident = $name:literal, $facility:literal, $severity:literal, $text:literal;)+) => {
        /// The name of an alarm.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Name { $(#[doc = $text] $variant,)+ }

        impl Name {
            /// All names, in alphabetical order.
            pub(crate) const ALL: &'static [Name] = &[$(Name::$variant,)+];

            /// As in the catalogue.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Name::$variant => $name,)+ }
            }

            /// The facility that raises it.
            pub(crate) const fn facility(self) -> &'static str {
                match self { $(Name::$variant => $facility,)+ }
            }

            /// The severity, as syslog has it: 3 error, 4 warning, 6 informational.
            pub(crate) const fn severity(self) -> u8 {
                match self { $(Name::$variant => $severity,)+ }
            }

            /// What has happened.
            pub(crate) const fn text(self) -> &'static str {
                match self { $(Name::$variant => $text,)+ }
            }
        }
    };
}

catalogue! {
    ApplicationConnectionDropped = "ApplicationConnectionDropped", "UC_CTI", 4,
        "The connection to an application was lost";
    ApplicationConnectionError = "ApplicationConnectionError", "UC_CTI", 4,
        "The connection to an application was closed because of an error";
    CtiCallAcceptTimeout = "CtiCallAcceptTimeout", "UC_CALLMANAGER", 4,
        "An application has not accepted a call in time";
    CtiDeviceClosed = "CtiDeviceClosed", "UC_CTI", 6, "An application has closed a device";
    CtiDeviceInService = "CtiDeviceInService", "UC_CTI", 6, "A device is back in service";
    CtiDeviceOpenFailure = "CtiDeviceOpenFailure", "UC_CTI", 4, "An application could not open a device";
    CtiDeviceOpened = "CtiDeviceOpened", "UC_CTI", 6, "An application has opened a device";
    CtiDeviceOutofService = "CtiDeviceOutofService", "UC_CTI", 6, "A device is out of service";
    CtiIncompatibleProtocolVersion = "CtiIncompatibleProtocolVersion", "UC_CTI", 4,
        "An application asks for a protocol version that is not served";
    CtiLineClosed = "CtiLineClosed", "UC_CTI", 6, "An application has closed a line";
    CtiLineInService = "CtiLineInService", "UC_CTI", 6, "A line is back in service";
    CtiLineOpenFailure = "CtiLineOpenFailure", "UC_CTI", 4, "An application could not open a line";
    CtiLineOpened = "CtiLineOpened", "UC_CTI", 6, "An application has opened a line";
    CtiLineOutOfService = "CtiLineOutOfService", "UC_CTI", 6, "A line is out of service";
    CtiMaxConnectionReached = "CtiMaxConnectionReached", "UC_CTI", 4,
        "The maximum number of CTI connections has been reached: no new connection is accepted";
    CtiProviderCloseHeartbeatTimeout = "CtiProviderCloseHeartbeatTimeout", "UC_CTI", 4,
        "No message came for two heartbeat intervals: the application is closed";
    CtiProviderClosed = "CtiProviderClosed", "UC_CTI", 6, "An application has closed its provider";
    CtiProviderOpenFailure = "CtiProviderOpenFailure", "UC_CTI", 3, "An application could not open a provider";
    CtiProviderOpened = "CtiProviderOpened", "UC_CTI", 6, "An application has opened a provider";
    CtiStaleCallHandle = "CtiStaleCallHandle", "UC_CALLMANAGER", 6, "A call was not released by its application";
    InvalidQbeMessage = "InvalidQBEMessage", "UC_CTI", 4, "A message of an application cannot be read";
    KCtiDeviceOpenFailAccessDenied = "kCtiDeviceOpenFailAccessDenied", "UC_CTI", 4,
        "An application may not open a device";
    KCtiDirectoryLoginFailure = "kCtiDirectoryLoginFailure", "UC_CTI", 4,
        "The login of an application was refused";
    KCtiLineOpenFailAccessDenied = "kCtiLineOpenFailAccessDenied", "UC_CTI", 4,
        "An application may not open a line";
    MaxDevicesPerNodeExceeded = "MaxDevicesPerNodeExceeded", "UC_CTI", 4,
        "Applications have opened more devices than one node should have; they go on";
    MaxDevicesPerProviderExceeded = "MaxDevicesPerProviderExceeded", "UC_CTI", 4,
        "An application has opened more devices than one provider should have; it goes on";
    RedirectCallRequestFailed = "RedirectCallRequestFailed", "UC_CTI", 6,
        "An application could not redirect a call";
    UnableToSetOrResetMwi = "UnableToSetorResetMWI", "UC_CTI", 4,
        "An application could not switch a message waiting lamp";
}
