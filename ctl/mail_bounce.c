#include "config.h"

#include "ctl/mail.h"

enum rc
mail_bounce(struct mail_task *t, struct error *e)
{
	(void)t;
	return error_set(e, RC_INVALID, "not yet");
}
