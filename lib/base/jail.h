/*
 * Give up rights that a program does not need before it reads its first byte
 * from outside: no new privileges, no core dump (passwords), CPU seconds,
 * address space, and Landlock rules for files and TCP.
 *
 *	struct jail j = JAIL_NONE;
 *
 *	jail_path(&j, "/var/lib/hatshop", JAIL_WRITE);
 *	rc = jail_enter(&j, &e);
 *
 * Landlock is used as far as the running kernel has it (its ABI version is
 * probed, Linux 5.13 and later); on an older one the rest still holds.
 * What was opened before jail_enter stays usable, so connect, load plug-ins and
 * read certificates and the time zone first: afterwards even dlopen and
 * localtime find nothing.  Nothing can be executed any more; signals go to our
 * own children only (Linux 6.12).  Sockets in the file system are not
 * restricted.  Only the calling thread enters: no thread may exist yet.
 */
#ifndef BASE_JAIL_H
#define BASE_JAIL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum jail_right { JAIL_READ, JAIL_WRITE };

/* Whether ASan is built in.  Its shadow alone is terabytes of address space, and
 * its search for leaks reads /proc. */
#if defined(__SANITIZE_ADDRESS__)
#define JAIL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define JAIL_ASAN 1
#endif
#endif
#ifndef JAIL_ASAN
#define JAIL_ASAN 0
#endif

#define JAIL_PATHS 16
#define JAIL_PORTS 16

struct jail {
	size_t npaths, nports;
	struct {
		const char *path; /* borrowed */
		enum jail_right right;
	} paths[JAIL_PATHS];
	uint16_t ports[JAIL_PORTS]; /* TCP ports that may be connected to */
	int any_port;               /* all of them */
	int64_t cpu_seconds;  /* of the process, then SIGKILL; 0: no limit */
	int64_t memory_bytes; /* 0: no limit; ignored under ASan */
};

/* clang-format off */
#define JAIL_NONE { 0 }
/* clang-format on */

/* path is borrowed until jail_enter; one that does not exist is skipped. More
 * than JAIL_PATHS is a broken promise (assert). */
void jail_path(struct jail *j, const char *path, enum jail_right right);
void jail_port(struct jail *j, uint16_t port);
/* The port of an http or https address; nothing when it is none. */
void jail_address(struct jail *j, const char *address);

/* RC_OK also where the kernel has no Landlock; RC_IO when a right could not be
 * dropped that should have been. */
enum rc jail_enter(const struct jail *j, struct error *e) CHECKED;

/* The Landlock ABI in force, 0 for none: for --version and the tests. */
int jail_abi(void);

#endif
