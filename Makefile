# Everything a checkout of runreport can do; `make` alone prints this list.
# Needs a python3 of 3.11 or newer with pip; all else is installed into $(VENV).

VENV ?= .venv
RUN := $(VENV)/bin
OUTPUT ?= site
RUNS ?= scratch/runs
WORKERS ?= auto

SITE_READY := $(VENV)/.installed-sklearn
TEST_READY := $(VENV)/.installed-test
TRAINED := $(RUNS)/.trained
EXAMPLES := $(wildcard site-example/*.py site-example/*/*.py site-example/*/train.sh \
	runreport/tracking/*.py runreport/sklearn/*.py)
# `log_peers` and `read_peers` install other trackers, and are run by hand.
BENCHES := log read build tables grid serve

export VENV

.DEFAULT_GOAL := help
.PHONY: help setup site serve test test-all test-frameworks check format golden screenshot wheel bench clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(TEST_READY) ## Set up the virtual environment with everything that development needs

site: $(TRAINED) ## Train the examples, build their site and print its address
	@sh tools/site.sh "$(RUNS)" "$(OUTPUT)"

serve: site ## The same, then serve the site on this machine
	@"$(RUN)/python" -m http.server --bind 127.0.0.1 --directory "$(OUTPUT)" 8000

test: check ## Check the code and run the tests, in a real browser too
	@sh tools/test.sh -n $(WORKERS) --dist loadfile

test-all: check ## The same with the tests that take minutes
	@RUNREPORT_NGINX="$$(sh tools/nginx.sh)" sh tools/test.sh -n $(WORKERS) --dist loadfile -m "not frameworks"

test-frameworks: $(TEST_READY) ## Test with PyTorch, Lightning, Keras and Transformers, which it installs
	@sh tools/setup.sh frameworks
	@"$(RUN)/pytest" tests/frameworks -m frameworks

check: $(TEST_READY) ## Check formatting, lint and types
	@"$(RUN)/ruff" format --check .
	@"$(RUN)/ruff" check .
	@"$(RUN)/mypy"

format: $(TEST_READY) ## Format the code and mend what the linter can
	@"$(RUN)/ruff" check --fix .
	@"$(RUN)/ruff" format .

golden: $(TEST_READY) ## Rewrite the tests' golden files from what the code makes
	@"$(RUN)/pytest" -k golden --update-golden

screenshot: $(TEST_READY) ## Take the README's pictures from the runs that are kept in site-example
	@sh tools/site.sh site-example/runs scratch/pictured
	@RUNREPORT_CHROMIUM="$$(sh tools/browser.sh)" && export RUNREPORT_CHROMIUM && \
		"$(RUN)/python" tools/screenshot.py scratch/pictured

wheel: $(TEST_READY) ## Build the wheel and the source archive into dist/, and try the wheel
	@rm -rf dist
	@"$(RUN)/python" -m build --no-isolation
	@"$(RUN)/pytest" tests/test_packaging.py

bench: $(TEST_READY) ## Measure logging, reading and building
	@for name in $(BENCHES); do "$(RUN)/python" "tests/bench/$$name.py" || exit 1; done

clean: ## Remove all that make made, the virtual environment too
	rm -rf "$(VENV)" site .runreport-cache scratch dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find runreport tests site-example tools -name __pycache__ -type d -exec rm -rf {} +

$(TRAINED): $(EXAMPLES) | $(SITE_READY)
	@rm -rf "$(RUNS)"
	@"$(RUN)/python" site-example/train_all.py "$(RUNS)"
	@touch "$@"

$(SITE_READY): pyproject.toml tools/setup.sh
	@sh tools/setup.sh sklearn

$(TEST_READY): pyproject.toml tools/setup.sh
	@sh tools/setup.sh test
	@touch "$(SITE_READY)"
