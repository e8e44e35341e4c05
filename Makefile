# Only forwards: `make run` is `python3 start.py run`, where all the work is done.
PYTHON ?= python3

.PHONY: help run class cluster exercises check test lint bench bench-peers crowd soak figures audit doctor kit
help run class cluster exercises check test lint bench bench-peers crowd soak figures audit doctor kit:
	@$(PYTHON) start.py $@ $(ARGS)
