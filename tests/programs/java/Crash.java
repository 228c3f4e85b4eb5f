/** A write to 0x10 that no Java code could make. */
import java.lang.reflect.Field;

class Crash {
	public static void main(String[] arguments) throws Exception {
		Class<?> type = Class.forName("sun.misc.Unsafe");
		Field field = type.getDeclaredField("theUnsafe");
		field.setAccessible(true);
		System.out.println("about to crash");
		type.getMethod("putAddress", long.class, long.class).invoke(field.get(null), 0x10L, 1L);
		System.out.println("still here");
	}
}
