use std::time::Duration;

use driver::{Case, Context, case, equal, eventually, numbered};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, RebalanceProtocol, StreamConsumer};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset;

use crate::session::*;

pub fn cases() -> Vec<Case> {
    vec![
        case!("group: range, two members share", range),
        case!("group: roundrobin, two members share", roundrobin),
        case!("group: cooperative-sticky, two members share", cooperative),
        case!("group: a static member comes back to its partitions", static_member),
        case!("group: two of one instance, the newer fences the older", fenced_instance),
        case!("group: topics by a pattern", pattern),
        case!("group: a member that does not poll is out", idle_member, 90_000),
        case!("group: assignors that do not fit", unfit_assignor),
        case!("group: two groups of one topic", two_groups),
        case!("consumer protocol: two members share", consumer_protocol),
        case!("consumer protocol: topics by a pattern", consumer_pattern),
        case!("consumer protocol: a static member comes back", consumer_static),
        case!("consumer protocol: offsets are committed and found again", consumer_commits),
        case!("consumer protocol: a server-side assignor that does not exist", unknown_assignor),
        case!("consumer protocol: from classic to consumer and back", migration, 120_000),
    ]
}

fn member(context: &Context, group: &str, settings: Settings<'_>) -> StreamConsumer {
    let mut own = vec![("group.id", group)];
    // The consumer protocol has its times from the broker's group configs.
    if !settings.iter().any(|(key, value)| (*key, *value) == CONSUMER) {
        own.extend([("session.timeout.ms", "6000"), ("heartbeat.interval.ms", "300")]);
    }
    own.extend(settings);
    consumer(context, &own)
}

const CONSUMER: (&str, &str) = ("group.protocol", "consumer");

/// Two members share four partitions; one leaves, the other has all. Every record comes to who has its partition.
async fn share(context: &Context, settings: Settings<'_>) {
    let (name, group) = (topic(context, 4, &[]).await, context.unique("group"));
    let first = member(context, &group, settings);
    first.subscribe(&[&name]).unwrap();
    poll_until("the first has all", &[&first], |_| assignment(&first) == [0, 1, 2, 3]).await;
    let second = member(context, &group, settings);
    second.subscribe(&[&name]).unwrap();
    poll_until("they share", &[&first, &second], |_| assignment(&first).len() == 2 && assignment(&second).len() == 2)
        .await;
    let mut all_of_them = [assignment(&first), assignment(&second)].concat();
    all_of_them.sort();
    equal("both together", all_of_them, vec![0, 1, 2, 3]);
    let sent: Vec<Sent> = (0..40).map(|i| Sent { partition: Some(i % 4), ..format!("{i}").as_str().into() }).collect();
    send_by(&producer(context, &[]), &name, &sent).await;
    let received = poll_until("all records", &[&first, &second], |received| received.len() >= 40).await;
    equal("each once", received.len(), 40);
    for (who, one) in received {
        let has = assignment([&first, &second][who]);
        assert!(has.contains(&one.partition()), "partition {} came to who has {has:?}", one.partition());
    }
    drop(second);
    poll_until("the first has all again", &[&first], |_| assignment(&first) == [0, 1, 2, 3]).await;
}

async fn range(context: &Context) {
    share(context, &[("partition.assignment.strategy", "range")]).await;
}

async fn roundrobin(context: &Context) {
    share(context, &[("partition.assignment.strategy", "roundrobin")]).await;
}

async fn cooperative(context: &Context) {
    let settings = [("partition.assignment.strategy", "cooperative-sticky")];
    share(context, &settings).await;
    let (name, group) = (topic(context, 2, &[]).await, context.unique("group"));
    let one = member(context, &group, &settings);
    one.subscribe(&[&name]).unwrap();
    poll_until("the assignment", &[&one], |_| assignment(&one) == [0, 1]).await;
    assert!(matches!(one.rebalance_protocol(), RebalanceProtocol::Cooperative), "the protocol is another");
}

async fn static_member(context: &Context) {
    returns(context, &[]).await;
}

async fn consumer_static(context: &Context) {
    returns(context, &[CONSUMER]).await;
}

