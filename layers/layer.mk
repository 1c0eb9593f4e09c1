# How `sam build` makes a layer. SAM copies layers/ aside, goes into the layer's folder there, and runs the Makefile of
# the architecture, which includes this file: SAM tells a recipe nothing else of the architecture.

# The functions' own Python compiles; pyenv may have one that is not on PATH.
PYTHONS := python3.13 $(lastword $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.13*/bin/python3.13))
PYTHON := $(firstword $(foreach python,$(PYTHONS),$(shell $(python) -c 'import pip; print("$(python)")' 2>/dev/null)))
ifndef PYTHON
$(error python3.13 with pip is needed to build for the runtime python3.13: put it on PATH, or use sam build --use-container)
endif

export PYTHONHASHSEED := 0
TARGET := $(ARTIFACTS_DIR)/python
# Lambda's Amazon Linux 2023 has glibc 2.34, and so runs what is built for these.
PLATFORMS := manylinux2014 manylinux_2_17 manylinux_2_27 manylinux_2_28

build-%:
	$(PYTHON) -m pip --disable-pip-version-check --no-input install --quiet --target "$(TARGET)" \
	  --requirement requirements.txt --require-hashes --no-deps --no-compile \
	  --only-binary :all: --implementation cp --python-version 3.13 $(PLATFORMS:%=--platform %_$(MACHINE))
	if [ -d yardmaster ]; then cp -R yardmaster "$(TARGET)"; fi
# The command line stays at home: it needs packages that no function has.
	rm -rf "$(TARGET)/yardmaster/cli" "$(TARGET)/bin"
	find "$(TARGET)" -type d \( -name __pycache__ -o -name tests \) -prune -exec rm -rf {} +
	find "$(TARGET)" -type f \( -name '*.pyi' -o -name '*.h' -o -name '*.a' \) -delete
# Of what pip notes beside the packages stay names, versions and licences: scanners look for vulnerable ones by these.
	find "$(TARGET)" -path '*.dist-info/*' -type f ! -name METADATA ! -path '*/licenses/*' -delete
# Deployed files carry dates of 1980 and can't be written, so no module whose date is checked would ever be found
# compiled: these are taken as they are.
	$(PYTHON) -m compileall -q --invalidation-mode unchecked-hash -s "$(TARGET)" -p /opt/python "$(TARGET)"
	chmod -R u=rwX,go=rX "$(TARGET)"
