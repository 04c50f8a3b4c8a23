package main

import (
	"errors"
	"sync"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func restartCases() []Case {
	return []Case{
		{Name: "restart: SIGKILL while producing and consuming in a group", TimeoutMs: 120_000, Run: restart},
		{Name: "restart: offsets and configs outlive it", TimeoutMs: 120_000, Run: outlive},
	}
}

func leaving(group, instance string) *kadm.LeaveGroupBuilder {
	return kadm.LeaveGroup(group).InstanceIDs(instance)
}

func restart(c *Context) {
	target, group := topic(c, 1, nil), c.Unique("group")
	working := join(c, group, target)
	settled(1, working)
	cl := client(c, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(5_000))
	var lock sync.Mutex
	var wait sync.WaitGroup
	var failed error
	for i, one := range records(target, numbered("r", 6_000)) {
		if i == 3_000 {
			c.RestartBroker()
		}
		wait.Add(1)
		cl.Produce(deadline(c), one, func(_ *kgo.Record, err error) {
			lock.Lock()
			failed = errors.Join(failed, err)
			lock.Unlock()
			wait.Done()
		})
	}
	wait.Wait()
	driver.Check(failed)
	driver.Equal("the log", read(c, target, 6_000), numbered("r", 6_000))
	driver.Eventually("the group has it all", 60*time.Second, func() bool {
		distinct := map[string]bool{}
		for _, one := range working.read() {
			distinct[one] = true
		}
		return len(distinct) == 6_000
	})
}

func outlive(c *Context) {
	target, group := topic(c, 2, map[string]string{"retention.ms": "7654321"}), c.Unique("group")
	var wanted kadm.Offsets
	wanted.Add(kadm.Offset{Topic: target, Partition: 1, At: 42, LeaderEpoch: -1})
	adm := admin(c)
	driver.Check(driver.Must(adm.CommitOffsets(deadline(c), group, wanted)).Error())
	c.RestartBroker()
	driver.Eventually("the offset", patience, func() bool {
		found, err := adm.FetchOffsets(deadline(c), group)
		one, ok := found.Lookup(target, 1)
		return err == nil && ok && one.At == 42
	})
	value, _ := valueOf(c, adm, target, "retention.ms")
	driver.Equal("the config", value, "7654321")
}
