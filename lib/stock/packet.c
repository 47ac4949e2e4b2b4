#include "config.h"

#include <mysql.h>

#include "stock/linked.h"

/*
 * The library's own way to read a log misreads what MySQL sends, so only its
 * connection and its packets are used: both are in its public header.
 */
enum rc
link_dump(struct link *l, unsigned char command, const void *args, size_t n,
    struct error *e)
{
	link_assert_idle(l);
	if (l->m->methods->db_command(
		l->m, (enum enum_server_command)command, args, n, 1, NULL) != 0)
		return link_refused(l, mysql_errno(l->m), mysql_error(l->m), e);
	return RC_OK;
}

enum rc
link_packet(struct link *l, const void **event, size_t *n, struct error *e)
{
	unsigned long len;
	const unsigned char *p;

	link_assert_idle(l);
	len = mysql_net_read_packet(l->m);
	if (len == packet_error)
		return link_refused(l, mysql_errno(l->m), mysql_error(l->m), e);
	p = l->m->net.read_pos;
	if (len == 0 || (p[0] == 0xfe && len < 9)) {
		l->fault = FAULT_AWAY;
		return error_set(
		    e, RC_NOTFOUND, "the stock system ended its stream");
	}
	*event = p + 1;
	*n = len - 1;
	return RC_OK;
}
