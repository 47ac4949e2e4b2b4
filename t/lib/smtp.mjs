// smtp.mjs DIR - a strict mail server on 127.0.0.1 (npm smtp-server): nothing
// without STARTTLS and AUTH. smtp.sh starts it.
//
//   CERT KEY           its certificate
//   USER_NAME PASSWORD who may log in
//   NO_STARTTLS        set: it does not offer it
//   FAULTS=SEED PERMILLE  goes wrong at random, before, in and after a letter
//   DSN                set: it offers RFC 3461, and keeps ENVID and ORCPT
//
// Each fault is a line of DIR/faults: what, and for "behind" the Message-ID of
// the letter that it keeps and does not confirm.
//
// What it takes is in DIR/mail, one file each: N.eml has the bytes, N.json the
// envelope. DIR/port appears when it listens. By the receiver's local part:
//
//   nobody 550 · later 451 · full 452 · toobig 552 after the letter ·
//   busy 451 after the letter · hangup: the connection ends after the letter ·
//   slow: half a second for it
//
// and from a sender "stranger" it takes nothing (553).
import { SMTPServer } from 'smtp-server';
import crypto from 'node:crypto';
import fs from 'node:fs';

const dir = process.argv[2];
const env = process.env;
const no = (code, text) => Object.assign(new Error(text), { responseCode: code });
const local = (address) => address.address.split('@')[0];
let count = 0;

const receivers = {
	nobody: no(550, '5.1.1 No such user here'),
	later: no(451, '4.7.1 Greylisted'),
	full: no(452, '4.2.2 Mailbox full'),
};
const letters = {
	toobig: no(552, '5.3.4 Message too big'),
	busy: no(451, '4.3.0 Try again'),
};

// Faults: each with the moment it belongs to.
const [seed, permille] = (env.FAULTS || '0 0').split(' ').map(Number);
let state = seed >>> 0;
function random(below) { // mulberry32
	state = (state + 0x6d2b79f5) >>> 0;
	let t = Math.imul(state ^ (state >>> 15), 1 | state);
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
	return ((t ^ (t >>> 14)) >>> 0) % below;
}
function strikes(...kinds) {
	if (random(1000) >= permille)
		return null;
	const kind = kinds[random(kinds.length)];
	if (kind !== 'behind')
		fs.appendFileSync(`${dir}/faults`, `${kind}\n`);
	return kind;
}
function cut(session) {
	server.connections.forEach((c) => c.session.id === session.id && c._socket.destroy());
}
const id = (raw) => (/^Message-Id: <(.*)>\r$/im.exec(raw.toString('latin1')) || [])[1];

// Answers to a moment before the letter; true: done has been called, or never is.
function before(session, done) {
	switch (strikes('cut', 'hang', 'temporary', 'permanent')) {
	case 'cut':
		cut(session);
		return true;
	case 'hang':
		setTimeout(() => cut(session), 700);
		return true;
	case 'temporary':
		done(no(451, '4.3.2 Not now'));
		return true;
	case 'permanent': // of the server, not of a receiver
		done(no(554, '5.3.2 No service'));
		return true;
	}
	return false;
}

// The end of a letter's bytes.
function behind(raw, session, done) {
	switch (strikes('behind', 'behind', 'lost', 'busy', 'hang after')) {
	case 'behind':
		keep(raw, session);
		fs.appendFileSync(`${dir}/faults`, `behind ${id(raw)} ${session.envelope.rcptTo[0].address}\n`);
		cut(session);
		return true;
	case 'lost':
		cut(session);
		return true;
	case 'busy':
		done(letters.busy);
		return true;
	case 'hang after':
		setTimeout(() => cut(session), 700);
		return true;
	}
	return false;
}

function keep(raw, session) {
	const name = `${dir}/mail/${String(++count).padStart(6, '0')}`;
	fs.writeFileSync(`${name}.eml`, raw);
	fs.writeFileSync(`${name}.json`, JSON.stringify({
		from: session.envelope.mailFrom.address,
		to: session.envelope.rcptTo.map((r) => r.address),
		user: session.user,
		secure: session.secure,
		session: session.id,
		id: id(raw),
		hash: crypto.createHash('sha256').update(raw).digest('hex'),
		dsn: session.envelope.dsn,
		orcpt: session.envelope.rcptTo[0].dsn,
	}));
	return `2.0.0 kept as ${count}`;
}

const server = new SMTPServer({
	cert: fs.readFileSync(env.CERT),
	key: fs.readFileSync(env.KEY),
	minVersion: 'TLSv1.2',
	authMethods: ['PLAIN', 'LOGIN'],
	hideSTARTTLS: !!env.NO_STARTTLS,
	hideDSN: !env.DSN,
	disableReverseLookup: true,
	onConnect: (session, done) => before(session, done) || done(),
	onAuth: (auth, session, done) =>
		auth.username === env.USER_NAME && auth.password === env.PASSWORD
			? done(null, { user: auth.username })
			: done(no(535, '5.7.8 Authentication credentials invalid')),
	onMailFrom: (from, session, done) => {
		if (!session.secure)
			return done(no(530, '5.7.0 Must issue STARTTLS first'));
		if (before(session, done))
			return undefined;
		return local(from) === 'stranger' ? done(no(553, '5.7.1 Not your address')) : done();
	},
	onRcptTo: (to, session, done) => {
		const kind = strikes('cut', 'later');
		if (kind === 'cut')
			return cut(session);
		return done(kind ? receivers.later : receivers[local(to)]);
	},
	onData: (stream, session, done) => {
		const parts = [];
		const middle = strikes('in the middle');
		stream.on('data', (part) => {
			parts.push(part);
			if (middle)
				cut(session);
		});
		stream.on('end', () => {
			const who = local(session.envelope.rcptTo[0]);
			const raw = Buffer.concat(parts);
			if (middle || behind(raw, session, done))
				return undefined;
			if (letters[who])
				return done(letters[who]);
			if (who === 'hangup') {
				keep(raw, session);
				return process.nextTick(() => server.connections.forEach((c) => c._socket.destroy()));
			}
			if (who === 'slow')
				return setTimeout(() => done(null, keep(raw, session)), 500);
			return done(null, keep(raw, session));
		});
	},
});
// Without this a client that goes away ends the process.
server.on('error', (e) => console.error('client:', e.code || e.message));

fs.mkdirSync(`${dir}/mail`, { recursive: true });
count = fs.readdirSync(`${dir}/mail`).length / 2;
let port = 0;
try {
	port = Number(fs.readFileSync(`${dir}/port`, 'utf8'));
} catch { /* the first start: the kernel chooses */ }
server.listen(port, '127.0.0.1', () =>
	fs.writeFileSync(`${dir}/port`, `${server.server.address().port}\n`));
