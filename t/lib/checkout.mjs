// checkout.mjs URL FOLDER USER SCRIPT WIDTH HAT... - buy the hats (slugs) as a new
// customer does. SCRIPT is "off": as shoppers without JavaScript, or "on": with
// axe on each page. FOLDER gets NAME-WIDTH.html and, with HATSHOP_SHOTS,
// NAME-WIDTH.png; HATSHOP_DARK looks at night. Prints one line a check: "ok" or
// "not ok", a tab, what was checked.
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';
import { writeFileSync } from 'node:fs';

const [base, folder, user, script, width, ...hats] = process.argv.slice(2);
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const context = await browser.newContext({
	javaScriptEnabled: script === 'on',
	ignoreHTTPSErrors: true,
	viewport: { width: Number(width), height: 900 },
	colorScheme: process.env.HATSHOP_DARK ? 'dark' : 'light',
});
const page = await context.newPage();
page.setDefaultTimeout(60000);

function check(good, what, found = '') {
	const why = good ? '' : `: ${String(found).replace(/\s+/g, ' ').slice(0, 600)}`;
	console.log(`${good ? 'ok' : 'not ok'}\t${what} (${width} px)${why}`);
}

const press = (name) => page.getByRole('button', { name }).first().click();
const path = () => page.url().slice(base.length);
const heading = () => page.locator('h1').textContent();

async function look(name) {
	writeFileSync(`${folder}/${name}-${width}.html`, await page.content());
	if (process.env.HATSHOP_SHOTS)
		await page.screenshot({ path: `${process.env.HATSHOP_SHOTS}/${name}-${width}.png`, fullPage: true });
	check(await page.locator('.trial').count() === 1, `R55: ${name} says TEST`);
	if (script !== 'on')
		return;
	const { violations } = await new AxeBuilder({ page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
	check(violations.length === 0, `axe finds nothing on ${name}`,
		violations.map((v) => `${v.id} (${v.nodes.map((n) => n.html).slice(0, 3).join(' | ')})`).join('; '));
	const wide = await page.evaluate(() => {
		const room = document.documentElement.clientWidth;
		return [...document.querySelectorAll('main *')].filter((el) => !el.matches('.aside, .aside *'))
			.filter((el) => el.getBoundingClientRect().right > room + 1).slice(0, 3).map((el) => el.outerHTML.slice(0, 120));
	});
	check(wide.length === 0, `nothing sticks out of ${name}`, wide.join(' | '));
}

for (const hat of hats) {
	await page.goto(`${base}/hat/${hat}`);
	await page.getByLabel('How many?').fill('2');
	await press('Put it in the basket');
}
await look('basket');
await page.getByRole('link', { name: 'Check out', exact: true }).click();
check(path() === '/checkout', 'the basket leads to the checkout', page.url());
await look('you');

await page.getByLabel('Your name').fill('Wilhelmina Featherstonehaugh');
await page.getByLabel('E-mail address').fill(`${user}@hats.example`);
await page.getByLabel('User name').fill(user);
await page.getByLabel('Password').fill('felt and feathers');
await press('Register and go on');
check(path() === '/checkout', 'R09: registering goes on with the checkout', page.url());
await look('address');

await page.getByLabel('Postcode').fill('nonsense');
await press('Deliver to this address');
check(await page.locator('.notice.bad a').first().getAttribute('href') === '#line1', 'a summary leads to what is to be mended');
await look('address-faulty');
await page.getByLabel('Street and number').fill('1 Hat Row');
await page.getByLabel('Town').fill('Luton');
await page.getByLabel('Postcode').fill('lu1 2ab');
await press('Deliver to this address');
check(path().startsWith('/checkout/delivery?address='), 'an address leads to delivery', page.url());
await look('delivery');
await page.goto(`${base}/checkout`);
await look('address-book');
await page.getByRole('button', { name: 'Deliver to this address' }).first().click();

await page.getByText('Express delivery').click();
await press('On to the review');
check(/delivery=express/.test(path()), 'a delivery leads to the review', page.url());
await look('review');
await press(/Order and pay/);
check(await page.locator('#terms-wrong').count() === 1, 'terms that are not accepted are asked for');
await look('review-faulty');
await page.getByLabel(/terms of sale/).check();
await press(/Order and pay/);
const gateway = page.url();
check(/\/sandbox\/stripe\/c\/pay\//.test(gateway), 'the button leads to the gateway', gateway);
if (process.env.HATSHOP_SHOTS)
	await page.screenshot({ path: `${process.env.HATSHOP_SHOTS}/gateway-${width}.png`, fullPage: true });

await page.goto(`${base}/checkout`);
const order = path().split('/').pop();
check(/^[0-9a-f]{32}$/.test(order), 'R48: who comes back sees the order', page.url());
await look('order');
await page.goto(`${base}/checkout/cancel/${order}`);
check(await heading() === 'Nothing was charged', 'R48: who cancels was not charged', await heading());
await look('cancel');
await press(/^Pay/);
check(page.url() === gateway, 'R48: and goes on to the same page', page.url());
await page.getByLabel(/number|card/i).first().fill('4242424242424242');
await page.getByRole('button').first().click();
await page.waitForURL(/\/checkout\/return\//);
for (let i = 0; i < 20 && !/Thank you/.test(await heading()); i++)
	await page.waitForTimeout(500);
check(/Thank you/.test(await heading()), 'R43: paid', await heading());
await look('thanks');
await page.getByRole('link', { name: 'Follow your order' }).click();
check(path() === `/order/${order}`, 'the order is found again', page.url());

// An order that is ended at once.
await page.goto(`${base}/hat/${hats[0]}`);
await press('Put it in the basket');
await page.goto(`${base}/checkout`);
await page.getByRole('button', { name: 'Deliver to this address' }).first().click();
await press('On to the review');
await page.getByLabel(/terms of sale/).check();
await press(/Order and pay/);
await page.goto(`${base}/checkout`);
await press('Cancel this order');
check(await heading() === 'This order has ended', 'R48: an order is cancelled', await heading());
await look('ended');
await browser.close();
