/*
 * A program without a C library, for where there is none to link: 32 bits. Says
 * so and exits with 3.
 */
#if defined(__i386__)
#define WRITE 4
#define EXIT 1

static long call(long number, long one, long two, long three)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(one), "c"(two), "d"(three)
			 : "memory");
	return result;
}
#else
#define WRITE 1
#define EXIT 60

static long call(long number, long one, long two, long three)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(one), "S"(two), "d"(three)
			 : "rcx", "r11", "memory");
	return result;
}
#endif

void _start(void);

void _start(void)
{
	static const char text[] = "free\n";

	call(WRITE, 1, (long)text, sizeof(text) - 1);
	call(EXIT, 3, 0, 0);
	__builtin_unreachable();
}
