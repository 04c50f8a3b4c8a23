use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use driver::{Case, Context, case, equal, eventually, numbered};
use rdkafka::ClientContext;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders, Timestamp};
use rdkafka::producer::BaseProducer;
use rdkafka::producer::{BaseRecord, DeliveryResult, FutureProducer, Producer, ProducerContext, ThreadedProducer};
use rdkafka::topic_partition_list::Offset;

use crate::session::*;

pub fn cases() -> Vec<Case> {
    vec![
        case!("produce: every codec", codecs),
        case!("produce: acks 0, 1 and all", acks),
        case!("produce: keys, headers, nulls and timestamps", contents),
        case!("produce: a topic that stamps records itself", log_append_time),
        case!("produce: a topic that compresses anew", recompression),
        case!("produce: idempotent, small batches in flight", idempotent),
        case!("produce: partitions by key and by number", partitions),
        case!("produce: a large record", large),
        case!("produce: a topic made by the first record", automatic_topic),
        case!("produce: the base producer, polled by hand", base_producer),
        case!("produce: the threaded producer", threaded_producer),
        case!("produce: what is purged is not sent", purge),
    ]
}

async fn codecs(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let mut expected = Vec::new();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let sent = numbered(codec, 500);
        let writer = producer(context, &[("compression.type", codec), ("linger.ms", "20")]);
        let first = expected.len() as i64;
        let told = send_by(&writer, &name, &all(&sent)).await;
        equal("the offsets", told, (first..first + 500).map(|offset| (0, offset)).collect());
        expected.extend(sent);
    }
    equal("the values", values(&read(context, &name, expected.len(), &[("check.crcs", "true")]).await), expected);
}

async fn acks(context: &Context) {
    let name = topic(context, 1, &[]).await;
    for acks in ["0", "1", "all"] {
        let writer = producer(context, &[("acks", acks)]);
        let told = send_by(&writer, &name, &all(&numbered(acks, 100))).await;
        // Nobody tells an offset to who asks for no answer.
        equal("an offset was told", told.iter().all(|(_, offset)| *offset >= 0), acks != "0");
    }
    let received = values(&read(context, &name, 300, &[]).await);
    let expected: Vec<String> = ["0", "1", "all"].iter().flat_map(|acks| numbered(acks, 100)).collect();
    equal("the values", sorted(received), sorted(expected));
}

async fn contents(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let all_bytes: Vec<u8> = (0..=255).collect();
    let headers = OwnedHeaders::new()
        .insert(Header { key: "a", value: Some("1") })
        .insert(Header { key: "a", value: Some("twice") })
        .insert(Header::<&str> { key: "null", value: None })
        .insert(Header { key: "empty", value: Some("") })
        .insert(Header { key: "bytes", value: Some(&all_bytes) });
    let sent = [
        Sent {
            key: Some("k".into()),
            value: Some("v".into()),
            headers: Some(headers.clone()),
            timestamp: Some(1_500_000_000_123),
            ..Sent::default()
        },
        Sent { key: Some("k".into()), value: None, timestamp: Some(1_400_000_000_000), ..Sent::default() },
        Sent { key: None, value: Some(vec![]), ..Sent::default() },
        Sent { key: Some(vec![]), value: Some(all_bytes), ..Sent::default() },
        Sent::default(),
    ];
    for codec in ["none", "zstd"] {
        let told = send_by(&producer(context, &[("compression.type", codec)]), &name, &sent).await;
        let reader = assigned(context, &name, Offset::Offset(told[0].1), &[]);
        let received = take(&reader, sent.len()).await;
        for (one, expected) in received.iter().zip(&sent) {
            equal("the key", one.key(), expected.key.as_deref());
            equal("the value", one.payload(), expected.value.as_deref());
            if let Some(timestamp) = expected.timestamp {
                equal("the timestamp", one.timestamp(), Timestamp::CreateTime(timestamp));
            }
        }
        let pairs = |headers: &OwnedHeaders| -> Vec<(String, Option<Vec<u8>>)> {
            headers.iter().map(|one| (one.key.to_string(), one.value.map(<[u8]>::to_vec))).collect()
        };
        equal("the headers", pairs(received[0].headers().unwrap()), pairs(&headers));
        equal("no headers", received[1].headers().is_none(), true);
    }
}

async fn log_append_time(context: &Context) {
    let name = topic(context, 1, &[("message.timestamp.type", "LogAppendTime")]).await;
    let one = Sent { timestamp: Some(5), .."v".into() };
    send_by(&producer(context, &[]), &name, &[one]).await;
    match read(context, &name, 1, &[]).await[0].timestamp() {
        Timestamp::LogAppendTime(at) if at > 1_500_000_000_000 => {}
        other => panic!("the timestamp is {other:?}"),
    }
}

async fn recompression(context: &Context) {
    for (stored, sent) in
        [("gzip", "lz4"), ("snappy", "none"), ("lz4", "zstd"), ("zstd", "snappy"), ("uncompressed", "gzip")]
    {
        let name = topic(context, 1, &[("compression.type", stored)]).await;
        let writer = producer(context, &[("compression.type", sent), ("linger.ms", "20")]);
        send_by(&writer, &name, &all(&numbered("again", 300))).await;
        equal(stored, values(&read(context, &name, 300, &[("check.crcs", "true")]).await), numbered("again", 300));
    }
}

