# Two commands on a fresh machine that has git, make and Python >= 3.11:
#
#   make solve    set up what is needed in .venv and watch a trained model solve a Sudoku
#   make test     set up the tools too and run every check that a change must pass
#
# `make pictures` draws the README's pictures again, with the real program; the first time it trains
# a model for four minutes.
#
# On Linux the plain torch wheel brings several GB of CUDA libraries. Without a GPU, fetch torch
# alone from the index of CPU wheels instead:
#
#   make solve TORCH_INDEX=https://download.pytorch.org/whl/cpu
#
# PYTHON=python3.12 chooses another interpreter. Both are for a new .venv: `make clean` goes before.

PYTHON ?= python3
TORCH_INDEX ?=

BIN := .venv/bin
STAMP := .venv/.installed
DEV := .venv/.installed-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check
NEEDS_PYTHON := import sys; sys.exit(sys.version_info < (3, 11) and "hrm needs Python 3.11 or newer; this is %s. Say which to use: make PYTHON=python3.12" % sys.version.split()[0])

.PHONY: solve test checks kernels pictures clean again

solve: $(STAMP)
	$(BIN)/hrm solve sudoku hard
	@echo "Next: $(BIN)/hrm tui opens the app, $(BIN)/hrm lists what else there is."

# The static checks and the compiler use a core each.
test: $(DEV)
	$(MAKE) --no-print-directory --jobs 2 --output-sync checks kernels
	$(BIN)/python -m pytest $(WORKERS)

checks: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

kernels: $(DEV)
	$(BIN)/python tests/support/compile_kernels.py

# Two workers a core, since many tests wait for processes, servers and the app; more than eight only
# wait for memory. `make test WORKERS=` runs all in one process.
WORKERS ?= --numprocesses $(shell $(PYTHON) -c "import os; print(min(8, 2 * os.cpu_count()))") --dist worksteal

PICTURES := hrm_tui/pictures

CURVE := runs/four-minutes

pictures: $(DEV) $(CURVE)/model.safetensors
	@mkdir -p $(PICTURES)
	$(BIN)/hrm record sudoku minimal --device cpu --out $(PICTURES)/sudoku.svg
	$(BIN)/hrm record maze tree --device cpu --out $(PICTURES)/maze.svg
	$(BIN)/hrm record --run $(CURVE) --out $(PICTURES)/curve.svg
	$(BIN)/python tests/support/take_pictures.py $(PICTURES) $(CURVE)

# The run of the curve. It has a core for itself, or its minutes say little.
$(CURVE)/model.safetensors: | $(DEV)
	$(BIN)/hrm train --task sudoku --minutes 4 --threads 1 --device cpu --set evaluate_level=newspaper \
		--set evaluate_count=100 --set evaluate_every=24 --set evaluate_share=0.5 --out $(CURVE)

# A stamp says nothing about an environment that was interrupted, moved or lost its interpreter.
ifneq ($(shell test -x $(BIN)/python && $(BIN)/python -c "import sys; print(sys.version_info >= (3, 11))" 2>&1) $(wildcard $(BIN)/hrm),True $(BIN)/hrm)
$(STAMP) $(DEV): again
endif

# $(call install,WHAT,OPTIONS): all of WHAT at once, since each call of pip finds the versions anew.
define install
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here; hrm needs Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c '$(NEEDS_PYTHON)'
	@$(BIN)/python -c '$(NEEDS_PYTHON)' 2>/dev/null && $(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(if $(TORCH_INDEX),$(PIP) install $(2) --constraint constraints.txt --index-url $(TORCH_INDEX) --no-deps torch)
	@echo "Installing into .venv. That takes minutes: torch alone is 0.2 GB, on Linux with CUDA several GB."
	$(PIP) install $(2) --constraint constraints.txt --editable '$(1)'
endef

$(STAMP): pyproject.toml constraints.txt
	$(call install,.)
	@touch $@

# Python compiles what is imported; to compile all ten thousand files takes 43 seconds.
$(DEV): pyproject.toml constraints.txt
	$(call install,.[dev],--no-compile)
	@touch $(STAMP) $@

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
