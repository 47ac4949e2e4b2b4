/*
 * checkout-bench - checkouts as fast as they go, for t/bench/checkout.pl.
 *
 *	HATSHOP_CONF=shop.conf t/checkout-bench commits | checkouts | files
 *	    WRITERS SECONDS
 *
 * commits: units of one UPDATE of a row of the writer's own, with nothing else:
 * what the engine's durable commits cost.  checkouts: order_place, order_pay and
 * order_advance until the order is paid; the stock system is the one of the
 * configuration, its items' keys are BENCH-1, BENCH-2 and so on; the gateway is in here:
 * it agrees to everything at once.  files: fdatasync of a file that grows, in
 * the folder of the SQLite file.  Prints what was done, the seconds, units of
 * the sales database, and the median and 95th percentile of one in microseconds.
 */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "flow/wiring.h"
#include "shop/basket.h"
#include "shop/item.h"
#include "shop/payment.h"

#define WRITERS_MAX 64
#define TIMES_MAX 100000

struct writer {
	int64_t done, units;
	unsigned times[TIMES_MAX]; /* microseconds */
};

static struct writer *self; /* this process's, in shared memory */

enum rc __real_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;
enum rc __wrap_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

enum rc
__wrap_db_unit(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	if (self != NULL)
		self->units++;
	return __real_db_unit(db, fn, ctx, e);
}

/*** A gateway whose customers pay at once ***/

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	(void)g;
	(void)e;
	buf_printf(path, "/%s", gateway_action_name(action));
	buf_printf(request, "%" PRId64 " %s %s", job->amount, job->order,
	    job->attempt);
	return RC_OK;
}

static enum rc
send_it(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	(void)g;
	(void)path;
	(void)key;
	(void)e;
	reply->status = 200;
	reply->final = true;
	buf_put(&reply->body, request, n);
	return RC_OK;
}

static void
answer(struct gateway_answer *out, int64_t amount, const char *order, size_t n,
    const char *attempt)
{
	memset(out, 0, sizeof(*out));
	out->amount = amount;
	memcpy(out->currency, "GBP", 4);
	(void)snprintf(out->order, sizeof(out->order), "%.*s", (int)n, order);
	(void)snprintf(out->checkout_object, sizeof(out->checkout_object),
	    "c-%s", attempt);
	(void)snprintf(
	    out->payment_object, sizeof(out->payment_object), "p-%s", attempt);
	(void)snprintf(out->method, sizeof(out->method), "card ending 4242");
}

static enum rc
read_it(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	const char *s = buf_str(&reply->body), *order = strchr(s, ' ');
	int64_t amount;

	(void)g;
	if (order == NULL || num_parse_n(s, (size_t)(order - s), 0, LIMIT_MONEY,
				 &amount) != RC_OK)
		return error_set(e, RC_INVALID, "no answer of ours");
	order++;
	answer(out, amount, order, UID_SIZE - 1, strchr(order, ' ') + 1);
	out->news = NEWS_OPEN;
	(void)snprintf(out->page, sizeof(out->page), "https://pay.example/");
	if (action == GATEWAY_CAPTURE) {
		out->news = NEWS_CAPTURED;
		out->captured = amount;
	}
	return RC_OK;
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	(void)g;
	(void)e;
	answer(out, job->amount, job->order, strlen(job->order), job->attempt);
	out->news = NEWS_AUTHORISED;
	return RC_OK;
}

static const struct gateway at_once = { .name = "bench",
	.key_seconds = 86400,
	.prepare = prepare,
	.send = send_it,
	.read = read_it,
	.look = look };
static const struct gateway *const gateways[] = { &at_once };

/*** A writer ***/

struct seat {
	const struct settings *s;
	struct db *db;
	struct flow flow;
	struct wiring *wiring;
	int64_t n; /* 1 and up: the customer's id */
	struct order_wish wish;
	char checkout[UID_SIZE];
	int64_t order; /* the last one */
};

