/**
 * NullPointers COUNT: that many null dereferences, each a SIGSEGV that the
 * virtual machine turns into an exception.  The processor time that it took goes
 * into a file, since the output has to be the same in every run.
 */
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

class NullPointers {
	int field = 1;

	static int read(NullPointers object) {
		return object.field;
	}

	/** Of this thread, in nanoseconds: others may use the processor as well. */
	static long now() {
		return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
	}

	public static void main(String[] arguments) throws Exception {
		int count = Integer.parseInt(arguments[0]);
		NullPointers[] objects = { null, new NullPointers() };
		int caught = 0;
		int sum = 0;
		long begin = now();
		for (int i = 0; i < 2 * count; i++) {
			try {
				sum += read(objects[i & 1]);
			} catch (NullPointerException exception) {
				caught++;
			}
		}
		long taken = now() - begin;
		Files.writeString(Path.of("nanoseconds"), Long.toString(taken));
		System.out.println("caught " + caught + " sum " + sum);
	}
}
