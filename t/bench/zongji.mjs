// zongji.mjs FOLDER MODULE SOCKET FILE POS ROWS - how many rows a second MODULE
// (in node_modules of FOLDER) decodes of a server's log, from the connection on.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, name, socketPath, filename, position, rows] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${folder}/`));
const loaded = await import(pathToFileURL(require.resolve(name)));
const ZongJi = loaded.default;

let seen = 0;
const began = process.hrtime.bigint();
const reader = new ZongJi({ socketPath, user: 'root', password: '' });
reader.on('error', (e) => {
	console.error(`${name}: ${e.message}`);
	process.exit(1);
});
reader.on('binlog', (event) => {
	if (event.rows === undefined)
		return;
	seen += event.rows.length;
	if (seen < Number(rows))
		return;
	const seconds = Number(process.hrtime.bigint() - began) / 1e9;
	console.log(`${seen} rows in ${seconds.toFixed(2)} s: ${(seen / seconds).toFixed(0)} rows/s`);
	process.exit(0);
});
reader.start({ filename, position: Number(position), serverId: 4712,
	includeEvents: ['tablemap', 'writerows', 'updaterows', 'deleterows'] });
