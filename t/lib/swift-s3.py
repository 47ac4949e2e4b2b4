#!/usr/bin/python3
"""swift-s3.py DIR - OpenStack Swift with its S3 API, whole, in this process.

Proxy, account, container and object server with one replica, on ports of
127.0.0.1 that the kernel picks. All it writes is below DIR, which must be on a
file system with extended attributes; DIR/port is written when it answers. With
a certificate in DIR/tls (make_tls) it answers by TLS on DIR/tls-port, too.
Ends with SIGTERM. Needs the Debian package python3-swift only: no root, no
memcached, and nothing in /etc/swift.

Keys, region eu-west-2: hatshop:app / apptestsecret (owner), hatshop:ro /
rotestsecret (no rights). Virtual style: BUCKET.s3.localhost.
"""
import eventlet
eventlet.monkey_patch()

import getpass
import logging
import os
import signal
import sys

from eventlet import wsgi
from swift.common import utils

HERE = '127.0.0.1'


class Cache:
    """What tempauth wants of memcached, in this process; nothing expires."""

    def __init__(self):
        self.kept = {}

    def get(self, key, *_, **__):
        return self.kept.get(key)

    def set(self, key, value, *_, **__):
        self.kept[key] = value

    def delete(self, key, *_, **__):
        self.kept.pop(key, None)

    def incr(self, key, delta=1, *_, **__):
        self.kept[key] = self.kept.get(key, 0) + delta
        return self.kept[key]


def cache_filter(*_, **__):
    """A paste filter that puts the one cache into each request."""
    cache = Cache()

    def wrap(app):
        def call(env, start):
            env['swift.cache'] = cache
            return app(env, start)
        return call
    return wrap


def write(path, text):
    with open(path, 'w') as out:
        out.write(text)


def write_rings(etc, ports):
    from swift.common.ring import RingBuilder
    for name, port in ports.items():
        builder = RingBuilder(2, 1, 1)
        builder.add_dev(dict(
            region=1, zone=1, ip=HERE, port=port, replication_ip=HERE,
            replication_port=port, device='d1', weight=1, meta=''))
        builder.rebalance()
        builder.get_ring().save('%s/%s.ring.gz' % (etc, name))


def write_backend(d, name):
    write('%s/etc/%s-server.conf' % (d, name), f'''[DEFAULT]
user = {getpass.getuser()}
devices = {d}/srv
mount_check = false
swift_dir = {d}/etc
recon_cache_path = {d}/cache
fallocate_reserve = 0
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
''')


def write_proxy(d):
    filters = ['catch_errors', 'gatekeeper', 'healthcheck', 'cache',
               'listing_formats', 'bulk', 's3api', 'tempauth', 'slo', 'dlo']
    text = f'''[DEFAULT]
user = {getpass.getuser()}
swift_dir = {d}/etc
[pipeline:main]
pipeline = {' '.join(filters)} proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
'''
    more = {
        'tempauth': 'user_hatshop_app = apptestsecret .admin\n'
                    'user_hatshop_ro = rotestsecret\n',
        's3api': 'location = eu-west-2\nstorage_domain = s3.localhost\n'
                 'allowable_clock_skew = 900\n',
    }
    for name in filters:
        text += f'[filter:{name}]\n'
        text += ('paste.filter_factory = __main__:cache_filter\n'
                 if name == 'cache' else f'use = egg:swift#{name}\n')
        text += more.get(name, '')
    write(d + '/etc/proxy-server.conf', text)


def serve(d, name, sock):
    from swift.common.wsgi import SwiftHttpProtocol, loadapp
    app = loadapp(f'{d}/etc/{name}-server.conf')
    return eventlet.spawn(wsgi.server, sock, app, log=logging.getLogger('wsgi'),
                          log_output=False, protocol=SwiftHttpProtocol)


def listen_tls(d):
    """A socket for TLS, or None without a certificate."""
    if not os.path.exists(d + '/tls/server-cert.pem'):
        return None
    return eventlet.wrap_ssl(
        eventlet.listen((HERE, 0)), server_side=True,
        certfile=d + '/tls/server-cert.pem', keyfile=d + '/tls/server-key.pem')


def write_port(d, name, sock):
    write(f'{d}/{name}.new', f'{sock.getsockname()[1]}\n')
    os.rename(f'{d}/{name}.new', f'{d}/{name}')


def main():
    d = os.path.realpath(sys.argv[1])
    for sub in ('etc', 'srv/d1', 'cache'):
        os.makedirs(f'{d}/{sub}', exist_ok=True)
    write(d + '/etc/swift.conf', '[swift-hash]\n'
          'swift_hash_path_prefix = test\nswift_hash_path_suffix = test\n'
          '[storage-policy:0]\nname = one\ndefault = yes\n')
    utils.set_swift_dir(d + '/etc')
    utils.validate_configuration()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    socks = {}
    for name in ('account', 'container', 'object', 'proxy'):
        socks[name] = eventlet.listen((HERE, 0))
    ports = {name: sock.getsockname()[1] for name, sock in socks.items()}
    ports.pop('proxy')
    write_rings(d + '/etc', ports)
    for name in ports:
        write_backend(d, name)
    write_proxy(d)
    threads = [serve(d, name, sock) for name, sock in socks.items()]
    tls = listen_tls(d)
    if tls:
        threads.append(serve(d, 'proxy', tls))
        write_port(d, 'tls-port', tls)
    write_port(d, 'port', socks['proxy'])
    for thread in threads:
        thread.wait()


main()
