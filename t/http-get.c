/* http-get URL [CA-FILE]: what http_get says of it, for peer-http.t. */
#include "config.h"

#include <stdio.h>

#include "peer/http.h"

int
main(int argc, char **argv)
{
	struct http_get get = { .private_too = true, .total_ms = 10000 };
	struct error e = ERROR_NONE;
	struct buf out;
	enum rc rc;

	if (argc < 2)
		return 2;
	get.url = argv[1];
	get.ca_file = argv[2];
	buf_init(&out, 100000);
	rc = http_get(&get, &out, &e);
	printf("%s %s%s\n", rc_name(rc), e.text, buf_str(&out));
	buf_release(&out);
	return 0;
}
