/*
 * What goes together in a configuration; for settings.c only.
 */
#ifndef BASE_SETTINGS_CHECK_H
#define BASE_SETTINGS_CHECK_H

#include "base/settings.h"

#define STRIPE_BASE "https://api.stripe.com"
#define PAYPAL_BASE "https://api-m.paypal.com"
#define MAX_HOST 255 /* RFC 1035 section 2.3.4 */
#define MAX_PORT 65535

/* RC_INVALID names path and the key. */
enum rc settings_check(
    const struct settings *s, const char *path, struct error *e) CHECKED;

#endif
