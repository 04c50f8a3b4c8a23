use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use driver::{Case, Context, case, equal, eventually, numbered};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::{BaseProducer, BaseRecord, FutureProducer, Producer};
use rdkafka::topic_partition_list::Offset;

use crate::session::*;

pub fn cases() -> Vec<Case> {
    vec![
        case!("transaction: commit and abort over partitions", commit_and_abort),
        case!("transaction: empty ones", empty),
        case!("transaction: the newer producer fences the older", fencing),
        case!("transaction: offsets travel with it", travelling_offsets),
        case!("transaction: offsets of a stale member are refused", stale_offsets),
        case!("transaction: it is aborted when its time is up", timed_out, 90_000),
        case!("transaction: a timeout that is too long is refused", long_timeout),
        case!("transaction: an open one holds back what comes after it", last_stable_offset),
        case!("transaction: a record that is refused ends it", refused_record),
        case!("transaction: consume, transform, produce", exactly_once, 90_000),
        case!("transaction: SIGKILL in the middle of one", restart, 120_000),
        case!("transaction: SIGKILL in the middle of consume, transform, produce", exactly_once_restart, 180_000),
    ]
}

fn transactional(context: &Context, id: &str, settings: Settings<'_>) -> FutureProducer {
    let made: FutureProducer = producer(context, &[&[("transactional.id", id)], settings].concat());
    made.init_transactions(TIMEOUT).unwrap();
    made
}

fn careful(context: &Context, name: &str) -> StreamConsumer {
    assigned(context, name, Offset::Beginning, &[("isolation.level", "read_committed")])
}

async fn committed(context: &Context, name: &str, count: usize) -> Vec<String> {
    let reader = careful(context, name);
    let received = take(&reader, count).await;
    equal("and nothing else", quiet(&reader, 500).await, true);
    values(&received)
}

async fn commit_and_abort(context: &Context) {
    let name = topic(context, 4, &[]).await;
    let writer = transactional(context, &context.unique("id"), &[]);
    let mut expected = Vec::new();
    for round in 0..8 {
        let sent = numbered(&format!("round-{round}"), 8);
        let spread: Vec<Sent> = sent
            .iter()
            .enumerate()
            .map(|(i, one)| Sent { partition: Some(i as i32 % 4), ..one.as_str().into() })
            .collect();
        writer.begin_transaction().unwrap();
        send_by(&writer, &name, &spread).await;
        if round % 2 == 1 {
            writer.commit_transaction(TIMEOUT).unwrap();
            expected.extend(sent);
        } else {
            writer.abort_transaction(TIMEOUT).unwrap();
        }
    }
    let reader: StreamConsumer = consumer(context, &[("isolation.level", "read_committed")]);
    reader.subscribe(&[&name]).unwrap();
    equal("the committed", sorted(values(&take(&reader, expected.len()).await)), sorted(expected));
    equal("and nothing else", quiet(&reader, 500).await, true);
}

async fn empty(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let writer = transactional(context, &context.unique("id"), &[]);
    for _ in 0..3 {
        writer.begin_transaction().unwrap();
        writer.commit_transaction(TIMEOUT).unwrap();
        writer.begin_transaction().unwrap();
        writer.abort_transaction(TIMEOUT).unwrap();
    }
    writer.begin_transaction().unwrap();
    send_by(&writer, &name, &["at last".into()]).await;
    writer.commit_transaction(TIMEOUT).unwrap();
    equal("the committed", committed(context, &name, 1).await, vec!["at last".to_string()]);
}

async fn fencing(context: &Context) {
    let (name, id) = (topic(context, 1, &[]).await, context.unique("id"));
    let older = transactional(context, &id, &[]);
    older.begin_transaction().unwrap();
    send_by(&older, &name, &["older".into()]).await;
    let newer = transactional(context, &id, &[]);
    newer.begin_transaction().unwrap();
    send_by(&newer, &name, &["newer".into()]).await;
    let fenced = code(older.commit_transaction(TIMEOUT));
    assert!(matches!(fenced, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch), "fenced by {fenced:?}");
    newer.commit_transaction(TIMEOUT).unwrap();
    equal("the committed", committed(context, &name, 1).await, vec!["newer".to_string()]);
}

