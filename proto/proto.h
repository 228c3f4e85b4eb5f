/*
 * The wire between the shim in a dying process and its reporter daemon.
 *
 * A SOCK_SEQPACKET socket: every message is one packet, complete or not there.
 * All messages begin with struct fdp_header, all integers are little-endian,
 * all structures have a fixed layout that the assertions below pin down.  Who
 * sends what when, and what each side does on garbage, is in PROTOCOL.md.
 *
 * Nothing here calls anything: the shim's signal handler includes it.
 */
#ifndef FDP_PROTO_H
#define FDP_PROTO_H

#include <stddef.h>
#include <stdint.h>

#define FDP_PROTO_MAGIC 0x50524446u /* "FDRP" in memory order */
#define FDP_PROTO_VERSION 3

/* No message but DATA is larger: it fits on the handler's stack. */
#define FDP_MESSAGE_MAX 4096

/* The most bytes one DATA message carries. */
#define FDP_DATA_MAX 65536

/* Threads named in one PARK message; more threads take more messages. */
#define FDP_PARK_MAX 960

/* Bytes of glibc's abort message that fit into frame 1. */
#define FDP_ABORT_TEXT_MAX 1024

/* Registers as the kernel lays out gregs[] of an x86-64 ucontext. */
#define FDP_GREGS 23

enum fdp_message_type {
	/* From the shim. */
	FDP_HELLO = 1,	 /* once, when the process starts */
	FDP_JOIN = 2,	 /* with a descriptor: a session for a forked child */
	FDP_CRASH = 3,	 /* frame 1, with the output descriptor */
	FDP_DATA = 4,	 /* answer to READ and to FILE */
	FDP_PARKED = 5,	 /* answer to PARK */
	FDP_FOREIGN = 6, /* somebody has gone round us */
	FDP_REQUEST = 7, /* with a socket for the REPLY, and an output */
	FDP_ANNOTATION = 8, /* with a socket for the REPLY */
	/* From `fdpreload dump`. */
	FDP_LOOK = 9, /* with an output; the REPLY comes where it came from */
	/* From the daemon. */
	FDP_ACK = 64,	/* frame 1 is safe with the daemon */
	FDP_READ = 65,	/* asks for memory */
	FDP_PARK = 66,	/* asks to stop the other threads */
	FDP_WAIT = 67,	/* still at work: do not give up */
	FDP_FILE = 69,	/* asks for a file of /proc/self, answered by DATA */
	FDP_DONE = 68,	/* the report is stored: die */
	FDP_REPLY = 70, /* on the socket that came with a REQUEST */
};

struct fdp_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint32_t size;	   /* of the whole message, this header included */
	uint32_t sequence; /* an answer repeats that of the question */
};

/*
 * HELLO and JOIN.
 *
 * HELLO comes with up to two descriptors.  One is a memfd that the sender and
 * all its forked children have mapped, shared and so that it could be written:
 * as long as F_ADD_SEALS F_SEAL_WRITE says EBUSY one of them lives, whatever it
 * has closed.  The other, only on the channel that the daemon was started with,
 * is a bound and listening SOCK_SEQPACKET socket: the daemon goes on to listen
 * there, for exec'd programs and for processes that have lost their channel.
 */
struct fdp_hello {
	struct fdp_header header;
	uint32_t pid; /* in the namespace of the sender */
	uint32_t flags;
	uint64_t token; /* HELLO: what a connection by name has to know */
};

enum fdp_hello_flags {
	FDP_HELLO_ANSWER = 1, /* the sender waits for an ACK */
};

enum fdp_crash_flags {
	FDP_CRASH_FORKED = 1,  /* a forked child that never exec'd */
	FDP_CRASH_BLOCKED = 2, /* the thread had the signal blocked */
	/* The process is still in abort(): its handler has returned. */
	FDP_CRASH_RETURNED = 4,
	/* Made by abort() or raise() before they send anything. */
	FDP_CRASH_DIRECT = 8,
	/* The output wants what faulthandler would write: `dump`. */
	FDP_CRASH_ENABLED = 16,
};

/*
 * A fault that a handler of the program got first, which has given up: it died
 * of another signal, or sent the same one again.  As the kernel told it to that
 * handler; what the process dies of is in struct fdp_crash.
 */
struct fdp_noted {
	uint32_t flags;		  /* enum fdp_noted_flags, 0: there is none */
	uint32_t tid;		  /* the thread that faulted */
	uint64_t context_address; /* of its ucontext on the stack */
	uint64_t handler;	  /* the function that had the signal */
	uint8_t siginfo[32];	  /* its first bytes */
	uint64_t gregs[FDP_GREGS];
};

enum fdp_noted_flags {
	FDP_NOTED_PRESENT = 1,
	/* The handler has returned; its signal came when it did. */
	FDP_NOTED_DEFERRED = 2,
	/* Of another thread than that which got the last signal. */
	FDP_NOTED_ELSEWHERE = 4,
};

