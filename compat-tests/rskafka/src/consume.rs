use std::time::{Duration, Instant};

use driver::{Case, Context, PATIENCE, case, equal, numbered};
use futures::StreamExt;
use rskafka::client::consumer::{StartOffset, StreamConsumer, StreamConsumerBuilder};
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{Compression, OffsetAt, UnknownTopicHandling};
use rskafka::record::Record;

use crate::session::{client, only_partition, partition, read, record, records, refusal, send, time, topic, values};

pub fn cases() -> Vec<Case> {
    vec![
        case!("consume: from an offset in the middle of a batch", middle),
        case!("consume: offsets by position and time", offsets),
        case!("consume: as many bytes as asked for", byte_limits),
        case!("consume: a fetch waits for what comes", long_poll),
        case!("consume: a fetch that waits in vain", in_vain),
        case!("consume: a stream from the earliest", stream_earliest),
        case!("consume: a stream from the latest", stream_latest),
        case!("consume: a stream from an offset", stream_at),
        case!("consume: a stream after records were deleted", stream_deleted),
        case!("errors: an offset that is out of range", out_of_range),
        case!("errors: an unknown partition and a bad name", unknown),
        case!("errors: a topic that is deleted under its client", deleted_topic),
        case!("consume: a topic made by the first who asks for it", automatic_topic),
    ]
}

/// The next `count` records of a stream, and the high watermark that came with the last.
async fn take(stream: &mut StreamConsumer, count: usize) -> (Vec<String>, i64) {
    let mut received = Vec::new();
    let mut watermark = -1;
    while received.len() < count {
        let next = tokio::time::timeout(PATIENCE, stream.next()).await;
        let (one, high_watermark) = next.expect("a record in time").expect("the stream goes on").unwrap();
        watermark = high_watermark;
        received.push(one);
    }
    (values(&received), watermark)
}

async fn middle(context: &Context) {
    let source = only_partition(context).await;
    for codec in [Compression::NoCompression, Compression::Lz4] {
        let offsets = source.produce(records(&numbered("m", 100)), codec).await.unwrap();
        // The broker sends whole batches; the client leaves out what comes before the offset.
        let received = read(&source, offsets[37], 63).await;
        equal("the first offset", received[0].offset, offsets[37]);
        equal("the values", values(&received[..63]), numbered("m", 100)[37..].to_vec());
    }
}

async fn offsets(context: &Context) {
    let source = only_partition(context).await;
    equal("earliest of nothing", source.get_offset(OffsetAt::Earliest).await.unwrap(), 0);
    equal("latest of nothing", source.get_offset(OffsetAt::Latest).await.unwrap(), 0);
    let at = |i: i64| time(1_600_000_000_000 + 1_000 * i);
    for i in 0..10 {
        let one = Record { timestamp: at(i), ..record(format!("{i}")) };
        source.produce(vec![one], Compression::NoCompression).await.unwrap();
    }
    for (moment, offset) in
        [(at(0), 0), (at(4), 4), (time(at(4).timestamp_millis() + 1), 5), (at(10), -1), (time(0), 0)]
    {
        equal("by time", source.get_offset(OffsetAt::Timestamp(moment)).await.unwrap(), offset);
    }
    source.delete_records(3, 10_000).await.unwrap();
    equal("earliest", source.get_offset(OffsetAt::Earliest).await.unwrap(), 3);
    equal("latest", source.get_offset(OffsetAt::Latest).await.unwrap(), 10);
    equal("by a time that was deleted", source.get_offset(OffsetAt::Timestamp(at(0))).await.unwrap(), 3);
}

async fn byte_limits(context: &Context) {
    let source = only_partition(context).await;
    for i in 0..20 {
        source.produce(vec![record(vec![i; 1_000])], Compression::NoCompression).await.unwrap();
    }
    let (one, _) = source.fetch_records(0, 1..10, 500).await.unwrap();
    equal("at least one batch", one.len(), 1);
    let (some, high_watermark) = source.fetch_records(0, 1..5_500, 500).await.unwrap();
    equal("as many as fit", some.len(), 5);
    equal("the high watermark", high_watermark, 20);
    let (all, _) = source.fetch_records(0, 1..1_000_000, 500).await.unwrap();
    equal("all", all.len(), 20);
}