static char country[] = "GB", name[] = "Ann", empty[] = "",
	    line1[] = "1 Hat Row", town[] = "Leeds", postcode[] = "LS1 4AP";
static const struct address home = { .country = country,
	.name = name,
	.line1 = line1,
	.line2 = empty,
	.town = town,
	.region = empty,
	.postcode = postcode,
	.phone = empty };

static enum rc
take_seat(struct seat *seat, struct error *e)
{
	char key[20], token[TOKEN_SIZE];
	enum basket_outcome outcome;
	struct item it = { 0 };
	int64_t left;
	enum rc rc;

	rc = db_open(seat->s, DB_WRITE, &seat->db, e);
	if (rc == RC_OK)
		rc = wiring_open(seat->s, seat->db, &seat->wiring, e);
	if (rc != RC_OK)
		return rc;
	seat->flow = *wiring_flow(seat->wiring);
	seat->flow.gateways = gateways;
	seat->flow.ngateways = 1;
	(void)snprintf(key, sizeof(key), "BENCH-%" PRId64, seat->n);
	rc = item_by_key(seat->db, key, &it, e);
	if (rc == RC_OK)
		rc = basket_new(seat->db, token, &seat->wish.basket, e);
	if (rc == RC_OK)
		rc = basket_add(
		    seat->db, seat->wish.basket, it.id, 1, &outcome, &left, e);
	seat->wish.checkout = seat->checkout;
	seat->wish.customer = seat->n;
	seat->wish.currency = "GBP";
	seat->wish.tax_rate = 2000;
	seat->wish.delivery = 395;
	seat->wish.delivery_option = "Standard";
	seat->wish.terms = "abc";
	seat->wish.shown_total = it.price + seat->wish.delivery;
	seat->wish.to = &home;
	seat->wish.email = "ann@hats.example";
	seat->wish.hold_seconds = 1800;
	item_release(&it);
	return rc;
}

static enum rc
place(struct seat *seat, struct error *e)
{
	struct order_placed placed;
	enum rc rc;

	rc = uid_random(seat->checkout, e);
	if (rc == RC_OK)
		rc =
		    order_place(seat->db, &seat->wish, clock_now(), &placed, e);
	if (rc == RC_OK && placed.outcome != ORDER_PLACED)
		rc = error_set(e, RC_INVALID, "not placed: outcome %d",
		    (int)placed.outcome);
	seat->order = placed.order;
	return rc;
}

static enum rc
checkout(struct seat *seat, struct error *e)
{
	struct order o;
	enum rc rc;

	rc = place(seat, e);
	if (rc == RC_OK)
		rc = order_pay(&seat->flow, seat->order, "bench", e);
	if (rc == RC_OK)
		rc = order_advance(&seat->flow, seat->order, e);
	if (rc == RC_OK)
		rc = order_load(seat->db, seat->order, &o, e);
	if (rc != RC_OK)
		return rc;
	if (o.state != ORDER_PAID)
		rc = error_set(e, RC_INVALID, "an order is %s, not paid",
		    order_state_name(o.state));
	order_release(&o);
	return rc;
}

static enum rc
touch(struct db *db, void *ctx, struct error *e)
{
	const struct seat *seat = ctx;

	return order_again_at(db, seat->order, clock_now() + 1000000, e);
}

static enum rc
commit(struct seat *seat, struct error *e)
{
	return db_unit(seat->db, touch, seat, e);
}

