// Exceptions that pass through Python.
#include <stdexcept>

extern "C" {

int throws(void)
{
	throw std::runtime_error("through Python");
}

// What calls Python, catches what comes back from C++ behind it, and dies.
int catches(int (*callback)(void))
{
	volatile int *volatile nowhere = nullptr;

	try {
		return callback() + 1;
	} catch (const std::exception &) {
		return *nowhere;
	}
}

int does_not_catch(int (*callback)(void))
{
	return callback() + 1;
}
}
