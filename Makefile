# make demo [APP=0]   the whole job on the sample game, from a bare clone
# make test           all tests, those in the browser included; REAL=FOLDER: on real footage, too
# make loop           fine-tuning on a new domain; JSON=FILE writes the figures
# make bench          how fast it is, beside others' ways and beside what bounds it; JSON=FILE
# make bench-long     the rows that take longer
# make install        the virtual environment alone

VENV ?= .venv
FITS := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))
# Version managers leave commands that do not run: each candidate is tried.
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.10; do \
  $$p -c '$(FITS)' 2>/dev/null && { echo $$p; break; }; done)
BIN := $(VENV)/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt
APP ?= 1

# Threads that spin for long while they wait make two busy cores slower than one; threads that do not
# spin at all wake too late.
ifndef OMP_WAIT_POLICY
export GOMP_SPINCOUNT ?= 1000
endif
export KMP_BLOCKTIME ?= 0
# Where bytecode is not kept, each start of Python compiles torch and FiftyOne again: ten seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test loop bench bench-long install lint browser parity clean

demo: install
	$(BIN)/hoop demo $(if $(filter 0,$(APP)),--no-app)

# Two processes of one thread each; a file's tests stay together: they share what is costly to make.
test: install browser parity
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -rs \
	  $(if $(REAL),--real-data=$(REAL)) $(PYTEST)

loop: install
	$(BIN)/hoop sample loop $(if $(JSON),--json $(JSON))

bench bench-long: install
	PYTHONPATH=benchmarks $(BIN)/python -m speed $(if $(filter %-long,$@),--long) \
	  --json $(or $(JSON),$@.json)

install: $(VENV)/.installed

# torch comes first: sam2 is built from source against it, and would fetch it a second time.
$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(FITS)' || \
	  { echo "Python 3.10, 3.11 or 3.12 is needed: install one, or give PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { test "$$(id -u)" = 0 && apt-get install -y -qq python3-venv && \
	  $(PYTHON) -m venv $(VENV); } || { echo "no virtual environment could be made: apt-get install python3-venv"; exit 1; }
	@echo "Installing (about 7 GB with torch; some minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(UV) torch torchvision setuptools wheel
	@SAM2_BUILD_CUDA=0 $(UV) --no-build-isolation-package sam2 --editable '.[test]'
	@$(BIN)/python -m hoop_plugins.data.database
	@touch $@

# Chromium and ffmpeg serve the tests; people need neither for the job.
browser: install
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  command -v chromium >/dev/null && command -v ffmpeg >/dev/null || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium ffmpeg >/dev/null; }; \
	else command -v chromium >/dev/null && command -v ffmpeg >/dev/null || \
	  echo "Chromium or ffmpeg is missing, so some tests are left out: apt-get install chromium ffmpeg"; fi

# The references for tracking metrics; their own requirements would bring a second OpenCV.
parity: install
	@$(UV) --no-deps trackeval==1.3.0 trackers==2.6.1

lint: install
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	$(BIN)/lint-imports && $(BIN)/deptry .

clean:
	rm -rf $(VENV)