async fn long_poll(context: &Context) {
    let source = only_partition(context).await;
    let waiting = tokio::spawn({
        let source = source.clone();
        async move { source.fetch_records(0, 1..1_000, 20_000).await.unwrap() }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "an empty answer before the time was up");
    let started = Instant::now();
    // The partition's own connection is busy with the fetch, and answers come in order: another client sends.
    let other = client(context).await;
    send(&*partition(&other, source.topic(), 0).await, &["at last".to_string()]).await;
    let (received, _) = waiting.await.unwrap();
    equal("the values", values(&received), vec!["at last".to_string()]);
    assert!(started.elapsed() < Duration::from_secs(10), "it waited on after the record had come");
}

async fn in_vain(context: &Context) {
    let source = only_partition(context).await;
    let started = Instant::now();
    let (received, high_watermark) = source.fetch_records(0, 1..1_000, 700).await.unwrap();
    equal("what came", (received.len(), high_watermark), (0, 0));
    let elapsed = started.elapsed().as_millis();
    assert!((600..10_000).contains(&elapsed), "it came after {elapsed} ms");
}

async fn stream_earliest(context: &Context) {
    let source = only_partition(context).await;
    let expected = numbered("s", 500);
    for some in expected.chunks(50) {
        send(&source, some).await;
    }
    let mut stream = StreamConsumerBuilder::new(source, StartOffset::Earliest).with_max_batch_size(2_000).build();
    let (received, watermark) = take(&mut stream, 500).await;
    equal("the values", received, expected);
    equal("the high watermark", watermark, 500);
}

async fn stream_latest(context: &Context) {
    let source = only_partition(context).await;
    send(&source, &numbered("before", 10)).await;
    let mut stream = StreamConsumerBuilder::new(source.clone(), StartOffset::Latest).with_max_wait_ms(100).build();
    // Where "latest" is gets settled by the first fetch.
    let nothing = tokio::time::timeout(Duration::from_millis(700), stream.next()).await;
    assert!(nothing.is_err(), "something from before the stream: {:?}", nothing.map(|_| ()));
    send(&source, &numbered("after", 5)).await;
    equal("the values", take(&mut stream, 5).await.0, numbered("after", 5));
}

async fn stream_at(context: &Context) {
    let source = only_partition(context).await;
    send(&source, &numbered("a", 20)).await;
    let mut stream = StreamConsumerBuilder::new(source.clone(), StartOffset::At(13)).build();
    equal("the values", take(&mut stream, 7).await.0, numbered("a", 20)[13..].to_vec());
    let mut beyond = StreamConsumerBuilder::new(source, StartOffset::At(21)).build();
    match beyond.next().await {
        Some(Err(Error::ServerError { protocol_error: ProtocolError::OffsetOutOfRange, .. })) => {}
        other => panic!("beyond the end came {other:?}"),
    }
    assert!(beyond.next().await.is_none(), "the stream ends with its error");
}

async fn stream_deleted(context: &Context) {
    let source = only_partition(context).await;
    send(&source, &numbered("d", 30)).await;
    source.delete_records(12, 10_000).await.unwrap();
    let mut stream = StreamConsumerBuilder::new(source, StartOffset::Earliest).build();
    equal("the values", take(&mut stream, 18).await.0, numbered("d", 30)[12..].to_vec());
}

async fn out_of_range(context: &Context) {
    let source = only_partition(context).await;
    send(&source, &numbered("o", 5)).await;
    for offset in [6, 1_000, -1] {
        let refused = source.fetch_records(offset, 1..1_000, 100).await;
        equal("the refusal", refusal(refused), ProtocolError::OffsetOutOfRange);
    }
    // The end itself is within the range.
    equal("at the end", source.fetch_records(5, 1..1_000, 100).await.unwrap().0.len(), 0);
}

/// The client's Metadata asks for topics to be made, and it is the one that says that there is no such partition.
async fn unknown(context: &Context) {
    let client = client(context).await;
    let name = topic(context, &client, 1).await;
    match client.partition_client(name, 7, UnknownTopicHandling::Error).await {
        Err(Error::InvalidResponse(words)) if words.starts_with("Could not find metadata for partition 7") => {}
        other => panic!("the refusal is {:?}", other.map(|_| ())),
    }
    let bad = client.partition_client("not/a/name", 0, UnknownTopicHandling::Error).await;
    equal("the refusal", refusal(bad), ProtocolError::InvalidTopicException);
}

async fn deleted_topic(context: &Context) {
    let client = client(context).await;
    let name = topic(context, &client, 1).await;
    let gone = client.partition_client(&name, 0, UnknownTopicHandling::Error).await.unwrap();
    send(&gone, &numbered("g", 3)).await;
    client.controller_client().unwrap().delete_topic(&name, 20_000).await.unwrap();
    driver::eventually("the fetch is refused", || async {
        match gone.fetch_records(0, 1..1_000, 100).await {
            Ok(_) => None,
            refused => Some(equal("the refusal", refusal(refused), ProtocolError::UnknownTopicOrPartition)),
        }
    })
    .await;
}

async fn automatic_topic(context: &Context) {
    let client = client(context).await;
    let name = context.unique("automatic");
    let source = client.partition_client(&name, 0, UnknownTopicHandling::Retry).await.unwrap();
    send(&source, &numbered("a", 3)).await;
    equal("the values", values(&read(&source, 0, 3).await), numbered("a", 3));
}
