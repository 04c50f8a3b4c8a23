use driver::{Case, Context, case, equal, eventually, numbered};
use rdkafka::admin::{
    AlterConfig, ConfigEntry, ConfigSource, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication, TopicResult,
};
use rdkafka::consumer::{BaseConsumer, Consumer, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::Offset;

use crate::session::*;

pub fn cases() -> Vec<Case> {
    vec![
        case!("admin: the cluster", cluster),
        case!("admin: topics are made, listed and deleted", topics),
        case!("admin: topics that may not be", refused_topics),
        case!("admin: replicas assigned by hand", assigned_replicas),
        case!("admin: validate only makes nothing", validate_only),
        case!("admin: partitions are added", partitions),
        case!("admin: configs of a topic", topic_configs),
        case!("admin: configs of the broker", broker_configs),
        case!("admin: configs of a group", group_configs),
        case!("admin: records are deleted", delete_records),
        case!("admin: groups are listed, described and deleted", groups),
        case!("admin: a topic deleted and made again is a new one", made_again),
    ]
}

/// The code of the one topic that a call was about.
fn topic_code(answer: KafkaResult<Vec<TopicResult>>) -> Code {
    match answer.unwrap().remove(0) {
        Ok(name) => panic!("it went well with {name}"),
        Err((_, code)) => code,
    }
}

fn new_topic(name: &str, partitions: i32) -> NewTopic<'_> {
    NewTopic::new(name, partitions, TopicReplication::Fixed(1))
}

async fn cluster(context: &Context) {
    let client = admin(context);
    let metadata = client.inner().fetch_metadata(None, TIMEOUT).unwrap();
    let brokers: Vec<String> = metadata.brokers().iter().map(|one| format!("{}:{}", one.host(), one.port())).collect();
    equal("the brokers", brokers, vec![context.bootstrap_servers.clone()]);
    equal("the cluster's id", client.inner().fetch_cluster_id(TIMEOUT).unwrap().len(), 22);
}

async fn topics(context: &Context) {
    let client = admin(context);
    let name = topic(context, 3, &[("retention.ms", "1234567")]).await;
    let metadata = client.inner().fetch_metadata(Some(&name), TIMEOUT).unwrap();
    let found: Vec<(i32, usize, usize)> =
        metadata.topics()[0].partitions().iter().map(|one| (one.id(), one.replicas().len(), one.isr().len())).collect();
    equal("its partitions", found, vec![(0, 1, 1), (1, 1, 1), (2, 1, 1)]);
    let again = client.create_topics([&new_topic(&name, 3)], &options()).await;
    equal("made twice", topic_code(again), Code::TopicAlreadyExists);
    client.delete_topics(&[&name], &options()).await.unwrap().remove(0).unwrap();
    equal("deleted twice", topic_code(client.delete_topics(&[&name], &options()).await), Code::UnknownTopicOrPartition);
    eventually("the topic is gone", || async {
        let metadata = client.inner().fetch_metadata(None, TIMEOUT).ok()?;
        metadata.topics().iter().all(|one| one.name() != name).then_some(())
    })
    .await;
}

async fn refused_topics(context: &Context) {
    let client = admin(context);
    let name = context.unique("refused");
    let three = NewTopic::new(&name, 1, TopicReplication::Fixed(3));
    for (new, expected) in [
        (new_topic("not/a/name", 1), Code::InvalidTopic),
        (new_topic(&"x".repeat(250), 1), Code::InvalidTopic),
        (new_topic(&name, 0), Code::InvalidPartitions),
        (three, Code::InvalidReplicationFactor),
        (new_topic(&name, 1).set("no.such.key", "1"), Code::InvalidConfig),
        (new_topic(&name, 1).set("retention.ms", "soon"), Code::InvalidConfig),
        (new_topic(&name, 1).set("cleanup.policy", "burn"), Code::InvalidConfig),
    ] {
        equal("the refusal", topic_code(client.create_topics([&new], &options()).await), expected);
    }
    // One of them does not keep the others from being made.
    let good = context.unique("good");
    let both = client.create_topics([&new_topic("not/a/name", 1), &new_topic(&good, 1)], &options()).await.unwrap();
    equal("the good one", both.contains(&Ok(good)), true);
}

