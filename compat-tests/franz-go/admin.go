package main

import (
	"errors"
	"slices"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func adminCases() []Case {
	return []Case{
		{Name: "admin: the cluster and its APIs", Smoke: true, Run: cluster},
		{Name: "admin: topics by name and by id", Smoke: true, Run: topics},
		{Name: "admin: topics that may not be", Smoke: true, Run: refusedTopics},
		{Name: "admin: partitions are added", Smoke: true, Run: addPartitions},
		{Name: "admin: configs of topics", Smoke: true, Run: topicConfigs},
		{Name: "admin: configs of the broker and of all brokers", Run: brokerConfigs},
		{Name: "admin: offsets of every kind", Smoke: true, Run: listOffsets},
		{Name: "admin: records are deleted", Run: deleteRecords},
		{Name: "admin: groups, their lag and their end", Smoke: true, Run: groups},
		{Name: "admin: offsets of groups", Smoke: true, Run: groupOffsets},
		{Name: "admin: log directories", Run: logDirs},
		{Name: "admin: ends of leader epochs", Run: epochs},
		{Name: "admin: coordinators", Run: coordinators},
		{Name: "admin: leaders are elected", Run: electLeaders},
		{Name: "admin: reassignments", Run: reassignments},
		{Name: "admin: ACLs without an authorizer", Run: acls},
		{Name: "admin: client quotas", Run: quotas},
		{Name: "admin: SCRAM users", Run: scram},
	}
}

func cluster(c *Context) {
	adm := admin(c)
	found := driver.Must(adm.Metadata(deadline(c)))
	driver.Equal("brokers", len(found.Brokers), c.Brokers)
	driver.Equal("a broker stands for the controller", slices.Contains(found.Brokers.NodeIDs(), found.Controller), true)
	driver.Equal("the cluster's id", len(found.Cluster) > 0, true)
	for _, one := range driver.Must(adm.ApiVersions(deadline(c))) {
		driver.Check(one.Err)
		most, _ := one.KeyMaxVersion(3)
		driver.Equal("Metadata's newest version", most, int16(13))
		least, _ := one.KeyMinVersion(0)
		driver.Equal("Produce's oldest version", least >= 0, true)
	}
}

func topics(c *Context) {
	adm := admin(c)
	name := c.Unique("made")
	retention := "1234567"
	made := driver.Must(adm.CreateTopic(deadline(c), 3, 1, map[string]*string{"retention.ms": &retention}, name))
	driver.Check(made.Err)
	driver.Equal("told of the new topic", []any{made.NumPartitions, made.ReplicationFactor, *made.Configs["retention.ms"].Value}, []any{int32(3), int16(1), retention})
	_, err := adm.CreateTopic(deadline(c), 3, 1, nil, name)
	driver.Equal("made twice", errors.Is(err, kerr.TopicAlreadyExists), true)
	driver.Eventually("it is listed", patience, func() bool {
		found := driver.Must(adm.ListTopics(deadline(c), name))[name]
		return found.Err == nil && found.ID == made.ID && len(found.Partitions) == 3
	})
	gone := driver.Must(adm.DeleteTopics(deadline(c), name))
	driver.Check(gone[name].Err)
	driver.Eventually("it is gone", patience, func() bool { return !driver.Must(adm.ListTopics(deadline(c))).Has(name) })
	again := driver.Must(adm.DeleteTopics(deadline(c), name))
	driver.Equal("deleted twice", errors.Is(again[name].Err, kerr.UnknownTopicOrPartition), true)
}

func refusedTopics(c *Context) {
	adm := admin(c)
	bad := "soon"
	refusal := func(name string, partitions int32, replicas int16, configs map[string]*string) error {
		answer, err := adm.CreateTopic(deadline(c), partitions, replicas, configs, name)
		if err != nil {
			return err
		}
		return answer.Err
	}
	driver.Equal("a name", errors.Is(refusal("no/such", 1, 1, nil), kerr.InvalidTopicException), true)
	driver.Equal("no partitions", errors.Is(refusal(c.Unique("p"), 0, 1, nil), kerr.InvalidPartitions), true)
	driver.Equal("too many replicas", errors.Is(refusal(c.Unique("r"), 1, int16(c.Brokers)+1, nil), kerr.InvalidReplicationFactor), true)
	driver.Equal("a value", errors.Is(refusal(c.Unique("v"), 1, 1, map[string]*string{"retention.ms": &bad}), kerr.InvalidConfig), true)
	driver.Equal("a key", errors.Is(refusal(c.Unique("k"), 1, 1, map[string]*string{"no.such.key": &bad}), kerr.InvalidConfig), true)
	valid := driver.Must(adm.ValidateCreateTopics(deadline(c), 2, 1, nil, c.Unique("valid")))
	driver.Check(valid.Error())
}

func addPartitions(c *Context) {
	adm := admin(c)
	name := topic(c, 1, nil)
	driver.Check(driver.Must(adm.CreatePartitions(deadline(c), 2, name)).Error())
	driver.Eventually("three partitions", patience, func() bool {
		return len(driver.Must(adm.ListTopics(deadline(c), name))[name].Partitions) == 3
	})
	fewer := driver.Must(adm.UpdatePartitions(deadline(c), 2, name))
	driver.Equal("fewer", errors.Is(fewer[name].Err, kerr.InvalidPartitions), true)
	nowhere := driver.Must(adm.UpdatePartitions(deadline(c), 2, "unknown-topic"))
	driver.Equal("unknown", errors.Is(nowhere["unknown-topic"].Err, kerr.UnknownTopicOrPartition), true)
}

func valueOf(c *Context, adm *kadm.Client, name, key string) (string, string) {
	answer := driver.Must(adm.DescribeTopicConfigs(deadline(c), name))
	driver.Check(answer[0].Err)
	for _, one := range answer[0].Configs {
		if one.Key == key {
			return one.MaybeValue(), one.Source.String()
		}
	}
	panic("there is no " + key)
}

func topicConfigs(c *Context) {
	adm := admin(c)
	name := topic(c, 1, nil)
	holds := func(key, value, source string) {
		driver.Eventually(key+" is "+value, patience, func() bool {
			v, s := valueOf(c, adm, name, key)
			return v == value && s == source
		})
	}
	text := func(value string) *string { return &value }
	holds("segment.bytes", "1073741824", "DEFAULT_CONFIG")
	change := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "segment.bytes", Value: text("2097152")}, {Op: kadm.AppendConfig, Name: "cleanup.policy", Value: text("compact")}}
	altered := driver.Must(adm.AlterTopicConfigs(deadline(c), change, name))
	driver.Check(altered[0].Err)
	holds("segment.bytes", "2097152", "DYNAMIC_TOPIC_CONFIG")
	holds("cleanup.policy", "delete,compact", "DYNAMIC_TOPIC_CONFIG")
	undo := []kadm.AlterConfig{{Op: kadm.DeleteConfig, Name: "segment.bytes"}, {Op: kadm.SubtractConfig, Name: "cleanup.policy", Value: text("delete")}}
	driver.Check(driver.Must(adm.AlterTopicConfigs(deadline(c), undo, name))[0].Err)
	holds("segment.bytes", "1073741824", "DEFAULT_CONFIG")
	holds("cleanup.policy", "compact", "DYNAMIC_TOPIC_CONFIG")
	driver.Check(driver.Must(adm.AlterTopicConfigsState(deadline(c), []kadm.AlterConfig{{Name: "segment.ms", Value: text("5000")}}, name))[0].Err)
	holds("cleanup.policy", "delete", "DEFAULT_CONFIG")
	wrong := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "segment.bytes", Value: text("few")}}
	driver.Equal("a wrong value", errors.Is(driver.Must(adm.AlterTopicConfigs(deadline(c), wrong, name))[0].Err, kerr.InvalidConfig), true)
	driver.Equal("checked only", errors.Is(driver.Must(adm.ValidateAlterTopicConfigs(deadline(c), wrong, name))[0].Err, kerr.InvalidConfig), true)
}

