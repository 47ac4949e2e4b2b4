// life.mjs URL PLAIN FOLDER - buy a hat in the shop that is up, bring its parcel to
// the door by hand, and keep pictures of what people see: FOLDER/NAME.png, and
// FOLDER/invoice.pdf. PLAIN is the same shop without TLS, where the sandbox is.
// HATSHOP_STAFF is a command that makes the user whose name follows one of staff.
import { chromium } from 'playwright-core';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [base, plain, folder] = process.argv.slice(2).map((s) => s.replace(/\/$/, ''));
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const someone = () => browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
const context = await someone();
const page = await context.newPage();
page.setDefaultTimeout(20000);
process.on('exit', (rc) => rc && console.error(`at ${page.url()}`));
const name = `wilhelmina${Date.now() % 100000}`;

// Each button leads to another page.
const press = (words, on = page) => Promise.all([on.waitForNavigation(),
	on.getByRole('button', { name: words }).first().click()]);

// Of what stands on the first screen, or of one element, from a heading in it.
async function picture(file, width, { on = page, of, from, height = 900 } = {}) {
	await on.setViewportSize({ width, height });
	const top = (await on.locator('html').boundingBox()).y;
	const box = of ? await on.locator(of).first().boundingBox() : { x: 0, y: top, width, height };
	const cut = from ? (await on.getByRole('heading', { name: from }).boundingBox()).y - 16 - box.y : 0;
	await on.screenshot({ path: `${folder}/${file}.png`, fullPage: true,
		clip: { x: box.x, y: box.y - top + cut, width: box.width, height: box.height - cut } });
	console.log(file);
}

async function shows(what, on = page) {
	for (let i = 0; i < 240; i++) {
		if (what.test(await on.locator('body').innerText()))
			return;
		await on.waitForTimeout(500);
		await on.reload();
	}
	throw new Error(`${on.url()} never showed ${what}`);
}

async function courier(path, form) {
	const r = await context.request.post(`${plain}/sandbox/courier/${path}`, { form });
	if (!r.ok())
		throw new Error(`${path}: ${r.status()} ${await r.text()}`);
}

async function register(on, who) {
	await on.goto(`${base}/register`);
	await on.getByLabel('Your name').fill('Wilhelmina Featherstone');
	await on.getByLabel('E-mail address').fill(`${who}@hats.example`);
	await on.getByLabel('User name').fill(who);
	await on.getByLabel('Password').fill('felt and feathers');
	await Promise.all([on.waitForNavigation(), on.locator('form[action="/register"] button').first().click()]);
}

// The newest letter to one of ours whose line in the list has these words.
async function open_letter(who, words) {
	await mail.goto(`${plain}/sandbox/mail`);
	await shows(new RegExp(`${who}@`), mail);
	const line = mail.locator('li', { hasText: `${who}@` }).filter({ hasText: words }).first();
	for (let i = 0; i < 240 && !await line.count(); i++) {
		await mail.waitForTimeout(500);
		await mail.reload();
	}
	await mail.goto(`${await line.locator('a').first().evaluate((a) => a.href)}/html`);
}

await courier('clock', { pace: 0 });
await courier('faults', { kind: 'closed', on: 'book', times: 0 });
await register(page, name);
await page.goto(`${base}/`);
await page.locator('main a[href^="/hat/"]').first().click();
await press('Put it in the basket');
await page.goto(`${base}/checkout`);
await page.getByLabel('Street and number').fill('1 Hat Row');
await page.getByLabel('Town').fill('Luton');
await page.getByLabel('Postcode').fill('LU1 2AB');
await press('Deliver to this address');
await press('On to the review');
await page.getByLabel(/terms of sale/).check();
await press(/Order and pay/);
await page.getByLabel(/number|card/i).first().fill('4242424242424242');
await press(/./);
await shows(/Thank you/);
await page.getByRole('link', { name: 'Follow your order' }).click();

await picture('order-paid', 400, { of: 'main' });
await courier('faults', { kind: 'none' });
await shows(/FD\d{4,}GB/);
const [number] = (await page.locator('body').innerText()).match(/FD\d{4,}GB/);
await picture('order-booked', 400, { of: 'main', from: 'Your parcel' });
const mail = await (await someone()).newPage();
const staff = await (await someone()).newPage();
await register(staff, `${name}s`);
await open_letter(`${name}s`, /confirm/);
await staff.goto(await mail.locator('a[href*="/confirm/"]').first().getAttribute('href'));
const proof = staff.locator('main form button');
if (await proof.count())
	await Promise.all([staff.waitForNavigation(), proof.first().click()]);
execFileSync('bash', ['-c', `${process.env.HATSHOP_STAFF} "$1" yes`, 'bash', `${name}s`], { stdio: 'ignore' });
await staff.goto(`${base}/desk`);
await picture('desk', 1280, { on: staff });

await open_letter(name, /being sent/);
await picture('letter', 400, { on: mail, of: 'body' });

for (const [state, words, file] of [['COLLECTED', /on its way/, null], ['IN_TRANSIT', /on its way/, null],
	['OUT_FOR_DELIVERY', /out for delivery/, 'order-out'], ['DELIVERED', /Invoice/, 'order-closed']]) {
	await courier('move', { tracking: number, state });
	await shows(words);
	if (file)
		await picture(file, 400, { of: 'main', from: 'Your parcel' });
}
await picture('order-desktop', 1280, { height: 1100 });
const invoice = await page.locator('a[href^="/order/invoice/"]').first().getAttribute('href');
writeFileSync(`${folder}/invoice.pdf`, await (await context.request.get(`${base}${invoice}`)).body());
await courier('clock', { pace: 30 });
await browser.close();
