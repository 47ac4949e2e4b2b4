#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gd.h>
#include <libexif/exif-data.h>

#include "base/limits.h"
#include "syncd/picture.h"

/* What libwebp calls its quality; see doc/decisions.md, "Pictures". */
#define QUALITY_LOSSY 82
#define MADE_BYTES (32 * 1024 * 1024) /* 1600 x 3200 without any gain: 20 MB */
#define EXIF_BYTES 65535              /* what one JPEG segment can hold */

/*** Turn ***/

/* How a stored picture becomes the one that is seen. */
struct turn {
	bool swap; /* width and height */
	bool flip_x, flip_y;
};

/* EXIF 2.3, section 4.6.4. */
static const struct turn turns[] = {
	[1] = { false, false, false },
	[2] = { false, true, false },
	[3] = { false, true, true },
	[4] = { false, false, true },
	[5] = { true, false, false },
	[6] = { true, false, true },
	[7] = { true, true, true },
	[8] = { true, true, false },
};

static const struct turn *
turn_of(ExifData *data)
{
	ExifEntry *entry =
	    exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
	unsigned n = 1;

	if (entry != NULL && entry->format == EXIF_FORMAT_SHORT &&
	    entry->components == 1)
		n = exif_get_short(entry->data, exif_data_get_byte_order(data));
	return &turns[n >= 1 && n <= 8 ? n : 1];
}

static enum rc
read_turn(const uint8_t *p, const struct picture_header *h,
    const struct turn **out, struct error *e)
{
	/* libexif wants the prefix that only JPEG has. */
	static const char magic[] = "Exif\0";
	uint8_t *block;
	ExifData *data;

	*out = &turns[1];
	if (h->exif == 0 || h->exif_len == 0 || h->exif_len > EXIF_BYTES)
		return RC_OK;
	block = malloc(sizeof(magic) + h->exif_len);
	if (block == NULL)
		return error_set(e, RC_NOMEM, "no memory for a picture");
	memcpy(block, magic, sizeof(magic));
	memcpy(block + sizeof(magic), p + h->exif, h->exif_len);
	data = exif_data_new_from_data(
	    block, (unsigned)(sizeof(magic) + h->exif_len));
	free(block);
	if (data == NULL)
		return error_set(e, RC_NOMEM, "no memory for a picture");
	*out = turn_of(data);
	exif_data_unref(data);
	return RC_OK;
}

static gdImagePtr
turned(gdImagePtr im, const struct turn *turn)
{
	int w = gdImageSX(im), h = gdImageSY(im), x, y, sx, sy;
	int tw = turn->swap ? h : w, th = turn->swap ? w : h;
	gdImagePtr to = gdImageCreateTrueColor(tw, th);

	if (to == NULL)
		return NULL;
	for (y = 0; y < th; y++)
		for (x = 0; x < tw; x++) {
			/* The stored pixel that is seen at x, y. */
			sx = turn->swap ? y : x;
			sy = turn->swap ? x : y;
			if (turn->flip_x)
				sx = w - 1 - sx;
			if (turn->flip_y)
				sy = h - 1 - sy;
			to->tpixels[y][x] = im->tpixels[sy][sx];
		}
	return to;
}

/*** Decode ***/

/* gd reads only, but its prototypes do not say so. */
static void *
readable(const void *p)
{
	return (void *)(uintptr_t)p;
}

static void
be_quiet(int priority, const char *fmt, va_list ap)
{
	(void)priority;
	(void)fmt;
	(void)ap;
}

static gdImagePtr
decode(const void *bytes, size_t n, enum picture_format format)
{
	int size = (int)n;

	switch (format) {
	case PICTURE_JPEG:
		/* Warnings are let pass: browsers show such pictures too. */
		return gdImageCreateFromJpegPtrEx(size, readable(bytes), 1);
	case PICTURE_PNG:
		return gdImageCreateFromPngPtr(size, readable(bytes));
	case PICTURE_WEBP:
		return gdImageCreateFromWebpPtr(size, readable(bytes));
	case PICTURE_GIF:
		return gdImageCreateFromGifPtr(size, readable(bytes));
	}
	return NULL;
}

static enum rc
decode_checked(const void *bytes, size_t n, const struct picture_header *h,
    gdImagePtr *out, struct error *e)
{
	static const char *const names[] = {
		[PICTURE_JPEG] = "JPEG",
		[PICTURE_PNG] = "PNG",
		[PICTURE_WEBP] = "WebP",
		[PICTURE_GIF] = "GIF",
	};
	gdImagePtr im;

	if (n > INT_MAX)
		return error_set(e, RC_TOOBIG, "picture is too large");
	gdSetErrorMethod(be_quiet);
	im = decode(bytes, n, h->format);
	gdClearErrorMethod();
	if (im == NULL)
		return error_set(
		    e, RC_INVALID, "%s cannot be decoded", names[h->format]);
	if (gdImageSX(im) != h->width || gdImageSY(im) != h->height) {
		gdImageDestroy(im);
		return error_set(e, RC_INVALID,
		    "%s is not as large as its header says", names[h->format]);
	}
	if (!gdImageTrueColor(im) && !gdImagePaletteToTrueColor(im)) {
		gdImageDestroy(im);
		return error_set(e, RC_NOMEM, "no memory for a picture");
	}
	*out = im;
	return RC_OK;
}

/*** Scale ***/

