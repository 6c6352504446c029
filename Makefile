# The developer's verbs; `make help` lists them. Each verb is one or two lines: what
# it runs lives in Maven or in it-tests/.

# The build and the daemon run on JDK 25: JAVA_HOME if it is one, else the first
# whose `release` file says so. Maven and the lab inherit it.
JDK25 := $(shell for home in "$$JAVA_HOME" /usr/lib/jvm/*; do \
	grep -qs '^JAVA_VERSION="25[".]' "$$home/release" && test -x "$$home/bin/javac" && echo "$$home" && break; done)
export JAVA_HOME := $(JDK25)

MVN := mvn -B -ntp
LAB_TOOL := it-tests/lab/lab
DEMO := it-tests/demo/demo
PACKAGE := daemon/target/ikebana/bin/ikebana
TRAIN := daemon/target/ikebana/bin/ikebana-train || echo "make: no AOT cache; daemons will take longer to start" >&2
SOURCES := $(shell find pom.xml reference.conf */pom.xml */src/main netlink-actor/src/test -type f)

.PHONY: help jdk package demo test unit lab lab-broken lab-install format sim transcripts fuzz bench

help: ## say what each verb does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

jdk:
	@test -n "$(JDK25)" || { echo "Ikebana needs a JDK 25: install one (temurin-25-jdk from packages.adoptium.net, say) or point JAVA_HOME to it." >&2; exit 1; }

demo: package ## a hub and three spokes on this machine, in half a minute, without root (BREAK=wrong-psk: it fails)
	@BREAK=$(BREAK) $(DEMO)

test: jdk ## everything: build, unit tests, format check, the demo, and the lab where it can run (LAB=off: without)
	$(MVN) verify
	@$(TRAIN)
	@$(DEMO) test
	@$(LAB_TOOL) test

unit: jdk ## the unit tests of all modules, in seconds
	$(MVN) test

lab: package ## every scenario on a real kernel, or one: SCENARIO=x (BREAK=fault plants one of its faults); in its full form, if it has one, for minutes (LAB_FORM=short: not)
	@BREAK=$(BREAK) $(LAB_TOOL) scenario $(SCENARIO)

lab-broken: package ## each scenario (or SCENARIO=x) with its planted faults: it has to fail
	@$(LAB_TOOL) broken $(SCENARIO)

lab-install: ## install what the lab needs (Debian, as root)
	@$(LAB_TOOL) install

format: jdk ## bring the Java sources into shape
	$(MVN) -q spotless:apply

$(PACKAGE): $(SOURCES) | jdk
	@echo "Building the daemon; the first time this takes a few minutes."
	@$(MVN) -q package -DskipTests
	@touch $@

package: $(PACKAGE) ## build the daemon as a folder, daemon/target/ikebana, with its AOT cache
	@$(TRAIN)

sim: jdk ## the simulator: make sim SEEDS=n FROM=m JOBS=j (n seeds from m on, j at once), or SEED=n (one, with its journal)
	$(MVN) -q -pl engine test-compile exec:java -Dexec.mainClass=ikebana.sim.Simulate -Dexec.classpathScope=test \
		-Dsimulations=engine/target/sim \
		-Dexec.args="$(if $(SEED),one $(SEED),many $(or $(FROM),0) $(or $(SEEDS),2000) $(or $(JOBS),$(shell nproc)))"

fuzz: jdk ## feed a decoder with mutants: make fuzz TARGET=x SECONDS=n, or without TARGET the list of them
	@it-tests/fuzz $(if $(KEEP),keep) $(TARGET) $(SECONDS)

bench: jdk ## CPU of a handshake on the responder's side; WHAT=core, udp, or primitives (docs/bench.md)
	@it-tests/bench $(WHAT)

transcripts: jdk ## write the transcripts of the exchanges anew: the diff is the review
	$(MVN) -q -pl engine test -Dtest=TranscriptsTest -Dtranscripts=rewrite
	@git status --short engine/src/test/resources/transcripts