static int64_t
micros(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Until it is over; the first one warms up. */
static enum rc
repeat(struct seat *seat, enum rc (*fn)(struct seat *, struct error *),
    int64_t until, struct error *e)
{
	int64_t began;
	enum rc rc = fn(seat, e);

	self->done = self->units = 0;
	while (rc == RC_OK && (began = micros()) < until) {
		rc = fn(seat, e);
		if (self->done < TIMES_MAX)
			self->times[self->done] = (unsigned)(micros() - began);
		self->done++;
	}
	return rc;
}

static enum rc
sync_files(struct seat *seat, int64_t until, struct error *e)
{
	char path[1000];
	int64_t began;
	enum rc rc = RC_OK;
	int fd;

	(void)snprintf(
	    path, sizeof(path), "%s.sync%" PRId64, seat->s->db_file, seat->n);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(e, RC_IO, "could not make \"%s\"", path);
	while (rc == RC_OK && (began = micros()) < until) {
		if (write(fd, path, sizeof(path)) != (ssize_t)sizeof(path) ||
		    fdatasync(fd) != 0)
			rc = error_errno(e, RC_IO, "could not write");
		if (self->done < TIMES_MAX)
			self->times[self->done] = (unsigned)(micros() - began);
		self->done++;
	}
	(void)close(fd);
	(void)unlink(path);
	return rc;
}

static int
work(const struct settings *s, const char *what, int64_t n, int64_t until)
{
	struct seat seat = { .s = s, .n = n };
	struct error e = ERROR_NONE;
	enum rc rc;

	if (strcmp(what, "files") == 0) {
		rc = sync_files(&seat, until, &e);
	} else {
		rc = take_seat(&seat, &e);
		if (rc == RC_OK)
			rc = checkout(&seat, &e);
		if (rc == RC_OK)
			rc = repeat(&seat,
			    strcmp(what, "commits") == 0 ? commit : checkout,
			    until, &e);
		wiring_close(seat.wiring);
		db_close(seat.db);
	}
	if (rc != RC_OK)
		fprintf(
		    stderr, "checkout-bench: %s: %s\n", rc_name(rc), e.text);
	return rc != RC_OK;
}

/*** All of them ***/

static int
by_time(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static void
tell(struct writer *w, int64_t n, double seconds)
{
	int64_t done = 0, units = 0;
	unsigned *all = calloc((size_t)n * TIMES_MAX, sizeof(*all));
	size_t k = 0;

	for (int64_t i = 0; i < n; i++) {
		done += w[i].done;
		units += w[i].units;
		for (int64_t t = 0; t < w[i].done && t < TIMES_MAX; t++)
			if (all != NULL)
				all[k++] = w[i].times[t];
	}
	if (all != NULL)
		qsort(all, k, sizeof(*all), by_time);
	printf("%" PRId64 " %.3f %" PRId64 " %u %u\n", done, seconds, units,
	    k > 0 ? all[k / 2] : 0, k > 0 ? all[k * 95 / 100] : 0);
	free(all);
}

static int
run(const struct settings *s, const char *what, int64_t writers, int64_t secs)
{
	struct writer *w = mmap(NULL, (size_t)writers * sizeof(*w),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t began = micros();
	int status, bad = 0;

	if (w == MAP_FAILED)
		return 1;
	for (int64_t i = 0; i < writers; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			self = &w[i];
			_exit(work(s, what, i + 1, began + secs * 1000000));
		}
		bad |= pid < 0;
	}
	while (wait(&status) > 0)
		bad |= status != 0;
	tell(w, writers, (double)(micros() - began) / 1e6);
	return bad;
}

int
main(int argc, char **argv)
{
	struct error e = ERROR_NONE;
	struct settings s;
	int64_t writers, seconds;
	int bad;

	if (argc != 4 ||
	    num_parse(argv[2], 1, WRITERS_MAX, &writers) != RC_OK ||
	    num_parse(argv[3], 1, 600, &seconds) != RC_OK) {
		fputs("usage: see the source\n", stderr);
		return 2;
	}
	if (settings_load(&s, NULL, &e) != RC_OK) {
		fprintf(stderr, "checkout-bench: %s\n", e.text);
		return 1;
	}
	bad = run(&s, argv[1], writers, seconds);
	settings_release(&s);
	return bad;
}
