/** Nanoseconds for one null pointer; HotSpot learns of each by a SIGSEGV. */
public class NullPointers {
	private static final int BATCHES = 5;
	private static final int BATCH = 5000;

	private int field;

	private static int caught(NullPointers[] objects) {
		int count = 0;
		for (NullPointers object : objects) {
			try {
				count += object.field;
			} catch (NullPointerException expected) {
				count++;
			}
		}
		return count;
	}

	public static void main(String[] arguments) {
		NullPointers[] none = new NullPointers[BATCH];
		long[] taken = new long[BATCHES];

		for (int i = 0; i < 3; i++)
			caught(none);
		for (int i = 0; i < BATCHES; i++) {
			long begin = System.nanoTime();
			if (caught(none) != BATCH)
				throw new IllegalStateException();
			taken[i] = System.nanoTime() - begin;
		}
		java.util.Arrays.sort(taken);
		System.out.println("null " + (double) taken[BATCHES / 2] / BATCH);
	}
}
