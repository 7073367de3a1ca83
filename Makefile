MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# From native/, because cargo looks for its configuration, the static target, in the working directory.
cargo := cd native && cargo
linked := native/target/x86_64-unknown-linux-gnu/release/abdicate

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  make %-13s %s\n", $$1, $$2 }'

.PHONY: demo
demo: ## the quick start, in throw-away namespaces: what is held before and after
	@scripts/setup.sh demo
	@$(MAKE) build
	@examples/quickstart/demo.sh

.PHONY: demo-docker
demo-docker: build ## the same from examples/quickstart/Dockerfile
	@examples/quickstart/demo-docker.sh

.PHONY: build
build: js ## the binary, dist/abdicate
	@$(cargo) build --release --locked --quiet
	@mkdir -p dist
	@[ dist/abdicate -nt $(linked) -a dist/abdicate -nt scripts/prepare.mjs -a dist/abdicate -nt scripts/prepare/image.mjs ] || node scripts/prepare.mjs $(linked) dist/abdicate

.PHONY: js
js:
	@scripts/setup.sh build
	@node scripts/dependencies.mjs
	@node scripts/bundle.mjs

.PHONY: probe
probe: build/probe build/filter build/house build/cases build/recorder build/terminal build/workload

witness := gcc -static -s -O2 -std=gnu11 -Wall -Wextra -Werror

build/probe: test/probe/probe.c test/probe/place.c test/probe/ways.h $(wildcard test/probe/ways/*.c)
	@mkdir -p build
	@$(witness) -o $@ $(filter %.c,$^)

build/filter: test/probe/filter.c
	@mkdir -p build
	@$(witness) -o $@ $<

house := test/harness/house
build/house: $(wildcard $(house)/*.c) $(house)/house.h
	@mkdir -p build
	@$(witness) -o $@ $(filter %.c,$^)

build/cases: test/compat/place/cases.c $(house)/process.c $(house)/house.h
	@mkdir -p build
	@$(witness) -I$(house) -o $@ $(filter %.c,$^)

build/recorder: test/compat/place/recorder.c
	@mkdir -p build
	@$(witness) -o $@ $<

build/terminal build/workload: build/%: test/harness/init/%.c
	@mkdir -p build
	@$(witness) -o $@ $<

.PHONY: package
package: js ## the npm package with the tools for Node, dist/*.tgz
	@node scripts/package.mjs
	@npm pack --silent --ignore-scripts --pack-destination dist

.PHONY: test
test: ## everything: installs what is missing, builds, checks; the last line is the sum
	@node scripts/test.mjs

.PHONY: ready
ready: export INSTALL := no
ready: export CARGO_NET_OFFLINE := true
ready: ## before a commit: the same; installs nothing, names what is missing and stops
	@scripts/setup.sh test
	@node scripts/test.mjs build static static-native unit native attack compat e2e budgets

.PHONY: unit
unit: ## the policy's own tests
	@vitest run --project unit

.PHONY: e2e
e2e: build probe ## the binary in houses and in real containers; FILE=own for the files with that in their name
	@vitest run --project e2e $(FILE)

.PHONY: attack
attack: build probe ## a hostile workload against the next start; ROUNDS=100000 tries races for longer, FILE=links one file
	@vitest run --project attack --testTimeout=3600000 $(FILE)

.PHONY: compat
compat: build probe ## the same command lines by the programs that drop-ins replace and by ours; FILE=gosu one of them
	@vitest run --project compat $(FILE)

.PHONY: test-kernels
test-kernels: ## Linux 5.10, 6.1 and 6.12 in emulated machines: AppArmor, all capabilities, cgroup v2; not part of test
	@node scripts/test.mjs set-up-kernels build kernels

.PHONY: fuzz
fuzz: export FUZZ ?= 50
fuzz: export YAML_VECTORS = $(CURDIR)/build/yaml-corpus.json
fuzz: js ## the generated input of the tests for longer: FUZZ=50 times as much as usual, which takes minutes
	@vitest run --project unit --testTimeout=3600000 $$(grep -rlE "fast-check|harness/runs" test/unit --include=*.test.ts)
	@$(cargo) test --locked --quiet yaml

.PHONY: format
format: ## lay out all sources
	@npm run --silent format
	@$(cargo) fmt

.PHONY: docs
docs: ## the generated pages of docs/
	@node scripts/docs.mjs

.PHONY: bench
bench: build probe ## speed against the programs of today, as ratios; STARTS=50 LONE=3 are quicker, see bench/start.sh
	@scripts/setup.sh test
	@bench/start.sh
	@bench/own.sh
	@bench/own-mapped.sh
	@bench/copy.sh
	@bench/seccomp.sh

.PHONY: budget
budget: build probe ## size and cost of starts, by part, against bench/budget.json; RECORD=1 writes it
	@node scripts/budget.mjs $(if $(RECORD),--record)

.PHONY: clean
clean: ## remove what was built; downloads and images stay in .cache
	@rm -rf build dist native/target
