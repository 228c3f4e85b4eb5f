/*
 * Handlers that were set past us, by a raw system call: Go does so.  They are
 * left alone; the daemon is told, for the day that one of them does not help.
 */
#include "foreign.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "handler.h"
#include "lookup.h"
#include "ours.h"

/* The handler last told of, by signal, and one: 0 is nothing yet. */
static uint64_t told[FDP_SIGNALS];

struct search {
	uint64_t address;
	struct fdp_foreign_notice *notice;
};

/* The end of a path says more than its beginning. */
static void copy_end(char *to, size_t size, const char *from)
{
	size_t length = strlen(from);

	if (length >= size)
		from += length - size + 1;
	strncpy(to, from, size - 1);
}

static bool holds(const struct dl_phdr_info *object, uint64_t address)
{
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uint64_t start = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD &&
		    address - start < segment->p_memsz)
			return true;
	}
	return false;
}

static int look_at(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct search *search = argument;

	(void)size;
	if (!holds(object, search->address))
		return 0;
	search->notice->offset = search->address - object->dlpi_addr;
	copy_end(search->notice->object, sizeof(search->notice->object),
		 object->dlpi_name[0] ? object->dlpi_name : "/proc/self/exe");
	return 1;
}

static void tell(int signal, uint64_t handler)
{
	struct fdp_foreign_notice notice = {
		.foreign = { .signal = signal, .handler = handler },
	};
	struct search search = { handler, &notice };

	fdp_header_set(&notice.header, FDP_FOREIGN, sizeof(notice), 0);
	if (handler > 1)
		dl_iterate_phdr(look_at, &search);
	fdp_sys(SYS_sendto, fdp_state.channel, &notice, sizeof(notice),
		MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
}

void fdp_foreign_look(void)
{
	static uint32_t turn;
	int signal = (int)(__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) %
			   FDP_SIGNALS);
	uint64_t handler;

	if (!fdp_is_our_signal(signal) ||
	    !fdp_disposition_foreign(signal, &handler) ||
	    told[signal] == handler + 1)
		return;
	told[signal] = handler + 1;
	if (fdp_state.page->pid == fdp_state.origin_pid &&
	    fdp_channel_is_ours())
		tell(signal, handler);
}
