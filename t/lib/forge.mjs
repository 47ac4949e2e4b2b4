// forge.mjs PORT FILE - an OpenID provider that issues what FILE says at that
// moment: "good", or one of the forgeries below.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { OAuth2Server } from 'oauth2-mock-server';

const [port, file] = process.argv.slice(2);
const server = new OAuth2Server();
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
await server.issuer.keys.add({ ...pair.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'mock' });
await server.start(Number(port), '127.0.0.1');
server.issuer.url = `http://127.0.0.1:${port}`;

const mode = () => readFileSync(file, 'utf8').trim();
const b64 = (what) => Buffer.from(typeof what === 'string' ? what : JSON.stringify(what)).toString('base64url');
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

server.service.on('beforeTokenSigning', (token) => {
	const now = Math.floor(Date.now() / 1000);
	Object.assign(token.payload, { sub: 'mallory', email: 'mallory@example.org', email_verified: true });
	switch (mode()) {
	case 'aud': token.payload.aud = 'another'; break;
	case 'iss': token.payload.iss = 'https://accounts.google.com'; break;
	case 'nonce': token.payload.nonce = 'another'; break;
	case 'no-nonce': delete token.payload.nonce; break;
	case 'expired': Object.assign(token.payload, { iat: now - 900, exp: now - 300 }); break;
	case 'future': Object.assign(token.payload, { iat: now + 900, exp: now + 3600 }); break;
	default:
	}
});

server.service.on('beforeResponse', (response) => {
	const parts = (response.body.id_token ?? '..').split('.');
	const header = JSON.parse(Buffer.from(parts[0], 'base64url').toString() || '{}');
	const unsigned = (alg) => `${b64({ ...header, alg })}.${parts[1]}`;
	switch (mode()) {
	case 'none':
		response.body.id_token = `${unsigned('none')}.`;
		break;
	case 'hs256': {
		const key = server.issuer.keys.toJSON()[0];
		const text = unsigned('HS256');
		response.body.id_token = `${text}.${createHmac('sha256', key.n).update(text).digest('base64url')}`;
		break;
	}
	case 'stranger': {
		const text = `${parts[0]}.${parts[1]}`;
		response.body.id_token = `${text}.${sign('sha256', Buffer.from(text), stranger).toString('base64url')}`;
		break;
	}
	case 'claims': {
		const claims = JSON.parse(Buffer.from(parts[1], 'base64url').toString());
		response.body.id_token = `${parts[0]}.${b64({ ...claims, sub: 'victim' })}.${parts[2]}`;
		break;
	}
	case 'no-token': delete response.body.id_token; break;
	case 'broken': response.statusCode = 500; break;
	default:
	}
});

console.log('up');
