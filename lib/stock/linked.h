/*
 * What link.c and query.c share of a link; nobody else includes it.
 */
#ifndef STOCK_LINKED_H
#define STOCK_LINKED_H

#include "stock/link.h"

struct link {
	struct st_mysql *m;
	const struct settings *s; /* borrowed */
	enum fault fault;
	unsigned wait; /* seconds for an answer */
	bool mariadb;
	bool (*busy)(const void *);
	const void *busy_ctx;
	char identity[128];
	char user[200];
	char version[80];
};

/* Note the fault that the library's or server's number stands for, and its
 * text as the reason. */
enum rc link_refused(
    struct link *l, unsigned number, const char *text, struct error *e) CHECKED;

/* Nobody waits for the stock system inside a sales transaction. */
void link_assert_idle(const struct link *l);

#endif
