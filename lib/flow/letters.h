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

#endif
