// oidc.mjs KIND PORT REDIRECT... - a certified OpenID provider on 127.0.0.1, as
// Google (KIND google) or as Facebook with its Graph paths (KIND facebook).
//
// People are called by what they log in as: "unver…" has an address that is
// not verified, "nomail…" none, everybody else NAME@example.org.
import { createHmac, generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { Provider } from 'oidc-provider';

// it warns of what is fine in a test
console.warn = () => {};

const [kind, port, ...redirects] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const google = kind === 'google';
const id = google ? 'hats.sandbox' : '1234567890';
const secret = `${kind}-secret`;
const version = '/v26.0';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' };

const claims = (sub) => ({
	sub,
	name: `The ${sub}`,
	...(sub.startsWith('nomail') ? {} : {
		email: `${sub}@example.org`,
		email_verified: !sub.startsWith('unver'),
	}),
});

const provider = new Provider(issuer, {
	clients: [{
		client_id: id,
		client_secret: secret,
		redirect_uris: redirects,
		response_types: ['code'],
		grant_types: ['authorization_code'],
		token_endpoint_auth_method: 'client_secret_post',
	}],
	jwks: { keys: [key] },
	cookies: { keys: ['test'] },
	conformIdTokenClaims: false,
	claims: {
		openid: ['sub'],
		email: ['email', 'email_verified'],
		profile: ['name'],
	},
	scopes: google ? ['openid', 'email', 'profile'] : ['public_profile', 'email'],
	pkce: { required: () => google },
	findAccount: (context, sub) => ({ accountId: sub, claims: async () => claims(sub) }),
	features: { devInteractions: { enabled: true } },
	...(google ? {} : {
		routes: {
			authorization: `${version}/dialog/oauth`,
			token: `${version}/oauth/access_token`,
			userinfo: `${version}/oidc-me`,
		},
	}),
});

// What of the Graph API is no OAuth.
const graph = async (context, next) => {
	const fail = (status, code, message) => {
		context.status = status;
		context.body = { error: { message, type: 'OAuthException', code, fbtrace_id: 'Atest' } };
	};
	const { query } = context;
	if (context.path === `${version}/debug_token`) {
		if (query.access_token !== `${id}|${secret}`)
			return fail(400, 190, 'Invalid OAuth access token signature.');
		const token = await provider.AccessToken.find(query.input_token ?? '');
		context.body = { data: {
			app_id: id,
			is_valid: token !== undefined,
			user_id: token?.accountId ?? '0',
		} };
		return undefined;
	}
	if (context.path !== `${version}/me`)
		return next();
	const text = query.access_token ?? context.get('authorization').replace(/^Bearer /, '');
	const token = text && await provider.AccessToken.find(text);
	if (!token)
		return fail(401, 190, 'Invalid OAuth access token.');
	const proof = createHmac('sha256', secret).update(text).digest('hex');
	if (query.appsecret_proof !== proof)
		return fail(400, 100, 'Invalid appsecret_proof provided in the API argument');
	const { name, email } = claims(token.accountId);
	context.body = { id: token.accountId, name, ...(email ? { email } : {}) };
	return undefined;
};
if (!google)
	provider.use(graph);

http.createServer(provider.callback()).listen(Number(port), '127.0.0.1', () => console.log('up'));
