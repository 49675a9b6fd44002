#!/usr/bin/env bash
# Puts what stands in test for $PROJECT into main, in the codex itself. Both branches are checked out, since that fetches the
# documents at once: a checkout of paths alone would fetch them one by one.
set -euo pipefail

git clone --quiet --depth=1 --filter=blob:none --sparse --no-single-branch --branch test "$CODEX" codex
cd codex
git sparse-checkout set "projects/$PROJECT"
git switch --quiet --create main origin/main
git checkout --quiet origin/test -- "projects/$PROJECT"
git commit --quiet -m "Release $PROJECT"
git push --quiet origin main
