#include "config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <auth-client.h>
#include <libesmtp.h>

#include "base/text.h"
#include "peer/smtp.h"

/* One session: what its callbacks note. */
struct talk {
	const struct post_server *server;
	long verified;    /* X509_V_OK, or why the certificate is no good */
	bool no_starttls; /* it is not offered */
	bool asked, logged_in;     /* AUTH was sent; was taken */
	char refusal[POST_ANSWER]; /* the answer to AUTH */
};

void
post_prepare(void)
{
	(void)setenv("HOME", "/nonexistent", 1);
	(void)unsetenv("XDG_CONFIG_DIR");
	/* A server that hangs up is an error, not a signal. */
	(void)signal(SIGPIPE, SIG_IGN);
}

static int
on_verify(int good, X509_STORE_CTX *store)
{
	struct talk *t;
	SSL *ssl;

	ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());
	t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	if (!good && t->verified == X509_V_OK)
		t->verified = X509_STORE_CTX_get_error(store);
	return good;
}

/*
 * libesmtp compares names too, but with the one that DNS calls canonical, and
 * not with addresses.  OpenSSL is told the configured one, and ends the
 * handshake when it does not fit.
 */
static enum rc
new_context(struct talk *t, SSL_CTX **out, struct error *e)
{
	const struct post_server *s = t->server;
	X509_VERIFY_PARAM *param;
	struct in6_addr any;
	SSL_CTX *ctx;
	int done;

	*out = ctx = SSL_CTX_new(TLS_client_method());
	if (ctx == NULL)
		return error_set(e, RC_NOMEM, "no memory for TLS");
	SSL_CTX_set_app_data(ctx, t);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	param = SSL_CTX_get0_param(ctx);
	if (inet_pton(AF_INET, s->host, &any) == 1 ||
	    inet_pton(AF_INET6, s->host, &any) == 1)
		done = X509_VERIFY_PARAM_set1_ip_asc(param, s->host);
	else
		done = X509_VERIFY_PARAM_set1_host(param, s->host, 0);
	/*
	 * Not TLS 1.3: its tickets come after the handshake, and libesmtp
	 * 1.1.0, woken by them before it has written its EHLO, waits for an
	 * answer that nobody owes it.
	 */
	if (done != 1 ||
	    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) != 1)
		return error_set(e, RC_NOMEM, "no memory for TLS");
	done = s->ca[0] != '\0'
		   ? SSL_CTX_load_verify_locations(ctx, s->ca, NULL)
		   : SSL_CTX_set_default_verify_paths(ctx);
	ERR_clear_error();
	if (done != 1)
		return error_set(e, RC_INVALID,
		    "could not read authorities from \"%s\"",
		    s->ca[0] != '\0' ? s->ca : "the system");
	return RC_OK;
}

/* Answers the questions of a login. */
static int
on_login(auth_client_request_t request, char **result, int fields, void *arg)
{
	struct talk *t = arg;
	char *user, *password;
	int i;

	user = (char *)(uintptr_t)t->server->user;
	password = (char *)(uintptr_t)t->server->password;
	for (i = 0; i < fields; i++)
		result[i] =
		    (request[i].flags & AUTH_PASS) != 0 ? password : user;
	return 1;
}

/*
 * Everything that is said.  A login that fails does not stop libesmtp: it goes
 * on as a stranger, whom the server may refuse each receiver for.  So what comes
 * after AUTH is looked at here; what was sent, a password maybe, is not kept.
 */
static void
on_said(const char *text, int len, int writing, void *arg)
{
	struct talk *t = arg;
	size_t n = len > 0 ? (size_t)len : 0;

	if (writing == SMTP_CB_WRITING) {
		if (n > 5 && memcmp(text, "AUTH ", 5) == 0)
			t->asked = true;
		return;
	}
	if (writing != SMTP_CB_READING || !t->asked || t->logged_in || n < 4)
		return;
	if (memcmp(text, "235", 3) == 0)
		t->logged_in = true;
	else if ((text[0] == '4' || text[0] == '5') && t->refusal[0] == '\0')
		(void)snprintf(t->refusal, sizeof(t->refusal), "%.*s",
		    (int)strcspn(text, "\r\n"), text);
}

