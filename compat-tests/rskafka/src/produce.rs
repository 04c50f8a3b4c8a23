use std::collections::BTreeMap;
use std::time::Duration;

use driver::{Case, Context, case, equal, numbered};
use futures::future::join_all;
use rskafka::client::error::ProtocolError;
use rskafka::client::partition::{Compression, OffsetAt};
use rskafka::client::producer::BatchProducerBuilder;
use rskafka::client::producer::aggregator::RecordAggregator;
use rskafka::record::Record;

use crate::session::{client, only_partition, partition, read, record, records, refusal, send, time, topic, values};

pub fn cases() -> Vec<Case> {
    vec![
        case!("produce: every codec", codecs),
        case!("produce: keys, headers, nulls and timestamps", contents),
        case!("produce: partitions of one topic", partitions),
        case!("produce: batches that fill by themselves", batches),
        case!("produce: a thousand small requests", small_requests),
        case!("produce: a record nearly as large as allowed", large),
        case!("errors: a record that is too large", too_large),
        case!("produce: a timestamp before 1970", before_1970),
    ]
}

const CODECS: [Compression; 5] =
    [Compression::NoCompression, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

async fn codecs(context: &Context) {
    let target = only_partition(context).await;
    let mut expected = Vec::new();
    for codec in CODECS {
        let sent = numbered(&format!("{codec:?}"), 300);
        let offsets = target.produce(records(&sent), codec).await.unwrap();
        let first = expected.len() as i64;
        equal("the offsets", offsets, (first..first + 300).collect());
        expected.extend(sent);
    }
    equal("the values", values(&read(&target, 0, expected.len()).await), expected);
}

async fn contents(context: &Context) {
    let target = only_partition(context).await;
    let headers = |pairs: &[(&str, &[u8])]| -> BTreeMap<String, Vec<u8>> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_vec())).collect()
    };
    let all_bytes: Vec<u8> = (0..=255).collect();
    let make = |key: Option<&[u8]>, value: Option<&[u8]>, headers, at| Record {
        key: key.map(<[u8]>::to_vec),
        value: value.map(<[u8]>::to_vec),
        headers,
        timestamp: time(at),
    };
    let sent = vec![
        make(Some(b"k"), Some(b"v"), headers(&[("a", b"1"), ("empty", b""), ("bytes", &all_bytes)]), 1_500_000_000_123),
        make(Some(b"k"), None, BTreeMap::new(), 1_400_000_000_000),
        make(None, Some(b""), BTreeMap::new(), 1_400_000_000_001),
        make(Some(b""), Some(&all_bytes), headers(&[("", b"no name")]), 1_600_000_000_000),
        make(None, None, BTreeMap::new(), 0),
    ];
    for codec in CODECS {
        let offsets = target.produce(sent.clone(), codec).await.unwrap();
        let received = read(&target, offsets[0], sent.len()).await;
        equal("the records", received.into_iter().map(|one| one.record).collect::<Vec<_>>(), sent.clone());
    }
}

async fn partitions(context: &Context) {
    let client = client(context).await;
    let name = topic(context, &client, 4).await;
    for number in 0..4 {
        let target = partition(&client, &name, number).await;
        send(&target, &numbered(&format!("p{number}"), 10 + number as usize)).await;
    }
    for number in 0..4 {
        let source = partition(&client, &name, number).await;
        let expected = numbered(&format!("p{number}"), 10 + number as usize);
        equal("the end", source.get_offset(OffsetAt::Latest).await.unwrap(), expected.len() as i64);
        equal("the values", values(&read(&source, 0, expected.len()).await), expected);
    }
}

async fn batches(context: &Context) {
    let target = only_partition(context).await;
    let producer = BatchProducerBuilder::new(target.clone())
        .with_linger(Duration::from_millis(20))
        .with_compression(Compression::Zstd)
        .build(RecordAggregator::new(4_096));
    let sent = numbered("batched", 1_000);
    let told = join_all(sent.iter().map(|one| producer.produce(record(one.as_str())))).await;
    let received = values(&read(&target, 0, 1_000).await);
    // Batches overtake each other; each record must be where its own sender was told.
    for (one, offset) in sent.iter().zip(told) {
        equal("the value at the offset", &received[offset.unwrap() as usize], one);
    }
}

async fn small_requests(context: &Context) {
    let target = only_partition(context).await;
    let sent = numbered("small", 1_000);
    for (i, one) in sent.iter().enumerate() {
        equal("the offset", send(&target, std::slice::from_ref(one)).await, vec![i as i64]);
    }
    equal("the values", values(&read(&target, 0, 1_000).await), sent);
}

async fn large(context: &Context) {
    let target = only_partition(context).await;
    let value: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251) as u8).collect();
    target.produce(vec![record(value.clone())], Compression::NoCompression).await.unwrap();
    send(&target, &["small".to_string()]).await;
    // The first batch comes whole, however few bytes were asked for (KIP-74).
    let (first, high_watermark) = target.fetch_records(0, 1..1_000, 500).await.unwrap();
    equal("the high watermark", high_watermark, 2);
    equal("the large one", first.iter().map(|one| one.record.value.as_ref() == Some(&value)).collect(), vec![true]);
    equal("the next", values(&read(&target, 1, 1).await), vec!["small".to_string()]);
}

async fn too_large(context: &Context) {
    let target = only_partition(context).await;
    let refused = target.produce(vec![record(vec![7; 2_000_000])], Compression::NoCompression).await;
    equal("the refusal", refusal(refused), ProtocolError::MessageTooLarge);
    target.produce(vec![record(vec![7; 2_000_000])], Compression::Gzip).await.unwrap();
    equal("only the compressed one is there", target.get_offset(OffsetAt::Latest).await.unwrap(), 1);
}

/// Apache's broker looks at the distance from its own clock alone, which is without limit unless a topic sets one.
async fn before_1970(context: &Context) {
    let target = only_partition(context).await;
    let early = Record { timestamp: time(-2_000), ..record("early") };
    target.produce(vec![early.clone(), record("now")], Compression::Zstd).await.unwrap();
    equal("the first", read(&target, 0, 2).await.swap_remove(0).record, early);
    equal("by time", target.get_offset(OffsetAt::Timestamp(time(0))).await.unwrap(), 1);
}
