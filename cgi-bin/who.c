#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "cgi-bin/cgi.h"
#include "web/cookie.h"

#define DAY (24 * 3600)

bool
who_secure(const struct visit *v)
{
	return strncmp(v->settings->shop_url, "https://", 8) == 0;
}

/* A token from a cookie, "" for what is none of ours in form. */
static void
read_token(const struct visit *v, const char *name, char out[TOKEN_SIZE])
{
	if (cookie_get(buf_str(&v->q->cookie), name, who_secure(v), out,
		TOKEN_SIZE) != RC_OK ||
	    !token_plausible(out))
		out[0] = '\0';
}

static void
make_proof(struct who *w)
{
	char text[5 + TOKEN_SIZE] = "form ";

	memcpy(text + 5, w->browser, TOKEN_SIZE);
	hash_hex(text, strlen(text), w->proof);
}

enum rc
who_read(struct visit *v, struct error *e)
{
	struct who *w = &v->who;
	enum rc rc = RC_OK;

	if (w->asked)
		return RC_OK;
	read_token(v, BASKET_COOKIE, w->browser);
	if (w->browser[0] != '\0')
		make_proof(w);
	read_token(v, SESSION_COOKIE, w->token);
	if (w->token[0] != '\0' && v->db != NULL) {
		rc = session_find(
		    v->db, v->settings, w->token, v->now, &w->session, e);
		if (rc == RC_NOTFOUND) {
			error_clear(e);
			memset(&w->session, 0, sizeof(w->session));
			rc = RC_OK;
		}
	}
	w->asked = rc == RC_OK;
	return rc;
}

static enum rc
put_cookie(struct visit *v, const char *name, const char *value,
    int64_t seconds, struct error *e)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_LINE);
	cookie_put(&b, name, who_secure(v), value, seconds);
	rc = buf_rc(&b);
	if (rc == RC_OK)
		reply_header(v->r, "Set-Cookie", buf_str(&b));
	else
		(void)error_set(e, rc, "could not write a cookie");
	buf_release(&b);
	return rc;
}

enum rc
who_name_browser(struct visit *v, struct error *e)
{
	struct who *w = &v->who;
	enum rc rc = RC_OK;

	if (w->browser[0] == '\0') {
		rc = token_random(w->browser, e);
		if (rc != RC_OK)
			return rc;
		make_proof(w);
		w->fresh = true;
	}
	if (w->fresh)
		rc = put_cookie(
		    v, BASKET_COOKIE, w->browser, BASKET_COOKIE_SECONDS, e);
	return rc;
}

enum rc
who_is_browser(struct visit *v, const char *token, struct error *e)
{
	memmove(v->who.browser, token, TOKEN_SIZE);
	make_proof(&v->who);
	v->who.fresh = false;
	return put_cookie(
	    v, BASKET_COOKIE, v->who.browser, BASKET_COOKIE_SECONDS, e);
}

bool
who_proof(const struct visit *v, const char *sent)
{
	return v->who.proof[0] != '\0' && strlen(sent) == HASH_SIZE - 1 &&
	       token_equal(v->who.proof, sent, HASH_SIZE - 1);
}

bool
who_proved(const struct visit *v)
{
	return v->who.session.customer != 0 &&
	       v->who.session.proved_at >= v->now - PROVED_SECONDS;
}

enum rc
who_set_session(struct visit *v, const char *token, struct error *e)
{
	return put_cookie(v, SESSION_COOKIE, token,
	    token[0] == '\0' ? 0 : v->settings->session_lifetime * DAY, e);
}

void
who_nobody(struct visit *v)
{
	memset(&v->who.session, 0, sizeof(v->who.session));
	v->who.token[0] = '\0';
}

static enum rc
seen(struct db *db, void *ctx, struct error *e)
{
	const struct visit *v = ctx;

	return session_seen(db, v->who.token, v->now, e);
}

enum rc
who_seen(struct visit *v, struct error *e)
{
	enum rc rc = who_read(v, e);

	if (rc != RC_OK || v->who.session.customer == 0 ||
	    !v->who.session.stale)
		return rc;
	v->who.session.stale = false;
	return db_unit(v->db, seen, v, e);
}
