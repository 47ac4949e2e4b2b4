#include "config.h"

#include <string.h>

#include "peer/s3_reason.h"

static const struct advice {
	const char *code;
	enum rc rc;
	const char *text;
} advices[] = {
	{ "AccessDenied", RC_DENIED,
	    "the keys may not do this: the policy has to allow s3:PutObject, "
	    "s3:GetObject, s3:DeleteObject and s3:ListBucket" },
	{ "AllAccessDisabled", RC_DENIED, "the bucket is closed" },
	{ "InvalidAccessKeyId", RC_DENIED,
	    "the server does not know the access key: see s3.access_key" },
	{ "SignatureDoesNotMatch", RC_DENIED,
	    "the secret key does not belong to the access key: see "
	    "s3.secret_key" },
	{ "RequestTimeTooSkewed", RC_DENIED,
	    "the clock of this machine is wrong, or the server's: set it by "
	    "NTP" },
	{ "ExpiredToken", RC_DENIED,
	    "the session token has expired: put a new one into the "
	    "environment" },
	{ "InvalidToken", RC_DENIED,
	    "the session token is not that of the access key" },
	{ "NoSuchBucket", RC_INVALID, "see s3.bucket" },
	{ "PermanentRedirect", RC_INVALID, "see s3.region and s3.endpoint" },
	{ "TemporaryRedirect", RC_INVALID, "see s3.region and s3.endpoint" },
	{ "AuthorizationHeaderMalformed", RC_INVALID, "see s3.region" },
	{ "IllegalLocationConstraintException", RC_INVALID, "see s3.region" },
	{ "BadDigest", RC_IO, "the bytes were changed on their way" },
	{ "XAmzContentSHA256Mismatch", RC_IO,
	    "the bytes were changed on their way" },
	{ "QuotaExceeded", RC_IO, "the bucket is full" },
};

static const struct advice *
advice_about(const char *code)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (strcmp(advices[i].code, code) == 0)
			return &advices[i];
	return NULL;
}

bool
s3_is_late(long status)
{
	return status == 429 || status == 408 || status == 500 ||
	       status == 502 || status == 503 || status == 504;
}

static enum rc
rc_of(const struct advice *a, long status)
{
	if (a != NULL)
		return a->rc;
	if (s3_is_late(status) || status >= 500)
		return RC_IO;
	return status == 401 || status == 403 ? RC_DENIED : RC_INVALID;
}

static enum rc
elsewhere(const struct s3_where *w, const struct s3_fault *f, struct error *e)
{
	if (f->region[0] == '\0')
		return error_set(e, RC_INVALID,
		    "S3 bucket \"%s\": %s %ld: it is not in the region \"%s\": "
		    "see s3.region and s3.endpoint",
		    w->bucket, f->code, w->status, w->region);
	return error_set(e, RC_INVALID,
	    "S3 bucket \"%s\": %s %ld: it is not in the region \"%s\" but in "
	    "\"%s\": see s3.region and s3.endpoint",
	    w->bucket, f->code, w->status, w->region, f->region);
}

enum rc
s3_reason(const struct s3_where *w, const struct s3_fault *f, struct error *e)
{
	const struct advice *a = advice_about(f->code);
	enum rc rc = rc_of(a, w->status);

	if (w->status == 301 || w->status == 307 ||
	    strcmp(f->code, "AuthorizationHeaderMalformed") == 0)
		return elsewhere(w, f, e);
	if (f->code[0] == '\0' && w->status == 403)
		return error_set(e, rc,
		    "S3 bucket \"%s\": forbidden (403), or it is not there and "
		    "the keys may not list the bucket",
		    w->bucket);
	return error_set(e, rc, "S3 bucket \"%s\": %s %ld%s%s%s%s", w->bucket,
	    f->code, w->status, a == NULL ? "" : ": ", a == NULL ? "" : a->text,
	    f->message[0] == '\0' ? "" : "; it says: ", f->message);
}
