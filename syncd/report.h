/*
 * What syncd tells an administrator on standard output.
 */
#ifndef SYNCD_REPORT_H
#define SYNCD_REPORT_H

#include "base/settings.h"
#include "syncd/status.h"

/* syncd -n: look at everything, change nothing, say what is there and what is
 * missing.  The reason of a failure goes to e. */
enum status report_check(const struct settings *s, struct error *e);

/* syncd --status: what the sales database says about the mirror. */
enum report_form { REPORT_TEXT, REPORT_JSON, REPORT_PROMETHEUS };
enum status report_status(
    const struct settings *s, enum report_form form, struct error *e);

#endif
