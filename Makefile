# Two commands for everybody: `make run`, `make test`. The rest is for developers; CONTRIBUTING.md explains.
.PHONY: run test check bench format lock messages wheel clean

PY := .venv/bin/python

run: ## set everything up and start the demo
	@tools/setup run
	@$(PY) -m kiosk run --demo $(ARGS)

test: ## set everything up and pass the tests
	@tools/setup dev
	@$(PY) -m pytest -n auto --dist loadfile $(ARGS)

check: ## format, lint, types, layers, translations
	@tools/setup dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	node_modules/.bin/biome ci --colors=off --error-on-warnings kiosk/web/static kiosk/demo
	$(PY) tools/messages.py check

bench: ## measure against the floor (bench/README.md)
	@tools/setup dev
	@$(PY) -m bench $(ARGS)

format: ## format and mend what can be mended
	@tools/setup dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	node_modules/.bin/biome check --write kiosk/web/static kiosk/demo

messages: ## update the translation catalogues from the sources
	@tools/setup dev
	$(PY) tools/messages.py update

lock: ## write requirements/*.txt anew
	tools/lock

wheel: ## build dist/kiosk-*.whl with everything a Pi needs
	@tools/setup dev
	.venv/bin/hatchling build -t wheel -d dist

clean: ## remove what the other commands made
	rm -rf .venv build dist node_modules var kiosk/web/static/vendor
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
