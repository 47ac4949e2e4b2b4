/*
 * The closed table of statements.  Nothing but db/sql.c holds SQL: each entry
 * is one literal for both engines, or one per engine where they must differ (a
 * test counts those), with its argument and column types:
 *
 *	i integer, t text, b bytes; upper case: may be NULL
 *
 * A column that may be NULL and is not upper case is an error when a NULL
 * comes.  A test prepares every entry on both engines against the fresh
 * schema.  What keeps one text possible: MariaDB sessions run with
 * PIPES_AS_CONCAT, ANSI_QUOTES and NO_BACKSLASH_ESCAPES, so literals, names and
 * || mean the same; LIMIT ? OFFSET ?, COALESCE and CASE are the same.  What has
 * to differ: upserts, INSERT OR IGNORE, FOR UPDATE.
 */
#ifndef DB_SQL_H
#define DB_SQL_H

/* The newest file in schema/sales; a test compares. */
#define SQL_SCHEMA 4

/* To add one: a line here and its entry in sql.c, both under the area. */
enum sql {
	/* schema */
	SQL_SCHEMA_VERSION,
	SQL_MIGRATION_TABLE,
	SQL_MIGRATION_LIST,
	SQL_MIGRATION_BEGIN,
	SQL_MIGRATION_STEP,
	SQL_MIGRATION_END,
	SQL_MIGRATION_LOCK,
	SQL_MIGRATION_UNLOCK,
	SQL_FOREIGN_KEYS,

	/* shop: items */
	SQL_ITEM_BY_SLUG,
	SQL_ITEM_BY_ID,
	SQL_ITEM_CARDS,
	SQL_ITEM_COUNT,
	SQL_ITEM_LIST_NEW,
	SQL_ITEM_LIST_PRICE_UP,
	SQL_ITEM_LIST_PRICE_DOWN,
	SQL_ITEM_LIST_NAME,
	SQL_ITEM_KEYS,
	SQL_ITEM_KEYS_IN,
	SQL_ITEM_KEYS_OF,
	SQL_ITEM_NEAR,
	SQL_ITEM_NEAR_ANY,
	SQL_ITEM_SLUGS,
	SQL_ITEM_LAST,
	SQL_ITEM_WINDOW,
	SQL_ITEM_WINDOW_NONE,

	/* shop: publishing items */
	SQL_ITEM_STORED,
	SQL_ITEM_SLUG_TAKEN,
	SQL_ITEM_ADD,
	SQL_ITEM_CHANGE,
	SQL_ITEM_LEVEL,
	SQL_ITEM_WITHDRAW,
	SQL_ITEM_PICTURE,

	/* shop: categories */
	SQL_CATEGORY_BY_SLUG,
	SQL_CATEGORY_BY_NAME,
	SQL_CATEGORY_LIST,
	SQL_CATEGORY_SLUG_TAKEN,
	SQL_CATEGORY_ADD,
	SQL_CATEGORY_COUNT,

	/* shop: search */
	SQL_TERM_WHOLE,
	SQL_TERM_PREFIX,
	SQL_TERM_COUNT,
	SQL_TERM_ADD,
	SQL_TERM_ADD_8,
	SQL_TERM_DROP,
	SQL_WORD_NEAR,
	SQL_WORD_FILL,
	SQL_WORD_PURGE,

	/* shop: baskets */
	SQL_BASKET_FIND,
	SQL_BASKET_ADD,
	SQL_BASKET_LINES,
	SQL_BASKET_PIECES,
	SQL_BASKET_SEEN,
	SQL_BASKET_LOOK,
	SQL_BASKET_PUT,
	SQL_BASKET_QTY,
	SQL_BASKET_REMOVE,

	/* shop: the mirror and leases */
	SQL_MIRROR_READ,
	SQL_MIRROR_FRESH,
	SQL_LEASE_LOCK,
	SQL_LEASE_READ,
	SQL_LEASE_ADD,
	SQL_LEASE_SET,
	SQL_LEASE_DROP,
	SQL_LEASE_CHECK,

	/* shop: holds */
	SQL_HOLD_READ,
	SQL_HOLD_ITEM,
	SQL_HOLD_ITEM_LESS,
	SQL_HOLD_ADD,
	SQL_HOLD_AGAIN,
	SQL_HOLD_ATTEMPT,
	SQL_HOLD_RELEASE,
	SQL_HOLD_END,
	SQL_HOLD_OPEN,

	/* the writing side of the mirror: lib/shop/stage, gallery */
	SQL_STAGE_PUT,
	SQL_STAGE_READ,
	SQL_STAGE_DROP,
	SQL_STAGE_KNOWN,
	SQL_MIRROR_CONFIRM,
	SQL_MIRROR_PUBLISHED,
	SQL_MIRROR_PARTIAL,
	SQL_MIRROR_PROBLEM,
	SQL_MIRROR_COUNT,
	SQL_MIRROR_COUNTED,
	SQL_MIRROR_REASON,
	SQL_MIRROR_POSITION,
	SQL_MIRROR_LAGS,
	SQL_MIRROR_COMPARED,
	SQL_MIRROR_PICTURES,
	SQL_GALLERY_FIND,
	SQL_GALLERY_FORGET,
	SQL_GALLERY_PUT,
	SQL_GALLERY_SOURCE,
	SQL_GALLERY_EACH,
	SQL_GALLERY_KNOWN,
	SQL_GALLERY_SHOWN,
	SQL_GALLERY_AGAIN,
	SQL_STATUS_FLAWED,
	SQL_STATUS_BROKEN,

