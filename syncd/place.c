#include "config.h"

#include <string.h>

#include "syncd/place.h"

void
place_init(struct place *p, bool mariadb)
{
	memset(p, 0, sizeof(*p));
	p->mariadb = mariadb;
}

void
place_release(struct place *p)
{
	gtid_set_release(&p->set);
	place_init(p, p->mariadb);
}

enum rc
place_set(struct place *p, const char *file, uint64_t pos, struct error *e)
{
	size_t n = strlen(file);

	if (n >= sizeof(p->file))
		return error_set(
		    e, RC_TOOBIG, "the name of a binlog has %zu bytes", n);
	memmove(p->file, file, n + 1);
	p->pos = pos;
	return RC_OK;
}

/* Names of one server differ in their number only, which grows in length when
 * it has to. */
static int
compare_files(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);

	if (na != nb)
		return na < nb ? -1 : 1;
	return strcmp(a, b);
}

bool
place_covers(const struct place *p, const struct place *wanted)
{
	int order;

	if (!p->mariadb)
		return gtid_set_contains(&p->set, &wanted->set);
	order = compare_files(p->file, wanted->file);
	return order > 0 || (order == 0 && p->pos >= wanted->pos);
}

void
place_print(const struct place *p, struct buf *b)
{
	if (p->mariadb)
		buf_printf(b, "%s:%llu", p->file, (unsigned long long)p->pos);
	else
		gtid_set_print(&p->set, b);
}
