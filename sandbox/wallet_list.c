/*
 * The list of events, GET /v1/notifications/webhooks-events, as PayPal's OpenAPI
 * file notifications_webhooks_v1 and the examples of its clients have it: the
 * newest first, of the last 30 days, a page at a time.
 *
 * How many a page may hold is not written there, only that it may be fewer than
 * were asked for: here it is few, so that whoever reads has to go on.  Times are
 * taken in UTC only, and a parameter that is not documented is refused.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/limits.h"
#include "sandbox/params.h"
#include "sandbox/wallet.h"

#define KEPT (30 * 86400) /* seconds */
#define USUAL 10
#define MOST 20 /* of a page */

static const struct param table[] = {
	{ "page_size", PARAM_INT, 1, 1000, NULL },
	{ "start_time", PARAM_TEXT, 1, 40, NULL },
	{ "end_time", PARAM_TEXT, 1, 40, NULL },
	{ "event_type", PARAM_TEXT, 1, 100, NULL },
	/* of our own links */
	{ "move_to", PARAM_WORD, 0, 0, "next" },
	{ "index_time", PARAM_TEXT, 1, 40, NULL },
	{ "index_id", PARAM_INT, 1, INT64_MAX, NULL },
};

/* What is asked for; the times compare as text. */
struct asked {
	char from[CLOCK_ISO_SIZE], to[CLOCK_ISO_SIZE];
	const char *type; /* or "" */
	int64_t size, before;
};

static bool
take_time(const char *sent, char out[CLOCK_ISO_SIZE])
{
	static const char like[] = "dddd-dd-ddTdd:dd:ddZ";

	if (sent == NULL)
		return true;
	if (strlen(sent) != sizeof(like) - 1)
		return false;
	for (size_t i = 0; i < sizeof(like) - 1; i++)
		if (like[i] == 'd' ? sent[i] < '0' || sent[i] > '9'
				   : sent[i] != like[i])
			return false;
	memcpy(out, sent, CLOCK_ISO_SIZE);
	return true;
}

static bool
read_asked(struct wallet *w, const struct params *p, struct asked *a)
{
	char oldest[CLOCK_ISO_SIZE];
	const struct param *rule;
	size_t at;

	clock_iso(w->b->now - KEPT, oldest);
	memcpy(a->from, oldest, sizeof(a->from));
	clock_iso(w->b->now, a->to);
	a->type = params_get(p, "event_type");
	a->type = a->type == NULL ? "" : a->type;
	if (params_check(p, table, sizeof(table) / sizeof(table[0]), &at,
		&rule) != PARAMS_FINE ||
	    !take_time(params_get(p, "start_time"), a->from) ||
	    !take_time(params_get(p, "end_time"), a->to) ||
	    strcmp(a->from, a->to) > 0) {
		wallet_fail(w, 400, "VALIDATION_ERROR", NULL, "",
		    "Invalid request - see details.");
		return false;
	}
	/* what is older is gone */
	if (strcmp(a->from, oldest) < 0)
		memcpy(a->from, oldest, sizeof(a->from));
	a->size = params_int(p, USUAL, "page_size");
	a->size = a->size > MOST ? MOST : a->size;
	a->before = params_int(p, INT64_MAX, "index_id");
	return true;
}

static void
put_next(struct wallet *w, const struct asked *a, int64_t last, json_t *links)
{
	struct buf b;

	buf_init(&b, LIMIT_URL);
	buf_printf(&b,
	    "%s/v1/notifications/webhooks-events/?start_time=%s&end_time=%s"
	    "&page_size=%lld&move_to=next&index_time=%s&index_id=%lld",
	    w->b->settings->paypal_base, a->from, a->to, (long long)a->size,
	    a->to, (long long)last);
	if (a->type[0] != '\0')
		buf_printf(&b, "&event_type=%s", a->type);
	(void)json_array_append_new(
	    links, json_pack("{s:s,s:s,s:s}", "href", buf_str(&b), "rel",
		       "next", "method", "GET"));
	buf_release(&b);
}

static void
list(struct wallet *w, const struct asked *a)
{
	json_t *events = json_array(), *links = json_array(), *one;
	struct store_rows q;
	const char *at;
	int64_t n = 0, last = 0;

	store_ask(&w->st, &q,
	    "SELECT seq, body FROM event WHERE seq < ?1 AND (?2 = '' OR type = "
	    "?2) ORDER BY seq DESC",
	    "is", a->before, a->type);
	while (n <= a->size && store_next(&q)) {
		one = json_loads(store_text(&q, 1), 0, NULL);
		at = wallet_text(one, "create_time");
		if (strcmp(at, a->from) < 0 || strcmp(at, a->to) > 0) {
			json_decref(one);
			continue;
		}
		if (n++ == a->size) {
			put_next(w, a, last, links);
			json_decref(one);
			break;
		}
		last = store_int(&q, 0);
		(void)json_array_append_new(events, one);
	}
	store_done(&q);
	w->status = 200;
	w->out = json_pack("{s:o,s:I,s:o}", "events", events, "count",
	    (json_int_t)json_array_size(events), "links", links);
}

void
wallet_list_events(struct wallet *w, const char *none)
{
	const struct buf *query = &w->b->q.query;
	struct error e = ERROR_NONE;
	struct asked a;
	struct params p;

	(void)none;
	if (params_read(&p, buf_str(query), query->len, &e) != RC_OK)
		wallet_fail(w, 400, "INVALID_REQUEST", NULL, "",
		    "Request is not well-formed.");
	else if (read_asked(w, &p, &a))
		list(w, &a);
	params_release(&p);
}
