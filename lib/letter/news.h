/*
 * What letters tell of a parcel and of a document, as plain structs: who fills
 * them in needs nothing of lib/letter.
 */
#ifndef LETTER_NEWS_H
#define LETTER_NEWS_H

#include <stddef.h>
#include <stdint.h>

/* Why it is not with the customer.  */
enum letter_trouble {
	LETTER_ATTEMPTED,   /* nobody took it in; it is tried again */
	LETTER_PICK_UP,     /* waits somewhere for the customer */
	LETTER_RETURNING,   /* on its way back to the shop */
	LETTER_RETURNED,    /* there again */
	LETTER_LOST,        /* the courier says so */
	LETTER_NO_DELIVERY, /* the courier does not take it to this address */
	LETTER_HELD,        /* damaged, at customs, ...: somebody looks */
	LETTER_TROUBLES
};

/* All borrowed, of others, and never NULL: "" is none. */
struct letter_parcel {
	const char *tracking; /* the courier's number */
	const char *link;     /* its page about the parcel: a whole address; one
				 that is no https address is left out */
	const char *courier;  /* "Funny Deliveries" */
	int64_t leaves;       /* the courier fetches it; 0: not known */
	int64_t day; /* promised, or of the next try, or until when it waits:
			UTC seconds; 0: not known */
	int64_t at;  /* when it was so: the letter's Date */
	/* of trouble only: */
	enum letter_trouble trouble;
	const char *place;  /* where it waits */
	const char *detail; /* the courier's own words */
};

/* All borrowed. */
struct letter_document {
	const char *number; /* "2026-00042" */
	const void *pdf;
	size_t n;
	int64_t total; /* minor units, of the order's currency */
	int64_t at;    /* the letter's Date */
};

#endif
