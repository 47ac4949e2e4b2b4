/*
 * What kind of statement a QUERY event holds.
 *
 *	if (binlog_statement(text, n) == BINLOG_BEGIN)
 *		…
 *
 * Told by the first words, behind blanks and comments; the servers themselves
 * write the words that open and close a transaction.  What is not known for
 * certain is BINLOG_DML: it may have changed rows that the log does not show.
 */
#ifndef SYNCD_BINLOG_QUERY_H
#define SYNCD_BINLOG_QUERY_H

#include <stddef.h>

enum binlog_statement {
	BINLOG_BEGIN,        /* BEGIN, START TRANSACTION */
	BINLOG_END_COMMIT,   /* COMMIT: how MyISAM and the like end */
	BINLOG_END_ROLLBACK, /* ROLLBACK of the whole; what no engine can undo
			      * stays */
	BINLOG_SAVEPOINT,    /* SAVEPOINT, RELEASE SAVEPOINT */
	BINLOG_ROLLBACK_TO,  /* rows since that savepoint are undone; only seen
			     * when an engine could not undo its own */
	BINLOG_XA_START,
	BINLOG_XA_END,
	BINLOG_XA_COMMIT,   /* of a branch prepared before */
	BINLOG_XA_ROLLBACK, /* of a branch prepared before */
	BINLOG_DDL,         /* CREATE, ALTER, DROP, RENAME, TRUNCATE … */
	BINLOG_DDL_ROWS,    /* CREATE TABLE … START TRANSACTION: MySQL's
			     * CREATE … SELECT; rows and a commit follow */
	BINLOG_ADMIN,       /* GRANT, ANALYZE, FLUSH …: no row of a table */
	BINLOG_DML,         /* STATEMENT format, or not known */
};

enum binlog_statement binlog_statement(const char *text, size_t n);

#endif
