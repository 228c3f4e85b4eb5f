#include "archive.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <unzip.h>

#include "../base/util.h"

/* The library asks for single bytes. */
#define WINDOW_SIZE 16384

/* Longer names of members than of files there are none. */
#define NAME_BYTES_MAX 4096

#define FLAG_ENCRYPTED 1

#define METHOD_STORED 0
#define METHOD_DEFLATED 8

/* The archive as the library sees it: a part of it is kept. */
struct stream {
	int fd;
	uint64_t at, size;
	uint64_t window_at;
	size_t window_size;
	uint8_t window[WINDOW_SIZE];
};

static void *stream_open(void *opaque, const void *name, int mode)
{
	(void)name;
	(void)mode;
	return opaque;
}

/* Makes the byte at STREAM->at part of the window. */
static bool fill(struct stream *stream)
{
	ssize_t got;

	if (stream->at >= stream->window_at &&
	    stream->at - stream->window_at < stream->window_size)
		return true;
	if (stream->at >= stream->size)
		return false;
	got = pread(stream->fd, stream->window, sizeof(stream->window),
		    (off_t)stream->at);
	if (got <= 0)
		return false;
	stream->window_at = stream->at;
	stream->window_size = (size_t)got;
	return true;
}

static uLong stream_read(void *opaque, void *file, void *buffer, uLong size)
{
	struct stream *stream = file;
	uLong done = 0;

	(void)opaque;
	while (done < size && fill(stream)) {
		size_t from = (size_t)(stream->at - stream->window_at);
		size_t count = stream->window_size - from;

		if (count > size - done)
			count = size - done;
		memcpy((uint8_t *)buffer + done, stream->window + from, count);
		stream->at += count;
		done += count;
	}
	return done;
}

static ZPOS64_T stream_tell(void *opaque, void *file)
{
	(void)opaque;
	return ((struct stream *)file)->at;
}

/* It never goes further than the end, nor before the start. */
static long stream_seek(void *opaque, void *file, ZPOS64_T offset, int origin)
{
	struct stream *stream = file;
	uint64_t from = origin == ZLIB_FILEFUNC_SEEK_CUR   ? stream->at
			: origin == ZLIB_FILEFUNC_SEEK_END ? stream->size
							   : 0;

	(void)opaque;
	if (offset > stream->size || from > stream->size - offset)
		return -1;
	stream->at = from + offset;
	return 0;
}

static int stream_close(void *opaque, void *file)
{
	(void)opaque;
	(void)file;
	return 0;
}

static int stream_error(void *opaque, void *file)
{
	(void)opaque;
	(void)file;
	return 0;
}

static void unzip_cleanup(unzFile *archive)
{
	if (*archive)
		unzClose(*archive);
}

#define _cleanup_unzip_ __attribute__((cleanup(unzip_cleanup)))

/* True if the member that ARCHIVE stands at is called NAME. */
static bool is_member(unzFile archive, const char *name, size_t length,
		      unz_file_info64 *info)
{
	char found[NAME_BYTES_MAX + 1] = "";

	return unzGetCurrentFileInfo64(archive, info, found, sizeof(found),
				       NULL, 0, NULL, 0) == UNZ_OK &&
	       info->size_filename == length &&
	       memcmp(found, name, length) == 0;
}

static int find_member(unzFile archive, const char *name,
		       struct fdp_archive_limits *limits, unz_file_info64 *info)
{
	size_t length = strlen(name);
	int r = unzGoToFirstFile(archive);

	if (length > NAME_BYTES_MAX)
		return -ENOENT;
	while (r == UNZ_OK) {
		if (limits->entries_left-- <= 0)
			return -EFBIG;
		if (is_member(archive, name, length, info))
			return 0;
		r = unzGoToNextFile(archive);
	}
	return r == UNZ_END_OF_LIST_OF_FILE ? -ENOENT : -EBADMSG;
}

/* The whole member that ARCHIVE stands at, SIZE bytes; its sum is checked. */
static int unpack(unzFile archive, char *text, size_t size)
{
	size_t done = 0;
	int got = 1;

	if (unzOpenCurrentFile(archive) != UNZ_OK)
		return -EBADMSG;
	while (done < size && got > 0) {
		got = unzReadCurrentFile(archive, text + done,
					 (unsigned)(size - done));
		if (got > 0)
			done += (size_t)got;
	}
	if (unzCloseCurrentFile(archive) != UNZ_OK || done != size)
		return -EBADMSG;
	return 0;
}

static int read_member(unzFile archive, const unz_file_info64 *info,
		       size_t longest, struct fdp_archive_limits *limits,
		       char **ret_text, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size = (size_t)info->uncompressed_size;
	int r;

	if ((info->flag & FLAG_ENCRYPTED) ||
	    (info->compression_method != METHOD_STORED &&
	     info->compression_method != METHOD_DEFLATED))
		return -ENOTSUP;
	if (info->uncompressed_size > longest ||
	    limits->bytes_left < (long)size)
		return -EFBIG;
	limits->bytes_left -= (long)size;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	r = unpack(archive, text, size);
	if (r < 0)
		return r;
	*ret_text = TAKE_PTR(text);
	*ret_size = size;
	return 0;
}

int fdp_archive_read(int fd, const char *name, size_t longest,
		     struct fdp_archive_limits *limits, char **ret_text,
		     size_t *ret_size)
{
	_cleanup_free_ struct stream *stream = calloc(1, sizeof(*stream));
	_cleanup_unzip_ unzFile archive = NULL;
	zlib_filefunc64_def functions = {
		.zopen64_file = stream_open,
		.zread_file = stream_read,
		.ztell64_file = stream_tell,
		.zseek64_file = stream_seek,
		.zclose_file = stream_close,
		.zerror_file = stream_error,
		.opaque = stream,
	};
	unz_file_info64 info;
	struct stat status;
	int r;

	if (!stream)
		return -ENOMEM;
	if (fstat(fd, &status) < 0)
		return -errno;
	stream->fd = fd;
	stream->size = (uint64_t)status.st_size;
	archive = unzOpen2_64("", &functions);
	if (!archive)
		return -EBADMSG;
	r = find_member(archive, name, limits, &info);
	if (r < 0)
		return r;
	return read_member(archive, &info, longest, limits, ret_text, ret_size);
}
