"""sqlite3, and numpy where it is asked for: they load, compute and fork."""

import os
import sqlite3
import sys
import threading


def database():
    connection = sqlite3.connect("file.db")
    connection.execute("create table numbers (value integer, text text)")
    connection.executemany("insert into numbers values (?, ?)",
                           ((number, str(number)) for number in range(10000)))
    connection.commit()
    connection.create_function("twice", 1, lambda value: 2 * value)
    print(connection.execute("select sum(twice(value)), count(distinct text) from numbers")
          .fetchall())
    try:
        connection.execute("select nothing")
    except sqlite3.OperationalError as error:
        print(error)
    connection.close()


def arrays():
    import numpy
    square = numpy.arange(90000.0).reshape(300, 300) / 90000
    print(round(float((square @ square).sum()), 6))
    print(round(float(numpy.linalg.det(numpy.eye(50) * 1.1)), 6))
    with numpy.errstate(divide="raise"):
        try:
            numpy.float64(1) / numpy.zeros(3)
        except FloatingPointError as error:
            print(error)
    with numpy.errstate(all="ignore"):
        print(numpy.array([1.0, -1.0, 0.0]) / 0.0)
    results = [None] * 4

    def compute(index):
        results[index] = float((square * index).sum())

    threads = [threading.Thread(target=compute, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print([round(result, 3) for result in results])
    if os.fork() == 0:
        os._exit(int(square[0, 0]) + 5)
    print(os.WEXITSTATUS(os.wait()[1]))


database()
if "numpy" in sys.argv:
    arrays()
print("done")
