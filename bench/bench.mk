# The programs and libraries that bench/run.py measures with.

BENCH_OBJS := $(call objects,$(BENCH_SRCS))
BENCH_ALONE := $(O)/bench/elsewhere $(O)/bench/starts $(O)/bench/step
BENCH_PROGRAMS := $(O)/bench/operations $(BENCH_ALONE)

$(O)/bench/operations: $(filter-out $(BENCH_ALONE:=.o) $(O)/bench/spin.o,$(BENCH_OBJS))
$(BENCH_ALONE): %: %.o

# -rdynamic: the shim looks for an exported symbol.
link_flags = -pie -rdynamic $(LDFLAGS) -pthread
$(O)/bench/elsewhere: link_flags = -static -nostdlib -no-pie -Wl,-z,norelro

$(BENCH_PROGRAMS):
	$(call say,LINK,$@)
	$(Q)$(CC) -o $@ $^ $(link_flags)

$(BENCH_OBJS): flags = $(COMMON) -fPIE
$(O)/bench/spin.o: flags = $(COMMON) -fPIC
$(O)/bench/elsewhere.o: flags = $(COMMON) -fno-pie -fno-builtin -fno-stack-protector

# What any preloaded library costs, linked as the shim is.
$(O)/bench/empty.so:
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -shared -Wl,-z,now -Wl,-z,relro $(LDFLAGS) -o $@ -x c /dev/null

$(O)/bench/spin.so: $(O)/bench/spin.o
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $(LDFLAGS) -o $@ $^ -pthread

.PHONY: bench
bench: all $(O)/tests/_crashers.abi3.so $(BENCH_PROGRAMS) $(O)/bench/empty.so $(O)/bench/spin.so ## what the shim costs, beside what it may cost; QUICK=1: roughly, ONLY=: parts
	@$(TESTENV) $(PYTHON) bench/run.py --build '$(abspath $(O))' $(if $(QUICK),--quick) $(ONLY)