async fn idempotent(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let settings = [("enable.idempotence", "true"), ("batch.num.messages", "20"), ("linger.ms", "0")];
    let told = send_by(&producer(context, &settings), &name, &all(&numbered("once", 5_000))).await;
    equal("the offsets", told, (0..5_000).map(|offset| (0, offset)).collect());
    equal("the values", values(&read(context, &name, 5_000, &[]).await), numbered("once", 5_000));
}

async fn partitions(context: &Context) {
    let name = topic(context, 4, &[]).await;
    let keyed =
        |i: usize| Sent { key: Some(format!("key-{}", i % 7).into()), value: Some("v".into()), ..Sent::default() };
    let sent: Vec<Sent> = (0..700).map(keyed).collect();
    for partitioner in ["consistent_random", "murmur2_random", "fnv1a_random"] {
        let told = send_by(&producer(context, &[("partitioner", partitioner)]), &name, &sent).await;
        let mut of_key: BTreeMap<usize, BTreeSet<i32>> = BTreeMap::new();
        told.iter().enumerate().for_each(|(i, (partition, _))| {
            of_key.entry(i % 7).or_default().insert(*partition);
        });
        equal("partitions of each key", of_key.values().map(BTreeSet::len).collect::<Vec<_>>(), vec![1; 7]);
    }
    let numbers: Vec<Sent> = (0..8).map(|i| Sent { partition: Some(i % 4), ..Sent::default() }).collect();
    let told = send_by(&producer(context, &[]), &name, &numbers).await;
    equal("the partitions", told.iter().map(|one| one.0).collect::<Vec<_>>(), vec![0, 1, 2, 3, 0, 1, 2, 3]);
}

async fn large(context: &Context) {
    let name = topic(context, 1, &[("max.message.bytes", "8000000")]).await;
    let value: Vec<u8> = (0..5_000_000_u32).map(|i| (i % 251) as u8).collect();
    let sent = [Sent { value: Some(value.clone()), ..Sent::default() }, "small".into()];
    send_by(&producer(context, &[("message.max.bytes", "8000000")]), &name, &sent).await;
    let received = read(context, &name, 2, &[("fetch.message.max.bytes", "1000000")]).await;
    equal("the large one came whole", received[0].payload() == Some(&value), true);
    equal("the next", received[1].payload(), Some("small".as_bytes()));
}

async fn automatic_topic(context: &Context) {
    let name = context.unique("automatic");
    send(context, &name, &["first".to_string()]).await;
    equal("the values", values(&read(context, &name, 1, &[]).await), vec!["first".to_string()]);
    eventually("the topic is listed", || async {
        let metadata = admin(context).inner().fetch_metadata(None, TIMEOUT).ok()?;
        metadata.topics().iter().any(|one| one.name() == name).then_some(())
    })
    .await;
}

async fn base_producer(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let writer: BaseProducer = producer(context, &[]);
    for one in numbered("base", 1_000) {
        writer.send(BaseRecord::<str, str>::to(&name).payload(&one)).map_err(|(error, _)| error).unwrap();
        writer.poll(Duration::ZERO);
    }
    writer.flush(TIMEOUT).unwrap();
    equal("in flight", writer.in_flight_count(), 0);
    equal("the values", values(&read(context, &name, 1_000, &[]).await), numbered("base", 1_000));
}

/// Collects what each delivery says: its own number, and the offset.
#[derive(Clone, Default)]
struct Deliveries(Arc<Mutex<Vec<(usize, i64)>>>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Box<usize>) {
        let offset = result.as_ref().map_or(-1, |delivered| delivered.offset());
        self.0.lock().unwrap().push((*number, offset));
    }
}

async fn threaded_producer(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let deliveries = Deliveries::default();
    let config = config(context, &[("compression.type", "lz4"), ("linger.ms", "5")]);
    let writer: ThreadedProducer<Deliveries> = config.create_with_context(deliveries.clone()).unwrap();
    for (i, one) in numbered("threaded", 1_000).iter().enumerate() {
        let record = BaseRecord::<str, str, Box<usize>>::with_opaque_to(&name, Box::new(i)).payload(one);
        writer.send(record).map_err(|(error, _)| error).unwrap();
    }
    writer.flush(TIMEOUT).unwrap();
    let told = deliveries.0.lock().unwrap().clone();
    equal("what was told", told, (0..1_000).map(|i| (i, i as i64)).collect());
}

async fn purge(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let writer: FutureProducer = producer(context, &[("linger.ms", "60000")]);
    let record = || rdkafka::producer::FutureRecord::<str, str>::to(&name).payload("never");
    let queued = writer.send_result(record()).map_err(|(error, _)| error).unwrap();
    writer.purge(rdkafka::producer::PurgeConfig::default().queue());
    let told = queued.await.unwrap().map_err(|(error, _)| error);
    equal("the reason", code(told), Code::PurgeQueue);
    send(context, &name, &["after".to_string()]).await;
    equal("the values", values(&read(context, &name, 1, &[]).await), vec!["after".to_string()]);
}
