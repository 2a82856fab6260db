#!/bin/sh
# Puts a built Sallyport into a folder, with what it needs to run and nothing else: deploy/install.sh /opt/sallyport
# Before: npm ci && npm run build. The image and the systemd unit run what this makes.
# --modules FOLDER uses dependencies that are installed already instead of installing them from the lock file.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
dest=${1:?"usage: deploy/install.sh FOLDER [--modules FOLDER]"}
modules=
[ "${2:-}" = "--modules" ] && modules=${3:?"--modules names a folder"}

for built in dist/src/main.js console/dist/index.html; do
  [ -f "$root/$built" ] || { echo "install.sh: $built is missing: run npm run build first" >&2; exit 69; }
done
[ ! -e "$dest/package.json" ] || { echo "install.sh: $dest holds an installation already: name a new folder" >&2; exit 2; }

mkdir -p "$dest/console"
for part in package.json LICENSE NOTICE bin dist detections catalogue; do
  cp -R "$root/$part" "$dest/"
done
cp -R "$root/console/dist" "$dest/console/"
cp "$root/deploy/docker/healthcheck.mjs" "$dest/bin/"

if [ -n "$modules" ]; then
  ln -s "$modules" "$dest/node_modules"
else
  cp "$root/package-lock.json" "$dest/"
  cp "$root/console/package.json" "$dest/console/"
  (cd "$dest" && npm ci --omit=dev --workspaces=false --ignore-scripts --no-audit --no-fund --loglevel=error)
  # The machine's own Node runs it.
  rm -rf "$dest"/node_modules/node-linux-* "$dest"/node_modules/node-darwin-* "$dest/console/package.json"
  # With a lock file it would take itself for a clone.
  rm "$dest/package-lock.json"
fi
