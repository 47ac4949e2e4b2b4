#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "syncd/picture.h"

/* The file and how far we have read; a read past the end is an error that
 * sticks and gives zeros. */
struct bytes {
	const uint8_t *p;
	size_t n, at;
	bool over;
};

static uint32_t
u8(struct bytes *b)
{
	if (b->at >= b->n) {
		b->over = true;
		return 0;
	}
	return b->p[b->at++];
}

static uint32_t
be16(struct bytes *b)
{
	uint32_t hi = u8(b);

	return hi << 8 | u8(b);
}

static uint32_t
be32(struct bytes *b)
{
	uint32_t hi = be16(b);

	return hi << 16 | be16(b);
}

static uint32_t
le16(struct bytes *b)
{
	uint32_t lo = u8(b);

	return lo | u8(b) << 8;
}

static uint32_t
le24(struct bytes *b)
{
	uint32_t lo = le16(b);

	return lo | u8(b) << 16;
}

static uint32_t
le32(struct bytes *b)
{
	uint32_t lo = le16(b);

	return lo | le16(b) << 16;
}

static void
skip(struct bytes *b, size_t n)
{
	if (n > b->n - b->at) {
		b->over = true;
		b->at = b->n;
	} else {
		b->at += n;
	}
}

static bool
begins(const struct bytes *b, const char *s, size_t len)
{
	return b->n - b->at >= len && memcmp(b->p + b->at, s, len) == 0;
}

static enum rc
truncated(const char *what, struct error *e)
{
	return error_set(e, RC_INVALID, "%s is truncated", what);
}

/*** JPEG: ITU-T T.81, annex B ***/

enum {
	JPEG_SOF_FIRST = 0xc0,
	JPEG_DHT = 0xc4,
	JPEG_JPG = 0xc8,
	JPEG_DAC = 0xcc,
	JPEG_SOF_LAST = 0xcf,
	JPEG_RST_FIRST = 0xd0,
	JPEG_RST_LAST = 0xd7,
	JPEG_EOI = 0xd9,
	JPEG_SOS = 0xda,
	JPEG_APP1 = 0xe1,
};

static bool
is_sof(uint32_t m)
{
	return m >= JPEG_SOF_FIRST && m <= JPEG_SOF_LAST && m != JPEG_DHT &&
	       m != JPEG_JPG && m != JPEG_DAC;
}

/* Leave the position at the marker that ends the coded data. */
static void
skip_scan(struct bytes *b)
{
	const uint8_t *ff;
	uint32_t next;

	while (b->at < b->n) {
		ff = memchr(b->p + b->at, 0xff, b->n - b->at);
		if (ff == NULL || ff + 1 >= b->p + b->n)
			break;
		next = ff[1];
		b->at = (size_t)(ff - b->p);
		if (next != 0 && next != 0xff &&
		    (next < JPEG_RST_FIRST || next > JPEG_RST_LAST))
			return;
		b->at += next == 0xff ? 1 : 2;
	}
	b->at = b->n;
}

static enum rc
jpeg_segment(
    struct bytes *b, uint32_t marker, struct picture_header *h, struct error *e)
{
	struct bytes seg = { b->p, b->n, b->at, false };
	uint32_t len = be16(&seg);

	skip(b, len);
	if (b->over || len < 2)
		return truncated("JPEG", e);
	seg.n = b->at;
	if (is_sof(marker)) {
		if (h->width != 0)
			return error_set(
			    e, RC_INVALID, "JPEG has two frame headers");
		skip(&seg, 1);
		h->height = be16(&seg);
		h->width = be16(&seg);
		if (seg.over || h->height == 0 || h->width == 0)
			return error_set(
			    e, RC_INVALID, "JPEG does not say its size");
	} else if (marker == JPEG_APP1 && h->exif == 0 &&
		   begins(&seg, "Exif\0\0", 6)) {
		h->exif = seg.at + 6;
		h->exif_len = seg.n - h->exif;
	} else if (marker == JPEG_SOS) {
		if (h->width == 0)
			return error_set(e, RC_INVALID,
			    "JPEG has data before its frame header");
		skip_scan(b);
	}
	return RC_OK;
}

