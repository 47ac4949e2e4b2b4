#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "t/fuzz/fuzz.h"
#include "t/random.h"
#include "t/tap.h"

#define INPUT_SIZE (1024 * 1024)
#define MUTATIONS 200

static const char *program;

/* Fed from memory of exactly its size, so that a sanitizer or valgrind sees a
 * read behind its end. */
static void
feed(const char *bytes, size_t n)
{
	uint8_t *copy = calloc(1, n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, bytes, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

/* Change, cut out or double a few bytes. */
static void
mutate(struct random *r, struct buf *b)
{
	size_t times = 1 + random_below(r, 4), at, n;
	char piece[16];

	while (times-- > 0 && b->len > 0) {
		at = random_below(r, b->len);
		n = 1 + random_below(r, sizeof(piece));
		if (n > b->len - at)
			n = b->len - at;
		memcpy(piece, b->s + at, n);
		switch (random_below(r, 3)) {
		case 0:
			random_fill(r, b->s + at, 1);
			break;
		case 1:
			memmove(b->s + at, b->s + at + n, b->len - at - n);
			buf_cut(b, b->len - n);
			break;
		default:
			buf_put(b, piece, n);
			break;
		}
	}
}

static int
replay(const char *path)
{
	struct random r = random_seeded();
	struct buf input, b;
	char chunk[4096];
	FILE *f = fopen(path, "rb");
	size_t n;
	int i;

	if (f == NULL)
		return ok(0, "could not open %s", path);
	buf_init(&input, INPUT_SIZE);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&input, chunk, n);
	(void)fclose(f);
	feed(buf_str(&input), input.len);
	buf_init(&b, INPUT_SIZE);
	for (i = 0; i < MUTATIONS; i++) {
		buf_reset(&b);
		buf_put(&b, buf_str(&input), input.len);
		mutate(&r, &b);
		feed(buf_str(&b), b.len);
	}
	buf_release(&b);
	buf_release(&input);
	return ok(1, "%s and %d mutations", path, MUTATIONS);
}

static void
the_corpus_and_its_mutations_break_nothing(void)
{
	static const char prefix[] = "fuzz-";
	const char *name = strrchr(program, '/');
	char folder[1000], path[1300];
	struct dirent *entry;
	DIR *d;

	name = name == NULL ? program : name + 1;
	assert(strncmp(name, prefix, sizeof(prefix) - 1) == 0);
	feed("", 0);
	(void)snprintf(folder, sizeof(folder), T_SRCDIR "/t/fuzz/corpus/%s",
	    name + sizeof(prefix) - 1);
	d = opendir(folder);
	if (d == NULL) {
		ok(0, "could not open %s", folder);
		return;
	}
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(
		    path, sizeof(path), "%s/%s", folder, entry->d_name);
		(void)replay(path);
	}
	(void)closedir(d);
}

static int n_named;
static char **named;

static void
the_named_files_break_nothing(void)
{
	while (n_named-- > 0)
		(void)replay(*named++);
}

int
main(int argc, char **argv)
{
	program = argv[0];
	n_named = argc - 1;
	named = argv + 1;
	if (argc > 1)
		RUN(the_named_files_break_nothing);
	else
		RUN(the_corpus_and_its_mutations_break_nothing);
	return tap_done();
}
