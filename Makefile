# Two commands: `make up` runs the main job, `make test` proves it. `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
DEV := .venv-dev
# Where what is compiled may not be kept, every process of the tests compiles it anew.
unexport PYTHONDONTWRITEBYTECODE
# The locks name everything, so nothing is left to resolve: pip, asked to, would look for newer
# versions of what a lock names with an extra, and then miss their hashes.
LOCKED := install -q --disable-pip-version-check --require-hashes --no-deps
OURS := install -q --disable-pip-version-check --no-build-isolation --no-deps
# Files in our order, the long ones first (tests/conftest.py), not by their number of tests. Two more
# processes than there are processors: each waits half of its time, for a server, Wine or a browser.
WORKERS := 4
TOGETHER := --dist loadfile --no-loadscope-reorder
# Three things beside each other: they need no more of the machine than one after the other, and
# the end of none leaves a processor idle.
BESIDE := --no-print-directory --jobs=3 --keep-going
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo "sudo -n")
APT := $(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends
WINDOWS_PACKAGES := wine64 osslsigncode gcc-mingw-w64-x86-64 binutils-mingw-w64-x86-64 nsis
# a|b: whichever this release of Debian has (12: bookworm, 13: trixie).
TEST_PACKAGES := lynis clamav clamav-daemon clamdscan fail2ban ulogd2 ulogd2-json laurel samba-common-bin restic borgbackup nftables iptables openssh-server \
  cryptsetup-bin chromium-headless-shell|chromium fonts-noto-cjk tesseract-ocr tesseract-ocr-jpn poppler-utils iproute2 util-linux rpm apt-utils unattended-upgrades ufw gnupg gpgv dconf-cli \
  libreoffice-writer-nogui dbus-x11 gsettings-desktop-schemas libglib2.0-bin libpango-1.0-0 libpangoft2-1.0-0|libpangoft2-1.0-0t64 procps libatomic1 \
  dovecot-imapd dovecot-lmtpd postgresql systemd nginx apache2-bin unbound dnsmasq-base knot postfix tesseract-ocr tesseract-ocr-jpn r-base-core r-cran-survey r-cran-jsonlite default-jre-headless \
  wordpress wordpress-l10n wordpress-theme-twentytwentyone|wordpress-theme-twentytwentyfour \
  wordpress-theme-twentytwentythree \
  libapache2-mod-php php-mysql php-gd php-xml php-mbstring mariadb-server-core locales $(WINDOWS_PACKAGES)

TEST_CHOICES := $(foreach p,$(TEST_PACKAGES),'$(p)')

.PHONY: help up check agent test test-sqlite test-postgresql lint windows bench bench-fleet bench-tabulate bench-outside docs lock catalog knowledge

help:
	@echo "make up     install into $(VENV) and open the owner's first page: tojimari up"
	@echo "make up SURVEY=1   the same, with what tabulates surveys and draws their reports"
	@echo "make check  install into $(VENV) and run: tojimari check"
	@echo "make agent  install only the command and the agent, for another computer"
	@echo "make test   install what the tests need and run them all"
	@echo "make lint   format, lint, types, import rules, catalog"
	@echo "make windows   build the package for Windows into dist/ (EMBED=python.org's own zip)"
	@echo "make bench  compare with Lynis on this machine"
	@echo "make bench-fleet  the fleet page with 10,000 companies on PostgreSQL"
	@echo "make bench-outside   web sites seen from outside, beside testssl.sh"
	@echo "make bench-tabulate  a survey of 1 and 10 million responses, beside other tools"
	@echo "make docs   renew the generated parts of the documentation"
	@echo "make knowledge   prepare what is derived from the files of knowledge"
	@echo "make lock   renew the locked dependencies"

# A fresh Debian or Ubuntu has no venv module; everything else comes from the lock.
define need_venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version)."; exit 2; }
@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
  || { $(AS_ROOT) apt-get -qq update && $(APT) install python3-venv; } \
  || { echo "Please install python3-venv: sudo apt install python3-venv"; exit 2; }
endef

# Nothing is compiled but what is imported, when it is: of what the libraries hold that is a third.
# setuptools comes with a venv of Python 3.11 and is needed by nothing that the lock names.
$(VENV)/.ready: requirements/up.txt requirements/build.txt pyproject.toml build_catalog.py $(shell find src -type f -not -name '*.pyc' -not -name compiled.json)
	$(need_venv)
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip $(LOCKED) --no-compile -r requirements/build.txt -r requirements/up.txt
	@$(VENV)/bin/pip $(OURS) --no-compile --force-reinstall .
	@$(VENV)/bin/pip uninstall -q -y setuptools 2>/dev/null || true
	@touch $@

# The engines that tabulate surveys are three quarters of all that could be installed; owners need none.
$(VENV)/.survey: requirements/survey.txt $(VENV)/.ready
	@echo "Installing what tabulates surveys ..."
	@$(VENV)/bin/pip $(LOCKED) --no-compile -r requirements/survey.txt
	@touch $@

up: $(VENV)/.ready $(VENV)/.pdf $(if $(SURVEY),$(VENV)/.survey)
	@$(VENV)/bin/tojimari up --menu $(UP)

check: $(VENV)/.ready
	@$(VENV)/bin/tojimari check --page tojimari-report.html; code=$$?; [ $$code -le 1 ] || exit $$code

# What prints PDFs needs Pango and a Japanese font; without them everything else still works.
$(VENV)/.pdf: $(VENV)/.ready
	@$(VENV)/bin/python -c 'import weasyprint' 2>/dev/null && fc-list :lang=ja 2>/dev/null | grep -q . \
	  || { $(AS_ROOT) apt-get -qq update && { $(APT) install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk >/dev/null 2>&1 \
	  || $(APT) install libpango-1.0-0 libpangoft2-1.0-0t64 fonts-noto-cjk >/dev/null; }; } \
	  || echo "No PDF yet: sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk"
	@touch $@

