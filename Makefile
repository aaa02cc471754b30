# Two commands on a fresh machine that has git, make and Python >= 3.11:
#
#   make solve    set everything up in .venv and watch a trained model solve a Sudoku
#   make test     set everything up and run every check that a change must pass
#
# `make pictures` draws the README's pictures again, with the real program.
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
PIP := $(BIN)/python -m pip --disable-pip-version-check
NEEDS_PYTHON := import sys; sys.exit(sys.version_info < (3, 11) and "hrm needs Python 3.11 or newer; this is %s. Say which to use: make PYTHON=python3.12" % sys.version.split()[0])

.PHONY: solve test pictures clean again

solve: $(STAMP)
	$(BIN)/hrm solve sudoku puzzles/examples/sudoku/hard.txt

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest $(WORKERS)

# One worker a core; `make test WORKERS=` runs all in one process. More than eight only wait for memory.
WORKERS ?= --numprocesses auto --maxprocesses 8 --dist worksteal

PICTURES := hrm_tui/pictures

pictures: $(STAMP)
	@mkdir -p $(PICTURES)
	$(BIN)/hrm record sudoku minimal --device cpu --out $(PICTURES)/sudoku.svg
	$(BIN)/hrm record maze tree --device cpu --out $(PICTURES)/maze.svg
	$(BIN)/python tests/support/take_pictures.py $(PICTURES)

# A stamp says nothing about an environment that was interrupted, moved or lost its interpreter.
ifneq ($(shell test -x $(BIN)/python && $(BIN)/python -c "import sys; print(sys.version_info >= (3, 11))" 2>&1) $(wildcard $(BIN)/hrm),True $(BIN)/hrm)
$(STAMP): again
endif

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here; hrm needs Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c '$(NEEDS_PYTHON)'
	@$(BIN)/python -c '$(NEEDS_PYTHON)' 2>/dev/null && $(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
ifneq ($(TORCH_INDEX),)
	$(PIP) install --constraint constraints.txt --index-url $(TORCH_INDEX) --no-deps torch
endif
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
