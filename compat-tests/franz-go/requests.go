package main

import (
	"fmt"
	"hash/crc32"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// What no well-behaved client sends, or only in trouble: what the broker answers must be Kafka's own code.
func requestCases() []Case {
	return []Case{
		{Name: "request: wrong leader epochs", Smoke: true, Run: wrongEpochs},
		{Name: "request: fetch by an unknown topic id", Run: unknownTopicID},
		{Name: "request: fetch sessions that are not", Run: fetchSessions},
		{Name: "request: produce of a sound batch, a broken one and one to nowhere", Run: wrongProduce},
		{Name: "request: members that are not, generations that were", Smoke: true, Run: wrongMembers},
		{Name: "request: joins that may not be", Run: wrongJoins},
		{Name: "request: the second step of a join needs its member id", Run: memberIDRequired},
		{Name: "request: the quorum described", Run: quorum},
		{Name: "request: cluster, topic partitions in pages, features", Run: describeInPages},
		{Name: "request: producer ids and epochs", Run: producerIDs},
		{Name: "request: metadata of everything, nothing and the unknown", Run: metadata},
	}
}

func code(what string, actual int16, expected *kerr.Error) {
	got := "no error"
	if actual != 0 {
		got = kerr.ErrorForCode(actual).Error()
	}
	want := "no error"
	if expected != nil {
		want = expected.Error()
	}
	driver.Equal(what, got, want)
}

func topicID(c *Context, to *kgo.Broker, name string) [16]byte {
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = []kmsg.MetadataRequestTopic{{Topic: &name}}
	return ask[*kmsg.MetadataResponse](c, to, request).Topics[0].TopicID
}

func fetchOf(name string, id [16]byte, epoch int32) *kmsg.FetchRequest {
	request := kmsg.NewPtrFetchRequest()
	request.ReplicaID, request.MaxWaitMillis, request.MaxBytes, request.SessionEpoch = -1, 100, 1<<20, -1
	partition := kmsg.NewFetchRequestTopicPartition()
	partition.CurrentLeaderEpoch, partition.PartitionMaxBytes = epoch, 1<<20
	one := kmsg.NewFetchRequestTopic()
	one.Topic, one.TopicID, one.Partitions = name, id, []kmsg.FetchRequestTopicPartition{partition}
	request.Topics = []kmsg.FetchRequestTopic{one}
	return request
}

func wrongEpochs(c *Context) {
	name := topic(c, 1, nil)
	to := leading(c, name)
	id := topicID(c, to, name)
	fetch := func(epoch int32) int16 {
		return ask[*kmsg.FetchResponse](c, to, fetchOf(name, id, epoch)).Topics[0].Partitions[0].ErrorCode
	}
	// A broker may hear of a topic's leader a moment after the controller made it.
	driver.Eventually("the epoch of the leader", patience, func() bool { return fetch(0) == 0 })
	code("no epoch", fetch(-1), nil)
	code("an epoch to come", fetch(7), kerr.UnknownLeaderEpoch)
	list := kmsg.NewPtrListOffsetsRequest()
	list.ReplicaID = -1
	partition := kmsg.NewListOffsetsRequestTopicPartition()
	partition.CurrentLeaderEpoch, partition.Timestamp = 7, -1
	list.Topics = []kmsg.ListOffsetsRequestTopic{{Topic: name, Partitions: []kmsg.ListOffsetsRequestTopicPartition{partition}}}
	code("ListOffsets", ask[*kmsg.ListOffsetsResponse](c, to, list).Topics[0].Partitions[0].ErrorCode, kerr.UnknownLeaderEpoch)
}

func unknownTopicID(c *Context) {
	to := anyBroker(c)
	answer := ask[*kmsg.FetchResponse](c, to, fetchOf("", [16]byte{1, 2, 3}, -1))
	code("Fetch", answer.Topics[0].Partitions[0].ErrorCode, kerr.UnknownTopicID)
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = []kmsg.MetadataRequestTopic{{TopicID: [16]byte{1, 2, 3}}}
	code("Metadata", ask[*kmsg.MetadataResponse](c, to, request).Topics[0].ErrorCode, kerr.UnknownTopicID)
}

func fetchSessions(c *Context) {
	name := topic(c, 1, nil)
	send(c, name, numbered("s", 3))
	to := leading(c, name)
	id := topicID(c, to, name)
	fetch := func(session, epoch int32, known bool) *kmsg.FetchResponse {
		request := fetchOf(name, id, -1)
		request.SessionID, request.SessionEpoch = session, epoch
		if known {
			request.Topics = nil
		}
		return ask[*kmsg.FetchResponse](c, to, request)
	}
	code("an unknown session", fetch(123_456, 5, false).ErrorCode, kerr.FetchSessionIDNotFound)
	opened := fetch(0, 0, false)
	driver.Equal("a session", []any{opened.SessionID > 0, len(opened.Topics)}, []any{true, 1})
	same := fetch(opened.SessionID, 1, true)
	driver.Equal("again, as the position did not change", []any{same.ErrorCode, len(same.Topics)}, []any{int16(0), 1})
	code("a wrong epoch", fetch(opened.SessionID, 9, true).ErrorCode, kerr.InvalidFetchSessionEpoch)
	driver.Equal("closed", fetch(opened.SessionID, -1, true).SessionID, int32(0))
	code("after the end", fetch(opened.SessionID, 2, true).ErrorCode, kerr.FetchSessionIDNotFound)
}

func wrongProduce(c *Context) {
	name := topic(c, 1, nil)
	to := leading(c, name)
	produce := func(acks int16, topic string, id [16]byte, bytes []byte) int16 {
		request := kmsg.NewPtrProduceRequest()
		request.Acks, request.TimeoutMillis = acks, 1_000
		partition := kmsg.NewProduceRequestTopicPartition()
		partition.Records = bytes
		one := kmsg.NewProduceRequestTopic()
		one.Topic, one.TopicID, one.Partitions = topic, id, []kmsg.ProduceRequestTopicPartition{partition}
		request.Topics = []kmsg.ProduceRequestTopic{one}
		return ask[*kmsg.ProduceResponse](c, to, request).Topics[0].Partitions[0].ErrorCode
	}
	id := topicID(c, to, name)
	batch := oneRecord()
	code("a sound batch", produce(1, name, id, batch), nil)
	batch[20]++
	code("a batch whose checksum is wrong", produce(1, name, id, batch), kerr.CorruptMessage)
	code("an unknown topic", produce(1, c.Unique("nowhere"), [16]byte{9}, batch), kerr.UnknownTopicID)
}

// oneRecord is a batch as a client writes it.
func oneRecord() []byte {
	record := kmsg.Record{Value: []byte("v"), Length: 7}
	batch := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, FirstTimestamp: 1_600_000_000_000, MaxTimestamp: 1_600_000_000_000,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: 1, Records: record.AppendTo(nil),
	}
	// The length does not count itself and the offset before it; the checksum covers what follows it.
	batch.Length = int32(len(batch.AppendTo(nil)) - 12)
	batch.CRC = int32(crc32.Checksum(batch.AppendTo(nil)[21:], crc32.MakeTable(crc32.Castagnoli)))
	return batch.AppendTo(nil)
}