agent: requirements/agent.txt requirements/build.txt
	$(need_venv)
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip $(LOCKED) -r requirements/build.txt -r requirements/agent.txt
	@$(VENV)/bin/pip $(OURS) --force-reinstall .
	@echo "Installed. Next: $(VENV)/bin/tojimari agent enroll CODE --server URL"

$(DEV)/bin/pip:
	$(need_venv)
	@$(PYTHON) -m venv $(DEV)

# Of what is installed here the tests import a third: that is compiled when it is imported first.
$(DEV)/.ready: requirements/dev.txt requirements/build.txt pyproject.toml | $(DEV)/bin/pip
	@$(DEV)/bin/pip $(LOCKED) --no-compile -r requirements/build.txt -r requirements/dev.txt
	@$(DEV)/bin/pip $(OURS) -e .
	@touch $@

# Beside what pip does: neither keeps a processor busy alone.
$(DEV)/.packages: Makefile | $(DEV)/bin/pip
	@if [ -n "$$(tests/missing_packages.sh $(TEST_CHOICES))" ]; then $(AS_ROOT) apt-get -qq update \
	  && $(APT) install $$(tests/missing_packages.sh $(TEST_CHOICES)) >/dev/null; fi
# The whole browser does as well, with half as much work again.
	@command -v chromium-headless-shell >/dev/null || { $(AS_ROOT) apt-get -qq update && $(APT) install chromium-headless-shell; } >/dev/null 2>&1 || true
	@touch $@

catalog: $(DEV)/.ready
	@$(DEV)/bin/python -c 'from tojimari.catalog import compile_catalog; compile_catalog()'

# Once, one process compiles the tests and what they import, not each of those that run them at once.
$(DEV)/.collected: $(DEV)/.ready | catalog
	@$(DEV)/bin/pytest -n 0 --collect-only >/dev/null 2>&1 || true
	@touch $@

lint: $(DEV)/.ready catalog
	@$(DEV)/bin/ruff format --check .
	@$(DEV)/bin/ruff check .
	@$(DEV)/bin/mypy
	@$(DEV)/bin/lint-imports
	@$(DEV)/bin/tojimari catalog lint

# Packages are installed beside libraries and lint; the tests begin when both are there.
test:
	@$(MAKE) $(BESIDE) test-sqlite test-postgresql lint

test-sqlite: $(DEV)/.packages $(DEV)/.collected
	@$(DEV)/bin/pytest -n $(WORKERS) $(TOGETHER)

test-postgresql: $(DEV)/.packages $(DEV)/.collected
	@TOJIMARI_TEST_DATABASE=postgresql $(DEV)/bin/pytest -n 0 tests/portal

# Wine runs the package's own interpreter once, to compile what it will load.
windows: $(DEV)/.ready catalog
	@if [ -n "$$(tests/missing_packages.sh $(WINDOWS_PACKAGES))" ]; then $(AS_ROOT) apt-get -qq update \
	  && $(APT) install $$(tests/missing_packages.sh $(WINDOWS_PACKAGES)) >/dev/null; fi
	@$(DEV)/bin/python -m distribution.windows $(if $(EMBED),--embed $(EMBED)) $(if $(CERTIFICATE)$(KEY),--certificate "$(CERTIFICATE)" --key "$(KEY)")

bench: $(DEV)/.ready $(DEV)/.packages catalog $(VENV)/.ready
	@$(VENV)/bin/python benchmarks/check.py

bench-fleet: $(DEV)/.ready $(DEV)/.packages catalog
	@$(DEV)/bin/python benchmarks/fleet.py

bench-tabulate: $(DEV)/.ready $(DEV)/.packages catalog
	@$(DEV)/bin/python benchmarks/tabulate.py --rows 1e6 --rows 1e7

bench-outside: $(DEV)/.ready $(DEV)/.packages catalog
	@command -v testssl >/dev/null || { $(AS_ROOT) apt-get -qq update && $(APT) install testssl.sh >/dev/null; }
	@PYTHONPATH=. $(DEV)/bin/python benchmarks/outside.py
	@PYTHONPATH=. $(DEV)/bin/python benchmarks/outside_watch.py
	@PYTHONPATH=. $(DEV)/bin/python benchmarks/outside_many.py --sites 1000

docs: $(DEV)/.ready catalog
	@$(DEV)/bin/python docs/make_docs.py

knowledge: $(DEV)/.ready
	@$(DEV)/bin/python prepare_knowledge.py

lock: $(DEV)/.ready
	@$(DEV)/bin/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-header --extra portal --extra postgresql --extra survey --extra outside --extra mail-in --extra desk --extra documents --extra opendocument --extra timestamp pyproject.toml -o requirements/survey.txt
	@$(DEV)/bin/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-header --extra portal --extra postgresql --extra outside --extra mail-in --extra desk --extra documents --extra opendocument --extra timestamp -c requirements/survey.txt pyproject.toml -o requirements/up.txt
	@$(DEV)/bin/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-header --extra agent pyproject.toml -o requirements/agent.txt
	@$(DEV)/bin/uv pip compile -q --no-strip-extras --python-platform x86_64-pc-windows-msvc --python-version 3.13 --generate-hashes --no-header --extra portal -c requirements/survey.txt pyproject.toml -o requirements/windows.txt
	@$(DEV)/bin/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-header requirements/build.in -o requirements/build.txt
	@$(DEV)/bin/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-header --extra all pyproject.toml requirements/dev.in -o requirements/dev.txt