/* What the kernel has for a signal of ours, and we have not put there. */
struct fdp_foreign {
	int32_t signal;
	uint32_t reserved;
	uint64_t handler; /* 0: SIG_DFL, 1: SIG_IGN */
};

/* Signals with a handler of ours, at most. */
#define FDP_FOREIGN_MAX 8

struct fdp_crash {
	struct fdp_header header;
	uint32_t pid, tid;
	int32_t signal;
	uint32_t flags;
	uint64_t realtime_ns;  /* CLOCK_REALTIME at the fault */
	uint64_t monotonic_ns; /* CLOCK_MONOTONIC at the fault */
	uint64_t thread_pointer;
	uint64_t signal_mask;	  /* of the interrupted code */
	uint64_t context_address; /* of the ucontext, for the reader of cores */
	uint64_t gregs[FDP_GREGS];
	uint8_t siginfo[128];
	char comm[16];	      /* of the thread, as PR_GET_NAME gives it */
	uint32_t deadline_ms; /* after which the handler stops waiting */
	uint32_t abort_size;  /* bytes of abort_text that are meant */
	/* The program's handler for the signal, if it was called; else 0. */
	uint64_t handler;
	struct fdp_noted noted;
	/* signal 0: no more. */
	struct fdp_foreign foreign[FDP_FOREIGN_MAX];
	/* With FDP_CRASH_ENABLED: what the program asked for. */
	struct {
		uint32_t flags; /* enum fdp_request_flags */
		uint32_t reserved;
		int64_t max_threads; /* < 0: none */
	} dump;
	char abort_text[FDP_ABORT_TEXT_MAX];
};

/* Sent when it is noticed, outside of any handler. */
struct fdp_foreign_notice {
	struct fdp_header header;
	struct fdp_foreign foreign;
	uint64_t offset;  /* of the handler from where its object is loaded */
	char object[256]; /* path, or the end of it; "" if it is not known */
};

struct fdp_read {
	struct fdp_header header;
	uint64_t address;
	uint64_t size; /* at most FDP_DATA_MAX */
};

/*
 * For a daemon that may not look into our /proc directory (a process that is
 * not dumpable).  Answered by DATA messages in order, their address being the
 * offset, until one with size 0.
 */
struct fdp_file {
	struct fdp_header header;
	char name[48]; /* below /proc/self; [a-z0-9/] only, NUL-terminated */
};

/* Followed by SIZE bytes. */
struct fdp_data {
	struct fdp_header header;
	uint64_t address;
	int32_t error; /* 0, or the errno of the read (EFAULT) */
	uint32_t size; /* as asked, or 0 on an error */
};

struct fdp_park {
	struct fdp_header header;
	uint32_t count;
	uint32_t reserved;
	uint32_t tids[FDP_PARK_MAX]; /* only COUNT of them are sent */
};

/* One parked thread, in the memory of the process. */
struct fdp_slot {
	uint32_t tid;
	uint32_t state;	  /* enum fdp_slot_state; futex */
	uint64_t context; /* address of its ucontext */
	uint64_t thread_pointer;
};

enum fdp_slot_state {
	FDP_SLOT_EMPTY = 0,
	FDP_SLOT_ASKED = 1,    /* the signal was sent */
	FDP_SLOT_PARKED = 2,   /* context is valid until it is released */
	FDP_SLOT_RELEASED = 3, /* goes on, or was never there */
	FDP_SLOT_GONE = 4,     /* the signal could not be sent */
};

struct fdp_parked {
	struct fdp_header header;
	uint64_t slots; /* address of COUNT struct fdp_slot */
	uint32_t count;
	uint32_t parked; /* how many of them are FDP_SLOT_PARKED */
};

enum fdp_operation {
	FDP_DUMP = 1,	/* stacks, now */
	FDP_LATER = 2,	/* stacks of all threads, when the time is over */
	FDP_CANCEL = 3, /* no LATER of that name any more */
	/* Heard; to be heard again within the time, 0: not any more. */
	FDP_HEARTBEAT = 4,
	/*
	 * The sender was asked by a signal, and answers for its memory as it
	 * would for a DUMP; the dump is whoever's that waits for it.
	 */
	FDP_ANSWER = 5,
};

/*
 * Names of the memory file that a client maps: as /proc/PID/maps show it, who
 * maps the second one can be asked.
 */
#define FDP_LIFE "fdpreload"
#define FDP_LIFE_ANSWERS "fdpreload-answers"

/* As in preload/fdpreload.h. */
enum fdp_request_flags {
	FDP_REQUEST_ALL_THREADS = 1,
	FDP_REQUEST_C_STACK = 2,
	FDP_REQUEST_REPEAT = 8,
	FDP_REQUEST_EXIT = 16,
	FDP_REQUEST_FULL = 32,
};

#define FDP_REQUEST_NAME_SIZE 64

