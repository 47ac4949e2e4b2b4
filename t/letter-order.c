/* R56: the letter of an order, read back with GMime. */
#include "config.h"

#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

#include "letter/order.h"
#include "t/tap.h"

static struct settings settings = {
	.shop_name = (char[]){ "The Hat & Co." },
	.shop_url = (char[]){ "https://hats.example" },
	.mail_from = (char[]){ "" },
	.mail_name = (char[]){ "" },
	.mail_reply_to = (char[]){ "" },
};

static const struct letter_order_line two_lines[] = {
	{ "Crimson Fez", 2, 1995 },
	{ "<b>Cha\303\256ne</b>\r\nBcc: all@example.com", 1, 100 },
};

static const char *const home[] = { "Zo\303\253 Hatter", "1 High Street", "",
	"Leeds", "", "LS1 1AA", "United Kingdom" };

/* The letter of these lines; out is the caller's. */
static enum rc
write_one(const struct letter_order_line *lines, size_t n, const char *to,
    struct buf *out)
{
	const struct letter_to t = {
		.settings = &settings,
		.uid = "0123456789abcdef0123456789abcdef",
		.address = to,
		.now = 1795339800,
	};
	struct letter_order o = { 42, NULL, "GBP", lines, n,
		"Standard delivery", 395, 4485, 748, home, 7,
		"card ending 4242" };
	struct error e = ERROR_NONE;
	struct url page;
	enum rc rc;

	url_init_at(&page, "https://hats.example", "/order");
	url_path(&page, "abc");
	o.page = &page;
	buf_init(out, LETTER_MAX);
	rc = letter_order(&t, &o, out, &e);
	url_release(&page);
	return rc;
}

