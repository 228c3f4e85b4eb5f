"""Servers: started, asked, hurt, and ended in order."""

import http.client
import os
import signal
import subprocess

from compare import Program

CRASH = ("SIGSEGV null-dereference",)
TIMES = (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(,\d+)?( \+0000)?", "TIME")
PORT = (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT")
ANSWER_SECONDS = 20


def ask(port, path):
    """Status and text of the answer; "nothing" if the connection just ends."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return "%d %s" % (answer.status, answer.read().decode("utf-8", "replace"))
    except (http.client.HTTPException, ConnectionError):
        return "nothing"
    finally:
        connection.close()


def children_of(pid):
    found = set()
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/children" % (pid, task)) as file:
            found.update(int(word) for word in file.read().split())
    return found


def workers(driver, count, without=frozenset()):
    """COUNT children of the program that are ready, none of those in WITHOUT."""
    def ready():
        have = children_of(driver.process.pid)
        names = os.listdir(os.path.join(driver.work, "ready"))
        able = have & {int(name) for name in names}
        return able if len(have) == len(able) == count and not have & without else None

    return driver.wait("%d workers" % count, ready)


def gunicorn(driver):
    port = int(driver.match(r"Listening at: http://127\.0\.0\.1:(\d+)").group(1))
    first = workers(driver, 3)
    driver.note("started", ask(port, "/"))
    driver.send(signal.SIGHUP)
    second = workers(driver, 3, without=first)
    driver.note("reloaded", ask(port, "/"))
    victim = min(second)
    os.kill(victim, signal.SIGKILL)
    third = workers(driver, 3, without={victim})
    driver.note("killed", len(second & third), ask(port, "/"))
    driver.note("crash", ask(port, "/crash"))
    fourth = workers(driver, 3, without=find_dead(driver, third))
    driver.note("crashed", len(third & fourth), ask(port, "/"))
    driver.note("by a worker", int(ask(port, "/pid").split()[1]) in fourth)
    driver.send(signal.SIGTERM)


def find_dead(driver, before):
    """Who of BEFORE is no more."""
    return driver.wait("the end of a worker", lambda: before - children_of(driver.process.pid))


def answering(driver, port):
    """The two workers, once each has answered.  One that has not yet set up its
    signals takes a SIGTERM of the master for one to the master, and stays."""
    def both():
        seen.add(int(ask(port, "/pid").split()[1]))
        now = children_of(driver.process.pid)
        return now if len(now) == 2 and now <= seen else None

    seen = set()
    return driver.wait("two workers", both)


def uwsgi(driver):
    port = int(driver.match(r"bound to TCP address 127\.0\.0\.1:(\d+)").group(1))
    first = answering(driver, port)
    driver.note("crash", ask(port, "/crash"))
    driver.match(r"Respawned uWSGI worker")
    second = answering(driver, port)
    driver.note("respawned", len(first & second), ask(port, "/"))
    driver.send(signal.SIGTERM)


def flask(driver):
    """Its reloader starts the program again; when that crashes, both end."""
    running = r"Running on http://127\.0\.0\.1:(\d+)"
    port = int(driver.match(running).group(1))
    driver.match("Debugger PIN")
    driver.note("started", ask(port, "/"))
    changed = os.path.join(driver.work, "part.py")
    with open(changed + ".new", "w") as file:
        file.write("TEXT = 'after'\n")
    # It is never seen half written.
    os.replace(changed + ".new", changed)
    driver.match(r"(?s)Debugger PIN.*Restarting with stat.*Debugger PIN")
    driver.note("reloaded", ask(port, "/"))
    driver.note("crash", ask(port, "/crash"))


def http_server(driver):
    port = int(driver.match(r"http://127\.0\.0\.1:(\d+)/").group(1))
    with open(os.path.join(driver.work, "file"), "w") as file:
        file.write("content")
    driver.note(ask(port, "/file"), ask(port, "/no")[:3], len(ask(port, "/")))
    driver.send(signal.SIGINT)


def celery(driver):
    driver.match("celery@.* ready")
    environment = {"PYTHONPATH": driver.environment["PYTHONPATH"], "PATH": "/usr/bin:/bin",
                   "PYTHONDONTWRITEBYTECODE": "1"}
    client = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python", "ask.py")
    run = subprocess.run(["/usr/bin/python3", client], cwd=driver.work, env=environment,
                         stdout=subprocess.PIPE, text=True)
    driver.note(run.returncode, run.stdout)
    driver.send(signal.SIGTERM)


OWN_MODULES = (("PYTHONPATH", "{extensions}:{here}/python"),)

def uwsgi_program(name, options, **more):
    """Debian's loads Python as a plugin: the shim, which looks when a program
    starts, takes it for no Python."""
    return Program(name, ("/usr/bin/uwsgi_python3", "--http-socket", "127.0.0.1:0", "--master",
                          "--processes", "2", "--die-on-term", "--disable-logging", *options,
                          "--wsgi-file", "{here}/python/service.py"),
                   needs=("uwsgi_python3",), drive=uwsgi, environment=OWN_MODULES, sort=True,
                   # How Python calls a function depends on how often it was called.
                   hides=((r"^/.*libpython.*\n", ""), PORT,
                          (r"\b(pid: |PID |process |backtrace of )\d+", r"\1N"),
                          (r"\b\d+ seconds?$", "N seconds"), (r"(worker )\d \((new )?pid: N", r"\1N"),
                          (r"\w+ \w+ +\d+ \d\d:\d\d:\d\d \d+", "TIME")), **more)


PROGRAMS = [
    Program("gunicorn", ("/usr/bin/gunicorn", "-c", "{here}/python/gunicorn.conf.py",
                         "service:application"),
            needs=("gunicorn",), drive=gunicorn, environment=OWN_MODULES, modes=("python",),
            python_reports=CRASH, sort=True,
            # A worker that is told twice to leave may die of it while it leaves.
            hides=((r".* due to signal 15\n", ""), TIMES, PORT, (r"(\[|pid:? )\d+", r"\1N"))),
    # Its handler sends the signal again while it is blocked, and then exits: a
    # crash of which nobody dies, and so no report.
    uwsgi_program("uwsgi", ()),
    uwsgi_program("uwsgi-abort", ("--use-abort",),
                  reports=(CRASH[0] + " handled by uwsgi-core died of SIGABRT",)),
    Program("flask", ("/bin/sh", "-c", "echo \"TEXT = 'before'\" >part.py; "
                      "exec /usr/bin/python3 -m flask --app development --debug run --port 0"),
            needs=("flask",), drive=flask, environment=OWN_MODULES, modes=("python",),
            python_reports=CRASH, ends="exit 245",
            hides=(TIMES, PORT, (r"\[\d\d/\w+/\d+ \d\d:\d\d:\d\d\]", "TIME"),
                   (r"PIN: [\d-]+", "PIN"))),
    Program("celery", ("/usr/bin/celery", "-A", "tasks", "worker", "--pool", "prefork",
                       "--concurrency", "2", "--loglevel", "INFO", "--without-gossip",
                       "--without-mingle", "--without-heartbeat"),
            needs=("celery",), drive=celery, environment=OWN_MODULES, modes=("python",),
            python_reports=CRASH, sort=True,
            hides=(TIMES, (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
                   (r"pid:\d+", "pid:N"), (r" in [\d.e-]+s", " in Ns"),
                   (r"Worker-\d", "Worker-N"), (r"\b\d{6,}_", "N_"))),
    Program("http.server", ("{python}", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"),
            drive=http_server, modes=("python",), any_python=True,
            hides=((r"port \d+", "port N"), (r":\d+/", ":N/"),
                   (r"\[\d\d/\w+/\d+ \d\d:\d\d:\d\d\]", "TIME"))),
]
