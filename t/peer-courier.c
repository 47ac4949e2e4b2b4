/* The courier: what is sent to Funny Deliveries, what is understood of it, and
 * whose webhooks are believed (R64, R65, R68). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "peer/funny_deliveries.h"
#include "peer/funny_read.h"
#include "peer/funny_schema.h"
#include "t/tap.h"

#define NS " xmlns=\"urn:funny-deliveries:v1\""
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define KEY "0123456789abcdef0123456789abcdef"

static const struct courier_job job = {
	.reference = "1001-1",
	.from = { "Hat Shop", "1 Brim St", "", "Leeds", "", "LS1 1AA", "GB",
	    "+44 113 496 0000", "" },
	.to = { "Łódź <b> & \"帽子\"", "2 Row", "", "Łódź", "", "90-001", "PL",
	    "", "o'brien+hats@example.com" },
	.ready_from = 1795424400,
	.close_at = 1795449600,
	.instructions = "Ring\ntwice ]]>",
	.currency = "GBP",
	.boxes = { { 900, 350, 350, 200, 5143 }, { 1, 1, 1, 1, 0 } },
	.n = 2,
};

static struct funny_deliveries fd = {
	.base = "", .key = "", .service = "STANDARD"
};

static enum rc
prepared(const struct courier_job *j, const char *key, struct buf *path,
    struct buf *request, struct error *e)
{
	struct courier c;

	funny_deliveries(&fd, &c);
	buf_init(path, LIMIT_URL);
	buf_init(request, LIMIT_CALL);
	return c.prepare(&c, j, key, path, request, e);
}

static void
a_booking_has_its_key_in_the_path_and_is_valid(void)
{
	struct error e = ERROR_NONE;
	struct buf path, request;

	ok(prepared(&job, KEY, &path, &request, &e) == RC_OK, "%s", e.text);
	is_str(buf_str(&path), "/bookings/" KEY, "path");
	ok(strstr(buf_str(&request),
	       "<Name>Łódź &lt;b&gt; &amp; &quot;帽子&quot;</Name>") != NULL,
	    "names are escaped");
	ok(strstr(buf_str(&request),
	       "<ReadyFrom>2026-11-23T09:00:00Z</ReadyFrom>") != NULL,
	    "times are UTC");
	ok(strstr(buf_str(&request),
	       "<ValueMinor currency=\"GBP\">5143</ValueMinor>") != NULL,
	    "money is whole");
	ok(strstr(buf_str(&request), "Line2") == NULL, "nothing empty is sent");
	buf_release(&path);
	buf_release(&request);
}

static void
the_same_job_is_the_same_bytes(void)
{
	struct error e = ERROR_NONE;
	struct buf path, one, two;

	ok(prepared(&job, KEY, &path, &one, &e) == RC_OK, "once");
	buf_release(&path);
	ok(prepared(&job, KEY, &path, &two, &e) == RC_OK, "twice");
	is_str(buf_str(&one), buf_str(&two), "the same");
	buf_release(&path);
	buf_release(&one);
	buf_release(&two);
}

static void
refused(const struct courier_job *j, const char *key, const char *what)
{
	struct error e = ERROR_NONE;
	struct buf path, request;

	ok(prepared(j, key, &path, &request, &e) == RC_INVALID, "%s: %s", what,
	    e.text);
	buf_release(&path);
	buf_release(&request);
}

static void
what_no_courier_takes_is_not_prepared(void)
{
	struct courier_job j = job;

	refused(&job, "short", "a short key");
	refused(&job, "0123456789/..", "a key that is a path");
	j.to.town = "";
	refused(&j, KEY, "no town");
	j = job;
	j.to.town = "  ";
	refused(&j, KEY, "a blank town");
	j = job;
	j.to.country = "Poland";
	refused(&j, KEY, "no country");
	j = job;
	j.n = 0;
	refused(&j, KEY, "no parcel");
	j = job;
	j.boxes[0].grams = 0;
	refused(&j, KEY, "no weight");
}

static void
a_phone_number_in_words_is_left_out(void)
{
	struct courier_job j = job;
	struct error e = ERROR_NONE;
	struct buf path, request;

	j.to.phone = "call me";
	j.to.email = "Ann at home";
	ok(prepared(&j, KEY, &path, &request, &e) == RC_OK, "%s", e.text);
	ok(strstr(buf_str(&request), "call") == NULL &&
		strstr(buf_str(&request), "Ann") == NULL,
	    "neither is sent");
	buf_release(&path);
	buf_release(&request);
}

static void
long_texts_are_cut_by_characters(void)
{
	char name[4 * 300 + 1] = "";
	struct courier_job j = job;
	struct error e = ERROR_NONE;
	struct buf path, request;

	for (size_t i = 0; i < 300; i++)
		memcpy(name + 3 * i, "帽", 4);
	j.to.name = name;
	ok(prepared(&j, KEY, &path, &request, &e) == RC_OK, "%s", e.text);
	buf_release(&path);
	buf_release(&request);
}

/*** Read ***/

