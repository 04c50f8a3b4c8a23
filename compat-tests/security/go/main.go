// franz-go and sarama as programs that attempts.ts tells what to attempt: lines of JSON both ways.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"os"
	"strings"
	"time"
)

const limit = 20 * time.Second

// Request is one thing to attempt; an `open` says with which security.
type Request struct {
	Op, Topic, Value                     string
	Address, Protocol, Ca, Identity      string
	Mechanism, Username, Password, Token string
	TokenAuth                            bool
}

// Session is a client that is open.
type Session interface {
	Send(topic, value string) error
	Read(topic, value string) error
	Close()
}

type kind struct {
	open    func(Request) (Session, error)
	outcome func(error) string
}

var kinds = map[string]kind{
	"franz-go": {openFranz, franzOutcome},
	"sarama":   {openSarama, saramaOutcome},
}

func (r Request) tlsConfig() (*tls.Config, error) {
	if !strings.HasSuffix(r.Protocol, "SSL") {
		return nil, nil
	}
	authority, err := os.ReadFile(r.Ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	config := &tls.Config{RootCAs: pool}
	if r.Identity != "" {
		pair, err := tls.LoadX509KeyPair(r.Identity, r.Identity)
		if err != nil {
			return nil, err
		}
		// Shown whatever authorities the broker names: an unknown one is to be refused by the broker.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return config, nil
}

func tlsOutcome(err error) string {
	text := err.Error()
	var network net.Error
	switch {
	case strings.Contains(text, "x509:") || strings.Contains(text, "tls:"):
		return "tls"
	case strings.Contains(text, "closed the connection") || strings.Contains(text, "EOF") || strings.Contains(text, "reset") || strings.Contains(text, "broken pipe"):
		return "closed"
	case errors.As(err, &network):
		return "closed"
	}
	return "other"
}

func attempt(k kind, session Session, request Request) (Session, error) {
	switch request.Op {
	case "open":
		return k.open(request)
	case "send":
		return session, session.Send(request.Topic, request.Value)
	case "read":
		return session, session.Read(request.Topic, request.Value)
	}
	if session != nil {
		session.Close()
	}
	return nil, nil
}

func main() {
	k := kinds[os.Args[1]]
	var session Session
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var request Request
		if err := json.Unmarshal(input.Bytes(), &request); err != nil {
			panic(err)
		}
		answer := map[string]string{"outcome": "ok", "detail": ""}
		next, err := attempt(k, session, request)
		if err != nil {
			answer = map[string]string{"outcome": k.outcome(err), "detail": err.Error()}
		}
		session = next
		if err := output.Encode(answer); err != nil {
			panic(err)
		}
	}
}
