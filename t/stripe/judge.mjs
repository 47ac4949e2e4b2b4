// judge.mjs FOLDER BASE KEY SECRET PORT REQUESTS - sandbox/stripe before Stripe's
// own client and the types that come with it (FOLDER has both). Prints one line
// a check: "ok" or "not ok", a tab, what was checked.
//
// What the types refuse, the sandbox must refuse; what the shop sends (REQUESTS,
// "ACTION TAB PATH TAB BODY" each) and all that the sandbox answers must be of
// the types; and the client must be able to do its work. Webhooks come to PORT.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const [folder, base, key, secret, port, requests] = process.argv.slice(2);
const from = createRequire(path.join(folder, 'x.js'));
const Stripe = from('stripe').default ?? from('stripe');
const ts = from('typescript');

function check(good, what, found = '') {
	const why = good ? '' : `: ${String(found).replace(/\s+/g, ' ').slice(0, 600)}`;
	console.log(`${good ? 'ok' : 'not ok'}\t${what}${why}`);
}

// The compiler's words about each {type, value}, "" when there are none. Types
// are open for words of tomorrow ("| OtherString"); here they are taken as
// closed.
async function compiled(each) {
	const name = path.join(folder, 'judged.mts');
	const lines = each.map(({ type, value }, i) =>
		`const v${i}: ${type} = ${JSON.stringify(value)};`);
	const text = ["import Stripe from 'stripe';", ...lines, 'export {};'].join('\n');
	const options = { strict: true, noEmit: true, skipLibCheck: true, types: [],
		target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext,
		moduleResolution: ts.ModuleResolutionKind.NodeNext };
	const host = ts.createCompilerHost(options);
	const read = host.readFile;
	host.readFile = (f) => {
		if (f === name) return text;
		const s = read(f);
		return s && f.includes('/stripe/') ? s.replace(/ \| OtherString\b/g, '') : s;
	};
	host.getSourceFile = (f, language) => {
		const s = host.readFile(f);
		return s === undefined ? undefined : ts.createSourceFile(f, s, language);
	};
	const exists = host.fileExists;
	host.fileExists = (f) => f === name || exists(f);
	const program = ts.createProgram([name], options, host);
	const source = program.getSourceFile(name);
	const said = each.map(() => '');
	const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
	for (const d of found) {
		const line = source.getLineAndCharacterOfPosition(d.start).line;
		const words = ts.flattenDiagnosticMessageText(d.messageText, ' ');
		if (line < 1 || line > each.length) throw new Error(words);
		said[line - 1] += words;
	}
	// it took seconds: connections that were closed meanwhile are noticed now
	await new Promise((done) => setTimeout(done, 100));
	return said;
}

