#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/tap.h"
#include "web/form.h"

enum { F_QTY, F_ITEM, F_NOTE, F_GIFT, F_PAGE, F_COUNT };

static const struct field fields[F_COUNT] = {
	[F_QTY] = { "qty", FIELD_INT, 0, LIMIT_QTY, FIELD_NEEDED },
	[F_ITEM] = { "item", FIELD_TEXT, 2, 10, 0 },
	[F_NOTE] = { "note", FIELD_AREA, 1, 20, 0 },
	[F_GIFT] = { "gift", FIELD_FLAG, 0, 0, 0 },
	[F_PAGE] = { "page", FIELD_INT, 1, 100, 0 },
};

static enum rc
parse(struct form *f, const char *s)
{
	struct error e = ERROR_NONE;

	return form_read(f, fields, F_COUNT, s, strlen(s), &e);
}

static void
error_is(const char *s, size_t field, enum field_error want)
{
	struct form f;
	enum rc rc = parse(&f, s);

	ok(rc == RC_OK && form_error(&f, field) == want,
	    "\"%s\": %s has error %d, want %d", s, fields[field].name,
	    (int)form_error(&f, field), (int)want);
	form_release(&f);
}

static void
rc_is(const char *s, enum rc want)
{
	struct form f;
	enum rc rc = parse(&f, s);

	ok(rc == want, "\"%.60s\" is %s, want %s", s, rc_name(rc),
	    rc_name(want));
	is_str(form_typed(&f, F_ITEM), "", "a failed form is empty");
	ok(form_error(&f, F_QTY) == FIELD_MISSING, "and misses what it needs");
	form_release(&f);
}

static void
values_come_typed(void)
{
	struct form f;

	ok(parse(
	       &f, "qty=3&item=red+fez&note=a%0D%0Ab%0Dc%0Ad%09e&gift=&x=1") ==
		RC_OK,
	    "parsed");
	ok(form_ok(&f), "no errors");
	is_int(form_int(&f, F_QTY), 3, "qty");
	is_str(form_text(&f, F_ITEM), "red fez", "item");
	is_str(form_text(&f, F_NOTE), "a\nb\nc\nd\te", "note has LF only");
	is_int(form_int(&f, F_GIFT), 1, "gift");
	ok(form_error(&f, F_PAGE) == FIELD_ABSENT, "page is absent");
	is_int(form_int_or(&f, F_PAGE, 7), 7, "page or 7");
	is_int(form_int_or(&f, F_QTY, 7), 3, "qty or 7");
	is_str(form_text_or(&f, F_ITEM, "none"), "red fez", "item or none");
	is_str(form_typed(&f, F_PAGE), "", "nothing typed");
	form_release(&f);
	form_release(&f);
	ok(1, "released twice");
}

static void
names_are_compared_whole(void)
{
	error_is("qtyx=3", F_QTY, FIELD_MISSING);
	error_is("qt=3", F_QTY, FIELD_MISSING);
	error_is("QTY=3", F_QTY, FIELD_MISSING);
	error_is("=3", F_QTY, FIELD_MISSING);
	error_is("%71ty=3", F_QTY, FIELD_OK);
	error_is("&&qty=3&", F_QTY, FIELD_OK);
	error_is("qty", F_QTY, FIELD_MISSING);
	error_is("gift", F_GIFT, FIELD_OK);
}

/* R13: 0, negative, 1e9, "abc" each have a stated result. */
static void
quantities_have_stated_results(void)
{
	error_is("qty=0", F_QTY, FIELD_OK);
	error_is("qty=999", F_QTY, FIELD_OK);
	error_is("qty=+007+", F_QTY, FIELD_OK);
	error_is("qty=1000", F_QTY, FIELD_LONG);
	error_is("qty=-1", F_QTY, FIELD_SHORT);
	error_is("qty=1000000000", F_QTY, FIELD_LONG);
	error_is("qty=99999999999999999999999", F_QTY, FIELD_LONG);
	error_is("qty=-99999999999999999999999", F_QTY, FIELD_SHORT);
	error_is("qty=abc", F_QTY, FIELD_BAD);
	error_is("qty=1e9", F_QTY, FIELD_BAD);
	error_is("qty=1.5", F_QTY, FIELD_BAD);
	error_is("qty=0x10", F_QTY, FIELD_BAD);
	error_is("qty=%2B1", F_QTY, FIELD_BAD);
	error_is("qty=", F_QTY, FIELD_MISSING);
	error_is("qty=++", F_QTY, FIELD_MISSING);
}

static void
texts_have_bounds(void)
{
	error_is("item=a", F_ITEM, FIELD_SHORT);
	error_is("item=ab", F_ITEM, FIELD_OK);
	error_is("item=0123456789", F_ITEM, FIELD_OK);
	error_is("item=++0123456789++", F_ITEM, FIELD_OK);
	error_is("item=0123456789a", F_ITEM, FIELD_LONG);
	error_is("item=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9", F_ITEM, FIELD_OK);
	error_is("item=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9a", F_ITEM, FIELD_LONG);
	error_is("item=++", F_ITEM, FIELD_ABSENT);
	error_is("note=%20%0D%0A", F_NOTE, FIELD_ABSENT);
}

