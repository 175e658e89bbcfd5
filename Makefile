# Trough: what people and CI type. `make demo` is the place to start.

SWIFT ?= swift
# The tests find and start their own PostgreSQL; nothing of the caller's may lead them elsewhere.
CLEAN := env -u DATABASE_URL -u PGHOST -u PGSERVICE -u PGPORT -u PGUSER -u PGDATABASE -u PGOPTIONS
# What is built to be used or measured brings the standard library along, where the platform has it that way: it starts
# sooner, runs some hundredths faster and needs no toolchain where it runs.
RELEASE := -c release $(if $(filter Linux,$(shell uname)),--static-swift-stdlib)
SOURCES := Package.swift Schema Sources Tests Benchmarks

.PHONY: all demo test chaos sanitize bench bench-peers bench-page bench-loops bench-loops-store calibrate lint format setup clean

all: setup
	$(SWIFT) build $(RELEASE) --product trough

# A private log in a temporary place, the bundled trial history streamed in, replayed and reported.
demo: setup
	$(SWIFT) build --product trough
	$(CLEAN) $$($(SWIFT) build --show-bin-path)/trough demo

# Builds with every warning an error, then runs all tests against a PostgreSQL that they start themselves: first those
# that measure how long something takes, alone, since the tests of one run share the cores; then those that compute; then
# the log and what is folded from it; at last the program from outside, whose kills and full disks would slow others down.
# No more than TEST_WIDTH tests run at once: as many as there are would start a hundred programs together, and each would
# find the others in its way.
TEST_WIDTH ?= 8
test chaos sanitize: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH = $(TEST_WIDTH)
TIMED_TESTS := PostgresTests|LocalServerTests|TelemetryTests|LoadTestTests
LOG_TESTS := EventLogTests|ProjectionTests
test: setup
	$(SWIFT) build --build-tests
	$(CLEAN) $(SWIFT) test --skip-build --filter '$(TIMED_TESTS)'
	$(CLEAN) $(SWIFT) test --skip-build --skip '$(TIMED_TESTS)|$(LOG_TESTS)|TroughTests'
	$(CLEAN) $(SWIFT) test --skip-build --filter '$(LOG_TESTS)'
	$(CLEAN) $(SWIFT) test --skip-build --filter TroughTests

# Schedules of faults, each drawn from its seed: processes killed and stopped, the server killed, connections cut, disks
# filled, under appends and workers. SEED is the first seed; a seed that failed runs again alone with SCHEDULES=1.
SCHEDULES ?= 300
SEED ?= 1
chaos: export TROUGH_CHAOS = $(SCHEDULES)
chaos: export TROUGH_CHAOS_SEED = $(SEED)
chaos: setup
	$(SWIFT) build --build-tests
	$(CLEAN) $(SWIFT) test --skip-build --filter 'ChaosTests|CuttingProxyTests'

# Everything that runs side by side, under ThreadSanitizer; a race that it sees fails the run.
RACES := PostgresTests|EventLogTests|ProjectionTests|SeriesTests
sanitize: export TSAN_OPTIONS = halt_on_error=1 suppressions=$(CURDIR)/.ci/races-that-are-none
sanitize: setup
	$(SWIFT) build --build-tests --sanitize=thread --scratch-path .build-sanitize
	$(CLEAN) $(SWIFT) test --skip-build --sanitize=thread --scratch-path .build-sanitize --filter '$(RACES)'

# Ratios to the raw limits of PostgreSQL and to NumPy, measured in one run each; see BENCHMARKS.md. Both run even where the
# first misses a target; then one table, Markdown and a chart of both are written into the folder BENCH_OUT.
# BENCH passes arguments to the first, SIMULATION_BENCH to the second.
# As NumPy chooses its kernels for the processor at hand, vector arithmetic is compiled for AVX2 where there is one.
BENCH_OUT ?= .build/bench
bench bench-peers: export TROUGH_BENCHMARKS = 1
bench bench-peers: export TROUGH_PROCESSOR ?= $(shell grep -qsw avx2 /proc/cpuinfo && echo x86-64-v3)
bench: setup
	$(SWIFT) build $(RELEASE)
	@mkdir -p $(BENCH_OUT); rm -f $(BENCH_OUT)/log.json $(BENCH_OUT)/simulation.json; \
	bin=$$($(SWIFT) build $(RELEASE) --show-bin-path); missed=0; \
	$(CLEAN) $$bin/LogBenchmark --json $(BENCH_OUT)/log.json $(BENCH) || missed=1; echo; \
	$(CLEAN) $$bin/SimulationBenchmark --json $(BENCH_OUT)/simulation.json $(SIMULATION_BENCH) || missed=1; echo; \
	found=$$(ls $(BENCH_OUT)/log.json $(BENCH_OUT)/simulation.json 2>/dev/null); \
	test -n "$$found" || { echo "neither program has left results, so there is nothing to report" >&2; exit 1; }; \
	$$bin/BenchmarkReport $$found \
		--json $(BENCH_OUT)/benchmarks.json --markdown $(BENCH_OUT)/benchmarks.md --svg $(BENCH_OUT)/benchmarks.svg \
		&& echo "written to $(BENCH_OUT): benchmarks.json, benchmarks.md, benchmarks.svg" || missed=1; \
	exit $$missed

