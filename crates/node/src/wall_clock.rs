//! The time of day, as the driver set it last. Phones display it; call logic never uses it.

use hookflash_core::Instant;

/// Relates the switch's time to the time of day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WallClock {
    unix_millis_at_start: i64,
    utc_offset_seconds: i32,
}

/// A moment of the day at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CivilTime {
    /// Year, such as 2026.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Day of the week, Sunday is 0.
    pub weekday: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
    /// Millisecond, 0 to 999.
    pub millisecond: u16,
}

impl WallClock {
    /// At `now` it is `unix_millis` milliseconds after 1970 (UTC), at a place `utc_offset_seconds` east of it.
    pub fn new(now: Instant, unix_millis: i64, utc_offset_seconds: i32) -> WallClock {
        let elapsed = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        WallClock { unix_millis_at_start: unix_millis.saturating_sub(elapsed), utc_offset_seconds }
    }

    /// Seconds east of UTC.
    pub fn utc_offset_seconds(&self) -> i32 {
        self.utc_offset_seconds
    }

    /// Milliseconds after 1970, UTC, at `now`.
    pub fn unix_millis(&self, now: Instant) -> i64 {
        self.unix_millis_at_start.saturating_add(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
    }

    /// The time at `now` as SIP and HTTP write it: `Sat, 28 Nov 2026 23:29:00 GMT`.
    pub fn http_date(&self, now: Instant) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let utc = WallClock { utc_offset_seconds: 0, ..*self }.civil(now);
        let day = DAYS.get(usize::from(utc.weekday)).unwrap_or(&"Sun");
        let month = MONTHS.get(usize::from(utc.month) - 1).unwrap_or(&"Jan");
        let (date, year) = (utc.day, utc.year);
        format!("{day}, {date:02} {month} {year:04} {:02}:{:02}:{:02} GMT", utc.hour, utc.minute, utc.second)
    }

    /// The time at `now` as ISO 8601 has it, UTC: `2026-11-28T23:29:00.123Z`.
    pub fn iso(&self, now: Instant) -> String {
        let CivilTime { year, month, day, hour, minute, second, millisecond, .. } =
            WallClock { utc_offset_seconds: 0, ..*self }.civil(now);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
    }

    /// The local time at `now`.
    pub fn civil(&self, now: Instant) -> CivilTime {
        let local = self.unix_millis(now).saturating_add(i64::from(self.utc_offset_seconds) * 1000);
        let days = local.div_euclid(86_400_000);
        let millis = local.rem_euclid(86_400_000);
        let (year, month, day) = civil_date(days);
        let part = |value: i64| u8::try_from(value).unwrap_or(0);
        CivilTime {
            year,
            month,
            day,
            weekday: part((days + 4).rem_euclid(7)),
            hour: part(millis / 3_600_000),
            minute: part(millis / 60_000 % 60),
            second: part(millis / 1000 % 60),
            millisecond: u16::try_from(millis % 1000).unwrap_or(0),
        }
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. Years are counted from
/// March inside, so that a leap day is the last day of its year.
fn civil_date(days: i64) -> (i32, u8, u8) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let small = |value: i64| u8::try_from(value).unwrap_or(1);
    (i32::try_from(year).unwrap_or(1970), small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        let at = |unix_seconds: i64| {
            let time = WallClock::new(Instant::ZERO, unix_seconds * 1000, 0).civil(Instant::ZERO);
            (time.year, time.month, time.day, time.weekday, time.hour, time.minute)
        };
        assert_eq!(at(0), (1970, 1, 1, 4, 0, 0));
        assert_eq!(at(951_782_400), (2000, 2, 29, 2, 0, 0));
        assert_eq!(at(1_795_236_300), (2026, 11, 21, 6, 4, 45));
        let clock = WallClock::new(Instant::ZERO, 1_795_236_300_000, 3600);
        assert_eq!(clock.http_date(Instant::ZERO), "Sat, 21 Nov 2026 04:45:00 GMT");
    }

    #[test]
    fn the_place_shifts_the_day() {
        let clock = WallClock::new(Instant::from_millis(500), 1500, -3600);
        assert_eq!(clock.unix_millis(Instant::ZERO), 1000);
        assert_eq!(clock.civil(Instant::ZERO).day, 31);
        assert_eq!(clock.civil(Instant::ZERO).hour, 23);
    }

    #[test]
    fn no_time_is_too_far_away() {
        for millis in [i64::MIN, i64::MAX] {
            for offset in [i32::MIN, i32::MAX] {
                let clock = WallClock::new(Instant::from_millis(9), millis, offset);
                assert!(clock.civil(Instant::from_millis(10)).hour < 24);
            }
        }
    }
}
