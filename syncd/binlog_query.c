#include "config.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "syncd/binlog_query.h"

struct text {
	const char *p, *end;
};

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' ||
	       c == '\v';
}

static void
skip_to(struct text *t, const char *mark, size_t n)
{
	const char *at = memmem(t->p, (size_t)(t->end - t->p), mark, n);

	t->p = at == NULL ? t->end : at + n;
}

static bool
begins(const struct text *t, const char *mark, size_t n)
{
	return (size_t)(t->end - t->p) >= n && memcmp(t->p, mark, n) == 0;
}

/* A comment to the end of its line. */
static bool
line_comment(const struct text *t)
{
	return *t->p == '#' || begins(t, "-- ", 3) || begins(t, "--\n", 3) ||
	       begins(t, "--\t", 3);
}

/* What stands in an executable comment (with '!' behind its opening) counts, so
 * only the opening is skipped. */
static bool
skip_opening(struct text *t)
{
	if (!begins(t, "/*!", 3) && !begins(t, "/*M!", 4))
		return false;
	t->p += t->p[2] == '!' ? 3 : 4;
	while (t->p < t->end && *t->p >= '0' && *t->p <= '9')
		t->p++;
	return true;
}

/* One comment or blank. */
static bool
skip_one(struct text *t)
{
	if (t->p == t->end)
		return false;
	if (blank(*t->p) || *t->p == ';' || *t->p == '(') {
		t->p++;
	} else if (skip_opening(t)) {
		return true;
	} else if (begins(t, "/*", 2)) {
		t->p += 2;
		skip_to(t, "*/", 2);
	} else if (begins(t, "*/", 2)) {
		t->p += 2;
	} else if (line_comment(t)) {
		skip_to(t, "\n", 1);
	} else {
		return false;
	}
	return true;
}

/* The next word is this one; moves past it only then. */
static bool
word(struct text *t, const char *name)
{
	size_t n = strlen(name);
	const char *after;

	while (skip_one(t))
		;
	if ((size_t)(t->end - t->p) < n || strncasecmp(t->p, name, n) != 0)
		return false;
	after = t->p + n;
	if (after < t->end &&
	    (*after == '_' || *after == '$' || (unsigned char)*after >= 0x80 ||
		(*after >= '0' && *after <= '9') ||
		(*after >= 'a' && *after <= 'z') ||
		(*after >= 'A' && *after <= 'Z')))
		return false;
	t->p = after;
	return true;
}

static bool
any_word(struct text *t, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (word(t, names[i]))
			return true;
	return false;
}
#define ANY_WORD(t, names)                                                     \
	any_word((t), (names), sizeof(names) / sizeof((names)[0]))

static enum binlog_statement
xa(struct text *t)
{
	if (word(t, "START") || word(t, "BEGIN"))
		return BINLOG_XA_START;
	if (word(t, "END"))
		return BINLOG_XA_END;
	if (word(t, "COMMIT"))
		return BINLOG_XA_COMMIT;
	if (word(t, "ROLLBACK"))
		return BINLOG_XA_ROLLBACK;
	return BINLOG_DML;
}

/* MySQL writes it at the very end (sql_class.cc knows no other way). */
static bool
starts_transaction(const struct text *t)
{
	static const char tail[] = "START TRANSACTION";
	const char *end = t->end;

	while (end > t->p && blank(end[-1]))
		end--;
	return (size_t)(end - t->p) >= sizeof(tail) - 1 &&
	       strncasecmp(end - (sizeof(tail) - 1), tail, sizeof(tail) - 1) ==
		   0;
}

static enum binlog_statement
create(struct text *t)
{
	return starts_transaction(t) ? BINLOG_DDL_ROWS : BINLOG_DDL;
}

static enum binlog_statement
other(struct text *t)
{
	static const char *const ddl[] = { "ALTER", "DROP", "RENAME",
		"TRUNCATE", "IMPORT" };
	static const char *const admin[] = { "GRANT", "REVOKE", "ANALYZE",
		"OPTIMIZE", "REPAIR", "FLUSH", "INSTALL", "UNINSTALL",
		"BINLOG" };

	if (word(t, "CREATE"))
		return create(t);
	if (ANY_WORD(t, ddl))
		return BINLOG_DDL;
	if (ANY_WORD(t, admin))
		return BINLOG_ADMIN;
	return BINLOG_DML;
}

enum binlog_statement
binlog_statement(const char *text, size_t n)
{
	struct text t = { text, text + n };

	if (word(&t, "BEGIN"))
		return BINLOG_BEGIN;
	if (word(&t, "COMMIT"))
		return BINLOG_END_COMMIT;
	if (word(&t, "ROLLBACK")) {
		(void)word(&t, "WORK");
		return word(&t, "TO") ? BINLOG_ROLLBACK_TO
				      : BINLOG_END_ROLLBACK;
	}
	if (word(&t, "SAVEPOINT"))
		return BINLOG_SAVEPOINT;
	if (word(&t, "RELEASE"))
		return word(&t, "SAVEPOINT") ? BINLOG_SAVEPOINT : BINLOG_DML;
	if (word(&t, "START"))
		return word(&t, "TRANSACTION") ? BINLOG_BEGIN : BINLOG_DML;
	if (word(&t, "XA"))
		return xa(&t);
	return other(&t);
}