async fn travelling_offsets(context: &Context) {
    let (source, target) = (topic(context, 1, &[]).await, topic(context, 1, &[]).await);
    send(context, &source, &numbered("in", 20)).await;
    let reader: StreamConsumer =
        consumer(context, &[("enable.auto.commit", "false"), ("isolation.level", "read_committed")]);
    reader.subscribe(&[&source]).unwrap();
    let writer = transactional(context, &context.unique("id"), &[]);
    let step = async |count: usize| {
        writer.begin_transaction().unwrap();
        send_by(&writer, &target, &all(&values(&take(&reader, count).await))).await;
        let positions = reader.position().unwrap();
        writer.send_offsets_to_transaction(&positions, &reader.group_metadata().unwrap(), TIMEOUT).unwrap();
    };
    let committed_offset = || offsets(&reader.committed(TIMEOUT).unwrap());
    step(8).await;
    writer.commit_transaction(TIMEOUT).unwrap();
    step(5).await;
    writer.abort_transaction(TIMEOUT).unwrap();
    equal("after the abort", committed_offset(), vec![Offset::Offset(8)]);
    reader.seek(&source, 0, Offset::Offset(8), TIMEOUT).unwrap();
    step(12).await;
    writer.commit_transaction(TIMEOUT).unwrap();
    equal("at the end", committed_offset(), vec![Offset::Offset(20)]);
    equal("the committed", committed(context, &target, 20).await, numbered("in", 20));
}

async fn stale_offsets(context: &Context) {
    let (source, group) = (topic(context, 1, &[]).await, context.unique("group"));
    send(context, &source, &numbered("in", 3)).await;
    let member = || -> StreamConsumer {
        let one: StreamConsumer = consumer(context, &[("group.id", &group), ("enable.auto.commit", "false")]);
        one.subscribe(&[&source]).unwrap();
        one
    };
    let stale = member();
    take(&stale, 3).await;
    let metadata = stale.group_metadata().unwrap();
    drop(stale);
    let fresh = member();
    take(&fresh, 3).await;
    let writer = transactional(context, &context.unique("id"), &[]);
    writer.begin_transaction().unwrap();
    let positions = list(&source, &[(0, Offset::Offset(3))]);
    let refused = code(writer.send_offsets_to_transaction(&positions, &metadata, TIMEOUT));
    assert!(
        matches!(refused, Code::IllegalGeneration | Code::UnknownMemberId | Code::Fenced),
        "refused by {refused:?}"
    );
    writer.abort_transaction(TIMEOUT).unwrap();
    equal("nothing is committed", offsets(&fresh.committed(TIMEOUT).unwrap()), vec![Offset::Invalid]);
}

async fn timed_out(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let writer = transactional(context, &context.unique("id"), &[("transaction.timeout.ms", "2000")]);
    writer.begin_transaction().unwrap();
    send_by(&writer, &name, &["too late".into()]).await;
    send(context, &name, &["plain".to_string()]).await;
    equal("what is left", values(&take(&careful(context, &name), 1).await), vec!["plain".to_string()]);
    match writer.commit_transaction(TIMEOUT) {
        Err(KafkaError::Transaction(error)) if error.is_fatal() || error.txn_requires_abort() => {}
        other => panic!("the commit was answered with {other:?}"),
    }
}

async fn long_timeout(context: &Context) {
    let id = context.unique("id");
    let settings = [("transactional.id", id.as_str()), ("transaction.timeout.ms", "901001")];
    let writer: BaseProducer = producer(context, &settings);
    equal("the refusal", code(writer.init_transactions(TIMEOUT)), Code::InvalidTransactionTimeout);
}

async fn last_stable_offset(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let writer = transactional(context, &context.unique("id"), &[]);
    writer.begin_transaction().unwrap();
    send_by(&writer, &name, &["open".into()]).await;
    send(context, &name, &numbered("after", 3)).await;
    let reader = careful(context, &name);
    equal("held back", quiet(&reader, 1_000).await, true);
    equal("for the other", read(context, &name, 4, &[("isolation.level", "read_uncommitted")]).await.len(), 4);
    writer.abort_transaction(TIMEOUT).unwrap();
    equal("the values", values(&take(&reader, 3).await), numbered("after", 3));
}

/// What a broker refuses cannot be committed around: the transaction must be aborted.
async fn refused_record(context: &Context) {
    let name = topic(context, 1, &[("max.message.bytes", "1000")]).await;
    let id = context.unique("id");
    let writer = transactional(context, &id, &[]);
    writer.begin_transaction().unwrap();
    send_by(&writer, &name, &["small".into()]).await;
    let told = try_send(&writer, &name, &["x".repeat(5_000).as_str().into()]).await.remove(0);
    equal("the refusal", code(told), Code::MessageSizeTooLarge);
    match writer.commit_transaction(TIMEOUT) {
        Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => {}
        other => panic!("the commit was answered with {other:?}"),
    }
    writer.abort_transaction(TIMEOUT).unwrap();
    drop(writer);
    let next = transactional(context, &id, &[]);
    next.begin_transaction().unwrap();
    send_by(&next, &name, &["next".into()]).await;
    next.commit_transaction(TIMEOUT).unwrap();
    equal("the committed", committed(context, &name, 1).await, vec!["next".to_string()]);
}

