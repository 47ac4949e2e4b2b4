// browse.mjs URL FOLDER NAME=PATH... - walk through the shop like a shopper with a
// keyboard and like an inspector. Prints one line a check: "ok" or "not ok", a
// tab, what was checked, and what was found. FOLDER gets NAME.html and, with
// HATSHOP_SHOTS in the environment, NAME-WIDTH.png. The pair SHOP=/ buys with
// the keyboard and looks at the basket too. NAME+=PATH is a page with a form, which
// sets the browser's cookie; HATSHOP_COOKIES, "a=b; c=d", is whom we look as.
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';
import { writeFileSync } from 'node:fs';

const [base, folder, ...rest] = process.argv.slice(2);
const pages = rest.map((s) => [s.slice(0, s.indexOf('=')), s.slice(s.indexOf('=') + 1)]);
const pictures = process.env.HATSHOP_SHOTS;
const widths = [320, 360, 768, 1440, 1600];
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

function check(good, what, found = '') {
	const why = good ? '' : `: ${String(found).replace(/\s+/g, ' ').slice(0, 600)}`;
	console.log(`${good ? 'ok' : 'not ok'}\t${what}${why}`);
}

async function axe(page, what) {
	const { violations } = await new AxeBuilder({ page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
		.analyze();
	check(violations.length === 0, `axe finds nothing on ${what}`,
		violations.map((v) => `${v.id} (${v.nodes.map((n) => n.html).slice(0, 3).join(' | ')})`).join('; '));
}

// Some 320 px wide screens are phones, some are 1280 px ones at 400 % (WCAG 1.4.10).
async function fits(page, what) {
	const wide = await page.evaluate(() => {
		const room = document.documentElement.clientWidth;
		return [...document.querySelectorAll('body *')]
			.filter((el) => !el.closest('.kinds ul') && !el.matches('.aside, .aside *, .skip'))
			.filter((el) => el.getBoundingClientRect().right > room + 1 && getComputedStyle(el.closest('.opening') ?? el).overflowX !== 'hidden')
			.slice(0, 3).map((el) => el.outerHTML.slice(0, 120));
	});
	const scroll = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
	check(!scroll, `nothing sticks out of ${what}`, wide.join(' | '));
}

// A word in the middle of which a line ends is hard to read and looks broken.
async function whole(page, what) {
	const cut = await page.evaluate(() => [...document.querySelectorAll('h1, h2, h3, .button, .price')].flatMap((el) => {
		const found = [];
		const walk = document.createTreeWalker(el, NodeFilter.SHOW_TEXT);
		for (let node = walk.nextNode(); node; node = walk.nextNode()) {
			for (const m of node.data.matchAll(/[\p{L}’']{2,12}(?![\p{L}’'])/gu)) {
				if (m.index > 0 && /[\p{L}’']/u.test(node.data[m.index - 1]))
					continue;
				const word = document.createRange();
				word.setStart(node, m.index);
				word.setEnd(node, m.index + m[0].length);
				if (new Set([...word.getClientRects()].map((r) => Math.round(r.top))).size > 1)
					found.push(m[0]);
			}
		}
		return found;
	}));
	check(cut.length === 0, `no word is cut in ${what}`, cut.join(' '));
}

async function look(page, what, path) {
	const refused = [];
	const lost = [];
	page.on('console', (m) => { if (/Content Security Policy/.test(m.text())) refused.push(m.text()); });
	page.on('requestfailed', (r) => lost.push(r.url()));
	page.on('response', (r) => {
		if (r.status() >= 400 && r.request().resourceType() !== 'document')
			lost.push(`${r.status()} ${r.url()}`);
	});
	if (path) {
		const answer = await page.goto(base + path, { waitUntil: 'load' });
		writeFileSync(`${folder}/${what}.html`, await answer.body());
	}
	if (pictures) {
		await page.evaluate(() => document.querySelectorAll('img').forEach((i) => { i.loading = 'eager'; }));
		await page.waitForLoadState('networkidle');
	}
	for (const width of widths) {
		await page.setViewportSize({ width, height: width < 700 ? 780 : 900 });
		await fits(page, `${what} at ${width}px`);
		await whole(page, `${what} at ${width}px`);
		if (pictures && [360, 768, 1440].includes(width))
			await page.screenshot({ path: `${folder}/${what}-${width}.png`, fullPage: true });
		if (width === 320 || width === 1440)
			await axe(page, `${what} at ${width}px`);
	}
	await page.emulateMedia({ colorScheme: 'dark' });
	await axe(page, `${what} in the dark`);
	if (pictures)
		await page.screenshot({ path: `${folder}/${what}-dark.png`, fullPage: true });
	await page.emulateMedia({ colorScheme: 'light' });
	check(refused.length === 0, `the policy refuses nothing of ${what}`, refused.join(' '));
	check(lost.length === 0, `nothing that ${what} asks for is missing`, lost.join(' '));
	page.removeAllListeners();
}

async function focused(page) {
	return page.evaluate(() => (document.activeElement.textContent || document.activeElement.name || '').trim());
}

// R07, R13: from the first page to two hats in the basket, by keyboard alone.
async function shop(page) {
	await page.goto(`${base}/`);
	await page.keyboard.press('Tab');
	check(/Skip/.test(await focused(page)), 'the first tab stop skips to the hats', await focused(page));
	await page.keyboard.press('Enter');
	await page.keyboard.press('Tab');
	check(await page.evaluate(() => document.querySelector('main').contains(document.activeElement)),
		'the skip link leads into the page', await focused(page));
	await page.locator('.shelf .hat:not(.away) h3 a').first().focus();
	const ring = await page.evaluate(() => getComputedStyle(document.activeElement.closest('.hat').querySelector('img')).outlineStyle);
	check(ring !== 'none', 'the focused hat shows it', ring);
	const name = await focused(page);
	await Promise.all([page.waitForURL('**/hat/*'), page.keyboard.press('Enter')]);
	check(await page.locator('h1').textContent() === name, 'a hat on the shelf leads to its page', name);
	await page.getByLabel('How many?').fill('2');
	await Promise.all([page.waitForURL('**/basket?*'), page.keyboard.press('Enter')]);
	check(/2/.test(await page.locator('.box .count').textContent()), 'R07: the basket shows 2 hats',
		await page.locator('.box').textContent());
	check((await page.locator('[role=status]').textContent()).includes(name), 'the basket says what was put in', name);
}

const cookies = (process.env.HATSHOP_COOKIES ?? '').split('; ').filter(Boolean)
	.map((c) => ({ url: base, name: c.slice(0, c.indexOf('=')), value: c.slice(c.indexOf('=') + 1) }));
for (const [name, path] of pages.filter(([w]) => w !== 'SHOP')) {
	const what = name.replace(/\+$/, '');
	const context = await browser.newContext();
	await context.addCookies(cookies);
	await look(await context.newPage(), what, path);
	if (what === name)
		check((await context.cookies()).length === cookies.length, `${what} sets no cookie`);
	await context.close();
}
if (pages.some(([w]) => w === 'SHOP')) {
	const context = await browser.newContext();
	const page = await context.newPage();
	await shop(page);
	writeFileSync(`${folder}/basket-full.html`, await (await page.goto(`${base}/basket`)).body());
	await look(page, 'basket-full');
	await page.getByRole('button', { name: /^Remove/ }).first().click();
	await page.waitForURL('**/basket?*');
	check(/moth/.test(await page.locator('h1').textContent()), 'R13: an emptied basket says so');
}
await browser.close();
