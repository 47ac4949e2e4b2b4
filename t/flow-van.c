#include "config.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/num.h"
#include "base/text.h"
#include "t/flow-van.h"

#define PAGE 3 /* events of one answer */

struct van *the_van;
struct random *van_chance;
static void (*die)(void);

void
van_new(void (*maybe_die)(void))
{
	void *p = mmap(NULL, sizeof(*the_van), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	the_van = p;
	the_van->now = VAN_NOW;
	die = maybe_die;
}

void
van_free(void)
{
	munmap(the_van, sizeof(*the_van));
	the_van = NULL;
}

int64_t
van_now(void)
{
	return the_van->now;
}

static void
enter(void)
{
	while (__atomic_exchange_n(&the_van->turn, 1, __ATOMIC_ACQUIRE) != 0)
		(void)sched_yield();
}

static void
leave(void)
{
	__atomic_store_n(&the_van->turn, 0, __ATOMIC_RELEASE);
}

static bool
lost(void)
{
	return van_chance != NULL &&
	       random_below(van_chance, 200) < the_van->lost;
}

/* On the way there; then it is locked. */
static enum rc
begin(struct error *e)
{
	die();
	if (the_van->down == VAN_DOWN || lost())
		return error_set(e, RC_IO, "lost on the way there");
	enter();
	return RC_OK;
}

/* On the way back. */
static enum rc
end(enum rc rc, struct error *e)
{
	leave();
	die();
	if (the_van->down == VAN_DEAF || lost())
		return error_set(e, RC_IO, "lost on the way back");
	return rc == RC_NOTFOUND ? error_set(e, rc, "no such booking") : rc;
}

static struct van_booking *
booking_of(const char *key)
{
	for (size_t i = 0; i < the_van->nbookings; i++)
		if (strcmp(the_van->bookings[i].key, key) == 0)
			return &the_van->bookings[i];
	return NULL;
}

static void
tell(struct van_booking *k, enum courier_state state)
{
	struct van_event *ev = &the_van->events[the_van->nevents++];

	if (the_van->nevents == VAN_EVENTS)
		abort();
	k->state = state;
	ev->booking = (size_t)(k - the_van->bookings);
	ev->state = state;
	ev->at = the_van->now;
}

void
van_move(const char *key, enum courier_state state)
{
	struct van_booking *k;

	enter();
	k = booking_of(key);
	if (k != NULL)
		tell(k, state);
	else
		the_van->wrong++;
	leave();
}

int
van_booked(const char *key)
{
	int n = 0;

	enter();
	for (size_t i = 0; i < the_van->nbookings; i++)
		n += strcmp(the_van->bookings[i].key, key) == 0 &&
		     the_van->bookings[i].state != COURIER_CANCELLED;
	leave();
	return n;
}

/*** Calls ***/

static enum rc
prepare(const struct courier *c, const struct courier_job *job, const char *key,
    struct buf *path, struct buf *request, struct error *e)
{
	(void)c;
	(void)e;
	buf_puts(path, key);
	buf_printf(request, "%s %" PRId64 " %s", job->reference,
	    job->ready_from, job->to.town);
	return RC_OK;
}

static struct van_booking *
book(const char *key, const char *request)
{
	struct van_booking *k = &the_van->bookings[the_van->nbookings++];

	if (the_van->nbookings == VAN_BOOKINGS)
		abort();
	text_copy(k->key, sizeof(k->key), key);
	text_copy(k->request, sizeof(k->request), request);
	text_copy(k->reference, sizeof(k->reference), request);
	k->reference[strcspn(k->reference, " ")] = '\0';
	tell(k, COURIER_BOOKED);
	return k;
}

static void
number_of(const struct van_booking *k, char *out, size_t size)
{
	(void)snprintf(out, size, "FD%zu", (size_t)(k - the_van->bookings) + 1);
}

static enum rc
send_it(const struct courier *c, const char *path, const void *request,
    size_t n, struct courier_reply *reply, struct error *e)
{
	struct van_booking *k;
	enum rc rc = begin(e);

	(void)c;
	if (rc != RC_OK)
		return rc;
	k = booking_of(path);
	if (k == NULL)
		k = book(path, request);
	else if (strlen(k->request) != n || memcmp(k->request, request, n) != 0)
		the_van->wrong++; /* other bytes under one key */
	reply->status = 201;
	buf_printf(&reply->body, "%zu", (size_t)(k - the_van->bookings));
	return end(RC_OK, e);
}

static void
fill(const struct van_booking *k, struct courier_answer *out)
{
	out->news = COURIER_DONE;
	text_copy(out->key, sizeof(out->key), k->key);
	text_copy(out->reference, sizeof(out->reference), k->reference);
	number_of(k, out->tracking, sizeof(out->tracking));
	out->state = k->state;
	text_copy(out->currency, sizeof(out->currency), "GBP");
	out->price = 395;
}

static enum rc
read_it(const struct courier *c, const struct courier_reply *reply,
    struct courier_answer *out, struct error *e)
{
	int64_t at;

	(void)c;
	if (num_parse(buf_str(&reply->body), 0, VAN_BOOKINGS, &at) != RC_OK)
		return error_set(e, RC_INVALID, "no booking");
	fill(&the_van->bookings[at], out);
	return RC_OK;
}

static enum rc
look(const struct courier *c, const char *key, struct courier_answer *out,
    struct error *e)
{
	struct van_booking *k;
	enum rc rc = begin(e);

	(void)c;
	if (rc != RC_OK)
		return rc;
	k = booking_of(key);
	if (k != NULL)
		fill(k, out);
	return end(k != NULL ? RC_OK : RC_NOTFOUND, e);
}

static enum rc
cancel(const struct courier *c, const char *key, struct courier_answer *out,
    struct error *e)
{
	struct van_booking *k;
	enum rc rc = begin(e);

	(void)c;
	if (rc != RC_OK)
		return rc;
	k = booking_of(key);
	if (k != NULL && k->state == COURIER_BOOKED)
		tell(k, COURIER_CANCELLED);
	if (k != NULL)
		fill(k, out);
	if (k != NULL && k->state != COURIER_CANCELLED) {
		out->news = COURIER_REFUSED;
		text_copy(out->fault.code, sizeof(out->fault.code),
		    "ALREADY_COLLECTED");
	}
	return end(k != NULL ? RC_OK : RC_NOTFOUND, e);
}

static enum rc
put_event(size_t i, courier_put *put, void *ctx, struct error *e)
{
	const struct van_event *ev = &the_van->events[i];
	const struct van_booking *k = &the_van->bookings[ev->booking];
	struct courier_event out = { .id = (int64_t)i + 1,
		.state = ev->state,
		.occurred_at = ev->at,
		.recorded_at = ev->at };

	number_of(k, out.tracking, sizeof(out.tracking));
	text_copy(out.reference, sizeof(out.reference), k->reference);
	text_copy(out.word, sizeof(out.word), courier_state_name(ev->state));
	return put(ctx, &out, e);
}

static enum rc
events(const struct courier *c, const char *cursor, courier_put *put, void *ctx,
    struct courier_page *page, struct error *e)
{
	int64_t from = 0;
	enum rc rc = begin(e);
	size_t i;

	(void)c;
	if (rc != RC_OK)
		return rc;
	if (cursor[0] != '\0' &&
	    num_parse(cursor, 0, VAN_EVENTS, &from) != RC_OK)
		the_van->wrong++;
	for (i = (size_t)from;
	     i < the_van->nevents && rc == RC_OK && i < (size_t)from + PAGE;
	     i++)
		rc = put_event(i, put, ctx, e);
	page->news = COURIER_DONE;
	page->more = i < the_van->nevents;
	(void)snprintf(page->next, sizeof(page->next), "%zu", i);
	return end(rc, e);
}

static enum rc
shipment(const struct courier *c, const char *tracking, courier_put *put,
    void *ctx, struct courier_answer *out, struct error *e)
{
	char number[COURIER_NAME_SIZE];
	enum rc rc = begin(e);

	(void)c;
	(void)out;
	for (size_t i = 0; i < the_van->nevents && rc == RC_OK; i++) {
		number_of(&the_van->bookings[the_van->events[i].booking],
		    number, sizeof(number));
		if (strcmp(number, tracking) == 0)
			rc = put_event(i, put, ctx, e);
	}
	return end(rc, e);
}

const struct courier van = { .name = "van",
	.key_seconds = 30 * INT64_C(86400),
	.prepare = prepare,
	.send = send_it,
	.read = read_it,
	.look = look,
	.cancel = cancel,
	.events = events,
	.shipment = shipment };
