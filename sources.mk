# Sources, sorted, one per line.

# Reached from the signal handler: linked alone and measured by
# check-signal-safe.
HANDLER_SRCS := \
	preload/die.c \
	preload/emergency.c \
	preload/handler.c \
	preload/park.c \
	preload/serve.c \
	preload/state.c \
	proto/decode.c

PRELOAD_SRCS := $(filter-out $(HANDLER_SRCS),$(wildcard preload/*.c))

PROTO_SRCS := \
	proto/decode.c

DAEMON_SRCS := $(sort $(wildcard daemon/*.c daemon/*/*.c))

CLI_SRCS := $(sort $(wildcard cli/*.c))

# Shared by the unit tests; each tests/unit/check_*.c is a program of its own.
UNIT_SRCS := $(sort $(wildcard tests/unit/check_*.c))
UNIT_HELPER_SRCS := $(sort $(filter-out $(UNIT_SRCS),$(wildcard tests/unit/*.c)))

CRASHER_SRCS := $(sort $(wildcard tests/crashers/*.c))
DEMO_SRCS := $(sort $(wildcard demo/*.c))

MAN_PAGES := $(sort $(patsubst man/%.scd,%,$(wildcard man/*.scd)))
