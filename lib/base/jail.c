#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/jail.h"
#include "base/num.h"

/*
 * The kernel's interface, spelled here because the system's header may be
 * older than the kernel that runs (landlock(7), linux/landlock.h).  Each ABI
 * version adds rights; a ruleset may only name what the running one knows, and
 * what a ruleset does not handle stays allowed.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define CREATE_VERSION 1u
#define RULE_PATH 1
#define RULE_PORT 2

#define BIT(n) (UINT64_C(1) << (n))
#define FS_EXECUTE BIT(0)
#define FS_WRITE_FILE BIT(1)
#define FS_READ_FILE BIT(2)
#define FS_READ_DIR BIT(3)
#define FS_REMOVE_DIR BIT(4)
#define FS_REMOVE_FILE BIT(5)
#define FS_MAKE_DIR BIT(7)
#define FS_MAKE_REG BIT(8)
#define FS_ABI_1 (BIT(13) - 1)
#define FS_REFER BIT(13)      /* ABI 2: link or rename between folders */
#define FS_TRUNCATE BIT(14)   /* ABI 3 */
#define FS_IOCTL_DEV BIT(15)  /* ABI 5 */
#define NET_BIND BIT(0)       /* ABI 4 */
#define NET_CONNECT BIT(1)    /* ABI 4 */
#define SCOPE_ABSTRACT BIT(0) /* ABI 6: abstract sockets of others */
#define SCOPE_SIGNAL BIT(1)   /* ABI 6: signals to others */

/* The only rights that a rule may give on what is no folder. */
#define FS_OF_FILE                                                             \
	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

#define READ_RIGHTS (FS_READ_FILE | FS_READ_DIR)
#define WRITE_RIGHTS                                                           \
	(READ_RIGHTS | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE |        \
	    FS_MAKE_DIR | FS_MAKE_REG | FS_REFER | FS_TRUNCATE)

struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_rule {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

struct port_rule {
	uint64_t allowed, port;
};

void
jail_path(struct jail *j, const char *path, enum jail_right right)
{
	assert(j->npaths < JAIL_PATHS);
	j->paths[j->npaths].path = path;
	j->paths[j->npaths].right = right;
	j->npaths++;
}

void
jail_port(struct jail *j, uint16_t port)
{
	assert(j->nports < JAIL_PORTS);
	j->ports[j->nports++] = port;
}

void
jail_address(struct jail *j, const char *address)
{
	const char *host = strstr(address, "://"), *end;
	int64_t port = strncmp(address, "https:", 6) == 0 ? 443 : 80;

	if (host == NULL)
		return;
	host += 3;
	end = host + strcspn(host, "/");
	if (*host == '[')
		host += strcspn(host, "]");
	host = memchr(host, ':', (size_t)(end - host));
	if (host != NULL)
		(void)(num_parse_n(host + 1, (size_t)(end - host - 1), 1, 65535,
			   &port) == RC_OK);
	jail_port(j, (uint16_t)port);
}

int
jail_abi(void)
{
	long abi;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	return abi < 0 ? 0 : (int)abi;
}

static struct ruleset
handled(int abi, int any_port)
{
	struct ruleset r = { .fs = FS_ABI_1 };

	if (abi >= 2)
		r.fs |= FS_REFER;
	if (abi >= 3)
		r.fs |= FS_TRUNCATE;
	if (abi >= 4)
		r.net = any_port ? NET_BIND : NET_BIND | NET_CONNECT;
	if (abi >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		r.scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
	return r;
}

static enum rc
allow_path(int ruleset, const char *path, uint64_t rights, struct error *e)
{
	struct path_rule rule = { .allowed = rights };
	struct stat st;
	enum rc rc = RC_OK;

	rule.fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return RC_OK;
	if (rule.fd < 0)
		return error_errno(e, RC_IO, "could not open \"%s\"", path);
	if (fstat(rule.fd, &st) != 0)
		rc = error_errno(e, RC_IO, "could not stat \"%s\"", path);
	else if (!S_ISDIR(st.st_mode))
		rule.allowed &= FS_OF_FILE;
	if (rc == RC_OK &&
	    syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0) != 0)
		rc = error_errno(
		    e, RC_IO, "could not keep access to \"%s\"", path);
	(void)close(rule.fd);
	return rc;
}

static enum rc
allow_port(int ruleset, uint16_t port, struct error *e)
{
	struct port_rule rule = { NET_CONNECT, port };

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) != 0)
		return error_errno(
		    e, RC_IO, "could not keep access to port %u", port);
	return RC_OK;
}

static enum rc
fill_ruleset(
    int ruleset, const struct ruleset *r, const struct jail *j, struct error *e)
{
	uint64_t rights;
	enum rc rc = RC_OK;
	size_t i;

	for (i = 0; i < j->npaths && rc == RC_OK; i++) {
		rights = j->paths[i].right == JAIL_WRITE ? WRITE_RIGHTS
							 : READ_RIGHTS;
		rc = allow_path(ruleset, j->paths[i].path, rights & r->fs, e);
	}
	if ((r->net & NET_CONNECT) == 0)
		return rc;
	for (i = 0; i < j->nports && rc == RC_OK; i++)
		rc = allow_port(ruleset, j->ports[i], e);
	return rc;
}

static enum rc
enter_landlock(const struct jail *j, struct error *e)
{
	int abi = jail_abi();
	struct ruleset r = handled(abi, j->any_port);
	enum rc rc;
	int fd;

	if (abi == 0)
		return RC_OK;
	/* Members that an older kernel does not know are zero, and so it takes
	 * the longer struct. */
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof(r), 0);
	if (fd < 0)
		return error_errno(e, RC_IO,
		    "could not create a Landlock ruleset of ABI %d", abi);
	rc = fill_ruleset(fd, &r, j, e);
	if (rc == RC_OK && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		rc = error_errno(e, RC_IO, "could not enter Landlock");
	(void)close(fd);
	return rc;
}

/* Soft and hard limit to most; a hard limit below that stays. */
static enum rc
limit(__rlimit_resource_t what, const char *name, rlim_t most, struct error *e)
{
	struct rlimit rl;

	if (getrlimit(what, &rl) != 0)
		return error_errno(
		    e, RC_IO, "could not read the %s limit", name);
	if (rl.rlim_max > most)
		rl.rlim_max = most;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(what, &rl) != 0)
		return error_errno(
		    e, RC_IO, "could not set the %s limit", name);
	return RC_OK;
}

/* RLIMIT_FSIZE 0 looks like one more lock, but would kill a program whose
 * standard error is a regular file. */
static enum rc
enter_limits(const struct jail *j, struct error *e)
{
	enum rc rc;

	/* 0 would not bind a core that is piped to a program; at 1 the kernel
	 * writes neither a file nor a pipe (fs/coredump.c).  Making the process
	 * undumpable would do, too, but hide whose it is in /proc. */
	rc = limit(RLIMIT_CORE, "core file", 1, e);
	if (rc == RC_OK && j->cpu_seconds > 0)
		rc = limit(RLIMIT_CPU, "CPU time", (rlim_t)j->cpu_seconds, e);
	if (rc == RC_OK && j->memory_bytes > 0 && !JAIL_ASAN)
		rc = limit(
		    RLIMIT_AS, "address space", (rlim_t)j->memory_bytes, e);
	return rc;
}

enum rc
jail_enter(const struct jail *j, struct error *e)
{
	enum rc rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_errno(
		    e, RC_IO, "could not give up new privileges");
	rc = enter_limits(j, e);
	if (rc == RC_OK)
		rc = enter_landlock(j, e);
	return rc;
}