# The Python library eventsourcing beside trough, on the same server and with the same events. The library goes into a
# virtual environment under the build folder. PEERS_BENCH passes arguments.
PEERS := .build/peers
bench-peers: setup $(PEERS)/installed
	$(SWIFT) build $(RELEASE)
	@mkdir -p $(BENCH_OUT); $(CLEAN) $$($(SWIFT) build $(RELEASE) --show-bin-path)/LogBenchmark --only peers \
		--events 40000 --rounds 3 --python $(PEERS)/bin/python --json $(BENCH_OUT)/peers.json \
		--markdown $(BENCH_OUT)/peers.md --svg $(BENCH_OUT)/peers.svg $(PEERS_BENCH) \
		&& echo "written to $(BENCH_OUT): peers.json, peers.md, peers.svg"

$(PEERS)/installed:
	@rm -rf $(PEERS); mkdir -p $(dir $(PEERS)); python3 -m venv $(PEERS) || { rm -rf $(PEERS); \
		echo "python3 -m venv failed: the peers need Python from 3.11 on with its module venv." >&2; exit 1; }
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check 'eventsourcing[postgres]>=9.5,<10' \
		'psycopg[binary]' || { rm -rf $(PEERS); \
		echo "pip could not install eventsourcing: it needs the network, or a package index that PIP_INDEX_URL names." >&2; \
		echo "Nothing was measured." >&2; exit 1; }
	@touch $@

# Puts what bench and bench-peers found last between the marks of BENCHMARKS.md, and keeps the chart and the numbers.
bench-page:
	@for name in benchmarks peers; do \
		mark=$$(test $$name = peers && echo peers || echo results); \
		test -f $(BENCH_OUT)/$$name.md || { echo "no $(BENCH_OUT)/$$name.md: its part of the page stays" >&2; continue; }; \
		mkdir -p Benchmarks/Results; cp $(BENCH_OUT)/$$name.json $(BENCH_OUT)/$$name.svg Benchmarks/Results/; \
		awk -v mark=$$mark -v text=$(BENCH_OUT)/$$name.md -v chart=Benchmarks/Results/$$name.svg ' \
			$$0 == "<!-- " mark ": end -->" { inside = 0 } \
			!inside { print } \
			$$0 == "<!-- " mark ": begin -->" { inside = 1; while ((getline line < text) > 0) print line; \
				print "\n![The same as bars](" chart ")" }' BENCHMARKS.md > $(BENCH_OUT)/page.md \
			&& cp $(BENCH_OUT)/page.md BENCHMARKS.md; \
	done

# Time, allocations and instructions of the inner loops, and whether the last two are still what is stored. bench-loops-store
# stores them anew. Vector arithmetic is compiled for every processor here, so that the same instructions are counted.
LOOPS = env -u TROUGH_BENCHMARKS -u TROUGH_PROCESSOR TROUGH_INNER_LOOPS=1 $(SWIFT) package \
	--allow-writing-to-package-directory benchmark
LOOPS_OPTIONS := --target InnerLoops --no-progress
# What valgrind runs; the plugin builds only its own program.
LOOP_ONCE = env -u TROUGH_BENCHMARKS -u TROUGH_PROCESSOR TROUGH_INNER_LOOPS=1 $(SWIFT) build -c release --product LoopOnce
bench-loops: setup
	@command -v valgrind >/dev/null || echo "no valgrind: instructions are not counted" >&2
	$(LOOP_ONCE)
	$(LOOPS) $(LOOPS_OPTIONS)
	$(LOOPS) thresholds check --path Benchmarks/Thresholds $(LOOPS_OPTIONS)
bench-loops-store: setup
	$(LOOP_ONCE)
	$(LOOPS) thresholds update --path Benchmarks/Thresholds --metric allocations --metric instructionsInValgrind \
		$(LOOPS_OPTIONS)

# Fits the calibrated parameters of the default scenario to the trial's figures again, as the shipped values were.
calibrate: setup
	$(SWIFT) build $(RELEASE) --product trough
	$$($(SWIFT) build $(RELEASE) --show-bin-path)/trough calibrate --patients 60000 --seed 2020

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)
	sh .ci/tidy

format:
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

# Installs the headers of libpq and xxHash and a PostgreSQL server where they are missing and it may; else says what to run.
setup:
	@sh .ci/setup

clean:
	$(SWIFT) package clean
