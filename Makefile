# `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Some images set this, and then every process compiles every module again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV   := $(CURDIR)/.venv
CACHE  := $(CURDIR)/.cache
export PATH := $(VENV)/bin:$(PATH)

VERSION  := $(shell sed -n 's/^version: //p' galaxy.yml)
ARTIFACT := $(CACHE)/dist/stackdb-trove-$(VERSION).tar.gz
SOURCES  := $(shell find galaxy.yml requirements.txt bindep.txt meta plugins roles playbooks tests README.md changelogs -type f -not -path '*/.*' -not -path '*/__pycache__*' -not -path 'tests/output*' 2>/dev/null)

# The embedded cloud. The collection and its tests see no more of it than this clouds.yaml.
export DEVCLOUD_STATE ?= /var/lib/stackdb-devcloud
export OS_CLIENT_CONFIG_FILE ?= $(DEVCLOUD_STATE)/clouds.yaml
export ANSIBLE_PRIVATE_KEY_FILE ?= $(DEVCLOUD_STATE)/id_ed25519

# The demo and the tests say where their time went, and share the modules that Ansible builds. Not in ansible.cfg, which counts for AWX's jobs, too.
demo integration clouds-test kill-test: export ANSIBLE_CALLBACK_PLUGINS := $(CURDIR)/tests/callbacks
demo integration clouds-test kill-test: export ANSIBLE_CALLBACKS_ENABLED := ansible.posix.profile_tasks,shared_modules
demo integration clouds-test kill-test: export PROFILE_TASKS_SUMMARY_ONLY := true
demo integration clouds-test kill-test: export PROFILE_TASKS_TASK_OUTPUT_LIMIT := 10

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 18

.PHONY: venv lock build install
venv: $(VENV)/.done ## create the development environment in .venv
$(VENV)/.done: requirements-dev.txt tools/venv
	@PYTHON=$(PYTHON) tools/venv $(VENV) $<
	@touch $@

lock: venv ## pin requirements-dev.txt and docs/requirements.txt again, from their .in
	uv pip compile -q --no-header --upgrade --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	uv pip compile -q --no-header --upgrade --universal --python-version 3.11 docs/requirements.in -o docs/requirements.txt

build: $(ARTIFACT)
$(ARTIFACT): $(VENV)/.done $(SOURCES)
	@ansible-galaxy collection build --force --output-path $(@D)
	@touch $@

# The dependencies come with PyPI's package ansible, so no Galaxy server is asked.
install: $(CACHE)/installed ## build the collection and install the artifact into .cache/collections
$(CACHE)/installed: $(ARTIFACT)
	@ansible-galaxy collection install --offline --force -p $(CACHE)/collections $< | grep installed.successfully
	@touch $@

.PHONY: reference
reference: venv awx-surveys ## write docs/verbs.md and AWX's surveys from the verbs' specs, and docs/versions.md from tests/versions.yml
	@python tools/verbs-reference >docs/verbs.md
	@python tools/versions-reference >docs/versions.md

.PHONY: awx-surveys
awx-surveys: venv ## write awx/surveys and awx/surveys.md from the verbs' specs
	@tools/awx-surveys

.PHONY: docs docs-test
DOCS_BIN := $(CACHE)/docs-venv/bin
$(CACHE)/docs-venv/.done: docs/requirements.txt tools/venv
	@PYTHON=$(PYTHON) tools/venv $(@D) $<
	@touch $@

docs: install $(CACHE)/docs-venv/.done ## build the site of the documentation, .cache/docs/html; a broken link or a warning ends it; a minute
	@$(DOCS_BIN)/python tools/docs $(CACHE)/collections $(CACHE)/docs

docs-test: docs ## look at each page of the site in a headless browser (Debian's chromium and chromium-driver); a minute
	@$(DOCS_BIN)/pytest --rootdir tests/docs -p no:cacheprovider tests/docs

.PHONY: pictures
pictures: venv ## draw all topologies of the unit tests into .cache/pictures, to be looked at, and the README's picture
	@tools/pictures $(CACHE)/pictures

.PHONY: test lint sanity units integration molecule
test: venv ## what .ci/run runs
	@tools/test

