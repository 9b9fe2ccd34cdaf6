# Open Plateau. `make help` says what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The least versions that build the studio.
NODE_NEEDED := 20.19
RUST_NEEDED := 1.92
# What `make deny` installs.
DENY := 0.20.2

# rustup installs here, and adds it to the PATH of the next login only.
export PATH := $(HOME)/.cargo/bin:$(PATH)

CARGO ?= cargo
# Where `make run` keeps its data, and where it listens: all addresses, so with HTTPS.
DATA ?= data
LISTEN ?= 0.0.0.0:8443

# apt-get, npm and cargo each want the machine to themselves.
.NOTPARALLEL:

.PHONY: help run test bench soak lint deny build web types docs test-web test-rust test-browser test-air test-tools packages packages-test tools

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

run: packages tools web ## install what is missing, build, and start the studio (options: ARGS="--config F")
	$(CARGO) build --release --locked
	exec target/release/plateau run --data $(DATA) --listen $(LISTEN) $(ARGS)

test: lint packages-test tools test-tools test-web test-rust test-air test-browser ## install what the tests need, and run the tests

bench: packages-test tools web ## the figures of the README, as JSON lines
	@$(CARGO) build --release --locked >&2
	@$(CARGO) bench --locked --quiet --bench '*'

soak: packages-test tools web ## thirty minutes on air, a take every two seconds, no gap; two hundred crashes; what people allow, in 10,000 steps
	$(CARGO) test --release --locked --test air -- --ignored --nocapture soak
	KILL_ROUNDS=200 $(CARGO) test --release --locked --test studio -- --nocapture a_crash
	DROP_ROUNDS=200 $(CARGO) test --release --locked --test studio -- --nocapture a_request_whose_client_has_gone_is
	MODEL_SEED=$$(date +%s) MODEL_ROUNDS=34 $(CARGO) test --release --locked --test studio -- --nocapture nothing_is_public_that

# The fast ones first. cargo-deny takes minutes to install, so it is not asked for here.
lint: packages tools web ## formatting, clippy, the pages' linters and types, licences; nothing may be said
	$(CARGO) fmt --all --check
	$(if $(WEB),cd web && npm run lint)
	@if command -v cargo-deny >/dev/null; then $(MAKE) deny; fi
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

deny: tools ## licences, origins and duplicates of the crates (installs cargo-deny if it is missing)
	@command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --locked --version $(DENY)
	$(CARGO) deny --locked check bans licenses sources

types: tools ## web/src/protocol.ts anew, after a change of src/protocol.rs
	PLATEAU_WRITE_TYPES=1 $(CARGO) test --locked --lib protocol::typescript

docs: packages-test web ## the tables in web/docs anew: what is kept, and what leaves when somebody takes it back
	PLATEAU_WRITE_DOCS=1 $(CARGO) test --locked --lib retention::docs
	PLATEAU_WRITE_DOCS=1 $(CARGO) test --locked --test studio -- what_somebody_takes_back

build: packages tools web ## target/release/plateau
	$(CARGO) build --release --locked

# web/ is embedded in the binary, so it is built first.
WEB := $(wildcard web/package.json)

web: tools
	$(if $(WEB),@[ -d web/dist ] || rm -f web/node_modules/.built)
	$(if $(WEB),@$(MAKE) web/node_modules/.built)

web/node_modules/.installed: web/package.json web/package-lock.json
	cd web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@mkdir -p $(@D)
	@touch $@

WEB_SOURCES := $(if $(WEB),$(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path 'web/tests/*' -not -path 'web/pictures/*' -not -path '*/test-results/*'))

web/node_modules/.built: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run build >&2
	@touch $@

test-web: web
	$(if $(WEB),cd web && npm run unit)

# Libraries of other people, that drive the studio (tests/studio/remote.rs) and read what it makes.
test-tools: tools target/test-venv/.installed tests/support/obs/node_modules/.installed

target/test-venv/.installed: tests/support/requirements.txt
	python3 -m venv target/test-venv
	target/test-venv/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

tests/support/obs/node_modules/.installed: tests/support/obs/package.json tests/support/obs/package-lock.json
	cd tests/support/obs && npm ci --no-audit --no-fund
	@touch $@

# The fast ones first.
test-rust: web
	$(CARGO) test --workspace --locked --no-run
	$(CARGO) test --workspace --locked --lib --bins
	$(CARGO) test --locked --test studio -- --test-threads 2

# Tests that measure time get the machine almost to themselves.
test-air: web
	$(CARGO) test --locked --test air -- --test-threads 1

# `cargo test` builds target/debug/plateau for its own tests; `cargo build` would compile it and what it uses once more,
# because the tests' dependencies ask for other features.
test-browser: web ## of these, the flows in Chromium against the real studio
	$(if $(WEB),$(CARGO) test --locked --test studio --no-run)
	$(if $(WEB),cd web && npm test)

packages: ## install the Debian packages that the studio needs, if they are missing
	@.ci/packages build run

packages-test: ## … and those of the tests
	@.ci/packages build run test

tools:
	@.ci/tools $(RUST_NEEDED) $(NODE_NEEDED)