static enum rc
check_jpeg(struct bytes *b, struct picture_header *h, struct error *e)
{
	bool scan = false;
	uint32_t marker;
	enum rc rc;

	h->format = PICTURE_JPEG;
	skip(b, 2);
	for (;;) {
		if (u8(b) != 0xff)
			break;
		do
			marker = u8(b);
		while (marker == 0xff);
		if (marker == JPEG_EOI && scan)
			return RC_OK;
		if (marker < JPEG_SOF_FIRST ||
		    (marker >= JPEG_RST_FIRST && marker <= JPEG_EOI))
			break;
		rc = jpeg_segment(b, marker, h, e);
		if (rc != RC_OK)
			return rc;
		scan = scan || marker == JPEG_SOS;
	}
	if (b->over)
		return truncated("JPEG", e);
	return error_set(e, RC_INVALID, "JPEG is malformed at byte %zu", b->at);
}

/*** PNG: W3C PNG specification, section 5 ***/

static enum rc
check_png(struct bytes *b, struct picture_header *h, struct error *e)
{
	bool data = false;
	uint32_t len;

	h->format = PICTURE_PNG;
	skip(b, 8);
	len = be32(b);
	if (len != 13 || !begins(b, "IHDR", 4))
		return error_set(e, RC_INVALID, "PNG has no header");
	skip(b, 4);
	h->width = be32(b);
	h->height = be32(b);
	skip(b, 5 + 4);
	for (;;) {
		len = be32(b);
		/* At least a chunk's name and sum. */
		if (b->over || b->n - b->at < 8)
			return truncated("PNG", e);
		if (begins(b, "IEND", 4))
			break;
		data = data || begins(b, "IDAT", 4);
		if (begins(b, "eXIf", 4)) {
			h->exif = b->at + 4;
			h->exif_len = len;
		}
		skip(b, 4);
		skip(b, len);
		skip(b, 4);
		if (b->over)
			return truncated("PNG", e);
	}
	if (!data)
		return error_set(e, RC_INVALID, "PNG has no data");
	return RC_OK;
}

/*** WebP: RFC 9649 ***/

/* The size in the header of a lossy or a lossless stream. */
static bool
webp_stream(struct bytes *b, bool lossless, int64_t *w, int64_t *h)
{
	uint32_t bits;

	if (lossless) {
		if (u8(b) != 0x2f)
			return false;
		bits = le32(b);
		*w = (bits & 0x3fff) + 1;
		*h = (bits >> 14 & 0x3fff) + 1;
	} else {
		skip(b, 3);
		if (!begins(b, "\x9d\x01\x2a", 3))
			return false;
		skip(b, 3);
		*w = le16(b) & 0x3fff;
		*h = le16(b) & 0x3fff;
	}
	return !b->over && *w > 0 && *h > 0;
}

static bool
webp_extended(struct bytes *b, struct picture_header *h, bool *moves)
{
	*moves = (u8(b) & 0x02) != 0;
	skip(b, 3);
	h->width = le24(b) + 1;
	h->height = le24(b) + 1;
	return !b->over;
}

static enum rc
webp_chunk(
    struct bytes b, struct picture_header *h, bool *data, struct error *e)
{
	struct bytes body = b;
	bool lossless = begins(&b, "VP8L", 4), good = true, moves = false;
	int64_t w = 0, hgt = 0;

	skip(&body, 8);
	if (begins(&b, "VP8X", 4)) {
		good = webp_extended(&body, h, &moves);
	} else if (begins(&b, "VP8 ", 4) || lossless) {
		good = webp_stream(&body, lossless, &w, &hgt) && !*data &&
		       (h->width == 0 || (h->width == w && h->height == hgt));
		*data = true;
		h->width = w;
		h->height = hgt;
	} else if (begins(&b, "EXIF", 4)) {
		if (begins(&body, "Exif\0\0", 6))
			skip(&body, 6);
		h->exif = body.at;
		h->exif_len = body.n - body.at;
	}
	if (moves)
		return error_set(e, RC_INVALID, "WebP is animated");
	if (!good)
		return error_set(
		    e, RC_INVALID, "WebP is malformed at byte %zu", b.at);
	return RC_OK;
}

static enum rc
check_webp(struct bytes *b, struct picture_header *h, struct error *e)
{
	bool data = false;
	struct bytes chunk;
	uint32_t len;
	enum rc rc;

	h->format = PICTURE_WEBP;
	skip(b, 4);
	len = le32(b);
	if (len > b->n - b->at)
		return truncated("WebP", e);
	b->n = b->at + len;
	skip(b, 4);
	while (b->at < b->n) {
		chunk = *b;
		skip(b, 4);
		len = le32(b);
		skip(b, len);
		if (b->over)
			return truncated("WebP", e);
		chunk.n = b->at;
		rc = webp_chunk(chunk, h, &data, e);
		if (rc != RC_OK)
			return rc;
		/* A chunk of odd length is padded. */
		if (b->at < b->n && len % 2 == 1)
			skip(b, 1);
	}
	if (!data)
		return error_set(e, RC_INVALID, "WebP has no data");
	return RC_OK;
}

