/*
 * How syncd leaves; syncd(8) lists the same numbers.
 */
#ifndef SYNCD_STATUS_H
#define SYNCD_STATUS_H

#include "base/error.h"
#include "stock/link.h"

enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,      /* options or configuration */
	STATUS_AWAY = 3,       /* stock system unreachable */
	STATUS_PASSWORD = 4,   /* it refused name, password or host */
	STATUS_TLS = 5,        /* no verified TLS */
	STATUS_GRANT = 6,      /* a grant is missing */
	STATUS_MAPPING = 7,    /* a mapped table or column is not there */
	STATUS_ENGINE = 8,     /* no transactions or unique key for a sale */
	STATUS_SALES = 9,      /* the sales database */
	STATUS_UNHEALTHY = 10, /* --status: the mirror does not follow */
	STATUS_STANDBY = 11,   /* -1: another syncd has the lease */
	STATUS_SCHEMA = 12,    /* -n: our own schema is not there */
	STATUS_LOG = 13,       /* -n: stock.mode = binlog cannot be had */
};

/* For a failure: fault is the stock system's share in it. */
enum status status_of(enum fault fault, enum rc rc);

#endif
