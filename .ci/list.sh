#!/bin/bash
# usage: list.sh SERIES.mbox    Checks a series from a list: a check for each patch at patchwork, replies as drafts.
# PATCHWORK and PATCHWORK_TOKEN say where, TREE (optional) which tree.  Replies wait in drafts.mbox; nothing is mailed.
set -euo pipefail
kpatchlint check ${TREE:+--tree "$TREE"} --fail-on never \
  --format patchwork -o checks.jsonl --format mail -o drafts.mbox -- "$1" || [[ $? == 3 ]]
while read -r check; do
  msgid=$(jq -r .msgid <<<"$check")
  id=$(curl -sSf -G "$PATCHWORK/api/patches/" --data-urlencode "msgid=$msgid" | jq '.[0].id // empty')
  [[ $id ]] || { echo "patchwork does not know $msgid"; continue; }
  curl -sSf -o /dev/null -H "Authorization: Token $PATCHWORK_TOKEN" -H "Content-Type: application/json" \
    -d "$check" "$PATCHWORK/api/patches/$id/checks/"
done <checks.jsonl