/* 100 years. */
#define FDP_TIMEOUT_US_MAX UINT64_C(3155760000000000)

/* Of a process that lives, about itself. */
struct fdp_request {
	struct fdp_header header;
	uint32_t operation;  /* enum fdp_operation */
	uint32_t flags;	     /* enum fdp_request_flags */
	uint32_t tid;	     /* whose request it is */
	uint32_t skip;	     /* its innermost Python frames that do not count */
	int64_t max_threads; /* < 0: none */
	uint64_t timeout_us; /* LATER, HEARTBEAT: to FDP_TIMEOUT_US_MAX */
	union {
		/* LATER with EXIT: sent to the sender, with this value, it
		 * exits. */
		uint64_t exit_cookie;
		/*
		 * DUMP, ANSWER: of the thread that asks, which answers READ
		 * and FILE on the socket for the REPLY while it waits; 0: it
		 * does not.
		 */
		uint64_t thread_pointer;
	};
	int32_t exit_signal; /* 0, or 1 to 64 */
	uint32_t reserved;
	/* LATER, CANCEL, HEARTBEAT; NUL-terminated. */
	char name[FDP_REQUEST_NAME_SIZE];
};

enum fdp_look_flags {
	FDP_LOOK_JSON = 1, /* else text */
	FDP_LOOK_NATIVE = 2,
	FDP_LOOK_COLOR = 4,
};

/*
 * The stacks of a client, for somebody else who may not trace it, by name and
 * in place of HELLO.
 */
struct fdp_look {
	struct fdp_header header;
	uint32_t pid;	/* as the daemon sees it */
	uint32_t flags; /* enum fdp_look_flags */
};

/* The result in the REPLY to a LOOK, if it is neither 0 nor an error. */
enum fdp_look_result {
	FDP_LOOK_NOT_PYTHON = 1, /* native stacks were all there was */
};

enum fdp_annotation_flags {
	FDP_ANNOTATION_REMOVE = 1,
};

#define FDP_ANNOTATION_VALUE_SIZE 1024

/* Shown in reports about the sender. */
struct fdp_annotation {
	struct fdp_header header;
	uint32_t flags; /* enum fdp_annotation_flags */
	uint32_t reserved;
	char key[FDP_REQUEST_NAME_SIZE];       /* NUL-terminated */
	char value[FDP_ANNOTATION_VALUE_SIZE]; /* NUL-terminated */
};

struct fdp_reply {
	struct fdp_header header;
	int32_t result; /* 0 or more, or -errno */
	uint32_t reserved;
};

struct fdp_ack {
	struct fdp_header header;
	uint32_t pid; /* of the daemon, for PR_SET_PTRACER */
	uint32_t reserved;
};

_Static_assert(sizeof(struct fdp_header) == 16, "header");
_Static_assert(sizeof(struct fdp_hello) == 32, "hello");
_Static_assert(offsetof(struct fdp_crash, signal) == 24, "crash.signal");
_Static_assert(offsetof(struct fdp_crash, gregs) == 72, "crash.gregs");
_Static_assert(offsetof(struct fdp_crash, siginfo) == 256, "crash.siginfo");
_Static_assert(offsetof(struct fdp_crash, handler) == 408, "crash.handler");
_Static_assert(offsetof(struct fdp_crash, noted) == 416, "crash.noted");
_Static_assert(offsetof(struct fdp_crash, foreign) == 656, "crash.foreign");
_Static_assert(offsetof(struct fdp_crash, abort_text) == 800, "crash.abort");
_Static_assert(sizeof(struct fdp_crash) == 1824, "crash");
_Static_assert(sizeof(struct fdp_noted) == 240, "noted");
_Static_assert(sizeof(struct fdp_foreign) == 16, "foreign");
_Static_assert(sizeof(struct fdp_foreign_notice) == 296, "notice");
_Static_assert(sizeof(struct fdp_read) == 32, "read");
_Static_assert(sizeof(struct fdp_data) == 32, "data");
_Static_assert(sizeof(struct fdp_file) == 64, "file");
_Static_assert(sizeof(struct fdp_slot) == 24, "slot");
_Static_assert(sizeof(struct fdp_park) == 24 + 4 * FDP_PARK_MAX, "park");
_Static_assert(sizeof(struct fdp_parked) == 32, "parked");
_Static_assert(sizeof(struct fdp_ack) == 24, "ack");
_Static_assert(sizeof(struct fdp_request) == 128, "request");
_Static_assert(sizeof(struct fdp_look) == 24, "look");
_Static_assert(sizeof(struct fdp_annotation) == 1112, "annotation");
_Static_assert(sizeof(struct fdp_reply) == 24, "reply");
_Static_assert(sizeof(struct fdp_crash) <= FDP_MESSAGE_MAX, "frame 1 fits");
_Static_assert(sizeof(struct fdp_park) <= FDP_MESSAGE_MAX, "park fits");

#endif
