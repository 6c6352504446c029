# The developer's verbs; `make help` lists them.

# JDK 25: JAVA_HOME if it is one, else the first under /usr/lib/jvm that says so in its `release` file.
JDK25 := $(firstword $(foreach home,$(JAVA_HOME) $(wildcard /usr/lib/jvm/*),\
	$(shell grep -qs '^JAVA_VERSION="25[."]' '$(home)/release' && echo '$(home)')))
export JAVA_HOME := $(JDK25)
MVN := mvn -B -ntp
LAB_TOOL := it-tests/lab/lab

.PHONY: help jdk test unit lab lab-broken lab-install format
help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

jdk:
	@[ -n "$(JDK25)" ] || { echo "Ikebana needs JDK 25: install Temurin 25 (package temurin-25-jdk) or set JAVA_HOME to a JDK 25."; exit 1; }

test: jdk ## everything: build, unit tests, format, and the scenarios on a real kernel (LAB=off leaves this machine alone)
	$(MVN) verify
	$(LAB_TOOL) test

unit: jdk ## the tests that need seconds and no root
	$(MVN) test

lab: jdk ## the scenarios on a real kernel, or one: make lab SCENARIO=static-keys
	$(MVN) -q package -DskipTests
	$(LAB_TOOL) scenario $(SCENARIO)

lab-broken: jdk ## plant each scenario's faults, and see that it fails: make lab-broken SCENARIO=static-keys
	$(MVN) -q package -DskipTests
	$(LAB_TOOL) broken $(SCENARIO)

lab-install: ## install what the lab needs (Debian, as root)
	$(LAB_TOOL) install

format: jdk ## rewrite the sources in the house's format
	$(MVN) -q spotless:apply
