//! From a text to a command, or to a sentence that says what is wrong with it.

use serde_json::{Map, Value};

use crate::protocol::{Command, FieldError, MAX_MESSAGE, Problem};

/// A command and the id its reply repeats.
#[derive(Debug, PartialEq)]
pub struct Request {
    /// Whatever the client gave; `null` if nothing.
    pub id: Value,
    /// What it asks.
    pub command: Command,
}

/// Reads a message.
///
/// # Errors
/// The id as far as it could be read, and what is wrong.
pub fn parse(text: &[u8]) -> Result<Request, (Value, Problem)> {
    if text.len() > MAX_MESSAGE {
        return Err((Value::Null, too_big(text.len())));
    }
    let value = serde_json::from_slice(text).map_err(|error| (Value::Null, bad_json(&error)))?;
    let Value::Object(mut fields) = value else {
        return Err((Value::Null, not_an_object()));
    };
    let id = fields.remove("id").unwrap_or(Value::Null);
    match command(fields) {
        Ok(command) => Ok(Request { id, command }),
        Err(problem) => Err((id, problem)),
    }
}

fn command(mut fields: Map<String, Value>) -> Result<Command, Problem> {
    let name = match fields.remove("command") {
        Some(Value::String(name)) => name,
        Some(_) => return Err(bad_field("command", "?", "a text was expected")),
        None => return Err(bad_field("command", "?", "it is missing")),
    };
    let read = Command::read(&name, fields).ok_or_else(|| unknown_command(&name))?;
    read.map_err(|FieldError { path, detail }| bad_field(&path, &name, &detail))
}

/// The start of what a client sent, for a sentence.
fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What is not text.
pub fn binary() -> Problem {
    Problem::operator(
        "bad_json",
        "Un message doit être un texte JSON ; celui-ci est binaire.",
        "A message must be JSON text; this one is binary.",
    )
}

fn too_big(bytes: usize) -> Problem {
    Problem::operator(
        "too_big",
        format!("Ce message fait {bytes} octets ; {MAX_MESSAGE} au plus sont acceptés."),
        format!("This message has {bytes} bytes; {MAX_MESSAGE} at most are accepted."),
    )
}

fn bad_json(error: &serde_json::Error) -> Problem {
    Problem::operator(
        "bad_json",
        format!("Ce message n'est pas du JSON correct (ligne {}, colonne {}).", error.line(), error.column()),
        format!("This message is not valid JSON ({error})."),
    )
}

fn not_an_object() -> Problem {
    Problem::operator(
        "not_an_object",
        "Un message doit être un objet, comme {\"id\": 1, \"command\": \"snapshot\"}.",
        "A message must be an object, such as {\"id\": 1, \"command\": \"snapshot\"}.",
    )
}

fn unknown_command(name: &str) -> Problem {
    let name = short(name);
    Problem::operator(
        "unknown_command",
        format!("Le studio ne connaît pas la commande « {name} »."),
        format!("The studio does not know the command “{name}”."),
    )
}

fn bad_field(path: &str, command: &str, detail: &str) -> Problem {
    let (path, command, detail) = (short(path), short(command), short(detail));
    let (fr, en) = match path.is_empty() {
        true => (String::new(), String::new()),
        false => (format!(", champ « {path} »"), format!(", field “{path}”")),
    };
    Problem::operator(
        "bad_field",
        format!("Commande « {command} »{fr} : valeur absente, inconnue ou d'un autre type ({detail})."),
        format!("Command “{command}”{en}: {detail}."),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::{ConnectionCommand, StudioCommand};

    fn problem(text: &str) -> (Value, Problem) {
        parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn every_bad_message_gets_its_code_and_its_id() {
        for (text, code, id) in [
            ("", "bad_json", json!(null)),
            ("{", "bad_json", json!(null)),
            ("{\"id\":1,}", "bad_json", json!(null)),
            ("[1]", "not_an_object", json!(null)),
            ("7", "not_an_object", json!(null)),
            ("null", "not_an_object", json!(null)),
            (r#"{"id":1}"#, "bad_field", json!(1)),
            (r#"{"id":1,"command":7}"#, "bad_field", json!(1)),
            (r#"{"id":"a","command":"fly"}"#, "unknown_command", json!("a")),
            (r#"{"id":"a","command":"Take"}"#, "unknown_command", json!("a")),
            (r#"{"id":[2],"command":"take","scene":7}"#, "bad_field", json!([2])),
            (r#"{"id":{"n":1},"command":"preview"}"#, "bad_field", json!({"n": 1})),
            (r#"{"id":2.5,"command":"slate","on":"yes"}"#, "bad_field", json!(2.5)),
        ] {
            let (answered, problem) = problem(text);
            assert_eq!((problem.code.as_str(), &answered), (code, &id), "{text}");
            assert!(!problem.text.fr.is_empty() && !problem.text.en.is_empty());
        }
        assert_eq!(parse(&vec![b' '; MAX_MESSAGE + 1]).unwrap_err().1.code, "too_big");
        assert_eq!(parse("[".repeat(60_000).as_bytes()).unwrap_err().1.code, "bad_json");
    }

    #[test]
    fn a_field_is_named_by_its_path() {
        for (text, field) in [
            (r#"{"command":"take","scene":7}"#, "scene"),
            (r#"{"command":"preview"}"#, "scene"),
            (r#"{"command":"take","scen":"cam1"}"#, "scen"),
            (r#"{"command":"take","transition":{"kind":"spin"}}"#, "transition.kind"),
            (r#"{"command":"take","transition":{"duration_ms":-1}}"#, "transition.duration_ms"),
            (
                r#"{"command":"scene_save","scene":{"id":"a","label":"A","layers":[{"source":"c","x":"left"}]}}"#,
                "scene.layers.[0].x",
            ),
        ] {
            let text = problem(text).1.text;
            assert!(text.en.contains(field) && text.fr.contains(field), "{text:?}");
        }
    }

    #[test]
    fn commands_are_read() {
        let request = parse(br#"{"id":7,"command":"take","scene":"cam2"}"#).unwrap();
        let take = Command::Studio(StudioCommand::Take { scene: Some("cam2".into()), transition: Default::default() });
        assert_eq!(request, Request { id: json!(7), command: take });
        let request = parse(br#"{"command":"snapshot"}"#).unwrap();
        assert_eq!(request, Request { id: Value::Null, command: Command::Connection(ConnectionCommand::Snapshot {}) });
        assert!(parse(br#"{"command":"take","scene":null}"#).is_ok());
    }
}
