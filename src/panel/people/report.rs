//! `/api/report` and `/api/report.csv`: who came, and why, for those who study the place. Counts only.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

use super::body::fail;
use crate::{
    panel::{App, Routes, access::Caller, aside::aside, failure::Failure},
    people::{Count, Question, Tally, merge_hours},
    protocol::{Problem, Role, Segment, SegmentState},
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/report", get(report)).route("/api/report.csv", get(table))
}

/// A day of the event.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Day {
    day: String,
    /// Segments that took place.
    done: u64,
    /// Segments that were dropped.
    dropped: u64,
    /// Segments still to come.
    to_come: u64,
    planned_seconds: u64,
    real_seconds: u64,
    /// In segments that took place.
    participants: u64,
}

#[derive(Serialize)]
struct Report {
    days: Vec<Day>,
    /// Participants of segments that took place, by the hour of their beginning; small groups merged.
    participants: Vec<Count>,
    tally: Tally,
    /// The words of what was asked.
    survey: Vec<Question>,
}

fn days(rundown: &[Segment]) -> Vec<Day> {
    let mut days: BTreeMap<&str, Day> = BTreeMap::new();
    for segment in rundown {
        let day = days.entry(&segment.day).or_insert_with(|| Day { day: segment.day.clone(), ..Day::default() });
        match segment.state {
            SegmentState::Done => {
                day.done += 1;
                day.planned_seconds += u64::from(segment.planned_seconds);
                let real = segment.ended_at.zip(segment.started_at).map_or(0, |(end, start)| end.saturating_sub(start));
                day.real_seconds += real / 1000;
                day.participants += segment.participants.len() as u64;
            }
            SegmentState::Dropped => day.dropped += 1,
            _ => day.to_come += 1,
        }
    }
    days.into_values().collect()
}

/// The hour of a moment where the studio stands, `YYYY-MM-DDTHH`.
fn hour(unix_ms: u64) -> Option<String> {
    let at = time::OffsetDateTime::from_unix_timestamp(i64::try_from(unix_ms / 1000).ok()?).ok()?;
    let offset = time::UtcOffset::local_offset_at(at).unwrap_or(time::UtcOffset::UTC);
    let at = at.to_offset(offset);
    Some(format!("{:04}-{:02}-{:02}T{:02}", at.year(), u8::from(at.month()), at.day(), at.hour()))
}

fn by_hour(rundown: &[Segment]) -> Vec<Count> {
    let mut hours: BTreeMap<String, u64> = BTreeMap::new();
    for segment in rundown.iter().filter(|segment| segment.state == SegmentState::Done) {
        if let Some(hour) = segment.started_at.and_then(hour) {
            *hours.entry(hour).or_default() += segment.participants.len() as u64;
        }
    }
    let counts = hours.into_iter().filter(|(_, count)| *count > 0).map(|(of, count)| Count { of, count });
    merge_hours(counts.collect())
}

async fn make(app: &App) -> Result<Report, Failure> {
    let now = app.people.day.now();
    let people = app.studio.people();
    let mut tally = people.tally().await.map_err(|problem| fail(app, problem))?;
    tally.visitors = merge_hours(tally.visitors);
    let texts = people.texts();
    let survey = aside(move || texts.survey()).await.unwrap_or_default();
    Ok(Report { days: days(&now.rundown), participants: by_hour(&now.rundown), tally, survey })
}

async fn report(State(app): State<App>, caller: Caller) -> Result<Json<Report>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    make(&app).await.map(Json)
}

async fn table(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let report = make(&app).await?;
    let csv = rows(&report).map_err(|error| {
        let problem = Problem::new(
            "no_table",
            crate::protocol::Fault::Ours,
            format!("Le tableau ne peut pas être écrit ({error})."),
            format!("The table cannot be written ({error})."),
        );
        fail(&app, problem)
    })?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"plateau-report.csv\""),
    ];
    Ok((headers, csv).into_response())
}

/// One fact a row: what, of which day, hour or answer, how much.
fn rows(report: &Report) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["what", "of", "count"])?;
    for day in &report.days {
        for (what, count) in [
            ("segments_done", day.done),
            ("segments_dropped", day.dropped),
            ("segments_to_come", day.to_come),
            ("planned_seconds", day.planned_seconds),
            ("real_seconds", day.real_seconds),
            ("participants", day.participants),
        ] {
            out.write_record([what, &day.day, &count.to_string()])?;
        }
    }
    let tally = &report.tally;
    let counts = [
        ("participants_by_hour", &report.participants),
        ("visitors_by_hour", &tally.visitors),
        ("answers_by_hour", &tally.answered),
    ];
    for (what, counts) in counts {
        for count in counts {
            out.write_record([what, &count.of, &count.count.to_string()])?;
        }
    }
    for answers in &tally.answers {
        for count in &answers.counts {
            out.write_record([&format!("answer_{}", answers.question), &count.of, &count.count.to_string()])?;
        }
    }
    out.into_inner().map_err(|error| error.into_error().into())
}
