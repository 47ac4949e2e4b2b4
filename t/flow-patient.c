/*
 * A gateway that hangs is not asked for each order of a pass.
 */
#include "config.h"

#include "base/clock.h"
#include "flow/patient.h"
#include "t/tap.h"

struct slow {
	int64_t ms;
	enum rc rc;
	int asked;
};

static enum rc
ask(const struct gateway *g, struct error *e)
{
	struct slow *s = g->ctx;

	s->asked++;
	if (s->ms > 0)
		clock_sleep_ms(s->ms);
	return s->rc == RC_OK ? RC_OK : error_set(e, s->rc, "it hangs");
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	(void)job;
	(void)out;
	return ask(g, e);
}

static enum rc
send_it(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	(void)path;
	(void)key;
	(void)request;
	(void)n;
	(void)reply;
	return ask(g, e);
}

static enum rc
try(const struct gateway *g, bool call, struct error *e)
{
	error_clear(e);
	return call ? g->send(g, "/", "key", "", 0, NULL, e)
		    : g->look(g, NULL, NULL, e);
}

static void
who_hung_is_left_alone(void)
{
	struct slow s = { 1050, RC_IO, 0 };
	struct patient p = { .inner = { .name = "slow",
				 .key_seconds = 7,
				 .ctx = &s,
				 .send = send_it,
				 .look = look } };
	struct error e = ERROR_NONE;
	struct gateway g;
	int64_t began;

	patient_gateway(&p, &g);
	is_str(g.name, "slow", "it is the same gateway");
	is_int(g.key_seconds, 7, "with the same keys");
	is_int(try(&g, true, &e), RC_IO, "it hangs");
	began = clock_mono_ms();
	is_int(try(&g, true, &e), RC_IO, "not asked again");
	is_int(try(&g, false, &e), RC_IO, "nor looked at");
	is_str(e.text, "it hangs", "and why");
	is_int(s.asked, 1, "asked once");
	ok(clock_mono_ms() - began < 500, "at once");
	p.patience.until = 0; /* later */
	s.rc = RC_OK;
	is_int(try(&g, true, &e), RC_OK, "then it answers");
	is_int(try(&g, false, &e), RC_OK, "and is asked again");
}

static void
who_fails_at_once_is_asked_again(void)
{
	struct slow s = { 0, RC_IO, 0 };
	struct patient p = { .inner = {
				 .ctx = &s, .send = send_it, .look = look } };
	struct error e = ERROR_NONE;
	struct gateway g;

	patient_gateway(&p, &g);
	is_int(try(&g, true, &e), RC_IO, "refused");
	is_int(try(&g, true, &e), RC_IO, "refused again");
	is_int(s.asked, 2, "asked each time");
}

int
main(void)
{
	RUN(who_hung_is_left_alone);
	RUN(who_fails_at_once_is_asked_again);
	return tap_done();
}
