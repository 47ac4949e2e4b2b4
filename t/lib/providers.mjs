// providers.mjs URL - log in with Google and Facebook (the sandbox's) as shoppers
// do, in browsers without JavaScript. Prints one line a check: "ok" or "not
// ok", a tab, what was checked.
import { chromium } from 'playwright-core';

const [base] = process.argv.slice(2);
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

function check(good, what, found = '') {
	const why = good ? '' : `: ${String(found).replace(/\s+/g, ' ').slice(0, 600)}`;
	console.log(`${good ? 'ok' : 'not ok'}\t${what}${why}`);
}

async function device() {
	const context = await browser.newContext({ javaScriptEnabled: false, ignoreHTTPSErrors: true });
	const page = await context.newPage();
	page.setDefaultTimeout(60000);
	return { context, page };
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const count = (page) => page.locator('.box .count').textContent();
const who = (page) => page.locator('.me').textContent();
// Facebook ends its address with "#_=_", which browsers carry along
const path = (page) => page.url().slice(base.length).replace(/#_=_$/, '');
const [hat] = process.env.HATSHOP_HATS.split(' ');

async function put_in(page, slug, qty) {
	await page.goto(`${base}/hat/${slug}`);
	await page.getByLabel('How many?').fill(String(qty));
	await press(page, 'Put it in the basket');
}

for (const [provider, person, name] of [
	['Google', 'Vera Verified (address verified)', 'Vera Verified'],
	['Facebook', 'Fay Friendly (with an address)', 'Fay Friendly'],
]) {
	// R11: fill, log in elsewhere, the same basket.
	const a = await device();
	await put_in(a.page, hat, 2);
	await a.page.goto(`${base}/login?to=/basket`);
	const heard = [];
	a.page.on('request', (r) => heard.push([r.url(), r.headers().referer ?? '']));
	await press(a.page, `Log in with ${provider}`);
	await press(a.page, person);
	check(path(a.page) === '/basket', `R28, R29: ${provider} leads back to the basket`, a.page.url());
	check(/^2/.test(await count(a.page)), 'R11: with the same hats', await count(a.page));
	check((await who(a.page)).includes(name), 'and the page says who it is', await who(a.page));
	check(!heard.some(([to, from]) => to.startsWith(base) && /[?&](code|state)=/.test(from)),
		'no page of the shop is told of the code', heard.join(' '));

	// R12: another device.
	const b = await device();
	await put_in(b.page, hat, 1);
	await b.page.goto(`${base}/login`);
	await press(b.page, `Log in with ${provider}`);
	await press(b.page, person);
	check(path(b.page) === '/account', `R12: ${provider} on another device`, b.page.url());
	check(/^2/.test(await count(b.page)), 'R10: the larger number, not the sum', await count(b.page));

	// R32: Back to the code, and a refusal.
	await b.page.goBack();
	await b.page.goForward();
	check(!/[?&]code=/.test(b.page.url()), 'the code is not in the address bar', b.page.url());
	const c = await device();
	await c.page.goto(`${base}/login`);
	await press(c.page, `Log in with ${provider}`);
	await press(c.page, 'Refuse');
	check(/was not allowed to tell us/.test(await c.page.locator('main').textContent()),
		`R32: refused at ${provider}: the page says so`);
	check(/Log in/.test(await who(c.page)), 'and nobody is in', await who(c.page));
	for (const d of [a, b, c])
		await d.context.close();
}

// R31: without an address one is asked for.
const e = await device();
await e.page.goto(`${base}/login`);
await press(e.page, 'Log in with Facebook');
await press(e.page, 'Nora Noaddress (without an address)');
check(path(e.page) === '/login/email', 'R31: without an address one is asked for', e.page.url());
await e.page.getByLabel('New e-mail address').fill('nora@hats.example');
await press(e.page, 'Send me the link');
check(/on its way/.test(await e.page.locator('main').textContent()), 'and confirmed by a letter');
await browser.close();
