# Trough: what people and CI type. `make demo` is the place to start.

SWIFT ?= swift
# The tests find and start their own PostgreSQL; nothing of the caller's may lead them elsewhere.
CLEAN := env -u DATABASE_URL -u PGHOST -u PGSERVICE -u PGPORT -u PGUSER -u PGDATABASE -u PGOPTIONS
SOURCES := Package.swift Schema Sources Tests Benchmarks

.PHONY: all demo test bench lint format setup clean

all: setup
	$(SWIFT) build -c release --product trough

# A private log in a temporary place, the bundled trial history streamed in, replayed and reported.
demo: setup
	$(SWIFT) build --product trough
	$(CLEAN) $$($(SWIFT) build --show-bin-path)/trough demo

# Builds with every warning an error, then runs all tests against a PostgreSQL that they start themselves: the modules
# first, then the program from outside, whose kills and full disks would slow the others down.
test: setup
	$(SWIFT) build --build-tests
	$(CLEAN) $(SWIFT) test --skip-build --skip TroughTests
	$(CLEAN) $(SWIFT) test --skip-build --filter TroughTests

# Ratios to the raw limits of PostgreSQL, measured in one run; see Benchmarks/README.md. BENCH passes arguments on.
bench: setup
	TROUGH_BENCHMARKS=1 $(SWIFT) build -c release
	$(CLEAN) TROUGH_BENCHMARKS=1 $$(TROUGH_BENCHMARKS=1 $(SWIFT) build -c release --show-bin-path)/LogBenchmark $(BENCH)

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)
	sh .ci/tidy

format:
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

# Installs libpq's headers and a PostgreSQL server where they are missing and it may; else says what to run.
setup:
	@sh .ci/setup

clean:
	$(SWIFT) package clean
