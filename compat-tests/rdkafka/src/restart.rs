use std::time::Duration;

use driver::{Case, Context, PATIENCE, case, equal, eventually, numbered};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::OwnedMessage;
use rdkafka::producer::FutureProducer;
use rdkafka::topic_partition_list::Offset;

use crate::session::*;

pub fn cases() -> Vec<Case> {
    vec![
        case!("restart: idempotent, nothing lost and nothing twice in SIGKILL", idempotent, 120_000),
        case!("restart: a group goes on after SIGKILL", group, 120_000),
        case!("restart: a group of the consumer protocol goes on after SIGKILL", consumer_group, 120_000),
    ]
}

async fn idempotent(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let sent = numbered("r", 3_000);
    let writer: FutureProducer =
        producer(context, &[("enable.idempotence", "true"), ("batch.num.messages", "10"), ("linger.ms", "0")]);
    send_by(&writer, &name, &all(&sent[..500])).await;
    let sending = tokio::spawn({
        let (name, rest) = (name.clone(), all(&sent[500..]));
        async move { send_by(&writer, &name, &rest).await }
    });
    context.restart_broker();
    let told = sending.await.unwrap();
    equal("the offsets", told, (500..3_000).map(|offset| (0, offset)).collect());
    equal("the values", values(&read(context, &name, 3_000, &[]).await), sent);
}

async fn group(context: &Context) {
    goes_on(context, &[("session.timeout.ms", "6000"), ("heartbeat.interval.ms", "300")]).await;
}

async fn consumer_group(context: &Context) {
    goes_on(context, &[("group.protocol", "consumer")]).await;
}

async fn goes_on(context: &Context, settings: Settings<'_>) {
    let name = topic(context, 2, &[]).await;
    let both = |values: &[String]| -> Vec<Sent> {
        values
            .iter()
            .enumerate()
            .map(|(i, one)| Sent { partition: Some(i as i32 % 2), ..one.as_str().into() })
            .collect()
    };
    let writer: FutureProducer = producer(context, &[("enable.idempotence", "true")]);
    let reader: StreamConsumer = consumer(context, &[&[("auto.commit.interval.ms", "100")], settings].concat());
    reader.subscribe(&[&name]).unwrap();
    send_by(&writer, &name, &both(&numbered("before", 50))).await;
    equal("before", sorted(values(&take(&reader, 50).await)), sorted(numbered("before", 50)));
    eventually("the commit", || async {
        let found = reader.committed(TIMEOUT).ok()?;
        (offsets(&found) == [Offset::Offset(25), Offset::Offset(25)]).then_some(())
    })
    .await;
    context.restart_broker();
    send_by(&writer, &name, &both(&numbered("after", 50))).await;
    let received = despite_errors(&reader, 50).await;
    equal("after", sorted(values(&received)), sorted(numbered("after", 50)));
    eventually("the commit", || async {
        let found = reader.committed(TIMEOUT).ok()?;
        (offsets(&found) == [Offset::Offset(50), Offset::Offset(50)]).then_some(())
    })
    .await;
}

/// A broker that is away is told as an error; the client goes on by itself.
async fn despite_errors(reader: &StreamConsumer, count: usize) -> Vec<OwnedMessage> {
    let mut received = Vec::new();
    let deadline = std::time::Instant::now() + PATIENCE;
    while received.len() < count {
        assert!(std::time::Instant::now() < deadline, "{} of {count} records", received.len());
        if let Ok(Ok(one)) = tokio::time::timeout(Duration::from_millis(500), reader.recv()).await {
            received.push(one.detach());
        }
    }
    received
}
