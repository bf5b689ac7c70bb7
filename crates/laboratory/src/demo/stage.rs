//! The terminal that the demo is shown on: its width and colours, and how fast things appear.

use std::{io::IsTerminal, time::Duration};

use clap::ValueEnum;
use rustix::termios::tcgetwinsize;

/// The width when there is no terminal.
const DEFAULT_WIDTH: usize = 100;
/// The narrowest and the widest that a ladder is fitted to.
const WIDTHS: (usize, usize) = (72, 160);

/// How long a line is read, and how long the pause after a scene is, at speed 1.
const LINE: Duration = Duration::from_millis(250);
const SCENE: Duration = Duration::from_millis(1500);

/// When text is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Colours {
    /// At a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The terminal, and the speed.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// Columns.
    pub width: usize,
    /// Whether text is coloured.
    pub colours: bool,
    /// How many times faster than reading speed; none: as fast as it goes.
    speed: Option<f64>,
}

impl Stage {
    /// The terminal of this process. Without a terminal, and with `once`, nobody reads along, so that there are no pauses
    /// unless a speed is given.
    pub fn of_terminal(colours: Colours, speed: Option<f64>, once: bool) -> Stage {
        let out = std::io::stdout();
        let terminal = out.is_terminal();
        let wanted = || {
            let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        };
        let columns = tcgetwinsize(out).map_or(0, |size| usize::from(size.ws_col));
        let width = if columns == 0 { DEFAULT_WIDTH } else { columns.clamp(WIDTHS.0, WIDTHS.1) };
        let colours = match colours {
            Colours::Auto => wanted(),
            Colours::Always => true,
            Colours::Never => false,
        };
        let reads = terminal && !once;
        Stage { width, colours, speed: speed.or_else(|| reads.then_some(1.0)) }
    }

    /// How long a line stands before the next one appears.
    pub fn line(&self) -> Duration {
        self.paced(LINE)
    }

    /// The pause between scenes.
    pub fn scene(&self) -> Duration {
        self.paced(SCENE)
    }

    fn paced(&self, duration: Duration) -> Duration {
        self.speed.map_or(Duration::ZERO, |speed| duration.div_f64(speed))
    }

    /// Bold text.
    pub fn bold(&self, text: &str) -> String {
        if self.colours { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }
}
