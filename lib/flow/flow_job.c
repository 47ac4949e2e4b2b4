/* What a gateway is told of an attempt. */
#include "config.h"

#include <string.h>

#include "flow/flow_impl.h"

void
flow_job(const struct attempt *a, struct gateway_job *job, struct buf *ret,
    struct buf *cancel)
{
	const struct order *o = &a->r->o;
	const char *shop = a->r->f->settings->shop_url;

	memset(job, 0, sizeof(*job));
	buf_printf(ret, "%s/checkout/return/%s", shop, o->uid);
	buf_printf(cancel, "%s/checkout/cancel/%s", shop, o->uid);
	job->order = o->uid;
	job->attempt = a->p->uid;
	job->amount = a->p->amount;
	job->currency = a->p->currency;
	job->email = o->email;
	job->return_url = buf_str(ret);
	job->cancel_url = buf_str(cancel);
	job->delivery_name = o->delivery_option;
	job->delivery = o->delivery;
	job->to = (struct gateway_place){ o->to.name, o->to.line1, o->to.line2,
		o->to.town, o->to.region, o->to.postcode, o->to.country };
	job->expires_at = a->p->expires_at;
	job->checkout_object = a->p->checkout_object;
	job->payment_object = a->p->payment_object;
	for (; job->n < o->n && job->n < GATEWAY_LINES; job->n++)
		job->lines[job->n] = (struct gateway_line){
			o->lines[job->n].name,
			o->lines[job->n].qty,
			o->lines[job->n].price,
		};
}
