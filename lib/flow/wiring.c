#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/patient.h"
#include "flow/stock_read.h"
#include "flow/wiring.h"
#include "peer/exchange.h"
#include "peer/paypal.h"
#include "peer/stripe.h"
#include "shop/mirror.h"
#include "stock/own.h"

#define GATEWAYS_MAX 4

struct wiring {
	const struct settings *settings; /* borrowed, as db */
	struct db *db;
	struct exchange_pool *pool;

	struct stripe stripe;
	struct paypal paypal;
	struct patient patients[GATEWAYS_MAX];
	struct gateway gateways[GATEWAYS_MAX];
	const struct gateway *list[GATEWAYS_MAX];
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

static bool
has_stripe(const struct settings *s)
{
	return s->stripe_key[0] != '\0';
}

static void
make_stripe(struct wiring *w, struct gateway *out)
{
	w->stripe = (struct stripe){ .base = w->settings->stripe_base,
		.key = w->settings->stripe_key,
		.ca_file = w->settings->stripe_ca,
		.pool = w->pool };
	stripe_gateway(&w->stripe, out);
}

static bool
has_paypal(const struct settings *s)
{
	return s->paypal_client_id[0] != '\0';
}

static void
make_paypal(struct wiring *w, struct gateway *out)
{
	const struct settings *s = w->settings;

	w->paypal = (struct paypal){ .base = s->paypal_base,
		.client_id = s->paypal_client_id,
		.secret = s->paypal_secret,
		.ca_file = s->paypal_ca,
		.folder = s->shop_run,
		.brand = s->shop_name,
		.pool = w->pool };
	paypal_gateway(&w->paypal, out);
}

/* Those that there are, in the order in which they are offered. */
static const struct {
	bool (*configured)(const struct settings *s);
	void (*make)(struct wiring *w, struct gateway *out);
} makers[] = {
	{ has_stripe, make_stripe },
	{ has_paypal, make_paypal },
};
#define MAKERS (sizeof(makers) / sizeof(makers[0]))
_Static_assert(MAKERS <= GATEWAYS_MAX, "more gateways than room for them");

static void
make_gateways(struct wiring *w)
{
	for (size_t i = 0; i < MAKERS; i++) {
		if (!makers[i].configured(w->settings))
			continue;
		makers[i].make(w, &w->patients[w->n].inner);
		patient_gateway(&w->patients[w->n], &w->gateways[w->n]);
		w->list[w->n] = &w->gateways[w->n];
		w->n++;
	}
}

bool
wiring_can_pay(const struct settings *settings)
{
	for (size_t i = 0; i < MAKERS; i++)
		if (makers[i].configured(settings))
			return true;
	return false;
}

const struct gateway *
wiring_gateway(const struct wiring *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->list[i]->name, name) == 0)
			return w->list[i];
	return NULL;
}

const struct paypal *
wiring_paypal(const struct wiring *w)
{
	return w->paypal.base != NULL ? &w->paypal : NULL;
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
	if (rc != RC_OK) {
		wiring_close(w);
		return rc;
	}
	make_gateways(w);
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
	/* names, authorities, OpenSSL's configuration, login plug-ins */
	jail_path(j, "/etc", JAIL_READ);
	jail_path(j, "/usr/lib", JAIL_READ);
	jail_path(j, "/usr/share", JAIL_READ);
	if (s->stock_ca[0] != '\0')
		jail_path(j, s->stock_ca, JAIL_READ);
	if (s->stripe_ca[0] != '\0')
		jail_path(j, s->stripe_ca, JAIL_READ);
	jail_port(j, 53);
	jail_port(j, (uint16_t)s->stock_port);
	jail_address(j, s->stripe_base);
	if (!has_paypal(s))
		return;
	/* the access token and the certificates of its events */
	jail_path(j, s->shop_run, JAIL_WRITE);
	if (s->paypal_ca[0] != '\0')
		jail_path(j, s->paypal_ca, JAIL_READ);
	jail_address(j, s->paypal_base);
}