static void
on_event(smtp_session_t session, int event, void *arg, ...)
{
	struct talk *t = arg;
	va_list ap;
	int *fine;

	(void)session;
	va_start(ap, arg);
	switch (event) {
	case SMTP_EV_EXTNA_STARTTLS:
		t->no_starttls = true;
		break;
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
		/* The handshake has compared it with the configured name. */
		fine = va_arg(ap, int *);
		*fine = 1;
		break;
	default:
		break;
	}
	va_end(ap);
}

/* The bytes in one piece; libesmtp asks until there is none, and with len NULL
 * to begin anew. */
static const char *
on_bytes(void **ctx, int *len, void *arg)
{
	struct post_letter *l = arg;

	(void)ctx;
	if (len == NULL) {
		l->turns = 0;
		return NULL;
	}
	*len = l->turns++ == 0 ? (int)l->len : 0;
	return *len > 0 ? l->bytes : NULL;
}

/* As the server said it, without the line's end. */
static void
put_answer(struct post_letter *l, const smtp_status_t *s)
{
	const char *text;
	size_t n;

	if (s == NULL || s->code == 0)
		return;
	text = s->text != NULL ? s->text : "";
	if (s->enh_class > 0)
		(void)snprintf(l->answer, sizeof(l->answer), "%d %d.%d.%d %s",
		    s->code, s->enh_class, s->enh_subject, s->enh_detail, text);
	else
		(void)snprintf(
		    l->answer, sizeof(l->answer), "%d %s", s->code, text);
	n = strlen(l->answer);
	while (n > 0 && strchr(" \r\n", l->answer[n - 1]) != NULL)
		l->answer[--n] = '\0';
}

/* What became of one letter; the sender's being refused is told by *sender. */
static void
judge(struct post_letter *l, smtp_message_t m, smtp_recipient_t r,
    const smtp_status_t **sender)
{
	const smtp_status_t *from = smtp_reverse_path_status(m),
			    *to = smtp_recipient_status(r),
			    *all = smtp_message_transfer_status(m);

	if (from != NULL && from->code >= 400) {
		if (from->code >= 500)
			*sender = from;
		put_answer(l, from);
		return;
	}
	if (to != NULL && to->code >= 400) {
		put_answer(l, to);
		if (to->code >= 500)
			l->result = POST_REFUSED;
		return;
	}
	if (all == NULL || all->code == 0)
		return;
	put_answer(l, all);
	if (all->code >= 200 && all->code < 300)
		l->result = POST_SENT;
	else if (all->code >= 500)
		l->result = POST_REFUSED;
}

/* Why the session as a whole failed, RC_OK when it did not. */
static enum rc
explain(const struct talk *t, bool started, int number, bool all_told,
    const smtp_status_t *sender, struct error *e)
{
	const struct post_server *s = t->server;
	char why[200];

	if (t->verified != X509_V_OK)
		return error_set(e, RC_DENIED,
		    "the certificate of mail server \"%s\" is refused: %s",
		    s->host, X509_verify_cert_error_string(t->verified));
	if (t->no_starttls)
		return error_set(e, RC_DENIED,
		    "mail server \"%s\" does not offer STARTTLS", s->host);
	if (s->user[0] != '\0' && t->asked && !t->logged_in)
		return error_set(e, RC_DENIED,
		    "mail server \"%s\" refuses the login of \"%s\": %s",
		    s->host, s->user, t->refusal);
	if (sender != NULL)
		return error_set(e, RC_DENIED,
		    "mail server \"%s\" takes nothing from \"%s\": %d %s",
		    s->host, s->from, sender->code,
		    sender->text != NULL ? sender->text : "");
	if (all_told)
		return RC_OK;
	if (started || smtp_strerror(number, why, sizeof(why)) == NULL)
		(void)snprintf(why, sizeof(why), "the connection broke");
	return error_set(e, RC_IO, "mail server \"%s\" port %" PRId64 ": %s",
	    s->host, s->port, why);
}

/* What the session holds beside the letters. */
struct added {
	smtp_message_t message;
	smtp_recipient_t recipient;
};

/* Reports name the letter and the receiver as we do, and need not bring all of
 * it back.  Only a server that offers it is told so. */
static void
ask_for_reports(const struct added *a, const struct post_letter *l)
{
	(void)smtp_dsn_set_envid(a->message, l->envid);
	(void)smtp_dsn_set_ret(a->message, Ret_HDRS);
	(void)smtp_dsn_set_orcpt(a->recipient, "rfc822", l->to);
}

