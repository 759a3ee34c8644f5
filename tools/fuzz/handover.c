// SPDX-License-Identifier: GPL-2.0
/* Damages handovers in every place, one place at a time, and prints KTAP.
 *
 *   handover FILE...   inputs as parse.h has them
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/kho/abi/lunic.h>

#include "parse.h"

#define FILE_MAX	(2 << 20)

struct input {
	u8 *root, *body, *words;
	size_t root_len, body_len, words_len;
};

static int failures;
static int cases;

static void result(const char *name, const char *file, u32 wrong, u32 tried)
{
	printf("# %u tried, %u wrong\n", tried, wrong);
	printf("%s %d %s: %s\n", wrong || !tried ? "not ok" : "ok", ++cases,
	       file, name);
	failures += wrong || !tried;
}

static const char *raw(const struct input *in)
{
	return parse_raw(in->root, in->root_len, in->body, in->body_len);
}

/* Without the tables, which are long */
static const char *sealed(const struct input *in)
{
	return parse_sealed(in->body, in->body_len, NULL, 0);
}

/* Whether the root may change here: its state is outside the checksum */
static bool is_state(size_t at)
{
	return at >= offsetof(struct lunic_ho_root, state) &&
	       at < offsetof(struct lunic_ho_root, crc);
}

static void unaltered(const struct input *in, const char *file)
{
	const char *why = raw(in);

	if (why)
		printf("# %s\n", why);
	result("as it is, it is accepted", file, !!why, 1);
	why = parse_sealed(in->body, in->body_len, in->words, in->words_len);
	if (why)
		printf("# %s\n", why);
	result("sealed anew, too", file, !!why, 1);
}

static void flip_root(const struct input *in, const char *file)
{
	u32 wrong = 0, bit;

	for (bit = 0; bit < in->root_len * 8; bit++) {
		in->root[bit / 8] ^= 1 << bit % 8;
		if (!raw(in) != is_state(bit / 8)) {
			printf("# root: bit %u\n", bit);
			wrong++;
		}
		in->root[bit / 8] ^= 1 << bit % 8;
	}
	result("any bit of the root: refused", file, wrong, bit);
}

static void flip_body(const struct input *in, const char *file)
{
	u32 wrong = 0, bit;

	for (bit = 0; bit < in->body_len * 8; bit++) {
		in->body[bit / 8] ^= 1 << bit % 8;
		if (!raw(in)) {
			printf("# body: bit %u\n", bit);
			wrong++;
		}
		in->body[bit / 8] ^= 1 << bit % 8;
	}
	result("any bit of the body: refused", file, wrong, bit);
}

/* With right checksums: the parser's own checks, and no access outside */
static void flip_sealed(const struct input *in, const char *file)
{
	u32 refused = 0, bit;

	for (bit = 0; bit < in->body_len * 8; bit++) {
		in->body[bit / 8] ^= 1 << bit % 8;
		refused += !!sealed(in);
		in->body[bit / 8] ^= 1 << bit % 8;
	}
	printf("# %u refused\n", refused);
	result("any bit of the body, sealed anew: harmless", file, !refused,
	       bit);
}

/* Each word of that width becomes what is likely to be mistaken */
static void set_words(const struct input *in, const char *file, size_t width)
{
	static const u64 values[] = {
		0, 1, 7, 8, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff,
		0x80000000, 0xfffffff8, 0xffffffff, 0x7fffffffffffffff,
		0xfffffffffffff000, 0xffffffffffffffff,
	};
	u32 refused = 0, tried = 0;
	char name[80];
	u64 old;

	for (size_t at = 0; at + width <= in->body_len; at += width) {
		memcpy(&old, in->body + at, width);
		for (size_t i = 0; i < ARRAY_SIZE(values); i++, tried++) {
			memcpy(in->body + at, &values[i], width);
			refused += !!sealed(in);
		}
		memcpy(in->body + at, &old, width);
	}
	printf("# %u refused\n", refused);
	snprintf(name, sizeof(name),
		 "any %zu-bit word extreme, sealed anew: harmless", width * 8);
	result(name, file, !refused, tried);
}

/* Whether the rest of a body from there on are whole sections that a reader
 * may skip
 */
static bool may_go(const struct input *in, size_t from)
{
	struct lunic_ho_section s;
	size_t at;

	for (at = 0; at + sizeof(s) <= in->body_len; at += sizeof(s) + s.len) {
		memcpy(&s, in->body + at, sizeof(s));
		if (at < from && at + sizeof(s) + s.len > from)
			return false;
		if (at >= from && s.flags & LUNIC_HO_F_MANDATORY)
			return false;
	}
	return true;
}

static void truncate_body(const struct input *in, const char *file)
{
	struct input cut = *in;
	u32 wrong = 0;

	for (cut.body_len = 0; cut.body_len < in->body_len; cut.body_len++) {
		if (!raw(&cut)) {
			printf("# raw, length %zu\n", cut.body_len);
			wrong++;
		}
		if (!sealed(&cut) != may_go(in, cut.body_len)) {
			printf("# sealed, length %zu\n", cut.body_len);
			wrong++;
		}
	}
	result("cut at any length: refused, but for optional sections", file,
	       wrong, cut.body_len);
}

static void truncate_root(const struct input *in, const char *file)
{
	struct input cut = *in;
	u32 wrong = 0;

	for (cut.root_len = 0; cut.root_len < in->root_len; cut.root_len++)
		wrong += !raw(&cut);
	result("root cut at any length: refused", file, wrong, cut.root_len);
}

static void split(struct input *in, u8 *data, size_t len)
{
	struct lunic_ho_root root = {};

	in->root = data;
	in->root_len = min(len, sizeof(root));
	memcpy(&root, data, in->root_len);
	in->body = data + in->root_len;
	in->body_len = min(len - in->root_len, (size_t)root.body_len);
	in->words = in->body + in->body_len;
	in->words_len = len - in->root_len - in->body_len;
}

static void damage(u8 *data, size_t len, const char *file)
{
	struct input in;

	split(&in, data, len);
	unaltered(&in, file);
	flip_root(&in, file);
	flip_body(&in, file);
	flip_sealed(&in, file);
	for (size_t width = 1; width <= sizeof(u64); width *= 2)
		set_words(&in, file, width);
	truncate_body(&in, file);
	truncate_root(&in, file);
}

static int read_file(const char *path, u8 *data, size_t *len)
{
	FILE *f = fopen(path, "r");

	if (!f)
		return -1;
	*len = fread(data, 1, FILE_MAX, f);
	return fclose(f);
}

int main(int argc, char **argv)
{
	u8 *data = malloc(FILE_MAX);
	const char *name;
	size_t len;

	if (argc < 2 || !data) {
		fprintf(stderr, "usage: handover FILE...\n");
		return 2;
	}
	printf("KTAP version 1\n1..%d\n", (argc - 1) * 11);
	for (int i = 1; i < argc; i++) {
		if (read_file(argv[i], data, &len)) {
			fprintf(stderr, "handover: %s: %s\n", argv[i],
				strerror(errno));
			return 1;
		}
		name = strrchr(argv[i], '/');
		damage(data, len, name ? name + 1 : argv[i]);
	}
	free(data);
	return failures ? 1 : 0;
}
