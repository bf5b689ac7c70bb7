//! Where the server is, and who the application is.

use std::time::Duration;

/// What a [`Client`](crate::Client) needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server, `http://HOST:PORT` or `https://HOST:PORT`. Certificates are checked against those that the system trusts.
    pub url: String,
    /// The name of the application, as operators see it.
    pub application: String,
    /// The user and password; none where the server has no users.
    pub login: Option<(String, String)>,
    /// The heartbeat interval that is asked for: 5 to 3600 seconds unless the server is configured otherwise. The server ends a
    /// session of which it has heard nothing for two intervals.
    pub heartbeat: Duration,
    /// The longest pause between two attempts to connect again.
    pub longest_pause: Duration,
    /// How long the answer to a request may take.
    pub patience: Duration,
    /// Is given each message that is sent (`true`) or received.
    pub trace: Option<fn(bool, &str)>,
}

impl Settings {
    /// Settings without login, with a heartbeat of 30 seconds, pauses up to 30 seconds and answers within 15.
    pub fn new(url: impl Into<String>, application: impl Into<String>) -> Settings {
        Settings {
            url: url.into(),
            application: application.into(),
            login: None,
            heartbeat: Duration::from_secs(30),
            longest_pause: Duration::from_secs(30),
            patience: Duration::from_secs(15),
            trace: None,
        }
    }

    /// The same with a user and a password.
    pub fn user(self, name: impl Into<String>, password: impl Into<String>) -> Settings {
        Settings { login: Some((name.into(), password.into())), ..self }
    }
}
