PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt

# Each process that a server or a test starts would else compile all modules once more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test faults plugin-faults soak probes screenshots clean

install: .venv/installed

demo: install
	$(BIN)/commandcenter demo $(ARGS)

test: .venv/installed-test .venv-provider/installed
	.ci/setup
	$(BIN)/ruff check
	$(BIN)/mypy --num-workers 2
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile -q $(ARGS)

faults: .venv/installed-test
	.ci/setup
	$(BIN)/python -m tests.faults $(ARGS)

plugin-faults: .venv/installed-test
	.ci/setup
	$(BIN)/python -m tests.plugin_faults $(ARGS)

soak: .venv/installed-test
	.ci/setup
	$(BIN)/python -m tests.faults.soak $(ARGS)

probes: .venv/installed-test
	$(BIN)/python -m tests.probes $(ARGS)

screenshots: install
	$(PIP) --editable '.[docs]'
	.ci/setup
	$(BIN)/python docs/screenshots.py $(ARGS)

clean:
	rm -rf .venv .venv-provider build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The stamps make a second call quick; what changes the packages makes them stale.
.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable .
	touch $@

.venv/installed-test: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[test]'
	touch $@ .venv/installed

# A provider of OpenID Connect for the tests, apart: what it is made of is not what we are made of.
.venv-provider/installed: tests/services/provider.txt
	$(PYTHON) -m venv .venv-provider
	.venv-provider/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	touch $@
