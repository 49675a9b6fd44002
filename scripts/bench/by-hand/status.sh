#!/usr/bin/env bash
# Names the documents that differ between test and main.
set -euo pipefail

git clone --quiet --depth=1 --filter=blob:none --no-checkout --no-single-branch --branch main "$CODEX" codex
cd codex
git diff --name-status --no-renames origin/main origin/test -- projects > ../differences
