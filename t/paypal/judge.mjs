// judge.mjs FOLDER BASE ID SECRET REQUESTS - sandbox/paypal before PayPal's own
// client and the schemas that come with it (FOLDER has both). Prints one line a
// check: "ok" or "not ok", a tab, what was checked.
//
// What the schemas refuse, the sandbox must refuse; what the shop sends (REQUESTS,
// "ACTION TAB PATH TAB BODY" each) must be of them, member by member; and the
// client, which checks each answer with them, must be able to do its work.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const [folder, base, id, secret, requests] = process.argv.slice(2);
const from = createRequire(path.join(folder, 'x.js'));
const sdk = from('@paypal/paypal-server-sdk');
const near = createRequire(from.resolve('@paypal/paypal-server-sdk'));
const { validateAndMap, validateAndUnmap } = near('@apimatic/schema');
const axios = near('@apimatic/axios-client-adapter') && createRequire(near.resolve('@apimatic/axios-client-adapter'))('axios');
const model = (name) => near(path.join(path.dirname(near.resolve('@paypal/paypal-server-sdk')), 'models', `${name}.js`));
const orderSchema = model('orderRequest').orderRequestSchema;
const captureSchema = model('captureRequest').captureRequestSchema;
const refundSchema = model('refundRequest').refundRequestSchema;

function check(good, what, found = '') {
	const why = good ? '' : `: ${String(found).replace(/\s+/g, ' ').slice(0, 600)}`;
	console.log(`${good ? 'ok' : 'not ok'}\t${what}${why}`);
}

// Its addresses are constants: the sandbox's are put in their place on the way.
const real = (axios.default ?? axios).getAdapter('http');
const client = new sdk.Client({
	clientCredentialsAuthCredentials: { oAuthClientId: id, oAuthClientSecret: secret },
	environment: sdk.Environment.Sandbox,
	unstable_httpClientOptions: {
		adapter: (c) => real({ ...c, url: c.url.replace('https://api-m.sandbox.paypal.com', base) }),
	},
});
const orders = new sdk.OrdersController(client);
const payments = new sdk.PaymentsController(client);
const prefer = 'return=representation';
let n = 0;
const key = () => `judge-${process.pid}-${++n}`;

const token = await (await fetch(`${base}/v1/oauth2/token`, { method: 'POST', body: 'grant_type=client_credentials',
	headers: { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
		'Content-Type': 'application/x-www-form-urlencoded' } })).json();
async function post(to, body) {
	return fetch(base + to, { method: 'POST', body: JSON.stringify(body), headers: { Prefer: prefer,
		Authorization: `Bearer ${token.access_token}`, 'Content-Type': 'application/json', 'PayPal-Request-Id': key() } });
}

// What the shop sends: of the schema, and nothing in it that the schema does not
// know, which it would drop.
const sorted = (x) => Array.isArray(x) ? x.map(sorted) : x && typeof x === 'object'
	? Object.fromEntries(Object.keys(x).sort().map((k) => [k, sorted(x[k])])) : x;
const sent = Object.fromEntries(readFileSync(requests, 'utf8').trim().split('\n')
	.map((line) => line.split('\t')).map(([action, to, body]) => [action, { to, body: JSON.parse(body) }]));
const schemas = { create: orderSchema, capture: captureSchema, refund: refundSchema };
for (const [action, { body }] of Object.entries(sent)) {
	if (!schemas[action]) {
		check(Object.keys(body).length === 0, `the shop's ${action} sends nothing`);
		continue;
	}
	const mapped = validateAndMap(body, schemas[action]);
	check(!mapped.errors, `the shop's ${action} is of PayPal's schema`, JSON.stringify(mapped.errors));
	if (mapped.errors) continue;
	const back = validateAndUnmap(mapped.result, schemas[action]);
	check(JSON.stringify(sorted(back.result)) === JSON.stringify(sorted(body)),
		`and each of its members is`, JSON.stringify(back.result ?? back.errors));
}

// Each member of a good request made another type, or taken away.
function* changes(value, at = []) {
	for (const k of Object.keys(value)) {
		const here = [...at, k];
		if (!Array.isArray(value)) yield { what: `without ${here.join('.')}`, here, to: undefined };
		yield { what: `${here.join('.')} a number`, here, to: 7 };
		yield { what: `${here.join('.')} a list`, here, to: ['x'] };
		yield { what: `${here.join('.')} true`, here, to: true };
		if (value[k] && typeof value[k] === 'object') yield* changes(value[k], here);
	}
}
function changed(good, { here, to }) {
	const copy = structuredClone(good);
	let at = copy;
	for (const k of here.slice(0, -1)) at = at[k];
	if (to === undefined) delete at[here.at(-1)];
	else at[here.at(-1)] = to;
	return copy;
}

