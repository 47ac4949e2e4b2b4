/*
 * Writes any letter of an order to standard output, for those that read or look
 * at it: letter-show KIND CASE.  KIND is one of kinds[], CASE one of people[]:
 * letter-show alone lists both, one pair a line.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "letter/parcel.h"

#define MANY LIMIT_BASKET_LINES
#define HOSTILE                                                                \
	"<b>Hat</b>&amp;\"'\r\nBcc: "                                          \
	"all@example.com\r\n\r\n<script>x()</script>"

static struct settings settings = {
	.shop_name = (char[]){ "The Funny Hat Online Shop" },
	.shop_url = (char[]){ "https://hats.example" },
	.mail_from = (char[]){ "shop@hats.example" },
	.mail_name = (char[]){ "" },
	.mail_reply_to = (char[]){ "desk@hats.example" },
};

/* What is different from one customer to the next. */
static const struct person {
	const char *name, *hat, *lines[6], *place;
	size_t n; /* lines of the order */
} people[] = {
	{ "latin", "Crimson Fez",
	    { "Zo\303\253 Hatter", "1 High Street", "Leeds", "LS1 1AA",
		"United Kingdom", "" },
	    "Corner Shop, 7 High Street, Leeds", 2 },
	{ "polish",
	    "Kapelusz \305\274\303\263\305\202ciutki \342\200\223 "
	    "\305\201\303\263d\305\272",
	    { "\305\201ucja "
	      "\305\232wi\304\231topie\305\202k-"
	      "\305\273\303\263\305\202\304\207",
		"ul. Pi\304\231kna 7 m. 3", "\305\201\303\263d\305\272",
		"90-001", "Poland", "" },
	    "Paczkomat \305\201DZ07N, ul. D\305\202uga 1", 2 },
	{ "greek",
	    "\316\232\316\261\317\200\316\255\316\273\316\277 "
	    "\317\204\316\267\317\202 \316\252\316\265\317\201\316\267\317\202",
	    { "\316\210\316\273\316\273\316\267 "
	      "\316\250\317\205\317\207\316\277\317\200\316\261\317\200\316\277"
	      "\317\215\316\273\316\277\317\205",
		"\316\237\316\264\317\214\317\202 "
		"\316\210\317\201\316\274\316\277\317\205 12",
		"\316\221\316\270\316\256\316\275\316\261", "105 63", "Greece",
		"" },
	    "\316\237\316\264\317\214\317\202 "
	    "\316\221\316\271\317\214\316\273\316\277\317\205 3, "
	    "\316\221\316\270\316\256\316\275\316\261",
	    2 },
	{ "arabic",
	    "\331\202\330\250\330\271\330\251 "
	    "\330\255\331\205\330\261\330\247\330\241 (XL)",
	    { "\331\206\331\210\330\261 "
	      "\330\247\331\204\330\257\331\212\331\206 42",
		"\330\264\330\247\330\261\330\271 "
		"\330\247\331\204\331\206\331\212\331\204 7 B",
		"\330\247\331\204\331\202\330\247\331\207\330\261\330\251",
		"11511", "Egypt", "" },
	    "\331\205\331\203\330\252\330\250 "
	    "\330\247\331\204\330\250\330\261\331\212\330\257 12, "
	    "\330\247\331\204\331\202\330\247\331\207\330\261\330\251",
	    2 },
	{ "chinese",
	    "\347\264\205\350\211\262\347\232\204\345\270\275\345\255\220",
	    { "\346\235\216\345\260\217\351\276\215",
		"\344\270\255\345\261\261\350\267\257\344\270\200\346\256\265"
		"\344\270\203\350\231\237\345\215\201\344\272\214\346\250\223",
		"\345\217\260\345\214\227\345\270\202", "100", "Taiwan", "" },
	    "\344\276\277\345\210\251\345\225\206\345\272\227", 2 },
	{ "many", "The Very Long Name of a Hat for Somebody Who Likes Names",
	    { "Zo\303\253 Hatter", "1 High Street", "Leeds", "LS1 1AA",
		"United Kingdom", "" },
	    "Corner Shop", MANY },
	{ "hostile", HOSTILE,
	    { HOSTILE, HOSTILE, HOSTILE, "\342\200\256txet \xff\xfe", HOSTILE,
		"Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a" },
	    HOSTILE, 2 },
};

