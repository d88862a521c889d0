# `make run` serves the site, `make test` checks everything. Both install what they need into .venv first,
# and neither asks a question nor touches the network when the pinned requirements are already in there.

SHELL := /bin/sh
# The tests start Python some two hundred times: what it has compiled is kept, even where others keep nothing.
unexport PYTHONDONTWRITEBYTECODE
.DELETE_ON_ERROR:
.PHONY: run test test-postgresql test-sqlite test-all bench torture fuzz lint format lock audit messages screenshots clean

# The first Python on the path that is new enough; `make PYTHON=... run` names another.
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$candidate && break; done)

BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input \
	--require-hashes --only-binary :all:

run: .venv/base.installed
	@$(BIN)/python scripts/run.py

# A process for each core and one more, see tests/plugins/extent.py. Tests that would disturb each other, or share a fixture, stay in one.
# In their order: those in a browser come last, see tests/conftest.py.
PYTEST := $(BIN)/python -m pytest --numprocesses=logical --maxprocesses=4 --dist=loadgroup --no-loadscope-reorder

# Where databases differ: constraints, triggers, locks, counting, the look-up, backup, migrations, and keys over HTTP.
WITH_A_DIALECT := tests/api/test_own_key.py tests/models tests/operations/test_backup.py \
	tests/operations/test_migrations.py tests/services --ignore=tests/services/test_background.py \
	--ignore=tests/services/test_expiry_warnings.py --ignore=tests/services/test_notifications.py

# Each promise once, on PostgreSQL, and what has a dialect on the embedded default too. One of them leaves processors idle.
test: .venv/dev.installed
	@$(MAKE) --no-print-directory --jobs=3 lint test-postgresql test-sqlite

test-postgresql: .venv/dev.installed
	@TEST_DATABASE=postgresql $(PYTEST)

# In one process, beside those on PostgreSQL. Its dots would stand among theirs.
test-sqlite: .venv/dev.installed
	@mkdir -p build
	@TEST_DATABASE=sqlite $(BIN)/python -m pytest -m "not postgresql" $(WITH_A_DIALECT) >build/test-sqlite.txt 2>&1 \
		|| { cat build/test-sqlite.txt >&2; exit 1; }
	@echo "On SQLite: $$(tail -n 1 build/test-sqlite.txt)"

# Everything, on both databases, in full; the browser and PostgreSQL's own faults on PostgreSQL alone. The benchmarks too.
test-all: lint .venv-bench/bench.installed
	@TEST_DATABASE=postgresql $(PYTEST) --all
	@TEST_DATABASE=sqlite $(PYTEST) --all -m "not browser and not postgresql"
	@QUICK=1 .venv-bench/bin/python -m benchmarks

# Ours beside what people would use instead, in ten minutes; `make bench QUICK=1` only tries it all, in two.
bench: .venv-bench/bench.installed
	@.venv-bench/bin/python -m benchmarks

# The promises under attack and in failure, in a quarter of an hour: exits with 1 when one does not hold.
# `make torture WRITE=docs/security.md` puts the table there, `make torture ONLY=faults` runs one group.
torture: .venv/dev.installed .venv-bench/bench.installed
	@$(BIN)/python -m torture $(if $(ONLY),--only $(ONLY)) $(if $(WRITE),--write $(WRITE))

# The parsers of credentials and keys, guided by what each input covers: for ten minutes, or `make fuzz MINUTES=1`.
fuzz: .venv-fuzz/fuzz.installed
	@.venv-fuzz/bin/python -m torture.fuzz $(or $(MINUTES),10)

