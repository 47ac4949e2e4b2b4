"""postbox.py FOLDER PORT CERT KEY - the mail server of ./dev up.

Takes letters on 127.0.0.1 by STARTTLS from who logs in as "shop" with the
password in $POSTBOX_PASSWORD, whoever they are to, and keeps each as a file of
FOLDER/new. What is to somebody in .invalid it refuses, to show what that
looks like.
"""
import asyncio
import hmac
import os
import signal
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

FOLDER, PORT, CERT, KEY = sys.argv[1:5]
PASSWORD = os.environ['POSTBOX_PASSWORD'].encode()
MOST = 500  # letters that are kept, the newest


class Box:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.lower().endswith('.invalid'):
            return '550 5.1.2 There is no such host'
        envelope.rcpt_tos.append(address)
        return '250 2.1.5 OK'

    async def handle_DATA(self, server, session, envelope):
        Box.count += 1
        name = f'{time.time():.6f}.{os.getpid()}_{Box.count}.localhost'
        lines = [f'Return-Path: <{envelope.mail_from}>\r\n']
        lines += [f'Delivered-To: {to}\r\n' for to in envelope.rcpt_tos]
        with open(f'{FOLDER}/tmp/{name}', 'xb') as out:
            out.write(''.join(lines).encode() + envelope.content)
            out.flush()
            os.fsync(out.fileno())
        os.rename(f'{FOLDER}/tmp/{name}', f'{FOLDER}/new/{name}')
        for old in sorted(os.listdir(f'{FOLDER}/new'))[:-MOST]:
            os.unlink(f'{FOLDER}/new/{old}')
        return f'250 2.0.0 kept as {name}'


def login(server, session, envelope, mechanism, data):
    good = (isinstance(data, LoginPassword) and data.login == b'shop'
            and hmac.compare_digest(data.password, PASSWORD))
    # handled=False: aiosmtpd answers 535 itself
    return AuthResult(success=good, handled=False)


def new_server():
    return SMTP(Box(), hostname='localhost', ident='postbox', tls_context=tls,
                require_starttls=True, auth_required=True, authenticator=login)


async def serve():
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    server = await loop.create_server(new_server, '127.0.0.1', int(PORT))
    await end.wait()
    server.close()


for part in ('tmp', 'new', 'cur'):
    os.makedirs(f'{FOLDER}/{part}', exist_ok=True)
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(CERT, KEY)
asyncio.run(serve())
