// samsa in a test's hand, from Go: the few lines that HTTP takes. SAMSA_CONTROL is the address that samsa prints.
package hand

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
)

type object = map[string]any

// ask fails the test with the sentence of the answer where that is an error.
func ask(t *testing.T, method, path string, body any) json.RawMessage {
	t.Helper()
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, os.Getenv("SAMSA_CONTROL")+path, &sent)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("content-type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, answer)
	}
	return answer
}

type rule struct {
	t  *testing.T
	id string
}

type ruleState struct {
	ID   string `json:"id"`
	Hits int    `json:"hits"`
}

func decoded[T any](t *testing.T, answer json.RawMessage) (value T) {
	t.Helper()
	if err := json.Unmarshal(answer, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// on makes a rule that ends with the test at the latest.
func on(t *testing.T, what object) *rule {
	t.Helper()
	made := &rule{t, decoded[ruleState](t, ask(t, "POST", "/rules", what)).ID}
	t.Cleanup(made.end)
	return made
}

func (r *rule) hit(hits int) {
	r.t.Helper()
	ask(r.t, "POST", fmt.Sprintf("/rules/%s/wait", r.id), object{"hits": hits})
}

func (r *rule) hits() int {
	return decoded[ruleState](r.t, ask(r.t, "GET", "/rules/"+r.id, nil)).Hits
}

func (r *rule) end() {
	if r.id != "" {
		ask(r.t, "DELETE", "/rules/"+r.id, nil)
	}
	r.id = ""
}

// values of a topic's records; it waits for so many.
func values(t *testing.T, topic string, count int) []string {
	t.Helper()
	type record struct {
		Value string `json:"value"`
	}
	var found []string
	for _, one := range decoded[[]record](t, ask(t, "GET", fmt.Sprintf("/topics/%s/records?count=%d", topic, count), nil)) {
		found = append(found, one.Value)
	}
	return found
}
