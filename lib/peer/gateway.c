#include "config.h"

#include "peer/gateway.h"

static const char *const names[] = {
	[GATEWAY_CREATE] = "create",
	[GATEWAY_AUTHORISE] = "authorise",
	[GATEWAY_CAPTURE] = "capture",
	[GATEWAY_VOID] = "void",
	[GATEWAY_EXPIRE] = "expire",
	[GATEWAY_REFUND] = "refund",
};

_Static_assert(
    sizeof(names) / sizeof(names[0]) == GATEWAY_ACTIONS, "a name each");

const char *
gateway_action_name(enum gateway_action action)
{
	return names[action];
}
