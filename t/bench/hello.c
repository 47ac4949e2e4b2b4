/*
 * The smallest dynamic CGI program in C: what ./dev bench measures the pages
 * against. It reads one variable, so that nothing can be answered before the
 * request is there.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
main(void)
{
	static const char head[] = "Content-Type: text/plain\r\n"
				   "Cache-Control: no-store\r\n"
				   "Content-Length: 6\r\n\r\n"
				   "hello\n";
	const char *method = getenv("REQUEST_METHOD");

	if (method == NULL || strcmp(method, "GET") != 0)
		return 1;
	return write(STDOUT_FILENO, head, sizeof head - 1) < 0;
}
