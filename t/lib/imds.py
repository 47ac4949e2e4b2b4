#!/usr/bin/python3
"""imds.py DIR - an instance metadata service (IMDSv2) with one role.

On a port of 127.0.0.1 that the kernel picks and DIR/port names. A token is
needed and is asked for with PUT; each request is a line in DIR/log. Files that
change it: DIR/life (seconds that keys live from now on; 6 hours unless told),
DIR/broken (there: every answer is 500), DIR/forget (there: tokens so far are
forgotten, once), DIR/code (instead of Success).
"""
import http.server
import json
import os
import secrets
import sys
import time

DIR = sys.argv[1]
ROLES = '/latest/meta-data/iam/security-credentials/'
tokens = {}
keys = 0


def told(name, default):
    try:
        with open(f'{DIR}/{name}') as f:
            return f.read().strip()
    except FileNotFoundError:
        return default


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, status, text='', headers=()):
        with open(DIR + '/log', 'a') as log:
            log.write(f'{self.command} {self.path} {status}\n')
        body = text.encode()
        self.send_response(status)
        for header in headers:
            self.send_header(*header)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        if told('broken', None) is not None:
            return self.answer(500)
        if self.path != '/latest/api/token':
            return self.answer(404)
        if self.headers.get('X-Forwarded-For'):
            return self.answer(403)
        name = 'X-aws-ec2-metadata-token-ttl-seconds'
        ttl = self.headers.get(name, '')
        if not ttl.isdigit() or not 1 <= int(ttl) <= 21600:
            return self.answer(400)
        token = secrets.token_urlsafe(40)
        tokens[token] = time.time() + int(ttl)
        self.answer(200, token, [(name, ttl)])

    def do_GET(self):
        global keys
        if told('broken', None) is not None:
            return self.answer(500)
        if os.path.exists(DIR + '/forget'):
            os.unlink(DIR + '/forget')
            tokens.clear()
        token = self.headers.get('X-aws-ec2-metadata-token')
        if tokens.get(token, 0) < time.time():
            return self.answer(401)
        if self.path == ROLES:
            return self.answer(200, 'hatshop-web\n')
        if self.path != ROLES + 'hatshop-web':
            return self.answer(404)
        keys += 1
        end = time.gmtime(time.time() + int(told('life', '21600')))
        self.answer(200, json.dumps({
            'Code': told('code', 'Success'),
            'LastUpdated': '2026-11-22T00:00:00Z',
            'Type': 'AWS-HMAC',
            'AccessKeyId': 'hatshop:app',
            'SecretAccessKey': 'apptestsecret',
            'Token': f'token-{keys}-' + secrets.token_hex(8),
            'Expiration': time.strftime('%Y-%m-%dT%H:%M:%SZ', end),
        }))


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Service)
with open(DIR + '/port.new', 'w') as out:
    out.write(f'{server.server_port}\n')
os.rename(DIR + '/port.new', DIR + '/port')
server.serve_forever()
