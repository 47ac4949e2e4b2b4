#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "t/hats.h"
#include "t/tap.h"

static const enum picture_format formats[] = { PICTURE_JPEG, PICTURE_PNG,
	PICTURE_WEBP, PICTURE_GIF };
static const char *const names[] = { "JPEG", "PNG", "WebP", "GIF" };

/* Check and render; what was wrong stays in e. */
static enum rc
render(const struct file *f, struct picture_set *set, struct error *e)
{
	struct picture_header h;
	enum rc rc;

	picture_set_init(set);
	rc = picture_check(f->p, f->n, &h, e);
	if (rc == RC_OK)
		rc = picture_render(f->p, f->n, &h, set, e);
	return rc;
}

static void
size_is(const struct buf *webp, int w, int h)
{
	int64_t got_w = 0, got_h = 0;

	ok(picture_webp_size(buf_str(webp), webp->len, &got_w, &got_h) &&
		got_w == w && got_h == h,
	    "%lld x %lld, want %d x %d", (long long)got_w, (long long)got_h, w,
	    h);
}

/* Three sizes of zoom size w x h whose quarters show as want; frees f. */
static void
renders(struct file *f, int w, int h, const char *want)
{
	struct error e = ERROR_NONE;
	struct picture_set set;
	char got[5];
	size_t i;

	ok(render(f, &set, &e) == RC_OK, "rendered %s", e.text);
	is_int(set.width, w, "width");
	is_int(set.height, h, "height");
	size_is(&set.webp[PICTURE_ZOOM], w, h);
	for (i = 0; i < PICTURE_SIZES; i++)
		is_str(hat_quarters(set.webp[i].s, set.webp[i].len, got), want,
		    "quarters");
	picture_set_release(&set);
	file_free(f);
}

/* Refused by picture_check, or cannot be rendered, for a reason; frees f. */
static void
refuses(struct file *f, enum rc want, const char *why)
{
	struct error e = ERROR_NONE;
	struct picture_set set;
	enum rc rc = render(f, &set, &e);

	ok(rc == want && strstr(e.text, why) != NULL, "%s: %s", rc_name(rc),
	    e.text);
	picture_set_release(&set);
	file_free(f);
}

static struct file
from_text(const char *s)
{
	struct file f = { NULL, 0 };

	file_insert(&f, 0, s, strlen(s));
	return f;
}

/* R92. */
static void
four_formats_become_three_widths(void)
{
	struct error e = ERROR_NONE;
	struct picture_set set;
	struct file f;
	size_t i;

	for (i = 0; i < 4; i++) {
		f = hat_file(formats[i], 2000, 1000);
		ok(render(&f, &set, &e) == RC_OK, "%s %s", names[i], e.text);
		size_is(&set.webp[PICTURE_CARD], 480, 240);
		size_is(&set.webp[PICTURE_PAGE], 960, 480);
		size_is(&set.webp[PICTURE_ZOOM], 1600, 800);
		picture_set_release(&set);
		renders(&f, 1600, 800, "rgbw");
	}
}

static void
nothing_is_enlarged(void)
{
	struct error e = ERROR_NONE;
	struct picture_set set;
	struct file f = hat_file(PICTURE_PNG, 100, 50);

	ok(render(&f, &set, &e) == RC_OK, "rendered %s", e.text);
	size_is(&set.webp[PICTURE_CARD], 100, 50);
	size_is(&set.webp[PICTURE_PAGE], 100, 50);
	size_is(&set.webp[PICTURE_ZOOM], 100, 50);
	picture_set_release(&set);
	file_free(&f);
	f = hat_file(PICTURE_JPEG, 700, 700);
	ok(render(&f, &set, &e) == RC_OK, "rendered %s", e.text);
	size_is(&set.webp[PICTURE_CARD], 480, 480);
	size_is(&set.webp[PICTURE_PAGE], 700, 700);
	picture_set_release(&set);
	file_free(&f);
}

static void
extreme_shapes_fit(void)
{
	struct error e = ERROR_NONE;
	struct picture_set set;
	struct file f = hat_file(PICTURE_PNG, 1, 1);

	ok(render(&f, &set, &e) == RC_OK, "one pixel %s", e.text);
	size_is(&set.webp[PICTURE_CARD], 1, 1);
	picture_set_release(&set);
	file_free(&f);
	f = hat_file(PICTURE_PNG, 10, 20000);
	ok(render(&f, &set, &e) == RC_OK, "a pole %s", e.text);
	size_is(&set.webp[PICTURE_CARD], 1, 960);
	size_is(&set.webp[PICTURE_ZOOM], 2, 3200);
	picture_set_release(&set);
	file_free(&f);
	f = hat_file(PICTURE_PNG, 20000, 2);
	ok(render(&f, &set, &e) == RC_OK, "a line %s", e.text);
	size_is(&set.webp[PICTURE_CARD], 480, 1);
	picture_set_release(&set);
	file_free(&f);
}

