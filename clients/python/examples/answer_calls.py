"""Answers calls and repeats what they say: answer_calls.py http://localhost:8080 PORT1 [user password]"""

import sys
import threading

from hookflash import Audio, Client, Event

url, device, *login = sys.argv[1:]


def talk(audio: Audio) -> None:
    for heard in audio:
        if heard.kind == "audio":
            audio.say(heard.audio)
        elif heard.kind == "digit":
            print("digit", heard.text, flush=True)


with Client(url, "echo", user=login[0] if login else None, password=login[1] if login else None) as client:
    client.monitor(device)
    client.call("DeviceOpen", device=device, media="ws", codecs=[{"name": "PCMU"}])
    print("answers calls at", device, flush=True)
    for event in client.events():
        if isinstance(event, Event) and event.name == "OfferedEvent":
            client.answer(event.params["offeredConnection"])
        elif isinstance(event, Event) and event.name == "MediaStarted":
            threading.Thread(target=talk, args=[client.audio(event.params["audio"])], daemon=True).start()
