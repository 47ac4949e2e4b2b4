#include "config.h"

#include <string.h>

#include "peer/ears.h"

#define EAR_SILENT(name)
#define EAR_TELLS(name) &gateway_ear_##name,
#define EAR(name, paid, witness, tells) EAR_##tells(name)
static const struct gateway_ear *const ears[] = { GATEWAYS(EAR) NULL };

const struct gateway_ear *
ears_at(size_t i)
{
	return i < sizeof(ears) / sizeof(ears[0]) ? ears[i] : NULL;
}

const struct gateway_ear *
ears_find(const char *name)
{
	for (size_t i = 0; ears[i] != NULL; i++)
		if (strcmp(ears[i]->name, name) == 0)
			return ears[i];
	return NULL;
}

void
ears_mean(struct gateway_event *ev, const struct ear_meaning *each, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(each[i].type, ev->type) != 0)
			continue;
		ev->errand = each[i].errand;
		ev->kind = each[i].kind;
	}
}
