# `make` builds; the other targets are what contributors and CI run.
GO ?= go
TOOL = $(GO) tool -modfile=$(CURDIR)/proto/tools/go.mod

.PHONY: build test race fuzz chaos bench versus lint gen check

build:
	$(GO) build -o kv ./cmd/kv

test:
	$(GO) test ./...

race:
	$(GO) test -race ./...

# Each fuzz target for a short while; FUZZTIME=10m for a long one.
FUZZTIME ?= 10s
fuzz:
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
		done; \
	done

# The bugs of node/planted are found, and then none in a build without them. CHAOS_SEEDS=200
# for many seeds; .ci/chaos has the other settings.
chaos:
	$(GO) test -tags planted -count 1 -v -run '^TestChaosFinds' ./cmd/kv
	GO="$(GO)" bash .ci/chaos

bench:
	$(GO) test -run '^$$' -bench . -benchmem -timeout 1h ./...
	$(GO) run ./cmd/kv bench -playground -preload -duration 5s

# Side by side with etcd, which takes half an hour; FLAGS='-pairs 1 -failover 3 -stops 3'
# for less, FLAGS='-only million' or '-only steady' for what is not in it.
FLAGS ?=
versus:
	cd examples/versus && $(GO) run . $(FLAGS)

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	GOOS=darwin $(GO) vet ./...
	cd examples/versus && $(GO) vet ./... && $(TOOL) staticcheck ./...
	$(TOOL) staticcheck ./...

# Writes the code in proto/kv/v1 anew.
gen:
	cd proto && $(TOOL) buf lint && $(TOOL) buf generate

check:
	bash .ci/run