#define BOOKING                                                                \
	HEAD "<Booking" NS "><Key>" KEY                                        \
	     "</Key><ClientReference>1001-1</ClientReference>"                 \
	     "<TrackingNumber>FD00000017GB</TrackingNumber>"                   \
	     "<State>BOOKED</State>"                                           \
	     "<CollectionWindow from=\"2026-11-23T09:00:00Z\" "                \
	     "to=\"2026-11-23T16:00:00Z\"/>"                                   \
	     "<PriceMinor currency=\"GBP\">495</PriceMinor>"                   \
	     "<TrackingUrl>https://funny.example/t/17</TrackingUrl></Booking>"

static enum rc
read_reply(
    int64_t status, const char *body, struct courier_answer *a, struct error *e)
{
	struct courier_reply reply;
	struct courier c;
	enum rc rc;

	funny_deliveries(&fd, &c);
	courier_reply_init(&reply);
	reply.status = status;
	reply.retry_after = 7;
	buf_puts(&reply.body, body);
	rc = c.read(&c, &reply, a, e);
	courier_reply_release(&reply);
	return rc;
}

static void
a_booking_is_read_whole(void)
{
	struct error e = ERROR_NONE;
	struct courier_answer a;

	ok(read_reply(201, BOOKING, &a, &e) == RC_OK, "%s", e.text);
	ok(a.news == COURIER_DONE && a.state == COURIER_BOOKED, "booked");
	is_str(a.key, KEY, "key");
	is_str(a.tracking, "FD00000017GB", "tracking number");
	is_str(a.reference, "1001-1", "reference");
	is_str(a.url, "https://funny.example/t/17", "address");
	is_str(a.currency, "GBP", "currency");
	is_int(a.price, 495, "price");
	is_int(a.from, 1795424400, "from");
	is_int(a.until, 1795449600, "until");
}

static void
means(
    int64_t status, const char *body, enum courier_news news, const char *what)
{
	struct error e = ERROR_NONE;
	struct courier_answer a;
	enum rc rc = read_reply(status, body, &a, &e);

	ok(rc == RC_OK && a.news == news, "%s: rc=%s news=%d %s", what,
	    rc_name(rc), (int)a.news, e.text);
	ok(a.fault.status == status && a.fault.retry_after == 7,
	    "its status and when to come again");
}

#define FAULT(code, retryable)                                                 \
	HEAD "<Error" NS "><Code>" code "</Code><Message>words</Message>"      \
	     "<Field>/Delivery/Address/PostCode</Field><Retryable>" retryable  \
	     "</Retryable><RequestId>r1</RequestId></Error>"

