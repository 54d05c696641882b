#!/usr/bin/env bash
# Checks the given files, or those that the last commit changed: what action.yml and the pre-commit hook run.
# Files that contain no configuration of edge-cors are passed over.
#
# EDGE_CORS: the command to run instead of the npm package, such as "target/debug/edge-cors"
# EDGE_CORS_ARGUMENTS: more arguments of `edge-cors check`, such as "--strict --format github"
set -euo pipefail

VERSION=0.1.0
read -ra command <<< "${EDGE_CORS:-npx --yes edge-cors@$VERSION}"
read -ra arguments <<< "${EDGE_CORS_ARGUMENTS:-}"

files=("$@")
if [ ${#files[@]} -eq 0 ]; then
    # In a pull request, the first parent of the checked-out commit is the branch that it goes to.
    if ! git rev-parse --quiet --verify HEAD^1 > /dev/null; then
        echo "edge-cors: the commit before this one is not here, so every file is checked. To check only the" \
            "changed ones, give actions/checkout fetch-depth: 2." >&2
        files=(.)
    else
        mapfile -d '' files < <(git diff --name-only --diff-filter=d -z HEAD^1 HEAD)
    fi
fi
if [ ${#files[@]} -eq 0 ]; then
    echo "edge-cors: no file was changed." >&2
    exit 0
fi
exec "${command[@]}" check --skip-unrelated "${arguments[@]}" -- "${files[@]}"
