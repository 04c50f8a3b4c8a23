//! What the cases share: a client, topics, records, and reading a partition.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use driver::{Context, PATIENCE, eventually};
use rskafka::BackoffConfig;
use rskafka::chrono::{DateTime, TimeZone, Utc};
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::{Record, RecordAndOffset};

pub const TIMEOUT_MS: i32 = 20_000;

/// Its own patience would outlast every case: a call that fails for good must say so within one.
pub async fn client(context: &Context) -> Client {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(50),
        max_backoff: Duration::from_secs(1),
        base: 2.0,
        deadline: Some(PATIENCE),
    };
    let servers = vec![context.bootstrap_servers.clone()];
    ClientBuilder::new(servers).client_id("rskafka-driver").backoff_config(backoff).build().await.unwrap()
}

/// A new topic whose partitions are all listed.
pub async fn topic(context: &Context, client: &Client, partitions: i32) -> String {
    let name = context.unique("topic");
    client.controller_client().unwrap().create_topic(&name, partitions, 1, TIMEOUT_MS).await.unwrap();
    eventually("the topic is listed", || async {
        let topics = client.list_topics().await.unwrap();
        topics.iter().any(|one| one.name == name && one.partitions.len() == partitions as usize).then_some(())
    })
    .await;
    name
}

pub async fn partition(client: &Client, name: &str, number: i32) -> Arc<PartitionClient> {
    Arc::new(client.partition_client(name, number, UnknownTopicHandling::Retry).await.unwrap())
}

/// A new topic's only partition.
pub async fn only_partition(context: &Context) -> Arc<PartitionClient> {
    let client = client(context).await;
    let name = topic(context, &client, 1).await;
    partition(&client, &name, 0).await
}

/// The client sends no timestamp finer than a millisecond.
pub fn time(milliseconds: i64) -> DateTime<Utc> {
    Utc.timestamp_millis_opt(milliseconds).unwrap()
}

pub fn record(value: impl Into<Vec<u8>>) -> Record {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
    Record { key: None, value: Some(value.into()), headers: BTreeMap::new(), timestamp: time(now) }
}

pub fn records(values: &[String]) -> Vec<Record> {
    values.iter().map(|one| record(one.as_str())).collect()
}

pub async fn send(to: &PartitionClient, values: &[String]) -> Vec<i64> {
    to.produce(records(values), Compression::NoCompression).await.unwrap()
}

/// Fetches from the offset until `count` records have come.
pub async fn read(from: &PartitionClient, offset: i64, count: usize) -> Vec<RecordAndOffset> {
    let mut received: Vec<RecordAndOffset> = Vec::new();
    while received.len() < count {
        let next = received.last().map_or(offset, |last| last.offset + 1);
        let (some, high_watermark) = from.fetch_records(next, 1..10_000_000, 500).await.unwrap();
        let missing = some.is_empty() && high_watermark <= next;
        assert!(!missing, "{} of {count} records, then the end at {high_watermark}", received.len());
        received.extend(some);
    }
    received
}

pub fn values(received: &[RecordAndOffset]) -> Vec<String> {
    received.iter().map(|one| String::from_utf8(one.record.value.clone().unwrap()).unwrap()).collect()
}

/// The error with which the broker answered.
pub fn refusal<T>(outcome: Result<T, Error>) -> ProtocolError {
    match outcome {
        Err(Error::ServerError { protocol_error, is_virtual: false, .. }) => protocol_error,
        Err(other) => panic!("no answer of the broker: {other}"),
        Ok(_) => panic!("it went well"),
    }
}
