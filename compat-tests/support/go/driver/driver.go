// Package driver runs cases by name for support/driver.ts, which says how the two talk: lines of JSON on standard
// input and output.
package driver

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// Case is one thing that a client does; it fails by a panic, as Check and Equal have it.
type Case struct {
	Name      string         `json:"name"`
	Smoke     bool           `json:"smoke"`
	TimeoutMs int            `json:"timeoutMs"`
	Run       func(*Context) `json:"-"`
}

// Context is what a case gets: a broker that runs, and names nobody else uses.
type Context struct {
	BootstrapServers string
	// Brokers is how many the cluster has; topics have as many replicas where nothing else is said.
	Brokers  int
	prefix   string
	count    int
	cleanUps []func()
	input    *bufio.Scanner
}

// Unique is a topic, group or client id of this case alone, with the given word in it.
func (c *Context) Unique(word string) string {
	c.count++
	return fmt.Sprintf("%s-%s-%d", word, c.prefix, c.count)
}

// After runs something when the case ends, whatever its end; last registered first.
func (c *Context) After(cleanUp func()) { c.cleanUps = append(c.cleanUps, cleanUp) }

// RestartBroker is SIGKILL and a new start on the same data; it returns when the broker answers again.
func (c *Context) RestartBroker() {
	say(map[string]bool{"restart": true})
	if !c.input.Scan() || !strings.Contains(c.input.Text(), "restarted") {
		panic("the broker was not restarted")
	}
}

// Check fails the case with an error.
func Check(err error) {
	if err != nil {
		panic(err)
	}
}

// Must is a call's answer, or the end of the case.
func Must[T any](answer T, err error) T {
	Check(err)
	return answer
}

// Equal fails the case unless both are deeply equal.
func Equal(what string, actual, expected any) {
	if !reflect.DeepEqual(actual, expected) {
		panic(fmt.Sprintf("%s is %s, not %s", what, short(actual), short(expected)))
	}
}

// Eventually asks until the answer is true; it fails the case after the time.
func Eventually(what string, limit time.Duration, ask func() bool) {
	deadline := time.Now().Add(limit)
	for !ask() {
		if time.Now().After(deadline) {
			panic(fmt.Sprintf("waited %v in vain: %s", limit, what))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func short(value any) string {
	text := fmt.Sprintf("%+v", value)
	if len(text) > 400 {
		return fmt.Sprintf("%s… (%d characters)", text[:400], len(text))
	}
	return text
}

func say(message any) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(line, '\n'))
}

// Main greets and runs what it is told until its input ends. The version is that of the module in the program.
func Main(module string, groups ...[]Case) {
	var cases []Case
	byName := map[string]Case{}
	for _, group := range groups {
		for _, one := range group {
			if one.TimeoutMs == 0 {
				one.TimeoutMs = 60_000
			}
			cases = append(cases, one)
			byName[one.Name] = one
		}
	}
	say(map[string]any{"version": version(module), "cases": cases})
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		var request struct {
			Run, BootstrapServers, Unique string
			Brokers                       int
		}
		if err := json.Unmarshal(input.Bytes(), &request); err != nil {
			panic(err)
		}
		context := &Context{BootstrapServers: request.BootstrapServers, Brokers: request.Brokers, prefix: request.Unique, input: input}
		failure := run(byName[request.Run], context)
		say(map[string]any{"ended": request.Run, "error": failure})
	}
}

// run answers what went wrong and where, or nil.
func run(one Case, context *Context) (failure any) {
	defer func() {
		for i := len(context.cleanUps) - 1; i >= 0; i-- {
			context.cleanUps[i]()
		}
	}()
	defer func() {
		if cause := recover(); cause != nil {
			failure = fmt.Sprintf("%v\n%s", cause, strings.Join(places(), "\n"))
		}
	}()
	one.Run(context)
	return nil
}

// places are the lines of our cases that led to a panic; the rest of a stack is the client's own business.
func places() []string {
	counters := make([]uintptr, 64)
	frames := runtime.CallersFrames(counters[:runtime.Callers(3, counters)])
	var found []string
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "main.") && frame.Function != "main.main" {
			found = append(found, fmt.Sprintf("  %s:%d", filepath.Base(frame.File), frame.Line))
		}
		if !more {
			return found
		}
	}
}

func version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return strings.TrimPrefix(dependency.Version, "v")
			}
		}
	}
	return "unknown"
}
