/*
 * The .fdpcap file: a capture that can be analysed without its process.
 *
 * A gzip stream: the line "fdpcap 1\n", then records, each a struct
 * fdpcap_record and SIZE bytes; the last has the type FDPCAP_END.  All integers
 * are little-endian.
 *
 *   FDPCAP_FAULT   struct fdpcap_fault and the abort message
 *   FDPCAP_THREAD  struct fdpcap_thread; the crashed thread comes first
 *   FDPCAP_FACT    the key, a NUL, the value
 *   FDPCAP_PAGE    4096 bytes of memory at ADDRESS
 */
#ifndef FDP_CAPTURE_FDPCAP_H
#define FDP_CAPTURE_FDPCAP_H

#include <stdint.h>

#include "../target.h"

#define FDPCAP_MAGIC "fdpcap 1\n"

enum fdpcap_type {
	FDPCAP_FAULT = 1,
	FDPCAP_THREAD = 2,
	FDPCAP_FACT = 3,
	FDPCAP_PAGE = 4,
	FDPCAP_END = 5,
};

struct fdpcap_record {
	uint32_t type;
	uint32_t size;
	uint64_t address; /* of a page, else 0 */
};

struct fdpcap_fault {
	int32_t pid;
	int32_t signal, code;
	int32_t sender_pid;
	uint32_t sender_uid;
	int32_t system_call;
	uint64_t address, error, trap;
};

struct fdpcap_thread {
	int32_t tid;
	uint8_t crashed, has_registers;
	uint8_t reserved[2];
	char name[16];
	uint64_t general[FDP_REGISTER_COUNT];
	uint64_t flags;
	uint64_t thread_pointer;
};

_Static_assert(sizeof(struct fdpcap_record) == 16, "record");
_Static_assert(sizeof(struct fdpcap_fault) == 48, "fault");
_Static_assert(sizeof(struct fdpcap_thread) == 176, "thread");

/*
 * Writes all that was read from TARGET so far to FD, which stays open and the
 * caller's.  Call it after the analysis.  0 or -errno.
 */
int fdp_record(struct fdp_target *target, int fd);

/*
 * Reads a capture from FD, which stays open and the caller's, into a target
 * that answers what was recorded and nothing else.  0; -EBADMSG: not a
 * capture, or a damaged one; -E2BIG: larger than any we write; -errno.
 */
int fdp_replay_new(int fd, struct fdp_target **ret_target);

#endif
