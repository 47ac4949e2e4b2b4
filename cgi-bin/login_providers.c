#include "config.h"

#include "cgi-bin/login.h"

void
login_buttons(struct page *p, const struct where *to, const char *verb)
{
	(void)p;
	(void)to;
	(void)verb;
}