lint: install ## ansible-lint, yamllint, ruff, mypy, shellcheck, codespell, changelog, documentation and the execution environment
	@ruff check .
	@mypy
	@yamllint --strict .
	@shellcheck $$(git grep -lE '^#!.*\b(ba)?sh$$')
	@codespell
	@tools/execution-environment $(CACHE)/collections $(CACHE)/execution-environment
	@antsibull-changelog lint
	@antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs dependent --disallow-unknown-collection-refs .
	@ansible-lint

sanity: $(ARTIFACT) ## ansible-test sanity on the built artifact
	@tools/ansible-test $(ARTIFACT) $(CACHE)/sanity sanity

units: venv ## unit tests
	@pytest tests/unit

integration: install cloud ## every module against the embedded cloud; TARGET=name for one; QUICK=1 without those that the scenarios call, too
	@pytest -s tests/integration $(if $(TARGET),-k $(TARGET),$(if $(QUICK),-k "not (_power or _info or _inventory or _task)"))

.PHONY: coverage
coverage: venv ## unit tests, with the part of plugins/ that they run, by file, worst last; .cache/coverage has it as pages; minutes
	@coverage run -m pytest -q tests/unit
	@coverage html -q --directory $(CACHE)/coverage
	@coverage report --sort=-cover --skip-covered

.PHONY: matrix
matrix: $(ARTIFACT) ## the collection with each row of tests/versions.yml, from the oldest ansible-core and openstacksdk to the newest; hours; ROW=name for one, CHECK=name
	@tools/matrix $(ARTIFACT) $(CACHE)/matrix $(if $(ROW),--row $(ROW)) $(if $(CHECK),--check $(CHECK))

.PHONY: reuse
reuse: $(CACHE)/docs-venv/.done ## whether each file says whose it is and under which licence, as REUSE has it
	@$(DOCS_BIN)/reuse lint --quiet || $(DOCS_BIN)/reuse lint

.PHONY: release
release: venv ## show what a release of galaxy.yml's version would be: changelog and artifact in .cache/release; WRITE=1 commits and tags it here, and pushes nothing
	@tools/release $(CACHE)/release $(if $(WRITE),--write)

.PHONY: plans
plans: venv ## write docs/plans.md: what each verb prints before it acts, by a run of each over a recording cloud; takes minutes
	@tools/plans >$(CACHE)/plans.md && mv $(CACHE)/plans.md docs/plans.md

.PHONY: transcripts transcripts-page
transcripts: install cloud ## run each verb on real servers, and write what it prints into docs/transcripts; SCENE=shop|sess|orders for one of them, FROM=verb; an hour
	@devcloud/devcloud image debian-12-mariadb-10.11
	@devcloud/devcloud image debian-12-redis-7.0
	@for scene in $(or $(SCENE),shop sess orders); do tools/transcripts record $$scene $(if $(FROM),--from $(FROM)) || exit; done
	@$(MAKE) transcripts-page

transcripts-page: venv ## write docs/transcripts.md of docs/transcripts
	@tools/transcripts page >$(CACHE)/transcripts.md && mv $(CACHE)/transcripts.md docs/transcripts.md

.PHONY: mutation
mutation: venv ## change what decides in small ways, a seeded sample, and see whether the unit tests notice; PATHS, SAMPLE, SEED; takes half an hour
	@tools/mutation $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(PATHS)

.PHONY: playbook-test
playbook-test: venv ## the real playbooks over a recording cloud and scripted members; takes half an hour; QUICK=1 for a choice, in minutes
	@pytest --rootdir tests/playbooks -n $$(nproc) tests/playbooks $(if $(QUICK),--quick)

.PHONY: devcloud-test firewall-test monitoring-test galera-test redis-test redis-settings-test redis-chaos redis-large-values replication-test tls-test settings-test
devcloud-test: cloud ## what the embedded cloud promises of its servers, volumes and networks; takes minutes
	@pytest tests/devcloud

firewall-test: venv ## the firewall's rules in a real kernel, between network namespaces: nobody comes in while they are loaded; needs root
	@tools/nftables
	@pytest --rootdir tests/firewall tests/firewall

