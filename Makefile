# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
JOBS ?= 2

# SKIP=browser leaves out what needs chromium, and says so.
ifeq ($(SKIP),browser)
SELECT := -m "not browser"
BROWSER :=
else ifeq ($(SKIP),)
SELECT :=
BROWSER := chromium-there
else
$(error SKIP takes only "browser")
endif

# What checks the JavaScript needs npm and Node 18 or newer. Without them it is left out, which is
# said; NODE=required fails instead.
ifneq ($(shell node -e 'process.exit(+(parseInt(process.versions.node) < 18))' 2>/dev/null && command -v npm),)
JAVASCRIPT := node_modules/.installed
else
JAVASCRIPT :=
endif

JAVASCRIPT_MISSING = @echo "npm or Node 18 is missing: apt-get install nodejs npm" >&2; exit 1

.DELETE_ON_ERROR:
.PHONY: bench demo test lint lint-javascript types unit unit-javascript soak report format lock \
	python-there chromium-there

demo: $(VENV)/.run ## A page with a thread, the widget and the queue, on embedded storage
	$(BIN)/rejoinder demo $(ARGS)

test: $(BROWSER) lint types unit-javascript unit ## Lint, types and every test
	@$(if $(SELECT),echo "Not run: the browser tests (SKIP=browser).",:)

lint: $(VENV)/.dev lint-javascript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

lint-javascript: $(JAVASCRIPT)
ifneq ($(JAVASCRIPT),)
	npm run --silent lint
else ifeq ($(NODE),required)
	$(JAVASCRIPT_MISSING)
else
	@echo "Not run: the checks of the JavaScript (no npm, or no Node 18)."
endif

types: $(VENV)/.dev
	$(BIN)/mypy
	$(BIN)/mypy benchmarks docs

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile $(SELECT) $(ARGS)

# STORAGE is embedded, server, sentinel or cluster.
MINUTES ?= 10
SEED ?= 1
STORAGE ?= embedded

soak: $(VENV)/.dev ## Minutes of writes while things go wrong; every acknowledged one is looked for
	$(BIN)/python -m tests.faults --minutes $(MINUTES) --seed $(SEED) --storage $(STORAGE)

unit-javascript: $(JAVASCRIPT)
ifneq ($(JAVASCRIPT),)
	npm run --silent test
else ifeq ($(NODE),required)
	$(JAVASCRIPT_MISSING)
else
	@echo "Not run: the tests of the JavaScript (no npm, or no Node 18)."
endif

# Labelled comments to measure the shipped models on; without any, a few written for the tests.
CORPUS ?= build/examples.jsonl

report: $(CORPUS) | $(VENV)/.dev ## build/classifier-report.html: how good the models are, CORPUS=FILE
	@mkdir -p build
	$(BIN)/python -m classifiers evaluate $(CORPUS) \
		--report build/classifier-report.html --figures build/classifier-figures.json

build/examples.jsonl: tests/support/labelled.py | $(VENV)/.dev
	@mkdir -p build
	$(BIN)/python -m tests.support.labelled > $@

# LONG=1 takes the time that the figures of docs/benchmarks.md took; PEERS names what to compare with,
# as in PEERS="--isso /path/to/bin --remark42 /path/to/remark42".
ifeq ($(LONG),)
SHORT := 1
endif

bench: $(VENV)/.dev ## The benchmarks that need no other files, in three minutes; LONG=1, PEERS=…
	$(BIN)/python -m benchmarks.scoring_speed
	$(BIN)/python -m benchmarks.processor_time $(if $(SHORT),--rounds 1 --posts 300)
	$(BIN)/python -m benchmarks.post_parts $(if $(SHORT),--posts 300)
	$(BIN)/python -m benchmarks.store_bytes --comments $(if $(SHORT),3000,100000)
	$(BIN)/python -m benchmarks.growth --most $(if $(SHORT),1000,1000000)
ifneq ($(shell command -v wrk),)
	$(BIN)/python -m benchmarks.against_peers $(if $(SHORT),--rounds 1 --seconds 2) $(PEERS)
	$(BIN)/python -m benchmarks.servers --rounds 1 $(if $(SHORT),--seconds 2)
else
	@echo "Not run: the comparison with peers and servers (apt-get install wrk)."
endif

format: $(VENV)/.dev $(JAVASCRIPT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(if $(JAVASCRIPT),npm run --silent format,)

LOCK := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header

lock: python-there ## Resolve anew: versions with hashes, no addresses
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(PIP) uv
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra report --extra tracing --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group pyproject.toml:build -c requirements-dev.lock -o requirements-build.lock
	$(LOCK) tests/compat/clients/requirements.in -c requirements-dev.lock \
		-o tests/compat/clients/requirements.txt

# What builds is pinned too, so it is not left to pip to fetch it for each build.
EDITABLE := $(PIP) --no-deps --no-build-isolation --editable .

$(VENV)/.run: requirements.lock requirements-build.lock pyproject.toml | python-there
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock -r requirements-build.lock
	$(EDITABLE)
	@touch $@

$(VENV)/.dev: requirements-dev.lock requirements-build.lock pyproject.toml | python-there
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements-dev.lock -r requirements-build.lock
	$(EDITABLE)
	@touch $@ $(VENV)/.run

node_modules/.installed: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

python-there:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed: apt-get install python3, or make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv is missing: apt-get install python3-venv" >&2; exit 1; }

chromium-there:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || \
		{ echo "chromium and its driver are missing: apt-get install chromium chromium-driver (or: make test SKIP=browser)" >&2; exit 1; }
