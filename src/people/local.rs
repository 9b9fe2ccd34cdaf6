//! The day and the hour where the studio stands.

use time::{OffsetDateTime, macros::format_description};

fn now() -> OffsetDateTime {
    OffsetDateTime::now_local().unwrap_or_else(|_| OffsetDateTime::now_utc())
}

/// Today, `YYYY-MM-DD`.
pub fn local_day() -> String {
    let now = now();
    format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day())
}

/// This hour, `YYYY-MM-DDTHH`.
pub fn local_hour() -> String {
    format!("{}T{:02}", local_day(), now().hour())
}

/// Whether a text is a date, `YYYY-MM-DD`; the date.
pub fn date(text: &str) -> Option<time::Date> {
    time::Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}
