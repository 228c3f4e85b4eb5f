# fdpreload: how it is built, checked and installed.  GNU make, one file, not
# recursive; everything generated goes to $(O).  `make help` lists the targets.
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS and the directories below belong to whoever
# builds.  WERROR=1 makes warnings errors, V=1 shows commands.

SHELL = /bin/bash -o pipefail
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

VERSION := 0.1.0
O ?= build

prefix ?= /usr/local
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
libexecdir ?= $(prefix)/libexec/fdpreload
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man
bashdir ?= $(prefix)/share/bash-completion/completions
zshdir ?= $(prefix)/share/zsh/site-functions
fishdir ?= $(prefix)/share/fish/vendor_completions.d

CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
AR ?= ar
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
PYTHON ?= /usr/bin/python3
CLANG_FORMAT ?= clang-format
CPPCHECK ?= cppcheck
SCDOC ?= scdoc

Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-5s %s\n' $(1) $(2))

include sources.mk

# Flags.  SAN (address,undefined) instruments all but the shim.

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wformat=2 -Wundef -Wwrite-strings $(if $(WERROR),-Werror)
COMMON := -std=gnu11 $(WARNINGS) -D_GNU_SOURCE

DAEMON_PKGS := libunwind-generic libunwind libdw libelf libseccomp jansson zlib \
	minizip
DAEMON_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(DAEMON_PKGS) 2>/dev/null)
DAEMON_LIBS := $(shell $(PKG_CONFIG) --libs $(DAEMON_PKGS) 2>/dev/null) -liberty
CLI_CFLAGS := $(shell $(PKG_CONFIG) --cflags jansson 2>/dev/null)
CLI_LIBS := $(shell $(PKG_CONFIG) --libs jansson 2>/dev/null)
CHECK_CFLAGS := $(shell $(PKG_CONFIG) --cflags check 2>/dev/null)
CHECK_LIBS := $(shell $(PKG_CONFIG) --libs check 2>/dev/null)
PYTHON_CFLAGS := $(shell $(PKG_CONFIG) --cflags python3 2>/dev/null)

SAN_FLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer)
# Only for the shim and the command line: another prefix compiles little again.
DEFINES := -DFDP_LIBEXECDIR='"$(libexecdir)"' -DFDP_LIBDIR='"$(libdir)"' \
	-DFDP_VERSION='"$(VERSION)"'

# A bad pointer of the caller's in rbp would be SIGBUS and not SIGSEGV: rbp stays
# the frame's.
preload_flags := $(COMMON) $(DEFINES) -fPIC -fvisibility=hidden \
	-fno-stack-protector -ftls-model=initial-exec -fno-omit-frame-pointer
handler_flags := $(preload_flags) -fomit-frame-pointer -fno-builtin \
	-fno-tree-loop-distribute-patterns -fstack-usage -fcallgraph-info=su
daemon_flags := $(COMMON) -DFDP_VERSION='"$(VERSION)"' $(DAEMON_CFLAGS) $(SAN_FLAGS) -fPIC
unit_flags := $(daemon_flags) $(CHECK_CFLAGS)
extension_flags := $(COMMON) $(PYTHON_CFLAGS) -fPIC
# Not the builder's: the tests compare each function and line with the source.
extension_cflags := -O1 -g -fno-inline

# What each product is linked from.

objects = $(patsubst %,$(O)/%.o,$(basename $(1)))

# The shim's objects have a place of their own: proto/ is in the daemon too.
HANDLER_OBJS := $(patsubst %,$(O)/shim/%.o,$(basename $(HANDLER_SRCS)))
PRELOAD_OBJS := $(patsubst %,$(O)/shim/%.o,$(basename $(PRELOAD_SRCS))) $(HANDLER_OBJS)
DAEMON_OBJS := $(call objects,$(DAEMON_SRCS) $(PROTO_SRCS))
ANALYSIS_OBJS := $(call objects,$(ANALYSIS_SRCS))
CLI_OBJS := $(call objects,$(CLI_SRCS))
UNIT_HELPER_OBJS := $(call objects,$(UNIT_HELPER_SRCS))
UNIT_PROGRAMS := $(UNIT_SRCS:tests/unit/%.c=$(O)/tests/%)
CRASHER_OBJS := $(call objects,$(CRASHER_SRCS))
DEMO_OBJS := $(call objects,$(DEMO_SRCS))
MAN_FILES := $(MAN_PAGES:%=$(O)/man/%)

PRODUCTS := $(O)/libfdpreload.so $(O)/fdpreloadd $(O)/fdpreload-analysis.so \
	$(O)/fdpreload

