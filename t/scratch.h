/*
 * A folder for one test, and its end.
 *
 *	char root[SCRATCH_SIZE];
 *
 *	scratch_make(root);
 *	…
 *	scratch_remove(root);
 */
#ifndef T_SCRATCH_H
#define T_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#define SCRATCH_SIZE 64

static inline void
scratch_make(char root[SCRATCH_SIZE])
{
	snprintf(root, SCRATCH_SIZE, "/tmp/hs-test.XXXXXX");
	if (mkdtemp(root) == NULL)
		abort();
}

static inline int
scratch_remove_one(
    const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static inline void
scratch_remove(const char *root)
{
	if (nftw(root, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		perror(root);
}

#endif
