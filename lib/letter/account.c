#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "letter/account.h"

static void
say_span(struct letter *l, int64_t seconds)
{
	struct buf span;

	buf_init(&span, 40);
	letter_put_span(&span, seconds);
	letter_say(l, "The link works once, for %s.", buf_str(&span));
	buf_release(&span);
}

enum rc
letter_confirm(const struct letter_to *to, const struct url *link,
    int64_t seconds, struct buf *out, struct error *e)
{
	struct letter l;

	letter_begin(&l, to, "Please confirm your e-mail address");
	letter_say(&l,
	    "Somebody, you we hope, opened an account with this e-mail "
	    "address at %s. Please confirm that it is yours:",
	    to->settings->shop_name);
	letter_link(&l, "Confirm my address", link);
	say_span(&l, seconds);
	letter_say(&l, "If it was not you, do nothing: without this link the "
		       "address is not taken for theirs.");
	return letter_end(&l, out, e);
}

enum rc
letter_change_email(const struct letter_to *to, const struct url *link,
    int64_t seconds, struct buf *out, struct error *e)
{
	struct letter l;

	letter_begin(&l, to, "Please confirm your new e-mail address");
	letter_say(&l,
	    "You asked that your account at %s use this e-mail address from "
	    "now on. Please confirm that it is yours:",
	    to->settings->shop_name);
	letter_link(&l, "Use this address", link);
	say_span(&l, seconds);
	letter_say(&l, "If it was not you, do nothing: without this link "
		       "nothing changes.");
	return letter_end(&l, out, e);
}

enum rc
letter_reset(const struct letter_to *to, const struct letter_account *accounts,
    size_t n, int64_t seconds, struct buf *out, struct error *e)
{
	struct letter l;
	size_t i;

	assert(n > 0);
	letter_begin(&l, to, "Choose a new password");
	letter_say(&l,
	    "A new password was asked for at %s, for the account with this "
	    "e-mail address.",
	    to->settings->shop_name);
	if (n > 1)
		letter_say(&l, "Several accounts gave this address. The first "
			       "one that you choose a password for is the one "
			       "that keeps it.");
	for (i = 0; i < n; i++) {
		if (accounts[i].user_name != NULL &&
		    accounts[i].user_name[0] != '\0')
			letter_say(
			    &l, "Your user name: %s", accounts[i].user_name);
		letter_link(&l, "Choose a new password", accounts[i].link);
	}
	say_span(&l, seconds);
	letter_say(&l, "If it was not you, do nothing: your password stays "
		       "as it is.");
	return letter_end(&l, out, e);
}

enum rc
letter_link_proof(const struct letter_to *to, const char *provider,
    const struct url *link, int64_t seconds, struct buf *out, struct error *e)
{
	struct letter l;

	letter_begin(&l, to, "Is it you who logs in?");
	letter_say(&l,
	    "Somebody who logged in with %s wants to use your account at %s. "
	    "If it is you, say so:",
	    provider, to->settings->shop_name);
	letter_link(&l, "It is me", link);
	say_span(&l, seconds);
	letter_say(&l,
	    "If it was not you, do nothing, and do not pass this link on: it "
	    "opens your account to that login with %s.",
	    provider);
	return letter_end(&l, out, e);
}

#define MEND                                                                   \
	"If it was not you, choose a new password at once; that also logs "    \
	"everybody out:"

/* %s: detail.  help: said before the link, NULL for none. */
static const struct notice {
	const char *subject, *text, *help;
} notices[] = {
	[LETTER_PASSWORD_CHANGED] = { "Your password was changed",
	    "The password of your account was changed, and whoever was logged "
	    "in elsewhere was logged out.",
	    MEND },
	[LETTER_PASSWORD_ADDED] = { "Your account has a password now",
	    "A password was set for your account, which had none before.",
	    MEND },
	[LETTER_PASSWORD_REMOVED] = { "Your password was removed",
	    "The password of your account was removed.", MEND },
	[LETTER_EMAIL_CHANGED] = { "Your e-mail address was changed",
	    "Your account uses another e-mail address now: %s. Letters about "
	    "it no longer come here.",
	    MEND },
	[LETTER_METHOD_ADDED] = { "Your account has a new way to log in",
	    "From now on your account can be logged in to with %s.", MEND },
	[LETTER_METHOD_REMOVED] = { "A way to log in was removed",
	    "Your account can no longer be logged in to with %s.", MEND },
	[LETTER_TAKEN_OVER] = { "Your address is confirmed",
	    "You have shown that this e-mail address is yours. An account had "
	    "been opened with it that nobody had confirmed; it is yours now, "
	    "and its old password and logins no longer work.",
	    NULL },
	[LETTER_ALREADY] = { "You already have an account",
	    "Somebody, you perhaps, wanted to open an account with this e-mail "
	    "address, which has one. Nothing was changed.",
	    "If you forgot the password, choose a new one:" },
	[LETTER_NO_ACCOUNT] = { "There is no account with this address",
	    "A new password was asked for with this e-mail address, but no "
	    "account has it. Perhaps you gave another one.",
	    NULL },
	[LETTER_ERASED] = { "Your account was erased",
	    "Your account was erased, as asked for. What the law makes us keep "
	    "of orders is kept without any use of it.",
	    NULL },
};
_Static_assert(
    sizeof(notices) / sizeof(notices[0]) == LETTER_EVENTS, "one text each");

/* "h***@example.com": enough for the owner, too little for a stranger. */
static void
put_detail(struct buf *b, const char *detail)
{
	const char *at = strrchr(detail, '@');

	if (at == NULL) {
		buf_puts(b, detail);
		return;
	}
	buf_put(b, detail,
	    text_clip(detail, strlen(detail), at > detail + 4 ? 4 : 1));
	buf_puts(b, "***");
	buf_puts(b, at);
}

enum rc
letter_notice(const struct letter_to *to, enum letter_event event,
    const char *detail, const struct url *help, struct buf *out,
    struct error *e)
{
	const struct notice *n = &notices[event];
	const char *place;
	struct letter l;
	struct buf said;

	buf_init(&said, LIMIT_LINE);
	place = strstr(n->text, "%s");
	if (place != NULL) {
		assert(detail != NULL);
		buf_put(&said, n->text, (size_t)(place - n->text));
		put_detail(&said, detail);
		buf_puts(&said, place + 2);
	} else {
		buf_puts(&said, n->text);
	}
	letter_begin(&l, to, n->subject);
	letter_say(
	    &l, "This is about your account at %s.", to->settings->shop_name);
	if (buf_rc(&said) != RC_OK)
		buf_fail(&l.text, buf_rc(&said));
	letter_say(&l, "%s", buf_str(&said));
	buf_release(&said);
	if (n->help != NULL && help != NULL) {
		letter_say(&l, "%s", n->help);
		letter_link(&l, "Choose a new password", help);
	}
	return letter_end(&l, out, e);
}
