# Two commands matter: `make demo` (see it work) and `make test` (prove it). Both do all set-up.
PYTHON ?= python3
COUNTY ?= my-county
SCALE ?= 0.1
SERVE ?= 1
PORT ?= 8000
NAME ?=
export PYTHON

.PHONY: help demo test lint serve bench assets setup setup-dev lock screenshot clean

help:
	@echo "make demo      build the synthetic county, load it, run every insight, serve it (SERVE=0 ends instead)"
	@echo "make test      install what the tests need and run them"
	@echo "make lint      style, types and the rules between the rooms"
	@echo "make serve     serve the county in $(COUNTY)"
	@echo "make assets    build the pages' style and script"
	@echo "make bench NAME=forecast-m3   run a benchmark (list: benchmarks/)"
	@echo "make screenshot   take the README's picture (needs Chromium)"

setup:
	@scripts/setup default

setup-dev:
	@scripts/setup dev

assets: setup
	@scripts/assets

demo: assets
	@.venv/bin/forethought demo $(COUNTY) --scale $(SCALE) --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve,--serve)

serve: assets
	@.venv/bin/forethought serve --workspace $(COUNTY) --port $(PORT)

test: setup-dev
	@scripts/assets
	@.venv/bin/forethought warm
	@.venv/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: setup-dev
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports

bench:
	@scripts/setup bench
	@test -n "$(NAME)" || { echo "Name one: make bench NAME=$$(cd benchmarks && ls *.py | sed 's/\.py//; s/_/-/g' | grep -v common | paste -sd'|')"; exit 2; }
	@.venv/bin/python benchmarks/$(subst -,_,$(NAME)).py $(ARGS)

screenshot: setup-dev
	@scripts/assets
	@.venv/bin/python scripts/screenshot.py $(COUNTY)

lock: setup
	@scripts/lock

clean:
	rm -rf .venv $(COUNTY) src/forethought/web/static/built