func brokerConfigs(c *Context) {
	adm := admin(c)
	id := driver.Must(adm.ListBrokers(deadline(c))).NodeIDs()[0]
	forAll, forOne := "8", "9"
	source := func() (string, string) {
		for _, one := range driver.Must(adm.DescribeBrokerConfigs(deadline(c), id))[0].Configs {
			if one.Key == "background.threads" {
				return one.MaybeValue(), one.Source.String()
			}
		}
		panic("there is no background.threads")
	}
	driver.Check(driver.Must(adm.AlterBrokerConfigs(deadline(c), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "background.threads", Value: &forAll}}))[0].Err)
	holds := func(wanted, from string) {
		driver.Eventually("background.threads is "+wanted, patience, func() bool {
			v, s := source()
			return v == wanted && s == from
		})
	}
	holds("8", "DYNAMIC_DEFAULT_BROKER_CONFIG")
	driver.Check(driver.Must(adm.AlterBrokerConfigs(deadline(c), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "background.threads", Value: &forOne}}, id))[0].Err)
	holds("9", "DYNAMIC_BROKER_CONFIG")
	undo := []kadm.AlterConfig{{Op: kadm.DeleteConfig, Name: "background.threads"}}
	driver.Check(driver.Must(adm.AlterBrokerConfigs(deadline(c), undo, id))[0].Err)
	driver.Check(driver.Must(adm.AlterBrokerConfigs(deadline(c), undo))[0].Err)
	holds("10", "DEFAULT_CONFIG")
}

