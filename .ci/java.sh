#!/usr/bin/env bash
# Finds Java 17 or newer for the tests on Spark; installs it where it may.
# Without it those tests are skipped with the reason, and fail where CI=true.
set -euo pipefail

java_version() {
  local java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  command -v "$java" >/dev/null 2>&1 || return 1
  "$java" -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1
}

has_java() { local found; found=$(java_version) && [ -n "$found" ] && [ "$found" -ge 17 ]; }

if has_java; then
  echo "Java for the tests on Spark: $(java_version)"
  exit 0
fi
if [ -z "${JAVA_HOME:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Java 17 for the tests on Spark (about 200 MB, a minute or two)"
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  install() { apt-get install -y -qq --no-install-recommends "$1"; }
  if { apt-get update -qq && { install openjdk-17-jre-headless || install default-jre-headless; }; } \
    >"$log" 2>&1 && has_java; then
    echo "Java for the tests on Spark: $(java_version)"
    rm -f "$log"
    exit 0
  fi
  tail -n 3 "$log" >&2
fi
cat >&2 <<'TEXT'
No Java 17 here: the tests on Spark are skipped (they fail where CI=true).
  Debian, Ubuntu:  sudo apt-get install openjdk-17-jre-headless
  elsewhere:       install a Java 17 runtime and put it on the PATH or in JAVA_HOME
TEXT
