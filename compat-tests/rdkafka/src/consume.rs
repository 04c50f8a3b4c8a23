use std::sync::Arc;
use std::time::Duration;

use driver::{Case, Context, PATIENCE, case, equal, eventually, numbered};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset;

use crate::session::*;

pub fn cases() -> Vec<Case> {
    vec![
        case!("consume: assigned from every kind of offset", assign),
        case!("consume: seek by offset", seek),
        case!("consume: seek by time", seek_by_time),
        case!("consume: pause and resume", pause),
        case!("consume: offsets committed by the clock", auto_commit),
        case!("consume: offsets committed by hand, with metadata", manual_commit),
        case!("consume: offsets that are stored are committed", stored_offsets),
        case!("consume: the end of a partition", partition_end),
        case!("consume: an offset that is out of range", out_of_range),
        case!("consume: a queue of its own for each partition", partition_queues),
        case!("consume: the base consumer, polled by hand", base_consumer),
        case!("consume: small fetches of large batches", small_fetches),
        case!("consume: read_committed beside read_uncommitted", isolation),
        case!("consume: after records were deleted", deleted),
        case!("consume: watermarks and lag", watermarks),
    ]
}

async fn assign(context: &Context) {
    let name = topic(context, 1, &[]).await;
    send(context, &name, &numbered("a", 20)).await;
    for (offset, first) in [(Offset::Beginning, 0), (Offset::Offset(7), 7), (Offset::OffsetTail(4), 16)] {
        let received = take(&assigned(context, &name, offset, &[]), 20 - first).await;
        equal("the values", values(&received), numbered("a", 20)[first..].to_vec());
    }
    let latest = assigned(context, &name, Offset::End, &[]);
    equal("nothing at the end", quiet(&latest, 700).await, true);
    send(context, &name, &["new".to_string()]).await;
    equal("the new one", values(&take(&latest, 1).await), vec!["new".to_string()]);
}

async fn seek(context: &Context) {
    let name = topic(context, 2, &[]).await;
    send(context, &name, &numbered("s", 30)).await;
    let reader = assigned(context, &name, Offset::Beginning, &[]);
    take(&reader, 30).await;
    reader.seek(&name, 0, Offset::Offset(21), TIMEOUT).unwrap();
    equal("after the seek", values(&take(&reader, 9).await), numbered("s", 30)[21..].to_vec());
    let sought = reader.seek_partitions(list(&name, &[(0, Offset::Offset(28))]), TIMEOUT).unwrap();
    sought.elements().iter().for_each(|one| one.error().unwrap());
    equal("after the other", values(&take(&reader, 2).await), numbered("s", 30)[28..].to_vec());
    equal("the position", offsets(&reader.position().unwrap()), vec![Offset::Offset(30)]);
}

async fn seek_by_time(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let at = |i: i64| 1_600_000_000_000 + 1_000 * i;
    let sent: Vec<Sent> = (0..10).map(|i| Sent { timestamp: Some(at(i)), ..format!("{i}").as_str().into() }).collect();
    send_by(&producer(context, &[]), &name, &sent).await;
    let reader = assigned(context, &name, Offset::Beginning, &[]);
    for (timestamp, expected) in
        [(at(0), Offset::Offset(0)), (at(4), Offset::Offset(4)), (at(4) + 1, Offset::Offset(5)), (at(10), Offset::End)]
    {
        let asked = list(&name, &[(0, Offset::Offset(timestamp))]);
        equal("by time", offsets(&reader.offsets_for_times(asked, TIMEOUT).unwrap()), vec![expected]);
    }
    let found = reader.offsets_for_timestamp(at(7), TIMEOUT).unwrap();
    reader.seek_partitions(found, TIMEOUT).unwrap();
    let seven = poll_until("the records from then on", &[&reader], |received| received.len() >= 3).await;
    equal("the last", seven.last().unwrap().1.payload(), Some("9".as_bytes()));
}

async fn pause(context: &Context) {
    let name = topic(context, 2, &[]).await;
    let both = list(&name, &[(0, Offset::Beginning), (1, Offset::Beginning)]);
    let reader: StreamConsumer = consumer(context, &[]);
    reader.assign(&both).unwrap();
    let writer = producer(context, &[]);
    let to = |partition: i32, value: &str| Sent { partition: Some(partition), ..value.into() };
    send_by(&writer, &name, &[to(0, "zero"), to(1, "one")]).await;
    take(&reader, 2).await;
    reader.pause(&list(&name, &[(0, Offset::Invalid)])).unwrap();
    send_by(&writer, &name, &[to(0, "paused"), to(1, "goes on")]).await;
    equal("the other partition", values(&take(&reader, 1).await), vec!["goes on".to_string()]);
    equal("the paused one", quiet(&reader, 700).await, true);
    reader.resume(&list(&name, &[(0, Offset::Invalid)])).unwrap();
    equal("after it was resumed", values(&take(&reader, 1).await), vec!["paused".to_string()]);
}

