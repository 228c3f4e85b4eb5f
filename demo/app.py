"""A small order pipeline that crashes in native code.

A worker prices orders, while another thread stands by.  The worker hands each
order to the C extension `_demo`, which calls back into Python for the discount of
every item; the discount asks C how loyal the owner of the gift card is, and
the second card has no owner.  The native code reads through a null pointer.
"""

import threading

import _demo


class GiftCard:
    def __init__(self, code, owner=None):
        self.code = code
        self.owner = owner

    def discount(self, price):
        # _demo keeps the owner as a C string: None becomes a null pointer.
        return price * (1 - _demo.loyalty(self.code, self.owner) / 100)


class Order:
    def __init__(self, number, prices, card):
        self.number = number
        self.prices = prices
        self.card = card

    def total(self):
        return _demo.sum_prices(self.prices, self.card.discount)


def price_orders(orders, results):
    for order in orders:
        results[order.number] = round(order.total(), 2)


def audit(done):
    """Stands by until all orders are priced."""
    done.wait()


def main():
    orders = [
        Order(1, [20.0, 30.0], GiftCard("SPRING", "ada")),
        Order(2, [15.0, 45.0, 12.5], GiftCard("SUMMER")),
    ]
    results = {}
    done = threading.Event()
    threading.Thread(target=audit, args=(done,), name="audit", daemon=True).start()
    worker = threading.Thread(target=price_orders, args=(orders, results), name="pricing")
    worker.start()
    worker.join()
    done.set()
    print(results)


if __name__ == "__main__":
    main()
