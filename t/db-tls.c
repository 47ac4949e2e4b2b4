/* R94: over TCP the server proves itself, or nothing is said to it. */
#include "config.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "t/dbtest/dbtest.h"
#include "t/tap.h"

/* The folder of t/lib/mariadb.sh or mysql97.sh: where the socket is. */
static void
folder_of(const char *socket, char *out, size_t size)
{
	const char *slash = strrchr(socket, '/');

	(void)snprintf(out, size, "%.*s",
	    slash != NULL ? (int)(slash - socket) : 0, socket);
}

static int64_t
port_in(const char *folder)
{
	char path[300], line[20] = "";
	int64_t port = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/port", folder);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL)
		line[strcspn(line, "\n")] = '\0';
	(void)fclose(f);
	return num_parse(line, 1, 65535, &port) == RC_OK ? port : 0;
}

/* Settings for TCP beside those for the socket, with a user of its own. */
static struct settings
over_tcp(const struct settings *s, const char *host, const char *folder,
    const char *ca)
{
	static char path[300], nothing[] = "", user[] = "hatshop_tls",
			       password[] = "it's a secret";
	static char name[30];
	struct settings tcp = *s;

	(void)snprintf(path, sizeof(path), "%s/tls/%s", folder, ca);
	(void)snprintf(name, sizeof(name), "%s", host);
	tcp.db_socket = nothing;
	tcp.db_host = name;
	tcp.db_port = port_in(folder);
	tcp.db_ca = path;
	tcp.db_user = user;
	tcp.db_password = password;
	return tcp;
}

static void
opens(const char *what, const struct settings *s, enum rc want)
{
	struct error e = ERROR_NONE;
	struct db *db = NULL;
	enum rc rc = db_open(s, DB_READ, &db, &e);

	ok(rc == want && (db != NULL) == (rc == RC_OK), "%s: %s %s", what,
	    rc_name(rc), e.text);
	db_close(db);
}

/* Not so where there is no /etc/hosts: what debootstrap makes, for one. */
static bool
localhost_is_known(void)
{
	struct addrinfo *found = NULL;

	if (getaddrinfo("localhost", NULL, NULL, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

static void
try_tls(enum sales_server server)
{
	struct settings s, tcp;
	char folder[200], wrong[] = "wrong";

	if (!dbtest_make(&s, server))
		return;
	folder_of(s.db_socket, folder, sizeof(folder));
	sales_sql(&s, "CREATE USER hatshop_tls@'127.0.0.1'"
		      " IDENTIFIED BY 'it''s a secret' REQUIRE SSL");
	sales_sql(&s, "GRANT ALL ON *.* TO hatshop_tls@'127.0.0.1'");
	tcp = over_tcp(&s, "127.0.0.1", folder, "ca.pem");
	opens("by address, with the CA", &tcp, RC_OK);
	tcp = over_tcp(&s, "localhost", folder, "ca.pem");
	if (localhost_is_known())
		opens("by name, with the CA", &tcp, RC_OK);
	tcp = over_tcp(&s, "127.1", folder, "ca.pem");
	opens("by a name that the certificate does not have", &tcp, RC_DB);
	tcp = over_tcp(&s, "127.0.0.1", folder, "other-ca.pem");
	opens("with a stranger's CA", &tcp, RC_DB);
	tcp = over_tcp(&s, "127.0.0.1", folder, "no-such.pem");
	opens("with a CA that is not there", &tcp, RC_DB);
	tcp = over_tcp(&s, "127.0.0.1", folder, "ca.pem");
	tcp.db_password = wrong;
	opens("with a wrong password", &tcp, RC_DENIED);
	sales_sql(&s, "DROP USER hatshop_tls@'127.0.0.1'");
	sales_drop(&s);
}

static void
mariadb_must_prove_itself_over_tcp(void)
{
	try_tls(SALES_MARIADB);
}

static void
mysql_must_prove_itself_over_tcp(void)
{
	try_tls(SALES_MYSQL);
}

static int
run_program(const char *program, const char *a, const char *b, const char *c)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)setenv("MARIADB_ARGS", "--skip-ssl", 1);
		execl(program, program, a, b, c, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(pid, &status, 0);
	return status;
}

static int
run_server(const char *folder, const char *command)
{
	return run_program(
	    "/bin/bash", T_SRCDIR "/t/lib/mariadb.sh", folder, command);
}

static void
a_server_without_tls_is_told_nothing(void)
{
	char folder[] = "/tmp/hsXXXXXX", socket[40], old[200];
	struct settings s, tcp;
	const char *before = getenv("HATSHOP_TEST_MARIADB");

	if (before == NULL) {
		tap_skip("HATSHOP_TEST_MARIADB is not set");
		return;
	}
	if (mkdtemp(folder) == NULL || run_server(folder, "start") != 0) {
		tap_skip("a second MariaDB could not be started");
		return;
	}
	(void)snprintf(old, sizeof(old), "%s", before);
	(void)snprintf(socket, sizeof(socket), "%s/s.sock", folder);
	(void)setenv("HATSHOP_TEST_MARIADB", socket, 1);
	if (dbtest_make(&s, SALES_MARIADB)) {
		sales_sql(&s, "CREATE USER hatshop_tls@'127.0.0.1'"
			      " IDENTIFIED BY 'it''s a secret'");
		sales_sql(&s, "GRANT ALL ON *.* TO hatshop_tls@'127.0.0.1'");
		tcp = over_tcp(&s, "127.0.0.1", folder, "ca.pem");
		opens("without TLS", &tcp, RC_DB);
		sales_drop(&s);
	}
	is_int(run_server(folder, "stop"), 0, "stopped");
	is_int(run_program("/bin/rm", "-rf", folder, NULL), 0, "removed");
	(void)setenv("HATSHOP_TEST_MARIADB", old, 1);
}

int
main(void)
{
	RUN(mariadb_must_prove_itself_over_tcp);
	RUN(mysql_must_prove_itself_over_tcp);
	RUN(a_server_without_tls_is_told_nothing);
	return tap_done();
}
