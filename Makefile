# Thin names for src/coursekit/bootstrap.py, which does the work and needs
# nothing but Python. TORCH=cpu or TORCH=cu126 chooses PyTorch's build.
PYTHON ?= python3
COURSE = $(PYTHON) src/coursekit/bootstrap.py
export TORCH EDITION

.PHONY: help book pdf test lab serve clean assignments mutants
help:
	@echo "make book    execute the chapters and build the site, _build/html"
	@echo "make pdf     print the whole book as one PDF, in _build/"
	@echo "make test    run every check"
	@echo "make lab     open the chapters as notebooks, in work/"
	@echo "make serve   show the built site at a local address"
	@echo "make assignments  student notebooks and course folder, in release/"
	@echo "make mutants  run wrong answers against the graders"
	@echo "make clean   remove what was built (work/ and .venv stay)"
book pdf test lab serve clean assignments mutants:
	@$(COURSE) $@
