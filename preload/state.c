#include "state.h"

struct fdp_state fdp_state = { .channel = -1 };