func listOffsets(c *Context) {
	adm := admin(c)
	name := topic(c, 2, nil)
	var sent []*kgo.Record
	for i := range 10 {
		sent = append(sent, &kgo.Record{Topic: name, Timestamp: time.UnixMilli(1_600_000_000_000 + int64(i)), Value: []byte("v")})
	}
	driver.Check(client(c, kgo.RecordPartitioner(kgo.ManualPartitioner())).ProduceSync(deadline(c), sent...).FirstErr())
	at := func(found kadm.ListedOffsets, err error) int64 {
		driver.Check(err)
		one, _ := found.Lookup(name, 0)
		driver.Check(one.Err)
		return one.Offset
	}
	driver.Equal("start", at(adm.ListStartOffsets(deadline(c), name)), int64(0))
	driver.Equal("end", at(adm.ListEndOffsets(deadline(c), name)), int64(10))
	driver.Equal("committed", at(adm.ListCommittedOffsets(deadline(c), name)), int64(10))
	driver.Equal("by time", at(adm.ListOffsetsAfterMilli(deadline(c), 1_600_000_000_007, name)), int64(7))
	driver.Equal("after the last", at(adm.ListOffsetsAfterMilli(deadline(c), 1_700_000_000_000, name)), int64(10))
	driver.Equal("the newest time", at(adm.ListMaxTimestampOffsets(deadline(c), name)), int64(9))
}

func deleteRecords(c *Context) {
	adm := admin(c)
	name := topic(c, 1, nil)
	send(c, name, numbered("d", 20))
	remove := func(offset int64) kadm.DeleteRecordsResponse {
		var offsets kadm.Offsets
		offsets.Add(kadm.Offset{Topic: name, Partition: 0, At: offset})
		answer, _ := driver.Must(adm.DeleteRecords(deadline(c), offsets)).Lookup(name, 0)
		return answer
	}
	driver.Equal("low watermark", remove(12).LowWatermark, int64(12))
	driver.Equal("what is left", read(c, name, 8), numbered("d", 20)[12:])
	driver.Equal("beyond the end", errors.Is(remove(21).Err, kerr.OffsetOutOfRange), true)
	driver.Equal("everything", remove(-1).LowWatermark, int64(20))
}

