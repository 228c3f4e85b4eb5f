"""service.py MODE ...: a service as people write them."""
import os
import signal
import socket
import sys
import time

NULL = 0


def crash():
    import ctypes
    ctypes.string_at(NULL)


def sleep():
    while True:
        time.sleep(1)


def notify(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        address = os.environ["NOTIFY_SOCKET"]
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.send(text.encode())


def ready(*more):
    """Type=notify."""
    notify("READY=1\nSTATUS=ready")
    sleep()


def wait(*more):
    print("waits", flush=True)
    sleep()


def stop_slowly(*more):
    """A clean-up that takes its time."""
    def stop(number, frame):
        time.sleep(0.3)
        print("cleaned up", flush=True)
        sys.exit(0)
    signal.signal(signal.SIGTERM, stop)
    wait()


def fails(*more):
    sys.exit(3)


def crashes(*more):
    crash()


def answer(*more):
    """Socket activation: descriptor 3 is the first one that was handed over."""
    count, mine = int(os.environ["LISTEN_FDS"]), int(os.environ["LISTEN_PID"]) == os.getpid()
    with socket.socket(fileno=3) as listener:
        connection, _ = listener.accept()
        with connection:
            connection.send(b"%d descriptors, mine: %d\n" % (count, mine))


def daemonize(pid_file=None):
    """Type=forking, as of old: all closed, a session of its own, nobody's child."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        os._exit(0)
    os.setsid()
    pid = os.fork()
    if pid:
        if pid_file:
            with open(pid_file, "w") as file:
                file.write("%d\n" % pid)
        os._exit(0)
    os.closerange(0, 4096)
    sleep()


def works(*more):
    """Children that come and go, and one that stays to be killed with the service."""
    for _ in range(5):
        if os.fork() == 0:
            os._exit(0)
        os.wait()
    if os.fork() == 0:
        sleep()
    ready()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