// coordinated is the broker that coordinates the group, and has loaded it: a raw request does not wait for that.
func coordinated(c *Context, group string) *kgo.Broker {
	adm := admin(c)
	driver.Eventually("a coordinator", patience, func() bool {
		_, err := adm.FetchOffsets(deadline(c), group)
		return err == nil
	})
	return coordinating(c, group)
}

func wrongMembers(c *Context) {
	name, group := topic(c, 1, nil), c.Unique("group")
	to := coordinated(c, group)
	heartbeat := kmsg.NewPtrHeartbeatRequest()
	heartbeat.Group, heartbeat.MemberID = group, "nobody"
	code("a heartbeat of nobody", ask[*kmsg.HeartbeatResponse](c, to, heartbeat).ErrorCode, kerr.UnknownMemberID)
	working := join(c, group, name)
	settled(1, working)
	member, generation := working.GroupMetadata()
	heartbeat.MemberID, heartbeat.Generation = member, generation+1
	code("a wrong generation", ask[*kmsg.HeartbeatResponse](c, to, heartbeat).ErrorCode, kerr.IllegalGeneration)
	heartbeat.Generation = generation
	code("the right one", ask[*kmsg.HeartbeatResponse](c, to, heartbeat).ErrorCode, nil)
	commit := kmsg.NewPtrOffsetCommitRequest()
	commit.Group, commit.MemberID, commit.Generation = group, member, generation-1
	partition := kmsg.NewOffsetCommitRequestTopicPartition()
	one := kmsg.NewOffsetCommitRequestTopic()
	one.Topic, one.TopicID, one.Partitions = name, topicID(c, to, name), []kmsg.OffsetCommitRequestTopicPartition{partition}
	commit.Topics = []kmsg.OffsetCommitRequestTopic{one}
	committed := ask[*kmsg.OffsetCommitResponse](c, to, commit).Topics[0].Partitions[0].ErrorCode
	code("a commit of an old generation", committed, kerr.IllegalGeneration)
	sync := kmsg.NewPtrSyncGroupRequest()
	protocol, kind := "cooperative-sticky", "consumer"
	sync.Group, sync.MemberID, sync.Generation, sync.Protocol, sync.ProtocolType = group, "nobody", generation, &protocol, &kind
	code("a sync of nobody", ask[*kmsg.SyncGroupResponse](c, to, sync).ErrorCode, kerr.UnknownMemberID)
	leave := kmsg.NewPtrLeaveGroupRequest()
	leave.Group, leave.Members = group, []kmsg.LeaveGroupRequestMember{{MemberID: "nobody"}}
	code("nobody leaves", ask[*kmsg.LeaveGroupResponse](c, to, leave).Members[0].ErrorCode, kerr.UnknownMemberID)
}

