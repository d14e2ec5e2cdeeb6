#!/bin/sh
# Install Chromium for the browser tests where that may be done; otherwise they skip and say how.
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium and a Korean font for the browser tests"
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; } >/dev/null 2>&1 ||
        echo "chromium could not be installed; the browser tests will skip"
else
    echo "No chromium: the browser tests will skip. Install it with your system's package manager."
fi
