package main

import (
	"slices"

	"samsa-compat/support/go/driver"

	"github.com/segmentio/kafka-go"
)

func adminCases() []Case {
	return []Case{
		{Name: "admin: create and delete topics", Run: topics},
		{Name: "admin: partitions", Run: partitions},
		{Name: "admin: configs of a topic and of the broker", Run: configs},
		{Name: "admin: groups and their offsets", Run: groups},
		{Name: "admin: the cluster, its versions and coordinators", Run: cluster},
	}
}

func create(c *Context, cl *kafka.Client, config kafka.TopicConfig) error {
	answer := driver.Must(cl.CreateTopics(deadline(c), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{config}}))
	return answer.Errors[config.Topic]
}

func topics(c *Context) {
	cl, name := client(c), topic(c, 3)
	refused("made twice", create(c, cl, kafka.TopicConfig{Topic: name, NumPartitions: 1, ReplicationFactor: 1}), kafka.TopicAlreadyExists)
	refused("a bad name", create(c, cl, kafka.TopicConfig{Topic: "a b", NumPartitions: 1, ReplicationFactor: 1}), kafka.InvalidTopic)
	refused("no partitions", create(c, cl, kafka.TopicConfig{Topic: c.Unique("none"), ReplicationFactor: 1}), kafka.InvalidPartitionNumber)
	refused("too many replicas", create(c, cl, kafka.TopicConfig{Topic: c.Unique("many"), NumPartitions: 1, ReplicationFactor: 3}), kafka.InvalidReplicationFactor)
	bad := []kafka.ConfigEntry{{ConfigName: "cleanup.policy", ConfigValue: "sometimes"}}
	refused("a bad config", create(c, cl, kafka.TopicConfig{Topic: c.Unique("bad"), NumPartitions: 1, ReplicationFactor: 1, ConfigEntries: bad}), kafka.InvalidConfiguration)
	deleted := driver.Must(cl.DeleteTopics(deadline(c), &kafka.DeleteTopicsRequest{Topics: []string{name}}))
	driver.Check(deleted.Errors[name])
	driver.Eventually("it is gone", patience, func() bool { return describe(c, cl, name).Error != nil })
	deleted = driver.Must(cl.DeleteTopics(deadline(c), &kafka.DeleteTopicsRequest{Topics: []string{name}}))
	refused("deleted twice", deleted.Errors[name], kafka.UnknownTopicOrPartition)
}

func partitions(c *Context) {
	cl, name := client(c), topic(c, 2)
	grow := func(count int32, validateOnly bool) error {
		wanted := []kafka.TopicPartitionsConfig{{Name: name, Count: count}}
		request := &kafka.CreatePartitionsRequest{Topics: wanted, ValidateOnly: validateOnly}
		return driver.Must(cl.CreatePartitions(deadline(c), request)).Errors[name]
	}
	driver.Check(grow(9, true))
	driver.Check(grow(5, false))
	driver.Eventually("five partitions", patience, func() bool { return len(describe(c, cl, name).Partitions) == 5 })
	refused("fewer than there are", grow(3, false), kafka.InvalidPartitionNumber)
	elected := driver.Must(cl.ElectLeaders(deadline(c), &kafka.ElectLeadersRequest{Topic: name, Partitions: []int{0}, Timeout: patience}))
	driver.Check(elected.Error)
	refused("an election", elected.PartitionResults[0].Error, kafka.ElectionNotNeeded)
}

func valueOf(c *Context, cl *kafka.Client, kind kafka.ResourceType, resource, config string) kafka.DescribeConfigResponseConfigEntry {
	answer := driver.Must(cl.DescribeConfigs(deadline(c), &kafka.DescribeConfigsRequest{
		Resources:       []kafka.DescribeConfigRequestResource{{ResourceType: kind, ResourceName: resource, ConfigNames: []string{config}}},
		IncludeSynonyms: true,
	}))
	driver.Check(answer.Resources[0].Error)
	driver.Equal("configs in the answer", len(answer.Resources[0].ConfigEntries), 1)
	return answer.Resources[0].ConfigEntries[0]
}

