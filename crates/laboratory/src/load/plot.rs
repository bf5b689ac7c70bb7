//! Throughput and latency against load, as SVG.

use std::fmt::Write;

use super::{latency::Latency, outcome::Outcome};

const WIDTH: f64 = 720.0;
const PANEL: f64 = 260.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 40.0;
const BELOW: f64 = 46.0;

/// A line of points.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is called in the legend.
    pub name: String,
    /// Its colour, as SVG has it.
    pub colour: &'static str,
    /// Offered rate and value, in the order of the rates.
    pub points: Vec<(f64, f64)>,
}

/// One diagram.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What stands above it.
    pub title: &'static str,
    /// The unit of the values.
    pub unit: &'static str,
    /// Whether heights are the logarithms of values.
    pub logarithmic: bool,
    /// The lines.
    pub series: Vec<Series>,
}

/// Draws the steps of a measurement, in the order of their rates.
pub fn svg(title: &str, steps: &[Outcome]) -> String {
    let mut steps: Vec<&Outcome> = steps.iter().collect();
    steps.sort_by(|a, b| a.offered.total_cmp(&b.offered));
    let most = steps.iter().map(|step| step.offered).fold(1.0, f64::max);
    draw(title, "calls/s", most, &[throughput(&steps), latency(&steps)])
}

