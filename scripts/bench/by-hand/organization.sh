#!/usr/bin/env bash
# Clones every one of $REPOSITORIES, and publishes the documents of all in one commit.
set -euo pipefail

git clone --quiet --depth=1 --branch test "$CODEX" codex
for repository in $REPOSITORIES; do
  git clone --quiet --depth=1 "$SERVER/$repository" project
  mkdir -p "codex/projects/${repository#*/}"
  cp -R project/docs "codex/projects/${repository#*/}/docs"
  rm -rf project
done
cd codex
git add projects
git commit --quiet -m 'Update docs'
git push --quiet origin test
