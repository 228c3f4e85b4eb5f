/* The decoder: every message as it should be, and every way it may not be. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../proto/decode.h"
#include "suite.h"

union packet {
	struct fdp_header header;
	struct fdp_hello hello;
	struct fdp_crash crash;
	struct fdp_foreign_notice foreign;
	struct fdp_request request;
	struct fdp_annotation annotation;
	struct fdp_look look;
	struct fdp_read read;
	struct fdp_data data;
	struct fdp_park park;
	struct fdp_parked parked;
	struct fdp_file file;
	uint8_t bytes[sizeof(struct fdp_data) + FDP_DATA_MAX];
	uint64_t aligned;
};

static union packet packet;

/* A well-formed message of TYPE with SIZE bytes, all else zero. */
static void make(uint16_t type, size_t size)
{
	memset(&packet, 0, sizeof(packet));
	packet.header = fdp_header_make(type, (uint32_t)size, 7);
	/* All zero is not well-formed: there is no signal 0. */
	if (type == FDP_FOREIGN)
		packet.foreign.foreign.signal = SIGSEGV;
	if (type == FDP_REQUEST)
		packet.request.operation = FDP_DUMP;
	/* Nor a process 0. */
	if (type == FDP_LOOK)
		packet.look.pid = 1;
	/* Nor is anything shown under no key. */
	if (type == FDP_ANNOTATION)
		packet.annotation.key[0] = 'k';
}

static const struct {
	uint16_t type;
	size_t size;
} plain[] = {
	{ FDP_HELLO, sizeof(struct fdp_hello) },
	{ FDP_JOIN, sizeof(struct fdp_hello) },
	{ FDP_CRASH, sizeof(struct fdp_crash) },
	{ FDP_DATA, sizeof(struct fdp_data) },
	{ FDP_PARKED, sizeof(struct fdp_parked) },
	{ FDP_FOREIGN, sizeof(struct fdp_foreign_notice) },
	{ FDP_REQUEST, sizeof(struct fdp_request) },
	{ FDP_ANNOTATION, sizeof(struct fdp_annotation) },
	{ FDP_LOOK, sizeof(struct fdp_look) },
	{ FDP_ACK, sizeof(struct fdp_ack) },
	{ FDP_REPLY, sizeof(struct fdp_reply) },
	{ FDP_PARK, offsetof(struct fdp_park, tids) },
	{ FDP_WAIT, sizeof(struct fdp_header) },
	{ FDP_DONE, sizeof(struct fdp_header) },
};

START_TEST(accepts_each_message)
{
	make(plain[_i].type, plain[_i].size);
	ck_assert_int_eq(fdp_decode(&packet, plain[_i].size), plain[_i].type);
}
END_TEST

/* One byte fewer or more, in the packet or in what its header says. */
START_TEST(refuses_other_sizes)
{
	size_t size = plain[_i].size;

	for (int delta = -1; delta <= 1; delta += 2) {
		make(plain[_i].type, size + (size_t)delta);
		ck_assert_int_eq(fdp_decode(&packet, size + (size_t)delta),
				 -EBADMSG);
		ck_assert_int_eq(fdp_decode(&packet, size), -EBADMSG);
	}
}
END_TEST

START_TEST(refuses_every_truncation)
{
	for (size_t size = 0; size < plain[_i].size; size++) {
		make(plain[_i].type, plain[_i].size);
		ck_assert_int_eq(fdp_decode(&packet, size), -EBADMSG);
	}
}
END_TEST

START_TEST(tells_versions_and_types_apart)
{
	make(FDP_DONE, sizeof(struct fdp_header));
	packet.header.version = FDP_PROTO_VERSION + 1;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_header)),
			 -EPROTONOSUPPORT);
	make(FDP_DONE, sizeof(struct fdp_header));
	packet.header.magic ^= 1;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_header)),
			 -EBADMSG);
	for (unsigned type = 0; type < 65536; type += 13) {
		int r;

		make((uint16_t)type, sizeof(struct fdp_header));
		r = fdp_decode(&packet, sizeof(struct fdp_header));
		ck_assert(r == (int)type || r == -ENOMSG || r == -EBADMSG);
	}
}
END_TEST