static void
each_answer_says_whether_to_repeat_mend_or_look(void)
{
	means(202, "", COURIER_AGAIN, "at work");
	means(400, FAULT("SCHEMA", "false"), COURIER_REFUSED, "wrong");
	means(401, FAULT("BAD_KEY", "false"), COURIER_BARRED, "key");
	means(
	    403, FAULT("ACCOUNT_SUSPENDED", "false"), COURIER_BARRED, "barred");
	means(409, FAULT("KEY_REUSED", "false"), COURIER_TAKEN, "taken");
	means(
	    409, FAULT("ALREADY_COLLECTED", "false"), COURIER_REFUSED, "late");
	means(422, FAULT("ADDRESS_NOT_SERVED", "false"), COURIER_REFUSED,
	    "where");
	means(422, FAULT("NEW_WORD", "true"), COURIER_AGAIN, "by its own word");
	means(429, FAULT("TOO_MANY", "true"), COURIER_AGAIN, "too many");
	means(429, "", COURIER_AGAIN, "too many, without words");
	means(500, "<html>oops", COURIER_AGAIN, "broken");
	means(503, FAULT("UNAVAILABLE", "true"), COURIER_AGAIN, "closed");
}

static void
a_no_that_is_not_the_couriers_is_none(void)
{
	struct error e = ERROR_NONE;
	struct courier_answer a;

	ok(read_reply(404, "<html>no such page", &a, &e) == RC_INVALID, "%s",
	    e.text);
	error_clear(&e);
	ok(read_reply(422, "", &a, &e) == RC_INVALID, "%s", e.text);
	error_clear(&e);
	ok(read_reply(302, "", &a, &e) == RC_INVALID, "%s", e.text);
	error_clear(&e);
	ok(read_reply(200, "", &a, &e) == RC_INVALID, "%s", e.text);
	ok(a.news == COURIER_AGAIN, "and counts as nothing known");
}

static void
staff_see_code_and_field(void)
{
	struct error e = ERROR_NONE;
	struct courier_answer a;

	ok(read_reply(422, FAULT("ADDRESS_NOT_SERVED", "false"), &a, &e) ==
		RC_OK,
	    "%s", e.text);
	is_str(a.fault.code, "ADDRESS_NOT_SERVED", "code");
	is_str(a.fault.field, "/Delivery/Address/PostCode", "field");
	is_str(a.fault.message, "words", "message");
	is_str(a.fault.request, "r1", "its name of the call");
}

/*** Events ***/

struct seen {
	int n;
	struct courier_event last;
};

static enum rc
see(void *ctx, const struct courier_event *one, struct error *e)
{
	struct seen *s = ctx;

	(void)e;
	s->n++;
	s->last = *one;
	return RC_OK;
}

static enum rc
page_of(const char *text, struct seen *s, struct courier_page *page,
    struct error *e)
{
	memset(s, 0, sizeof(*s));
	return funny_events(text, strlen(text), see, s, page, e);
}

#define EVENT(state, more)                                                     \
	"<Event><EventId>1842</EventId>"                                       \
	"<TrackingNumber>FD00000017GB</TrackingNumber>"                        \
	"<ClientReference>1001-1</ClientReference><State>" state "</State>"    \
	"<Detail code=\"CORRECTION\">Left with\n a neighbour</Detail>"         \
	"<OccurredAt>2026-11-23T12:00:00Z</OccurredAt>"                        \
	"<RecordedAt>2026-11-23T12:00:05.25Z</RecordedAt>"                     \
	"<Place>Leeds</Place>" more "</Event>"
#define PAGE(events)                                                           \
	HEAD "\n<Events" NS " next=\"c_1842\" more=\"true\">\n" events         \
	     "\n</Events>"

static void
a_page_of_events_is_read(void)
{
	struct error e = ERROR_NONE;
	struct courier_page page;
	struct seen s;

	ok(page_of(PAGE(EVENT("DELIVERED", "") EVENT("LOST", "")), &s, &page,
	       &e) == RC_OK,
	    "%s", e.text);
	is_int(s.n, 2, "both");
	ok(page.news == COURIER_DONE && page.more, "and there are more");
	is_str(page.next, "c_1842", "from there");
	is_int(s.last.id, 1842, "id");
	ok(s.last.state == COURIER_LOST && s.last.correction, "a correction");
	is_int(s.last.occurred_at, 1795435200, "when");
	is_int(s.last.recorded_at, 1795435205, "when it was noted");
	is_str(s.last.place, "Leeds", "where");
	is_str(s.last.detail, "Left with  a neighbour", "in words, on a line");
}

