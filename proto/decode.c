#include "decode.h"

#include <errno.h>

struct shape {
	size_t fixed; /* bytes without the tail */
	int (*check)(const void *packet, size_t size); /* NULL: no tail */
};

static int check_crash(const void *packet, size_t size)
{
	const struct fdp_crash *crash = packet;

	(void)size;
	return crash->abort_size <= FDP_ABORT_TEXT_MAX ? 0 : -EBADMSG;
}

/* A flag that is not known asks for something that would not come. */
static int check_hello(const void *packet, size_t size)
{
	const struct fdp_hello *hello = packet;

	(void)size;
	return hello->flags & ~(uint32_t)FDP_HELLO_ANSWER ? -EBADMSG : 0;
}

static int check_foreign(const void *packet, size_t size)
{
	const struct fdp_foreign_notice *notice = packet;
	int32_t signal = notice->foreign.signal;

	(void)size;
	for (size_t i = 0; i < sizeof(notice->object); i++)
		if (!notice->object[i])
			return signal > 0 && signal <= 64 ? 0 : -EBADMSG;
	return -EBADMSG;
}

static int check_read(const void *packet, size_t size)
{
	const struct fdp_read *request = packet;
	uint64_t end;

	(void)size;
	if (request->size == 0 || request->size > FDP_DATA_MAX)
		return -EBADMSG;
	return __builtin_add_overflow(request->address, request->size, &end)
		       ? -EBADMSG
		       : 0;
}

/* No way up or out of /proc/self, and nothing that is not a plain name. */
static int check_file(const void *packet, size_t size)
{
	const struct fdp_file *file = packet;
	size_t i;

	(void)size;
	for (i = 0; i < sizeof(file->name) && file->name[i]; i++) {
		char c = file->name[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    !(c == '/' && i > 0))
			return -EBADMSG;
	}
	return i > 0 && i < sizeof(file->name) ? 0 : -EBADMSG;
}

static int check_data(const void *packet, size_t size)
{
	const struct fdp_data *data = packet;

	if (data->size > FDP_DATA_MAX || (data->error && data->size))
		return -EBADMSG;
	return size == sizeof(*data) + data->size ? 0 : -EBADMSG;
}

static int check_park(const void *packet, size_t size)
{
	const struct fdp_park *park = packet;
	size_t fixed = offsetof(struct fdp_park, tids);

	if (park->count > FDP_PARK_MAX)
		return -EBADMSG;
	return size == fixed + park->count * sizeof(park->tids[0]) ? 0
								   : -EBADMSG;
}

static int check_parked(const void *packet, size_t size)
{
	const struct fdp_parked *parked = packet;

	(void)size;
	return parked->parked <= parked->count ? 0 : -EBADMSG;
}

/* A C stack is of whoever asks, now, and comes alone. */
static int is_c_stack_dump(const struct fdp_request *request)
{
	return request->operation == FDP_DUMP &&
	       request->flags == FDP_REQUEST_C_STACK;
}

/* What is not known asks for something that would not come. */
static int check_request(const void *packet, size_t size)
{
	const uint32_t flags = FDP_REQUEST_ALL_THREADS | FDP_REQUEST_C_STACK |
			       FDP_REQUEST_REPEAT | FDP_REQUEST_EXIT |
			       FDP_REQUEST_FULL;
	const struct fdp_request *request = packet;

	(void)size;
	if (request->operation < FDP_DUMP || request->operation > FDP_ANSWER ||
	    (request->flags & ~flags))
		return -EBADMSG;
	if (request->operation == FDP_ANSWER && !request->thread_pointer)
		return -EBADMSG;
	if ((request->flags & FDP_REQUEST_C_STACK) && !is_c_stack_dump(request))
		return -EBADMSG;
	if (request->exit_signal < 0 || request->exit_signal > 64)
		return -EBADMSG;
	if (request->timeout_us > FDP_TIMEOUT_US_MAX ||
	    (request->operation == FDP_LATER && request->timeout_us == 0))
		return -EBADMSG;
	return request->name[sizeof(request->name) - 1] ? -EBADMSG : 0;
}

static int check_annotation(const void *packet, size_t size)
{
	const struct fdp_annotation *annotation = packet;

	(void)size;
	if (annotation->flags & ~(uint32_t)FDP_ANNOTATION_REMOVE ||
	    !annotation->key[0] || annotation->key[sizeof(annotation->key) - 1])
		return -EBADMSG;
	return annotation->value[sizeof(annotation->value) - 1] ? -EBADMSG : 0;
}

static int check_look(const void *packet, size_t size)
{
	const uint32_t flags = FDP_LOOK_JSON | FDP_LOOK_NATIVE | FDP_LOOK_COLOR;
	const struct fdp_look *look = packet;

	(void)size;
	if (look->pid == 0 || look->pid > INT32_MAX)
		return -EBADMSG;
	return look->flags & ~flags ? -EBADMSG : 0;
}

/* A shape without a check has exactly its fixed size. */
static const struct shape shapes[] = {
	[FDP_HELLO] = { sizeof(struct fdp_hello), check_hello },
	[FDP_JOIN] = { sizeof(struct fdp_hello), check_hello },
	[FDP_CRASH] = { sizeof(struct fdp_crash), check_crash },
	[FDP_DATA] = { sizeof(struct fdp_data), check_data },
	[FDP_PARKED] = { sizeof(struct fdp_parked), check_parked },
	[FDP_FOREIGN] = { sizeof(struct fdp_foreign_notice), check_foreign },
	[FDP_REQUEST] = { sizeof(struct fdp_request), check_request },
	[FDP_ANNOTATION] = { sizeof(struct fdp_annotation), check_annotation },
	[FDP_LOOK] = { sizeof(struct fdp_look), check_look },
	[FDP_ACK] = { sizeof(struct fdp_ack), NULL },
	[FDP_READ] = { sizeof(struct fdp_read), check_read },
	[FDP_PARK] = { offsetof(struct fdp_park, tids), check_park },
	[FDP_WAIT] = { sizeof(struct fdp_header), NULL },
	[FDP_FILE] = { sizeof(struct fdp_file), check_file },
	[FDP_DONE] = { sizeof(struct fdp_header), NULL },
	[FDP_REPLY] = { sizeof(struct fdp_reply), NULL },
};

/* Only these may be longer than their fixed part. */
static int has_tail(uint16_t type)
{
	return type == FDP_DATA || type == FDP_PARK;
}

int fdp_decode(const void *packet, size_t size)
{
	const struct fdp_header *header = packet;
	const struct shape *shape;
	int r;

	if (size < sizeof(*header) || header->magic != FDP_PROTO_MAGIC)
		return -EBADMSG;
	if (header->version != FDP_PROTO_VERSION)
		return -EPROTONOSUPPORT;
	if (header->size != size)
		return -EBADMSG;
	if (header->type >= sizeof(shapes) / sizeof(shapes[0]) ||
	    !shapes[header->type].fixed)
		return -ENOMSG;
	shape = &shapes[header->type];
	if (has_tail(header->type) ? size < shape->fixed : size != shape->fixed)
		return -EBADMSG;
	r = shape->check ? shape->check(packet, size) : 0;
	return r < 0 ? r : header->type;
}
