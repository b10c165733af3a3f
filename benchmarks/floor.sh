#!/usr/bin/env bash
# A Galera cluster by hand, as fast as a person's script does it: floor.sh SETTINGS HOST HOST HOST
# SETTINGS has a directory for each host with the files that belong below its /etc. What can be done on all hosts at once is done at once;
# the members join one after another. The packages are those of roles/galera. BENCH_SSH_OPTIONS are ssh's.
set -euo pipefail
settings=$1; shift
hosts=("$@")
read -ra options <<< "$BENCH_SSH_OPTIONS"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

on() { ssh "${options[@]}" "$1" sudo bash -es; }   # the commands come by stdin

everywhere() {
  local host pid pids=()
  for host in "${hosts[@]}"; do "$1" "$host" & pids+=($!); done
  for pid in "${pids[@]}"; do wait "$pid"; done
}

install_packages() {
  on "$1" <<'REMOTE'
# a package that starts its service would start a database of its own
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update < /dev/null
apt-get -qq -y install --no-install-recommends mariadb-server mariadb-backup galera-4 socat openssl python3-pymysql python3-cryptography < /dev/null > /dev/null 2>&1
rm /usr/sbin/policy-rc.d
REMOTE
}

make_key() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1" "${@:2}" 2> /dev/null; }

configure() {
  local etc=$settings/$1 tls=$settings/$1/mysql/tls
  mkdir -p "$tls"
  cp "$work/ca.pem" "$tls/ca.pem"
  make_key "$tls/server.key" -new -subj "/CN=$1" -out "$work/$1.csr"
  openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -days 3650 -out "$tls/server.pem" \
    -extfile <(printf 'subjectAltName=IP:%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$1") 2> /dev/null
  tar -C "$etc" -c . | ssh "${options[@]}" "$1" sudo tar -C /etc --no-same-owner -x
  on "$1" <<'REMOTE'
chown mysql /etc/mysql/tls/server.key
chmod 400 /etc/mysql/tls/server.key
systemctl daemon-reload
systemctl -q enable mariadb 2> /dev/null
REMOTE
}

make_key "$work/ca.key" -x509 -subj "/CN=floor CA" -days 3650 -out "$work/ca.pem"
everywhere install_packages
everywhere configure
on "${hosts[0]}" <<< galera_new_cluster
for host in "${hosts[@]:1}"; do on "$host" <<< "systemctl start mariadb"; done
for host in "${hosts[@]}"; do
  state=$(on "$host" <<< "mariadb -NBe \"SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_local_state_comment')\"" | sort | xargs)
  [ "$state" = "wsrep_cluster_size ${#hosts[@]} wsrep_local_state_comment Synced" ] || { echo "$host: $state" >&2; exit 1; }
done