/* R40: a value that could break a header never passes as a line. */
static void
lines_hold_no_control_characters(void)
{
	char s[] = "item=a%00b&note=a%00b";
	struct form f;
	int c;

	for (c = 1; c < 0x80; c++) {
		snprintf(s, sizeof(s), "item=a%%%02Xb&note=a%%%02Xb",
		    (unsigned)c, (unsigned)c);
		ok(parse(&f, s) == RC_OK, "%s parses", s);
		ok(form_error(&f, F_ITEM) ==
			(c < ' ' || c == 0x7f ? FIELD_BAD : FIELD_OK),
		    "line with byte %02x has error %d", (unsigned)c,
		    (int)form_error(&f, F_ITEM));
		ok(form_error(&f, F_NOTE) ==
			((c < ' ' && strchr("\t\n\r", c) == NULL) || c == 0x7f
				? FIELD_BAD
				: FIELD_OK),
		    "area with byte %02x has error %d", (unsigned)c,
		    (int)form_error(&f, F_NOTE));
		ok(strpbrk(form_typed(&f, F_ITEM), "\r\x01\x1b\x7f") == NULL,
		    "what was typed is safe to show");
		form_release(&f);
	}
	error_is("item=a%C2%85b", F_ITEM, FIELD_BAD);
	error_is("item=a%E2%80%A8b", F_ITEM, FIELD_BAD);
	error_is("note=a%C2%85b", F_NOTE, FIELD_BAD);
}

static void
a_field_sent_twice_is_told(void)
{
	struct form f;

	error_is("qty=1&qty=1", F_QTY, FIELD_TWICE);
	error_is("qty=1&qty=", F_QTY, FIELD_TWICE);
	error_is("qty=&qty=1", F_QTY, FIELD_TWICE);
	error_is("qty=1&qty=2&qty=3", F_QTY, FIELD_TWICE);
	error_is("gift&gift", F_GIFT, FIELD_TWICE);
	ok(parse(&f, "qty=1&item=ab&qty=2") == RC_OK, "parses");
	ok(f.twice && !form_ok(&f), "the whole form knows");
	form_release(&f);
	ok(parse(&f, "qty=1&x=1&x=2") == RC_OK, "parses");
	ok(!f.twice && form_ok(&f), "undeclared fields may repeat");
	form_release(&f);
}

static void
malformed_text_is_refused(void)
{
	static const char *const bad[] = { "qty=%", "qty=%1", "qty=%G1",
		"qty=%1G", "qty=%00", "x=%00", "x=%FF", "%FF=x", "x=%C3",
		"x=%C0%80", "x=%ED%A0%80", "x=%F4%90%80%80", "item=ab&x=%" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		rc_is(bad[i], RC_INVALID);
}

/* Each byte, raw and escaped, in a name and in a value. */
static void
all_256_bytes_are_decided(void)
{
	char s[32];
	struct form f;
	struct error e = ERROR_NONE;
	int c;
	enum rc rc;

	for (c = 0; c < 256; c++) {
		memcpy(s, "item=aXb", 8);
		s[6] = (char)c;
		rc = form_read(&f, fields, F_COUNT, s, 8, &e);
		ok(rc == (c == 0 || c >= 0x80 || c == '%' ? RC_INVALID : RC_OK),
		    "raw byte %02x in a value is %s", (unsigned)c, rc_name(rc));
		form_release(&f);
		error_clear(&e);
		snprintf(s, sizeof(s), "it%%%02xem=ab", (unsigned)c);
		rc = parse(&f, s);
		ok(rc == (c == 0 || c >= 0x80 ? RC_INVALID : RC_OK),
		    "escaped byte %02x in a name is %s", (unsigned)c,
		    rc_name(rc));
		form_release(&f);
	}
}

static void
more_fields_than_the_limit_are_too_big(void)
{
	char s[LIMIT_FIELDS * 4 + 8] = "";
	struct form f;
	size_t i;

	for (i = 0; i < LIMIT_FIELDS; i++)
		memcpy(s + i * 4, "x=1&", 5);
	ok(parse(&f, s) == RC_OK, "%d fields pass", LIMIT_FIELDS);
	form_release(&f);
	memcpy(s + i * 4, "x=1", 4);
	rc_is(s, RC_TOOBIG);
}

static enum rc
parse_some(void)
{
	struct form f;
	enum rc rc = parse(&f, "qty=3&item=red+fez&note=a%0D%0Ab&gift=1&y=2");

	form_release(&f);
	return rc;
}

static void
every_allocation_may_fail(void)
{
	ok(torture("form_read", parse_some) > 5, "several were allocated");
}

int
main(void)
{
	RUN(values_come_typed);
	RUN(names_are_compared_whole);
	RUN(quantities_have_stated_results);
	RUN(texts_have_bounds);
	RUN(lines_hold_no_control_characters);
	RUN(a_field_sent_twice_is_told);
	RUN(malformed_text_is_refused);
	RUN(all_256_bytes_are_decided);
	RUN(more_fields_than_the_limit_are_too_big);
	RUN(every_allocation_may_fail);
	return tap_done();
}