static void
a_later_version_is_understood_as_far_as_we_know_it(void)
{
	struct error e = ERROR_NONE;
	struct courier_page page;
	struct seen s;

	ok(page_of(HEAD "<x:Events xmlns:x=\"urn:funny-deliveries:v1\" "
			"next=\"c\" more=\"false\" mood=\"gay\">"
			"<x:Weather><x:Event/></x:Weather>"
			"<o:Other xmlns:o=\"urn:other\"/>"
			"<x:Event><x:EventId>1</x:EventId><x:Drone>7</x:Drone>"
			"<x:TrackingNumber>FD00000017GB</x:TrackingNumber>"
			"<x:ClientReference>1</x:ClientReference>"
			"<x:State>banana</x:State>"
			"<x:OccurredAt>2026-11-23T12:00:00Z</x:OccurredAt>"
			"</x:Event></x:Events>",
	       &s, &page, &e) == RC_OK,
	    "%s", e.text);
	is_int(s.n, 1, "one event");
	ok(s.last.state == COURIER_UNKNOWN, "of an unknown state");
	is_str(s.last.word, "banana", "whose word is kept");
	is_int(s.last.recorded_at, s.last.occurred_at, "noted at once");
}

static void
not_a_page(const char *text, enum rc want, const char *what)
{
	struct error e = ERROR_NONE;
	struct courier_page page;
	struct seen s;
	enum rc rc = page_of(text, &s, &page, &e);

	ok(rc == want, "%s: %s %s", what, rc_name(rc), e.text);
	is_int(s.n, 0, "nothing of it is believed");
	ok(page.news == COURIER_AGAIN, "and it is asked again");
}

static void
what_is_no_valid_page_is_refused_whole(void)
{
	not_a_page("", RC_INVALID, "nothing");
	not_a_page("<Events", RC_INVALID, "a beginning");
	not_a_page(PAGE(EVENT("", "")), RC_INVALID, "an event without a state");
	not_a_page(PAGE(EVENT("LOST", "") "<Event/>"), RC_INVALID,
	    "one good and one empty event");
	not_a_page("<Events next=\"c\" more=\"true\"/>", RC_INVALID,
	    "another namespace");
	not_a_page("<Events" NS " next=\"c d\" more=\"true\"/>", RC_INVALID,
	    "a cursor with a blank");
	not_a_page("<Events" NS " more=\"true\"/>", RC_INVALID, "no cursor");
	not_a_page(BOOKING, RC_INVALID, "a booking");
	not_a_page("<Events" NS " next=\"c\" more=\"true\"/>\xff", RC_INVALID,
	    "not UTF-8");
}

static void
entities_and_document_types_are_refused(void)
{
	not_a_page("<!DOCTYPE Events><Events" NS " next=\"c\" more=\"true\"/>",
	    RC_DENIED, "a document type");
	not_a_page(HEAD "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
			"\"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c "
			"\"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]><Events" NS
			" next=\"&c;\" more=\"true\"/>",
	    RC_DENIED, "an entity bomb");
	not_a_page("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><Events" NS
		   " next=\"c\" more=\"true\"/>",
	    RC_DENIED, "a file");
	not_a_page("<Events" NS " next=\"&a;\" more=\"true\"/>", RC_INVALID,
	    "an entity that is none");
	not_a_page("<?xml version=\"1.0\" encoding=\"UTF-16\"?><!DOCTYPE "
		   "x><Events" NS " next=\"c\" more=\"true\"/>",
	    RC_DENIED, "one that says it is of another encoding");
}