monitoring-test: venv ## Prometheus' own check of the rules, and alerts that fire; with MONITORING_PROMETHEUS=URL of one that scrapes members, every panel's data
	@tools/prometheus $(CACHE)/prometheus
	@PROMTOOL=$(CACHE)/prometheus/usr/bin/promtool pytest --rootdir tests/monitoring tests/monitoring

galera-test: install cloud ## a real cluster with DDL in every start and blocked appliers; takes minutes; GALERA_TEST_NAME, GALERA_TEST_KEEP=1
	@pytest --rootdir tests/galera tests/galera

tls-test: install cloud ## the role's certificates from nothing to a second CA, then those of a running Galera cluster, with clients; takes half an hour; TLS_TEST_NAME, TLS_TEST_KEEP=1
	@pytest --rootdir tests/certificates tests/certificates
	@PYTHONPATH=tests/galera:tests/unit pytest --rootdir tests/tls tests/tls

redis-test: venv ## the engine of Redis Cluster against servers on loopback; takes minutes; QUICK=1 for a part, REDIS_SERVER=path for another server, such as a valkey-server
	@tools/redis
	@pytest --rootdir tests/redis tests/redis $(if $(QUICK),--quick)

redis-settings-test: venv ## hundreds of generated settings against a real server; takes minutes; CASES=300, SEED=7, REDIS_SERVER=path for another server
	@tools/redis
	@REDIS_SETTINGS_CASES=$(or $(CASES),200) $(if $(SEED),REDIS_SETTINGS_SEED=$(SEED)) pytest -s --rootdir tests/redis tests/redis/test_settings.py

redis-chaos: venv ## lose an end of a move of slots at random moments; SEEDS=50 of them from SEED=1 on, REDIS_SERVER=path for another server; takes half an hour
	@tools/redis
	@pytest --rootdir tests/redis -s tests/redis/test_failovers.py --seeds $(or $(SEEDS),50) --first-seed $(or $(SEED),1)

redis-large-values: venv ## values of 154 MiB to 1 GiB move between masters with replicas; takes minutes and 8 GB of memory; REDIS_SERVER=path for another server
	@tools/redis
	@pytest --rootdir tests/redis -s tests/redis/test_large_values.py --long

settings-test: venv ## settings of MariaDB and MySQL from the servers' own catalogues; takes half an hour; QUICK=1 for a part, SEED, SETTINGS=how many an engine
	@pytest --rootdir tests/settings -s tests/settings $(if $(QUICK),--quick) $(if $(SEED),--seed $(SEED)) $(if $(SETTINGS),--settings $(SETTINGS))

replication-test: venv ## replication of MariaDB and MySQL on loopback (needs Debian's mariadb-server; MYSQL_ROOTFS for MySQL); takes minutes
	@pytest --rootdir tests/replication tests/replication

.PHONY: awx-test
awx-test: install cloud ## what AWX gives to jobs, run by ansible-runner on the embedded cloud; AWX_VENV of an installed AWX starts that and asks its API, too; takes minutes
	@devcloud/devcloud image debian-12-redis-7.0
	@tools/awx $(CACHE)/awx pytest --rootdir tests/awx -ra tests/awx

.PHONY: replication-chaos
replication-chaos: venv ## writers of every kind and events through many promotions, chosen by SEED and the SEEDS after it; a minute for each
	@pytest --rootdir tests/replication -s tests/replication/test_fence.py tests/replication/test_events.py -k "no_writer or sequence" \
	  --seeds $(or $(SEEDS),20) --first-seed $(or $(SEED),1)

.PHONY: chaos chaos-staged
chaos: install cloud ## kill a verb's run at random moments on real servers, and go on; SCENARIO=galera|redis|replica VERB=a,b SEED=7 ROUNDS=3 KILLS=2 FAULT=partition AT=40:1.5; takes hours without VERB
	@python tests/chaos/chaos.py --scenario $(or $(SCENARIO),galera) $(if $(VERB),--verb $(VERB)) $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	  $(if $(KILLS),--kills $(KILLS)) $(if $(FAULT),--fault $(FAULT)) $(if $(AT),--at $(AT)) $(if $(KEEP),--keep)