static const struct {
	uint16_t type;
	uint32_t flags;
	bool accepted;
} hellos[] = {
	{ FDP_HELLO, 0, true },
	{ FDP_HELLO, FDP_HELLO_ANSWER, true },
	{ FDP_HELLO, 2, false },
	{ FDP_HELLO, FDP_HELLO_ANSWER | UINT32_C(0x80000000), false },
	{ FDP_JOIN, 0, true },
	{ FDP_JOIN, UINT32_MAX, false },
};

START_TEST(refuses_flags_it_does_not_know)
{
	make(hellos[_i].type, sizeof(struct fdp_hello));
	packet.hello.flags = hellos[_i].flags;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_hello)),
			 hellos[_i].accepted ? hellos[_i].type : -EBADMSG);
}
END_TEST

static const struct {
	uint32_t pid, flags;
	bool accepted;
} looks[] = {
	{ 1, 0, true },
	{ INT32_MAX, FDP_LOOK_JSON | FDP_LOOK_NATIVE | FDP_LOOK_COLOR, true },
	{ 0, 0, false },
	{ UINT32_C(0x80000000), 0, false },
	{ UINT32_MAX, 0, false },
	{ 1, 8, false },
	{ 1, FDP_LOOK_NATIVE | UINT32_C(0x80000000), false },
};

START_TEST(looks_name_a_process_and_known_flags)
{
	make(FDP_LOOK, sizeof(struct fdp_look));
	packet.look.pid = looks[_i].pid;
	packet.look.flags = looks[_i].flags;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_look)),
			 looks[_i].accepted ? FDP_LOOK : -EBADMSG);
}
END_TEST

static const struct {
	uint32_t operation, flags;
	uint64_t timeout_us;
	int32_t exit_signal;
	bool ends; /* the name has a NUL */
	bool accepted;
} requests[] = {
	{ FDP_DUMP, 0, 0, 0, true, true },
	{ FDP_DUMP, FDP_REQUEST_ALL_THREADS, 0, 0, true, true },
	{ FDP_DUMP, FDP_REQUEST_C_STACK, 0, 0, true, true },
	{ FDP_DUMP, FDP_REQUEST_C_STACK | FDP_REQUEST_FULL, 0, 0, true, false },
	{ FDP_LATER, FDP_REQUEST_C_STACK, 1, 0, true, false },
	{ FDP_DUMP, 4, 0, 0, true, false },
	{ FDP_DUMP, UINT32_C(0x80000000), 0, 0, true, false },
	{ FDP_DUMP, 0, 0, 0, false, false },
	{ 0, 0, 0, 0, true, false },
	{ FDP_CANCEL, 0, 0, 0, true, true },
	{ FDP_HEARTBEAT, 0, 0, 0, true, true },
	{ FDP_HEARTBEAT, 0, FDP_TIMEOUT_US_MAX, 0, true, true },
	{ FDP_HEARTBEAT, 0, FDP_TIMEOUT_US_MAX + 1, 0, true, false },
	{ FDP_ANSWER + 1, 0, 0, 0, true, false },
	{ FDP_LATER, 0, 0, 0, true, false },
	{ FDP_LATER, FDP_REQUEST_EXIT, 1, 64, true, true },
	{ FDP_LATER, FDP_REQUEST_EXIT, 1, 65, true, false },
	{ FDP_LATER, FDP_REQUEST_EXIT, 1, -1, true, false },
	{ FDP_LATER, FDP_REQUEST_REPEAT, FDP_TIMEOUT_US_MAX, 0, true, true },
	{ FDP_LATER, 0, FDP_TIMEOUT_US_MAX + 1, 0, true, false },
};

START_TEST(refuses_requests_it_cannot_do)
{
	make(FDP_REQUEST, sizeof(struct fdp_request));
	packet.request.operation = requests[_i].operation;
	packet.request.flags = requests[_i].flags;
	packet.request.timeout_us = requests[_i].timeout_us;
	packet.request.exit_signal = requests[_i].exit_signal;
	if (!requests[_i].ends)
		memset(packet.request.name, 'x', sizeof(packet.request.name));
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_request)),
			 requests[_i].accepted ? FDP_REQUEST : -EBADMSG);
}
END_TEST