// Form encoding with brackets, and back.
function encoded(value, name = '') {
	if (Array.isArray(value))
		return value.flatMap((v, i) => encoded(v, `${name}[${i}]`));
	if (value !== null && typeof value === 'object')
		return Object.entries(value).flatMap(([k, v]) => encoded(v, name ? `${name}[${k}]` : k));
	return [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`];
}

const numbers = /(^|\])(quantity|unit_amount|amount|amount_to_capture|expires_at)$|\[(quantity|unit_amount)\]$/;
function decoded(text) {
	const out = {};
	for (const [name, value] of new URLSearchParams(text)) {
		const keys = name.split(/\[|\]\[|\]/).filter((k) => k !== '');
		let at = out;
		keys.forEach((k, i) => {
			const last = i === keys.length - 1;
			at[k] = last ? (numbers.test(name) ? Number(value) : value) : at[k] ?? {};
			at = at[k];
		});
	}
	const arrays = (v) => {
		if (v === null || typeof v !== 'object') return v;
		const keys = Object.keys(v);
		const all = Object.fromEntries(keys.map((k) => [k, arrays(v[k])]));
		return keys.length && keys.every((k, i) => k === String(i)) ? Object.values(all) : all;
	};
	return arrays(out);
}

const soon = () => Math.floor(Date.now() / 1000) + 3600;
const session = () => ({
	mode: 'payment', ui_mode: 'hosted_page', success_url: 'https://hats.example/back', cancel_url: 'https://hats.example/no',
	client_reference_id: 'o1', customer_email: 'ann@hats.example', expires_at: soon(), locale: 'en-GB',
	submit_type: 'pay', allowed_payment_method_types: ['card'], expand: ['payment_intent'], metadata: { order: 'o1' },
	line_items: [
		{ quantity: 2, price_data: { currency: 'gbp', unit_amount: 2500, tax_behavior: 'inclusive',
			product_data: { name: 'Trilby', description: 'Grey', images: ['https://hats.example/1.webp'] } } },
		{ quantity: 1, price_data: { currency: 'gbp', unit_amount: 395, product_data: { name: 'Delivery' } } },
	],
	payment_intent_data: { capture_method: 'manual', description: 'hats', metadata: { order: 'o1' },
		statement_descriptor_suffix: 'HATS' },
});

/*** Refusals ***/

// Every place of a value, as [path, value].
function places(value, at = []) {
	const below = value !== null && typeof value === 'object'
		? Object.entries(value).flatMap(([k, v]) => places(v, [...at, k])) : [];
	return [[at, value], ...below];
}
function changed(value, at, to) {
	const copy = structuredClone(value);
	let o = copy;
	for (const k of at.slice(0, -1)) o = o[k];
	if (to === undefined) delete o[at.at(-1)];
	else o[at.at(-1)] = to;
	return copy;
}
function mutations(good) {
	const all = [];
	for (const [at, value] of places(good)) {
		const name = at.join('.');
		const whole = value !== null && typeof value === 'object';
		if (whole && !Array.isArray(value))
			all.push([`${name || 'the call'} with an unknown member`, at.length
				? changed(good, at, { ...value, bogus: '1' }) : { ...good, bogus: '1' }]);
		if (!at.length) continue;
		all.push([`${name} left out`, changed(good, at, undefined)]);
		if (whole) {
			all.push([`${name} as a text`, changed(good, at, 'zzz')]);
		} else {
			all.push([`${name} as an object`, changed(good, at, { x: '1' })]);
			all.push([`${name} as a list`, changed(good, at, ['1'])]);
			all.push([`${name} as another word`, changed(good, at, 'zzz')]);
		}
	}
	// an index is no member that can be left out: what follows moves up
	return all.filter(([what]) => !/\.\d+ left out$/.test(what));
}

async function call(method, url, body, headers = {}) {
	const query = method === 'GET' && body ? `?${body}` : '';
	const r = await fetch(`${base}/v1/${url}${query}`, { method,
		headers: { Authorization: `Bearer ${key}`, ...headers,
			...(method === 'POST' ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}) },
		body: method === 'POST' ? body : undefined });
	return { status: r.status, json: await r.json() };
}
const form = (url, fields) => fetch(`${base}${url}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
const pay = (id, card = '4242424242424242') => form(`/c/pay/${id}`, { card });
const books = async () => (await (await fetch(`${base}/books`)).json()).payments;

async function what_the_types_refuse_is_refused() {
	const made = await call('POST', 'checkout/sessions', encoded(session()).join('&'));
	await pay(made.json.id);
	const payment = (await call('GET', `checkout/sessions/${made.json.id}`)).json.payment_intent;
	const calls = [
		['create', 'Stripe.Checkout.SessionCreateParams', 'POST', 'checkout/sessions', session()],
		['expire', 'Stripe.Checkout.SessionExpireParams', 'POST', `checkout/sessions/${made.json.id}/expire`, { expand: ['payment_intent'] }],
		['show a session', 'Stripe.Checkout.SessionRetrieveParams', 'GET', `checkout/sessions/${made.json.id}`, { expand: ['payment_intent'] }],
		['show an intent', 'Stripe.PaymentIntentRetrieveParams', 'GET', `payment_intents/${payment}`, { expand: ['latest_charge'] }],
		['capture', 'Stripe.PaymentIntentCaptureParams', 'POST', `payment_intents/${payment}/capture`,
			{ amount_to_capture: 5395, metadata: { order: 'o1' }, statement_descriptor_suffix: 'HATS', expand: ['latest_charge'] }],
		['cancel', 'Stripe.PaymentIntentCancelParams', 'POST', `payment_intents/${payment}/cancel`,
			{ cancellation_reason: 'abandoned', expand: ['latest_charge'] }],
		['update', 'Stripe.PaymentIntentUpdateParams', 'POST', `payment_intents/${payment}`,
			{ description: 'hats', metadata: { order: 'o1' } }],
		['refund', 'Stripe.RefundCreateParams', 'POST', 'refunds',
			{ payment_intent: payment, amount: 100, reason: 'requested_by_customer', metadata: { order: 'o1' }, expand: ['charge'] }],
		['list refunds', 'Stripe.RefundListParams', 'GET', 'refunds',
			{ payment_intent: payment, created: { gte: 1 }, limit: 3, expand: ['data.charge'] }],
		['list events', 'Stripe.EventListParams', 'GET', 'events',
			{ type: 'charge.refunded', created: { gte: 1, lt: 5 }, limit: 3 }],
	];
	const cases = calls.flatMap(([name, type, method, url, good]) => [
		{ good: true, what: `${name} as the sandbox knows it`, type, method, url, value: good },
		...mutations(good).map(([what, value]) => ({ what: `${name}: ${what}`, type, method, url, value })),
	]);
	const said = await compiled(cases);
	const before = JSON.stringify(await books());
	let refused = 0;
	for (const [i, c] of cases.entries()) {
		if (c.good) {
			check(said[i] === '', `${c.what} is of the types`, said[i]);
			continue;
		}
		if (said[i] === '') continue;
		refused++;
		const r = await call(c.method, c.url, encoded(c.value).join('&'));
		check(r.status === 400 && r.json.error.type === 'invalid_request_error', `refused: ${c.what}`,
			`${r.status} ${JSON.stringify(r.json)} although ${said[i]}`);
	}
	check(refused > 80, 'the types refuse many', refused);
	check(JSON.stringify(await books()) === before, 'and none of these changed anything');
}

/*** What the shop sends ***/

const params_of = { create: 'Stripe.Checkout.SessionCreateParams', expire: 'Stripe.Checkout.SessionExpireParams',
	capture: 'Stripe.PaymentIntentCaptureParams', void: 'Stripe.PaymentIntentCancelParams',
	refund: 'Stripe.RefundCreateParams' };

async function what_the_shop_sends_is_of_the_types() {
	const all = readFileSync(requests, 'utf8').split('\n').filter((l) => l !== '').map((l) => {
		const [action, url, body] = l.split('\t');
		return { action, url, body, type: params_of[action], value: decoded(body) };
	});
	(await compiled(all)).forEach((said, i) =>
		check(said === '', `what the shop sends to ${all[i].action} is of the types`, said));
	check(all.some((a) => a.action === 'create') && all.length >= 5, 'all its calls are there');
	const { url, body } = all.find((a) => a.action === 'create');
	const r = await call('POST', url.replace('/v1/', ''), body);
	check(r.status === 200, 'and the sandbox takes it', JSON.stringify(r.json));
}

/*** The client ***/

const answers = [];
const hooks = [];
const listener = http.createServer((q, r) => {
	const parts = [];
	q.on('data', (p) => parts.push(p));
	q.on('end', () => {
		hooks.push({ header: q.headers['stripe-signature'], body: Buffer.concat(parts) });
		r.end();
	});
});

const client = (more = {}) => new Stripe(more.key ?? key, {
	maxNetworkRetries: more.retries ?? 0,
	httpClient: Stripe.createFetchHttpClient(async (url, init) => {
		const r = await fetch(url.replace('https://api.stripe.com', base), init);
		const text = await r.text();
		answers.push({ status: r.status, url, json: JSON.parse(text),
			replayed: r.headers.get('idempotent-replayed') === 'true' });
		return new Response(text, { status: r.status, headers: r.headers });
	}),
});
const failure = async (promise) => { try { await promise; return undefined; } catch (e) { return e; } };
const faults = (fields) => form('/faults', fields);

async function the_client_does_its_work() {
	const stripe = client();
	check(Stripe.API_VERSION === undefined || Stripe.API_VERSION === '2026-10-28.endive', 'of the same version');
	const s = await stripe.checkout.sessions.create({ ...session(), expand: ['line_items'] }, { idempotencyKey: 'a' });
	check(s.status === 'open' && s.line_items.data.length === 2, 'create, with its lines');
	const again = await stripe.checkout.sessions.create({ ...session(), expires_at: s.expires_at, expand: ['line_items'] }, { idempotencyKey: 'a' });
	check(again.id === s.id && answers.at(-1).replayed, 'the same key');
	await pay(s.id, '4000000000000002');
	const declined = await stripe.checkout.sessions.retrieve(s.id, { expand: ['payment_intent.latest_charge'] });
	check(declined.payment_intent.last_payment_error.code === 'card_declined', 'retrieve, declined');
	await pay(s.id, '4000002500003155');
	const asked = await stripe.checkout.sessions.retrieve(s.id, { expand: ['payment_intent'] });
	check(asked.payment_intent.next_action.type === 'redirect_to_url', 'retrieve, asked by the bank');
	await form(`/c/proof/${s.id}`, { answer: 'yes' });
	const paid = await stripe.checkout.sessions.retrieve(s.id, { expand: ['payment_intent.latest_charge', 'line_items'] });
	check(paid.payment_intent.status === 'requires_capture', 'retrieve, paid');
	const intent = paid.payment_intent.id;
	const captured = await stripe.paymentIntents.capture(intent, { amount_to_capture: 5395, expand: ['latest_charge.balance_transaction'] });
	check(captured.amount_received === 5395, 'capture');
	const refund = await stripe.refunds.create({ payment_intent: intent, amount: 395, reason: 'requested_by_customer', expand: ['charge'] });
	check(refund.status === 'succeeded' && refund.charge.amount_refunded === 395, 'refund');
	check((await stripe.refunds.list({ payment_intent: intent })).data[0].id === refund.id, 'list of refunds');
	check((await stripe.refunds.retrieve(refund.id)).id === refund.id, 'one refund');
	check((await stripe.paymentIntents.retrieve(intent)).id === intent, 'the intent');
	const updated = await stripe.paymentIntents.update(intent, { metadata: { seen: 'yes' } });
	check(updated.metadata.seen === 'yes' && updated.metadata.order === 'o1', 'update');

	const idle = await stripe.checkout.sessions.create(session());
	check((await stripe.checkout.sessions.expire(idle.id)).status === 'expired', 'expire');
	const idle2 = await stripe.checkout.sessions.create(session());
	await pay(idle2.id);
	const held = await stripe.checkout.sessions.retrieve(idle2.id);
	const canceled = await stripe.paymentIntents.cancel(held.payment_intent, { cancellation_reason: 'abandoned' });
	check(canceled.status === 'canceled' && canceled.cancellation_reason === 'abandoned', 'cancel');
	for (const card of ['4000000000000259', '4000000000007726', '4000000000005126', '378282246310005']) {
		const one = await stripe.checkout.sessions.create(session());
		await pay(one.id, card);
		const id = (await stripe.checkout.sessions.retrieve(one.id)).payment_intent;
		await stripe.paymentIntents.capture(id);
		await failure(stripe.refunds.create({ payment_intent: id, amount: 10 })); // what is disputed is not refunded
	}
	const play = (payment, ...acts) => acts.reduce((p, act) => p.then(() => form('/disputes', { payment, do: act })), Promise.resolve());
	const told = async (type) => (await stripe.events.list({ type, limit: 1 })).data[0].data.object.id;
	for (const acts of [['warn', 'inquire', 'answer', 'win'], ['dispute', 'answer', 'lose'], ['dispute', 'answer', 'win']]) {
		const one = await stripe.checkout.sessions.create(session());
		await pay(one.id);
		const id = (await stripe.checkout.sessions.retrieve(one.id)).payment_intent;
		await stripe.paymentIntents.capture(id);
		await play(id, acts[0]);
		if (acts[0] === 'warn') {
			const w = await stripe.radar.earlyFraudWarnings.retrieve(await told('radar.early_fraud_warning.created'));
			check(w.actionable && w.payment_intent === id, 'a warning');
		}
		await play(id, ...acts.slice(1, -1));
		const dispute = await told('charge.dispute.created');
		const d = await stripe.disputes.retrieve(dispute);
		check(/under_review/.test(d.status) && d.payment_intent === id && d.evidence_details.due_by > 0, `a dispute: ${acts}`);
		const refused = await failure(stripe.refunds.create({ payment_intent: id, amount: 10 }));
		check(d.status === 'warning_under_review' || refused?.code === 'charge_disputed', `no refund of what is taken back: ${acts}`);
		await play(id, acts.at(-1));
		check(['won', 'lost', 'warning_closed'].includes((await stripe.disputes.retrieve(dispute)).status), `over: ${acts}`);
	}
	check((await failure(stripe.disputes.retrieve('du_none')))?.code === 'resource_missing', 'no such dispute');
	await form('/clock', { shift: '10' });
	await form('/clock', { shift: '0' });

	const events = await stripe.events.list({ limit: 4 }).autoPagingToArray({ limit: 200 });
	check(events.length > 20 && new Set(events.map((e) => e.id)).size === events.length, 'list of events, page by page', events.length);
	check((await stripe.events.retrieve(events[0].id)).id === events[0].id, 'one event');
}

async function its_errors_are_the_clients() {
	const stripe = client();
	const type = async (promise) => (await failure(promise))?.type;
	check(await type(client({ key: 'sk_test_other' }).events.list()) === 'StripeAuthenticationError', 'another key');
	check(await type(client({ key: 'sk_live_4242' }).events.list()) === 'StripeAuthenticationError', 'R55: a live key');
	check(await type(stripe.checkout.sessions.retrieve('cs_test_none')) === 'StripeInvalidRequestError', 'no such session');
	const e = await failure(stripe.checkout.sessions.create({ ...session(), payment_method_types: ['card'] }));
	check(e?.code === 'payment_method_types_no_longer_supported', 'the parameter that is gone', e?.code);
	await stripe.checkout.sessions.create(session(), { idempotencyKey: 'b' });
	check(await type(stripe.checkout.sessions.create({ ...session(), locale: 'de' }, { idempotencyKey: 'b' })) === 'StripeIdempotencyError', 'a key for something else');
	await faults({ kind: 'busy', on: 'list' });
	check(await type(stripe.events.list()) === 'StripeRateLimitError', 'too many calls');
	await faults({ kind: 'error', on: 'list' });
	check(await type(stripe.events.list()) === 'StripeAPIError', 'an error of its own');
	await faults({ kind: 'lock', on: 'create' });
	check((await client({ retries: 2 }).checkout.sessions.create(session())).status === 'open', '409 is tried again by the client');
	await faults({ kind: 'cut-after', on: 'create' });
	const n = (await books()).length;
	const r = await failure(client({ retries: 2 }).checkout.sessions.create(session()));
	check(r === undefined && (await books()).length === n + 1, 'an answer that broke off too, with the same key: one session', r);
}

async function its_webhooks_are_believed_by_the_client() {
	await form('/deliver', { all: 'true' });
	check(hooks.length > 10, 'webhooks have come', hooks.length);
	const stripe = client();
	let good = 0;
	for (const h of hooks) {
		const event = stripe.webhooks.constructEvent(h.body, h.header, secret);
		good += event.api_version === '2026-10-28.endive' ? 1 : 0;
		answers.push({ status: 200, url: 'a webhook', json: JSON.parse(h.body.toString()) });
	}
	check(good === hooks.length, 'constructEvent believes each', good);
	await faults({ kind: 'forged', on: 'checkout.session.expired' });
	const s = await stripe.checkout.sessions.create(session());
	await stripe.checkout.sessions.expire(s.id);
	hooks.length = 0;
	await form('/deliver', { all: 'true' });
	const e = await failure((async () => stripe.webhooks.constructEvent(hooks[0].body, hooks[0].header, secret))());
	check(e?.type === 'StripeSignatureVerificationError', 'but not a forged one', e);
}

const kinds = { 'checkout.session': 'Stripe.Checkout.Session', payment_intent: 'Stripe.PaymentIntent', charge: 'Stripe.Charge',
	refund: 'Stripe.Refund', event: 'Stripe.Event', dispute: 'Stripe.Dispute',
	'radar.early_fraud_warning': 'Stripe.Radar.EarlyFraudWarning' };
function kind_of(o) {
	return o.object === 'list' ? `Stripe.ApiList<${kinds[o.data[0]?.object] ?? 'never'}>` : kinds[o.object];
}
// The client makes decimals of texts; the types are those of after.
const plain = (json) => JSON.parse(JSON.stringify(json, (k, v) => (k === 'unit_amount_decimal' ? null : v)));

async function all_answers_are_of_the_types() {
	const seen = new Map();
	for (const a of answers.filter((a) => a.status === 200)) {
		const o = plain(a.json);
		const what = `${o.object} ${o.type ?? o.status ?? ''} ${new URL(a.url, 'http://x').pathname.replace(/(cs|pi|re|evt|du|issfr)_\w+/g, '*')}`;
		if (!seen.has(what)) seen.set(what, { type: kind_of(o), value: o, what });
	}
	const all = [...seen.values()];
	(await compiled(all)).forEach((said, i) => check(said === '', `whole and of its type: ${all[i].what}`, said));
	check(all.length > 20, 'answers and events of many kinds', all.length);
}

await new Promise((done) => listener.listen(Number(port), '127.0.0.1', done));
await what_the_types_refuse_is_refused();
await what_the_shop_sends_is_of_the_types();
await the_client_does_its_work();
await its_errors_are_the_clients();
await its_webhooks_are_believed_by_the_client();
await all_answers_are_of_the_types();
listener.close();
process.exit(0);
