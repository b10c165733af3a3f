#!/usr/bin/env bash
# A rolling restart of Galera by hand: restart.sh HOST HOST HOST
# One after the other, each once the one before is Synced in a cluster of all. BENCH_SSH_OPTIONS are ssh's.
set -euo pipefail
read -ra options <<< "$BENCH_SSH_OPTIONS"
for host in "$@"; do
  ssh "${options[@]}" "$host" sudo bash -es "$#" <<'REMOTE'
systemctl restart mariadb
until state=$(mariadb -NBe "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_local_state_comment')" | sort | xargs) &&
  [ "$state" = "wsrep_cluster_size $1 wsrep_local_state_comment Synced" ]; do sleep 0.2; done
REMOTE
done