lint: .venv/dev.installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@SECRET_KEY=only-to-load-the-settings $(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/djangofmt --check --quiet templates oncekeys/templates
	@$(BIN)/biome format --log-level=warn
	@! LC_ALL=C.UTF-8 grep -rnE '^.{121}' templates static oncekeys --include='*.html' --include='*.txt' --include='*.css' --include='*.js' \
		|| { echo 'Longer than 120 columns: see the lines above.' >&2; exit 1; }
	@$(BIN)/python scripts/plain_words.py
	@! grep -rn '{% include' templates oncekeys/templates | grep -v ' only %}' \
		|| { echo 'An include says `only`, and names what it passes: see the lines above.' >&2; exit 1; }

# Rewrites what `make lint` finds badly laid out.
format: .venv/dev.installed
	@$(BIN)/ruff format --quiet .
	@$(BIN)/djangofmt --quiet templates oncekeys/templates
	@$(BIN)/biome format --write --log-level=warn

screenshots: .venv/dev.installed
	@$(BIN)/python scripts/screenshots.py $(LOOK)

# Sentences of the sources into both catalogues, and what translators wrote into what runs.
messages: .venv/dev.installed
	@$(BIN)/python scripts/messages.py

# Moves every pin to the newest release that fits. Other lock formats write index addresses into the file.
LOCK := .venv-lock/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --custom-compile-command "make lock"

lock: .venv-lock/bin/uv
	@$(LOCK) requirements/base.in --output-file requirements/base.txt
	@$(LOCK) requirements/dev.in --output-file requirements/dev.txt
	@$(LOCK) requirements/bench.in --output-file requirements/bench.txt
	@$(LOCK) requirements/fuzz.in --output-file requirements/fuzz.txt
	@! grep -n '://' requirements/*.txt || { echo 'A lock file names an address: see the lines above.' >&2; exit 1; }

# What the site consists of, as CycloneDX has it, and which of it has a known vulnerability. Asks the network.
AUDIT := .venv-audit/bin/pip-audit --strict --require-hashes --disable-pip

audit: .venv-audit/installed
	@mkdir -p build
	@.venv-audit/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-file build/sbom.cdx.json requirements/base.txt
	@echo 'Written: build/sbom.cdx.json'
	@$(AUDIT) --requirement requirements/base.txt
	@$(AUDIT) --requirement requirements/dev.txt
	@$(AUDIT) --requirement requirements/bench.txt
	@$(AUDIT) --requirement requirements/fuzz.txt

clean:
	rm -rf .venv .venv-audit .venv-bench .venv-fuzz .venv-hosts .venv-lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/created:
	$(call require_python)
	@'$(PYTHON)' -m venv --clear .venv
	@touch $@

.venv/base.installed: requirements/base.txt .venv/created
	@echo 'Installing what the site needs ...'
	@$(INSTALL) -r $<
	@touch $@

.venv/dev.installed: requirements/dev.txt .venv/created
	@echo 'Installing what the site, its tests and its checks need ...'
	@$(INSTALL) -r $<
	@touch .venv/base.installed $@

.venv-bench/bench.installed: requirements/bench.txt
	$(call require_python)
	@echo 'Installing what the benchmarks need ...'
	@'$(PYTHON)' -m venv --clear .venv-bench
	@$(INSTALL:.venv/%=.venv-bench/%) -r $<
	@touch $@

.venv-audit/installed:
	$(call require_python)
	@'$(PYTHON)' -m venv --clear .venv-audit
	@.venv-audit/bin/python -m pip install -qq --disable-pip-version-check --no-input pip-audit cyclonedx-bom
	@touch $@

.venv-fuzz/fuzz.installed: requirements/fuzz.txt
	$(call require_python)
	@echo 'Installing what fuzzing needs ...'
	@'$(PYTHON)' -m venv --clear .venv-fuzz
	@$(INSTALL:.venv/%=.venv-fuzz/%) -r $<
	@touch $@

.venv-lock/bin/uv:
	$(call require_python)
	@'$(PYTHON)' -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install -qq --disable-pip-version-check --no-input uv

# Said before anything is made, so that no half of an environment is left behind.
define require_python
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'oncekeys needs Python 3.11 or newer: install one, or name it with "make PYTHON=<path>".' >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'This Python cannot make an environment: install the package python3-venv.' >&2; exit 1; }
endef
