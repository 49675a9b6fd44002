#!/usr/bin/env bash
# Reads the folder $FOLDER of $BRANCH of $CODEX, and copies $WANTED of it to $DOCUMENTS.
set -euo pipefail

git clone --quiet --depth=1 --filter=blob:none --sparse --single-branch --branch "$BRANCH" "$CODEX" codex
cd codex
git sparse-checkout set "$FOLDER"
cp -R "$FOLDER/$WANTED" "$DOCUMENTS"