	/* shop: mail */
	SQL_LETTER_ADD,
	SQL_LETTER_BYTES,
	SQL_LETTER_FORGET,
	SQL_OUTBOX_ADD,
	SQL_OUTBOX_DUE,
	SQL_OUTBOX_LIST,
	SQL_OUTBOX_FIND,
	SQL_OUTBOX_COUNT,
	SQL_OUTBOX_CLAIM,
	SQL_OUTBOX_AGAIN,
	SQL_OUTBOX_DONE,
	SQL_OUTBOX_LETTER,
	SQL_OUTBOX_RETRY,

	/* people: lib/db/sql_accounts.inc */
	/* shop: customers */
	SQL_CUSTOMER_ADD,
	SQL_CUSTOMER_BY_ID,
	SQL_CUSTOMER_BY_PROVEN,
	SQL_CUSTOMER_BY_USER,
	SQL_CUSTOMER_BY_CLAIM,
	SQL_LOGIN_USER,
	SQL_LOGIN_PROVEN,
	SQL_LOGIN_CLAIMS,
	SQL_CUSTOMER_PROVEN_KEY,
	SQL_CUSTOMER_PROVE,
	SQL_CLAIMS_DISARM,
	SQL_CLAIMS_SESSIONS,
	SQL_CLAIMS_METHODS,
	SQL_CLAIMS_TICKETS,
	SQL_CLAIMS_DROP,
	SQL_CUSTOMER_RENAME,
	SQL_CUSTOMER_STAFF,
	SQL_CUSTOMER_PASSWORD,
	SQL_CUSTOMER_REHASH,
	SQL_CUSTOMER_SEEN,
	SQL_CUSTOMER_ERASE,

	/* shop: how they log in */
	SQL_IDENTITY_FIND,
	SQL_IDENTITY_ADD,
	SQL_IDENTITY_SEEN,
	SQL_IDENTITY_LIST,
	SQL_IDENTITY_DROP,
	SQL_IDENTITY_DROP_ALL,

	/* shop: sessions */
	SQL_SESSION_FIND,
	SQL_SESSION_ADD,
	SQL_SESSION_SEEN,
	SQL_SESSION_PROVED,
	SQL_SESSION_END,
	SQL_SESSION_END_ONE,
	SQL_SESSION_END_ALL,
	SQL_SESSION_LIST,

	/* shop: what can be used once */
	SQL_TICKET_ADD,
	SQL_TICKET_LOOK,
	SQL_TICKET_USE,
	SQL_TICKET_READ,
	SQL_TICKET_DROP_KIND,
	SQL_TICKET_DROP_OPEN,
	SQL_TICKET_DROP_ALL,

	/* shop: guessing */
	SQL_TALLY_LOCK,
	SQL_TALLY_READ,
	SQL_TALLY_SET,
	SQL_TALLY_CLEAR,
	SQL_PLACE_KNOWN,

	/* shop: the security log */
	SQL_EVENT_ADD,
	SQL_EVENT_LIST,
	SQL_EVENT_LIST_ALL,

	/* shop: address books */
	SQL_ADDRESS_LIST,
	SQL_ADDRESS_GET,
	SQL_ADDRESS_COUNT,
	SQL_ADDRESS_ADD,
	SQL_ADDRESS_CHANGE,
	SQL_ADDRESS_REMOVE,
	SQL_ADDRESS_DROP_ALL,

	/* shop: baskets of customers */
	SQL_BASKET_OF_CUSTOMER,
	SQL_BASKET_ADD_OWN,
	SQL_BASKET_OWNER,
	SQL_BASKET_RAW,
	SQL_BASKET_EMPTY,
	SQL_BASKET_DROP,

	/* shop: what is kept no longer */
	SQL_PURGE_BASKETS,
	SQL_PURGE_SESSIONS,
	SQL_PURGE_TICKETS,
	SQL_PURGE_TALLIES,
	SQL_PURGE_EVENTS,
	SQL_PURGE_ENVELOPES,
	SQL_PURGE_LETTERS,

	/* people end */

	SQL_COUNT
};

struct sql_entry {
	const char *name; /* "SQL_…", for messages */
	const char *args; /* types of the '?' in order */
	const char *cols; /* types of the columns; "" when it gives no rows */
	const char *text; /* for both engines */
	/* or one each, text is NULL then; NULL: that engine has no need of it,
	 * running it there is an assert */
	const char *sqlite, *mariadb;
};

extern const struct sql_entry sql_table[SQL_COUNT];

#endif
