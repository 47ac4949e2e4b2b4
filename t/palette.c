/* palette FROM TO BYTES: a PNG with as many colours as it has room for, for
 * pictures of pages in doc/. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include <gd.h>

#include "base/num.h"

static void *
with_colours(const char *path, int colours, int *n)
{
	FILE *from = fopen(path, "rb");
	gdImagePtr im = from != NULL ? gdImageCreateFromPng(from) : NULL;
	void *png = NULL;

	if (im != NULL) {
		gdImageTrueColorToPalette(im, 0, colours);
		png = gdImagePngPtrEx(im, n, 9);
		gdImageDestroy(im);
	}
	if (from != NULL)
		(void)fclose(from);
	return png;
}

static int
keep(const char *path, const void *png, int n)
{
	FILE *to = fopen(path, "wb");

	if (to == NULL)
		return 1;
	(void)fwrite(png, 1, (size_t)n, to);
	return fclose(to) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	int64_t most;
	void *png;
	int n = 0, rc = 1;

	if (argc != 4 || num_parse(argv[3], 1, 1000000, &most) != RC_OK) {
		fprintf(stderr, "usage: palette FROM TO BYTES\n");
		return 2;
	}
	for (int colours = 128; rc != 0 && colours >= 8; colours -= 8) {
		png = with_colours(argv[1], colours, &n);
		if (png != NULL && n <= most)
			rc = keep(argv[2], png, n);
		gdFree(png);
	}
	return rc;
}
