/** StackOverflowError in the main thread and in 50 others, twice in each. */
class Overflow {
	static int depth;

	static int descend(int depth) {
		return descend(depth + 1) + 1;
	}

	static boolean overflows() {
		try {
			descend(0);
			return false;
		} catch (StackOverflowError error) {
			return true;
		}
	}

	public static void main(String[] arguments) throws Exception {
		System.out.println("main " + overflows() + " " + overflows());
		Thread[] threads = new Thread[50];
		boolean[] results = new boolean[threads.length];
		for (int i = 0; i < threads.length; i++) {
			int index = i;
			threads[i] = new Thread(() -> results[index] = overflows() && overflows());
			threads[i].start();
		}
		int count = 0;
		for (int i = 0; i < threads.length; i++) {
			threads[i].join();
			count += results[i] ? 1 : 0;
		}
		System.out.println("threads " + count);
	}
}
