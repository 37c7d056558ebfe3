# make lab · make test · make notebooks · make claims · make reproduce · make site · make offline · make lint · make coverage · make clean
PYTHON ?= python3
VENV ?= .venv
# Linux without a GPU: TORCH_INDEX=<the --index-url that pytorch.org shows for "CPU"> takes the small build of the same pair.
TORCH_INDEX ?=
TORCH = torch==2.11.0 torchaudio==2.11.0 torchvision==0.26.0
LAB_OPTIONS ?=
OFFLINE_OPTIONS ?=

RUN = $(VENV)/bin/python
STAMP = $(VENV)/.installed

# A .venv whose interpreter is gone (Python upgraded, folder moved) is made anew.
ifneq ($(shell $(RUN) -c "print('works')" 2>/dev/null),works)
.PHONY: $(STAMP)
endif
.PHONY: lab test notebooks claims reproduce site offline lint coverage clean

lab: $(STAMP)
	$(RUN) -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(LAB_OPTIONS)

test: $(STAMP)
	$(RUN) -m pytest

notebooks: $(STAMP)
	$(RUN) notebooks/execute.py

claims: $(STAMP)
	$(RUN) -m audioxai_lite claims --write
	$(RUN) notebooks/glossary.py

reproduce: $(STAMP)
	$(RUN) -m audioxai_lite reproduce --all

site: $(STAMP)
	$(RUN) notebooks/build_site.py site

offline: $(STAMP)
	TORCH_INDEX="$(TORCH_INDEX)" $(RUN) notebooks/offline.py offline $(OFFLINE_OPTIONS)

lint: $(STAMP)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/bin/lint-imports
	$(RUN) -m mypy

coverage: $(STAMP)
	$(RUN) -m pytest -p no:nbval -n 2 --override-ini addopts=--doctest-modules --cov=audioxai_lite --cov-report=term-missing:skip-covered -k "not turns_the_claims_red" -m "not slow" tests audioxai_lite

clean:
	rm -rf $(VENV) build .pytest_cache .ruff_cache .mypy_cache .coverage *.egg-info
	find . -name __pycache__ -o -name .ipynb_checkpoints | xargs rm -rf

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(RUN) -c "import pip" 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(if $(TORCH_INDEX),$(RUN) -m pip install --index-url $(TORCH_INDEX) $(TORCH))
	$(RUN) -m pip install --constraint constraints.txt --editable ".[test]"
	@$(RUN) -m pip install --quiet --constraint constraints.txt --editable ".[real]" || \
		echo "The networks of notebook 14 could not be installed; what needs them is skipped."
	touch $(STAMP)
