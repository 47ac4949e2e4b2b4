/*
 * What smtp.t runs: post-letter HOST PORT CA USER FROM FILE TO...
 * The password is in $MAIL_PASSWORD.  Prints what post_letters says of each.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/num.h"
#include "peer/smtp.h"

#define MOST 50

static const char *const words[] = {
	[POST_LATER] = "later",
	[POST_SENT] = "sent",
	[POST_REFUSED] = "refused",
};

int
main(int argc, char **argv)
{
	struct post_letter letters[MOST] = { 0 };
	struct post_server server = { 0 };
	const char *password = getenv("MAIL_PASSWORD");
	struct error e = ERROR_NONE;
	int i, n = argc - 7;
	struct buf bytes;
	enum rc rc;

	if (n < 1 || n > MOST)
		return 2;
	server.host = argv[1];
	if (num_parse(argv[2], 1, 65535, &server.port) != RC_OK)
		return 2;
	server.ca = argv[3];
	server.user = argv[4];
	server.password = password != NULL ? password : "";
	server.from = argv[5];
	buf_init(&bytes, 1 << 20);
	if (file_read(argv[6], &bytes, &e) != RC_OK) {
		(void)fprintf(stderr, "%s\n", e.text);
		return 2;
	}
	for (i = 0; i < n; i++) {
		letters[i].to = argv[7 + i];
		letters[i].bytes = bytes.s;
		letters[i].len = bytes.len;
	}
	post_prepare();
	rc = post_letters(&server, letters, (size_t)n, &e);
	(void)printf("%s %s\n", rc_name(rc), e.text);
	for (i = 0; i < n; i++)
		(void)printf("%s %s %s\n", letters[i].to,
		    words[letters[i].result], letters[i].answer);
	buf_release(&bytes);
	return 0;
}
