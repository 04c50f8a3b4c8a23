// franz-go's client of a schema registry (sr) as a driver of cases.
package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"samsa-compat/support/go/driver"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

const record = `{"type":"record","name":"Order","fields":[{"name":"id","type":"int"}]}`
const more = `{"type":"record","name":"Order","fields":[{"name":"id","type":"int"},{"name":"who","type":"string"}]}`
const inner = `{"type":"record","name":"Inner","namespace":"n","fields":[]}`
const outer = `{"type":"record","name":"Outer","namespace":"n","fields":[{"name":"i","type":"n.Inner"}]}`

func main() {
	driver.Main("github.com/twmb/franz-go/pkg/sr", []driver.Case{
		{Name: "franz-go: versions, ids, guids, lookups and deletion", Run: versions},
		{Name: "franz-go: levels and modes", Run: levels},
		{Name: "franz-go: references and who uses them", Run: references},
		{Name: "franz-go: records with a schema go through a topic", Run: records},
	})
}

func client() *sr.Client {
	return driver.Must(sr.NewClient(sr.URLs(os.Getenv("REGISTRY_URL"))))
}

func deadline(c *driver.Context) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	c.After(cancel)
	return ctx
}

func refused(what string, err error, code int) {
	var refusal *sr.ResponseError
	if !errors.As(err, &refusal) {
		panic(what + " was not refused")
	}
	driver.Equal(what, refusal.ErrorCode, code)
}

func versions(c *driver.Context) {
	ctx, cl, subject := deadline(c), client(), c.Unique("subject")
	record := `{"type":"fixed","name":"F` + strings.ReplaceAll(subject, "-", "_") + `","size":3}`
	made := driver.Must(cl.CreateSchema(ctx, subject, sr.Schema{Schema: record}))
	driver.Equal("the version", made.Version, 1)
	driver.Equal("its text by id", driver.Must(cl.SchemaTextByID(ctx, made.ID)), record)
	driver.Equal("its text by version", driver.Must(cl.SchemaTextByVersion(ctx, subject, -1)), record)
	driver.Equal("found again", driver.Must(cl.LookupSchema(ctx, subject, sr.Schema{Schema: record})).ID, made.ID)
	driver.Equal("versions", driver.Must(cl.SubjectVersions(ctx, subject)), []int{1})
	driver.Equal("subjects of its id", driver.Must(cl.SubjectsByID(ctx, made.ID)), []string{subject})
	driver.Equal("versions of its id", driver.Must(cl.SchemaVersionsByID(ctx, made.ID)), []sr.SubjectVersion{{Subject: subject, Version: 1}})
	_, err := cl.SchemaByID(ctx, 999_999_999)
	refused("an id that nobody has", err, sr.ErrSchemaNotFound.Code)
	_, err = cl.SchemaByVersion(ctx, c.Unique("nobody"), 1)
	refused("a subject that nobody has", err, sr.ErrSubjectNotFound.Code)
	driver.Equal("deleted", driver.Must(cl.DeleteSubject(ctx, subject, sr.SoftDelete)), []int{1})
	driver.Equal("with those deleted", driver.Must(cl.SubjectVersions(sr.WithParams(ctx, sr.ShowDeleted), subject)), []int{1})
	driver.Equal("gone", driver.Must(cl.DeleteSubject(ctx, subject, sr.HardDelete)), []int{1})
	driver.Equal("kinds", len(driver.Must(cl.SupportedTypes(ctx))), 3)
}

func levels(c *driver.Context) {
	ctx, cl, subject := deadline(c), client(), c.Unique("subject")
	driver.Must(cl.CreateSchema(ctx, subject, sr.Schema{Schema: record}))
	for _, level := range []sr.CompatibilityLevel{
		sr.CompatNone, sr.CompatBackward, sr.CompatBackwardTransitive, sr.CompatForward, sr.CompatForwardTransitive,
		sr.CompatFull, sr.CompatFullTransitive,
	} {
		for _, result := range cl.SetCompatibility(ctx, sr.SetCompatibility{Level: level}, subject) {
			driver.Check(result.Err)
		}
		for _, result := range cl.Compatibility(ctx, subject) {
			driver.Check(result.Err)
			driver.Equal("the level", result.Level, level)
		}
	}
	told := driver.Must(cl.CheckCompatibility(sr.WithParams(ctx, sr.Verbose), subject, -1, sr.Schema{Schema: more}))
	driver.Equal("whether it fits", told.Is, false)
	driver.Equal("whether it says why", len(told.Messages) > 0, true)
	_, err := cl.CreateSchema(ctx, subject, sr.Schema{Schema: more})
	refused("a schema that does not fit", err, 409)
	for _, result := range cl.SetMode(ctx, sr.ModeReadOnly, subject) {
		driver.Check(result.Err)
	}
	_, err = cl.CreateSchema(ctx, subject, sr.Schema{Schema: `"string"`})
	refused("a subject that is read only", err, sr.ErrOperationNotPermitted.Code)
	for _, result := range cl.ResetMode(ctx, subject) {
		driver.Check(result.Err)
	}
}

func references(c *driver.Context) {
	ctx, cl, target, user := deadline(c), client(), c.Unique("inner"), c.Unique("outer")
	driver.Must(cl.CreateSchema(ctx, target, sr.Schema{Schema: inner}))
	made := driver.Must(cl.CreateSchema(ctx, user, sr.Schema{
		Schema:     outer,
		References: []sr.SchemaReference{{Name: "n.Inner", Subject: target, Version: 1}},
	}))
	found := driver.Must(cl.SchemaReferences(ctx, target, 1))
	driver.Equal("who refers to it", []any{len(found), found[0].ID, found[0].Subject}, []any{1, made.ID, user})
	_, err := cl.DeleteSubject(ctx, target, sr.SoftDelete)
	refused("deleting what is referred to", err, sr.ErrReferenceExists.Code)
}

func records(c *driver.Context) {
	ctx, cl, topic := deadline(c), client(), c.Unique("topic")
	made := driver.Must(cl.CreateSchema(ctx, topic+"-value", sr.Schema{Schema: `"string"`}))
	var serde sr.Serde
	serde.Register(made.ID, "", sr.EncodeFn(func(v any) ([]byte, error) { return []byte(v.(string)), nil }), sr.DecodeFn(func(b []byte, v any) error {
		*v.(*string) = string(b)
		return nil
	}))
	kafka := driver.Must(kgo.NewClient(kgo.SeedBrokers(c.BootstrapServers), kgo.AllowAutoTopicCreation(), kgo.ConsumeTopics(topic)))
	c.After(kafka.Close)
	driver.Check(kafka.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: driver.Must(serde.Encode("seven"))}).FirstErr())
	fetches := kafka.PollFetches(ctx)
	driver.Check(fetches.Err())
	value := fetches.Records()[0].Value
	id, _, err := serde.DecodeID(value)
	driver.Check(err)
	driver.Equal("the id in the record", id, made.ID)
	var read string
	driver.Check(serde.Decode(value, &read))
	driver.Equal("the record", read, "seven")
}
