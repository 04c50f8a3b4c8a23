// franz-go as a driver of cases: its client (kgo), its admin (kadm) and its raw requests (kmsg).
package main

import "samsa-compat/support/go/driver"

func main() {
	driver.Main(
		"github.com/twmb/franz-go",
		produceCases(), consumeCases(), groupCases(), shareCases(), transactionCases(), adminCases(), requestCases(),
		restartCases(),
	)
}