/* Part i as text with LF lines, to be freed. */
static char *
part(const struct buf *b, int i)
{
	GMimeStream *s = g_mime_stream_mem_new_with_buffer(b->s, b->len);
	GMimeParser *p = g_mime_parser_new_with_stream(s);
	GMimeMessage *m = g_mime_parser_construct_message(p, NULL);
	GMimeMultipart *both = GMIME_MULTIPART(g_mime_message_get_mime_part(m));
	char *text = g_mime_text_part_get_text(
	    GMIME_TEXT_PART(g_mime_multipart_get_part(both, i)));
	char *from, *to;

	for (from = to = text; *from != '\0'; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	g_object_unref(m);
	g_object_unref(p);
	g_object_unref(s);
	return text;
}

static void
the_letter_says_what_it_costs_R06(void)
{
	struct buf out;
	char *s;

	is_int(write_one(two_lines, 2, "zoe@buyer.example", &out), RC_OK, "rc");
	s = part(&out, 0);
	ok(strstr(s,
	       "2 \303\227 Crimson Fez (\302\24319.95 each)"
	       "                                     \302\24339.90\n") != NULL,
	    "a line: %s", s);
	ok(strstr(s, "Standard delivery") != NULL &&
		strstr(s, " \302\2433.95\n") != NULL,
	    "delivery");
	ok(strstr(s, "Total, paid") != NULL &&
		strstr(s, " \302\24344.85\n") != NULL,
	    "the total");
	ok(strstr(s, "\302\2437.48 of tax") != NULL, "the tax");
	ok(strstr(s, "Paid by card ending 4242.") != NULL, "how");
	ok(strstr(s, "\nhttps://hats.example/order/abc\n") != NULL, "where");
	ok(strstr(s, "    Leeds\n    LS1 1AA\n") != NULL,
	    "the address has no empty lines");
	g_free(s);
	s = part(&out, 1);
	ok(strstr(s, "href=\"https://hats.example/order/abc\"") != NULL,
	    "a link");
	ok(strstr(s, "name=\"color-scheme\" content=\"light dark\"") != NULL &&
		strstr(s, "@media (prefers-color-scheme:dark)") != NULL,
	    "light and dark");
	ok(strstr(s, "\302\24344.85</td>") != NULL, "the total in HTML");
	g_free(s);
	buf_release(&out);
}

static void
a_hats_name_is_only_a_name_R40(void)
{
	struct buf out;
	char *s;

	is_int(write_one(two_lines, 2, "zoe@buyer.example", &out), RC_OK, "rc");
	ok(strstr(buf_str(&out), "\nBcc:") == NULL, "no header of its own");
	s = part(&out, 0);
	ok(strstr(s, "\nBcc") == NULL, "no line of its own");
	g_free(s);
	s = part(&out, 1);
	ok(strstr(s, "<b>") == NULL, "no markup of its own");
	g_free(s);
	buf_release(&out);
}

/* The page of one line, a hat of this name with such a picture; to be freed. */
static char *
page_of_one(const char *name, const struct url *picture)
{
	const struct letter_order_line line = { .name = name,
		.qty = 2,
		.price = 1995,
		.picture = picture,
		.width = 1600,
		.height = 800 };
	struct buf out;
	char *s;

	is_int(write_one(&line, 1, "zoe@buyer.example", &out), RC_OK, "rc");
	s = part(&out, 1);
	buf_release(&out);
	return s;
}

static void
a_picture_is_beside_its_words_R56(void)
{
	struct url u;
	char *s;

	url_init_at(&u, "https://hats.example", "/pictures/ab/ab-card.webp");
	s = page_of_one("A \"Fez\"", &u);
	ok(strstr(s,
	       "<img src=\"https://hats.example/pictures/ab/ab-card.webp\" "
	       "alt=\"A &quot;Fez&quot;\" width=\"56\" height=\"28\"") != NULL,
	    "address, words and shape: %s", s);
	g_free(s);
	s = page_of_one("Fez", NULL);
	ok(strstr(s, "<img") == NULL && strstr(s, "colspan") == NULL,
	    "none, and no place for it");
	g_free(s);
	url_release(&u);
}

/* Arabic is kept apart, and what turns the eye is left out. */
static void
a_name_turns_nothing_around_it_R61(void)
{
	char *s;

	s = page_of_one("\331\202\330\250\330\271\330\251", NULL);
	ok(strstr(s, "2 \303\227 "
		     "\342\201\250\331\202\330\250\330\271\330\251\342\201\251 "
		     "(\302\24319.95 each)") != NULL,
	    "kept apart: %s", s);
	g_free(s);
	s = page_of_one("a\342\200\256b", NULL);
	ok(strstr(s, "2 \303\227 ab (") != NULL, "no U+202E");
	g_free(s);
}

static void
a_whole_basket_fits_and_is_the_same_each_time(void)
{
	struct letter_order_line lines[LIMIT_BASKET_LINES];
	char name[391];
	struct buf out, again;
	size_t i;

	for (i = 0; i < 130; i++)
		memcpy(name + 3 * i, "\345\270\275", 4);
	for (i = 0; i < LIMIT_BASKET_LINES; i++)
		lines[i] = (struct letter_order_line){ name, 999, 99999999 };
	is_int(write_one(lines, LIMIT_BASKET_LINES, "a@b.example", &out), RC_OK,
	    "all lines, long names");
	is_int(write_one(lines, LIMIT_BASKET_LINES, "a@b.example", &again),
	    RC_OK, "again");
	ok(out.len == again.len && memcmp(out.s, again.s, out.len) == 0,
	    "the same bytes");
	buf_release(&out);
	buf_release(&again);
	is_int(write_one(lines, 1, "not an address", &out), RC_INVALID,
	    "nobody to send it to");
	buf_release(&out);
}

static const struct letter_to zoe = {
	.settings = &settings,
	.uid = "0123456789abcdef0123456789abcdef",
	.address = "zoe@buyer.example",
	.now = 1795339800,
};

/* The text of the letter that tells of this end, to be freed. */
static char *
end_text(struct letter_ended n)
{
	struct error e = ERROR_NONE;
	struct url page, basket;
	struct buf out;
	char *s;

	url_init_at(&page, "https://hats.example", "/order/abc");
	url_init_at(&basket, "https://hats.example", "/basket");
	n.number = 42;
	n.currency = "GBP";
	n.page = &page;
	n.basket = &basket;
	buf_init(&out, LETTER_MAX);
	is_int(letter_ended(&zoe, &n, &out, &e), RC_OK, e.text);
	s = part(&out, 0);
	url_release(&basket);
	url_release(&page);
	buf_release(&out);
	return s;
}

static void
an_end_says_what_became_of_the_money_R58(void)
{
	char *s;

	s = end_text((struct letter_ended){ .why = "", .method = "" });
	ok(strstr(s, "not paid in time") != NULL, "late: %s", s);
	ok(strstr(s, "Nothing was charged.\n") != NULL, "late, the money");
	ok(strstr(s, "\nhttps://hats.example/basket\n") != NULL, "a way back");
	ok(strstr(s, "/order/abc") == NULL, "and no other");
	g_free(s);
	s = end_text((struct letter_ended){
	    .why = "Fez: 1 left\r\nBcc: x", .reserved = true, .method = "" });
	ok(strstr(s, "is cancelled: Fez: 1 left Bcc: x.") != NULL, "why: %s",
	    s);
	ok(strstr(s, "reserved is released") != NULL, "what was reserved");
	ok(strstr(s, "/basket\n") != NULL, "a way back");
	g_free(s);
	s = end_text((struct letter_ended){
	    .why = "as you wished", .wished = true, .method = "" });
	ok(strstr(s, "as you wished") != NULL, "wished: %s", s);
	ok(strstr(s, "/basket") == NULL, "who wished it needs no way back");
	g_free(s);
	s = end_text((struct letter_ended){ .why = "does not fit",
	    .paid = true,
	    .back = 4485,
	    .method = "card ending 4242" });
	ok(strstr(s, "goes back to you: \302\24344.85.") != NULL, "paid: %s",
	    s);
	ok(strstr(s, "card ending 4242") != NULL, "how");
	ok(strstr(s, "Nothing was charged") == NULL, "it was");
	g_free(s);
	s = end_text((struct letter_ended){
	    .why = "does not fit", .paid = true, .method = "" });
	ok(strstr(s, "has gone back to you before.") != NULL, "before: %s", s);
	ok(strstr(s, "Nothing was charged") == NULL, "it was, before");
	g_free(s);
}

static void
a_refund_says_how_much_R58(void)
{
	struct letter_refund f = { 42, NULL, "GBP", 500, "card ending 4242" };
	struct error e = ERROR_NONE;
	struct url page;
	struct buf out;
	char *s;

	url_init_at(&page, "https://hats.example", "/order/abc");
	f.page = &page;
	buf_init(&out, LETTER_MAX);
	is_int(letter_refund(&zoe, &f, &out, &e), RC_OK, e.text);
	s = part(&out, 0);
	ok(strstr(s, "\302\2435.00 of your order 42 is on its way") != NULL,
	    "how much: %s", s);
	ok(strstr(s, "card ending 4242") != NULL, "how");
	g_free(s);
	buf_release(&out);
	url_release(&page);
}

static void
answers_go_where_the_shop_reads_them(void)
{
	char desk[] = "desk@hats.example", *none = settings.mail_reply_to;
	struct buf out;

	is_int(write_one(two_lines, 1, "a@b.example", &out), RC_OK, "rc");
	ok(strstr(buf_str(&out), "Reply-To") == NULL, "to who it is from");
	buf_release(&out);
	settings.mail_reply_to = desk;
	is_int(write_one(two_lines, 1, "a@b.example", &out), RC_OK, "rc");
	ok(strstr(buf_str(&out), "\nReply-To: desk@hats.example\r\n") != NULL,
	    "to the desk");
	buf_release(&out);
	settings.mail_reply_to = none;
}

int
main(void)
{
	g_mime_init();
	RUN(the_letter_says_what_it_costs_R06);
	RUN(a_hats_name_is_only_a_name_R40);
	RUN(a_picture_is_beside_its_words_R56);
	RUN(a_name_turns_nothing_around_it_R61);
	RUN(a_whole_basket_fits_and_is_the_same_each_time);
	RUN(an_end_says_what_became_of_the_money_R58);
	RUN(a_refund_says_how_much_R58);
	RUN(answers_go_where_the_shop_reads_them);
	return tap_done();
}
