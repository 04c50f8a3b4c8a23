use driver::{Case, Context, PATIENCE, case, equal};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::producer::FutureProducer;
use rdkafka::topic_partition_list::Offset;

use crate::session::*;

pub fn cases() -> Vec<Case> {
    vec![
        case!("errors: a record too large for the topic", too_large),
        case!("errors: a record without a key for a compacted topic", keyless),
        case!("errors: a timestamp too far from the broker's", timestamp),
        case!("errors: a topic that nobody may make", unknown_topic),
        case!("errors: a partition that does not exist", unknown_partition),
        case!("errors: a topic's name that cannot be", bad_name),
        case!("errors: an unknown group", unknown_group),
        case!("errors: a commit of who is no member any more", stale_commit),
        case!("errors: a fetch from a topic that is deleted", deleted_topic),
        case!("errors: more replicas wanted in sync than there are means all of them", in_sync),
    ]
}

async fn told(context: &Context, name: &str, one: Sent, settings: Settings<'_>) -> KafkaResult<(i32, i64)> {
    let writer: FutureProducer = producer(context, settings);
    try_send(&writer, name, &[one]).await.remove(0)
}

async fn too_large(context: &Context) {
    let name = topic(context, 1, &[("max.message.bytes", "1000")]).await;
    for settings in [[("acks", "1")], [("enable.idempotence", "true")]] {
        let refused = told(context, &name, "x".repeat(5_000).as_str().into(), &settings).await;
        equal("the refusal", code(refused), Code::MessageSizeTooLarge);
    }
    equal("a small one", told(context, &name, "small".into(), &[]).await.unwrap(), (0, 0));
}

async fn keyless(context: &Context) {
    let name = topic(context, 1, &[("cleanup.policy", "compact")]).await;
    equal("the refusal", code(told(context, &name, "no key".into(), &[]).await), Code::InvalidRecord);
    told(context, &name, Sent { key: Some("k".into()), ..Sent::default() }, &[]).await.unwrap();
}

async fn timestamp(context: &Context) {
    let name = topic(context, 1, &[("message.timestamp.before.max.ms", "1000")]).await;
    let refused = told(context, &name, Sent { timestamp: Some(1_000), ..Sent::default() }, &[]).await;
    equal("the refusal", code(refused), Code::InvalidTimestamp);
}

async fn unknown_topic(context: &Context) {
    let name = context.unique("nowhere");
    let settings = [("allow.auto.create.topics", "false"), ("message.timeout.ms", "3000")];
    let refused = code(told(context, &name, "v".into(), &settings).await);
    assert!(
        matches!(refused, Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::MessageTimedOut),
        "{refused:?}"
    );
    let reader: StreamConsumer = consumer(context, &[]);
    reader.subscribe(&[&name]).unwrap();
    let next = tokio::time::timeout(PATIENCE, reader.recv()).await.unwrap();
    equal("subscribed to", code(next.map(|one| one.detach())), Code::UnknownTopicOrPartition);
}

async fn unknown_partition(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let settings = [("message.timeout.ms", "3000")];
    let refused = told(context, &name, Sent { partition: Some(7), ..Sent::default() }, &settings).await;
    equal("produced to", code(refused), Code::UnknownPartition);
}

async fn bad_name(context: &Context) {
    let refused = told(context, "not/a/name", "v".into(), &[("message.timeout.ms", "5000")]).await;
    equal("produced to", code(refused), Code::InvalidTopic);
}

async fn unknown_group(context: &Context) {
    let (name, group) = (topic(context, 1, &[]).await, context.unique("nowhere"));
    let client = admin(context);
    let refused = client.delete_groups(&[&group], &options()).await.unwrap().remove(0);
    equal("deleted", refused.unwrap_err().1, Code::GroupIdNotFound);
    let found = client.inner().fetch_group_list(Some(&group), TIMEOUT).unwrap();
    equal("listed", found.groups().len(), 0);
    let reader: BaseConsumer = consumer(context, &[("group.id", &group)]);
    let asked = list(&name, &[(0, Offset::Invalid)]);
    equal("its offsets", offsets(&reader.committed_offsets(asked, TIMEOUT).unwrap()), vec![Offset::Invalid]);
}

/// A client without a subscription commits as nobody, which a group that has members refuses.
async fn stale_commit(context: &Context) {
    let (name, group) = (topic(context, 1, &[]).await, context.unique("group"));
    send(context, &name, &["v".to_string()]).await;
    let member: StreamConsumer = consumer(context, &[("group.id", &group)]);
    member.subscribe(&[&name]).unwrap();
    take(&member, 1).await;
    let stranger: BaseConsumer = consumer(context, &[("group.id", &group)]);
    let refused = stranger.commit(&list(&name, &[(0, Offset::Offset(1))]), CommitMode::Sync);
    equal("the refusal", code(refused), Code::UnknownMemberId);
    drop(member);
    stranger.commit(&list(&name, &[(0, Offset::Offset(1))]), CommitMode::Sync).unwrap();
}

async fn deleted_topic(context: &Context) {
    let name = topic(context, 1, &[]).await;
    send(context, &name, &["v".to_string()]).await;
    let settings = [("topic.metadata.refresh.interval.ms", "300"), ("topic.metadata.propagation.max.ms", "500")];
    let reader = assigned(context, &name, Offset::Beginning, &settings);
    take(&reader, 1).await;
    admin(context).delete_topics(&[&name], &options()).await.unwrap().remove(0).unwrap();
    let next = tokio::time::timeout(PATIENCE, reader.recv()).await.unwrap();
    let why = code(next.map(|one| one.detach()));
    assert!(matches!(why, Code::UnknownTopicOrPartition | Code::UnknownPartition | Code::UnknownTopic), "{why:?}");
}

async fn in_sync(context: &Context) {
    let name = topic(context, 1, &[("min.insync.replicas", "2")]).await;
    told(context, &name, "v".into(), &[("acks", "all"), ("message.timeout.ms", "5000")]).await.unwrap();
}
