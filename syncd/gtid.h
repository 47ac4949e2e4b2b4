/*
 * Global transaction identifiers: MySQL's sets, with tags, and MariaDB's
 * positions.
 *
 *	struct gtid_set set = GTID_SET_EMPTY;
 *
 *	rc = gtid_set_parse(&set, text, n, &e);
 *	rc = gtid_set_add(&set, &ev.gtid.id, &e);
 *	gtid_set_print(&set, &buf);
 *	gtid_set_release(&set);
 *
 * MySQL (manual, "GTID Format and Storage"): UUID[:TAG]:FIRST-LAST…; a tag is
 * [a-z_][a-z0-9_]{0,31}; numbers go from 1 to 2^63 - 2.  MariaDB ("Global
 * Transaction ID"): DOMAIN-SERVER-SEQUENCE, one per domain.  Both are kept
 * sorted, so equal sets print equal.  Adding the next number of a known source
 * allocates nothing.
 *
 * Calls that fail leave the set as it was, or, where said, empty.
 */
#ifndef SYNCD_GTID_H
#define SYNCD_GTID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define GTID_UUID 16
#define GTID_TAG 32 /* bytes of a tag, without the NUL */
#define GTID_MAX (INT64_MAX - 1)

struct gtid {
	uint8_t uuid[GTID_UUID];
	char tag[GTID_TAG + 1]; /* "": none */
	int64_t gno;            /* 1 to GTID_MAX; 0: anonymous */
};

struct gtid_interval {
	int64_t first, last; /* both belong to it */
};

struct gtid_source {
	uint8_t uuid[GTID_UUID];
	char tag[GTID_TAG + 1];
	struct gtid_interval *interval; /* owned; ascending, with gaps */
	size_t n, cap;
};

struct gtid_set {
	struct gtid_source *source; /* owned; by UUID, then by tag */
	size_t n, cap;
};

/* clang-format off */
#define GTID_SET_EMPTY { NULL, 0, 0 }
/* clang-format on */

void gtid_set_release(struct gtid_set *set);

/* Replace set by what the n bytes of text say: as @@gtid_executed prints it,
 * with blanks and newlines, "" for none.  RC_INVALID, RC_TOOBIG, RC_NOMEM: the
 * set is empty then. */
enum rc gtid_set_parse(
    struct gtid_set *set, const char *text, size_t n, struct error *e) CHECKED;

/* Replace set by the binary form, of PREVIOUS_GTIDS and the dump command, with
 * or without tags.  As gtid_set_parse. */
enum rc gtid_set_decode(
    struct gtid_set *set, const void *p, size_t n, struct error *e) CHECKED;

/* Append the text: lower case, one line, intervals merged. */
void gtid_set_print(const struct gtid_set *set, struct buf *b);

/* Append the binary form; the one with tags (MySQL 8.3 and later) only when
 * there is a tag. */
void gtid_set_encode(const struct gtid_set *set, struct buf *b);

/* Add one, all of other, or an interval; what is there already stays.  id->gno
 * is not 0 (assert).  RC_TOOBIG, RC_NOMEM; after a failed merge a part of other
 * may be in the set. */
enum rc gtid_set_add(
    struct gtid_set *set, const struct gtid *id, struct error *e) CHECKED;
enum rc gtid_set_merge(struct gtid_set *set, const struct gtid_set *other,
    struct error *e) CHECKED;

/* Take one out; that it is not there is fine.  RC_TOOBIG, RC_NOMEM. */
enum rc gtid_set_remove(
    struct gtid_set *set, const struct gtid *id, struct error *e) CHECKED;

bool gtid_set_has(const struct gtid_set *set, const struct gtid *id);

/* Every one of other is in set. */
bool gtid_set_contains(
    const struct gtid_set *set, const struct gtid_set *other);

/* Copy a tag of n bytes in lower case, with a NUL; false when it is none ("" is
 * one here). */
bool gtid_tag(char out[GTID_TAG + 1], const void *s, size_t n);

/* "uuid:gno", "uuid:tag:gno", or "anonymous". */
void gtid_print(const struct gtid *id, struct buf *b);

/* MariaDB */

struct gtid_maria {
	uint32_t domain, server;
	uint64_t seq;
};

struct gtid_pos {
	struct gtid_maria *at; /* owned; by domain */
	size_t n, cap;
};

/* clang-format off */
#define GTID_POS_EMPTY { NULL, 0, 0 }
/* clang-format on */

void gtid_pos_release(struct gtid_pos *pos);

/* Replace pos by what the text says: as @@gtid_binlog_pos prints it.  A domain
 * that is there twice is RC_INVALID.  As gtid_set_parse. */
enum rc gtid_pos_parse(
    struct gtid_pos *pos, const char *text, size_t n, struct error *e) CHECKED;

/* Replace pos by the body of a GTID_LIST event; the last one of a domain
 * counts, as the server writes it. */
enum rc gtid_pos_decode(
    struct gtid_pos *pos, const void *p, size_t n, struct error *e) CHECKED;

/* The domain's position is now this one.  RC_TOOBIG, RC_NOMEM. */
enum rc gtid_pos_set(
    struct gtid_pos *pos, const struct gtid_maria *id, struct error *e) CHECKED;

/* Append other's domains or replace them in pos.  RC_TOOBIG, RC_NOMEM. */
enum rc gtid_pos_merge(struct gtid_pos *pos, const struct gtid_pos *other,
    struct error *e) CHECKED;

/* pos is in every domain of other at least as far. */
bool gtid_pos_contains(
    const struct gtid_pos *pos, const struct gtid_pos *other);

void gtid_pos_print(const struct gtid_pos *pos, struct buf *b);
void gtid_maria_print(const struct gtid_maria *id, struct buf *b);

#endif