chaos-staged: venv ## each verb killed after each of its changes, over a recording cloud; takes half an hour; VERB=part of a name, SEED=7, QUICK=1 for a seeded choice
	@PYTHONPATH=tests/playbooks pytest --rootdir tests/chaos $(if $(QUICK),-q,-n $$(nproc)) tests/chaos $(if $(VERB),--verb $(VERB)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(QUICK),--scenarios 2 --points 2 -k "not kill_leaves")

.PHONY: clouds-test
clouds-test: install cloud ## an API that fails now and then (20 seeds), hidden images, another user's key; takes minutes
	@TROVE_CLOUDS=all pytest -s tests/integration/test_elsewhere.py

.PHONY: kill-test
kill-test: install cloud ## kill trove_cluster after each of its writes; takes minutes
	@TROVE_KILL=everywhere pytest -s tests/integration/test_kill_anywhere.py

molecule: export TROVE_OPTIONS := options$(if $(GUEST),-$(GUEST)).yml
molecule: install cloud ## whole scenarios on the embedded cloud; SCENARIO=name for one, and for galera, redis, replica, galera_upgrade GUEST=debian-13, for replica_day_two GUEST=mysql, for redis_day_two GUEST=valkey
	@devcloud/devcloud image $$(tools/scenario-images $(SCENARIO))
	@$(if $(SCENARIO),molecule test --no-command-borders --scenario-name $(SCENARIO),tools/scenarios)

.PHONY: demo demo-clean cloud cloud-down
demo: install cloud ## from nothing to a running Galera cluster of three
	@ansible-playbook examples/demo.yml -e @examples/products.yml

demo-clean: install cloud ## take the demo's cluster away, with its data
	@ansible-playbook stackdb.trove.cluster_delete -e @examples/products.yml

cloud: venv ## bring the embedded cloud up
	@devcloud/devcloud up

cloud-down: ## stop the embedded cloud
	@devcloud/devcloud down

.PHONY: bench-servers bench-requests bench-role bench-create bench-day-two bench-recover bench-replica bench-redis bench-redis-scale bench-scale
BENCH := PYTHONPATH=$(CURDIR)/tests/integration python $(CURDIR)/benchmarks
$(CACHE)/bench-venv/.done: benchmarks/requirements.txt tools/venv
	@PYTHON=$(PYTHON) tools/venv $(@D) $<
	@touch $@

bench-servers: install cloud $(CACHE)/bench-venv/.done ## servers of a cluster: ours against openstack.cloud
	@$(BENCH)/servers.py

bench-requests: install cloud $(CACHE)/bench-venv/.done ## HTTP requests of an unchanged run
	@$(BENCH)/count_requests.py

bench-role: install cloud ## the role galera against a shell script
	@$(BENCH)/role.py

bench-create: install cloud ## the whole cluster_create, and where its time goes
	@$(BENCH)/create.py

bench-day-two: install cloud ## a rolling restart of Galera against a shell script, and each verb that has nothing to do
	@$(BENCH)/day_two.py

bench-recover: install cloud ## a full outage of three Galera members, against the same by hand in the right order
	@$(BENCH)/recover.py

bench-replica: install cloud ## one snapshot to 1, 2 and 3 replicas, against a dump and against tar
	@$(BENCH)/replica.py

bench-redis: venv ## rebalance and create of a Redis Cluster against redis-cli, under load; KEYS="0 1M" chooses sizes
	@tools/redis
	@python benchmarks/redis/measure.py $(if $(KEYS),--keys $(KEYS))

bench-redis-scale: venv ## Redis Clusters of 12, 100 and 200 masters on loopback: create, join, plan, rebalance; at most ten minutes; MASTERS="12 50"
	@tools/redis
	@python benchmarks/redis/scale.py $(if $(MASTERS),--masters $(MASTERS))

bench-scale: install ## inventory, list and show of 10, 100 and 1,000 servers of a simulated cloud, compared with the embedded one where that is up; minutes
	@$(BENCH)/cloud_scale.py
