#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/patient.h"
#include "flow/stock_read.h"
#include "flow/wiring.h"
#include "peer/exchange.h"
#include "peer/gateways.h"
#include "shop/mirror.h"
#include "stock/own.h"

struct wiring {
	const struct settings *settings; /* borrowed, as db */
	struct db *db;
	struct exchange_pool *pool;

	struct patient patients[GATEWAY_KINDS];
	struct gateway gateways[GATEWAY_KINDS];
	const struct gateway *list[GATEWAY_KINDS];
	size_t n;

	struct map *map; /* of the stock system; NULL: not needed yet */
	bool checked;    /* it fits the server */
	struct patience patience; /* with it */
	struct mirror mirror;     /* as it was published last */
	struct flow_stock stock;

	char holder[UID_SIZE];
	struct flow flow;
};

/*** The gateways ***/

static enum rc
make_gateways(struct wiring *w, struct error *e)
{
	const struct gateway_kind *k;
	enum rc rc;

	for (size_t i = 0; (k = gateways_at(i)) != NULL; i++) {
		if (!k->configured(w->settings))
			continue;
		rc = k->make(w->settings, w->pool, &w->patients[w->n].inner, e);
		if (rc != RC_OK)
			return rc;
		patient_gateway(&w->patients[w->n], &w->gateways[w->n]);
		w->list[w->n] = &w->gateways[w->n];
		w->n++;
	}
	return RC_OK;
}

bool
wiring_can_pay(const struct settings *settings)
{
	return gateways_find(settings, NULL) != NULL;
}

const struct gateway *
wiring_gateway(const struct wiring *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->patients[i].inner.name, name) == 0)
			return &w->patients[i].inner;
	return NULL;
}

/*** The stock system ***/

static bool
is_busy(const void *ctx)
{
	const struct db *db = ctx;

	return db_busy(db);
}

/* Once, over a link that gives up as soon as that of a take does. */
static enum rc
check_map(struct wiring *w, struct error *e)
{
	struct link *l;
	enum fault fault;
	bool changed;
	enum rc rc;

	if (w->map == NULL) {
		rc = map_new(w->settings, &w->map, e);
		if (rc != RC_OK)
			return rc;
	}
	rc = link_open_write(w->settings, &l, &fault, e);
	if (rc != RC_OK)
		return rc;
	link_guard(l, is_busy, w->db);
	rc = map_check(w->map, l, &changed, e);
	if (rc == RC_OK)
		rc = own_check(l, w->settings, &fault, e);
	link_close(l);
	w->checked = rc == RC_OK;
	return rc;
}

/* Which server the mirror is of, as of now: after a failover nothing is taken
 * before syncd has published the new one. */
static enum rc
known_source(struct wiring *w, struct error *e)
{
	enum rc rc = mirror_read(w->db, &w->mirror, e);

	if (rc == RC_OK && w->mirror.source[0] == '\0')
		rc = error_set(e, RC_DENIED,
		    "nothing is taken before syncd has copied the stock "
		    "system once");
	return rc;
}

static bool
reads_only(const struct wiring *w)
{
	return w->settings->stock_access == ACCESS_READ;
}

static enum rc
begin_stock(struct wiring *w, struct master *m, struct error *e)
{
	enum rc rc;

	if (patience_lost(&w->patience, e))
		return RC_IO;
	rc = known_source(w, e);
	if (rc == RC_OK && !w->checked)
		rc = check_map(w, e);
	*m = (struct master){ .settings = w->settings,
		.map = w->map,
		.source = w->mirror.source,
		.busy = is_busy,
		.busy_ctx = w->db };
	return rc;
}

static enum rc
end_stock(struct wiring *w, int64_t began, enum rc rc, const struct error *e)
{
	/* a table may have been altered */
	if (rc == RC_INVALID || rc == RC_DB)
		w->checked = false;
	return patience_kept(&w->patience, began, rc, e);
}

static enum rc
take(void *ctx, const char *attempt, const struct master_line *lines, size_t n,
    enum master_answer *answer, struct master_short *why, struct error *e)
{
	int64_t began = clock_mono_ms();
	struct wiring *w = ctx;
	struct master m;
	enum rc rc = begin_stock(w, &m, e);

	if (rc == RC_OK && reads_only(w))
		rc = stock_read_take(
		    w->db, &m, attempt, lines, n, answer, why, e);
	else if (rc == RC_OK)
		rc = master_take(&m, attempt, lines, n, answer, why, e);
	return end_stock(w, began, rc, e);
}

static enum rc
refuse(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct error *e)
{
	int64_t began = clock_mono_ms();
	struct wiring *w = ctx;
	struct master m;
	enum rc rc;

	if (reads_only(w))
		return stock_read_refuse(w->db, attempt, answer, e);
	rc = begin_stock(w, &m, e);
	if (rc == RC_OK)
		rc = master_refuse(&m, attempt, lines, n, answer, e);
	return end_stock(w, began, rc, e);
}

static enum rc
give_back(void *ctx, const char *give_back, const char *attempt,
    const struct master_line *lines, size_t n, struct error *e)
{
	int64_t began = clock_mono_ms();
	struct wiring *w = ctx;
	struct master m;
	enum rc rc;

	if (reads_only(w))
		return stock_read_give_back(w->db, attempt, e);
	rc = begin_stock(w, &m, e);
	if (rc == RC_OK)
		rc = master_give_back(&m, give_back, attempt, lines, n, e);
	return end_stock(w, began, rc, e);
}

/*** All of it ***/

enum rc
wiring_open(const struct settings *settings, struct db *db, struct wiring **out,
    struct error *e)
{
	struct wiring *w = calloc(1, sizeof(*w));
	enum rc rc;

	*out = NULL;
	if (w == NULL)
		return error_set(e, RC_NOMEM, "no memory for paying");
	w->settings = settings;
	w->db = db;
	rc = uid_random(w->holder, e);
	if (rc == RC_OK)
		rc = exchange_pool_new(&w->pool, e);
	if (rc == RC_OK)
		rc = make_gateways(w, e);
	if (rc != RC_OK) {
		wiring_close(w);
		return rc;
	}
	w->stock = (struct flow_stock){ w, take, refuse, give_back };
	w->flow = (struct flow){ .settings = settings,
		.db = db,
		.stock = &w->stock,
		.gateways = w->list,
		.ngateways = w->n,
		.holder = w->holder };
	*out = w;
	return RC_OK;
}

void
wiring_close(struct wiring *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n; i++)
		free(w->patients[i].inner.ctx);
	map_free(w->map);
	exchange_pool_free(w->pool);
	free(w);
}

struct flow *
wiring_flow(struct wiring *w)
{
	return &w->flow;
}

void
wiring_needs(const struct settings *s, struct jail *j)
{
	const struct gateway_kind *k;

	/* names, authorities, OpenSSL's configuration, login plug-ins */
	jail_path(j, "/etc", JAIL_READ);
	jail_path(j, "/usr/lib", JAIL_READ);
	jail_path(j, "/usr/share", JAIL_READ);
	if (s->stock_ca[0] != '\0')
		jail_path(j, s->stock_ca, JAIL_READ);
	jail_port(j, 53);
	jail_port(j, (uint16_t)s->stock_port);
	for (size_t i = 0; (k = gateways_at(i)) != NULL; i++)
		if (k->configured(s))
			k->needs(s, j);
}
