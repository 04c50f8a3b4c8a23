//! What the cases share: clients that end with their case, topics, and reading a topic.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use driver::{Context, PATIENCE, eventually};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::{ClientConfig, FromClientConfig};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{Message, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
pub use rdkafka::types::RDKafkaErrorCode as Code;

pub const TIMEOUT: Duration = Duration::from_secs(20);

pub type Settings<'a> = &'a [(&'a str, &'a str)];

pub fn config(context: &Context, settings: Settings<'_>) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &context.bootstrap_servers).set("broker.address.family", "v4");
    for (key, value) in settings {
        config.set(*key, *value);
    }
    config
}

pub fn admin(context: &Context) -> AdminClient<DefaultClientContext> {
    config(context, &[]).create().unwrap()
}

pub fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(TIMEOUT)).operation_timeout(Some(TIMEOUT))
}

pub fn producer<P: FromClientConfig>(context: &Context, settings: Settings<'_>) -> P {
    let mut config = config(context, &[("linger.ms", "5")]);
    settings.iter().for_each(|(key, value)| {
        config.set(*key, *value);
    });
    config.create().unwrap()
}

pub fn consumer<C: FromClientConfig>(context: &Context, settings: Settings<'_>) -> C {
    let mut config = config(context, &[("auto.offset.reset", "earliest"), ("fetch.wait.max.ms", "100")]);
    config.set("group.id", context.unique("group"));
    settings.iter().for_each(|(key, value)| {
        config.set(*key, *value);
    });
    config.create().unwrap()
}

/// A new topic whose partitions all have a leader.
pub async fn topic(context: &Context, partitions: i32, configs: Settings<'_>) -> String {
    let name = context.unique("topic");
    let client = admin(context);
    let mut new = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
    for (key, value) in configs {
        new = new.set(key, value);
    }
    client.create_topics([&new], &options()).await.unwrap().remove(0).unwrap();
    eventually("the topic's leaders", || async {
        let metadata = client.inner().fetch_metadata(Some(&name), TIMEOUT).ok()?;
        let led = metadata.topics()[0].partitions().iter().filter(|one| one.leader() >= 0).count();
        (led == partitions as usize).then_some(())
    })
    .await;
    name
}

/// What a record is made of; everything may be left out.
#[derive(Default, Clone)]
pub struct Sent {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Option<OwnedHeaders>,
    pub timestamp: Option<i64>,
    pub partition: Option<i32>,
}

impl From<&str> for Sent {
    fn from(value: &str) -> Self {
        Sent { value: Some(value.into()), partition: Some(0), ..Sent::default() }
    }
}

pub fn all(values: &[String]) -> Vec<Sent> {
    values.iter().map(|one| one.as_str().into()).collect()
}

/// Queues everything in order, then waits; each record's partition and offset, or why it was not delivered.
pub async fn try_send(producer: &FutureProducer, name: &str, records: &[Sent]) -> Vec<KafkaResult<(i32, i64)>> {
    let mut deliveries = Vec::new();
    for one in records {
        let record: FutureRecord<'_, [u8], [u8]> = FutureRecord {
            topic: name,
            partition: one.partition,
            payload: one.value.as_deref(),
            key: one.key.as_deref(),
            timestamp: one.timestamp,
            headers: one.headers.clone(),
        };
        deliveries.push(producer.send_result(record).map_err(|(error, _)| error));
    }
    let mut told = Vec::new();
    for one in deliveries {
        told.push(match one {
            Ok(delivery) => {
                match tokio::time::timeout(PATIENCE, delivery).await.expect("a delivery in time").unwrap() {
                    Ok(delivered) => Ok((delivered.partition, delivered.offset)),
                    Err((error, _)) => Err(error),
                }
            }
            Err(error) => Err(error),
        });
    }
    told
}

pub async fn send_by(producer: &FutureProducer, name: &str, records: &[Sent]) -> Vec<(i32, i64)> {
    try_send(producer, name, records).await.into_iter().map(Result::unwrap).collect()
}

pub async fn send(context: &Context, name: &str, values: &[String]) -> Vec<(i32, i64)> {
    send_by(&producer(context, &[]), name, &all(values)).await
}

/// Polls until `count` records arrived.
pub async fn take(consumer: &StreamConsumer, count: usize) -> Vec<OwnedMessage> {
    let mut received = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while received.len() < count {
        let left = deadline.saturating_duration_since(Instant::now());
        let next = tokio::time::timeout(left, consumer.recv()).await;
        received.push(next.unwrap_or_else(|_| panic!("{} of {count} records", received.len())).unwrap().detach());
    }
    received
}

/// Polls all of them in turns, as groups need it, until the condition holds; answers whose record each was.
pub async fn poll_until(
    what: &str,
    consumers: &[&StreamConsumer],
    mut holds: impl FnMut(&[(usize, OwnedMessage)]) -> bool,
) -> Vec<(usize, OwnedMessage)> {
    let mut received = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while !holds(&received) {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain: {what}");
        for (i, consumer) in consumers.iter().enumerate() {
            while let Ok(next) = tokio::time::timeout(Duration::from_millis(20), consumer.recv()).await {
                received.push((i, next.unwrap().detach()));
            }
        }
    }
    received
}

/// True when nothing comes for a while.
pub async fn quiet(consumer: &StreamConsumer, milliseconds: u64) -> bool {
    tokio::time::timeout(Duration::from_millis(milliseconds), consumer.recv()).await.is_err()
}

/// Consumes partition 0 from the offset; the group is there for its commits alone.
pub fn assigned(context: &Context, name: &str, offset: Offset, settings: Settings<'_>) -> StreamConsumer {
    let client: StreamConsumer = consumer(context, settings);
    client.assign(&list(name, &[(0, offset)])).unwrap();
    client
}

pub async fn read(context: &Context, name: &str, count: usize, settings: Settings<'_>) -> Vec<OwnedMessage> {
    take(&assigned(context, name, Offset::Beginning, settings), count).await
}

pub fn list(name: &str, offsets: &[(i32, Offset)]) -> TopicPartitionList {
    let mut made = TopicPartitionList::new();
    for (partition, offset) in offsets {
        made.add_partition_offset(name, *partition, *offset).unwrap();
    }
    made
}

/// The offsets of a list in the order of its partitions.
pub fn offsets(found: &TopicPartitionList) -> Vec<Offset> {
    found.elements().iter().map(|one| one.offset()).collect()
}

pub fn assignment(consumer: &StreamConsumer) -> Vec<i32> {
    let mut partitions: Vec<i32> =
        consumer.assignment().unwrap().elements().iter().map(|one| one.partition()).collect();
    partitions.sort();
    partitions
}

pub fn values(received: &[OwnedMessage]) -> Vec<String> {
    received.iter().map(|one| String::from_utf8(one.payload().unwrap().to_vec()).unwrap()).collect()
}

pub fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

/// The code with which a call failed.
pub fn code<T: Debug>(outcome: KafkaResult<T>) -> Code {
    match outcome {
        Err(KafkaError::Transaction(error)) => error.code(),
        Err(error) => error.rdkafka_error_code().unwrap_or_else(|| panic!("no code in {error:?}")),
        Ok(answer) => panic!("it went well: {answer:?}"),
    }
}
