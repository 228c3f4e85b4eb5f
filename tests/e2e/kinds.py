"""What each way to die of tests/crashers must look like in a report.

A stack is written most recent call first, "c:" for functions of _crashers and
"py:" for Python; what is common to all follows from the place, see PLACES.
"*N" stands for N equal frames in a row, "*" for any number from MANY on, "+" for any.
"gap" is where frames are missing.
"""

import collections

# A stack overflow has at least this many equal frames.
MANY = 50

NATIVE_DEPTH = 40000
PYTHON_DEPTH = 100000

Kind = collections.namedtuple("Kind", "name signal code cause stack address text flags")


def kind(name, signal, code, cause, stack, address=None, text=None, flags=""):
    """FLAGS: `directed` (sent to the process: the kernel picks the main
    thread), `self` (the sender is the process itself), `other` (it is
    another one), `main` (main thread only), `gc` (collecting garbage), `child`
    (a forked child dies), `large` (so deep that few runs are enough), `gap` (the stack
    cannot be followed all the way)."""
    return Kind(name, signal, code, cause, stack.split(), address, text, flags.split())


CRASH = "c:die py:crash"
NULL = "c:null_read " + CRASH

KINDS = [
    kind("null-read", "SIGSEGV", "SEGV_MAPERR", "null-dereference", NULL, 0),
    kind("null-write", "SIGSEGV", "SEGV_MAPERR", "null-dereference", "c:null_write " + CRASH,
         0x10),
    kind("call-null", "SIGSEGV", "SEGV_MAPERR", "jump-to-unmapped", "c:call_null " + CRASH, 0),
    kind("call-near-null", "SIGSEGV", "SEGV_MAPERR", "jump-to-unmapped",
         "c:call_near_null " + CRASH, 0x10),
    kind("call-heap", "SIGSEGV", "SEGV_ACCERR", "jump-to-non-executable",
         "c:call_heap " + CRASH),
    kind("non-canonical", "SIGSEGV", "SI_KERNEL", "non-canonical-address",
         "c:non_canonical " + CRASH, 0),
    kind("unmapped-read", "SIGSEGV", "SEGV_MAPERR", "unmapped-address",
         "c:unmapped_read " + CRASH),
    kind("write-read-only", "SIGSEGV", "SEGV_ACCERR", "write-to-read-only",
         "c:write_read_only " + CRASH),
    kind("read-guarded", "SIGSEGV", "SEGV_ACCERR", "access-denied", "c:read_guarded " + CRASH),
    kind("past-end-of-file", "SIGBUS", "BUS_ADRERR", "past-end-of-file",
         "c:past_end_of_file " + CRASH),
    kind("misaligned", "SIGBUS", "BUS_ADRALN", "misaligned-access", "c:misaligned " + CRASH),
    kind("overflow", "SIGSEGV", None, "stack-overflow",
         "c:overflow_frame* c:overflow " + CRASH, text="overflow_frame", flags="large"),
    kind("recursion", "SIGSEGV", None, "stack-overflow", "cycle:call_large,recurse py:recursion",
         flags="large"),
    kind("native-depth", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         "c:null_read c:descend*%d c:native_depth %s" % (NATIVE_DEPTH + 1, CRASH), 0,
         flags="large"),
    kind("divide", "SIGFPE", "FPE_INTDIV", "arithmetic", "c:divide " + CRASH),
    kind("undefined-instruction", "SIGILL", "ILL_ILLOPN", "illegal-instruction",
         "c:undefined_instruction " + CRASH),
    kind("breakpoint", "SIGTRAP", "SI_KERNEL", "trap", "c:breakpoint " + CRASH),
    kind("abort", "SIGABRT", "SI_TKILL", "abort", "c:library_abort " + CRASH, flags="self"),
    kind("assert", "SIGABRT", "SI_TKILL", "abort", "c:library_assert " + CRASH,
         text="Assertion `two == 3' failed", flags="self"),
    kind("double-free", "SIGABRT", "SI_TKILL", "abort", "c:double_free " + CRASH,
         text="free(): double free detected", flags="self"),
    kind("smash-stack", "SIGABRT", "SI_TKILL", "abort", "c:smash_stack " + CRASH,
         text="stack smashing detected", flags="self"),
    kind("smash-frames", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         "c:overwrite_up_to gap " + CRASH, 0, flags="gap"),
    kind("hide-page", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         "c:null_read c:small_frame+ gap c:small_frame+ c:hide_page " + CRASH, 0, flags="gap"),
    kind("unmap-page", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         "c:null_read c:small_frame+ gap c:small_frame+ c:unmap_page " + CRASH, 0, flags="gap"),
    kind("no-table", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         "c:null_read c:without_table gap c:no_table " + CRASH, 0, flags="gap"),
    kind("forbidden-call", "SIGSYS", "SYS_SECCOMP", "forbidden-system-call",
         "c:forbidden_call " + CRASH, text="personality"),
    kind("raise", "SIGSEGV", "SI_TKILL", "signal-sent", "c:raise_fault " + CRASH, flags="self"),
    kind("raise-fpe", "SIGFPE", "SI_TKILL", "signal-sent", "c:raise_floating " + CRASH,
         flags="self"),
    kind("kill", "SIGSEGV", "SI_USER", "signal-sent", "c:kill_self " + CRASH,
         flags="directed self"),
    kind("kill-from-other", "SIGSEGV", "SI_USER", "signal-sent",
         "c:kill_from_other " + CRASH, flags="directed other"),
    kind("sigqueue", "SIGBUS", "SI_QUEUE", "signal-sent", "c:queue_self " + CRASH,
         flags="directed self"),
    kind("tgkill", "SIGILL", "SI_TKILL", "signal-sent", "c:tgkill_self " + CRASH, flags="self"),
    kind("os-abort", "SIGABRT", "SI_TKILL", "abort", "py:last_words", flags="self"),
    kind("sorted-key", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:key py:sorted_key", 0),
    kind("ctypes-callback", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:callback c:call_back py:ctypes_callback", 0),
    kind("made-code", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:callback gap py:made_code", 0, flags="gap"),
    kind("nested", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:inner c:call py:middle c:call py:outer c:call py:nested", 0),
    kind("generator", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:numbers py:generator", 0),
    kind("coroutine", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:fetch py:serve py:coroutine", 0),
    kind("method", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:total py:price py:method", 0),
    kind("exec-string", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:from_string py:<module> py:exec_string", 0),
    kind("finalizer", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:__del__ py:finalizer", 0, flags="gc"),
    kind("unicode", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:値段 py:цена py:größe", 0),
    kind("python-depth", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
         NULL + " py:descend*%d py:python_depth" % PYTHON_DEPTH, 0, flags="large"),
    kind("fork-child", "SIGSEGV", "SEGV_MAPERR", "null-dereference", NULL + " py:fork_child", 0,
         flags="main child"),
]

# Where it dies: the rest of that thread's stack, and the main thread's whole
# stack if it is another one.
Place = collections.namedtuple("Place", "rest main")

WAITING = "c:park c:py_park py:%s py:main py:<module>"

PLACES = {
    "main": Place("py:dispatch py:run_main py:main py:<module>".split(), None),
    "pthread": Place("py:dispatch py:worker py:run py:_bootstrap_inner py:_bootstrap".split(),
                     (WAITING.replace("c:py_park", "c:py_park py:wait_for_death")
                      % "run_pthread").split()),
    "cthread": Place("py:dispatch py:worker py:body c:call_python c:thread_main".split(),
                     (WAITING.replace("c:py_park", "c:py_park py:wait_for_death")
                      % "run_cthread").split()),
    "native": Place("c:native_main c:thread_main".split(), (WAITING % "run_native").split()),
}


def runs_at(one, place):
    """Whether the kind can happen there."""
    if place == "native":
        return all(name.startswith("c:") for name in one.stack[:1]) and \
            one.stack[-2:] == CRASH.split() and one.name != "native-depth"
    return place == "main" or "main" not in one.flags


def whole_stack(one, place):
    if place == "native":
        return one.stack[:-2] + PLACES[place].rest
    return one.stack + PLACES[place].rest
