# make            what there is
# make run        the portal at http://127.0.0.1:8000
# make test       every test that this machine can run

# Any Python from 3.11 on; the rest lives in .venv, made from it.
PYTHON ?= python3
PORT ?= 8000
# The folder of everything that is not code: database, files, search index, secret key.
MRC_DATA_DIR ?= $(CURDIR)/var
# More for the commands below: make test ARGS="-k search"
ARGS ?=
export PORT MRC_DATA_DIR

VENV_PYTHON = .venv/bin/python

.PHONY: help
help:
	@echo "make run       serve the portal at http://127.0.0.1:$(PORT)  (PORT=, MRC_DATA_DIR=, MRC_DEMO=0)"
	@echo "make test      run the tests: SQLite, then PostgreSQL and Chromium as far as they are there"
	@echo "make dev       serve it for developing: debug pages, reload after every change"
	@echo "make check     style, types, imports between rooms, migrations, translations, security"
	@echo "make messages  gather the texts to be translated and compile the translations"
	@echo "make pictures  make the pictures of the handbook and of README.md anew"
	@echo "make bench     measure the portal"
	@echo "make relevance measure how well the search finds: the judged queries"
	@echo "make bench-search  measure search beside PostgreSQL's and SQLite's own"
	@echo "make clean     remove .venv and what tools left behind; data stays"

# Plain HTTP is for one's own machine: a public server sets MRC_HTTPS=1 (docs/operating.md).
.PHONY: run
run: export MRC_HTTPS := $(or $(MRC_HTTPS),0)
run: environment
	@$(VENV_PYTHON) manage.py prepare_portal
	@exec $(VENV_PYTHON) -m gunicorn --config deploy/gunicorn.conf.py

.PHONY: dev
dev: export MRC_DEBUG := 1
dev: environment
	@$(VENV_PYTHON) manage.py prepare_portal
	@exec $(VENV_PYTHON) manage.py runserver 127.0.0.1:$(PORT)

.PHONY: test
test: environment-with-tools
	@$(VENV_PYTHON) -m tests.run $(ARGS)

.PHONY: check
check: environment-with-tools
	@$(VENV_PYTHON) -m tests.check $(ARGS)

.PHONY: pictures
pictures: environment-with-tools
	@$(VENV_PYTHON) -m tests.pictures

.PHONY: bench
bench: environment-with-tools
	@$(VENV_PYTHON) -m tests.bench $(ARGS)

.PHONY: relevance
relevance: environment-with-tools
	@$(VENV_PYTHON) -m tests.relevance $(ARGS)

.PHONY: bench-search
bench-search: environment-with-tools
	@$(VENV_PYTHON) -m tests.bench.search $(ARGS)

.PHONY: messages
messages: environment-with-tools
	@$(VENV_PYTHON) -m tests.check_catalogues --update

.PHONY: environment
environment:
	@$(PYTHON) deploy/prepare_venv.py requirements.txt

.PHONY: environment-with-tools
environment-with-tools:
	@$(PYTHON) deploy/prepare_venv.py requirements.txt tests/requirements.txt

.PHONY: clean
clean:
	rm -rf .venv tests/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