func configs(c *Context) {
	cl := client(c)
	name := topic(c, 1, kafka.ConfigEntry{ConfigName: "retention.ms", ConfigValue: "12345"})
	retention := func() string { return valueOf(c, cl, kafka.ResourceTypeTopic, name, "retention.ms").ConfigValue }
	driver.Equal("as it was created", retention(), "12345")
	alter := func(operation kafka.ConfigOperation, config, value string) error {
		entries := []kafka.IncrementalAlterConfigsRequestConfig{{Name: config, Value: value, ConfigOperation: operation}}
		resource := kafka.IncrementalAlterConfigsRequestResource{ResourceType: kafka.ResourceTypeTopic, ResourceName: name, Configs: entries}
		request := &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{resource}}
		return driver.Must(cl.IncrementalAlterConfigs(deadline(c), request)).Resources[0].Error
	}
	driver.Check(alter(kafka.ConfigOperationSet, "retention.ms", "777"))
	driver.Eventually("the new value", patience, func() bool { return retention() == "777" })
	driver.Check(alter(kafka.ConfigOperationAppend, "cleanup.policy", "compact"))
	driver.Eventually("both policies", patience, func() bool {
		return valueOf(c, cl, kafka.ResourceTypeTopic, name, "cleanup.policy").ConfigValue == "delete,compact"
	})
	driver.Check(alter(kafka.ConfigOperationDelete, "retention.ms", ""))
	driver.Eventually("the default", patience, func() bool { return retention() == "604800000" })
	refused("a value that is none", alter(kafka.ConfigOperationSet, "retention.ms", "long"), kafka.InvalidConfiguration)
	broker := valueOf(c, cl, kafka.ResourceTypeBroker, "1", "log.dirs")
	driver.Equal("read-only", broker.ReadOnly, true)
}

func groups(c *Context) {
	cl, name, group := client(c), topic(c, 1), c.Unique("group")
	send(c, name, numbered("g", 5))
	from := reader(c, kafka.ReaderConfig{GroupID: group, Topic: name})
	take(c, from, 5)
	driver.Equal("the offset", committed(c, group, name), int64(5))
	described := driver.Must(cl.DescribeGroups(deadline(c), &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})).Groups[0]
	driver.Equal("state and members", []any{described.GroupState, len(described.Members)}, []any{"Stable", 1})
	driver.Equal("the subscription", described.Members[0].MemberMetadata.Topics, []string{name})
	listed := driver.Must(cl.ListGroups(deadline(c), &kafka.ListGroupsRequest{})).Groups
	driver.Equal("it is listed", slices.ContainsFunc(listed, func(one kafka.ListGroupsResponseGroup) bool {
		return one.GroupID == group && one.ProtocolType == "consumer"
	}), true)
	remove := &kafka.OffsetDeleteRequest{GroupID: group, Topics: map[string][]int{name: {0}}}
	refused("an offset in use", driver.Must(cl.OffsetDelete(deadline(c), remove)).Topics[name][0].Error, kafka.GroupSubscribedToTopic)
	driver.Check(from.Close())
	driver.Check(driver.Must(cl.OffsetDelete(deadline(c), remove)).Topics[name][0].Error)
	driver.Equal("without the offset", committed(c, group, name), int64(-1))
	deleted := driver.Must(cl.DeleteGroups(deadline(c), &kafka.DeleteGroupsRequest{GroupIDs: []string{group}}))
	driver.Check(deleted.Errors[group])
}

func cluster(c *Context) {
	cl := client(c)
	found := driver.Must(cl.Metadata(deadline(c), &kafka.MetadataRequest{}))
	driver.Equal("brokers", len(found.Brokers), c.Brokers)
	isBroker := func(id int) bool {
		return slices.ContainsFunc(found.Brokers, func(broker kafka.Broker) bool { return broker.ID == id })
	}
	driver.Equal("a broker stands for the controller", isBroker(found.Controller.ID), true)
	driver.Equal("an id", found.ClusterID != "", true)
	versions := driver.Must(cl.ApiVersions(deadline(c), &kafka.ApiVersionsRequest{}))
	driver.Check(versions.Error)
	driver.Equal("Produce is among the APIs", versions.ApiKeys[0].ApiName, "Produce")
	for _, kind := range []kafka.CoordinatorKeyType{kafka.CoordinatorKeyTypeConsumer, kafka.CoordinatorKeyTypeTransaction} {
		request := &kafka.FindCoordinatorRequest{Key: c.Unique("key"), KeyType: kind}
		driver.Eventually("the coordinator", patience, func() bool {
			answer := driver.Must(cl.FindCoordinator(deadline(c), request))
			return answer.Error == nil && isBroker(answer.Coordinator.NodeID)
		})
	}
}
