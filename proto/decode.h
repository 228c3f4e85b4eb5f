/*
 * Decoding: from hostile bytes to a message that may be read.
 *
 * Pure: bytes in, verdict out; nothing is copied, allocated or called.
 */
#ifndef FDP_PROTO_DECODE_H
#define FDP_PROTO_DECODE_H

#include "proto.h"

/*
 * Says whether the SIZE bytes at PACKET are one complete message of this
 * version, with every count and length inside it consistent with SIZE.  PACKET
 * must be aligned to 8 bytes.
 *
 * Returns its type, or
 *   -EBADMSG          not ours, or its lengths do not add up
 *   -EPROTONOSUPPORT  ours, of another version
 *   -ENOMSG           ours, of a type this version does not know
 */
int fdp_decode(const void *packet, size_t size);

/* Fills a header for a message of TYPE and SIZE bytes. */
static inline struct fdp_header fdp_header_make(uint16_t type, uint32_t size,
						uint32_t sequence)
{
	return (struct fdp_header){
		.magic = FDP_PROTO_MAGIC,
		.version = FDP_PROTO_VERSION,
		.type = type,
		.size = size,
		.sequence = sequence,
	};
}

#endif
