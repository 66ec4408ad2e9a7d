# Everything that a person or CI runs. Each target stands on its own.

VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
REVISION  ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
FUZZTIME  ?= 10s
PROVE     ?= 1000000
IMAGE     ?= bumpboat:$(VERSION)
LDFLAGS   := -s -w -X github.com/bumpboat/bumpboat/cmd.version=$(VERSION)
TOOL      := go tool -modfile=test/tools/go.mod
# Modules of their own below test/ that have Go code of ours.
NESTED    := test/distribution test/tools

# The race detector needs a C compiler. On a machine that has none the tests run without it, so that Go alone is enough.
RACE := $(shell test "$$(go env CGO_ENABLED)" = 1 && command -v "$$(go env CC | cut -d' ' -f1)" >/dev/null 2>&1 && echo -race)

.DEFAULT_GOAL := help
.PHONY: help build test lint fmt e2e bench prove fuzz golden render image

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/bumpboat, a static binary
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/bumpboat ./cmd/bumpboat

test: ## run all tests that need nothing but Go (with the race detector where there is a C compiler)
ifeq ($(RACE),)
	@echo "no C compiler: the tests run without the race detector"
endif
	go test $(RACE) ./...

lint: ## run the linters and check the formatting
	go vet -tags e2e ./...
	$(TOOL) golangci-lint run
	for m in $(NESTED); do (cd $$m && go tool -modfile=$(CURDIR)/test/tools/go.mod golangci-lint run) || exit 1; done
	@unformatted=$$($(TOOL) gofumpt -l .); if [ -n "$$unformatted" ]; then \
	  echo "not formatted as gofumpt does, run make fmt:"; echo "$$unformatted"; exit 1; fi

fmt: ## format all Go code
	$(TOOL) gofumpt -l -w .
	$(TOOL) golangci-lint fmt

e2e: build ## run the tests over a real Gitea and a real registry (built once into a cache directory, which takes minutes)
	go run ./test/servers/build
	go test $(RACE) -count=1 -tags e2e -timeout 15m ./test/servers/... ./test/image/... ./test/e2e/...

bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

prove: ## try the editor on PROVE (1000000) random documents with edits
	BUMPBOAT_PROVE=$(PROVE) go test -count=1 -v -timeout 60m -run '^TestProperties$$' ./writer/yamledit

fuzz: ## run every fuzz target for FUZZTIME (10s); what fails is kept in testdata/fuzz of its package
	@failed=; for package in $$(go list ./...); do \
	  targets=$$(go test -list '^Fuzz' $$package) || exit 1; \
	  for target in $$(echo "$$targets" | grep '^Fuzz'); do \
	    echo "$$package $$target"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || failed="$$failed $$target"; \
	  done; \
	done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

golden: ## write the golden files anew; read the diff before you commit it
	BUMPBOAT_UPDATE_GOLDEN=1 go test -count=1 ./...

render: ## render deploy/kustomize and check what comes out
	cd test/tools && go test ./...

image: ## build the container image (needs a container engine)
	docker build --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) \
	  --build-arg CREATED=$$(date -u +%Y-%m-%dT%H:%M:%SZ) -t $(IMAGE) .
