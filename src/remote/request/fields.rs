//! A request's fields, and what may be wrong with them.
//!
//! An optional field that is absent or null is not given; fields that are not known are passed
//! over, because newer clients send some.

use serde_json::{Map, Value};

use crate::protocol::Problem;

/// `RequestStatus`, the codes used here.
#[allow(missing_docs, reason = "the protocol's own names")]
pub mod status {
    pub const SUCCESS: u16 = 100;
    pub const UNKNOWN_REQUEST_TYPE: u16 = 204;
    pub const UNSUPPORTED_BATCH: u16 = 206;
    pub const NOT_READY: u16 = 207;
    pub const MISSING_FIELD: u16 = 300;
    pub const MISSING_DATA: u16 = 301;
    pub const INVALID_FIELD: u16 = 400;
    pub const INVALID_FIELD_TYPE: u16 = 401;
    pub const OUT_OF_RANGE: u16 = 402;
    pub const EMPTY: u16 = 403;
    pub const TOO_MANY_FIELDS: u16 = 404;
    pub const OUTPUT_RUNNING: u16 = 500;
    pub const OUTPUT_NOT_RUNNING: u16 = 501;
    pub const STUDIO_MODE_NOT_ACTIVE: u16 = 506;
    pub const NOT_FOUND: u16 = 600;
    pub const INVALID_RESOURCE_TYPE: u16 = 602;
    pub const INVALID_RESOURCE_STATE: u16 = 604;
    pub const RESOURCE_ACTION_FAILED: u16 = 701;
    pub const PROCESSING_FAILED: u16 = 702;
}

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// One of [`status`].
    pub code: u16,
    /// For whoever looks after the remote.
    pub comment: String,
}

impl Refusal {
    /// With its sentence.
    pub fn new(code: u16, comment: impl Into<String>) -> Self {
        Self { code, comment: comment.into() }
    }

    /// A request that nobody answers.
    pub fn unknown_request(request: &str) -> Self {
        let request: String = request.chars().take(60).collect();
        Self::new(status::UNKNOWN_REQUEST_TYPE, format!("The request type `{request}` is not known here."))
    }

    /// What the studio refuses, in its language.
    pub fn of(problem: &Problem, language: &str) -> Self {
        let code = match problem.code.as_str() {
            code if code.starts_with("unknown_") => status::NOT_FOUND,
            code if code.starts_with("bad_") => status::OUT_OF_RANGE,
            "closing" => status::NOT_READY,
            "not_a_player" => status::INVALID_RESOURCE_TYPE,
            "rehearsal" | "nothing_in_preview" | "consent_missing" => status::INVALID_RESOURCE_STATE,
            _ => status::RESOURCE_ACTION_FAILED,
        };
        Self::new(code, problem.text.get(language))
    }
}

/// A request's `requestData`.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    /// Of what was sent, which may be nothing.
    pub fn of(data: Option<&'a Value>) -> Self {
        Self(data.and_then(Value::as_object))
    }

    /// A field that was given.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    /// A field that must be given.
    pub fn required(&self, name: &str) -> Result<&'a Value, Refusal> {
        if self.0.is_none() {
            return Err(Refusal::new(status::MISSING_DATA, "Your request data is missing or invalid (non-object)"));
        }
        let missing = || Refusal::new(status::MISSING_FIELD, format!("Your request is missing the `{name}` field."));
        self.get(name).ok_or_else(missing)
    }

    /// A text that is not empty.
    pub fn text(&self, name: &str) -> Result<&'a str, Refusal> {
        as_text(name, self.required(name)?)
    }

    /// The same, if it is given.
    pub fn optional_text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.get(name).map(|value| as_text(name, value)).transpose()
    }

    /// True or false.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        let wrong =
            || Refusal::new(status::INVALID_FIELD_TYPE, format!("The field value of `{name}` must be boolean."));
        self.required(name)?.as_bool().ok_or_else(wrong)
    }

    /// A number from `min` to `max`.
    pub fn number(&self, name: &str, min: f64, max: f64) -> Result<f64, Refusal> {
        as_number(name, self.required(name)?, min, max)
    }

    /// The same, if it is given.
    pub fn optional_number(&self, name: &str, min: f64, max: f64) -> Result<Option<f64>, Refusal> {
        self.get(name).map(|value| as_number(name, value, min, max)).transpose()
    }

    /// A name, or the UUID that stands for it: `of` finds what it means.
    pub fn named<T>(
        &self,
        name: &str,
        uuid: &str,
        mut by_name: impl FnMut(&str) -> Option<T>,
        mut by_uuid: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, Refusal> {
        let (asked, found) = match (self.optional_text(uuid)?, self.optional_text(name)?) {
            (Some(id), _) => (id, by_uuid(id)),
            (None, Some(id)) => (id, by_name(id)),
            (None, None) => {
                return Err(Refusal::new(
                    status::MISSING_FIELD,
                    format!("Your request must contain at least one of the following fields: `{name}` or `{uuid}`."),
                ));
            }
        };
        let asked: String = asked.chars().take(60).collect();
        found.ok_or_else(|| Refusal::new(status::NOT_FOUND, format!("Nothing is called `{asked}` here.")))
    }
}

