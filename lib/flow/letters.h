/*
 * The letters of orders, for the flow of a program that writes them: a program
 * that has no struct flow_letters does not link GMime either, and leaves them
 * to lifecycle.
 *
 *	wiring_flow(w)->letters = &flow_letters;
 */
#ifndef FLOW_LETTERS_H
#define FLOW_LETTERS_H

#include "flow/flow.h"

extern const struct flow_letters flow_letters;

/* Name and address as on a parcel: borrowed lines, some of them "".  Returns
 * LETTERS_ADDRESS. */
#define LETTERS_ADDRESS 7
size_t letters_address(
    const struct address *a, const char *lines[LETTERS_ADDRESS]);

#endif
