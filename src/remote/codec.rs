//! The two forms in which messages travel, agreed on by websocket subprotocol.

use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use super::msgpack;

/// How a session's messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Codec {
    /// `obswebsocket.json`, and without any subprotocol: JSON in text messages.
    #[default]
    Json,
    /// `obswebsocket.msgpack`: MessagePack in binary messages, what Node.js clients choose.
    MsgPack,
}

impl Codec {
    /// The first of the offered subprotocols that is known here, with its name.
    pub fn choose(offered: &str) -> Option<(Self, &'static str)> {
        offered.split(',').find_map(|name| match name.trim() {
            "obswebsocket.json" => Some((Self::Json, "obswebsocket.json")),
            "obswebsocket.msgpack" => Some((Self::MsgPack, "obswebsocket.msgpack")),
            _ => None,
        })
    }

    /// A message as it goes out.
    pub fn write(self, value: &Value) -> Message {
        match self {
            Self::Json => Message::text(value.to_string()),
            Self::MsgPack => Message::binary(msgpack::write(value)),
        }
    }

    /// What came in; `None`: it is not in this form.
    pub fn read(self, message: &Message) -> Option<Value> {
        match (self, message) {
            (Self::Json, Message::Text(text)) => serde_json::from_str(text).ok(),
            (Self::MsgPack, Message::Binary(bytes)) => msgpack::read(bytes),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_client_chooses_and_keeps_to_it() {
        assert_eq!(Codec::choose("chat, obswebsocket.msgpack , obswebsocket.json").unwrap().0, Codec::MsgPack);
        assert_eq!(Codec::choose("chat"), None);
        let message = json!({ "op": 1, "d": { "rpcVersion": 1 } });
        for codec in [Codec::Json, Codec::MsgPack] {
            assert_eq!(codec.read(&codec.write(&message)), Some(message.clone()));
        }
        assert_eq!(Codec::Json.read(&Codec::MsgPack.write(&message)), None);
        assert_eq!(Codec::MsgPack.read(&Codec::Json.write(&message)), None);
        assert_eq!(Codec::Json.read(&Message::text("{")), None);
    }
}