func groups(c *Context) {
	adm := admin(c)
	name, group := topic(c, 2, nil), c.Unique("group")
	send(c, name, numbered("g", 10))
	working := join(c, group, name, kgo.ClientID("the-client"), kgo.Balancers(kgo.RangeBalancer()), kgo.AutoCommitInterval(100*time.Millisecond))
	settled(2, working)
	described := driver.Must(adm.DescribeGroups(deadline(c), group))[group]
	driver.Check(described.Err)
	driver.Equal("its state", []string{described.State, described.ProtocolType, described.Protocol}, []string{"Stable", "consumer", "range"})
	driver.Equal("its member", []any{len(described.Members), described.Members[0].ClientID}, []any{1, "the-client"})
	driver.Equal("what it has", described.AssignedPartitions().Topics(), []string{name})
	driver.Eventually("no lag", patience, func() bool {
		lag := driver.Must(adm.Lag(deadline(c), group))[group]
		return lag.Error() == nil && lag.Lag.Total() == 0
	})
	busy := driver.Must(adm.DeleteGroups(deadline(c), group))[group]
	driver.Equal("a group with members", errors.Is(busy.Err, kerr.NonEmptyGroup), true)
	_, isStable := driver.Must(adm.ListGroups(deadline(c), "Stable"))[group]
	_, isEmpty := driver.Must(adm.ListGroups(deadline(c), "Empty"))[group]
	driver.Equal("it is among the stable ones", []bool{isStable, isEmpty}, []bool{true, false})
	working.leave()
	driver.Equal("it is empty", driver.Must(adm.DescribeGroups(deadline(c), group))[group].State, "Empty")
	driver.Check(driver.Must(adm.DeleteGroups(deadline(c), group))[group].Err)
	dead := driver.Must(adm.DescribeGroups(deadline(c), group))[group]
	driver.Equal("it is gone", dead.State == "Dead" || errors.Is(dead.Err, kerr.GroupIDNotFound), true)
	driver.Equal("deleted twice", errors.Is(driver.Must(adm.DeleteGroups(deadline(c), group))[group].Err, kerr.GroupIDNotFound), true)
}

func groupOffsets(c *Context) {
	adm := admin(c)
	name, group := topic(c, 3, nil), c.Unique("group")
	var wanted kadm.Offsets
	for i := range int32(3) {
		wanted.Add(kadm.Offset{Topic: name, Partition: i, At: int64(i) + 10, LeaderEpoch: 0, Metadata: "why"})
	}
	driver.Check(driver.Must(adm.CommitOffsets(deadline(c), group, wanted)).Error())
	fetched := driver.Must(adm.FetchOffsets(deadline(c), group))
	one, _ := fetched.Lookup(name, 2)
	driver.Equal("an offset", []any{one.At, one.LeaderEpoch, one.Metadata}, []any{int64(12), int32(0), "why"})
	many := adm.FetchManyOffsets(deadline(c), group, "no-such-group")
	driver.Equal("of many groups", []int{len(many[group].Fetched.Offsets()[name]), len(many["no-such-group"].Fetched)}, []int{3, 0})
	gone := driver.Must(adm.DeleteOffsets(deadline(c), group, kadm.TopicsSet{name: map[int32]struct{}{1: {}}}))
	driver.Check(gone.Error())
	driver.Equal("what is left", len(driver.Must(adm.FetchOffsets(deadline(c), group)).Offsets()[name]), 2)
	working := join(c, group, name)
	settled(3, working)
	refused, err := adm.CommitOffsets(deadline(c), group, wanted)
	driver.Check(err)
	driver.Equal("while it works", errors.Is(refused.Error(), kerr.UnknownMemberID), true)
	subscribed := driver.Must(adm.DeleteOffsets(deadline(c), group, kadm.TopicsSet{name: map[int32]struct{}{0: {}}}))
	driver.Equal("of a subscribed topic", errors.Is(subscribed.Error(), kerr.GroupSubscribedToTopic), true)
}