.PHONY: all preload daemon cli man
all: $(PRODUCTS) man ## build everything
preload: $(O)/libfdpreload.so ## the shim; needs nothing but a compiler
daemon: $(O)/fdpreloadd $(O)/fdpreload-analysis.so ## the reporter daemon
cli: $(O)/fdpreload ## the command line tool
man: ## the manual pages, if scdoc is there

# Every process loads it: two segments instead of four are two mappings and two
# page faults less, about 12 us of the 30 that it may cost.  Whoever stands before
# us in front of the same functions does not see what we call of our own.
$(O)/libfdpreload.so: $(PRELOAD_OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) -shared -static-libgcc -Wl,-z,now -Wl,-z,relro -Wl,-z,defs \
		-Wl,-z,noseparate-code -Wl,-z,noexecstack -Wl,-Bsymbolic-functions \
		-Wl,--as-needed -Wl,--no-undefined \
		-Wl,-soname,libfdpreload.so $(LDFLAGS) -o $@ $^

$(O)/fdpreloadd: $(DAEMON_OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) -pie -rdynamic -Wl,-z,now -Wl,-z,relro -Wl,-z,noseparate-code $(SAN_FLAGS) $(LDFLAGS) \
		-o $@ $^ $(LDLIBS)

# Finds in the daemon what both need.
$(O)/fdpreload-analysis.so: $(ANALYSIS_OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) -shared -Wl,-z,now -Wl,-z,relro -Wl,--exclude-libs,ALL \
		-Wl,-Bsymbolic $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(LDLIBS)

$(O)/fdpreload: $(CLI_OBJS) $(call objects,$(CLI_DAEMON_SRCS))
	$(call say,LINK,$@)
	$(Q)$(CC) -pie -Wl,-z,now -Wl,-z,relro $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ \
		$(CLI_LIBS) $(LDLIBS)

# The daemon without its main(), for the unit tests.
$(O)/libfdpreloadd.a: $(filter-out $(O)/daemon/main.o,$(DAEMON_OBJS)) $(ANALYSIS_OBJS)
	$(Q)rm -f $@; $(AR) rcs $@ $^

$(UNIT_PROGRAMS): $(O)/tests/%: $(O)/tests/unit/%.o $(UNIT_HELPER_OBJS) $(O)/libfdpreloadd.a
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(DAEMON_LIBS) $(LDLIBS)

# With clang and SAN=fuzzer-no-link,address,undefined alone: see check-fuzz.
$(O)/tests/fuzz/fuzz: $(call objects,$(FUZZ_SRCS)) $(O)/libfdpreloadd.a
	$(call say,LINK,$@)
	$(Q)$(CC) -pie -fsanitize=fuzzer $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ \
		$(DAEMON_LIBS) $(LDLIBS)

$(O)/tests/damage/damage: $(call objects,$(DAMAGE_SRCS)) $(O)/libfdpreloadd.a
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(LDLIBS)

$(O)/tests/_crashers.abi3.so: $(CRASHER_OBJS)
$(O)/demo/_demo.abi3.so: $(DEMO_OBJS)
$(O)/tests/_crashers.abi3.so $(O)/demo/_demo.abi3.so:
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -shared $(LDFLAGS) -o $@ $^ -pthread

# How each object is compiled.  `flags` is set by the directory it lies in; a
# file that holds them makes objects out of date when they change.

$(PRELOAD_OBJS): flags = $(preload_flags)
$(HANDLER_OBJS): flags = $(handler_flags)
$(DAEMON_OBJS) $(ANALYSIS_OBJS): flags = $(daemon_flags)
$(CLI_OBJS): flags = $(COMMON) $(DEFINES) $(CLI_CFLAGS) $(SAN_FLAGS) -fPIE
$(call objects,$(UNIT_SRCS)) $(UNIT_HELPER_OBJS): flags = $(unit_flags)
$(call objects,$(DAMAGE_SRCS) $(FUZZ_SRCS)): flags = $(daemon_flags)
$(CRASHER_OBJS) $(DEMO_OBJS): flags = $(extension_flags)
$(CRASHER_OBJS) $(DEMO_OBJS): override CFLAGS = $(extension_cflags)