func joining(group string) *kmsg.JoinGroupRequest {
	request := kmsg.NewPtrJoinGroupRequest()
	request.Group, request.SessionTimeoutMillis, request.RebalanceTimeoutMillis = group, 10_000, 5_000
	request.ProtocolType = "consumer"
	request.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range", Metadata: []byte{}}}
	return request
}

func wrongJoins(c *Context) {
	join := func(request *kmsg.JoinGroupRequest) int16 {
		to := anyBroker(c)
		if request.Group != "" {
			to = coordinated(c, request.Group)
		}
		return ask[*kmsg.JoinGroupResponse](c, to, request).ErrorCode
	}
	request := joining("")
	code("no group", join(request), kerr.InvalidGroupID)
	request = joining(c.Unique("group"))
	request.SessionTimeoutMillis = 1
	code("a session too short", join(request), kerr.InvalidSessionTimeout)
	request.SessionTimeoutMillis = 10_000_000
	code("a session too long", join(request), kerr.InvalidSessionTimeout)
	request = joining(c.Unique("group"))
	request.MemberID = "nobody"
	code("an unknown member", join(request), kerr.UnknownMemberID)
	request = joining(c.Unique("group"))
	request.Protocols = nil
	code("no protocols", join(request), kerr.InconsistentGroupProtocol)
}

func memberIDRequired(c *Context) {
	group := c.Unique("group")
	to := coordinated(c, group)
	first := ask[*kmsg.JoinGroupResponse](c, to, joining(group))
	code("the first step", first.ErrorCode, kerr.MemberIDRequired)
	request := joining(group)
	request.MemberID = first.MemberID
	second := ask[*kmsg.JoinGroupResponse](c, to, request)
	code("the second step", second.ErrorCode, nil)
	driver.Equal("it leads", []any{second.LeaderID, second.Generation, len(second.Members)}, []any{first.MemberID, int32(1), 1})
	other := joining(group)
	other.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "unknown", Metadata: []byte{}}}
	code("no protocol in common", ask[*kmsg.JoinGroupResponse](c, to, other).ErrorCode, kerr.InconsistentGroupProtocol)
	sync := kmsg.NewPtrSyncGroupRequest()
	sync.Group, sync.MemberID, sync.Generation = group, first.MemberID, 1
	wrong := "roundrobin"
	sync.Protocol, sync.ProtocolType = &wrong, &other.ProtocolType
	code("a sync of another protocol", ask[*kmsg.SyncGroupResponse](c, to, sync).ErrorCode, kerr.InconsistentGroupProtocol)
}

func quorum(c *Context) {
	request := kmsg.NewPtrDescribeQuorumRequest()
	request.Topics = []kmsg.DescribeQuorumRequestTopic{{Topic: "__cluster_metadata", Partitions: []kmsg.DescribeQuorumRequestTopicPartition{{}}}}
	found := ask[*kmsg.DescribeQuorumResponse](c, anyBroker(c), request)
	code("the quorum", found.ErrorCode, nil)
	driver.Equal("voters", len(found.Topics[0].Partitions[0].CurrentVoters), 1)
}