static void
what_is_too_large_or_too_deep_is_refused(void)
{
	struct error e = ERROR_NONE;
	struct courier_page page;
	struct seen s;
	struct buf b;

	buf_init(&b, 4 * FUNNY_EVENTS_MAX);
	buf_puts(&b, "<Events" NS " next=\"c\" more=\"true\">");
	while (b.len <= FUNNY_EVENTS_MAX)
		buf_puts(&b, "<x/>");
	buf_puts(&b, "</Events>");
	ok(page_of(buf_str(&b), &s, &page, &e) == RC_TOOBIG, "%s", e.text);
	error_clear(&e);
	buf_reset(&b);
	buf_puts(&b, "<Events" NS " next=\"c\" more=\"true\">");
	for (int i = 0; i < 100000; i++)
		buf_puts(&b, "<x>");
	ok(page_of(buf_str(&b), &s, &page, &e) == RC_INVALID, "%s", e.text);
	error_clear(&e);
	buf_reset(&b);
	buf_puts(&b, "<Events" NS " next=\"c\" more=\"true\">");
	for (int i = 0; i < 101; i++)
		buf_puts(&b, EVENT("LOST", ""));
	buf_puts(&b, "</Events>");
	ok(page_of(buf_str(&b), &s, &page, &e) == RC_INVALID, "%s", e.text);
	buf_release(&b);
}

static void
a_shipment_has_its_history(void)
{
	static const char text[] =
	    HEAD "<Shipment" NS "><Key>" KEY
		 "</Key><ClientReference>1001-1</ClientReference>"
		 "<TrackingNumber>FD00000017GB</TrackingNumber>"
		 "<State>DELIVERED</State>"
		 "<CollectionWindow from=\"2026-11-23T09:00:00Z\" "
		 "to=\"2026-11-23T16:00:00Z\"/>"
		 "<PriceMinor currency=\"GBP\">495</PriceMinor>" EVENT(
		     "COLLECTED", "") EVENT("DELIVERED", "") "</Shipment>";
	struct error e = ERROR_NONE;
	struct courier_answer a;
	struct seen s = { 0 };

	ok(funny_shipment(text, strlen(text), see, &s, &a, &e) == RC_OK, "%s",
	    e.text);
	ok(a.state == COURIER_DELIVERED && s.n == 2, "two events");
	is_str(a.url, "", "no address for people");
}

/*** Webhooks ***/

#define SECRET "fdwh_test_0123456789abcdef"
#define AT 1795338000
#define V1 "c8cba6ecc2035e970427412afe04ba7f7216ea92ebfe83d54213286a1c764edb"

static void
webhook_body(struct buf *b)
{
	struct error e = ERROR_NONE;

	buf_init(b, LIMIT_BODY);
	ok(file_read(T_SRCDIR "/t/vectors/courier-webhook-body.xml", b, &e) ==
		RC_OK,
	    "%s", e.text);
	is_int((int64_t)b->len, 275, "bytes of the vector");
}

static enum rc
hook(const char *header, const struct buf *b, const char *one, const char *two,
    int64_t now)
{
	const char *const secrets[2] = { one, two };
	struct error e = ERROR_NONE;

	return funny_deliveries_signed(
	    header, buf_str(b), b->len, secrets, now, &e);
}

static void
a_webhook_is_believed_by_its_signature_alone(void)
{
	struct buf b;

	webhook_body(&b);
	ok(hook("t=1795338000,v1=" V1, &b, SECRET, "", AT) == RC_OK, "vector");
	ok(hook("t=1795338000,v1=" V1, &b, "new", SECRET, AT + 300) == RC_OK,
	    "while the secret is changed");
	ok(hook("t=1795338000,v1=" V1, &b, "new", NULL, AT) == RC_DENIED,
	    "another secret");
	ok(hook("t=1795338000,v1=" V1, &b, "", "", AT) == RC_DENIED,
	    "no secret");
	ok(hook("t=1795338000,v1=" V1, &b, SECRET, "", AT + 301) == RC_DENIED,
	    "too old");
	ok(hook("t=1795338000,v1=" V1, &b, SECRET, "", AT - 301) == RC_DENIED,
	    "of a time to come");
	ok(hook("t=1795338001,v1=" V1, &b, SECRET, "", AT) == RC_DENIED,
	    "another time");
	ok(hook("", &b, SECRET, "", AT) == RC_DENIED, "none");
	buf_puts(&b, " ");
	ok(hook("t=1795338000,v1=" V1, &b, SECRET, "", AT) == RC_DENIED,
	    "another body");
	buf_release(&b);
}

