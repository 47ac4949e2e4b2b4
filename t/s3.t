#!/bin/bash
# s3.t - the picture store in a bucket, against OpenStack Swift, and keys from
# a metadata service. Swift checks signatures, regions, clocks and bodies; it
# does not look at session tokens, which t/peer-sigv4.c does.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

tool=$BUILD/t/s3-tool
[ -x "$tool" ] || bail "t/s3-tool is not built in $BUILD"
w=$(work_dir)
at_exit rm -rf "$w"
at_exit "$TOP/t/lib/swift-s3.sh" "$w/swift" stop
make_tls "$w/swift/tls" || bail "no certificates"
began=$EPOCHSECONDS
"$TOP/t/lib/swift-s3.sh" "$w/swift" start
case $? in
0) ;;
3) skip_all "no OpenStack Swift (Debian: python3-swift)" ;;
*) bail "no Swift" ;;
esac
diag "Swift came up in $((EPOCHSECONDS - began)) s"
"$TOP/t/lib/swift-s3.sh" "$w/swift" bucket hats || bail "no bucket"
port=$(<"$w/swift/port")
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
export AWS_EC2_METADATA_DISABLED=true
fez=ab/ab12-card.webp

# keys ID SECRET: what the secrets file holds.
keys() {
	printf 's3.access_key = %s\ns3.secret_key = %s\n' "$@" >"$w/secrets"
	chmod 640 "$w/secrets"
}

# conf [LINE...]: a shop.conf; a line replaces the one with its key.
conf() {
	local line
	cat >"$w/shop.conf" <<-END
		shop.url = http://127.0.0.1
		db.file = $w/shop.db
		secrets.file = $w/secrets
		pictures.store = s3
		s3.bucket = hats
		s3.region = eu-west-2
		s3.endpoint = http://127.0.0.1:$port
		s3.style = path
		s3.prefix = img/
	END
	for line in "$@"; do
		sed -i "/^${line%% =*} =/d" "$w/shop.conf"
		printf '%s\n' "$line" >>"$w/shop.conf"
	done
}

s3() { "$tool" "$w/shop.conf" "$@" 2>&1; }

keys hatshop:app apptestsecret
conf

# R92: pictures are kept in a bucket
is "$(s3 head $fez)" "not found" "R92: nothing is there at first"
is "$(s3 put $fez red-fez ab/ab12-zoom.webp blue-cap)" ok "R92: two are put"
is "$(s3 head $fez)" $'red-fez\nok' "R92: what was put is there"
is "$(s3 head ab/ab12-zoom.webp)" $'blue-cap\nok' "so is the other"
is "$(s3 put $fez changed-fez)" ok "put again is no failure"
is "$(s3 head $fez)" $'red-fez\nok' "and changes nothing"
is "$(s3 list | sort)" "ab/ab12-card.webp 7 new
ab/ab12-zoom.webp 8 new
ok" "the list, without the prefix"

# as browsers get it
url=http://127.0.0.1:$port
token=$(curl -sS -i -H 'X-Auth-User: hatshop:app' -H 'X-Auth-Key: apptestsecret' \
    "$url/auth/v1.0" | tr -d '\r' | sed -n 's/^X-Auth-Token: //p')
head=$(curl -sS -I -H "X-Auth-Token: $token" "$url/v1/AUTH_hatshop/hats/img/$fez")
like "$head" 'Content-Type: image/webp' "R92: its type"
like "$head" 'Cache-Control: public, max-age=31536000, immutable' \
    "R92: it is kept by browsers for good"

conf "s3.prefix ="
is "$(s3 list)" ok "what is not named as ours is passed over"
conf "s3.style = virtual" "s3.endpoint = http://s3.localhost:$port"
is "$(s3 head $fez)" $'red-fez\nok' "the bucket in the host's name"
is "$(s3 put cd/cd-page.webp green)" ok "put there"
conf
is "$(s3 head cd/cd-page.webp)" $'green\nok' "and seen by path"

# by TLS, which is always verified
tls=$(<"$w/swift/tls-port")
conf "s3.endpoint = https://localhost:$tls" "s3.ca = $w/swift/tls/ca.pem"
is "$(s3 head $fez)" $'red-fez\nok' "R94: by TLS"
conf "s3.endpoint = https://localhost:$tls" \
    "s3.ca = $w/swift/tls/other-ca.pem"
like "$(s3 head $fez)" '^i/o .*certificate' \
    "R94: a certificate of another authority is refused"
conf "s3.endpoint = https://localhost:$tls"
like "$(s3 head $fez)" '^i/o .*certificate' \
    "R94: so is one that the system does not know"
conf "s3.endpoint = https://127.0.0.2:$tls" "s3.ca = $w/swift/tls/ca.pem"
like "$(s3 head $fez)" '^i/o ' "and another host than the certificate's"
conf

# refusals: nothing is written, and the reason says what to do
refused() {
	like "$1" "$2" "$3"
	like "$1" "$4" "$3: what to do"
}
refused "$(s3 skew 1200)" '^denied .*RequestTimeTooSkewed' \
    "R92: a clock 20 minutes ahead" 'clock .* NTP'
refused "$(s3 skew -1200)" '^denied .*RequestTimeTooSkewed' \
    "R92: a clock 20 minutes behind" 'clock .* NTP'