async fn restart(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let writer = transactional(context, &context.unique("id"), &[]);
    writer.begin_transaction().unwrap();
    send_by(&writer, &name, &all(&numbered("before", 10))).await;
    context.restart_broker();
    send_by(&writer, &name, &all(&numbered("after", 10))).await;
    eventually("the commit", || async {
        match writer.commit_transaction(Duration::from_secs(10)) {
            Err(KafkaError::Transaction(error)) if error.is_retriable() => None,
            outcome => Some(outcome.unwrap()),
        }
    })
    .await;
    let expected = [numbered("before", 10), numbered("after", 10)].concat();
    equal("the committed", committed(context, &name, 20).await, expected);
}

/// One worker of consume, transform, produce. A session that fails is given up: the next one of the same id aborts what
/// it left open, and goes on from the offsets that are committed.
struct Worker {
    reader: ClientConfig,
    writer: ClientConfig,
    source: String,
    target: String,
    stop: Arc<AtomicBool>,
}

impl Worker {
    /// A thread, since every step of a transaction blocks the one that takes it.
    fn run(self) {
        while !self.stop.load(Ordering::Relaxed) {
            let _ = self.session();
        }
    }

    fn session(&self) -> KafkaResult<()> {
        let writer: BaseProducer = self.writer.create()?;
        writer.init_transactions(TIMEOUT)?;
        let reader: rdkafka::consumer::BaseConsumer = self.reader.create()?;
        reader.subscribe(&[&self.source])?;
        while !self.stop.load(Ordering::Relaxed) {
            let Some(first) = reader.poll(Duration::from_millis(100)) else { continue };
            writer.begin_transaction()?;
            let (mut next, mut count) = (Some(first), 0);
            while let Some(one) = next.transpose()? {
                let value = rdkafka::message::Message::payload(&one).unwrap();
                let record = BaseRecord::<[u8], [u8]>::to(&self.target).payload(value).partition(0);
                writer.send(record).map_err(|(error, _)| error)?;
                count += 1;
                // What is polled counts in the position that is committed, so nothing is polled that is not sent.
                next = if count < 25 { reader.poll(Duration::ZERO) } else { None };
            }
            let positions = reader.position()?;
            writer.send_offsets_to_transaction(&positions, &reader.group_metadata().unwrap(), TIMEOUT)?;
            writer.commit_transaction(TIMEOUT)?;
        }
        Ok(())
    }
}

async fn exactly_once(context: &Context) {
    move_all(context, 400, || {}).await;
}

async fn exactly_once_restart(context: &Context) {
    move_all(context, 2_000, || context.restart_broker()).await;
}

/// Two workers move everything while something happens in the middle; each record must arrive once.
async fn move_all(context: &Context, count: usize, middle: impl FnOnce()) {
    let (source, target, group) = (topic(context, 4, &[]).await, topic(context, 1, &[]).await, context.unique("group"));
    let sent = numbered("v", count);
    let spread: Vec<Sent> =
        sent.iter().enumerate().map(|(i, one)| Sent { partition: Some(i as i32 % 4), ..one.as_str().into() }).collect();
    send_by(&producer(context, &[]), &source, &spread).await;
    let stop = Arc::new(AtomicBool::new(false));
    let group_settings = [
        ("group.id", group.as_str()),
        ("auto.offset.reset", "earliest"),
        ("enable.auto.commit", "false"),
        ("isolation.level", "read_committed"),
        ("session.timeout.ms", "6000"),
        ("heartbeat.interval.ms", "300"),
    ];
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let id = context.unique("id");
            let worker = Worker {
                reader: config(context, &group_settings),
                writer: config(context, &[("transactional.id", &id), ("linger.ms", "2")]),
                source: source.clone(),
                target: target.clone(),
                stop: stop.clone(),
            };
            std::thread::spawn(move || worker.run())
        })
        .collect();
    let reader = careful(context, &target);
    let mut received = values(&take(&reader, count / 4).await);
    middle();
    received.extend(values(&take_patiently(&reader, count - received.len()).await));
    equal("and nothing else", quiet(&reader, 1_000).await, true);
    stop.store(true, Ordering::Relaxed);
    threads.into_iter().for_each(|one| one.join().unwrap());
    equal("each once", sorted(received), sorted(sent));
}

/// As `take`, but forgiving while the broker is away, and with the time that two rebalances need.
async fn take_patiently(reader: &StreamConsumer, count: usize) -> Vec<rdkafka::message::OwnedMessage> {
    let mut received = Vec::new();
    let deadline = std::time::Instant::now() + Duration::from_secs(100);
    while received.len() < count {
        assert!(std::time::Instant::now() < deadline, "{} of {count} records", received.len());
        if let Ok(Ok(one)) = tokio::time::timeout(Duration::from_millis(500), reader.recv()).await {
            received.push(one.detach());
        }
    }
    received
}
