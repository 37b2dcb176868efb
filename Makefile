# Everything starts from a bare checkout with Python 3.11 or newer; the first run makes a virtual environment in .venv.
#   make run ARGS="--port 8081"     passes options on to `idp demo`
#   make test ARGS="-k certificate" passes options on to pytest
#   make run PYTHON=/path/to/python makes the virtual environment with that one

VENV_PYTHON = .venv/bin/python
ARGS ?=

.PHONY: help run test bench translations clean
.DEFAULT_GOAL := help

help:
	@echo "make run    start the demo: provider, certificate listener, sample application, mailbox"
	@echo "make test   run all checks: ruff, mypy, pytest"
	@echo "make bench  measure this server beside the floor of what Python can do"
	@echo "make translations  bring the catalogs of the pages' texts up to date"
	@echo "make clean  remove the virtual environment and what tools have left behind"

run:
	@scripts/install demo
	@.venv/bin/idp demo $(ARGS)

test:
	@scripts/install demo,test
	@echo "ruff check" && $(VENV_PYTHON) -m ruff check
	@echo "ruff format --check" && $(VENV_PYTHON) -m ruff format --check
	@echo "mypy --strict idp" && $(VENV_PYTHON) -m mypy --strict idp
	@$(VENV_PYTHON) -m pytest -n auto $(ARGS)

bench:
	@scripts/install demo,test
	@$(VENV_PYTHON) -m bench $(ARGS)

translations:
	@scripts/install demo,test
	@$(VENV_PYTHON) -m tools.translations

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