static void
the_exif_turn_is_applied(void)
{
	/* Where the stored quarters "rgbw" are seen. */
	static const char *const seen[] = { "rgbw", "rgbw", "grwb", "wbgr",
		"bwrg", "rbgw", "brwg", "wgbr", "gwrb" };
	struct file f;
	int turn, w, h;
	size_t i;

	for (turn = 0; turn <= 8; turn++) {
		w = turn >= 5 ? 200 : 300;
		h = turn >= 5 ? 300 : 200;
		for (i = 0; i < 3; i++) {
			f = hat_file(formats[i], 300, 200);
			hat_turn(&f, formats[i], turn, turn % 2 == 0);
			renders(&f, w, h, seen[turn]);
		}
	}
	f = hat_file(PICTURE_JPEG, 300, 200);
	hat_turn(&f, PICTURE_JPEG, 9, true);
	renders(&f, 300, 200, "rgbw");
	/* What is seen is 1600 wide, not what is stored. */
	f = hat_file(PICTURE_JPEG, 1200, 3000);
	hat_turn(&f, PICTURE_JPEG, 6, false);
	renders(&f, 1600, 640, "brwg");
}

static void
a_progressive_jpeg_and_a_grey_one_are_taken(void)
{
	gdImagePtr im = hat_draw(300, 200);
	struct file f;

	gdImageInterlace(im, 1);
	f = hat_encode(im, PICTURE_JPEG);
	renders(&f, 300, 200, "rgbw");
	f = hat_encode(im, PICTURE_PNG);
	renders(&f, 300, 200, "rgbw");
	gdImageFilledRectangle(im, 0, 0, 300, 200, 0xffffff);
	gdImageGrayScale(im);
	f = hat_encode(im, PICTURE_JPEG);
	renders(&f, 300, 200, "wwww");
	gdImageDestroy(im);
}

static void
alpha_is_kept(void)
{
	static const int widths[] = { 300, 1000, 3000 };
	gdImagePtr im;
	struct file f;
	size_t i;

	for (i = 0; i < 3; i++) {
		im = hat_draw(widths[i], 200);
		gdImageAlphaBlending(im, 0);
		gdImageSaveAlpha(im, 1);
		gdImageFilledRectangle(im, 0, 0, widths[i] / 2 - 1, 99,
		    gdTrueColorAlpha(255, 0, 0, 127));
		f = hat_encode(im, PICTURE_PNG);
		renders(&f, widths[i] < 1600 ? widths[i] : 1600,
		    widths[i] < 1600 ? 200 : 107, "tgbw");
		f = hat_encode(im, PICTURE_WEBP);
		renders(&f, widths[i] < 1600 ? widths[i] : 1600,
		    widths[i] < 1600 ? 200 : 107, "tgbw");
		gdImageDestroy(im);
	}
}

static void
a_transparent_gif_stays_so(void)
{
	gdImagePtr im = gdImageCreate(300, 200);
	struct file f;
	int clear = gdImageColorAllocate(im, 9, 9, 9);
	int red = gdImageColorAllocate(im, 255, 0, 0);

	gdImageColorTransparent(im, clear);
	gdImageFilledRectangle(im, 0, 0, 299, 199, clear);
	gdImageFilledRectangle(im, 150, 0, 299, 199, red);
	f = hat_encode(im, PICTURE_GIF);
	renders(&f, 300, 200, "trtr");
	f = hat_encode(im, PICTURE_PNG);
	renders(&f, 300, 200, "trtr");
	gdImageDestroy(im);
}

static void
of_an_animated_gif_the_first_frame_shows(void)
{
	gdImagePtr first = gdImageCreate(60, 40), second;
	struct file f = { NULL, 0 };
	void *part;
	int n, red = gdImageColorAllocate(first, 255, 0, 0);

	gdImageFilledRectangle(first, 0, 0, 59, 39, red);
	second = gdImageCreate(60, 40);
	(void)gdImageColorAllocate(second, 0, 0, 255);
	part = gdImageGifAnimBeginPtr(first, &n, 1, 0);
	file_insert(&f, f.n, part, (size_t)n);
	gdFree(part);
	part = gdImageGifAnimAddPtr(first, &n, 0, 0, 0, 10, 1, NULL);
	file_insert(&f, f.n, part, (size_t)n);
	gdFree(part);
	part = gdImageGifAnimAddPtr(second, &n, 1, 0, 0, 10, 1, NULL);
	file_insert(&f, f.n, part, (size_t)n);
	gdFree(part);
	file_insert(&f, f.n, ";", 1);
	gdImageDestroy(first);
	gdImageDestroy(second);
	renders(&f, 60, 40, "rrrr");
}