/// Draws panels whose rates, in `unit`, reach from 0 to `most`.
pub fn draw(title: &str, unit: &str, most: f64, panels: &[Panel]) -> String {
    let height = TOP + panels.len() as f64 * (PANEL + BELOW) + 20.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{}</text>\n",
        escaped(title)
    );
    for (index, panel) in panels.iter().enumerate() {
        let top = TOP + 10.0 + index as f64 * (PANEL + BELOW);
        panel.draw(top, unit, most, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

fn throughput(steps: &[&Outcome]) -> Panel {
    let series = |name: &str, colour, value: fn(&Outcome) -> f64| Series {
        name: name.to_owned(),
        colour,
        points: steps.iter().map(|step| (step.offered, value(step))).collect(),
    };
    Panel {
        title: "Throughput",
        unit: "calls/s",
        logarithmic: false,
        series: vec![
            series("offered", "#bbbbbb", |step| step.offered),
            series("connected in time", "#1a6fb0", Outcome::achieved),
        ],
    }
}

fn latency(steps: &[&Outcome]) -> Panel {
    let series = |name: &str, colour, histogram: fn(&Outcome) -> &Latency, share: f64| Series {
        name: name.to_owned(),
        colour,
        points: steps
            .iter()
            .filter(|step| histogram(step).count() > 0)
            .map(|step| (step.offered, histogram(step).quantile(share).as_secs_f64() * 1e3))
            .collect(),
    };
    let set_up: fn(&Outcome) -> &Latency = |step| &step.set_up;
    let event: fn(&Outcome) -> &Latency = |step| &step.answer_to_established;
    Panel {
        title: "Latency",
        unit: "ms",
        logarithmic: true,
        series: vec![
            series("set-up p50", "#1a6fb0", set_up, 0.5),
            series("set-up p99", "#7fb8e0", set_up, 0.99),
            series("Answer to event p50", "#b03a1a", event, 0.5),
            series("Answer to event p99", "#e0987f", event, 0.99),
        ],
    }
}

impl Panel {
    fn draw(&self, top: f64, rates: &str, most: f64, out: &mut String) {
        let values = || self.series.iter().flat_map(|series| series.points.iter().map(|(_, y)| *y));
        let highest = values().fold(f64::MIN_POSITIVE, f64::max);
        let lowest = values().filter(|y| *y > 0.0).fold(highest, f64::min);
        let scale = Scale::new(self.logarithmic, lowest, highest);
        let bottom = top + PANEL;
        let across = |rate: f64| LEFT + (WIDTH - LEFT - RIGHT) * rate / most;
        let up = |value: f64| bottom - PANEL * scale.place(value);
        // Writing to a string does not fail.
        let _ = writeln!(out, "<text x=\"{LEFT}\" y=\"{}\">{}, {}</text>", top - 6.0, self.title, self.unit);
        for mark in scale.marks() {
            let y = up(mark);
            let (end, text) = (WIDTH - RIGHT, LEFT - 6.0);
            let _ = writeln!(
                out,
                "<path d=\"M{LEFT} {y:.1}H{end}\" stroke=\"#e6e6e6\"/>\
                 <text x=\"{text}\" y=\"{:.1}\" text-anchor=\"end\">{mark}</text>",
                y + 4.0
            );
        }
        for mark in Scale::new(false, 0.0, most).marks() {
            let (x, y) = (across(mark), bottom + 16.0);
            let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{mark}</text>");
        }
        let mut legend = LEFT + 130.0;
        for series in self.series.iter().filter(|series| !series.points.is_empty()) {
            series.draw(across, up, out);
            let (colour, name, y) = (series.colour, escaped(&series.name), top - 6.0);
            let _ = writeln!(out, "<text x=\"{legend}\" y=\"{y}\" fill=\"{colour}\">{name}</text>");
            legend += 14.0 + 6.6 * name.len() as f64;
        }
        let (middle, below) = (across(most / 2.0), bottom + 32.0);
        let _ = writeln!(
            out,
            "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">offered, {rates}</text>"
        );
    }
}

impl Series {
    fn draw(&self, across: impl Fn(f64) -> f64, up: impl Fn(f64) -> f64, out: &mut String) {
        let colour = self.colour;
        let _ = write!(out, "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" points=\"");
        for (x, y) in &self.points {
            let _ = write!(out, "{:.1},{:.1} ", across(*x), up(*y));
        }
        out.push_str("\"/>\n");
        for (x, y) in &self.points {
            let (x, y) = (across(*x), up(*y));
            let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"{colour}\"/>");
        }
    }
}

/// From values to heights between 0 and 1.
#[derive(Clone, Copy, Debug)]
enum Scale {
    Linear { highest: f64 },
    Logarithmic { first: i32, last: i32 },
}

impl Scale {
    fn new(logarithmic: bool, lowest: f64, highest: f64) -> Scale {
        if !logarithmic {
            return Scale::Linear { highest };
        }
        let first = lowest.log10().floor() as i32;
        let last = (highest.log10().ceil() as i32).max(first + 1);
        Scale::Logarithmic { first, last }
    }

    fn place(self, value: f64) -> f64 {
        match self {
            Scale::Linear { highest } => value / highest,
            Scale::Logarithmic { first, last } => {
                let decades = f64::from(last - first);
                ((value.max(f64::MIN_POSITIVE).log10() - f64::from(first)) / decades).max(0.0)
            }
        }
    }

    /// Round values to be marked.
    fn marks(self) -> Vec<f64> {
        match self {
            Scale::Linear { highest } => {
                let decade = 10f64.powf(highest.log10().floor());
                let step = [0.1, 0.2, 0.5, 1.0, 2.0]
                    .into_iter()
                    .map(|factor| factor * decade)
                    .find(|step| highest / step <= 8.0)
                    .unwrap_or(decade);
                (0..=(highest / step) as u32).map(|n| f64::from(n) * step).collect()
            }
            Scale::Logarithmic { first, last } => (first..=last).map(|power| 10f64.powi(power)).collect(),
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_picture_has_a_line_for_each_series_with_points() {
        let step = |rate: f64, micros| {
            let mut outcome = Outcome::new(rate, Duration::from_secs(1));
            outcome.connected(Duration::from_micros(micros), true);
            outcome
        };
        let picture = svg("calls < 5", &[step(200.0, 800), step(100.0, 400)]);
        assert_eq!(picture.matches("<polyline").count(), 4);
        assert!(picture.contains("calls &lt; 5"));
        assert!(!picture.contains("Answer to event"), "nobody watched");
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
    }

    #[test]
    fn marks_are_round_and_few() {
        assert_eq!(
            Scale::new(false, 0.0, 1500.0).marks(),
            [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0, 1200.0, 1400.0]
        );
        assert_eq!(Scale::new(true, 0.05, 3.0).marks(), [0.01, 0.1, 1.0, 10.0]);
    }
}
