// SPDX-License-Identifier: GPL-2.0
/* Writes the sealed file of the network configuration, and checks one. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "net_file.h"

#define ALIGN8(n)	(((n) + 7) & ~(size_t)7)
#define CRC_POLY	0xedb88320U
/* More than anybody's routes through one interface; each page is preserved */
#define LONGEST		(64U << 20)
#define SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static uint32_t crc32(const char *p, size_t n)
{
	static uint32_t table[256];
	uint32_t crc = ~0U;

	for (uint32_t i = 0; i < 256 && !table[255]; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? CRC_POLY ^ c >> 1 : c >> 1;
		table[i] = c;
	}
	while (n--)
		crc = table[(crc ^ (uint8_t)*p++) & 0xff] ^ crc >> 8;
	return ~crc;
}

static uint32_t file_crc(const struct net_file *f)
{
	size_t begin = offsetof(struct net_header, len);

	return crc32(f->p + begin, f->n - begin);
}

static void *extend(struct net_file *f, size_t len)
{
	size_t at = f->n;

	f->n += ALIGN8(len);
	f->p = realloc(f->p, f->n);
	if (!f->p)
		abort();
	memset(f->p + at, 0, ALIGN8(len));
	return f->p + at;
}

void net_file_begin(struct net_file *f)
{
	*f = (struct net_file){ .fd = -1 };
	extend(f, sizeof(struct net_header));
}

/* Either part may be missing */
void net_file_add(struct net_file *f, uint16_t type,
		  const void *head, size_t head_len,
		  const void *body, size_t body_len)
{
	size_t len = head_len + body_len;
	struct net_record *r = extend(f, sizeof(*r) + len);

	r->type = type;
	r->len = len;
	if (head_len)
		memcpy(r + 1, head, head_len);
	if (body_len)
		memcpy((char *)(r + 1) + head_len, body, body_len);
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0)
			return -errno;
		p += done;
		n -= done;
	}
	return 0;
}

/* Into a memfd, f->fd, that nobody can change any more */
int net_file_seal(struct net_file *f)
{
	struct net_header *h = (void *)f->p;
	struct timespec now;
	int err;

	if (f->n > LONGEST)
		return -EFBIG;
	clock_gettime(CLOCK_REALTIME, &now);
	*h = (struct net_header){
		.major = NET_FILE_MAJOR, .minor = NET_FILE_MINOR,
		.len = f->n, .saved_s = now.tv_sec,
	};
	memcpy(h->magic, NET_MAGIC, sizeof(h->magic));
	h->crc = file_crc(f);

	f->fd = memfd_create("lunicctl-net", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (f->fd < 0)
		return -errno;
	err = write_all(f->fd, f->p, f->n);
	if (!err && fcntl(f->fd, F_ADD_SEALS, SEALS))
		err = -errno;
	return err;
}

static const char *check_header(const struct net_file *f)
{
	const struct net_header *h = net_file_header(f);

	if (f->n < sizeof(*h))
		return "it is too short";
	if (memcmp(h->magic, NET_MAGIC, sizeof(h->magic)))
		return "it does not begin as it should";
	if (h->major != NET_FILE_MAJOR)
		return "its version is another";
	if (h->len != f->n)
		return "its length is wrong";
	if (h->crc != file_crc(f))
		return "its checksum is wrong";
	return NULL;
}

/* Each within the file, and none behind the last */
static const char *check_records(const struct net_file *f)
{
	size_t at = sizeof(struct net_header);

	while (at < f->n) {
		const struct net_record *r = (const void *)(f->p + at);

		if (sizeof(*r) > f->n - at ||
		    r->len > f->n - at - sizeof(*r))
			return "a record in it is cut off";
		at += ALIGN8(sizeof(*r) + r->len);
	}
	return NULL;
}

/* @fd stays the caller's; on failure @why says what is wrong in words */
int net_file_open(struct net_file *f, int fd, const char **why)
{
	struct stat st;
	ssize_t n = 0;

	*f = (struct net_file){ .fd = -1 };
	*why = "it can't be read";
	if (fstat(fd, &st))
		return -errno;
	if (st.st_size > LONGEST)
		return -EFBIG;
	f->p = malloc(st.st_size + 1);
	if (!f->p)
		abort();
	while (f->n < (size_t)st.st_size) {
		n = pread(fd, f->p + f->n, st.st_size - f->n, f->n);
		if (n <= 0)
			break;
		f->n += n;
	}
	if (n < 0)
		return -errno;
	*why = check_header(f);
	if (!*why)
		*why = check_records(f);
	return *why ? -EBADMSG : 0;
}

void net_file_close(struct net_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->p);
	*f = (struct net_file){ .fd = -1 };
}

const struct net_header *net_file_header(const struct net_file *f)
{
	return (const void *)f->p;
}

/* The first after NULL */
const struct net_record *net_file_next(const struct net_file *f,
				       const struct net_record *r)
{
	size_t at = sizeof(struct net_header);

	if (r)
		at = (const char *)r - f->p + ALIGN8(sizeof(*r) + r->len);
	return at < f->n ? (const void *)(f->p + at) : NULL;
}

/* NULL where the record is shorter than what it should begin with */
const void *net_record_head(const struct net_record *r, size_t len)
{
	return r->len < len ? NULL : r + 1;
}

/* The string at @at, which moves behind it; NULL if it does not end */
const char *net_record_str(const struct net_record *r, size_t *at)
{
	const char *s = (const char *)(r + 1) + *at;
	const char *end = *at < r->len ? memchr(s, '\0', r->len - *at) : NULL;

	if (!end)
		return NULL;
	*at += end - s + 1;
	return s;
}
