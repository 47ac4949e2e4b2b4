#include "config.h"

#include <string.h>

#include "base/text.h"
#include "peer/funny_deliveries.h"
#include "peer/funny_read.h"
#include "t/fuzz/fuzz.h"

static void
is_line(const char *s)
{
	assert(text_line(s, strlen(s)) || s[0] == '\0');
}

static enum rc
look(void *ctx, const struct courier_event *one, struct error *e)
{
	(void)ctx;
	(void)e;
	assert(one->id > 0 && one->tracking[0] != '\0' && one->word[0] != '\0');
	assert(one->occurred_at >= 0 && one->recorded_at >= 0);
	assert(one->state >= COURIER_BOOKED && one->state < COURIER_STATES);
	is_line(one->detail);
	is_line(one->place);
	is_line(one->word);
	return RC_OK;
}

/* Whatever a courier answers: understood whole, or not at all. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct courier_fault fault = { 0 };
	char name[COURIER_KEY_SIZE];
	struct courier_answer a;
	struct courier_event ev;
	struct courier_page page;
	struct error e = ERROR_NONE;

	if (funny_booking(data, size, &a, &e) == RC_OK)
		assert(a.news == COURIER_DONE && a.key[0] != '\0' &&
		       a.tracking[0] != '\0' && strlen(a.currency) == 3);
	if (funny_fault(data, size, &fault, &e) == RC_OK)
		assert(fault.code[0] != '\0');
	is_line(fault.message);
	if (funny_events(data, size, look, NULL, &page, &e) == RC_OK)
		assert(page.next[0] != '\0');
	if (funny_shipment(data, size, look, NULL, &a, &e) == RC_OK)
		assert(a.news == COURIER_DONE);
	if (funny_event(data, size, &ev, &e) == RC_OK)
		(void)look(NULL, &ev, &e);
	funny_deliveries_event_name(data, size, name);
	assert(name[0] != '\0');
	return 0;
}