async fn assigned_replicas(context: &Context) {
    let client = admin(context);
    let (here, nowhere) = (context.unique("here"), context.unique("nowhere"));
    let broker = client.inner().fetch_metadata(None, TIMEOUT).unwrap().brokers()[0].id();
    let replicas: &[&[i32]] = &[&[broker], &[broker]];
    let new = NewTopic::new(&here, 2, TopicReplication::Variable(replicas));
    client.create_topics([&new], &options()).await.unwrap().remove(0).unwrap();
    let more: &[&[i32]] = &[&[broker]];
    client
        .create_partitions([&NewPartitions::new(&here, 3).assign(more)], &options())
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    let unknown: &[&[i32]] = &[&[broker + 1_000]];
    let refused = NewTopic::new(&nowhere, 1, TopicReplication::Variable(unknown));
    equal(
        "an unknown broker",
        topic_code(client.create_topics([&refused], &options()).await),
        Code::InvalidReplicaAssignment,
    );
}

async fn validate_only(context: &Context) {
    let client = admin(context);
    let name = context.unique("validated");
    let only = || options().validate_only(true);
    client.create_topics([&new_topic(&name, 2)], &only()).await.unwrap().remove(0).unwrap();
    let existing = topic(context, 1, &[]).await;
    client.create_partitions([&NewPartitions::new(&existing, 5)], &only()).await.unwrap().remove(0).unwrap();
    let metadata = client.inner().fetch_metadata(None, TIMEOUT).unwrap();
    equal("nothing was made", metadata.topics().iter().any(|one| one.name() == name), false);
    let found = metadata.topics().iter().find(|one| one.name() == existing).unwrap();
    equal("no partition was added", found.partitions().len(), 1);
}

async fn partitions(context: &Context) {
    let client = admin(context);
    let name = topic(context, 1, &[]).await;
    client.create_partitions([&NewPartitions::new(&name, 4)], &options()).await.unwrap().remove(0).unwrap();
    eventually("four partitions", || async {
        let metadata = client.inner().fetch_metadata(Some(&name), TIMEOUT).ok()?;
        (metadata.topics()[0].partitions().len() == 4).then_some(())
    })
    .await;
    for (name, count, expected) in [
        (name.clone(), 2, Code::InvalidPartitions),
        (name, 4, Code::InvalidPartitions),
        (context.unique("nowhere"), 2, Code::UnknownTopicOrPartition),
    ] {
        let refused = client.create_partitions([&NewPartitions::new(&name, count)], &options()).await;
        equal("the refusal", topic_code(refused), expected);
    }
}

/// One config of the resource: value, source and whether it is read only.
async fn entry(context: &Context, of: ResourceSpecifier<'_>, key: &str) -> (Option<String>, ConfigSource, bool) {
    let found = admin(context).describe_configs([&of], &options()).await.unwrap().remove(0).unwrap();
    let ConfigEntry { value, source, is_read_only, .. } =
        found.entries.into_iter().find(|one| one.name == key).unwrap();
    (value, source, is_read_only)
}

fn text(value: &str) -> Option<String> {
    Some(value.to_string())
}

async fn topic_configs(context: &Context) {
    let client = admin(context);
    let name = topic(context, 1, &[("segment.bytes", "2097152")]).await;
    let of = ResourceSpecifier::Topic(&name);
    equal("the default", entry(context, of, "retention.ms").await, (text("604800000"), ConfigSource::Default, false));
    equal(
        "what it was made with",
        entry(context, of, "segment.bytes").await,
        (text("2097152"), ConfigSource::DynamicTopic, false),
    );
    // The crate has only the request that replaces everything.
    let change = AlterConfig::new(of).set("retention.ms", "1000").set("cleanup.policy", "compact,delete");
    client.alter_configs([&change], &options()).await.unwrap().remove(0).unwrap();
    eventually("the change", || async {
        (entry(context, of, "retention.ms").await == (text("1000"), ConfigSource::DynamicTopic, false)).then_some(())
    })
    .await;
    equal("the policy", entry(context, of, "cleanup.policy").await.0, text("compact,delete"));
    equal(
        "what was left out",
        entry(context, of, "segment.bytes").await,
        (text("1073741824"), ConfigSource::Default, false),
    );
    // The crate does not look at the errors of these answers, so what counts is that nothing changed or came.
    client.alter_configs([&AlterConfig::new(of).set("retention.ms", "soon")], &options()).await.unwrap();
    equal("after a wrong value", entry(context, of, "retention.ms").await.0, text("1000"));
    let unknown = client.describe_configs([&ResourceSpecifier::Topic(&context.unique("nowhere"))], &options()).await;
    equal("of an unknown topic", unknown.unwrap().remove(0).unwrap().entries.len(), 0);
}

