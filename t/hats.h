/*
 * Pictures for the tests, drawn when they are needed.
 *
 *	struct file f = hat_file(PICTURE_JPEG, 400, 300);
 *
 *	picture_check(f.p, f.n, &h, &e);
 *	file_free(&f);
 *
 * A hat here is four quarters: red and green above blue and white, so that a
 * turn or a mirror shows.
 */
#ifndef T_HATS_H
#define T_HATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gd.h>

#include "syncd/picture.h"

struct file {
	uint8_t *p; /* owned */
	size_t n;
};

void file_free(struct file *f);

/* Put n bytes in at an offset. */
void file_insert(struct file *f, size_t at, const void *bytes, size_t n);

gdImagePtr hat_draw(int w, int h);
struct file hat_encode(gdImagePtr im, enum picture_format format);
struct file hat_file(enum picture_format format, int w, int h);

/* Give a file the EXIF turn 1…8, in either byte order. */
void hat_turn(
    struct file *f, enum picture_format format, int turn, bool big_endian);

/* The colour at a fraction of width and height, in thousandths: 'r' 'g' 'b'
 * 'w', 't' when transparent, '?' when another. */
char hat_colour(gdImagePtr im, int x, int y);

/* The four quarters of a WebP file, in reading order: "rgbw". */
const char *hat_quarters(const void *webp, size_t n, char out[5]);

#endif