static void
a_webhook_is_an_event_with_a_name(void)
{
	struct error e = ERROR_NONE;
	char name[COURIER_KEY_SIZE];
	struct courier_event ev;
	struct courier c;
	struct buf b;

	funny_deliveries(&fd, &c);
	webhook_body(&b);
	ok(c.event(&c, buf_str(&b), b.len, &ev, &e) == RC_OK, "%s", e.text);
	is_int(ev.id, 1842, "id");
	ok(ev.state == COURIER_DELIVERED, "delivered");
	funny_deliveries_event_name(buf_str(&b), b.len, name);
	is_str(name, "1842", "the inbox's name");
	funny_deliveries_event_name("<EventId>x</EventId>", 20, name);
	is_int((int64_t)strlen(name), 64, "a hash when there is none");
	buf_release(&b);
}

/*** Alike ***/

static void
hashed(const char *text, char out[HASH_SIZE])
{
	struct error e = ERROR_NONE;
	struct xdoc d;

	ok(xdoc_read(&d, text, strlen(text), LIMIT_BODY, &e) == RC_OK &&
		xdoc_hash(&d, out, &e) == RC_OK,
	    "%s", e.text);
	xdoc_release(&d);
}

static void
the_same_request_in_other_ink_has_the_same_hash(void)
{
	char one[HASH_SIZE], two[HASH_SIZE], three[HASH_SIZE];

	hashed("<a b='1' a='2'><c>x y</c><d></d></a>", one);
	hashed("<?xml version=\"1.0\"?>\n<!-- hello -->\n<a  a=\"2\" b=\"1\">\n"
	       " <c>x<!-- --> y</c>\n <d/>\n</a>\n",
	    two);
	hashed("<a b='1' a='2'><c>x  y</c><d></d></a>", three);
	is_str(one, two, "white space, order, quotes, comments");
	ok(strcmp(one, three) != 0, "but not what is said");
}

static void
states_have_names_and_four_are_final(void)
{
	int final = 0;

	for (int s = COURIER_BOOKED; s < COURIER_STATES; s++) {
		final += courier_state_final((enum courier_state)s);
		ok(courier_state_of(courier_state_name(
		       (enum courier_state)s)) == (enum courier_state)s,
		    "%s", courier_state_name((enum courier_state)s));
	}
	is_int(final, 4, "final");
	ok(courier_state_of("banana") == COURIER_UNKNOWN, "banana");
	ok(courier_state_of("") == COURIER_UNKNOWN, "nothing");
}

int
main(void)
{
	RUN(a_booking_has_its_key_in_the_path_and_is_valid);
	RUN(the_same_job_is_the_same_bytes);
	RUN(what_no_courier_takes_is_not_prepared);
	RUN(a_phone_number_in_words_is_left_out);
	RUN(long_texts_are_cut_by_characters);
	RUN(a_booking_is_read_whole);
	RUN(each_answer_says_whether_to_repeat_mend_or_look);
	RUN(a_no_that_is_not_the_couriers_is_none);
	RUN(staff_see_code_and_field);
	RUN(a_page_of_events_is_read);
	RUN(a_later_version_is_understood_as_far_as_we_know_it);
	RUN(what_is_no_valid_page_is_refused_whole);
	RUN(entities_and_document_types_are_refused);
	RUN(what_is_too_large_or_too_deep_is_refused);
	RUN(a_shipment_has_its_history);
	RUN(a_webhook_is_believed_by_its_signature_alone);
	RUN(a_webhook_is_an_event_with_a_name);
	RUN(the_same_request_in_other_ink_has_the_same_hash);
	RUN(states_have_names_and_four_are_final);
	return tap_done();
}