/// A static member that is closed is expected back: its partitions wait for it and go to nobody else.
async fn returns(context: &Context, settings: Settings<'_>) {
    let (name, group) = (topic(context, 4, &[]).await, context.unique("group"));
    let instance = |id: &str| member(context, &group, &[settings, &[("group.instance.id", id)]].concat());
    let [first, second] = ["one", "two"].map(instance);
    first.subscribe(&[&name]).unwrap();
    second.subscribe(&[&name]).unwrap();
    poll_until("they share", &[&first, &second], |_| assignment(&first).len() == 2 && assignment(&second).len() == 2)
        .await;
    let (of_first, of_second) = (assignment(&first), assignment(&second));
    drop(second);
    poll_until_quiet(&first).await;
    equal("the first keeps its own", assignment(&first), of_first.clone());
    let again = instance("two");
    again.subscribe(&[&name]).unwrap();
    poll_until("the second is back", &[&first, &again], |_| assignment(&again).len() == 2).await;
    equal("with its partitions", assignment(&again), of_second);
    equal("the first has its own", assignment(&first), of_first);
}

/// Polls for as long as a rebalance would take to begin.
async fn poll_until_quiet(consumer: &StreamConsumer) {
    assert!(quiet(consumer, 1_500).await, "a record came");
}

async fn fenced_instance(context: &Context) {
    let (name, group) = (topic(context, 1, &[]).await, context.unique("group"));
    let settings = [("group.instance.id", "the-same")];
    let older = member(context, &group, &settings);
    older.subscribe(&[&name]).unwrap();
    poll_until("the older has it", &[&older], |_| assignment(&older) == [0]).await;
    let newer = member(context, &group, &settings);
    newer.subscribe(&[&name]).unwrap();
    poll_until("the newer has it", &[&newer], |_| assignment(&newer) == [0]).await;
    let failed = eventually("the older is fenced", || async {
        match tokio::time::timeout(Duration::from_millis(300), older.recv()).await {
            Ok(outcome) => outcome.err(),
            Err(_) => None,
        }
    })
    .await;
    equal("why", failed.rdkafka_error_code(), Some(Code::FencedInstanceId));
    equal("it is fatal", older.client().fatal_error().map(|(code, _)| code), Some(Code::FencedInstanceId));
}

async fn pattern(context: &Context) {
    by_pattern(context, &[]).await;
}

async fn consumer_pattern(context: &Context) {
    by_pattern(context, &[CONSUMER]).await;
}

async fn by_pattern(context: &Context, settings: Settings<'_>) {
    let (word, group) = (context.unique("pattern"), context.unique("group"));
    let client = admin(context);
    let make = async |name: &str| {
        let new = rdkafka::admin::NewTopic::new(name, 1, rdkafka::admin::TopicReplication::Fixed(1));
        client.create_topics([&new], &options()).await.unwrap().remove(0).unwrap();
    };
    let names = ["a", "b", "later"].map(|end| format!("{word}-{end}"));
    make(&names[0]).await;
    make(&names[1]).await;
    make(&format!("not-{word}-a")).await;
    let reader = member(context, &group, &[settings, &[("topic.metadata.refresh.interval.ms", "500")]].concat());
    reader.subscribe(&[&format!("^{word}-.*")]).unwrap();
    let topics = |reader: &StreamConsumer| {
        let found = reader.assignment().unwrap();
        let mut names: Vec<String> = found.elements().iter().map(|one| one.topic().to_string()).collect();
        names.sort();
        names
    };
    poll_until("the two", &[&reader], |_| topics(&reader) == names[..2]).await;
    make(&names[2]).await;
    poll_until("the third", &[&reader], |_| topics(&reader) == names).await;
    for name in &names {
        send(context, name, &[name.clone()]).await;
    }
    let received = poll_until("a record of each", &[&reader], |received| received.len() >= 3).await;
    let found = received.iter().map(|(_, one)| one.topic().to_string()).collect();
    equal("where they came from", sorted(found), names.to_vec());
}

async fn idle_member(context: &Context) {
    let (name, group) = (topic(context, 2, &[]).await, context.unique("group"));
    let settings = [("max.poll.interval.ms", "6000")];
    let idle: BaseConsumer = {
        let own = [
            ("group.id", group.as_str()),
            ("session.timeout.ms", "6000"),
            ("heartbeat.interval.ms", "300"),
            settings[0],
        ];
        consumer(context, &own)
    };
    idle.subscribe(&[&name]).unwrap();
    let polled = || async {
        equal("a record came", idle.poll(Duration::from_millis(100)).is_none(), true);
        (idle.assignment().unwrap().count() == 2).then_some(())
    };
    eventually("it has both", polled).await;
    let busy = member(context, &group, &settings);
    busy.subscribe(&[&name]).unwrap();
    poll_until("the other has both", &[&busy], |_| assignment(&busy) == [0, 1]).await;
    // What else had queued up for it, such as its assignment, comes as nothing.
    let told = eventually("it is told", || async { idle.poll(Duration::from_millis(100)) }).await;
    equal("why", code(told.map(|one| one.detach())), Code::PollExceeded);
}

