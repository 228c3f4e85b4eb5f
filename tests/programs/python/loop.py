"""asyncio and its subprocesses, with several watchers of children."""

import asyncio
import os
import signal
import sys
import warnings

CRASH = "import _crashers; _crashers.die('null-read')"


async def run(*command, given=None):
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL)
    out, _ = await process.communicate(given)
    return process.returncode, out


async def crashes():
    print(await run(sys.executable, "-c", CRASH))
    print(await run(sys.executable, "-c", "import os; os.abort()"))


async def main():
    print(await run("/bin/echo", "hello"))
    print(await run("/bin/cat", given=b"given"))
    print(await run("/bin/sh", "-c", "exit 3"))
    print(await asyncio.gather(*(run("/bin/sh", "-c", "exit %d" % number)
                                 for number in range(10))))
    shell = await asyncio.create_subprocess_shell("kill -TERM $$; sleep 600")
    print(await shell.wait())
    sleeper = await asyncio.create_subprocess_exec("/bin/sleep", "600")
    sleeper.kill()
    print(await sleeper.wait())
    caught = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, caught.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await caught.wait()
    try:
        await asyncio.wait_for(asyncio.sleep(600), 0.01)
    except asyncio.TimeoutError:
        print("timeout")


def watchers():
    names = ["ThreadedChildWatcher", "SafeChildWatcher", "PidfdChildWatcher"]
    return [getattr(asyncio, name) for name in names if hasattr(asyncio, name)]


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    asyncio.run(crashes())
    for watcher in watchers():
        print(watcher.__name__)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        one = watcher()
        if hasattr(one, "attach_loop"):
            one.attach_loop(loop)
        asyncio.set_child_watcher(one)
        loop.run_until_complete(main())
        one.close()
        loop.close()
    print("done")
