/*
 * Every ceiling of the shop, each with its reason.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIMIT_LINE 8192         /* one log line, one configuration line */
#define LIMIT_CONF (256 * 1024) /* a configuration file: ours has 8 kB */
#define LIMIT_MONEY                                                            \
	INT64_C(100000000000) /* 10^9 major units: sums of 10^4
					    lines still fit 63 bits */
#define LIMIT_QTY 999         /* hats of one kind in a basket */
#define LIMIT_BASKET_LINES 50 /* kinds of hat in a basket */

#define LIMIT_ADDRESSES 50 /* addresses in a customer's book */

#define LIMIT_URL 2048          /* a link we write or a path we are asked */
#define LIMIT_QUERY 4096        /* a query string */
#define LIMIT_BODY (64 * 1024)  /* a posted form */
#define LIMIT_HOOK (256 * 1024) /* a webhook's body: an event has some kB */
#define LIMIT_FIELDS 64         /* fields in a posted form */
#define LIMIT_COOKIES 4096      /* a Cookie header */
#define LIMIT_HEADERS 8192      /* reply headers */
#define LIMIT_PAGE (4 * 1024 * 1024) /* a page: the sitemap is the largest */
#define LIMIT_DEPTH 64 /* open elements in a page or an XML text */

#define LIMIT_NAME 200       /* bytes of a hat's or a category's name */
#define LIMIT_TEXT 16384     /* bytes of a hat's text */
#define LIMIT_PROSE 65536    /* bytes of a text page: ours have 2 kB */
#define LIMIT_KEY 128        /* bytes of a legacy item key */
#define LIMIT_SLUG 80        /* bytes of a slug */
#define LIMIT_SEARCH 200     /* bytes of a search */
#define LIMIT_SEARCH_TERMS 8 /* words of a search that count */
#define LIMIT_WORD 64        /* bytes of one folded word */
#define LIMIT_VOCABULARY                                                       \
	20000              /* words that are compared to mend a typo: 2 ms */
#define LIMIT_ITEMS 100000 /* hats that a list or search looks through */

#define LIMIT_JSON (256 * 1024) /* JSON from outside: a provider's has 3 kB */
#define LIMIT_JSON_DEPTH 16     /* members inside members */

#define LIMIT_SQL_ARGS 32              /* arguments of one statement */
#define LIMIT_SQL_COLS 40              /* columns of one statement */
#define LIMIT_VALUE (32 * 1024 * 1024) /* bytes of one column's value */

#define LIMIT_PICTURE_BYTES (20 * 1024 * 1024) /* a picture as it comes */
#define LIMIT_PICTURE_PIXELS 40000000L         /* and decoded */

#define LIMIT_CALL (256 * 1024) /* a gateway's request or answer: some kB */

/* Replication events.  What is above is not decoded: poll, or copy again.
 * EVENT: servers' packets end there.  UNPACKED: one event unpacked, a row of 8
 * times LIMIT_VALUE.  PAYLOAD: a packed transaction, whose events are unpacked
 * one by one, so only time is at stake.  COLUMNS: both servers' own ceiling.
 * MAPS: layouts of 10^5 tables of usual width.  FILE: a name with its NUL. */
#define LIMIT_BINLOG_EVENT (1024 * 1024 * 1024)
#define LIMIT_BINLOG_UNPACKED (256 * 1024 * 1024)
#define LIMIT_BINLOG_PAYLOAD (INT64_C(16) * 1024 * 1024 * 1024)
#define LIMIT_BINLOG_COLUMNS 4096
#define LIMIT_BINLOG_MAPS (64 * 1024 * 1024)
#define LIMIT_BINLOG_FILE 512

#define LIMIT_GTID_SET (64 * 1024 * 1024) /* bytes, as text or binary */
#define LIMIT_GTID_SOURCES 65536          /* servers and tags in one set */
#define LIMIT_GTID_INTERVALS 1048576      /* of a source: 16 MB, far too many */

#endif
