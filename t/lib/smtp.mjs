// smtp.mjs DIR - a strict mail server on 127.0.0.1 (npm smtp-server): nothing
// without STARTTLS and AUTH. smtp.sh starts it.
//
//   CERT KEY           its certificate
//   USER_NAME PASSWORD who may log in
//   NO_STARTTLS        set: it does not offer it
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

function keep(raw, session) {
	const name = `${dir}/mail/${String(++count).padStart(6, '0')}`;
	fs.writeFileSync(`${name}.eml`, raw);
	fs.writeFileSync(`${name}.json`, JSON.stringify({
		from: session.envelope.mailFrom.address,
		to: session.envelope.rcptTo.map((r) => r.address),
		user: session.user,
		secure: session.secure,
		session: session.id,
	}));
	return `2.0.0 kept as ${count}`;
}

const server = new SMTPServer({
	cert: fs.readFileSync(env.CERT),
	key: fs.readFileSync(env.KEY),
	minVersion: 'TLSv1.2',
	authMethods: ['PLAIN', 'LOGIN'],
	hideSTARTTLS: !!env.NO_STARTTLS,
	disableReverseLookup: true,
	onAuth: (auth, session, done) =>
		auth.username === env.USER_NAME && auth.password === env.PASSWORD
			? done(null, { user: auth.username })
			: done(no(535, '5.7.8 Authentication credentials invalid')),
	onMailFrom: (from, session, done) => {
		if (!session.secure)
			return done(no(530, '5.7.0 Must issue STARTTLS first'));
		return local(from) === 'stranger' ? done(no(553, '5.7.1 Not your address')) : done();
	},
	onRcptTo: (to, session, done) => done(receivers[local(to)]),
	onData: (stream, session, done) => {
		const parts = [];
		stream.on('data', (part) => parts.push(part));
		stream.on('end', () => {
			const who = local(session.envelope.rcptTo[0]);
			const raw = Buffer.concat(parts);
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
