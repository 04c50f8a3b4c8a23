package orders

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// placeOrder is the code under test.
func placeOrder(order string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(os.Getenv("SAMSA_BOOTSTRAP")))
	if err != nil {
		return err
	}
	defer client.Close()
	return client.ProduceSync(context.Background(), &kgo.Record{Topic: "orders", Value: []byte(order)}).FirstErr()
}

func TestAnOrderGetsThroughWhileTheLeaderMoves(t *testing.T) {
	defer post(t, "/reset", "")
	post(t, "/rules", `{"api": "Produce", "topic": "orders", "error": "NOT_LEADER_OR_FOLLOWER", "times": 2}`)
	if err := placeOrder("a"); err != nil {
		t.Fatal(err)
	}
	if found := post(t, "/requests/wait", `{"api": "Produce", "count": 3}`); strings.Count(found, `"errorCode":6`) != 2 {
		t.Fatalf("it was not tried three times: %s", found)
	}
}

// post asks samsa's control.
func post(t *testing.T, path, body string) string {
	t.Helper()
	answer, err := http.Post(os.Getenv("SAMSA_CONTROL")+path, "application/json", bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, text)
	}
	return string(text)
}
