"""Shows who calls: screen_pop.py http://localhost:8080 202 [user password]"""

import sys

from hookflash import Client, Event

url, device, *login = sys.argv[1:]
with Client(url, "screen-pop", user=login[0] if login else None, password=login[1] if login else None) as client:
    client.monitor(device)
    for event in client.events():
        if isinstance(event, Event) and event.name == "DeliveredEvent":
            if event.params["connection"]["deviceID"] == device:
                print(event.params["callingDevice"], "calls", device, flush=True)