static void
metadata_is_dropped(void)
{
	static const uint8_t comment[] = "\xff\xfe\0\x0eTOPSECRET!!!";
	struct error e = ERROR_NONE;
	struct picture_set set;
	struct file f = hat_file(PICTURE_JPEG, 300, 200);
	size_t i;

	hat_turn(&f, PICTURE_JPEG, 6, true);
	file_insert(&f, 2, comment, 16);
	ok(memmem(f.p, f.n, "TOPSECRET", 9) != NULL, "it is there before");
	ok(render(&f, &set, &e) == RC_OK, "rendered %s", e.text);
	for (i = 0; i < PICTURE_SIZES; i++)
		ok(memmem(set.webp[i].s, set.webp[i].len, "TOPSECRET", 9) ==
			    NULL &&
			memmem(set.webp[i].s, set.webp[i].len, "EXIF", 4) ==
			    NULL,
		    "and not after");
	picture_set_release(&set);
	file_free(&f);
}

/* A drawing is exact: its bytes decode to the very colours. */
static void
a_drawing_loses_nothing(void)
{
	struct error e = ERROR_NONE;
	struct picture_set set;
	struct file f = hat_file(PICTURE_PNG, 300, 200);
	gdImagePtr im;

	ok(render(&f, &set, &e) == RC_OK, "rendered %s", e.text);
	im = gdImageCreateFromWebpPtr(
	    (int)set.webp[PICTURE_ZOOM].len, set.webp[PICTURE_ZOOM].s);
	ok(im != NULL, "a WebP");
	if (im != NULL) {
		is_int(gdImageGetTrueColorPixel(im, 10, 10), 0xff0000, "red");
		is_int(gdImageGetTrueColorPixel(im, 290, 10), 0xff00, "green");
		gdImageDestroy(im);
	}
	picture_set_release(&set);
	file_free(&f);
}

static void
every_truncation_is_refused(void)
{
	struct picture_header h;
	struct file f;
	size_t i, n, passed;

	for (i = 0; i < 4; i++) {
		f = hat_file(formats[i], 64, 48);
		ok(picture_check(f.p, f.n, &h, NULL) == RC_OK &&
			h.format == formats[i] && h.width == 64 &&
			h.height == 48,
		    "%s of %zu bytes passes whole", names[i], f.n);
		passed = 0;
		for (n = 0; n < f.n; n++) {
			/* In a block of its own: ASan sees a byte too far. */
			struct file cut = { NULL, 0 };

			file_insert(&cut, 0, f.p, n == 0 ? 1 : n);
			if (picture_check(cut.p, n, &h, NULL) == RC_OK)
				passed++;
			file_free(&cut);
		}
		/* A GIF's last byte only says that no other frame follows. */
		is_int((long long)passed, formats[i] == PICTURE_GIF,
		    "shorter ones that pass");
		file_free(&f);
	}
}

/* Cut in the middle and given a proper end again: only a decoder notices. */
static void
a_damaged_png_is_refused(void)
{
	struct file f = hat_file(PICTURE_PNG, 300, 200);
	uint8_t *data = memmem(f.p, f.n, "IDAT", 4);

	ok(data != NULL, "has data");
	if (data != NULL)
		data[20] ^= 0xff;
	refuses(&f, RC_INVALID, "PNG cannot be decoded");
	f = hat_file(PICTURE_GIF, 300, 200);
	f.p[f.n / 2] ^= 0xff;
	file_free(&f);
}

static void
too_many_pixels_are_refused_by_the_header(void)
{
	static const uint8_t gif[] = "GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0"
				     "\xff\xff\xff\xff\0\x02\x02\x44\x01\0;";
	struct file f = hat_file(PICTURE_PNG, 64, 48);
	uint8_t *sof;

	f.p[18] = f.p[22] = 0x20; /* 8256 x 8240 */
	refuses(&f, RC_TOOBIG, "pixels is above 40000000");
	f = hat_file(PICTURE_PNG, 64, 48);
	memset(f.p + 16, 0xff, 8);
	refuses(&f, RC_TOOBIG, "4294967295 x 4294967295");
	f = hat_file(PICTURE_PNG, 64, 48);
	memset(f.p + 16, 0, 4);
	refuses(&f, RC_INVALID, "no size");
	f = hat_file(PICTURE_JPEG, 64, 48);
	sof = memmem(f.p, f.n, "\xff\xc0", 2);
	memset(sof + 5, 0xff, 4);
	refuses(&f, RC_TOOBIG, "65535 x 65535");
	f = hat_file(PICTURE_JPEG, 64, 48);
	sof = memmem(f.p, f.n, "\xff\xc0", 2);
	memset(sof + 5, 0, 2);
	refuses(&f, RC_INVALID, "size");
	f.p = NULL;
	f.n = 0;
	file_insert(&f, 0, gif, sizeof(gif) - 1);
	refuses(&f, RC_TOOBIG, "65535 x 65535");
	f = hat_file(PICTURE_WEBP, 64, 48);
	memset(f.p + 26, 0xff, 4);
	refuses(&f, RC_TOOBIG, "16383 x 16383");
}

