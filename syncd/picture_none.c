/* Stands in until pictures are made: items show the placeholder. */
#include "config.h"

#include <string.h>

#include "syncd/picture.h"

static struct store none;

enum rc
store_folder_open(const char *path, struct store **out, struct error *e)
{
	(void)path;
	(void)e;
	*out = &none;
	return RC_OK;
}

void
store_close(struct store *st)
{
	(void)st;
}

enum rc
picture_make(struct store *st, const void *bytes, size_t n,
    struct picture_info *out, struct error *e)
{
	(void)st;
	(void)bytes;
	(void)n;
	memset(out, 0, sizeof(*out));
	return error_set(e, RC_IO, "pictures cannot be made yet");
}

enum rc
picture_fetch(enum settings_picture kind, const char *base, const char *name,
    struct buf *out, struct error *e)
{
	(void)kind;
	(void)base;
	(void)name;
	(void)out;
	return error_set(e, RC_IO, "pictures cannot be fetched yet");
}
