# Every command a person needs. `make` alone lists them.

GO      ?= go
BIN     ?= slet
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# Copies of libraries with changes of ours, whose tests are of those.
THIRD_PARTY := github.com/cloudsoda/go-smb2/...
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.revision=$(REVISION)
export CGO_ENABLED ?= 0

# A package's version: the tag, or a date that sorts before every release.
PKG_VERSION ?= $(shell git describe --tags --match 'v*' 2>/dev/null | sed 's/^v//; s/-rc/~rc/; s/-\([0-9]*\)-g/+\1.g/' | grep . || git log -1 --format=0.0.0~%cd.%h --date=format:%Y%m%d)
.PHONY: help demo build package test race bench soak mutate fuzz lint check deps golden clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: build ## build slet and run the whole pipeline on a make-believe organisation
	./$(BIN) demo

build: ## build the static binary ./slet
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/slet

ARCHS   ?= amd64 arm64
FORMATS ?= deb rpm
DIST    ?= dist
package: ## make Debian and RPM packages in dist; the same commit gives the same bytes
	rm -rf $(DIST)
	$(GO) run -trimpath -ldflags '$(LDFLAGS)' ./cmd/slet install-files $(DIST)/root
	set -e; export DIST='$(DIST)' PKG_VERSION='$(PKG_VERSION)' SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)}; \
	GO=$(GO) sh packaging/collect $$DIST/root; \
	for ARCH in $(ARCHS); do \
	  export ARCH; GOOS=linux GOARCH=$$ARCH $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $$DIST/$$ARCH/slet ./cmd/slet; \
	  for format in $(FORMATS); do $(GO) tool -modfile=packaging/nfpm.mod nfpm package -f packaging/nfpm.yaml -p $$format -t $$DIST/; done; \
	done

test: deps ## run all tests; installs the programs they need (Debian)
	$(GO) test -timeout 20m ./... $(THIRD_PARTY)

race: deps ## run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 60m ./...

bench: deps ## measure, beside ripgrep, shred and others in the same run
	$(GO) test -run '^$$' -bench . -benchtime 3x -timeout 120m ./...

soak: ## let the service live through another ninety days with faults, in five minutes or so
	$(GO) test ./cmd/slet -run 'TestSoak$$' -v -soak.seed 0 -soak.days 90 -timeout 30m

mutate: ## take out each precondition of an erasure in turn: some test must go red
	$(GO) test -tags mutate -run TestMutations -v -timeout 120m ./erase

FUZZTIME ?= 30s
fuzz: ## run every fuzz target for FUZZTIME each
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep ^Fuzz); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done

lint: ## gofmt, vet, staticcheck, and the other platforms compile
	@test -z "$$(gofmt -l . | tee /dev/stderr)"
	$(GO) vet ./...
	GOOS=windows $(GO) vet ./...
	GOOS=darwin $(GO) vet ./...
	$(GO) tool staticcheck ./...

vuln: ## look for known vulnerabilities (needs the vulnerability database)
	$(GO) tool govulncheck ./...

check: lint test ## what CI runs

golden: ## rewrite the golden files after a change that was meant
	$(GO) test ./retention ./report ./config ./cmd/slet -update

# The real programs that tests hold slet against. Without root or apt the tests
# that need them skip and say so; REQUIRE_SERVERS=1 turns a skip into a failure.
DEBS := ffmpeg libreoffice-calc-nogui chromium strace e2fsprogs xfsprogs btrfs-progs ripgrep poppler-utils tesseract-ocr tesseract-ocr-dan postgresql samba samba-vfs-modules smbclient dovecot-imapd isync curl krb5-kdc krb5-admin-server systemd systemd-container
deps:
	@sh internal/testenv/install $(DEBS)

clean: ## remove what make made
	rm -rf $(BIN) slet-demo dist
