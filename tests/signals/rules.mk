# The program that observes signals, and what it starts and loads.

SIGNALS := $(O)/tests/signals
SIGNALS_OBJS := $(call objects,$(SIGNALS_SRCS))
SIGNALS_HELPER_OBJS := $(call objects,$(SIGNALS_HELPER_SRCS))

# Two of them become libraries.
$(SIGNALS_OBJS) $(SIGNALS_HELPER_OBJS): flags = $(COMMON) -fPIC

$(SIGNALS)/conform: $(SIGNALS_OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ -pthread -ldl

$(SIGNALS)/show: $(SIGNALS)/show.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

$(SIGNALS)/show-static: $(SIGNALS)/show.o
	$(call say,LINK,$@)
	$(Q)$(CC) -static $(LDFLAGS) -o $@ $^

$(SIGNALS)/library.so $(SIGNALS)/tls.so: %.so: %.o
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $(LDFLAGS) -o $@ $^

-include $(sort $(SIGNALS_OBJS:.o=.d) $(SIGNALS_HELPER_OBJS:.o=.d))

.PHONY: signals
signals: $(addprefix $(SIGNALS)/,conform show show-static library.so tls.so)
