use std::collections::BTreeSet;

use driver::{Case, Context, case, equal, numbered};
use futures::StreamExt;
use rskafka::client::consumer::{StartOffset, StreamConsumerBuilder};

use crate::session::{client, only_partition, partition, read, send, values};

pub fn cases() -> Vec<Case> {
    vec![
        case!("restart: nothing acknowledged is lost in SIGKILL", acknowledged, 120_000),
        case!("restart: a stream goes on after SIGKILL", stream, 120_000),
    ]
}

/// The client is not idempotent: what it sends again may be there twice, but nothing may be missing.
async fn acknowledged(context: &Context) {
    let target = only_partition(context).await;
    let sent = numbered("r", 300);
    let sending = tokio::spawn({
        let (target, sent) = (target.clone(), sent.clone());
        async move {
            for one in sent {
                send(&target, &[one]).await;
            }
        }
    });
    while target.get_offset(rskafka::client::partition::OffsetAt::Latest).await.unwrap() < 50 {}
    context.restart_broker();
    sending.await.unwrap();
    let received = values(&read(&target, 0, sent.len()).await);
    let distinct: BTreeSet<&String> = received.iter().collect();
    equal("the values", distinct, sent.iter().collect());
    let mut in_order = received.clone();
    in_order.dedup();
    equal("their order", in_order, sent);
}

async fn stream(context: &Context) {
    let target = only_partition(context).await;
    let reader = client(context).await;
    let source = partition(&reader, target.topic(), 0).await;
    let mut stream = StreamConsumerBuilder::new(source, StartOffset::Earliest).with_max_wait_ms(200).build();
    let receiving = tokio::spawn(async move {
        let mut received = Vec::new();
        while received.len() < 40 {
            received.push(stream.next().await.unwrap().unwrap().0);
        }
        values(&received)
    });
    send(&target, &numbered("s", 40)[..20]).await;
    context.restart_broker();
    send(&target, &numbered("s", 40)[20..]).await;
    equal("the values", receiving.await.unwrap(), numbered("s", 40));
}