/// What the group has committed, asked for by a client that is not in it.
fn committed(context: &Context, group: &str, name: &str) -> Offset {
    let client: BaseConsumer = consumer(context, &[("group.id", group)]);
    offsets(&client.committed_offsets(list(name, &[(0, Offset::Invalid)]), TIMEOUT).unwrap())[0]
}

async fn auto_commit(context: &Context) {
    let (name, group) = (topic(context, 1, &[]).await, context.unique("group"));
    send(context, &name, &numbered("c", 10)).await;
    let reader: StreamConsumer = consumer(context, &[("group.id", &group), ("auto.commit.interval.ms", "200")]);
    reader.subscribe(&[&name]).unwrap();
    take(&reader, 10).await;
    eventually("the commit", || async { (committed(context, &group, &name) == Offset::Offset(10)).then_some(()) })
        .await;
    send(context, &name, &numbered("d", 5)).await;
    take(&reader, 5).await;
    drop(reader);
    equal("committed at the end", committed(context, &group, &name), Offset::Offset(15));
}

async fn manual_commit(context: &Context) {
    let (name, group) = (topic(context, 1, &[]).await, context.unique("group"));
    send(context, &name, &numbered("m", 10)).await;
    let settings = [("group.id", group.as_str()), ("enable.auto.commit", "false")];
    let reader: StreamConsumer = consumer(context, &settings);
    reader.subscribe(&[&name]).unwrap();
    take(&reader, 10).await;
    equal("before", committed(context, &group, &name), Offset::Invalid);
    let wanted = list(&name, &[(0, Offset::Offset(4))]);
    wanted.find_partition(&name, 0).unwrap().set_metadata("so far");
    reader.commit(&wanted, CommitMode::Sync).unwrap();
    let found = reader.committed(TIMEOUT).unwrap();
    equal("the metadata", found.elements()[0].metadata().to_string(), "so far".to_string());
    equal("after the first", offsets(&found), vec![Offset::Offset(4)]);
    // A client does not end while a list of its making lives.
    drop(found);
    reader.commit_consumer_state(CommitMode::Async).unwrap();
    eventually("the other", || async { (committed(context, &group, &name) == Offset::Offset(10)).then_some(()) }).await;
    drop(reader);
    let next: StreamConsumer = consumer(context, &settings);
    next.subscribe(&[&name]).unwrap();
    send(context, &name, &["next".to_string()]).await;
    equal("what is left", values(&take(&next, 1).await), vec!["next".to_string()]);
}

async fn stored_offsets(context: &Context) {
    let (name, group) = (topic(context, 1, &[]).await, context.unique("group"));
    send(context, &name, &numbered("s", 10)).await;
    let settings =
        [("group.id", group.as_str()), ("enable.auto.offset.store", "false"), ("auto.commit.interval.ms", "100")];
    let reader: StreamConsumer = consumer(context, &settings);
    reader.subscribe(&[&name]).unwrap();
    take(&reader, 10).await;
    reader.store_offset(&name, 0, 5).unwrap();
    eventually("the commit", || async { (committed(context, &group, &name) == Offset::Offset(6)).then_some(()) }).await;
}

async fn partition_end(context: &Context) {
    let name = topic(context, 1, &[]).await;
    send(context, &name, &numbered("e", 3)).await;
    let reader = assigned(context, &name, Offset::Beginning, &[("enable.partition.eof", "true")]);
    take(&reader, 3).await;
    let next = tokio::time::timeout(PATIENCE, reader.recv()).await.unwrap();
    equal("the end", next.map(|one| one.detach().offset()).unwrap_err(), KafkaError::PartitionEOF(0));
}

async fn out_of_range(context: &Context) {
    let name = topic(context, 1, &[]).await;
    send(context, &name, &numbered("o", 5)).await;
    let back = assigned(context, &name, Offset::Offset(99), &[("auto.offset.reset", "earliest")]);
    equal("from the start", values(&take(&back, 5).await), numbered("o", 5));
    let refusing = assigned(context, &name, Offset::Offset(99), &[("auto.offset.reset", "error")]);
    let next = tokio::time::timeout(PATIENCE, refusing.recv()).await.unwrap();
    equal("the error", code(next.map(|one| one.detach())), Code::AutoOffsetReset);
}