compile = $(Q)mkdir -p $(@D) && $(CC) $(flags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.o: %.c $(O)/flags
	$(call say,CC,$@)
	$(compile)

$(O)/shim/%.o: %.c $(O)/shim/flags
	$(call say,CC,$@)
	$(compile)

$(O)/shim/%.o: %.S $(O)/shim/flags
	$(call say,AS,$@)
	$(compile)

$(ANALYSIS_OBJS): | need-daemon-libs
$(CLI_OBJS): | need-json
$(call objects,$(UNIT_SRCS)): | need-check
$(CRASHER_OBJS) $(DEMO_OBJS): | need-python

$(CLI_OBJS): $(O)/shim/flags

$(O)/shim/flags: text = $(handler_flags)
$(O)/flags: text = $(unit_flags) $(extension_flags)
$(O)/flags $(O)/shim/flags: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(subst ','\'',$(CC) $(text) $(CPPFLAGS) $(CFLAGS))' >$@.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@

.PHONY: FORCE
FORCE:

ALL_OBJS := $(PRELOAD_OBJS) $(DAEMON_OBJS) $(ANALYSIS_OBJS) $(CLI_OBJS) $(UNIT_HELPER_OBJS) \
	$(call objects,$(UNIT_SRCS) $(DAMAGE_SRCS) $(FUZZ_SRCS) $(BENCH_SRCS)) $(CRASHER_OBJS) $(DEMO_OBJS)
-include $(sort $(ALL_OBJS:.o=.d))

# A missing library stops the build with one sentence and not with a page of
# compiler errors.

.PHONY: need-daemon-libs need-json need-check need-python
need-daemon-libs:
	@tests/need-libs.sh "$(PKG_CONFIG)" libunwind=libunwind-dev \
		libunwind-generic=libunwind-dev \
		libdw=libdw-dev libelf=libelf-dev libseccomp=libseccomp-dev \
		jansson=libjansson-dev zlib=zlib1g-dev \
		minizip=libminizip-dev
	@tests/need-libiberty.sh "$(CC)"
need-json:
	@tests/need-libs.sh "$(PKG_CONFIG)" jansson=libjansson-dev
need-check:
	@tests/need-libs.sh "$(PKG_CONFIG)" check=check
need-python:
	@tests/need-libs.sh "$(PKG_CONFIG)" python3=python3-dev

# Manual pages.

ifneq ($(shell command -v $(SCDOC) 2>/dev/null),)
man: $(MAN_FILES)
else
MAN_FILES :=
man:
	@echo 'scdoc is not installed: no manual pages'
endif

# An underscore is markup in scdoc.
$(O)/man/%: man/%.scd $(O)/shim/flags
	$(Q)mkdir -p $(@D)
	$(Q)sed 's|@libexecdir@|$(subst _,\\_,$(libexecdir))|' $< | $(SCDOC) >$@

include tests/checks.mk
include bench/bench.mk

.PHONY: crashers demo
crashers: $(O)/tests/_crashers.abi3.so

demo: all $(O)/demo/_demo.abi3.so ## one crash and its report
	@$(TESTENV) demo/run.sh

# Installation.

INSTALLED = $(bindir)/fdpreload $(includedir)/fdpreload.h $(libdir)/libfdpreload.so \
	$(libexecdir)/fdpreloadd $(libexecdir)/fdpreload-analysis.so $(bashdir)/fdpreload $(zshdir)/_fdpreload \
	$(fishdir)/fdpreload.fish \
	$(foreach page,$(MAN_PAGES),$(mandir)/man$(subst .,,$(suffix $(page)))/$(page))

# The Python package.

include python/rules.mk

.PHONY: wheel
wheel: $(PRODUCTS) ## the Python package for pip, with all that is built
	@$(PYTHON) python/build_wheel.py $(O)

.PHONY: install uninstall clean help
install: all ## install below $(DESTDIR)$(prefix)
	install -D -m 0755 $(O)/fdpreload $(DESTDIR)$(bindir)/fdpreload
	install -D -m 0755 $(O)/libfdpreload.so $(DESTDIR)$(libdir)/libfdpreload.so
	install -D -m 0755 $(O)/fdpreloadd $(DESTDIR)$(libexecdir)/fdpreloadd
	install -D -m 0755 $(O)/fdpreload-analysis.so $(DESTDIR)$(libexecdir)/fdpreload-analysis.so
	install -D -m 0644 preload/fdpreload.h $(DESTDIR)$(includedir)/fdpreload.h
	install -D -m 0644 completions/fdpreload.bash $(DESTDIR)$(bashdir)/fdpreload
	install -D -m 0644 completions/_fdpreload $(DESTDIR)$(zshdir)/_fdpreload
	install -D -m 0644 completions/fdpreload.fish $(DESTDIR)$(fishdir)/fdpreload.fish
	$(foreach page,$(notdir $(MAN_FILES)),install -D -m 0644 $(O)/man/$(page) \
		$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(page)))/$(page) &&) :

uninstall: ## remove what install has put there
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir --ignore-fail-on-non-empty $(DESTDIR)$(libexecdir)

clean: ## remove everything that was built
	rm -rf $(O)

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' Makefile tests/checks.mk bench/bench.mk | \
		while IFS=$$'\t' read -r name text; do printf '  %-18s %s\n' "$$name" "$$text"; done