async fn broker_configs(context: &Context) {
    let client = admin(context);
    let of = ResourceSpecifier::Broker(client.inner().fetch_metadata(None, TIMEOUT).unwrap().brokers()[0].id());
    equal("a key that cannot be changed", entry(context, of, "log.dirs").await.2, true);
    equal("one that can", entry(context, of, "log.cleaner.threads").await, (text("1"), ConfigSource::Default, false));
    client
        .alter_configs([&AlterConfig::new(of).set("log.cleaner.threads", "2")], &options())
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    eventually("the new value", || async {
        (entry(context, of, "log.cleaner.threads").await == (text("2"), ConfigSource::DynamicBroker, false))
            .then_some(())
    })
    .await;
    client.alter_configs([&AlterConfig::new(of)], &options()).await.unwrap().remove(0).unwrap();
    eventually("the default", || async {
        (entry(context, of, "log.cleaner.threads").await == (text("1"), ConfigSource::Default, false)).then_some(())
    })
    .await;
}

async fn group_configs(context: &Context) {
    let group = context.unique("group");
    let of = ResourceSpecifier::Group(&group);
    equal("the default", entry(context, of, "consumer.session.timeout.ms").await.0, text("45000"));
}

async fn delete_records(context: &Context) {
    let client = admin(context);
    let name = topic(context, 1, &[]).await;
    send(context, &name, &numbered("d", 20)).await;
    let delete = async |offset| client.delete_records(&list(&name, &[(0, offset)]), &options()).await.unwrap();
    equal("the low watermark", offsets(&delete(Offset::Offset(7)).await), vec![Offset::Offset(7)]);
    equal("what is left", values(&read(context, &name, 13, &[]).await), numbered("d", 20)[7..].to_vec());
    equal("beyond the end", code(delete(Offset::Offset(21)).await.elements()[0].error()), Code::OffsetOutOfRange);
    equal("all of them", offsets(&delete(Offset::End).await), vec![Offset::Offset(20)]);
}

async fn groups(context: &Context) {
    let client = admin(context);
    let (name, group) = (topic(context, 1, &[]).await, context.unique("group"));
    send(context, &name, &numbered("g", 5)).await;
    let member: StreamConsumer = consumer(context, &[("group.id", &group), ("client.id", "the-client")]);
    member.subscribe(&[&name]).unwrap();
    take(&member, 5).await;
    let found = client.inner().fetch_group_list(Some(&group), TIMEOUT).unwrap();
    let one = &found.groups()[0];
    equal(
        "the group",
        (one.name(), one.state(), one.protocol_type(), one.protocol()),
        (group.as_str(), "Stable", "consumer", "range"),
    );
    equal("its member", one.members().iter().map(|each| each.client_id()).collect(), vec!["the-client"]);
    let refused = client.delete_groups(&[&group], &options()).await.unwrap().remove(0);
    equal("deleted with a member", refused.unwrap_err().1, Code::NonEmptyGroup);
    drop(member);
    let all_of_them = client.inner().fetch_group_list(None, TIMEOUT).unwrap();
    equal("it is among all", all_of_them.groups().iter().any(|each| each.name() == group), true);
    client.delete_groups(&[&group], &options()).await.unwrap().remove(0).unwrap();
    let again = client.delete_groups(&[&group], &options()).await.unwrap().remove(0);
    equal("deleted twice", again.unwrap_err().1, Code::GroupIdNotFound);
    let reader: BaseConsumer = consumer(context, &[("group.id", &group)]);
    let committed = reader.committed_offsets(list(&name, &[(0, Offset::Invalid)]), TIMEOUT).unwrap();
    equal("its offsets are gone", offsets(&committed), vec![Offset::Invalid]);
}

async fn made_again(context: &Context) {
    let client = admin(context);
    let name = topic(context, 1, &[]).await;
    send(context, &name, &numbered("old", 5)).await;
    client.delete_topics(&[&name], &options()).await.unwrap().remove(0).unwrap();
    eventually("it is made again", || async {
        client.create_topics([&new_topic(&name, 1)], &options()).await.unwrap().remove(0).ok()
    })
    .await;
    equal("the first offset", send(context, &name, &["new".to_string()]).await, vec![(0, 0)]);
    equal("the values", values(&read(context, &name, 1, &[]).await), vec!["new".to_string()]);
}
