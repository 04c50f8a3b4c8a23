// Segment's kafka-go as a driver of cases.
package main

import "samsa-compat/support/go/driver"

func main() {
	driver.Main("github.com/segmentio/kafka-go",
		produceCases(), consumeCases(), groupCases(), adminCases(), transactionCases(), restartCases())
}
