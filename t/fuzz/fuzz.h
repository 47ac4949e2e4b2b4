/*
 * Fuzz drivers: one program t/fuzz-NAME for each parser, made of t/fuzz/NAME.c,
 * with what it is fed first in t/fuzz/corpus/NAME/.
 *
 * As a plain test the program replays each file of the corpus and a few hundred
 * mutations of it; arguments name other files to replay.  With clang and
 * ./configure --enable-fuzzing it is a libFuzzer program:
 *
 *	t/fuzz-conf -max_total_time=600 ../../t/fuzz/corpus/conf
 *
 * A driver checks with assert what must hold for any input.
 */
#ifndef T_FUZZ_FUZZ_H
#define T_FUZZ_FUZZ_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
