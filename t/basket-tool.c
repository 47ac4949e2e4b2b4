/*
 * basket-tool CONF: orders as fast as they go, for t/baskets.t, with what each
 * gateway is sent, what the database has and what the customer reads.  A line on
 * standard input:
 *
 *	buy GATEWAY COUNTRY RATE OPTION DELIVERY TOTAL
 *		what is in the basket of customer 1
 *	refund NAME AMOUNT
 *		of the order before
 *	plant WHAT
 *		"line", "letter" or "refund" is a penny off from now on; "" is not
 *
 * Each is answered by lines "NAME BYTES", each followed by so many bytes, and
 * "end 0" at last.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"
#include "flow/letters.h"
#include "flow/wiring.h"
#include "peer/paypal.h"
#include "peer/stripe.h"
#include "shop/basket.h"
#include "shop/payment.h"

static struct {
	char plant[20];
	int64_t amount, refund; /* of the last call */
	char order[UID_SIZE], currency[4], gateway[17];
	int64_t id;
} now;

static void
say(const char *name, const char *bytes, size_t n)
{
	(void)printf("%s %zu\n", name, n);
	(void)fwrite(bytes, 1, n, stdout);
}

static bool
planted(const char *what)
{
	return strcmp(now.plant, what) == 0;
}

/*** Gateways that believe all; what they are sent is the real ones' ***/

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	const struct gateway *real = g->ctx;
	struct gateway_job j = *job;
	enum rc rc;

	if (planted("line"))
		j.lines[j.n - 1].price++;
	if (planted("refund"))
		j.refund_amount--;
	rc = real->prepare(real, action, &j, path, request, e);
	now.amount = job->amount;
	now.refund = job->refund_amount;
	text_copy(now.order, sizeof(now.order), job->order);
	if (rc == RC_OK)
		say(gateway_action_name(action), buf_str(request),
		    request->len);
	return rc;
}

static enum rc
send_it(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	(void)g;
	(void)path;
	(void)key;
	(void)request;
	(void)n;
	(void)e;
	reply->status = 200;
	reply->final = true;
	return RC_OK;
}

static void
fill(struct gateway_answer *out, enum gateway_news news)
{
	memset(out, 0, sizeof(*out));
	out->news = news;
	out->amount = now.amount;
	out->captured = news == NEWS_CAPTURED ? now.amount : 0;
	text_copy(out->currency, sizeof(out->currency), now.currency);
	text_copy(out->order, sizeof(out->order), now.order);
	text_copy(out->checkout_object, sizeof(out->checkout_object), "cs_1");
	text_copy(out->payment_object, sizeof(out->payment_object), "pi_1");
	text_copy(out->refund_object, sizeof(out->refund_object), "re_1");
	text_copy(out->page, sizeof(out->page), "https://pay.example/");
}

static enum rc
read_it(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	(void)g;
	(void)reply;
	(void)e;
	fill(out, NEWS_OPEN);
	if (action == GATEWAY_CAPTURE)
		fill(out, NEWS_CAPTURED);
	if (action == GATEWAY_REFUND) {
		fill(out, NEWS_REFUNDED);
		out->amount = now.refund;
	}
	return RC_OK;
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	(void)g;
	(void)job;
	(void)e;
	fill(out, NEWS_AUTHORISED);
	return RC_OK;
}

/* A refund is found when it was made, and it is made but once here. */
static enum rc
look_refund(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	(void)g;
	if (job->refund_object[0] == '\0')
		return error_set(e, RC_NOTFOUND, "no such refund");
	fill(out, NEWS_REFUNDED);
	out->amount = job->refund_amount;
	return RC_OK;
}

/*** A stock system that has all ***/

static enum rc
take(void *ctx, const char *attempt, const struct master_line *lines, size_t n,
    enum master_answer *answer, struct master_short *why, struct error *e)
{
	(void)ctx;
	(void)attempt;
	(void)lines;
	(void)n;
	(void)why;
	(void)e;
	*answer = MASTER_TAKEN;
	return RC_OK;
}

static enum rc
refuse(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct error *e)
{
	return take(ctx, attempt, lines, n, answer, NULL, e);
}

static enum rc
give_back(void *ctx, const char *give_back, const char *attempt,
    const struct master_line *lines, size_t n, struct error *e)
{
	enum master_answer any;

	(void)give_back;
	return take(ctx, attempt, lines, n, &any, NULL, e);
}

/*** Letters ***/

static enum rc
confirm(const struct settings *s, const struct order *o, const char *method,
    struct buf *out, struct error *e)
{
	struct order other = *o;
	enum rc rc;

	if (planted("letter"))
		other.tax++;
	rc = flow_letters.order(s, &other, method, out, e);
	if (rc == RC_OK)
		say("letter", buf_str(out), out->len);
	return rc;
}

static enum rc
back(const struct settings *s, const struct order *o, const char *uid,
    const struct refund *f, const char *method, struct buf *out,
    struct error *e)
{
	enum rc rc = flow_letters.refund(s, o, uid, f, method, out, e);

	if (rc == RC_OK)
		say("refund-letter", buf_str(out), out->len);
	return rc;
}

/*** What is asked for ***/

struct tool {
	const struct settings *settings;
	struct db *db;
	struct flow flow;
};