bool
picture_webp_size(const void *bytes, size_t n, int64_t *w, int64_t *h)
{
	struct bytes b = { bytes, n, 0, false };
	struct picture_header header = { 0 };
	bool moves;

	if (!begins(&b, "RIFF", 4))
		return false;
	skip(&b, 8);
	if (!begins(&b, "WEBPVP8", 7) || n < 20)
		return false;
	b.at = 20;
	switch (b.p[15]) {
	case 'X':
		if (!webp_extended(&b, &header, &moves))
			return false;
		*w = header.width;
		*h = header.height;
		return true;
	case 'L':
		return webp_stream(&b, true, w, h);
	case ' ':
		return webp_stream(&b, false, w, h);
	default:
		return false;
	}
}

/*** GIF: GIF89a specification ***/

static void
skip_blocks(struct bytes *b)
{
	uint32_t len;

	do {
		len = u8(b);
		skip(b, len);
	} while (len != 0 && !b->over);
}

static void
skip_colours(struct bytes *b, uint32_t flags)
{
	if ((flags & 0x80) != 0)
		skip(b, (size_t)3 << ((flags & 7) + 1));
}

/* The first frame is the picture; what follows it is not looked at. */
static enum rc
check_gif(struct bytes *b, struct picture_header *h, struct error *e)
{
	uint32_t block, flags;

	h->format = PICTURE_GIF;
	skip(b, 6 + 4);
	flags = u8(b);
	skip(b, 2);
	skip_colours(b, flags);
	do {
		block = u8(b);
		if (block == 0x21) {
			skip(b, 1);
			skip_blocks(b);
		}
	} while (block == 0x21 && !b->over);
	if (!b->over && block != 0x2c)
		return error_set(e, RC_INVALID, "GIF has no picture");
	skip(b, 4);
	h->width = le16(b);
	h->height = le16(b);
	skip_colours(b, u8(b));
	skip(b, 1);
	skip_blocks(b);
	return b->over ? truncated("GIF", e) : RC_OK;
}

/*** All ***/

/* Whether it looks like text: SVG, HTML, an error page saved as a picture. */
static bool
is_markup(const struct bytes *b)
{
	size_t i = begins(b, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < b->n && b->p[i] != 0 && strchr(" \t\r\n", b->p[i]) != NULL)
		i++;
	return i < b->n && b->p[i] == '<';
}

static enum rc
check_format(struct bytes *b, struct picture_header *h, struct error *e)
{
	if (b->n == 0)
		return error_set(e, RC_INVALID, "picture is empty");
	if (begins(b, "\xff\xd8\xff", 3))
		return check_jpeg(b, h, e);
	if (begins(b, "\x89PNG\r\n\x1a\n", 8))
		return check_png(b, h, e);
	if (begins(b, "RIFF", 4) && b->n >= 12 &&
	    memcmp(b->p + 8, "WEBP", 4) == 0)
		return check_webp(b, h, e);
	if (begins(b, "GIF87a", 6) || begins(b, "GIF89a", 6))
		return check_gif(b, h, e);
	if (is_markup(b))
		return error_set(e, RC_INVALID,
		    "picture is markup; SVG is refused because it can hold "
		    "scripts");
	return error_set(
	    e, RC_INVALID, "picture is neither JPEG, PNG, WebP nor GIF");
}

enum rc
picture_check(
    const void *bytes, size_t n, struct picture_header *out, struct error *e)
{
	struct bytes b = { bytes, n, 0, false };
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (n > LIMIT_PICTURE_BYTES)
		return error_set(e, RC_TOOBIG,
		    "picture has %zu bytes, above %d", n, LIMIT_PICTURE_BYTES);
	rc = check_format(&b, out, e);
	if (rc != RC_OK)
		return rc;
	if (out->width < 1 || out->height < 1)
		return error_set(e, RC_INVALID, "picture has no size");
	if (out->width > LIMIT_PICTURE_PIXELS ||
	    out->height > LIMIT_PICTURE_PIXELS / out->width)
		return error_set(e, RC_TOOBIG,
		    "picture of %" PRId64 " x %" PRId64
		    " pixels is above %ld pixels",
		    out->width, out->height, LIMIT_PICTURE_PIXELS);
	return RC_OK;
}
