//! From words to a command.

use serde_json::{Map, Value, map::Entry};

use crate::protocol::Problem;

/// What a person asks for.
#[derive(Debug, PartialEq)]
pub enum Asked {
    /// The state.
    Snapshot,
    /// Every event.
    Follow,
    /// A command, with its name in `command`.
    Command(Map<String, Value>),
}

/// `take scene=cam2 transition.kind=fade`, or the JSON itself as one word.
///
/// # Errors
/// A word without `=`, a key twice, JSON that isn't an object.
pub fn read(words: &[String]) -> Result<Asked, Problem> {
    match words {
        [json] if json.trim_start().starts_with('{') => {
            serde_json::from_str(json).map(Asked::Command).map_err(|error| bad_json(&error))
        }
        [name] if name == "snapshot" => Ok(Asked::Snapshot),
        [name] if name == "follow" => Ok(Asked::Follow),
        [name, pairs @ ..] => {
            let mut fields = Map::from_iter([("command".to_owned(), Value::from(name.as_str()))]);
            for pair in pairs {
                let (key, value) = pair.split_once('=').ok_or_else(|| no_pair(pair))?;
                set(&mut fields, key, read_value(value)).ok_or_else(|| twice(key))?;
            }
            Ok(Asked::Command(fields))
        }
        [] => Err(no_pair("")),
    }
}

fn read_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// `None` if there is something already.
fn set(fields: &mut Map<String, Value>, key: &str, value: Value) -> Option<()> {
    match key.split_once('.') {
        Some((outer, inner)) => {
            let entry = fields.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            set(entry.as_object_mut()?, inner, value)
        }
        None => match fields.entry(key) {
            Entry::Vacant(place) => {
                place.insert(value);
                Some(())
            }
            Entry::Occupied(_) => None,
        },
    }
}

fn no_pair(word: &str) -> Problem {
    Problem::operator(
        "bad_argument",
        format!("« {word} » n'est pas de la forme champ=valeur. Par exemple : plateau ctl take scene=cam2"),
        format!("“{word}” is not of the form field=value. For example: plateau ctl take scene=cam2"),
    )
}

fn twice(key: &str) -> Problem {
    Problem::operator(
        "bad_argument",
        format!("Le champ « {key} » est donné deux fois."),
        format!("The field “{key}” is given twice."),
    )
}

fn bad_json(error: &serde_json::Error) -> Problem {
    Problem::operator(
        "bad_argument",
        format!("Ce n'est pas du JSON correct ({error})."),
        format!("This is not valid JSON ({error})."),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(words: &[&str]) -> Result<Asked, Problem> {
        read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    fn command(value: Value) -> Asked {
        Asked::Command(value.as_object().unwrap().clone())
    }

    #[test]
    fn words_become_fields() {
        assert_eq!(
            asked(&["take", "scene=cam2", "transition.kind=fade", "transition.duration_ms=500"]).unwrap(),
            command(json!({"command": "take", "scene": "cam2", "transition": {"kind": "fade", "duration_ms": 500}}))
        );
        assert_eq!(asked(&["slate", "on=true"]).unwrap(), command(json!({"command": "slate", "on": true})));
        assert_eq!(
            asked(&["title_show", "template=name", "fields={\"name\":\"a=b\"}"]).unwrap(),
            command(json!({"command": "title_show", "template": "name", "fields": {"name": "a=b"}}))
        );
        assert_eq!(
            asked(&[r#"{"command":"preview","scene":"a"}"#]).unwrap(),
            command(json!({"command": "preview", "scene": "a"}))
        );
        assert_eq!(asked(&["snapshot"]).unwrap(), Asked::Snapshot);
        assert_eq!(asked(&["follow"]).unwrap(), Asked::Follow);
    }

    #[test]
    fn words_that_are_none_are_told() {
        for words in [&["take", "cam2"][..], &["take", "scene=a", "scene=b"], &["take", "scene=a", "scene.x=b"], &["{"]]
        {
            assert_eq!(asked(words).unwrap_err().code, "bad_argument", "{words:?}");
        }
    }
}