START_TEST(annotations_end)
{
	struct fdp_annotation *annotation = &packet.annotation;

	make(FDP_ANNOTATION, sizeof(*annotation));
	annotation->flags = FDP_ANNOTATION_REMOVE;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(*annotation)),
			 FDP_ANNOTATION);
	annotation->flags = 2;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(*annotation)), -EBADMSG);
	annotation->flags = 0;
	memset(annotation->value, 'x', sizeof(annotation->value));
	ck_assert_int_eq(fdp_decode(&packet, sizeof(*annotation)), -EBADMSG);
	annotation->value[sizeof(annotation->value) - 1] = '\0';
	ck_assert_int_eq(fdp_decode(&packet, sizeof(*annotation)),
			 FDP_ANNOTATION);
	memset(annotation->key, 'x', sizeof(annotation->key));
	ck_assert_int_eq(fdp_decode(&packet, sizeof(*annotation)), -EBADMSG);
	memset(annotation->key, 0, sizeof(annotation->key));
	ck_assert_int_eq(fdp_decode(&packet, sizeof(*annotation)), -EBADMSG);
}
END_TEST

static const struct {
	int32_t signal;
	size_t object; /* bytes before the NUL; all: there is none */
	bool accepted;
} notices[] = {
	{ SIGSEGV, 0, true },
	{ 1, 7, true },
	{ 64, sizeof(packet.foreign.object) - 1, true },
	{ SIGSEGV, sizeof(packet.foreign.object), false },
	{ 0, 7, false },
	{ -1, 7, false },
	{ 65, 7, false },
	{ INT32_MIN, 7, false },
};

START_TEST(notices_name_a_signal_and_an_object)
{
	make(FDP_FOREIGN, sizeof(struct fdp_foreign_notice));
	packet.foreign.foreign.signal = notices[_i].signal;
	memset(packet.foreign.object, 'a', notices[_i].object);
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_foreign_notice)),
			 notices[_i].accepted ? FDP_FOREIGN : -EBADMSG);
}
END_TEST

static const struct {
	uint64_t address, size;
	int expected;
} reads[] = {
	{ 0x1000, 1, FDP_READ },
	{ 0x1000, FDP_DATA_MAX, FDP_READ },
	{ 0x1000, 0, -EBADMSG },
	{ 0x1000, FDP_DATA_MAX + 1, -EBADMSG },
	{ 0x1000, UINT64_MAX, -EBADMSG },
	{ UINT64_MAX, 1, -EBADMSG },
	{ UINT64_MAX - 8, 8, FDP_READ },
	{ UINT64_MAX - 8, 9, -EBADMSG },
};

START_TEST(bounds_reads)
{
	make(FDP_READ, sizeof(struct fdp_read));
	packet.read.address = reads[_i].address;
	packet.read.size = reads[_i].size;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_read)),
			 reads[_i].expected);
}
END_TEST

static const struct {
	uint32_t size; /* that the message claims to carry */
	int32_t error;
	size_t carried;
	int expected;
} answers[] = {
	{ 0, 0, 0, FDP_DATA },
	{ 100, 0, 100, FDP_DATA },
	{ FDP_DATA_MAX, 0, FDP_DATA_MAX, FDP_DATA },
	{ 0, EFAULT, 0, FDP_DATA },
	{ 4, EFAULT, 4, -EBADMSG },
	{ 100, 0, 99, -EBADMSG },
	{ 99, 0, 100, -EBADMSG },
	{ UINT32_MAX, 0, 100, -EBADMSG },
};

START_TEST(answers_carry_what_they_say)
{
	size_t size = sizeof(struct fdp_data) + answers[_i].carried;

	make(FDP_DATA, size);
	packet.data.size = answers[_i].size;
	packet.data.error = answers[_i].error;
	ck_assert_int_eq(fdp_decode(&packet, size), answers[_i].expected);
}
END_TEST

static const struct {
	uint32_t count;
	size_t carried;
	int expected;
} parks[] = {
	{ 0, 0, FDP_PARK },
	{ 1, 1, FDP_PARK },
	{ FDP_PARK_MAX, FDP_PARK_MAX, FDP_PARK },
	{ FDP_PARK_MAX + 1, FDP_PARK_MAX, -EBADMSG },
	{ 2, 1, -EBADMSG },
	{ 1, 2, -EBADMSG },
	{ UINT32_MAX, 1, -EBADMSG },
};

START_TEST(parks_as_many_as_named)
{
	size_t size = offsetof(struct fdp_park, tids) + 4 * parks[_i].carried;

	make(FDP_PARK, size);
	packet.park.count = parks[_i].count;
	ck_assert_int_eq(fdp_decode(&packet, size), parks[_i].expected);
}
END_TEST

