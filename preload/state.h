/*
 * What the constructor prepares and the handler uses.  Written once, before
 * the handlers are installed; after that only the parts marked atomic change.
 */
#ifndef FDP_PRELOAD_STATE_H
#define FDP_PRELOAD_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A page that the kernel zeroes in a forked child (MADV_WIPEONFORK), so that a
 * child knows what it is without an atfork handler, after _Fork() and raw
 * clone too.
 */
struct fdp_fork_page {
	uint32_t pid;	  /* 0: this is a forked child */
	uint32_t owner;	  /* atomic: tid of the thread that reports, or 0 */
	uint32_t lock;	  /* atomic: of the table of dispositions */
	uint32_t changes; /* atomic: of that table, and 1 while it is changed */
	uint32_t swept;	  /* the records of the parent's threads are free */
	uint32_t strict;  /* some thread is in seccomp's strict mode */
	uint32_t tracer;  /* atomic: whom we have named, tracer.h; 0: nobody */
};

/* As many threads as the reporter reads of; 3 MiB that nobody touches. */
#define FDP_SLOTS_MAX 131072

struct fdp_slot;

/* Of an abstract name that the kernel has chosen: five hexadecimal digits. */
#define FDP_NAME_DIGITS 5

/* Where a daemon listens, and what it wants to hear from those who connect. */
struct fdp_reporter {
	char name[FDP_NAME_DIGITS + 1]; /* "": nowhere */
	uint64_t token;
};

struct fdp_state {
	bool watching;	     /* handlers are installed */
	uint64_t signals;    /* that are ours: bit N-1 is signal N; 0: inert */
	uint64_t pinned;     /* pinned.h: bit N-1 is signal N */
	bool answers;	     /* answering.h */
	uint32_t origin_pid; /* of the process that ran the constructor */
	struct fdp_fork_page *page;
	struct fdp_slot *slots; /* FDP_SLOTS_MAX for park.c, or NULL */
	int channel;		/* to the daemon */
	dev_t channel_device;
	ino_t channel_inode;	      /* to know it from a reused number */
	struct fdp_reporter reporter; /* the way back without the channel */
	uint32_t tracer; /* the daemon, or a process above it; 0: not known */
	bool tracer_chosen; /* by the program, before our constructor ran */
	uint64_t code, code_size; /* where the shim's own instructions are */
	int output; /* 2, or -1: it was not open, and is not stderr now */
	uint32_t deadline_ms;
	bool quiet; /* nothing goes to stderr */
	struct {
		bool active; /* atomic: the rest is valid */
		int fd;	     /* a copy of what was given, ours */
		dev_t device;
		ino_t inode; /* to know it from a reused number */
		uint32_t flags;
		long max_threads;
	} enabled;			  /* fdpreload_enable() */
	const void *const *abort_message; /* glibc's __abort_msg, or NULL */
	const void *abort_seen; /* atomic: the message of a former abort() */
	void (*restorer)(void); /* behind handlers: libc's own */
	size_t frame_size;	/* of the kernel's signal frame, about */
};

extern struct fdp_state fdp_state;

#endif