func logDirs(c *Context) {
	adm := admin(c)
	name := topic(c, 2, nil)
	send(c, name, numbered("l", 100))
	size := int64(0)
	for _, dirs := range driver.Must(adm.DescribeAllLogDirs(deadline(c), nil)) {
		driver.Check(dirs.Error())
		for _, dir := range dirs {
			size += dir.Topics[name][0].Size
		}
	}
	driver.Equal("a size", size > 100, true)
}

func epochs(c *Context) {
	name := topic(c, 1, nil)
	send(c, name, numbered("e", 5))
	var request kadm.OffsetForLeaderEpochRequest
	request.Add(name, 0, 0)
	found := driver.Must(admin(c).OffsetForLeaderEpoch(deadline(c), request))
	driver.Equal("the end of epoch 0", found[name][0].EndOffset, int64(5))
}

func coordinators(c *Context) {
	adm := admin(c)
	for _, one := range adm.FindGroupCoordinators(deadline(c), c.Unique("a"), c.Unique("b")) {
		driver.Check(one.Err)
	}
	for _, one := range adm.FindTxnCoordinators(deadline(c), c.Unique("a")) {
		driver.Check(one.Err)
	}
}

func electLeaders(c *Context) {
	name := topic(c, 1, nil)
	found := driver.Must(admin(c).ElectLeaders(deadline(c), kadm.ElectPreferredReplica, kadm.TopicsSet{name: map[int32]struct{}{0: {}}}))
	driver.Equal("there is no need", errors.Is(found[name][0].Err, kerr.ElectionNotNeeded), true)
}

func reassignments(c *Context) {
	adm := admin(c)
	name := topic(c, 1, nil)
	set := kadm.TopicsSet{name: map[int32]struct{}{0: {}}}
	driver.Equal("none under way", len(driver.Must(adm.ListPartitionReassignments(deadline(c), set))), 0)
	var request kadm.AlterPartitionAssignmentsReq
	request.CancelAssign(name, 0)
	canceled := driver.Must(adm.AlterPartitionAssignments(deadline(c), request))
	driver.Equal("nothing to cancel", errors.Is(canceled.Error(), kerr.NoReassignmentInProgress), true)
}

func acls(c *Context) {
	builder := kadm.NewACLs().Topics(c.Unique("t")).Allow("User:reader").AllowHosts().Operations(kadm.OpRead).ResourcePatternType(kadm.ACLPatternLiteral)
	answers, err := admin(c).CreateACLs(deadline(c), builder)
	if err == nil {
		err = answers[0].Err
	}
	driver.Equal("no authorizer", errors.Is(err, kerr.SecurityDisabled), true)
}

func quotas(c *Context) {
	adm := admin(c)
	user := c.Unique("user")
	entity := []kadm.ClientQuotaEntityComponent{{Type: "user", Name: &user}}
	entry := kadm.AlterClientQuotaEntry{Entity: entity, Ops: []kadm.AlterClientQuotaOp{{Key: "producer_byte_rate", Value: 1_000}}}
	driver.Check(driver.Must(adm.AlterClientQuotas(deadline(c), []kadm.AlterClientQuotaEntry{entry}))[0].Err)
	driver.Eventually("the quota", patience, func() bool {
		exact := []kadm.DescribeClientQuotaComponent{{Type: "user", MatchName: &user, MatchType: kmsg.QuotasMatchTypeExact}}
		found := driver.Must(adm.DescribeClientQuotas(deadline(c), true, exact))
		return len(found) == 1 && found[0].Values[0].Value == 1_000
	})
}

func scram(c *Context) {
	adm := admin(c)
	upsert := kadm.UpsertSCRAM{User: c.Unique("user"), Mechanism: kadm.ScramSha256, Iterations: 4096, Password: "secret"}
	driver.Check(driver.Must(adm.AlterUserSCRAMs(deadline(c), nil, []kadm.UpsertSCRAM{upsert})).Error())
	driver.Eventually("the credential", patience, func() bool {
		return driver.Must(adm.DescribeUserSCRAMs(deadline(c), upsert.User)).Ok()
	})
}
