"""A client of Hookflash: CSTA in JSON over WebSocket, with sessions that outlive their connections.

    from hookflash import Client, Event

    with Client("http://localhost:8080", "crm", user="crm", password="secret") as client:
        client.monitor("202")
        for event in client.events():
            if isinstance(event, Event) and event.name == "DeliveredEvent":
                print(event.params["callingDevice"], "calls", event.params["calledDevice"])

Methods, parameters and events have the names of ECMA-323. Only the standard library is needed.
"""

from .audio import Audio, Heard
from .client import Client, ConnectionLost, Event, Lost, Message, Refused, Restarted

__all__ = ["Audio", "Client", "ConnectionLost", "Event", "Heard", "Lost", "Message", "Refused", "Restarted"]
