# Programs that die, for check-deaths.

DEATHS := $(O)/tests/deaths
DEATHS_OBJS := $(call objects,$(DEATHS_SRCS) tests/deaths/throw.cc)
DEATHS_OTHER_OBJS := $(call objects,$(DEATHS_OTHER_SRCS))
-include $(sort $(DEATHS_OBJS:.o=.d) $(DEATHS_OTHER_OBJS:.o=.d))

# Bound at once: what ld.so does at a first call needs more room than the
# smallest stacks have.  Not the builder's: how deep the stack is and what is in the registers is
# part of what is compared.
$(DEATHS_OBJS) $(DEATHS_OTHER_OBJS): flags = $(filter-out -std=%,$(COMMON)) -fPIC
$(DEATHS_OBJS) $(DEATHS_OTHER_OBJS): override CFLAGS = -O1 -g -fno-inline \
	-fexceptions -fasynchronous-unwind-tables -fno-omit-frame-pointer \
	-fno-optimize-sibling-calls

$(O)/%.o: %.cc $(O)/flags
	$(call say,CXX,$@)
	$(Q)mkdir -p $(@D) && $(CXX) $(filter-out -Wstrict-prototypes \
		-Wmissing-prototypes,$(flags)) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(DEATHS)/die: $(DEATHS_OBJS)
	$(call say,LINK,$@)
	$(Q)$(CXX) -pie -Wl,-z,now $(LDFLAGS) -o $@ $^ -pthread -ldl -lrt

$(DEATHS)/deep.so: $(DEATHS)/deep.o
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $(LDFLAGS) -o $@ $^

$(DEATHS)/launch $(DEATHS)/threads: %: %.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -pthread

# Where there is a compiler for it; the tests say when there is none.
RUSTC ?= $(shell command -v rustc)

$(DEATHS)/rust: tests/deaths/programs/overflow.rs
	$(call say,RUSTC,$@)
	$(Q)mkdir -p $(@D) && $(RUSTC) -O -A warnings -o $@ $<

.PHONY: deaths
deaths: $(if $(RUSTC),$(DEATHS)/rust) $(addprefix $(DEATHS)/,die deep.so launch threads)