/* w x h fitted into most x 2 most, never enlarged. */
static void
fit(int64_t w, int64_t h, int64_t most, int *tw, int *th)
{
	int64_t fw = w < most ? w : most, fh = (h * fw + w / 2) / w;

	if (fh > 2 * most) {
		fh = 2 * most;
		fw = (w * fh + h / 2) / h;
	}
	*tw = fw < 1 ? 1 : (int)fw;
	*th = fh < 1 ? 1 : (int)fh;
}

/* Every source pixel counts by its area, colours weighted by alpha. */
static gdImagePtr
scaled(gdImagePtr im, int w, int h)
{
	gdImagePtr to = gdImageCreateTrueColor(w, h);

	if (to == NULL)
		return NULL;
	gdImageAlphaBlending(to, 0);
	gdImageSaveAlpha(to, 1);
	gdImageCopyResampled(
	    to, im, 0, 0, 0, 0, w, h, gdImageSX(im), gdImageSY(im));
	return to;
}

/* Replace *im by what came of it; NULL: no memory. */
static enum rc
become(gdImagePtr *im, gdImagePtr next, struct error *e)
{
	if (next == NULL)
		return error_set(e, RC_NOMEM, "no memory for a picture");
	gdImageDestroy(*im);
	*im = next;
	return RC_OK;
}

/* Scale to the zoom size first: turning 40 Mpx would take 160 MB more. */
static enum rc
prepare(gdImagePtr *im, const struct turn *turn, struct error *e)
{
	int w = gdImageSX(*im), h = gdImageSY(*im), tw, th, t;
	enum rc rc = RC_OK;

	fit(turn->swap ? h : w, turn->swap ? w : h, PICTURE_ZOOM_WIDTH, &tw,
	    &th);
	if (turn->swap) {
		t = tw;
		tw = th;
		th = t;
	}
	if (tw != w || th != h)
		rc = become(im, scaled(*im, tw, th), e);
	if (rc == RC_OK && turn != &turns[1])
		rc = become(im, turned(*im, turn), e);
	return rc;
}

/*** Encode ***/

static enum rc
encode_at(gdImagePtr im, int quality, struct buf *out, struct error *e)
{
	void *bytes;
	int n = 0;

	bytes = gdImageWebpPtrEx(im, &n, quality);
	if (bytes == NULL || n <= 0) {
		gdFree(bytes);
		return error_set(e, RC_NOMEM, "could not encode a picture");
	}
	buf_reset(out);
	buf_put(out, bytes, (size_t)n);
	gdFree(bytes);
	if (buf_rc(out) != RC_OK)
		return error_set(e, out->rc, "no memory for a picture");
	return RC_OK;
}

/* Flat drawings are sharper without loss, and smaller.  What came lossy stays
 * lossy; and as trying costs more than all the rest, a drawing that gains
 * nothing at one size is not tried at the next. */
static enum rc
encode(gdImagePtr im, bool *drawing, struct buf *out, struct error *e)
{
	struct buf exact;
	enum rc rc;

	rc = encode_at(im, QUALITY_LOSSY, out, e);
	if (rc != RC_OK || !*drawing)
		return rc;
	buf_init(&exact, out->max);
	rc = encode_at(im, gdWebpLossless, &exact, e);
	*drawing = rc == RC_OK && exact.len <= out->len;
	if (*drawing) {
		buf_reset(out);
		buf_put(out, exact.s, exact.len);
		rc = buf_rc(out);
	}
	buf_release(&exact);
	return rc;
}

static enum rc
make_sizes(
    gdImagePtr zoom, bool drawing, struct picture_set *set, struct error *e)
{
	static const int widths[PICTURE_SIZES] = {
		[PICTURE_CARD] = PICTURE_CARD_WIDTH,
		[PICTURE_PAGE] = PICTURE_PAGE_WIDTH,
		[PICTURE_ZOOM] = PICTURE_ZOOM_WIDTH,
	};
	gdImagePtr im;
	size_t i;
	int w, h;
	enum rc rc = RC_OK;

	for (i = 0; rc == RC_OK && i < PICTURE_SIZES; i++) {
		fit(gdImageSX(zoom), gdImageSY(zoom), widths[i], &w, &h);
		if (w == gdImageSX(zoom) && h == gdImageSY(zoom)) {
			rc = encode(zoom, &drawing, &set->webp[i], e);
			continue;
		}
		im = scaled(zoom, w, h);
		if (im == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for a picture");
		rc = encode(im, &drawing, &set->webp[i], e);
		gdImageDestroy(im);
	}
	return rc;
}

void
picture_set_init(struct picture_set *set)
{
	size_t i;

	memset(set, 0, sizeof(*set));
	for (i = 0; i < PICTURE_SIZES; i++)
		buf_init(&set->webp[i], MADE_BYTES);
}

void
picture_set_release(struct picture_set *set)
{
	size_t i;

	for (i = 0; i < PICTURE_SIZES; i++)
		buf_release(&set->webp[i]);
}

enum rc
picture_render(const void *bytes, size_t n, const struct picture_header *h,
    struct picture_set *set, struct error *e)
{
	const struct turn *turn;
	gdImagePtr im = NULL;
	enum rc rc;

	rc = read_turn(bytes, h, &turn, e);
	if (rc == RC_OK)
		rc = decode_checked(bytes, n, h, &im, e);
	if (rc != RC_OK || im == NULL)
		return rc;
	rc = prepare(&im, turn, e);
	if (rc == RC_OK) {
		set->width = gdImageSX(im);
		set->height = gdImageSY(im);
		rc = make_sizes(im,
		    h->format == PICTURE_PNG || h->format == PICTURE_GIF, set,
		    e);
	}
	gdImageDestroy(im);
	return rc;
}
