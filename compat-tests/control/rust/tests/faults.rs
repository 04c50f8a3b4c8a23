//! Faults, met by rskafka: wrong in the way that the fault brings out, and right after it.

use std::collections::BTreeMap;
use std::env;
use std::time::{Duration, Instant, SystemTime};

use control_example::{Rule, ask};
use rskafka::BackoffConfig;
use rskafka::chrono::{TimeZone, Utc};
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::Record;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

async fn client(name: &str) -> Client {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(20),
        max_backoff: Duration::from_millis(200),
        base: 2.0,
        deadline: Some(PATIENCE),
    };
    let servers = vec![env::var("SAMSA_BOOTSTRAP").unwrap()];
    ClientBuilder::new(servers).client_id(name).backoff_config(backoff).build().await.unwrap()
}

async fn partition(topic: &str) -> PartitionClient {
    let client = client(topic).await;
    client.controller_client().unwrap().create_topic(topic, 1, 1, 20_000).await.unwrap();
    client.partition_client(topic, 0, UnknownTopicHandling::Retry).await.unwrap()
}

async fn send(to: &PartitionClient, value: &str) {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
    let timestamp = Utc.timestamp_millis_opt(now).unwrap();
    let record = Record { key: None, value: Some(value.into()), headers: BTreeMap::new(), timestamp };
    to.produce(vec![record], Compression::NoCompression).await.unwrap();
}

fn name(word: &str) -> String {
    format!("{word}-{}", SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_and_the_client_tries_again() {
    let topic = name("orders");
    let orders = partition(&topic).await;
    let rule = Rule::on(&format!(r#"{{"api": "Produce", "topic": "{topic}", "error": "NOT_LEADER_OR_FOLLOWER", "times": 2}}"#));
    timeout(PATIENCE, send(&orders, "a")).await.unwrap();
    assert_eq!(rule.hits(), 2);
    assert!(ask("GET", &format!("/topics/{topic}/records?count=1"), "").contains(r#""value":"a""#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_holds_a_produce() {
    let topic = name("held");
    let orders = partition(&topic).await;
    let gate = Rule::on(&format!(r#"{{"api": "Produce", "topic": "{topic}", "hold": true}}"#));
    let sent = tokio::spawn(async move { send(&orders, "a").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!sent.is_finished());
    assert_eq!(gate.hits(), 1);
    drop(gate);
    timeout(PATIENCE, sent).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_and_a_record_that_is_there_twice() {
    let topic = name("lost");
    let orders = partition(&topic).await;
    let rule = Rule::on(&format!(r#"{{"api": "Produce", "topic": "{topic}", "drop": "response", "times": 1}}"#));
    timeout(PATIENCE, send(&orders, "twice")).await.unwrap();
    assert_eq!(rule.hits(), 1);
    let records = ask("GET", &format!("/topics/{topic}/records?count=2"), "");
    assert_eq!(records.matches(r#""value":"twice""#).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay() {
    let topic = name("late");
    let orders = partition(&topic).await;
    let rule = Rule::on(&format!(r#"{{"api": "Produce", "topic": "{topic}", "delayMs": 400}}"#));
    let before = Instant::now();
    timeout(PATIENCE, send(&orders, "a")).await.unwrap();
    assert!(before.elapsed() >= Duration::from_millis(400));
    drop(rule);
}
