/** ProcessBuilder: output, input, exit status, one that is killed and one that kills itself. */
import java.util.concurrent.TimeUnit;

class Children {
	static void run(String... command) throws Exception {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		if (command[0].equals("/bin/cat"))
			process.getOutputStream().write("given\n".getBytes());
		process.getOutputStream().close();
		String output = new String(process.getInputStream().readAllBytes()).trim();
		System.out.println(process.waitFor() + " " + output);
	}

	public static void main(String[] arguments) throws Exception {
		run("/bin/echo", "hello");
		run("/bin/cat");
		run("/bin/sh", "-c", "echo out; echo err >&2; exit 3");
		run("/bin/sh", "-c", "kill -SEGV $$");
		run("/bin/sh", "-c", "ulimit -s; umask; echo /proc/self/fd/[0-9]");
		for (int i = 0; i < 20; i++)
			run("/bin/true");
		Process waiting = new ProcessBuilder("/bin/cat").start();
		waiting.getOutputStream().write('x');
		waiting.getOutputStream().flush();
		System.out.println((char)waiting.getInputStream().read());
		System.out.println(waiting.waitFor(1, TimeUnit.MILLISECONDS));
		waiting.destroyForcibly();
		System.out.println(waiting.waitFor());
		System.out.println(new ProcessBuilder("/bin/echo", "inherited").inheritIO().start().waitFor());
		try {
			new ProcessBuilder("/no/such/program").start();
		} catch (java.io.IOException exception) {
			System.out.println("no such program");
		}
	}
}
