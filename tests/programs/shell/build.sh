#!/bin/bash
# make -j3 with gcc: a program from six files, a rule that fails, and a rule whose
# program crashes.
set -u

for number in 1 2 3 4 5 6; do
	printf 'int part%s(void)\n{\n\treturn %s;\n}\n' "$number" "$number" >"part$number.c"
done
cat >main.c <<'END'
#include <stdio.h>

int part1(void), part2(void), part3(void), part4(void), part5(void), part6(void);
static int *volatile nowhere;

int main(int count, char **arguments)
{
	(void)arguments;
	if (count > 1)
		return *nowhere;
	printf("%d\n", part1() + part2() + part3() + part4() + part5() + part6());
	return 0;
}
END
cat >Makefile <<'END'
objects = main.o $(patsubst %,part%.o,1 2 3 4 5 6)

program: $(objects)
	gcc -o $@ $^
%.o: %.c
	gcc -O1 -Wall -c -o $@ $<
fails: program
	exit 5
broken.o: broken.c
crashes: program
	./program crash
clean:
	rm -f program $(objects)
END
echo 'int broken(void) { return undeclared; }' >broken.c

make -j3
echo "status $?"
./program
make -j3 -k fails broken.o crashes
echo "status $?"
make -j3 clean
make --dry-run -j3 | sort
echo "done"
