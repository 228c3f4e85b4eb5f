#!/bin/bash
# A repository from init to fsck.  Names and dates are fixed, so the hashes are too.
set -eu

export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org
export GIT_AUTHOR_DATE='2026-01-02T03:04:05Z' GIT_COMMITTER_DATE='2026-01-02T03:04:05Z'
export GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat

git init --initial-branch=main one
cd one
for number in $(seq 20); do
	seq "$number" 200 >"file$number"
	git add "file$number"
	git commit --quiet --message "commit $number"
done
git checkout --quiet -b side HEAD~5
echo side >side
git add side
git commit --message side
git checkout --quiet main
git merge --message merge side
git log --oneline --graph
git diff --stat HEAD~3
# With several threads the deltas, and so the name of the pack, vary.
git -c pack.threads=1 gc --quiet
git fsck --full
git count-objects -v
git status --short --branch
git clone --quiet . ../two
git -C ../two log -1 --format='%H %an %s'
git -C ../two grep --count 199
if git show nothing; then exit 1; fi
echo "done"