/* A header that promises less than the data holds. */
static void
a_lying_header_is_refused(void)
{
	struct file f = hat_file(PICTURE_WEBP, 64, 48);

	hat_turn(&f, PICTURE_WEBP, 1, true);
	f.p[24] = 9;
	refuses(&f, RC_INVALID, "WebP is malformed");
	f = hat_file(PICTURE_WEBP, 64, 48);
	hat_turn(&f, PICTURE_WEBP, 1, true);
	f.p[20] |= 2;
	refuses(&f, RC_INVALID, "animated");
}

static void
too_many_bytes_are_refused(void)
{
	struct error e = ERROR_NONE;
	struct picture_header h;
	uint8_t *p = calloc(1, LIMIT_PICTURE_BYTES + 1);

	if (p == NULL)
		abort();
	ok(picture_check(p, LIMIT_PICTURE_BYTES + 1, &h, &e) == RC_TOOBIG, "%s",
	    e.text);
	free(p);
}

static void
what_is_no_picture_is_refused_by_its_content(void)
{
	static const char *const markup[] = { "<svg xmlns='…'/>",
		"<?xml version='1.0'?><svg/>", "\n \xef\xbb\xbf<svg/>",
		"\xef\xbb\xbf <svg/>", "<!DOCTYPE html>", "<script>" };
	static const char *const other[] = { "BM6\1", "II*", "%PDF-1.7", "hat",
		"\x89PNG", "GIF88a", "RIFF\4", "RIFF\4___WAVEfmt ", "\xff\xd8",
		"\1\1\1\1ftypavif", "\x1f\x8b<svg" };
	struct file f;
	size_t i;

	for (i = 0; i < sizeof(markup) / sizeof(markup[0]); i++) {
		f = from_text(markup[i]);
		refuses(
		    &f, RC_INVALID, i == 2 ? "neither JPEG" : "SVG is refused");
	}
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		f = from_text(other[i]);
		refuses(&f, RC_INVALID, "neither JPEG, PNG, WebP nor GIF");
	}
	f = from_text("");
	refuses(&f, RC_INVALID, "empty");
	f = from_text("GIF89a\1_\1_\0__;");
	refuses(&f, RC_INVALID, "GIF");
}

static void
a_webp_size_is_read_from_its_first_bytes(void)
{
	struct file f = hat_file(PICTURE_WEBP, 64, 48);
	int64_t w = 0, h = 0;
	size_t n;

	for (n = 0; n < 30; n++)
		ok(!picture_webp_size(f.p, n, &w, &h), "%zu bytes are few", n);
	ok(picture_webp_size(f.p, 30, &w, &h) && w == 64 && h == 48, "30 do");
	file_free(&f);
}

static struct file tortured;

static enum rc
render_tortured(void)
{
	struct error e = ERROR_NONE;
	struct picture_set set;
	enum rc rc = render(&tortured, &set, &e);

	picture_set_release(&set);
	return rc;
}

static void
every_allocation_of_ours_may_fail(void)
{
	tortured = hat_file(PICTURE_PNG, 30, 20);
	hat_turn(&tortured, PICTURE_PNG, 6, true);
	ok(torture("picture_render", render_tortured) > 3,
	    "some were allocated");
	file_free(&tortured);
}

int
main(void)
{
	RUN(four_formats_become_three_widths);
	RUN(nothing_is_enlarged);
	RUN(extreme_shapes_fit);
	RUN(the_exif_turn_is_applied);
	RUN(a_progressive_jpeg_and_a_grey_one_are_taken);
	RUN(alpha_is_kept);
	RUN(a_transparent_gif_stays_so);
	RUN(of_an_animated_gif_the_first_frame_shows);
	RUN(metadata_is_dropped);
	RUN(a_drawing_loses_nothing);
	RUN(every_truncation_is_refused);
	RUN(a_damaged_png_is_refused);
	RUN(too_many_pixels_are_refused_by_the_header);
	RUN(a_lying_header_is_refused);
	RUN(too_many_bytes_are_refused);
	RUN(what_is_no_picture_is_refused_by_its_content);
	RUN(a_webp_size_is_read_from_its_first_bytes);
	RUN(every_allocation_of_ours_may_fail);
	return tap_done();
}
