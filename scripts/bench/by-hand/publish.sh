#!/usr/bin/env bash
# Publishes $DOCUMENTS into $BRANCH of $CODEX as workflows do that are written by hand: clone, copy, commit, push, and again
# on top of the others if somebody was faster. $CLONE says how much is cloned.
set -euo pipefail

git clone --quiet $CLONE --branch "$BRANCH" "$CODEX" codex
cd codex
if [[ $CLONE == *--sparse* ]]; then git sparse-checkout set "projects/$PROJECT"; fi

rm -rf "projects/$PROJECT/docs"
mkdir -p "projects/$PROJECT"
cp -R "$DOCUMENTS" "projects/$PROJECT/docs"
git add "projects/$PROJECT"
if git diff --cached --quiet; then exit 0; fi

git commit --quiet -m "Update docs from $PROJECT"
for _ in {1..200}; do
  if git push --quiet origin "$BRANCH"; then exit 0; fi
  git pull --quiet --rebase origin "$BRANCH"
done
exit 1
