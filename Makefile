# samsa: every command of the project. `make` alone lists them.
SHELL := /bin/bash
NODE ?= node
TSX := $(NODE) --import=tsx
INSTALLED := node_modules/.installed
FACTS ?= ../shared/kafka-4.4

.DEFAULT_GOAL := help
.PHONY: help install run test check types lint format configuration vectors fuzz sim crashes kills diff compat demo toolchain bench profile soak bench-codec bench-log bench-start bench-scale bench-hand bench-growth build binary image pack clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(INSTALLED): package.json package-lock.json .taprc
	@npm ci --ignore-scripts --loglevel=error
	@npx tap build >/dev/null
	@touch $@

install: $(INSTALLED) ## install what the project needs

run: $(INSTALLED) ## start a broker on localhost:9092 with data in ./data (ARGS="--set key=value")
	@$(TSX) src/cli/main.ts $(ARGS)

test: $(INSTALLED) ## everything: unit, golden, scenarios, simulation, a smoke part of compat
	@$(TSX) scripts/test.ts $(ARGS)

check: $(INSTALLED) ## the inner loop: types, lint, imports, sizes, unused files, names, words, unit tests (SLOWEST=10, ONLY=log/cleaner)
	@$(TSX) scripts/check.ts

types: $(INSTALLED)
	@npx tsc && npx tsc -p tsconfig.source.json

lint: $(INSTALLED)
	@npx biome check .

format: $(INSTALLED) ## format and fix what can be fixed
	@npx biome check --write .

configuration: $(INSTALLED) ## write docs/configuration.md from what each key does and the tests that prove it
	@$(TSX) scripts/configuration-docs.ts

vectors: $(INSTALLED) ## check golden vectors: make vectors DIR=../shared/kafka-4.4/vectors
	@$(TSX) scripts/vectors.ts $(or $(DIR),$(FACTS)/vectors)

fuzz: $(INSTALLED) ## mutated frames against the codec and a running broker (FRAMES=1000000; HANDSHAKES=1: against logins)
	@$(TSX) $(if $(HANDSHAKES),scripts/fuzz-handshakes.ts,scripts/fuzz.ts)

sim: $(INSTALLED) ## simulated runs of broker and clients (SEED=42 replays one, SEEDS=200, SCENARIO=transactions, faults, shares, streams, replication or cluster)
	@$(TSX) scripts/sim.ts

crashes: $(INSTALLED) ## a log whose process and machine die, story after story (SEED=42, SEEDS=4000)
	@$(TSX) scripts/crashes.ts

kills: $(INSTALLED) ## SIGKILLs of a real broker and of its clients (MODE=plain KILLS=200, MODE=exactly-once MINUTES=10, MODE=cluster KILLS=60)
	@$(TSX) scripts/kills.ts

diff: $(INSTALLED) ## the same requests to Apache Kafka and samsa, field by field (QUICK=1, SEED=1, ONLY=name, SECURITY=1)
	@$(TSX) scripts/diff.ts

compat: $(INSTALLED) build ## real clients against samsa (CLIENT=kafkajs, REFERENCE=apache, RECORD=1); writes RESULTS.md
	@$(TSX) compat-tests/run.ts

demo: $(INSTALLED) ## 100,000 lines, six partitions, three consumers and a kill -9 in the middle
	@$(TSX) scripts/demo.ts

bench: $(INSTALLED) build ## samsa beside Apache Kafka in turns; writes BENCHMARKS.md (QUICK=1: 5 minutes; CASE=produce/base)
	@$(TSX) compat-tests/bench/run.ts $(ARGS)

profile: $(INSTALLED) ## where the time and the memory of produce and fetch go: tables, flame graphs (CASE=produce-1KB)
	@$(TSX) compat-tests/bench/profile.ts $(ARGS)

soak: $(INSTALLED) build ## half of the maximal rate for MINUTES=10, with retention and compaction: is memory flat, are pauses short, is anything lost?
	@$(TSX) compat-tests/bench/soak.ts $(ARGS)

bench-codec: $(INSTALLED) ## the codec beside hand-written decoders, as ratios
	@$(TSX) scripts/bench-codec.ts $(ARGS)

bench-log: $(INSTALLED) build ## appends and reads beside a raw sink, a throwaway broker and dd (ARGS="--rounds 3 --mb 500")
	@$(TSX) scripts/bench-log.ts $(ARGS)

bench-scale: $(INSTALLED) build ## 10,000 partitions, 1,000 topics one by one, recovery of 5 GB, 10,000 schemas, 1,000 share consumers (ARGS="--only recovery")
	@$(TSX) scripts/bench-scale.ts $(ARGS)

bench-start: $(INSTALLED) build ## start to first answer and idle memory, beside what is aimed at and Apache Kafka (with the executable of `make binary`)
	@$(TSX) scripts/bench-start.ts $(ARGS)

bench-hand: $(INSTALLED) build ## what a test waits for: import, start, stop, reset, fork, memory, rules that match nothing, beside kfake, librdkafka's mock and Apache
	@$(TSX) scripts/bench-hand.ts $(ARGS)

bench-growth: $(INSTALLED) build ## how CPU a record grows with batch size, partitions, connections and groups, 1 to 10,000; writes GROWTH.md (QUICK=1, ONLY=groups)
	@$(TSX) compat-tests/bench/growth.ts $(ARGS)

build: $(INSTALLED) ## compile the package into dist/
	@$(TSX) scripts/build.ts

binary: $(INSTALLED) build ## out/samsa-linux-x64: one file that needs no Node
	@$(TSX) scripts/delivery/binary.ts

image: $(INSTALLED) build ## container images for amd64 and arm64 in out/, made without Docker (ARCH=amd64)
	@$(TSX) scripts/delivery/container-image.ts $(ARCH)

pack: build ## npm pack: samsa-<version>.tgz
	@npm pack --loglevel=error

toolchain: $(INSTALLED) ## find or fetch the tools that tests use (JDK, Apache Kafka, kcat, Node 20 and 24)
	@$(TSX) scripts/toolchain/main.ts

clean: ## remove what was built or cached
	@rm -rf dist out .cache node_modules .tap
