// Judges metrics in Prometheus' text format on the standard input, as `promtool check metrics` does, and prints what it
// finds as JSON lines.
package main

import (
	"encoding/json"
	"os"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func main() {
	problems, err := promlint.New(os.Stdin).Lint()
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(2)
	}
	lines := json.NewEncoder(os.Stdout)
	for _, problem := range problems {
		if err := lines.Encode(map[string]string{"metric": problem.Metric, "text": problem.Text}); err != nil {
			os.Exit(2)
		}
	}
}
