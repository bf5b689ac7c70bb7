"""What pyssimist does here: session.py HOST PORT CALLER CALLED, with pyssimist on the path of modules."""

import os
import sys

from csta.CstaApplication import CstaApplication

EVENTS = [("caller", "ServiceInitiatedEvent"), ("caller", "OriginatedEvent"), ("caller", "DeliveredEvent"),
          ("called", "DeliveredEvent"), ("caller", "EstablishedEvent"), ("called", "EstablishedEvent")]


def main():
    host, port, caller, called = sys.argv[1:]
    application = CstaApplication()
    application.connect((host, 0), (host, int(port)), "tcp")
    users = {"caller": application.new_user(caller), "called": application.new_user(called)}
    for user in users.values():
        user.monitor_start()
        assert user.monitorCrossRefID, f"no monitor of {user.number}"
    # The second call uses the numbers of requests of the first one again.
    for _ in range(2):
        users["caller"].send("MakeCall", to_user=users["called"])
        users["caller"].wait_for_message("MakeCallResponse")
        for who, event in EVENTS:
            users[who].wait_for_message(event)
            print(users[who].number, event, flush=True)
        users["caller"].set_parameter("reason", "normalClearing")
        users["caller"].send("ClearConnection", to_user=users["called"])
        users["caller"].wait_for_message("ClearConnectionResponse")
        for user in users.values():
            user.wait_for_message("ConnectionClearedEvent")
            print(user.number, "ConnectionClearedEvent", flush=True)
    print("every answer and event came", flush=True)
    # Its threads wait without end for what may come.
    os._exit(0)


main()
