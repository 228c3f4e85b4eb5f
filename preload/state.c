#include "state.h"

struct fdp_state fdp_state = { .channel = -1, .output = -1 };