is "$(s3 skew 600)" ok "a clock 10 minutes ahead will do"
refused "$(s3 region us-east-1)" '^invalid .*AuthorizationHeaderMalformed' \
    "R92: another region" 'but in "eu-west-2": see s3.region'
refused "$(s3 tamper)" '^400 .*' "R92: a body that is not the signed one" \
    'BadDigest|XAmzContentSHA256Mismatch'
is "$(s3 head ab/tampered.webp)" "not found" "nothing of it was kept"
keys hatshop:app wrongsecret
refused "$(s3 put ab/refused.webp x)" '^i/o .*SignatureDoesNotMatch' \
    "R92: a wrong secret key" 'see s3.secret_key'
keys hatshop:ro rotestsecret
refused "$(s3 put ab/refused.webp x)" '^i/o .*AccessDenied' \
    "R92: keys without the right" 'the policy has to allow'
refused "$(s3 list)" '^i/o .*AccessDenied' "R92: nor may they list" \
    'the policy has to allow'
keys hatshop:app wrongsecret
refused "$(s3 list)" '^i/o .*SignatureDoesNotMatch' "R92: a wrong secret" \
    'see s3.secret_key'
keys hatshop:app apptestsecret
is "$(s3 head ab/refused.webp)" "not found" "nothing was written by them"
conf "s3.bucket = nowhere"
refused "$(s3 list)" '^i/o .*NoSuchBucket' "R92: no such bucket" \
    'see s3.bucket'
dead=$(free_port)
conf "s3.endpoint = http://127.0.0.1:$dead"
before=${EPOCHREALTIME/./}
like "$(s3 head $fez)" '^i/o .*could not ask' "R92: no server"
[ $((${EPOCHREALTIME/./} - before)) -lt 8000000 ]
is $? 0 "and it is given up soon"
conf "s3.endpoint = http://169.254.169.254"
like "$(s3 head $fez)" '^i/o .*not used for this' \
    "R92: no request for pictures goes to a machine's metadata"
conf "s3.bucket = Hats.Shop"
like "$(s3 list)" '^invalid .*s3.bucket' "a name that is no bucket's"
conf

# many, several at once
like "$(s3 many 40)" '^# 40 objects|ok$' "R92: forty are put"
is "$(s3 list | grep -c 'webp')" 44 "and all are listed"
is "$(s3 remove $fez cd/cd-page.webp zz/none.webp)" ok \
    "objects are deleted, also one that is not there"
is "$(s3 head $fez)" "not found" "they have gone"

# R92: keys from the environment and the machine's role
keys "" ""
like "$(s3 keys)" '^not found .*secrets file' "no keys anywhere: said so"
is "$(AWS_ACCESS_KEY_ID=hatshop:app AWS_SECRET_ACCESS_KEY=apptestsecret \
    AWS_SESSION_TOKEN=abc s3 keys)" $'hatshop:app 13 token for good\nok' \
    "R92: keys from the environment"
like "$(AWS_ACCESS_KEY_ID=hatshop:app s3 keys)" '^invalid .*environment' \
    "half of a pair is refused"
is "$(AWS_ACCESS_KEY_ID=hatshop:app AWS_SECRET_ACCESS_KEY=apptestsecret \
    s3 head ab/ab12-zoom.webp)" $'blue-cap\nok' "and they work"
mkdir "$w/imds"
spawn "$w" imds /usr/bin/python3 "$TOP/t/lib/imds.py" "$w/imds" ||
	bail "no metadata service"
at_exit reap "$w" imds
wait_until 60 test -s "$w/imds/port" || bail "no metadata service"
unset AWS_EC2_METADATA_DISABLED
AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:$(<"$w/imds/port")/
export AWS_EC2_METADATA_SERVICE_ENDPOINT
is "$(s3 keys)" $'hatshop:app 13 token expires\nok' \
    "R92: keys of the machine's role"
is "$(<"$w/imds/log")" "PUT /latest/api/token 200
GET /latest/meta-data/iam/security-credentials/ 200
GET /latest/meta-data/iam/security-credentials/hatshop-web 200" \
    "R92: asked for in the order of IMDSv2"
is "$(s3 head ab/ab12-zoom.webp)" $'blue-cap\nok' "and they work, with a token"
touch "$w/imds/forget"
is "$(s3 keys)" $'hatshop:app 13 token expires\nok' \
    "a token that is refused is asked for again"
echo -10 >"$w/imds/life"
like "$(s3 keys)" '^denied .*expired' "keys that have expired are none"
rm "$w/imds/life"
echo AssumeRoleUnauthorizedAccess >"$w/imds/code"
like "$(s3 keys)" '^denied .*AssumeRoleUnauthorizedAccess' \
    "a role without keys: said so"
rm "$w/imds/code"
touch "$w/imds/broken"
like "$(s3 keys)" '^i/o .*answered 500' "a metadata service that fails"
is "$(tail -n 3 "$w/imds/log" | sort -u)" "PUT /latest/api/token 500" \
    "is asked three times"
rm "$w/imds/broken"
AWS_EC2_METADATA_SERVICE_ENDPOINT=http://192.0.2.1/
like "$(s3 keys)" '^denied .*not used for this' \
    "R92: keys come from this link or this machine only"

done_testing
