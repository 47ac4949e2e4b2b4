#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/jail.h"
#include "t/tap.h"

static char folder[] = "/tmp/hatshop-jail-XXXXXX";
static char path[sizeof(folder) + 20];

static const char *
in_folder(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* The exit status of probe() in a child that is in the jail; 99 when it could
 * not enter. */
static int
jailed(const struct jail *j, int (*probe)(void))
{
	struct error e = ERROR_NONE;
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (jail_enter(j, &e) != RC_OK) {
			fprintf(stderr, "# %s\n", e.text);
			_exit(99);
		}
		_exit(probe());
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 200 + WTERMSIG(status);
}

/* These answer 0 for "it worked" and errno else. */
static int
read_etc(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

static int
read_inside(void)
{
	return open(in_folder("file"), O_RDONLY) < 0 ? errno : 0;
}

static int
create_inside(void)
{
	return open(in_folder("new"), O_WRONLY | O_CREAT | O_TRUNC, 0600) < 0
		   ? errno
		   : 0;
}

static int
remove_inside(void)
{
	return unlink(in_folder("new")) < 0 ? errno : 0;
}

static int
execute(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static uint16_t port;

static int
connect_out(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int
privileges_and_core_are_gone(void)
{
	struct rlimit rl;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 1;
	if (getrlimit(RLIMIT_CORE, &rl) != 0 || rl.rlim_max > 1)
		return 2;
	if (getrlimit(RLIMIT_CPU, &rl) != 0 || rl.rlim_max > 5)
		return 3;
	return 0;
}

static bool
landlock_missing(int abi)
{
	if (jail_abi() >= abi)
		return false;
	tap_skip("the kernel's Landlock is too old or absent");
	return true;
}

static void
privileges_core_files_and_cpu_time_are_limited(void)
{
	struct jail j = JAIL_NONE;

	j.cpu_seconds = 5;
	is_int(jailed(&j, privileges_and_core_are_gone), 0, "limits");
}

static int
allocate_a_gigabyte(void)
{
	void *volatile p = malloc((size_t)1 << 30);

	return p == NULL ? ENOMEM : 0;
}

static void
memory_is_limited(void)
{
	struct jail j = JAIL_NONE;

	is_int(jailed(&j, allocate_a_gigabyte), 0, "without a limit");
	j.memory_bytes = INT64_C(1) << 29;
	is_int(jailed(&j, allocate_a_gigabyte), JAIL_ASAN ? 0 : ENOMEM,
	    "with a limit");
}

static void
nothing_is_allowed_unless_it_is_named(void)
{
	struct jail j = JAIL_NONE;

	if (landlock_missing(1))
		return;
	is_int(read_etc(), 0, "outside of the jail a file can be read");
	is_int(jailed(&j, read_etc), EACCES, "read");
	is_int(jailed(&j, create_inside), EACCES, "create");
	is_int(jailed(&j, execute), EACCES, "execute");
}

static void
a_folder_to_read_cannot_be_written(void)
{
	struct jail j = JAIL_NONE;

	if (landlock_missing(1))
		return;
	jail_path(&j, folder, JAIL_READ);
	is_int(jailed(&j, read_inside), 0, "read inside");
	is_int(jailed(&j, create_inside), EACCES, "create inside");
	is_int(jailed(&j, read_etc), EACCES, "read outside");
}

static void
a_folder_to_write_can_be_read_and_written(void)
{
	struct jail j = JAIL_NONE;

	if (landlock_missing(1))
		return;
	jail_path(&j, folder, JAIL_WRITE);
	is_int(jailed(&j, read_inside), 0, "read inside");
	is_int(jailed(&j, create_inside), 0, "create inside");
	is_int(jailed(&j, remove_inside), 0, "remove inside");
	is_int(jailed(&j, execute), EACCES, "execute");
}

static void
a_single_file_can_be_named_and_a_missing_one_is_skipped(void)
{
	struct jail j = JAIL_NONE;
	char file[sizeof(path)];

	if (landlock_missing(1))
		return;
	memcpy(file, in_folder("file"), sizeof(file));
	jail_path(&j, file, JAIL_WRITE);
	jail_path(&j, "/nowhere/at/all", JAIL_READ);
	jail_path(&j, "/etc/passwd/below", JAIL_READ);
	is_int(jailed(&j, read_inside), 0, "read the file");
	is_int(jailed(&j, create_inside), EACCES, "create beside it");
}

static int
listen_somewhere(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) != 0 ||
	    listen(fd, 5) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		return -1;
	port = ntohs(at.sin_port);
	return fd;
}

static void
only_named_ports_can_be_connected_to(void)
{
	struct jail none = JAIL_NONE, this = JAIL_NONE, any = JAIL_NONE;
	int fd;

	if (landlock_missing(4))
		return;
	fd = listen_somewhere();
	ok(fd >= 0, "listening on port %d", port);
	jail_port(&this, port);
	any.any_port = 1;
	is_int(jailed(&none, connect_out), EACCES, "no port");
	is_int(jailed(&this, connect_out), 0, "this port");
	is_int(jailed(&any, connect_out), 0, "any port");
	if (fd >= 0)
		(void)close(fd);
}

static void
an_address_names_its_port(void)
{
	static const char *const each[] = { "https://a.example",
		"http://a.example/b:1", "https://a.example:8443/c",
		"http://[::1]:82", "nothing" };
	static const uint16_t want[] = { 443, 80, 8443, 82 };
	struct jail j = JAIL_NONE;

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		jail_address(&j, each[i]);
	is_int((int64_t)j.nports, 4, "what is no address has none");
	for (size_t i = 0; i < 4; i++)
		is_int(j.ports[i], want[i], each[i]);
}

static int
enter_twice(void)
{
	struct jail j = JAIL_NONE;

	return jail_enter(&j, NULL) == RC_OK ? read_inside() : 99;
}

static void
a_jail_inside_a_jail_only_takes_away(void)
{
	struct jail j = JAIL_NONE;

	if (landlock_missing(1))
		return;
	jail_path(&j, folder, JAIL_READ);
	is_int(jailed(&j, enter_twice), EACCES, "read inside");
}

int
main(void)
{
	int fd;

	if (mkdtemp(folder) == NULL)
		return 1;
	fd = open(in_folder("file"), O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || close(fd) != 0)
		return 1;
	RUN(privileges_core_files_and_cpu_time_are_limited);
	RUN(memory_is_limited);
	RUN(nothing_is_allowed_unless_it_is_named);
	RUN(a_folder_to_read_cannot_be_written);
	RUN(a_folder_to_write_can_be_read_and_written);
	RUN(a_single_file_can_be_named_and_a_missing_one_is_skipped);
	RUN(only_named_ports_can_be_connected_to);
	RUN(an_address_names_its_port);
	RUN(a_jail_inside_a_jail_only_takes_away);
	(void)unlink(in_folder("file"));
	(void)rmdir(folder);
	return tap_done();
}
