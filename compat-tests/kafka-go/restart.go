package main

import (
	"samsa-compat/support/go/driver"

	"github.com/segmentio/kafka-go"
)

func restartCases() []Case {
	return []Case{{Name: "restart: SIGKILL while producing and consuming in a group", TimeoutMs: 120_000, Run: restart}}
}

// The client has no idempotent producer: what a broken connection left without an answer may be there twice.
func restart(c *Context) {
	name, group := topic(c, 1), c.Unique("group")
	working := join(c, group, name, kafka.RangeGroupBalancer{})
	w, sent := writer(c, name), numbered("r", 2_000)
	driver.Check(w.WriteMessages(deadline(c), sent[:500]...))
	driver.Eventually("the group reads", patience, func() bool { return len(working.read()) > 0 })
	pending := make(chan error)
	go func() { pending <- w.WriteMessages(deadline(c), sent[500:]...) }()
	c.RestartBroker()
	driver.Check(<-pending)
	seen := map[string]bool{}
	from := reader(c, kafka.ReaderConfig{Topic: name})
	var order []string
	for len(order) < len(sent) {
		one := string(driver.Must(from.ReadMessage(deadline(c))).Value)
		if !seen[one] {
			order = append(order, one)
		}
		seen[one] = true
	}
	driver.Equal("everything in order", order, values(sent))
	driver.Eventually("the group has it all", patience, func() bool { return len(working.read()) == len(sent) })
}
