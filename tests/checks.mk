# Checks.  Each part ends with "N passed, N failed, N skipped"; check adds
# them up.

PARTS := check-unit check-offsets check-signal-safe check-build check-docs \
	check-api check-cli check-replay check-damage check-python check-install check-asan check-fuzz \
	check-valgrind check-signals \
	check-deaths check-e2e check-programs check-foreign check-systemd \
	check-faulthandler check-cpython-short

TESTENV = O='$(O)' PYTHON='$(PYTHON)' CC='$(CC)' MAKE='$(MAKE)'

.PHONY: check check-long check-foreign-long check-cpython check-cpython-short \
	check-deaths check-deaths-long check-damage-long check-damage-some \
	check-valgrind-long $(PARTS)
check: all ## every test, with one summary line at the end
	+@$(TESTENV) tests/check-all.sh $(PARTS)

check-long: all crashers deaths ## everything in full: all ways to die, all programs, load, all of CPython's tests
	@$(TESTENV) $(PYTHON) tests/e2e/run.py --build '$(abspath $(O))' --all
	@$(TESTENV) $(PYTHON) tests/e2e/run.py --build '$(abspath $(O))' --long
	@$(TESTENV) $(PYTHON) tests/programs/run.py --build '$(abspath $(O))' --all
	@$(MAKE) O='$(O)' check-damage-long
	@$(MAKE) O='$(O)' check-valgrind-long
	@$(MAKE) O='$(O)' check-deaths-long
	@$(MAKE) O='$(O)' check-foreign-long
	@$(MAKE) O='$(O)' check-cpython

check-unit: $(UNIT_PROGRAMS) ## the modules of the daemon
	@tests/run-unit.sh $(UNIT_PROGRAMS)

check-e2e: all crashers ## real crashes of real interpreters
	@$(TESTENV) $(PYTHON) tests/e2e/run.py --build '$(abspath $(O))'

check-signals: all signals ## every call that has to do with signals, bare and under the shim
	@$(TESTENV) $(PYTHON) tests/signals/run.py --build '$(abspath $(O))'

check-programs: all crashers ## JVM, node, git, gunicorn and others, bare and under the shim
	@$(TESTENV) $(PYTHON) tests/programs/run.py --build '$(abspath $(O))'

# PYTHON on the command line may be several here, and any that is supported.
CPYTHON_RUNNER ?= /usr/bin/python3
check_cpython = O='$(O)' $(CPYTHON_RUNNER) tests/cpython/run.py \
	$(if $(filter command,$(origin PYTHON)),$(PYTHON:%=--python %))

check-cpython: all ## CPython's own tests, with and without the shim
	@$(check_cpython) $(TESTS)

check-faulthandler: all ## CPython's tests of faulthandler, with fdpreload in its place
	@$(check_cpython) --installed --short test_faulthandler

check-cpython-short: all ## as many of them as CI has time for
	@$(check_cpython) --short $(TESTS)

# Another part of what is large with each commit.
commits = $(shell git rev-list --count HEAD 2>/dev/null || echo 0)

DEATHS_PARTS := 4
deaths_part = $(commits)/$(DEATHS_PARTS)

check-deaths: all crashers deaths ## every way to die, a part of the matrix
	@$(TESTENV) $(PYTHON) tests/deaths/deaths.py --build '$(abspath $(O))' --part $(deaths_part)

check-deaths-long: all crashers deaths ## every way to die, all cells
	@$(TESTENV) $(PYTHON) tests/deaths/deaths.py --build '$(abspath $(O))'

check-foreign: all ## sanitizers, valgrind, other binaries and C libraries, odd starts
	@$(TESTENV) $(PYTHON) tests/foreign/run.py --build '$(abspath $(O))'

check-systemd: all ## services under a real systemd, in a container, with and without the shim
	@$(TESTENV) $(PYTHON) tests/systemd/run.py --build '$(abspath $(O))'

check-foreign-long: all ## the same with other releases of Debian, and Python under valgrind
	@$(TESTENV) $(PYTHON) tests/foreign/run.py --long --build '$(abspath $(O))'

check-replay: $(O)/fdpreload $(if $(SAN),$(O)/tests/fdpreloadd,$(PRODUCTS)) ## recorded crashes, analysed again
	@$(TESTENV) $(PYTHON) tests/replay.py $(if $(SAN),$(unconfined))

check-offsets: ## the tables for Python against the headers that are here
	@$(TESTENV) tests/offsets/check.sh $$(cd tests/e2e && $(PYTHON) -B -c \
		'import interpreters as i; print(*(one.path for one in i.find(i.EVERY)))')

PLANTED := $(O)/shim/tests/signal-safe/planted.o $(O)/tests/planted_library.so

check-signal-safe: $(O)/libfdpreload.so $(PLANTED) ## what the handler may reach
	@$(TESTENV) $(PYTHON) tests/signal-safe/check.py $(O)/libfdpreload.so \
		$(PLANTED) $(HANDLER_OBJS)

$(O)/shim/tests/signal-safe/planted.o: flags = $(handler_flags)

