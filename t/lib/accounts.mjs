// accounts.mjs URL [LINK] - register, log in and out as shoppers do, in browsers
// without JavaScript; with LINK choose a new password by it. Prints one line a
// check: "ok" or "not ok", a tab, what was checked.
import { chromium } from 'playwright-core';

const [base, link] = process.argv.slice(2);
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const password = 'felt and feathers';

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
const path = (page) => page.url().slice(base.length);

async function put_in(page, slug, qty) {
	await page.goto(`${base}/hat/${slug}`);
	await page.getByLabel('How many?').fill(String(qty));
	await press(page, 'Put it in the basket');
}

async function fill_in(page, user) {
	await page.getByLabel('Your name').fill(`The ${user}`);
	await page.getByLabel('E-mail address').fill(`${user}@hats.example`);
	await page.getByLabel('User name').fill(user);
	await page.getByLabel('Password').fill(password);
}

async function log_in(page, user, from = '/login') {
	await page.goto(base + from);
	await page.getByLabel('User name or e-mail address').fill(user);
	await page.getByLabel('Password').fill(password);
	await press(page, 'Log in');
}

// R34: the link of a letter, in another browser than the one that asked for it.
if (link) {
	const { page } = await device();
	const referers = [];
	page.on('request', (r) => { if (!r.isNavigationRequest()) referers.push(r.headers().referer ?? ''); });
	await page.goto(link);
	await page.getByLabel('New password').fill('a quite other word');
	await press(page, 'Keep this password');
	check(path(page) === '/account' && /The walter/.test(await who(page)), 'R34: a link gives a new password', page.url());
	check(!referers.some((r) => r.includes('/login/reset/')), 'R37: no request tells the secret', referers.join());
	await page.goto(link);
	check(/no longer works/.test(await page.locator('h1').textContent()), 'R34: once');
	await browser.close();
	process.exit(0);
}

// R09: fill, register, the same basket; R16: from where one was going.
const a = await device();
const slugs = process.env.HATSHOP_HATS.split(' ');
await put_in(a.page, slugs[0], 2);
await put_in(a.page, slugs[1], 1);
check(/^3/.test(await count(a.page)), 'R07: a visitor fills the basket', await count(a.page));
const lines = await a.page.locator('.line h2').allTextContents();
await a.page.locator('.me').click();
await a.page.getByRole('link', { name: 'Make an account' }).click();
await fill_in(a.page, 'walter');
await press(a.page, 'Make the account');
check(path(a.page) === '/basket', 'R09: registering leads back to the basket', a.page.url());
check(/^3/.test(await count(a.page)), 'R09: with the same number of hats', await count(a.page));
check((await a.page.locator('.line h2').allTextContents()).join() === lines.join(), 'R09: the same lines');
check(/The walter/.test(await who(a.page)), 'R27: the page says who is logged in', await who(a.page));

// R37: cookies on TLS.
const cookies = await a.context.cookies();
check(cookies.map((c) => c.name).sort().join() === '__Host-basket,__Host-session', 'R37: the cookies are bound to the host',
	cookies.map((c) => c.name).join());
check(cookies.every((c) => c.secure && c.httpOnly && c.sameSite === 'Lax' && c.path === '/'), 'R37: Secure, HttpOnly, Lax',
	JSON.stringify(cookies));
check(!cookies.some((c) => a.page.url().includes(c.value)), 'R37: no token in an address');

// Back after registering shows no form that would register once more.
await a.page.goBack();
check(/The walter/.test(await who(a.page)), 'Back still knows who is logged in', a.page.url());

// R12: another device; R10: what lay in its basket is merged.
const b = await device();
await put_in(b.page, slugs[0], 3);
await log_in(b.page, 'walter@hats.example');
check(path(b.page) === '/account', 'R27: logged in by address', b.page.url());
check(/^4/.test(await count(b.page)), 'R10, R12: the larger number of each hat', await count(b.page));
await a.page.goto(`${base}/basket`);
check(/^4/.test(await count(a.page)), 'R12: and on the first device too', await count(a.page));

// R37: the list of sessions ends one from afar.
await a.page.goto(`${base}/account/sessions`);
await a.page.getByRole('button', { name: 'Log out there' }).click();
await b.page.goto(`${base}/account`);
check(/^\/login/.test(path(b.page)), 'R37: the other device is logged out', b.page.url());

// Logging out, then Back: nothing of the account is shown.
await a.page.goto(`${base}/account`);
await press(a.page, 'Log out');
check(/Log in/.test(await who(a.page)), 'R27: logged out', await who(a.page));
check(/^0/.test(await count(a.page)), 'R10: the basket stays with the account', await count(a.page));
await a.page.goBack();
check(!/walter@hats/.test(await a.page.content()), 'R37: Back shows nothing of the account', a.page.url());

// R38: a form that was open for too long keeps what was typed.
const c = await device();
await c.page.goto(`${base}/register?to=/basket`);
await fill_in(c.page, 'nora');
await c.context.clearCookies();
await press(c.page, 'Make the account');
check(/open for too long/.test(await c.page.locator('[role=alert]').first().textContent()), 'R38: an old form says so');
check(await c.page.getByLabel('User name').inputValue() === 'nora' &&
	await c.page.getByLabel('E-mail address').inputValue() === 'nora@hats.example', 'R38: and keeps what was typed');
check(await c.page.getByLabel('Password').inputValue() === '', 'R38: but for the password');
await c.page.getByLabel('Password').fill(password);
await press(c.page, 'Make the account');
check(path(c.page) === '/basket' && /The nora/.test(await who(c.page)), 'R38: sent once more, it counts', c.page.url());

// R38: a hat's page that was open before the login still buys.
const d = await device();
await put_in(d.page, slugs[1], 1);
const tab = await d.context.newPage();
await tab.goto(`${base}/hat/${slugs[0]}`);
await log_in(d.page, 'walter');
await press(tab, 'Put it in the basket');
check(/^5/.test(await count(tab)), 'R38: a page from before the login still buys, into the right basket', await count(tab));

// Errors lead to their fields without a script.
await (await device()).page.close();
const e = await device();
await e.page.goto(`${base}/register`);
await press(e.page, 'Make the account');
await e.page.locator('.notice a').first().click();
check(/#name$/.test(e.page.url()), 'the summary leads to the field', e.page.url());
await browser.close();