struct scene {
	const struct person *who;
	struct letter_to to;
	struct url page, basket, picture;
	struct letter_order_line lines[MANY];
	struct letter_news news;
	struct letter_parcel parcel;
	struct buf out;
	struct error e;
};

static enum rc
order(struct scene *s)
{
	const struct letter_order o = {
		.number = 42,
		.page = &s->page,
		.currency = "GBP",
		.lines = s->lines,
		.n = s->news.n,
		.delivery_name = "Standard delivery",
		.delivery = 395,
		.total = 123456,
		.tax = 20576,
		.address = s->news.address,
		.naddress = s->news.naddress,
		.method = strcmp(s->who->name, "hostile") == 0
			      ? HOSTILE
			      : "card ending 4242",
	};

	return letter_order(&s->to, &o, &s->out, &s->e);
}

static enum rc
ended(struct scene *s, struct letter_ended n)
{
	n.number = 42;
	n.page = &s->page;
	n.basket = &s->basket;
	n.currency = "GBP";
	if (strcmp(s->who->name, "hostile") == 0)
		n.why = n.method = HOSTILE;
	return letter_ended(&s->to, &n, &s->out, &s->e);
}

static enum rc
unpaid(struct scene *s)
{
	return ended(s, (struct letter_ended){ .why = "", .method = "" });
}

static enum rc
short_of(struct scene *s)
{
	return ended(
	    s, (struct letter_ended){ .why = "Crimson Fez: only 1 is left",
		   .reserved = true,
		   .method = "" });
}

static enum rc
cancelled(struct scene *s)
{
	return ended(s, (struct letter_ended){ .why = "as you wished",
			    .wished = true,
			    .paid = true,
			    .back = 4485,
			    .method = "card ending 4242" });
}

static enum rc
refund(struct scene *s)
{
	const struct letter_refund f = { 42, &s->page, "GBP", 500,
		"card ending 4242" };

	return letter_refund(&s->to, &f, &s->out, &s->e);
}

static enum rc
dispatched(struct scene *s)
{
	return letter_dispatched(
	    &s->to, &s->news, &s->parcel, 1, &s->out, &s->e);
}

static enum rc
trouble(struct scene *s, enum letter_trouble trouble)
{
	s->parcel.trouble = trouble;
	if (trouble == LETTER_PICK_UP)
		s->parcel.place = s->who->place;
	if (strcmp(s->who->name, "hostile") == 0)
		s->parcel.detail = HOSTILE;
	return letter_trouble(&s->to, &s->news, &s->parcel, &s->out, &s->e);
}

static enum rc
attempted(struct scene *s)
{
	return trouble(s, LETTER_ATTEMPTED);
}

static enum rc
pick_up(struct scene *s)
{
	return trouble(s, LETTER_PICK_UP);
}

static enum rc
returning(struct scene *s)
{
	return trouble(s, LETTER_RETURNING);
}

static enum rc
returned(struct scene *s)
{
	return trouble(s, LETTER_RETURNED);
}

static enum rc
lost(struct scene *s)
{
	return trouble(s, LETTER_LOST);
}

static enum rc
no_delivery(struct scene *s)
{
	return trouble(s, LETTER_NO_DELIVERY);
}

static enum rc
held(struct scene *s)
{
	return trouble(s, LETTER_HELD);
}

/* Any bytes will do; these are all that there are. */
static enum rc
paper(struct scene *s, bool credit)
{
	unsigned char bytes[1024];
	const struct letter_document d = { .number = "2026/00042",
		.pdf = bytes,
		.n = sizeof(bytes),
		.total = 4485,
		.at = s->to.now };

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	return credit ? letter_credit_note(&s->to, &s->news, &d, &s->out, &s->e)
		      : letter_invoice(&s->to, &s->news, &d, &s->out, &s->e);
}

