#include "config.h"

#include "base/clock.h"
#include "flow/patient.h"

#define HUNG_MS 1000
#define ALONE_MS 3000

bool
patience_lost(const struct patience *p, struct error *e)
{
	if (clock_mono_ms() >= p->until)
		return false;
	(void)error_set(e, RC_IO, "%s", p->why.text);
	return true;
}

enum rc
patience_kept(
    struct patience *p, int64_t began, enum rc rc, const struct error *e)
{
	int64_t now = clock_mono_ms();

	if (rc == RC_IO && now - began >= HUNG_MS) {
		p->why = *e;
		p->until = now + ALONE_MS;
	}
	return rc;
}

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	const struct patient *p = g->ctx;

	return p->inner.prepare(&p->inner, action, job, path, request, e);
}

static enum rc
send_it(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	struct patient *p = g->ctx;
	int64_t began = clock_mono_ms();

	if (patience_lost(&p->patience, e))
		return RC_IO;
	return patience_kept(&p->patience, began,
	    p->inner.send(&p->inner, path, key, request, n, reply, e), e);
}

static enum rc
read_it(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	const struct patient *p = g->ctx;

	return p->inner.read(&p->inner, action, reply, out, e);
}

typedef enum rc looks(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e);

static enum rc
look_by(struct patient *p, looks *fn, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	int64_t began = clock_mono_ms();

	if (patience_lost(&p->patience, e))
		return RC_IO;
	return patience_kept(
	    &p->patience, began, fn(&p->inner, job, out, e), e);
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	struct patient *p = g->ctx;

	return look_by(p, p->inner.look, job, out, e);
}

static enum rc
look_refund(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	struct patient *p = g->ctx;

	return look_by(p, p->inner.look_refund, job, out, e);
}

static enum rc
look_dispute(const struct gateway *g, const char *object,
    struct gateway_dispute *out, struct error *e)
{
	struct patient *p = g->ctx;
	int64_t began = clock_mono_ms();

	if (patience_lost(&p->patience, e))
		return RC_IO;
	return patience_kept(&p->patience, began,
	    p->inner.look_dispute(&p->inner, object, out, e), e);
}

static enum rc
ledger(const struct gateway *g, int64_t since, gateway_put *put, void *ctx,
    struct error *e)
{
	const struct patient *p = g->ctx;

	return p->inner.ledger(&p->inner, since, put, ctx, e);
}

void
patient_gateway(struct patient *p, struct gateway *out)
{
	*out = p->inner;
	out->ctx = p;
	out->prepare = prepare;
	out->send = send_it;
	out->read = read_it;
	out->look = look;
	if (out->look_refund != NULL)
		out->look_refund = look_refund;
	if (out->look_dispute != NULL)
		out->look_dispute = look_dispute;
	if (out->ledger != NULL)
		out->ledger = ledger;
}
