// letters.mjs FOLDER FILE... - look at letters (HTML files) as a reader does: on a
// phone and a desk, in the light and the dark. Prints one line a check: "ok" or
// "not ok", a tab, what was checked, and what was found. With HATSHOP_SHOTS in the
// environment FOLDER gets a picture of each, and of the text beside it (FILE.txt).
// No letter may ask for anything but its pictures, which are not to be had here.
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const shots = process.env.HATSHOP_SHOTS;
const drawing = process.env.HATSHOP_DRAWING;
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const context = await browser.newContext();
const page = await context.newPage();
const asked = [];
await context.route(/^https?:/, (route) => {
	asked.push(route.request().url());
	return drawing ? route.fulfill({ path: drawing }) : route.abort();
});

function check(good, what, found = '') {
	const why = good ? '' : `: ${String(found).replace(/\s+/g, ' ').slice(0, 600)}`;
	console.log(`${good ? 'ok' : 'not ok'}\t${what}${why}`);
}

async function look(name, scheme, width) {
	const what = `${name} at ${width}px, ${scheme}`;
	await page.setViewportSize({ width, height: 780 });
	await page.emulateMedia({ colorScheme: scheme });
	check(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth),
		`nothing sticks out of ${what}`);
	if (width === 320) {
		const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze();
		check(violations.length === 0, `axe finds nothing on ${what}`,
			violations.map((v) => `${v.id} (${v.nodes.map((n) => n.html).slice(0, 3).join(' | ')})`).join('; '));
	}
	if (shots)
		await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png`, fullPage: true });
}

for (const file of files) {
	const name = basename(file, '.html');
	const text = file.replace(/html$/, 'txt');
	asked.length = 0;
	await page.goto(pathToFileURL(file).href);
	for (const scheme of ['light', 'dark'])
		for (const width of [320, 1280])
			await look(name, scheme, width);
	check(asked.every((u) => u.startsWith('https://hats.example/pictures/')), `${name} asks for its pictures alone`, asked.join(' '));
	if (shots && existsSync(text)) {
		await page.setContent('<meta charset="utf-8"><pre dir="auto" style="font:14px monospace;unicode-bidi:plaintext"></pre>');
		await page.evaluate((s) => { document.querySelector('pre').textContent = s; }, readFileSync(text, 'utf8'));
		await page.setViewportSize({ width: 720, height: 400 });
		await page.screenshot({ path: `${folder}/${name}-text.png`, fullPage: true });
	}
}
await browser.close();
