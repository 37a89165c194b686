# Everything runs in .venv, made on first use. `make` alone shows what there is.
PYTHON ?= python3
YEAR ?=
VENV := .venv
BIN := $(VENV)/bin
BASE := $(VENV)/.base
DEV := $(VENV)/.dev
NOTEBOOKS := chapters/*.ipynb

.DEFAULT_GOAL := help
.PHONY: help book test years campagne lint lab bench clean

help: ## Montre cette aide
	@grep -E '^[a-z]+:.*## ' Makefile | while IFS= read -r line; do printf '  make %-8s %s\n' "$${line%%:*}" "$${line#*## }"; done

book: $(BASE) ## Construit le livre de l’édition la plus récente (YEAR=2022 : une autre ; YEAR=all : toutes)
	@$(BIN)/rapport build $(if $(filter all,$(YEAR)),--all,$(YEAR))

test: $(DEV) ## Lance tous les tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

years: $(DEV) ## Invente des années d’après les schémas (N=200) et exécute sur elles tous les chapitres
	EXEMPLES=$(or $(N),200) $(BIN)/python -m pytest -q -n auto --dist load tests/test_annees_inventees.py $(ARGS)

campagne: $(DEV) ## Coupe, retouche et trompe des projets d’essai par centaines (20 minutes) ; chiffres dans _build/campagne.json
	PYTHONPATH=tests nice $(BIN)/python -m campagnes $(ARGS)

lint: $(DEV) ## Vérifie la forme du code et des notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify --keep-id $(NOTEBOOKS)

lab: $(DEV) ## Ouvre les chapitres dans JupyterLab
	$(BIN)/jupyter lab --notebook-dir=. --LabApp.default_url=/lab/tree/chapters --LabApp.app_settings_dir=.jupyterlab $(ARGS)

bench: $(DEV) ## Mesure le temps d’une construction, à côté d’une boucle de papermill
	$(BIN)/python bench/bench.py $(ARGS)

clean: ## Efface ce qui a été construit (le livre publié aussi ; pas .venv)
	rm -rf _build .pytest_cache .ruff_cache

$(BASE): requirements.txt pyproject.toml
	@test -d $(VENV) || { echo "Création de $(VENV)…"; $(PYTHON) -m venv $(VENV); }
	@echo "Installation des dépendances (quelques minutes la première fois)…"
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): $(BASE) requirements-dev.txt
	@echo "Installation de ce que demandent les tests…"
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@
