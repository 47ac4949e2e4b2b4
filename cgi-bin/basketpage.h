/*
 * The basket's page, with a note about what was just done or refused.
 *
 *	return basket_page(v, NOTE_OUT, item.name, e);
 */
#ifndef CGI_BASKETPAGE_H
#define CGI_BASKETPAGE_H

#include "cgi-bin/cgi.h"
#include "shop/item.h"

/* What the page says above the lines about what was just asked. */
enum basket_note {
	NOTE_NONE,
	/* done; also said after a redirect */
	NOTE_ADDED,
	NOTE_CAPPED,
	NOTE_CHANGED,
	NOTE_REMOVED,
	NOTE_COOKIE, /* was added, but the browser brought no cookie back */
	/* refused, nothing changed */
	NOTE_OUT,
	NOTE_GONE,
	NOTE_WAIT,
	NOTE_FULL,
	NOTE_NUMBER,
	NOTE_COUNT
};

/* The word that stands for a note in an address, NULL for refusals. */
const char *basket_note_word(enum basket_note note);

/* The note of a word; NOTE_NONE for a word that is not ours. */
enum basket_note basket_note_of(const char *word);

/* The whole page; hat is the name the note is about. */
enum rc basket_page(struct visit *v, enum basket_note note, const char *hat,
    struct error *e) CHECKED;

/* What a form asked for. */
enum basket_wish { WISH_ADD, WISH_CHANGE, WISH_REMOVE };

/* Nothing was changed, as the form may not have been one of ours, or was open
 * for too long: the same one again, filled in as it was. */
enum rc basket_once_more(struct visit *v, enum basket_wish what,
    const struct item *it, const char *qty, struct error *e) CHECKED;

#endif