async fn unfit_assignor(context: &Context) {
    let (name, group) = (topic(context, 1, &[]).await, context.unique("group"));
    let first = member(context, &group, &[("partition.assignment.strategy", "range")]);
    first.subscribe(&[&name]).unwrap();
    poll_until("the first has it", &[&first], |_| assignment(&first) == [0]).await;
    let other = member(context, &group, &[("partition.assignment.strategy", "roundrobin")]);
    other.subscribe(&[&name]).unwrap();
    let refused = tokio::time::timeout(TIMEOUT, other.recv()).await.unwrap();
    equal("why", code(refused.map(|one| one.detach())), Code::InconsistentGroupProtocol);
    equal("the first keeps it", assignment(&first), vec![0]);
}

async fn two_groups(context: &Context) {
    let name = topic(context, 2, &[]).await;
    let readers = [(); 2].map(|()| {
        let reader = member(context, &context.unique("group"), &[]);
        reader.subscribe(&[&name]).unwrap();
        reader
    });
    send(context, &name, &numbered("t", 50)).await;
    for reader in &readers {
        equal("the values", values(&take(reader, 50).await), numbered("t", 50));
    }
}

async fn consumer_protocol(context: &Context) {
    share(context, &[CONSUMER]).await;
    share(context, &[CONSUMER, ("group.remote.assignor", "range")]).await;
    share(context, &[CONSUMER, ("group.remote.assignor", "uniform")]).await;
}

async fn consumer_commits(context: &Context) {
    let (name, group) = (topic(context, 1, &[]).await, context.unique("group"));
    send(context, &name, &numbered("c", 10)).await;
    let settings = [CONSUMER, ("enable.auto.commit", "false")];
    let reader = member(context, &group, &settings);
    reader.subscribe(&[&name]).unwrap();
    take(&reader, 10).await;
    reader.commit(&list(&name, &[(0, Offset::Offset(6))]), CommitMode::Sync).unwrap();
    equal("what is committed", offsets(&reader.committed(TIMEOUT).unwrap()), vec![Offset::Offset(6)]);
    drop(reader);
    let next = member(context, &group, &settings);
    next.subscribe(&[&name]).unwrap();
    equal("from there on", values(&take(&next, 4).await), numbered("c", 10)[6..].to_vec());
}

async fn unknown_assignor(context: &Context) {
    let name = topic(context, 1, &[]).await;
    let reader = member(context, &context.unique("group"), &[CONSUMER, ("group.remote.assignor", "no-such")]);
    reader.subscribe(&[&name]).unwrap();
    let refused = tokio::time::timeout(TIMEOUT, reader.recv()).await.unwrap();
    equal("why", code(refused.map(|one| one.detach())), Code::UnsupportedAssignor);
    equal("it is fatal", reader.client().fatal_error().map(|(code, _)| code), Some(Code::UnsupportedAssignor));
}

/// A group goes from the classic protocol to the new one member by member, and back when the last of the new is gone.
async fn migration(context: &Context) {
    let (name, group) = (topic(context, 4, &[]).await, context.unique("group"));
    let classic = |strategy| {
        let one = member(context, &group, &[("partition.assignment.strategy", strategy)]);
        one.subscribe(&[&name]).unwrap();
        one
    };
    let first = classic("range");
    poll_until("the first has all", &[&first], |_| assignment(&first).len() == 4).await;
    let new = member(context, &group, &[CONSUMER]);
    new.subscribe(&[&name]).unwrap();
    poll_until("they share", &[&first, &new], |_| assignment(&first).len() == 2 && assignment(&new).len() == 2).await;
    send_by(
        &producer(context, &[]),
        &name,
        &(0..8).map(|i| Sent { partition: Some(i % 4), ..Sent::default() }).collect::<Vec<_>>(),
    )
    .await;
    let received = poll_until("the records", &[&first, &new], |received| received.len() >= 8).await;
    equal("each once", received.len(), 8);
    drop(first);
    poll_until("the new one has all", &[&new], |_| assignment(&new).len() == 4).await;
    let again = classic("range");
    poll_until("they share again", &[&new, &again], |_| assignment(&new).len() == 2 && assignment(&again).len() == 2)
        .await;
    drop(new);
    poll_until("the classic one has all", &[&again], |_| assignment(&again).len() == 4).await;
}
