# `make` builds; the other targets are what contributors and CI run.
GO ?= go
TOOL = $(GO) tool -modfile=$(CURDIR)/proto/tools/go.mod

.PHONY: build test race fuzz bench lint gen check

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

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(TOOL) staticcheck ./...

# Writes the code in proto/kv/v1 anew.
gen:
	cd proto && $(TOOL) buf lint && $(TOOL) buf generate

check:
	bash .ci/run