func describeInPages(c *Context) {
	name := topic(c, 5, nil)
	to := anyBroker(c)
	request := kmsg.NewPtrDescribeTopicPartitionsRequest()
	request.Topics = []kmsg.DescribeTopicPartitionsRequestTopic{{Topic: name}}
	request.ResponsePartitionLimit = 2
	seen := 0
	for page := 0; ; page++ {
		answer := ask[*kmsg.DescribeTopicPartitionsResponse](c, to, request)
		code("the page", answer.Topics[0].ErrorCode, nil)
		seen += len(answer.Topics[0].Partitions)
		if answer.NextCursor == nil {
			driver.Equal("pages", page, 2)
			break
		}
		request.Cursor = &kmsg.DescribeTopicPartitionsRequestCursor{Topic: answer.NextCursor.Topic, Partition: answer.NextCursor.Partition}
	}
	driver.Equal("partitions", seen, 5)
	described := ask[*kmsg.DescribeClusterResponse](c, to, kmsg.NewPtrDescribeClusterRequest())
	driver.Equal("brokers", len(described.Brokers), c.Brokers)
	versions := kmsg.NewPtrApiVersionsRequest()
	versions.ClientSoftwareName, versions.ClientSoftwareVersion = "compat", "1"
	answer := ask[*kmsg.ApiVersionsResponse](c, to, versions)
	for _, one := range answer.SupportedFeatures {
		driver.Equal(one.Name+" has a range", one.MinVersion <= one.MaxVersion, true)
	}
}

func producerIDs(c *Context) {
	id := c.Unique("id")
	to := coordinatingID(c, id)
	start := func(id *string, timeout time.Duration, producer int64, epoch int16) *kmsg.InitProducerIDResponse {
		request := kmsg.NewPtrInitProducerIDRequest()
		request.TransactionalID, request.TransactionTimeoutMillis = id, int32(timeout.Milliseconds())
		request.ProducerID, request.ProducerEpoch = producer, epoch
		for {
			answer := ask[*kmsg.InitProducerIDResponse](c, to, request)
			busy := answer.ErrorCode == kerr.CoordinatorLoadInProgress.Code || answer.ErrorCode == kerr.NotCoordinator.Code ||
				answer.ErrorCode == kerr.CoordinatorNotAvailable.Code || answer.ErrorCode == kerr.ConcurrentTransactions.Code
			if !busy {
				return answer
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	first, second := start(nil, 0, -1, -1), start(nil, 0, -1, -1)
	driver.Equal("ids differ", first.ProducerID != second.ProducerID, true)
	driver.Equal("epochs", []int16{first.ProducerEpoch, second.ProducerEpoch}, []int16{0, 0})
	empty := ""
	code("an empty id", start(&empty, time.Minute, -1, -1).ErrorCode, kerr.InvalidRequest)
	code("a timeout too long", start(&id, time.Hour, -1, -1).ErrorCode, kerr.InvalidTransactionTimeout)
	one := start(&id, time.Minute, -1, -1)
	two := start(&id, time.Minute, -1, -1)
	driver.Equal("the same id", one.ProducerID, two.ProducerID)
	driver.Equal("a later epoch", two.ProducerEpoch > one.ProducerEpoch, true)
	code("an old epoch", start(&id, time.Minute, one.ProducerID, one.ProducerEpoch).ErrorCode, kerr.ProducerFenced)
	end := kmsg.NewPtrEndTxnRequest()
	end.TransactionalID, end.ProducerID, end.ProducerEpoch = id, two.ProducerID, two.ProducerEpoch-1
	code("the end by an old epoch", ask[*kmsg.EndTxnResponse](c, to, end).ErrorCode, kerr.ProducerFenced)
}

func metadata(c *Context) {
	name := topic(c, 1, nil)
	to := anyBroker(c)
	of := func(topics []kmsg.MetadataRequestTopic) *kmsg.MetadataResponse {
		request := kmsg.NewPtrMetadataRequest()
		request.Topics = topics
		return ask[*kmsg.MetadataResponse](c, to, request)
	}
	driver.Equal("everything has it", fmt.Sprint(len(of(nil).Topics) > 0), "true")
	driver.Equal("nothing", len(of([]kmsg.MetadataRequestTopic{}).Topics), 0)
	unknown := c.Unique("unknown")
	answer := of([]kmsg.MetadataRequestTopic{{Topic: &unknown}, {Topic: &name}})
	codes := map[string]int16{}
	for _, one := range answer.Topics {
		codes[*one.Topic] = one.ErrorCode
	}
	driver.Equal("both", codes, map[string]int16{name: 0, unknown: kerr.UnknownTopicOrPartition.Code})
}