fn as_text<'a>(name: &str, value: &'a Value) -> Result<&'a str, Refusal> {
    match value.as_str() {
        None => Err(Refusal::new(status::INVALID_FIELD_TYPE, format!("The field value of `{name}` must be a string."))),
        Some("") => Err(Refusal::new(status::EMPTY, format!("The field value of `{name}` must not be empty."))),
        Some(text) => Ok(text),
    }
}

fn as_number(name: &str, value: &Value, min: f64, max: f64) -> Result<f64, Refusal> {
    let wrong = || Refusal::new(status::INVALID_FIELD_TYPE, format!("The field value of `{name}` must be a number."));
    let number = value.as_f64().ok_or_else(wrong)?;
    let out = |word: &str, limit: f64| {
        Refusal::new(status::OUT_OF_RANGE, format!("The field value of `{name}` is {word} of `{limit}`"))
    };
    match number {
        number if number < min => Err(out("below the minimum", min)),
        number if number > max => Err(out("above the maximum", max)),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_mistake_has_the_protocols_code() {
        let data = json!({ "text": "a", "empty": "", "null": null, "number": 3, "flag": true, "list": [] });
        let fields = Fields::of(Some(&data));
        let code = |refused: Result<(), Refusal>| refused.unwrap_err().code;
        assert_eq!(fields.text("text"), Ok("a"));
        assert_eq!(code(fields.text("empty").map(drop)), status::EMPTY);
        assert_eq!(code(fields.text("null").map(drop)), status::MISSING_FIELD);
        assert_eq!(code(fields.text("list").map(drop)), status::INVALID_FIELD_TYPE);
        assert_eq!(code(Fields::of(Some(&json!([]))).text("text").map(drop)), status::MISSING_DATA);
        assert_eq!(code(Fields::of(None).text("text").map(drop)), status::MISSING_DATA);
        assert_eq!(fields.optional_text("null"), Ok(None));
        assert_eq!(fields.number("number", 0.0, 3.0), Ok(3.0));
        assert_eq!(code(fields.number("number", 4.0, 9.0).map(drop)), status::OUT_OF_RANGE);
        assert_eq!(code(fields.number("number", 0.0, 2.0).map(drop)), status::OUT_OF_RANGE);
        assert_eq!(code(fields.number("flag", 0.0, 2.0).map(drop)), status::INVALID_FIELD_TYPE);
        assert_eq!(fields.flag("flag"), Ok(true));
        assert_eq!(code(fields.flag("number").map(drop)), status::INVALID_FIELD_TYPE);
        let find = |name, uuid| fields.named(name, uuid, |id| (id == "a").then_some(1), |_| Some(2));
        assert_eq!(find("text", "null"), Ok(1));
        assert_eq!(find("null", "text"), Ok(2));
        assert_eq!(code(find("null", "null").map(drop)), status::MISSING_FIELD);
    }
}
