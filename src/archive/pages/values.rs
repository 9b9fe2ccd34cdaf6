//! JSON as template values.

use std::collections::BTreeMap;

use minijinja::Value;
use serde_json::Value as Json;

/// The same for a template.
pub fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::from(whole),
            (None, Some(part)) => Value::from(part),
            (None, None) => Value::from(()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(list) => Value::from(list.iter().map(value).collect::<Vec<_>>()),
        Json::Object(fields) => {
            Value::from(fields.iter().map(|(name, field)| (name.clone(), value(field))).collect::<BTreeMap<_, _>>())
        }
    }
}
