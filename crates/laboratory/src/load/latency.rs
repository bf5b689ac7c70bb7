//! Latencies as histograms.

use std::{fmt, time::Duration};

use super::json::Json;

/// Buckets per power of two: a value is known to 1.6 %.
const PRECISION: u32 = 64;

/// A histogram of latencies in nanoseconds whose buckets grow with the value.
#[derive(Clone, Default, Debug)]
pub struct Latency {
    buckets: Vec<u64>,
    count: u64,
    longest: Duration,
}

impl Latency {
    /// Takes note of one latency.
    pub fn record(&mut self, latency: Duration) {
        let bucket = bucket_of(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
        if bucket >= self.buckets.len() {
            self.buckets.resize(bucket + 1, 0);
        }
        if let Some(count) = self.buckets.get_mut(bucket) {
            *count += 1;
        }
        self.count += 1;
        self.longest = self.longest.max(latency);
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The latency that `share` (0 to 1) of all did not exceed; zero if there was none.
    pub fn quantile(&self, share: f64) -> Duration {
        let rank = (share * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_nanos(highest_in(bucket)).min(self.longest);
            }
        }
        self.longest
    }

    /// The median.
    pub fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    /// The 99th percentile.
    pub fn p99(&self) -> Duration {
        self.quantile(0.99)
    }

    /// Count and quantiles, in microseconds.
    pub fn json(&self) -> Json {
        let micros = |latency: Duration| Json::from(latency.as_secs_f64() * 1e6);
        Json::Object(vec![
            ("count", self.count.into()),
            ("p50_us", micros(self.median())),
            ("p90_us", micros(self.quantile(0.9))),
            ("p99_us", micros(self.p99())),
            ("p999_us", micros(self.quantile(0.999))),
            ("max_us", micros(self.longest)),
        ])
    }
}

/// `p50 0.123  p99 0.456  p99.9 0.789  max 1.234 ms (n 1000)`.
impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |latency: Duration| latency.as_secs_f64() * 1e3;
        let (p50, p99, p999) = (self.median(), self.p99(), self.quantile(0.999));
        write!(
            f,
            "p50 {:.3}  p99 {:.3}  p99.9 {:.3}  max {:.3} ms (n {})",
            millis(p50),
            millis(p99),
            millis(p999),
            millis(self.longest),
            self.count
        )
    }
}

fn bucket_of(nanos: u64) -> usize {
    let exponent = nanos.max(1).ilog2().saturating_sub(PRECISION.ilog2());
    let within = nanos >> exponent;
    let bucket = u64::from(exponent) * u64::from(PRECISION) + within;
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The largest value that falls into a bucket.
fn highest_in(bucket: usize) -> u64 {
    let (bucket, precision) = (bucket as u64, u64::from(PRECISION));
    if bucket < 2 * precision {
        return bucket;
    }
    let exponent = bucket / precision - 1;
    let within = bucket - exponent * precision;
    ((within + 1) << exponent) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_contiguous_and_precise() {
        for nanos in (0..10_000u64).chain((10..50).map(|power| (1u64 << power) + 12_345 % (1 << power))) {
            let highest = highest_in(bucket_of(nanos));
            assert!(highest >= nanos, "{nanos} is in a bucket that ends at {highest}");
            assert!(highest - nanos <= nanos / u64::from(PRECISION), "{nanos} counts as {highest}");
        }
    }

    #[test]
    fn quantiles_of_a_thousand_latencies() {
        let mut latency = Latency::default();
        for micros in 1..=1000 {
            latency.record(Duration::from_micros(micros));
        }
        let near = |got: Duration, micros: f64| (got.as_secs_f64() * 1e6 / micros - 1.0).abs() < 0.02;
        assert!(near(latency.median(), 500.0), "{:?}", latency.median());
        assert!(near(latency.p99(), 990.0), "{:?}", latency.p99());
        assert_eq!(latency.quantile(1.0), Duration::from_millis(1));
        assert_eq!(latency.count(), 1000);
    }

    #[test]
    fn nothing_recorded_is_zero() {
        assert_eq!(Latency::default().p99(), Duration::ZERO);
    }
}
