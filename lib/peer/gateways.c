#include "config.h"

#include <string.h>

#include "peer/gateways.h"

#define KIND(name, paid, witness, tells) &gateway_kind_##name,
static const struct gateway_kind *const kinds[] = { GATEWAYS(KIND) };

const struct gateway_kind *
gateways_at(size_t i)
{
	return i < GATEWAY_KINDS ? kinds[i] : NULL;
}

const struct gateway_kind *
gateways_find(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < GATEWAY_KINDS; i++)
		if (kinds[i]->configured(s) &&
		    (name == NULL || strcmp(kinds[i]->name, name) == 0))
			return kinds[i];
	return NULL;
}
