#!/bin/bash
# A patch test of NIPA, netdev's CI: copy this directory to tests/patch/kpatchlint.  The patch is the tree's last commit.
# Ends with 0 when all is well, 250 for warnings, 1 for errors; the line for the results page goes to $DESC_FD.
said=$(mktemp)
trap 'rm -f "$said"' EXIT
kpatchlint check --fail-on error --format nipa -o "$said" --format text -o - HEAD^..HEAD
status=$?
cat "$said" >&"$DESC_FD"
[[ $status == 0 && $(<"$said") != "no findings" ]] && exit 250
exit "$status"