static const struct {
	const char *name;
	int expected;
} files[] = {
	{ "maps", FDP_FILE },
	{ "task/123/syscall", FDP_FILE },
	{ "", -EBADMSG },
	{ "/maps", -EBADMSG },
	{ "../1/environ", -EBADMSG },
	{ "task/../maps", -EBADMSG },
	{ "Maps", -EBADMSG },
	{ "a b", -EBADMSG },
	{ "a\xff", -EBADMSG },
};

START_TEST(files_stay_below_proc_self)
{
	make(FDP_FILE, sizeof(struct fdp_file));
	strcpy(packet.file.name, files[_i].name);
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_file)),
			 files[_i].expected);
}
END_TEST

START_TEST(file_names_end)
{
	make(FDP_FILE, sizeof(struct fdp_file));
	memset(packet.file.name, 'a', sizeof(packet.file.name));
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_file)),
			 -EBADMSG);
}
END_TEST

START_TEST(bounds_counts_in_fixed_messages)
{
	make(FDP_CRASH, sizeof(struct fdp_crash));
	packet.crash.abort_size = FDP_ABORT_TEXT_MAX;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_crash)),
			 FDP_CRASH);
	packet.crash.abort_size++;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_crash)),
			 -EBADMSG);
	make(FDP_PARKED, sizeof(struct fdp_parked));
	packet.parked.parked = 1;
	ck_assert_int_eq(fdp_decode(&packet, sizeof(struct fdp_parked)),
			 -EBADMSG);
}
END_TEST

/*
 * Whatever is accepted has its lengths inside the packet: checked on a million
 * damaged messages, of which some must be accepted for this to say anything.
 */
START_TEST(damaged_messages_are_consistent_or_refused)
{
	int accepted = 0;

	srandom(1);
	for (int round = 0; round < 1000000; round++) {
		size_t row =
			(size_t)random() % (sizeof(plain) / sizeof(plain[0]));
		size_t size = plain[row].size;
		int r;

		make(plain[row].type, size);
		for (int i = random() % 3; i >= 0; i--)
			packet.bytes[(size_t)random() % size] =
				(uint8_t)random();
		r = fdp_decode(&packet, size);
		accepted += r > 0;
		if (r == FDP_DATA)
			ck_assert_uint_eq(
				packet.data.size + sizeof(packet.data), size);
		if (r == FDP_PARK)
			ck_assert_uint_eq(packet.park.count, 0);
		if (r == FDP_CRASH)
			ck_assert_uint_le(packet.crash.abort_size,
					  FDP_ABORT_TEXT_MAX);
		if (r == FDP_FOREIGN)
			ck_assert_uint_lt(
				strnlen(packet.foreign.object,
					sizeof(packet.foreign.object)),
				sizeof(packet.foreign.object));
	}
	ck_assert_int_gt(accepted, 1000);
}
END_TEST

#define ADD_ROWS(tests, test, table)                                           \
	tcase_add_loop_test(tests, test, 0,                                    \
			    (int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("proto");
	TCase *tests = tcase_create("decode");

	ADD_ROWS(tests, accepts_each_message, plain);
	ADD_ROWS(tests, refuses_other_sizes, plain);
	ADD_ROWS(tests, refuses_every_truncation, plain);
	tcase_add_test(tests, tells_versions_and_types_apart);
	ADD_ROWS(tests, refuses_requests_it_cannot_do, requests);
	tcase_add_test(tests, annotations_end);
	ADD_ROWS(tests, refuses_flags_it_does_not_know, hellos);
	ADD_ROWS(tests, looks_name_a_process_and_known_flags, looks);
	ADD_ROWS(tests, notices_name_a_signal_and_an_object, notices);
	ADD_ROWS(tests, bounds_reads, reads);
	ADD_ROWS(tests, answers_carry_what_they_say, answers);
	ADD_ROWS(tests, parks_as_many_as_named, parks);
	ADD_ROWS(tests, files_stay_below_proc_self, files);
	tcase_add_test(tests, file_names_end);
	tcase_add_test(tests, bounds_counts_in_fixed_messages);
	tcase_add_test(tests, damaged_messages_are_consistent_or_refused);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
