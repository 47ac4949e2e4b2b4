/*
 * Makes one call of a database library fail.  The program is linked with
 * LDFLAGS_FAULT: SQLite's calls are wrapped one by one, libmariadb's through
 * dlsym, by which lib/db finds them.
 */
#ifndef T_FAULT_H
#define T_FAULT_H

#include <stdbool.h>

/* The nth call from now fails with the library's error code, without being
 * made or, with after, although it was made.  0: none fails, all count. */
void fault_at(int n, int code, bool after);

/* SIGKILL to this process after the nth call from now that reaches the database:
 * a step of SQLite, a round trip of libmariadb. */
void fault_kill_after(int n);

/* The call that failed since fault_at, by its name or, for those that take plain
 * SQL, by that; NULL for none. */
const char *fault_in(void);

/* The COMMIT sent next to a MariaDB server is preceded by hook(ctx). */
void fault_before_commit(void (*hook)(void *ctx), void *ctx);

#endif