async fn partition_queues(context: &Context) {
    let name = topic(context, 2, &[]).await;
    let reader: Arc<StreamConsumer> = Arc::new(consumer(context, &[]));
    reader.assign(&list(&name, &[(0, Offset::Beginning), (1, Offset::Beginning)])).unwrap();
    let queues = [0, 1].map(|partition| reader.split_partition_queue(&name, partition).unwrap());
    let sent: Vec<Sent> = numbered("q", 40)
        .iter()
        .enumerate()
        .map(|(i, one)| Sent { partition: Some((i % 2) as i32), ..one.as_str().into() })
        .collect();
    send_by(&producer(context, &[]), &name, &sent).await;
    let main = tokio::spawn(async move { reader.recv().await.map(|one| one.detach()) });
    for (partition, queue) in queues.iter().enumerate() {
        for i in 0..20 {
            let one = tokio::time::timeout(PATIENCE, queue.recv()).await.unwrap().unwrap();
            equal("where it came from", (one.partition(), one.offset()), (partition as i32, i));
        }
    }
    assert!(!main.is_finished(), "something came by the main queue");
    main.abort();
}

async fn base_consumer(context: &Context) {
    let name = topic(context, 1, &[]).await;
    send(context, &name, &numbered("b", 100)).await;
    let reader: BaseConsumer = consumer(context, &[]);
    reader.subscribe(&[&name]).unwrap();
    let mut received = Vec::new();
    for next in reader.iter().take(100) {
        received.push(next.unwrap().detach());
    }
    equal("the values", values(&received), numbered("b", 100));
    equal("and nothing else", reader.poll(Duration::from_millis(300)).is_none(), true);
}

async fn small_fetches(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let sent: Vec<String> = (0..500).map(|i| format!("{i}-{}", "x".repeat(1_000))).collect();
    let writer = producer(context, &[("linger.ms", "50"), ("compression.type", "snappy")]);
    send_by(&writer, &name, &all(&sent)).await;
    let settings = [
        ("fetch.message.max.bytes", "2000"),
        ("fetch.max.bytes", "10000"),
        ("message.max.bytes", "10000"),
        ("receive.message.max.bytes", "2000000"),
    ];
    equal("the values", values(&read(context, &name, 500, &settings).await), sent);
}

async fn isolation(context: &Context) {
    use rdkafka::producer::Producer;
    let name = topic(context, 1, &[]).await;
    let writer: rdkafka::producer::FutureProducer = producer(context, &[("transactional.id", &context.unique("id"))]);
    writer.init_transactions(TIMEOUT).unwrap();
    for round in 0..4 {
        writer.begin_transaction().unwrap();
        send_by(&writer, &name, &all(&numbered(&format!("round-{round}"), 5))).await;
        if round % 2 == 1 {
            writer.commit_transaction(TIMEOUT).unwrap()
        } else {
            writer.abort_transaction(TIMEOUT).unwrap()
        }
    }
    let careful = assigned(context, &name, Offset::Beginning, &[("isolation.level", "read_committed")]);
    let expected: Vec<String> = [1, 3].iter().flat_map(|round| numbered(&format!("round-{round}"), 5)).collect();
    equal("the committed", values(&take(&careful, 10).await), expected);
    equal("and nothing else", quiet(&careful, 500).await, true);
    equal("all", read(context, &name, 20, &[("isolation.level", "read_uncommitted")]).await.len(), 20);
}

async fn deleted(context: &Context) {
    let name = topic(context, 1, &[]).await;
    send(context, &name, &numbered("d", 20)).await;
    admin(context).delete_records(&list(&name, &[(0, Offset::Offset(8))]), &options()).await.unwrap();
    equal("the rest", values(&read(context, &name, 12, &[]).await), numbered("d", 20)[8..].to_vec());
}

async fn watermarks(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let client: BaseConsumer = consumer(context, &[]);
    equal("of nothing", client.fetch_watermarks(&name, 0, TIMEOUT).unwrap(), (0, 0));
    send(context, &name, &numbered("w", 42)).await;
    admin(context).delete_records(&list(&name, &[(0, Offset::Offset(2))]), &options()).await.unwrap();
    equal("of something", client.fetch_watermarks(&name, 0, TIMEOUT).unwrap(), (2, 42));
    equal(
        "of an unknown topic",
        code(client.fetch_watermarks(&context.unique("nowhere"), 0, Duration::from_secs(3))) == Code::NoError,
        false,
    );
}
