/* What PayPal refuses in a request: its OpenAPI files, of Orders and Payments
 * v2. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/money.h"
#include "base/num.h"
#include "base/text.h"
#include "sandbox/wallet.h"

struct shape {
	const char *name;
	enum {
		S_TEXT,   /* min…max characters */
		S_WORD,   /* one of words */
		S_VALUE,  /* "12.34" */
		S_DIGITS, /* "3" */
		S_UPPER,  /* so many capital letters */
		S_URL,
		S_BOOL,
		S_OBJECT, /* of inner */
		S_LIST,   /* min…max of inner */
	} type;
	bool needed;
	size_t min, max;
	const char *words;         /* "|one|two|" */
	const struct shape *inner; /* ends with a name of NULL */
};

static const struct shape amount[] = {
	{ "currency_code", S_UPPER, true, 3, 3, NULL, NULL },
	{ "value", S_VALUE, true, 1, 32, NULL, NULL },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape parts[] = {
	{ "item_total", S_OBJECT, false, 0, 0, NULL, amount },
	{ "shipping", S_OBJECT, false, 0, 0, NULL, amount },
	{ "handling", S_OBJECT, false, 0, 0, NULL, amount },
	{ "tax_total", S_OBJECT, false, 0, 0, NULL, amount },
	{ "insurance", S_OBJECT, false, 0, 0, NULL, amount },
	{ "shipping_discount", S_OBJECT, false, 0, 0, NULL, amount },
	{ "discount", S_OBJECT, false, 0, 0, NULL, amount },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape whole_amount[] = {
	{ "currency_code", S_UPPER, true, 3, 3, NULL, NULL },
	{ "value", S_VALUE, true, 1, 32, NULL, NULL },
	{ "breakdown", S_OBJECT, false, 0, 0, NULL, parts },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape item[] = {
	{ "name", S_TEXT, true, 1, 127, NULL, NULL },
	{ "quantity", S_DIGITS, true, 1, 10, NULL, NULL },
	{ "unit_amount", S_OBJECT, true, 0, 0, NULL, amount },
	{ "tax", S_OBJECT, false, 0, 0, NULL, amount },
	{ "description", S_TEXT, false, 0, 127, NULL, NULL },
	{ "sku", S_TEXT, false, 0, 127, NULL, NULL },
	{ "category", S_WORD, false, 0, 0,
	    "|DIGITAL_GOODS|PHYSICAL_GOODS|DONATION|", NULL },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape person[] = {
	{ "full_name", S_TEXT, false, 0, 300, NULL, NULL },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape address[] = {
	{ "address_line_1", S_TEXT, false, 0, 300, NULL, NULL },
	{ "address_line_2", S_TEXT, false, 0, 300, NULL, NULL },
	{ "admin_area_2", S_TEXT, false, 0, 120, NULL, NULL },
	{ "admin_area_1", S_TEXT, false, 0, 300, NULL, NULL },
	{ "postal_code", S_TEXT, false, 0, 60, NULL, NULL },
	{ "country_code", S_UPPER, true, 2, 2, NULL, NULL },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape shipping[] = {
	{ "type", S_WORD, false, 0, 0,
	    "|SHIPPING|PICKUP_IN_PERSON|PICKUP_IN_STORE|PICKUP_FROM_PERSON|",
	    NULL },
	{ "name", S_OBJECT, false, 0, 0, NULL, person },
	{ "address", S_OBJECT, false, 0, 0, NULL, address },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape unit[] = {
	{ "reference_id", S_TEXT, false, 1, 256, NULL, NULL },
	{ "description", S_TEXT, false, 1, 127, NULL, NULL },
	{ "custom_id", S_TEXT, false, 1, 127, NULL, NULL },
	{ "invoice_id", S_TEXT, false, 1, 127, NULL, NULL },
	{ "soft_descriptor", S_TEXT, false, 1, 22, NULL, NULL },
	{ "amount", S_OBJECT, true, 0, 0, NULL, whole_amount },
	{ "items", S_LIST, false, 1, 100, NULL, item },
	{ "shipping", S_OBJECT, false, 0, 0, NULL, shipping },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape context[] = {
	{ "return_url", S_URL, false, 0, 0, NULL, NULL },
	{ "cancel_url", S_URL, false, 0, 0, NULL, NULL },
	{ "user_action", S_WORD, false, 0, 0, "|CONTINUE|PAY_NOW|", NULL },
	{ "shipping_preference", S_WORD, false, 0, 0,
	    "|GET_FROM_FILE|NO_SHIPPING|SET_PROVIDED_ADDRESS|", NULL },
	{ "landing_page", S_WORD, false, 0, 0,
	    "|LOGIN|GUEST_CHECKOUT|NO_PREFERENCE|", NULL },
	{ "payment_method_preference", S_WORD, false, 0, 0,
	    "|UNRESTRICTED|IMMEDIATE_PAYMENT_REQUIRED|", NULL },
	{ "brand_name", S_TEXT, false, 1, 127, NULL, NULL },
	{ "locale", S_TEXT, false, 2, 10, NULL, NULL },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape paypal[] = {
	{ "experience_context", S_OBJECT, false, 0, 0, NULL, context },
	{ "email_address", S_TEXT, false, 3, 254, NULL, NULL },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape source[] = {
	{ "paypal", S_OBJECT, true, 0, 0, NULL, paypal },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape order[] = {
	{ "intent", S_WORD, true, 0, 0, "|CAPTURE|AUTHORIZE|", NULL },
	{ "purchase_units", S_LIST, true, 1, 10, NULL, unit },
	{ "payment_source", S_OBJECT, false, 0, 0, NULL, source },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape capture[] = {
	{ "amount", S_OBJECT, false, 0, 0, NULL, amount },
	{ "invoice_id", S_TEXT, false, 1, 127, NULL, NULL },
	{ "final_capture", S_BOOL, false, 0, 0, NULL, NULL },
	{ "note_to_payer", S_TEXT, false, 0, 255, NULL, NULL },
	{ "soft_descriptor", S_TEXT, false, 0, 22, NULL, NULL },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape refund[] = {
	{ "amount", S_OBJECT, false, 0, 0, NULL, amount },
	{ "custom_id", S_TEXT, false, 1, 127, NULL, NULL },
	{ "invoice_id", S_TEXT, false, 1, 127, NULL, NULL },
	{ "note_to_payer", S_TEXT, false, 0, 255, NULL, NULL },
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};
static const struct shape nothing[] = {
	{ NULL, S_TEXT, false, 0, 0, NULL, NULL },
};

/*** Shapes ***/

static bool
bad(struct wallet *w, const char *issue, const char *field, const char *words)
{
	wallet_fail(w, 400, "INVALID_REQUEST", issue, field, words);
	return false;
}

/* ^((-?[0-9]+)|(-?([0-9]+)?[.][0-9]+))$ */
static bool
is_value(const char *s)
{
	size_t n;

	s += *s == '-';
	n = strspn(s, "0123456789");
	s += n;
	if (*s == '\0')
		return n > 0;
	return *s == '.' && s[1] != '\0' &&
	       s[1 + strspn(s + 1, "0123456789")] == '\0';
}

static bool
is_word(const char *words, const char *s)
{
	char want[80];

	return strchr(s, '|') == NULL &&
	       snprintf(want, sizeof(want), "|%s|", s) < (int)sizeof(want) &&
	       strstr(words, want) != NULL;
}

static bool
text_fits(const struct shape *s, const char *text)
{
	switch (s->type) {
	case S_WORD:
		return is_word(s->words, text);
	case S_VALUE:
		return is_value(text);
	case S_DIGITS:
		return text[strspn(text, "0123456789")] == '\0' &&
		       text[0] != '0';
	case S_UPPER:
		return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
	case S_URL:
		return strncmp(text, "https://", 8) == 0 ||
		       strncmp(text, "http://", 7) == 0;
	case S_TEXT:
	case S_BOOL:
	case S_OBJECT:
	case S_LIST:
		break;
	}
	return true;
}

static bool
check_text(
    struct wallet *w, const struct shape *s, const json_t *o, const char *field)
{
	const char *text = json_string_value(o);
	size_t n;

	if (text == NULL)
		return bad(w, "INVALID_PARAMETER_SYNTAX", field,
		    "The value of a field does not conform to the expected "
		    "format.");
	n = text_count(text);
	if (s->max > 0 && (n < s->min || n > s->max))
		return bad(w,
		    n > s->max ? "INVALID_STRING_MAX_LENGTH"
			       : "INVALID_STRING_LENGTH",
		    field,
		    "The value of a field is either too short or too long.");
	if (!text_fits(s, text))
		return bad(w,
		    s->type == S_WORD ? "INVALID_PARAMETER_VALUE"
				      : "INVALID_PARAMETER_SYNTAX",
		    field, "The value of a field is invalid.");
	return true;
}

static bool check_object(struct wallet *w, const struct shape *all,
    const json_t *o, const char *field);

static bool
check_list(
    struct wallet *w, const struct shape *s, const json_t *o, const char *field)
{
	size_t n = json_array_size(o);
	char at[240];

	if (!json_is_array(o) || n < s->min || n > s->max)
		return bad(w,
		    n > s->max ? "INVALID_ARRAY_MAX_ITEMS"
			       : "INVALID_ARRAY_MIN_ITEMS",
		    field, "The number of items in an array is invalid.");
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(at, sizeof(at), "%s/%zu", field, i);
		if (!check_object(w, s->inner, json_array_get(o, i), at))
			return false;
	}
	return true;
}

static bool
check_member(
    struct wallet *w, const struct shape *s, const json_t *o, const char *field)
{
	if (s->type == S_OBJECT)
		return check_object(w, s->inner, o, field);
	if (s->type == S_LIST)
		return check_list(w, s, o, field);
	if (s->type == S_BOOL)
		return json_is_boolean(o) ||
		       bad(w, "INVALID_PARAMETER_SYNTAX", field,
			   "The value of a field is no boolean.");
	return check_text(w, s, o, field);
}

static bool
is_known(const struct shape *all, const char *name)
{
	for (; all->name != NULL; all++)
		if (strcmp(all->name, name) == 0)
			return true;
	return false;
}

static bool
check_object(struct wallet *w, const struct shape *all, const json_t *o,
    const char *field)
{
	const json_t *member;
	const char *name;
	char at[200];

	if (!json_is_object(o))
		return bad(w, "INVALID_PARAMETER_SYNTAX", field,
		    "The value of a field is no object.");
	/* PayPal would pass over it; the shop should not send it */
	json_object_foreach((json_t *)(uintptr_t)o, name, member)
	{
		(void)snprintf(at, sizeof(at), "%s/%s", field, name);
		if (!is_known(all, name))
			return bad(w, "INVALID_PARAMETER", at,
			    "This sandbox does not know the field.");
	}
	for (; all->name != NULL; all++) {
		(void)snprintf(at, sizeof(at), "%s/%s", field, all->name);
		member = json_object_get(o, all->name);
		if (member == NULL && all->needed)
			return bad(w, "MISSING_REQUIRED_PARAMETER", at,
			    "A required field is missing.");
		if (member != NULL && !check_member(w, all, member, at))
			return false;
	}
	return true;
}

/*** Sums ***/

int64_t
wallet_minor(const json_t *o)
{
	const char *value = wallet_text(o, "value");
	struct money m;

	if (money_parse(value, wallet_text(o, "currency_code"), &m) != RC_OK)
		return -1;
	return m.minor;
}

json_t *
wallet_amount(int64_t minor, const char *currency)
{
	struct money m = { .minor = minor };
	struct buf b;
	json_t *o;

	(void)snprintf(m.currency, sizeof(m.currency), "%.3s", currency);
	buf_init(&b, 64);
	money_put_decimal(&b, m);
	o = json_pack(
	    "{s:s,s:s}", "currency_code", m.currency, "value", buf_str(&b));
	buf_release(&b);
	return o;
}

/* Each amount: of the order's currency, without parts of a penny, not below
 * zero. */
static bool
amount_fits(
    struct wallet *w, const json_t *o, const char *currency, const char *field)
{
	if (o == NULL)
		return true;
	if (strcmp(wallet_text(o, "currency_code"), currency) != 0)
		wallet_refuse(w, "CURRENCY_MISMATCH", field,
		    "The currency of an amount is not that of the order.");
	else if (money_exponent(currency) < 0)
		wallet_refuse(w, "CURRENCY_NOT_SUPPORTED", field,
		    "Currency code is not currently supported.");
	else if (wallet_text(o, "value")[0] == '-')
		wallet_refuse(w, "CANNOT_BE_NEGATIVE", field,
		    "Must be greater than or equal to zero.");
	else if (wallet_minor(o) < 0)
		wallet_refuse(w, "DECIMAL_PRECISION", field,
		    "The value of the field should not be more than two "
		    "decimal places.");
	else
		return true;
	return false;
}

static bool
items_fit(struct wallet *w, const json_t *u, const json_t *total,
    const char *currency)
{
	const json_t *items = json_object_get(u, "items"), *each;
	int64_t sum = 0, qty = 0;

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *one = json_array_get(items, i);

		each = json_object_get(one, "unit_amount");
		if (!amount_fits(w, each, currency, "/purchase_units/0/items"))
			return false;
		if (num_parse(wallet_text(one, "quantity"), 1, 1000000, &qty) ==
		    RC_OK)
			sum += qty * wallet_minor(each);
	}
	if (items == NULL)
		return true;
	if (total == NULL)
		wallet_refuse(w, "ITEM_TOTAL_REQUIRED",
		    "/purchase_units/0/amount/breakdown/item_total",
		    "If item details are specified, item_total is required.");
	else if (wallet_minor(total) != sum)
		wallet_refuse(w, "ITEM_TOTAL_MISMATCH",
		    "/purchase_units/0/amount/breakdown/item_total",
		    "Should equal sum of (unit_amount * quantity) across all "
		    "items.");
	else
		return true;
	return false;
}

static bool
sums_fit(struct wallet *w, const json_t *u)
{
	static const char field[] = "/purchase_units/0/amount";
	const json_t *whole = json_object_get(u, "amount");
	const json_t *broken = json_object_get(whole, "breakdown");
	const char *currency = wallet_text(whole, "currency_code");
	int64_t sum = 0;

	if (!amount_fits(w, whole, currency, field))
		return false;
	for (size_t i = 0; parts[i].name != NULL; i++) {
		const json_t *o = json_object_get(broken, parts[i].name);
		bool less = strstr(parts[i].name, "discount") != NULL;

		if (!amount_fits(w, o, currency, field))
			return false;
		if (o != NULL)
			sum += less ? -wallet_minor(o) : wallet_minor(o);
	}
	if (!items_fit(w, u, json_object_get(broken, "item_total"), currency))
		return false;
	if (broken != NULL && sum != wallet_minor(whole)) {
		wallet_refuse(w, "AMOUNT_MISMATCH",
		    "/purchase_units/0/amount/value",
		    "Should equal item_total + tax_total + shipping + handling "
		    "+ insurance - shipping_discount - discount.");
		return false;
	}
	if (wallet_minor(whole) == 0) {
		wallet_refuse(w, "CANNOT_BE_ZERO_OR_NEGATIVE", field,
		    "Must be greater than zero.");
		return false;
	}
	return true;
}

/*** Whole requests ***/

static bool
way_fits(struct wallet *w, const json_t *u)
{
	const json_t *of = json_object_get(
	    json_object_get(json_object_get(w->in, "payment_source"), "paypal"),
	    "experience_context");
	const json_t *to =
	    json_object_get(json_object_get(u, "shipping"), "address");

	if (json_object_get(w->in, "payment_source") != NULL && w->key == NULL)
		return bad(w, "PAYPAL_REQUEST_ID_REQUIRED", "",
		    "A PayPal-Request-Id is required if you are trying to "
		    "process payment for an Order.");
	if (strcmp(wallet_text(of, "shipping_preference"),
		"SET_PROVIDED_ADDRESS") == 0 &&
	    to == NULL) {
		wallet_refuse(w, "MISSING_SHIPPING_ADDRESS",
		    "/purchase_units/0/shipping/address",
		    "The shipping address is required when "
		    "shipping_preference is SET_PROVIDED_ADDRESS.");
		return false;
	}
	if (of == NULL || wallet_text(of, "return_url")[0] == '\0' ||
	    wallet_text(of, "cancel_url")[0] == '\0')
		return bad(w, "MISSING_REQUIRED_PARAMETER",
		    "/payment_source/paypal/experience_context/return_url",
		    "A shop that redirects says where to.");
	return true;
}

bool
wallet_check_order(struct wallet *w)
{
	const json_t *u;

	if (w->in == NULL)
		return bad(w, "MISSING_REQUIRED_PARAMETER", "/intent",
		    "The body is missing.");
	if (!check_object(w, order, w->in, ""))
		return false;
	u = json_array_get(json_object_get(w->in, "purchase_units"), 0);
	return way_fits(w, u) && sums_fit(w, u);
}

bool
wallet_check_capture(struct wallet *w)
{
	return w->in == NULL || check_object(w, capture, w->in, "");
}

bool
wallet_check_refund(struct wallet *w)
{
	return w->in == NULL || check_object(w, refund, w->in, "");
}

bool
wallet_check_nothing(struct wallet *w)
{
	return w->in == NULL || check_object(w, nothing, w->in, "");
}