async function refuses_what_the_schema_does(name, good, schema, to) {
	let refused = 0;
	const wrong = [];
	for (const change of changes(good)) {
		const body = changed(good, change);
		const { errors } = validateAndMap(body, schema);
		if (!errors) continue;
		refused++;
		const r = await post(await to(), body);
		await r.text();
		if (r.status !== 400 && r.status !== 422) wrong.push(`${change.what}: ${r.status}`);
	}
	check(refused > 3, `PayPal's schema refuses ${refused} changed requests of ${name}`, refused);
	check(wrong.length === 0, `so does the sandbox, each`, wrong.join('; '));
}

// An order at its page, agreed to; then reserved, taken.
async function agreed() {
	const body = structuredClone(sent.create.body);
	body.purchase_units[0].invoice_id = key();
	const { result } = await orders.createOrder({ body: validateAndMap(body, orderSchema).result, prefer, paypalRequestId: key() });
	await fetch(`${base}/checkoutnow`, { method: 'POST', redirect: 'manual',
		body: new URLSearchParams({ token: result.id, mood: '', answer: 'approve' }) });
	return result;
}
async function reserved() {
	const order = await agreed();
	const { result } = await orders.authorizeOrder({ id: order.id, prefer, paypalRequestId: key() });
	return result.purchaseUnits[0].payments.authorizations[0];
}
async function taken() {
	const auth = await reserved();
	const { result } = await payments.captureAuthorizedPayment({ authorizationId: auth.id, prefer, paypalRequestId: key(),
		body: { finalCapture: true } });
	return result;
}

try {
	const made = await agreed();
	check(made.status === 'PAYER_ACTION_REQUIRED' && made.purchaseUnits[0].amount.value === '51.43', 'the client makes an order');
	const shown = (await orders.getOrder({ id: made.id })).result;
	check(shown.status === 'APPROVED', 'sees that it was agreed to', shown.status);
	const auth = await reserved();
	check(auth.status === 'CREATED' && auth.customId === sent.create.body.purchase_units[0].custom_id, 'reserves', JSON.stringify(auth));
	const look = (await payments.getAuthorizedPayment({ authorizationId: auth.id })).result;
	check(look.id === auth.id && look.amount.value === '51.43', 'looks at it');
	const gone = (await payments.voidPayment({ authorizationId: auth.id, prefer, paypalRequestId: key() })).result;
	check(gone.status === 'VOIDED', 'gives it back', JSON.stringify(gone));
	const capture = await taken();
	check(capture.status === 'COMPLETED' && capture.finalCapture === true, 'takes it', JSON.stringify(capture));
	const refund = (await payments.refundCapturedPayment({ captureId: capture.id, prefer, paypalRequestId: key(),
		body: { amount: { currencyCode: 'GBP', value: '1.43' } } })).result;
	check(refund.status === 'COMPLETED' && refund.amount.value === '1.43', 'refunds a part', JSON.stringify(refund));
	const after = (await payments.getCapturedPayment({ captureId: capture.id })).result;
	check(after.status === 'PARTIALLY_REFUNDED', 'and sees it', after.status);
	const no = await payments.voidPayment({ authorizationId: auth.id, prefer, paypalRequestId: key() }).catch((e) => e);
	check(no.statusCode === 422 && no.result?.details?.[0]?.issue === 'PREVIOUSLY_VOIDED', 'understands a refusal', no.body);
} catch (e) {
	check(false, 'the client does its work', e.stack ?? e);
}
await refuses_what_the_schema_does('an order', sent.create.body, orderSchema, () => '/v2/checkout/orders');
const one = (await reserved()).id;
await refuses_what_the_schema_does('a capture', sent.capture.body, captureSchema, () => `/v2/payments/authorizations/${one}/capture`);
const two = (await taken()).id;
await refuses_what_the_schema_does('a refund', { amount: { currency_code: 'GBP', value: '1.00' }, invoice_id: 'r1', custom_id: 'c1', note_to_payer: 'sorry' },
	refundSchema, () => `/v2/payments/captures/${two}/refund`);
