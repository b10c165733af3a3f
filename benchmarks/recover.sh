#!/usr/bin/env bash
# A full outage of Galera ended by hand, in the right order: recover.sh HOST HOST HOST
# All are asked at once where they stand; the one with the highest position begins, and the others join one after the other. BENCH_SSH_OPTIONS are ssh's.
set -euo pipefail
read -ra options <<< "$BENCH_SSH_OPTIONS"
positions=$(mktemp)
trap 'rm -f "$positions"' EXIT
for host in "$@"; do
  { echo "$(ssh "${options[@]}" "$host" 'sudo systemctl stop mariadb; sudo galera_recovery 2>/dev/null' | sed 's/.*://') $host" >>"$positions"; } &
done
wait
first=$(sort -rn "$positions" | sed -n '1s/.* //p')
ssh "${options[@]}" "$first" "sudo sed -i 's/^safe_to_bootstrap.*/safe_to_bootstrap: 1/' /var/lib/mysql/grastate.dat; sudo rm -f /var/lib/mysql/gvwstate.dat; sudo galera_new_cluster"
for host in "$@"; do
  [ "$host" = "$first" ] || ssh "${options[@]}" "$host" "sudo rm -f /var/lib/mysql/gvwstate.dat; sudo systemctl start mariadb"
done
for host in "$@"; do
  ssh "${options[@]}" "$host" sudo bash -es "$#" <<'REMOTE'
until state=$(mariadb -NBe "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_local_state_comment')" | sort | xargs) &&
  [ "$state" = "wsrep_cluster_size $1 wsrep_local_state_comment Synced" ]; do sleep 0.2; done
REMOTE
done