static bool
add_letter(smtp_session_t session, const struct post_server *s,
    struct post_letter *l, struct added *a)
{
	l->result = POST_LATER;
	l->answer[0] = '\0';
	l->turns = 0;
	a->message = smtp_add_message(session);
	if (a->message == NULL)
		return false;
	a->recipient = smtp_add_recipient(a->message, l->to);
	if (l->envid != NULL && a->recipient != NULL)
		ask_for_reports(a, l);
	return a->recipient != NULL &&
	       smtp_set_reverse_path(a->message, s->from) != 0 &&
	       smtp_set_messagecb(a->message, on_bytes, l) != 0;
}

/* Not to wait for as long as RFC 5321 would allow a relay. */
static void
set_timeouts(smtp_session_t session)
{
	static const int kinds[] = { Timeout_GREETING, Timeout_ENVELOPE,
		Timeout_DATA, Timeout_TRANSFER };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		(void)smtp_set_timeout(session,
		    kinds[i] | Timeout_OVERRIDE_RFC2822_MINIMUM,
		    POST_TIMEOUT_MS);
	(void)smtp_set_timeout(session,
	    Timeout_DATA2 | Timeout_OVERRIDE_RFC2822_MINIMUM,
	    3 * POST_TIMEOUT_MS);
}

static bool
set_up(
    smtp_session_t session, struct talk *t, auth_context_t auth, SSL_CTX *ctx)
{
	const struct post_server *s = t->server;
	const char *domain = strrchr(s->from, '@');
	char place[300];

	(void)snprintf(place, sizeof(place), "%s:%" PRId64, s->host, s->port);
	set_timeouts(session);
	/* By the name that we go by: the machine's own may have no dot, which
	 * some servers refuse. */
	if (smtp_set_server(session, place) == 0 ||
	    smtp_set_hostname(session, domain != NULL ? domain + 1 : s->from) ==
		0 ||
	    smtp_set_eventcb(session, on_event, t) == 0 ||
	    smtp_set_monitorcb(session, on_said, t, 0) == 0 ||
	    smtp_starttls_enable(session, Starttls_REQUIRED) == 0 ||
	    smtp_starttls_set_ctx(session, ctx) == 0)
		return false;
	if (s->user[0] == '\0')
		return true;
	auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
	return auth_set_interact_cb(auth, on_login, t) != 0 &&
	       smtp_auth_set_context(session, auth) != 0;
}

/* Runs the session; all is set up. */
static enum rc
talk(smtp_session_t session, struct talk *t, struct post_letter *letters,
    const struct added *added, size_t n, struct error *e)
{
	const smtp_status_t *sender = NULL;
	bool started, all_told = true;
	int number;
	size_t i;
	enum rc rc;

	started = smtp_start_session(session) != 0;
	number = smtp_errno();
	ERR_clear_error();
	for (i = 0; i < n; i++) {
		judge(
		    &letters[i], added[i].message, added[i].recipient, &sender);
		all_told = all_told && letters[i].answer[0] != '\0';
	}
	rc = explain(t, started, number, all_told, sender, e);
	/* A stranger's refusals say nothing of the receivers. */
	for (i = 0; i < n; i++)
		if (rc == RC_DENIED && letters[i].result == POST_REFUSED)
			letters[i].result = POST_LATER;
	return rc;
}

enum rc
post_letters(const struct post_server *server, struct post_letter *letters,
    size_t n, struct error *e)
{
	struct talk t = { .server = server, .verified = X509_V_OK };
	smtp_session_t session = NULL;
	auth_context_t auth = NULL;
	struct added *added = NULL;
	SSL_CTX *ctx = NULL;
	bool good;
	size_t i;
	enum rc rc;

	assert(n > 0);
	rc = new_context(&t, &ctx, e);
	if (rc != RC_OK)
		goto out;
	auth_client_init();
	added = calloc(n, sizeof(*added));
	session = smtp_create_session();
	auth = auth_create_context();
	good = added != NULL && session != NULL && auth != NULL &&
	       set_up(session, &t, auth, ctx);
	for (i = 0; good && i < n; i++)
		good = add_letter(session, server, &letters[i], &added[i]);
	if (good)
		rc = talk(session, &t, letters, added, n, e);
	else
		rc = error_set(e, RC_NOMEM, "no memory for the letters");
out:
	if (session != NULL)
		(void)smtp_destroy_session(session);
	if (auth != NULL)
		(void)auth_destroy_context(auth);
	SSL_CTX_free(ctx);
	free(added);
	return rc;
}
