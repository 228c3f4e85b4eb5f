// What only C++ does.
#include <exception>
#include <stdexcept>

#include "die.h"

void way_throw()
{
	throw std::runtime_error("nobody catches this");
}

void way_terminate()
{
	std::terminate();
}

void terminate_with(void (*handler)())
{
	std::set_terminate(handler);
}

void throw_something()
{
	throw 42;
}

void call_and_catch(void (*function)(), void (*caught)())
{
	try {
		function();
	} catch (int) {
		caught();
	}
}
