# Only forwards: `make run` is `python3 start.py run`, where all the work is done.
PYTHON ?= python3

.PHONY: help run class exercises check test lint bench crowd figures
help run class exercises check test lint bench crowd figures:
	@$(PYTHON) start.py $@ $(ARGS)
