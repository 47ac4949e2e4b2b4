#include "config.h"

#include "syncd/status.h"

enum status
status_of(enum fault fault, enum rc rc)
{
	switch (fault) {
	case FAULT_AWAY:
		return STATUS_AWAY;
	case FAULT_PASSWORD:
		return STATUS_PASSWORD;
	case FAULT_TLS:
		return STATUS_TLS;
	case FAULT_GRANT:
		return STATUS_GRANT;
	case FAULT_MAPPING:
		return STATUS_MAPPING;
	case FAULT_ENGINE:
		return STATUS_ENGINE;
	case FAULT_BUSY:
	case FAULT_TWICE:
	case FAULT_OTHER:
		return STATUS_FAILED;
	case FAULT_NONE:
		break;
	}
	if (rc == RC_OK)
		return STATUS_OK;
	return rc == RC_NOMEM ? STATUS_FAILED : STATUS_SALES;
}
