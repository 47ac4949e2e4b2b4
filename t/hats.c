#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "t/hats.h"

void
file_free(struct file *f)
{
	free(f->p);
	f->p = NULL;
	f->n = 0;
}

void
file_insert(struct file *f, size_t at, const void *bytes, size_t n)
{
	assert(at <= f->n);
	f->p = realloc(f->p, f->n + n);
	assert(f->p != NULL);
	memmove(f->p + at + n, f->p + at, f->n - at);
	memcpy(f->p + at, bytes, n);
	f->n += n;
}

gdImagePtr
hat_draw(int w, int h)
{
	gdImagePtr im = gdImageCreateTrueColor(w, h);

	assert(im != NULL);
	gdImageFilledRectangle(im, 0, 0, w / 2 - 1, h / 2 - 1, 0xff0000);
	gdImageFilledRectangle(im, w / 2, 0, w - 1, h / 2 - 1, 0x00ff00);
	gdImageFilledRectangle(im, 0, h / 2, w / 2 - 1, h - 1, 0x0000ff);
	gdImageFilledRectangle(im, w / 2, h / 2, w - 1, h - 1, 0xffffff);
	return im;
}

struct file
hat_encode(gdImagePtr im, enum picture_format format)
{
	struct file f = { NULL, 0 };
	void *p = NULL;
	int n = 0;

	switch (format) {
	case PICTURE_JPEG:
		p = gdImageJpegPtr(im, &n, 92);
		break;
	case PICTURE_PNG:
		p = gdImagePngPtr(im, &n);
		break;
	case PICTURE_WEBP:
		p = gdImageWebpPtrEx(im, &n, 90);
		break;
	case PICTURE_GIF:
		p = gdImageGifPtr(im, &n);
		break;
	}
	assert(p != NULL && n > 0);
	file_insert(&f, 0, p, (size_t)n);
	gdFree(p);
	return f;
}

struct file
hat_file(enum picture_format format, int w, int h)
{
	gdImagePtr im = hat_draw(w, h);
	struct file f = hat_encode(im, format);

	gdImageDestroy(im);
	return f;
}

/* A TIFF block with one entry, the orientation (EXIF 2.3, section 4.6). */
static size_t
tiff(uint8_t *p, int turn, bool big_endian)
{
	static const uint8_t big[] = { 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1,
		0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t little[] = { 'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0,
		0x12, 1, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	memcpy(p, big_endian ? big : little, sizeof(big));
	p[big_endian ? 19 : 18] = (uint8_t)turn;
	return sizeof(big);
}

static uint32_t
crc_of(const uint8_t *p, size_t n)
{
	uint32_t c = 0xffffffff;
	size_t i;
	int k;

	for (i = 0; i < n; i++) {
		c ^= p[i];
		for (k = 0; k < 8; k++)
			c = (c & 1) != 0 ? 0xedb88320 ^ c >> 1 : c >> 1;
	}
	return ~c;
}

static void
put_be32(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

static void
turn_jpeg(struct file *f, int turn, bool big_endian)
{
	uint8_t seg[64] = { 0xff, 0xe1, 0, 0, 'E', 'x', 'i', 'f', 0, 0 };
	size_t n = 10 + tiff(seg + 10, turn, big_endian);

	seg[3] = (uint8_t)(n - 2);
	file_insert(f, 2, seg, n);
}

static void
turn_png(struct file *f, int turn, bool big_endian)
{
	uint8_t chunk[64] = { 0, 0, 0, 0, 'e', 'X', 'I', 'f' };
	size_t n = tiff(chunk + 8, turn, big_endian);

	put_be32(chunk, (uint32_t)n);
	put_be32(chunk + 8 + n, crc_of(chunk + 4, n + 4));
	file_insert(f, 8 + 25, chunk, n + 12);
}

/* Needs the extended header, whose flag 8 announces EXIF. */
static void
turn_webp(struct file *f, int turn, bool big_endian)
{
	uint8_t vp8x[18] = { 'V', 'P', '8', 'X', 10, 0, 0, 0, 8 };
	uint8_t exif[64] = { 'E', 'X', 'I', 'F' };
	int64_t w, h;
	size_t n = tiff(exif + 8, turn, big_endian), riff;

	assert(picture_webp_size(f->p, f->n, &w, &h));
	exif[4] = (uint8_t)n;
	vp8x[12] = (uint8_t)(w - 1);
	vp8x[13] = (uint8_t)((w - 1) >> 8);
	vp8x[15] = (uint8_t)(h - 1);
	vp8x[16] = (uint8_t)((h - 1) >> 8);
	file_insert(f, f->n, exif, n + 8);
	file_insert(f, 12, vp8x, sizeof(vp8x));
	riff = f->n - 8;
	f->p[4] = (uint8_t)riff;
	f->p[5] = (uint8_t)(riff >> 8);
	f->p[6] = (uint8_t)(riff >> 16);
}

void
hat_turn(struct file *f, enum picture_format format, int turn, bool big_endian)
{
	switch (format) {
	case PICTURE_JPEG:
		turn_jpeg(f, turn, big_endian);
		break;
	case PICTURE_PNG:
		turn_png(f, turn, big_endian);
		break;
	case PICTURE_WEBP:
		turn_webp(f, turn, big_endian);
		break;
	case PICTURE_GIF:
		break;
	}
}

static bool
near(int a, int b)
{
	return abs(a - b) < 40;
}

char
hat_colour(gdImagePtr im, int x, int y)
{
	static const struct {
		char name;
		int r, g, b;
	} table[] = { { 'r', 255, 0, 0 }, { 'g', 0, 255, 0 },
		{ 'b', 0, 0, 255 }, { 'w', 255, 255, 255 } };
	int c = gdImageGetTrueColorPixel(
	    im, gdImageSX(im) * x / 1000, gdImageSY(im) * y / 1000);
	size_t i;

	if (gdTrueColorGetAlpha(c) > 100)
		return 't';
	if (gdTrueColorGetAlpha(c) > 20)
		return '?';
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (near(gdTrueColorGetRed(c), table[i].r) &&
		    near(gdTrueColorGetGreen(c), table[i].g) &&
		    near(gdTrueColorGetBlue(c), table[i].b))
			return table[i].name;
	return '?';
}

const char *
hat_quarters(const void *webp, size_t n, char out[5])
{
	gdImagePtr im =
	    gdImageCreateFromWebpPtr((int)n, (void *)(uintptr_t)webp);

	memset(out, 0, 5);
	if (im == NULL)
		return "no WebP";
	out[0] = hat_colour(im, 250, 250);
	out[1] = hat_colour(im, 750, 250);
	out[2] = hat_colour(im, 250, 750);
	out[3] = hat_colour(im, 750, 750);
	gdImageDestroy(im);
	return out;
}
