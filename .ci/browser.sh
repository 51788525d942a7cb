#!/usr/bin/env bash
# Finds Chromium and a Chinese font for the tests that look at pages; installs them where it may.
# Without them those tests are skipped with the reason, and fail where CI=true.
set -euo pipefail

find_browser() {
  local name
  for name in "${FRAUDML_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then command -v "$name"; return 0; fi
  done
  return 1
}

has_font() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]; }

if find_browser >/dev/null && has_font; then
  echo "Browser for the page tests: $(find_browser)"
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium and a Chinese font for the page tests (about 200 MB, a minute or two)"
  log=$(mktemp)
  if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends chromium fonts-noto-cjk fontconfig; } >"$log" 2>&1; then
    echo "Browser for the page tests: $(find_browser)"
    rm -f "$log"
    exit 0
  fi
  tail -n 3 "$log" >&2
fi
cat >&2 <<'TEXT'
No Chromium with a Chinese font here: the page tests are skipped (they fail where CI=true).
  Debian, Ubuntu:  sudo apt-get install chromium fonts-noto-cjk
  elsewhere:       install Chromium or Chrome and Noto Sans CJK, then set
                   FRAUDML_CHROMIUM=/path/to/the/browser if it is not on the PATH
TEXT
