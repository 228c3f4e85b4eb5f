#!/bin/bash
# Pipes of tar, gzip, xargs, find, sort, awk and sed, some of them broken.
set -u
export LC_ALL=C

mkdir tree
for number in $(seq 100); do
	seq "$number" 1000 >"tree/file$number"
done
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - tree | gzip -n -9 >tree.tar.gz
sha256sum tree.tar.gz
mkdir out
gzip -dc tree.tar.gz | tar -xf - -C out
diff -r tree out/tree
echo "diff $?"
tar -tzf tree.tar.gz | sed -n 1,3p
seq 1000000 | head -n 3
echo "${PIPESTATUS[*]}"
find tree -name 'file1*' -print0 | sort -z | xargs -0 -n 20 -P 2 sha256sum | sort | sha256sum
awk '{ sum += $1 } END { print sum }' tree/file*
sed -n '1!G;h;$p' tree/file90 | head -n 2
echo damaged | gzip -dc
echo "gzip $?"
tar -xf tree/file1
echo "tar $?"
dd if=/dev/zero bs=1000 count=1000 status=none | tr '\0' x | wc -c
seq 100 | tee copy | sha256sum - copy; seq 100 | cmp copy -
echo "done"