static enum rc
show(const struct tool *t, struct error *e)
{
	struct order o = { 0 };
	struct buf b;
	enum rc rc = order_load(t->db, now.id, &o, e);

	buf_init(&b, LIMIT_TEXT);
	buf_printf(&b,
	    "%d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
	    " %" PRId64 " %s\n",
	    (int)o.state, o.goods, o.delivery, o.tax, o.total, o.captured,
	    o.refunded, o.currency);
	for (size_t i = 0; rc == RC_OK && i < o.n; i++)
		buf_printf(&b,
		    "%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
		    o.lines[i].key, o.lines[i].qty, o.lines[i].price,
		    o.lines[i].tax_rate, o.lines[i].tax);
	if (rc == RC_OK)
		rc = buf_rc(&b);
	if (rc == RC_OK)
		say("order", buf_str(&b), b.len);
	buf_release(&b);
	order_release(&o);
	return rc;
}

static enum rc
place(struct tool *t, char **w, struct error *e)
{
	char who[] = "A", town[] = "Leeds", empty[] = "", checkout[UID_SIZE];
	struct address to = { .country = w[1],
		.name = who,
		.line1 = who,
		.line2 = empty,
		.town = town,
		.region = empty,
		.postcode = empty,
		.phone = empty };
	struct order_wish wish = { .checkout = checkout,
		.customer = 1,
		.currency = t->settings->shop_currency,
		.delivery_option = w[3],
		.terms = "terms",
		.to = &to,
		.email = "a@b.example",
		.hold_seconds = 1800 };
	struct order_placed out = { .outcome = ORDER_EMPTY };
	enum rc rc;

	if (num_parse(w[2], 0, 10000, &wish.tax_rate) != RC_OK ||
	    num_parse(w[4], 0, LIMIT_MONEY, &wish.delivery) != RC_OK ||
	    num_parse(w[5], 0, INT64_MAX, &wish.shown_total) != RC_OK)
		return error_set(e, RC_INVALID, "not a number");
	rc = uid_random(checkout, e);
	if (rc == RC_OK)
		rc = basket_look_customer(t->db, 1, &wish.basket, e);
	if (rc == RC_OK)
		rc = order_place(t->db, &wish, clock_now(), &out, e);
	if (rc == RC_OK && out.outcome != ORDER_PLACED)
		rc = error_set(e, RC_INVALID, "outcome %d", (int)out.outcome);
	now.id = out.order;
	return rc;
}

static enum rc
buy(struct tool *t, char **w, struct error *e)
{
	enum rc rc = place(t, w, e);

	text_copy(
	    now.currency, sizeof(now.currency), t->settings->shop_currency);
	if (rc == RC_OK)
		rc = order_pay(&t->flow, now.id, w[0], e);
	if (rc == RC_OK)
		rc = order_advance(&t->flow, now.id, e);
	return rc == RC_OK ? show(t, e) : rc;
}

static enum rc
refund(struct tool *t, char **w, struct error *e)
{
	int64_t amount;
	enum rc rc = num_parse(w[1], 1, INT64_MAX, &amount);

	if (rc == RC_OK)
		rc = order_refund(
		    &t->flow, now.id, w[0], amount, "staff test", e);
	if (rc == RC_OK)
		rc = order_advance(&t->flow, now.id, e);
	return rc == RC_OK ? show(t, e) : rc;
}

static void
answer(struct tool *t, char **w, size_t n)
{
	struct error e = ERROR_NONE;
	enum rc rc = RC_INVALID;

	if (n == 7 && strcmp(w[0], "buy") == 0)
		rc = buy(t, w + 1, &e);
	else if (n == 3 && strcmp(w[0], "refund") == 0)
		rc = refund(t, w + 1, &e);
	else if (strcmp(w[0], "plant") == 0) {
		text_copy(now.plant, sizeof(now.plant), n > 1 ? w[1] : "");
		rc = RC_OK;
	}
	if (rc != RC_OK)
		say("failed", e.text, strlen(e.text));
	say("end", "", 0);
	(void)fflush(stdout);
}

static void
serve(struct tool *t)
{
	char line[500], *w[8], *rest, *word;
	size_t n;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		n = 0;
		rest = line;
		while (n < 8 && (word = strsep(&rest, " \n")) != NULL)
			if (word[0] != '\0')
				w[n++] = word;
		if (n > 0)
			answer(t, w, n);
	}
}

int
main(int argc, char **argv)
{
	static const struct flow_stock stock = { NULL, take, refuse,
		give_back };
	static const struct flow_letters letters = { .order = confirm,
		.refund = back };
	struct stripe st = { .base = "", .key = "" };
	struct paypal pp = { .base = "", .brand = "Funny Hats" };
	struct gateway real[2], fake[2];
	const struct gateway *const all[] = { &fake[0], &fake[1] };
	struct error e = ERROR_NONE;
	struct settings s;
	struct tool t = { .settings = &s };

	if (argc != 2 || settings_load(&s, argv[1], &e) != RC_OK ||
	    db_open(&s, DB_WRITE, &t.db, &e) != RC_OK) {
		(void)fprintf(stderr, "basket-tool: %s\n", e.text);
		return 1;
	}
	stripe_gateway(&st, &real[0]);
	paypal_gateway(&pp, &real[1]);
	for (size_t i = 0; i < 2; i++)
		fake[i] = (struct gateway){ .name = real[i].name,
			.key_seconds = 86400,
			.ctx = &real[i],
			.prepare = prepare,
			.send = send_it,
			.read = read_it,
			.look = look,
			.look_refund = look_refund };
	t.flow = (struct flow){ .settings = &s,
		.db = t.db,
		.stock = &stock,
		.gateways = all,
		.ngateways = 2,
		.letters = &letters,
		.holder = "0123456789abcdef0123456789abcdef" };
	serve(&t);
	db_close(t.db);
	settings_release(&s);
	return 0;
}
