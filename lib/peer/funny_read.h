/*
 * Funny Deliveries' documents, understood.  RC_INVALID: not one of the kind, or
 * not valid; RC_DENIED: with a document type; RC_TOOBIG; RC_NOMEM.
 */
#ifndef PEER_FUNNY_READ_H
#define PEER_FUNNY_READ_H

#include "peer/courier.h"

enum rc funny_booking(const void *bytes, size_t n, struct courier_answer *out,
    struct error *e) CHECKED;

/* Code, field, message, request and retryable of an <Error>; the rest of *out
 * stays. */
enum rc funny_fault(const void *bytes, size_t n, struct courier_fault *out,
    struct error *e) CHECKED;

enum rc funny_events(const void *bytes, size_t n, courier_put *put, void *ctx,
    struct courier_page *page, struct error *e) CHECKED;

enum rc funny_shipment(const void *bytes, size_t n, courier_put *put, void *ctx,
    struct courier_answer *out, struct error *e) CHECKED;

enum rc funny_event(const void *bytes, size_t n, struct courier_event *out,
    struct error *e) CHECKED;

#endif