static enum rc
invoice(struct scene *s)
{
	return paper(s, false);
}

static enum rc
credit_note(struct scene *s)
{
	return paper(s, true);
}

static enum rc
withdrawal(struct scene *s)
{
	return letter_withdrawal(&s->to, &s->news, s->to.now,
	    "Please send the goods back within 14 days.", &s->out, &s->e);
}

static const struct {
	const char *name;
	enum rc (*write)(struct scene *s);
} kinds[] = {
	{ "order", order },
	{ "unpaid", unpaid },
	{ "short", short_of },
	{ "cancelled", cancelled },
	{ "refund", refund },
	{ "dispatched", dispatched },
	{ "attempted", attempted },
	{ "pick-up", pick_up },
	{ "returning", returning },
	{ "returned", returned },
	{ "lost", lost },
	{ "no-delivery", no_delivery },
	{ "held", held },
	{ "invoice", invoice },
	{ "credit-note", credit_note },
	{ "withdrawal", withdrawal },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define PEOPLE (sizeof(people) / sizeof(people[0]))

static void
set_scene(struct scene *s, const struct person *who)
{
	memset(s, 0, sizeof(*s));
	s->who = who;
	s->to = (struct letter_to){ .settings = &settings,
		.uid = "0123456789abcdef0123456789abcdef",
		.address = "zoe@buyer.example",
		.now = 1795339800 };
	url_init_at(&s->page, settings.shop_url, "/order");
	url_path(&s->page, "0123456789abcdef0123456789abcdef");
	url_init_at(&s->basket, settings.shop_url, "/basket");
	url_init_at(
	    &s->picture, settings.shop_url, "/pictures/ab/abc-card.webp");
	for (size_t i = 0; i < who->n; i++) {
		s->lines[i] = (struct letter_order_line){
			.name = i % 2 == 0 ? who->hat : "Trilby",
			.qty = i % 2 == 0 ? 2 : 1,
			.price = 1995,
			.width = 1600,
			.height = i % 2 == 0 ? 1600 : 1000,
		};
		if (i % 3 != 2)
			s->lines[i].picture = &s->picture;
	}
	s->news = (struct letter_news){ .number = 42,
		.page = &s->page,
		.currency = "GBP",
		.lines = s->lines,
		.n = who->n,
		.address = who->lines,
		.naddress = 6 };
	s->parcel = (struct letter_parcel){ .tracking = "FD123456789GB",
		.link = "https://track.funny.example/FD123456789GB",
		.courier = "Funny Deliveries",
		.leaves = 1795339800 + 86400,
		.day = 1795339800 + 2 * 86400,
		.at = 1795339800,
		.place = "",
		.detail = "" };
	if (strcmp(who->name, "hostile") == 0) {
		s->parcel.tracking = s->parcel.courier = HOSTILE;
		s->parcel.link = "javascript:alert(1)";
	}
	buf_init(&s->out, LETTER_MAX_FILE);
}

static int
show(size_t kind, size_t who)
{
	struct scene s;
	int status = 1;

	set_scene(&s, &people[who]);
	if (kinds[kind].write(&s) != RC_OK)
		(void)fprintf(stderr, "%s\n", s.e.text);
	else if (fwrite(s.out.s, 1, s.out.len, stdout) == s.out.len)
		status = 0;
	url_release(&s.page);
	url_release(&s.basket);
	url_release(&s.picture);
	buf_release(&s.out);
	return status;
}

int
main(int argc, char **argv)
{
	for (size_t k = 0; k < KINDS; k++)
		for (size_t p = 0; p < PEOPLE; p++)
			if (argc != 3)
				(void)printf(
				    "%s %s\n", kinds[k].name, people[p].name);
			else if (strcmp(argv[1], kinds[k].name) == 0 &&
				 strcmp(argv[2], people[p].name) == 0)
				return show(k, p);
	return argc == 3 ? 2 : 0;
}
