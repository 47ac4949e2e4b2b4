/*
 * From the bytes of a legacy picture to the three that pages show.
 *
 *	struct picture_info info;
 *
 *	rc = picture_make(store, bytes, n, &info, &e);
 *	if (rc == RC_OK && info.state == PICTURE_OK)
 *		item_picture(db, key, info.hash, info.width, info.height, &e);
 *	else if (rc == RC_OK)
 *		log_event(LOG_WARN, "picture of %s: %s", key, info.reason);
 *
 * A picture is known by the SHA-256 of the bytes that came.  What it is, is
 * told by its content, never by a name.  JPEG, PNG, WebP and GIF are decoded
 * and encoded again as WebP, in three widths and never larger than they came:
 * card, page and zoom.  The EXIF turn is applied, alpha kept, all metadata
 * dropped, of an animated GIF the first frame is shown.
 *
 * The store gets AB/HASH-card.webp, AB/HASH-page.webp and AB/HASH-zoom.webp,
 * where AB is the first two digits of HASH.
 */
#ifndef SYNCD_PICTURE_H
#define SYNCD_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/settings.h"
#include "base/token.h"
#include "syncd/store.h"

enum picture_size { PICTURE_CARD, PICTURE_PAGE, PICTURE_ZOOM };
#define PICTURE_SIZES 3

/* Widths in pixels; the height is at most twice the width. */
#define PICTURE_CARD_WIDTH 480
#define PICTURE_PAGE_WIDTH 960
#define PICTURE_ZOOM_WIDTH 1600

enum picture_state {
	PICTURE_OK,
	PICTURE_BROKEN, /* shows a placeholder; trying again will not help */
};

struct picture_info {
	enum picture_state state;
	char hash[HASH_SIZE];
	int64_t width, height; /* of the zoom size; 0 when broken */
	char reason[160];      /* why it is broken, for the status; else "" */
};

enum picture_format {
	PICTURE_JPEG,
	PICTURE_PNG,
	PICTURE_WEBP,
	PICTURE_GIF,
};

/* What the header says, before anything is decoded. */
struct picture_header {
	enum picture_format format;
	int64_t width, height; /* as stored, before the EXIF turn */
	size_t exif, exif_len; /* where the TIFF block is; 0: none */
};

/*
 * Look at n bytes: format by content, size, and whether the file is whole.
 * RC_OK; RC_INVALID, for a reason that e tells: not one of the four formats,
 * malformed, truncated; RC_TOOBIG above LIMIT_PICTURE_BYTES or
 * LIMIT_PICTURE_PIXELS.  Reads no byte outside and allocates nothing.
 */
enum rc picture_check(const void *bytes, size_t n, struct picture_header *out,
    struct error *e) CHECKED;

/* The size that the first 30 bytes of a WebP file state; false when they are
 * none. */
bool picture_webp_size(const void *bytes, size_t n, int64_t *w, int64_t *h);

/* The three WebP files, in memory. */
struct picture_set {
	struct buf webp[PICTURE_SIZES];
	int64_t width, height; /* of the zoom size */
};

void picture_set_init(struct picture_set *set);
void picture_set_release(struct picture_set *set);

/*
 * Decode and make the three sizes, in this very process: for the tests and for
 * picture_make's child.  h is what picture_check said of the same bytes.
 * RC_INVALID when it cannot be decoded, RC_NOMEM.
 */
enum rc picture_render(const void *bytes, size_t n,
    const struct picture_header *h, struct picture_set *set,
    struct error *e) CHECKED;

/*
 * Check, render and store.  RC_OK also when the picture is broken: out->state
 * tells.  A decoder never runs in this process but in a child without files,
 * sockets and much time; its death is a broken picture.  What the store has
 * already is not made again.  RC_IO or RC_NOMEM when the store, fork(2) or memory
 * failed: try again later.  *out is set in any case, out->hash too.
 */
enum rc picture_make(struct store *st, const void *bytes, size_t n,
    struct picture_info *out, struct error *e) CHECKED;

/*
 * Put the bytes of a picture that the stock system only names into out, whose
 * ceiling should be LIMIT_PICTURE_BYTES.  kind is PICTURE_PATH or PICTURE_URL;
 * a path lives below base: a folder ("/mnt/pictures") or an address
 * ("https://stock.example/pictures/").  Private addresses are only fetched from
 * the server that base names.  RC_NOTFOUND, RC_INVALID (the name leaves
 * the base or is no address), RC_DENIED (an address or type that is not
 * allowed), RC_TOOBIG, RC_IO (may work later).
 */
enum rc picture_fetch(enum settings_picture kind, const char *base,
    const char *name, struct buf *out, struct error *e) CHECKED;

/* The store's name for one size. */
void picture_name(
    const char *hash, enum picture_size size, char out[STORE_NAME]);

#endif
