#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/shopctl.h"
#include "db/migrate.h"
#include "db/sql.h"

static void
say(void *ctx, const char *line)
{
	(void)ctx;
	(void)puts(line);
	(void)fflush(stdout);
}

int
ctl_migrate(const struct ctl *c, int argc, char **argv)
{
	struct migrate_how how = { .newest = SQL_SCHEMA, .say = say };
	struct error e = ERROR_NONE;
	struct settings s;
	int pending = 0;
	enum rc rc;
	int opt;

	how.folder = getenv("HATSHOP_SCHEMA");
	if (how.folder == NULL || how.folder[0] == '\0')
		how.folder = SHOP_DATADIR "/sales";
	while ((opt = getopt(argc, argv, "ns:")) != -1) {
		switch (opt) {
		case 'n':
			how.dry = true;
			break;
		case 's':
			how.folder = optarg;
			break;
		default:
			return ctl_usage("migrate");
		}
	}
	if (optind != argc)
		return ctl_usage("migrate");
	rc = settings_load(&s, c->file, &e);
	if (rc != RC_OK)
		return ctl_fail(&e);
	rc = migrate(&s, &how, &pending, &e);
	settings_release(&s);
	if (rc != RC_OK)
		return ctl_fail(&e);
	return how.dry && pending > 0 ? CTL_PENDING : CTL_OK;
}
