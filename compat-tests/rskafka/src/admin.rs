use driver::{Case, Context, case, equal, eventually, numbered};
use rskafka::client::error::ProtocolError;
use rskafka::client::partition::OffsetAt;

use crate::session::{TIMEOUT_MS, client, only_partition, partition, read, refusal, send, topic, values};

pub fn cases() -> Vec<Case> {
    vec![
        case!("admin: topics are made, listed and deleted", topics),
        case!("admin: topics that may not be", refused_topics),
        case!("admin: the broker's own number of partitions", default_partitions),
        case!("admin: records are deleted", delete_records),
        case!("admin: a topic deleted and made again is a new one", made_again),
    ]
}

async fn topics(context: &Context) {
    let client = client(context).await;
    let controller = client.controller_client().unwrap();
    let name = topic(context, &client, 5).await;
    let listed = client.list_topics().await.unwrap().into_iter().find(|one| one.name == name).unwrap();
    equal("its partitions", listed.partitions.into_iter().collect(), vec![0, 1, 2, 3, 4]);
    let again = controller.create_topic(&name, 5, 1, TIMEOUT_MS).await;
    equal("made twice", refusal(again), ProtocolError::TopicAlreadyExists);
    controller.delete_topic(&name, TIMEOUT_MS).await.unwrap();
    eventually("the topic is gone", || async {
        let topics = client.list_topics().await.unwrap();
        topics.iter().all(|one| one.name != name).then_some(())
    })
    .await;
    let again = controller.delete_topic(&name, TIMEOUT_MS).await;
    equal("deleted twice", refusal(again), ProtocolError::UnknownTopicOrPartition);
}

async fn refused_topics(context: &Context) {
    let client = client(context).await;
    let controller = client.controller_client().unwrap();
    for (name, partitions, replicas, expected) in [
        ("not/a/name".to_string(), 1, 1, ProtocolError::InvalidTopicException),
        ("..".to_string(), 1, 1, ProtocolError::InvalidTopicException),
        ("x".repeat(250), 1, 1, ProtocolError::InvalidTopicException),
        (context.unique("none"), 0, 1, ProtocolError::InvalidPartitions),
        (context.unique("copies"), 1, 3, ProtocolError::InvalidReplicationFactor),
    ] {
        let refused = controller.create_topic(name, partitions, replicas, TIMEOUT_MS).await;
        equal("the refusal", refusal(refused), expected);
    }
}

async fn default_partitions(context: &Context) {
    let client = client(context).await;
    let name = context.unique("defaults");
    client.controller_client().unwrap().create_topic(&name, -1, -1, TIMEOUT_MS).await.unwrap();
    let found = eventually("the topic is listed", || async {
        client.list_topics().await.unwrap().into_iter().find(|one| one.name == name)
    })
    .await;
    equal("its partitions", found.partitions.len(), 1);
}

async fn delete_records(context: &Context) {
    let target = only_partition(context).await;
    send(&target, &numbered("d", 20)).await;
    target.delete_records(7, TIMEOUT_MS).await.unwrap();
    equal("the earliest", target.get_offset(OffsetAt::Earliest).await.unwrap(), 7);
    equal("what is left", values(&read(&target, 7, 13).await), numbered("d", 20)[7..].to_vec());
    let gone = target.fetch_records(3, 1..1_000, 100).await;
    equal("what is gone", refusal(gone), ProtocolError::OffsetOutOfRange);
    let beyond = target.delete_records(21, TIMEOUT_MS).await;
    equal("beyond the end", refusal(beyond), ProtocolError::OffsetOutOfRange);
    // -1 is the high watermark.
    target.delete_records(-1, TIMEOUT_MS).await.unwrap();
    equal("all of them", target.get_offset(OffsetAt::Earliest).await.unwrap(), 20);
}

async fn made_again(context: &Context) {
    let client = client(context).await;
    let controller = client.controller_client().unwrap();
    let name = topic(context, &client, 1).await;
    send(&*partition(&client, &name, 0).await, &numbered("old", 5)).await;
    controller.delete_topic(&name, TIMEOUT_MS).await.unwrap();
    eventually("the name is free again", || async { controller.create_topic(&name, 1, 1, TIMEOUT_MS).await.ok() })
        .await;
    let fresh = partition(&client, &name, 0).await;
    equal("its end", fresh.get_offset(OffsetAt::Latest).await.unwrap(), 0);
    equal("the first offset", send(&fresh, &["new".to_string()]).await, vec![0]);
    equal("the values", values(&read(&fresh, 0, 1).await), vec!["new".to_string()]);
}