$(O)/tests/planted_library.so: tests/signal-safe/planted_library.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -shared -fPIC -Wl,-z,lazy -o $@ $< -lm

# Sanitizers and valgrind do not work confined; and one file is easier for them.
unconfined = --daemon '$(abspath $(O))/tests/fdpreloadd'

$(O)/tests/fdpreloadd: $(filter-out %/analyst.o %/confine.o,$(DAEMON_OBJS) $(ANALYSIS_OBJS)) \
		$(O)/tests/unconfined.o
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(LDLIBS)

$(O)/tests/unconfined.o: flags = $(daemon_flags)

# Other damage with each commit; RUNS for each version of Python.
RUNS := 300
damage_first = $(shell expr $(RUNS) '*' $$(git rev-list --count HEAD 2>/dev/null || echo 0))

check-damage: ## recorded crashes with memory overwritten: hundreds for each version
check-damage-some: RUNS := 40
check-damage check-damage-some: $(O)/tests/damage/damage
	@$(TESTENV) $(PYTHON) tests/damage/run.py --runs $(RUNS) --first $(damage_first)

check-damage-long: $(O)/tests/damage/damage ## the same, 10,000 for each
	@$(TESTENV) $(PYTHON) tests/damage/run.py --runs 10000

# Sanitizers that only clang has; of its own, since libFuzzer is clang's.
FUZZ_RUNS := 1500
FUZZ_CC := $(shell command -v clang)

check-fuzz: ## libFuzzer over the captures, FUZZ_RUNS times; needs clang
ifeq ($(FUZZ_CC),)
	@echo 'SKIP there is no clang'
	@echo '0 passed, 0 failed, 1 skipped'
else
	@$(MAKE) O='$(O)/fuzz' CC='$(FUZZ_CC)' SAN=fuzzer-no-link,address,undefined \
		CFLAGS='-O1 -g -w' WERROR= '$(O)/fuzz/tests/fuzz/fuzz'
	@tests/fuzz/run.sh '$(O)/fuzz/tests/fuzz/fuzz' '$(O)/fuzz/corpus' '$(FUZZ_RUNS)'
endif

check-asan: ## unit tests and replay under ASan and UBSan
	@$(MAKE) O=$(O)/asan SAN=address,undefined check-sanitized

.PHONY: check-sanitized
check-sanitized:
	+@$(TESTENV) tests/check-all.sh check-unit check-replay check-damage-some

valgrind = $(TESTENV) $(PYTHON) tests/replay.py --valgrind --damaged 0 $(unconfined)

check-valgrind: $(O)/fdpreload $(O)/tests/fdpreloadd ## replay under valgrind, another part of it with each commit
	@$(valgrind) --part $(commits)/2

check-valgrind-long: $(O)/fdpreload $(O)/tests/fdpreloadd ## replay under valgrind, all of it
	@$(valgrind)

check-python: all ## the Python package against faulthandler, in each interpreter
	@$(TESTENV) $(PYTHON) tests/python/run.py --build '$(abspath $(O))'

check-install: all ## install, crash, uninstall
	+@$(TESTENV) tests/install.sh

check-build: ## a missing library is named
	+@$(TESTENV) tests/build-errors.sh

check-api: all ## the C API from C and C++, with the library and without
	@$(TESTENV) tests/api/check.sh '$(abspath $(O))'

check-docs: $(O)/fdpreload ## manual pages and completions against the programs
	+@$(TESTENV) tests/docs.sh

check-cli: all ## the commands of the command line tool
	@$(TESTENV) $(PYTHON) tests/cli/run.py --build '$(abspath $(O))'

include tests/deaths/rules.mk
include tests/signals/rules.mk

# Lint.

.PHONY: lint
C_DIRS := preload proto daemon cli tests demo bench
LISTED = $(HANDLER_SRCS) $(PRELOAD_SRCS) $(PROTO_SRCS) $(DAEMON_SRCS) $(ANALYSIS_SRCS) $(CLI_SRCS) \
	$(UNIT_SRCS) $(UNIT_HELPER_SRCS) $(CRASHER_SRCS) $(BENCH_SRCS) $(DEATHS_SRCS) \
	$(DEATHS_OTHER_SRCS) $(DEMO_SRCS) $(SIGNALS_SRCS) $(SIGNALS_HELPER_SRCS) \
	$(MAN_PAGES:%=man/%.scd) $(PYTHON_SRCS)

lint: ## format, cppcheck, shellcheck, lists of sources
	@$(PYTHON) tests/lists.py $(LISTED)
	$(CLANG_FORMAT) --dry-run -Werror $$(find $(C_DIRS) -name '*.[ch]' | sort)
	$(CPPCHECK) --quiet --std=c11 --enable=warning,portability,performance \
		--inline-suppr --error-exitcode=1 --suppressions-list=tests/cppcheck.suppress \
		-D__x86_64__ -D_GNU_SOURCE '-DElfW(type)=Elf64_##type' preload proto daemon cli
	shellcheck bootstrap .ci/run $$(find tests demo -name '*.sh' | sort)
