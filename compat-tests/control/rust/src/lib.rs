//! samsa in a test's hand, from Rust: the few lines that HTTP takes. SAMSA_CONTROL is the address that samsa prints.

use std::env;
use std::io::{Read, Write};
use std::net::TcpStream;

/// The body of the answer; panics with its sentence where that is an error.
pub fn ask(method: &str, path: &str, json: &str) -> String {
    let control = env::var("SAMSA_CONTROL").expect("SAMSA_CONTROL");
    let rest = control.strip_prefix("http://").expect("an address of HTTP");
    let (address, prefix) = rest.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(address).unwrap();
    let length = json.len();
    write!(
        stream,
        "{method} /{prefix}{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {body}");
    body.to_string()
}

/// The first value of a field, as it is written; a text without its quotes.
pub fn field(json: &str, name: &str) -> String {
    let (_, rest) = json.split_once(&format!("\"{name}\":")).unwrap_or_else(|| panic!("no {name} in {json}"));
    rest.trim_start_matches('"').split(['"', ',', '}', ']']).next().unwrap().to_string()
}

/// A rule that is in force until it is dropped.
pub struct Rule(String);

impl Rule {
    pub fn on(json: &str) -> Rule {
        Rule(field(&ask("POST", "/rules", json), "id"))
    }

    pub fn hits(&self) -> usize {
        field(&ask("GET", &format!("/rules/{}", self.0), ""), "hits").parse().unwrap()
    }
}

impl Drop for Rule {
    fn drop(&mut self) {
        ask("DELETE", &format!("/rules/{}", self.0), "");
    }
}
