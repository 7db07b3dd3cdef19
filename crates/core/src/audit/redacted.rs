//! An export as it can be shown: a secret is hidden, and so is a text that could be one.

use serde_json::Value;

use super::client::{HIDDEN, is_plain, is_secret};

/// JSON documents, one after the other, indented and without their secrets; nothing where one of them is no JSON. Names
/// of databases stay, for a report names them too.
pub fn redacted(documents: &[u8]) -> Option<String> {
    let documents = serde_json::Deserializer::from_slice(documents).into_iter();
    let shown = documents.map(|document| {
        let mut value = document.ok()?;
        hide(&mut value, "", false);
        Some(format!("{value:#}\n"))
    });
    shown.collect()
}

/// `secret`: everything in it is hidden, whatever it is called.
fn hide(value: &mut Value, key: &str, secret: bool) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) if !secret => {}
        Value::Number(_) => *value = HIDDEN.into(),
        Value::String(text) => {
            // A tag is a key and a value: the name of the secret stands beside it.
            if secret || key == "value" || (key != "name" && !is_plain(text)) {
                *text = HIDDEN.to_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, key, secret)),
        Value::Object(fields) => {
            for (key, value) in fields {
                hide(value, key, secret || is_secret(key));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn no_secret_is_shown() {
        for document in [
            r#"{"security":{"password":"hunter2"}}"#,
            r#"{"databases":[{"defaultUserPassword":"hunter2"}]}"#,
            r#"{"token":["hunter2",{"a":"hunter2"}]}"#,
            r#"{"credentials":{"a":{"b":"hunter2"}}}"#,
            r#"{"tags":[{"key":"api-token","value":"hunter2"}]}"#,
            r#"{"uri":"redis://default:hunter2@host"}"#,
            r#"{"note":"it is hunter2"}"#,
            r#"{"databaseId":7} {"password":"hunter2"}"#,
        ] {
            let shown = redacted(document.as_bytes()).unwrap();
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        assert!(!redacted(br#"{"pwd":20262026}"#).unwrap().contains("2026"));
    }

    #[test]
    fn what_is_no_secret_stays() {
        let document = r#"{"databaseId":7,"name":"Order desk","enableTls":true,"publicEndpoint":"redis-1.c1.us-east-1-2.ec2.cloud.redislabs.com:12345"}"#;
        let shown = redacted(document.as_bytes()).unwrap();
        for text in ["7", "Order desk", "true", "redis-1.c1.us-east-1-2.ec2.cloud.redislabs.com:12345"] {
            assert!(shown.contains(text), "{shown}");
        }
        assert_eq!(redacted(b"{"), None);
    }
}
