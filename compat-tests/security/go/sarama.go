package main

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"

	"github.com/IBM/sarama"
)

type saramaSession struct {
	client   sarama.Client
	producer sarama.SyncProducer
	consumer sarama.PartitionConsumer
}

type fixedToken string

func (t fixedToken) Token() (*sarama.AccessToken, error) {
	return &sarama.AccessToken{Token: string(t)}, nil
}

func openSarama(r Request) (Session, error) {
	cfg := sarama.NewConfig()
	cfg.Version = sarama.MaxVersion
	cfg.Producer.Return.Successes = true
	cfg.Consumer.Return.Errors = true
	cfg.Metadata.Retry.Max = 1
	cfg.Producer.Retry.Max = 1
	security, err := r.tlsConfig()
	if err != nil {
		return nil, err
	}
	cfg.Net.TLS.Enable = security != nil
	cfg.Net.TLS.Config = security
	cfg.Net.SASL.Enable = r.Mechanism != ""
	cfg.Net.SASL.Mechanism = sarama.SASLMechanism(r.Mechanism)
	cfg.Net.SASL.User, cfg.Net.SASL.Password = r.Username, r.Password
	if r.Token != "" {
		cfg.Net.SASL.TokenProvider = fixedToken(r.Token)
	}
	cfg.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient {
		if r.Mechanism == sarama.SASLTypeSCRAMSHA256 {
			return &scramClient{hash: sha256.New, size: sha256.Size}
		}
		return &scramClient{hash: sha512.New, size: sha512.Size}
	}
	client, err := sarama.NewClient([]string{r.Address}, cfg)
	if err != nil {
		return nil, err
	}
	producer, err := sarama.NewSyncProducerFromClient(client)
	if err != nil {
		return nil, err
	}
	return &saramaSession{client: client, producer: producer}, nil
}

func (s *saramaSession) Send(topic, value string) error {
	_, _, err := s.producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)})
	return err
}

func (s *saramaSession) Read(topic, value string) error {
	if s.consumer == nil {
		consumer, err := sarama.NewConsumerFromClient(s.client)
		if err != nil {
			return err
		}
		if s.consumer, err = consumer.ConsumePartition(topic, 0, sarama.OffsetOldest); err != nil {
			return err
		}
	}
	timeout := time.After(limit)
	for {
		select {
		case message := <-s.consumer.Messages():
			if string(message.Value) == value {
				return nil
			}
		case failure := <-s.consumer.Errors():
			return failure
		case <-timeout:
			return fmt.Errorf("no record with the value %s", value)
		}
	}
}

func (s *saramaSession) Close() {
	if s.consumer != nil {
		s.consumer.AsyncClose()
	}
	s.producer.Close()
	s.client.Close()
}

func saramaOutcome(err error) string {
	switch {
	case errors.Is(err, sarama.ErrSASLAuthenticationFailed):
		return "authentication"
	case errors.Is(err, sarama.ErrTopicAuthorizationFailed):
		return "authorization"
	}
	return tlsOutcome(err)
}

// scramClient is RFC 5802's client, which sarama leaves to its users.
type scramClient struct {
	hash                       func() hash.Hash
	size                       int
	user, password, bare, auth string
	salted                     []byte
	step                       int
}

const nonce = "YW5vbmNlb2ZzYXJhbWE"

func (c *scramClient) Begin(user, password, _ string) error {
	c.user, c.password = user, password
	return nil
}

func (c *scramClient) Done() bool { return c.step == 3 }

func (c *scramClient) Step(challenge string) (string, error) {
	c.step++
	switch c.step {
	case 1:
		c.bare = fmt.Sprintf("n=%s,r=%s", c.user, nonce)
		return "n,," + c.bare, nil
	case 2:
		return c.prove(challenge)
	}
	expected := "v=" + base64.StdEncoding.EncodeToString(c.mac(c.mac(c.salted, "Server Key"), c.auth))
	if challenge != expected {
		return "", errors.New("the server does not know the password")
	}
	return "", nil
}

func (c *scramClient) prove(serverFirst string) (string, error) {
	var theirs, saltText string
	var iterations int
	for _, part := range strings.Split(serverFirst, ",") {
		switch part[:2] {
		case "r=":
			theirs = part[2:]
		case "s=":
			saltText = part[2:]
		case "i=":
			fmt.Sscan(part[2:], &iterations)
		}
	}
	salt, err := base64.StdEncoding.DecodeString(saltText)
	if err != nil {
		return "", err
	}
	if c.salted, err = pbkdf2.Key(c.hash, c.password, salt, iterations, c.size); err != nil {
		return "", err
	}
	withoutProof := "c=biws,r=" + theirs
	c.auth = c.bare + "," + serverFirst + "," + withoutProof
	clientKey := c.mac(c.salted, "Client Key")
	digest := c.hash()
	digest.Write(clientKey)
	for i, each := range c.mac(digest.Sum(nil), c.auth) {
		clientKey[i] ^= each
	}
	return withoutProof + ",p=" + base64.StdEncoding.EncodeToString(clientKey), nil
}

func (c *scramClient) mac(key []byte, text string) []byte {
	mac := hmac.New(c.hash, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
