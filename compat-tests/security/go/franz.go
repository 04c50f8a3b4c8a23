package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

type franz struct {
	options  []kgo.Opt
	producer *kgo.Client
	consumer *kgo.Client
}

func mechanism(r Request) sasl.Mechanism {
	login := scram.Auth{User: r.Username, Pass: r.Password, IsToken: r.TokenAuth}
	switch r.Mechanism {
	case "PLAIN":
		return plain.Auth{User: r.Username, Pass: r.Password}.AsMechanism()
	case "SCRAM-SHA-256":
		return login.AsSha256Mechanism()
	case "SCRAM-SHA-512":
		return login.AsSha512Mechanism()
	}
	return oauth.Auth{Token: r.Token}.AsMechanism()
}

func openFranz(r Request) (Session, error) {
	options := []kgo.Opt{kgo.SeedBrokers(r.Address), kgo.RequestRetries(1), kgo.RetryTimeout(limit)}
	security, err := r.tlsConfig()
	if err != nil {
		return nil, err
	}
	if security != nil {
		options = append(options, kgo.DialTLSConfig(security))
	}
	if r.Mechanism != "" {
		options = append(options, kgo.SASL(mechanism(r)))
	}
	client, err := kgo.NewClient(append(options, kgo.RecordRetries(1))...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := client.Ping(ctx); err != nil {
		client.Close()
		return nil, err
	}
	return &franz{options: options, producer: client}, nil
}

func (f *franz) Send(topic, value string) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return f.producer.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte(value)}).FirstErr()
}

func (f *franz) Read(topic, value string) error {
	if f.consumer == nil {
		start := map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}
		client, err := kgo.NewClient(append(f.options, kgo.ConsumePartitions(start))...)
		if err != nil {
			return err
		}
		f.consumer = client
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		fetches := f.consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		found := false
		fetches.EachRecord(func(record *kgo.Record) { found = found || string(record.Value) == value })
		if found {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("no record with the value %s", value)
		}
	}
}

func (f *franz) Close() {
	f.producer.Close()
	if f.consumer != nil {
		f.consumer.Close()
	}
}

func franzOutcome(err error) string {
	switch {
	// It takes the broker's reason for data that has no place there.
	case errors.Is(err, kerr.SaslAuthenticationFailed) || strings.Contains(err.Error(), "unexpected data in oauth response"):
		return "authentication"
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return "authorization"
	}
	return tlsOutcome(err)
}
