//! Several requests in one message, carried out one after the other.
//!
//! Whatever `executionType` says: in parallel nothing would be faster here, and the results are
//! the same. Between two of them a client may `Sleep`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    request::{Answer, Fields, Refusal, status},
    session::{Close, End, Session, response},
};

/// Requests of one batch.
const MOST: usize = 1000;

/// `RequestBatchExecutionType`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Execution {
    Realtime,
    Frame,
    Parallel,
}

impl Session {
    /// Carries a batch out; the `d` of its response.
    pub(super) async fn batch(&mut self, d: &Value) -> Result<Value, End> {
        let id = d.get("requestId").ok_or(Close(4003, "Your payload data is missing a `requestId`."))?;
        let execution = execution(d)?;
        let halt = match d.get("haltOnFailure") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(halt)) => *halt,
            Some(_) => return Err(Close(4004, "Your `haltOnFailure` is not a boolean.").into()),
        };
        let requests = match d.get("requests") {
            Some(Value::Array(requests)) if requests.len() <= MOST => requests,
            Some(Value::Array(_)) => return Err(Close(4005, "Your batch has more than 1000 requests.").into()),
            Some(_) => return Err(Close(4004, "Your `requests` is not an array.").into()),
            None => return Err(Close(4003, "Your payload data is missing a `requests`.").into()),
        };
        let mut variables = match d.get("variables") {
            Some(Value::Object(variables)) => variables.clone(),
            _ => Map::new(),
        };
        let mut results = Vec::new();
        for request in requests {
            let name = request.get("requestType").and_then(Value::as_str).unwrap_or_default();
            let data = filled(request, &variables);
            let answer = match name {
                "Sleep" => self.sleep(&data, execution).await?,
                name => self.answer(name, Some(&data)).await,
            };
            self.flush().await?;
            if let Ok(answer) = &answer {
                remember(request, answer, &mut variables);
            }
            let failed = answer.is_err();
            let mut result = response(name, answer);
            if let Some(id) = request.get("requestId").filter(|id| !id.is_null()) {
                result["requestId"] = id.clone();
            }
            results.push(result);
            if failed && halt {
                break;
            }
        }
        Ok(json!({ "requestId": id, "results": results }))
    }

    async fn sleep(&mut self, data: &Value, execution: Execution) -> Result<Answer, End> {
        let framerate = f64::from(self.show.state.studio.framerate);
        match sleep_for(data, execution, framerate) {
            Ok(duration) => self.pause(duration).await.map(|()| Ok(Value::Null)),
            Err(refusal) => Ok(Err(refusal)),
        }
    }
}

fn sleep_for(data: &Value, execution: Execution, framerate: f64) -> Result<Duration, Refusal> {
    let fields = Fields::of(Some(data));
    let seconds = match execution {
        Execution::Realtime => fields.number("sleepMillis", 0.0, 50_000.0)? / 1000.0,
        Execution::Frame => fields.number("sleepFrames", 0.0, 10_000.0)? / framerate,
        Execution::Parallel => {
            return Err(Refusal::new(status::UNSUPPORTED_BATCH, "The execution type does not support sleeping."));
        }
    };
    Ok(Duration::from_secs_f64(seconds))
}

fn execution(d: &Value) -> Result<Execution, Close> {
    let number = match d.get("executionType") {
        None | Some(Value::Null) => return Ok(Execution::Realtime),
        Some(value) => value.as_i64().ok_or(Close(4004, "Your `executionType` is not a number."))?,
    };
    match number {
        0 => Ok(Execution::Realtime),
        1 => Ok(Execution::Frame),
        2 => Ok(Execution::Parallel),
        _ => Err(Close(4005, "Your `executionType` has an invalid value.")),
    }
}

/// The request's data, with variables in the fields that `inputVariables` names.
fn filled(request: &Value, variables: &Map<String, Value>) -> Value {
    let mut data = request.get("requestData").cloned().unwrap_or_default();
    if let Some(Value::Object(wanted)) = request.get("inputVariables") {
        if !data.is_object() {
            data = json!({});
        }
        for (field, name) in wanted {
            if let Some(value) = name.as_str().and_then(|name| variables.get(name)) {
                data[field] = value.clone();
            }
        }
    }
    data
}

/// Keeps the fields of an answer that `outputVariables` names.
fn remember(request: &Value, answer: &Value, variables: &mut Map<String, Value>) {
    let Some(Value::Object(wanted)) = request.get("outputVariables") else { return };
    for (name, field) in wanted {
        if let Some(value) = field.as_str().and_then(|field| answer.get(field)) {
            variables.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_carry_an_answer_into_the_next_request() {
        let mut variables = Map::new();
        let first = json!({ "outputVariables": { "scene": "sceneName", "none": "nothing" } });
        remember(&first, &json!({ "sceneName": "cam2" }), &mut variables);
        assert_eq!(variables, *json!({ "scene": "cam2" }).as_object().unwrap());
        let next = json!({ "inputVariables": { "sceneName": "scene" } });
        assert_eq!(filled(&next, &variables), json!({ "sceneName": "cam2" }));
        assert_eq!(filled(&json!({ "requestData": { "a": 1 } }), &variables), json!({ "a": 1 }));
    }

    #[test]
    fn a_sleep_has_its_unit_and_its_limits() {
        let frames = sleep_for(&json!({ "sleepFrames": 50 }), Execution::Frame, 25.0);
        assert_eq!(frames, Ok(Duration::from_secs(2)));
        let millis = sleep_for(&json!({ "sleepMillis": 20 }), Execution::Realtime, 25.0);
        assert_eq!(millis, Ok(Duration::from_millis(20)));
        let code = |data, execution| sleep_for(&data, execution, 25.0).unwrap_err().code;
        assert_eq!(code(json!({ "sleepMillis": 50_001 }), Execution::Realtime), status::OUT_OF_RANGE);
        assert_eq!(code(json!({ "sleepMillis": 5 }), Execution::Frame), status::MISSING_FIELD);
        assert_eq!(code(json!({}), Execution::Parallel), status::UNSUPPORTED_BATCH);
        assert_eq!(
            execution(&json!({ "executionType": 3 })),
            Err(Close(4005, "Your `executionType` has an invalid value."))
        );
    }
}
